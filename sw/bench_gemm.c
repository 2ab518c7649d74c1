/* GEMMs of a network's convolutions, ours and OpenBLAS' sgemm in turns. Ours starts from FP16
 * features in the global buffer: conversion, im2col and packing are counted. OpenBLAS gets FP32
 * matrices ready. Each figure is the best of several repetitions. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "exec.h"
#include "report.h"
#include "wc_peak.h"

enum { ROUNDS = 3, PHASES = 16, NO_TRANS = 111, TRANS = 112, ROW_MAJOR = 101 };

typedef void (*sgemm_fn)(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                         const float *a, int lda, const float *b, int ldb, float beta, float *c,
                         int ldc);
typedef void (*threads_fn)(int threads);

struct openblas {
  sgemm_fn sgemm;
  threads_fn set_threads;
};

/* Stays loaded. */
static bool openblas_open(const char *file, struct openblas *blas) {
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL)
    return false;
  /* POSIX says that a pointer of dlsym may be a function. */
  void *sgemm = dlsym(library, "cblas_sgemm"), *set = dlsym(library, "openblas_set_num_threads");
  memcpy(&blas->sgemm, &sgemm, sizeof sgemm);
  memcpy(&blas->set_threads, &set, sizeof set);
  return sgemm != NULL && set != NULL;
}

bool wc_bench_has_openblas(const char *file) {
  void *library = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
  const bool usable = library != NULL && dlsym(library, "cblas_sgemm") != NULL &&
                      dlsym(library, "openblas_set_num_threads") != NULL;
  if (library != NULL)
    dlclose(library);
  return usable;
}

const char *wc_bench_pass_name(enum wc_bench_pass pass) {
  static const char *const names[] = {"forward", "data_gradient", "weight_gradient"};
  return names[pass];
}

/* Commands of one pass, and the sizes of their products. */
struct work {
  struct wc_gemm g[PHASES];
  struct {
    int m, n, k;
  } size[PHASES];
  unsigned n;
  bool a_trans;
  size_t gbuf_bytes;
};

struct conv {
  uint32_t images, ci, co, r, s, stride, pad, pad_x, h, w, ho, wo;
};

static void set_strides(int32_t *s2, int32_t *s1, int32_t *s0, uint32_t d1, uint32_t d0,
                        uint32_t bytes) {
  *s0 = (int32_t)bytes;
  *s1 = *s0 * (int32_t)d0;
  *s2 = *s1 * (int32_t)d1;
}

static void add(struct work *work, const struct wc_gemm *g) {
  const int positions = (int)(g->p2 * g->p1 * g->p0), taps = (int)(g->q2 * g->q1 * g->q0);
  work->size[work->n].m = g->a_trans ? taps : positions;
  work->size[work->n].k = g->a_trans ? positions : taps;
  work->size[work->n].n = (int)g->n;
  work->g[work->n++] = *g;
}

/* X, then W (forward) or dY, then the result, one after another in the buffer. */
static void plan_forward(const struct conv *c, bool weight, struct work *work) {
  struct wc_gemm g = {.a_trans = weight,
                      .c_fp32 = weight,
                      .n = c->co,
                      .p2 = c->images,
                      .p1 = c->ho,
                      .p0 = c->wo,
                      .q2 = c->r,
                      .q1 = c->s,
                      .q0 = c->ci,
                      .h = c->h,
                      .w = c->w,
                      .sy = (int32_t)c->stride,
                      .sx = (int32_t)c->stride,
                      .ry = 1,
                      .rx = 1,
                      .oy = -(int32_t)c->pad,
                      .ox = -(int32_t)c->pad_x,
                      .b_sn = 2};
  const uint32_t dy_elems = c->images * c->ho * c->wo * c->co,
                 w_elems = c->r * c->s * c->ci * c->co;
  set_strides(&g.a_s2, &g.a_s1, &g.a_s0, c->h, c->w, 2 * c->ci);
  g.b_base = c->images * c->h * c->w * c->ci * 2;
  if (weight) {
    set_strides(&g.b_s2, &g.b_s1, &g.b_s0, c->ho, c->wo, 2 * c->co);
    set_strides(&g.c_s2, &g.c_s1, &g.c_s0, c->s, c->ci, 4 * c->co);
    g.c_base = (g.b_base + 2 * dy_elems + 3) / 4 * 4;
    work->gbuf_bytes = g.c_base + 4 * (size_t)w_elems;
  } else {
    set_strides(&g.b_s2, &g.b_s1, &g.b_s0, c->s, c->ci, 2 * c->co);
    set_strides(&g.c_s2, &g.c_s1, &g.c_s0, c->ho, c->wo, 2 * c->co);
    g.c_base = g.b_base + 2 * w_elems;
    work->gbuf_bytes = g.c_base + 2 * (size_t)dy_elems;
  }
  work->a_trans = weight;
  add(work, &g);
}

/* Phase (py, px) of the input's positions; none of the taps may reach it. dY, W, dX. */
static void add_phase(const struct conv *c, uint32_t py, uint32_t px, struct work *work) {
  const uint32_t t = c->stride, r0 = (py + c->pad) % t, s0 = (px + c->pad_x) % t;
  if (r0 >= c->r || s0 >= c->s || py >= c->h || px >= c->w)
    return;
  const uint32_t tap = 2 * c->ci * c->co;
  struct wc_gemm g = {.b_trans = 1,
                      .n = c->ci,
                      .p2 = c->images,
                      .p1 = (c->h - py + t - 1) / t,
                      .p0 = (c->w - px + t - 1) / t,
                      .q2 = (c->r - r0 + t - 1) / t,
                      .q1 = (c->s - s0 + t - 1) / t,
                      .q0 = c->co,
                      .h = c->ho,
                      .w = c->wo,
                      .sy = 1,
                      .sx = 1,
                      .ry = -1,
                      .rx = -1,
                      .oy = (int32_t)((py + c->pad - r0) / t),
                      .ox = (int32_t)((px + c->pad_x - s0) / t),
                      .b_s2 = (int32_t)(t * c->s * tap),
                      .b_s1 = (int32_t)(t * tap),
                      .b_s0 = 2,
                      .b_sn = (int32_t)(2 * c->co)};
  const uint32_t w_base = 2 * c->images * c->ho * c->wo * c->co;
  const uint32_t c_base = w_base + c->r * c->s * tap;
  set_strides(&g.a_s2, &g.a_s1, &g.a_s0, c->ho, c->wo, 2 * c->co);
  g.b_base = w_base + (r0 * c->s + s0) * tap;
  g.c_base = c_base + (py * c->w + px) * 2 * c->ci;
  g.c_s0 = (int32_t)(t * 2 * c->ci);
  g.c_s1 = (int32_t)(t * c->w * 2 * c->ci);
  g.c_s2 = (int32_t)(c->h * c->w * 2 * c->ci);
  work->gbuf_bytes = c_base + 2 * (size_t)c->images * c->h * c->w * c->ci;
  add(work, &g);
}

static void plan_pass(const struct conv *c, enum wc_bench_pass pass, struct work *work) {
  memset(work, 0, sizeof *work);
  if (pass != WC_BENCH_DATA) {
    plan_forward(c, pass == WC_BENCH_WEIGHT, work);
    return;
  }
  for (uint32_t phase = 0; phase < c->stride * c->stride; phase++)
    add_phase(c, phase / c->stride, phase % c->stride, work);
}

static double best_ours(const struct wc_exec *exec, const struct work *work,
                        const struct wc_bench_setup *setup, double seconds) {
  const double end = wc_bench_now(WC_BENCH_WALL) + seconds;
  double best = 1e9;
  for (int i = 0; i < 1 || wc_bench_now(WC_BENCH_WALL) < end; i++) {
    const double start = wc_bench_now(setup->clock);
    for (unsigned p = 0; p < work->n; p++)
      wc_exec_gemm(exec, &work->g[p]);
    const double took = wc_bench_now(setup->clock) - start;
    best = took < best ? took : best;
  }
  return best;
}

static float *make_matrix(size_t rows, size_t columns) {
  float *matrix = malloc(rows * columns * sizeof *matrix);
  for (size_t i = 0; matrix != NULL && i < rows * columns; i++)
    matrix[i] = (float)((int)(i % 251) - 125) / 64.0f;
  return matrix;
}

static void run_openblas(const struct openblas *blas, const struct work *work, const float *a,
                         const float *b, float *c) {
  for (unsigned p = 0; p < work->n; p++) {
    const int m = work->size[p].m, n = work->size[p].n, k = work->size[p].k;
    blas->sgemm(ROW_MAJOR, work->a_trans ? TRANS : NO_TRANS, NO_TRANS, m, n, k, 1.0f, a,
                work->a_trans ? m : k, b, n, 0.0f, c, n);
  }
}

static double best_openblas(const struct work *work, const struct wc_bench_setup *setup,
                            double seconds) {
  struct openblas blas;
  size_t a_elems = 0, b_elems = 0, c_elems = 0;
  for (unsigned p = 0; p < work->n; p++) {
    const size_t m = (size_t)work->size[p].m, n = (size_t)work->size[p].n,
                 k = (size_t)work->size[p].k;
    a_elems = m * k > a_elems ? m * k : a_elems;
    b_elems = k * n > b_elems ? k * n : b_elems;
    c_elems = m * n > c_elems ? m * n : c_elems;
  }
  float *a = make_matrix(a_elems, 1), *b = make_matrix(b_elems, 1), *c = make_matrix(c_elems, 1);
  if (a == NULL || b == NULL || c == NULL || !openblas_open(setup->openblas, &blas))
    return -1;
  blas.set_threads((int)setup->threads);
  const double end = wc_bench_now(WC_BENCH_WALL) + seconds;
  double best = 1e9;
  for (int i = 0; i < 1 || wc_bench_now(WC_BENCH_WALL) < end; i++) {
    const double start = wc_bench_now(setup->clock);
    run_openblas(&blas, work, a, b, c);
    const double took = wc_bench_now(setup->clock) - start;
    best = took < best ? took : best;
  }
  return best;
}

/* In a process of its own: OpenBLAS' threads spin after a call, and end with the process. */
static double openblas_apart(const struct work *work, const struct wc_bench_setup *setup,
                             double seconds) {
  double best = -1;
  int ends[2];
  if (pipe(ends) != 0)
    return -1;
  const pid_t child = fork();
  if (child == 0) {
    best = best_openblas(work, setup, seconds);
    _exit(write(ends[1], &best, sizeof best) == sizeof best ? 0 : 1);
  }
  close(ends[1]);
  if (child < 0 || read(ends[0], &best, sizeof best) != (ssize_t)sizeof best)
    best = -1;
  close(ends[0]);
  if (child > 0)
    waitpid(child, NULL, 0);
  return best;
}

static void measure(const struct wc_exec *exec, const struct work *work,
                    const struct wc_bench_setup *setup, struct wc_bench_gemm *gemm) {
  const bool compare = wc_bench_has_openblas(setup->openblas);
  const double seconds = setup->seconds / (2 * ROUNDS);
  gemm->seconds = 1e9;
  gemm->openblas_seconds = compare ? 1e9 : -1;
  for (int i = 0; i < ROUNDS; i++) {
    const double ours = best_ours(exec, work, setup, seconds);
    const double theirs = compare ? openblas_apart(work, setup, seconds) : -1;
    gemm->seconds = ours < gemm->seconds ? ours : gemm->seconds;
    gemm->openblas_seconds = theirs < gemm->openblas_seconds ? theirs : gemm->openblas_seconds;
  }
}

static struct conv conv_of(const struct wc_graph *g, const struct wc_node *node, uint32_t images) {
  const struct wc_tensor *x = &g->tensors[node->in[0]], *y = &g->tensors[node->out[0]];
  return (struct conv){images,    x->c,        y->c, node->r, node->s, node->stride,
                       node->pad, node->pad_x, x->h, x->w,    y->h,    y->w};
}

static bool seen_before(const struct wc_graph *g, uint32_t node) {
  const struct conv c = conv_of(g, &g->nodes[node], 1);
  for (uint32_t i = 0; i < node; i++) {
    const struct conv other = conv_of(g, &g->nodes[i], 1);
    if (g->nodes[i].op == WC_N_CONV && memcmp(&c, &other, sizeof c) == 0)
      return true;
  }
  return false;
}

/* The passes to measure: all of each shape's first convolution, but no gradient of the image. */
static uint32_t list_passes(const struct wc_graph *g, const struct wc_bench_setup *setup,
                            struct wc_bench_gemm *gemms, struct work *works) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < g->n_forward; i++) {
    const struct wc_node *node = &g->nodes[i];
    if (node->op != WC_N_CONV || seen_before(g, i))
      continue;
    const struct conv c = conv_of(g, node, setup->images);
    for (enum wc_bench_pass pass = 0; pass < WC_BENCH_PASSES; pass++) {
      if (pass == WC_BENCH_DATA && g->tensors[node->in[0]].grad == WC_NONE)
        continue;
      struct work *work = &works[n];
      plan_pass(&c, pass, work);
      struct wc_bench_gemm *gemm = &gemms[n++];
      *gemm = (struct wc_bench_gemm){node->name, pass, c.ci, c.co, c.r, c.s, c.stride, c.h,
                                     c.w,        0,    0,    0,    0,   0,   0};
      for (unsigned p = 0; p < work->n; p++) {
        const uint64_t m = (uint64_t)work->size[p].m, k = (uint64_t)work->size[p].k;
        gemm->flops += 2 * m * k * (uint64_t)work->size[p].n;
        gemm->m = m > gemm->m ? m : gemm->m;
        gemm->k = k > gemm->k ? k : gemm->k;
        gemm->n = (uint64_t)work->size[p].n;
      }
    }
  }
  return n;
}

static bool open_exec(struct wc_exec *exec, unsigned threads, size_t gbuf_bytes) {
  exec->simd = wc_simd_choose();
  exec->pool = wc_pool_new(threads, NULL, NULL);
  exec->gemm = wc_gemm_scratch_new(threads, 0, 0);
  exec->gbuf = wc_map(gbuf_bytes + WC_GBUF_SLACK);
  if (exec->pool == NULL || exec->gemm == NULL || exec->gbuf == NULL)
    return false;
  for (size_t i = 0; i + 2 <= gbuf_bytes; i += 2) { /* halves between -2 and 2 */
    exec->gbuf[i] = (uint8_t)(i * 37 >> 3);
    exec->gbuf[i + 1] = (uint8_t)(0x30 + (i >> 1) % 12 + (i >> 4) % 2 * 0x80);
  }
  return true;
}

bool wc_bench_gemms(const struct wc_graph *graph, const struct wc_bench_setup *setup,
                    wc_bench_progress_fn progress, struct wc_bench_gemm **gemms, uint32_t *n,
                    struct wc_report *why) {
  struct wc_exec exec = {.gbuf = NULL};
  size_t gbuf_bytes = 0;
  *gemms = calloc(WC_BENCH_PASSES * (size_t)graph->n_forward, sizeof **gemms);
  struct work *works = calloc(WC_BENCH_PASSES * (size_t)graph->n_forward, sizeof *works);
  bool ok = *gemms != NULL && works != NULL;
  *n = ok ? list_passes(graph, setup, *gemms, works) : 0;
  for (uint32_t i = 0; i < *n; i++)
    gbuf_bytes = works[i].gbuf_bytes > gbuf_bytes ? works[i].gbuf_bytes : gbuf_bytes;
  ok = ok && open_exec(&exec, setup->threads, gbuf_bytes);
  for (uint32_t i = 0; ok && i < *n; i++) {
    measure(&exec, &works[i], setup, &(*gemms)[i]);
    if (progress != NULL)
      progress(i + 1, *n);
  }
  wc_pool_delete(exec.pool);
  wc_gemm_scratch_delete(exec.gemm);
  wc_unmap(exec.gbuf, gbuf_bytes + WC_GBUF_SLACK);
  free(works);
  return ok || wc_fail(why, "out of memory for the GEMMs of %s", graph->name);
}

static void peak_task(void *arg, size_t task, unsigned worker) {
  uint64_t *done = arg;
  (void)worker;
  done[task] = wc_peak_run(UINT64_C(1) << 22);
}

double wc_bench_peak(unsigned threads, enum wc_bench_clock clock) {
  enum { REPEATS = 5, MOST = 256 };
  uint64_t done[MOST];
  threads = threads < MOST ? threads : MOST;
  struct wc_pool *pool = wc_pool_new(threads, NULL, NULL);
  double best = 0;
  for (int i = 0; pool != NULL && i < REPEATS; i++) {
    const double start = wc_bench_now(clock);
    wc_pool_run(pool, 0, threads, peak_task, done);
    const double took = wc_bench_now(clock) - start;
    uint64_t sum = 0;
    for (unsigned k = 0; k < threads; k++)
      sum += done[k];
    best = (double)sum / took > best ? (double)sum / took : best;
  }
  wc_pool_delete(pool);
  return best;
}
