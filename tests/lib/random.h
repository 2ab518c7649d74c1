/* Random numbers for tests: a small generator that gives the same numbers everywhere. */
#ifndef WC_TEST_RANDOM_H
#define WC_TEST_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wc_random {
  uint64_t state;
};

void wc_random_seed(struct wc_random *r, uint64_t seed);

/* The seed in the environment variable SEED, or one from the clock; prints it. */
uint64_t wc_random_env_seed(void);

uint64_t wc_random_next(struct wc_random *r);
/* 0 .. n-1; @n not 0. */
uint32_t wc_random_below(struct wc_random *r, uint32_t n);
/* low .. high, both included. */
int64_t wc_random_range(struct wc_random *r, int64_t low, int64_t high);
/* True once in @n times. */
bool wc_random_once_in(struct wc_random *r, uint32_t n);

/* What random memory looks like. */
enum wc_random_style {
  WC_RANDOM_BITS,    /* every bit pattern alike: NaN, infinities and subnormals in number */
  WC_RANDOM_HALVES,  /* FP16 of moderate size: sums stay finite */
  WC_RANDOM_FLOATS,  /* FP32 of moderate size */
  WC_RANDOM_SPECIAL, /* FP16 zeros, subnormals, extremes, infinities, NaN among moderate ones */
  WC_RANDOM_STYLES
};

void wc_random_fill(struct wc_random *r, void *memory, size_t bytes, enum wc_random_style style);

/* Fills stretches of random length, each in a random style. */
void wc_random_fill_mixed(struct wc_random *r, void *memory, size_t bytes);

#endif
