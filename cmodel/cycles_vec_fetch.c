/* wc_vec_walk and wc_vec_fetch: from a stream to lines asked for to vectors there. */
#include "cycles_vec.h"

enum { OPS = 8, OP_BITS = 4, OP_NEEDS = 3, OP_LAST = 4 };

void vec_walk_next(struct vec_walk *w) {
  unsigned level = 0;
  if (w->index[0] != w->last[0]) {
    w->index[0]++;
    w->at[0] += w->stride[0];
    return;
  }
  while (level < VEC_LEVELS - 1 && w->index[level] == w->last[level])
    level++;
  const int64_t next = w->at[level] + w->stride[level];
  if (level == VEC_LEVELS - 1 && w->index[level] == w->last[level])
    w->valid = false;
  w->index[level]++;
  for (unsigned i = 0; i < level; i++)
    w->index[i] = 0;
  for (unsigned i = 0; i <= level; i++)
    w->at[i] = next;
}

/* What the piece and the kept line ask for. */
static void derive(struct vec_fetch *f) {
  f->wants = f->piece_valid && f->needs != 0 && f->op_count != OPS && f->under_way != f->room;
  const int64_t line = f->piece_line[(f->needs & 1) != 0 && !f->second ? 0 : 1];
  f->to_bank = (unsigned)line & (f->lines.banks - 1);
}

static void next_piece(struct vec_fetch *f) {
  f->piece_valid = f->walk.valid;
  if (!f->walk.valid)
    return;
  const uint32_t count = vec_walk_count(&f->walk);
  const int64_t at = f->lane == 0 ? f->walk.at[0] : f->lane_at;
  int64_t bytes = (int64_t)(f->contiguous ? count : 1) << f->shift;
  if (f->bits)
    bytes = (count + 7) / 8;
  f->piece_line[0] = at >> f->lines.offset_bits;
  f->piece_line[1] = (at + bytes - 1) >> f->lines.offset_bits;
  f->piece_last = f->contiguous || f->single || f->lane == count - 1;
  f->lane_at = at + f->step;
  f->lane = f->piece_last ? 0 : f->lane + 1;
  if (f->piece_last)
    vec_walk_next(&f->walk);
}

/* The oldest operation, when it goes on. Says whether it uses a line up. */
static unsigned clock_operation(struct vec_fetch *f, bool pop) {
  const unsigned needs = f->ops & OP_NEEDS;
  const bool any = f->op_count != 0, line = f->line_count != 0;
  const bool takes_two = any && needs == OP_NEEDS && !f->got0;
  const bool done = any && !takes_two && (needs == 0 || line) && (!f->valid || pop);
  const bool line_pop = line && (takes_two || (done && needs != 0));
  if (done)
    f->valid = (f->ops & OP_LAST) != 0;
  else if (pop)
    f->valid = false;
  if (done) {
    f->ops >>= OP_BITS;
    f->op_count--;
    f->got0 = false;
  } else if (line_pop) {
    f->got0 = true;
  }
  f->resting = !done && !line_pop;
  return line_pop;
}

void vec_fetch_clock(struct vec_fetch *f, bool asked, bool arrives, bool pop) {
  const bool more_lines = f->needs == OP_NEEDS && !f->second;
  const bool push =
      f->piece_valid && f->op_count != OPS && (f->needs == 0 || (asked && !more_lines));
  const unsigned line_pop = clock_operation(f, pop);
  f->resting = f->resting && !asked && !arrives && !pop;
  f->under_way = f->under_way + asked - line_pop;
  f->line_count = f->line_count + arrives - line_pop;
  f->second = f->second || asked;
  f->asks += asked;
  if (push) {
    const unsigned op = f->needs | (f->piece_last ? OP_LAST : 0U);
    f->ops |= op << (OP_BITS * f->op_count);
    f->op_count++;
    f->have = true;
    f->kept = f->piece_line[1];
    f->second = false;
  }
  if (push || !f->piece_valid) {
    f->resting = f->resting && !push && !f->walk.valid;
    next_piece(f);
    f->needs = (!f->have || f->piece_line[0] != f->kept ? 1U : 0U) |
               (f->piece_line[1] != f->piece_line[0] ? 2U : 0U);
  }
  derive(f);
}
