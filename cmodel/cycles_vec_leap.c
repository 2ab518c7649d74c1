/* Leaps over the cycles of a vector command that repeat.
 *
 * The future of the unit depends on its registers; of an address, only on the distance to the
 * other addresses of its stream, on its place in its line, and on how many banks it is away from
 * those of other streams: all banks are alike. So when all this is as it was T cycles ago, and
 * meanwhile each walker has only gone on by some steps d in one of its loops and all addresses by
 * the same number of banks, the turn, the same T cycles come again, until a walker reaches the last
 * step of that loop. A stream that has asked for nothing meanwhile need not turn with the others:
 * it rests, as long as its walker stays in the line that is there.
 *
 * When a state comes back is not known: the state of some time is kept and compared with later
 * ones, and replaced after 1, 2, 4, ... of them. */
#include "cycles_vec_leap.h"

#include <string.h>

enum { MOST_EVERY = 64, LEAST_ROUND = 16 };

/* ---- looks ---------------------------------------------------------------------------------- */

/* Steps of @level, a power of two, after which @a and @b have gone on by whole lines, and as far
 * as each other up to rounds of the banks. */
static uint32_t steps_together(const struct vec_walk *a, const struct vec_walk *b, unsigned level,
                               struct vec_lines lines) {
  const int64_t line = INT64_C(1) << lines.offset_bits, round = line * lines.banks;
  uint32_t steps = 1;
  while (steps < MOST_EVERY && (a->stride[level] * steps % line != 0 ||
                                (a->stride[level] - b->stride[level]) * steps % round != 0))
    steps *= 2;
  return steps;
}

/* Steps of @level, a power of two, after which a stream is at the same place of a round. */
static uint32_t steps_a_round(const struct vec_walk *w, unsigned level, struct vec_lines lines) {
  const int64_t round = (int64_t)lines.banks << lines.offset_bits;
  uint32_t steps = 1;
  while (w->stride[level] * steps % round != 0)
    steps *= 2;
  return steps;
}

/* Streams whose walkers do not move in @level do not count; for being together neither do mere
 * bits. */
static void find_every(struct vec_leap *leap, const struct vec_unit *u, unsigned level) {
  const struct vec_walk *first = NULL;
  uint32_t soon = 1, round = 1;
  for (unsigned i = 0; i < u->n_fetches + u->n_out; i++) {
    const bool out = i >= u->n_fetches;
    const struct vec_fetch *f = &u->fetch[u->fetches[out ? 0 : i]];
    const struct vec_store *s = &u->store[out ? i - u->n_fetches : 0];
    const struct vec_walk *w = out ? &s->walk : &f->walk;
    if (w->last[level] == 0 || w->stride[level] == 0)
      continue;
    const uint32_t same_place = steps_a_round(w, level, u->lines);
    round = same_place > round ? same_place : round;
    if (out ? s->bits : f->bits)
      continue;
    first = first == NULL ? w : first;
    const uint32_t together = steps_together(w, first, level, u->lines);
    soon = together > soon ? together : soon;
  }
  while (level == 0 && round < LEAST_ROUND)
    round *= 2;
  leap->soon[level].every = soon;
  leap->round[level].every = round;
}

void vec_leap_start(struct vec_leap *leap, const struct vec_unit *u) {
  for (unsigned level = 0; level < VEC_LEVELS; level++) {
    find_every(leap, u, level);
    leap->soon[level].any = leap->round[level].any = false;
  }
}

/* ---- what is the same ----------------------------------------------------------------------- */

/* Two looks at a loop, and what is found out about the cycles between them. */
struct period {
  const struct leap_state *then;
  struct vec_unit *now;
  unsigned level;
  bool turns;    /* a stream has moved, */
  unsigned turn; /* by so many banks */
  uint32_t times;
};

static uint32_t steps(const struct period *p, const struct vec_walk *a, const struct vec_walk *b) {
  return b->index[p->level] - a->index[p->level];
}

/* The last step of a loop that a walker may be moved to. A last block that is short is another
 * block from its first vector on. */
static uint32_t last_of(const struct vec_walk *w, unsigned level) {
  const bool differs = level == 1 && w->last_count != w->lanes;
  return w->last[level] - (differs ? 1U : 0U);
}

static void at_most(struct period *p, uint64_t times) {
  p->times = times < p->times ? (uint32_t)times : p->times;
}

/* Limits the times to whole periods before the walker reaches its last step. */
static bool same_walk(struct period *p, const struct vec_walk *a, const struct vec_walk *b) {
  const uint32_t d = steps(p, a, b), last = last_of(b, p->level);
  for (unsigned i = 0; i < VEC_LEVELS; i++) {
    if (i != p->level && a->index[i] != b->index[i])
      return false;
  }
  if (d != 0)
    at_most(p, b->index[p->level] < last ? (last - b->index[p->level]) / d : 0);
  return a->valid == b->valid;
}

/* A stream that has asked has moved by the turn. */
static bool same_turn(struct period *p, int64_t bytes) {
  const struct vec_lines lines = p->now->lines;
  const unsigned turn = (unsigned)(bytes >> lines.offset_bits) & (lines.banks - 1);
  if ((bytes & ((INT64_C(1) << lines.offset_bits) - 1)) != 0 || (p->turns && turn != p->turn))
    return false;
  p->turns = true;
  p->turn = turn;
  return true;
}

/* A stream that has not: limits the times so that its walker stays in @line. */
static bool stays(struct period *p, const struct vec_walk *a, const struct vec_walk *b,
                  int64_t line, int64_t bytes) {
  const int64_t line_bytes = INT64_C(1) << p->now->lines.offset_bits;
  const int64_t stride = b->stride[0], room = (line + 1) * line_bytes - bytes - b->at[0];
  const uint32_t d = steps(p, a, b);
  if (p->level != 0 || d == 0 || stride <= 0 || room < 0 || b->at[0] < line * line_bytes)
    return false;
  at_most(p, ((uint64_t)(room / stride) + 1) / d);
  return true;
}

static bool moved(bool any, int64_t a, int64_t b, int64_t by) {
  return !any || b - a == by;
}

static int64_t most_bytes(const struct vec_walk *w, unsigned shift, bool bits) {
  return bits ? w->lanes / 8 : (int64_t)w->lanes << shift;
}

static bool same_fetch(struct period *p, const struct vec_fetch *a, const struct vec_fetch *b) {
  if (a->piece_valid != b->piece_valid || a->piece_last != b->piece_last || a->lane != b->lane ||
      a->have != b->have || a->second != b->second || a->under_way != b->under_way ||
      a->ops != b->ops || a->op_count != b->op_count || a->line_count != b->line_count ||
      a->got0 != b->got0 || a->valid != b->valid || !same_walk(p, &a->walk, &b->walk))
    return false;
  const bool rests = a->asks == b->asks;
  const int64_t bytes = b->walk.at[0] - a->walk.at[0];
  const int64_t lines = rests ? 0 : bytes / (INT64_C(1) << b->lines.offset_bits);
  if (!moved(b->piece_valid, a->piece_line[0], b->piece_line[0], lines) ||
      !moved(b->piece_valid, a->piece_line[1], b->piece_line[1], lines) ||
      !moved(b->have, a->kept, b->kept, lines) ||
      !moved(b->lane != 0, a->lane_at, b->lane_at, bytes))
    return false;
  if (!rests)
    return same_turn(p, bytes);
  return !b->wants &&
         (bytes == 0 ||
          (b->contiguous && b->have && (!b->piece_valid || b->needs == 0) &&
           stays(p, &a->walk, &b->walk, b->kept, most_bytes(&b->walk, b->shift, b->bits))));
}

static bool same_store(struct period *p, const struct vec_store *a, const struct vec_store *b) {
  if (a->piece_valid != b->piece_valid || a->line_valid != b->line_valid ||
      (b->piece_valid && (a->pieces != b->pieces || a->piece_bytes != b->piece_bytes)) ||
      !same_walk(p, &a->walk, &b->walk))
    return false;
  const bool rests = a->writes == b->writes;
  const int64_t bytes = b->walk.at[0] - a->walk.at[0];
  const int64_t lines = rests ? 0 : bytes / (INT64_C(1) << b->lines.offset_bits);
  if (!moved(b->piece_valid, a->piece_at, b->piece_at, bytes) ||
      !moved(b->line_valid, a->line, b->line, lines))
    return false;
  if (!rests)
    return same_turn(p, bytes);
  return !b->wants && (bytes == 0 || (b->contiguous && b->line_valid &&
                                      stays(p, &a->walk, &b->walk, b->line,
                                            most_bytes(&b->walk, b->shift, b->bits))));
}

static bool same_reduce(const struct vec_reduce *a, const struct vec_reduce *b) {
  return a->state == b->state && a->chain == b->chain &&
         (a->state != VEC_COMBINE || a->turn == b->turn) && a->align == b->align &&
         a->sum == b->sum;
}

static bool same_lanes(const struct vec_lanes *a, const struct vec_lanes *b) {
  return a->valid == b->valid && (a->last & a->valid) == (b->last & b->valid) &&
         a->dividing == b->dividing && a->divided == b->divided;
}

/* But for the banks that are asked. */
static bool same_ports(const struct vec_unit *a, const struct vec_unit *b) {
  const struct vec_read *r = &a->read, *s = &b->read;
  for (unsigned port = 0; port < 2; port++) {
    if (r->sent[port] != s->sent[port] || r->back[port] != s->back[port] ||
        ((r->valid >> port & 1) != 0 && r->owner[port] != s->owner[port]))
      return false;
  }
  return r->valid == s->valid && r->behind == s->behind && a->write.valid == b->write.valid &&
         a->write.next_valid == b->write.next_valid && a->write.behind == b->write.behind;
}

static unsigned turned(const struct period *p, unsigned bank, uint32_t times) {
  return (bank + p->turn * times) & (p->now->lines.banks - 1);
}

static bool same_asked(const struct period *p) {
  const struct vec_unit *a = &p->then->unit, *b = p->now;
  for (unsigned port = 0; port < 2; port++) {
    if ((b->read.valid >> port & 1) != 0 && b->read.bank[port] != turned(p, a->read.bank[port], 1))
      return false;
  }
  return (!b->write.valid || b->write.bank == turned(p, a->write.bank, 1)) &&
         (!b->write.next_valid || b->write.next_bank == turned(p, a->write.next_bank, 1));
}

/* While no two ports meet, it does not matter who was served last. */
static bool no_meeting(const struct period *p) {
  const struct vec_banks *banks = p->now->banks;
  return banks->meets == p->then->meets && banks->serves - p->then->serves <= VEC_LOG;
}

static bool same_banks(const struct period *p) {
  if (no_meeting(p))
    return true;
  for (unsigned bank = 0; bank < p->now->lines.banks; bank++) {
    if (p->now->banks->behind[turned(p, bank, 1)] != p->then->behind[bank])
      return false;
  }
  return true;
}

static bool same(struct period *p) {
  const struct vec_unit *a = &p->then->unit, *b = p->now;
  if (!same_lanes(&a->lanes, &b->lanes) || !same_ports(a, b) ||
      !same_walk(p, &a->sequence, &b->sequence))
    return false;
  for (unsigned i = 0; i < b->n_fetches; i++) {
    if (!same_fetch(p, &a->fetch[b->fetches[i]], &b->fetch[b->fetches[i]]))
      return false;
  }
  for (unsigned o = 0; o < b->n_out; o++) {
    if (!same_reduce(&a->reduce[o], &b->reduce[o]) || !same_store(p, &a->store[o], &b->store[o]))
      return false;
  }
  return same_asked(p) && same_banks(p);
}

/* ---- on by whole periods -------------------------------------------------------------------- */

/* Bytes that a walker's stream goes on by. */
static int64_t move_walk(const struct period *p, struct vec_walk *w, const struct vec_walk *then) {
  const uint32_t by = p->times * steps(p, then, w);
  const int64_t bytes = w->stride[p->level] * by;
  w->index[p->level] += by;
  for (unsigned i = 0; i <= p->level; i++)
    w->at[i] += bytes;
  return bytes;
}

static void move_fetch(const struct period *p, struct vec_fetch *f, const struct vec_fetch *then) {
  const uint64_t asks = f->asks - then->asks;
  const int64_t bytes = move_walk(p, &f->walk, &then->walk);
  f->lane_at += bytes;
  if (asks == 0)
    return;
  const int64_t lines = bytes / (INT64_C(1) << f->lines.offset_bits);
  f->piece_line[0] += lines;
  f->piece_line[1] += lines;
  f->kept += lines;
  f->to_bank = turned(p, f->to_bank, p->times);
  f->asks += asks * p->times;
}

static void move_store(const struct period *p, struct vec_store *s, const struct vec_store *then) {
  const uint64_t writes = s->writes - then->writes;
  const int64_t bytes = move_walk(p, &s->walk, &then->walk);
  s->piece_at += bytes;
  if (writes == 0)
    return;
  s->line += bytes / (INT64_C(1) << s->lines.offset_bits);
  s->to_bank = turned(p, s->to_bank, p->times);
  s->writes += writes * p->times;
}

/* Who was served last, after all times. Where none have met, the period's services come again. */
static void move_banks(const struct period *p) {
  struct vec_banks *banks = p->now->banks;
  const uint64_t serves = banks->serves - p->then->serves, meets = banks->meets - p->then->meets;
  if (no_meeting(p)) {
    const uint32_t from = p->times > LEAP_BANKS ? p->times - LEAP_BANKS : 0;
    for (uint32_t time = from + 1; time <= p->times; time++) {
      for (uint64_t i = p->then->serves; i < banks->serves; i++)
        banks->behind[turned(p, banks->log[i % VEC_LOG].bank, time)] =
            banks->log[i % VEC_LOG].behind;
    }
  } else {
    uint8_t behind[LEAP_BANKS];
    memcpy(behind, banks->behind, p->now->lines.banks);
    for (unsigned bank = 0; bank < p->now->lines.banks; bank++)
      banks->behind[turned(p, bank, p->times)] = behind[bank];
  }
  banks->meets += meets * p->times;
  banks->serves += serves * p->times + VEC_LOG; /* the log of before is not complete */
}

static void move(const struct period *p) {
  const struct vec_unit *then = &p->then->unit;
  struct vec_unit *u = p->now;
  move_banks(p);
  move_walk(p, &u->sequence, &then->sequence);
  for (unsigned i = 0; i < u->n_fetches; i++)
    move_fetch(p, &u->fetch[u->fetches[i]], &then->fetch[u->fetches[i]]);
  for (unsigned o = 0; o < u->n_out; o++)
    move_store(p, &u->store[o], &then->store[o]);
  for (unsigned port = 0; port < 2; port++)
    u->read.bank[port] = turned(p, u->read.bank[port], p->times);
  u->write.bank = turned(p, u->write.bank, p->times);
  u->write.next_bank = turned(p, u->write.next_bank, p->times);
}

static void keep(struct leap_state *s, const struct vec_unit *u,
                 const struct vec_progress *progress) {
  s->at = *progress;
  s->unit = *u;
  s->meets = u->banks->meets;
  s->serves = u->banks->serves;
  memcpy(s->behind, u->banks->behind, u->lines.banks);
}

/* Compares with what was seen, and leaps. Not past @limit, an index of the loop. */
static bool look(struct leap_watch *w, struct vec_unit *u, unsigned level, uint32_t limit,
                 struct vec_progress *progress) {
  const uint32_t index = u->sequence.index[level];
  struct period p = {.then = &w->seen, .now = u, .level = level, .times = UINT32_MAX};
  if (w->any && same(&p)) {
    at_most(&p, (limit - index) / steps(&p, &w->seen.unit.sequence, &u->sequence));
    if (p.times != 0) {
      const struct vec_progress now = *progress;
      move(&p);
      progress->cycle += p.times * (now.cycle - w->seen.at.cycle);
      progress->entered += p.times * (now.entered - w->seen.at.entered);
      w->any = false;
      return true;
    }
  }
  if (!w->any || index == w->every) {
    w->most = 1;
  } else if (++w->looks < w->most) {
    return false;
  } else {
    w->most *= 2;
  }
  keep(&w->seen, u, progress);
  w->any = true;
  w->looks = 0;
  return false;
}

void vec_leap(struct vec_leap *leap, struct vec_unit *u, struct vec_progress *progress) {
  const struct vec_walk *s = &u->sequence;
  unsigned level = 0;
  while (level < VEC_LEVELS - 1 && s->index[level] == 0)
    level++;
  struct leap_watch *soon = &leap->soon[level], *round = &leap->round[level];
  const uint32_t index = s->index[level], next = index - index % round->every + round->every;
  if (!s->valid || u->lines.banks > LEAP_BANKS)
    return;
  if (index % round->every == 0 && look(round, u, level, UINT32_MAX, progress))
    return;
  if (soon->every < round->every && index % soon->every == 0 &&
      look(soon, u, level, next, progress) && s->index[level] == next)
    (void)look(round, u, level, UINT32_MAX, progress);
}
