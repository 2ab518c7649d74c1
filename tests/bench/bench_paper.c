/* GEMMs and vector work of training steps of the ResNets on the paper's device, 32 images a core,
 * by the cycle model: how busy the PEs are while a GEMM has the array, without and with folding.
 *
 * Usage: bench_paper FILE    (a list of {network, fold, gemm_cycles, gemm_busy, vector_cycles,
 *                             vector_share, step_cycles, step_busy, dram_bytes}) */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "joint.h"
#include "program.h"
#include "session.h"
#include "wc_cycles.h"

enum { BATCH = 64, LATENCY = 100, GEMM_QUEUE = 2, VEC_QUEUE = 3 };

/* Cycles that the commands of two units take by themselves. */
struct work {
  uint64_t gemm, vec;
  uint64_t vec_free; /* the vector unit could begin the next */
};

static _Noreturn void die(const char *what, const char *why) {
  fprintf(stderr, "bench_paper: %s: %s\n", what, why);
  exit(1);
}

static void add(void *arg, const struct wc_placed *placed) {
  struct work *work = arg;
  if (placed->queue == GEMM_QUEUE)
    work->gemm += placed->end - placed->begin;
  if (placed->queue == VEC_QUEUE) {
    const uint64_t from = placed->ready > work->vec_free ? placed->ready : work->vec_free;
    work->vec_free = placed->done + 1;
    work->vec += work->vec_free - from;
  }
}

static json_t *report(const char *net, const struct wc_model_config *model, const struct work *work,
                      const uint64_t counters[WC_COUNTERS]) {
  const double ideal = (double)counters[WC_C_MACS] / (model->rows * model->cols);
  const double gemm_busy = ideal / (double)work->gemm;
  const double step_busy = ideal / (double)counters[WC_C_CYCLES];
  const double vector = (double)work->vec / (double)work->gemm;
  printf("%-10s fold %u: GEMMs %9" PRIu64
         " cycles, PEs busy %.3f; vector work %.3f of that; step %9" PRIu64
         " cycles, PEs busy %.3f\n",
         net, model->fold, work->gemm, gemm_busy, vector, counters[WC_C_CYCLES], step_busy);
  fflush(stdout);
  return json_pack("{s:s, s:b, s:I, s:f, s:I, s:f, s:I, s:f, s:I}", "network", net, "fold",
                   (int)model->fold, "gemm_cycles", (json_int_t)work->gemm, "gemm_busy", gemm_busy,
                   "vector_cycles", (json_int_t)work->vec, "vector_share", vector, "step_cycles",
                   (json_int_t)counters[WC_C_CYCLES], "step_busy", step_busy, "dram_bytes",
                   (json_int_t)(counters[WC_C_RD_BYTES] + counters[WC_C_WR_BYTES]));
}

/* The step of core 0; the others do the same on other images. */
static json_t *measure(const char *net, const char *uri) {
  struct wc_report why = {""};
  struct wc_device *dev;
  struct wc_graph *graph = wc_net_build(net, &why);
  if (graph == NULL)
    die(net, why.text);
  if (wc_session_device(uri, &dev, &why) != WC_DONE)
    die(uri, why.text);
  const struct wc_caps *caps = wc_caps(dev);
  const struct wc_model_config model = wc_session_model(caps);
  const struct wc_target target = wc_session_target(caps, caps->gbuf_bytes, caps->cores);
  struct wc_program *program = bench_joint(graph, WC_MBS2, BATCH, &target, &why);
  if (program == NULL)
    die(net, why.text);
  const struct wc_memory_timing memory = {.latency = LATENCY};
  struct wc_cycles *cycles = wc_cycles_new(&model, &memory);
  const struct wc_section *step = &program->section[WC_SECTION_STEP][0];
  struct work work = {0};
  uint64_t counters[WC_COUNTERS] = {0};
  if (cycles == NULL ||
      !wc_cycles_stream(cycles, step->words, step->bytes, step->addr, counters, add, &work))
    die(net, "its stream cannot be timed");
  json_t *entry = report(net, &model, &work, counters);
  wc_cycles_delete(cycles);
  wc_program_delete(program);
  wc_close(dev);
  wc_graph_delete(graph);
  return entry;
}

int main(int argc, char **argv) {
  static const char *const nets[] = {"resnet50", "resnet101", "resnet152"};
  static const char *const devices[] = {"cmodel:paper", "cmodel:paper,fold=1"};
  if (argc != 2)
    die("usage", "bench_paper FILE");
  json_t *list = json_array();
  for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
    for (size_t k = 0; k < sizeof devices / sizeof *devices; k++)
      json_array_append_new(list, measure(nets[i], devices[k]));
  }
  const bool ok = json_dump_file(list, argv[1], JSON_INDENT(2)) == 0;
  json_decref(list);
  if (!ok)
    die(argv[1], "cannot be written");
  return 0;
}
