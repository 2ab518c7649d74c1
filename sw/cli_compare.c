/* wavecore compare */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli_data.h"
#include "compare.h"

struct compare_args {
  struct cli_target target;
  uint64_t seed;
  uint32_t steps, timeout_s;
  const char *net, *devices, *data, *state;
  bool checksums, json;
};

struct compare_objects {
  struct wc_graph *graph;
  struct wc_dataset data;
  struct wc_program *program;
  char name[2][256]; /* the URIs */
  struct wc_device *dev[2];
  struct wc_session session[2];
  struct wc_trainer trainer[2];
  bool has_trainer[2];
};

static enum wc_outcome parse(int argc, char **argv, struct compare_args *a, bool *exit_now) {
  const struct cli_option options[] = {
      {"devices", 0, CLI_TEXT, &a->devices, "A,B", "the two devices (cmodel:,sim:small)", 0, 0,
       NULL},
      {"steps", 0, CLI_U32, &a->steps, "N", "training steps (1)", 1, 1e9, NULL},
      CLI_CONFIG_OPTION(&a->target),
      CLI_SEARCH_OPTIONS(&a->target),
      CLI_SIZE_OPTIONS(&a->target, "32", "the smaller of the two", "the fewer of the two"),
      {"data", 0, CLI_TEXT, &a->data, "DIR", CLI_DATA_HELP " (random)", 0, 0, NULL},
      {"seed", 0, CLI_U64, &a->seed, "S", "initial weights, images and their order (1)", 0, 0,
       NULL},
      {"checksums", 0, CLI_FLAG, &a->checksums, NULL,
       "CRC-32 of memory first, bytes where it differs: for a slow link", 0, 0, NULL},
      {"timeout", 0, CLI_U32, &a->timeout_s, "SECONDS", "longest wait for a device (1800)", 1,
       4000000, NULL},
      {"dump-state", 0, CLI_TEXT, &a->state, "FILE", "write a device's state when it fails", 0, 0,
       NULL},
      {"json", 0, CLI_FLAG, &a->json, NULL, "print an object", 0, 0, NULL}};
  const struct cli_command command = {
      "compare",
      "NET",
      "Runs the same program on the same data on two devices and compares all device memory of "
      "the\n"
      "program, and the counters of bytes, MACs and commands, after every step and update. Exit\n"
      "status 1 when they differ.",
      "Cycles and utilisation are those of the first device that counts cycles.",
      options,
      sizeof options / sizeof *options};
  return cli_parse(&command, argc, argv, &a->net, exit_now);
}

static enum wc_outcome open_data(const struct compare_args *a, struct compare_objects *o,
                                 struct wc_report *why) {
  o->graph = wc_net_build(a->net, why);
  if (o->graph == NULL)
    return WC_BAD_INPUT;
  const struct cli_data data = {a->data, a->seed, 4 * a->target.batch};
  return cli_open_data(&data, WC_SPLIT_TRAIN, o->graph, &o->data, why) ? WC_DONE : WC_BAD_INPUT;
}

static enum wc_outcome open_devices(const struct compare_args *a, struct compare_objects *o,
                                    struct wc_report *why) {
  if (!cli_split_devices(a->devices, o->name[0], o->name[1], sizeof o->name[0])) {
    snprintf(why->text, sizeof why->text,
             "--devices '%s': it takes two URIs, as in cmodel:,sim:small", a->devices);
    return WC_BAD_INPUT;
  }
  for (unsigned i = 0; i < 2; i++) {
    char uri[512];
    const enum wc_outcome outcome =
        wc_session_device(cli_device_uri(o->name[i], &a->target, uri, sizeof uri), &o->dev[i], why);
    if (outcome != WC_DONE)
      return outcome;
  }
  return WC_DONE;
}

static enum wc_outcome prepare(const struct compare_args *a, struct compare_objects *o,
                               struct wc_report *why) {
  const struct wc_caps *first = wc_caps(o->dev[0]), *second = wc_caps(o->dev[1]);
  struct wc_target target = wc_session_target(first, cli_buffer_for(&a->target, first, second),
                                              cli_cores_for(&a->target, first, second));
  if (second->mem_bytes < target.mem_bytes)
    target.mem_bytes = second->mem_bytes;
  struct cli_platform platform;
  cli_platform_of(first, o->name[0], &platform);
  o->program = cli_make_program(o->graph, &a->target, &target, &platform, why);
  if (o->program == NULL)
    return WC_BAD_INPUT;
  struct wc_hyperparams hyper;
  wc_hyperparams_default(&hyper);
  hyper.seed = a->seed;
  hyper.batch = a->target.batch;
  hyper.warmup = 0;
  hyper.shape = WC_LR_CONSTANT;
  enum wc_outcome outcome = WC_DONE;
  for (unsigned i = 0; i < 2 && outcome == WC_DONE; i++) {
    o->session[i] = (struct wc_session){.dev = o->dev[i],
                                        .program = o->program,
                                        .device_name = o->name[i],
                                        .state_file = a->state,
                                        .timeout_ms = a->timeout_s * 1000u};
    outcome = wc_session_load(&o->session[i], why);
    if (outcome != WC_DONE)
      break;
    o->has_trainer[i] =
        wc_trainer_new(&o->trainer[i], &o->session[i], o->graph, &hyper, &o->data, NULL, why);
    outcome = o->has_trainer[i] ? wc_params_upload(&o->trainer[i].params, &o->session[i], why)
                                : WC_BAD_INPUT;
  }
  return outcome;
}

static enum wc_outcome run(const struct compare_args *a, struct compare_objects *o,
                           struct wc_comparison *result, struct wc_report *why) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  enum wc_outcome outcome = WC_DONE;
  for (uint32_t step = 0; step < a->steps && outcome == WC_DONE && !result->difference.found;
       step++) {
    if (terminal)
      fprintf(stderr, "\rstep %" PRIu32 " of %" PRIu32 " on %s and %s\033[K", step + 1, a->steps,
              o->name[0], o->name[1]);
    outcome = wc_compare_step(&o->trainer[0], &o->trainer[1], result, why);
  }
  if (terminal)
    fputs("\r\033[K", stderr);
  return outcome;
}

/* Cycles, utilisation and DRAM bytes as a device counted them. */
struct figures {
  bool has_cycles;
  uint64_t cycles, dram_bytes, macs;
  double utilisation;
  const char *device;
};

static enum wc_outcome read_figures(struct compare_objects *o, struct figures *f,
                                    struct wc_report *why) {
  memset(f, 0, sizeof *f);
  for (unsigned i = 0; i < 2; i++) {
    struct wc_counters c;
    const enum wc_outcome outcome = wc_session_counters(&o->session[i], &c, why);
    if (outcome != WC_DONE)
      return outcome;
    if (i == 0 || (c.has_cycles && !f->has_cycles)) {
      const struct wc_caps *caps = wc_caps(o->dev[i]);
      f->device = o->name[i];
      f->has_cycles = c.has_cycles;
      f->cycles = c.elapsed;
      f->macs = c.value[WC_C_MACS];
      f->dram_bytes = c.value[WC_C_RD_BYTES] + c.value[WC_C_WR_BYTES];
      f->utilisation =
          c.has_cycles
              ? (double)f->macs / ((double)f->cycles * caps->rows * caps->cols * o->program->cores)
              : NAN;
    }
  }
  return WC_DONE;
}

static json_t *result_json(const struct wc_comparison *r, const struct figures *f) {
  const struct wc_difference *d = &r->difference;
  json_t *difference = json_null();
  if (d->found)
    difference = json_pack("{s:I, s:s, s:s, s:I, s:I, s:[s,s]}", "step", (json_int_t)d->step,
                           "after", d->after, "region", d->where, "index", (json_int_t)d->index,
                           "address", (json_int_t)d->address, "values", d->value[0], d->value[1]);
  return json_pack("{s:b, s:I, s:o, s:o, s:o, s:I}", "equal", !d->found, "bytes_compared",
                   (json_int_t)r->bytes, "first_difference", difference, "cycles",
                   f->has_cycles ? json_integer((json_int_t)f->cycles) : json_null(),
                   "mac_utilisation", cli_real(f->utilisation), "dram_bytes",
                   (json_int_t)f->dram_bytes);
}

static void print_text(const struct compare_args *a, const struct compare_objects *o,
                       const struct wc_comparison *r, const struct figures *f) {
  const struct wc_difference *d = &r->difference;
  if (d->found)
    fprintf(stderr,
            "wavecore: %s and %s differ in step %" PRIu64 " after %s: %s, index %" PRIu64
            ", address 0x%" PRIX64 ": %s and %s\n",
            o->name[0], o->name[1], d->step, d->after, d->where, d->index, d->address, d->value[0],
            d->value[1]);
  else
    printf("%s, %s, batch %" PRIu32 ", %" PRIu32 " steps: %s and %s equal in all of %" PRIu64
           " bytes compared\n",
           a->net, wc_config_name(a->target.config), a->target.batch, a->steps, o->name[0],
           o->name[1], r->bytes);
  printf("%s counted %" PRIu64 " bytes of DRAM traffic, %" PRIu64 " MACs", f->device, f->dram_bytes,
         f->macs);
  if (f->has_cycles)
    printf(", %" PRIu64 " cycles, array utilisation %.1f %%", f->cycles, 100 * f->utilisation);
  putchar('\n');
}

static void close_all(struct compare_objects *o) {
  for (unsigned i = 0; i < 2; i++) {
    if (o->has_trainer[i])
      wc_trainer_free(&o->trainer[i]);
    wc_close(o->dev[i]);
  }
  wc_program_delete(o->program);
  wc_dataset_free(&o->data);
  wc_graph_delete(o->graph);
}

int cli_compare(int argc, char **argv) {
  struct compare_args args = {.seed = 1,
                              .steps = 1,
                              .timeout_s = 1800,
                              .devices = "cmodel:,sim:small",
                              .data = WC_DATA_RANDOM};
  cli_target_default(&args.target);
  bool exit_now;
  enum wc_outcome outcome = parse(argc, argv, &args, &exit_now);
  if (outcome != WC_DONE || exit_now)
    return outcome;
  struct compare_objects objects = {.graph = NULL};
  struct wc_comparison result = {.checksums = args.checksums};
  struct figures figures;
  struct wc_report why = {""};
  outcome = open_data(&args, &objects, &why);
  if (outcome == WC_DONE)
    outcome = open_devices(&args, &objects, &why);
  if (outcome == WC_DONE)
    outcome = prepare(&args, &objects, &why);
  if (outcome == WC_DONE)
    outcome = run(&args, &objects, &result, &why);
  if (outcome == WC_DONE)
    outcome = read_figures(&objects, &figures, &why);
  if (outcome != WC_DONE) {
    (void)cli_error(outcome, &why);
  } else if (args.json) {
    outcome = cli_print_json(result_json(&result, &figures));
  } else {
    print_text(&args, &objects, &result, &figures);
  }
  if (outcome == WC_DONE && result.difference.found)
    outcome = WC_FAILED;
  close_all(&objects);
  return outcome;
}
