/* wavecore profile */
#include "cli_profile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "atomic_file.h"
#include "cli_job.h"
#include "report.h"

struct profile_args {
  struct cli_target target;
  uint32_t timeout_s;
  uint64_t from, to; /* cycles in the chart */
  const char *net, *device, *svg;
  bool json;
};

static enum wc_outcome parse(int argc, char **argv, struct profile_args *a, bool *exit_now) {
  const struct cli_option options[] = {
      {"device", 0, CLI_TEXT, &a->device, "URI", "a device that counts cycles (sim:small)", 0, 0,
       NULL},
      CLI_CONFIG_OPTION(&a->target),
      CLI_SEARCH_OPTIONS(&a->target),
      CLI_SIZE_OPTIONS(&a->target, "32", "the device's", "the device's"),
      {"svg", 0, CLI_TEXT, &a->svg, "FILE", "draw the four engines over time", 0, 0, NULL},
      {"from", 0, CLI_U64, &a->from, "CYCLE", "first cycle in the chart (0)", 0, 1e18, NULL},
      {"to", 0, CLI_U64, &a->to, "CYCLE", "where the chart ends (the end of the step)", 1, 1e18,
       NULL},
      {"timeout", 0, CLI_U32, &a->timeout_s, "SECONDS", "longest wait for the device (1800)", 1,
       4000000, NULL},
      {"json", 0, CLI_FLAG, &a->json, NULL, "print an object", 0, 0, NULL}};
  const struct cli_command command = {
      "profile",
      "NET",
      "Runs one training step on random images and shows what each engine did in every cycle, in\n"
      "all and for each layer and pass.",
      "The states of an engine partition the cycles: docs/registers.md names them. A cycle "
      "belongs\n"
      "to the command that works or is waited for: docs/simulation.md.",
      options,
      sizeof options / sizeof *options};
  return cli_parse(&command, argc, argv, &a->net, exit_now);
}

static enum wc_outcome prepare(const struct profile_args *a, struct cli_job *job,
                               struct wc_report *why) {
  job->graph = wc_net_build(a->net, why);
  if (job->graph == NULL)
    return WC_BAD_INPUT;
  const struct wc_tensor *image = &job->graph->tensors[job->graph->image];
  if (!wc_dataset_random(a->target.batch, image->h, image->w * image->c, job->graph->classes, 1,
                         &job->train, why))
    return WC_BAD_INPUT;
  const struct wc_session session = {.timeout_ms = a->timeout_s * 1000u};
  enum wc_outcome outcome = cli_job_device(job, &a->target, a->device, &session, why);
  if (outcome != WC_DONE)
    return outcome;
  struct wc_hyperparams hyper;
  wc_hyperparams_default(&hyper);
  hyper.batch = a->target.batch;
  outcome = cli_job_trainer(job, &hyper, why);
  return outcome == WC_DONE ? wc_params_upload(&job->trainer.params, &job->session, why) : outcome;
}

static enum wc_outcome run_step(struct cli_job *job, struct wc_counters *counters,
                                struct wc_report *why) {
  struct wc_step_result step;
  enum wc_outcome outcome = wc_train_in_a_row(&job->trainer, &step, why);
  if (outcome == WC_DONE)
    outcome = wc_session_counters(&job->session, counters, why);
  if (outcome == WC_DONE && !counters->has_cycles) {
    (void)wc_fail(why, "device %s counts no cycles: take sim:small or another that does",
                  job->session.device_name);
    return WC_BAD_INPUT;
  }
  return outcome;
}

/* Runs the step and, on a device with a timeline, finds whose cycles they were. */
static enum wc_outcome run(const struct profile_args *a, struct cli_job *job,
                           struct cli_profile_result *result, struct wc_report *why) {
  static const enum wc_section_kind apart[] = {WC_SECTION_STEP, WC_SECTION_UPDATE};
  static const enum wc_section_kind in_a_row[] = {WC_SECTION_TRAIN_A};
  const bool whole = job->program->section[WC_SECTION_TRAIN_A][0].words != NULL;
  const bool recording = wc_timeline_start(job->dev) == WC_OK;
  const struct wc_timeline_entry *entries;
  size_t n;
  enum wc_outcome outcome = run_step(job, &result->counters, why);
  result->caps = wc_caps(job->dev);
  result->cores = job->program->cores;
  for (unsigned k = 0; outcome == WC_DONE && k < result->cores; k++) {
    if (wc_counters_read_core(job->dev, k, &result->core[k]) != WC_OK)
      outcome = WC_DEVICE_ERROR;
  }
  if (outcome != WC_DONE)
    return outcome;
  if (!recording && a->svg == NULL)
    return WC_DONE;
  if (!recording || wc_timeline_read(job->dev, &entries, &n) != WC_OK) {
    (void)wc_fail(why, "--svg: device %s keeps no timeline: take sim:NAME", a->device);
    return WC_BAD_INPUT;
  }
  return wc_profile_make(job->graph, job->program, whole ? in_a_row : apart, entries, n,
                         &result->profile, why)
             ? WC_DONE
             : WC_FAILED;
}

static void headline(const struct profile_args *a, const struct cli_profile_result *r, char *text,
                     size_t size) {
  snprintf(text, size,
           "%s, %s, batch %" PRIu32 " on %s: %" PRIu64 " cycles, array utilisation %.1f %%", a->net,
           wc_config_name(a->target.config), a->target.batch, a->device, r->counters.elapsed,
           100 * cli_profile_utilisation(r));
}

static enum wc_outcome write_chart(const struct profile_args *a, const struct cli_profile_result *r,
                                   struct wc_report *why) {
  char title[256];
  headline(a, r, title, sizeof title);
  const struct wc_chart chart = {title, a->from, a->to};
  char *text;
  size_t bytes;
  if (!wc_profile_chart(&r->profile, &chart, &text, &bytes, why))
    return WC_BAD_INPUT;
  const struct wc_chunk chunk = {text, bytes};
  const bool ok = wc_file_replace(a->svg, &chunk, 1, why);
  free(text);
  return ok ? WC_DONE : WC_FAILED;
}

static enum wc_outcome show(const struct profile_args *a, const struct cli_profile_result *r) {
  char text[256];
  if (a->json)
    return cli_print_json(cli_profile_json(r));
  headline(a, r, text, sizeof text);
  puts(text);
  cli_profile_print(r);
  return WC_DONE;
}

int cli_profile(int argc, char **argv) {
  struct profile_args args = {.timeout_s = 1800, .device = "sim:small"};
  cli_target_default(&args.target);
  bool exit_now;
  enum wc_outcome outcome = parse(argc, argv, &args, &exit_now);
  if (outcome != WC_DONE || exit_now)
    return outcome;
  struct cli_job job = {.graph = NULL};
  struct cli_profile_result result = {.caps = NULL};
  struct wc_report why = {""};
  outcome = prepare(&args, &job, &why);
  if (outcome == WC_DONE)
    outcome = run(&args, &job, &result, &why);
  if (outcome == WC_DONE && args.svg != NULL)
    outcome = write_chart(&args, &result, &why);
  if (outcome == WC_DONE)
    outcome = show(&args, &result);
  else
    (void)cli_error(outcome, &why);
  wc_profile_free(&result.profile);
  cli_job_close(&job);
  return outcome;
}
