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

static uint64_t position(const struct cyc_feed_a *f) {
  const struct cyc_shape *s = f->shape;
  return wc_cyc_index_sum(&f->pos, (uint64_t)(int64_t)s->cmd->a_s2, s->a_i1, s->a_i0);
}

/* ---- one by one ----------------------------------------------------------------------------- */

/* Elements of the run of positions before the image's edge, or the end of the image row. */
static uint32_t positions_left(const struct cyc_feed_a *f, int64_t x) {
  const int64_t edge = x < 0 ? -x : (int64_t)f->shape->cmd->w - x;
  const uint32_t left = f->pos.d0 - f->pos.i0;
  return edge > 0 && edge < left ? (uint32_t)edge : left;
}

struct named {
  uint64_t addr;
  uint32_t run; /* elements that lie side by side from here on */
  bool ask;
};

static uint32_t count_of(const struct cyc_feed_a *f, uint32_t run, uint64_t addr) {
  return least(run, least(f->most, wc_cyc_line_left(f->shape, addr, 1)));
}

/* What is left of the tile is one row, or one pair. */
static bool last_outer(const struct cyc_feed_a *f) {
  return f->outer_left == 1 || (f->two && f->outer_left == 2);
}

/* Whether a position's kernel rows lie in the image, so that each is one run. */
static bool inside(const struct cyc_shape *s, int64_t x) {
  return x >= 0 && x + s->cmd->q1 <= s->cmd->w;
}

/* The position after this one, in a pair. */
static struct cyc_index position_after(const struct cyc_feed_a *f) {
  struct cyc_index pos = f->pos;
  wc_cyc_index_do(&pos, CYC_STEP, 1);
  return pos;
}

/* The position, where the walk of a new outer index begins. */
static void name_position(struct cyc_feed_a *f) {
  const struct cyc_shape *s = f->shape;
  const struct wc_gemm *g = s->cmd;
  f->x = (int64_t)f->pos.i0 * g->sx + g->ox;
  f->y = (int64_t)f->pos.i1 * g->sy + g->oy;
  f->addr = s->a_origin + position(f);
  f->two = s->fold && !f->col && !s->across && f->outer_left != 1;
  f->whole = s->merge && !s->across && !last_outer(f) && inside(s, f->x);
  if (f->two && f->whole)
    f->whole = inside(s, (int64_t)position_after(f).i0 * g->sx + g->ox);
}

/* Where the present piece of a position is: its @x and @y without tap. */
static struct named piece_at(const struct cyc_feed_a *f, uint64_t addr, int64_t x, int64_t y) {
  const struct cyc_shape *s = f->shape;
  const struct wc_gemm *g = s->cmd;
  const struct cyc_index *tap = f->whole ? &f->row : &f->tap;
  x += (int64_t)f->tap.i1 * g->rx;
  y += (int64_t)tap->i2 * g->ry;
  const uint32_t left = s->across ? positions_left(f, x) : tap->d0 - tap->i0;
  return (struct named){.addr = addr + wc_cyc_index_sum(tap, s->a_j2, s->a_j1, 2),
                        .run = least(left, f->inner_left),
                        .ask = y >= 0 && y < g->h && (f->whole || (x >= 0 && x < g->w))};
}

/* The same piece of the pair's other row; both have as many elements as the shorter one. */
static struct named name_second(struct cyc_feed_a *f) {
  const struct cyc_shape *s = f->shape;
  const struct wc_gemm *g = s->cmd;
  const struct cyc_index pos = position_after(f);
  const uint64_t addr =
      s->a_origin + wc_cyc_index_sum(&pos, (uint64_t)(int64_t)g->a_s2, s->a_i1, s->a_i0);
  const struct named n =
      piece_at(f, addr, (int64_t)pos.i0 * g->sx + g->ox, (int64_t)pos.i1 * g->sy + g->oy);
  f->count = least(f->count, wc_cyc_line_left(s, n.addr, 1));
  return n;
}

static struct named name_piece(struct cyc_feed_a *f) {
  const struct cyc_shape *s = f->shape;
  if (s->plain || s->across || f->inner_left == f->inner_all)
    name_position(f);
  const struct named n = piece_at(f, f->addr, f->x, f->y);
  f->count = count_of(f, n.run, n.addr);
  return n;
}

static void walk(struct cyc_feed_a *f, enum cyc_op outer, enum cyc_op inner) {
  const bool across = f->shape->across;
  if (f->two && (outer == CYC_STEP || outer == CYC_MARK))
    wc_cyc_index_do(&f->pos, CYC_STEP, 1);
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

static void end_tile(struct cyc_feed_a *f) {
  const struct cyc_loop *l = &f->loop;
  const enum cyc_op depth = l->last_k ? CYC_ZERO : CYC_MARK;
  const enum cyc_op m = l->last_k && l->last_n ? CYC_MARK : CYC_RESTART;
  walk(f, f->col ? depth : m, f->col ? m : depth);
  f->naming = false;
  f->active = !(l->last_k && l->last_n && l->last_m);
  wc_cyc_loop_next(&f->loop);
}

/* On to the next piece. Returns what the last one completes. */
static uint32_t advance(struct cyc_feed_a *f) {
  const uint32_t row = f->col ? 0 : CYC_ROW;
  if (f->count != f->inner_left) {
    f->inner_left -= f->count;
    walk(f, CYC_HOLD, CYC_STEP);
    return 0;
  }
  if (last_outer(f)) {
    end_tile(f);
    return row | CYC_TILE;
  }
  f->outer_left -= f->two ? 2 : 1;
  f->inner_left = f->inner_all;
  walk(f, CYC_STEP, CYC_RESTART);
  return row;
}

/* ---- many at once --------------------------------------------------------------------------- */

/* Elements side by side, but for the last piece of them. */
static void name_run(struct cyc_feed_a *f, struct named *n) {
  uint32_t done = 0;
  while (f->count != n->run && f->list.end < CYC_AHEAD - 1) {
    wc_cyc_list_put(&f->list, n->ask ? wc_cyc_ask(f->shape, n->addr) : CYC_PIECE);
    done += f->count;
    n->run -= f->count;
    n->addr += 2 * (uint64_t)f->count;
    f->count = count_of(f, n->run, n->addr);
  }
  f->inner_left -= done;
  if (!f->whole)
    f->tap.i0 += done;
  if (f->shape->merge)
    f->row.i0 += done;
}

/* Rows of an image row that are one piece each. Returns how many of @most are. */
static uint32_t name_image_row(struct cyc_feed_a *f, uint64_t addr, uint32_t most) {
  const struct cyc_shape *s = f->shape;
  const struct wc_gemm *g = s->cmd;
  const int64_t y = (int64_t)f->pos.i1 * g->sy + g->oy + (int64_t)f->tap.i2 * g->ry;
  int64_t x = (int64_t)f->pos.i0 * g->sx + g->ox + (int64_t)f->tap.i1 * g->rx;
  const int64_t w = y >= 0 && y < g->h ? g->w : 0;
  uint32_t n = 0;
  for (; n < most && f->inner_all <= wc_cyc_line_left(s, addr, 1); n++) {
    wc_cyc_list_put(&f->list, CYC_ROW | (x >= 0 && x < w ? wc_cyc_ask(s, addr) : CYC_PIECE));
    addr += s->a_i0;
    x += g->sx;
  }
  return n;
}

/* All rows but the tile's last, as far as each is one piece: a tap then, or part of one. */
static void name_rows(struct cyc_feed_a *f) {
  const struct cyc_shape *s = f->shape;
  if (f->col || s->across || f->inner_left != f->inner_all || f->tap.d0 - f->tap.i0 < f->inner_all)
    return;
  const uint64_t tap = s->a_origin + wc_cyc_index_sum(&f->tap, s->a_j2, s->a_j1, 2);
  uint32_t most, named = 0;
  do {
    most = least(least(f->outer_left - 1, CYC_AHEAD - f->list.end), f->pos.d0 - f->pos.i0);
    named = name_image_row(f, tap + position(f), most);
    f->outer_left -= named;
    wc_cyc_index_do(&f->pos, CYC_STEP, named);
  } while (named != 0 && named == most);
}

/* A piece of each row of a pair. */
static void name_pair(struct cyc_feed_a *f, const struct named *first) {
  const struct cyc_shape *s = f->shape;
  const struct named second = name_second(f);
  const bool mates =
      first->ask && second.ask && first->addr >> s->line_shift == second.addr >> s->line_shift;
  const uint32_t ends = f->count == f->inner_left ? CYC_ROW : 0;
  wc_cyc_list_put(&f->list,
                  (first->ask ? wc_cyc_ask(s, first->addr) : CYC_PIECE) | CYC_PAIR | ends);
  wc_cyc_list_put(&f->list, (second.ask ? wc_cyc_ask(s, second.addr) : CYC_PIECE) |
                                (mates ? CYC_MATE : 0) | advance(f));
}

void wc_cyc_feed_a_fill(struct cyc_feed_a *f) {
  struct cyc_list *l = &f->list;
  wc_cyc_list_clear(l, f->shape->bank_mask);
  while (f->naming && l->end + f->shape->fold < CYC_AHEAD) {
    if (!f->shape->plain)
      name_rows(f);
    if (l->end == CYC_AHEAD)
      return;
    struct named n = name_piece(f);
    if (f->two) {
      name_pair(f, &n);
      continue;
    }
    if (!f->shape->plain && !f->shape->across)
      name_run(f, &n);
    const uint32_t piece = n.ask ? wc_cyc_ask(f->shape, n.addr) : CYC_PIECE;
    wc_cyc_list_put(l, piece | advance(f));
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

/* Of how many pairs @piece completes which rows. */
static uint32_t pair_tag(struct cyc_feed_a *f, uint32_t piece) {
  if (f->col)
    return (piece & CYC_TILE) == 0 ? 0 : (f->rows + 1) / 2 << CYC_PAIRS | CYC_EVEN | CYC_ODD;
  if ((piece & CYC_ROW) == 0)
    return 0;
  const uint32_t which = f->odd ? CYC_ODD : CYC_EVEN;
  f->odd = !f->odd && (piece & CYC_TILE) == 0;
  return 1 << CYC_PAIRS | which | (piece & CYC_TILE ? CYC_ODD : 0);
}

uint32_t wc_cyc_feed_a_take(struct cyc_feed_a *f, uint32_t *tag) {
  const uint32_t piece = f->list.piece[f->list.at++];
  const uint32_t completes = f->col ? CYC_TILE : CYC_ROW;
  *tag = (piece & completes) == 0 ? 0 : f->col ? f->rows : 1;
  if (f->shape->fold)
    *tag = pair_tag(f, piece);
  if (piece & CYC_TILE) {
    f->run = false;
    f->base += f->rows + (f->shape->fold ? f->rows & 1 : 0);
  } else if (f->list.at == f->list.end) {
    wc_cyc_feed_a_fill(f);
  }
  return piece;
}
