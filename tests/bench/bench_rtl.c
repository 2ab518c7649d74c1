/* Array utilisation and simulation speed on a device with cycles. Usage: bench_rtl [URI]
 *
 * The GEMM of 256 x 64 x 576 starts and ends in DRAM. It is cut along the depth so that the
 * array can start early (the partial sums stay on chip), and the last cut along the rows so that
 * the store overlaps; busy is counted against all cycles of the stream, from start to done. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emit.h"
#include "wavecore.h"

enum { M = 256, N = 64, K = 576, HALF = M / 2, PIECES = 4 };
enum { DRAM_A = 0x10000, DRAM_B = 0x80000, DRAM_C = 0xA0000, STREAM = 0x100000 };
enum { SLOT_COLS = 240, SLOT = HALF * SLOT_COLS * 2 };
enum { GB_B = 0, GB_P = GB_B + K * N * 2, GB_C = GB_P + HALF * N * 4, GB_A = GB_C + M * N * 2 };

/* One GEMM: rows [m0, m0+HALF), depth [k0, k0+kc), A in its own slot. The cuts grow as fast as
 * loading gets ahead of the array. */
struct cut {
  int m0, k0, kc;
  uint32_t gb_a;
};

static void die(const char *what, const char *detail) {
  fprintf(stderr, "bench_rtl: %s: %s\n", what, detail);
  exit(1);
}

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

/* @rows rows from @from of the cut's partial product. */
static void gemm(struct wc_emit *emit, const struct cut *cut, int from, int rows) {
  struct wc_cmd cmd = {.hdr.opcode = WC_OP_GEMM};
  bool first = cut->k0 == 0;
  bool last = cut->k0 + cut->kc == K;
  cmd.gemm = (struct wc_gemm){.c_fp32 = !last,
                              .preload = !first,
                              .n = N,
                              .p2 = 1,
                              .p1 = 1,
                              .p0 = (uint32_t)rows,
                              .q2 = 1,
                              .q1 = 1,
                              .q0 = (uint32_t)cut->kc,
                              .h = 1,
                              .w = (uint32_t)rows,
                              .sy = 1,
                              .sx = 1,
                              .ry = 1,
                              .rx = 1,
                              .a_base = cut->gb_a + (uint32_t)(from * cut->kc * 2),
                              .a_s0 = cut->kc * 2,
                              .b_base = GB_B + (uint32_t)(cut->k0 * N * 2),
                              .b_s0 = N * 2,
                              .b_sn = 2,
                              .c_base = last ? GB_C + (uint32_t)((cut->m0 + from) * N * 2)
                                             : GB_P + (uint32_t)(from * N * 4),
                              .c_s0 = last ? N * 2 : N * 4};
  if (!first) {
    cmd.gemm.p_base = GB_P + (uint32_t)(from * N * 4);
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
       (uint32_t)(cut->kc * 2), HALF, K * 2, cut->kc * 2);
}

static void build(struct wc_emit *emit) {
  static const int depth[] = {64, 88, 112, 144, 168, 240, 216, 120};
  const int n_cuts = (int)(sizeof depth / sizeof *depth);
  int at = 0;
  for (int i = 0; i < n_cuts; i++) {
    struct cut cut = {
        .m0 = at / K * HALF, .k0 = at % K, .kc = depth[i], .gb_a = GB_A + (uint32_t)(i % 2) * SLOT};
    at += depth[i];
    load(emit, &cut);
    if (i < n_cuts - 1) {
      gemm(emit, &cut, 0, HALF);
    } else {
      for (int p = 0; p < PIECES; p++) {
        gemm(emit, &cut, p * (HALF / PIECES), HALF / PIECES);
      }
    }
    if (cut.k0 + cut.kc == K) {
      uint32_t pieces = i == n_cuts - 1 ? PIECES : 1;
      uint32_t bytes = HALF / pieces * N * 2;
      for (uint32_t p = 0; p < pieces; p++) {
        uint32_t c = (uint32_t)(cut.m0 * N * 2) + p * bytes;
        copy(emit, WC_OP_STORE, DRAM_C + c, GB_C + c, bytes, 1, 0, 0);
      }
    }
  }
}

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fill(struct wc_device *dev, wc_addr addr, size_t elems) {
  uint16_t *data = malloc(elems * 2);
  if (data == NULL) {
    die("memory", "exhausted");
  }
  for (size_t i = 0; i < elems; i++) {
    data[i] = (uint16_t)(0x3000 + (i * 2654435761u >> 20) % 0x0C00); /* 0.125 to 2 */
  }
  int status = wc_write(dev, addr, data, elems * 2);
  free(data);
  if (status != 0) {
    die("write", wc_strerror(status));
  }
}

int main(int argc, char **argv) {
  const char *uri = argc > 1 ? argv[1] : "sim:small";
  struct wc_device *dev = NULL;
  char why[256];
  int status = wc_open(uri, &dev, why, sizeof why);
  if (status != 0) {
    die(uri, why);
  }
  const struct wc_caps *caps = wc_caps(dev);
  struct wc_emit *emit = wc_emit_new(caps->gbuf_bytes, caps->mem_bytes);
  if (emit == NULL) {
    die("memory", "exhausted");
  }
  build(emit);
  uint32_t *words = NULL;
  size_t bytes = 0;
  if (!wc_emit_finish(emit, &words, &bytes)) {
    die("stream", wc_emit_failed(emit));
  }
  fill(dev, DRAM_A, M * K);
  fill(dev, DRAM_B, K * N);
  struct wc_counters counters;
  if (wc_write(dev, STREAM, words, bytes) != 0 || wc_counters_clear(dev) != 0) {
    die("write", "failed");
  }
  double start = seconds();
  status = wc_submit(dev, STREAM, bytes);
  status = status != 0 ? status : wc_wait(dev, 600000);
  double took = seconds() - start;
  if (status != 0 || wc_counters_read(dev, &counters) != 0) {
    die("run", wc_strerror(status));
  }
  uint64_t cycles = counters.value[WC_C_CYCLES];
  uint64_t busy = counters.value[WC_C_GEMM_BUSY];
  double ideal = (double)counters.value[WC_C_MACS] / ((double)caps->rows * caps->cols);
  printf(
      "%s: GEMM %d x %d x %d, DRAM to DRAM: %llu cycles, array busy %.1f %%, MACs %.1f %% of "
      "peak\n",
      uri, M, N, K, (unsigned long long)cycles, 100.0 * (double)busy / (double)cycles,
      100.0 * ideal / (double)cycles);
  printf("  array waits: operands %llu, tokens %llu, idle %llu cycles\n",
         (unsigned long long)counters.value[WC_C_GEMM_OPERAND],
         (unsigned long long)counters.value[WC_C_GEMM_TOKEN],
         (unsigned long long)counters.value[WC_C_GEMM_IDLE]);
  printf("  simulated at %.0f cycles/s\n", (double)cycles / took);
  free(words);
  wc_emit_delete(emit);
  wc_close(dev);
  return 0;
}
