/* Pooling windows along one dimension, cut where the taps inside the image change. Private to
 * kernels_*.c. */
#ifndef WC_KERNELS_SPAN_H
#define WC_KERNELS_SPAN_H

#include "kernels_vec.h"

/* Windows of @taps positions of an image of @size, @stride apart, the first @pad before it. */
struct wc_window {
  uint32_t size, taps, stride, pad;
};

/* Windows at .. at+n-1: of each the taps tap .. tap+taps-1 lie inside the image. */
struct wc_span {
  uint32_t at, n, tap, taps;
};

/* The longest span from window @at on, below @end. */
struct wc_span wc_span_under(const struct wc_window *w, uint32_t at, uint32_t end);

/* Positions at, at+stride, ... (n of them) of the image: position i lies in windows window+i-j
 * under the taps tap + j*stride, j < taps. */
struct wc_reach {
  uint32_t at, n, tap, taps;
  int64_t window;
};

/* The longest one from position @at on, below @end. */
struct wc_reach wc_reach_of(const struct wc_window *w, uint32_t at, uint32_t end);

#endif
