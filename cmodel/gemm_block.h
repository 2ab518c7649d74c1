/* The blocks of one GEMM: sizes, operands in memory, packing. */
#ifndef WC_GEMM_BLOCK_H
#define WC_GEMM_BLOCK_H

#include "exec.h"
#include "gemm_kernels.h"

enum {
  GEMM_NC = 512,              /* most columns of a block */
  GEMM_RUNS = GEMM_KC,        /* most taps that a block of depth or of rows meets */
  GEMM_A = GEMM_MC * GEMM_SA, /* floats of a block of A, rows or strips */
};

struct gemm_triple {
  int64_t i2, i1, i0;
};

/* A command with rows and depth named. */
struct gemm_shape {
  const struct wc_gemm *g;
  const uint8_t *gbuf;
  struct gemm_triple row_dims, depth_dims;
  int64_t rows, depth, n;
};

/* Memory of one worker. */
struct gemm_worker {
  _Alignas(64) float a[GEMM_A + 16];       /* a block of A */
  _Alignas(64) float c[GEMM_MC * GEMM_NC]; /* the sums of a block */
  struct gemm_run run[GEMM_RUNS], merged[GEMM_RUNS];
};

struct gemm_shape wc_gemm_shape(const uint8_t *gbuf, const struct wc_gemm *g);

struct gemm_triple wc_gemm_split(int64_t index, struct gemm_triple dims);
/* The next index triple, last dimension fastest. */
void wc_gemm_advance(struct gemm_triple *at, struct gemm_triple dims);

/* Packs A[m0 .. m0+mc)[k0 .. k0+kc) for tile[a_trans]. */
void wc_gemm_pack_a(const struct gemm_shape *s, const struct gemm_kernels *kernels,
                    struct gemm_worker *w, int64_t m0, int64_t mc, int64_t k0, int64_t kc);

/* Floats from one tile's first row to that of the next in packed A. */
size_t wc_gemm_a_step(const struct gemm_shape *s, const struct gemm_kernels *kernels);

/* Packs depth k0 .. k0+kc of columns x .. x+n into panels of nr, @step floats apart:
 * dst[panel*step + k*nr + column]. */
void wc_gemm_pack_b(const struct gemm_shape *s, const struct gemm_kernels *kernels, float *dst,
                    size_t step, int64_t x, int64_t n, int64_t k0, int64_t kc);

#endif
