/* Random numbers for initial weights and the order of images. Value i of sequence s is a pure
 * function of (seed, s, i), so there is no state to save; docs/cli.md gives the formula. */
#ifndef WC_RNG_H
#define WC_RNG_H

#include <stdint.h>

/* The finaliser of SplitMix64: a bijection that spreads every bit. */
static inline uint64_t wc_rng_mix(uint64_t z) {
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return z ^ (z >> 31);
}

#define WC_RNG_STEP UINT64_C(0x9E3779B97F4A7C15)

/* 64 random bits. */
static inline uint64_t wc_rng(uint64_t seed, uint64_t sequence, uint64_t index) {
  const uint64_t key = wc_rng_mix(wc_rng_mix(seed + WC_RNG_STEP) + (sequence + 1) * WC_RNG_STEP);
  return wc_rng_mix(key + (index + 1) * WC_RNG_STEP);
}

/* 0 .. n-1 (n up to 2^32). */
static inline uint32_t wc_rng_below(uint64_t bits, uint32_t n) {
  return (uint32_t)(((bits >> 32) * n) >> 32);
}

/* Uniform in [0, 1), a multiple of 2^-53. */
static inline double wc_rng_unit(uint64_t bits) {
  return (double)(bits >> 11) * 0x1p-53;
}

/* Sequences in use. */
#define WC_RNG_WEIGHTS UINT64_C(0x10000) /* + number of the parameter */
#define WC_RNG_ORDER UINT64_C(0x20000)   /* + epoch */
#define WC_RNG_IMAGES UINT64_C(1)        /* pixels of random images */
#define WC_RNG_LABELS UINT64_C(2)        /* and their labels */
#define WC_RNG_SEARCH UINT64_C(3)        /* proposals of sw/search.c */
#define WC_RNG_CROPS (UINT64_C(1) << 40) /* + epoch: parts of pictures that are seen */

#endif
