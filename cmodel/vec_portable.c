/* Vector unit kernels in plain C. */
#include <math.h>

#include "vec_kernels.h"
#include "vec_scalar.h"

static void bits_read(float *dst, const uint8_t *src, size_t n) {
  for (size_t i = 0; i < n; i++)
    dst[i] = src[i / 8] >> i % 8 & 1 ? 1.0f : 0.0f;
}

static void bits_write(uint8_t *dst, const float *src, size_t n) {
  for (size_t i = 0; i < n; i += 8) {
    unsigned byte = 0;
    for (size_t j = 0; j < 8 && i + j < n; j++)
      byte |= (unsigned)(src[i + j] > 0.0f) << j;
    dst[i / 8] = (uint8_t)byte;
  }
}

typedef float V;
enum { V_LANES = 1 };
#define V_TARGET
#define V_TABLE wc_vec_kernels_portable
#define V_LOAD(p) (*(p))
#define V_STORE(p, x) (*(p) = (x))
#define V_SET(f) (f)
#define V_ADD(a, b) ((a) + (b))
#define V_MUL(a, b) ((a) * (b))
#define V_DIV(a, b) ((a) / (b))
#define V_FMA(a, b, c) fmaf(a, b, c)
#define V_SQRT(a) sqrtf(a)
#define V_FLIP(a, mask) wc_vec_flip(a, wc_fp32_bits(mask))
#define V_IFGT(a, b, x, y) ((a) > (b) ? (x) : (y))
#define V_IFLT(a, b, x, y) ((a) < (b) ? (x) : (y))
#define V_IFEQ(a, b, x, y) ((a) == (b) ? (x) : (y))
#define V_IFNAN(a, b, x, y) ((a) == (a) && (b) == (b) ? (y) : (x))
#define V_ROUND16(a) wc_fp16_to_fp32(wc_fp32_to_fp16(a))
#define V_HALVES(p) wc_fp16_load(p)
#define V_FLOATS(p) wc_fp32_load(p)
#define V_PUT_HALVES(p, x) wc_fp16_store(p, x)
#define V_PUT_FLOATS(p, x) wc_fp32_store(p, x)
#define V_BITS_READ bits_read
#define V_BITS_WRITE bits_write

#include "vec_kernels_body.h"

const struct vec_kernels *wc_vec_kernels(enum wc_simd simd) {
  switch (simd) {
#if WC_X86
    case WC_SIMD_AVX512:
      return &wc_vec_kernels_avx512;
    case WC_SIMD_AVX2:
      return &wc_vec_kernels_avx2;
#endif
    default:
      return &wc_vec_kernels_portable;
  }
}
