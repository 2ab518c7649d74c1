/* Assembling one GEMM command. Private to kernels*.c. */
#ifndef WC_KERNELS_GEMM_H
#define WC_KERNELS_GEMM_H

#include "kernels_vec.h"

/* One GEMM being put together, with every value as wide as it may get. */
struct wc_gemm_asm {
  uint32_t n, p[3], q[3]; /* slowest first */
  uint32_t h, w;
  int64_t sy, sx, ry, rx, oy, ox;
  int64_t a_base, a_s[3];
  int64_t b_base, b_s[3], b_sn;
  int64_t c_base, c_s[3];
  int64_t p_base; /* bias: the vector where the sums of every row start */
  bool a_trans, b_trans, c_fp32, preload, bias;
};

bool wc_gemm_emit(const struct wc_ker *k, const struct wc_gemm_asm *g);

/* The same sums with A from strips in the run's scratch (docs/kernels.md): @g is a convolution's
 * forward pass or weight gradient, A the image. */
bool wc_strips_emit(const struct wc_ker *k, const struct wc_gemm_asm *g);

#endif
