/* The GEMM unit's control without its data, to count cycles: a structure for each module of
 * rtl/wc_gemm_*.sv that has state, stepped cycle by cycle. See docs/cycles.md.
 *
 * Every part's tick() is one clock edge: it is given what other modules say in this cycle, reads
 * its own registers, and leaves the values that they have in the next. */
#ifndef WC_CYCLES_GEMM_H
#define WC_CYCLES_GEMM_H

#include <stdbool.h>
#include <stdint.h>

#include "wc_cycles.h"

/* What wc_gemm_setup.sv makes of a command, and the sizes that all parts share. */
struct cyc_shape {
  const struct wc_gemm *cmd;
  unsigned rows, cols, acc_rows; /* the array's */
  bool double_weights;
  unsigned line_bytes, line_shift, bank_mask; /* the global buffer's */
  uint64_t m, k;                              /* rows and depth */
  uint32_t n;                                 /* columns */
  uint32_t m1, m0, k1, k0;                    /* their triples, but for the outermost index */
  unsigned group, block;                      /* column tiles of a group, rows of a block */
  bool across, merge;
  uint64_t a_origin, a_i1, a_i0, a_j2, a_j1;
};
void wc_cyc_shape(struct cyc_shape *shape, const struct wc_model_config *config,
                  const struct wc_gemm *cmd);
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
void wc_cyc_index_do(struct cyc_index *index, enum cyc_op op, uint32_t count);
static inline uint64_t wc_cyc_index_sum(const struct cyc_index *x, uint64_t s2, uint64_t s1,
                                        uint64_t s0) {
  return x->i2 * s2 + x->i1 * s1 + x->i0 * s0;
}

/* A piece of a line, as feeds name it. */
struct cyc_piece {
  bool ask; /* a request to the global buffer, else a tap outside the image */
  unsigned bank;
  uint32_t tag; /* what the piece completes, 0: nothing */
};

/* Pieces on their way: wc_gemm_fetch.sv. */
struct cyc_fetch {
  bool valid;
  struct cyc_piece at;      /* stage 0 */
  uint32_t tag1, tag2, out; /* tags in stages 1 and 2, and at the output */
};
static inline bool wc_cyc_fetch_asks(const struct cyc_fetch *f) {
  return f->valid && f->at.ask;
}
static inline bool wc_cyc_fetch_ready(const struct cyc_fetch *f, bool granted) {
  return !f->valid || !f->at.ask || granted;
}
/* @piece: what is handed over in this cycle, or NULL. */
void wc_cyc_fetch_tick(struct cyc_fetch *f, bool granted, const struct cyc_piece *piece);

/* wc_gemm_feed_a.sv; tags are rows that are complete with the piece. */
struct cyc_feed_a {
  const struct cyc_shape *shape;
  struct cyc_loop loop;
  struct cyc_index pos, tap, row; /* position, tap, and tap as part of its kernel row */
  unsigned most;                  /* elements of a piece */
  bool col, active, run, whole;
  uint64_t base;
  uint32_t outer_left, inner_left, inner_all, count;
  struct cyc_piece piece;
};
void wc_cyc_feed_a_start(struct cyc_feed_a *f, const struct cyc_shape *shape);
/* True with the piece that is handed over in this cycle. */
bool wc_cyc_feed_a_tick(struct cyc_feed_a *f, bool ready, uint64_t freed, struct cyc_piece *piece);

/* wc_gemm_feed_b.sv; the tag of a tile's last piece is 1 + its buffer. */
struct cyc_feed_b {
  const struct cyc_shape *shape;
  struct cyc_loop loop;
  struct cyc_index k;
  unsigned most, slot, used;
  bool active, run;
  uint32_t outer, outer_left, inner, inner_left, inner_all, count;
  struct cyc_piece piece;
};
void wc_cyc_feed_b_start(struct cyc_feed_b *f, const struct cyc_shape *shape);
bool wc_cyc_feed_b_tick(struct cyc_feed_b *f, bool ready, bool release, struct cyc_piece *piece);

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
  bool final, last, end; /* row's sums complete; the block's last; the command's last */
  unsigned wait;         /* if it has to: 0 weights, 1 row, 2 sum, 3 bank */
};

/* wc_gemm_weights.sv, and which tile buffers of B are full. */
struct cyc_weights {
  const struct cyc_shape *shape;
  unsigned full, full_before; /* bits: buffers; full_before: a cycle ago */
  unsigned slot, count;       /* count: lanes read */
  bool run;
  /* Where PEs hold one weight: weights are in place, in use, and cycles until rows have left. */
  bool loaded, wave;
  unsigned leave;
};
bool wc_cyc_weights_ready(const struct cyc_weights *w);
static inline bool wc_cyc_weights_release(const struct cyc_weights *w) {
  return w->run && w->count == w->shape->rows - 1;
}
/* @filled: what the fetch of B says. */
void wc_cyc_weights_tick(struct cyc_weights *w, bool release, const struct cyc_issue *issue,
                         uint32_t filled);

void wc_cyc_seq_start(struct cyc_seq *s, const struct cyc_shape *shape);
void wc_cyc_seq_decide(const struct cyc_seq *s, uint64_t complete, bool weights, bool bank_ready,
                       struct cyc_issue *issue);
void wc_cyc_seq_tick(struct cyc_seq *s, const struct cyc_issue *issue, bool written);

/* Pieces of C or P: wc_gemm_rows.sv. */
struct cyc_rows {
  const struct cyc_shape *shape;
  struct cyc_loop loop;
  struct cyc_index m;
  uint64_t base, s2, s1, s0;
  unsigned shift; /* of an element's bytes */
  bool run;
  uint32_t row, col, count;
  unsigned bank; /* of the present piece */
};

/* wc_gemm_drain.sv and wc_gemm_out.sv. */
enum cyc_acc { CYC_EMPTY, CYC_LOADED, CYC_TAKEN, CYC_FULL };
enum cyc_task { CYC_NONE, CYC_DRAIN, CYC_LOAD };
struct cyc_line {
  bool valid, last;
  unsigned bank;
};
struct cyc_drain {
  enum cyc_acc bank[2];
  unsigned drain_bank, load_bank;
  enum cyc_task task;
  bool loads, drain_end, load_end, done;
  uint32_t complete[2], sent; /* rows of the banks' blocks that are complete, that are drained */
  struct cyc_rows c, p;
  struct cyc_line stage[3];
  struct cyc_fetch in;
};
/* What the array says in a cycle; bits are banks. */
struct cyc_acc_events {
  unsigned taken, closed, row_done;
};
void wc_cyc_drain_start(struct cyc_drain *d, const struct cyc_shape *shape);
void wc_cyc_drain_tick(struct cyc_drain *d, bool granted, const struct cyc_acc_events *events);

#endif
