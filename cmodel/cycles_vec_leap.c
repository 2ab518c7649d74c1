/* Leaps over the cycles of a vector command that repeat.
 *
 * The future of the unit depends on its registers; of an address, only on the distance to the
 * other addresses of its stream and on its place modulo banks * line_bytes (a round). So when all
 * this is as it was T cycles ago, and meanwhile each walker has only gone on by some steps d in one
 * of its loops, the same T cycles come again, until a walker reaches the last step of that loop.
 *
 * When a state comes back is not known: the state of some time is kept and compared with later
 * ones, and replaced after 1, 2, 4, ... of them. */
#include "cycles_vec_leap.h"

#include <string.h>

enum { LOOK_VECTORS = 16 }; /* at least, between two looks at the same loop */

static void walks_of(struct vec_leap *leap, struct vec_unit *u) {
  leap->walk[leap->walks++] = &u->sequence;
  for (unsigned i = 0; i < u->n_fetches; i++)
    leap->walk[leap->walks++] = &u->fetch[u->fetches[i]].walk;
  for (unsigned o = 0; o < u->n_out; o++)
    leap->walk[leap->walks++] = &u->store[o].walk;
}

/* Steps of @level after which a stream is at the same place of a round. */
static uint32_t steps_a_round(const struct vec_walk *w, unsigned level, int64_t round) {
  uint32_t steps = 1;
  while (w->stride[level] * steps % round != 0)
    steps *= 2;
  return steps;
}

void vec_leap_start(struct vec_leap *leap, struct vec_unit *u) {
  leap->walks = 0;
  leap->round = (int64_t)u->lines.banks << u->lines.offset_bits;
  walks_of(leap, u);
  uint64_t vectors = 1; /* a step of the level */
  for (unsigned level = 0; level < VEC_LEVELS; level++) {
    uint32_t every = 1;
    for (unsigned i = 1; i < leap->walks; i++) {
      const uint32_t steps = steps_a_round(leap->walk[i], level, leap->round);
      every = steps > every ? steps : every;
    }
    while (every * vectors < LOOK_VECTORS)
      every *= 2;
    leap->level[level].every = every;
    leap->level[level].any = false;
    vectors *= (uint64_t)u->sequence.last[level] + 1;
  }
}

static void put(struct leap_state *s, int64_t word) {
  s->word[s->words++] = word;
}

static void put_walk(struct leap_state *s, const struct vec_walk *w, unsigned level,
                     int64_t round) {
  put(s, w->valid);
  put(s, w->at[0] & (round - 1));
  for (unsigned i = 0; i < VEC_LEVELS; i++)
    put(s, i == level ? 0 : w->index[i]);
}

/* A line of the stream, if there is one, from where its walker stands. */
static void put_line(struct leap_state *s, bool any, int64_t line, const struct vec_walk *w,
                     struct vec_lines lines) {
  put(s, any);
  put(s, any ? (line << lines.offset_bits) - w->at[0] : 0);
}

static void put_fetch(struct leap_state *s, const struct vec_fetch *f) {
  put_line(s, f->piece_valid, f->piece_line[0], &f->walk, f->lines);
  put_line(s, f->piece_valid, f->piece_line[1], &f->walk, f->lines);
  put(s, f->piece_valid && f->piece_last);
  put(s, f->lane);
  put(s, f->lane != 0 ? f->lane_at - f->walk.at[0] : 0);
  put_line(s, f->have, f->kept, &f->walk, f->lines);
  put(s, f->second);
  put(s, f->under_way);
  put(s, f->ops);
  put(s, f->op_count);
  put(s, f->line_count);
  put(s, f->got0);
  put(s, f->valid);
}

static void put_store(struct leap_state *s, const struct vec_store *t) {
  put(s, t->piece_valid);
  put(s, t->piece_valid ? t->piece_at - t->walk.at[0] : 0);
  put(s, t->piece_valid ? t->pieces : 0);
  put(s, t->piece_valid ? t->piece_bytes : 0);
  put_line(s, t->line_valid, t->line, &t->walk, t->lines);
}

static void put_ports(struct leap_state *s, const struct vec_read *r, const struct vec_write *w) {
  for (unsigned port = 0; port < 2; port++) {
    const bool valid = (r->valid >> port & 1) != 0;
    put(s, valid ? (int64_t)r->bank[port] : -1);
    put(s, valid ? r->owner[port] : 0);
    put(s, r->sent[port]);
    put(s, r->back[port]);
  }
  put(s, r->behind);
  put(s, w->valid ? (int64_t)w->bank : -1);
  put(s, w->next_valid ? (int64_t)w->next_bank : -1);
  put(s, w->behind);
}

static void put_reduce(struct leap_state *s, const struct vec_reduce *r) {
  put(s, r->state);
  put(s, r->chain);
  put(s, r->state == VEC_COMBINE ? r->turn : 0);
  put(s, r->align);
  put(s, r->sum);
}

static void look(const struct vec_leap *leap, const struct vec_unit *u, unsigned level,
                 struct leap_state *s) {
  s->words = 0;
  for (unsigned i = 0; i < leap->walks; i++) {
    s->index[i] = leap->walk[i]->index[level];
    put_walk(s, leap->walk[i], level, leap->round);
  }
  for (unsigned i = 0; i < u->n_fetches; i++)
    put_fetch(s, &u->fetch[u->fetches[i]]);
  for (unsigned o = 0; o < u->n_out; o++) {
    put_store(s, &u->store[o]);
    put_reduce(s, &u->reduce[o]);
  }
  put_ports(s, &u->read, &u->write);
  put(s, u->lanes.valid);
  put(s, u->lanes.last & u->lanes.valid);
  put(s, u->lanes.dividing);
  put(s, u->lanes.divided);
  memcpy(s->behind, u->banks.behind, u->lines.banks);
}

static bool same(const struct leap_state *a, const struct leap_state *b, unsigned banks) {
  return memcmp(a->word, b->word, a->words * sizeof *a->word) == 0 &&
         memcmp(a->behind, b->behind, banks) == 0;
}

/* The last step of a loop that a walker may be moved to. A last block that is short is another
 * block from its first vector on. */
static uint32_t last_of(const struct vec_walk *w, unsigned level) {
  const bool differs = level == 1 && w->last_count != w->lanes;
  return w->last[level] - (differs ? 1U : 0U);
}

/* Whole periods before a walker reaches its last step. */
static uint32_t periods(const struct vec_leap *leap, unsigned level, const struct leap_state *from,
                        const struct leap_state *to) {
  uint32_t most = UINT32_MAX;
  for (unsigned i = 0; i < leap->walks; i++) {
    const uint32_t d = to->index[i] - from->index[i], last = last_of(leap->walk[i], level);
    if (d == 0)
      continue;
    const uint32_t fit = to->index[i] < last ? (last - to->index[i]) / d : 0;
    most = fit < most ? fit : most;
  }
  return most;
}

/* Bytes that a walker's stream goes on by in @steps. */
static int64_t move_walk(struct vec_walk *w, unsigned level, uint32_t steps) {
  const int64_t bytes = w->stride[level] * steps;
  w->index[level] += steps;
  for (unsigned i = 0; i <= level; i++)
    w->at[i] += bytes;
  return bytes;
}

static void move_fetch(struct vec_fetch *f, unsigned level, uint32_t steps) {
  const int64_t bytes = move_walk(&f->walk, level, steps);
  const int64_t lines = bytes / (INT64_C(1) << f->lines.offset_bits);
  f->piece_line[0] += lines;
  f->piece_line[1] += lines;
  f->kept += lines;
  f->lane_at += bytes;
}

static void move_store(struct vec_store *s, unsigned level, uint32_t steps) {
  const int64_t bytes = move_walk(&s->walk, level, steps);
  s->piece_at += bytes;
  s->line += bytes / (INT64_C(1) << s->lines.offset_bits);
}

static void move(struct vec_unit *u, unsigned level, const struct leap_state *from,
                 const struct leap_state *to, uint32_t times) {
  unsigned i = 0;
  move_walk(&u->sequence, level, times * (to->index[i] - from->index[i]));
  for (unsigned f = 0; f < u->n_fetches; f++) {
    i++;
    move_fetch(&u->fetch[u->fetches[f]], level, times * (to->index[i] - from->index[i]));
  }
  for (unsigned o = 0; o < u->n_out; o++) {
    i++;
    move_store(&u->store[o], level, times * (to->index[i] - from->index[i]));
  }
}

void vec_leap(struct vec_leap *leap, struct vec_unit *u, struct vec_progress *progress) {
  const struct vec_walk *s = &u->sequence;
  unsigned level = 0;
  while (level < VEC_LEVELS - 1 && s->index[level] == 0)
    level++;
  const uint32_t every = leap->level[level].every;
  if (!s->valid || u->lines.banks > LEAP_BANKS || s->index[level] % every != 0)
    return;
  struct leap_state now, *seen = &leap->level[level].seen;
  now.at = *progress;
  look(leap, u, level, &now);
  if (leap->level[level].any && same(seen, &now, u->lines.banks)) {
    const uint32_t times = periods(leap, level, seen, &now);
    move(u, level, seen, &now, times);
    progress->cycle += times * (now.at.cycle - seen->at.cycle);
    progress->entered += times * (now.at.entered - seen->at.entered);
    leap->level[level].any = false;
    return;
  }
  if (!leap->level[level].any || s->index[level] == every) {
    leap->level[level].most = 1;
  } else if (++leap->level[level].looks < leap->level[level].most) {
    return;
  } else {
    leap->level[level].most *= 2;
  }
  *seen = now;
  leap->level[level].any = true;
  leap->level[level].looks = 0;
}
