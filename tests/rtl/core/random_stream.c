/* Random streams on a device and on the model: same DRAM, same counters; and where the device keeps
 * one, a timeline that fits stream and counters.
 * Usage: random_stream URI dma|gemm|vec|all STREAMS [WORK]
 *
 * WORK: about the most MACs or elements of a command. The seed is printed and taken from SEED. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random_cmd.h"
#include "smoke.h"
#include "timeline_check.h"

static struct wc_random_limits limits_of(const struct smoke *s, uint32_t work) {
  return (struct wc_random_limits){
      .gbuf_bytes = s->caps->gbuf_bytes, .mem_bytes = SMOKE_DATA, .work = work};
}

/* Groups of LOAD and of STORE in turn: the first of a group waits for the last of the group
 * before it, so that commands of one group overlap. */
static void build_dma(struct smoke *s, uint32_t work) {
  const struct wc_random_limits limits = limits_of(s, work);
  const uint32_t groups = 2 + wc_random_below(&s->random, 6);
  for (uint32_t group = 0; group < groups; group++) {
    const bool load = group % 2 == 0;
    const unsigned other = load ? 1u << WC_Q_STORE : 1u << WC_Q_LOAD;
    const uint32_t commands = 1 + wc_random_below(&s->random, 8);
    for (uint32_t i = 0; i < commands; i++) {
      struct wc_cmd cmd;
      wc_random_dma(&s->random, &limits, load ? WC_OP_LOAD : WC_OP_STORE, &cmd);
      cmd.hdr.tag = wc_random_below(&s->random, WC_TAGS);
      smoke_add(s, &cmd, i == 0 && group > 0 ? other : 0,
                i + 1 == commands && group + 1 < groups ? other : 0);
    }
  }
}

static struct wc_cmd whole_buffer(const struct smoke *s, uint32_t opcode, uint32_t dram) {
  struct wc_cmd cmd = {.hdr.opcode = opcode};
  cmd.dma = (struct wc_dma){
      .dram_lo = dram, .n0 = (uint32_t)s->caps->gbuf_bytes, .n1 = 1, .n2 = 1, .n3 = 1};
  return cmd;
}

static void random_command(struct smoke *s, const struct wc_random_limits *limits, const char *kind,
                           struct wc_cmd *cmd) {
  const bool any = strcmp(kind, "all") == 0;
  const uint32_t dice = any ? wc_random_below(&s->random, 4) : 4;
  if (dice < 2)
    wc_random_dma(&s->random, limits, dice == 0 ? WC_OP_LOAD : WC_OP_STORE, cmd);
  else if (dice == 2 || strcmp(kind, "gemm") == 0)
    wc_random_gemm(&s->random, limits, cmd);
  else
    wc_random_vec(&s->random, limits, cmd);
}

/* Fills the buffer, runs commands one after the other, stores the buffer. */
static void build_compute(struct smoke *s, const char *kind, uint32_t work) {
  enum { MOST = 12 };
  struct wc_cmd cmds[MOST + 2];
  const struct wc_random_limits limits = limits_of(s, work);
  const uint32_t n = 2 + 1 + wc_random_below(&s->random, MOST);
  cmds[0] = whole_buffer(s, WC_OP_LOAD, 2 * wc_random_below(&s->random, 1000));
  for (uint32_t i = 1; i + 1 < n; i++)
    random_command(s, &limits, kind, &cmds[i]);
  cmds[n - 1] = whole_buffer(s, WC_OP_STORE, SMOKE_DATA);
  for (uint32_t i = 0; i < n; i++) {
    const int queue = wc_opcode_queue(cmds[i].hdr.opcode);
    const int before = i > 0 ? wc_opcode_queue(cmds[i - 1].hdr.opcode) : queue;
    const int after = i + 1 < n ? wc_opcode_queue(cmds[i + 1].hdr.opcode) : queue;
    smoke_add(s, &cmds[i], before != queue ? 1u << before : 0, after != queue ? 1u << after : 0);
  }
}

/* Runs the stream once or twice on both. */
static bool run_one(struct smoke *s, const char *kind, uint32_t work) {
  smoke_begin(s);
  if (strcmp(kind, "dma") == 0)
    build_dma(s, work);
  else
    build_compute(s, kind, work);
  smoke_end(s);
  struct timeline_check timeline;
  timeline_check_start(&timeline, s);
  const uint32_t runs = 1 + wc_random_below(&s->random, 2);
  int status = WC_OK;
  bool model_ok = true;
  for (uint32_t i = 0; i < runs && status == WC_OK; i++) {
    struct wc_model_error error;
    status = smoke_run(s);
    model_ok = smoke_run_model(s, &error) && model_ok;
  }
  if (status != WC_OK) {
    struct wc_error_info info;
    wc_last_error(s->dev, &info);
    printf("  %s: %s, unit %" PRIu32 " command %" PRIu32 " address 0x%" PRIx64 "\n",
           wc_strerror(status), wc_error_text(info.code), info.unit, info.cmd, info.addr);
    return false;
  }
  const bool timeline_ok = timeline_check_end(&timeline, s, runs);
  return model_ok && smoke_equal(s) && timeline_ok;
}

int main(int argc, char **argv) {
  static struct smoke s;
  if (argc < 4) {
    fprintf(stderr, "usage: random_stream URI dma|gemm|vec|all STREAMS [WORK]\n");
    return 2;
  }
  if (!smoke_open(&s, argv[1]))
    return 2;
  const int streams = atoi(argv[3]);
  const uint32_t work = argc > 4 ? (uint32_t)atoi(argv[4]) : 64;
  const uint64_t seed = wc_random_env_seed();
  for (int i = 0; i < streams && s.failed == 0; i++) {
    /* Each stream has a seed of its own, so that a failing one can be run alone. */
    wc_random_seed(&s.random, seed + (uint64_t)i);
    smoke_fill(&s);
    char name[96];
    snprintf(name, sizeof name, "%s stream %d (SEED=%" PRIu64 ")", argv[2], i, seed + (uint64_t)i);
    smoke_verdict(&s, run_one(&s, argv[2], work), name);
  }
  smoke_close(&s);
  printf("%u passed, %u failed\n", s.passed, s.failed);
  return s.failed != 0;
}
