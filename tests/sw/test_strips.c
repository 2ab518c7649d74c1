/* Which convolutions take their taps out of strips, and that the cycle model sees the gain that the
 * rule promises. */
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "kernels.h"
#include "net_build.h"
#include "wc_cmocka.h"
#include "wc_cycles.h"

#define MIB (UINT64_C(1) << 20)

/* The paper's device. */
static struct wc_kernel_device paper(bool folds) {
  return (struct wc_kernel_device){.rows = 128,
                                   .cols = 128,
                                   .lanes = 128,
                                   .line_bytes = 512,
                                   .gbuf_bytes = 10 * MIB,
                                   .folds = folds};
}

/* True when the convolution and its weight gradient have strips, false when neither has. */
static bool has_strips(const char *net, const char *name, const struct wc_kernel_device *device) {
  struct wc_graph *g = net_build(net);
  unsigned n = 0, with = 0;
  for (uint32_t i = 0; i < g->n_nodes; i++) {
    const enum wc_op op = g->nodes[i].op;
    if ((op == WC_N_CONV || op == WC_N_CONV_WGRAD) &&
        strncmp(g->nodes[i].name, name, strlen(name)) == 0) {
      n++;
      with += wc_kernel_strips(g, &g->nodes[i], device).rows > 0;
    }
  }
  wc_graph_delete(g);
  assert_int_equal(n, 2);
  assert_true(with == 0 || with == n);
  return with > 0;
}

static void stems_of_three_channels_have_strips(void **state) {
  (void)state;
  for (unsigned folds = 0; folds < 2; folds++) {
    const struct wc_kernel_device device = paper(folds);
    assert_true(has_strips("resnet50", "stem.conv", &device));
    assert_true(has_strips("alexnet", "conv1", &device));
    /* 3x3: copies of nine elements at a time cost about what they save */
    assert_false(has_strips("inception3", "stem.conv1", &device));
    /* one channel: the feed takes positions side by side */
    assert_false(has_strips("fmnist-resnet8", "stem.conv", &device));
  }
}

static void strips_need_room(void **state) {
  (void)state;
  struct wc_kernel_device device = paper(true);
  for (device.gbuf_bytes = 64 << 10; device.gbuf_bytes < MIB; device.gbuf_bytes *= 2) {
    assert_false(has_strips("resnet50", "stem.conv", &device));
  }
}

/* Strips hold what their positions see, begin at lines, an odd number of them apart, and take no
 * more than a sixteenth of the buffer. */
static void strips_lie_well(void **state) {
  (void)state;
  static const char *const nets[] = {"resnet50", "alexnet"};
  for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
    struct wc_graph *g = net_build(nets[i]);
    for (uint64_t mib = 1; mib <= 64; mib *= 2) {
      struct wc_kernel_device device = paper(true);
      device.gbuf_bytes = mib * MIB;
      for (uint32_t k = 0; k < g->n_nodes; k++) {
        const struct wc_node *node = &g->nodes[k];
        const struct wc_strips strips = wc_kernel_strips(g, node, &device);
        if (strips.rows == 0) {
          continue;
        }
        const struct wc_tensor *y = &g->tensors[node->op == WC_N_CONV ? node->out[0] : node->in[1]];
        const uint32_t height = (strips.rows - 1) * node->stride + node->r;
        assert_true(strips.rows <= y->h);
        assert_true(strips.pitch >= height * node->s * g->tensors[node->in[0]].c * 2);
        assert_true(strips.pitch % 512 == 0 && strips.pitch / 512 % 2 == 1);
        assert_int_equal(strips.bytes, 2 * strips.pitch * y->w);
        assert_true(strips.bytes <= device.gbuf_bytes / 16);
      }
    }
    wc_graph_delete(g);
  }
}

/* ---- by the cycle model ---- */

struct work {
  uint64_t gemm, vec;
};

/* Cycles of a sample's run, operands one behind the other in the buffer. */
static struct work time_run(const struct wc_graph *g, uint32_t index, struct wc_strips strips,
                            bool folds) {
  const struct wc_node *node = &g->nodes[index];
  const uint32_t last = node->op == WC_N_CONV ? node->out[0] : node->in[1];
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.rows = config.cols = config.lanes = 128;
  config.acc_rows = 1024;
  config.line_bytes = 512;
  config.gbuf_bytes = 10 * MIB;
  config.fold = folds;
  struct wc_run run = {.node = index,
                       .ns = 1,
                       .ny = g->tensors[last].h,
                       .pass = WC_PASS_ALL,
                       .nc = g->tensors[node->out[0]].c,
                       .first = true,
                       .slab_first = true,
                       .slab_last = true,
                       .strips = strips};
  uint32_t top = 4096;
  for (unsigned i = 0; i < node->n_in + node->n_out; i++) {
    const uint32_t tensor = i < node->n_in ? node->in[i] : node->out[i - node->n_in];
    const struct wc_tensor *t = &g->tensors[tensor];
    *(i < node->n_in ? &run.in[i] : &run.out[i - node->n_in]) =
        (struct wc_view){top, (uint32_t)wc_tensor_pitch(t), 0, t->h};
    top = (top + (uint32_t)wc_tensor_bytes(t) + 511) / 512 * 512;
  }
  run.scratch = top;
  struct wc_emit *emit = wc_emit_new(config.gbuf_bytes, MIB);
  uint32_t *words;
  size_t bytes;
  assert_non_null(emit);
  assert_true(wc_kernel_emit(emit, g, &run) && wc_emit_finish(emit, &words, &bytes));
  struct work work = {0};
  struct wc_cmd cmd;
  for (size_t at = 0; at < bytes / 4; at += 4 * (size_t)cmd.hdr.units) {
    struct wc_timing timing = {0};
    assert_int_equal(wc_cmd_decode(words + at, bytes / 4 - at, &cmd), 0);
    if (cmd.hdr.opcode == WC_OP_GEMM) {
      wc_timing_gemm(&config, &cmd.gemm, &timing);
      work.gemm += timing.end - timing.begin;
    } else if (cmd.hdr.opcode == WC_OP_VEC) {
      wc_timing_vec(&config, &cmd, &timing);
      work.vec += timing.done + 1;
    }
  }
  free(words);
  wc_emit_delete(emit);
  return work;
}

static void strips_save_more_than_they_cost(void **state) {
  (void)state;
  static const char *const nets[] = {"resnet50", "alexnet"};
  for (unsigned i = 0; i < 4; i++) {
    struct wc_graph *g = net_build(nets[i / 2]);
    const bool folds = i % 2 != 0;
    const struct wc_kernel_device device = paper(folds);
    for (uint32_t k = 0; k < g->n_nodes; k++) {
      const struct wc_strips strips = wc_kernel_strips(g, &g->nodes[k], &device);
      if (strips.rows > 0) {
        const struct work direct = time_run(g, k, (struct wc_strips){0}, folds);
        const struct work with = time_run(g, k, strips, folds);
        print_message("%s, %s, fold %d: GEMMs %u to %u cycles, copies %u\n", nets[i / 2],
                      g->nodes[k].name, folds, (unsigned)direct.gemm, (unsigned)with.gemm,
                      (unsigned)with.vec);
        assert_int_equal(direct.vec, 0);
        assert_true(direct.gemm > with.gemm + with.vec);
      }
    }
    wc_graph_delete(g);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(stems_of_three_channels_have_strips),
      cmocka_unit_test(strips_need_room),
      cmocka_unit_test(strips_lie_well),
      cmocka_unit_test(strips_save_more_than_they_cost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
