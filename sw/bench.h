/* What `wavecore bench` measures: peak, GEMMs beside OpenBLAS, a training step beside PyTorch. */
#ifndef WC_BENCH_H
#define WC_BENCH_H

#include "session.h"
#include "train.h"

/* Which time is taken. Processor time, of all threads, is disturbed less by other programs; with
 * one thread it is what the work takes. */
enum wc_bench_clock { WC_BENCH_WALL, WC_BENCH_CPU };
double wc_bench_now(enum wc_bench_clock clock);

/* FP32 operations a second of @threads that do nothing but multiply-adds in registers. */
double wc_bench_peak(unsigned threads, enum wc_bench_clock clock);

enum wc_bench_pass { WC_BENCH_FORWARD, WC_BENCH_DATA, WC_BENCH_WEIGHT, WC_BENCH_PASSES };
const char *wc_bench_pass_name(enum wc_bench_pass pass);

/* A pass of a convolution as it runs: one GEMM, or one for each phase of a strided data gradient.
 * Rows, columns and depth of the largest; flops of all. */
struct wc_bench_gemm {
  const char *layer; /* the first one of this shape */
  enum wc_bench_pass pass;
  uint32_t ci, co, r, s, stride, h, w; /* of the convolution's input */
  uint64_t m, n, k, flops;
  double seconds, openblas_seconds; /* the latter below 0: no OpenBLAS */
};

struct wc_bench_setup {
  unsigned threads;
  uint32_t images;
  double seconds; /* for each pass, ours and OpenBLAS together */
  enum wc_bench_clock clock;
  const char *openblas; /* the library's file name */
};

/* All passes of all convolutions of different shape. *@gemms belongs to the caller (free); names
 * are @graph's. @progress (may be NULL) hears of each. False: out of memory. */
typedef void (*wc_bench_progress_fn)(uint32_t done, uint32_t all);
bool wc_bench_gemms(const struct wc_graph *graph, const struct wc_bench_setup *setup,
                    wc_bench_progress_fn progress, struct wc_bench_gemm **gemms, uint32_t *n,
                    struct wc_report *why);

/* Whether the library @file can be used to compare with. */
bool wc_bench_has_openblas(const char *file);

/* A step, and its GEMM, VEC and DMA commands alone. */
struct wc_bench_step {
  double seconds, gemm_seconds, vec_seconds, dma_seconds;
  uint64_t peak_bytes; /* of the process, after the steps */
};

/* The best of @steps steps. Parameters are on the device; afterwards its program is spoilt. */
enum wc_outcome wc_bench_step(struct wc_trainer *trainer, uint32_t steps, enum wc_bench_clock clock,
                              struct wc_bench_step *step, struct wc_report *why);

/* Seconds of the same step in PyTorch, ResNet-50 with GN; below 0: @python or its torch is
 * missing. */
double wc_bench_pytorch(const char *python, uint32_t batch, unsigned threads, uint32_t steps);

#endif
