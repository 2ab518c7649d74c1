/* Feeds of A and B: which pieces they name, and when these are there. */
#include <stddef.h>

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

/* ---- fetch ---------------------------------------------------------------------------------- */

void wc_cyc_fetch_tick(struct cyc_fetch *f, bool granted, const struct cyc_piece *piece) {
  const bool leave = f->valid && (!f->at.ask || granted);
  f->out = f->tag2;
  f->tag2 = f->tag1;
  f->tag1 = leave ? f->at.tag : 0;
  if (leave)
    f->valid = false;
  if (piece != NULL) {
    f->valid = true;
    f->at = *piece;
  }
}

/* ---- A -------------------------------------------------------------------------------------- */

void wc_cyc_feed_a_start(struct cyc_feed_a *f, const struct cyc_shape *s) {
  const struct wc_gemm *g = s->cmd;
  *f = (struct cyc_feed_a){.shape = s,
                           .pos = {.d1 = g->p1, .d0 = g->p0},
                           .tap = {.d1 = g->q1, .d0 = g->q0},
                           .row = {.d1 = 1, .d0 = g->q1 * g->q0},
                           .most = power_of_two_from(s->rows),
                           .col = (g->a_trans != 0) != s->across,
                           .active = true};
  wc_cyc_loop_start(&f->loop, s, true, false);
}

/* Elements of the run of positions before the image's edge, or the end of the image row. */
static uint32_t positions_left(const struct cyc_feed_a *f, int64_t x) {
  const int64_t edge = x < 0 ? -x : (int64_t)f->shape->cmd->w - x;
  const uint32_t left = f->pos.d0 - f->pos.i0;
  return edge > 0 && edge < left ? (uint32_t)edge : left;
}

static void name_piece_a(struct cyc_feed_a *f) {
  const struct cyc_shape *s = f->shape;
  const struct wc_gemm *g = s->cmd;
  const int64_t pos_x = (int64_t)f->pos.i0 * g->sx + g->ox;
  f->whole = s->merge && !s->across && f->outer_left != 1 && pos_x >= 0 && pos_x + g->q1 <= g->w;
  const struct cyc_index *tap = f->whole ? &f->row : &f->tap;
  const int64_t x = pos_x + (int64_t)f->tap.i1 * g->rx;
  const int64_t y = (int64_t)f->pos.i1 * g->sy + g->oy + (int64_t)tap->i2 * g->ry;
  const uint64_t addr = s->a_origin +
                        wc_cyc_index_sum(&f->pos, (uint64_t)(int64_t)g->a_s2, s->a_i1, s->a_i0) +
                        wc_cyc_index_sum(tap, s->a_j2, s->a_j1, 2);
  const uint32_t left = s->across ? positions_left(f, x) : tap->d0 - tap->i0;
  f->count = least(least(left, f->inner_left), least(f->most, wc_cyc_line_left(s, addr, 1)));
  f->piece.ask = y >= 0 && y < g->h && (f->whole || (x >= 0 && x < g->w));
  f->piece.bank = wc_cyc_bank(s, addr);
}

static void begin_tile_a(struct cyc_feed_a *f) {
  f->run = true;
  f->outer_left = f->col ? f->loop.lanes : f->loop.rows;
  f->inner_all = f->inner_left = f->col ? f->loop.rows : f->loop.lanes;
  name_piece_a(f);
}

static void walk_a(struct cyc_feed_a *f, enum cyc_op outer, enum cyc_op inner) {
  const bool across = f->shape->across;
  wc_cyc_index_do(&f->pos, across ? inner : outer, across ? f->count : 1);
  if (across) {
    wc_cyc_index_do(&f->tap, outer, 1);
    return;
  }
  if (inner != CYC_STEP || !f->whole)
    wc_cyc_index_do(&f->tap, inner, f->count);
  if (f->shape->merge)
    wc_cyc_index_do(&f->row, inner, f->count);
}

static void end_tile_a(struct cyc_feed_a *f) {
  const struct cyc_loop *l = &f->loop;
  const enum cyc_op depth = l->last_k ? CYC_ZERO : CYC_MARK;
  const enum cyc_op m = l->last_k && l->last_n ? CYC_MARK : CYC_RESTART;
  walk_a(f, f->col ? depth : m, f->col ? m : depth);
  f->run = false;
  f->base += l->rows;
  f->active = !(l->last_k && l->last_n && l->last_m);
  wc_cyc_loop_next(&f->loop);
}

/* The piece is taken: on to the next. Returns the rows that it completes. */
static uint32_t advance_a(struct cyc_feed_a *f) {
  const uint32_t rows = f->loop.rows;
  if (f->count != f->inner_left) {
    f->inner_left -= f->count;
    walk_a(f, CYC_HOLD, CYC_STEP);
  } else if (--f->outer_left == 0) {
    end_tile_a(f);
    return f->col ? rows : 1;
  } else {
    f->inner_left = f->inner_all;
    walk_a(f, CYC_STEP, CYC_RESTART);
    name_piece_a(f);
    return f->col ? 0 : 1;
  }
  name_piece_a(f);
  return 0;
}

bool wc_cyc_feed_a_tick(struct cyc_feed_a *f, bool ready, uint64_t freed, struct cyc_piece *piece) {
  if (!f->run) {
    const uint64_t ring = 2 * (uint64_t)f->shape->acc_rows;
    if (f->active && ring - (f->base - freed) >= f->loop.rows)
      begin_tile_a(f);
    return false;
  }
  if (!ready)
    return false;
  *piece = f->piece;
  piece->tag = advance_a(f);
  return true;
}

/* ---- B -------------------------------------------------------------------------------------- */

void wc_cyc_feed_b_start(struct cyc_feed_b *f, const struct cyc_shape *s) {
  *f = (struct cyc_feed_b){.shape = s,
                           .k = {.d1 = s->k1, .d0 = s->k0},
                           .most = power_of_two_from(s->cols),
                           .active = true};
  wc_cyc_loop_start(&f->loop, s, false, false);
}

static void name_piece_b(struct cyc_feed_b *f) {
  const struct cyc_shape *s = f->shape;
  const struct wc_gemm *g = s->cmd;
  const uint64_t column = f->loop.column + (g->b_trans ? f->outer : f->inner);
  const uint64_t addr = g->b_base + column * (uint64_t)(int64_t)g->b_sn +
                        wc_cyc_index_sum(&f->k, (uint64_t)(int64_t)g->b_s2,
                                         (uint64_t)(int64_t)g->b_s1, (uint64_t)(int64_t)g->b_s0);
  const uint32_t left = g->b_trans ? f->k.d0 - f->k.i0 : UINT16_MAX;
  f->count = least(least(left, f->inner_left), least(f->most, wc_cyc_line_left(s, addr, 1)));
  f->piece.ask = true;
  f->piece.bank = wc_cyc_bank(s, addr);
}

static void begin_tile_b(struct cyc_feed_b *f) {
  const bool b_trans = f->shape->cmd->b_trans;
  f->run = true;
  f->used++;
  f->outer = f->inner = 0;
  f->outer_left = b_trans ? f->loop.cols : f->loop.lanes;
  f->inner_all = f->inner_left = b_trans ? f->loop.lanes : f->loop.cols;
  name_piece_b(f);
}

static void end_tile_b(struct cyc_feed_b *f) {
  const struct cyc_loop *l = &f->loop;
  const enum cyc_op op = !l->last_t ? CYC_RESTART : l->last_k ? CYC_ZERO : CYC_MARK;
  wc_cyc_index_do(&f->k, op, f->shape->cmd->b_trans ? f->count : 1);
  f->run = false;
  f->slot ^= 1;
  f->active = !(l->last_t && l->last_k && l->last_n && l->last_m);
  wc_cyc_loop_next(&f->loop);
}

/* Returns the tag of the piece that is taken. */
static uint32_t advance_b(struct cyc_feed_b *f) {
  const bool b_trans = f->shape->cmd->b_trans;
  if (f->count != f->inner_left) {
    f->inner_left -= f->count;
    f->inner += f->count;
    if (b_trans)
      wc_cyc_index_do(&f->k, CYC_STEP, f->count);
  } else if (--f->outer_left == 0) {
    const uint32_t tag = 1 + f->slot;
    end_tile_b(f);
    return tag;
  } else {
    f->outer++;
    f->inner = 0;
    f->inner_left = f->inner_all;
    wc_cyc_index_do(&f->k, b_trans ? CYC_RESTART : CYC_STEP, 1);
  }
  name_piece_b(f);
  return 0;
}

bool wc_cyc_feed_b_tick(struct cyc_feed_b *f, bool ready, bool release, struct cyc_piece *piece) {
  const bool begin = f->active && !f->run && f->used != 2;
  const bool taken = f->run && ready;
  f->used -= release;
  if (begin)
    begin_tile_b(f);
  if (!taken)
    return false;
  *piece = f->piece;
  piece->tag = advance_b(f);
  return true;
}
