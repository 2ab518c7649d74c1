/* The rule that chains LOADs, or STOREs, against a device: streams of random commands, and the
 * cycles to their end.
 *
 * usage: chain_cosim [DEVICE [STREAMS [SEED]]]     (sim:4x4, 20, from the clock)
 *
 * Fails when a stream differs by more than 1 %. Ends with "N passed, N failed". */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "random_cmd.h"
#include "session.h"
#include "stream_build.h"
#include "wavecore.h"
#include "wc_cycles.h"

enum {
  MEM = 65536,
  STREAM = 2 * MEM,
  COMMANDS = 30,
  LATENCY = 40,
  FIRST_SHOWN = LATENCY + 14, /* see docs/cycles.md, fetch */
  SHOWN_APART = 5,            /* cycles in which a queue unpacks the next LOAD or STORE */
  DONE_TO_END = 2
};

static _Noreturn void die(const char *what, const char *why) {
  fprintf(stderr, "chain_cosim: %s: %s\n0 passed, 1 failed\n", what, why);
  exit(1);
}

/* The cycles that the rule says, of a stream that is added to @stream. */
static uint64_t predict(const struct wc_model_config *config, struct wc_random *r, int opcode,
                        struct stream_build *stream) {
  const struct wc_memory_timing memory = {.latency = LATENCY};
  const struct wc_random_limits limits = {config->gbuf_bytes, MEM, 20000};
  struct wc_dma_chain chain = {0};
  struct wc_timing alone, placed = {0};
  const uint64_t fetched = WC_LOAD_UNITS * WC_UNIT_BYTES / config->axi_bytes;
  for (unsigned i = 0; i < COMMANDS; i++) {
    struct wc_cmd cmd;
    memset(&cmd, 0, sizeof cmd);
    wc_random_dma(r, &limits, (uint32_t)opcode, &cmd);
    stream_add(stream, &cmd);
    if (opcode == WC_OP_LOAD)
      wc_timing_load(config, &memory, &cmd.dma, &alone);
    else
      wc_timing_store(config, &memory, &cmd.dma, &alone);
    wc_dma_chain_add(&chain, &alone, FIRST_SHOWN + i * SHOWN_APART,
                     opcode == WC_OP_LOAD ? fetched : 0, &placed);
  }
  stream_end(stream);
  return placed.done + DONE_TO_END;
}

static uint64_t measure(struct wc_device *dev, struct stream_build *stream) {
  struct wc_counters counters;
  int status = wc_counters_clear(dev);
  if (status == WC_OK)
    status = stream_run(stream, dev, STREAM);
  if (status == WC_OK)
    status = wc_counters_read(dev, &counters);
  if (status != WC_OK)
    die("stream", wc_strerror(status));
  return counters.value[WC_C_CYCLES];
}

int main(int argc, char **argv) {
  const char *uri = argc > 1 ? argv[1] : "sim:4x4";
  const unsigned streams = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 20;
  const uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : (uint64_t)time(NULL);
  struct wc_device *dev;
  char why[256];
  if (wc_open(uri, &dev, why, sizeof why) != WC_OK)
    die(uri, why);
  const struct wc_model_config config = wc_session_model(wc_caps(dev));
  printf("SEED=%" PRIu64 "\n", seed);
  unsigned passed = 0, failed = 0;
  for (unsigned i = 0; i < 2 * streams; i++) {
    struct wc_random random;
    struct stream_build stream = {NULL, 0, 0};
    wc_random_seed(&random, seed + i);
    const int opcode = i % 2 == 0 ? WC_OP_LOAD : WC_OP_STORE;
    const uint64_t rule = predict(&config, &random, opcode, &stream);
    const uint64_t seen = measure(dev, &stream);
    const double off = 100 * ((double)rule - (double)seen) / (double)seen;
    printf("%s: device %" PRIu64 ", rule %" PRIu64 " (%+.2f %%)\n",
           wc_opcode_name((uint32_t)opcode), seen, rule, off);
    passed += fabs(off) <= 1;
    failed += fabs(off) > 1;
    stream_free(&stream);
  }
  wc_close(dev);
  printf("%u passed, %u failed\n", passed, failed);
  return failed != 0;
}
