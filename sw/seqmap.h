/* The latest command that touched each byte: a map from address ranges to sequence numbers.
 *
 * A segment tree over the ends of all ranges that will ever be asked for, so that marking and
 * asking cost the logarithm of their number, whatever the stream looks like. Numbers must never
 * decrease from one mark to the next. */
#ifndef WC_SEQMAP_H
#define WC_SEQMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sorted addresses at which ranges begin or end; shared by many maps. */
struct wc_cuts {
  uint64_t *at;
  size_t n, room;
};
bool wc_cuts_add(struct wc_cuts *cuts, uint64_t address); /* false: out of memory */
void wc_cuts_sort(struct wc_cuts *cuts);                  /* sorts and removes duplicates */
void wc_cuts_free(struct wc_cuts *cuts);

struct wc_seqmap {
  const struct wc_cuts *cuts;
  size_t leaves;    /* a power of two */
  uint32_t *newest; /* of the node's whole subtree */
  uint32_t *whole;  /* latest mark that covered the node's whole range */
};
bool wc_seqmap_init(struct wc_seqmap *map, const struct wc_cuts *cuts);
void wc_seqmap_free(struct wc_seqmap *map);

/* Marks [lo, hi), two of the cuts, as touched by @seq (above 0). */
void wc_seqmap_mark(struct wc_seqmap *map, uint64_t lo, uint64_t hi, uint32_t seq);

/* The highest number in [lo, hi), two of the cuts; 0: never touched. */
uint32_t wc_seqmap_newest(const struct wc_seqmap *map, uint64_t lo, uint64_t hi);

#endif
