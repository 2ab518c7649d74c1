/* A stream of one command and END: fetch, queue, unit, fetch. */
#include <string.h>

#include "wc_cycles.h"

static void time_unit(const struct wc_model_config *config, const struct wc_memory_timing *memory,
                      const struct wc_cmd *cmd, struct wc_timing *timing) {
  switch (cmd->hdr.opcode) {
    case WC_OP_LOAD:
      wc_timing_load(config, memory, &cmd->dma, timing);
      break;
    case WC_OP_STORE:
      wc_timing_store(config, memory, &cmd->dma, timing);
      break;
    case WC_OP_GEMM:
      wc_timing_gemm(config, &cmd->gemm, timing);
      break;
    default:
      wc_timing_vec(config, cmd, timing);
      break;
  }
}

void wc_timing_alone(const struct wc_model_config *config, const struct wc_memory_timing *memory,
                     const struct wc_cmd *cmd, uint64_t offset, uint64_t counters[WC_COUNTERS]) {
  (void)offset;
  struct wc_timing timing = {0};
  time_unit(config, memory, cmd, &timing);
  const struct wc_engine *engine = &wc_engines[wc_opcode_queue(cmd->hdr.opcode)];
  memset(counters, 0, WC_COUNTERS * sizeof *counters);
  for (unsigned i = 1; i < WC_UNIT_STATES; i++) {
    if (engine->first + i - 1 <= engine->last)
      counters[engine->first + i - 1] = timing.state[i];
  }
}
