/* Feed of A: which pieces it names, in which order, and when a tile begins. */
#include "cycles_gemm.h"

static uint32_t least(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

/* Lanes of a skew buffer. */
static unsigned power_of_two_from(unsigned value) {
  unsigned power = 2;
  while (power < value)
    power *= 2;
  return power;
}

void wc_cyc_feed_a_start(struct cyc_feed_a *f, const struct cyc_shape *s) {
  const struct wc_gemm *g = s->cmd;
  f->shape = s;
  f->pos = (struct cyc_index){.d1 = g->p1, .d0 = g->p0};
  f->tap = (struct cyc_index){.d1 = g->q1, .d0 = g->q0};
  f->row = (struct cyc_index){.d1 = 1, .d0 = g->q1 * g->q0};
  f->most = power_of_two_from(s->rows) * (s->fold ? 2 : 1);
  f->col = (g->a_trans != 0) != s->across;
  f->active = true;
  wc_cyc_loop_start(&f->loop, s, true, false);
}

/* ---- places --------------------------------------------------------------------------------- */

/* What an index triple adds to the address, and to the place in the image. */
struct place {
  uint64_t addr;
  int64_t y, x;
};

static struct place position(const struct cyc_shape *s, const struct cyc_index *pos) {
  const struct wc_gemm *g = s->cmd;
  const uint64_t s2 = (uint64_t)(int64_t)g->a_s2;
  return (struct place){.addr = s->a_origin + wc_cyc_index_sum(pos, s2, s->a_i1, s->a_i0),
                        .y = (int64_t)pos->i1 * g->sy + g->oy,
                        .x = (int64_t)pos->i0 * g->sx + g->ox};
}

static struct place tap(const struct cyc_shape *s, const struct cyc_index *t) {
  return (struct place){.addr = wc_cyc_index_sum(t, s->a_j2, s->a_j1, 2),
                        .y = (int64_t)t->i2 * s->cmd->ry,
                        .x = (int64_t)t->i1 * s->cmd->rx};
}

/* What the inner walk takes next: elements side by side, and those that follow them, each at a
 * place from where the outer walk is. */
struct runs {
  uint32_t run, next_run;
  struct place here, next;
  bool whole; /* a kernel row of taps, all in the image or none */
};

/* Positions from @pos on before the image's edge, or the end of the image row. */
static uint32_t positions_left(const struct cyc_shape *s, const struct cyc_index *pos, int64_t x) {
  const int64_t edge = x < 0 ? -x : (int64_t)s->cmd->w - x;
  const uint32_t left = pos->d0 - pos->i0;
  return edge > 0 && edge < left ? (uint32_t)edge : left;
}

static struct cyc_index after(const struct cyc_index *index, uint32_t count) {
  struct cyc_index next = *index;
  wc_cyc_index_step(&next, count);
  return next;
}

/* @x: of the tap. */
static struct runs runs_across(const struct cyc_feed_a *f, int64_t x) {
  struct runs r = {.here = position(f->shape, &f->pos)};
  r.run = positions_left(f->shape, &f->pos, x + r.here.x);
  const struct cyc_index next = after(&f->pos, r.run);
  r.next = position(f->shape, &next);
  r.next_run = positions_left(f->shape, &next, x + r.next.x);
  return r;
}

static struct runs runs_of_taps(const struct cyc_feed_a *f, bool whole) {
  const struct cyc_index *t = whole ? &f->row : &f->tap;
  const uint32_t run = t->d0 - t->i0;
  const struct cyc_index next = after(t, run);
  return (struct runs){.run = run,
                       .next_run = t->d0,
                       .here = tap(f->shape, t),
                       .next = tap(f->shape, &next),
                       .whole = whole};
}

/* ---- steps ---------------------------------------------------------------------------------- */

/* A row's two pieces, if there were no end: wc_gemm_span.sv. */
struct span {
  uint32_t first, count;
  bool line; /* the second is in the next line */
};

static struct span span_of(const struct cyc_feed_a *f, const struct runs *r, uint64_t addr) {
  const unsigned line = wc_cyc_line_left(f->shape, addr, 1);
  if (line < r->run) {
    const uint32_t more = least(r->run - line, f->shape->line_bytes / 2);
    return (struct span){line, least(least(line + more, f->inner_left), f->most), true};
  }
  const uint64_t next = addr + r->next.addr - r->here.addr;
  const uint32_t more = least(r->next_run, wc_cyc_line_left(f->shape, next, 1));
  return (struct span){r->run, least(least(r->run + more, f->inner_left), f->most), false};
}

static bool in_image(const struct cyc_shape *s, const struct place *base, const struct place *at,
                     bool whole) {
  const int64_t y = base->y + at->y, x = base->x + at->x;
  return y >= 0 && y < s->cmd->h && (whole || (x >= 0 && x < s->cmd->w));
}

/* The pieces of a row at @base, of which the step takes @count elements, and their lines. */
static inline void put_row(const struct cyc_shape *s, uint32_t piece[2], uint64_t line[2],
                           const struct place *base, const struct runs *r, const struct span *span,
                           uint32_t count) {
  const uint64_t addr = base->addr + r->here.addr;
  const uint64_t next = span->line ? addr + s->line_bytes : base->addr + r->next.addr;
  const bool ask = in_image(s, base, &r->here, r->whole);
  line[0] = addr >> s->line_shift;
  line[1] = next >> s->line_shift;
  piece[0] = ask ? wc_cyc_ask(s, addr) : CYC_PIECE;
  piece[1] = 0;
  if (span->first < count && (span->line ? ask : in_image(s, base, &r->next, r->whole)))
    piece[1] = wc_cyc_ask(s, next);
}

/* Which pieces share a line, and whether two lines are of one bank. */
static WC_ALWAYS_INLINE void mark_lines(uint32_t *piece, const uint64_t *line, unsigned pieces) {
  for (unsigned p = 0; p < pieces; p++) {
    if ((piece[p] & CYC_ASK) == 0)
      continue;
    piece[p] |= 1U << (CYC_WITH + p);
    for (unsigned o = 0; o < p; o++) {
      if ((piece[o] & CYC_ASK) == 0 || ((piece[o] ^ piece[p]) & CYC_BANK) != 0)
        continue;
      if (line[o] == line[p]) {
        piece[o] |= 1U << (CYC_WITH + p);
        piece[p] |= 1U << (CYC_WITH + o);
      } else {
        piece[0] |= CYC_CLASH;
      }
    }
  }
}

/* Names the next step, of the row at @base, and with @second of the one after it; returns its
 * elements. */
static uint32_t put_step(struct cyc_feed_a *f, const struct runs *r, const struct place *base,
                         const struct place *second) {
  const struct cyc_shape *s = f->shape;
  uint32_t *piece = wc_cyc_step_at(&f->list, s, f->list.end++);
  uint64_t line[CYC_PORTS_A];
  const struct span span = span_of(f, r, base->addr + r->here.addr);
  if (second == NULL) {
    put_row(s, piece, line, base, r, &span, span.count);
    mark_lines(piece, line, 2);
    if (s->ports_a > 2)
      piece[2] = piece[3] = 0;
    return span.count;
  }
  const struct span other = span_of(f, r, second->addr + r->here.addr);
  const uint32_t count = least(span.count, other.count);
  put_row(s, piece, line, base, r, &span, count);
  put_row(s, piece + 2, line + 2, second, r, &other, count);
  mark_lines(piece, line, 4);
  return count;
}

static void walk(struct cyc_feed_a *f, enum cyc_op outer, enum cyc_op inner) {
  const bool across = f->shape->across;
  wc_cyc_index_do(&f->pos, across ? inner : outer, across ? f->count : f->two ? 2 : 1);
  if (across) {
    wc_cyc_index_do(&f->tap, outer, 1);
    return;
  }
  wc_cyc_index_do(&f->tap, inner, f->count);
  if (f->shape->merge)
    wc_cyc_index_do(&f->row, inner, f->count);
}

static void end_tile(struct cyc_feed_a *f) {
  const struct cyc_loop *l = &f->loop;
  const enum cyc_op depth = l->last_k ? CYC_ZERO : CYC_MARK;
  const enum cyc_op m = l->last_k && l->last_n ? CYC_MARK : CYC_RESTART;
  walk(f, f->col ? depth : m, f->col ? m : depth);
  f->naming = false;
  f->active = !(l->last_k && l->last_n && l->last_m);
  wc_cyc_loop_next(&f->loop);
}

/* On along a row: by taps, or by kernel rows while the taps stand. */
static void walk_on(struct cyc_feed_a *f) {
  const struct cyc_shape *s = f->shape;
  f->inner_left -= f->count;
  if (s->across) {
    wc_cyc_index_step(&f->pos, f->count);
    return;
  }
  if (!f->whole)
    wc_cyc_index_step(&f->tap, f->count);
  if (s->merge)
    wc_cyc_index_step(&f->row, f->count);
}

/* What is left of the tile is one row, or one pair. */
static bool last_outer(const struct cyc_feed_a *f) {
  return f->outer_left == 1 || (f->two && f->outer_left == 2);
}

/* Whether the end of a row completes it; where rows go in pairs, the pair. */
static bool completes(const struct cyc_feed_a *f) {
  return !f->col &&
         (!f->shape->fold || f->two || f->outer_left == 1 || (f->rows - f->outer_left) % 2 != 0);
}

/* On to the next step. Returns what the last one completes. */
static uint32_t advance(struct cyc_feed_a *f) {
  if (f->count != f->inner_left) {
    walk_on(f);
    return 0;
  }
  const uint32_t row = completes(f) ? CYC_ROW : 0;
  if (last_outer(f)) {
    end_tile(f);
    return row | CYC_TILE;
  }
  f->outer_left -= f->two ? 2 : 1;
  f->inner_left = f->inner_all;
  walk(f, CYC_STEP, CYC_RESTART);
  return row;
}

/* Whether a position's kernel rows lie in the image, so that each is one run. */
static bool inside(const struct cyc_shape *s, int64_t x) {
  return x >= 0 && x + s->cmd->q1 <= s->cmd->w;
}

/* Steps of one row, pair or lane, as far as the list reaches. */
static void name_outer(struct cyc_feed_a *f) {
  const struct cyc_shape *s = f->shape;
  f->two = s->fold && !f->col && !s->across && f->outer_left != 1;
  const struct cyc_index beside = after(&f->pos, f->two);
  const struct place base = s->across ? tap(s, &f->tap) : position(s, &f->pos);
  const struct place second = position(s, &beside);
  f->whole = s->merge && !s->across && !last_outer(f) && inside(s, base.x) &&
             (!f->two || inside(s, second.x));
  struct runs r = {0};
  do {
    if (s->plain || f->count >= r.run) {
      r = s->across ? runs_across(f, base.x) : runs_of_taps(f, f->whole);
    } else {
      r.run -= f->count;
      r.here.addr += 2 * (uint64_t)f->count;
    }
    uint32_t *piece = wc_cyc_step_at(&f->list, s, f->list.end);
    f->count = put_step(f, &r, &base, f->two ? &second : NULL);
    const bool row_ends = f->count == f->inner_left;
    *piece |= advance(f);
    if (row_ends || s->plain)
      return;
  } while (f->list.end < CYC_AHEAD);
}

/* ---- many at once --------------------------------------------------------------------------- */

/* @n rows of an image row that are one step each, of one tap. */
static void name_image_row(struct cyc_feed_a *f, uint64_t addr, uint32_t n) {
  const struct cyc_shape *s = f->shape;
  const struct wc_gemm *g = s->cmd;
  const int64_t y = (int64_t)f->pos.i1 * g->sy + g->oy + (int64_t)f->tap.i2 * g->ry;
  int64_t x = (int64_t)f->pos.i0 * g->sx + g->ox + (int64_t)f->tap.i1 * g->rx;
  const int64_t w = y >= 0 && y < g->h ? g->w : 0;
  uint32_t *piece = wc_cyc_step_at(&f->list, s, f->list.end);
  f->list.end += n;
  for (; n != 0; n--) {
    const bool ask = x >= 0 && x < w;
    piece[0] = CYC_ROW | (ask ? wc_cyc_ask(s, addr) | 1 << CYC_WITH : CYC_PIECE);
    piece[1] = 0;
    if (ask && f->inner_all > wc_cyc_line_left(s, addr, 1)) {
      piece[1] = wc_cyc_ask(s, addr + s->line_bytes) | 2 << CYC_WITH;
      piece[0] |= s->bank_mask == 0 ? CYC_CLASH : 0;
    }
    piece += 2;
    addr += s->a_i0;
    x += g->sx;
  }
}

static void name_rows_of_a_tap(struct cyc_feed_a *f) {
  const struct cyc_shape *s = f->shape;
  const uint64_t at = tap(s, &f->tap).addr;
  while (f->outer_left > 1 && f->list.end < CYC_AHEAD) {
    const uint32_t most = least(f->outer_left - 1, CYC_AHEAD - f->list.end);
    const uint32_t n = least(most, f->pos.d0 - f->pos.i0);
    name_image_row(f, at + position(s, &f->pos).addr, n);
    f->outer_left -= n;
    wc_cyc_index_step(&f->pos, n);
  }
}

static struct place beside(const struct cyc_shape *s, const struct place *p, unsigned n) {
  return (struct place){p->addr + n * s->a_i0, p->y, p->x + (int64_t)n * s->cmd->sx};
}

/* Rows, or pairs, that are one step each, but for the tile's last. */
static void name_rows(struct cyc_feed_a *f) {
  const struct cyc_shape *s = f->shape;
  if (f->col || s->across || f->inner_left != f->inner_all)
    return;
  const struct runs taps = runs_of_taps(f, false);
  if (!s->fold && f->inner_all <= taps.run) {
    name_rows_of_a_tap(f);
    return;
  }
  const struct runs kernel = s->merge ? runs_of_taps(f, true) : taps;
  const unsigned rows = s->fold ? 2 : 1;
  struct place base = position(s, &f->pos);
  while (f->outer_left > rows && f->list.end < CYC_AHEAD) {
    const uint32_t left = f->pos.d0 - f->pos.i0;
    struct place second = base;
    if (s->fold && left > 1) {
      second = beside(s, &base, 1);
    } else if (s->fold) {
      const struct cyc_index next = after(&f->pos, 1);
      second = position(s, &next);
    }
    const bool whole = s->merge && inside(s, base.x) && inside(s, second.x);
    uint32_t *piece = wc_cyc_step_at(&f->list, s, f->list.end);
    if (put_step(f, whole ? &kernel : &taps, &base, s->fold ? &second : NULL) != f->inner_all) {
      f->list.end--;
      return;
    }
    *piece |= CYC_ROW;
    f->outer_left -= rows;
    wc_cyc_index_step(&f->pos, rows);
    base = left > rows ? beside(s, &base, rows) : position(s, &f->pos);
  }
}

void wc_cyc_feed_a_fill(struct cyc_feed_a *f) {
  wc_cyc_steps_clear(&f->list, f->shape);
  while (f->naming && f->list.end < CYC_AHEAD) {
    if (!f->shape->plain)
      name_rows(f);
    if (f->list.end < CYC_AHEAD)
      name_outer(f);
  }
}

/* ---- in time -------------------------------------------------------------------------------- */

void wc_cyc_feed_a_begin(struct cyc_feed_a *f) {
  f->run = f->naming = true;
  f->rows = f->loop.rows;
  f->outer_left = f->col ? f->loop.lanes : f->loop.rows;
  f->inner_all = f->inner_left = f->col ? f->loop.rows : f->loop.lanes;
  wc_cyc_feed_a_fill(f);
}

void wc_cyc_feed_a_take(struct cyc_feed_a *f, struct cyc_fetch_a *to) {
  const uint32_t *piece = wc_cyc_step_at(&f->list, f->shape, f->list.at++);
  const bool tile = (*piece & CYC_TILE) != 0;
  for (unsigned p = 0; p < f->shape->ports_a; p++)
    to->at[p] = piece[p];
  to->tag = wc_cyc_feed_a_tag(f, *piece);
  if (tile) {
    f->run = false;
    f->base += wc_cyc_ring_rows(f->shape, f->rows);
  } else if (f->list.at == f->list.end) {
    wc_cyc_feed_a_fill(f);
  }
}
