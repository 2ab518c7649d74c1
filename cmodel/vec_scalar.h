/* One element of each operation of the vector unit: docs/commands.md in C. */
#ifndef WC_VEC_SCALAR_H
#define WC_VEC_SCALAR_H

#include "fp16.h"

static inline float wc_vec_flip(float x, uint32_t sign) {
  return wc_fp32_from_bits(wc_fp32_bits(x) ^ sign);
}

static inline float wc_vec_max(float a, float b) {
  const float larger = a > b ? a : b;
  return a == a && b == b ? larger : wc_fp32_from_bits(WC_FP32_NAN);
}

static inline float wc_vec_pow2(float a) {
  if (a != a)
    return a;
  if (a >= 128.0f)
    return wc_fp32_from_bits(UINT32_C(0x7F800000));
  if (a < -126.0f)
    return 0.0f;
  return wc_fp32_from_bits((uint32_t)((int32_t)a + 127) << 23);
}

static inline float wc_vec_expo(float a) {
  return (float)((int32_t)(wc_fp32_bits(a) >> 23 & 0xFF) - 127);
}

/* A NaN counts as the canonical one: payloads are visible nowhere. */
static inline float wc_vec_mant(float a) {
  const uint32_t bits = wc_fp32_bits(wc_fp32_canonical(a));
  return wc_fp32_from_bits((bits & UINT32_C(0x007FFFFF)) | UINT32_C(0x3F800000));
}

/* To nearest even, saturated to 0..255, NaN to 0. */
static inline uint8_t wc_vec_to_u8(float x) {
  const float clamped = x > 0.0f ? (x < 255.0f ? x : 255.0f) : 0.0f;
  return (uint8_t)(wc_fp32_bits(clamped + 0x1p23f) & 0xFF);
}

#endif
