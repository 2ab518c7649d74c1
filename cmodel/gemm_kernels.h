/* Micro-kernels and packing loops of the blocked GEMM, one table for each instruction set. */
#ifndef WC_GEMM_KERNELS_H
#define WC_GEMM_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port.h"

enum {
  GEMM_KC = 384,            /* most depth of a block */
  GEMM_SA = GEMM_KC + 16,   /* floats from one row of packed A to the next; room to overrun */
  GEMM_MC = 144,            /* most rows of a block */
  GEMM_LINE = GEMM_MC + 16, /* a column of transposed A; room to overrun */
  GEMM_MR = 14,             /* most rows of a tile, over all instruction sets */
  GEMM_NR = 32,             /* most columns of a tile */
};

/* Consecutive channels of one tap: @len FP16 at @offset bytes from the position's own address,
 * used when the position moved by (@dy, @dx) lies in the image. */
struct gemm_run {
  int64_t offset;
  int32_t dy, dx;
  uint32_t len;
};

/* Runs that follow each other in the packed operand. */
struct gemm_runs {
  size_t n, n_merged, taps;
  struct gemm_run *run;    /* every tap apart, for positions near the border */
  struct gemm_run *merged; /* neighbours in memory joined, for positions with all taps inside */
  int32_t dy_min, dy_max, dx_min, dx_max;
};

/* Positions of one image row: row and column before a tap's offset, address, and the steps to
 * the next position. */
struct gemm_walk {
  int64_t y, x, address;
  int64_t x_step, address_step;
  int64_t h, w; /* the image */
};

/* C[i][0..NR) (+)= sum over k of a(i, k) * b[k*NR + 0..NR), k ascending, for the kernel's rows.
 * With @load the sums start from C, otherwise from +0. */
typedef void (*gemm_tile_fn)(size_t kc, const float *a, const float *b, float *c, size_t ldc,
                             bool load);

struct gemm_kernels {
  size_t mr, nr;
  /* [0]: a(i, k) = a[i*GEMM_SA + k]; [1]: a(i, k) = a[k*mr + i]. Second index: rows. */
  gemm_tile_fn tile[2][GEMM_MR + 1];
  /* Writes the taps of @n positions as FP32, one after another, position j from dst + j*step on;
   * +0 for those outside the image. May write 16 floats too many. */
  void (*gather)(float *dst, size_t step, const uint8_t *gbuf, const struct gemm_runs *runs,
                 const struct gemm_walk *walk, size_t n);
  /* The same taps dealt out to strips of mr of them, @strip floats apart: dst[tap/mr*strip + j*mr +
   * tap%mr]. No more than GEMM_MC; may write 16 floats behind a strip. */
  void (*gather_strips)(float *dst, size_t strip, const uint8_t *gbuf, const struct gemm_runs *runs,
                        const struct gemm_walk *walk, size_t n);
  /* One row of B: @n contiguous FP16 dealt out to panels of nr, @step floats apart; zeros to the
   * end of the last. */
  void (*b_row)(float *dst, size_t step, const uint8_t *src, size_t n);
  /* Rows of a panel from columns: dst[k*nr + x] = FP16 at src + x*stride + 2*k, k < depth, x < n;
   * zeros for n <= x < nr. */
  void (*b_columns)(float *dst, const uint8_t *src, int64_t stride, size_t n, size_t depth);
  /* Stores @rows rows of @n sums, @step floats apart, @row_bytes apart in memory: [0] as FP16,
   * [1] as FP32. */
  void (*put[2])(uint8_t *dst, int64_t row_bytes, const float *src, size_t step, size_t rows,
                 size_t n);
};

const struct gemm_kernels *wc_gemm_kernels(enum wc_simd simd);

extern const struct gemm_kernels wc_gemm_kernels_portable;
#if WC_X86
extern const struct gemm_kernels wc_gemm_kernels_avx2;
extern const struct gemm_kernels wc_gemm_kernels_avx512;
#endif

#endif
