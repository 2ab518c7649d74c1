/* LOAD or STORE with the commands of its queue, on a memory that others use, too: in time, step by
 * step. Internal to the cycle model. */
#ifndef WC_CYCLES_DMA_UNIT_H
#define WC_CYCLES_DMA_UNIT_H

#include "cycles_dma.h"

enum { WC_DMA_JOBS = 16 }; /* at least those under way, and one that is shown */

struct wc_dma_job {
  struct wc_dma dma;
  uint64_t ready, take, begin, end, done;
};

struct wc_dma_unit {
  bool stores;
  struct wc_dma_load load;
  struct wc_dma_store store;
  struct wc_dma_mark mark;
  struct wc_timing timing; /* states of all commands; begin and end of the one at the aligner */
  struct wc_timing idle;   /* nobody's */
  uint64_t now;            /* the next cycle */
  struct wc_dma_job job[WC_DMA_JOBS];
  uint64_t added, taken, walked, moved, done; /* commands, so far */
  uint64_t walk;                              /* begin of the last one's runs */
  uint64_t events;                            /* commands taken or done, beats of fetch */
};

void wc_dma_unit_start(struct wc_dma_unit *unit, bool stores, const struct wc_model_config *config,
                       struct wc_memory *memory);

/* The next command, which the queue shows with its tokens from cycle @ready on. The one before must
 * have been taken. */
void wc_dma_unit_add(struct wc_dma_unit *unit, const struct wc_dma *dma, uint64_t ready);

static inline const struct wc_dma_job *wc_dma_unit_job(const struct wc_dma_unit *unit,
                                                       uint64_t number) {
  return &unit->job[number % WC_DMA_JOBS];
}

/* The next cycle in which something happens; UINT64_MAX: none as far as is known. */
uint64_t wc_dma_unit_next(struct wc_dma_unit *unit);

/* A cycle before which no command is taken or done. */
uint64_t wc_dma_unit_event(struct wc_dma_unit *unit);

/* That cycle, and such behind it as are certain if nothing comes from outside before @limit. */
void wc_dma_unit_step(struct wc_dma_unit *unit, uint64_t limit);

#endif
