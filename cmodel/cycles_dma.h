/* Parts that LOAD and STORE share, one function a clock cycle: the control of rtl/wc_dma_*.sv
 * without its data. Internal to the cycle model. */
#ifndef WC_CYCLES_DMA_H
#define WC_CYCLES_DMA_H

#include <stdbool.h>
#include <stdint.h>

#include "wc_cycles.h"

/* Memory in use: its cycle 0 is @origin cycles after the DRAM's. Without memory for the DRAM model
 * as if there were no DRAM. */
struct wc_memory {
  const struct wc_memory_timing *timing;
  struct wc_dram *dram; /* NULL: none */
  uint64_t origin;
};

void wc_memory_open(struct wc_memory *memory, const struct wc_memory_timing *timing);
void wc_memory_close(struct wc_memory *memory);

/* Bytes up to @to of a burst that was asked for in cycle @now: @asked is the address up to which
 * the DRAM has been asked for it, @due when the last access is there. Both move on. */
void wc_memory_ask(struct wc_memory *memory, uint64_t now, bool write, uint64_t to, uint64_t *asked,
                   uint64_t *due);
/* @asked for a burst from @from that has not been asked for at all. */
uint64_t wc_memory_first(const struct wc_memory *memory, uint64_t from);

/* A LOAD or STORE; @leaps: false, to step through every cycle. */
void wc_cycles_dma(const struct wc_model_config *config, struct wc_memory *memory,
                   const struct wc_cmd *cmd, bool leaps, struct wc_timing *timing);

/* Any command, by its unit. */
void wc_cycles_command(const struct wc_model_config *config, struct wc_memory *memory,
                       const struct wc_cmd *cmd, struct wc_timing *timing);

enum {
  WC_DMA_FIFO = 128,      /* entries of the deepest queue: wc_model_config.outstanding at most */
  WC_DMA_FIRST_RUN = 9,   /* cycle in which wc_dma_runs shows a command's first run */
  WC_DMA_LINE_BUFFER = 8, /* lines, of STORE */
  WC_DMA_BEAT_BUFFER = 4, /* beats, of LOAD */
  WC_DMA_PLANS = 4        /* runs known to STORE's aligner */
};

/* state_o */
enum { WC_DMA_BUSY = 1, WC_DMA_OPERAND = 2, WC_DMA_MEMORY = 3 };

/* One run of contiguous bytes. */
struct wc_dma_run {
  uint64_t dram, gb, bytes;
  bool last;
};

/* A queue of runs, or of numbers in .bytes and .last. */
struct wc_dma_fifo {
  struct wc_dma_run entry[WC_DMA_FIFO];
  unsigned head, count, depth;
};

static inline void wc_dma_push(struct wc_dma_fifo *fifo, const struct wc_dma_run *run) {
  fifo->entry[(fifo->head + fifo->count++) % WC_DMA_FIFO] = *run;
}

static inline const struct wc_dma_run *wc_dma_front(const struct wc_dma_fifo *fifo) {
  return fifo->count != 0 ? &fifo->entry[fifo->head] : NULL;
}

static inline void wc_dma_pop(struct wc_dma_fifo *fifo) {
  fifo->head = (fifo->head + 1) % WC_DMA_FIFO;
  fifo->count--;
}

static inline bool wc_dma_room(const struct wc_dma_fifo *fifo) {
  return fifo->count != fifo->depth;
}

/* wc_dma_runs: walks a descriptor. */
struct wc_dma_walk {
  const struct wc_dma *dma;
  bool valid;
  uint32_t i1, i2, i3;
};

struct wc_dma_run wc_dma_walk_run(const struct wc_dma_walk *walk);
void wc_dma_walk_next(struct wc_dma_walk *walk);

/* wc_dma_burst: the run in progress, and the burst at its output. */
struct wc_dma_bursts {
  unsigned beat, most; /* bytes of a beat, of the longest burst */
  bool valid;
  struct wc_dma_run run; /* what is left of it */
  bool shown;
  struct wc_dma_run burst; /* .dram aligned to a beat, .bytes a multiple of it */
};

void wc_dma_bursts_init(struct wc_dma_bursts *bursts, const struct wc_model_config *config);

/* What happens in a cycle in which the address channel is ready. */
struct wc_dma_burst_step {
  bool show, take_run;
};

struct wc_dma_burst_step wc_dma_bursts_look(const struct wc_dma_bursts *bursts, bool allow);
/* @run: the one that is taken, or NULL. */
void wc_dma_bursts_step(struct wc_dma_bursts *bursts, struct wc_dma_burst_step step,
                        const struct wc_dma_run *run);

/* wc_dma_align: the run in progress, the rotated piece, a spilled tail, the finished word. */
struct wc_dma_align {
  unsigned in, out, piece; /* bytes */
  bool run, last;
  uint64_t src, dst, left;
  bool rot, rot_end, rot_last;
  uint64_t rot_fill;
  bool tail, tail_last;
  bool word, word_last; /* at the output */
};

struct wc_dma_align_step {
  bool step, merge, free, take_in, take_run;
};

void wc_dma_align_init(struct wc_dma_align *align, unsigned in, unsigned out);
struct wc_dma_align_step wc_dma_align_look(const struct wc_dma_align *align, bool in_valid,
                                           bool out_ready);
/* @run: the head of the list of runs, or NULL. */
void wc_dma_align_step(struct wc_dma_align *align, struct wc_dma_align_step step, bool out_ready,
                       const struct wc_dma_run *run, uint64_t src, uint64_t dst);

/* Data on their way, in the order in which they were asked for: which a memory shared with others
 * is asked for at once. */
struct wc_dma_dues {
  uint64_t *at; /* cycles in which accesses are there; a ring */
  size_t mask, put, taken;
};

/* Bursts under way, of each .gb the cycle in which it was asked for, and of written ones that in
 * which the response is there. */
struct wc_dma_answers {
  struct wc_memory *memory;
  struct wc_dma_fifo bursts; /* of the oldest, .dram is the first byte not yet there */
  bool begun;                /* of it, @asked and @due are known */
  uint64_t asked, due;
  struct wc_dma_dues *dues; /* of bursts that are read; NULL: the memory is asked when it is time */
};

/* Asks for all of @run in cycle @now, if it is not asked for when it is time. */
void wc_dma_ask_all(struct wc_dma_answers *answers, const struct wc_dma_run *run, uint64_t now);

/* Bursts of fetch among those of LOAD, on the same channel. */
enum { WC_DMA_FETCHES = 4 };
struct wc_dma_fetch {
  struct {
    uint64_t after; /* so many bursts of LOAD */
    struct wc_dma_run run;
  } burst[WC_DMA_FETCHES];
  unsigned head, count;
  uint64_t beats;                        /* so far */
  void (*beat)(void *arg, uint64_t now); /* a beat is there */
  void *arg;
};

struct wc_dma_load {
  unsigned most; /* bursts under way */
  struct wc_dma_walk walk;
  struct wc_dma_bursts bursts;
  unsigned outstanding;
  struct wc_dma_fifo list; /* runs that wait for their data */
  struct wc_dma_answers answers;
  struct wc_dma_fetch *fetch; /* NULL: none */
  uint64_t asked, ended;      /* bursts */
  unsigned beats;             /* taken from the bus, not yet used up */
  struct wc_dma_align align;
};

struct wc_dma_store {
  unsigned most;
  struct wc_dma_walk walk;
  struct wc_dma_bursts bursts;
  unsigned outstanding;
  struct wc_dma_fifo list;   /* runs whose lines are not yet read */
  uint64_t lines_to_read;    /* of the run at the line reader */
  unsigned answering;        /* reads taken one and two cycles ago: bits 0, 1 */
  unsigned lines, line_held; /* requested or held; held */
  struct wc_dma_fifo plan;   /* runs at the aligner */
  struct wc_dma_align align;
  struct wc_dma_fifo lengths;    /* bursts whose data are to come */
  bool burst;                    /* one of them is in progress */
  uint64_t left;                 /* beats of it still to come */
  bool beat, beat_last;          /* on W; the last of its burst */
  struct wc_dma_fifo writes;     /* bursts until their last beat */
  struct wc_dma_answers answers; /* bursts that wait for their response */
};

/* A state that may come back after a line or a beat, whichever is longer. */
struct wc_dma_mark {
  uint64_t at; /* 0: none */
  struct wc_dma_align align;
  uint64_t left;    /* of the burst: bytes (LOAD), beats (STORE) */
  uint64_t to_read; /* lines */
  unsigned beats, lines, held, answer;
};

void wc_dma_load_start(struct wc_dma_load *load, const struct wc_model_config *config,
                       struct wc_memory *memory);
void wc_dma_store_start(struct wc_dma_store *store, const struct wc_model_config *config,
                        struct wc_memory *memory);

/* One cycle: what the aligner does counts for @timing. Returns true when a command's last line is
 * taken, or its last response. */
bool wc_dma_load_cycle(struct wc_dma_load *load, uint64_t now, struct wc_timing *timing);
bool wc_dma_store_cycle(struct wc_dma_store *store, uint64_t now, struct wc_timing *timing);

/* The oldest burst of reads is fetch's. */
static inline bool wc_dma_fetch_first(const struct wc_dma_load *l) {
  const struct wc_dma_fetch *f = l->fetch;
  return f != NULL && f->count != 0 && f->burst[f->head].after == l->ended;
}

/* The cycle in which the next beat of reads is there, fetch's or LOAD's; UINT64_MAX: none is asked
 * for. */
uint64_t wc_dma_next_beat(struct wc_dma_load *load);

/* Before cycle @now: goes on by as many cycles as are certain, be it none, but not past @limit, and
 * returns the first that is left. */
uint64_t wc_dma_leap_load(struct wc_dma_load *load, struct wc_dma_mark *mark, uint64_t now,
                          uint64_t limit, struct wc_timing *timing);
uint64_t wc_dma_leap_store(struct wc_dma_store *store, struct wc_dma_mark *mark, uint64_t now,
                           uint64_t limit, struct wc_timing *timing);

#endif
