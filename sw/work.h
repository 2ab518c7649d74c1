/* What the commands of a stream do in each memory and to each number: what energy is reckoned from.
 * Exact, but for taps outside an image, which count as if they were fetched. */
#ifndef WC_WORK_H
#define WC_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wc_model.h"

struct wc_work {
  uint64_t macs;
  uint64_t dram_bytes;   /* LOAD, STORE and the stream itself */
  uint64_t buffer_bytes; /* read and written in the global buffer, by all units */
  uint64_t local_bytes;  /* in the array's operand buffers and accumulators */
  uint64_t adds, muls;   /* FP32, in the vector unit; comparisons and selections count as additions,
                            division and roots as one of each */
};

/* Adds what one command does on a device. */
void wc_work_command(const struct wc_model_config *device, const struct wc_cmd *cmd,
                     struct wc_work *work);
/* Adds what a stream does. False: it cannot be decoded. */
bool wc_work_stream(const struct wc_model_config *device, const uint32_t *words, size_t bytes,
                    struct wc_work *work);

#endif
