/* A map from byte addresses to the number of the latest access there. Private to emit.c.
 *
 * Kept as a sorted list of disjoint intervals. A new access overwrites what lies under it, for its
 * number is larger than any before, so the list grows with the number of places, not of accesses.
 */
#ifndef WC_INTERVALS_H
#define WC_INTERVALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wc_interval {
  uint64_t lo, hi; /* bytes [lo, hi) */
  uint32_t latest;
};

/* All zero: empty. */
struct wc_intervals {
  struct wc_interval *v;
  size_t n, cap;
};

void wc_intervals_free(struct wc_intervals *map);

/* Notes access @number, not smaller than any before, at [lo, hi). False without memory. */
bool wc_intervals_set(struct wc_intervals *map, uint64_t lo, uint64_t hi, uint32_t number);

/* The largest number noted anywhere in [lo, hi); 0: none. */
uint32_t wc_intervals_latest(const struct wc_intervals *map, uint64_t lo, uint64_t hi);

/* Forgets all accesses with numbers up to @number. */
void wc_intervals_forget(struct wc_intervals *map, uint32_t number);

#endif
