/* Whole training steps of fmnist-resnet8, 32 images, update included, on the RTL: every schedule,
 * with memories that keep up with a core of this size, and without double-buffered weights. The
 * update by itself behind the step, and of mbs2 also beside the backward pass, as in steps in a
 * row. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "graph.h"
#include "joint.h"
#include "measure.h"
#include "search.h"
#include "session.h"
#include "train.h"
#include "wc_cycles.h"

enum {
  BATCH = 32,
  TIMEOUT_MS = 1800000,
  PLANS = 1000,
  LATENCY = 40,
  CLOCK_MHZ = 700,
  MODEL_RUNS = 10
};

static const char net[] = "fmnist-resnet8";
static const char model_uri[] = "sim:small"; /* whose speed the cycle model's is compared with */

/* hbm2 has 300 GB/s for the paper's two cores of 128 columns: scale 16 leaves a core of 16 columns
 * its share by columns, scale 128 its share by PEs. */
static const struct {
  const char *uri, *name;
  unsigned scale; /* of hbm2; 0: a constant latency */
  bool speed;     /* simulation speed is reported, too */
  unsigned timed; /* plans judged for one more run, mbs2 by time; 0: none */
  enum wc_config configs[WC_CONFIGS];
  unsigned n_configs;
} runs[] = {
    {.uri = "sim:small",
     .name = "latency 40",
     .speed = true,
     .timed = PLANS,
     .configs = {WC_BASELINE, WC_BASELINE_FUSED, WC_IL, WC_MBS_FS, WC_MBS1, WC_MBS2},
     .n_configs = 6},
    {.uri = "sim:small1w",
     .name = "latency 40, one weight a PE",
     .configs = {WC_BASELINE, WC_MBS2},
     .n_configs = 2},
    {.uri = "sim:small1w,memory=hbm2,scale=16",
     .name = "hbm2 / 16, one weight a PE",
     .scale = 16,
     .timed = PLANS,
     .configs = {WC_MBS2},
     .n_configs = 1},
    {.uri = "sim:small_f",
     .name = "latency 40, folding",
     .timed = PLANS,
     .configs = {WC_MBS2},
     .n_configs = 1},
    {.uri = "sim:small,memory=hbm2,scale=16",
     .name = "hbm2 / 16",
     .scale = 16,
     .timed = PLANS,
     .configs = {WC_BASELINE, WC_BASELINE_FUSED, WC_IL, WC_MBS_FS, WC_MBS1, WC_MBS2},
     .n_configs = 6},
    {.uri = "sim:small_f,memory=hbm2,scale=16",
     .name = "hbm2 / 16, folding",
     .scale = 16,
     .timed = PLANS,
     .configs = {WC_MBS2},
     .n_configs = 1},
    {.uri = "sim:small,memory=hbm2,scale=128",
     .name = "hbm2 / 128",
     .scale = 128,
     .configs = {WC_BASELINE, WC_MBS2},
     .n_configs = 2},
    {.uri = "systemc:small",
     .name = "latency 40, SystemC",
     .speed = true,
     .configs = {WC_MBS2},
     .n_configs = 1},
};

static void must(enum wc_outcome outcome, const char *what, const struct wc_report *why) {
  if (outcome != WC_DONE)
    bench_die(what, why->text);
}

/* One step and its update on random images, and one as in a row; processor time of the first. */
static double step(struct wc_session *session, const struct wc_graph *graph,
                   struct wc_counters *apart, struct wc_counters *in_a_row) {
  struct wc_report why = {""};
  struct wc_trainer trainer;
  struct wc_dataset data;
  struct wc_hyperparams hyper;
  struct wc_step_result result;
  const struct wc_tensor *image = &graph->tensors[graph->image];
  wc_hyperparams_default(&hyper);
  hyper.batch = BATCH;
  if (!wc_dataset_random(BATCH, image->h, image->w, graph->classes, 1, &data, &why))
    bench_die("data", why.text);
  must(wc_session_load(session, &why), "load", &why);
  if (!wc_trainer_new(&trainer, session, graph, &hyper, &data, NULL, &why))
    bench_die("trainer", why.text);
  must(wc_params_upload(&trainer.params, session, &why), "parameters", &why);
  must(wc_train_feed(&trainer, &why), "feed", &why);
  const double start = wc_bench_now(WC_BENCH_CPU);
  must(wc_train_forward_backward(&trainer, &result, &why), "step", &why);
  must(wc_train_update(&trainer, &result, &why), "update", &why);
  const double took = wc_bench_now(WC_BENCH_CPU) - start;
  must(wc_session_counters(session, apart, &why), "counters", &why);
  if (wc_counters_clear(session->dev) != WC_OK)
    bench_die("counters", session->device_name);
  must(wc_train_in_a_row(&trainer, &result, &why), "step in a row", &why);
  must(wc_session_counters(session, in_a_row, &why), "counters", &why);
  wc_trainer_free(&trainer);
  wc_dataset_free(&data);
  return took;
}

static void print_speed(json_t *list, const char *work, uint64_t cycles, double speed) {
  printf("  %s: %.0f cycles/s\n", work, speed);
  json_array_append_new(list, json_pack("{s:s, s:I, s:f}", "work", work, "cycles",
                                        (json_int_t)cycles, "cycles_per_second", speed));
}

static double report_speed(json_t *list, const char *uri, uint64_t cycles, double seconds) {
  char work[64];
  snprintf(work, sizeof work, "simulation speed of %s, processor time", uri);
  print_speed(list, work, cycles, (double)cycles / seconds);
  return (double)cycles / seconds;
}

/* The cycle model's time for a step and its update; returns their cycles. */
static uint64_t predict(struct wc_cycles *model, const struct wc_program *program,
                        enum wc_bench_clock clock, double *took) {
  const enum wc_section_kind sections[] = {WC_SECTION_STEP, WC_SECTION_UPDATE};
  uint64_t counters[WC_COUNTERS] = {0};
  const double start = wc_bench_now(clock);
  for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
    const struct wc_section *s = &program->section[sections[i]][0];
    if (model == NULL ||
        !wc_cycles_stream(model, s->words, s->bytes, s->addr, counters, NULL, NULL))
      bench_die(program->net, "cannot be timed");
  }
  const double seconds = wc_bench_now(clock) - start;
  *took = seconds < *took ? seconds : *took;
  return counters[WC_C_CYCLES];
}

/* Of the same step as a simulation of @speed: with no command known before, on one thread and on
 * all; and again with all known. Best of several. */
static void report_model(json_t *list, const struct wc_caps *caps, const struct wc_program *program,
                         double speed) {
  static const char *const work[] = {"speed of the cycle model, processor time of one thread",
                                     "the same, commands known",
                                     "the same, no command known, all processors, wall time"};
  const struct wc_memory_timing memory = {.latency = LATENCY};
  const unsigned threads[] = {1, (unsigned)sysconf(_SC_NPROCESSORS_ONLN)};
  double took[3] = {1e9, 1e9, 1e9};
  uint64_t cycles = 0;
  for (unsigned i = 0; i < 2 * MODEL_RUNS; i++) {
    struct wc_model_config config = wc_session_model(caps);
    config.threads = threads[i & 1];
    struct wc_cycles *model = wc_cycles_new(&config, &memory);
    if ((i & 1) == 0) {
      cycles = predict(model, program, WC_BENCH_CPU, &took[0]);
      (void)predict(model, program, WC_BENCH_CPU, &took[1]);
    } else {
      (void)predict(model, program, WC_BENCH_WALL, &took[2]);
    }
    wc_cycles_delete(model);
  }
  for (unsigned i = 0; i < 3; i++) {
    const double modelled = (double)cycles / took[i];
    print_speed(list, work[i], cycles, modelled);
    printf("    %.0f times the simulation's\n", modelled / speed);
    json_object_set_new(json_array_get(list, json_array_size(list) - 1), "of_simulation",
                        json_real(modelled / speed));
  }
}

/* How groups are chosen: of least traffic, of least traffic for both passes alike, by time. */
enum choice { LEAST, JOINT, BY_TIME };
static const char *const choices[] = {[LEAST] = "", [JOINT] = " joint", [BY_TIME] = " by time"};

static struct wc_program *compile(const struct wc_graph *graph, const struct wc_caps *caps,
                                  size_t run, enum wc_config config, enum choice choice) {
  struct wc_report why = {""};
  const struct wc_target target = wc_session_target(caps, caps->gbuf_bytes, 1);
  const struct wc_model_config model = wc_session_model(caps);
  struct wc_dram_config dram = {0};
  if (runs[run].scale > 0)
    (void)wc_dram_preset("hbm2", runs[run].scale, CLOCK_MHZ, &dram);
  const struct wc_search search = {
      .device = &model,
      .memory = {.latency = LATENCY, .dram = runs[run].scale > 0 ? &dram : NULL},
      .plans = choice == BY_TIME ? runs[run].timed : 0};
  struct wc_program *program =
      choice == JOINT ? bench_joint(graph, config, BATCH, &target, &why)
                      : wc_search_compile(graph, config, BATCH, &target, &search, &why);
  if (program == NULL)
    bench_die(net, why.text);
  return program;
}

static void measure(json_t *list, size_t run, enum wc_config config, enum choice choice) {
  struct wc_report why = {""};
  struct wc_graph *graph = wc_net_build(net, &why);
  if (graph == NULL)
    bench_die(net, why.text);
  const char *uri = runs[run].uri;
  struct wc_device *dev = bench_open(uri);
  const struct wc_caps *caps = wc_caps(dev);
  struct wc_program *program = compile(graph, caps, run, config, choice);
  struct wc_session session = {
      .dev = dev, .program = program, .device_name = uri, .timeout_ms = TIMEOUT_MS};
  struct wc_counters apart, in_a_row;
  const double seconds = step(&session, graph, &apart, &in_a_row);
  const uint64_t cycles = apart.value[WC_C_CYCLES];
  char work[96];
  snprintf(work, sizeof work, "step %s%s, %s", wc_config_name(config), choices[choice],
           runs[run].name);
  bench_report(list, caps, work, cycles, &apart);
  if (config == WC_MBS2) {
    snprintf(work, sizeof work, "step %s%s, in a row, %s", wc_config_name(config), choices[choice],
             runs[run].name);
    bench_report(list, caps, work, in_a_row.value[WC_C_CYCLES], &in_a_row);
  }
  if (runs[run].speed && config == WC_MBS2 && choice == LEAST) {
    const double speed = report_speed(list, uri, cycles, seconds);
    if (strcmp(uri, model_uri) == 0)
      report_model(list, caps, program, speed);
  }
  wc_close(dev);
  wc_program_delete(program);
  wc_graph_delete(graph);
}

void bench_steps(json_t *list) {
  bench_heading("fmnist-resnet8, 32 images");
  for (size_t run = 0; run < sizeof runs / sizeof *runs; run++) {
    for (unsigned i = 0; i < runs[run].n_configs; i++)
      measure(list, run, runs[run].configs[i], LEAST);
    measure(list, run, WC_MBS2, JOINT);
    if (runs[run].timed > 0)
      measure(list, run, WC_MBS2, BY_TIME);
  }
}
