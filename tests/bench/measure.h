/* What the benchmarks of the RTL share: devices, streams, and the list of results. */
#ifndef WC_BENCH_MEASURE_H
#define WC_BENCH_MEASURE_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "emit.h"
#include "wavecore.h"

static inline _Noreturn void bench_die(const char *what, const char *detail) {
  fprintf(stderr, "bench_rtl: %s: %s\n", what, detail);
  exit(1);
}

struct wc_device *bench_open(const char *uri);
struct wc_emit *bench_emit(const struct wc_device *dev);

/* Runs what @emit has collected, from cleared counters. */
void bench_run(struct wc_device *dev, struct wc_emit *emit, struct wc_counters *counters);

/* Cycles in which a row enters the array. */
uint64_t bench_busy(const struct wc_counters *counters);

/* Prints a line and appends to @list {work, array, cycles, busy, busy_of_bound, utilisation,
 * dram_bytes}: bound is a row in each of @cycles, utilisation MACs in @cycles x PEs. */
void bench_report(json_t *list, const struct wc_caps *caps, const char *work, uint64_t cycles,
                  const struct wc_counters *counters);
void bench_heading(const char *title);

/* The parts, in the order in which bench_rtl runs them. */
void bench_gemms(json_t *list);
void bench_steps(json_t *list);
void bench_convolutions(json_t *list);

#endif
