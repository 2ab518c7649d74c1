/* The GEMM unit, one command in it: its parts connected, cycle by cycle. */
#include "cycles_gemm.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

enum { START = 13 }; /* wc_gemm_setup.sv: feeds and array have the command */
static void start(struct cyc_unit *u, const struct wc_model_config *config,
                  const struct wc_gemm *gemm, bool plain) {
  memset(u, 0, offsetof(struct cyc_unit, flight));
  wc_cyc_shape(&u->shape, config, gemm, plain);
  wc_cyc_feed_a_start(&u->feed_a, &u->shape);
  wc_cyc_feed_b_start(&u->feed_b, &u->shape);
  u->weights.shape = &u->shape;
  wc_cyc_seq_start(&u->seq, &u->shape);
  wc_cyc_drain_start(&u->drain, &u->shape);
  u->back = 2 * config->rows + 2;
  u->depth = u->back + config->cols;
  while (u->flight_mask < u->depth + CYC_MOST_LEAP)
    u->flight_mask = 2 * u->flight_mask + 1;
  assert(u->flight_mask < CYC_MOST_FLIGHT && config->banks <= CYC_MOST_BANKS);
  memset(u->flight, 0, u->flight_mask + 1);
  memset(u->behind, 0, config->banks);
}

/* Of the ports in @asks, those that want the bank of @piece. */
static unsigned ports_of_bank(const uint32_t *at, unsigned asks, uint32_t piece) {
  unsigned want = 0;
  for (unsigned p = 0; p < CYC_PORTS; p++)
    want |= (unsigned)((asks >> p & 1) != 0 && ((at[p] ^ piece) & CYC_BANK) == 0) << p;
  return want;
}

unsigned wc_cyc_arbitrate(uint8_t *behind, unsigned ports_a, uint32_t *a, uint32_t b, uint32_t c,
                          uint32_t p_at) {
  uint32_t at[CYC_PORTS] = {0};
  unsigned asks = 0, granted = 0; /* a bit a port */
  memcpy(at, a, ports_a * sizeof *a);
  at[ports_a] = b;
  at[ports_a + 1] = c;
  at[ports_a + 2] = p_at;
  for (unsigned p = 0; p < CYC_PORTS; p++)
    asks |= (unsigned)((at[p] & CYC_ASK) != 0) << p;
  for (unsigned p = 0; p < ports_a + 3; p++) {
    if ((asks >> p & 1) == 0)
      continue;
    const unsigned want = ports_of_bank(at, asks, at[p]);
    uint8_t *late = &behind[at[p] & CYC_BANK];
    const unsigned winner = wc_cyc_turn(want, *late);
    const unsigned with = winner < ports_a ? wc_cyc_sharers(at[winner]) : 0;
    granted |= 1U << winner | with;
    *late = wc_cyc_behind(winner, with);
    asks &= ~want;
  }
  for (unsigned p = 0; p < ports_a; p++)
    a[p] &= ~((granted >> p & 1) * (uint32_t)CYC_ASK);
  return granted >> ports_a;
}

static struct cyc_acc_events acc_events(const struct cyc_unit *u, uint64_t cycle,
                                        const struct cyc_issue *issue) {
  const uint8_t closed = u->flight[(cycle - u->shape.cols - 1) & u->flight_mask];
  const uint8_t done = u->flight[(cycle - u->depth) & u->flight_mask];
  return (struct cyc_acc_events){
      .taken = (unsigned)issue->take << u->seq.bank,
      .closed = (closed & CYC_LAST ? 1U << ((closed & CYC_SECOND) != 0) : 0) |
                (unsigned)(issue->take && issue->final && !u->shape.cmd->preload) << u->seq.bank,
      .whole = done & CYC_LAST ? 1U << ((done & CYC_SECOND) != 0) : 0,
      .row_done = done & CYC_FINAL ? 1U << ((done & CYC_SECOND) != 0) : 0,
  };
}

/* What was issued when the odd row of a pair is read now. */
static uint8_t late_row(const struct cyc_unit *u, uint64_t cycle) {
  return u->flight[(cycle - u->shape.cols / 2) & u->flight_mask];
}

/* Whether the next row can be read from the ring (wc_gemm_ring.sv). */
static bool row_here(const struct cyc_unit *u, uint64_t cycle) {
  const uint64_t at = u->seq.base + u->seq.row;
  const bool busy = u->shape.fold && at % 2 != 0 && (late_row(u, cycle) & CYC_TWO) != 0;
  return u->complete > at && !busy;
}

static void decide(const struct cyc_unit *u, uint64_t cycle, struct cyc_issue *issue) {
  const enum cyc_acc bank = u->drain.bank[u->seq.bank];
  const bool bank_ready = bank == (u->shape.cmd->preload ? CYC_LOADED : CYC_EMPTY);
  wc_cyc_seq_decide(&u->seq, row_here(u, cycle), wc_cyc_weights_ready(&u->weights), bank_ready,
                    issue);
}

/* state_o while a row is sent: whether it fills the array. */
static unsigned row_state(const struct cyc_seq *s) {
  const struct cyc_shape *shape = s->shape;
  const bool alone = shape->folded && s->row == s->loop.rows - 1;
  const unsigned cols = shape->folded ? shape->cols / 2 : shape->cols;
  return s->loop.lanes == shape->rows && s->loop.cols == cols && !alone ? 1 : 2;
}

/* state_o. */
static unsigned state_of(const struct cyc_unit *u, uint64_t cycle, const struct cyc_issue *issue) {
  if (issue->issue)
    return row_state(&u->seq);
  if (!u->seq.active)
    return cycle < CYC_SETUP ? 4 : 0;
  if (issue->wait == 3)
    return u->drain.bank[u->seq.bank] >= CYC_FULL ? 6 : 5;
  return 3 + issue->wait;
}

static void tick_feed_a(struct cyc_unit *u) {
  struct cyc_feed_a *f = &u->feed_a;
  struct cyc_fetch_a *a = &u->fetch_a;
  const bool ready = wc_cyc_step_granted(a->at);
  u->complete += u->done_rows;
  u->done_rows = a->out;
  a->out = a->tag2;
  a->tag2 = a->tag1;
  a->tag1 = ready ? a->tag : 0;
  if (ready) {
    memset(a->at, 0, sizeof a->at);
    a->tag = 0;
  }
  if (f->run) {
    if (ready)
      wc_cyc_feed_a_take(f, a);
  } else if (f->active && wc_cyc_feed_a_lacks(f, u->seq.freed) == 0) {
    wc_cyc_feed_a_begin(f);
  }
}

/* @reading, @begins: a buffer is being read; begins to be. */
static void tick_feed_b(struct cyc_unit *u, bool granted, bool reading, bool begins) {
  struct cyc_feed_b *f = &u->feed_b;
  uint32_t piece = 0, tag = 0;
  if (f->run && wc_cyc_fetch_ready(&u->fetch_b, granted))
    piece = wc_cyc_feed_b_take(f, &tag);
  if (f->active && !f->run && wc_cyc_feed_b_has_room(f, reading))
    wc_cyc_feed_b_begin(f);
  f->used -= begins;
  wc_cyc_fetch_tick(&u->fetch_b, granted, piece, tag);
}

static void tick(struct cyc_unit *u, uint64_t cycle, const struct cyc_issue *issue) {
  const unsigned granted = wc_cyc_arbitrate(u->behind, u->shape.ports_a, u->fetch_a.at,
                                            u->fetch_b.at, u->drain.stage[2], u->drain.in.at);
  const struct cyc_acc_events events = acc_events(u, cycle, issue);
  const bool written = u->flight[(cycle - u->back) & u->flight_mask] & CYC_ISSUED;
  const bool reading = u->weights.run, begins = wc_cyc_weights_begins(&u->weights, issue);
  const uint8_t bits = wc_cyc_row_bits(issue, u->seq.bank);
  if (u->flight[(cycle - 1) & u->flight_mask] != bits)
    u->since = cycle;
  u->flight[cycle & u->flight_mask] = bits;
  wc_cyc_drain_tick(&u->drain, (granted & CYC_GRANT_C) != 0, (granted & CYC_GRANT_P) != 0, &events);
  wc_cyc_weights_tick(&u->weights, issue, u->fetch_b.out);
  tick_feed_a(u);
  tick_feed_b(u, (granted & CYC_GRANT_B) != 0, reading, begins);
  wc_cyc_seq_tick(&u->seq, issue, written);
  if (u->shape.fold)
    u->seq.freed += late_row(u, cycle) >> CYC_FREED;
}

/* Pieces are to be named, or on their way. */
static bool feeding(const struct cyc_unit *u) {
  const struct cyc_fetch_a *a = &u->fetch_a;
  const struct cyc_fetch *b = &u->fetch_b;
  return u->feed_a.active || u->feed_b.active || u->feed_a.run || u->feed_b.run ||
         (a->at[0] | b->at | a->tag1 | a->tag2 | a->out | b->tag1 | b->tag2 | b->out) != 0;
}

static struct wc_port_use use_of(struct cyc_list *list, unsigned bank_mask) {
  wc_cyc_list_clear(list, bank_mask);
  return list->use.sum;
}

static void count_use(struct cyc_unit *u, struct wc_timing *timing) {
  const unsigned mask = u->shape.bank_mask;
  wc_cyc_steps_clear(&u->feed_a.list, &u->shape);
  timing->port[0] = u->feed_a.list.use.sum;
  timing->port[1] = use_of(&u->feed_b.list, mask);
  timing->port[2] = use_of(&u->drain.c.list, mask);
  timing->port[3] = use_of(&u->drain.p.list, mask);
}

void wc_cyc_gemm(const struct wc_model_config *config, const struct wc_gemm *gemm, bool plain,
                 struct wc_timing *timing) {
  struct cyc_unit u;
  start(&u, config, gemm, plain);
  /* What the next command's weights need after the last row, beside a free bank. */
  const unsigned load = config->double_weights != 0 ? 1 : 3 * config->rows - 2;
  uint64_t free_from = 0;
  *timing = (struct wc_timing){.state = {[4] = START}};
  unsigned cycles = 0;
  for (uint64_t cycle = START + 1; timing->done == 0 || timing->end == 0 || cycle < CYC_SETUP;
       cycle += cycles) {
    struct cyc_issue issue;
    decide(&u, cycle, &issue);
    const unsigned state = state_of(&u, cycle, &issue);
    if (timing->fed == 0 && !feeding(&u))
      timing->fed = cycle + 1;
    if (issue.issue && timing->begin == 0)
      timing->begin = cycle;
    if (issue.end)
      free_from = cycle + load;
    if (timing->end == 0 && !u.seq.active && cycle >= free_from &&
        u.drain.bank[u.seq.bank] == CYC_EMPTY)
      timing->end = cycle;
    if (u.drain.done && timing->done == 0)
      timing->done = cycle;
    const unsigned sending = row_state(&u.seq);
    struct cyc_leap leap = {0};
    if (!plain && cycle >= CYC_SETUP)
      leap = wc_cyc_leap(&u, cycle, &issue);
    cycles = leap.cycles;
    if (cycles == 0) {
      tick(&u, cycle, &issue);
      cycles = 1;
      leap.sent = issue.issue;
    }
    timing->state[sending] += leap.sent;
    if (cycles != leap.sent && state != 0)
      timing->state[leap.sent == 0 ? state : 4] += cycles - leap.sent;
  }
  count_use(&u, timing);
}

void wc_timing_gemm(const struct wc_model_config *config, const struct wc_gemm *gemm,
                    struct wc_timing *timing) {
  /* Leaps know waves whose weights ride ahead only. */
  wc_cyc_gemm(config, gemm, config->double_weights == 0, timing);
}

void wc_timing_gemm_shape(const struct wc_model_config *config, const struct wc_gemm *gemm,
                          struct wc_gemm *shape) {
  const uint32_t round = config->banks * config->line_bytes;
  const uint32_t turn = gemm->a_base & -config->line_bytes;
  *shape = *gemm;
  shape->a_base = (gemm->a_base - turn) % round;
  shape->b_base = (gemm->b_base - turn) % round;
  shape->c_base = (gemm->c_base - turn) % round;
  if (gemm->preload)
    shape->p_base = (gemm->p_base - turn) % round;
}
