#include "random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void wc_random_seed(struct wc_random *r, uint64_t seed) {
  r->state = seed;
}

uint64_t wc_random_env_seed(void) {
  const char *text = getenv("SEED");
  const uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);
  printf("SEED=%" PRIu64 "\n", seed);
  fflush(stdout);
  return seed;
}

uint64_t wc_random_next(struct wc_random *r) { /* splitmix64 */
  uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}

uint32_t wc_random_below(struct wc_random *r, uint32_t n) {
  return (uint32_t)((wc_random_next(r) >> 32) * n >> 32);
}

int64_t wc_random_range(struct wc_random *r, int64_t low, int64_t high) {
  return low + (int64_t)wc_random_below(r, (uint32_t)(high - low + 1));
}

bool wc_random_once_in(struct wc_random *r, uint32_t n) {
  return wc_random_below(r, n) == 0;
}

/* Exponents around that of 1.0. */
static uint16_t moderate_half(struct wc_random *r) {
  const uint32_t bits = (uint32_t)wc_random_next(r);
  return (uint16_t)((bits & 0x83FF) | (11 + (bits >> 16) % 6) << 10);
}

static uint32_t moderate_float(struct wc_random *r) {
  const uint64_t bits = wc_random_next(r);
  return (uint32_t)(bits & 0x807FFFFF) | (uint32_t)(118 + (bits >> 32) % 14) << 23;
}

static uint16_t special_half(struct wc_random *r) {
  static const uint16_t special[] = {0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x0400,
                                     0x83FF, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7E00,
                                     0x7C01, 0xFFFF, 0x3C00, 0xBC00};
  if (!wc_random_once_in(r, 12))
    return moderate_half(r);
  return special[wc_random_below(r, sizeof special / sizeof *special)];
}

void wc_random_fill(struct wc_random *r, void *memory, size_t bytes, enum wc_random_style style) {
  uint8_t *at = memory;
  for (size_t i = 0; i < bytes;) {
    uint64_t bits = wc_random_next(r);
    size_t size = 8;
    if (style == WC_RANDOM_HALVES || style == WC_RANDOM_SPECIAL) {
      bits = style == WC_RANDOM_HALVES ? moderate_half(r) : special_half(r);
      size = 2;
    } else if (style == WC_RANDOM_FLOATS) {
      bits = moderate_float(r);
      size = 4;
    }
    for (size_t j = 0; j < size && i < bytes; j++, i++)
      at[i] = (uint8_t)(bits >> 8 * j);
  }
}

void wc_random_fill_mixed(struct wc_random *r, void *memory, size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    const size_t wish = 64 * (size_t)wc_random_range(r, 1, 64), left = bytes - done;
    const size_t size = wish < left ? wish : left;
    const uint32_t style = wc_random_below(r, WC_RANDOM_STYLES);
    wc_random_fill(r, (uint8_t *)memory + done, size, (enum wc_random_style)style);
    done += size;
  }
}
