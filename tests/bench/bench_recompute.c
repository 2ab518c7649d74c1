/* Training steps of networks on the paper's device, 32 images a core, with mbs2 and with mbs-r
 * under each bound of what is kept: traffic, MACs done again, and cycles by the cycle model, one
 * core on its half of a memory.
 *
 * Usage: bench_recompute MEMORY NETWORK... */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "program.h"
#include "session.h"
#include "wc_cycles.h"

enum { BATCH = 64, LATENCY = 40, CLOCK_MHZ = 700 };

struct bench {
  const char *net, *memory;
  struct wc_graph *graph;
  struct wc_target target;
  struct wc_cycles *cycles;
  uint64_t bytes, time; /* of mbs2 */
};

static _Noreturn void die(const char *what, const char *why) {
  fprintf(stderr, "bench_recompute: %s: %s\n", what, why);
  exit(1);
}

static uint64_t total(const struct wc_plan *plan) {
  uint64_t bytes = 0;
  for (unsigned c = 0; c < WC_CLASSES; c++)
    bytes += plan->class_bytes[c][0] + plan->class_bytes[c][1];
  return bytes;
}

/* Plans with @groups (0: of least traffic) and prints a line. */
static void measure(struct bench *b, const char *title, enum wc_config config,
                    const struct wc_group *groups, uint32_t n) {
  struct wc_report why = {""};
  uint64_t counters[WC_COUNTERS] = {0};
  uint32_t *words;
  size_t bytes;
  struct wc_plan *plan =
      wc_plan_make(b->graph, config, WC_TRAIN, BATCH, &b->target, groups, n, &why);
  if (plan == NULL ||
      !wc_plan_codegen(plan, 0, plan->step, plan->n_step, &b->target, &words, &bytes, &why) ||
      !wc_cycles_stream(b->cycles, words, bytes, plan->stream.addr, counters, NULL, NULL))
    die(title, why.text);
  const uint64_t time = counters[WC_C_CYCLES], moved = total(plan);
  if (config == WC_MBS2) {
    b->bytes = moved;
    b->time = time;
  }
  const uint64_t macs = wc_graph_totals(b->graph).train_macs * BATCH;
  printf("%-10s %-6s %-14s %12" PRIu64 " bytes, %.2f x less; MACs +%4.1f %%; %10" PRIu64
         " cycles, %.2f x as fast\n",
         b->net, b->memory, title, moved, (double)b->bytes / (double)moved,
         100 * (double)plan->macs_again / (double)macs, time, (double)b->time / (double)time);
  fflush(stdout);
  free(words);
  wc_plan_delete(plan);
}

static void measure_all(struct bench *b) {
  struct wc_report why = {""};
  measure(b, "mbs2", WC_MBS2, NULL, 0);
  for (int i = 0; i < 2 * WC_KEEPS; i++) {
    const struct wc_bounds how = {.keep = (enum wc_keep)(i % WC_KEEPS), .room = i >= WC_KEEPS};
    struct wc_group *groups;
    const uint32_t n = wc_bounded_groups(b->graph, WC_MBS_R, BATCH, &b->target, how, &groups, &why);
    if (n == 0)
      die(b->net, why.text);
    char title[32];
    snprintf(title, sizeof title, "%s%s", wc_keep_name(how.keep), how.room ? ", room" : "");
    measure(b, title, WC_MBS_R, groups, n);
    free(groups);
  }
}

int main(int argc, char **argv) {
  struct wc_report why = {""};
  struct wc_device *dev;
  struct wc_dram_config dram;
  if (argc < 3 || !wc_dram_preset(argv[1], 2, CLOCK_MHZ, &dram))
    die("usage", "bench_recompute MEMORY NETWORK...");
  if (wc_session_device("cmodel:paper,threads=1", &dev, &why) != WC_DONE)
    die("cmodel:paper", why.text);
  const struct wc_caps *caps = wc_caps(dev);
  const struct wc_model_config model = wc_session_model(caps);
  const struct wc_memory_timing memory = {.latency = LATENCY, .dram = &dram};
  struct bench b = {.memory = argv[1],
                    .target = wc_session_target(caps, caps->gbuf_bytes, caps->cores),
                    .cycles = wc_cycles_new(&model, &memory)};
  if (b.cycles == NULL)
    die("cycle model", "out of memory");
  for (int i = 2; i < argc; i++) {
    b.net = argv[i];
    b.graph = wc_net_build(b.net, &why);
    if (b.graph == NULL)
      die(b.net, why.text);
    measure_all(&b);
    wc_graph_delete(b.graph);
  }
  wc_cycles_delete(b.cycles);
  wc_close(dev);
  return 0;
}
