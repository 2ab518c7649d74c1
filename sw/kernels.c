/* From a run to the commands of its node; updates and other commands that belong to no node. */
#include "kernels.h"

#include <inttypes.h>

#include "emit_fail.h"
#include "kernels_vec.h"

/* True when @view holds all rows that the run touches of operand @index on @side. */
static bool holds_rows(const struct wc_ker *k, char side, unsigned index,
                       const struct wc_view *view) {
  const uint32_t passes = wc_kernel_passes(k->node->op);
  for (uint32_t pass = 0; pass < passes; pass++) {
    uint32_t lo, hi;
    wc_kernel_rows(k->g, k->node, pass, k->run->y0, k->run->ny, side, index, &lo, &hi);
    if (wc_ker_does_pass(k, pass) && lo < hi &&
        (lo < view->y0 || hi > (uint64_t)view->y0 + view->ny)) {
      return wc_emit_fail(k->emit,
                          "node %s: rows %" PRIu32 "..%" PRIu32
                          " of its %sput %u are not in the "
                          "buffer, which holds %" PRIu32 "..%" PRIu32,
                          k->node->name, lo, hi, side == 'i' ? "in" : "out", index, view->y0,
                          view->y0 + view->ny);
    }
  }
  return true;
}

/* Row checks make sense for feature maps only. */
static bool is_map(const struct wc_tensor *t) {
  return t->per_sample && t->role != WC_ROLE_STATS && t->role != WC_ROLE_LABEL &&
         t->role != WC_ROLE_LOSS;
}

static bool operands_fit(const struct wc_ker *k) {
  const struct wc_run *run = k->run;
  for (unsigned i = 0; i < k->node->n_in; i++) {
    if (is_map(wc_ker_in(k, i)) && !holds_rows(k, 'i', i, &run->in[i])) {
      return false;
    }
  }
  for (unsigned i = 0; i < k->node->n_out; i++) {
    const bool stored = !(i == 0 && run->drop_out) && run->out[i].gb != WC_NOT_STORED;
    if (stored && is_map(wc_ker_out(k, i)) && !holds_rows(k, 'o', i, &run->out[i])) {
      return false;
    }
  }
  return true;
}

static bool run_makes_sense(const struct wc_ker *k) {
  const struct wc_run *run = k->run;
  if (run->ns == 0 || run->ny == 0) {
    return wc_emit_fail(k->emit, "node %s: a run without samples or rows", k->node->name);
  }
  if (wc_kernel_can_slice(k->node->op) && run->nc == 0) {
    return wc_emit_fail(k->emit, "node %s: a run without columns", k->node->name);
  }
  if (wc_ker_is_slab(run) && run->ns != 1) {
    return wc_emit_fail(k->emit, "node %s: %" PRIu32 " samples in slabs; slabs are for one",
                        k->node->name, run->ns);
  }
  if (wc_ker_is_slab(run) && run->n_fused > 0) {
    return wc_emit_fail(k->emit, "node %s: slabs with fused nodes", k->node->name);
  }
  if (wc_ker_is_slab(run) && wc_kernel_passes(k->node->op) > 1 && run->pass == WC_PASS_ALL) {
    return wc_emit_fail(k->emit, "node %s: a slab does one pass at a time", k->node->name);
  }
  for (uint32_t i = 0; i < run->n_fused; i++) {
    if (!wc_kernel_can_fuse(k->g, run->node, run->fused, i, run->fused[i])) {
      return wc_emit_fail(k->emit, "node %s: node %s cannot be fused behind it", k->node->name,
                          k->g->nodes[run->fused[i]].name);
    }
  }
  return operands_fit(k);
}

typedef bool (*kernel_fn)(const struct wc_ker *k);

bool wc_kernel_emit(struct wc_emit *emit, const struct wc_graph *g, const struct wc_run *run) {
  static const kernel_fn kernels[] = {
      [WC_N_NORMALIZE] = wc_ker_normalize,
      [WC_N_CONV] = wc_ker_conv,
      [WC_N_BIAS] = wc_ker_bias,
      [WC_N_GN] = wc_ker_gn,
      [WC_N_RELU] = wc_ker_relu,
      [WC_N_ADD] = wc_ker_add,
      [WC_N_MAXPOOL] = wc_ker_maxpool,
      [WC_N_AVGPOOL] = wc_ker_avgpool,
      [WC_N_GAP] = wc_ker_gap,
      [WC_N_CONCAT] = wc_ker_concat,
      [WC_N_XENT] = wc_ker_xent,
      [WC_N_CONV_DGRAD] = wc_ker_conv_dgrad,
      [WC_N_CONV_WGRAD] = wc_ker_conv_wgrad,
      [WC_N_BIAS_BWD] = wc_ker_bias_bwd,
      [WC_N_GN_BWD] = wc_ker_gn_bwd,
      [WC_N_RELU_BWD] = wc_ker_relu_bwd,
      [WC_N_MAXPOOL_BWD] = wc_ker_maxpool_bwd,
      [WC_N_AVGPOOL_BWD] = wc_ker_avgpool_bwd,
      [WC_N_GAP_BWD] = wc_ker_gap_bwd,
      [WC_N_SPLIT] = wc_ker_split,
  };
  const struct wc_ker k = {emit, g, &g->nodes[run->node], run};
  return wc_emit_failed(emit) == NULL && run_makes_sense(&k) && kernels[k.node->op](&k);
}

enum { MOST_ELEMS = 1 << 23 }; /* of one command's d0 */

bool wc_kernel_zero(struct wc_emit *emit, uint32_t gb, uint32_t bytes) {
  const struct wc_ker k = {.emit = emit};
  for (uint32_t at = 0; at < bytes / 4; at += MOST_ELEMS) {
    const uint32_t left = bytes / 4 - at;
    struct wc_vec_asm v;
    wc_vec_begin(&v, &k, left < MOST_ELEMS ? left : MOST_ELEMS, 1, 1, 1);
    wc_vec_step(&v, WC_V_MOV, WC_S_ZERO, 0, 0, 0);
    wc_vec_out(&v, WC_T_FP32, WC_S_T, gb + (int64_t)at * 4, (struct wc_strides){.s0 = 1});
    if (!wc_vec_emit(&v)) {
      return false;
    }
  }
  return wc_emit_failed(emit) == NULL;
}

bool wc_kernel_finite_clear(struct wc_emit *emit, uint32_t gb) {
  return wc_kernel_zero(emit, gb, WC_FINITE_BYTES);
}

/* Element 0 of a vector of @elems, and a scalar of the hyper-parameters. */
static uint32_t vector_in(struct wc_vec_asm *v, uint32_t gb) {
  return wc_vec_in(v, WC_T_FP32, gb, (struct wc_strides){.s0 = 1});
}

static uint32_t hyper_in(struct wc_vec_asm *v, uint32_t hyper, enum wc_hyper which) {
  return wc_vec_in(v, WC_T_FP32, (int64_t)hyper + which * 4, (struct wc_strides){0});
}

/* m = m*momentum + (w*decay + g*scale) */
static bool new_momentum(const struct wc_ker *k, uint32_t g, uint32_t w, uint32_t m, uint32_t hyper,
                         uint32_t elems) {
  struct wc_vec_asm v;
  wc_vec_begin(&v, k, elems, 1, 1, 1);
  const uint32_t grad = vector_in(&v, g), scale = hyper_in(&v, hyper, WC_HYPER_GRAD_SCALE);
  wc_vec_step(&v, WC_V_MUL, grad, scale, 0, 0);
  const uint32_t weight = vector_in(&v, w), decay = hyper_in(&v, hyper, WC_HYPER_DECAY);
  wc_vec_step(&v, WC_V_FMA, weight, decay, WC_S_T, 0);
  const uint32_t old = vector_in(&v, m), momentum = hyper_in(&v, hyper, WC_HYPER_MOMENTUM);
  wc_vec_step(&v, WC_V_FMA, old, momentum, WC_S_T, 0);
  wc_vec_out(&v, WC_T_FP32, WC_S_T, m, (struct wc_strides){.s0 = 1});
  return wc_vec_emit(&v);
}

/* w = m*(-lr) + w, and its FP16 copy */
static bool new_weight(const struct wc_ker *k, uint32_t w, uint32_t m, uint32_t w16, uint32_t hyper,
                       uint32_t elems) {
  struct wc_vec_asm v;
  wc_vec_begin(&v, k, elems, 1, 1, 1);
  const uint32_t step = vector_in(&v, m), rate = hyper_in(&v, hyper, WC_HYPER_NEG_LR);
  wc_vec_step(&v, WC_V_FMA, step, rate, vector_in(&v, w), 0);
  wc_vec_out(&v, WC_T_FP32, WC_S_T, w, (struct wc_strides){.s0 = 1});
  if (w16 != UINT32_MAX) {
    wc_vec_out(&v, WC_T_FP16, WC_S_T, w16, (struct wc_strides){.s0 = 1});
  }
  return wc_vec_emit(&v);
}

bool wc_kernel_add_gradient(struct wc_emit *emit, uint32_t g, uint32_t other, uint32_t elems) {
  const struct wc_ker k = {.emit = emit};
  for (uint32_t at = 0; at < elems; at += MOST_ELEMS) {
    const uint32_t left = elems - at;
    struct wc_vec_asm v;
    wc_vec_begin(&v, &k, left < MOST_ELEMS ? left : MOST_ELEMS, 1, 1, 1);
    const uint32_t sum = vector_in(&v, g + at * 4);
    wc_vec_step(&v, WC_V_ADD, sum, 0, vector_in(&v, other + at * 4), 0);
    wc_vec_out(&v, WC_T_FP32, WC_S_T, g + (int64_t)at * 4, (struct wc_strides){.s0 = 1});
    if (!wc_vec_emit(&v)) {
      return false;
    }
  }
  return wc_emit_failed(emit) == NULL;
}

bool wc_kernel_sgd(struct wc_emit *emit, uint32_t g, uint32_t w, uint32_t m, uint32_t w16,
                   uint32_t hyper, uint32_t elems) {
  const struct wc_ker k = {.emit = emit};
  for (uint32_t at = 0; at < elems; at += MOST_ELEMS) {
    const uint32_t left = elems - at, n = left < MOST_ELEMS ? left : MOST_ELEMS;
    if (!new_momentum(&k, g + at * 4, w + at * 4, m + at * 4, hyper, n) ||
        !new_weight(&k, w + at * 4, m + at * 4, w16 == UINT32_MAX ? w16 : w16 + at * 2, hyper, n)) {
      return false;
    }
  }
  return wc_emit_failed(emit) == NULL;
}
