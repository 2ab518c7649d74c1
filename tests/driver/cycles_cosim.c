/* The cycle model against a device: random commands, each alone in a stream, and every counter
 * compared.
 *
 * usage: cycles_cosim [--device URI] [--kind gemm|vec|load|store] [--commands N] [--seed S]
 *                     [--work N] [--latency N] [--memory NAME] [--scale N] [--states]
 *
 * --latency, --memory, --scale: of the device, which must not say them in its URI. With a DRAM
 * every command has a new device, whose trace tells how old the DRAM is. --states compares only the
 * states of the command's unit, busy and waiting. Prints every command that differs, and ends with
 * "N passed, N failed". */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "program.h"
#include "random_cmd.h"
#include "stream_build.h"
#include "temp_dir.h"
#include "wavecore.h"
#include "wc_cycles.h"

enum { MEM = 65536, STREAM = 2 * MEM };

struct cosim {
  const char *uri;
  struct wc_device *dev;
  struct wc_model_config config;
  struct wc_memory_timing memory;
  struct wc_dram_config dram;
  char name[16]; /* of the memory */
  unsigned scale;
  struct temp_dir dir; /* for the trace */
  int kind;            /* opcode, or 0: all */
  uint32_t work;
  bool states;
  unsigned passed, failed;
};

static _Noreturn void die(const char *what, const char *why) {
  fprintf(stderr, "cycles_cosim: %s: %s\n0 passed, 1 failed\n", what, why);
  exit(1);
}

static void must(int status, const char *what) {
  if (status != WC_OK)
    die(what, wc_strerror(status));
}

static void open_device(struct cosim *c) {
  char why[256], uri[512];
  snprintf(uri, sizeof uri, "%s,latency=%u", c->uri, c->memory.latency);
  if (c->memory.dram != NULL)
    snprintf(uri, sizeof uri, "%s,latency=%u,memory=%s,scale=%u,dramtrace=%s", c->uri,
             c->memory.latency, c->name, c->scale, temp_path(&c->dir, "dram"));
  if (wc_open(uri, &c->dev, why, sizeof why) != WC_OK)
    die(uri, why);
  const struct wc_caps *caps = wc_caps(c->dev);
  wc_model_config_default(&c->config);
  c->config.rows = caps->rows;
  c->config.cols = caps->cols;
  c->config.lanes = caps->lanes;
  c->config.acc_rows = caps->acc_rows;
  c->config.banks = caps->banks;
  c->config.line_bytes = caps->line_bytes;
  c->config.axi_bytes = caps->axi_bytes;
  c->config.outstanding = caps->outstanding;
  c->config.queue_depth = caps->queue_depth;
  c->config.gbuf_bytes = caps->gbuf_bytes;
  c->config.mem_bytes = caps->mem_bytes;
}

static void random_command(const struct cosim *c, struct wc_random *r, struct wc_cmd *cmd) {
  static const int kinds[] = {WC_OP_GEMM, WC_OP_VEC, WC_OP_LOAD, WC_OP_STORE};
  const struct wc_random_limits limits = {c->config.gbuf_bytes, MEM, c->work};
  memset(cmd, 0, sizeof *cmd);
  const int kind = c->kind != 0 ? c->kind : kinds[wc_random_below(r, 4)];
  if (kind == WC_OP_GEMM)
    wc_random_gemm(r, &limits, cmd);
  else if (kind == WC_OP_VEC)
    wc_random_vec(r, &limits, cmd);
  else
    wc_random_dma(r, &limits, (uint32_t)kind, cmd);
}

/* Counts on the device what @cmd alone takes, in a stream at @offset. */
static void measure(struct cosim *c, struct wc_cmd *cmd, uint64_t offset,
                    struct wc_counters *counters) {
  struct stream_build s = {NULL, 0, 0};
  must(wc_counters_clear(c->dev), "counters");
  stream_add(&s, cmd);
  stream_end(&s);
  must(stream_run(&s, c->dev, offset), "stream");
  stream_free(&s);
  must(wc_counters_read(c->dev, counters), "counters");
  if (!counters->has_cycles)
    die(c->uri, "counts no cycles: take sim:small or another that does");
}

/* Of the engine that runs @opcode, the states with a command in the unit. */
static bool compared(const struct cosim *c, uint32_t opcode, unsigned counter) {
  if (!c->states)
    return true;
  const struct wc_engine *engine = &wc_engines[wc_opcode_queue(opcode)];
  const unsigned apart =
      opcode == WC_OP_GEMM || opcode == WC_OP_VEC ? 3 : 2; /* memory, token, idle */
  return counter >= engine->first && counter + apart <= engine->last;
}

/* Closes the device and opens the next one. Sets the DRAM's age at the start: fetch's first
 * address, the first in the trace, comes 3 cycles later. */
static void renew_device(struct cosim *c) {
  wc_close(c->dev);
  FILE *trace = fopen(temp_path(&c->dir, "dram"), "r");
  unsigned long long clock;
  if (trace == NULL || fscanf(trace, "%*s READ %llu", &clock) != 1)
    die("dramtrace", "no line `0xADDR READ cycle`");
  fclose(trace);
  uint64_t cycle = 0;
  while (wc_dram_clock(&c->dram, cycle) < clock)
    cycle++;
  c->memory.age = cycle - 3;
  open_device(c);
}

static void compare(struct cosim *c, unsigned number, struct wc_cmd *cmd) {
  struct wc_counters seen;
  uint64_t expected[WC_COUNTERS] = {0};
  /* Everywhere around the 256 bytes that fetch asks for at once. */
  const uint64_t offset = STREAM + number % 33 * WC_UNIT_BYTES;
  measure(c, cmd, offset, &seen);
  if (c->memory.dram != NULL)
    renew_device(c);
  wc_timing_alone(&c->config, &c->memory, cmd, offset, expected);
  bool same = true;
  for (unsigned i = 0; i < WC_COUNTERS; i++) {
    if (!compared(c, cmd->hdr.opcode, i) || seen.value[i] == expected[i])
      continue;
    if (same)
      printf("command %u:\n", number);
    same = false;
    printf("  %-14s device %" PRIu64 ", model %" PRIu64 "\n", wc_counter_name(i), seen.value[i],
           expected[i]);
  }
  c->passed += same;
  c->failed += !same;
  if (!same) {
    struct stream_build s = {NULL, 0, 0};
    stream_add(&s, cmd);
    stream_end(&s);
    wc_stream_disasm(s.words, stream_bytes(&s), stdout);
    stream_free(&s);
  }
}

static int kind_of(const char *name) {
  static const struct {
    const char *name;
    int opcode;
  } kinds[] = {
      {"gemm", WC_OP_GEMM}, {"vec", WC_OP_VEC}, {"load", WC_OP_LOAD}, {"store", WC_OP_STORE}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (strcmp(kinds[i].name, name) == 0)
      return kinds[i].opcode;
  }
  die(name, "kinds are gemm, vec, load, store");
}

int main(int argc, char **argv) {
  struct cosim c = {.uri = "sim:small", .memory = {.latency = 40}, .work = 20000, .scale = 1};
  unsigned commands = 500;
  uint64_t seed = (uint64_t)time(NULL);
  static const struct option options[] = {{"device", 1, NULL, 'd'},   {"kind", 1, NULL, 'k'},
                                          {"commands", 1, NULL, 'n'}, {"seed", 1, NULL, 's'},
                                          {"work", 1, NULL, 'w'},     {"latency", 1, NULL, 'l'},
                                          {"states", 0, NULL, 'u'},   {"memory", 1, NULL, 'm'},
                                          {"scale", 1, NULL, 'c'},    {NULL, 0, NULL, 0}};
  for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    switch (o) {
      case 'd':
        c.uri = optarg;
        break;
      case 'k':
        c.kind = kind_of(optarg);
        break;
      case 'n':
        commands = (unsigned)strtoul(optarg, NULL, 10);
        break;
      case 's':
        seed = strtoull(optarg, NULL, 10);
        break;
      case 'w':
        c.work = (uint32_t)strtoul(optarg, NULL, 10);
        break;
      case 'l':
        c.memory.latency = (unsigned)strtoul(optarg, NULL, 10);
        break;
      case 'm':
        snprintf(c.name, sizeof c.name, "%s", optarg);
        break;
      case 'c':
        c.scale = (unsigned)strtoul(optarg, NULL, 10);
        break;
      case 'u':
        c.states = true;
        break;
      default:
        return 2;
    }
  }
  if (c.name[0] != '\0') {
    if (!wc_dram_preset(c.name, c.scale, 700, &c.dram))
      die(c.name, wc_dram_presets);
    c.memory.dram = &c.dram;
    temp_dir_make(&c.dir);
  }
  open_device(&c);
  printf("SEED=%" PRIu64 "\n", seed);
  for (unsigned i = 0; i < commands; i++) {
    struct wc_random random;
    struct wc_cmd cmd;
    wc_random_seed(&random, seed + i);
    random_command(&c, &random, &cmd);
    compare(&c, i, &cmd);
  }
  wc_close(c.dev);
  if (c.memory.dram != NULL)
    temp_dir_remove(&c.dir);
  printf("%u passed, %u failed\n", c.passed, c.failed);
  return c.failed != 0;
}
