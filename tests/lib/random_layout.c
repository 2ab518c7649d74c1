#include "random_layout.h"

/* Mostly nothing between runs, sometimes a little. */
static int64_t gap(struct wc_random *r, int64_t align) {
  return wc_random_once_in(r, 3) ? align * wc_random_range(r, 1, 9) : 0;
}

static void shuffle(struct wc_random *r, size_t *order, size_t n) {
  for (size_t i = 0; i < n; i++)
    order[i] = i;
  /* Half of the time the natural order: the last dimension innermost. */
  for (size_t i = n; i > 1 && wc_random_once_in(r, 2); i--) {
    const size_t j = wc_random_below(r, (uint32_t)i), keep = order[i - 1];
    order[i - 1] = order[j];
    order[j] = keep;
  }
}

void wc_layout_make(struct wc_random *r, struct wc_layout *layout, size_t dims, int64_t run,
                    int64_t align, bool may_repeat) {
  size_t order[WC_LAYOUT_DIMS];
  shuffle(r, order, dims);
  layout->low = 0;
  layout->high = run - 1;
  layout->apart = true;
  int64_t extent = run;
  for (size_t i = dims; i-- > 0;) {
    const size_t k = order[i];
    int64_t stride = (extent + align - 1) / align * align + gap(r, align);
    if (may_repeat && wc_random_once_in(r, 6)) {
      stride = align * wc_random_range(r, 0, 3);
      layout->apart = layout->apart && layout->n[k] == 1;
    }
    if (wc_random_once_in(r, 8))
      stride = -stride;
    const int64_t reach = stride * (layout->n[k] - 1);
    layout->stride[k] = stride;
    layout->low += reach < 0 ? reach : 0;
    layout->high += reach > 0 ? reach : 0;
    extent = layout->high - layout->low + 1;
  }
}

bool wc_places_put(struct wc_random *r, struct wc_places *places, const struct wc_layout *layout,
                   int64_t align, bool written, int64_t *base) {
  const int64_t room = (int64_t)places->bytes - (layout->high - layout->low + 1);
  if (room < 0 || places->n == WC_PLACES)
    return false;
  for (int attempt = 0; attempt < 20; attempt++) {
    const int64_t least = -layout->low;
    int64_t at = least + wc_random_range(r, 0, room);
    at = (at + align - 1) / align * align;
    const int64_t low = at + layout->low, high = at + layout->high;
    bool fits = high < (int64_t)places->bytes;
    for (size_t i = 0; i < places->n && fits; i++) {
      const struct wc_place *p = &places->place[i];
      fits = !(written || p->written) || high < p->low || low > p->high;
    }
    if (fits) {
      places->place[places->n++] = (struct wc_place){low, high, written};
      *base = at;
      return true;
    }
  }
  return false;
}
