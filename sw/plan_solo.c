/* One node over the whole mini-batch, its parameters and their sums staying in the buffer. */
#include "plan_build.h"

bool wc_solo_choose(const struct wc_planner *p, uint32_t node, uint32_t at_most,
                    struct wc_solo *solo) {
  struct wc_segment seg = {0};
  *solo = (struct wc_solo){.node = node, .whole = true};
  if (!wc_segment_make(p, node, node + 1, (struct wc_shape){.pin = true}, &seg)) {
    return false;
  }
  uint32_t bound = wc_segment_bound(p, &seg, false);
  const uint32_t roomy = wc_segment_bound(p, &seg, true);
  if (roomy > 0) {
    bound = roomy;
  }
  const bool exact = at_most > 0 && at_most <= bound;
  solo->sub_batch = wc_segments_fit(p, &seg, NULL, exact ? at_most : bound, exact);
  if (solo->sub_batch > 0) {
    solo->bytes = wc_segment_traffic(p, &seg, solo->sub_batch);
  }
  wc_segment_free(&seg);
  return solo->sub_batch > 0 || wc_tile_choose(p, node, at_most, solo);
}

bool wc_solo_emit(struct wc_flow *flow, const struct wc_solo *solo) {
  return solo->whole ? wc_flow_nodes(flow, solo->node, solo->node + 1,
                                     (struct wc_shape){.pin = true}, solo->sub_batch)
                     : wc_tile_emit(flow, solo);
}
