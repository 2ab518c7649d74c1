/* GEMM of the C model against OpenBLAS sgemm on the convolutions of ResNet-50.
 *
 * Ours starts from FP16 features in the global buffer: conversion, im2col and packing are
 * counted. OpenBLAS gets FP32 im2col matrices ready. Same shapes, same threads, same run; each
 * figure is the best of several alternating repetitions.
 *
 * Usage: bench_gemm [images] [threads] [seconds a shape] [cpu]
 * With `cpu` the processor time of one thread is measured instead of wall time, which other
 * programs on the machine disturb less; use it with 1 thread. */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exec.h"
#include "fp16.h"
#include "random.h"

void openblas_set_num_threads(int threads);

struct layer {
  int ci, co, kernel, stride, in;
};

static const struct layer layers[] = {
    {64, 64, 1, 1, 56},     {64, 64, 3, 1, 56},    {64, 256, 1, 1, 56},   {256, 64, 1, 1, 56},
    {256, 128, 1, 1, 56},   {128, 128, 3, 2, 56},  {128, 128, 3, 1, 28},  {128, 512, 1, 1, 28},
    {256, 512, 1, 2, 56},   {512, 128, 1, 1, 28},  {512, 256, 1, 1, 28},  {256, 256, 3, 2, 28},
    {256, 256, 3, 1, 14},   {256, 1024, 1, 1, 14}, {512, 1024, 1, 2, 28}, {1024, 256, 1, 1, 14},
    {1024, 512, 1, 1, 14},  {512, 512, 3, 2, 14},  {512, 512, 3, 1, 7},   {512, 2048, 1, 1, 7},
    {1024, 2048, 1, 2, 14}, {2048, 512, 1, 1, 7}};

enum { LAYERS = sizeof layers / sizeof *layers, PASSES = 3, ROUNDS = 5 };
enum pass { FORWARD, DATA, WEIGHT };

/* One product: C[m][n] = A[m][k] B[k][n], for us as a command, for OpenBLAS as matrices. */
struct job {
  struct wc_gemm g;
  int m, n, k;
  bool a_trans; /* OpenBLAS reads A^T, the im2col matrix of a weight gradient */
};

static double now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void gather_forward(struct wc_gemm *g, const struct layer *l, int images) {
  const int out = l->in / l->stride;
  g->p2 = (uint32_t)images;
  g->p1 = g->p0 = (uint32_t)out;
  g->q2 = g->q1 = (uint32_t)l->kernel;
  g->q0 = (uint32_t)l->ci;
  g->h = g->w = (uint32_t)l->in;
  g->sy = g->sx = l->stride;
  g->ry = g->rx = 1;
  g->oy = g->ox = -(l->kernel / 2);
}

static void strides(int32_t *s2, int32_t *s1, int32_t *s0, int d1, int d0, int bytes) {
  *s0 = bytes;
  *s1 = *s0 * d0;
  *s2 = *s1 * d1;
}

/* Places X, W (or dY) and C one after another in the global buffer. */
static struct job make_job(const struct layer *l, int images, enum pass pass) {
  const int out = l->in / l->stride, taps = l->kernel * l->kernel;
  struct job job = {.a_trans = pass == WEIGHT};
  struct wc_gemm *g = &job.g;
  gather_forward(g, l, images);
  int channels = l->ci, image = l->in;
  if (pass == DATA) { /* stride 1: A is dY, turned by 180 degrees through ry, rx */
    g->p1 = g->p0 = (uint32_t)l->in;
    g->q0 = (uint32_t)l->co;
    g->ry = g->rx = -1;
    g->oy = g->ox = l->kernel / 2;
    g->h = g->w = (uint32_t)out;
    channels = l->co;
    image = out;
  }
  strides(&g->a_s2, &g->a_s1, &g->a_s0, image, image, 2 * channels);
  g->b_base = (uint32_t)(2 * images * image * image * channels);
  g->n = (uint32_t)(pass == DATA ? l->ci : l->co);
  const int positions = images * (int)g->p1 * (int)g->p0;
  if (pass == WEIGHT) {
    strides(&g->b_s2, &g->b_s1, &g->b_s0, out, out, 2 * l->co);
    g->b_sn = 2;
    g->a_trans = g->c_fp32 = 1;
    strides(&g->c_s2, &g->c_s1, &g->c_s0, l->kernel, l->ci, 4 * l->co);
    g->c_base = g->b_base + (uint32_t)(2 * positions * l->co);
    job.m = taps * l->ci;
    job.k = positions;
  } else {
    strides(&g->b_s2, &g->b_s1, &g->b_s0, l->kernel, l->ci, 2 * l->co);
    g->b_sn = 2;
    if (pass == DATA) { /* depth (r, s, co): co is contiguous, ci strides */
      g->b_trans = 1;
      g->b_s0 = 2;
      g->b_sn = 2 * l->co;
    }
    strides(&g->c_s2, &g->c_s1, &g->c_s0, (int)g->p1, (int)g->p0, 2 * (int)g->n);
    g->c_base = g->b_base + (uint32_t)(2 * taps * l->ci * l->co);
    job.m = positions;
    job.k = taps * channels;
  }
  job.n = (int)g->n;
  return job;
}

struct bench {
  struct wc_exec exec;
  int threads;
  double seconds;
  clockid_t clock;
  float *a, *b, *c; /* OpenBLAS' matrices */
};

static void run_ours(struct bench *bench, const struct job *job) {
  wc_exec_gemm(&bench->exec, &job->g);
}

static void run_openblas(struct bench *bench, const struct job *job) {
  cblas_sgemm(CblasRowMajor, job->a_trans ? CblasTrans : CblasNoTrans, CblasNoTrans, job->m, job->n,
              job->k, 1.0f, bench->a, job->a_trans ? job->m : job->k, bench->b, job->n, 0.0f,
              bench->c, job->n);
}

typedef void run_t(struct bench *bench, const struct job *job);

/* Best time of calls one after another for @seconds. */
static double best_of(struct bench *bench, const struct job *job, run_t *run, double seconds) {
  const double end = now(CLOCK_MONOTONIC) + seconds;
  double best = 1e9;
  for (int i = 0; i < 2 || now(CLOCK_MONOTONIC) < end; i++) {
    const double start = now(bench->clock);
    run(bench, job);
    const double took = now(bench->clock) - start;
    best = took < best ? took : best;
  }
  return best;
}

/* best_of in a process of its own: OpenBLAS' threads spin after a call, and end with the process.
 */
static double best_apart(struct bench *bench, const struct job *job, run_t *run, double seconds) {
  double best = 0;
  int ends[2];
  if (pipe(ends) != 0) {
    return 1e9;
  }
  const pid_t child = fork();
  if (child == 0) {
    best = best_of(bench, job, run, seconds);
    _exit(write(ends[1], &best, sizeof best) == sizeof best ? 0 : 1);
  }
  close(ends[1]);
  const bool ok = child > 0 && read(ends[0], &best, sizeof best) == sizeof best;
  close(ends[0]);
  if (child > 0) {
    waitpid(child, NULL, 0);
  }
  return ok ? best : 1e9;
}

/* Best times of both, taken in turns. */
static void measure(struct bench *bench, const struct job *job, double *ours, double *theirs) {
  const double seconds = bench->seconds / (2 * ROUNDS);
  *ours = *theirs = 1e9;
  for (int i = 0; i < ROUNDS; i++) {
    const double x = best_of(bench, job, run_ours, seconds);
    const double y = best_apart(bench, job, run_openblas, seconds);
    *ours = x < *ours ? x : *ours;
    *theirs = y < *theirs ? y : *theirs;
  }
}

static size_t largest(size_t a, size_t b) {
  return a > b ? a : b;
}

static bool prepare(struct bench *bench, int images) {
  size_t a = 0, b = 0, c = 0, gbuf = 0;
  for (size_t i = 0; i < LAYERS; i++) {
    for (int pass = 0; pass < PASSES; pass++) {
      const struct job job = make_job(&layers[i], images, (enum pass)pass);
      a = largest(a, (size_t)job.m * (size_t)job.k);
      b = largest(b, (size_t)job.k * (size_t)job.n);
      c = largest(c, (size_t)job.m * (size_t)job.n);
      gbuf = largest(gbuf, job.g.c_base + 4 * (size_t)job.m * (size_t)job.n);
    }
  }
  bench->exec.simd = wc_simd_choose();
  bench->exec.pool = wc_pool_new((unsigned)bench->threads, NULL, NULL);
  bench->exec.gemm = wc_gemm_scratch_new((unsigned)bench->threads, 0, 0);
  bench->exec.gbuf = wc_map(gbuf + WC_GBUF_SLACK);
  bench->a = malloc(4 * a);
  bench->b = malloc(4 * b);
  bench->c = malloc(4 * c);
  if (!bench->exec.pool || !bench->exec.gemm || !bench->exec.gbuf || !bench->a || !bench->b ||
      !bench->c)
    return false;
  struct wc_random random;
  wc_random_seed(&random, 1);
  wc_random_fill(&random, bench->exec.gbuf, gbuf, WC_RANDOM_HALVES);
  wc_random_fill(&random, bench->a, 4 * a, WC_RANDOM_FLOATS);
  wc_random_fill(&random, bench->b, 4 * b, WC_RANDOM_FLOATS);
  return true;
}

int main(int argc, char **argv) {
  const int images = argc > 1 ? atoi(argv[1]) : 4;
  struct bench bench = {.threads = argc > 2 ? atoi(argv[2]) : 2};
  bench.seconds = argc > 3 ? atof(argv[3]) : 0.5;
  bench.clock = argc > 4 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
  if (images < 1 || bench.threads < 1 || !prepare(&bench, images)) {
    fputs("usage: bench_gemm [images] [threads] [seconds a shape] [cpu]\n", stderr);
    return 2;
  }
  openblas_set_num_threads(bench.threads);
  printf("%d images, %d threads, %s; GFLOP/s of ours, of OpenBLAS, ratio\n", images, bench.threads,
         wc_simd_name(bench.exec.simd));
  printf("%-24s %22s  %22s  %22s\n", "ci->co kernel/stride in", "forward", "data gradient",
         "weight gradient");
  double worst = 1e9;
  for (size_t i = 0; i < LAYERS; i++) {
    const struct layer *l = &layers[i];
    printf("%4d->%4d %dx%d/%d %3d      ", l->ci, l->co, l->kernel, l->kernel, l->stride, l->in);
    for (int pass = 0; pass < PASSES; pass++) {
      if (pass == DATA && l->stride > 1) { /* runs as one smaller product for each phase */
        printf(" %22s ", "-");
        continue;
      }
      const struct job job = make_job(l, images, (enum pass)pass);
      const double flop = 2.0 * job.m * job.n * job.k;
      double ours, theirs;
      measure(&bench, &job, &ours, &theirs);
      const double ratio = theirs / ours;
      printf(" %7.1f %7.1f %6.2f ", flop / ours * 1e-9, flop / theirs * 1e-9, ratio);
      fflush(stdout);
      if (pass == FORWARD && ratio < worst)
        worst = ratio;
    }
    puts("");
  }
  printf("least ratio of a forward pass: %.2f\n", worst);
  return 0;
}
