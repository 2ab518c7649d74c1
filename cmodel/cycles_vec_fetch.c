/* wc_vec_walk and wc_vec_fetch: from a stream to lines asked for to vectors there. */
#include "cycles_vec.h"

enum { OPS = 8, OP_BITS = 4, OP_NEEDS = 3, OP_LAST = 4 };

void vec_walk_turn(struct vec_walk *w) {
  unsigned level = 0;
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
  f->needs = (!f->have || f->piece_line[0] != f->kept ? 1U : 0U) |
             (f->piece_line[1] != f->piece_line[0] ? 2U : 0U);
  f->to_bank = (unsigned)f->piece_line[(f->needs & 1) != 0 ? 0 : 1] & (f->lines.banks - 1);
}

static void next_piece(struct vec_fetch *f) {
  int64_t at = f->walk.at[0], bytes = f->bytes;
  const bool last_block = f->walk.index[1] == f->walk.last[1];
  if (f->contiguous) {
    bytes = last_block ? f->last_bytes : f->bytes;
    f->piece_last = true;
  } else {
    at = f->lane == 0 ? at : f->lane_at;
    f->piece_last = f->single || f->lane == vec_walk_count(&f->walk) - 1;
    f->lane_at = at + f->step;
    f->lane = f->piece_last ? 0 : f->lane + 1;
  }
  f->piece_line[0] = at >> f->lines.offset_bits;
  f->piece_line[1] = (at + bytes - 1) >> f->lines.offset_bits;
  if (f->piece_last)
    vec_walk_next(&f->walk);
  derive(f);
}

/* The oldest operation, when it goes on. Says whether it uses a line up. */
static bool clock_operation(struct vec_fetch *f, bool pop) {
  const unsigned needs = f->ops & OP_NEEDS;
  const bool line = f->line_count != 0;
  bool done = false, line_pop = false;
  if (f->op_count != 0 && needs == OP_NEEDS && !f->got0) {
    line_pop = line;
    f->got0 = line;
  } else if (f->op_count != 0) {
    done = (needs == 0 || line) && (!f->valid || pop);
    line_pop = done && needs != 0;
  }
  if (done) {
    f->valid = (f->ops & OP_LAST) != 0;
    f->ops >>= OP_BITS;
    f->op_count--;
    f->got0 = false;
  } else if (pop) {
    f->valid = false;
  }
  f->resting = !done && !line_pop;
  return line_pop;
}

/* The piece goes on as an operation. */
static void push(struct vec_fetch *f) {
  f->ops |= (f->needs | (f->piece_last ? OP_LAST : 0U)) << (OP_BITS * f->op_count);
  f->op_count++;
  f->have = true;
  f->kept = f->piece_line[1];
  f->second = false;
}

void vec_fetch_clock(struct vec_fetch *f, bool asked, bool arrives, bool pop) {
  const bool first = f->needs == OP_NEEDS && !f->second; /* the first line of two */
  const bool goes = f->piece_valid && f->op_count != OPS && (f->needs == 0 || (asked && !first));
  const bool line_pop = clock_operation(f, pop);
  f->resting = f->resting && !asked && !arrives && !pop && !goes;
  f->under_way = f->under_way + asked - line_pop;
  f->line_count = f->line_count + arrives - line_pop;
  f->asks += asked;
  if (asked) {
    f->second = true;
    f->to_bank = (unsigned)f->piece_line[1] & (f->lines.banks - 1);
  }
  if (goes)
    push(f);
  if (goes || !f->piece_valid) {
    f->piece_valid = f->walk.valid;
    f->resting = f->resting && !f->piece_valid;
    if (f->piece_valid)
      next_piece(f);
  }
  f->wants = f->piece_valid && f->needs != 0 && f->op_count != OPS && f->under_way != f->room;
}
