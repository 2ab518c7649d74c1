/* Convolution and its two gradients. Rows outside a view are exactly the rows outside the image
 * that a run needs, so a view's rows take the image's place in the GEMM. */
#include "kernels_gemm.h"

/* Strides of a feature map: sample, row, position. */
static void map_strides(const struct wc_tensor *t, const struct wc_view *view, int64_t s[3]) {
  s[0] = view->pitch;
  s[1] = (int64_t)wc_tensor_row_bytes(t);
  s[2] = s[1] / t->w;
}

/* A: the rows that @view holds of @t are the image; it may hold none. */
static void image(struct wc_gemm_asm *g, const struct wc_tensor *t, const struct wc_view *view) {
  g->h = view->ny;
  g->w = t->w;
  g->a_base = view->ny > 0 ? view->gb : 0;
  map_strides(t, view, g->a_s);
}

/* Strides of [r][s][x][y] with elements of @size bytes: r, s, x. */
static void weight_strides(const struct wc_node *node, uint32_t x, uint32_t y, int64_t size,
                           int64_t s[3]) {
  s[2] = (int64_t)y * size;
  s[1] = (int64_t)x * s[2];
  s[0] = (int64_t)node->s * s[1];
}

/* Taps out of the image itself, or out of strips of it. */
static bool emit_taps(const struct wc_ker *k, const struct wc_gemm_asm *g) {
  return k->run->strips.rows > 0 ? wc_strips_emit(k, g) : wc_gemm_emit(k, g);
}

bool wc_ker_conv(const struct wc_ker *k) {
  const struct wc_run *run = k->run;
  const struct wc_node *node = k->node;
  const struct wc_tensor *x = wc_ker_in(k, 0), *y = wc_ker_out(k, 0);
  const int64_t size = (int64_t)wc_type_bytes(y->type);
  struct wc_gemm_asm g = {
      .n = run->nc,
      .p = {run->ns, run->ny, y->w},
      .q = {node->r, node->s, x->c},
      .sy = node->stride,
      .sx = node->stride,
      .ry = 1,
      .rx = 1,
      .oy = (int64_t)run->y0 * node->stride - node->pad - run->in[0].y0,
      .ox = -(int64_t)node->pad_x,
      .b_base = run->in[1].gb,
      .b_sn = 2,
      .c_base = wc_ker_row(&run->out[0], y, run->y0) + run->c0 * size,
      .c_fp32 = y->type == WC_T_FP32,
      .bias = node->n_in > 2,
      .p_base = node->n_in > 2 ? (int64_t)run->in[2].gb + (int64_t)run->c0 * 4 : 0,
  };
  image(&g, x, &run->in[0]);
  weight_strides(node, x->c, run->nc, 2, g.b_s);
  map_strides(y, &run->out[0], g.c_s);
  return emit_taps(k, &g);
}

bool wc_ker_conv_wgrad(const struct wc_ker *k) {
  const struct wc_run *run = k->run;
  const struct wc_node *node = k->node;
  const struct wc_tensor *x = wc_ker_in(k, 0), *dy = wc_ker_in(k, 1);
  struct wc_gemm_asm g = {
      .n = run->nc,
      .p = {run->ns, run->ny, dy->w},
      .q = {node->r, node->s, x->c},
      .sy = node->stride,
      .sx = node->stride,
      .ry = 1,
      .rx = 1,
      .oy = (int64_t)run->y0 * node->stride - node->pad - run->in[0].y0,
      .ox = -(int64_t)node->pad_x,
      .b_base = wc_ker_row(&run->in[1], dy, run->y0) + (int64_t)run->c0 * 2,
      .b_sn = 2,
      .c_base = run->out[0].gb,
      .a_trans = true,
      .c_fp32 = true,
      .preload = !wc_ker_starts(k),
  };
  image(&g, x, &run->in[0]);
  map_strides(dy, &run->in[1], g.b_s);
  weight_strides(node, x->c, run->nc, 4, g.c_s);
  return emit_taps(k, &g) &&
         (!wc_ker_ends(k) ||
          wc_ker_finite(k, run->out[0].gb, (uint64_t)node->r * node->s * x->c * run->nc));
}

/* The part of one dimension of dx that lies in phase @phase of stride @step: positions step*i +
 * phase with i in [first, first+n), reached by @taps taps from @tap0 on in steps of @step. */
struct phase {
  uint32_t step, phase, first, n, tap0, taps;
  int64_t offset; /* position in dy of i = first and tap tap0 */
};

/* @from, @to: positions of dx that are wanted. */
static struct phase phase_of(uint32_t phase, uint32_t step, uint32_t pad, uint32_t kernel,
                             uint32_t from, uint32_t to) {
  struct phase p = {.step = step, .phase = phase};
  p.first = from > phase ? (from - phase + step - 1) / step : 0;
  const uint32_t end = to > phase ? (to - phase + step - 1) / step : 0;
  p.n = end > p.first ? end - p.first : 0;
  p.tap0 = (phase + pad) % step;
  p.taps = p.tap0 < kernel ? (kernel - p.tap0 + step - 1) / step : 0;
  p.offset = (int64_t)p.first + (phase + pad - p.tap0) / step;
  return p;
}

/* C: the positions of dx in two phases. */
struct place {
  int64_t base, s[3];
};

static struct place place_of(const struct wc_ker *k, const struct phase *py,
                             const struct phase *px) {
  const struct wc_run *run = k->run;
  const struct wc_tensor *dx = wc_ker_out(k, 0);
  struct place at = {0};
  map_strides(dx, &run->out[0], at.s);
  at.base = wc_ker_row(&run->out[0], dx, py->step * py->first + py->phase) +
            (px->step * px->first + px->phase) * at.s[2] + (int64_t)run->c0 * 2;
  at.s[1] *= py->step;
  at.s[2] *= px->step;
  return at;
}

static bool phase_gemm(const struct wc_ker *k, const struct phase *py, const struct phase *px) {
  const struct wc_run *run = k->run;
  const struct wc_node *node = k->node;
  const struct wc_tensor *dy = wc_ker_in(k, 0);
  const struct place c = place_of(k, py, px);
  int64_t w[3];
  weight_strides(node, run->nc, dy->c, 2, w);
  struct wc_gemm_asm g = {
      .n = run->nc,
      .p = {run->ns, py->n, px->n},
      .q = {py->taps, px->taps, dy->c},
      .sy = 1,
      .sx = 1,
      .ry = -1,
      .rx = -1,
      .oy = py->offset - run->in[0].y0,
      .ox = px->offset,
      .b_base = run->in[1].gb + py->tap0 * w[0] + px->tap0 * w[1],
      .b_s = {py->step * w[0], px->step * w[1], 2},
      .b_sn = (int64_t)dy->c * 2,
      .b_trans = true,
      .c_base = c.base,
      .c_s = {c.s[0], c.s[1], c.s[2]},
  };
  image(&g, dy, &run->in[0]);
  return wc_gemm_emit(k, &g);
}

/* +0 for positions that no tap reaches. */
static bool phase_zero(const struct wc_ker *k, const struct phase *py, const struct phase *px) {
  const struct place at = place_of(k, py, px);
  struct wc_vec_asm v;
  wc_vec_begin(&v, k, k->run->nc, px->n, py->n, k->run->ns);
  wc_vec_step(&v, WC_V_MOV, WC_S_ZERO, 0, 0, 0);
  wc_vec_out(&v, WC_T_FP16, WC_S_T, at.base,
             (struct wc_strides){.s0 = 1, .s1 = at.s[2], .s2 = at.s[1], .s3 = at.s[0]});
  return wc_vec_emit(&v);
}

/* The rows of one phase: column phase by column phase, or at once when no tap reaches the rows. */
static bool row_phase(const struct wc_ker *k, const struct phase *py) {
  const struct wc_node *node = k->node;
  const uint32_t w = wc_ker_out(k, 0)->w;
  if (py->n == 0) {
    return true;
  }
  if (py->taps == 0) {
    const struct phase all = {.step = 1, .n = w};
    return phase_zero(k, py, &all);
  }
  for (uint32_t x = 0; x < node->stride; x++) {
    const struct phase px = phase_of(x, node->stride, node->pad_x, node->s, 0, w);
    if (px.n > 0 && !(px.taps > 0 ? phase_gemm(k, py, &px) : phase_zero(k, py, &px))) {
      return false;
    }
  }
  return true;
}

bool wc_ker_conv_dgrad(const struct wc_ker *k) {
  const struct wc_run *run = k->run;
  const struct wc_node *node = k->node;
  for (uint32_t y = 0; y < node->stride; y++) {
    const struct phase py =
        phase_of(y, node->stride, node->pad, node->r, run->y0, run->y0 + run->ny);
    if (!row_phase(k, &py)) {
      return false;
    }
  }
  return true;
}
