/* One node over the whole mini-batch, its parameters and their sums staying in the buffer. */
#include "plan_build.h"

uint32_t wc_chain(const struct wc_planner *p, uint32_t a, uint32_t b) {
  const uint32_t most = p->config == WC_BASELINE_FUSED ? 1 + p->fusible[a] : 1;
  return most < b - a ? most : b - a;
}

static struct wc_shape shape_of(const struct wc_solo *solo) {
  return (struct wc_shape){.pin = true, .fuse = solo->nodes > 1};
}

/* Conventional training normalises over the mini-batch: what does not fit as a whole is read for
 * the statistics and read again to be normalised. */
static bool twice(const struct wc_planner *p, uint32_t node, uint32_t bound) {
  return (p->config == WC_BASELINE || p->config == WC_ARCHOPT) && bound < p->batch &&
         wc_kernel_passes(p->g->nodes[node].op) > 1;
}

/* A weight gradient whose positions fill less than two tiles of the array's depth. Its sums pass
 * through the buffer for every sub-batch, which takes longer then than the products: more samples
 * at a time are worth more than loads under way meanwhile. */
static bool is_shallow(const struct wc_planner *p, const struct wc_node *node, uint32_t samples) {
  if (node->op != WC_N_CONV_WGRAD) {
    return false;
  }
  const struct wc_tensor *dy = &p->g->tensors[node->in[1]];
  return (uint64_t)dy->h * dy->w * samples < 2 * (uint64_t)p->depth;
}

/* Whole samples of solo->nodes nodes, each passing through the buffer once. *@bound: as many fit.
 * False: out of memory. */
static bool choose_whole(const struct wc_planner *p, uint32_t at_most, struct wc_solo *solo,
                         uint32_t *bound) {
  struct wc_segment seg = {0};
  if (!wc_segment_make(p, solo->node, solo->node + solo->nodes, shape_of(solo), &seg)) {
    return false;
  }
  *bound = wc_segment_bound(p, &seg, false);
  const uint32_t roomy = wc_segment_bound(p, &seg, true);
  const bool room = roomy > 0 && !is_shallow(p, &p->g->nodes[solo->node], roomy);
  const uint32_t most = room ? roomy : *bound;
  const bool exact = at_most > 0 && at_most <= most;
  solo->sub_batch = wc_segments_fit(p, &seg, NULL, exact ? at_most : most, exact);
  if (solo->sub_batch > 0) {
    solo->bytes = wc_segment_traffic(p, &seg, solo->sub_batch);
  }
  wc_segment_free(&seg);
  return true;
}

bool wc_solo_choose(const struct wc_planner *p, uint32_t a, uint32_t b, uint32_t at_most,
                    struct wc_solo *solo) {
  const uint32_t chain = wc_chain(p, a, b);
  uint32_t bound = 0;
  *solo = (struct wc_solo){.node = a, .nodes = chain, .whole = true};
  if (!choose_whole(p, at_most, solo, &bound)) {
    return false;
  }
  if (twice(p, a, bound) && wc_tile_by_pass(p, a, at_most, solo)) {
    return true;
  }
  if (solo->sub_batch == 0 && chain > 1) {
    return wc_solo_choose(p, a, a + 1, at_most, solo);
  }
  return solo->sub_batch > 0 || wc_tile_choose(p, a, at_most, solo);
}

bool wc_solo_emit(struct wc_flow *flow, const struct wc_solo *solo) {
  return solo->whole ? wc_flow_nodes(flow, solo->node, solo->node + solo->nodes, shape_of(solo),
                                     solo->sub_batch)
                     : wc_tile_emit(flow, solo);
}
