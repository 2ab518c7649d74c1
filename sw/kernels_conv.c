/* Convolution and its two gradients. Rows outside a view are exactly the rows outside the image
 * that a run needs, so a view's rows take the image's place in the GEMM. */
#include "emit_fail.h"
#include "kernels_vec.h"

/* One GEMM being put together, with every value as wide as it may get. */
struct gemm {
  uint32_t n, p[3], q[3]; /* slowest first */
  uint32_t h, w;
  int64_t sy, sx, ry, rx, oy, ox;
  int64_t a_base, a_s[3];
  int64_t b_base, b_s[3], b_sn;
  int64_t c_base, c_s[3];
  int64_t p_base; /* bias: the vector where the sums of every row start */
  bool a_trans, b_trans, c_fp32, preload, bias;
};

/* @value as an int32 field, or a note in @bad. */
static int32_t field(int64_t value, bool *bad) {
  *bad = *bad || value < INT32_MIN || value > INT32_MAX;
  return (int32_t)value;
}

static uint32_t address(int64_t value, bool *bad) {
  *bad = *bad || value < 0 || value > UINT32_MAX;
  return (uint32_t)value;
}

static bool emit_gemm(const struct wc_ker *k, const struct gemm *g) {
  bool bad = false;
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_GEMM}};
  cmd.gemm = (struct wc_gemm){
      .a_trans = g->a_trans,
      .b_trans = g->b_trans,
      .c_fp32 = g->c_fp32,
      .preload = g->preload || g->bias,
      .n = g->n,
      .p2 = g->p[0],
      .p1 = g->p[1],
      .p0 = g->p[2],
      .q2 = g->q[0],
      .q1 = g->q[1],
      .q0 = g->q[2],
      .h = g->h,
      .w = g->w,
      .sy = field(g->sy, &bad),
      .sx = field(g->sx, &bad),
      .ry = field(g->ry, &bad),
      .rx = field(g->rx, &bad),
      .oy = field(g->oy, &bad),
      .ox = field(g->ox, &bad),
      .a_base = address(g->a_base, &bad),
      .a_s2 = field(g->a_s[0], &bad),
      .a_s1 = field(g->a_s[1], &bad),
      .a_s0 = field(g->a_s[2], &bad),
      .b_base = address(g->b_base, &bad),
      .b_s2 = field(g->b_s[0], &bad),
      .b_s1 = field(g->b_s[1], &bad),
      .b_s0 = field(g->b_s[2], &bad),
      .b_sn = field(g->b_sn, &bad),
      .c_base = address(g->c_base, &bad),
      .c_s2 = field(g->c_s[0], &bad),
      .c_s1 = field(g->c_s[1], &bad),
      .c_s0 = field(g->c_s[2], &bad),
  };
  if (g->bias) {
    cmd.gemm.p_base = address(g->p_base, &bad);
  } else if (g->preload) {
    cmd.gemm.p_base = cmd.gemm.c_base;
    cmd.gemm.p_s2 = cmd.gemm.c_s2;
    cmd.gemm.p_s1 = cmd.gemm.c_s1;
    cmd.gemm.p_s0 = cmd.gemm.c_s0;
  }
  if (bad) {
    return wc_emit_fail(k->emit, "node %s: an address or stride of its GEMM is too large",
                        k->node->name);
  }
  return wc_emit_cmd(k->emit, &cmd);
}

/* Strides of a feature map: sample, row, position. */
static void map_strides(const struct wc_tensor *t, const struct wc_view *view, int64_t s[3]) {
  s[0] = view->pitch;
  s[1] = (int64_t)wc_tensor_row_bytes(t);
  s[2] = s[1] / t->w;
}

/* A: the rows that @view holds of @t are the image; it may hold none. */
static void image(struct gemm *g, const struct wc_tensor *t, const struct wc_view *view) {
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

bool wc_ker_conv(const struct wc_ker *k) {
  const struct wc_run *run = k->run;
  const struct wc_node *node = k->node;
  const struct wc_tensor *x = wc_ker_in(k, 0), *y = wc_ker_out(k, 0);
  const int64_t size = (int64_t)wc_type_bytes(y->type);
  struct gemm g = {
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
  return emit_gemm(k, &g);
}

bool wc_ker_conv_wgrad(const struct wc_ker *k) {
  const struct wc_run *run = k->run;
  const struct wc_node *node = k->node;
  const struct wc_tensor *x = wc_ker_in(k, 0), *dy = wc_ker_in(k, 1);
  struct gemm g = {
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
  return emit_gemm(k, &g) &&
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
  struct gemm g = {
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
  return emit_gemm(k, &g);
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
