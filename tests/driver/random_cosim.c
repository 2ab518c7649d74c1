/* Random commands on two devices: every byte of their memories and every counter of work must
 * agree.
 *
 * usage: random_cosim [--device-a URI] [--device-b URI] [--commands N] [--seconds N] [--seed S]
 *                     [--work N] [--spoil STREAM]
 *
 * Streams of about 50 random commands, with the tokens they need, begin with a LOAD of the whole
 * global buffer with random data (special values included) and end with a STORE of all of it. On a
 * mismatch the shortest stream that shows it is found, and its last command printed. Ends with
 * "1 passed, 0 failed" or "0 passed, 1 failed". Devices with several cores run the commands on all
 * of them at once, each core on a part of the memory of its own. --spoil changes one bit in the
 * second device's data before that stream: the program must then fail. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emit.h"
#include "program.h"
#include "random_cmd.h"
#include "wavecore.h"

enum { STREAM_COMMANDS = 50, SMALL_BUFFER = 65536, STREAM_ROOM = 1 << 20, WAIT_MS = 600000 };

struct cosim {
  const char *uri[2];
  struct wc_device *dev[2];
  uint64_t gbuf_bytes; /* of the smaller device */
  unsigned cores;
  struct wc_random random;
  uint64_t seed;
  uint32_t work;
  uint8_t *initial; /* random data of the present stream */
  uint8_t *seen[2];
};

/* A core's part of the memory: [0, g) data, where random LOADs and STOREs play too; [g, 2g) the
 * buffer at the end; the stream from 2g on. */
struct layout {
  uint64_t g;
};

static uint64_t part_of(struct layout at, unsigned core) {
  return core * (2 * at.g + STREAM_ROOM);
}

static _Noreturn void die(const char *what, const char *why) {
  fprintf(stderr, "random_cosim: %s: %s\n0 passed, 1 failed\n", what, why);
  exit(1);
}

static void must(int status, const char *what) {
  if (status != WC_OK)
    die(what, wc_strerror(status));
}

static void random_command(struct cosim *c, struct layout at, struct wc_cmd *cmd) {
  const struct wc_random_limits limits = {at.g, at.g, c->work};
  memset(cmd, 0, sizeof *cmd);
  const uint32_t kind = wc_random_below(&c->random, 20);
  if (kind < 9)
    wc_random_gemm(&c->random, &limits, cmd);
  else if (kind < 18)
    wc_random_vec(&c->random, &limits, cmd);
  else
    wc_random_dma(&c->random, &limits, kind == 18 ? WC_OP_LOAD : WC_OP_STORE, cmd);
  cmd->hdr.tag = wc_random_below(&c->random, WC_TAGS);
  cmd->hdr.id = (uint32_t)wc_random_next(&c->random);
}

static struct wc_cmd whole_buffer(uint32_t opcode, uint64_t dram, uint64_t bytes) {
  struct wc_cmd cmd = {.hdr = {.opcode = opcode}};
  cmd.dma = (struct wc_dma){.dram_lo = (uint32_t)dram,
                            .n0 = 4096,
                            .n1 = (uint32_t)(bytes / 4096),
                            .n2 = 1,
                            .n3 = 1,
                            .ds1 = 4096,
                            .gs1 = 4096};
  return cmd;
}

/* Appends @cmd with its DRAM address moved to the core's part. */
static bool emit_at(struct wc_emit *emit, struct wc_cmd cmd, uint64_t part) {
  if (cmd.hdr.opcode == WC_OP_LOAD || cmd.hdr.opcode == WC_OP_STORE)
    cmd.dma.dram_lo += (uint32_t)part; /* far below 4 GiB */
  return wc_emit_cmd(emit, &cmd);
}

/* The first @n of the commands between LOAD and STORE of the whole buffer, for @core. */
static void make_stream(const struct cosim *c, struct layout at, unsigned core,
                        const struct wc_cmd *cmds, size_t n, uint32_t **words, size_t *bytes) {
  const uint64_t part = part_of(at, core);
  struct wc_emit *emit = wc_emit_new(c->gbuf_bytes, wc_caps(c->dev[0])->mem_bytes);
  bool ok = emit != NULL && emit_at(emit, whole_buffer(WC_OP_LOAD, 0, at.g), part);
  for (size_t i = 0; i < n && ok; i++)
    ok = emit_at(emit, cmds[i], part);
  ok = ok && emit_at(emit, whole_buffer(WC_OP_STORE, at.g, at.g), part) &&
       wc_emit_finish(emit, words, bytes) && *bytes <= STREAM_ROOM;
  if (!ok)
    die("emitting the stream", emit != NULL ? wc_emit_failed(emit) : "out of memory");
  wc_emit_delete(emit);
  struct wc_check_result result;
  if (!wc_stream_check(*words, *bytes, c->gbuf_bytes, part + 2 * at.g, &result))
    die("the static checker refuses the stream", result.text);
}

/* Data, and the stream of one core. Core k begins with the data turned round by k pages. */
static struct wc_submission prepare(struct cosim *c, unsigned i, struct layout at, unsigned core,
                                    const struct wc_cmd *cmds, size_t n) {
  struct wc_device *dev = c->dev[i];
  const uint64_t part = part_of(at, core), turn = core * UINT64_C(4096) % at.g;
  must(wc_write(dev, part, c->initial + turn, at.g - turn), c->uri[i]);
  must(wc_write(dev, part + at.g - turn, c->initial, turn), c->uri[i]);
  memset(c->seen[i], 0x5A, at.g);
  must(wc_write(dev, part + at.g, c->seen[i], at.g), c->uri[i]);
  uint32_t *words = NULL;
  struct wc_submission stream = {part + 2 * at.g, 0};
  make_stream(c, at, core, cmds, n, &words, &stream.size);
  must(wc_write(dev, stream.addr, words, stream.size), c->uri[i]);
  free(words);
  return stream;
}

static void run_device(struct cosim *c, unsigned i, struct layout at, const struct wc_cmd *cmds,
                       size_t n) {
  struct wc_device *dev = c->dev[i];
  struct wc_submission streams[WC_CORES_MAX];
  must(wc_counters_clear(dev), c->uri[i]);
  for (unsigned core = 0; core < c->cores; core++)
    streams[core] = prepare(c, i, at, core, cmds, n);
  must(wc_submit_cores(dev, streams, c->cores), c->uri[i]);
  const int status = wc_wait(dev, WAIT_MS);
  if (status != WC_OK) {
    struct wc_error_info info;
    wc_last_error(dev, &info);
    fprintf(stderr,
            "SEED=%" PRIu64 ": %s: core %u, command %" PRIu32 " (id 0x%08" PRIX32 ") unit %s: %s\n",
            c->seed, c->uri[i], info.core, info.cmd, info.id, wc_unit_name(info.unit),
            wc_error_text(info.code));
    (void)wc_dump_state(dev, 2);
    must(status, c->uri[i]);
  }
  for (unsigned core = 0; core < c->cores; core++)
    must(wc_read(dev, c->seen[i] + core * 2 * at.g, part_of(at, core), 2 * at.g), c->uri[i]);
}

/* Names the first counter of work that differs; NULL: none. */
static const char *counter_difference(struct cosim *c, uint64_t value[2]) {
  static const enum wc_counter equal[] = {WC_C_MACS,  WC_C_RD_BYTES, WC_C_WR_BYTES, WC_C_CMD_BYTES,
                                          WC_C_LOADS, WC_C_STORES,   WC_C_GEMMS,    WC_C_VECS};
  struct wc_counters n[2];
  for (unsigned i = 0; i < 2; i++)
    must(wc_counters_read(c->dev[i], &n[i]), c->uri[i]);
  for (size_t k = 0; k < sizeof equal / sizeof *equal; k++) {
    for (unsigned i = 0; i < 2; i++)
      value[i] = n[i].value[equal[k]];
    if (value[0] != value[1])
      return wc_counter_name(equal[k]);
  }
  for (unsigned tag = 0; tag < WC_TAGS; tag++) {
    for (unsigned i = 0; i < 2; i++)
      value[i] = n[i].tag_rd[tag] + (n[i].tag_wr[tag] << 32);
    if (value[0] != value[1])
      return "bytes by tag (loaded, stored << 32)";
  }
  return NULL;
}

/* Runs the stream of the first @n commands on both; true when they agree. */
static bool agree(struct cosim *c, struct layout at, const struct wc_cmd *cmds, size_t n,
                  bool spoil) {
  run_device(c, 0, at, cmds, n);
  c->initial[at.g / 2] ^= spoil ? 4 : 0;
  run_device(c, 1, at, cmds, n);
  c->initial[at.g / 2] ^= spoil ? 4 : 0;
  uint64_t value[2];
  return memcmp(c->seen[0], c->seen[1], c->cores * 2 * at.g) == 0 &&
         counter_difference(c, value) == NULL;
}

/* Finds the shortest stream that shows the mismatch and prints it. */
static void explain(struct cosim *c, struct layout at, const struct wc_cmd *cmds, size_t n,
                    bool spoil) {
  size_t low = 0; /* commands 0 .. n-1; [0, low) agree, if anything does */
  for (size_t high = n; low < high;) {
    const size_t middle = (low + high) / 2;
    if (agree(c, at, cmds, middle, spoil))
      low = middle + 1;
    else
      high = middle;
  }
  if (agree(c, at, cmds, low, spoil))
    fprintf(stderr, "the mismatch does not repeat\n");
  fprintf(stderr, "SEED=%" PRIu64 ": %s and %s differ after ", c->seed, c->uri[0], c->uri[1]);
  if (low == 0) {
    fprintf(stderr, "LOAD and STORE of the buffer\n");
  } else {
    struct wc_cmd cmd = cmds[low - 1];
    uint32_t words[WC_MAX_WORDS];
    const unsigned units = wc_cmd_encode(&cmd, words);
    fprintf(stderr, "command %zu of the stream:\n", low);
    wc_stream_disasm(words, units * (size_t)WC_UNIT_BYTES, stderr);
  }
  unsigned shown = 0;
  for (uint64_t i = 0; i < c->cores * 2 * at.g && shown < 8; i++) {
    if (c->seen[0][i] != c->seen[1][i]) {
      const uint64_t byte = i % (2 * at.g);
      fprintf(stderr, "  core %" PRIu64 ", %s 0x%" PRIX64 ": %02X and %02X\n", i / (2 * at.g),
              byte < at.g ? "DRAM" : "buffer", byte % at.g, c->seen[0][i], c->seen[1][i]);
      shown++;
    }
  }
  uint64_t value[2];
  const char *counter = counter_difference(c, value);
  if (counter != NULL)
    fprintf(stderr, "  counter %s: %" PRIu64 " and %" PRIu64 "\n", counter, value[0], value[1]);
}

static bool one_stream(struct cosim *c, bool spoil, size_t *count) {
  struct wc_cmd cmds[STREAM_COMMANDS];
  const bool whole = wc_random_once_in(&c->random, 8) || c->gbuf_bytes < SMALL_BUFFER;
  const struct layout at = {(whole ? c->gbuf_bytes : SMALL_BUFFER) / 4096 * 4096};
  const size_t n = 1 + wc_random_below(&c->random, 2 * STREAM_COMMANDS - 1);
  *count = n < STREAM_COMMANDS ? n : STREAM_COMMANDS;
  wc_random_fill_mixed(&c->random, c->initial, at.g);
  for (size_t i = 0; i < *count; i++)
    random_command(c, at, &cmds[i]);
  if (agree(c, at, cmds, *count, spoil))
    return true;
  explain(c, at, cmds, *count, spoil);
  return false;
}

static void open_devices(struct cosim *c) {
  for (unsigned i = 0; i < 2; i++) {
    char why[512];
    if (wc_open(c->uri[i], &c->dev[i], why, sizeof why) != WC_OK)
      die("cannot open", why);
    const uint64_t bytes = wc_caps(c->dev[i])->gbuf_bytes;
    if (i == 0 || bytes < c->gbuf_bytes)
      c->gbuf_bytes = bytes;
    if (i == 0 || wc_caps(c->dev[i])->cores < c->cores)
      c->cores = wc_caps(c->dev[i])->cores;
  }
  c->initial = malloc(c->gbuf_bytes);
  c->seen[0] = malloc(c->cores * 2 * c->gbuf_bytes);
  c->seen[1] = malloc(c->cores * 2 * c->gbuf_bytes);
  if (c->initial == NULL || c->seen[0] == NULL || c->seen[1] == NULL)
    die("memory", "none left");
}

static uint64_t number(const char *text) {
  char *end;
  const unsigned long long value = strtoull(text, &end, 0);
  if (end == text || *end != '\0')
    die("not a number", text);
  return value;
}

int main(int argc, char **argv) {
  static const struct option options[] = {{"device-a", 1, NULL, 'a'}, {"device-b", 1, NULL, 'b'},
                                          {"commands", 1, NULL, 'n'}, {"seconds", 1, NULL, 't'},
                                          {"seed", 1, NULL, 's'},     {"work", 1, NULL, 'w'},
                                          {"spoil", 1, NULL, 'x'},    {NULL, 0, NULL, 0}};
  struct cosim c = {.uri = {"cmodel:threads=1", "sim:4x4"}, .work = 4000};
  uint64_t commands = 2000, seconds = 0, spoil = UINT64_MAX;
  bool seeded = false;
  for (int code; (code = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    switch (code) {
      case 'a':
      case 'b':
        c.uri[code - 'a'] = optarg;
        break;
      case 'n':
        commands = number(optarg);
        break;
      case 't':
        seconds = number(optarg);
        break;
      case 's':
        c.seed = number(optarg);
        seeded = true;
        break;
      case 'w':
        c.work = (uint32_t)number(optarg);
        break;
      case 'x':
        spoil = number(optarg);
        break;
      default:
        die("usage", "see the first lines of tests/driver/random_cosim.c");
    }
  }
  if (!seeded)
    c.seed = wc_random_env_seed();
  wc_random_seed(&c.random, c.seed);
  open_devices(&c);
  const time_t start = time(NULL);
  uint64_t done = 0, streams = 0;
  bool ok = true;
  while (ok && (seconds > 0 ? (uint64_t)(time(NULL) - start) < seconds : done < commands)) {
    size_t count;
    ok = one_stream(&c, streams == spoil, &count);
    done += count;
    streams++;
  }
  printf("SEED=%" PRIu64 ": %s against %s, %" PRIu64 " commands in %" PRIu64 " streams, %lld s\n",
         c.seed, c.uri[0], c.uri[1], done, streams, (long long)(time(NULL) - start));
  puts(ok ? "1 passed, 0 failed" : "0 passed, 1 failed");
  for (unsigned i = 0; i < 2; i++) {
    wc_close(c.dev[i]);
    free(c.seen[i]);
  }
  free(c.initial);
  return ok ? 0 : 1;
}
