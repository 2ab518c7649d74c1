/* Placing the operands of random commands in a memory. */
#ifndef WC_TEST_RANDOM_LAYOUT_H
#define WC_TEST_RANDOM_LAYOUT_H

#include "random.h"

enum { WC_LAYOUT_DIMS = 4, WC_PLACES = 12 };

/* Runs of bytes at base + sum of i_k * stride_k, i_k < n_k. */
struct wc_layout {
  uint32_t n[WC_LAYOUT_DIMS];
  int64_t stride[WC_LAYOUT_DIMS];
  int64_t low, high; /* first and last byte relative to the base */
  bool apart;        /* no two runs share a byte */
};

/* Strides for @dims dimensions of runs of @run bytes, nested in random order with random gaps and
 * signs, all multiples of @align. With @may_repeat some strides make runs meet. */
void wc_layout_make(struct wc_random *r, struct wc_layout *layout, size_t dims, int64_t run,
                    int64_t align, bool may_repeat);

/* Spans already taken in a memory of @bytes. */
struct wc_places {
  uint64_t bytes;
  size_t n;
  struct wc_place {
    int64_t low, high;
    bool written;
  } place[WC_PLACES];
};

/* Finds a base, a multiple of @align, where the layout lies inside the memory, and, if it or the
 * other is @written, clear of every place taken before. False when none was found. */
bool wc_places_put(struct wc_random *r, struct wc_places *places, const struct wc_layout *layout,
                   int64_t align, bool written, int64_t *base);

#endif
