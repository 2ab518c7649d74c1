/* Timings of commands, each computed once. Those of GEMM and VEC are for all that differ only in
 * the banks of their operands, which are timed in the first bank (docs/cycles.md). Internal to the
 * cycle model. */
#ifndef WC_CYCLES_KNOWN_H
#define WC_CYCLES_KNOWN_H

#include "wc_cycles.h"

struct wc_known;

/* NULL without memory. */
struct wc_known *wc_known_new(const struct wc_model_config *config,
                              const struct wc_memory_timing *memory);
void wc_known_delete(struct wc_known *known);

/* The number of the timing of @cmd, which is legal and does not end the stream; WC_UNKNOWN. */
enum { WC_UNKNOWN = -1 };
int32_t wc_known_find(const struct wc_known *known, const struct wc_cmd *cmd);
/* The same, but that it gets a number if it has none; of LOAD and STORE on a DRAM WC_UNKNOWN. False
 * without memory: then nothing is known any more. */
bool wc_known_enter(struct wc_known *known, const struct wc_cmd *cmd, int32_t *number);
/* Times all commands that have got a number since, on as many threads as the configuration says.
 * False without memory: then nothing is known any more. */
bool wc_known_learn(struct wc_known *known);

/* Of a command that is timed. Valid until another gets a number. */
const struct wc_timing *wc_known_timing(const struct wc_known *known, int32_t number);

#endif
