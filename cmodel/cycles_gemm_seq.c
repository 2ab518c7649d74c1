/* The sequencer: when a row of A goes into the array, and with it a tile of weights. */
#include "cycles_gemm.h"

/* ---- weights -------------------------------------------------------------------------------- */

/* A whole tile is in its buffer. */
static bool full(const struct cyc_weights *w) {
  return (w->full & w->full_before & 1U << w->slot) != 0;
}

bool wc_cyc_weights_ready(const struct cyc_weights *w) {
  return w->shape->double_weights ? !w->run && full(w) : w->loaded;
}

bool wc_cyc_weights_begins(const struct cyc_weights *w, const struct cyc_issue *issue) {
  return w->shape->double_weights ? issue->issue && issue->switches
                                  : !w->run && full(w) && !w->loaded && !w->wave && w->leave == 0;
}

/* PEs that hold one weight. @ends: the last lane is read. */
static void tick_single(struct cyc_weights *w, bool ends, const struct cyc_issue *issue) {
  const bool wave_begins = issue->issue && issue->switches;
  w->loaded = ends || (w->loaded && !wave_begins);
  w->wave = (wave_begins || w->wave) && !issue->wave_last;
  if (issue->wave_last)
    w->leave = 2 * w->shape->rows - 3;
  else if (w->leave != 0)
    w->leave--;
}

void wc_cyc_weights_tick(struct cyc_weights *w, const struct cyc_issue *issue, uint32_t filled) {
  const bool begins = wc_cyc_weights_begins(w, issue);
  const bool ends = w->run && w->count == w->shape->rows - 1;
  if (!w->shape->double_weights)
    tick_single(w, ends, issue);
  w->full_before = w->full;
  if (filled != 0)
    w->full |= 1U << (filled - 1);
  w->count = w->run ? w->count + 1 : 1;
  w->run = begins || (w->run && !ends);
  if (begins) {
    w->full &= ~(1U << w->slot);
    w->slot ^= 1;
  }
}

/* ---- rows ----------------------------------------------------------------------------------- */

void wc_cyc_seq_start(struct cyc_seq *s, const struct cyc_shape *shape) {
  *s = (struct cyc_seq){.shape = shape, .active = true};
  wc_cyc_loop_start(&s->loop, shape, false, false);
}

/* Rows of the ring that are not needed any more with this row, or pair. */
static unsigned freed(const struct cyc_seq *s, const struct cyc_issue *d) {
  if (!s->loop.last_t)
    return 0;
  if (!s->shape->fold)
    return 1;
  return s->shape->folded || (d->wave_last && s->loop.rows % 2 != 0) ? 2 : 1;
}

void wc_cyc_seq_decide(const struct cyc_seq *s, bool here, bool weights, bool bank_ready,
                       struct cyc_issue *d) {
  const struct cyc_loop *l = &s->loop;
  const bool block_first = l->first_k && l->tile == 0 && s->row == 0;
  const bool fresh = l->first_k ? !block_first || bank_ready : s->flight < s->round;
  *d = (struct cyc_issue){.switches = s->row == 0};
  d->issue = s->active && here && (s->row != 0 || weights) && fresh;
  d->wait = s->row == 0 && !weights ? 0 : !here ? 1 : block_first ? 3 : 2;
  if (!d->issue)
    return;
  d->pair = s->shape->folded && s->row != l->rows - 1;
  d->wave_last = s->row == l->rows - (d->pair ? 2 : 1);
  d->freed = freed(s, d);
  d->take = block_first;
  d->final = l->last_k;
  d->last = d->wave_last && l->last_t && l->last_k;
  d->end = d->last && l->last_n && l->last_m;
}

static void issue_row(struct cyc_seq *s, const struct cyc_issue *d) {
  const struct cyc_loop *l = &s->loop;
  if (l->first_k)
    s->round = d->take ? 1 : s->round + 1;
  if (!s->shape->fold)
    s->freed += d->freed;
  s->row += d->pair ? 2 : 1;
  if (!d->wave_last)
    return;
  s->row = 0;
  if (l->last_t)
    s->base += wc_cyc_ring_rows(s->shape, l->rows);
  s->bank ^= d->last;
  s->active = !d->end;
  wc_cyc_loop_next(&s->loop);
}

void wc_cyc_seq_tick(struct cyc_seq *s, const struct cyc_issue *d, bool written) {
  s->flight += (uint32_t)d->issue - (uint32_t)written;
  if (d->issue)
    issue_row(s, d);
}
