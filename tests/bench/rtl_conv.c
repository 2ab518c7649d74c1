/* How busy the GEMMs of ResNet-50 keep the array, with channels divided by 8 for an array of 16 x
 * 16 (the network's own channels suit 128 x 128).
 *
 * Each pass of each convolution is compiled by the kernels of the compiler and runs four times in a
 * row, as for four images, operands on chip, on as many rows of an image as the buffer holds.
 * `busy` are the cycles in which a row enters the array, out of all from start to done. The bound
 * that edge tiles give is a row in every cycle. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "measure.h"

struct layer {
  uint32_t ci, co, kernel, stride, in;
};

static const struct layer layers[] = {
    {3, 64, 7, 2, 224},     {64, 64, 1, 1, 56},    {64, 64, 3, 1, 56},    {64, 256, 1, 1, 56},
    {256, 64, 1, 1, 56},    {256, 128, 1, 1, 56},  {128, 128, 3, 2, 56},  {128, 512, 1, 1, 28},
    {256, 512, 1, 2, 56},   {512, 128, 1, 1, 28},  {128, 128, 3, 1, 28},  {512, 256, 1, 1, 28},
    {256, 256, 3, 2, 28},   {256, 1024, 1, 1, 14}, {512, 1024, 1, 2, 28}, {1024, 256, 1, 1, 14},
    {256, 256, 3, 1, 14},   {1024, 512, 1, 1, 14}, {512, 512, 3, 2, 14},  {512, 2048, 1, 1, 7},
    {1024, 2048, 1, 2, 14}, {2048, 512, 1, 1, 7},  {512, 512, 3, 1, 7}};

enum { LAYERS = sizeof layers / sizeof *layers, SHRINK = 8 };
enum { IMAGES = 4 };

static const struct {
  enum wc_op op;
  const char *name;
} passes[] = {{WC_N_CONV, "forward"},
              {WC_N_CONV_DGRAD, "data gradient"},
              {WC_N_CONV_WGRAD, "weight gradient"}};

enum { PASSES = sizeof passes / sizeof *passes };

static uint32_t shrunk(uint32_t channels) {
  return channels < SHRINK ? channels : channels / SHRINK;
}

/* A network around the convolution, which reads a feature of @h rows. */
static struct wc_graph *surround(const struct layer *l, uint32_t h, uint32_t *conv) {
  struct wc_graph *g = wc_graph_new("bench");
  struct wc_report why = {""};
  if (g == NULL) {
    bench_die("memory", "exhausted");
  }
  uint32_t x = wc_graph_image(g, h, l->in, 1, 0.01F, 0.0F);
  x = wc_graph_conv(g, "before", x, shrunk(l->ci), 1, 1, 0);
  *conv = g->n_nodes;
  x = wc_graph_conv(g, "conv", x, shrunk(l->co), l->kernel, l->stride, l->kernel / 2);
  x = wc_graph_gap(g, "gap", x);
  wc_graph_xent(g, "xent", wc_graph_fc(g, "fc", x, 10));
  if (wc_graph_failed(g) != NULL || !wc_graph_differentiate(g, &why)) {
    bench_die("graph", wc_graph_failed(g) != NULL ? wc_graph_failed(g) : why.text);
  }
  return g;
}

/* The node that does @op for the convolution @conv. */
static uint32_t node_for(const struct wc_graph *g, uint32_t conv, enum wc_op op) {
  for (uint32_t i = 0; i < g->n_nodes; i++) {
    if (g->nodes[i].op == op && g->nodes[i].home == conv) {
      return i;
    }
  }
  return WC_NONE;
}

static uint32_t lay(const struct wc_graph *g, uint32_t tensor, struct wc_view *view, uint32_t at) {
  const struct wc_tensor *t = &g->tensors[tensor];
  const uint64_t bytes = wc_tensor_elems(t) * wc_type_bytes(t->type);
  *view = (struct wc_view){at, (uint32_t)bytes, 0, t->h};
  return at + (uint32_t)((bytes + 63) / 64 * 64);
}

/* Lays out the operands of @node for one sample; bytes used. */
static uint32_t lay_out(const struct wc_graph *g, uint32_t index, struct wc_run *run) {
  const struct wc_node *node = &g->nodes[index];
  uint32_t at = WC_FINITE_BYTES;
  const struct wc_lead lead = wc_kernel_lead(node->op);
  const struct wc_tensor *rows =
      &g->tensors[lead.side == 'o' ? node->out[lead.index] : node->in[lead.index]];
  const struct wc_tensor *columns = &g->tensors[node->op == WC_N_CONV_DGRAD   ? node->out[0]
                                                : node->op == WC_N_CONV_WGRAD ? node->in[1]
                                                                              : node->out[0]];
  *run = (struct wc_run){.node = index,
                         .ns = 1,
                         .ny = rows->h,
                         .pass = WC_PASS_ALL,
                         .nc = columns->c,
                         .first = true,
                         .slab_first = true,
                         .slab_last = true};
  for (unsigned i = 0; i < node->n_in; i++) {
    at = lay(g, node->in[i], &run->in[i], at);
  }
  for (unsigned i = 0; i < node->n_out; i++) {
    at = lay(g, node->out[i], &run->out[i], at);
  }
  return at;
}

static uint64_t up(uint64_t a, uint64_t b) {
  return (a + b - 1) / b;
}

/* Rows that enter the array for a GEMM: one for each row of C, or two, and tile of B. */
static uint64_t rows_of(const struct wc_gemm *g, const struct wc_caps *caps) {
  const uint64_t positions = (uint64_t)g->p2 * g->p1 * g->p0;
  const uint64_t taps = (uint64_t)g->q2 * g->q1 * g->q0;
  const uint64_t rows = g->a_trans ? taps : positions, depth = g->a_trans ? positions : taps;
  const bool folded = caps->folds && g->n <= caps->cols / 2;
  return (folded ? up(rows, 2) : rows) * up(depth, caps->rows) * up(g->n, caps->cols);
}

/* Appends the GEMMs of a stream, and to @rows what they send into the array. */
static void gemms_of(const uint32_t *words, size_t bytes, const struct wc_caps *caps,
                     struct wc_emit *emit, uint64_t *rows) {
  for (size_t word = 0; word < bytes / 4;) {
    struct wc_cmd cmd;
    if (wc_cmd_decode(words + word, (bytes - 4 * word) / WC_UNIT_BYTES, &cmd) != WC_E_NONE) {
      bench_die("stream", "does not decode");
    }
    word += cmd.hdr.units * (WC_UNIT_BYTES / 4);
    if (cmd.hdr.opcode == WC_OP_GEMM) {
      *rows += rows_of(&cmd.gemm, caps);
      wc_emit_cmd(emit, &cmd);
    }
  }
}

/* The run's GEMMs on the device, IMAGES times. */
static void run_gemms(struct wc_device *dev, const struct wc_graph *g, const struct wc_run *run,
                      struct wc_counters *counters) {
  uint32_t *words = NULL;
  size_t bytes = 0;
  uint64_t rows = 0;
  struct wc_emit *all = bench_emit(dev), *gemms = bench_emit(dev);
  if (!wc_kernel_emit(all, g, run) || !wc_emit_finish(all, &words, &bytes))
    bench_die("kernel", wc_emit_failed(all));
  for (unsigned i = 0; i < IMAGES; i++)
    gemms_of(words, bytes, wc_caps(dev), gemms, &rows);
  free(words);
  bench_run(dev, gemms, counters);
  if (bench_busy(counters) != rows)
    bench_die("array", "busy with other rows than the commands have");
  wc_emit_delete(all);
  wc_emit_delete(gemms);
}

/* Measures one pass, with half the rows as often as needed to fit, if it exists and fits at all. */
static void measure(struct wc_device *dev, const struct layer *l, unsigned pass, json_t *list) {
  const struct wc_caps *caps = wc_caps(dev);
  bool more = true;
  for (uint32_t h = l->in; more && h >= l->kernel; h /= 2) {
    uint32_t conv;
    struct wc_graph *g = surround(l, h, &conv);
    const uint32_t node = node_for(g, conv, passes[pass].op);
    struct wc_run run;
    const bool fits = node != WC_NONE && lay_out(g, node, &run) <= caps->gbuf_bytes;
    if (fits) {
      struct wc_counters counters;
      run_gemms(dev, g, &run, &counters);
      char work[96];
      snprintf(work, sizeof work,
               "%" PRIu32 "->%" PRIu32 " %" PRIu32 "x%" PRIu32 "/%" PRIu32 " on %" PRIu32
               "x%" PRIu32 ", %s",
               shrunk(l->ci), shrunk(l->co), l->kernel, l->kernel, l->stride, h, l->in,
               passes[pass].name);
      bench_report(list, caps, work, counters.value[WC_C_CYCLES], &counters);
    }
    wc_graph_delete(g);
    more = !fits && node != WC_NONE;
  }
}

static void measure_all(const char *uri, const char *heading, json_t *list) {
  struct wc_device *dev = bench_open(uri);
  bench_heading(heading);
  for (unsigned pass = 0; pass < PASSES; pass++) {
    for (unsigned i = 0; i < LAYERS; i++)
      measure(dev, &layers[i], pass, list);
  }
  wc_close(dev);
}

void bench_convolutions(json_t *list) {
  measure_all("sim:small", "GEMMs of ResNet-50, channels / 8", list);
  measure_all("sim:small_f", "the same, narrow ones folded", list);
}
