/* GEMM kernels for AVX2 with FMA and F16C: tiles of 6 x 16. */
#include <string.h>

#include "fp16.h"
#include "fp16_simd.h"
#include "gemm_kernels.h"

#if WC_X86

enum { MR = 6, NR = 16, V_LANES = 8 };
typedef __m256 V;
#define V_TARGET WC_TARGET_AVX2
#define V_LOADU(p) _mm256_loadu_ps(p)
#define V_STOREU(p, x) _mm256_storeu_ps(p, x)
#define V_PUT_HALVES(p, x) wc_avx2_put_halves(p, x)
#define V_PUT_FLOATS(p, x) wc_avx2_put_floats(p, x)
#define V_WIDEN(p) _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(p)))
#define V_SET(p) _mm256_broadcast_ss(p)
#define V_ZERO _mm256_setzero_ps()
#define V_FMA(a, b, c) _mm256_fmadd_ps(a, b, c)

#include "gemm_pack_body.h"
#include "gemm_tile_body.h"

TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)

const struct gemm_kernels wc_gemm_kernels_avx2 = {
    .mr = MR,
    .nr = NR,
    .tile = {{NULL, rows_1, rows_2, rows_3, rows_4, rows_5, rows_6},
             {NULL, cols_1, cols_2, cols_3, cols_4, cols_5, cols_6}},
    .gather = gather,
    .gather_strips = gather_strips,
    .b_row = b_row,
    .put = {put_halves, put_floats},
    .b_columns = b_columns,
};

#endif
