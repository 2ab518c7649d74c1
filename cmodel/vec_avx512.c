/* Vector unit kernels for AVX-512. */
#include "fp16_simd.h"
#include "vec_kernels.h"
#include "vec_scalar.h"

#if WC_X86

WC_TARGET_AVX512 static void bits_read(float *dst, const uint8_t *src, size_t n) {
  const __m512 one = _mm512_set1_ps(1.0f);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const unsigned bits = (unsigned)src[i / 8] | (unsigned)src[i / 8 + 1] << 8;
    _mm512_storeu_ps(dst + i, _mm512_maskz_mov_ps((__mmask16)bits, one));
  }
  for (; i < n; i++)
    dst[i] = src[i / 8] >> i % 8 & 1 ? 1.0f : 0.0f;
}

WC_TARGET_AVX512 static void bits_write(uint8_t *dst, const float *src, size_t n) {
  for (size_t i = 0; i < n; i += 16) {
    const size_t left = n - i;
    const unsigned live = left >= 16 ? 0xFFFF : (1u << left) - 1;
    const __m512 x = _mm512_maskz_loadu_ps((__mmask16)live, src + i);
    const unsigned bits = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_GT_OQ);
    dst[i / 8] = (uint8_t)bits;
    if (left > 8)
      dst[i / 8 + 1] = (uint8_t)(bits >> 8);
  }
}

typedef __m512 V;
enum { V_LANES = 16 };
#define V_TARGET WC_TARGET_AVX512
#define V_TABLE wc_vec_kernels_avx512
#define V_LOAD(p) _mm512_loadu_ps(p)
#define V_STORE(p, x) _mm512_storeu_ps(p, x)
#define V_SET(f) _mm512_set1_ps(f)
#define V_ADD(a, b) _mm512_add_ps(a, b)
#define V_MUL(a, b) _mm512_mul_ps(a, b)
#define V_DIV(a, b) _mm512_div_ps(a, b)
#define V_FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define V_SQRT(a) _mm512_sqrt_ps(a)
#define V_FLIP(a, mask) _mm512_xor_ps(a, mask)
#define V_IF(a, b, x, y, how) _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, how), y, x)
#define V_IFGT(a, b, x, y) V_IF(a, b, x, y, _CMP_GT_OQ)
#define V_IFLT(a, b, x, y) V_IF(a, b, x, y, _CMP_LT_OQ)
#define V_IFEQ(a, b, x, y) V_IF(a, b, x, y, _CMP_EQ_OQ)
#define V_IFNAN(a, b, x, y) V_IF(a, b, x, y, _CMP_UNORD_Q)
#define V_ROUND16(a) _mm512_cvtph_ps(_mm512_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT))
#define V_HALVES(p) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)(p)))
#define V_FLOATS(p) _mm512_loadu_ps(p)
#define V_PUT_HALVES(p, x) wc_avx512_put_halves(p, x)
#define V_PUT_FLOATS(p, x) wc_avx512_put_floats(p, x)
#define V_BITS_READ bits_read
#define V_BITS_WRITE bits_write

#include "vec_kernels_body.h"

#endif
