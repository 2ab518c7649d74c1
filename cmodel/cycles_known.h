/* Timings of commands, each computed once. Internal to the cycle model. */
#ifndef WC_CYCLES_KNOWN_H
#define WC_CYCLES_KNOWN_H

#include "wc_cycles.h"

struct wc_known;

/* NULL without memory. */
struct wc_known *wc_known_new(const struct wc_model_config *config,
                              const struct wc_memory_timing *memory);
void wc_known_delete(struct wc_known *known);

/* Valid until the next call; NULL without memory. @cmd is legal and does not end the stream. */
const struct wc_timing *wc_known_timing(struct wc_known *known, const struct wc_cmd *cmd);

#endif
