#include "port.h"
#include "wc_peak.h"

/* As many chains as hide the latency of an FMA on two units. */
enum { CHAINS = 12 };

/* What is computed is put here, so that the compiler cannot leave it out. */
static void keep(volatile float *place, float value) {
  *place = value;
}

#define ROUNDS(V, set, fma, first)              \
  V sum[CHAINS];                                \
  const V factor = set(0.5f), term = set(1.0f); \
  WC_UNROLL(12)                                 \
  for (int i = 0; i < CHAINS; i++)              \
    sum[i] = set((float)i);                     \
  for (uint64_t n = 0; n < rounds; n++) {       \
    WC_UNROLL(12)                               \
    for (int i = 0; i < CHAINS; i++)            \
      sum[i] = fma(sum[i], factor, term);       \
  }                                             \
  volatile float place;                         \
  for (int i = 0; i < CHAINS; i++)              \
    keep(&place, first(sum[i]));                \
  return rounds * CHAINS * (sizeof(V) / sizeof(float)) * 2

#if WC_X86
WC_TARGET_AVX2 static uint64_t run_avx2(uint64_t rounds) {
  ROUNDS(__m256, _mm256_set1_ps, _mm256_fmadd_ps, _mm256_cvtss_f32);
}

WC_TARGET_AVX512 static uint64_t run_avx512(uint64_t rounds) {
  ROUNDS(__m512, _mm512_set1_ps, _mm512_fmadd_ps, _mm512_cvtss_f32);
}
#endif

static float plain(float x) {
  return x;
}

static float multiply_add(float a, float b, float c) {
  return a * b + c;
}

static uint64_t run_portable(uint64_t rounds) {
  ROUNDS(float, plain, multiply_add, plain);
}

uint64_t wc_peak_run(uint64_t rounds) {
  switch (wc_simd_choose()) {
#if WC_X86
    case WC_SIMD_AVX512:
      return run_avx512(rounds);
    case WC_SIMD_AVX2:
      return run_avx2(rounds);
#endif
    default:
      return run_portable(rounds);
  }
}
