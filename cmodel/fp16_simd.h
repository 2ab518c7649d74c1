/* Vectors of floats into memory with canonical NaNs, for kernels in that instruction set. */
#ifndef WC_FP16_SIMD_H
#define WC_FP16_SIMD_H

#include "fp16.h"

#if WC_X86

WC_TARGET_AVX2 static WC_ALWAYS_INLINE __m256 wc_avx2_canonical(__m256 x) {
  const __m256 nan = _mm256_castsi256_ps(_mm256_set1_epi32((int)WC_FP32_NAN));
  return _mm256_blendv_ps(x, nan, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
}

/* Narrowing keeps the upper bits of a payload: the canonical NaN of binary32 becomes that of
 * binary16. */
WC_TARGET_AVX2 static WC_ALWAYS_INLINE void wc_avx2_put_halves(uint8_t *at, __m256 x) {
  const __m128i half = _mm256_cvtps_ph(wc_avx2_canonical(x), _MM_FROUND_TO_NEAREST_INT);
  _mm_storeu_si128((__m128i *)(void *)at, half);
}

WC_TARGET_AVX2 static WC_ALWAYS_INLINE void wc_avx2_put_floats(uint8_t *at, __m256 x) {
  _mm256_storeu_ps((float *)(void *)at, wc_avx2_canonical(x));
}

WC_TARGET_AVX512 static WC_ALWAYS_INLINE __m512 wc_avx512_canonical(__m512 x) {
  const __m512 nan = _mm512_castsi512_ps(_mm512_set1_epi32((int)WC_FP32_NAN));
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), x, nan);
}

WC_TARGET_AVX512 static WC_ALWAYS_INLINE void wc_avx512_put_halves(uint8_t *at, __m512 x) {
  const __m256i half = _mm512_cvtps_ph(wc_avx512_canonical(x), _MM_FROUND_TO_NEAREST_INT);
  _mm256_storeu_si256((__m256i *)(void *)at, half);
}

WC_TARGET_AVX512 static WC_ALWAYS_INLINE void wc_avx512_put_floats(uint8_t *at, __m512 x) {
  _mm512_storeu_ps(at, wc_avx512_canonical(x));
}

#endif
#endif
