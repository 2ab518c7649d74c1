/* Two devices that run the same training steps: their memories and counters, byte by byte. */
#ifndef WC_COMPARE_H
#define WC_COMPARE_H

#include "train.h"

/* The first place where two memory images differ. */
struct wc_difference {
  bool found;
  uint64_t step;     /* from 1 */
  const char *after; /* "STEP" or "UPDATE" */
  char where[96];    /* region, or counter */
  uint64_t index;    /* element in the region */
  uint64_t address;  /* in device memory */
  char value[2][48]; /* of either device */
};

struct wc_comparison {
  bool checksums; /* in: memory by CRC-32, and byte by byte only where these differ */
  uint64_t bytes; /* compared */
  struct wc_difference difference;
};

/* Runs one step on both and compares the whole of the program's memory after STEP and after
 * UPDATE, and the counters of bytes, MACs and commands. Counters are cleared before the first step
 * by the caller. Stops at the first difference. */
enum wc_outcome wc_compare_step(struct wc_trainer *a, struct wc_trainer *b,
                                struct wc_comparison *result, struct wc_report *why);

#endif
