/* The vector unit's control, cycle by cycle and without data: one structure for each RTL module
 * that has a say in the timing, named as there. A structure holds what that module registers;
 * what a module only computes from its registers for the next cycle is marked `derived`.
 * Constant while a command runs: `set-up`. */
#ifndef WC_CYCLES_VEC_H
#define WC_CYCLES_VEC_H

#include <stdbool.h>

#include "wc_cycles.h"

enum {
  VEC_FETCHES = WC_VEC_INPUTS + WC_VEC_OUTPUTS, /* input streams, then chains of each output */
  VEC_MAX_BANKS = 0x8000,                       /* that a device may tell of */
  VEC_LOG = 256,                                /* a power of two */
  VEC_LEVELS = 4 /* loops of a walker, innermost first: p, block, i2, i3 */
};

/* Of the global buffer. */
struct vec_lines {
  unsigned offset_bits; /* of an address within its line */
  unsigned banks;
};

/* wc_vec_walk. at[0] is the vector's address, at[1] to at[3] where the outer loops stand. */
struct vec_walk {
  bool valid;
  uint32_t index[VEC_LEVELS];
  int64_t at[VEC_LEVELS];
  /* set-up */
  uint32_t last[VEC_LEVELS];
  int64_t stride[VEC_LEVELS];
  uint32_t lanes, last_count; /* elements of a vector, of one in the last block */
};

/* On from the end of the innermost loop. */
void vec_walk_turn(struct vec_walk *walk);

static inline void vec_walk_next(struct vec_walk *walk) {
  if (walk->index[0] == walk->last[0]) {
    vec_walk_turn(walk);
    return;
  }
  walk->index[0]++;
  walk->at[0] += walk->stride[0];
}

static inline uint32_t vec_walk_count(const struct vec_walk *walk) {
  return walk->index[1] == walk->last[1] ? walk->last_count : walk->lanes;
}

/* wc_vec_fetch */
struct vec_fetch {
  struct vec_walk walk;
  /* elements: the piece that asks for its lines */
  bool piece_valid, piece_last;
  int64_t piece_line[2]; /* of its first and of its last byte */
  uint32_t lane;         /* of the next piece */
  int64_t lane_at;       /* and its address, when that is not lane 0 */
  /* requests */
  bool have, second;  /* a line is kept; the first line of two has been asked for */
  int64_t kept;       /* its number */
  unsigned under_way; /* lines asked for and not used up */
  unsigned needs;     /* derived: bit 0 the first line, bit 1 another one for the end */
  bool wants;         /* derived: a request */
  unsigned to_bank;   /* derived: its bank */
  uint32_t ops;       /* operations, oldest lowest, 4 bits each: needs, last piece of the vector */
  unsigned op_count, line_count;
  bool got0;     /* the first line of two is used up */
  bool valid;    /* a vector for the lanes */
  bool resting;  /* derived: nothing moves until something arrives or is taken */
  uint64_t asks; /* requests so far */
  /* set-up */
  struct vec_lines lines;
  unsigned room; /* lines */
  unsigned shift;
  bool contiguous, single, bits;
  int64_t step;
  int64_t bytes, last_bytes; /* of a piece, where it is a vector; of one in the last block */
};

void vec_fetch_clock(struct vec_fetch *fetch, bool asked, bool arrives, bool pop);

/* wc_gbuf: of each bank, the ports after the one served last. Ports R0, R1, W are bits 0, 1, 2. */
struct vec_banks {
  uint64_t meets; /* so often two ports have met in a bank */
  uint64_t serves;
  struct {
    uint16_t bank;
    uint8_t behind;
  } log[VEC_LOG]; /* of the last ones */
  uint8_t behind[VEC_MAX_BANKS];
};

/* wc_vec_read; streams are bits */
struct vec_read {
  unsigned valid;             /* ports with a request */
  unsigned bank[2], owner[2]; /* of each port's request */
  unsigned sent[2], back[2];  /* whose line comes in the next cycle, in this one */
  unsigned behind;
};

/* wc_vec_write */
struct vec_write {
  bool valid, next_valid;
  unsigned bank, next_bank, behind;
};

/* Which of the three ports are served. */
unsigned vec_banks_serve(struct vec_banks *banks, const struct vec_read *read,
                         const struct vec_write *write);

/* Of the streams that want a line (@wants), the ones whose request is taken. @ready: ports. */
unsigned vec_read_clock(struct vec_read *read, const struct vec_fetch *fetches, unsigned wants,
                        unsigned ready);

/* Of the outputs that have a line to write (@wants), the one whose line is taken. */
unsigned vec_write_grant(const struct vec_write *write, unsigned wants);
void vec_write_clock(struct vec_write *write, unsigned grant, unsigned bank, bool ready);

/* wc_vec_lanes and wc_vec_divsqrt: bit i is the vector in cut i */
struct vec_lanes {
  uint32_t valid, last;
  unsigned dividing; /* cycles that the divider has spent on the vector in step 3 */
  bool divided;      /* its quotients or roots are there */
  /* set-up */
  unsigned reads[WC_STEPS], held; /* streams */
  bool divides;
};

/* What the lanes do in this cycle. */
struct vec_move {
  bool advance, enters;
  unsigned pops; /* streams */
};

enum {
  VEC_CUTS = 6,
  VEC_DEPTH = WC_STEPS * VEC_CUTS /* bit of the end */
};

static inline bool vec_lanes_at_end(const struct vec_lanes *lanes) {
  return (lanes->valid >> VEC_DEPTH & 1) != 0;
}

static inline bool vec_lanes_last_at_end(const struct vec_lanes *lanes) {
  return (lanes->last >> VEC_DEPTH & 1) != 0;
}

struct vec_move vec_lanes_move(const struct vec_lanes *lanes, const struct vec_walk *sequence,
                               unsigned streams, bool end_ready);
void vec_lanes_clock(struct vec_lanes *lanes, struct vec_move move, bool last, bool end_ready);

/* While nothing else in the unit moves: goes on by as many cycles as vectors only pass through the
 * lanes, or wait for the divider, and returns their number. */
unsigned vec_lanes_rest(struct vec_lanes *lanes, const struct vec_walk *sequence, unsigned streams);

/* wc_vec_reduce. Which chain takes a vector is of no consequence, only how many are loaded or
 * given. */
struct vec_reduce {
  enum { VEC_IDLE, VEC_LOAD, VEC_RUN, VEC_DRAIN, VEC_COMBINE, VEC_GIVE } state;
  unsigned chain, turn;
  bool align, sum; /* a vector in these cuts */
  /* set-up */
  bool eight, loads, keeps;
};

static inline bool vec_reduce_ready(const struct vec_reduce *reduce) {
  return reduce->state == VEC_RUN && (reduce->eight || (!reduce->align && !reduce->sum));
}

void vec_reduce_clock(struct vec_reduce *reduce, bool accepts, bool last, bool chain_valid,
                      bool store_ready);

/* wc_vec_store */
struct vec_store {
  struct vec_walk walk;
  bool piece_valid;
  int64_t piece_at;
  uint32_t pieces, piece_bytes;
  bool line_valid;
  int64_t line;
  /* derived */
  bool wants, taken_alone, taken_with_line; /* a line to write; the piece goes on without, with */
  unsigned to_bank;
  uint64_t writes; /* so far */
  /* set-up */
  struct vec_lines lines;
  unsigned shift;
  bool contiguous, bits;
  int64_t step;
};

/* The piece goes on. */
static inline bool vec_store_goes(const struct vec_store *store, bool granted) {
  return granted ? store->taken_with_line : store->taken_alone;
}

static inline bool vec_store_ready(const struct vec_store *store, bool granted) {
  return store->walk.valid &&
         (!store->piece_valid || (vec_store_goes(store, granted) && store->pieces == 1));
}

void vec_store_clock(struct vec_store *store, bool granted, bool accepts);
static inline bool vec_store_done(const struct vec_store *store) {
  return !store->walk.valid && !store->piece_valid && !store->line_valid;
}

/* wc_vector from the start of a command on */
struct vec_unit {
  unsigned n_in, n_out;
  struct vec_lines lines;
  struct vec_walk sequence;
  struct vec_fetch fetch[VEC_FETCHES];
  unsigned fetches[VEC_FETCHES], n_fetches; /* those in use */
  unsigned asking, there, moving; /* derived: streams with a request, with a vector, not resting */
  struct vec_banks *banks;
  struct vec_read read;
  struct vec_lanes lanes;
  struct vec_reduce reduce[WC_VEC_OUTPUTS];
  bool reduces[WC_VEC_OUTPUTS];
  struct vec_store store[WC_VEC_OUTPUTS];
  struct vec_write write;
};

void vec_unit_start(struct vec_unit *unit, struct vec_banks *banks,
                    const struct wc_model_config *config, const struct wc_cmd *cmd);
bool vec_unit_done(const struct vec_unit *unit);
/* One cycle; true when a vector enters the lanes. */
bool vec_unit_clock(struct vec_unit *unit);

/* Input streams that a step reads, as bits; whether step 3 divides or takes roots. */
unsigned vec_streams_read(const struct wc_step *step);
bool vec_divides(const struct wc_cmd *cmd);

/* wc_timing_vec, in every single cycle or leaping over those that repeat. */
void vec_timing(const struct wc_model_config *config, const struct wc_cmd *cmd, bool leaps,
                struct wc_timing *timing);

#endif
