/* The cycle model of whole streams against a device: training steps of a network.
 *
 * usage: cycles_step [--device URI] [--net NAME] [--config NAME] [--batch N] [--latency N]
 *
 * Prints every cycle counter of both, and ends with "1 passed, 0 failed" when the total and the
 * busy cycles of each engine differ by at most 2 % of the total. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dataset.h"
#include "graph.h"
#include "program.h"
#include "session.h"
#include "train.h"
#include "wc_cycles.h"

struct job {
  const char *uri, *net;
  enum wc_config config;
  uint32_t batch;
  struct wc_memory_timing memory;
};

static _Noreturn void die(const char *what, const char *why) {
  fprintf(stderr, "cycles_step: %s: %s\n0 passed, 1 failed\n", what, why);
  exit(1);
}

static void must(enum wc_outcome outcome, const char *what, const struct wc_report *why) {
  if (outcome != WC_DONE)
    die(what, why->text);
}

static struct wc_model_config config_of(const struct wc_caps *caps) {
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.rows = caps->rows;
  config.cols = caps->cols;
  config.lanes = caps->lanes;
  config.acc_rows = caps->acc_rows;
  config.banks = caps->banks;
  config.line_bytes = caps->line_bytes;
  config.axi_bytes = caps->axi_bytes;
  config.outstanding = caps->outstanding;
  config.queue_depth = caps->queue_depth;
  config.gbuf_bytes = caps->gbuf_bytes;
  config.mem_bytes = caps->mem_bytes;
  return config;
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
  if (!wc_dataset_random(batch, image->h, image->w, graph->classes, 1, &data, &why))
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

static void predict(const struct job *job, const struct wc_caps *caps,
                    const struct wc_program *program, uint64_t counters[WC_COUNTERS]) {
  const struct wc_model_config config = config_of(caps);
  struct wc_cycles *cycles = wc_cycles_new(&config, &job->memory);
  const enum wc_section_kind sections[] = {WC_SECTION_STEP, WC_SECTION_UPDATE};
  for (size_t i = 0; i < 2; i++) {
    const struct wc_section *s = &program->section[sections[i]];
    if (cycles == NULL ||
        !wc_cycles_stream(cycles, s->words, s->bytes, s->addr, counters, NULL, NULL))
      die(program->net, "cannot be timed");
  }
  wc_cycles_delete(cycles);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool compare(const struct wc_counters *seen, const uint64_t *model) {
  const double total = (double)seen->value[WC_C_CYCLES];
  bool same = true;
  for (unsigned i = 0; i < WC_COUNTERS; i++) {
    const double apart = (double)model[i] - (double)seen->value[i];
    const bool judged = i == WC_C_CYCLES || i == WC_C_LOAD_BUSY || i == WC_C_STORE_BUSY ||
                        i == WC_C_GEMM_BUSY || i == WC_C_GEMM_PARTIAL || i == WC_C_VEC_BUSY ||
                        i == WC_C_VEC_OPERAND || i > WC_C_VEC_IDLE;
    const bool far = judged && (apart > 0.02 * total || apart < -0.02 * total ||
                                (i > WC_C_VEC_IDLE && apart != 0));
    printf("%-14s device %10" PRIu64 " model %10" PRIu64 "  %+.2f %%%s\n", wc_counter_name(i),
           seen->value[i], model[i], 100 * apart / total, far ? "  FAR" : "");
    same = same && !far;
  }
  return same;
}

int main(int argc, char **argv) {
  struct job job = {"sim:small", "fmnist-resnet8", WC_MBS2, 32, {.latency = 40}};
  static const struct option options[] = {{"device", 1, NULL, 'd'},  {"net", 1, NULL, 'n'},
                                          {"config", 1, NULL, 'c'},  {"batch", 1, NULL, 'b'},
                                          {"latency", 1, NULL, 'l'}, {NULL, 0, NULL, 0}};
  for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    if (o == 'd')
      job.uri = optarg;
    else if (o == 'n')
      job.net = optarg;
    else if (o == 'c' && !wc_config_parse(optarg, &job.config))
      die(optarg, "no configuration");
    else if (o == 'b')
      job.batch = (uint32_t)strtoul(optarg, NULL, 10);
    else if (o == 'l')
      job.memory.latency = (unsigned)strtoul(optarg, NULL, 10);
    else if (o == '?')
      return 2;
  }
  struct wc_report why = {""};
  struct wc_device *dev;
  struct wc_graph *graph = wc_net_build(job.net, &why);
  if (graph == NULL)
    die(job.net, why.text);
  must(wc_session_device(job.uri, &dev, &why), job.uri, &why);
  const struct wc_caps *caps = wc_caps(dev);
  const struct wc_target target = wc_session_target(caps, caps->gbuf_bytes);
  struct wc_program *program = wc_compile(graph, job.config, job.batch, &target, &why);
  if (program == NULL)
    die(job.net, why.text);
  struct wc_session session = {dev, program, job.uri, NULL, 1800000};
  struct wc_counters seen;
  uint64_t model[WC_COUNTERS] = {0};
  const double t0 = seconds();
  measure(&session, graph, job.batch, &seen);
  const double t1 = seconds();
  predict(&job, caps, program, model);
  const double t2 = seconds();
  const bool same = compare(&seen, model);
  printf("device %.2f s, model %.4f s: %.0f times as fast\n", t1 - t0, t2 - t1,
         (t1 - t0) / (t2 - t1));
  wc_close(dev);
  wc_program_delete(program);
  wc_graph_delete(graph);
  printf("%d passed, %d failed\n", same, !same);
  return !same;
}
