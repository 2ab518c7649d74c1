/* Vector unit kernels for AVX2 with FMA and F16C. */
#include "fp16_simd.h"
#include "vec_kernels.h"
#include "vec_scalar.h"

#if WC_X86

WC_TARGET_AVX2 static void bits_read(float *dst, const uint8_t *src, size_t n) {
  const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  const __m256 one = _mm256_set1_ps(1.0f);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256i clear = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(src[i / 8]), bit),
                                             _mm256_setzero_si256());
    _mm256_storeu_ps(dst + i, _mm256_andnot_ps(_mm256_castsi256_ps(clear), one));
  }
  for (; i < n; i++)
    dst[i] = src[i / 8] >> i % 8 & 1 ? 1.0f : 0.0f;
}

WC_TARGET_AVX2 static void bits_write(uint8_t *dst, const float *src, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256 set = _mm256_cmp_ps(_mm256_loadu_ps(src + i), _mm256_setzero_ps(), _CMP_GT_OQ);
    dst[i / 8] = (uint8_t)_mm256_movemask_ps(set);
  }
  if (i < n) {
    unsigned byte = 0;
    for (size_t j = 0; i + j < n; j++)
      byte |= (unsigned)(src[i + j] > 0.0f) << j;
    dst[i / 8] = (uint8_t)byte;
  }
}

typedef __m256 V;
enum { V_LANES = 8 };
#define V_TARGET WC_TARGET_AVX2
#define V_TABLE wc_vec_kernels_avx2
#define V_LOAD(p) _mm256_loadu_ps(p)
#define V_STORE(p, x) _mm256_storeu_ps(p, x)
#define V_SET(f) _mm256_set1_ps(f)
#define V_ADD(a, b) _mm256_add_ps(a, b)
#define V_MUL(a, b) _mm256_mul_ps(a, b)
#define V_DIV(a, b) _mm256_div_ps(a, b)
#define V_FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define V_SQRT(a) _mm256_sqrt_ps(a)
#define V_FLIP(a, mask) _mm256_xor_ps(a, mask)
#define V_IFGT(a, b, x, y) _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_GT_OQ))
#define V_IFLT(a, b, x, y) _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_LT_OQ))
#define V_IFEQ(a, b, x, y) _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_EQ_OQ))
#define V_IFNAN(a, b, x, y) _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_UNORD_Q))
#define V_ROUND16(a) _mm256_cvtph_ps(_mm256_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT))
#define V_HALVES(p) _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(p)))
#define V_FLOATS(p) _mm256_loadu_ps((const float *)(const void *)(p))
#define V_PUT_HALVES(p, x) wc_avx2_put_halves(p, x)
#define V_PUT_FLOATS(p, x) wc_avx2_put_floats(p, x)
#define V_BITS_READ bits_read
#define V_BITS_WRITE bits_write

#include "vec_kernels_body.h"

#endif
