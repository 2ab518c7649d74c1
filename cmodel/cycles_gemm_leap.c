/* Leaps over cycles in which the GEMM unit does the same again and again.
 *
 * Most of the time each part goes on with what it is at: rows are sent as they come, or one cause
 * holds them back; a feed hands over pieces of one tile, or has no place for the next; the drain is
 * at a block, or rests. How long nothing of this can change is known beforehand: until the end of a
 * wave, of a tile, of a block, of what is complete now. Over that many cycles registers go on by
 * sums, but for the ports, where pieces of two parts may meet in a bank (cycles_gemm_ports.c). One
 * event is taken along, as it comes in every wave: weights are released, and B begins a tile.
 *
 * Each function named for_... says for how many cycles from now on its part does not change,
 * provided that the others do not. What changes is left to the model that goes cycle by cycle. */
#include <string.h>

#include "cycles_gemm_ports.h"

/* The pieces that are past the bounds check fall out of the pipeline meanwhile. */
enum { LEAST_LEAP = 4 };

static unsigned least(uint64_t a, unsigned b) {
  return a < b ? (unsigned)a : b;
}

/* Pieces that can be handed over before the tile's last. */
static unsigned pieces(const struct cyc_list *l) {
  return l->end - l->at - ((l->piece[l->end - 1] & CYC_TILE) != 0);
}

/* The same of A's steps. */
static unsigned steps(const struct cyc_feed_a *f) {
  const struct cyc_steps *l = &f->list;
  return l->end - l->at - ((l->piece[(l->end - 1) * f->shape->ports_a] & CYC_TILE) != 0);
}

/* The tile's last, too, after which there is nothing to do. */
static unsigned tile_pieces(const struct cyc_list *l) {
  return (l->piece[l->end - 1] & CYC_TILE) != 0 ? CYC_MOST_LEAP : l->end - l->at;
}

/* Cycles from @from on, @most at most, whose @bits equal those of the first. */
static unsigned same_rows(const struct cyc_unit *u, uint64_t from, unsigned bits, unsigned most) {
  const uint64_t each = UINT64_C(0x0101010101010101);
  const unsigned first = u->flight[from & u->flight_mask] & bits;
  unsigned n = 1;
  while (n < most) {
    const uint64_t at = (from + n) & u->flight_mask;
    uint64_t eight;
    if (n + sizeof eight <= most && at + sizeof eight <= u->flight_mask) {
      memcpy(&eight, &u->flight[at], sizeof eight);
      if ((eight & each * bits) == each * first) {
        n += (unsigned)sizeof eight;
        continue;
      }
    }
    if ((u->flight[at] & bits) != first)
      return n;
    n++;
  }
  return most;
}

/* ---- what each part allows ------------------------------------------------------------------ */

static bool tags(const struct cyc_fetch *f) {
  return (f->tag | f->tag1 | f->tag2 | f->out) != 0;
}

static bool tags_a(const struct cyc_fetch_a *f) {
  return (f->tag | f->tag1 | f->tag2 | f->out) != 0;
}

static unsigned for_missing_row(const struct cyc_unit *u) {
  const struct cyc_feed_a *f = &u->feed_a;
  const unsigned ports = f->shape->ports_a;
  if (tags_a(&u->fetch_a) || u->done_rows != 0)
    return 0;
  unsigned n = f->list.at;
  while (f->run && n < f->list.end && (f->list.piece[n * ports] & (CYC_ROW | CYC_TILE)) == 0)
    n++;
  return f->run ? n - f->list.at : CYC_MOST_LEAP;
}

static unsigned for_wait(const struct cyc_unit *u, const struct cyc_issue *issue) {
  const struct cyc_weights *w = &u->weights;
  if (!u->seq.active || issue->wait == 3)
    return CYC_MOST_LEAP;
  if (issue->wait == 1)
    return for_missing_row(u);
  if (issue->wait == 0 && !w->run && (tags(&u->fetch_b) || (w->full >> w->slot & 1) != 0))
    return 0;
  return CYC_MOST_LEAP;
}

/* Whether rows are sent as they are complete, in the midst of a wave. */
static bool sends(const struct cyc_unit *u, const struct cyc_issue *issue) {
  const struct cyc_seq *s = &u->seq;
  return issue->issue || (s->active && issue->wait == 1 && s->row != 0 && u->feed_a.run);
}

/* Rows of the ring that one row into the array takes. */
static unsigned rows_of_one(const struct cyc_unit *u) {
  return u->shape.folded ? 2 : 1;
}

/* Rows of the ring that the end of a row of A completes. */
static unsigned rows_at_once(const struct cyc_unit *u) {
  return u->shape.fold ? 2 : 1;
}

/* Rows, or pairs, that could be sent, and those of the wave before its last. */
static uint64_t rows_ready(const struct cyc_unit *u) {
  return (u->complete - u->seq.base - u->seq.row) / rows_of_one(u);
}

static unsigned rows_left(const struct cyc_unit *u) {
  return (u->seq.loop.rows - 1 - u->seq.row) / rows_of_one(u);
}

/* A row waits for the sum of the row so many before: until fewer rows are written than sent. */
static unsigned for_sums(const struct cyc_unit *u, uint64_t cycle) {
  const struct cyc_seq *s = &u->seq;
  const uint64_t written = cycle - u->back;
  /* Of the rows of the last so many cycles, all at most are under way. */
  if (s->round > u->back)
    return CYC_MOST_LEAP;
  if (s->round <= s->flight)
    return 0;
  unsigned n = s->round - s->flight;
  if ((u->flight[written & u->flight_mask] & CYC_ISSUED) != 0)
    n += same_rows(u, written, CYC_ISSUED, u->back < CYC_MOST_LEAP ? u->back : CYC_MOST_LEAP);
  return n;
}

static unsigned for_seq(const struct cyc_unit *u, uint64_t cycle, const struct cyc_issue *issue) {
  const struct cyc_seq *s = &u->seq;
  if (!sends(u, issue))
    return for_wait(u, issue);
  if (s->row == 0 || rows_left(u) < LEAST_LEAP)
    return 0;
  const unsigned n = s->loop.first_k ? CYC_MOST_LEAP : for_sums(u, cycle);
  return u->feed_a.run ? n : least(rows_ready(u), n);
}

/* Whether more than a row or pair at once is about to be complete: with a step along columns. */
static bool many_rows(const struct cyc_unit *u) {
  const struct cyc_fetch_a *f = &u->fetch_a;
  const unsigned one = rows_at_once(u);
  return f->tag1 > one || f->tag2 > one || f->out > one || u->done_rows > one;
}

/* Until as many rows of the ring are free as the next tile lacks, at the earliest. */
static unsigned for_freed(const struct cyc_unit *u, const struct cyc_issue *issue, unsigned n) {
  const uint64_t lacks = wc_cyc_feed_a_lacks(&u->feed_a, u->seq.freed);
  if (u->shape.fold) /* some that were sent before are free later */
    return least((lacks + 1) / 2, n);
  return lacks == 0 ? 0 : issue->issue && u->seq.loop.last_t ? least(lacks, n) : n;
}

static unsigned for_feeds(const struct cyc_unit *u, const struct cyc_issue *issue) {
  const struct cyc_feed_a *a = &u->feed_a;
  const struct cyc_feed_b *b = &u->feed_b;
  const bool room_b = b->active && wc_cyc_feed_b_has_room(b, u->weights.run);
  const bool begins_b = !b->run && room_b;
  const struct cyc_fetch_a *f = &u->fetch_a;
  if (begins_b || f->tag > rows_at_once(u) ||
      (many_rows(u) && sends(u, issue) && rows_ready(u) < LEAST_LEAP))
    return 0;
  const bool fed = !a->run && !a->active && !b->active;
  if (fed && !b->run &&
      (f->at[0] != 0 || u->fetch_b.at != 0 || tags_a(f) || tags(&u->fetch_b) || u->done_rows != 0))
    return 0;
  /* B may end a tile if that leads to nothing else. */
  const bool tile_b = !fed && u->fetch_b.tag == 0 &&
                      (issue->issue || issue->wait != 0 || u->weights.run) && !room_b;
  unsigned n = !b->run ? CYC_MOST_LEAP : tile_b ? tile_pieces(&b->list) : pieces(&b->list);
  if (a->run)
    return least(steps(a), n);
  return a->active ? for_freed(u, issue, n) : n;
}

/* Whether a row can be read into lines. */
static bool reads(const struct cyc_drain *d) {
  return d->c.run && d->c.taken != d->complete[d->name_bank];
}

/* While rows are there, those included that come one a cycle; or while none comes. */
static unsigned for_reads(const struct cyc_unit *u, uint64_t cycle) {
  const struct cyc_drain *d = &u->drain;
  const uint32_t lines = d->stage[0] | d->stage[1] | d->stage[2];
  if (d->done || (lines & CYC_TILE) != 0)
    return 0;
  if (!d->c.run)
    return lines == 0 && d->bank[d->name_bank] != CYC_FULL ? CYC_MOST_LEAP : 0;
  const uint64_t done = cycle - u->depth;
  const unsigned bits = CYC_FINAL | CYC_SECOND;
  const bool comes = (u->flight[done & u->flight_mask] & bits) ==
                     (CYC_FINAL | (d->name_bank != 0 ? CYC_SECOND : 0));
  const unsigned ahead = u->depth < CYC_MOST_LEAP ? u->depth : CYC_MOST_LEAP;
  if (!reads(d))
    return comes || lines != 0 ? 0 : same_rows(u, done, CYC_FINAL, ahead);
  const uint32_t there = d->complete[d->name_bank] - d->c.taken;
  return least(there + (comes ? same_rows(u, done, bits, ahead) : 0), pieces(&d->c.list));
}

/* Until the last sum of a block is written: then P may follow. */
static unsigned for_loads(const struct cyc_unit *u, uint64_t cycle) {
  const struct cyc_drain *d = &u->drain;
  const uint64_t done = cycle - u->depth;
  unsigned n = CYC_MOST_LEAP;
  if (!d->loads)
    return n;
  if (wc_cyc_drain_may_load(d) || (u->flight[done & u->flight_mask] & CYC_LAST) != 0)
    return 0;
  if (u->since + u->depth > cycle)
    n = same_rows(u, done, CYC_LAST, u->depth < n ? u->depth : n);
  if (!d->loading)
    return n;
  return !d->p.run || tags(&d->in) ? 0 : least(wc_cyc_drain_room(d), least(pieces(&d->p.list), n));
}

/* ---- rows under way ------------------------------------------------------------------------- */

/* Until a block is complete, or what is waited for. */
static unsigned for_rows(const struct cyc_unit *u, uint64_t cycle, const struct cyc_issue *issue,
                         unsigned n) {
  const uint64_t closed = cycle - u->shape.cols - 1, written = cycle - u->back;
  if (u->flight[closed & u->flight_mask] & CYC_LAST)
    return 0;
  if (u->since + u->depth > cycle) {
    const unsigned most = n < u->shape.cols + 1 ? n : u->shape.cols + 1;
    const unsigned open = same_rows(u, closed, CYC_LAST, most);
    if (open != most)
      n = open;
  }
  if (issue->issue || !u->seq.active || issue->wait != 2)
    return n;
  if (u->flight[written & u->flight_mask] & CYC_ISSUED)
    return 0;
  return same_rows(u, written, CYC_ISSUED, n < u->back ? n : u->back);
}

static unsigned count_some(const uint8_t *flight, size_t n, uint8_t bits) {
  unsigned count = 0;
  for (size_t i = 0; i < n; i++)
    count += (uint8_t)(flight[i] & bits) == bits;
  return count;
}

/* Of @n cycles from @from on those with all of @bits. */
static unsigned count_rows(const struct cyc_unit *u, uint64_t from, unsigned n, uint8_t bits) {
  const uint64_t at = from & u->flight_mask, room = u->flight_mask + 1 - at;
  if (n <= room)
    return count_some(&u->flight[at], n, bits);
  return count_some(&u->flight[at], (size_t)room, bits) +
         count_some(u->flight, (size_t)(n - room), bits);
}

/* Rows of the ring that are free because of what was sent in @n cycles from @from on. */
static unsigned count_freed(const struct cyc_unit *u, uint64_t from, unsigned n) {
  unsigned rows = 0;
  for (unsigned i = 0; i < n; i++)
    rows += u->flight[(from + i) & u->flight_mask] >> CYC_FREED;
  return rows;
}

/* ---- ports ---------------------------------------------------------------------------------- */

/* Back into the list. */
static bool take_back(const struct cyc_port *p, struct cyc_list *list) {
  if (p->step == 0)
    return false;
  list->at = (unsigned)(p->next - list->piece);
  return list->at == list->end;
}

static void end_a(struct cyc_unit *u, const struct cyc_flow *f) {
  struct cyc_fetch_a *a = &u->fetch_a;
  struct cyc_steps *list = &u->feed_a.list;
  const unsigned one = rows_at_once(u);
  const unsigned bit[4] = {f->history & 1, f->history >> 1 & 1, f->history >> 2 & 1,
                           f->history >> 3 & 1};
  u->complete += (uint64_t)u->done_rows + a->out + a->tag2 + a->tag1;
  u->complete += one * ((uint64_t)f->a_rows - bit[0] - bit[1] - bit[2] - bit[3]);
  u->done_rows = one * bit[3];
  a->out = one * bit[2];
  a->tag2 = one * bit[1];
  a->tag1 = one * bit[0];
  memcpy(a->at, f->a.at, sizeof a->at);
  a->tag = wc_cyc_feed_a_tag(&u->feed_a, a->at[0]);
  if (f->a.step == 0)
    return;
  list->at = (unsigned)(f->a.next - list->piece) / f->a.step;
  if (list->at == list->end)
    wc_cyc_feed_a_fill(&u->feed_a);
}

/* The tile's last piece may have been handed over. */
static void end_tile_b(struct cyc_unit *u, const struct cyc_flow *f) {
  struct cyc_feed_b *b = &u->feed_b;
  if (!b->run || f->b.step != 0)
    return;
  u->fetch_b.tag = 1 + b->slot;
  b->slot ^= 1;
  b->run = false;
}

static void end_b(struct cyc_unit *u, const struct cyc_flow *f) {
  struct cyc_fetch *b = &u->fetch_b;
  struct cyc_weights *w = &u->weights;
  const uint32_t filled[] = {b->out, b->tag2, b->tag1};
  for (unsigned i = 0; i < 3; i++) {
    if (filled[i] != 0)
      w->full |= 1U << (filled[i] - 1);
  }
  w->full_before = w->full;
  end_tile_b(u, f);
  b->at = f->b.at;
  if (take_back(&f->b, &u->feed_b.list))
    wc_cyc_feed_b_fill(&u->feed_b);
  b->tag1 = f->tile == 1 ? b->tag : 0;
  b->tag2 = f->tile == 2 ? b->tag : 0;
  b->out = f->tile == 3 ? b->tag : 0;
  if (f->tile >= 4)
    w->full |= 1U << (b->tag - 1);
  if (f->tile >= 5)
    w->full_before = w->full;
  if (f->tile != 0)
    b->tag = 0;
}

static void end_c(struct cyc_drain *d, const struct cyc_flow *f) {
  d->c.taken += f->c_rows;
  d->stage[2] = f->c.at;
  if (take_back(&f->c, &d->c.list))
    wc_cyc_rows_fill(&d->c);
  d->p.taken += f->p_rows;
  d->in.at = f->p.at;
  if (take_back(&f->p, &d->p.list))
    wc_cyc_rows_fill(&d->p);
}

/* Of a row in the midst of a wave. */
static uint8_t bits_of_row(const struct cyc_unit *u) {
  const struct cyc_seq *s = &u->seq;
  const struct cyc_issue row = {.issue = true,
                                .pair = u->shape.folded,
                                .final = s->loop.last_k,
                                .freed = s->loop.last_t ? rows_of_one(u) : 0};
  return wc_cyc_row_bits(&row, s->bank);
}

static void start_flow(struct cyc_flow *f, struct cyc_unit *u, uint64_t cycle,
                       const struct cyc_issue *issue) {
  struct cyc_drain *d = &u->drain;
  const struct cyc_fetch_a *a = &u->fetch_a;
  *f = (struct cyc_flow){
      .a = wc_cyc_port_a(a, &u->feed_a),
      .ports_a = u->shape.ports_a,
      .b = wc_cyc_port(u->fetch_b.at, u->feed_b.run, &u->feed_b.list),
      .c = wc_cyc_port(d->stage[2], reads(d), &d->c.list),
      .p = wc_cyc_port(d->in.at, d->p.run, &d->p.list),
      .stage = d->stage,
      .behind = u->behind,
      .history =
          (a->tag1 != 0) | (a->tag2 != 0) << 1 | (a->out != 0) << 2 | (u->done_rows != 0) << 3,
      .sends = sends(u, issue),
      .flight = u->flight,
      .flight_mask = u->flight_mask,
      .cycle = cycle,
  };
  if (a->tag != 0)
    f->a.at[0] |= CYC_ROW;
  if (f->sends) {
    f->bits = bits_of_row(u);
    f->complete = rows_ready(u);
    f->left = rows_left(u);
    f->gain = rows_at_once(u) / rows_of_one(u);
  }
  if (many_rows(u)) { /* rows last until all these are complete */
    f->complete += (u->done_rows + a->out + a->tag2 + a->tag1) / rows_of_one(u);
    f->history = 0;
  }
}

/* ---- leap ----------------------------------------------------------------------------------- */

/* The weights of this wave are all in the array. A tile of B that was not to follow them, since it
 * is written by columns, begins. */
static unsigned end_weights(struct cyc_unit *u, struct cyc_flow *f, unsigned n) {
  struct cyc_feed_b *b = &u->feed_b;
  wc_cyc_flow(f, f->cycles + 2);
  u->weights.run = false;
  if (f->b.step != 0)
    return n;
  end_tile_b(u, f);
  if (!b->active || !wc_cyc_feed_b_has_room(b, false))
    return n;
  wc_cyc_feed_b_begin(b);
  f->b = wc_cyc_port(f->b.at, true, &b->list);
  return least((uint64_t)f->cycles + pieces(&b->list), n);
}

/* Whether the end of the weights leads to nothing else but that. */
static bool weights_end_alone(const struct cyc_unit *u, const struct cyc_flow *f,
                              const struct cyc_issue *issue) {
  const bool follows = u->shape.cmd->b_trans == 0;
  return (f->b.step == 0 || follows) && (f->sends ? f->left - f->sent >= 2 : issue->wait != 0);
}

static void flow_on(struct cyc_unit *u, struct cyc_flow *f, const struct cyc_issue *issue,
                    unsigned n) {
  const unsigned end = u->weights.run ? u->shape.rows - 1 - u->weights.count : CYC_MOST_LEAP;
  wc_cyc_flow(f, end < n ? end : n);
  if (end + 2 <= n && f->cycles == end && weights_end_alone(u, f, issue)) {
    n = end_weights(u, f, n);
    wc_cyc_flow(f, n);
  }
}

static void move_rows(struct cyc_unit *u, uint64_t cycle, const struct cyc_flow *f) {
  struct cyc_seq *s = &u->seq;
  const unsigned n = f->cycles;
  const uint64_t done = cycle - u->depth, written = cycle - u->back;
  if (u->since + u->depth <= cycle && (!f->sends || f->sent == n)) {
    u->drain.complete[(f->bits & CYC_SECOND) != 0] += (f->bits & CYC_FINAL) != 0 ? n : 0;
    s->flight -= (f->bits & CYC_ISSUED) != 0 ? n : 0;
  } else {
    const unsigned second = count_rows(u, done, n, CYC_FINAL | CYC_SECOND);
    u->drain.complete[1] += second;
    u->drain.complete[0] += count_rows(u, done, n, CYC_FINAL) - second;
    s->flight -= count_rows(u, written, n, CYC_ISSUED);
  }
  s->flight += f->sent;
  s->row += f->sent * rows_of_one(u);
  if (s->loop.first_k)
    s->round += f->sent;
  if (u->shape.fold)
    s->freed += count_freed(u, cycle - u->shape.cols / 2, n);
  else if (s->loop.last_t)
    s->freed += f->sent;
}

struct cyc_leap wc_cyc_leap(struct cyc_unit *u, uint64_t cycle, const struct cyc_issue *issue) {
  const struct cyc_leap none = {0};
  unsigned n = for_seq(u, cycle, issue);
  const unsigned end = u->weights.run ? u->shape.rows - 1 - u->weights.count : CYC_MOST_LEAP;
  if (n < LEAST_LEAP || end < LEAST_LEAP)
    return none;
  n = least(for_feeds(u, issue), n);
  if (n >= LEAST_LEAP)
    n = least(for_loads(u, cycle), n);
  if (n >= LEAST_LEAP)
    n = least(for_reads(u, cycle), n);
  if (n >= LEAST_LEAP)
    n = for_rows(u, cycle, issue, n);
  if (n < LEAST_LEAP)
    return none;
  struct cyc_flow f;
  start_flow(&f, u, cycle, issue);
  if (u->flight[(cycle - 1) & u->flight_mask] != f.bits)
    u->since = cycle;
  flow_on(u, &f, issue, n);
  end_a(u, &f);
  end_b(u, &f);
  end_c(&u->drain, &f);
  u->weights.count = u->weights.run ? u->weights.count + f.cycles : 1;
  move_rows(u, cycle, &f);
  if (f.sent != f.cycles && f.sends)
    u->since = cycle + f.cycles;
  return (struct cyc_leap){f.cycles, f.sent};
}
