/* wavecore profile */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "report.h"

struct profile_args {
  struct cli_target target;
  uint32_t timeout_s;
  const char *net, *device;
  bool json;
};

struct profile_objects {
  struct wc_graph *graph;
  struct wc_dataset data;
  struct wc_program *program;
  struct wc_device *dev;
  struct wc_session session;
  struct wc_trainer trainer;
  bool has_trainer;
  struct wc_counters core[WC_CORES_MAX]; /* of the program's cores */
};

static enum wc_outcome parse(int argc, char **argv, struct profile_args *a, bool *exit_now) {
  const struct cli_option options[] = {
      {"device", 0, CLI_TEXT, &a->device, "URI", "a device that counts cycles (sim:small)", 0, 0,
       NULL},
      {"config", 0, CLI_CONFIG, &a->target.config, "NAME",
       "baseline, il, mbs-fs, mbs1, mbs2 (mbs2)", 0, 0, NULL},
      {"batch", 0, CLI_U32, &a->target.batch, "N", "images in a mini-batch (32)", 1, 65535, NULL},
      {"buffer", 0, CLI_SIZE, &a->target.buffer, "SIZE",
       "global buffer to compile for (the device's)", 0, 0, &a->target.buffer_given},
      {"cores", 0, CLI_U32, &a->target.cores, "N", "cores to share the mini-batch (the device's)",
       1, WC_CORES_MAX, &a->target.cores_given},
      {"timeout", 0, CLI_U32, &a->timeout_s, "SECONDS", "longest wait for the device (1800)", 1,
       4000000, NULL},
      {"json", 0, CLI_FLAG, &a->json, NULL, "print an object", 0, 0, NULL}};
  const struct cli_command command = {
      "profile",
      "NET",
      "Runs one training step on random images and shows what each engine did in every cycle.",
      "The states of an engine partition the cycles: docs/registers.md names them.",
      options,
      sizeof options / sizeof *options};
  return cli_parse(&command, argc, argv, &a->net, exit_now);
}

static enum wc_outcome prepare(const struct profile_args *a, struct profile_objects *o,
                               struct wc_report *why) {
  char uri[512];
  o->graph = wc_net_build(a->net, why);
  if (o->graph == NULL)
    return WC_BAD_INPUT;
  const struct wc_tensor *image = &o->graph->tensors[o->graph->image];
  if (!wc_dataset_random(a->target.batch, image->h, image->w, o->graph->classes, 1, &o->data, why))
    return WC_BAD_INPUT;
  enum wc_outcome outcome =
      wc_session_device(cli_device_uri(a->device, &a->target, uri, sizeof uri), &o->dev, why);
  if (outcome != WC_DONE)
    return outcome;
  const struct wc_caps *caps = wc_caps(o->dev);
  const struct wc_target target = wc_session_target(caps, cli_buffer_for(&a->target, caps, caps),
                                                    cli_cores_for(&a->target, caps, caps));
  o->program = wc_compile(o->graph, a->target.config, a->target.batch, &target, why);
  if (o->program == NULL)
    return WC_BAD_INPUT;
  struct wc_hyperparams hyper;
  wc_hyperparams_default(&hyper);
  hyper.batch = a->target.batch;
  o->session = (struct wc_session){o->dev, o->program, a->device, NULL, a->timeout_s * 1000u};
  outcome = wc_session_load(&o->session, why);
  if (outcome != WC_DONE)
    return outcome;
  o->has_trainer = wc_trainer_new(&o->trainer, &o->session, o->graph, &hyper, &o->data, NULL, why);
  return o->has_trainer ? wc_params_upload(&o->trainer.params, &o->session, why) : WC_BAD_INPUT;
}

static enum wc_outcome run(struct profile_objects *o, struct wc_counters *counters,
                           struct wc_report *why) {
  struct wc_step_result step;
  enum wc_outcome outcome = wc_train_feed(&o->trainer, why);
  if (outcome == WC_DONE)
    outcome = wc_train_forward_backward(&o->trainer, &step, why);
  if (outcome == WC_DONE)
    outcome = wc_train_update(&o->trainer, &step, why);
  if (outcome == WC_DONE)
    outcome = wc_session_counters(&o->session, counters, why);
  for (unsigned k = 0; outcome == WC_DONE && k < o->program->cores; k++) {
    if (wc_counters_read_core(o->dev, k, &o->core[k]) != WC_OK)
      outcome = WC_DEVICE_ERROR;
  }
  if (outcome == WC_DONE && !counters->has_cycles) {
    (void)wc_fail(why, "device %s counts no cycles: take sim:small or another that does",
                  o->session.device_name);
    return WC_BAD_INPUT;
  }
  return outcome;
}

/* Lower case, without the engine's name: GEMM_PSUM is psum. */
static const char *state_name(enum wc_counter counter, char *room, size_t size) {
  const char *from = strchr(wc_counter_name(counter), '_');
  snprintf(room, size, "%s", from == NULL ? wc_counter_name(counter) : from + 1);
  for (char *c = room; *c != '\0'; c++)
    *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
  return room;
}

static double utilisation(const struct profile_objects *o, const struct wc_counters *c) {
  const struct wc_caps *caps = wc_caps(o->dev);
  return (double)c->value[WC_C_MACS] /
         ((double)c->elapsed * caps->rows * caps->cols * o->program->cores);
}

static json_t *engines_json(const struct wc_counters *c) {
  json_t *all = json_object();
  char room[32];
  for (unsigned e = 0; e < WC_QUEUES; e++) {
    json_t *states = json_object();
    for (enum wc_counter i = wc_engines[e].first; i <= wc_engines[e].last; i++)
      json_object_set_new(states, state_name(i, room, sizeof room),
                          json_integer((json_int_t)c->value[i]));
    json_object_set_new(all, wc_engines[e].name, states);
  }
  return all;
}

static json_t *result_json(const struct profile_objects *o, const struct wc_counters *c) {
  json_t *cores = json_array();
  for (unsigned k = 0; k < o->program->cores; k++)
    json_array_append_new(cores, json_integer((json_int_t)o->core[k].value[WC_C_CYCLES]));
  return json_pack("{s:I, s:o, s:o, s:I, s:I, s:o}", "cycles", (json_int_t)c->elapsed,
                   "core_cycles", cores, "mac_utilisation", cli_real(utilisation(o, c)), "macs",
                   (json_int_t)c->value[WC_C_MACS], "dram_bytes",
                   (json_int_t)(c->value[WC_C_RD_BYTES] + c->value[WC_C_WR_BYTES]), "engines",
                   engines_json(c));
}

static void print_core(const struct wc_counters *c) {
  const double cycles = (double)c->value[WC_C_CYCLES];
  char room[32];
  for (unsigned e = 0; e < WC_QUEUES; e++) {
    printf("%-6s", wc_engines[e].name);
    for (enum wc_counter i = wc_engines[e].first; i <= wc_engines[e].last; i++)
      printf("  %s %.1f %%", state_name(i, room, sizeof room), 100 * (double)c->value[i] / cycles);
    putchar('\n');
  }
}

static void print_text(const struct profile_args *a, const struct profile_objects *o,
                       const struct wc_counters *c) {
  printf("%s, %s, batch %" PRIu32 " on %s: %" PRIu64 " cycles, array utilisation %.1f %%\n", a->net,
         wc_config_name(a->target.config), a->target.batch, a->device, c->elapsed,
         100 * utilisation(o, c));
  for (unsigned k = 0; k < o->program->cores; k++) {
    if (o->program->cores > 1)
      printf("core %u: %" PRIu64 " cycles\n", k, o->core[k].value[WC_C_CYCLES]);
    print_core(&o->core[k]);
  }
}

static void close_all(struct profile_objects *o) {
  if (o->has_trainer)
    wc_trainer_free(&o->trainer);
  wc_close(o->dev);
  wc_program_delete(o->program);
  wc_dataset_free(&o->data);
  wc_graph_delete(o->graph);
}

int cli_profile(int argc, char **argv) {
  struct profile_args args = {.timeout_s = 1800, .device = "sim:small"};
  cli_target_default(&args.target);
  bool exit_now;
  enum wc_outcome outcome = parse(argc, argv, &args, &exit_now);
  if (outcome != WC_DONE || exit_now)
    return outcome;
  struct profile_objects objects = {.graph = NULL};
  struct wc_counters counters;
  struct wc_report why = {""};
  outcome = prepare(&args, &objects, &why);
  if (outcome == WC_DONE)
    outcome = run(&objects, &counters, &why);
  if (outcome != WC_DONE)
    (void)cli_error(outcome, &why);
  else if (args.json)
    outcome = cli_print_json(result_json(&objects, &counters));
  else
    print_text(&args, &objects, &counters);
  close_all(&objects);
  return outcome;
}
