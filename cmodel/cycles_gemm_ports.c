/* The ports of the global buffer, piece by piece: all that is left to step through in a leap. */
#include "cycles_gemm_ports.h"

#include <string.h>

static const uint32_t no_piece[CYC_PORTS_A] = {0};

struct cyc_port wc_cyc_port(uint32_t at, bool run, const struct cyc_list *list) {
  return (struct cyc_port){at, run ? &list->piece[list->at] : no_piece, run};
}

struct cyc_port_a wc_cyc_port_a(const struct cyc_fetch_a *fetch, const struct cyc_feed_a *feed) {
  const unsigned step = feed->shape->ports_a;
  struct cyc_port_a port = {.next = feed->run ? &feed->list.piece[feed->list.at * step] : no_piece,
                            .step = feed->run ? step : 0};
  memcpy(port.at, fetch->at, sizeof port.at);
  return port;
}

static inline uint32_t next_piece(struct cyc_port *p) {
  const uint32_t piece = *p->next;
  p->next += p->step;
  return piece;
}

static inline bool active(const struct cyc_port *p) {
  return p->at != 0 || p->step != 0;
}

static inline bool meet(uint32_t a, uint32_t b) {
  return (a & CYC_ASK) != 0 && ((a ^ b) & (CYC_ASK | CYC_BANK)) == 0;
}

static inline bool active_a(const struct cyc_port_a *p) {
  return p->at[0] != 0 || p->step != 0;
}

/* Whether a piece of the step @a and @piece, of another part, meet in a bank. */
static inline bool meet_a(const uint32_t *a, uint32_t piece, unsigned ports_a) {
  return meet(a[0], piece) || meet(a[1], piece) ||
         (ports_a > 2 && (meet(a[2], piece) || meet(a[3], piece)));
}

static inline void go_a(struct cyc_flow *f) {
  struct cyc_port_a *a = &f->a;
  const unsigned row = (a->at[0] & CYC_ROW) != 0;
  f->history |= row;
  f->a_rows += row;
  for (unsigned p = 0; p < f->ports_a; p++)
    a->at[p] = a->next[p];
  a->next += a->step;
}

static inline void go_b(struct cyc_flow *f) {
  if (f->b.at & CYC_TILE)
    f->tile = 1;
  f->b.at = next_piece(&f->b);
  if (f->b.at & CYC_TILE) {
    f->b.next = no_piece;
    f->b.step = 0;
  }
}

static inline void go_c(struct cyc_flow *f) {
  f->c.at = f->stage[1];
  f->stage[1] = f->stage[0];
  f->stage[0] = next_piece(&f->c);
  f->c_rows += (f->stage[0] & CYC_ROW) != 0;
}

static inline void go_p(struct cyc_flow *f) {
  f->p.at = next_piece(&f->p);
  f->p_rows += (f->p.at & CYC_ROW) != 0;
}

static inline void send_row(struct cyc_flow *f) {
  const bool goes = f->sends && f->complete != 0;
  f->flight[(f->cycle + f->cycles) & f->flight_mask] = goes ? f->bits : 0;
  f->sent += goes;
  f->complete += (f->history >> 3 & 1) * f->gain - goes;
  f->history <<= 1;
}

static inline void serve(struct cyc_flow *f, uint32_t piece, unsigned port) {
  if (piece & CYC_ASK)
    f->behind[piece & CYC_BANK] = wc_cyc_behind(port, 0);
}

/* Serves a step of A whose lines lie in banks of their own. */
static inline void serve_a(struct cyc_flow *f, const uint32_t *a, unsigned ports_a) {
  for (unsigned p = 0; p < ports_a; p++) {
    const unsigned with = wc_cyc_sharers(a[p]);
    if ((a[p] & CYC_ASK) == 0 || (with & ((1U << p) - 1)) != 0)
      continue;
    uint8_t *behind = &f->behind[a[p] & CYC_BANK];
    *behind = wc_cyc_behind(with == 1U << p ? p : wc_cyc_turn(with, *behind), with);
  }
}

/* Whether nothing of A's, B's and C's ports meets in a bank; an idle port has no piece. */
static inline bool all_apart(const uint32_t *a, uint32_t b, uint32_t c, unsigned ports_a) {
  return (a[0] & CYC_CLASH) == 0 && !meet_a(a, b, ports_a) && !meet_a(a, c, ports_a) && !meet(b, c);
}

/* Nor P's with any of them. */
static inline bool apart_from_all(uint32_t p, const uint32_t *a, uint32_t b, uint32_t c,
                                  unsigned ports_a) {
  return !meet_a(a, p, ports_a) && !meet(b, p) && !meet(c, p);
}

/* Grants what the ports hold; returns which of B, C and P go. */
static unsigned grant(struct cyc_flow *f) {
  if (!all_apart(f->a.at, f->b.at, f->c.at, f->ports_a) ||
      !apart_from_all(f->p.at, f->a.at, f->b.at, f->c.at, f->ports_a))
    return wc_cyc_arbitrate(f->behind, f->ports_a, f->a.at, f->b.at, f->c.at, f->p.at);
  serve_a(f, f->a.at, f->ports_a);
  serve(f, f->b.at, f->ports_a);
  serve(f, f->c.at, f->ports_a + 1);
  serve(f, f->p.at, f->ports_a + 2);
  for (unsigned p = 0; p < f->ports_a; p++)
    f->a.at[p] &= ~(uint32_t)CYC_ASK;
  return CYC_GRANT_B | CYC_GRANT_C | CYC_GRANT_P;
}

/* Stops when a port becomes active, or A's or B's idle. */
static void flow(struct cyc_flow *f, unsigned cycles) {
  const bool with_a = active_a(&f->a), with_b = active(&f->b);
  const bool with_c = active(&f->c), with_p = active(&f->p);
  do {
    send_row(f);
    f->tile += f->tile != 0;
    const unsigned granted = grant(f);
    if (with_a && wc_cyc_step_granted(f->a.at))
      go_a(f);
    if (with_b && ((granted & CYC_GRANT_B) != 0 || (f->b.at & CYC_ASK) == 0))
      go_b(f);
    if (with_c && ((granted & CYC_GRANT_C) != 0 || f->c.at == 0))
      go_c(f);
    if (with_p && ((granted & CYC_GRANT_P) != 0 || f->p.at == 0))
      go_p(f);
    f->cycles++;
  } while (f->cycles < cycles && !wc_cyc_flow_ended(f) && (!with_a || active_a(&f->a)) &&
           (!with_b || active(&f->b)));
}

/* ---- rows that go in each cycle, or in none ------------------------------------------------- */

static unsigned bits(uint64_t history) {
  return (unsigned)((history & 1) + (history >> 1 & 1) + (history >> 2 & 1) + (history >> 3 & 1));
}

/* @n cycles: the rows of A that leave the port meanwhile are in the history already, @before is
 * what it was. */
static void flow_rows(struct cyc_flow *f, unsigned n, uint64_t before, unsigned a_rows) {
  const uint64_t at = (f->cycle + f->cycles) & f->flight_mask, room = f->flight_mask + 1 - at;
  memset(&f->flight[at], f->bits, n < room ? n : (size_t)room);
  if (n > room)
    memset(f->flight, f->bits, (size_t)(n - room));
  f->complete += f->gain * ((uint64_t)bits(before) + a_rows - bits(f->history));
  f->a_rows += a_rows;
  if (f->sends) {
    f->complete -= n;
    f->sent += n;
  }
  f->tile += f->tile != 0 ? n : 0;
  f->cycles += n;
}

/* Cycles in which pieces do not meet: while rows go in each of them, or in none. */
struct apart {
  unsigned cycles;
  bool each; /* as one comes */
};

static struct apart apart(const struct cyc_flow *f, unsigned cycles) {
  const unsigned n = cycles - f->cycles, left = f->left - f->sent;
  if (!f->sends)
    return (struct apart){n, false};
  const unsigned most = left < n ? left : n;
  if (f->complete >= most)
    return (struct apart){most, false};
  if (f->a.step != 0 && f->complete != 0 && bits(f->history) == 4)
    return (struct apart){most, true};
  return (struct apart){(unsigned)f->complete, false};
}

/* The pieces of C's port, in a row. */
struct line {
  uint32_t at, stage[2];
  const uint32_t *next;
  unsigned rows;
};

static inline struct line line_of(const struct cyc_flow *f) {
  return (struct line){f->c.at, {f->stage[0], f->stage[1]}, f->c.next, 0};
}

static inline void go_line(struct line *l) {
  const uint32_t piece = *l->next++;
  l->rows += (piece & CYC_ROW) != 0;
  l->at = l->stage[1];
  l->stage[1] = l->stage[0];
  l->stage[0] = piece;
}

static inline void end_line(struct cyc_flow *f, const struct line *l) {
  f->c.at = l->at;
  f->c.next = l->next;
  f->stage[0] = l->stage[0];
  f->stage[1] = l->stage[1];
  f->c_rows += l->rows;
}

/* Returns how many cycles have gone by. */
static WC_ALWAYS_INLINE unsigned flow_apart(struct cyc_flow *f, const struct apart *most,
                                            unsigned ports_a, bool with_b, bool with_c,
                                            bool with_p) {
  const uint64_t before = f->history;
  uint64_t history = before;
  uint32_t b = with_b ? f->b.at : 0, p_at = f->p.at;
  const uint32_t *a = ports_a != 0 ? f->a.at : no_piece, *next_a = f->a.next, *next_b = f->b.next;
  const uint32_t *next_p = f->p.next;
  struct line c = line_of(f);
  unsigned rows = 0, p_rows = 0, n = 0;
  for (; n < most->cycles; n++) {
    const unsigned row = (a[0] & CYC_ROW) != 0;
    if (!all_apart(a, b, with_c ? c.at : 0, ports_a) ||
        (with_p && !apart_from_all(p_at, a, b, with_c ? c.at : 0, ports_a)) ||
        (with_b && (b & CYC_TILE) != 0) || (ports_a != 0 && most->each && row == 0))
      break;
    history = history << 1 | row;
    rows += row;
    if (ports_a != 0) {
      serve_a(f, a, ports_a);
      a = next_a;
      next_a += ports_a;
    }
    if (with_b) {
      serve(f, b, f->ports_a);
      b = *next_b++;
    }
    if (with_c) {
      serve(f, c.at, f->ports_a + 1);
      go_line(&c);
    }
    if (with_p) {
      serve(f, p_at, f->ports_a + 2);
      p_at = *next_p++;
      p_rows += (p_at & CYC_ROW) != 0;
    }
  }
  f->history = history;
  if (n != 0) {
    for (unsigned p = 0; p < ports_a; p++)
      f->a.at[p] = a[p];
  }
  f->a.next = next_a;
  if (with_b)
    f->b.at = b;
  f->b.next = next_b;
  f->p.at = p_at;
  f->p.next = next_p;
  f->p_rows += p_rows;
  if (n != 0 && with_b && (b & CYC_TILE) != 0) {
    f->b.next = no_piece;
    f->b.step = 0;
  }
  if (with_c)
    end_line(f, &c);
  flow_rows(f, n, before, rows);
  return n;
}

/* A copy of the loop for each set of active ports, but one for all with P. */
static WC_ALWAYS_INLINE unsigned flow_with_a(struct cyc_flow *f, const struct apart *most,
                                             unsigned ports_a) {
  const bool b = active(&f->b), c = active(&f->c);
  if (active(&f->p))
    return flow_apart(f, most, ports_a, b, c, true);
  if (b)
    return c ? flow_apart(f, most, ports_a, true, true, false)
             : flow_apart(f, most, ports_a, true, false, false);
  return c ? flow_apart(f, most, ports_a, false, true, false)
           : flow_apart(f, most, ports_a, false, false, false);
}

static unsigned flow_any_apart(struct cyc_flow *f, const struct apart *most) {
  if (!active_a(&f->a))
    return flow_with_a(f, most, 0);
  return f->ports_a == 2 ? flow_with_a(f, most, 2) : flow_with_a(f, most, 4);
}

enum { WORTH_IT = 4, MEANWHILE = 16 };

void wc_cyc_flow(struct cyc_flow *f, unsigned cycles) {
  while (f->cycles < cycles && !wc_cyc_flow_ended(f)) {
    const bool a = active_a(&f->a), b = active(&f->b);
    const bool last = (a && f->a.step == 0) || (b && f->b.step == 0);
    const struct apart most = apart(f, cycles);
    const bool worth = !last && (most.cycles >= WORTH_IT || !a);
    if (worth && flow_any_apart(f, &most) != 0)
      continue;
    const unsigned until = f->cycles + (worth ? 1 : MEANWHILE);
    flow(f, until < cycles ? until : cycles);
  }
}
