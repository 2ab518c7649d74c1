/* Max-pooling and its gradient. Canonical sequences: docs/kernels.md. */
#include "kernels_span.h"

#define SUMS_BYTES 4096U /* of a sample, between two commands of a gradient */

/* Tap @tap (row by row) of the windows of two spans, position by position: d0 channels, d1 columns,
 * d2 rows, d3 samples. */
struct place {
  int64_t base;
  struct wc_strides strides;
};

/* Position (y, x) of @t and every @step-th behind it in both directions. */
static struct place place_of(const struct wc_tensor *t, const struct wc_view *view, int64_t y,
                             int64_t x, uint32_t step) {
  const int64_t row = (int64_t)wc_tensor_row_bytes(t), position = row / t->w;
  return (struct place){
      .base = (int64_t)view->gb + (y - view->y0) * row + x * position,
      .strides = {.s0 = 1, .s1 = step * position, .s2 = step * row, .s3 = view->pitch},
  };
}

static uint32_t in_at(struct wc_vec_asm *v, enum wc_type type, struct place at) {
  return wc_vec_in(v, type, at.base, at.strides);
}

/* The number of a tap as a source; constant @slot holds it. */
static uint32_t tap_number(struct wc_vec_asm *v, unsigned slot, uint32_t tap) {
  return tap == 0 ? WC_S_ZERO : tap == 1 ? WC_S_ONE : wc_vec_const(v, slot, (float)tap);
}

/* One block of windows under the same taps. */
struct pool {
  const struct wc_ker *k;
  struct wc_span y, x;
  bool indexed;
};

/* Tap @i of the windows: its number in a whole window, and where it is. */
static uint32_t number_of(const struct pool *p, uint32_t i) {
  return (p->y.tap + i / p->x.taps) * p->k->node->r + p->x.tap + i % p->x.taps;
}

static uint32_t tap_in(struct wc_vec_asm *v, const struct pool *p, uint32_t i) {
  const struct wc_node *node = p->k->node;
  const uint32_t tap = number_of(p, i);
  const int64_t y = (int64_t)p->y.at * node->stride + tap / node->r - node->pad;
  const int64_t x = (int64_t)p->x.at * node->stride + tap % node->r - node->pad_x;
  return in_at(v, WC_T_FP16, place_of(wc_ker_in(p->k, 0), &p->k->run->in[0], y, x, node->stride));
}

/* What one command begins with: the first tap, or what the one before left. Returns the steps. */
static unsigned begin_windows(struct wc_vec_asm *v, const struct pool *p, uint32_t *tap,
                              struct place y, struct place index) {
  unsigned steps = 1;
  if (*tap > 0) {
    wc_vec_step(v, WC_V_MOV, in_at(v, WC_T_FP16, y), 0, 0, 0);
    if (p->indexed) {
      wc_vec_step(v, WC_V_MOV, in_at(v, WC_T_U8, index), 0, 0, WC_TO_U);
      steps++;
    }
    return steps;
  }
  wc_vec_step(v, WC_V_MOV, tap_in(v, p, (*tap)++), 0, 0, 0);
  if (p->indexed && number_of(p, 0) > 0) {
    wc_vec_step(v, WC_V_MOV, tap_number(v, 1, number_of(p, 0)), 0, 0, WC_TO_U);
    steps++;
  }
  return steps;
}

/* Taps are compared in order; the first of equal maxima stays. The first command takes four taps
 * (three if the first has a number to be noted); each further one reads what is there and takes
 * two. */
static bool pool_windows(const struct pool *p) {
  const struct wc_run *run = p->k->run;
  const struct wc_tensor *y = wc_ker_out(p->k, 0), *index = wc_ker_out(p->k, 1);
  const struct place y_at = place_of(y, &run->out[0], p->y.at, p->x.at, 1);
  const struct place index_at = place_of(index, &run->out[1], p->y.at, p->x.at, 1);
  const uint32_t taps = p->y.taps * p->x.taps;
  for (uint32_t tap = 0; tap < taps;) {
    struct wc_vec_asm v;
    wc_vec_begin(&v, p->k, y->c, p->x.n, p->y.n, run->ns);
    unsigned steps = begin_windows(&v, p, &tap, y_at, index_at);
    for (; steps < WC_STEPS && tap < taps; steps++, tap++) {
      const uint32_t value = tap_in(&v, p, tap);
      wc_vec_step(&v, WC_V_CMAX, value, tap_number(&v, steps, number_of(p, tap)), 0, 0);
    }
    wc_vec_out(&v, WC_T_FP16, WC_S_T, y_at.base, y_at.strides);
    if (p->indexed) {
      wc_vec_out(&v, WC_T_U8, WC_S_U, index_at.base, index_at.strides);
    }
    if (!wc_vec_emit(&v)) {
      return false;
    }
  }
  return true;
}

bool wc_ker_maxpool(const struct wc_ker *k) {
  const struct wc_tensor *x = wc_ker_in(k, 0), *y = wc_ker_out(k, 0);
  const struct wc_window rows = {x->h, k->node->r, k->node->stride, k->node->pad};
  const struct wc_window columns = {x->w, k->node->s, k->node->stride, k->node->pad_x};
  struct pool p = {.k = k, .indexed = k->run->out[1].gb != WC_NOT_STORED};
  const uint32_t y1 = k->run->y0 + k->run->ny;
  for (uint32_t at = k->run->y0; at < y1; at += p.y.n) {
    p.y = wc_span_under(&rows, at, y1);
    for (uint32_t from = 0; from < y->w; from += p.x.n) {
      p.x = wc_span_under(&columns, from, y->w);
      if (!pool_windows(&p)) {
        return false;
      }
    }
  }
  return true;
}

/* ---- windows that do not overlap ---- */

/* dx of two taps, or the last one, of windows [w0, w0+nw): dy where the index names the tap, else
 * +0. */
static bool unpool(const struct wc_ker *k, uint32_t w0, uint32_t nw, uint32_t tap, uint32_t n) {
  const struct wc_run *run = k->run;
  const struct wc_tensor *dy = wc_ker_in(k, 0), *index = wc_ker_in(k, 1), *dx = wc_ker_out(k, 0);
  const uint32_t window = k->node->r;
  struct wc_vec_asm v;
  wc_vec_begin(&v, k, dy->c, dy->w, nw, run->ns);
  for (unsigned i = 0; i < n; i++) {
    const uint32_t value = i == 0 ? WC_S_T : WC_S_U, y = (tap + i) / window, x = (tap + i) % window;
    const unsigned dst = i == 0 ? 0 : WC_TO_U;
    const uint32_t which = in_at(&v, WC_T_U8, place_of(index, &run->in[1], w0, 0, 1));
    wc_vec_step(&v, WC_V_EQ, which, tap_number(&v, i, tap + i), 0, dst);
    const uint32_t grad = in_at(&v, WC_T_FP16, place_of(dy, &run->in[0], w0, 0, 1));
    wc_vec_step(&v, WC_V_SEL, value, grad, WC_S_ZERO, dst);
    const struct place at = place_of(dx, &run->out[0], (int64_t)w0 * window + y, x, window);
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

/* Every position of dx lies in one window at most; slabs begin where a window does. */
static bool scatter(const struct wc_ker *k) {
  const struct wc_run *run = k->run;
  const struct wc_tensor *dy = wc_ker_in(k, 0), *dx = wc_ker_out(k, 0);
  const uint32_t window = k->node->r, taps = window * window;
  const uint32_t y1 = run->y0 + run->ny, end = (y1 + window - 1) / window;
  const uint32_t w0 = run->y0 / window, w1 = end < dy->h ? end : dy->h;
  for (uint32_t tap = 0; tap < taps && w0 < w1; tap += 2) {
    if (!unpool(k, w0, w1 - w0, tap, tap + 1 < taps ? 2 : 1)) {
      return false;
    }
  }
  const uint32_t covered = w1 * window; /* rows from here on are in no window */
  return zero_part(k, run->y0, covered < y1 ? covered : y1, dy->w * window, dx->w) &&
         zero_part(k, covered > run->y0 ? covered : run->y0, y1, 0, dx->w);
}

/* ---- windows that overlap ---- */

static bool overlaps(const struct wc_node *node) {
  return node->stride < node->r || node->pad > 0;
}

/* Rows of positions that go together where sums need scratch: a few KiB of it. */
static uint32_t rows_at_once(const struct wc_node *node, const struct wc_tensor *dx) {
  const uint32_t row = (dx->w + node->stride - 1) / node->stride * dx->c * 4;
  return row < SUMS_BYTES ? SUMS_BYTES / row : 1;
}

uint32_t wc_maxpool_scratch(const struct wc_node *node, const struct wc_tensor *dx, uint32_t ns) {
  const uint32_t t = node->stride, across = (node->r + t - 1) / t;
  const uint32_t all = (dx->h + t - 1) / t, most = rows_at_once(node, dx);
  return overlaps(node) && across * across > 2
             ? ns * (all < most ? all : most) * ((dx->w + t - 1) / t) * dx->c * 4
             : 0;
}

/* Positions of dx in the same windows. */
struct gather {
  const struct wc_ker *k;
  struct wc_reach y, x;
};

/* Adds contribution @i, what one tap gets from its window, to @sum; leaves it in T. */
static void add_window(struct wc_vec_asm *v, const struct gather *c, uint32_t i, unsigned slot,
                       uint32_t sum, unsigned flags) {
  const struct wc_node *node = c->k->node;
  const struct wc_run *run = c->k->run;
  const uint32_t j = i / c->x.taps, l = i % c->x.taps;
  const int64_t y = c->y.window - j, x = c->x.window - l;
  const uint32_t tap = (c->y.tap + j * node->stride) * node->r + c->x.tap + l * node->stride;
  const uint32_t index = in_at(v, WC_T_U8, place_of(wc_ker_in(c->k, 1), &run->in[1], y, x, 1));
  wc_vec_step(v, WC_V_EQ, index, tap_number(v, slot, tap), 0, WC_TO_U);
  const uint32_t dy = in_at(v, WC_T_FP16, place_of(wc_ker_in(c->k, 0), &run->in[0], y, x, 1));
  wc_vec_step(v, WC_V_FMA, WC_S_U, dy, sum, flags);
}

/* Two windows a command; sums between commands are FP32 in the scratch. */
static bool gather(const struct gather *c) {
  const struct wc_run *run = c->k->run;
  const struct wc_tensor *dx = wc_ker_out(c->k, 0);
  const uint32_t stride = c->k->node->stride, windows = c->y.taps * c->x.taps;
  const struct place to = place_of(dx, &run->out[0], c->y.at, c->x.at, stride);
  const int64_t vector = (int64_t)dx->c * 4;
  const struct place sums = {run->scratch, {1, vector, vector * c->x.n, vector * c->x.n * c->y.n}};
  uint32_t i = 0;
  do {
    struct wc_vec_asm v;
    wc_vec_begin(&v, c->k, dx->c, c->x.n, c->y.n, run->ns);
    if (windows == 0) {
      wc_vec_step(&v, WC_V_MOV, WC_S_ZERO, 0, 0, 0);
    }
    uint32_t sum = i == 0 ? WC_S_ZERO : in_at(&v, WC_T_FP32, sums);
    for (unsigned slot = 0; slot < 2 && i < windows; slot++, i++, sum = WC_S_T) {
      add_window(&v, c, i, slot, sum, i + 1 == windows ? WC_ROUND16 : 0);
    }
    if (i < windows) {
      wc_vec_out(&v, WC_T_FP32, WC_S_T, sums.base, sums.strides);
    } else {
      wc_vec_out(&v, WC_T_FP16, WC_S_T, to.base, to.strides);
    }
    if (!wc_vec_emit(&v)) {
      return false;
    }
  } while (i < windows);
  return true;
}

/* All rows of a block: at once, or as many as the scratch has room for. */
static bool gather_block(struct gather c) {
  const uint32_t all = c.y.n;
  const bool sums = c.y.taps * c.x.taps > 2;
  const uint32_t most = sums ? rows_at_once(c.k->node, wc_ker_out(c.k, 0)) : all;
  for (uint32_t done = 0; done < all; done += c.y.n) {
    c.y.n = all - done < most ? all - done : most;
    if (!gather(&c)) {
      return false;
    }
    c.y.at += c.y.n * c.k->node->stride;
    c.y.window += c.y.n;
  }
  return true;
}

static bool gather_rows(struct gather *c, const struct wc_window *columns) {
  for (uint32_t phase = 0; phase < columns->stride; phase++) {
    for (uint32_t x = phase; x < columns->size; x += c->x.n * columns->stride) {
      c->x = wc_reach_of(columns, x, columns->size);
      if (!gather_block(*c)) {
        return false;
      }
    }
  }
  return true;
}

bool wc_ker_maxpool_bwd(const struct wc_ker *k) {
  const struct wc_run *run = k->run;
  const struct wc_node *node = k->node;
  const struct wc_tensor *dx = wc_ker_out(k, 0);
  const struct wc_window rows = {dx->h, node->r, node->stride, node->pad};
  const struct wc_window columns = {dx->w, node->s, node->stride, node->pad_x};
  if (!overlaps(node)) {
    return scatter(k);
  }
  struct gather c = {.k = k};
  const uint32_t y1 = run->y0 + run->ny;
  for (uint32_t phase = 0; phase < node->stride; phase++) {
    for (uint32_t y = run->y0 + phase; y < y1; y += c.y.n * node->stride) {
      c.y = wc_reach_of(&rows, y, y1);
      if (!gather_rows(&c, &columns)) {
        return false;
      }
    }
  }
  return true;
}
