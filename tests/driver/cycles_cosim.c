/* The cycle model against a device: random commands, each alone in a stream, and every counter
 * compared.
 *
 * usage: cycles_cosim [--device URI] [--kind gemm|vec|load|store] [--commands N] [--seed S]
 *                     [--work N] [--latency N] [--memory NAME] [--scale N] [--states]
 *                     [--program FILE]
 *
 * --latency, --memory, --scale: of the device, which must not say them in its URI. --states
 * compares only the states of the command's unit, busy and waiting. --program: not random commands
 * but those of a program file (wavecore compile), equal ones once. Every command has a new device:
 * which port round robin serves first is left over from the command before, and the trace of a
 * new DRAM tells how old it is. Prints every command that differs, and ends with "N passed, N
 * failed". */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "program.h"
#include "random_cmd.h"
#include "session.h"
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
  uint64_t stream;     /* where streams lie: nothing is stored there */
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
  c->config = wc_session_model(wc_caps(c->dev));
}

/* Quotients and roots take longer when an operand is subnormal, which no command tells. A new
 * device's buffer is all zeros, so constants decide: none within 2^-10 .. 2^10 leads to one in the
 * three steps before, be it by products or by cancellation. */
static void avoid_subnormals(struct wc_cmd *cmd) {
  uint32_t *const constants[] = {&cmd->vec.k0, &cmd->vec.k1, &cmd->vec.k2, &cmd->vec.k3};
  for (unsigned i = 0; i < WC_VEC_CONSTS; i++) {
    const uint32_t bits = *constants[i], exponent = bits >> 23 & 0xFF;
    if ((bits & 0x7FFFFFFF) != 0 && exponent != 0xFF)
      *constants[i] = (bits & 0x807FFFFF) | (117 + exponent % 21) << 23;
  }
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
  const uint32_t last = cmd->step[WC_STEPS - 1].op;
  if (kind == WC_OP_VEC && (last == WC_V_DIV || last == WC_V_SQRT))
    avoid_subnormals(cmd);
}

/* Counts on a new device what @cmd alone takes, in a stream at @offset. */
static void measure(struct cosim *c, struct wc_cmd *cmd, uint64_t offset,
                    struct wc_counters *counters) {
  struct stream_build s = {NULL, 0, 0};
  open_device(c);
  stream_add(&s, cmd);
  stream_end(&s);
  must(stream_run(&s, c->dev, offset), "stream");
  stream_free(&s);
  must(wc_counters_read(c->dev, counters), "counters");
  if (!counters->has_cycles)
    die(c->uri, "counts no cycles: take sim:small or another that does");
  wc_close(c->dev);
}

/* Sets the DRAM's age at the start: fetch's first address, the first in the trace, comes 3 cycles
 * later. */
static void read_age(struct cosim *c) {
  FILE *trace = fopen(temp_path(&c->dir, "dram"), "r");
  unsigned long long clock;
  if (trace == NULL || fscanf(trace, "%*s READ %llu", &clock) != 1)
    die("dramtrace", "no line `0xADDR READ cycle`");
  fclose(trace);
  uint64_t cycle = 0;
  while (wc_dram_clock(&c->dram, cycle) < clock)
    cycle++;
  c->memory.age = cycle - 3;
}

/* Of the engine that runs @opcode, the states with a command in the unit. */
static bool compared(const struct cosim *c, uint32_t opcode, unsigned counter) {
  if (!c->states)
    return true;
  const struct wc_engine *engine = &wc_engines[wc_opcode_queue(opcode)];
  return counter >= engine->first && counter < engine->waits;
}

static void compare(struct cosim *c, unsigned number, struct wc_cmd *cmd) {
  struct wc_counters seen;
  uint64_t expected[WC_COUNTERS] = {0};
  /* Everywhere around the 256 bytes that fetch asks for at once. */
  const uint64_t offset = c->stream + number % 33 * WC_UNIT_BYTES;
  measure(c, cmd, offset, &seen);
  if (c->memory.dram != NULL)
    read_age(c);
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

static void random_commands(struct cosim *c, unsigned commands, uint64_t seed) {
  printf("SEED=%" PRIu64 "\n", seed);
  for (unsigned i = 0; i < commands; i++) {
    struct wc_random random;
    struct wc_cmd cmd;
    wc_random_seed(&random, seed + i);
    random_command(c, &random, &cmd);
    compare(c, i, &cmd);
  }
}

static int order(const void *a, const void *b) {
  return memcmp(a, b, sizeof(struct wc_cmd));
}

/* The commands of a section, without what does not take part: tokens, tag, id. */
static size_t decode_section(const struct cosim *c, const struct wc_section *section,
                             struct wc_cmd *cmds) {
  size_t n = 0;
  struct wc_cmd cmd;
  for (size_t at = 0; at < section->bytes / WC_UNIT_BYTES; at += cmd.hdr.units) {
    memset(&cmd, 0, sizeof cmd);
    if (wc_cmd_decode(section->words + 4 * at, section->bytes / WC_UNIT_BYTES - at, &cmd) !=
        WC_E_NONE)
      die("program", "a command that cannot be decoded");
    if (cmd.hdr.opcode == WC_OP_END || (c->kind != 0 && cmd.hdr.opcode != (uint32_t)c->kind))
      continue;
    cmds[n] = cmd;
    cmds[n++].hdr = (struct wc_hdr){.opcode = cmd.hdr.opcode, .units = cmd.hdr.units};
  }
  return n;
}

static void program_commands(struct cosim *c, const char *path) {
  struct wc_report why;
  struct wc_program *program = wc_program_load(path, &why);
  if (program == NULL)
    die(path, why.text);
  size_t most = 1, n = 0;
  for (unsigned s = 0; s < WC_SECTIONS; s++)
    most += program->section[s][0].bytes / WC_UNIT_BYTES;
  struct wc_cmd *cmds = calloc(most, sizeof *cmds);
  if (cmds == NULL)
    die(path, "out of memory");
  c->stream = c->config.mem_bytes - MEM;
  for (unsigned s = 0; s < WC_SECTIONS; s++) {
    if (program->section[s][0].words != NULL)
      n += decode_section(c, &program->section[s][0], cmds + n);
  }
  qsort(cmds, n, sizeof *cmds, order);
  for (size_t i = 0; i < n; i++) {
    if (i == 0 || order(&cmds[i], &cmds[i - 1]) != 0)
      compare(c, (unsigned)i, &cmds[i]);
  }
  free(cmds);
  wc_program_delete(program);
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
  struct cosim c = {
      .uri = "sim:small", .memory = {.latency = 40}, .stream = STREAM, .work = 20000, .scale = 1};
  unsigned commands = 500;
  uint64_t seed = (uint64_t)time(NULL);
  const char *program = NULL;
  static const struct option options[] = {
      {"device", 1, NULL, 'd'}, {"kind", 1, NULL, 'k'},    {"commands", 1, NULL, 'n'},
      {"seed", 1, NULL, 's'},   {"work", 1, NULL, 'w'},    {"latency", 1, NULL, 'l'},
      {"states", 0, NULL, 'u'}, {"program", 1, NULL, 'p'}, {"memory", 1, NULL, 'm'},
      {"scale", 1, NULL, 'c'},  {NULL, 0, NULL, 0}};
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
      case 'p':
        program = optarg;
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
  wc_close(c.dev);
  if (program != NULL)
    program_commands(&c, program);
  else
    random_commands(&c, commands, seed);
  if (c.memory.dram != NULL)
    temp_dir_remove(&c.dir);
  printf("%u passed, %u failed\n", c.passed, c.failed);
  return c.failed != 0;
}
