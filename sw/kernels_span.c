#include "kernels_span.h"

struct wc_span wc_span_under(const struct wc_window *w, uint32_t at, uint32_t end) {
  struct wc_span span = {.at = at};
  for (uint32_t o = at; o < end; o++) {
    const int64_t first = (int64_t)o * w->stride - w->pad, past = first + w->taps - w->size;
    const uint32_t tap = first < 0 ? (uint32_t)-first : 0;
    const uint32_t taps = w->taps - tap - (past > 0 ? (uint32_t)past : 0);
    if (span.n > 0 && (tap != span.tap || taps != span.taps)) {
      break;
    }
    span.tap = tap;
    span.taps = taps;
    span.n++;
  }
  return span;
}

struct wc_reach wc_reach_of(const struct wc_window *w, uint32_t at, uint32_t end) {
  const int64_t windows = ((int64_t)w->size + 2 * w->pad - w->taps) / w->stride + 1;
  struct wc_reach reach = {.at = at};
  for (uint32_t y = at; y < end; y += w->stride) {
    const int64_t from_pad = (int64_t)y + w->pad;
    uint32_t tap = (uint32_t)(from_pad % w->stride);
    while (tap < w->taps && (from_pad - tap) / w->stride >= windows) {
      tap += w->stride;
    }
    uint32_t taps = 0;
    while (tap + taps * w->stride < w->taps && from_pad >= tap + taps * w->stride) {
      taps++;
    }
    if (reach.n > 0 && (tap != reach.tap || taps != reach.taps)) {
      break;
    }
    if (reach.n == 0) {
      reach.tap = tap;
      reach.taps = taps;
      reach.window = (from_pad - tap) / w->stride;
    }
    reach.n++;
  }
  return reach;
}
