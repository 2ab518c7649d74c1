/* Units meet in the banks of the global buffer: how much longer a command takes beside others.
 * The rule and its derivation: docs/cycles.md. Internal to the cycle model. */
#ifndef WC_CYCLES_MEET_H
#define WC_CYCLES_MEET_H

#include <stdbool.h>
#include <stddef.h>

#include "wc_cycles.h"

/* What a command finds in the buffer while its unit works for it; in cycles. */
struct wc_meet {
  uint64_t span;          /* so long does it work: */
  uint64_t dma;           /* in these LOAD, STORE or both move lines, */
  uint64_t moving, moved; /* both together so many cycles, so many lines; */
  uint64_t other, asks;   /* in these VEC works (for a VEC: GEMM), and asks so often */
};

struct wc_meets;

/* NULL without memory; false below means the same. */
struct wc_meets *wc_meets_new(const struct wc_model_config *config);
void wc_meets_delete(struct wc_meets *meets);

/* Forgets when commands work, but not what they meet. */
void wc_meets_start(struct wc_meets *meets);
/* Command @number works in [begin, end) and asks the buffer @asks times; of LOAD and STORE lines.
 * In the order of each queue. */
bool wc_meets_add(struct wc_meets *meets, uint32_t number, unsigned queue, uint32_t asks,
                  uint64_t begin, uint64_t end);
/* Of the commands that have been added: who meets whom. */
bool wc_meets_find(struct wc_meets *meets);

/* Cycles that command @number of queue @queue, by itself @alone, takes longer where it was
 * placed. */
uint64_t wc_meets_slow(struct wc_meets *meets, uint32_t number, unsigned queue,
                       const struct wc_timing *alone);
/* Makes a timing so much longer. */
void wc_meets_longer(struct wc_timing *timing, unsigned queue, uint64_t more);

#endif
