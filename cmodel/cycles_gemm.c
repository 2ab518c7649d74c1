/* The GEMM unit, one command in it: its parts connected, cycle by cycle. */
#include "cycles_gemm.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

enum {
  START = 13, /* wc_gemm_setup.sv: feeds and array have the command */
  SETUP = 33, /* the next can be taken */
  PORTS = 3,  /* of the global buffer: A, B, C and P */
  MOST_BANKS = 1 << 15,
  MOST_FLIGHT = 1 << 16 /* rows under way, in the largest array whose lanes fit a line */
};

/* A row of the array, as bits. */
enum { ISSUED = 1, FINAL = 2, LAST = 4, BANK = 8 };

struct unit {
  struct cyc_shape shape;
  struct cyc_feed_a feed_a;
  struct cyc_feed_b feed_b;
  struct cyc_fetch fetch_a, fetch_b;
  struct cyc_weights weights;
  struct cyc_seq seq;
  struct cyc_drain drain;
  uint64_t complete; /* rows of A that can be read */
  uint32_t done_rows;
  /* wc_gemm_acc.sv: what was issued in which cycle */
  unsigned back, depth; /* cycles until column 0 and the whole row are written */
  uint32_t flight_mask;
  uint8_t flight[MOST_FLIGHT];
  uint8_t last_port[MOST_BANKS]; /* that each bank served */
};

static void start(struct unit *u, const struct wc_model_config *config,
                  const struct wc_gemm *gemm) {
  memset(u, 0, offsetof(struct unit, flight));
  wc_cyc_shape(&u->shape, config, gemm);
  wc_cyc_feed_a_start(&u->feed_a, &u->shape);
  wc_cyc_feed_b_start(&u->feed_b, &u->shape);
  u->weights.shape = &u->shape;
  wc_cyc_seq_start(&u->seq, &u->shape);
  wc_cyc_drain_start(&u->drain, &u->shape);
  u->back = 2 * config->rows + 2;
  u->depth = u->back + config->cols;
  while (u->flight_mask <= u->depth)
    u->flight_mask = 2 * u->flight_mask + 1;
  assert(u->flight_mask < MOST_FLIGHT && config->banks <= MOST_BANKS);
  memset(u->flight, 0, u->flight_mask + 1);
  memset(u->last_port, PORTS - 1, config->banks);
}

/* Whether a bank that served port @last serves @p before @o. */
static bool comes_first(unsigned p, unsigned o, unsigned last) {
  return (p + PORTS - 1 - last) % PORTS < (o + PORTS - 1 - last) % PORTS;
}

/* wc_gbuf.sv: round robin in each bank. */
static void arbitrate(struct unit *u, bool grant[PORTS]) {
  const struct cyc_drain *d = &u->drain;
  const bool writes = d->stage[2].valid;
  grant[0] = wc_cyc_fetch_asks(&u->fetch_a);
  grant[1] = wc_cyc_fetch_asks(&u->fetch_b);
  grant[2] = writes || wc_cyc_fetch_asks(&d->in);
  const unsigned bank[PORTS] = {u->fetch_a.at.bank, u->fetch_b.at.bank,
                                writes ? d->stage[2].bank : d->in.at.bank};
  const bool want[PORTS] = {grant[0], grant[1], grant[2]};
  for (unsigned p = 0; p < PORTS; p++) {
    const unsigned o = (p + 1) % PORTS;
    if (want[p] && want[o] && bank[p] == bank[o])
      grant[comes_first(p, o, u->last_port[bank[p]]) ? o : p] = false;
  }
  for (unsigned p = 0; p < PORTS; p++) {
    if (grant[p])
      u->last_port[bank[p]] = (uint8_t)p;
  }
}

static struct cyc_acc_events acc_events(const struct unit *u, uint64_t cycle,
                                        const struct cyc_issue *issue) {
  const uint8_t closed = u->flight[(cycle - u->shape.cols - 1) & u->flight_mask];
  const uint8_t done = u->flight[(cycle - u->depth) & u->flight_mask];
  return (struct cyc_acc_events){
      .taken = (unsigned)issue->take << u->seq.bank,
      .closed = closed & LAST ? 1U << ((closed & BANK) != 0) : 0,
      .row_done = done & FINAL ? 1U << ((done & BANK) != 0) : 0,
  };
}

static void decide(const struct unit *u, struct cyc_issue *issue) {
  const enum cyc_acc bank = u->drain.bank[u->seq.bank];
  const bool bank_ready = bank == (u->shape.cmd->preload ? CYC_LOADED : CYC_EMPTY);
  wc_cyc_seq_decide(&u->seq, u->complete, wc_cyc_weights_ready(&u->weights), bank_ready, issue);
}

/* state_o. */
static unsigned state_of(const struct unit *u, uint64_t cycle, const struct cyc_issue *issue) {
  if (issue->issue)
    return issue->whole ? 1 : 2;
  if (!u->seq.active)
    return cycle < SETUP ? 4 : 0;
  if (issue->wait == 3)
    return u->drain.bank[u->seq.bank] == CYC_FULL ? 6 : 5;
  return 3 + issue->wait;
}

static void tick_feeds(struct unit *u, const bool grant[PORTS], bool release) {
  struct cyc_piece a, b;
  const bool a_taken =
      wc_cyc_feed_a_tick(&u->feed_a, wc_cyc_fetch_ready(&u->fetch_a, grant[0]), u->seq.freed, &a);
  const bool b_taken =
      wc_cyc_feed_b_tick(&u->feed_b, wc_cyc_fetch_ready(&u->fetch_b, grant[1]), release, &b);
  u->complete += u->done_rows;
  u->done_rows = u->fetch_a.out;
  wc_cyc_fetch_tick(&u->fetch_a, grant[0], a_taken ? &a : NULL);
  wc_cyc_fetch_tick(&u->fetch_b, grant[1], b_taken ? &b : NULL);
}

static void tick(struct unit *u, uint64_t cycle, const struct cyc_issue *issue) {
  bool grant[PORTS];
  arbitrate(u, grant);
  const struct cyc_acc_events events = acc_events(u, cycle, issue);
  const bool written = u->flight[(cycle - u->back) & u->flight_mask] & ISSUED;
  const bool release = wc_cyc_weights_release(&u->weights);
  u->flight[cycle & u->flight_mask] =
      issue->issue ? (uint8_t)(ISSUED | (issue->final ? FINAL : 0) | (issue->last ? LAST : 0) |
                               (u->seq.bank ? BANK : 0))
                   : 0;
  wc_cyc_drain_tick(&u->drain, grant[2], &events);
  wc_cyc_weights_tick(&u->weights, release, issue, u->fetch_b.out);
  tick_feeds(u, grant, release);
  wc_cyc_seq_tick(&u->seq, issue, written);
}

/* Pieces are to be named, or on their way. */
static bool feeding(const struct unit *u) {
  const struct cyc_fetch *a = &u->fetch_a, *b = &u->fetch_b;
  return u->feed_a.active || u->feed_b.active || a->valid || b->valid ||
         (a->tag1 | a->tag2 | a->out | b->tag1 | b->tag2 | b->out) != 0;
}

void wc_timing_gemm(const struct wc_model_config *config, const struct wc_gemm *gemm,
                    struct wc_timing *timing) {
  struct unit u;
  start(&u, config, gemm);
  /* What the next command's weights need after the last row, beside a free bank. */
  const unsigned load = config->double_weights != 0 ? 1 : 3 * config->rows - 2;
  uint64_t free_from = 0;
  *timing = (struct wc_timing){.state = {[4] = START}};
  for (uint64_t cycle = START + 1; timing->done == 0 || timing->end == 0 || cycle < SETUP;
       cycle++) {
    struct cyc_issue issue;
    decide(&u, &issue);
    const unsigned state = state_of(&u, cycle, &issue);
    if (state != 0)
      timing->state[state]++;
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
    tick(&u, cycle, &issue);
  }
}

void wc_timing_gemm_shape(const struct wc_model_config *config, const struct wc_gemm *gemm,
                          struct wc_gemm *shape) {
  const uint32_t span = config->banks * config->line_bytes;
  *shape = *gemm;
  shape->a_base %= span;
  shape->b_base %= span;
  shape->c_base %= span;
  shape->p_base %= span;
}
