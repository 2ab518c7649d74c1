/* Max-pooling (window and stride k), global average pooling, and their gradients. */
#include "kernels_vec.h"

/* Element (0, 0) of tap (r, s) of every window, position by position: d0 channels, d1 columns, d2
 * rows of windows from @y0, d3 samples. */
struct tap {
  int64_t base;
  struct wc_strides strides;
};

static struct tap tap_of(const struct wc_ker *k, const struct wc_tensor *t,
                         const struct wc_view *view, uint32_t y0, uint32_t tap) {
  const uint32_t window = k->node->r;
  const int64_t position = (int64_t)t->c * 2, row = (int64_t)wc_tensor_row_bytes(t);
  return (struct tap){
      .base = wc_ker_row(view, t, y0 * window + tap / window) + tap % window * position,
      .strides = {.s0 = 1, .s1 = window * position, .s2 = window * row, .s3 = view->pitch},
  };
}

/* A tensor with one element a window, over the same dimensions. */
static struct tap pooled(const struct wc_tensor *t, const struct wc_view *view, uint32_t y0) {
  const int64_t row = (int64_t)wc_tensor_row_bytes(t);
  return (struct tap){.base = wc_ker_row(view, t, y0),
                      .strides = {.s0 = 1, .s1 = row / t->w, .s2 = row, .s3 = view->pitch}};
}

static uint32_t tap_in(struct wc_vec_asm *v, enum wc_type type, struct tap at) {
  return wc_vec_in(v, type, at.base, at.strides);
}

/* The number of a tap as a source; constant @slot holds it. */
static uint32_t tap_number(struct wc_vec_asm *v, unsigned slot, uint32_t tap) {
  return tap == 0 ? WC_S_ZERO : tap == 1 ? WC_S_ONE : wc_vec_const(v, slot, (float)tap);
}

/* Taps are compared in order; the first of equal maxima stays. The first command takes four taps;
 * each further one reads what is there and takes two. */
bool wc_ker_maxpool(const struct wc_ker *k) {
  const struct wc_run *run = k->run;
  const struct wc_tensor *x = wc_ker_in(k, 0), *y = wc_ker_out(k, 0), *index = wc_ker_out(k, 1);
  const struct tap y_at = pooled(y, &run->out[0], run->y0);
  const struct tap index_at = pooled(index, &run->out[1], run->y0);
  const bool indexed = run->out[1].gb != WC_NOT_STORED;
  const uint32_t taps = k->node->r * k->node->r;
  for (uint32_t tap = 0; tap < taps;) {
    struct wc_vec_asm v;
    wc_vec_begin(&v, k, y->c, y->w, run->ny, run->ns);
    unsigned steps = 1;
    if (tap == 0) {
      wc_vec_step(&v, WC_V_MOV, tap_in(&v, WC_T_FP16, tap_of(k, x, &run->in[0], run->y0, tap++)), 0,
                  0, 0);
    } else {
      wc_vec_step(&v, WC_V_MOV, tap_in(&v, WC_T_FP16, y_at), 0, 0, 0);
      if (indexed) {
        wc_vec_step(&v, WC_V_MOV, tap_in(&v, WC_T_U8, index_at), 0, 0, WC_TO_U);
        steps++;
      }
    }
    for (; steps < WC_STEPS && tap < taps; steps++, tap++) {
      const uint32_t value = tap_in(&v, WC_T_FP16, tap_of(k, x, &run->in[0], run->y0, tap));
      wc_vec_step(&v, WC_V_CMAX, value, tap_number(&v, steps, tap), 0, 0);
    }
    wc_vec_out(&v, WC_T_FP16, WC_S_T, y_at.base, y_at.strides);
    if (indexed) {
      wc_vec_out(&v, WC_T_U8, WC_S_U, index_at.base, index_at.strides);
    }
    if (!wc_vec_emit(&v)) {
      return false;
    }
  }
  return true;
}

/* dx of two taps, or the last one: dy where the index names the tap, else +0. */
static bool unpool(const struct wc_ker *k, uint32_t tap, uint32_t n) {
  const struct wc_run *run = k->run;
  const struct wc_tensor *dy = wc_ker_in(k, 0), *index = wc_ker_in(k, 1), *dx = wc_ker_out(k, 0);
  struct wc_vec_asm v;
  wc_vec_begin(&v, k, dy->c, dy->w, run->ny, run->ns);
  for (unsigned i = 0; i < n; i++) {
    const uint32_t value = i == 0 ? WC_S_T : WC_S_U;
    const unsigned dst = i == 0 ? 0 : WC_TO_U;
    const uint32_t which = tap_in(&v, WC_T_U8, pooled(index, &run->in[1], run->y0));
    wc_vec_step(&v, WC_V_EQ, which, tap_number(&v, i, tap + i), 0, dst);
    const uint32_t grad = tap_in(&v, WC_T_FP16, pooled(dy, &run->in[0], run->y0));
    wc_vec_step(&v, WC_V_SEL, value, grad, WC_S_ZERO, dst);
    const struct tap at = tap_of(k, dx, &run->out[0], run->y0, tap + i);
    wc_vec_out(&v, WC_T_FP16, value, at.base, at.strides);
  }
  return wc_vec_emit(&v);
}

/* +0 for rows [y0, y1) and columns [x0, x1) of dx. */
static bool zero_part(const struct wc_ker *k, uint32_t y0, uint32_t y1, uint32_t x0, uint32_t x1) {
  if (y0 >= y1 || x0 >= x1) {
    return true;
  }
  const struct wc_tensor *dx = wc_ker_out(k, 0);
  const struct wc_view *view = &k->run->out[0];
  struct wc_vec_asm v;
  wc_vec_begin(&v, k, (uint64_t)(x1 - x0) * dx->c, y1 - y0, k->run->ns, 1);
  wc_vec_step(&v, WC_V_MOV, WC_S_ZERO, 0, 0, 0);
  wc_vec_out(
      &v, WC_T_FP16, WC_S_T, wc_ker_row(view, dx, y0) + (int64_t)x0 * dx->c * 2,
      (struct wc_strides){.s0 = 1, .s1 = (int64_t)wc_tensor_row_bytes(dx), .s2 = view->pitch});
  return wc_vec_emit(&v);
}

bool wc_ker_maxpool_bwd(const struct wc_ker *k) {
  const struct wc_run *run = k->run;
  const struct wc_tensor *dy = wc_ker_in(k, 0), *dx = wc_ker_out(k, 0);
  const uint32_t window = k->node->r, taps = window * window;
  for (uint32_t tap = 0; tap < taps; tap += 2) {
    if (!unpool(k, tap, tap + 1 < taps ? 2 : 1)) {
      return false;
    }
  }
  const uint32_t y1 = (run->y0 + run->ny) * window; /* rows and columns that no window covers */
  const bool at_end = run->y0 + run->ny == dy->h;
  return zero_part(k, run->y0 * window, y1, dy->w * window, dx->w) &&
         (!at_end || zero_part(k, y1, dx->h, 0, dx->w));
}

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
