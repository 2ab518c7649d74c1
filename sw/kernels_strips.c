/* Convolutions of few channels, out of strips. The vector unit copies what the positions of one
 * column see of the image: row by row S x Ci elements, zeros outside the image. The taps of a
 * position are then one run of R x S x Ci elements in the order of the depth, and the next position
 * of the column begins `stride` rows further.
 *
 * Two places in the scratch take turns: while the array works on one, the vector unit fills the
 * other. */
#include "emit_fail.h"
#include "kernels_gemm.h"
#include "kernels_span.h"

/* The strips of some rows of positions of one sample. */
struct slab {
  const struct wc_ker *k;
  const struct wc_gemm_asm *g; /* of the whole run, out of the image */
  uint32_t n, y, rows;         /* sample and first row in the run */
  int64_t at;                  /* place in the scratch */
  bool fresh;                  /* first use of the place in this run */
  uint32_t lo, hi;             /* rows of a strip that lie in the image */
  int64_t image;               /* address of its row lo, column 0 */
};

/* Elements and bytes of a row of a strip. */
static uint32_t row_elems(const struct wc_gemm_asm *g) {
  return g->q[1] * g->q[2];
}

static int64_t row_bytes(const struct wc_gemm_asm *g) {
  return 2 * (int64_t)row_elems(g);
}

/* Rows of a strip for @rows positions. */
static uint32_t height(const struct wc_gemm_asm *g, uint32_t rows) {
  return (rows - 1) * (uint32_t)g->sy + g->q[0];
}

static void find_image(struct slab *s) {
  const struct wc_gemm_asm *g = s->g;
  const int64_t first = (int64_t)s->y * g->sy + g->oy, all = height(g, s->rows);
  const int64_t lo = first < 0 ? -first : 0, left = (int64_t)g->h - first;
  const int64_t hi = left < all ? left : all;
  s->lo = lo < all ? (uint32_t)lo : (uint32_t)all;
  s->hi = hi > s->lo ? (uint32_t)hi : s->lo;
  s->image = g->a_base + s->n * g->a_s[0] + (first + s->lo) * g->a_s[1];
}

/* Zeroes @elems elements from byte @from of @rows rows on, in @columns strips from column @x. */
static bool zero(const struct slab *s, int64_t from, uint32_t elems, uint32_t rows, uint32_t x,
                 uint32_t columns) {
  if (elems == 0 || rows == 0) {
    return true;
  }
  const int64_t pitch = s->k->run->strips.pitch;
  struct wc_vec_asm v;
  wc_vec_begin(&v, s->k, elems, rows, columns, 1);
  wc_vec_step(&v, WC_V_MOV, WC_S_ZERO, 0, 0, 0);
  wc_vec_out(&v, WC_T_FP16, WC_S_T, s->at + x * pitch + from,
             (struct wc_strides){.s0 = 1, .s1 = row_bytes(s->g), .s2 = pitch});
  return wc_vec_emit(&v);
}

/* Copies @n times @width (1, 2) columns from @x on, which have the same taps in the image. Two at a
 * time go through T and U. */
static bool copy(const struct slab *s, const struct wc_span *span, uint32_t x, uint32_t width,
                 uint32_t n) {
  if (n == 0) {
    return true;
  }
  const struct wc_gemm_asm *g = s->g;
  const int64_t pitch = s->k->run->strips.pitch, step = g->sx * g->a_s[2];
  struct wc_vec_asm v;
  wc_vec_begin(&v, s->k, span->taps * g->q[2], s->hi - s->lo, n, 1);
  for (uint32_t i = 0; i < width; i++) {
    const int64_t from = s->image + (x + i) * step + (g->ox + span->tap) * g->a_s[2];
    const int64_t to =
        s->at + (x + i) * pitch + s->lo * row_bytes(g) + span->tap * (int64_t)g->q[2] * 2;
    const uint32_t in = wc_vec_in(
        &v, WC_T_FP16, from, (struct wc_strides){.s0 = 1, .s1 = g->a_s[1], .s2 = width * step});
    wc_vec_step(&v, WC_V_MOV, in, 0, 0, i == 0 ? 0 : WC_TO_U);
    wc_vec_out(&v, WC_T_FP16, i == 0 ? WC_S_T : WC_S_U, to,
               (struct wc_strides){.s0 = 1, .s1 = row_bytes(g), .s2 = width * pitch});
  }
  return wc_vec_emit(&v);
}

/* The columns of a span. What lies beside the image stays zero from the place's first use on. */
static bool fill_span(const struct slab *s, const struct wc_span *span) {
  const struct wc_gemm_asm *g = s->g;
  const uint32_t ny = s->k->run->ny, most = s->k->run->strips.rows;
  const uint32_t rows = s->fresh ? height(g, ny < most ? ny : most) : 0;
  const uint32_t end = span->tap + span->taps, ci = g->q[2];
  return zero(s, 0, span->tap * ci, rows, span->at, span->n) &&
         zero(s, (int64_t)end * ci * 2, (g->q[1] - end) * ci, rows, span->at, span->n) &&
         (s->hi == s->lo || (copy(s, span, span->at, 2, span->n / 2) &&
                             copy(s, span, span->at + span->n / 2 * 2, 1, span->n % 2)));
}

static bool fill(const struct slab *s) {
  const struct wc_gemm_asm *g = s->g;
  const struct wc_window window = {g->w, g->q[1], (uint32_t)g->sx, (uint32_t)-g->ox};
  const uint32_t columns = g->p[2], below = height(g, s->rows) - s->hi;
  if (!zero(s, 0, s->lo * row_elems(g), 1, 0, columns) ||
      !zero(s, s->hi * row_bytes(g), below * row_elems(g), 1, 0, columns)) {
    return false;
  }
  struct wc_span span;
  for (uint32_t x = 0; x < columns; x += span.n) {
    span = wc_span_under(&window, x, columns);
    if (!fill_span(s, &span)) {
      return false;
    }
  }
  return true;
}

/* The sums of the slab's positions. A weight gradient goes on from the slab before. */
static bool multiply(const struct slab *s) {
  const struct wc_gemm_asm *whole = s->g;
  struct wc_gemm_asm g = *whole;
  g.p[0] = 1;
  g.p[1] = s->rows;
  g.q[0] = g.q[1] = 1;
  g.q[2] = whole->q[0] * row_elems(whole);
  g.h = s->rows;
  g.w = g.p[2];
  g.sy = g.sx = 1;
  g.oy = g.ox = 0;
  g.a_base = s->at;
  g.a_s[0] = 0;
  g.a_s[1] = whole->sy * row_bytes(whole);
  g.a_s[2] = s->k->run->strips.pitch;
  if (g.a_trans) {
    g.b_base += s->n * g.b_s[0] + s->y * g.b_s[1];
    g.preload = g.preload || s->n > 0 || s->y > 0;
  } else {
    g.c_base += s->n * g.c_s[0] + s->y * g.c_s[1];
  }
  return wc_gemm_emit(s->k, &g);
}

/* True when neither two strips nor the two places meet. */
static bool apart(const struct wc_ker *k, const struct wc_gemm_asm *g) {
  const struct wc_strips *strips = &k->run->strips;
  const uint32_t rows = k->run->ny < strips->rows ? k->run->ny : strips->rows;
  return (int64_t)strips->pitch >= height(g, rows) * row_bytes(g) &&
         strips->bytes / 2 >= (uint64_t)strips->pitch * g->p[2];
}

bool wc_strips_emit(const struct wc_ker *k, const struct wc_gemm_asm *g) {
  const struct wc_run *run = k->run;
  if (!apart(k, g)) {
    return wc_emit_fail(k->emit, "node %s: its strips overlap", k->node->name);
  }
  uint32_t slabs = 0;
  for (uint32_t n = 0; n < run->ns; n++) {
    for (uint32_t y = 0; y < run->ny; y += run->strips.rows, slabs++) {
      struct slab s = {.k = k, .g = g, .n = n, .y = y, .fresh = slabs < 2};
      s.rows = run->ny - y < run->strips.rows ? run->ny - y : run->strips.rows;
      s.at = (int64_t)run->scratch + slabs % 2 * (run->strips.bytes / 2);
      find_image(&s);
      if (!fill(&s) || !multiply(&s)) {
        return false;
      }
    }
  }
  return true;
}
