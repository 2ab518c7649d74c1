/* Bit-accurate model of a WaveCore device: configuration + memory + stream in, memory + counters
 * out. Uses nothing of the driver. Numerics: docs/numerics.md; commands: docs/commands.md. */
#ifndef WC_MODEL_H
#define WC_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wc_isa.h"

struct wc_model;

struct wc_model_config {
  /* What the device is. Only gbuf_bytes decides what a stream may do; the others are reported,
   * and decide how many cycles it takes (wc_cycles.h). */
  unsigned rows, cols;     /* PEs */
  unsigned lanes;          /* vector lanes, a power of two from 8 */
  unsigned acc_rows;       /* accumulator rows in each of two banks */
  unsigned banks;          /* of the global buffer; a power of two */
  unsigned line_bytes;     /* of a bank; a power of two from 16 */
  unsigned axi_bytes;      /* of a beat; a power of two from 4 to 64 */
  unsigned outstanding;    /* AXI bursts under way, of LOAD and of STORE; a power of two */
  unsigned queue_depth;    /* commands waiting in each queue */
  unsigned double_weights; /* 0: a PE holds one weight, so that waves wait for theirs; or 1 */
  unsigned fold;           /* 1: GEMMs of at most half the columns, which are even, fold; or 0 */
  uint64_t gbuf_bytes;
  uint64_t mem_bytes; /* device memory */
  unsigned threads;   /* worker threads; 0: one for each processor */
};

/* The values of configuration `small` (docs/rtl.md), 256 MiB of memory, 0 threads. */
void wc_model_config_default(struct wc_model_config *config);

/* NULL without memory or with an impossible configuration (a zero, lanes not a power of two). */
struct wc_model *wc_model_new(const struct wc_model_config *config);
/* Another core of the same device: configured like @first, with a buffer and counters of its own,
 * on the memory of @first, which must live longer. Both may run at the same time, each on its own
 * thread, as long as neither writes DRAM that the other touches. */
struct wc_model *wc_model_new_core(const struct wc_model *first);
void wc_model_delete(struct wc_model *model);

/* Device memory, mem_bytes long, zero at first (lazily: untouched pages cost nothing). */
uint8_t *wc_model_memory(struct wc_model *model);
/* Global buffer, gbuf_bytes long. Undefined at first in hardware; zero here. */
uint8_t *wc_model_gbuf(struct wc_model *model);

struct wc_model_error {
  enum wc_device_error code;
  enum wc_unit unit;
  uint32_t cmd, id;
  uint64_t addr;
};

/* Runs the stream of @bytes at @offset, inside a window of @window_bytes, to its end.
 * Counters add up over runs. Returns true when END was reached; otherwise @error tells, and every
 * command before the one it names has been executed. The four queues run side by side, as in the
 * device: only tokens order commands of different queues. A token taken before it was given, in
 * the stream's order, is reported as WC_E_WATCHDOG of the command's unit. */
bool wc_model_run(struct wc_model *model, uint64_t offset, uint64_t bytes, uint64_t window_bytes,
                  struct wc_model_error *error);

struct wc_model_counters {
  uint64_t value[WC_COUNTERS]; /* cycle counters stay 0 */
  uint64_t tag_rd[WC_TAGS], tag_wr[WC_TAGS];
};
const struct wc_model_counters *wc_model_counters(const struct wc_model *model);
void wc_model_counters_clear(struct wc_model *model);

/* Called before each command executes, in the stream's order, while earlier ones may still be
 * under way (NULL: never); @index counts from 0 in the stream. */
typedef void (*wc_model_trace_fn)(void *arg, uint32_t index, const struct wc_cmd *cmd);
void wc_model_trace(struct wc_model *model, wc_model_trace_fn fn, void *arg);

#endif
