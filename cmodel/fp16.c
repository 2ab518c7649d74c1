#include "fp16.h"

static void widen_portable(float *dst, const uint8_t *src, size_t n) {
  for (size_t i = 0; i < n; i++)
    dst[i] = wc_fp16_load(src + 2 * i);
}

static void narrow_portable(uint8_t *dst, const float *src, size_t n) {
  for (size_t i = 0; i < n; i++)
    wc_fp16_store(dst + 2 * i, src[i]);
}

static void put_portable(uint8_t *dst, const float *src, size_t n) {
  for (size_t i = 0; i < n; i++)
    wc_fp32_store(dst + 4 * i, src[i]);
}

#if WC_X86
WC_TARGET_AVX2 static void widen_avx2(float *dst, const uint8_t *src, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8)
    _mm256_storeu_ps(dst + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(src + 2 * i))));
  for (; i < n; i++)
    dst[i] = wc_fp16_load(src + 2 * i);
}

WC_TARGET_AVX2 static void narrow_avx2(uint8_t *dst, const float *src, size_t n) {
  const __m128i nan = _mm_set1_epi16((short)WC_FP16_NAN);
  const __m128i inf = _mm_set1_epi16(0x7C00), magnitude = _mm_set1_epi16(0x7FFF);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m128i half = _mm256_cvtps_ph(_mm256_loadu_ps(src + i), _MM_FROUND_TO_NEAREST_INT);
    const __m128i is_nan = _mm_cmpgt_epi16(_mm_and_si128(half, magnitude), inf);
    _mm_storeu_si128((__m128i *)(dst + 2 * i), _mm_blendv_epi8(half, nan, is_nan));
  }
  for (; i < n; i++)
    wc_fp16_store(dst + 2 * i, src[i]);
}

WC_TARGET_AVX2 static void put_avx2(uint8_t *dst, const float *src, size_t n) {
  const __m256 nan = _mm256_castsi256_ps(_mm256_set1_epi32((int)WC_FP32_NAN));
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256 x = _mm256_loadu_ps(src + i);
    const __m256 is_nan = _mm256_cmp_ps(x, x, _CMP_UNORD_Q);
    _mm256_storeu_ps((float *)(void *)(dst + 4 * i), _mm256_blendv_ps(x, nan, is_nan));
  }
  for (; i < n; i++)
    wc_fp32_store(dst + 4 * i, src[i]);
}
#endif

/* These loops are bound by memory: eight lanes are enough on every processor. */
void wc_fp16_widen(enum wc_simd simd, float *dst, const uint8_t *src, size_t n) {
#if WC_X86
  if (simd >= WC_SIMD_AVX2) {
    widen_avx2(dst, src, n);
    return;
  }
#endif
  (void)simd;
  widen_portable(dst, src, n);
}

void wc_fp16_narrow(enum wc_simd simd, uint8_t *dst, const float *src, size_t n) {
#if WC_X86
  if (simd >= WC_SIMD_AVX2) {
    narrow_avx2(dst, src, n);
    return;
  }
#endif
  (void)simd;
  narrow_portable(dst, src, n);
}

void wc_fp32_put(enum wc_simd simd, uint8_t *dst, const float *src, size_t n) {
#if WC_X86
  if (simd >= WC_SIMD_AVX2) {
    put_avx2(dst, src, n);
    return;
  }
#endif
  (void)simd;
  put_portable(dst, src, n);
}
