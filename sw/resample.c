#include "resample.h"

#include <math.h>
#include <stdlib.h>

#include "rng.h"

#define UNIT (1 << 22) /* what the weights of a filter add up to; 255 times it fits */
#define DRAWS 64u      /* random numbers set aside for an image */
#define ATTEMPTS 10u

/* The next random number in [0, 1). */
static double unit(const struct wc_draw *draw, unsigned *next) {
  const uint64_t index = (uint64_t)draw->index * DRAWS + (*next)++;
  return wc_rng_unit(wc_rng(draw->seed, WC_RNG_CROPS + draw->epoch, index));
}

struct wc_crop wc_crop_middle(uint32_t w, uint32_t h) {
  const uint32_t shorter = w < h ? w : h;
  uint32_t side = (uint32_t)(((uint64_t)shorter * 7 + 4) / 8);
  side = side > 0 ? side : 1;
  return (struct wc_crop){.x = (w - side) / 2, .y = (h - side) / 2, .w = side, .h = side};
}

/* Only operations that IEEE 754 rounds correctly, so that every C library draws the same. */
struct wc_crop wc_crop_random(uint32_t w, uint32_t h, const struct wc_draw *draw) {
  unsigned next = 0;
  struct wc_crop crop = {.flip = unit(draw, &next) < 0.5};
  for (unsigned i = 0; i < ATTEMPTS; i++) {
    const double area = (0.08 + 0.92 * unit(draw, &next)) * (double)w * (double)h;
    const double longer = 1.0 + unit(draw, &next) / 3.0;
    const double ratio = unit(draw, &next) < 0.5 ? longer : 1.0 / longer;
    const double crop_w = floor(sqrt(area * ratio) + 0.5), crop_h = floor(sqrt(area / ratio) + 0.5);
    const double at_x = unit(draw, &next), at_y = unit(draw, &next);
    if (crop_w < 1 || crop_h < 1 || crop_w > w || crop_h > h)
      continue;
    crop.w = (uint32_t)crop_w;
    crop.h = (uint32_t)crop_h;
    crop.x = (uint32_t)(at_x * (double)(w - crop.w + 1));
    crop.y = (uint32_t)(at_y * (double)(h - crop.h + 1));
    return crop;
  }
  const bool flip = crop.flip;
  crop = wc_crop_middle(w, h);
  crop.flip = flip;
  return crop;
}

/* The weights of one output place: of inputs first .. first+n-1. */
struct taps {
  uint32_t first, n;
};

struct filter {
  struct taps *taps;
  int32_t *weight; /* [to][most] */
  uint32_t most;
};

static void filter_free(struct filter *f) {
  free(f->taps);
  free(f->weight);
}

static void make_taps(struct filter *f, uint32_t from, uint32_t to, uint32_t at) {
  const double scale = (double)from / (double)to, reach = scale > 1.0 ? scale : 1.0;
  const double middle = ((double)at + 0.5) * scale;
  int32_t *weight = f->weight + (size_t)at * f->most, sum = 0;
  const double low = floor(middle - reach + 0.5), high = floor(middle + reach + 0.5);
  struct taps *t = &f->taps[at];
  t->first = low > 0 ? (uint32_t)low : 0;
  const uint32_t end = high < from ? (uint32_t)high : from;
  t->n = end - t->first;
  double whole = 0;
  for (uint32_t i = 0; i < t->n; i++)
    whole += fmax(0.0, 1.0 - fabs((double)(t->first + i) + 0.5 - middle) / reach);
  uint32_t largest = 0;
  for (uint32_t i = 0; i < t->n; i++) {
    const double part = fmax(0.0, 1.0 - fabs((double)(t->first + i) + 0.5 - middle) / reach);
    weight[i] = (int32_t)floor(part / whole * UNIT + 0.5);
    sum += weight[i];
    largest = weight[i] > weight[largest] ? i : largest;
  }
  weight[largest] += UNIT - sum; /* rounding must not change the brightness */
}

static bool filter_make(struct filter *f, uint32_t from, uint32_t to) {
  f->most = 2 * ((from + to - 1) / to) + 3;
  f->taps = malloc(to * sizeof *f->taps);
  f->weight = malloc((size_t)to * f->most * sizeof *f->weight);
  if (f->taps == NULL || f->weight == NULL)
    return false;
  for (uint32_t at = 0; at < to; at++)
    make_taps(f, from, to, at);
  return true;
}

/* Place @at of a line whose elements are @step bytes apart. */
static uint8_t apply(const struct filter *f, uint32_t at, const uint8_t *line, size_t step) {
  const struct taps *t = &f->taps[at];
  const int32_t *weight = f->weight + (size_t)at * f->most;
  int32_t sum = UNIT / 2;
  for (uint32_t i = 0; i < t->n; i++)
    sum += weight[i] * line[(t->first + i) * step];
  return (uint8_t)(sum / UNIT);
}

/* [crop->h][w][3] at @to, mirrored where the crop is. */
static void resample_rows(const struct wc_pixels *from, const struct wc_crop *crop,
                          const struct filter *f, uint32_t w, uint8_t *to) {
  for (uint32_t y = 0; y < crop->h; y++) {
    const uint8_t *row = from->rgb + ((size_t)(crop->y + y) * from->w + crop->x) * 3;
    for (uint32_t x = 0; x < w; x++) {
      uint8_t *pixel = to + ((size_t)y * w + (crop->flip ? w - 1 - x : x)) * 3;
      for (uint32_t c = 0; c < 3; c++)
        pixel[c] = apply(f, x, row + c, 3);
    }
  }
}

static void resample_columns(const uint8_t *from, const struct filter *f,
                             const struct wc_image_shape *shape, uint8_t *dst) {
  const size_t step = (size_t)shape->w * 3;
  for (uint32_t y = 0; y < shape->h; y++) {
    for (uint32_t x = 0; x < shape->w; x++) {
      uint8_t rgb[3];
      for (uint32_t c = 0; c < 3; c++)
        rgb[c] = apply(f, y, from + (size_t)x * 3 + c, step);
      if (shape->c == 1) {
        *dst++ = (uint8_t)((77u * rgb[0] + 150u * rgb[1] + 29u * rgb[2] + 128u) / 256u);
        continue;
      }
      for (uint32_t c = 0; c < 3; c++)
        *dst++ = rgb[c];
    }
  }
}

bool wc_resample(const struct wc_pixels *from, const struct wc_crop *crop,
                 const struct wc_image_shape *shape, uint8_t *dst) {
  struct filter across = {NULL, NULL, 0}, down = {NULL, NULL, 0};
  uint8_t *narrow = malloc((size_t)crop->h * shape->w * 3);
  const bool ok = narrow != NULL && filter_make(&across, crop->w, shape->w) &&
                  filter_make(&down, crop->h, shape->h);
  if (ok) {
    resample_rows(from, crop, &across, shape->w, narrow);
    resample_columns(narrow, &down, shape, dst);
  }
  filter_free(&across);
  filter_free(&down);
  free(narrow);
  return ok;
}
