/* The least traffic that a group can have, without laying it out: what the search for groups need
 * not look at. Private to schedule.c and plan_floor.c. */
#ifndef WC_PLAN_FLOOR_H
#define WC_PLAN_FLOOR_H

#include "plan_build.h"

/* Bytes of all forward nodes before a node, with those of the backward nodes at home in them. */
struct wc_floor {
  uint64_t params;  /* moved in every iteration: parameters, once for each pass that reads them */
  uint64_t sums;    /* gradients of parameters */
  uint64_t samples; /* of one sample: made forward and read backward, stored and loaded */
};

/* Sums up to each node: n_forward + 1 of them (free). NULL: out of memory. */
struct wc_floor *wc_floor_new(const struct wc_planner *p);

/* Least bytes that nodes first .. last move together as segments of at least @iterations, nothing
 * pinned. */
uint64_t wc_floor_bytes(const struct wc_planner *p, const struct wc_floor *floor, uint32_t first,
                        uint32_t last, uint32_t iterations);

#endif
