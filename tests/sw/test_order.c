/* Reordered streams: nothing is lost, what conflicts keeps its order, memory ends the same. */
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "random_cmd.h"
#include "wc_cmocka.h"
#include "wc_model.h"

enum { COMMANDS = 1500, GBUF = 32768, MEM = 65536, STREAM = 1 << 20 };

static const struct wc_emit_device device = {16, 16, 16, 16};

struct stream {
  uint32_t *words;
  size_t bytes;
};

static void random_cmd(struct wc_random *r, struct wc_cmd *cmd) {
  const struct wc_random_limits limits = {GBUF, MEM, 300};
  wc_random_command(r, &limits, cmd);
}

static struct stream build(const struct wc_cmd *cmds, size_t n, bool reorder) {
  struct stream s;
  struct wc_emit *emit = wc_emit_new(GBUF, MEM);
  assert_non_null(emit);
  assert_true(!reorder || wc_emit_reorder(emit, &device));
  for (size_t i = 0; i < n; i++) {
    struct wc_cmd cmd = cmds[i];
    cmd.hdr.id = (uint32_t)i;
    assert_true(wc_emit_cmd(emit, &cmd));
  }
  assert_true(wc_emit_finish(emit, &s.words, &s.bytes));
  wc_emit_delete(emit);
  return s;
}

static struct wc_cmd *random_program(struct wc_random *r, size_t n) {
  struct wc_cmd *cmds = calloc(n, sizeof *cmds);
  assert_non_null(cmds);
  for (size_t i = 0; i < n; i++) {
    random_cmd(r, &cmds[i]);
  }
  return cmds;
}

/* Where each command of the program stands in the stream; every one exactly once. */
static void places(const struct stream *s, uint32_t *place, size_t n) {
  memset(place, 0xFF, n * sizeof *place);
  size_t word = 0;
  for (uint32_t at = 0; at < n; at++) {
    struct wc_cmd cmd;
    const size_t left = (s->bytes - 4 * word) / WC_UNIT_BYTES;
    assert_int_equal(wc_cmd_decode(s->words + word, left, &cmd), WC_E_NONE);
    assert_true(cmd.hdr.id < n);
    assert_int_equal(place[cmd.hdr.id], UINT32_MAX);
    place[cmd.hdr.id] = at;
    word += cmd.hdr.units * (WC_UNIT_BYTES / 4);
  }
}

static bool meet(const struct wc_cmd *a, const struct wc_cmd *b) {
  struct wc_range x[WC_MAX_RANGES], y[WC_MAX_RANGES];
  const unsigned n = wc_cmd_ranges(a, x), m = wc_cmd_ranges(b, y);
  for (unsigned i = 0; i < n; i++) {
    for (unsigned j = 0; j < m; j++) {
      if (x[i].dram == y[j].dram && (x[i].write || y[j].write) && x[i].lo < y[j].hi &&
          y[j].lo < x[i].hi) {
        return true;
      }
    }
  }
  return false;
}

static void conflicting_commands_keep_their_order(void **state) {
  (void)state;
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  struct wc_cmd *cmds = random_program(&r, COMMANDS);
  const struct stream s = build(cmds, COMMANDS, true);
  uint32_t place[COMMANDS];
  places(&s, place, COMMANDS);
  unsigned passed = 0;
  for (size_t i = 0; i < COMMANDS; i++) {
    for (size_t j = i + 1; j < COMMANDS; j++) {
      if (place[j] < place[i]) {
        passed++;
        assert_false(meet(&cmds[i], &cmds[j]));
      }
    }
  }
  assert_true(passed > COMMANDS / 10);
  free(s.words);
  free(cmds);
}

static struct wc_model *run(const struct stream *s, uint64_t seed, unsigned threads) {
  struct wc_random r;
  struct wc_model_error error;
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.gbuf_bytes = GBUF;
  config.mem_bytes = STREAM + s->bytes;
  config.threads = threads;
  struct wc_model *model = wc_model_new(&config);
  assert_non_null(model);
  wc_random_seed(&r, seed);
  wc_random_fill_mixed(&r, wc_model_memory(model), MEM);
  wc_random_fill_mixed(&r, wc_model_gbuf(model), GBUF);
  memcpy(wc_model_memory(model) + STREAM, s->words, s->bytes);
  if (!wc_model_run(model, STREAM, s->bytes, STREAM + s->bytes, &error)) {
    fail_msg("error %u at command %u", error.code, error.cmd);
  }
  return model;
}

/* Reordered, and with queues that run side by side. */
static void memory_ends_the_same(void **state) {
  (void)state;
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  for (unsigned round = 0; round < 5; round++) {
    struct wc_cmd *cmds = random_program(&r, COMMANDS);
    const uint64_t seed = wc_random_next(&r);
    struct wc_model *model[3];
    for (unsigned i = 0; i < 3; i++) {
      const struct stream s = build(cmds, COMMANDS, i > 0);
      model[i] = run(&s, seed, i == 2 ? 4 : 1);
      free(s.words);
    }
    for (unsigned i = 1; i < 3; i++) {
      assert_memory_equal(wc_model_memory(model[0]), wc_model_memory(model[i]), MEM);
      assert_memory_equal(wc_model_gbuf(model[0]), wc_model_gbuf(model[i]), GBUF);
    }
    for (unsigned i = 0; i < 3; i++)
      wc_model_delete(model[i]);
    free(cmds);
  }
}

static struct wc_cmd load(uint32_t dram, uint32_t gb, uint32_t bytes) {
  struct wc_cmd cmd = {.hdr.opcode = WC_OP_LOAD};
  cmd.dma = (struct wc_dma){.dram_lo = dram, .gb = gb, .n0 = bytes, .n1 = 1, .n2 = 1, .n3 = 1};
  return cmd;
}

static struct wc_cmd copy(uint32_t from, uint32_t to, uint32_t elems) {
  struct wc_cmd cmd = {.hdr.opcode = WC_OP_VEC};
  cmd.vec = (struct wc_vec){.n_in = 1, .n_out = 1, .d0 = elems, .d1 = 1, .d2 = 1, .d3 = 1};
  cmd.step[0] = (struct wc_step){.op = WC_V_MOV};
  cmd.in[0] = (struct wc_stream){.base = from, .s0 = 1};
  cmd.out[0] = (struct wc_stream){.base = to, .s0 = 1};
  return cmd;
}

/* A load whose place is free goes ahead of vector work that waits for another load. */
static void what_can_start_goes_first(void **state) {
  (void)state;
  const struct wc_cmd cmds[] = {load(0, 0, 4096), copy(0, 8192, 2048), copy(8192, 16384, 2048),
                                load(8192, 24576, 4096), copy(24576, 28672, 2048)};
  const size_t n = sizeof cmds / sizeof *cmds;
  const struct stream s = build(cmds, n, true);
  uint32_t place[sizeof cmds / sizeof *cmds];
  places(&s, place, n);
  assert_int_equal(place[0], 0);
  assert_true(place[3] < place[2]);
  assert_true(place[1] < place[2]);
  assert_true(place[3] < place[4]);
  free(s.words);
}

/* Of two that could start at once the one in the background goes last, although it is the first in
 * the program; otherwise the order of the program decides. */
static void the_background_gives_way(void **state) {
  (void)state;
  const struct wc_cmd cmds[] = {copy(0, 8192, 2048), copy(16384, 24576, 2048)};
  for (unsigned background = 0; background < 2; background++) {
    struct wc_emit *emit = wc_emit_new(GBUF, MEM);
    struct stream s;
    uint32_t place[2];
    assert_non_null(emit);
    assert_true(wc_emit_reorder(emit, &device));
    for (unsigned i = 0; i < 2; i++) {
      struct wc_cmd cmd = cmds[i];
      cmd.hdr.id = i;
      wc_emit_background(emit, background == 1 && i == 0);
      assert_true(wc_emit_cmd(emit, &cmd));
    }
    assert_true(wc_emit_finish(emit, &s.words, &s.bytes));
    places(&s, place, 2);
    assert_int_equal(place[0], background);
    wc_emit_delete(emit);
    free(s.words);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(conflicting_commands_keep_their_order),
      cmocka_unit_test(memory_ends_the_same),
      cmocka_unit_test(what_can_start_goes_first),
      cmocka_unit_test(the_background_gives_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
