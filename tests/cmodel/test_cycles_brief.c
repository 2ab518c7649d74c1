/* Streams read once for the cycle model (docs/cycles.md). */
#include <stdlib.h>
#include <string.h>

#include "cycles_brief.h"
#include "random_cmd.h"
#include "wc_cmocka.h"

enum { COMMANDS = 200, WORK = 2000 };

static uint64_t seed(void) {
  const char *given = getenv("SEED");
  return given != NULL ? strtoull(given, NULL, 10) : 1;
}

struct stream {
  struct wc_model_config config;
  struct wc_known *known;
  struct wc_briefs briefs;
  struct wc_cmd cmd[COMMANDS];
  uint32_t words[(COMMANDS + 1) * WC_MAX_WORDS];
  size_t bytes; /* END included */
};

/* Random commands, and END. */
static struct stream *open_stream(void) {
  static const struct wc_memory_timing memory = {.latency = 40};
  struct stream *s = calloc(1, sizeof *s);
  struct wc_random r;
  assert_non_null(s);
  wc_model_config_default(&s->config);
  s->known = wc_known_new(&s->config, &memory);
  assert_non_null(s->known);
  wc_random_seed(&r, seed());
  const struct wc_random_limits limits = {s->config.gbuf_bytes, 1 << 16, WORK};
  for (unsigned i = 0; i < COMMANDS; i++) {
    wc_random_command(&r, &limits, &s->cmd[i]);
    s->cmd[i].hdr.wait = i % 16;
    s->cmd[i].hdr.signal = i / 16 % 16;
    s->bytes += wc_cmd_encode(&s->cmd[i], s->words + s->bytes / 4) * (size_t)WC_UNIT_BYTES;
  }
  struct wc_cmd end = {.hdr.opcode = WC_OP_END};
  s->bytes += wc_cmd_encode(&end, s->words + s->bytes / 4) * (size_t)WC_UNIT_BYTES;
  return s;
}

static void close_stream(struct stream *s) {
  wc_briefs_free(&s->briefs);
  wc_known_delete(s->known);
  free(s);
}

static bool read_stream(struct stream *s, size_t bytes, uint64_t counters[WC_COUNTERS]) {
  return wc_briefs_read(&s->briefs, &s->config, s->known, s->words, bytes, counters);
}

static void a_brief_tells_what_its_command_says(void **state) {
  (void)state;
  struct stream *s = open_stream();
  uint64_t counters[WC_COUNTERS] = {0}, work[WC_COUNTERS] = {0};
  assert_true(read_stream(s, s->bytes, counters));
  assert_int_equal(s->briefs.count, COMMANDS + 1);
  uint64_t at = 0;
  for (unsigned i = 0; i < COMMANDS; i++) {
    const struct wc_brief *brief = &s->briefs.brief[i];
    const struct wc_cmd *cmd = &s->cmd[i];
    assert_int_equal(brief->queue, wc_opcode_queue(cmd->hdr.opcode));
    assert_int_equal(brief->units, cmd->hdr.units);
    assert_int_equal(brief->wait, cmd->hdr.wait);
    assert_int_equal(brief->signal, cmd->hdr.signal);
    assert_int_equal(brief->at, at);
    assert_int_equal(brief->timing, wc_known_find(s->known, cmd));
    if (cmd->hdr.opcode == WC_OP_GEMM) {
      const struct wc_gemm_reach reach = wc_reach_of_gemm(&cmd->gemm);
      assert_memory_equal(&s->briefs.reach[brief->reach], &reach, sizeof reach);
    }
    at += cmd->hdr.units;
    wc_cycles_count_work(&s->config, cmd, work);
  }
  work[WC_C_CMD_BYTES] = s->bytes;
  assert_int_equal(s->briefs.brief[COMMANDS].queue, WC_QUEUES);
  assert_memory_equal(counters, work, sizeof work);
  close_stream(s);
}

static void a_stream_that_cannot_be_read_adds_nothing(void **state) {
  (void)state;
  static const uint64_t none[WC_COUNTERS] = {0};
  struct stream *s = open_stream();
  uint64_t counters[WC_COUNTERS] = {0};
  assert_false(read_stream(s, s->bytes - WC_UNIT_BYTES, counters)); /* no END */
  assert_memory_equal(counters, none, sizeof none);
  s->words[s->cmd[0].hdr.units * (WC_UNIT_BYTES / 4)] |= 0xFF; /* no such opcode */
  assert_false(read_stream(s, s->bytes, counters));
  assert_memory_equal(counters, none, sizeof none);
  close_stream(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_brief_tells_what_its_command_says),
      cmocka_unit_test(a_stream_that_cannot_be_read_adds_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
