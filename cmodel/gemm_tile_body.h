/* Register tiles of a vector kernel table. Beside what gemm_pack_body.h wants, the including file
 * defines V_SET(p): the float at p in every lane, and V_FMA(a, b, c). A fused
 * multiply-add has the bits of the definition, because the product of two FP16 numbers is exact
 * in FP32. */

enum { VECTORS = NR / V_LANES };

/* Strides of A are constants, so that every row is one pointer plus a constant. */
V_TARGET static WC_ALWAYS_INLINE void tile(const size_t rows, const size_t row_step,
                                           const size_t depth_step, size_t kc, const float *a,
                                           const float *b, float *c, size_t ldc, bool load) {
  V sum[MR][VECTORS];
  WC_UNROLL(14)
  for (size_t i = 0; i < rows; i++) {
    WC_UNROLL(4)
    for (size_t j = 0; j < VECTORS; j++)
      sum[i][j] = load ? V_LOADU(c + i * ldc + j * V_LANES) : V_ZERO;
  }
  WC_UNROLL(4)
  for (size_t k = 0; k < kc; k++) {
    V col[VECTORS];
    WC_UNROLL(4)
    for (size_t j = 0; j < VECTORS; j++)
      col[j] = V_LOADU(b + k * NR + j * V_LANES);
    WC_UNROLL(14)
    for (size_t i = 0; i < rows; i++) {
      const V x = V_SET(a + i * row_step + k * depth_step);
      WC_UNROLL(4)
      for (size_t j = 0; j < VECTORS; j++)
        sum[i][j] = V_FMA(x, col[j], sum[i][j]);
    }
  }
  WC_UNROLL(14)
  for (size_t i = 0; i < rows; i++) {
    WC_UNROLL(4)
    for (size_t j = 0; j < VECTORS; j++)
      V_STOREU(c + i * ldc + j * V_LANES, sum[i][j]);
  }
}

#define TILE(rows)                                                                      \
  V_TARGET static void rows_##rows(size_t kc, const float *a, const float *b, float *c, \
                                   size_t ldc, bool load) {                             \
    tile(rows, GEMM_SA, 1, kc, a, b, c, ldc, load);                                     \
  }                                                                                     \
  V_TARGET static void cols_##rows(size_t kc, const float *a, const float *b, float *c, \
                                   size_t ldc, bool load) {                             \
    tile(rows, 1, MR, kc, a, b, c, ldc, load);                                          \
  }

/* Transposes 8 x 8: dst[k*NR + x] = FP16 at src + x*stride + 2*k. */
V_TARGET static void b_block(float *dst, const uint8_t *src, int64_t stride) {
  __m256 r[8], s[8];
  for (int x = 0; x < 8; x++)
    r[x] = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(src + x * stride)));
  for (int x = 0; x < 8; x += 2) {
    s[x] = _mm256_unpacklo_ps(r[x], r[x + 1]);
    s[x + 1] = _mm256_unpackhi_ps(r[x], r[x + 1]);
  }
  for (int x = 0; x < 8; x += 4) {
    r[x] = _mm256_shuffle_ps(s[x], s[x + 2], 0x44);
    r[x + 1] = _mm256_shuffle_ps(s[x], s[x + 2], 0xEE);
    r[x + 2] = _mm256_shuffle_ps(s[x + 1], s[x + 3], 0x44);
    r[x + 3] = _mm256_shuffle_ps(s[x + 1], s[x + 3], 0xEE);
  }
  for (int k = 0; k < 4; k++) {
    _mm256_storeu_ps(dst + k * NR, _mm256_permute2f128_ps(r[k], r[k + 4], 0x20));
    _mm256_storeu_ps(dst + (k + 4) * NR, _mm256_permute2f128_ps(r[k], r[k + 4], 0x31));
  }
}

V_TARGET static void b_columns(float *dst, const uint8_t *src, int64_t stride, size_t n,
                               size_t depth) {
  const size_t whole = depth / 8 * 8;
  for (size_t x = 0; x < NR; x += 8) {
    const uint8_t *column = src + (int64_t)x * stride;
    const size_t live = n > x ? n - x : 0;
    size_t k = 0;
    for (; live >= 8 && k < whole; k += 8)
      b_block(dst + k * NR + x, column + 2 * k, stride);
    for (; k < depth; k++) {
      for (size_t i = 0; i < 8; i++)
        dst[k * NR + x + i] = i < live ? wc_fp16_load(column + (int64_t)i * stride + 2 * k) : 0.0f;
    }
  }
}
