/* Groups of nodes that look alike run alike: blocks of a network repeat, and the search for groups
 * need look at one of them only. Private to schedule*.c and plan_looks.c. */
#ifndef WC_PLAN_LOOKS_H
#define WC_PLAN_LOOKS_H

#include "plan_build.h"

struct wc_looks {
  uint64_t *sum, *power; /* rolling hash over what nodes 0 .. i-1 look like */
  uint64_t *key;         /* of each place; 0: free */
  uint32_t n_places;     /* a power of two */
  uint32_t n_used;
};

struct wc_looks *wc_looks_new(const struct wc_planner *p); /* NULL: out of memory */
void wc_looks_delete(struct wc_looks *looks);
/* A place below n_places for nodes i .. j-1: the same for groups that look alike. WC_NONE: all
 * places are taken. */
uint32_t wc_looks_of(struct wc_looks *looks, uint32_t i, uint32_t j);

#endif
