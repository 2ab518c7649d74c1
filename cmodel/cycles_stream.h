/* A stream in time: what the ways to place its commands share. Internal to the cycle model. */
#ifndef WC_CYCLES_STREAM_H
#define WC_CYCLES_STREAM_H

#include "cycles_brief.h"
#include "cycles_meet.h"

enum {
  WC_BLOCK_UNITS = WC_FETCH_BLOCK / WC_UNIT_BYTES,
  WC_BLOCKS_AHEAD = 2, /* blocks that fetch's buffer holds */
  WC_MAX_DEPTH = 256,
  WC_LOADS = 8 /* under way at once */
};

/* When the tokens from one queue to another were given, in order. */
struct wc_tokens {
  uint64_t *at;
  size_t given, taken, room;
};

struct wc_stream_queue {
  uint64_t count, taken;           /* commands so far; take of the last */
  uint64_t unpacked[WC_MAX_DEPTH]; /* of the last commands: their slot is free again */
  uint64_t states, active_end;     /* cycles in counted states; end of the last command */
};

struct wc_cycles {
  struct wc_model_config config;
  struct wc_memory_timing memory;
  struct wc_known *known;
  struct wc_meets *meets;
  struct wc_briefs briefs;
  const uint32_t *words; /* the stream */
  size_t bytes;
  uint64_t offset;
  unsigned look; /* at who meets whom: so many before */
  /* The stream. */
  struct wc_tokens tokens[WC_QUEUES][WC_QUEUES]; /* [from][to] */
  struct wc_stream_queue queue[WC_QUEUES];
  struct wc_units units;
  uint64_t unit, dealt;                  /* units dealt, cycle of the last */
  uint64_t asked, data;                  /* fetch: cycle of the last block's address, of its data */
  uint64_t block_dealt[WC_BLOCKS_AHEAD]; /* last unit of the blocks before */
  uint8_t last_beat[WC_BLOCK_UNITS];     /* of each unit of a block: the beat that completes it */
  struct wc_dma_chain loads[WC_LOADS];   /* after each of the last ones */
  uint64_t load_beats;                   /* units fetched when the last LOAD was placed */
  uint64_t *counters;
};

/* The queue shows the command whose last unit is dealt in cycle @dealt: unpacked, with the head
 * free. */
uint64_t wc_stream_show(struct wc_cycles *c, unsigned q, unsigned units, uint64_t dealt);

/* When the tokens that a command takes are there: @ready[1] those of LOAD, which count as waiting
 * for memory, [0] the others, not before @shown. False, and none is taken, when one has not been
 * given. */
bool wc_stream_wait(struct wc_cycles *c, const struct wc_brief *brief, uint64_t shown,
                    uint64_t ready[2]);
/* Gives those of a command that is done. False without memory. */
bool wc_stream_signal(struct wc_cycles *c, const struct wc_brief *brief, uint64_t done);

/* Places command @number in its unit and counts its cycles. */
struct wc_place wc_stream_place(struct wc_cycles *c, uint32_t number, uint64_t shown,
                                const uint64_t ready[2]);
/* Notes when a command works. False without memory. */
bool wc_stream_note(struct wc_cycles *c, uint32_t number, uint64_t begin, uint64_t end);

/* Adds the wait for tokens of a unit that has nothing else to do from @free on. */
void wc_stream_count_tokens(struct wc_cycles *c, unsigned q, uint64_t free, uint64_t shown,
                            const uint64_t ready[2]);
/* Adds cycles to a state. */
void wc_stream_count(struct wc_cycles *c, unsigned counter, unsigned q, uint64_t cycles);

/* Command @number as it is in the stream. */
void wc_stream_decode(const struct wc_cycles *c, uint32_t number, struct wc_cmd *cmd);

/* wc_cycles_stream on a DRAM: up to the last cycle, idle ones not yet counted; 0 where that returns
 * false. */
uint64_t wc_stream_on_dram(struct wc_cycles *c, wc_placed_fn fn, void *arg);

#endif
