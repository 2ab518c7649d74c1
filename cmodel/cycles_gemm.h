/* The GEMM unit's control without its data, to count cycles: a structure for each module of
 * rtl/wc_gemm_*.sv that has state, stepped cycle by cycle. See docs/cycles.md.
 *
 * Every part's tick() is one clock edge: it is given what other modules say in this cycle, reads
 * its own registers, and leaves the values that they have in the next. */
#ifndef WC_CYCLES_GEMM_H
#define WC_CYCLES_GEMM_H

#include <stdbool.h>
#include <stdint.h>

#include "port.h"
#include "wc_cycles.h"

/* What wc_gemm_setup.sv makes of a command, and the sizes that all parts share. */
struct cyc_shape {
  const struct wc_gemm *cmd;
  unsigned rows, cols, acc_rows; /* the array's */
  bool double_weights;
  bool fold, folded;                          /* the array can; the command's rows go in pairs */
  unsigned ports_a;                           /* of the global buffer: pieces of a step */
  unsigned line_bytes, line_shift, bank_mask; /* the global buffer's */
  uint64_t m, k;                              /* rows and depth */
  uint32_t n;                                 /* columns */
  uint32_t m1, m0, k1, k0;                    /* their triples, but for the outermost index */
  unsigned group, block;                      /* column tiles of a group, rows of a block */
  unsigned least; /* a last block of fewer rows shares those of the one before, */
  unsigned share; /* in multiples of this */
  bool across, merge;
  bool plain; /* pieces are named one by one, cycles stepped through: to test the short cuts */
  uint64_t a_origin, a_i1, a_i0, a_j2, a_j1;
};
void wc_cyc_shape(struct cyc_shape *shape, const struct wc_model_config *config,
                  const struct wc_gemm *cmd, bool plain);
static inline unsigned wc_cyc_bank(const struct cyc_shape *shape, uint64_t addr) {
  return (unsigned)(addr >> shape->line_shift) & shape->bank_mask;
}
/* Elements of 1 << @shift bytes from @addr to the end of its line. */
static inline unsigned wc_cyc_line_left(const struct cyc_shape *shape, uint64_t addr,
                                        unsigned shift) {
  return (shape->line_bytes >> shift) - (((unsigned)addr & (shape->line_bytes - 1)) >> shift);
}

/* Order of the tiles: wc_gemm_loop.sv. */
struct cyc_loop {
  const struct cyc_shape *shape;
  bool skip_n, skip_k;
  uint64_t m_left, k_left;
  uint32_t group_left, n_left, tile;
  /* the present tile */
  uint32_t rows, lanes, cols, column; /* column: its first */
  bool first_k, last_k, last_t, last_n, last_m;
};
void wc_cyc_loop_start(struct cyc_loop *loop, const struct cyc_shape *shape, bool skip_n,
                       bool skip_k);
void wc_cyc_loop_next(struct cyc_loop *loop);

/* An index triple and the place to come back to: wc_gemm_axis.sv. Its sums of strides are
 * products here. */
struct cyc_index {
  uint32_t i0, i1, i2, mark0, mark1, mark2;
  uint32_t d0, d1;
};
enum cyc_op { CYC_HOLD, CYC_STEP, CYC_RESTART, CYC_MARK, CYC_ZERO };
/* A step never passes more than the end of this run and of the next. */
static inline void wc_cyc_index_step(struct cyc_index *x, uint32_t count) {
  x->i0 += count;
  while (x->i0 >= x->d0) {
    x->i0 -= x->d0;
    if (++x->i1 != x->d1)
      continue;
    x->i1 = 0;
    x->i2++;
  }
}
static inline void wc_cyc_index_do(struct cyc_index *x, enum cyc_op op, uint32_t count) {
  switch (op) {
    case CYC_HOLD:
      break;
    case CYC_RESTART:
      x->i0 = x->mark0;
      x->i1 = x->mark1;
      x->i2 = x->mark2;
      break;
    case CYC_ZERO:
      *x = (struct cyc_index){.d1 = x->d1, .d0 = x->d0};
      break;
    case CYC_STEP:
      wc_cyc_index_step(x, count);
      break;
    case CYC_MARK:
      wc_cyc_index_step(x, count);
      x->mark0 = x->i0;
      x->mark1 = x->i1;
      x->mark2 = x->i2;
      break;
  }
}
static inline uint64_t wc_cyc_index_sum(const struct cyc_index *x, uint64_t s2, uint64_t s1,
                                        uint64_t s0) {
  return x->i2 * s2 + x->i1 * s1 + x->i0 * s0;
}

/* A piece of a line, in a word; 0 is none. */
enum {
  CYC_BANK = 0xFFFF,
  CYC_ASK = 1 << 16,   /* a request to the global buffer, else a tap outside the image */
  CYC_PIECE = 1 << 17, /* set in all */
  CYC_ROW = 1 << 18,   /* the last of its row, where rows are completed one by one, */
  CYC_TILE = 1 << 19,  /* of its tile (of C and P: of its block), */
  CYC_END = 1 << 20,   /* of its command (C and P) */
  /* of A: */
  CYC_CLASH = 1 << 21, /* its step has two lines of one bank (in the first piece) */
  CYC_WITH = 22        /* shift: the ports that share this piece's line, a bit each, it included */
};

/* Pieces named ahead: which they are depends on the command alone, when they are needed does not.
 */
enum { CYC_AHEAD = 256 };
/* What has been asked for: the last bank, and steps like the last ones before it. */
struct cyc_use {
  uint32_t bank, least, most, steps;
  struct wc_port_use sum;
};
struct cyc_list {
  unsigned at, end;
  struct cyc_use use;
  uint32_t piece[CYC_AHEAD];
};
static inline void wc_cyc_list_put(struct cyc_list *list, uint32_t piece) {
  list->piece[list->end++] = piece;
}
/* Counts what was in the list, and empties it. */
void wc_cyc_list_clear(struct cyc_list *list, unsigned bank_mask);
static inline uint32_t wc_cyc_ask(const struct cyc_shape *shape, uint64_t addr) {
  return CYC_PIECE | CYC_ASK | wc_cyc_bank(shape, addr);
}

/* Steps of A named ahead: a piece for each port, the first of them with what the step completes. */
enum { CYC_PORTS_A = 4 }; /* at most */
struct cyc_steps {
  unsigned at, end;
  struct cyc_use use;
  uint32_t piece[CYC_AHEAD * CYC_PORTS_A];
};
static inline uint32_t *wc_cyc_step_at(struct cyc_steps *l, const struct cyc_shape *s, unsigned n) {
  return &l->piece[n * s->ports_a];
}

/* Pieces on their way: wc_gemm_fetch.sv. A tag is what the piece completes, 0: nothing. */
struct cyc_fetch {
  uint32_t at, tag;         /* stage 0 */
  uint32_t tag1, tag2, out; /* tags in stages 1 and 2, and at the output */
};
static inline bool wc_cyc_fetch_ready(const struct cyc_fetch *f, bool granted) {
  return (f->at & CYC_ASK) == 0 || granted;
}
/* @piece: what is handed over in this cycle, or 0. */
static inline void wc_cyc_fetch_tick(struct cyc_fetch *f, bool granted, uint32_t piece,
                                     uint32_t tag) {
  const bool leave = f->at != 0 && wc_cyc_fetch_ready(f, granted);
  f->out = f->tag2;
  f->tag2 = f->tag1;
  f->tag1 = leave ? f->tag : 0;
  if (leave || piece != 0) {
    f->at = piece;
    f->tag = tag;
  }
}

/* Steps of A on their way: a piece that is granted no longer asks. */
struct cyc_fetch_a {
  uint32_t at[CYC_PORTS_A];
  uint32_t tag, tag1, tag2, out;
};
static inline unsigned wc_cyc_sharers(uint32_t piece) {
  return piece >> CYC_WITH & ((1 << CYC_PORTS_A) - 1);
}
/* Counts what was in the list, a shared line once, and empties it. */
void wc_cyc_steps_clear(struct cyc_steps *list, const struct cyc_shape *shape);
static inline bool wc_cyc_step_granted(const uint32_t at[CYC_PORTS_A]) {
  return ((at[0] | at[1] | at[2] | at[3]) & CYC_ASK) == 0;
}

/* wc_gemm_feed_a.sv; tags are rows that are complete with the step. The list ends with a tile. */
struct cyc_feed_a {
  const struct cyc_shape *shape;
  bool active, run; /* tiles are left to be named; a tile's steps are handed over */
  uint64_t base;
  uint32_t rows; /* of the tile that is handed over */
  /* what is named next */
  bool col, naming, whole;
  bool two; /* a pair of rows */
  struct cyc_loop loop;
  struct cyc_index pos, tap, row; /* position, tap, and tap as part of its kernel row */
  unsigned most;                  /* elements of a step */
  uint32_t outer_left, inner_left, inner_all, count;
  struct cyc_steps list;
};
void wc_cyc_feed_a_start(struct cyc_feed_a *f, const struct cyc_shape *shape);
/* Rows of the ring that a tile takes. */
static inline uint32_t wc_cyc_ring_rows(const struct cyc_shape *s, uint32_t rows) {
  return s->fold ? rows + (rows & 1) : rows;
}
/* Where a tile's rows have no place yet, rows that must be freed first. */
static inline uint64_t wc_cyc_feed_a_lacks(const struct cyc_feed_a *f, uint64_t freed) {
  const uint32_t rows = wc_cyc_ring_rows(f->shape, f->loop.rows);
  const uint64_t used = f->base - freed + rows, ring = 2 * (uint64_t)f->shape->acc_rows;
  return used > ring ? used - ring : 0;
}
void wc_cyc_feed_a_begin(struct cyc_feed_a *f);
/* Rows that are complete with a step, whose first piece is @piece. */
static inline uint32_t wc_cyc_feed_a_tag(const struct cyc_feed_a *f, uint32_t piece) {
  if (f->col)
    return (piece & CYC_TILE) != 0 ? wc_cyc_ring_rows(f->shape, f->rows) : 0;
  return (piece & CYC_ROW) == 0 ? 0 : f->shape->fold ? 2 : 1;
}
/* Hands over a step. */
void wc_cyc_feed_a_take(struct cyc_feed_a *f, struct cyc_fetch_a *to);
void wc_cyc_feed_a_fill(struct cyc_feed_a *f);

/* wc_gemm_feed_b.sv; the tag of a tile's last piece is 1 + its buffer. */
struct cyc_feed_b {
  const struct cyc_shape *shape;
  bool active, run;
  unsigned slot, used; /* used: buffers given away that the array does not read yet */
  /* what is named next */
  bool naming;
  struct cyc_loop loop;
  struct cyc_index k;
  unsigned most;
  uint32_t outer, outer_left, inner, inner_left, inner_all, count;
  struct cyc_list list;
};
void wc_cyc_feed_b_start(struct cyc_feed_b *f, const struct cyc_shape *shape);
/* A buffer is free, or may be filled behind the lanes that the array reads (@reading). */
static inline bool wc_cyc_feed_b_has_room(const struct cyc_feed_b *f, bool reading) {
  const struct cyc_shape *s = f->shape;
  return f->used + (reading && (s->cmd->b_trans || !s->double_weights)) < 2;
}
void wc_cyc_feed_b_begin(struct cyc_feed_b *f);
uint32_t wc_cyc_feed_b_take(struct cyc_feed_b *f, uint32_t *tag);
void wc_cyc_feed_b_fill(struct cyc_feed_b *f);

/* wc_gemm_seq.sv */
struct cyc_seq {
  const struct cyc_shape *shape;
  struct cyc_loop loop;
  bool active;
  unsigned bank;
  uint64_t base, freed;
  uint32_t row, round, flight;
};
struct cyc_issue {
  bool issue, whole, switches, wave_last, take;
  bool pair;             /* two rows */
  unsigned freed;        /* rows of the ring that are no longer needed */
  bool final, last, end; /* row's sums complete; the block's last; the command's last */
  unsigned wait;         /* if it has to: 0 weights, 1 row, 2 sum, 3 bank */
};

/* wc_gemm_weights.sv, and which tile buffers of B are full. */
struct cyc_weights {
  const struct cyc_shape *shape;
  unsigned full, full_before; /* bits: buffers; full_before: a cycle ago */
  unsigned slot, count;       /* slot: read next; count: lanes read */
  bool run;                   /* one is read */
  /* Where PEs hold one weight: weights are in place, in use, and cycles until rows have left. */
  bool loaded, wave;
  unsigned leave;
};
bool wc_cyc_weights_ready(const struct cyc_weights *w);
/* Whether a buffer begins to be read in this cycle. */
bool wc_cyc_weights_begins(const struct cyc_weights *w, const struct cyc_issue *issue);
/* @filled: what the fetch of B says. */
void wc_cyc_weights_tick(struct cyc_weights *w, const struct cyc_issue *issue, uint32_t filled);

void wc_cyc_seq_start(struct cyc_seq *s, const struct cyc_shape *shape);
/* @here: its row is in the ring and can be read. */
void wc_cyc_seq_decide(const struct cyc_seq *s, bool here, bool weights, bool bank_ready,
                       struct cyc_issue *issue);
void wc_cyc_seq_tick(struct cyc_seq *s, const struct cyc_issue *issue, bool written);

/* Pieces of C or P: wc_gemm_rows.sv. */
struct cyc_rows {
  const struct cyc_shape *shape;
  struct cyc_loop loop;
  struct cyc_index m;
  uint64_t base, s2, s1, s0;
  unsigned shift;            /* of an element's bytes */
  bool run;                  /* a block's pieces are handed over */
  uint32_t tile_rows, taken; /* accumulator rows of its tiles; that are handed over */
  /* what is named next */
  bool naming;
  uint32_t row, col, count;
  bool both; /* a row and the next are one run */
  struct cyc_list list;
};
void wc_cyc_rows_fill(struct cyc_rows *r);
/* The accumulator row of the next piece. */
static inline uint32_t wc_cyc_rows_at(const struct cyc_rows *r) {
  return r->taken / r->tile_rows * r->shape->block + r->taken % r->tile_rows;
}

/* wc_gemm_drain.sv and wc_gemm_out.sv. */
enum cyc_acc { CYC_EMPTY, CYC_LOADED, CYC_TAKEN, CYC_FULL, CYC_LEFT };
struct cyc_drain {
  enum cyc_acc bank[2];
  unsigned name_bank, drain_bank, load_bank; /* whose pieces are named, are written; loaded next */
  bool loads, loading, load_end, done;
  bool whole[2], early[2]; /* the sums are all written; P is all there before the bank is empty */
  uint32_t complete[2];    /* rows of the banks' blocks that are complete */
  uint32_t stage[3];
  struct cyc_fetch in;
  struct cyc_rows c, p;
};
/* What the array says in a cycle; bits are banks. */
struct cyc_acc_events {
  unsigned taken, closed, row_done, whole;
};
void wc_cyc_drain_start(struct cyc_drain *d, const struct cyc_shape *shape);
/* @granted: ports C and P. */
void wc_cyc_drain_tick(struct cyc_drain *d, bool granted_c, bool granted_p,
                       const struct cyc_acc_events *events);
/* Whether a block of P may begin to come. */
bool wc_cyc_drain_may_load(const struct cyc_drain *d);
/* Rows of the block of P that may come now, behind those that are drained. */
uint32_t wc_cyc_drain_room(const struct cyc_drain *d);
/* Neither at work nor about to be, while no bank changes. */
bool wc_cyc_drain_rests(const struct cyc_drain *d);

/* A row of the array, as bits. */
enum {
  CYC_ISSUED = 1,
  CYC_FINAL = 2,
  CYC_LAST = 4,
  CYC_SECOND = 8, /* bank */
  CYC_TWO = 16,   /* a pair: the odd row of the ring is read later, */
  CYC_FREED = 5   /* shift: rows of the ring that are free then */
};

enum {
  CYC_SETUP = 33,              /* wc_gemm_setup.sv: the next command can be taken */
  CYC_PORTS = CYC_PORTS_A + 3, /* of the global buffer: A, B, C, P */
  CYC_MOST_BANKS = 1 << 15,
  CYC_MOST_FLIGHT = 1 << 16, /* rows under way, in the largest array whose lanes fit a line */
  CYC_MOST_LEAP = 512
};

struct cyc_unit {
  struct cyc_shape shape;
  struct cyc_feed_a feed_a;
  struct cyc_feed_b feed_b;
  struct cyc_fetch_a fetch_a;
  struct cyc_fetch fetch_b;
  struct cyc_weights weights;
  struct cyc_seq seq;
  struct cyc_drain drain;
  uint64_t complete; /* rows of A that can be read */
  uint32_t done_rows;
  /* wc_gemm_acc.sv: what was issued in which cycle */
  unsigned back, depth; /* cycles until column 0 and the whole row are written */
  uint64_t since;       /* what is issued has not changed */
  uint32_t flight_mask;
  uint8_t flight[CYC_MOST_FLIGHT];
  uint8_t behind[CYC_MOST_BANKS]; /* ports whose turn it is in each bank, before the others */
};
static inline uint8_t wc_cyc_row_bits(const struct cyc_issue *issue, unsigned bank) {
  if (!issue->issue)
    return 0;
  return (uint8_t)(CYC_ISSUED | (issue->final ? CYC_FINAL : 0) | (issue->last ? CYC_LAST : 0) |
                   (bank ? CYC_SECOND : 0) | (issue->pair ? CYC_TWO : 0) |
                   issue->freed << CYC_FREED);
}

/* Of the ports in @want, not none, the first of those whose turn it still is, or of all. */
static inline unsigned wc_cyc_turn(unsigned want, unsigned behind) {
  const unsigned late = want & behind, first = late != 0 ? late : want;
  return wc_lowest_bit(first);
}
/* Whose turn it is when @port was served, and @with it. */
static inline uint8_t wc_cyc_behind(unsigned port, unsigned with) {
  return (uint8_t)(~0U << (port + 1) & ~with);
}

/* wc_gbuf.sv: round robin in each bank, and shared reads of A. @a: the step in the fetch of A,
 * whose pieces that are granted no longer ask then; @b, @c, @p: what the other ports hold. Returns
 * which of these are granted. */
enum { CYC_GRANT_B = 1, CYC_GRANT_C = 2, CYC_GRANT_P = 4 };
unsigned wc_cyc_arbitrate(uint8_t *behind, unsigned ports_a, uint32_t *a, uint32_t b, uint32_t c,
                          uint32_t p);

/* Goes on from @cycle, for which @issue is decided, by as many cycles as nothing but rows and
 * pieces move, 0 if something else does: in @sent of them a row was sent, in the others the cause
 * for not sending one was the same. Where some are sent and others not, rows of A were missing. */
struct cyc_leap {
  unsigned cycles, sent;
};
struct cyc_leap wc_cyc_leap(struct cyc_unit *u, uint64_t cycle, const struct cyc_issue *issue);

/* wc_timing_gemm; @plain: without any short cut. */
void wc_cyc_gemm(const struct wc_model_config *config, const struct wc_gemm *gemm, bool plain,
                 struct wc_timing *timing);

#endif
