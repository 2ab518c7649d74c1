/* A device runs small programs right, names every error as the model does, and runs again after a
 * soft reset. Usage: faults URI */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random_cmd.h"
#include "smoke.h"

enum {
  Q_LOAD = 1 << WC_Q_LOAD,
  Q_STORE = 1 << WC_Q_STORE,
  Q_GEMM = 1 << WC_Q_GEMM,
  Q_VEC = 1 << WC_Q_VEC
};

static struct wc_cmd copy(uint32_t opcode, uint32_t dram, uint32_t gb, uint32_t bytes) {
  struct wc_cmd cmd = {.hdr.opcode = opcode};
  cmd.dma = (struct wc_dma){.dram_lo = dram, .gb = gb, .n0 = bytes, .n1 = 1, .n2 = 1, .n3 = 1};
  return cmd;
}

static void add_copy(struct smoke *s, uint32_t opcode, uint32_t dram, uint32_t gb, uint32_t bytes,
                     unsigned wait, unsigned signal) {
  struct wc_cmd cmd = copy(opcode, dram, gb, bytes);
  smoke_add(s, &cmd, wait, signal);
}

/* FP16 of a small integer. */
static uint16_t half(int value) {
  if (value == 0)
    return 0;
  unsigned magnitude = (unsigned)abs(value), exponent = 15;
  while (magnitude >> (exponent - 15 + 1))
    exponent++;
  const unsigned fraction = (magnitude << 10 >> (exponent - 15)) & 0x3FF;
  return (uint16_t)((value < 0 ? 0x8000u : 0u) | exponent << 10 | fraction);
}

static float single(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* Y = max(2 * X + 3, 0), FP16 in, FP32 out. */
static void test_vec(struct smoke *s) {
  enum { N = 1000, X = 0x1000, Y = 0x8000, GB_X = 0x40, GB_Y = 0x2000 };
  uint16_t x[N];
  for (int i = 0; i < N; i++)
    x[i] = half(i % 40 - 20);
  bool ok = wc_write(s->dev, X, x, sizeof x) == WC_OK;
  struct wc_cmd cmd = {.hdr.opcode = WC_OP_VEC};
  cmd.vec = (struct wc_vec){.n_in = 1,
                            .n_out = 1,
                            .d0 = N,
                            .d1 = 1,
                            .d2 = 1,
                            .d3 = 1,
                            .k0 = 0x40000000,
                            .k1 = 0x40400000};
  cmd.step[0] =
      (struct wc_step){.op = WC_V_FMA, .a = WC_S_I0, .b = WC_S_K0, .c = WC_S_K1, .relu = 1};
  cmd.in[0] = (struct wc_stream){.type = WC_T_FP16, .s0 = 1, .base = GB_X};
  cmd.out[0] = (struct wc_stream){.type = WC_T_FP32, .s0 = 1, .base = GB_Y};
  smoke_begin(s);
  add_copy(s, WC_OP_LOAD, X, GB_X, sizeof x, 0, Q_VEC);
  smoke_add(s, &cmd, Q_LOAD, Q_STORE);
  add_copy(s, WC_OP_STORE, Y, GB_Y, 4 * N, Q_VEC, 0);
  smoke_end(s);
  uint32_t y[N];
  ok = ok && smoke_run(s) == WC_OK && wc_read(s->dev, y, Y, sizeof y) == WC_OK;
  for (int i = 0; i < N && ok; i++) {
    const int expected = 2 * (i % 40 - 20) + 3;
    ok = single(y[i]) == (float)(expected > 0 ? expected : 0);
  }
  smoke_verdict(s, ok, "LOAD, VEC, STORE gives the values computed by hand");
}

/* C = A x B of small integers, FP32. */
static void test_gemm(struct smoke *s) {
  enum { M = 37, N = 11, K = 29, A = 0x1000, B = 0x4000, C = 0x8000 };
  enum { GB_A = 0x100, GB_B = 0x2002, GB_C = 0x4004 };
  uint16_t a[M * K], b[K * N];
  for (int i = 0; i < M * K; i++)
    a[i] = half(i * 7 % 23 - 11);
  for (int i = 0; i < K * N; i++)
    b[i] = half(i * 5 % 19 - 9);
  bool ok = wc_write(s->dev, A, a, sizeof a) == WC_OK && wc_write(s->dev, B, b, sizeof b) == WC_OK;
  struct wc_cmd cmd = {.hdr.opcode = WC_OP_GEMM};
  cmd.gemm = (struct wc_gemm){.c_fp32 = 1,
                              .n = N,
                              .p2 = 1,
                              .p1 = 1,
                              .p0 = M,
                              .q2 = 1,
                              .q1 = 1,
                              .q0 = K,
                              .h = 1,
                              .w = M,
                              .sy = 1,
                              .sx = 1,
                              .ry = 1,
                              .rx = 1,
                              .a_base = GB_A,
                              .a_s0 = 2 * K,
                              .b_base = GB_B,
                              .b_s0 = 2 * N,
                              .b_sn = 2,
                              .c_base = GB_C,
                              .c_s0 = 4 * N};
  smoke_begin(s);
  add_copy(s, WC_OP_LOAD, A, GB_A, sizeof a, 0, 0);
  add_copy(s, WC_OP_LOAD, B, GB_B, sizeof b, 0, Q_GEMM);
  smoke_add(s, &cmd, Q_LOAD, Q_STORE);
  add_copy(s, WC_OP_STORE, C, GB_C, 4 * M * N, Q_GEMM, 0);
  smoke_end(s);
  uint32_t c[M * N];
  ok = ok && smoke_run(s) == WC_OK && wc_read(s->dev, c, C, sizeof c) == WC_OK;
  for (int m = 0; m < M && ok; m++) {
    for (int n = 0; n < N && ok; n++) {
      int sum = 0;
      for (int k = 0; k < K; k++)
        sum += ((m * K + k) * 7 % 23 - 11) * ((k * N + n) * 5 % 19 - 9);
      ok = single(c[m * N + n]) == (float)sum;
    }
  }
  smoke_verdict(s, ok, "LOAD, GEMM, STORE gives the values computed by hand");
}

/* A stream of LOAD and STORE that must succeed, on device and model. */
static bool runs_again(struct smoke *s) {
  if (wc_reset(s->dev) != WC_OK || wc_counters_clear(s->dev) != WC_OK)
    return false;
  wc_model_counters_clear(s->model);
  smoke_fill(s);
  smoke_begin(s);
  add_copy(s, WC_OP_LOAD, 0x102, 0x30, 5000, 0, Q_STORE);
  add_copy(s, WC_OP_STORE, 0x8006, 0x30, 5000, Q_LOAD, 0);
  smoke_end(s);
  struct wc_model_error error;
  return smoke_run(s) == WC_OK && smoke_run_model(s, &error) && smoke_equal(s);
}

/* Runs the stream; device and model must name the same error; then a good stream must run.
 * @compare_model false: the error is @want's, because the model does not have it. */
static void expect(struct smoke *s, const char *name, bool compare_model,
                   struct wc_model_error want) {
  const int status = smoke_run(s);
  if (compare_model && smoke_run_model(s, &want)) {
    smoke_verdict(s, false, name);
    printf("  the model finds no error\n");
    return;
  }
  struct wc_error_info got;
  wc_last_error(s->dev, &got);
  /* DMA judges a whole command at once, as the model does; the compute units report the first
   * address that they would use outside the buffer. */
  const bool first_use = want.code == WC_E_GBUF && want.unit >= WC_U_GEMM;
  const bool addr_ok = first_use ? got.addr >= s->caps->gbuf_bytes : got.addr == want.addr;
  const bool same = status == WC_EDEVICE && got.code == want.code && got.unit == want.unit &&
                    got.cmd == want.cmd && got.id == want.id && addr_ok;
  const bool again = runs_again(s);
  smoke_verdict(s, same && again, name);
  if (!same)
    printf("  status %d; device: code %u unit %u command %u id %x address %" PRIx64
           "; expected: code %u unit %u command %u id %x address %" PRIx64 "\n",
           status, got.code, got.unit, got.cmd, got.id, got.addr, want.code, want.unit, want.cmd,
           want.id, want.addr);
  if (!again)
    printf("  no good stream after it\n");
}

static const struct wc_model_error NONE = {.code = WC_E_NONE};

/* A good LOAD, then the word @word of command 1 changed to @value, then END. */
static void broken(struct smoke *s, const char *name, struct wc_cmd cmd, unsigned word,
                   uint32_t value) {
  smoke_begin(s);
  add_copy(s, WC_OP_LOAD, 0, 0, 64, 0, 0);
  const size_t at = s->n_words;
  smoke_add(s, &cmd, 0, 0);
  s->words[at + word] = value;
  smoke_end(s);
  expect(s, name, true, NONE);
}

static void test_commands(struct smoke *s) {
  const struct wc_cmd load = copy(WC_OP_LOAD, 0x1000, 0x200, 256);
  const struct wc_cmd store = copy(WC_OP_STORE, 0x1000, 0x200, 256);
  const uint32_t gbuf = (uint32_t)s->caps->gbuf_bytes, window = (uint32_t)s->caps->mem_bytes;
  broken(s, "an unknown opcode", load, 0, 0x00000477);
  broken(s, "a LOAD of 5 units", load, 0, 0x00000510);
  broken(s, "a LOAD of 200 units", load, 0, 0x0000C810);
  broken(s, "a reserved header bit", load, 0, 0x10000410);
  broken(s, "a LOAD that waits for itself", load, 0, 0x00010410);
  broken(s, "a STORE that signals itself", store, 0, 0x00200411);
  broken(s, "a LOAD with a reserved bit", load, 14, 1);
  broken(s, "a LOAD with a reserved bit beside n0", load, 5, 0x01000100);
  broken(s, "a LOAD of no bytes", load, 5, 0);
  broken(s, "a LOAD of an odd number of bytes", load, 5, 33);
  broken(s, "a LOAD of no runs", load, 6, 0x00010000);
  broken(s, "a STORE of no volumes", store, 7, 0);
  broken(s, "a LOAD from an odd address", load, 2, 0x1001);
  broken(s, "a LOAD to an odd address", load, 4, 0x201);
  broken(s, "a STORE past the window", store, 2, window - 128);
  broken(s, "a STORE far past the window", store, 3, 0x80);
  broken(s, "a LOAD past the buffer", load, 4, gbuf - 128);
  broken(s, "a STORE far past the buffer", store, 4, 0xFFFFFF00);
  struct wc_cmd strided = load;
  strided.dma.n1 = 4;
  strided.dma.n2 = 3;
  strided.dma.ds1 = strided.dma.gs1 = 256;
  strided.dma.ds2 = 4096;
  strided.dma.gs2 = 1024;
  broken(s, "a LOAD with an odd DRAM stride", strided, 8, 257);
  broken(s, "a LOAD with an odd buffer stride", strided, 12, 1025);
  broken(s, "a LOAD that strides below the window", strided, 9, (uint32_t)-0x1000);
  broken(s, "a LOAD that strides below the buffer", strided, 12, (uint32_t)-0x200);
  broken(s, "a LOAD that strides past the buffer", strided, 12, 0x7FFFFFFE);
  struct wc_cmd end = {.hdr.opcode = WC_OP_END};
  broken(s, "an END that waits", end, 0, 0x00020101);
  broken(s, "an END of 2 units", end, 0, 0x00000201);
}

/* What the compute units refuse reaches the error registers with their number. */
static void test_compute_errors(struct smoke *s) {
  const uint32_t gbuf = (uint32_t)s->caps->gbuf_bytes;
  struct wc_cmd gemm = {.hdr.opcode = WC_OP_GEMM};
  gemm.gemm = (struct wc_gemm){.n = 8,
                               .p2 = 1,
                               .p1 = 1,
                               .p0 = 20,
                               .q2 = 1,
                               .q1 = 1,
                               .q0 = 16,
                               .h = 1,
                               .w = 20,
                               .sy = 1,
                               .sx = 1,
                               .a_s0 = 32,
                               .b_base = 0x1000,
                               .b_s0 = 16,
                               .b_sn = 2,
                               .c_base = 0x2000,
                               .c_s0 = 16};
  broken(s, "a GEMM of no columns", gemm, 3, 0);
  broken(s, "a GEMM with a reserved bit", gemm, 27, 4);
  broken(s, "a GEMM with an odd base", gemm, 10, 1);
  broken(s, "a GEMM that reads A past the buffer", gemm, 10, gbuf - 64);
  broken(s, "a GEMM that reads B past the buffer", gemm, 14, gbuf - 128);
  broken(s, "a GEMM that writes C past the buffer", gemm, 19, gbuf - 128);
  struct wc_cmd vec = {.hdr.opcode = WC_OP_VEC};
  vec.vec = (struct wc_vec){.n_in = 1, .n_out = 1, .d0 = 100, .d1 = 1, .d2 = 1, .d3 = 1};
  vec.step[0] = (struct wc_step){.op = WC_V_MOV, .a = WC_S_I0};
  vec.in[0] = (struct wc_stream){.type = WC_T_FP16, .s0 = 1, .base = 0x100};
  vec.out[0] = (struct wc_stream){.type = WC_T_FP32, .s0 = 1, .base = 0x1000};
  broken(s, "a VEC of no elements", vec, 4, 0);
  broken(s, "a VEC without outputs", vec, 2, 1);
  broken(s, "a VEC shorter than its streams", vec, 2, 0x12);
  broken(s, "a VEC with an unknown operation", vec, 8, 0x1F);
  broken(s, "a VEC with an odd FP16 base", vec, 17, 0x101);
  broken(s, "a VEC that reads past the buffer", vec, 17, gbuf - 100);
  broken(s, "a VEC that writes past the buffer", vec, 22, gbuf - 300);
}

static void test_streams(struct smoke *s) {
  smoke_begin(s);
  add_copy(s, WC_OP_LOAD, 0, 0, 64, 0, 0);
  expect(s, "a stream without END", true, NONE);
  smoke_begin(s);
  add_copy(s, WC_OP_LOAD, 0, 0, 64, 0, 0);
  add_copy(s, WC_OP_LOAD, 0, 0, 64, 0, 0);
  s->n_words -= 8;
  expect(s, "a stream that ends inside a command", true, NONE);
  smoke_begin(s);
  add_copy(s, WC_OP_LOAD, 0, 0, 64, 0, 0);
  add_copy(s, WC_OP_STORE, 0x100, 0, 64, Q_GEMM, 0);
  add_copy(s, WC_OP_LOAD, 0, 0, 64, 0, 0);
  smoke_end(s);
  bool ok = wc_set_watchdog(s->dev, 3000) == WC_OK;
  expect(s, "a token that never comes", true, NONE);
  ok = ok && wc_set_watchdog(s->dev, 100000) == WC_OK;
  smoke_verdict(s, ok, "the watchdog can be set");

  smoke_begin(s);
  add_copy(s, WC_OP_LOAD, 0x10000 - 64, 0, 128, 0, 0);
  smoke_end(s);
  ok = wc_set_window(s->dev, 0x10000) == WC_OK;
  const struct wc_model_error outside = {WC_E_WINDOW, WC_U_FETCH, 0, 0, SMOKE_STREAM};
  const int status = ok ? smoke_run(s) : -1;
  struct wc_error_info got;
  wc_last_error(s->dev, &got);
  smoke_verdict(s,
                status == WC_EDEVICE && got.code == outside.code && got.unit == outside.unit &&
                    got.addr == outside.addr && wc_set_window(s->dev, 0) == WC_OK && runs_again(s),
                "a stream outside the window");
}

/* Faults of the memory: the device reports where, and is usable again. */
static void test_bus(struct smoke *s) {
  static const struct {
    const char *name;
    uint32_t opcode, fault, bytes;
    bool decerr;
    struct wc_model_error want;
  } cases[] = {
      {"SLVERR answers a LOAD",
       WC_OP_LOAD,
       0x3220,
       16,
       false,
       {WC_E_SLVERR, WC_U_LOAD, 1, 0x1001, 0x3220}},
      {"DECERR answers a LOAD",
       WC_OP_LOAD,
       0x3FE0,
       16,
       true,
       {WC_E_DECERR, WC_U_LOAD, 1, 0x1001, 0x3FE0}},
      {"SLVERR answers a STORE",
       WC_OP_STORE,
       0x5000,
       2,
       false,
       {WC_E_SLVERR, WC_U_STORE, 1, 0x1001, 0x5000}},
      {"DECERR answers a STORE",
       WC_OP_STORE,
       0x4000,
       4096,
       true,
       {WC_E_DECERR, WC_U_STORE, 1, 0x1001, 0x4000}},
      {"SLVERR answers fetch",
       WC_OP_LOAD,
       SMOKE_STREAM + 64,
       16,
       false,
       {WC_E_SLVERR, WC_U_FETCH, 1, 0, SMOKE_STREAM + 64}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    smoke_begin(s);
    add_copy(s, cases[i].opcode, 0x10000, 0, 4096, 0, 0);
    add_copy(s, cases[i].opcode, 0x3000, 0, 0x3000, 0, 0);
    add_copy(s, cases[i].opcode, 0x20000, 0, 4096, 0, 0);
    smoke_end(s);
    bool ok = wc_inject_fault(s->dev, cases[i].fault, cases[i].bytes, cases[i].decerr) == WC_OK;
    const int status = smoke_run(s);
    struct wc_error_info got;
    wc_last_error(s->dev, &got);
    const struct wc_model_error *want = &cases[i].want;
    ok = ok && status == WC_EDEVICE && got.code == want->code && got.unit == want->unit &&
         got.cmd == want->cmd && got.id == want->id && got.addr == want->addr &&
         wc_inject_fault(s->dev, 0, 0, false) == WC_OK;
    smoke_verdict(s, ok && runs_again(s), cases[i].name);
    if (!ok)
      printf("  status %d code %u unit %u command %u id %x address %" PRIx64 "\n", status, got.code,
             got.unit, got.cmd, got.id, got.addr);
  }
  /* Prefetch past END must not count, from the next beat on: 64 bytes at most. */
  smoke_begin(s);
  add_copy(s, WC_OP_LOAD, 0, 0, 64, 0, 0);
  smoke_end(s);
  const size_t end = s->n_words * 4;
  add_copy(s, WC_OP_LOAD, 0, 0, 64, 0, 0);
  const bool ok = wc_inject_fault(s->dev, SMOKE_STREAM + ((end + 63) & ~63u), 64, true) == WC_OK &&
                  smoke_run(s) == WC_OK && wc_inject_fault(s->dev, 0, 0, false) == WC_OK;
  smoke_verdict(s, ok && runs_again(s), "a fault behind END is no error");
}

/* Any commands, with no regard to order: what they compute is not looked at. */
static void add_random(struct smoke *s) {
  const struct wc_random_limits limits = {
      .gbuf_bytes = s->caps->gbuf_bytes, .mem_bytes = SMOKE_DATA, .work = 3000};
  struct wc_cmd cmd;
  switch (wc_random_below(&s->random, 4)) {
    case 0:
      wc_random_dma(&s->random, &limits, WC_OP_LOAD, &cmd);
      break;
    case 1:
      wc_random_dma(&s->random, &limits, WC_OP_STORE, &cmd);
      break;
    case 2:
      wc_random_gemm(&s->random, &limits, &cmd);
      break;
    default:
      wc_random_vec(&s->random, &limits, &cmd);
      break;
  }
  smoke_add(s, &cmd, 0, 0);
}

/* Soft resets at random moments of busy streams; after each, a known result. */
static void test_reset(struct smoke *s) {
  bool ok = true;
  for (unsigned i = 0; i < 40 && ok; i++) {
    smoke_begin(s);
    for (unsigned k = 0; k < 60; k++)
      add_random(s);
    smoke_end(s);
    ok = wc_write(s->dev, SMOKE_STREAM, s->words, s->n_words * 4) == WC_OK &&
         wc_submit(s->dev, SMOKE_STREAM, s->n_words * 4) == WC_OK;
    const uint32_t looks = wc_random_below(&s->random, 6);
    struct wc_counters counters; /* each look takes some thousand cycles */
    for (uint32_t k = 0; k < looks && ok; k++)
      ok = wc_counters_read(s->dev, &counters) == WC_OK;
    ok = ok && runs_again(s);
  }
  smoke_verdict(s, ok, "soft resets in the middle of random streams");
  test_vec(s);
  test_gemm(s);
}

int main(int argc, char **argv) {
  static struct smoke s;
  if (argc != 2) {
    fprintf(stderr, "usage: faults URI\n");
    return 2;
  }
  if (!smoke_open(&s, argv[1]))
    return 2;
  wc_random_seed(&s.random, wc_random_env_seed());
  test_vec(&s);
  test_gemm(&s);
  smoke_verdict(&s, runs_again(&s), "device and model start alike");
  test_commands(&s);
  test_compute_errors(&s);
  test_streams(&s);
  test_bus(&s);
  test_reset(&s);
  smoke_close(&s);
  printf("%u passed, %u failed\n", s.passed, s.failed);
  return s.failed != 0;
}
