/* How much of what passes from one group to the next stays in the buffer: as pays, against what is
 * pinned there. See docs/scheduling.md. */
#include <string.h>

#include "plan_build.h"

/* Two groups, one after the other, and how they run best so far. */
struct border {
  uint32_t group[2], sub_batch[2];
  uint64_t bytes; /* traffic of both */
  uint32_t hand;
  struct wc_hands hands[2];
};

static bool make(const struct wc_planner *p, const struct wc_group *group,
                 const struct wc_hands *hands, struct wc_segment *seg) {
  return wc_segment_make(p, wc_pass_begin(p, group), wc_pass_end(p, group),
                         wc_group_shape(p, group, hands), seg);
}

/* Both groups anew, with @hands, if that moves less. */
static void try_hands(const struct wc_planner *p, const struct wc_group *groups, uint32_t samples,
                      const struct wc_hands hands[2], struct border *best) {
  struct border now = {
      .group = {best->group[0], best->group[1]}, .hand = samples, .hands = {hands[0], hands[1]}};
  for (unsigned k = 0; k < 2; k++) {
    uint64_t bytes;
    if (!make(p, &groups[now.group[k]], &hands[k], &p->work[k])) {
      return;
    }
    now.sub_batch[k] = wc_segment_fit(p, &p->work[k], best->bytes - now.bytes, &bytes);
    if (now.sub_batch[k] == 0) {
      return;
    }
    now.bytes += bytes;
  }
  *best = now;
}

/* As they are; false: that cannot be told. */
static bool as_they_are(const struct wc_planner *p, const struct wc_group *groups,
                        struct border *b) {
  b->hands[0] = p->hands[b->group[0]];
  b->hands[1] = (struct wc_hands){0};
  for (unsigned k = 0; k < 2; k++) {
    const struct wc_group *group = &groups[b->group[k]];
    if (!make(p, group, &b->hands[k], &p->work[k]) ||
        !wc_segment_settle(p, &p->work[k], group->sub_batch)) {
      return false;
    }
    b->sub_batch[k] = group->sub_batch;
    b->bytes += wc_segment_traffic(p, &p->work[k], group->sub_batch);
  }
  return true;
}

static void choose(const struct wc_planner *p, struct wc_group *groups, uint32_t before,
                   uint32_t i) {
  struct border best = {.group = {before, i}};
  if (!as_they_are(p, groups, &best)) {
    return;
  }
  const struct wc_hands so_far = best.hands[0];
  for (uint32_t samples = 1; samples <= p->batch; samples += 1 + samples / 8) {
    struct wc_hands hands[2];
    if (!make(p, &groups[before], &so_far, &p->work[0]) ||
        !make(p, &groups[i], NULL, &p->work[1]) ||
        wc_hands_over(p, &p->work[0], &p->work[1], samples, &hands[0], &hands[1]) == 0) {
      break;
    }
    try_hands(p, groups, samples, hands, &best);
  }
  groups[before].hand = best.hand;
  for (unsigned k = 0; k < 2; k++) {
    groups[best.group[k]].sub_batch = best.sub_batch[k];
    p->hands[best.group[k]] = best.hands[k];
  }
}

void wc_schedule_hands(const struct wc_planner *p, struct wc_group *groups, uint32_t n) {
  memset(p->hands, 0, 2 * (size_t)p->n_forward * sizeof *p->hands);
  if (p->stored != NULL) {
    wc_keep_store(p, groups, n);
  }
  uint32_t before = WC_NONE;
  for (uint32_t turn = 0; turn < 2 * n; turn++) {
    const uint32_t i = wc_runs_in_turn(groups, n, turn);
    if (i == WC_NONE) {
      continue;
    }
    if (before != WC_NONE && groups[before].way == WC_WAY_SEGMENT &&
        groups[i].way == WC_WAY_SEGMENT) {
      choose(p, groups, before, i);
    }
    before = i;
  }
}
