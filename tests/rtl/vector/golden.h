// Vector arithmetic in plain C++ floats, written from docs/numerics.md and docs/commands.md.
#ifndef WC_TESTS_RTL_VECTOR_GOLDEN_H
#define WC_TESTS_RTL_VECTOR_GOLDEN_H

#include <cmath>
#include <cstdint>
#include <cstring>

extern "C" {
#include "wc_isa.h"
}

inline float as_float(uint32_t bits) {
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

inline uint32_t as_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return bits;
}

inline float half_to_float(uint16_t h) {
  const int e = h >> 10 & 31, m = h & 1023;
  float x;
  if (e == 31)
    x = m ? NAN : INFINITY;
  else if (e == 0)
    x = ldexpf((float)m, -24);
  else
    x = ldexpf((float)(m + 1024), e - 25);
  return h & 0x8000 ? -x : x;
}

inline uint16_t float_to_half(float x) {
  if (std::isnan(x))
    return 0x7E00;
  const uint16_t sign = std::signbit(x) ? 0x8000 : 0;
  const double a = fabs((double)x);
  if (a >= 65520.0)
    return sign | 0x7C00;
  int e = -14;
  while (e < 15 && a >= ldexp(1.0, e + 1))
    e++;
  const int units = (int)nearbyint(ldexp(a, 10 - e));  // 2048 carries into the exponent
  return (uint16_t)(sign | (units + ((e + 14) << 10)));
}

inline uint8_t float_to_u8(float x) {
  if (std::isnan(x) || x < 0)
    return 0;
  return x >= 255 ? 255 : (uint8_t)nearbyintf(x);
}

inline uint32_t store_float(float x) {
  return std::isnan(x) ? 0x7FC00000 : as_bits(x);
}

inline float vop_max(float a, float b) {
  return std::isnan(a) || std::isnan(b) ? NAN : a > b ? a : b;
}

inline float vop_min(float a, float b) {
  return std::isnan(a) || std::isnan(b) ? NAN : a < b ? a : b;
}

inline float vop_pow2(float a) {
  if (std::isnan(a))
    return NAN;
  return a >= 128 ? INFINITY : a < -126 ? 0.0f : ldexpf(1.0f, (int)a);
}

// Operands as they are after the sign flips. CMAX is not here: it writes T and U.
inline float vop(uint32_t op, float a, float b, float c) {
  switch (op) {
    case WC_V_FMA:
      return fmaf(a, b, c);
    case WC_V_ADD:
      return a + c;
    case WC_V_MUL:
      return a * b;
    case WC_V_MAX:
      return vop_max(a, b);
    case WC_V_MIN:
      return vop_min(a, b);
    case WC_V_SEL:
      return a != 0 ? b : c;
    case WC_V_GT:
      return a > b ? 1.0f : 0.0f;
    case WC_V_EQ:
      return a == b ? 1.0f : 0.0f;
    case WC_V_DIV:
      return a / b;
    case WC_V_SQRT:
      return sqrtf(a);
    case WC_V_POW2:
      return vop_pow2(a);
    case WC_V_EXPO:
      return (float)((int)(as_bits(a) >> 23 & 255) - 127);
    case WC_V_MANT:
      return std::isnan(a) ? 1.5f : as_float(0x3F800000 | (as_bits(a) & 0x7FFFFF));
    default:
      return a;
  }
}

struct Running {
  float t, u;
};

// One step on one element.
inline Running run_step(const struct wc_step &s, Running r, const float *in, const uint32_t *k) {
  const float source[14] = {
      in[0], in[1],          in[2],          in[3],          in[4],          in[5], 0.0f,
      1.0f,  as_float(k[0]), as_float(k[1]), as_float(k[2]), as_float(k[3]), r.t,   r.u};
  float a = source[s.a], b = source[s.b], c = source[s.c];
  if (s.neg_a)
    a = -a;
  if (s.neg_c)
    c = -c;
  if (s.op == WC_V_NOP)
    return r;
  if (s.op == WC_V_CMAX)
    return a > r.t ? Running{a, b} : r;
  float x = vop(s.op, a, b, c);
  if (s.round16)
    x = half_to_float(float_to_half(x));
  if (s.relu && !(x > 0) && !std::isnan(x))
    x = 0.0f;
  (s.dst ? r.u : r.t) = x;
  return r;
}

#endif
