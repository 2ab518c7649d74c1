/* Steps of the ladder that run streams, beside the C model. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "selftest.h"

/* Operands are loaded as one piece to the start of the buffer, results stored as one from here. */
enum { RESULT_GB = 0x4000, MAX_BYTES = 0x4000, PIECE = 998 };

struct stream {
  uint32_t words[16 * WC_MAX_WORDS];
  size_t units;
};

static void add(struct stream *s, struct wc_cmd *cmd, unsigned wait, unsigned signal) {
  cmd->hdr.wait = wait;
  cmd->hdr.signal = signal;
  cmd->hdr.id = (uint32_t)s->units;
  s->units += wc_cmd_encode(cmd, s->words + 4 * s->units);
}

static struct wc_cmd dma(uint32_t opcode, uint32_t dram, uint32_t gb, uint32_t bytes) {
  struct wc_cmd cmd = {.hdr = {.opcode = opcode}};
  cmd.dma = (struct wc_dma){.dram_lo = dram, .gb = gb, .n0 = bytes, .n1 = 1, .n2 = 1, .n3 = 1};
  return cmd;
}

static int run(struct wc_device *dev, struct stream *s, unsigned timeout_ms) {
  int status = wc_write(dev, WC_SELFTEST_STREAM, s->words, s->units * WC_UNIT_BYTES);
  if (status == WC_OK)
    status = wc_submit(dev, WC_SELFTEST_STREAM, s->units * WC_UNIT_BYTES);
  return status == WC_OK ? wc_wait(dev, timeout_ms) : status;
}

static void end_stream(struct stream *s) {
  struct wc_cmd end = {.hdr = {.opcode = WC_OP_END}};
  add(s, &end, 0, 0);
}

void wc_selftest_fill(uint8_t *bytes, size_t size, uint32_t seed) {
  for (size_t i = 0; i + 1 < size; i += 2) {
    seed = seed * 1664525u + 1013904223u;
    const uint16_t value = (uint16_t)((seed >> 16 & 0x83FF) | (0x2C00 + (seed >> 12 & 0xC00)));
    bytes[i] = (uint8_t)value;
    bytes[i + 1] = (uint8_t)(value >> 8);
  }
}

/* Operands in, the stream, results out. */
static int run_on(struct wc_device *dev, struct stream *s, unsigned timeout_ms, const uint8_t *in,
                  uint32_t in_bytes, uint8_t *out, uint32_t out_bytes) {
  int status = wc_write(dev, WC_SELFTEST_DATA, in, in_bytes);
  if (status == WC_OK)
    status = run(dev, s, timeout_ms);
  return status == WC_OK ? wc_read(dev, out, WC_SELFTEST_RESULT, out_bytes) : status;
}

/* The commands between a LOAD and a STORE. */
static void load_compute_store(struct stream *s, struct wc_cmd *cmds, unsigned n, unsigned queue,
                               uint32_t in_bytes, uint32_t out_bytes) {
  struct wc_cmd load = dma(WC_OP_LOAD, WC_SELFTEST_DATA, 0, in_bytes);
  struct wc_cmd store = dma(WC_OP_STORE, WC_SELFTEST_RESULT, RESULT_GB, out_bytes);
  /* A queue never waits for itself. */
  const unsigned from_load = queue == WC_Q_LOAD ? 0 : 1u << WC_Q_LOAD;
  add(s, &load, 0, queue == WC_Q_LOAD ? 0 : 1u << queue);
  for (unsigned i = 0; i < n; i++)
    add(s, &cmds[i], i == 0 ? from_load : 0, i + 1 == n ? 1u << WC_Q_STORE : 0);
  add(s, &store, 1u << queue, 0);
  end_stream(s);
}

/* Random operands, the commands between LOAD and STORE, and the results of both devices. */
static enum wc_rung_result compare(struct wc_selftest *t, struct wc_cmd *cmds, unsigned n,
                                   unsigned queue, uint32_t in_bytes, uint32_t out_bytes) {
  static uint8_t in[MAX_BYTES], got[MAX_BYTES], want[MAX_BYTES];
  struct stream s = {.units = 0};
  wc_selftest_fill(in, in_bytes, in_bytes + 17 * n);
  load_compute_store(&s, cmds, n, queue, in_bytes, out_bytes);
  struct wc_device *const devices[] = {t->model, t->dev};
  uint8_t *const results[] = {want, got};
  for (unsigned i = 0; i < 2; i++) {
    const int status = run_on(devices[i], &s, t->timeout_ms, in, in_bytes, results[i], out_bytes);
    if (status != WC_OK)
      return wc_rung_status(t, status, i == 0 ? "the C model" : "the stream");
  }
  for (uint32_t i = 0; i < out_bytes; i++) {
    if (got[i] != want[i])
      return wc_rung_note(t, WC_RUNG_WRONG,
                          "byte %" PRIu32 " of the result is 0x%02X, the C model has 0x%02X", i,
                          got[i], want[i]);
  }
  return wc_rung_note(t, WC_RUNG_RIGHT, "%" PRIu32 " bytes as the C model", out_bytes);
}

/* Fills the buffer with a pattern whose length is no power of two, so that lines and banks that
 * stand for each other differ, and stores it. */
static int march(struct wc_selftest *t, const uint8_t piece[PIECE], uint32_t bytes, uint32_t *got) {
  struct stream s = {.units = 0};
  struct wc_cmd load = dma(WC_OP_LOAD, WC_SELFTEST_DATA, 0, PIECE);
  load.dma.n1 = bytes / PIECE;
  load.dma.gs1 = PIECE;
  struct wc_cmd rest = dma(WC_OP_LOAD, WC_SELFTEST_DATA, bytes / PIECE * PIECE, bytes % PIECE);
  struct wc_cmd store = dma(WC_OP_STORE, WC_SELFTEST_RESULT, 0, bytes);
  add(&s, &load, 0, 0);
  add(&s, &rest, 0, 1u << WC_Q_STORE);
  add(&s, &store, 1u << WC_Q_LOAD, 0);
  end_stream(&s);
  int status = wc_write(t->dev, WC_SELFTEST_DATA, piece, PIECE);
  if (status == WC_OK)
    status = run(t->dev, &s, t->timeout_ms);
  return status == WC_OK ? wc_checksum(t->dev, WC_SELFTEST_RESULT, bytes, got) : status;
}

enum wc_rung_result wc_rung_march(struct wc_selftest *t) {
  uint8_t piece[PIECE];
  const uint64_t whole = wc_caps(t->dev)->gbuf_bytes;
  const uint32_t bytes = (uint32_t)(whole < UINT32_C(1) << 22 ? whole : UINT32_C(1) << 22);
  for (unsigned inverted = 0; inverted < 2; inverted++) {
    for (unsigned i = 0; i < PIECE; i++)
      piece[i] = (uint8_t)((i * 167 + (i >> 8) * 13) ^ (inverted ? 0xFF : 0));
    uLong want = crc32(0, NULL, 0);
    for (uint32_t at = 0; at < bytes; at += PIECE)
      want = crc32(want, piece, bytes - at < PIECE ? bytes - at : PIECE);
    uint32_t got;
    const int status = march(t, piece, bytes, &got);
    if (status != WC_OK)
      return wc_rung_status(t, status, "the stream");
    if (got != (uint32_t)want)
      return wc_rung_note(t, WC_RUNG_WRONG, "the buffer came back different, %s",
                          inverted ? "inverted" : "upright");
  }
  return wc_rung_note(t, WC_RUNG_RIGHT, "%" PRIu32 " bytes, both ways", bytes);
}

enum wc_rung_result wc_rung_dma(struct wc_selftest *t) {
  /* Rows of 6 bytes apart by 10 become dense, and the other way round: odd places on both sides. */
  struct wc_cmd cmds[2] = {dma(WC_OP_LOAD, WC_SELFTEST_DATA + 2, RESULT_GB, 6),
                           dma(WC_OP_LOAD, WC_SELFTEST_DATA + 90, RESULT_GB + 300, 18)};
  cmds[0].dma.n1 = 25;
  cmds[0].dma.ds1 = 10;
  cmds[0].dma.gs1 = 6;
  cmds[1].dma.n1 = 9;
  cmds[1].dma.ds1 = 18;
  cmds[1].dma.gs1 = 22;
  struct wc_cmd clear = dma(WC_OP_LOAD, WC_SELFTEST_DATA, RESULT_GB, 600);
  struct wc_cmd all[3] = {clear, cmds[0], cmds[1]};
  return compare(t, all, 3, WC_Q_LOAD, 1024, 600);
}

static struct wc_cmd gemm(uint32_t m, uint32_t k, uint32_t n) {
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_GEMM}};
  cmd.gemm = (struct wc_gemm){.c_fp32 = 1,
                              .n = n,
                              .p2 = 1,
                              .p1 = 1,
                              .p0 = m,
                              .q0 = k,
                              .q2 = 1,
                              .q1 = 1,
                              .h = 1,
                              .w = m,
                              .sy = 1,
                              .sx = 1,
                              .a_s0 = (int32_t)(2 * k),
                              .b_base = 2 * m * k,
                              .b_s0 = (int32_t)(2 * n),
                              .b_sn = 2,
                              .c_base = RESULT_GB,
                              .c_s0 = (int32_t)(4 * n)};
  return cmd;
}

int wc_selftest_model_gemm(struct wc_selftest *t, uint32_t m, uint32_t k, uint32_t n,
                           const uint8_t *in, uint8_t *out) {
  struct stream s = {.units = 0};
  struct wc_cmd cmd = gemm(m, k, n);
  load_compute_store(&s, &cmd, 1, WC_Q_GEMM, 2 * (m * k + k * n), 4 * m * n);
  return run_on(t->model, &s, t->timeout_ms, in, 2 * (m * k + k * n), out, 4 * m * n);
}

enum wc_rung_result wc_rung_mac(struct wc_selftest *t) {
  struct wc_cmd cmd = gemm(1, 1, 1);
  return compare(t, &cmd, 1, WC_Q_GEMM, 4, 4);
}

static uint32_t least(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

enum wc_rung_result wc_rung_tile(struct wc_selftest *t) {
  const uint32_t k = least(wc_caps(t->dev)->rows, 32), n = least(wc_caps(t->dev)->cols, 32);
  struct wc_cmd cmd = gemm(16, k, n);
  return compare(t, &cmd, 1, WC_Q_GEMM, 2 * 16 * k + 2 * k * n, 4 * 16 * n);
}

/* A 3 x 3 convolution with padding: 4 x 4 pixels, 4 channels in, 8 out. X, W and dY lie one after
 * the other in the buffer. */
enum { SIDE = 4, CI = 4, CO = 8, X = 0, W = 128, DY = W + 576, OPERANDS = DY + 256 };

static struct wc_gemm conv_shape(void) {
  return (struct wc_gemm){.p2 = 1,
                          .p1 = SIDE,
                          .p0 = SIDE,
                          .q2 = 3,
                          .q1 = 3,
                          .h = SIDE,
                          .w = SIDE,
                          .sy = 1,
                          .sx = 1,
                          .ry = 1,
                          .rx = 1,
                          .oy = -1,
                          .ox = -1};
}

enum wc_rung_result wc_rung_conv(struct wc_selftest *t) {
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_GEMM}};
  struct wc_gemm g = conv_shape();
  g.n = CO;
  g.q0 = CI;
  g.a_base = X;
  g.a_s1 = 2 * CI * SIDE;
  g.a_s0 = 2 * CI;
  g.b_base = W;
  g.b_s2 = 2 * CO * CI * 3;
  g.b_s1 = 2 * CO * CI;
  g.b_s0 = 2 * CO;
  g.b_sn = 2;
  g.c_base = RESULT_GB;
  g.c_s1 = 2 * CO * SIDE;
  g.c_s0 = 2 * CO;
  cmd.gemm = g;
  return compare(t, &cmd, 1, WC_Q_GEMM, OPERANDS, 2 * CO * SIDE * SIDE);
}

enum wc_rung_result wc_rung_backward(struct wc_selftest *t) {
  struct wc_cmd cmds[2] = {{.hdr = {.opcode = WC_OP_GEMM}}, {.hdr = {.opcode = WC_OP_GEMM}}};
  struct wc_gemm data = conv_shape(), weight = conv_shape();
  data.ry = data.rx = -1;
  data.oy = data.ox = 1;
  data.b_trans = 1;
  data.n = CI;
  data.q0 = CO;
  data.a_base = DY;
  data.a_s1 = 2 * CO * SIDE;
  data.a_s0 = 2 * CO;
  data.b_base = W;
  data.b_s2 = 2 * CO * CI * 3;
  data.b_s1 = 2 * CO * CI;
  data.b_s0 = 2;
  data.b_sn = 2 * CO;
  data.c_base = RESULT_GB;
  data.c_s1 = 2 * CI * SIDE;
  data.c_s0 = 2 * CI;
  weight.a_trans = 1;
  weight.c_fp32 = 1;
  weight.n = CO;
  weight.q0 = CI;
  weight.a_base = X;
  weight.a_s1 = 2 * CI * SIDE;
  weight.a_s0 = 2 * CI;
  weight.b_base = DY;
  weight.b_s1 = 2 * CO * SIDE;
  weight.b_s0 = 2 * CO;
  weight.b_sn = 2;
  weight.c_base = RESULT_GB + 2 * CI * SIDE * SIDE;
  weight.c_s2 = 4 * CO * CI * 3;
  weight.c_s1 = 4 * CO * CI;
  weight.c_s0 = 4 * CO;
  cmds[0].gemm = data;
  cmds[1].gemm = weight;
  return compare(t, cmds, 2, WC_Q_GEMM, OPERANDS, 2 * CI * SIDE * SIDE + 4 * CO * CI * 9);
}

static struct wc_stream linear(uint32_t type, uint32_t base) {
  return (struct wc_stream){.type = type, .s0 = 1, .base = base};
}

/* m = 0.9 m + g; w = w - 0.125 m; w16 = FP16(w). */
enum wc_rung_result wc_rung_update(struct wc_selftest *t) {
  enum { N = 200 };
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_VEC}};
  cmd.vec = (struct wc_vec){.n_in = 3,
                            .n_out = 3,
                            .d0 = N,
                            .d1 = 1,
                            .d2 = 1,
                            .d3 = 1,
                            .k0 = 0x3F666666,
                            .k1 = 0xBE000000};
  cmd.step[0] = (struct wc_step){.op = WC_V_FMA, .a = WC_S_I0, .b = WC_S_K0, .c = WC_S_I1};
  cmd.step[1] = (struct wc_step){.op = WC_V_FMA, .a = WC_S_T, .b = WC_S_K1, .c = WC_S_I2, .dst = 1};
  for (uint32_t i = 0; i < 3; i++)
    cmd.in[i] = linear(WC_T_FP32, 4 * N * i);
  cmd.out[0] = linear(WC_T_FP32, RESULT_GB);
  cmd.out[1] = linear(WC_T_FP32, RESULT_GB + 4 * N);
  cmd.out[2] = linear(WC_T_FP16, RESULT_GB + 8 * N);
  cmd.out[1].src = cmd.out[2].src = 1;
  return compare(t, &cmd, 1, WC_Q_VEC, 12 * N, 10 * N);
}
