#include "fp16.h"

#include "fp16_simd.h"

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
  size_t i = 0;
  for (; i + 8 <= n; i += 8)
    wc_avx2_put_halves(dst + 2 * i, _mm256_loadu_ps(src + i));
  for (; i < n; i++)
    wc_fp16_store(dst + 2 * i, src[i]);
}

WC_TARGET_AVX2 static void put_avx2(uint8_t *dst, const float *src, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8)
    wc_avx2_put_floats(dst + 4 * i, _mm256_loadu_ps(src + i));
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
