/* binary16 <-> binary32. Rounding to nearest even, subnormals kept, NaN results canonical. */
#ifndef WC_FP16_H
#define WC_FP16_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "port.h"

typedef struct {
  uint16_t bits;
} wc_fp16;

#define WC_FP16_NAN UINT16_C(0x7E00)
#define WC_FP32_NAN UINT32_C(0x7FC00000)

static inline uint32_t wc_fp32_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static inline float wc_fp32_from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* Exact; a NaN stays some NaN. */
static inline float wc_fp16_to_fp32(wc_fp16 half) {
  const uint32_t magnitude = (uint32_t)(half.bits & 0x7FFF) << 13;
  const float scaled = wc_fp32_from_bits(magnitude) * 0x1p112f; /* rebias; exact */
  const uint32_t special = magnitude >= UINT32_C(0x0F800000) ? UINT32_C(0x7F800000) : 0;
  return wc_fp32_from_bits(wc_fp32_bits(scaled) | special | (uint32_t)(half.bits & 0x8000) << 16);
}

/* To nearest even, overflow to infinity, NaN to 0x7E00. */
static inline wc_fp16 wc_fp32_to_fp16(float value) {
  const uint32_t bits = wc_fp32_bits(value), magnitude = bits & UINT32_C(0x7FFFFFFF);
  uint32_t half;
  if (magnitude > UINT32_C(0x7F800000))
    return (wc_fp16){WC_FP16_NAN};
  if (magnitude >= UINT32_C(0x47800000)) { /* 65536 and more */
    half = 0x7C00;
  } else if (magnitude < UINT32_C(0x38800000)) { /* below 2^-14: the addition rounds */
    half = wc_fp32_bits(wc_fp32_from_bits(magnitude) + 0.5f) - UINT32_C(0x3F000000);
  } else {
    const uint32_t odd = magnitude >> 13 & 1;
    half = (magnitude - UINT32_C(0x38000000) + 0xFFF + odd) >> 13;
  }
  return (wc_fp16){(uint16_t)(half | (bits >> 16 & 0x8000))};
}

/* @value with a NaN made canonical. */
static inline float wc_fp32_canonical(float value) {
  return value == value ? value : wc_fp32_from_bits(WC_FP32_NAN);
}

static inline float wc_fp16_load(const void *at) {
  wc_fp16 half;
  memcpy(&half, at, sizeof half);
  return wc_fp16_to_fp32(half);
}

static inline void wc_fp16_store(void *at, float value) {
  const wc_fp16 half = wc_fp32_to_fp16(value);
  memcpy(at, &half, sizeof half);
}

static inline float wc_fp32_load(const void *at) {
  float value;
  memcpy(&value, at, sizeof value);
  return value;
}

static inline void wc_fp32_store(void *at, float value) {
  const float canonical = wc_fp32_canonical(value);
  memcpy(at, &canonical, sizeof canonical);
}

/* Conversions of @n consecutive elements; memory of any alignment. */
void wc_fp16_widen(enum wc_simd simd, float *dst, const uint8_t *src, size_t n);
void wc_fp16_narrow(enum wc_simd simd, uint8_t *dst, const float *src, size_t n);
/* FP32 to memory with canonical NaNs. */
void wc_fp32_put(enum wc_simd simd, uint8_t *dst, const float *src, size_t n);

#endif
