/* GEMM kernels for AVX-512: tiles of 14 x 32. */
#include <string.h>

#include "fp16.h"
#include "fp16_simd.h"
#include "gemm_kernels.h"

#if WC_X86

enum { MR = 14, NR = 32, V_LANES = 16 };
typedef __m512 V;
#define V_TARGET WC_TARGET_AVX512
#define V_LOADU(p) _mm512_loadu_ps(p)
#define V_STOREU(p, x) _mm512_storeu_ps(p, x)
#define V_PUT_HALVES(p, x) wc_avx512_put_halves(p, x)
#define V_PUT_FLOATS(p, x) wc_avx512_put_floats(p, x)
#define V_WIDEN(p) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)(p)))
#define V_SET(p) _mm512_set1_ps(*(p))
#define V_ZERO _mm512_setzero_ps()
#define V_FMA(a, b, c) _mm512_fmadd_ps(a, b, c)

#include "gemm_pack_body.h"
#include "gemm_tile_body.h"

TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)
TILE(7)
TILE(8)
TILE(9)
TILE(10)
TILE(11)
TILE(12)
TILE(13)
TILE(14)

const struct gemm_kernels wc_gemm_kernels_avx512 = {
    .mr = MR,
    .nr = NR,
    .tile = {{NULL, rows_1, rows_2, rows_3, rows_4, rows_5, rows_6, rows_7, rows_8, rows_9, rows_10,
              rows_11, rows_12, rows_13, rows_14},
             {NULL, cols_1, cols_2, cols_3, cols_4, cols_5, cols_6, cols_7, cols_8, cols_9, cols_10,
              cols_11, cols_12, cols_13, cols_14}},
    .gather = gather,
    .gather_strips = gather_strips,
    .b_row = b_row,
    .put = {put_halves, put_floats},
    .b_columns = b_columns,
};

#endif
