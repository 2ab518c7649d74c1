/* What each unit of a device has under way in a stream. Internal to the cycle model. */
#ifndef WC_CYCLES_UNITS_H
#define WC_CYCLES_UNITS_H

#include "wc_cycles.h"

/* Command fetch and the queues: docs/cycles.md. */
enum {
  WC_FETCH_BLOCK = 256,   /* bytes: a burst lies within one */
  WC_FETCH_ADDRESS = 3,   /* cycle of the first address; another may follow in each */
  WC_FETCH_BEAT_DEAL = 2, /* from the beat that completes a unit of a command to its dealing */
  WC_QUEUE_SHOW = 2       /* from the last unit's dealing to the command, beside a cycle a unit */
};

/* Bytes [low, high) of the global buffer. */
struct wc_reach {
  int64_t low, high;
};

/* What a GEMM reads and writes. */
struct wc_gemm_reach {
  struct wc_reach a, b, c;
};
struct wc_gemm_reach wc_reach_of_gemm(const struct wc_gemm *gemm);

/* GEMMs in their queue: the last one, and the one before. */
struct wc_gemm_chain {
  uint64_t count, take, feed, fed; /* of the last */
  uint64_t end[2], done[2];        /* [0] the last, [1] the one before */
  struct wc_reach c[2];
};

struct wc_units {
  struct wc_dma_chain dma[2]; /* LOAD, STORE */
  struct wc_gemm_chain gemm;
  uint64_t vec_free; /* the cycle from which the vector unit looks at the next command */
};

/* Where the next command of a unit falls, from the cycle in which it is ready: docs/cycles.md,
 * "Commands in a row". */
struct wc_place {
  uint64_t take;   /* cmd_ready: the queue may show the next */
  uint64_t free;   /* from here on the unit's narrowest part had nothing to do */
  uint64_t coming; /* GEMM: the command is on its way to the array */
  uint64_t begin, end, done;
};

struct wc_place wc_place_dma(struct wc_dma_chain *chain, const struct wc_timing *alone,
                             uint64_t ready, uint64_t lost);
struct wc_place wc_place_gemm(struct wc_gemm_chain *chain, const struct wc_gemm_reach *reach,
                              const struct wc_timing *alone, uint64_t ready);
/* @streams: inputs and outputs */
struct wc_place wc_place_vec(struct wc_units *units, uint32_t streams,
                             const struct wc_timing *alone, uint64_t ready);

/* wc_count_work, and the beats on the bus. */
void wc_cycles_count_work(const struct wc_model_config *config, const struct wc_cmd *cmd,
                          uint64_t counters[WC_COUNTERS]);

#endif
