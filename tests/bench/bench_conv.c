/* How busy the GEMMs of ResNet-50 keep the array, with channels divided by 8 for an array of 16 x
 * 16 (the network's own channels suit 128 x 128). Usage: bench_conv [URI] [FILE.json]
 *
 * Each pass of each convolution is compiled by the kernels of the compiler and runs four times in a
 * row, as for four images, operands on chip, on as many rows of an image as the buffer holds.
 * `busy` are the cycles in which a row enters the array, out of all from start to done. The bound
 * that edge tiles give is a row in every cycle. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "kernels.h"
#include "wavecore.h"

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
enum { STREAM = 0x100000, IMAGES = 4 };

static const struct {
  enum wc_op op;
  const char *name;
} passes[] = {{WC_N_CONV, "forward"},
              {WC_N_CONV_DGRAD, "data gradient"},
              {WC_N_CONV_WGRAD, "weight gradient"}};

enum { PASSES = sizeof passes / sizeof *passes };

static void die(const char *what, const char *detail) {
  fprintf(stderr, "bench_conv: %s: %s\n", what, detail);
  exit(1);
}

static uint32_t shrunk(uint32_t channels) {
  return channels < SHRINK ? channels : channels / SHRINK;
}

/* A network around the convolution, which reads a feature of @h rows. */
static struct wc_graph *surround(const struct layer *l, uint32_t h, uint32_t *conv) {
  struct wc_graph *g = wc_graph_new("bench");
  struct wc_report why = {""};
  if (g == NULL) {
    die("memory", "exhausted");
  }
  uint32_t x = wc_graph_image(g, h, l->in, 1, 0.01F, 0.0F);
  x = wc_graph_conv(g, "before", x, shrunk(l->ci), 1, 1, 0);
  *conv = g->n_nodes;
  x = wc_graph_conv(g, "conv", x, shrunk(l->co), l->kernel, l->stride, l->kernel / 2);
  x = wc_graph_gap(g, "gap", x);
  wc_graph_xent(g, "xent", wc_graph_fc(g, "fc", x, 10));
  if (wc_graph_failed(g) != NULL || !wc_graph_differentiate(g, &why)) {
    die("graph", wc_graph_failed(g) != NULL ? wc_graph_failed(g) : why.text);
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

/* Rows that enter the array for a GEMM: one for each row of C and tile of B. */
static uint64_t rows_of(const struct wc_gemm *g, const struct wc_caps *caps) {
  const uint64_t positions = (uint64_t)g->p2 * g->p1 * g->p0;
  const uint64_t taps = (uint64_t)g->q2 * g->q1 * g->q0;
  return (g->a_trans ? taps : positions) * up(g->a_trans ? positions : taps, caps->rows) *
         up(g->n, caps->cols);
}

/* Appends the GEMMs of a stream, and to @rows what they send into the array. */
static void gemms_of(const uint32_t *words, size_t bytes, const struct wc_caps *caps,
                     struct wc_emit *emit, uint64_t *rows) {
  for (size_t word = 0; word < bytes / 4;) {
    struct wc_cmd cmd;
    if (wc_cmd_decode(words + word, (bytes - 4 * word) / WC_UNIT_BYTES, &cmd) != WC_E_NONE) {
      die("stream", "does not decode");
    }
    word += cmd.hdr.units * (WC_UNIT_BYTES / 4);
    if (cmd.hdr.opcode == WC_OP_GEMM) {
      *rows += rows_of(&cmd.gemm, caps);
      wc_emit_cmd(emit, &cmd);
    }
  }
}

/* Cycles of the run's GEMMs on the device, IMAGES times. */
static uint64_t run_gemms(struct wc_device *dev, const struct wc_graph *g, const struct wc_run *run,
                          uint64_t *rows, uint64_t *busy) {
  const struct wc_caps *caps = wc_caps(dev);
  uint32_t *words = NULL;
  size_t bytes = 0;
  struct wc_emit *all = wc_emit_new(caps->gbuf_bytes, caps->mem_bytes);
  struct wc_emit *gemms = wc_emit_new(caps->gbuf_bytes, caps->mem_bytes);
  if (all == NULL || gemms == NULL || !wc_kernel_emit(all, g, run) ||
      !wc_emit_finish(all, &words, &bytes)) {
    die("kernel", all != NULL && wc_emit_failed(all) ? wc_emit_failed(all) : "no memory");
  }
  for (unsigned i = 0; i < IMAGES; i++) {
    gemms_of(words, bytes, caps, gemms, rows);
  }
  free(words);
  if (!wc_emit_finish(gemms, &words, &bytes)) {
    die("stream", "no memory");
  }
  struct wc_counters counters;
  int status = wc_write(dev, STREAM, words, bytes);
  status = status != 0 ? status : wc_counters_clear(dev);
  status = status != 0 ? status : wc_submit(dev, STREAM, bytes);
  status = status != 0 ? status : wc_wait(dev, 600000);
  status = status != 0 ? status : wc_counters_read(dev, &counters);
  if (status != 0) {
    die("run", wc_strerror(status));
  }
  free(words);
  wc_emit_delete(all);
  wc_emit_delete(gemms);
  *busy = counters.value[WC_C_GEMM_BUSY] + counters.value[WC_C_GEMM_PARTIAL];
  return counters.value[WC_C_CYCLES];
}

/* Measures one pass, with half the rows as often as needed to fit; false: the pass does not exist
 * or does not fit at all. */
static bool measure(struct wc_device *dev, const struct layer *l, enum wc_op op, json_t *list,
                    const char *pass) {
  const struct wc_caps *caps = wc_caps(dev);
  for (uint32_t h = l->in; h >= l->kernel; h /= 2) {
    uint32_t conv;
    struct wc_graph *g = surround(l, h, &conv);
    const uint32_t node = node_for(g, conv, op);
    struct wc_run run;
    const bool fits = node != WC_NONE && lay_out(g, node, &run) <= caps->gbuf_bytes;
    if (fits) {
      uint64_t rows = 0, busy;
      const uint64_t cycles = run_gemms(dev, g, &run, &rows, &busy);
      char work[96];
      snprintf(work, sizeof work,
               "%" PRIu32 "->%" PRIu32 " %" PRIu32 "x%" PRIu32 "/%" PRIu32 " on %" PRIu32
               "x%" PRIu32 ", %s",
               shrunk(l->ci), shrunk(l->co), l->kernel, l->kernel, l->stride, h, l->in, pass);
      printf("  %-44s %8" PRIu64 " %8" PRIu64 "   %5.1f %%\n", work, cycles, busy,
             100.0 * (double)rows / (double)cycles);
      json_array_append_new(
          list, json_pack("{s:s, s:s, s:I, s:I, s:f}", "work", work, "array", "16x16", "cycles",
                          (json_int_t)cycles, "busy", (json_int_t)busy, "busy_of_bound",
                          (double)rows / (double)cycles));
    }
    wc_graph_delete(g);
    if (fits || node == WC_NONE) {
      return fits;
    }
  }
  return false;
}

int main(int argc, char **argv) {
  const char *uri = argc > 1 ? argv[1] : "sim:small";
  struct wc_device *dev = NULL;
  char why[256];
  if (wc_open(uri, &dev, why, sizeof why) != 0) {
    die(uri, why);
  }
  json_t *list = json_array();
  printf("  %-44s %8s %8s %9s\n", "GEMMs of ResNet-50, channels / 8", "cycles", "busy", "of bound");
  for (unsigned pass = 0; pass < PASSES; pass++) {
    for (unsigned i = 0; i < LAYERS; i++) {
      (void)measure(dev, &layers[i], passes[pass].op, list, passes[pass].name);
    }
  }
  if (argc > 2 && json_dump_file(list, argv[2], JSON_INDENT(2)) != 0) {
    die(argv[2], "cannot be written");
  }
  json_decref(list);
  wc_close(dev);
  return 0;
}
