/* A line on the terminal that shows how training goes; nothing when stderr is no terminal. */
#ifndef WC_PROGRESS_H
#define WC_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct wc_progress {
  bool on;
  double start, shown; /* seconds of a clock that never goes back */
  uint64_t first_step;
};

/* Seconds of that clock. */
double wc_seconds(void);

/* The most memory that this process has had, in bytes. */
uint64_t wc_peak_memory(void);

/* @wanted and stderr is a terminal: on. */
void wc_progress_begin(struct wc_progress *progress, bool wanted, uint64_t first_step);

/* @accuracy below 0: not known yet. Redraws at most ten times a second, and at the last step. */
void wc_progress_step(struct wc_progress *progress, uint64_t step, uint64_t last_step,
                      uint32_t batch, double loss, double accuracy);
void wc_progress_end(struct wc_progress *progress);

#endif
