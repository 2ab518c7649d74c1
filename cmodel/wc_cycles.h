/* Cycle model: how long a device takes for a command, without executing it. See docs/cycles.md.
 * Counted are clock cycles of the RTL of the same configuration; numbers are exact. */
#ifndef WC_CYCLES_H
#define WC_CYCLES_H

#include <stdint.h>

#include "wc_dram.h"
#include "wc_model.h"

enum {
  WC_UNIT_STATES = 7, /* values of a unit's state_o (docs/rtl.md), 0 idle */
  WC_UNIT_PORTS = 4,  /* of the global buffer, A's as one */
  WC_PORT_STEPS = 4
};

/* What a command asks of the global buffer through a port. */
struct wc_port_use {
  uint32_t asks;  /* requests */
  uint32_t lines; /* of them for another line than the one before; of several streams the most */
  /* Of these, walks: each line is i or i + 1 banks behind the one before. The first round of the
   * banks of each walk is not counted. */
  struct {
    uint32_t lines, longer; /* longer: by i + 1 */
  } walk[WC_PORT_STEPS];
};

/* One command alone in its unit, which is as after reset: no round robin remembers a command
 * before. Cycle 0 is the first in which the queue shows it (cmd_valid high) to a unit that has
 * nothing to do; VEC says cmd_ready some cycles later. */
struct wc_timing {
  uint64_t begin, end; /* the unit's narrowest part works for it in [begin, end): array, lanes,
                          aligner of a DMA. GEMM: from the first row sent to the array until the
                          next command's first could be, in a bank of accumulators that is empty,
                          its weights in place */
  uint64_t fed;        /* GEMM: the first cycle in which the feeds could take the next command, as
                          they took this one in cycle 12. LOAD, STORE: the last run has gone to the
                          bursts, so that the walk of runs may take the next command, as it took
                          this one in cycle 8. VEC: 0 */
  uint64_t done;       /* the cycle of done_o */
  uint64_t state[WC_UNIT_STATES];         /* cycles in which state_o had this value; [0] stays 0 */
  struct wc_port_use port[WC_UNIT_PORTS]; /* GEMM: A; B; C; P. VEC: R0 and R1; W. LOAD and
                                             STORE: left 0 */
};

/* What a command reads and writes DRAM through: a beat a cycle each way at most. */
struct wc_memory_timing {
  unsigned latency; /* cycles from a read address to its first beat, and from the last write beat
                       to its response; with a DRAM, beside its own */
  const struct wc_dram_config *dram; /* NULL: none */
  uint64_t age; /* of the DRAM at the start, in cycles: tells when it refreshes; no row is open */
};

/* Commands must be legal (wc_cmd_check). They are timed on a global buffer of their own, with its
 * round robin as after power-up: docs/cycles.md tells what else sets it so. */
void wc_timing_gemm(const struct wc_model_config *config, const struct wc_gemm *gemm,
                    struct wc_timing *timing);
/* The command that stands for all with the timing of @gemm: equal shapes, equal timings. Of the
 * addresses only the place in their lines matters, and how many banks lie between them. Of
 * @config rows, cols, acc_rows, double_weights, banks and line_bytes do. */
void wc_timing_gemm_shape(const struct wc_model_config *config, const struct wc_gemm *gemm,
                          struct wc_gemm *shape);
/* No operand of DIV and SQRT subnormal: such data take up to 24 cycles a vector longer. */
void wc_timing_vec(const struct wc_model_config *config, const struct wc_cmd *cmd,
                   struct wc_timing *timing);
void wc_timing_load(const struct wc_model_config *config, const struct wc_memory_timing *memory,
                    const struct wc_dma *dma, struct wc_timing *timing);
void wc_timing_store(const struct wc_model_config *config, const struct wc_memory_timing *memory,
                     const struct wc_dma *dma, struct wc_timing *timing);

/* LOADs or STOREs that follow each other in a queue. Zero at first. */
enum { WC_DMA_CHAIN = 8 };
struct wc_dma_chain {
  uint64_t count, take, walk, fed, begin, end; /* of the last one */
  uint64_t done[WC_DMA_CHAIN];
};

/* Places the next command, @alone by itself, in time: @shown is the cycle in which its queue could
 * show it, tokens and all, @lost the cycles since the command before that the data bus was
 * taken by others (LOAD: the beats of fetch). Sets begin, end, fed and done of @placed to cycles
 * of the same clock; its states are those of @alone. A rule, close but not exact. */
void wc_dma_chain_add(struct wc_dma_chain *chain, const struct wc_timing *alone, uint64_t shown,
                      uint64_t lost, struct wc_timing *placed);

/* The counters that a stream of @cmd and END leaves on an idle device, from cleared ones. @offset:
 * the stream's place in the window. */
void wc_timing_alone(const struct wc_model_config *config, const struct wc_memory_timing *memory,
                     const struct wc_cmd *cmd, uint64_t offset, uint64_t counters[WC_COUNTERS]);

/* Whole streams. Keeps the timing of each command that it has seen. */
struct wc_cycles;

/* NULL without memory. @memory's DRAM must outlive it. */
struct wc_cycles *wc_cycles_new(const struct wc_model_config *config,
                                const struct wc_memory_timing *memory);
void wc_cycles_delete(struct wc_cycles *cycles);

/* A command in its stream; cycles count from the start. */
struct wc_placed {
  uint32_t number;     /* in the stream */
  unsigned queue;      /* of its unit */
  uint64_t shown;      /* unpacked by its queue */
  uint64_t ready;      /* and its tokens there */
  uint64_t begin, end; /* as in wc_timing */
  uint64_t done;
  const struct wc_cmd *cmd;
};
typedef void (*wc_placed_fn)(void *arg, const struct wc_placed *placed);

/* Adds to @counters what the stream of legal commands, END last, leaves on an idle device: work
 * exactly, cycles by the rules of docs/cycles.md. @offset: its place in the window. @fn: called for
 * each command in the stream's order, or NULL. False without memory, or at a command that cannot be
 * decoded, or whose token never comes. */
bool wc_cycles_stream(struct wc_cycles *cycles, const uint32_t *words, size_t bytes,
                      uint64_t offset, uint64_t counters[WC_COUNTERS], wc_placed_fn fn, void *arg);

#endif
