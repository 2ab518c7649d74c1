/* Cycle model: how long a device takes for a command, without executing it. See docs/cycles.md.
 * Counted are clock cycles of the RTL of the same configuration; numbers are exact. */
#ifndef WC_CYCLES_H
#define WC_CYCLES_H

#include <stdint.h>

#include "wc_model.h"

enum { WC_UNIT_STATES = 7 }; /* values of a unit's state_o (docs/rtl.md), 0 idle */

/* One command alone in its unit, which is as after reset: no round robin remembers a command
 * before. Cycle 0 is the first in which the unit is shown it (cmd_valid high) and may begin with
 * it; VEC says cmd_ready some cycles later. */
struct wc_timing {
  uint64_t begin, end; /* the unit's narrowest part works for it in [begin, end): array, lanes,
                          data bus. The next command of the unit may follow without a gap.
                          GEMM: from the first row sent to the array until the next command's
                          first could be, in a bank of accumulators that is empty */
  uint64_t fed;        /* GEMM: the first cycle in which the feeds could take the next command,
                          as they took this one in cycle 12; 0 in other units */
  uint64_t done;       /* the cycle of done_o */
  uint64_t state[WC_UNIT_STATES]; /* cycles in which state_o had this value; [0] stays 0 */
};

/* What a command reads and writes DRAM through: constant latency, a beat a cycle each way. */
struct wc_memory_timing {
  unsigned latency; /* cycles from a read address to its first beat, and from the last write beat
                       to its response */
};

/* Commands must be legal (wc_cmd_check). They are timed on a global buffer of their own, with its
 * round robin as after power-up: docs/cycles.md tells what else sets it so. */
void wc_timing_gemm(const struct wc_model_config *config, const struct wc_gemm *gemm,
                    struct wc_timing *timing);
/* The command that stands for all with the timing of @gemm: equal shapes, equal timings. Of the
 * addresses only the place in a round of the banks matters, that is modulo banks * line_bytes. Of
 * @config rows, cols, acc_rows, banks and line_bytes do. */
void wc_timing_gemm_shape(const struct wc_model_config *config, const struct wc_gemm *gemm,
                          struct wc_gemm *shape);
/* No operand of DIV and SQRT subnormal: such data take up to 24 cycles a vector longer. */
void wc_timing_vec(const struct wc_model_config *config, const struct wc_cmd *cmd,
                   struct wc_timing *timing);
void wc_timing_load(const struct wc_model_config *config, const struct wc_memory_timing *memory,
                    const struct wc_dma *dma, struct wc_timing *timing);
void wc_timing_store(const struct wc_model_config *config, const struct wc_memory_timing *memory,
                     const struct wc_dma *dma, struct wc_timing *timing);

/* The counters that a stream of @cmd and END leaves on an idle device, from cleared ones. @offset:
 * the stream's place in the window. */
void wc_timing_alone(const struct wc_model_config *config, const struct wc_memory_timing *memory,
                     const struct wc_cmd *cmd, uint64_t offset, uint64_t counters[WC_COUNTERS]);

#endif
