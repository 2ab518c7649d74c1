/* Streams: what the device moves, counts and reports. */
#include <stdlib.h>
#include <string.h>

#include "exec.h"
#include "random_cmd.h"
#include "wc_cmocka.h"
#include "wc_model.h"

enum { GBUF = 1 << 16, MEM = 1 << 20, STREAM = 1 << 19 };

struct fixture {
  struct wc_model *model;
  uint8_t *mem, *gbuf;
  uint64_t bytes; /* of the stream at STREAM */
  struct wc_model_error error;
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.gbuf_bytes = GBUF;
  config.mem_bytes = MEM;
  f->model = wc_model_new(&config);
  f->mem = wc_model_memory(f->model);
  f->gbuf = wc_model_gbuf(f->model);
  *state = f;
  return f->model == NULL;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  wc_model_delete(f->model);
  free(f);
  return 0;
}

static void put(struct fixture *f, struct wc_cmd cmd) {
  uint32_t words[WC_MAX_WORDS];
  const unsigned units = wc_cmd_encode(&cmd, words);
  assert_int_not_equal(units, 0);
  memcpy(f->mem + STREAM + f->bytes, words, units * WC_UNIT_BYTES);
  f->bytes += units * WC_UNIT_BYTES;
}

static void put_end(struct fixture *f) {
  put(f, (struct wc_cmd){.hdr.opcode = WC_OP_END});
}

static bool run(struct fixture *f) {
  const bool ok = wc_model_run(f->model, STREAM, f->bytes, MEM, &f->error);
  f->bytes = 0;
  return ok;
}

static void expect_error(struct fixture *f, enum wc_device_error code, enum wc_unit unit,
                         uint32_t cmd, uint32_t id) {
  assert_false(run(f));
  assert_int_equal(f->error.code, code);
  assert_int_equal(f->error.unit, unit);
  assert_int_equal(f->error.cmd, cmd);
  assert_int_equal(f->error.id, id);
}

static struct wc_cmd copy(uint32_t opcode, uint32_t dram, uint32_t gb, uint32_t bytes) {
  return (struct wc_cmd){
      .hdr = {.opcode = opcode, .id = 77},
      .dma = {.dram_lo = dram, .gb = gb, .n0 = bytes, .n1 = 1, .n2 = 1, .n3 = 1}};
}

static uint64_t counter(const struct fixture *f, enum wc_counter index) {
  return wc_model_counters(f->model)->value[index];
}

/* The copy as docs/commands.md words it. */
static void copy_runs(const struct wc_dma *d, uint8_t *dst, int64_t dst_base, const int32_t *dst_s,
                      const uint8_t *src, int64_t src_base, const int32_t *src_s) {
  for (int64_t i3 = 0; i3 < d->n3; i3++) {
    for (int64_t i2 = 0; i2 < d->n2; i2++) {
      for (int64_t i1 = 0; i1 < d->n1; i1++) {
        for (int64_t i0 = 0; i0 < d->n0; i0++)
          dst[dst_base + i3 * dst_s[2] + i2 * dst_s[1] + i1 * dst_s[0] + i0] =
              src[src_base + i3 * src_s[2] + i2 * src_s[1] + i1 * src_s[0] + i0];
      }
    }
  }
}

static void random_copies_move_and_count_their_bytes(void **state) {
  struct fixture *f = *state;
  const struct wc_random_limits limits = {.gbuf_bytes = GBUF, .mem_bytes = STREAM, .work = 2000};
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  uint8_t *want_mem = malloc(STREAM), *want_gbuf = malloc(GBUF);
  struct wc_model_counters want = {{0}, {0}, {0}};
  wc_model_counters_clear(f->model);
  for (int i = 0; i < 400; i++) {
    struct wc_cmd cmd;
    const bool load = wc_random_once_in(&r, 2);
    wc_random_dma(&r, &limits, load ? WC_OP_LOAD : WC_OP_STORE, &cmd);
    cmd.hdr.tag = wc_random_below(&r, WC_TAGS);
    if (i % 8 == 0) {
      wc_random_fill(&r, f->mem, STREAM, WC_RANDOM_BITS);
      wc_random_fill(&r, f->gbuf, GBUF, WC_RANDOM_BITS);
    }
    memcpy(want_mem, f->mem, STREAM);
    memcpy(want_gbuf, f->gbuf, GBUF);
    const struct wc_dma *d = &cmd.dma;
    const int32_t ds[] = {d->ds1, d->ds2, d->ds3}, gs[] = {d->gs1, d->gs2, d->gs3};
    const uint64_t bytes = (uint64_t)d->n0 * d->n1 * d->n2 * d->n3;
    if (load) {
      copy_runs(d, want_gbuf, d->gb, gs, f->mem, d->dram_lo, ds);
      want.value[WC_C_RD_BYTES] += bytes;
      want.tag_rd[cmd.hdr.tag] += bytes;
      want.value[WC_C_LOADS]++;
    } else {
      copy_runs(d, want_mem, d->dram_lo, ds, f->gbuf, d->gb, gs);
      want.value[WC_C_WR_BYTES] += bytes;
      want.tag_wr[cmd.hdr.tag] += bytes;
      want.value[WC_C_STORES]++;
    }
    want.value[WC_C_CMD_BYTES] += 5 * WC_UNIT_BYTES;
    put(f, cmd);
    put_end(f);
    assert_true(run(f));
    assert_memory_equal(f->mem, want_mem, STREAM);
    assert_memory_equal(f->gbuf, want_gbuf, GBUF);
    assert_memory_equal(wc_model_counters(f->model), &want, sizeof want);
  }
  free(want_mem);
  free(want_gbuf);
}

static void gemm_and_vec_are_counted(void **state) {
  struct fixture *f = *state;
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  const struct wc_random_limits limits = {.gbuf_bytes = GBUF, .mem_bytes = STREAM, .work = 5000};
  struct wc_cmd gemm, vec;
  wc_random_gemm(&r, &limits, &gemm);
  wc_random_vec(&r, &limits, &vec);
  put(f, gemm);
  put(f, vec);
  put(f, gemm);
  put_end(f);
  const uint64_t bytes = f->bytes;
  wc_model_counters_clear(f->model);
  assert_true(run(f));
  const struct wc_gemm *g = &gemm.gemm;
  assert_int_equal(counter(f, WC_C_MACS),
                   2 * (uint64_t)g->p2 * g->p1 * g->p0 * g->q2 * g->q1 * g->q0 * g->n);
  assert_int_equal(counter(f, WC_C_GEMMS), 2);
  assert_int_equal(counter(f, WC_C_VECS), 1);
  assert_int_equal(counter(f, WC_C_CMD_BYTES), bytes);
  assert_int_equal(counter(f, WC_C_RD_BYTES), 0);
  wc_model_counters_clear(f->model);
  assert_int_equal(counter(f, WC_C_MACS), 0);
}

static void nothing_after_end_is_executed(void **state) {
  struct fixture *f = *state;
  memset(f->mem, 0x11, 64);
  memset(f->gbuf, 0x22, 64);
  put_end(f);
  put(f, copy(WC_OP_LOAD, 0, 0, 64));
  assert_true(run(f));
  assert_int_equal(f->gbuf[0], 0x22);
}

static void tokens_order_queues(void **state) {
  struct fixture *f = *state;
  struct wc_cmd load = copy(WC_OP_LOAD, 0, 0, 64), store = copy(WC_OP_STORE, 128, 0, 64);
  load.hdr.signal = 1 << WC_Q_STORE;
  store.hdr.wait = 1 << WC_Q_LOAD;
  for (int i = 0; i < 64; i++)
    f->mem[i] = (uint8_t)i;
  put(f, load);
  put(f, load);
  put(f, store);
  put(f, store);
  put_end(f);
  assert_true(run(f));
  assert_memory_equal(f->mem, f->mem + 128, 64);
}

static void a_token_never_given_is_the_watchdogs(void **state) {
  struct fixture *f = *state;
  struct wc_cmd load = copy(WC_OP_LOAD, 0, 0, 64), store = copy(WC_OP_STORE, 128, 0, 64);
  load.hdr.signal = 1 << WC_Q_STORE;
  store.hdr.wait = 1 << WC_Q_LOAD;
  put(f, load);
  put(f, store);
  put(f, store);
  put_end(f);
  expect_error(f, WC_E_WATCHDOG, WC_U_STORE, 2, 77);
  /* Tokens do not outlive their stream. */
  load.hdr.signal = 1 << WC_Q_GEMM;
  put(f, load);
  put_end(f);
  assert_true(run(f));
  store.hdr.wait = 1 << WC_Q_GEMM;
  put(f, store);
  put_end(f);
  expect_error(f, WC_E_WATCHDOG, WC_U_STORE, 0, 77);
}

static void bad_headers_are_fetchs(void **state) {
  struct fixture *f = *state;
  uint32_t *word = (uint32_t *)(void *)(f->mem + STREAM);
  put(f, copy(WC_OP_LOAD, 0, 0, 64));
  put_end(f);
  const uint32_t good = word[0];
  word[0] = (good & ~0xFFu) | 0x99;
  expect_error(f, WC_E_OPCODE, WC_U_FETCH, 0, 77);
  word[0] = good + 0x100;
  f->bytes = 80;
  expect_error(f, WC_E_SIZE, WC_U_FETCH, 0, 77);
  word[0] = good | 0x80000000;
  f->bytes = 80;
  expect_error(f, WC_E_FIELD, WC_U_FETCH, 0, 77);
  word[0] = good | 1 << (16 + WC_Q_LOAD);
  f->bytes = 80;
  expect_error(f, WC_E_FIELD, WC_U_FETCH, 0, 77);
  word[0] = good;
  f->bytes = 48; /* ends inside the command */
  expect_error(f, WC_E_SIZE, WC_U_FETCH, 0, 77);
  f->bytes = 64; /* ends before END */
  expect_error(f, WC_E_NO_END, WC_U_FETCH, 1, 0);
  assert_false(wc_model_run(f->model, STREAM, 0, MEM, &f->error));
  assert_int_equal(f->error.code, WC_E_NO_END);
}

static void bad_commands_are_their_units(void **state) {
  struct fixture *f = *state;
  struct wc_cmd bad = copy(WC_OP_LOAD, 0, 0, 64);
  bad.dma.n1 = 0;
  put(f, copy(WC_OP_LOAD, 0, 0, 64));
  put(f, bad);
  put_end(f);
  expect_error(f, WC_E_FIELD, WC_U_LOAD, 1, 77);

  put(f, copy(WC_OP_STORE, 2, 1, 64));
  put_end(f);
  expect_error(f, WC_E_ALIGN, WC_U_STORE, 0, 77);
  assert_int_equal(f->error.addr, 1);

  put(f, copy(WC_OP_LOAD, 0, GBUF - 32, 64));
  put_end(f);
  expect_error(f, WC_E_GBUF, WC_U_LOAD, 0, 77);
  assert_int_equal(f->error.addr, GBUF + 31);

  struct wc_cmd gemm = {.hdr = {.opcode = WC_OP_GEMM, .id = 5}};
  put(f, gemm);
  put_end(f);
  expect_error(f, WC_E_FIELD, WC_U_GEMM, 0, 5);

  struct wc_cmd vec = {.hdr = {.opcode = WC_OP_VEC, .id = 6}, .vec = {.n_out = 1}};
  put(f, vec);
  put_end(f);
  expect_error(f, WC_E_FIELD, WC_U_VECTOR, 0, 6);
}

static void reserved_bits_of_a_payload_are_the_units(void **state) {
  struct fixture *f = *state;
  uint32_t *word = (uint32_t *)(void *)(f->mem + STREAM);
  put(f, copy(WC_OP_STORE, 0, 0, 64));
  put_end(f);
  word[15] = 1;
  expect_error(f, WC_E_FIELD, WC_U_STORE, 0, 77);
  struct wc_cmd vec = {.hdr = {.opcode = WC_OP_VEC, .id = 6}, .vec = {.n_out = 1}};
  put(f, vec);
  put_end(f);
  word[2] = 0; /* no output */
  expect_error(f, WC_E_FIELD, WC_U_VECTOR, 0, 6);
  put(f, vec);
  put_end(f);
  word[2] |= 1; /* one stream more than the length has room for */
  expect_error(f, WC_E_SIZE, WC_U_FETCH, 0, 6);
}

static void the_window_is_enforced(void **state) {
  struct fixture *f = *state;
  put(f, copy(WC_OP_LOAD, STREAM + 200, 0, 64));
  put_end(f);
  const uint64_t bytes = f->bytes;
  assert_true(wc_model_run(f->model, STREAM, bytes, STREAM + 264, &f->error));
  assert_false(wc_model_run(f->model, STREAM, bytes, STREAM + 263, &f->error));
  assert_int_equal(f->error.code, WC_E_WINDOW);
  assert_int_equal(f->error.unit, WC_U_LOAD);
  assert_int_equal(f->error.addr, STREAM + 263);
  /* The stream itself lies in it. */
  assert_false(wc_model_run(f->model, STREAM, bytes, STREAM + 64, &f->error));
  assert_int_equal(f->error.code, WC_E_WINDOW);
  assert_int_equal(f->error.unit, WC_U_FETCH);
  assert_int_equal(f->error.addr, STREAM + 64);
  assert_false(wc_model_run(f->model, MEM, 16, MEM, &f->error));
  assert_int_equal(f->error.code, WC_E_WINDOW);
  assert_int_equal(f->error.addr, MEM);
  /* A window larger than the memory is the memory. */
  f->bytes = 0;
  put(f, copy(WC_OP_LOAD, MEM, 0, 64));
  put_end(f);
  assert_false(wc_model_run(f->model, STREAM, f->bytes, UINT64_C(1) << 40, &f->error));
  assert_int_equal(f->error.code, WC_E_WINDOW);
  assert_false(wc_model_run(f->model, STREAM + 8, 16, MEM, &f->error));
  assert_int_equal(f->error.code, WC_E_ALIGN);
  assert_false(wc_model_run(f->model, STREAM, 8, MEM, &f->error));
  assert_int_equal(f->error.code, WC_E_ALIGN);
}

static void record(void *arg, uint32_t index, const struct wc_cmd *cmd) {
  uint32_t *seen = arg;
  seen[index] = cmd->hdr.opcode;
}

static void the_trace_sees_every_command(void **state) {
  struct fixture *f = *state;
  uint32_t seen[8] = {0};
  put(f, copy(WC_OP_LOAD, 0, 0, 64));
  put(f, copy(WC_OP_STORE, 0, 0, 64));
  put_end(f);
  wc_model_trace(f->model, record, seen);
  assert_true(run(f));
  wc_model_trace(f->model, NULL, NULL);
  assert_int_equal(seen[0], WC_OP_LOAD);
  assert_int_equal(seen[1], WC_OP_STORE);
  assert_int_equal(seen[2], WC_OP_END);
  assert_int_equal(seen[3], 0);
}

static void impossible_configurations_are_refused(void **state) {
  (void)state;
  struct wc_model_config good, bad;
  wc_model_config_default(&good);
#define REFUSED(change) \
  bad = good;           \
  change;               \
  assert_null(wc_model_new(&bad))
  REFUSED(bad.rows = 0);
  REFUSED(bad.cols = 0);
  REFUSED(bad.lanes = 0);
  REFUSED(bad.lanes = 4);
  REFUSED(bad.lanes = 24);
  REFUSED(bad.acc_rows = 0);
  REFUSED(bad.banks = 0);
  REFUSED(bad.banks = 6);
  REFUSED(bad.line_bytes = 8);
  REFUSED(bad.axi_bytes = 12);
  REFUSED(bad.axi_bytes = 128);
  REFUSED(bad.outstanding = 0);
  REFUSED(bad.queue_depth = 0);
  REFUSED(bad.double_weights = 2);
  REFUSED(bad.fold = 2);
  REFUSED(bad.fold = 1; bad.cols = 15);
  REFUSED(bad.gbuf_bytes = 0);
  REFUSED(bad.mem_bytes = 0);
  REFUSED(bad.mem_bytes = UINT64_MAX);
}

static void memory_is_zero_and_costs_nothing_untouched(void **state) {
  (void)state;
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.mem_bytes = UINT64_C(1) << 38; /* more than any machine that runs this has */
  struct wc_model *model = wc_model_new(&config);
  assert_non_null(model);
  assert_int_equal(wc_model_memory(model)[config.mem_bytes - 1], 0);
  assert_int_equal(wc_model_gbuf(model)[config.gbuf_bytes - 1], 0);
  wc_model_delete(model);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(random_copies_move_and_count_their_bytes),
      TEST(gemm_and_vec_are_counted),
      TEST(nothing_after_end_is_executed),
      TEST(tokens_order_queues),
      TEST(a_token_never_given_is_the_watchdogs),
      TEST(bad_headers_are_fetchs),
      TEST(bad_commands_are_their_units),
      TEST(reserved_bits_of_a_payload_are_the_units),
      TEST(the_window_is_enforced),
      TEST(the_trace_sees_every_command),
      cmocka_unit_test(impossible_configurations_are_refused),
      cmocka_unit_test(memory_is_zero_and_costs_nothing_untouched),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
