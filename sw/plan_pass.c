/* How one pass of a group, forward or backward, runs with least traffic: sub-batch, what stays for
 * a second branch, what is pinned. */
#include "plan_build.h"

/* Nodes [a, b) as a segment, data staying for a second branch or not. */
static void try_segments(const struct wc_planner *p, uint32_t a, uint32_t b,
                         struct wc_keeping keeping, struct wc_pass *pass) {
  uint32_t stays = WC_NONE;
  for (unsigned reuse = p->reuse ? 2 : 1; reuse-- > 0;) {
    const struct wc_shape shape = {.fuse = true,
                                   .reuse = reuse == 1,
                                   .pin_fitting = true,
                                   .room = p->bounds.room,
                                   .keeping = keeping};
    uint64_t bytes;
    if (!wc_segment_make(p, a, b, shape, &p->work[0]) || p->work[0].n_stays == stays) {
      continue; /* there is no second branch */
    }
    stays = p->work[0].n_stays;
    const uint32_t most = wc_segment_bound(p, &p->work[0], false);
    pass->most = most > pass->most ? most : pass->most;
    const uint32_t sub_batch = wc_segment_fit(p, &p->work[0], pass->bytes, &bytes);
    if (sub_batch > 0) {
      *pass = (struct wc_pass){bytes, WC_WAY_SEGMENT, sub_batch, reuse == 1, pass->most};
    }
  }
}

/* One node by itself over the whole mini-batch. */
static void try_node(const struct wc_planner *p, uint32_t node, enum wc_direction direction,
                     struct wc_pass *pass) {
  const struct wc_group group = {
      .first = node, .last = node, .direction = direction, .way = WC_WAY_NODES};
  struct wc_choice choice;
  if (wc_keep_missing(p, &group) == WC_NONE && wc_group_given(p, &group, NULL, &choice) &&
      choice.feasible && choice.bytes < pass->bytes) {
    *pass = (struct wc_pass){choice.bytes, WC_WAY_NODES, 0, false, p->batch};
  }
}

struct wc_pass wc_pass_segments(const struct wc_planner *p, uint32_t first, uint32_t last,
                                enum wc_direction direction, struct wc_keeping keeping,
                                uint64_t budget) {
  const bool backward = direction == WC_BACKWARD;
  struct wc_pass pass = {.bytes = budget, .way = WC_WAY_LEAST};
  try_segments(p, backward ? p->backward[last + 1] : first,
               backward ? p->backward[first] : last + 1, keeping, &pass);
  return pass;
}

struct wc_pass wc_pass_choose(const struct wc_planner *p, uint32_t first, uint32_t last,
                              enum wc_direction direction, struct wc_keeping keeping,
                              uint64_t budget) {
  struct wc_pass pass = wc_pass_segments(p, first, last, direction, keeping, budget);
  if (first == last) {
    try_node(p, first, direction, &pass);
  }
  return pass;
}
