/* wc_vec_lanes, wc_vec_divsqrt and wc_vec_reduce: the pipeline as a whole, and what follows it. */
#include "cycles_vec.h"

enum {
  CUTS = VEC_CUTS,
  DEPTH = VEC_DEPTH,
  DIVIDER = 3 * CUTS, /* the cut in which a vector waits for quotients */
  DIVIDE_CYCLES = 29, /* start, normalise (no operand is subnormal), 27 bits */
  COMBINE_TURNS = 12
};

struct vec_move vec_lanes_move(const struct vec_lanes *lanes, const struct vec_walk *sequence,
                               unsigned streams, bool end_ready) {
  struct vec_move move = {.enters = sequence->valid && (lanes->reads[0] & ~streams) == 0};
  const bool dividing = lanes->divides && (lanes->valid >> DIVIDER & 1) != 0 && !lanes->divided;
  move.advance = !dividing && (!vec_lanes_at_end(lanes) || end_ready);
  unsigned taken = 0, held = 0; /* held streams that stay for the rest of the block */
  if (move.enters) {
    taken = lanes->reads[0];
    if (sequence->index[0] != sequence->last[0])
      held = taken;
  }
  for (unsigned k = 1; k < WC_STEPS; k++) {
    if ((lanes->valid >> (k * CUTS - 1) & 1) == 0)
      continue;
    if ((lanes->reads[k] & ~streams) != 0)
      move.advance = false;
    taken |= lanes->reads[k];
    if ((lanes->last >> (k * CUTS - 1) & 1) == 0)
      held |= lanes->reads[k];
  }
  move.enters = move.enters && move.advance;
  move.pops = move.advance ? taken & ~(held & lanes->held) : 0;
  return move;
}

static void divider_clock(struct vec_lanes *lanes, bool advance) {
  const bool have = (lanes->valid >> DIVIDER & 1) != 0;
  if (!lanes->divides || !have)
    return;
  if (lanes->divided) {
    lanes->divided = !advance;
    return;
  }
  lanes->dividing++;
  if (lanes->dividing == DIVIDE_CYCLES) {
    lanes->dividing = 0;
    lanes->divided = true;
  }
}

void vec_lanes_clock(struct vec_lanes *lanes, struct vec_move move, bool last, bool end_ready) {
  const uint32_t all = (UINT32_C(2) << DEPTH) - 1;
  divider_clock(lanes, move.advance);
  if (move.advance) {
    lanes->valid = (lanes->valid << 1 & all) | (move.enters ? 1U : 0U);
    lanes->last = (lanes->last << 1 & all) | (move.enters && last ? 1U : 0U);
  } else if (end_ready) {
    lanes->valid &= all >> 1;
  }
}

/* A vector that leaves @cut takes streams along. */
static bool reads_at(const struct vec_lanes *lanes, unsigned cut) {
  const unsigned step = (cut + 1) / CUTS;
  return (cut + 1) % CUTS == 0 && step < WC_STEPS && lanes->reads[step] != 0;
}

/* Cycles that a vector in cut @cut goes on by until it comes where something depends on it. */
static unsigned cuts_free(const struct vec_lanes *lanes, unsigned cut) {
  unsigned to = cut;
  while (to != DEPTH && !(lanes->divides && to == DIVIDER) && !reads_at(lanes, to))
    to++;
  return to - cut;
}

unsigned vec_lanes_rest(struct vec_lanes *lanes, const struct vec_walk *sequence,
                        unsigned streams) {
  if (vec_lanes_at_end(lanes) || lanes->valid == 0 ||
      (sequence->valid && (lanes->reads[0] & ~streams) == 0))
    return 0;
  if (lanes->divides && (lanes->valid >> DIVIDER & 1) != 0) {
    const unsigned n = lanes->divided ? 0 : DIVIDE_CYCLES - 1 - lanes->dividing;
    lanes->dividing += n;
    return n;
  }
  unsigned n = DEPTH;
  for (unsigned cut = 0; cut <= DEPTH; cut++) {
    const unsigned free = (lanes->valid >> cut & 1) != 0 ? cuts_free(lanes, cut) : n;
    n = free < n ? free : n;
  }
  lanes->valid <<= n;
  lanes->last <<= n;
  return n;
}

static bool still(const struct vec_reduce *r) {
  return !r->align && !r->sum;
}

static bool combine_issues(unsigned turn) {
  return turn <= 4 || turn == 6 || turn == 9;
}

static void next_block(struct vec_reduce *r) {
  r->state = r->loads ? VEC_LOAD : VEC_RUN;
  r->chain = 0;
}

void vec_reduce_clock(struct vec_reduce *r, bool accepts, bool last, bool chain_valid,
                      bool store_ready) {
  const bool issue = accepts || (r->state == VEC_COMBINE && combine_issues(r->turn));
  const bool at_rest = still(r), last_chain = !r->eight || r->chain == WC_CHAINS - 1;
  r->sum = r->align;
  r->align = issue;
  switch (r->state) {
    case VEC_LOAD:
      r->chain += chain_valid;
      if (chain_valid && last_chain) {
        r->state = VEC_RUN;
        r->chain = 0;
      }
      break;
    case VEC_RUN:
      if (accepts && last)
        r->state = VEC_DRAIN;
      break;
    case VEC_DRAIN:
      r->turn = 0;
      if (at_rest)
        r->state = r->eight && !r->keeps ? VEC_COMBINE : VEC_GIVE;
      break;
    case VEC_COMBINE:
      r->turn++;
      if (r->turn == COMBINE_TURNS)
        r->state = VEC_GIVE;
      break;
    case VEC_GIVE:
      r->chain += store_ready;
      if (store_ready && (last_chain || !r->keeps))
        next_block(r);
      break;
    default:
      break;
  }
}
