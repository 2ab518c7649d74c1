/* Global average pooling and its gradient. */
#include "kernels_vec.h"

/* 1 / number of positions, in FP32. */
static float share(const struct wc_tensor *t) {
  return 1.0F / (float)((uint64_t)t->h * t->w);
}

bool wc_ker_gap(const struct wc_ker *k) {
  const struct wc_run *run = k->run;
  const struct wc_tensor *x = wc_ker_in(k, 0), *y = wc_ker_out(k, 0);
  const struct wc_grid grid = {run->y0, run->ny, true};
  const struct wc_strides sums = {.s0 = 1, .s1 = (int64_t)x->c * 4, .s2 = (int64_t)x->c * 4};
  struct wc_vec_asm v;
  wc_grid_begin(&v, k, x, grid);
  wc_vec_step(&v, WC_V_MOV, wc_grid_in(&v, x, &run->in[0], grid), 0, 0, 0);
  wc_vec_reduce(&v, WC_S_T, run->scratch, sums, wc_ker_chains(run, x, run->y0));
  if (!wc_vec_emit(&v)) {
    return false;
  }
  if (!run->slab_last) {
    return true;
  }
  wc_vec_begin(&v, k, x->c, 1, run->ns, 1);
  const uint32_t sum = wc_vec_in(&v, WC_T_FP32, run->scratch, sums);
  wc_vec_step(&v, WC_V_MUL, sum, wc_vec_const(&v, 0, share(x)), 0, WC_ROUND16);
  wc_vec_out(&v, WC_T_FP16, WC_S_T, wc_ker_row(&run->out[0], y, 0),
             (struct wc_strides){.s0 = 1, .s2 = run->out[0].pitch});
  return wc_vec_emit(&v);
}

bool wc_ker_gap_bwd(const struct wc_ker *k) {
  const struct wc_run *run = k->run;
  const struct wc_tensor *dy = wc_ker_in(k, 0), *dx = wc_ker_out(k, 0);
  const struct wc_grid grid = {run->y0, run->ny, true};
  struct wc_vec_asm v;
  wc_grid_begin(&v, k, dx, grid);
  const uint32_t grad = wc_vec_in(&v, WC_T_FP16, wc_ker_row(&run->in[0], dy, 0),
                                  (struct wc_strides){.s0 = 1, .s2 = run->in[0].pitch});
  wc_vec_step(&v, WC_V_MUL, grad, wc_vec_const(&v, 0, share(dx)), 0, WC_ROUND16);
  wc_grid_out(&v, WC_S_T, dx, &run->out[0], grid);
  return wc_vec_emit(&v);
}
