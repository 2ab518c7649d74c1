/* GEMM kernels in plain C. */
#include <string.h>

#include "fp16.h"
#include "gemm_kernels.h"

enum { MR = 4, NR = 8, V_LANES = 1 };
#define V_TARGET
#define V_LOADU(p) (*(p))
#define V_STOREU(p, x) (*(p) = (x))
#define V_ZERO 0.0f
#define V_PUT_HALVES(p, x) wc_fp16_store(p, x)
#define V_PUT_FLOATS(p, x) wc_fp32_store(p, x)
#define V_WIDEN(p) wc_fp16_load(p)

#include "gemm_pack_body.h"

static void b_columns(float *dst, const uint8_t *src, int64_t stride, size_t n, size_t depth) {
  for (size_t k = 0; k < depth; k++) {
    for (size_t x = 0; x < NR; x++)
      dst[k * NR + x] = x < n ? wc_fp16_load(src + (int64_t)x * stride + 2 * k) : 0.0f;
  }
}

static WC_ALWAYS_INLINE void tile(const size_t rows, const size_t row_step, const size_t depth_step,
                                  size_t kc, const float *a, const float *b, float *c, size_t ldc,
                                  bool load) {
  float sum[MR][NR];
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < NR; j++)
      sum[i][j] = load ? c[i * ldc + j] : 0.0f;
  }
  for (size_t k = 0; k < kc; k++, b += NR) {
    for (size_t i = 0; i < rows; i++) {
      const float x = a[i * row_step + k * depth_step];
      for (size_t j = 0; j < NR; j++) {
        const float product = x * b[j]; /* exact */
        sum[i][j] = sum[i][j] + product;
      }
    }
  }
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < NR; j++)
      c[i * ldc + j] = sum[i][j];
  }
}

#define TILE(rows)                                                                         \
  static void rows_##rows(size_t kc, const float *a, const float *b, float *c, size_t ldc, \
                          bool load) {                                                     \
    tile(rows, GEMM_SA, 1, kc, a, b, c, ldc, load);                                        \
  }                                                                                        \
  static void cols_##rows(size_t kc, const float *a, const float *b, float *c, size_t ldc, \
                          bool load) {                                                     \
    tile(rows, 1, MR, kc, a, b, c, ldc, load);                                             \
  }
TILE(1)
TILE(2)
TILE(3)
TILE(4)

const struct gemm_kernels wc_gemm_kernels_portable = {
    .mr = MR,
    .nr = NR,
    .tile = {{NULL, rows_1, rows_2, rows_3, rows_4}, {NULL, cols_1, cols_2, cols_3, cols_4}},
    .gather = gather,
    .gather_strips = gather_strips,
    .b_row = b_row,
    .put = {put_halves, put_floats},
    .b_columns = b_columns,
};

const struct gemm_kernels *wc_gemm_kernels(enum wc_simd simd) {
  switch (simd) {
#if WC_X86
    case WC_SIMD_AVX512:
      return &wc_gemm_kernels_avx512;
    case WC_SIMD_AVX2:
      return &wc_gemm_kernels_avx2;
#endif
    default:
      return &wc_gemm_kernels_portable;
  }
}
