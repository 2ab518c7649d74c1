/* Conventional training, layer by layer: the streams of `baseline` against a formula that knows
 * only the network, and what tells `archopt` and `baseline-fused` from it. docs/scheduling.md. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "net_build.h"
#include "plan.h"
#include "program.h"
#include "wc_cmocka.h"

enum { CORES = 2, EACH = 32, BUFFER = 10 << 20 };

static struct wc_plan *plan_of(const struct wc_graph *g, enum wc_config config) {
  struct wc_report why = {""};
  const struct wc_target target = {.gbuf_bytes = BUFFER, .cores = CORES};
  struct wc_plan *plan = wc_plan_make(g, config, WC_TRAIN, CORES * EACH, &target, NULL, 0, &why);
  if (plan == NULL) {
    fail_msg("%s, %s: %s", g->name, wc_config_name(config), why.text);
  }
  return plan;
}

/* ---- the formula ---- */

/* [class][0: read, 1: written] */
struct formula {
  uint64_t bytes[WC_CLASSES][2];
};

static enum wc_class class_of(const struct wc_tensor *t) {
  switch (t->role) {
    case WC_ROLE_WEIGHT:
    case WC_ROLE_PARAM:
    case WC_ROLE_HYPER:
      return WC_CLASS_WEIGHTS;
    case WC_ROLE_DPARAM:
      return WC_CLASS_WEIGHT_GRADIENTS;
    case WC_ROLE_GRADIENT:
      return WC_CLASS_GRADIENTS;
    case WC_ROLE_MASK:
      return WC_CLASS_MASKS;
    default:
      return WC_CLASS_FEATURES;
  }
}

static bool is_map(const struct wc_tensor *t) {
  return t->role == WC_ROLE_FEATURE || t->role == WC_ROLE_GRADIENT;
}

/* What a core moves of the tensor when a layer reads or writes it. */
static uint64_t once(const struct wc_tensor *t) {
  return t->per_sample ? EACH * ((wc_tensor_bytes(t) + 1) / 2 * 2) : wc_tensor_bytes(t);
}

/* A normalisation reads its maps for the sums and again to normalise, unless they all stay. */
static unsigned reads_of_maps(const struct wc_graph *g, const struct wc_node *node) {
  const unsigned maps = node->op == WC_N_GN ? 1 : node->op == WC_N_GN_BWD ? 2 : 0;
  return maps > 0 && maps * once(&g->tensors[node->in[0]]) > BUFFER ? 2 : 1;
}

static struct formula layer_by_layer(const struct wc_graph *g) {
  struct formula f = {{{0}}};
  for (uint32_t i = 0; i < g->n_nodes; i++) {
    const struct wc_node *node = &g->nodes[i];
    for (unsigned k = 0; k < node->n_in; k++) {
      const struct wc_tensor *t = &g->tensors[node->in[k]];
      const unsigned times = is_map(t) ? reads_of_maps(g, node) : 1;
      f.bytes[class_of(t)][0] += t->role == WC_ROLE_HYPER ? 0 : CORES * times * once(t);
    }
    for (unsigned k = 0; k < node->n_out; k++) {
      const struct wc_tensor *t = &g->tensors[node->out[k]];
      f.bytes[class_of(t)][1] += CORES * once(t);
    }
  }
  for (uint32_t i = 0; i < g->n_params; i++) { /* the update, shared by the cores */
    const struct wc_tensor *t = &g->tensors[g->params[i]];
    const uint64_t elems = wc_tensor_elems(t);
    f.bytes[WC_CLASS_WEIGHTS][0] += 8 * elems;
    f.bytes[WC_CLASS_WEIGHTS][1] += (t->role == WC_ROLE_WEIGHT ? 10 : 8) * elems;
    f.bytes[WC_CLASS_WEIGHT_GRADIENTS][0] += CORES * 4 * elems;
  }
  return f;
}

/* What the formula leaves out: each core loads the hyper-parameters in step and update and stores
 * the sums that tell whether gradients are finite. */
static uint64_t left_out(unsigned class, bool written) {
  if (class == WC_CLASS_WEIGHTS && !written) {
    return 2 * CORES * WC_HYPERS * sizeof(float);
  }
  return class == WC_CLASS_WEIGHT_GRADIENTS && written ? CORES * WC_FINITE_BYTES : 0;
}

static void check_formula(const char *net) {
  struct wc_graph *g = net_build(net);
  struct wc_plan *plan = plan_of(g, WC_BASELINE);
  const struct formula f = layer_by_layer(g);
  for (unsigned c = 0; c < WC_CLASSES; c++) {
    for (unsigned w = 0; w < 2; w++) {
      if (plan->class_bytes[c][w] != f.bytes[c][w] + left_out(c, w == 1)) {
        fail_msg("%s, class %u, %s: planned %" PRIu64 ", by the formula %" PRIu64, net, c,
                 w == 1 ? "written" : "read", plan->class_bytes[c][w], f.bytes[c][w]);
      }
    }
  }
  wc_plan_delete(plan);
  wc_graph_delete(g);
}

static void the_conventional_step_moves_what_the_formula_says(void **state) {
  (void)state;
  check_formula("resnet50");
  check_formula("resnet101");
  check_formula("resnet152");
  check_formula("inception3");
  check_formula("inception4");
  check_formula("alexnet");
}

/* ---- beside it ---- */

static void archopt_has_the_streams_of_the_baseline(void **state) {
  (void)state;
  struct wc_report why = {""};
  const struct wc_target target = {.gbuf_bytes = 64 << 10, .mem_bytes = 64 << 20};
  struct wc_graph *g = net_build("fmnist-resnet8");
  struct wc_program *a = wc_compile(g, WC_BASELINE, 8, &target, &why);
  struct wc_program *b = wc_compile(g, WC_ARCHOPT, 8, &target, &why);
  assert_true(a != NULL && b != NULL);
  assert_int_equal(b->config, WC_ARCHOPT);
  for (unsigned k = 0; k < WC_SECTIONS; k++) {
    assert_int_equal(a->section[k][0].bytes, b->section[k][0].bytes);
    assert_memory_equal(a->section[k][0].words, b->section[k][0].words, a->section[k][0].bytes);
  }
  wc_program_delete(a);
  wc_program_delete(b);
  wc_graph_delete(g);
}

static bool next_is(const struct wc_graph *g, uint32_t node, enum wc_op op) {
  return node + 1 < g->n_nodes && g->nodes[node + 1].op == op;
}

static unsigned readers(const struct wc_graph *g, uint32_t tensor) {
  unsigned n = 0;
  for (uint32_t i = 0; i < g->n_nodes; i++) {
    for (unsigned k = 0; k < g->nodes[i].n_in; k++) {
      n += g->nodes[i].in[k] == tensor;
    }
  }
  return n;
}

/* Elements that fusing keeps from DRAM: what a normalisation hands to the ReLU or sum behind it,
 * what that sum hands to its ReLU, what a ReLU's gradient hands to that of the normalisation; each
 * read once, and written, but for gradients that another branch reads, too. And second reads by
 * normalisations. */
static void fusing_saves_what_passes_between_fused_layers(void **state) {
  (void)state;
  struct wc_graph *g = net_build("resnet50");
  struct wc_plan *apart = plan_of(g, WC_BASELINE), *fused = plan_of(g, WC_BASELINE_FUSED);
  uint64_t handed[2] = {0}, again[2] = {0}, dropped = 0; /* features, gradients */
  for (uint32_t i = 0; i < g->n_nodes; i++) {
    const struct wc_node *node = &g->nodes[i];
    const uint64_t bytes = CORES * once(&g->tensors[node->out[0]]);
    const bool norm = node->op == WC_N_GN, sum = node->op == WC_N_ADD && !node->backward;
    if ((norm && (next_is(g, i, WC_N_RELU) || next_is(g, i, WC_N_ADD))) ||
        (sum && next_is(g, i, WC_N_RELU))) {
      handed[0] += bytes;
    }
    if (node->op == WC_N_RELU_BWD && next_is(g, i, WC_N_GN_BWD)) {
      handed[1] += bytes;
      dropped += readers(g, node->out[0]) == 1 ? bytes : 0;
    }
    if (reads_of_maps(g, node) == 2) {
      again[0] += bytes;
      again[1] += node->op == WC_N_GN_BWD ? bytes : 0;
    }
  }
  const struct {
    enum wc_class class;
    uint64_t read, written;
  } saved[] = {{WC_CLASS_FEATURES, handed[0] + again[0], handed[0]},
               {WC_CLASS_GRADIENTS, handed[1] + again[1], dropped},
               {WC_CLASS_WEIGHTS, 0, 0},
               {WC_CLASS_WEIGHT_GRADIENTS, 0, 0},
               {WC_CLASS_MASKS, 0, 0}};
  for (size_t i = 0; i < sizeof saved / sizeof *saved; i++) {
    const uint64_t *a = apart->class_bytes[saved[i].class], *b = fused->class_bytes[saved[i].class];
    assert_int_equal(a[0] - b[0], saved[i].read);
    assert_int_equal(a[1] - b[1], saved[i].written);
  }
  wc_plan_delete(apart);
  wc_plan_delete(fused);
  wc_graph_delete(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_conventional_step_moves_what_the_formula_says),
      cmocka_unit_test(archopt_has_the_streams_of_the_baseline),
      cmocka_unit_test(fusing_saves_what_passes_between_fused_layers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
