/* The cycle model of whole streams against a device: training steps of networks.
 *
 * usage: cycles_step [--device URI] [--net NAME] [--config NAME] [--batch N] [--latency N]
 *                    [--memory NAME] [--scale N] [--random N] [--seed S] [--tolerance PER_CENT]
 *                    [--plans N]
 *
 * --latency, --memory, --scale: of the device, which must not say them in its URI.
 * --plans: groups by time, the fastest of N plans.
 * --random: not NAME, but N random networks with random configurations and batches. A step passes
 * when its cycles, and those in which each engine has a command, differ by at most PER_CENT (2) of
 * them, and bytes, beats, MACs and commands not at all. Prints the counters of one that does not
 * (of the only one in any case), and ends with "N passed, N failed". */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dataset.h"
#include "graph.h"
#include "program.h"
#include "random_net.h"
#include "search.h"
#include "session.h"
#include "train.h"
#include "wc_cycles.h"

struct job {
  const char *uri;
  struct wc_device *dev;
  struct wc_graph *graph;
  enum wc_config config;
  uint32_t batch;
  unsigned per_cent; /* that may be missing */
  unsigned plans;    /* that a search by time judges; 0: groups of least traffic */
  struct wc_memory_timing memory;
  struct wc_dram_config dram;
};

static _Noreturn void die(const char *what, const char *why) {
  fprintf(stderr, "cycles_step: %s: %s\n0 passed, 1 failed\n", what, why);
  exit(1);
}

static void must(enum wc_outcome outcome, const char *what, const struct wc_report *why) {
  if (outcome != WC_DONE)
    die(what, why->text);
}

static void measure(struct wc_session *session, struct wc_graph *graph, uint32_t batch,
                    struct wc_counters *counters) {
  struct wc_report why = {""};
  struct wc_trainer trainer;
  struct wc_dataset data;
  struct wc_hyperparams hyper;
  struct wc_step_result step;
  const struct wc_tensor *image = &graph->tensors[graph->image];
  wc_hyperparams_default(&hyper);
  hyper.batch = batch;
  if (!wc_dataset_random(batch, image->h, image->w * image->c, graph->classes, 1, &data, &why))
    die("data", why.text);
  must(wc_session_load(session, &why), "load", &why);
  if (!wc_trainer_new(&trainer, session, graph, &hyper, &data, NULL, &why))
    die("trainer", why.text);
  must(wc_params_upload(&trainer.params, session, &why), "parameters", &why);
  must(wc_train_feed(&trainer, &why), "feed", &why);
  must(wc_train_forward_backward(&trainer, &step, &why), "step", &why);
  must(wc_train_update(&trainer, &step, &why), "update", &why);
  must(wc_session_counters(session, counters, &why), "counters", &why);
  wc_trainer_free(&trainer);
  wc_dataset_free(&data);
}

static void predict(struct wc_cycles *cycles, const struct wc_program *program,
                    uint64_t counters[WC_COUNTERS]) {
  const enum wc_section_kind sections[] = {WC_SECTION_STEP, WC_SECTION_UPDATE};
  for (size_t i = 0; i < 2; i++) {
    const struct wc_section *s = &program->section[sections[i]][0];
    if (cycles == NULL ||
        !wc_cycles_stream(cycles, s->words, s->bytes, s->addr, counters, NULL, NULL))
      die(program->net, "cannot be timed");
  }
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool near(unsigned per_cent, uint64_t seen, uint64_t model, uint64_t total) {
  const uint64_t apart = seen > model ? seen - model : model - seen;
  return 100.0 * (double)apart <= (double)per_cent * (double)total;
}

/* Cycles in which an engine has a command: not those in which it waits for tokens or has none. */
static uint64_t occupied(const struct wc_engine *engine, const uint64_t *value) {
  uint64_t cycles = value[WC_C_CYCLES];
  for (unsigned i = engine->waits; i <= engine->last; i++)
    cycles -= value[i] < cycles ? value[i] : cycles;
  return cycles;
}

static bool all_near(unsigned per_cent, const uint64_t *seen, const uint64_t *model) {
  bool same = near(per_cent, seen[WC_C_CYCLES], model[WC_C_CYCLES], seen[WC_C_CYCLES]);
  for (unsigned q = 0; q < WC_QUEUES; q++)
    same = same && near(per_cent, occupied(&wc_engines[q], seen), occupied(&wc_engines[q], model),
                        seen[WC_C_CYCLES]);
  for (unsigned i = wc_engines[WC_QUEUES - 1].last + 1; i < WC_COUNTERS; i++)
    same = same && seen[i] == model[i];
  return same;
}

static void print(const struct wc_counters *seen, const uint64_t *model) {
  const double total = (double)seen->value[WC_C_CYCLES];
  for (unsigned i = 0; i < WC_COUNTERS; i++)
    printf("  %-14s device %10" PRIu64 "  model %10" PRIu64 "  %+.2f %%\n", wc_counter_name(i),
           seen->value[i], model[i], 100 * ((double)model[i] - (double)seen->value[i]) / total);
}

static bool run(const struct job *job, bool verbose) {
  struct wc_report why = {""};
  const struct wc_caps *caps = wc_caps(job->dev);
  const struct wc_target target = wc_session_target(caps, caps->gbuf_bytes, 1);
  const struct wc_model_config config = wc_session_model(caps);
  const struct wc_search search = {.device = &config, .memory = job->memory, .plans = job->plans};
  struct wc_program *program =
      wc_search_compile(job->graph, job->config, job->batch, &target, &search, &why);
  if (program == NULL)
    die(job->graph->name, why.text);
  struct wc_session session = {
      .dev = job->dev, .program = program, .device_name = job->uri, .timeout_ms = 1800000};
  struct wc_counters seen;
  uint64_t model[WC_COUNTERS] = {0};
  if (wc_counters_clear(job->dev) != WC_OK)
    die(job->uri, "counters");
  const double before = seconds();
  measure(&session, job->graph, job->batch, &seen);
  const double between = seconds();
  struct wc_cycles *cycles = wc_cycles_new(&config, &job->memory);
  uint64_t again[WC_COUNTERS] = {0};
  predict(cycles, program, model);
  const double after = seconds();
  predict(cycles, program, again);
  const double end = seconds();
  wc_cycles_delete(cycles);
  const bool same =
      all_near(job->per_cent, seen.value, model) && memcmp(model, again, sizeof model) == 0;
  printf("%s, %s, batch %" PRIu32 ": device %" PRIu64
         " cycles, model %+.2f %%; %.2f s, %.4f s, "
         "again %.4f s\n",
         job->graph->name, wc_config_name(job->config), job->batch, seen.value[WC_C_CYCLES],
         100 * ((double)model[WC_C_CYCLES] / (double)seen.value[WC_C_CYCLES] - 1), between - before,
         after - between, end - after);
  if (verbose || !same)
    print(&seen, model);
  wc_program_delete(program);
  return same;
}

static void reopen(struct job *job) {
  struct wc_report why = {""};
  wc_close(job->dev);
  must(wc_session_device(job->uri, &job->dev, &why), job->uri, &why);
}

static unsigned run_random(struct job *job, unsigned n, uint64_t seed) {
  unsigned passed = 0;
  printf("SEED=%" PRIu64 "\n", seed);
  for (unsigned i = 0; i < n; i++) {
    struct wc_random r;
    wc_random_seed(&r, seed + i);
    job->graph = wc_random_net(&r);
    job->config = (enum wc_config)wc_random_below(&r, WC_CONFIGS);
    job->batch = 1 + wc_random_below(&r, 12);
    reopen(job);
    passed += run(job, false);
    wc_graph_delete(job->graph);
  }
  return passed;
}

/* Of the model, and of the device's URI, for which there is room at @uri. */
static void set_memory(struct job *job, const char *name, unsigned scale, char *uri, size_t bytes) {
  const int used = snprintf(uri, bytes, "%s,latency=%u", job->uri, job->memory.latency);
  job->uri = uri;
  if (name == NULL)
    return;
  if (scale == 0 || !wc_dram_preset(name, scale, 700, &job->dram))
    die(name, wc_dram_presets);
  job->memory.dram = &job->dram;
  snprintf(uri + used, bytes - (size_t)used, ",memory=%s,scale=%u", name, scale);
}

int main(int argc, char **argv) {
  struct job job = {
      .uri = "sim:small", .config = WC_MBS2, .batch = 32, .per_cent = 2, .memory = {.latency = 40}};
  const char *net = "fmnist-resnet8", *memory = NULL;
  unsigned steps = 0, scale = 1;
  uint64_t seed = (uint64_t)time(NULL);
  static const struct option options[] = {
      {"device", 1, NULL, 'd'}, {"net", 1, NULL, 'n'},     {"config", 1, NULL, 'c'},
      {"batch", 1, NULL, 'b'},  {"latency", 1, NULL, 'l'}, {"random", 1, NULL, 'r'},
      {"seed", 1, NULL, 's'},   {"plans", 1, NULL, 'p'},   {"tolerance", 1, NULL, 't'},
      {"memory", 1, NULL, 'm'}, {"scale", 1, NULL, 'S'},   {NULL, 0, NULL, 0}};
  for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    if (o == 'd')
      job.uri = optarg;
    else if (o == 'n')
      net = optarg;
    else if (o == 'c' && !wc_config_parse(optarg, &job.config))
      die(optarg, "no configuration");
    else if (o == 'b')
      job.batch = (uint32_t)strtoul(optarg, NULL, 10);
    else if (o == 'l')
      job.memory.latency = (unsigned)strtoul(optarg, NULL, 10);
    else if (o == 'm')
      memory = optarg;
    else if (o == 'S')
      scale = (unsigned)strtoul(optarg, NULL, 10);
    else if (o == 'p')
      job.plans = (unsigned)strtoul(optarg, NULL, 10);
    else if (o == 't')
      job.per_cent = (unsigned)strtoul(optarg, NULL, 10);
    else if (o == 'r')
      steps = (unsigned)strtoul(optarg, NULL, 10);
    else if (o == 's')
      seed = strtoull(optarg, NULL, 10);
    else if (o == '?')
      return 2;
  }
  char uri[256];
  set_memory(&job, memory, scale, uri, sizeof uri);
  struct wc_report why = {""};
  must(wc_session_device(job.uri, &job.dev, &why), job.uri, &why);
  unsigned passed;
  if (steps > 0) {
    passed = run_random(&job, steps, seed);
  } else {
    steps = 1;
    job.graph = wc_net_build(net, &why);
    if (job.graph == NULL)
      die(net, why.text);
    passed = run(&job, true);
    wc_graph_delete(job.graph);
  }
  wc_close(job.dev);
  printf("%u passed, %u failed\n", passed, steps - passed);
  return passed != steps;
}
