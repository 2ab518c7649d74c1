#include "gemm_block.h"

struct gemm_shape wc_gemm_shape(const uint8_t *gbuf, const struct wc_gemm *g) {
  const struct gemm_triple positions = {g->p2, g->p1, g->p0}, taps = {g->q2, g->q1, g->q0};
  struct gemm_shape s = {.g = g, .gbuf = gbuf, .n = g->n};
  s.row_dims = g->a_trans ? taps : positions;
  s.depth_dims = g->a_trans ? positions : taps;
  s.rows = s.row_dims.i2 * s.row_dims.i1 * s.row_dims.i0;
  s.depth = s.depth_dims.i2 * s.depth_dims.i1 * s.depth_dims.i0;
  return s;
}

struct gemm_triple wc_gemm_split(int64_t index, struct gemm_triple dims) {
  const int64_t rest = index / dims.i0;
  return (struct gemm_triple){rest / dims.i1, rest % dims.i1, index % dims.i0};
}

void wc_gemm_advance(struct gemm_triple *at, struct gemm_triple dims) {
  if (++at->i0 < dims.i0)
    return;
  at->i0 = 0;
  if (++at->i1 < dims.i1)
    return;
  at->i1 = 0;
  at->i2++;
}

static int64_t min64(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static void widen_range(struct gemm_runs *runs, const struct gemm_run *run) {
  const bool first = runs->n == 1;
  runs->dy_min = first || run->dy < runs->dy_min ? run->dy : runs->dy_min;
  runs->dy_max = first || run->dy > runs->dy_max ? run->dy : runs->dy_max;
  runs->dx_min = first || run->dx < runs->dx_min ? run->dx : runs->dx_min;
  runs->dx_max = first || run->dx > runs->dx_max ? run->dx : runs->dx_max;
}

static void add_merged(struct gemm_runs *runs, const struct gemm_run *run) {
  if (runs->n_merged > 0) {
    struct gemm_run *last = &runs->merged[runs->n_merged - 1];
    if (last->offset + 2 * (int64_t)last->len == run->offset) {
      last->len += run->len;
      return;
    }
  }
  runs->merged[runs->n_merged++] = *run;
}

/* The taps number first .. first+count-1 in the order (j2, j1, j0). */
static struct gemm_runs make_runs(const struct gemm_shape *s, struct gemm_worker *w, int64_t first,
                                  int64_t count) {
  const struct wc_gemm *g = s->g;
  const struct gemm_triple dims = {g->q2, g->q1, g->q0};
  struct gemm_triple tap = wc_gemm_split(first, dims);
  struct gemm_runs runs = {.taps = (size_t)count, .run = w->run, .merged = w->merged};
  while (count > 0) {
    const int64_t len = min64(count, dims.i0 - tap.i0);
    struct gemm_run *run = &runs.run[runs.n++];
    run->dy = (int32_t)(tap.i2 * g->ry) + g->oy;
    run->dx = (int32_t)(tap.i1 * g->rx) + g->ox;
    run->offset = (int64_t)run->dy * g->a_s1 + (int64_t)run->dx * g->a_s0 + tap.i0 * 2;
    run->len = (uint32_t)len;
    widen_range(&runs, run);
    add_merged(&runs, run);
    tap.i0 += len - 1;
    wc_gemm_advance(&tap, dims);
    count -= len;
  }
  return runs;
}

/* The positions from @at on along i0. */
static struct gemm_walk walk_from(const struct wc_gemm *g, struct gemm_triple at) {
  const int64_t y = at.i1 * g->sy, x = at.i0 * g->sx;
  return (struct gemm_walk){
      .y = y,
      .x = x,
      .address = (int64_t)g->a_base + at.i2 * g->a_s2 + y * g->a_s1 + x * g->a_s0,
      .x_step = g->sx,
      .address_step = (int64_t)g->sx * g->a_s0,
      .h = g->h,
      .w = g->w};
}

/* @count positions beyond @at, all in its image row. */
static void advance_positions(struct gemm_triple *at, struct gemm_triple dims, int64_t count) {
  at->i0 += count - 1;
  wc_gemm_advance(at, dims);
}

/* Rows are positions: each becomes a row of packed A. */
static void pack_rows(const struct gemm_shape *s, const struct gemm_kernels *kernels,
                      struct gemm_worker *w, int64_t m0, int64_t mc, int64_t k0, int64_t kc) {
  const struct gemm_runs runs = make_runs(s, w, k0, kc);
  struct gemm_triple row = wc_gemm_split(m0, s->row_dims);
  float *dst = w->a;
  while (mc > 0) {
    const int64_t count = min64(mc, s->row_dims.i0 - row.i0);
    const struct gemm_walk walk = walk_from(s->g, row);
    kernels->gather(dst, GEMM_SA, s->gbuf, &runs, &walk, (size_t)count);
    advance_positions(&row, s->row_dims, count);
    dst += count * GEMM_SA;
    mc -= count;
  }
}

/* Floats from one strip of transposed A, the rows of a tile, to the next. */
static size_t strip_step(const struct gemm_kernels *kernels) {
  return GEMM_KC * kernels->mr + 16;
}

/* Depth is positions: each becomes a column of every strip. */
static void pack_columns(const struct gemm_shape *s, const struct gemm_kernels *kernels,
                         struct gemm_worker *w, int64_t m0, int64_t mc, int64_t k0, int64_t kc) {
  const struct gemm_runs runs = make_runs(s, w, m0, mc);
  struct gemm_triple depth = wc_gemm_split(k0, s->depth_dims);
  float *dst = w->a;
  while (kc > 0) {
    const int64_t count = min64(kc, s->depth_dims.i0 - depth.i0);
    const struct gemm_walk walk = walk_from(s->g, depth);
    kernels->gather_strips(dst, strip_step(kernels), s->gbuf, &runs, &walk, (size_t)count);
    advance_positions(&depth, s->depth_dims, count);
    dst += (size_t)count * kernels->mr;
    kc -= count;
  }
}

size_t wc_gemm_a_step(const struct gemm_shape *s, const struct gemm_kernels *kernels) {
  return s->g->a_trans ? strip_step(kernels) : kernels->mr * GEMM_SA;
}

void wc_gemm_pack_a(const struct gemm_shape *s, const struct gemm_kernels *kernels,
                    struct gemm_worker *w, int64_t m0, int64_t mc, int64_t k0, int64_t kc) {
  if (s->g->a_trans)
    pack_columns(s, kernels, w, m0, mc, k0, kc);
  else
    pack_rows(s, kernels, w, m0, mc, k0, kc);
}

/* @count steps of the fastest depth index, from @src on. */
static void pack_b_run(const struct gemm_shape *s, const struct gemm_kernels *kernels, float *dst,
                       size_t step, const uint8_t *src, int64_t n, int64_t count) {
  const struct wc_gemm *g = s->g;
  const int64_t nr = (int64_t)kernels->nr;
  if (!g->b_trans) {
    for (int64_t i = 0; i < count; i++)
      kernels->b_row(dst + i * nr, step, src + i * g->b_s0, (size_t)n);
    return;
  }
  for (int64_t x = 0; x < n; x += nr, dst += step)
    kernels->b_columns(dst, src + x * g->b_sn, g->b_sn, (size_t)min64(nr, n - x), (size_t)count);
}

void wc_gemm_pack_b(const struct gemm_shape *s, const struct gemm_kernels *kernels, float *dst,
                    size_t step, int64_t x, int64_t n, int64_t k0, int64_t kc) {
  const struct wc_gemm *g = s->g;
  const uint8_t *base = s->gbuf + (int64_t)g->b_base + x * g->b_sn;
  struct gemm_triple k = wc_gemm_split(k0, s->depth_dims);
  while (kc > 0) {
    const int64_t count = min64(kc, s->depth_dims.i0 - k.i0);
    const uint8_t *src = base + k.i2 * g->b_s2 + k.i1 * g->b_s1 + k.i0 * g->b_s0;
    pack_b_run(s, kernels, dst, step, src, n, count);
    dst += (size_t)count * kernels->nr;
    k.i0 += count - 1;
    wc_gemm_advance(&k, s->depth_dims);
    kc -= count;
  }
}
