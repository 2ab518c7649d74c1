/* Stops the C model before a chosen command of the running stream: for injected AXI faults and for
 * a soft reset of a running stream.
 *
 * The model offers no way to break off. It decodes a command when it comes to it, so the header
 * of the next command is replaced by an illegal one, and put back when the run has ended. */
#ifndef WC_CMODEL_FAULT_H
#define WC_CMODEL_FAULT_H

#include <stdbool.h>

#include "wavecore.h"
#include "wc_model.h"

struct wc_fault {
  wc_addr addr;
  uint64_t size; /* 0: none */
  bool decerr;
};

struct wc_stop {
  bool armed;
  uint64_t offset; /* of the replaced header */
  uint32_t saved;
  struct wc_model_error error; /* what to report instead; code NONE: an abort */
};

/* Does command @index, encoded at memory offset @offset of a stream that ends at @end, meet
 * @fault, in its own bytes or in what it moves? Then @error says so. */
bool wc_fault_meets(const struct wc_fault *fault, const uint8_t *memory, uint64_t offset,
                    uint64_t end, uint32_t index, uint64_t gbuf_bytes, uint64_t window_bytes,
                    struct wc_model_error *error);

void wc_stop_arm(struct wc_stop *stop, uint8_t *memory, uint64_t offset,
                 const struct wc_model_error *error);

/* Puts the header back. True when the stop was what ended the run. */
bool wc_stop_disarm(struct wc_stop *stop, uint8_t *memory, const struct wc_model_error *ended);

#endif
