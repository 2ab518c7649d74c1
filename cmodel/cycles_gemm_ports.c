/* The ports of the global buffer, piece by piece: all that is left to step through in a leap. */
#include "cycles_gemm_ports.h"

#include <string.h>

static const uint32_t no_piece = 0;

struct cyc_port wc_cyc_port(uint32_t at, bool run, const struct cyc_list *list) {
  return (struct cyc_port){at, run ? &list->piece[list->at] : &no_piece, run};
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

static inline void go_a(struct cyc_flow *f) {
  const unsigned row = (f->a.at & CYC_ROW) != 0;
  f->history |= row;
  f->a_rows += row;
  f->a.at = next_piece(&f->a);
}

static inline void go_b(struct cyc_flow *f) {
  if (f->b.at & CYC_TILE)
    f->tile = 1;
  f->b.at = next_piece(&f->b);
  if (f->b.at & CYC_TILE) {
    f->b.next = &no_piece;
    f->b.step = 0;
  }
}

static inline void go_c(struct cyc_flow *f) {
  f->c.at = f->stage[1];
  f->stage[1] = f->stage[0];
  f->stage[0] = next_piece(&f->c);
  f->c_rows += (f->stage[0] & CYC_ROW) != 0;
}

static inline void send_row(struct cyc_flow *f) {
  const bool goes = f->sends && f->complete != 0;
  f->flight[(f->cycle + f->cycles) & f->flight_mask] = goes ? f->bits : 0;
  f->sent += goes;
  f->complete += (f->history >> 3 & 1) - goes;
  f->history <<= 1;
}

static inline void serve(struct cyc_flow *f, uint32_t piece, enum cyc_port_name port) {
  if (piece & CYC_ASK)
    f->last_port[piece & CYC_BANK] = (uint8_t)port;
}

/* Ports that are not @with_... are not active. Stops when A or B becomes so. */
static void flow(struct cyc_flow *f, unsigned cycles, bool with_a, bool with_b) {
  const bool with_c = active(&f->c), with_p = active(&f->p);
  do {
    send_row(f);
    f->tile += f->tile != 0;
    bool grant[CYC_PORTS];
    const uint32_t at[CYC_PORTS] = {
        [CYC_A] = f->a.at, [CYC_B] = f->b.at, [CYC_C] = f->c.at, [CYC_P] = f->p.at};
    wc_cyc_arbitrate(f->last_port, at, grant);
    if (with_a && (grant[CYC_A] || (f->a.at & CYC_ASK) == 0))
      go_a(f);
    if (with_b && (grant[CYC_B] || (f->b.at & CYC_ASK) == 0))
      go_b(f);
    if (with_c && (grant[CYC_C] || f->c.at == 0))
      go_c(f);
    if (with_p && (grant[CYC_P] || f->p.at == 0))
      f->p.at = next_piece(&f->p);
    f->cycles++;
  } while (f->cycles < cycles && !wc_cyc_flow_ended(f) && (!with_a || active(&f->a)) &&
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
  f->complete += bits(before) + a_rows - bits(f->history);
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
static inline unsigned flow_apart(struct cyc_flow *f, const struct apart *most, bool with_a,
                                  bool with_b, bool with_c, bool with_p) {
  const uint64_t before = f->history;
  uint64_t history = before;
  uint32_t a = f->a.at, b = f->b.at, p = f->p.at;
  const uint32_t *next_a = f->a.next, *next_b = f->b.next, *next_p = f->p.next;
  struct line c = line_of(f);
  unsigned rows = 0, n = 0;
  for (; n < most->cycles; n++) {
    const unsigned row = with_a && (a & CYC_ROW) != 0;
    if ((with_a && with_b && meet(a, b)) || (with_b && with_c && meet(b, c.at)) ||
        (with_c && with_a && meet(c.at, a)) ||
        (with_p && (meet(p, a) || meet(p, b) || meet(p, c.at))) ||
        (with_b && (b & CYC_TILE) != 0) || (with_a && most->each && row == 0))
      break;
    history = history << 1 | row;
    rows += row;
    if (with_a) {
      serve(f, a, CYC_A);
      a = *next_a++;
    }
    if (with_b) {
      serve(f, b, CYC_B);
      b = *next_b++;
    }
    if (with_c) {
      serve(f, c.at, CYC_C);
      go_line(&c);
    }
    if (with_p) {
      serve(f, p, CYC_P);
      p = *next_p++;
    }
  }
  f->history = history;
  f->a.at = a;
  f->a.next = next_a;
  f->b.at = b;
  f->b.next = next_b;
  f->p.at = p;
  f->p.next = next_p;
  if (n != 0 && with_b && (b & CYC_TILE) != 0) {
    f->b.next = &no_piece;
    f->b.step = 0;
  }
  if (with_c)
    end_line(f, &c);
  flow_rows(f, n, before, rows);
  return n;
}

/* A copy of the loop for each set of active ports, but one for all with P. */
static unsigned flow_any_apart(struct cyc_flow *f, const struct apart *most) {
  const bool with_a = active(&f->a), with_b = active(&f->b), with_c = active(&f->c);
  if (active(&f->p))
    return flow_apart(f, most, with_a, with_b, with_c, true);
  switch (with_a * 1U + with_b * 2U + with_c * 4U) {
    case 0:
      return flow_apart(f, most, false, false, false, false);
    case 1:
      return flow_apart(f, most, true, false, false, false);
    case 2:
      return flow_apart(f, most, false, true, false, false);
    case 3:
      return flow_apart(f, most, true, true, false, false);
    case 4:
      return flow_apart(f, most, false, false, true, false);
    case 5:
      return flow_apart(f, most, true, false, true, false);
    case 6:
      return flow_apart(f, most, false, true, true, false);
    default:
      return flow_apart(f, most, true, true, true, false);
  }
}

enum { WORTH_IT = 4, MEANWHILE = 16 };

void wc_cyc_flow(struct cyc_flow *f, unsigned cycles) {
  while (f->cycles < cycles && !wc_cyc_flow_ended(f)) {
    const bool a = active(&f->a), b = active(&f->b);
    const bool last = (a && f->a.step == 0) || (b && f->b.step == 0);
    const struct apart most = apart(f, cycles);
    const bool worth = !last && (most.cycles >= WORTH_IT || !a);
    if (worth && flow_any_apart(f, &most) != 0)
      continue;
    const unsigned until = f->cycles + (worth ? 1 : MEANWHILE);
    flow(f, until < cycles ? until : cycles, a, b);
  }
}
