/* A GEMM of 256 x 64 x 576 on the RTL: all dimensions are multiples of the array.
 *
 * On chip it is a convolution of 3x3, 64 to 64 channels on 16 x 16, counted from the command taken
 * to its last row in the array. From DRAM to DRAM it is a matrix: the upper half is cut along the
 * depth so that the array can start early (the partial sums stay on chip), the lower along the rows
 * so that the store overlaps; counted are all cycles of the stream. */
#include <stdio.h>
#include <stdlib.h>

#include "measure.h"

enum { M = 256, N = 64, K = 576, HALF = M / 2, QUARTER = M / 4 };
enum { DRAM_A = 0x10000, DRAM_B = 0x80000, DRAM_C = 0xA0000 };
enum { GB_B = 0, GB_C = GB_B + K * N * 2, GB_P = GB_C + M * N * 2, GB_A = GB_P + HALF * N * 4 };

/* One GEMM: a quarter of the rows, from m0, with depth [k0, k0+kc) and A at gb_a. The first two
 * quarters go side by side in cuts of the depth that grow as fast as loading gets ahead of the
 * array; all are whole depth tiles. A goes round in what is left of the buffer, in the end in the
 * place of the partial sums, too. */
struct cut {
  int m0, k0, kc;
  uint32_t gb_a;
};

enum { COLUMN = 2 * QUARTER }; /* bytes of a column of A */

static const struct cut plan[] = {
    {0, 0, 64, GB_A},
    {QUARTER, 0, 64, GB_A + 64 * COLUMN},
    {0, 64, 80, GB_A + 128 * COLUMN},
    {QUARTER, 64, 80, GB_A + 208 * COLUMN},
    {0, 144, 112, GB_A + 288 * COLUMN},
    {QUARTER, 144, 112, GB_A + 400 * COLUMN},
    {0, 256, 144, GB_A + 512 * COLUMN},
    {QUARTER, 256, 144, GB_A + 656 * COLUMN},
    {0, 400, 176, GB_A},
    {QUARTER, 400, 176, GB_A + 176 * COLUMN},
    {HALF, 0, K, GB_A + 384 * COLUMN},
    {HALF + QUARTER, 0, K, GB_A - 192 * COLUMN},
};

static void copy(struct wc_emit *emit, uint32_t opcode, uint64_t dram, uint32_t gb, uint32_t run,
                 uint32_t runs, int32_t dram_stride, int32_t gb_stride) {
  struct wc_cmd cmd = {.hdr.opcode = opcode};
  cmd.dma = (struct wc_dma){.dram_lo = (uint32_t)dram,
                            .gb = gb,
                            .n0 = run,
                            .n1 = runs,
                            .n2 = 1,
                            .n3 = 1,
                            .ds1 = runs > 1 ? dram_stride : 0,
                            .gs1 = runs > 1 ? gb_stride : 0};
  wc_emit_cmd(emit, &cmd);
}

static uint32_t gb_p(const struct cut *cut) {
  return GB_P + (uint32_t)(cut->m0 * N * 4);
}

static void gemm(struct wc_emit *emit, const struct cut *cut) {
  struct wc_cmd cmd = {.hdr.opcode = WC_OP_GEMM};
  bool first = cut->k0 == 0;
  bool last = cut->k0 + cut->kc == K;
  cmd.gemm = (struct wc_gemm){.c_fp32 = !last,
                              .preload = !first,
                              .n = N,
                              .p2 = 1,
                              .p1 = 1,
                              .p0 = QUARTER,
                              .q2 = 1,
                              .q1 = 1,
                              .q0 = (uint32_t)cut->kc,
                              .h = 1,
                              .w = QUARTER,
                              .sy = 1,
                              .sx = 1,
                              .ry = 1,
                              .rx = 1,
                              .a_base = cut->gb_a,
                              .a_s0 = cut->kc * 2,
                              .b_base = GB_B + (uint32_t)(cut->k0 * N * 2),
                              .b_s0 = N * 2,
                              .b_sn = 2,
                              .c_base = last ? GB_C + (uint32_t)(cut->m0 * N * 2) : gb_p(cut),
                              .c_s0 = last ? N * 2 : N * 4};
  if (!first) {
    cmd.gemm.p_base = gb_p(cut);
    cmd.gemm.p_s0 = N * 4;
  }
  wc_emit_cmd(emit, &cmd);
}

static void load(struct wc_emit *emit, const struct cut *cut) {
  if (cut->m0 == 0) {
    uint32_t at = (uint32_t)(cut->k0 * N * 2);
    copy(emit, WC_OP_LOAD, DRAM_B + at, GB_B + at, (uint32_t)(cut->kc * N * 2), 1, 0, 0);
  }
  copy(emit, WC_OP_LOAD, DRAM_A + (uint64_t)((cut->m0 * K + cut->k0) * 2), cut->gb_a,
       (uint32_t)(cut->kc * 2), QUARTER, K * 2, cut->kc * 2);
}

static void build(struct wc_emit *emit) {
  for (size_t i = 0; i < sizeof plan / sizeof *plan; i++) {
    const struct cut *cut = &plan[i];
    load(emit, cut);
    gemm(emit, cut);
    if (cut->k0 + cut->kc == K) {
      uint32_t c = (uint32_t)(cut->m0 * N * 2);
      copy(emit, WC_OP_STORE, DRAM_C + c, GB_C + c, (uint32_t)(QUARTER * N * 2), 1, 0, 0);
    }
  }
}

static void fill(struct wc_device *dev, wc_addr addr, size_t elems) {
  uint16_t *data = malloc(elems * 2);
  if (data == NULL)
    bench_die("memory", "exhausted");
  for (size_t i = 0; i < elems; i++)
    data[i] = (uint16_t)(0x3000 + (i * 2654435761u >> 20) % 0x0C00); /* 0.125 to 2 */
  const int status = wc_write(dev, addr, data, elems * 2);
  free(data);
  if (status != WC_OK)
    bench_die("write", wc_strerror(status));
}

/* The same GEMM as a convolution, A, B and C one after the other in the buffer. */
static void convolution(struct wc_emit *emit) {
  enum { SIDE = 16, GB_WEIGHTS = M * N * 2, GB_OUT = GB_WEIGHTS + K * N * 2 };
  struct wc_cmd cmd = {.hdr.opcode = WC_OP_GEMM};
  cmd.gemm = (struct wc_gemm){.n = N,
                              .p2 = 1,
                              .p1 = SIDE,
                              .p0 = SIDE,
                              .q2 = 3,
                              .q1 = 3,
                              .q0 = N,
                              .h = SIDE,
                              .w = SIDE,
                              .sy = 1,
                              .sx = 1,
                              .ry = 1,
                              .rx = 1,
                              .oy = -1,
                              .ox = -1,
                              .a_s1 = SIDE * N * 2,
                              .a_s0 = N * 2,
                              .b_base = GB_WEIGHTS,
                              .b_s2 = 3 * N * N * 2,
                              .b_s1 = N * N * 2,
                              .b_s0 = N * 2,
                              .b_sn = 2,
                              .c_base = GB_OUT,
                              .c_s1 = SIDE * N * 2,
                              .c_s0 = N * 2};
  wc_emit_cmd(emit, &cmd);
}

/* The buffer must hold numbers: a load of the operands goes before, in a stream of its own. */
static void on_chip(json_t *list, const char *uri) {
  struct wc_device *dev = bench_open(uri);
  struct wc_emit *emit = bench_emit(dev);
  struct wc_counters counters;
  enum { OPERANDS = (M + K) * N * 2 };
  fill(dev, DRAM_A, OPERANDS / 2);
  copy(emit, WC_OP_LOAD, DRAM_A, 0, OPERANDS, 1, 0, 0);
  bench_run(dev, emit, &counters);
  convolution(emit);
  bench_run(dev, emit, &counters);
  uint64_t cycles = 0;
  for (enum wc_counter i = WC_C_GEMM_BUSY; i <= WC_C_GEMM_DRAIN; i++)
    cycles += counters.value[i];
  bench_report(list, wc_caps(dev), "gemm 256x64x576 on chip", cycles, &counters);
  wc_emit_delete(emit);
  wc_close(dev);
}

static void from_dram(json_t *list, const char *uri) {
  struct wc_device *dev = bench_open(uri);
  struct wc_emit *emit = bench_emit(dev);
  struct wc_counters counters;
  fill(dev, DRAM_A, M * K);
  fill(dev, DRAM_B, K * N);
  build(emit);
  bench_run(dev, emit, &counters);
  bench_report(list, wc_caps(dev), "gemm 256x64x576 DRAM to DRAM", counters.value[WC_C_CYCLES],
               &counters);
  wc_emit_delete(emit);
  wc_close(dev);
}

void bench_gemms(json_t *list) {
  static const char *const uris[] = {"sim:small", "sim:small1w"};
  for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
    bench_heading(uris[i]);
    on_chip(list, uris[i]);
    from_dram(list, uris[i]);
  }
}
