/* A stream of one command and END: fetch, queue, unit, fetch. Cycle 0 is that of the start. */
#include <string.h>

#include "cycles_dma.h"
#include "cycles_units.h"
#include "later.h"

enum {
  DONE_TO_EMPTY = 1 /* from done_o to a queue that is empty */
};

void wc_cycles_command(const struct wc_model_config *config, struct wc_memory *memory,
                       const struct wc_cmd *cmd, struct wc_timing *timing) {
  switch (cmd->hdr.opcode) {
    case WC_OP_LOAD:
    case WC_OP_STORE:
      wc_cycles_dma(config, memory, cmd, true, timing);
      break;
    case WC_OP_GEMM:
      wc_timing_gemm(config, &cmd->gemm, timing);
      break;
    default:
      wc_timing_vec(config, cmd, timing);
      break;
  }
}

/* Fetch's beats, one after the other. */
struct beats {
  struct wc_memory *memory;
  unsigned bytes;       /* of a beat */
  uint64_t at;          /* address of the next one */
  uint64_t address;     /* cycle in which the burst in progress was asked for */
  uint64_t asked, due;  /* of it: see wc_memory_ask */
  uint64_t last, count; /* cycle of the beat before; beats so far */
};

static void beats_init(struct beats *b, const struct wc_model_config *config,
                       struct wc_memory *memory, uint64_t offset) {
  *b =
      (struct beats){.memory = memory, .bytes = config->axi_bytes, .address = WC_FETCH_ADDRESS - 1};
  b->at = offset / b->bytes * b->bytes;
}

static void next_beat(struct beats *b) {
  if (b->count == 0 || b->at % WC_FETCH_BLOCK == 0) {
    b->asked = wc_memory_first(b->memory, b->at);
    b->address++;
  }
  wc_memory_ask(b->memory, b->address, false, b->at + b->bytes, &b->asked, &b->due);
  b->last = wc_later(b->due, b->count != 0 ? b->last + 1 : 0);
  b->at += b->bytes;
  b->count++;
}

/* The cycle in which fetch deals the unit of a command that ends at @end, and @dealt the one
 * before. */
static uint64_t deal(struct beats *beats, uint64_t end, uint64_t dealt) {
  while (beats->at < end)
    next_beat(beats);
  return wc_later(dealt + 1, beats->last + WC_FETCH_BEAT_DEAL);
}

static uint64_t beats_of(const struct wc_model_config *config, const struct wc_dma *d) {
  const uint64_t beat = config->axi_bytes;
  uint64_t beats = 0;
  for (int64_t i3 = 0; i3 < d->n3; i3++) {
    for (int64_t i2 = 0; i2 < d->n2; i2++) {
      for (int64_t i1 = 0; i1 < d->n1; i1++) {
        const uint64_t at = ((uint64_t)d->dram_hi << 32 | d->dram_lo) +
                            (uint64_t)(i3 * d->ds3 + i2 * d->ds2 + i1 * d->ds1);
        beats += (at + d->n0 - 1) / beat - at / beat + 1;
      }
    }
  }
  return beats;
}

void wc_cycles_count_work(const struct wc_model_config *config, const struct wc_cmd *cmd,
                          uint64_t counters[WC_COUNTERS]) {
  wc_count_work(cmd, counters);
  if (cmd->hdr.opcode == WC_OP_LOAD)
    counters[WC_C_RD_BEATS] += beats_of(config, &cmd->dma);
  if (cmd->hdr.opcode == WC_OP_STORE)
    counters[WC_C_WR_BEATS] += beats_of(config, &cmd->dma);
}

/* Engines without a command in their unit are idle. */
static void count_states(const struct wc_cmd *cmd, const struct wc_timing *timing,
                         uint64_t counters[WC_COUNTERS]) {
  const int queue = wc_opcode_queue(cmd->hdr.opcode);
  for (int q = 0; q < WC_QUEUES; q++)
    counters[wc_engines[q].last] = counters[WC_C_CYCLES];
  for (unsigned i = 1; i < WC_UNIT_STATES; i++) {
    if (timing->state[i] == 0)
      continue;
    counters[wc_engines[queue].first + i - 1] = timing->state[i];
    counters[wc_engines[queue].last] -= timing->state[i];
  }
}

void wc_timing_alone(const struct wc_model_config *config, const struct wc_memory_timing *memory,
                     const struct wc_cmd *cmd, uint64_t offset, uint64_t counters[WC_COUNTERS]) {
  struct wc_cmd sized = *cmd;
  uint32_t words[WC_MAX_WORDS];
  const unsigned units = wc_cmd_encode(&sized, words);
  struct wc_memory open;
  wc_memory_open(&open, memory);
  struct beats beats;
  beats_init(&beats, config, &open, offset);
  uint64_t dealt = 0;
  for (unsigned unit = 1; unit <= units; unit++)
    dealt = deal(&beats, offset + unit * WC_UNIT_BYTES, dealt);
  const uint64_t end = deal(&beats, offset + (units + WC_END_UNITS) * WC_UNIT_BYTES, dealt);
  const uint64_t taken = dealt + WC_QUEUE_SHOW + units;
  struct wc_timing timing;
  open.origin += taken;
  wc_cycles_command(config, &open, cmd, &timing);
  wc_memory_close(&open);
  memset(counters, 0, WC_COUNTERS * sizeof *counters);
  /* Fetch sees END, then all queues empty and its own reads over, and says so a cycle later. */
  counters[WC_C_CYCLES] =
      wc_later(wc_later(end, beats.last) + 1, taken + timing.done + DONE_TO_EMPTY) + 1;
  counters[WC_C_CMD_BYTES] = (uint64_t)(units + WC_END_UNITS) * WC_UNIT_BYTES;
  counters[WC_C_RD_BEATS] = beats.count;
  wc_cycles_count_work(config, cmd, counters);
  count_states(cmd, &timing, counters);
}
