/* VEC: rows of d0 elements, taken in the order of (i3, i2, p), cut into strips of a few hundred
 * elements that stay in the first-level cache. A strip is read, run through the program one
 * step after another, written and reduced. Only the order within a reduction chain matters for
 * the bits, and every chain stays inside one task and sees its rows in ascending order. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exec.h"
#include "fp16.h"
#include "vec_plan.h"
#include "vec_rows.h"
#include "vec_scalar.h"

enum {
  STRIP = 512, /* elements of an array; a chunk of d0 is never longer */
  ARRAY = STRIP + VEC_PAD,
  SERIAL = 2048, /* commands of fewer elements run on one thread */
};

/* Rows of a strip that share (i3, i2). */
struct segment {
  int64_t i3, i2, p, n;
  size_t at; /* first element in the strip's arrays */
};

struct wc_vec_scratch {
  _Alignas(64) float array[VEC_ARRAYS][ARRAY];
  _Alignas(64) float chain[WC_VEC_OUTPUTS][WC_CHAINS * STRIP + VEC_PAD];
  struct segment segment[STRIP];
  uint32_t constant[VEC_RESULT]; /* bits that the arrays of constants hold */
  size_t filled[VEC_RESULT];     /* in so many of their elements */
};

struct wc_vec_scratch *wc_vec_scratch_new(unsigned workers) {
  const size_t bytes = workers * sizeof(struct wc_vec_scratch);
  struct wc_vec_scratch *scratch = aligned_alloc(64, bytes);
  if (scratch != NULL)
    memset(scratch, 0, bytes);
  return scratch;
}

void wc_vec_scratch_delete(struct wc_vec_scratch *scratch) {
  free(scratch);
}

/* One command, cut into tasks: chunks of d0 times ranges of rows (of whole planes (i3, i2) when
 * there is a reduction). */
struct job {
  const struct wc_exec *exec;
  const struct vec_kernels *kernels;
  struct vec_plan plan;
  int64_t rows, chunk;      /* all rows; elements of d0 in a chunk */
  int64_t parts, part_rows; /* ranges of rows, rows in each but the last */
};

/* A task's view. */
struct run {
  const struct job *job;
  struct wc_vec_scratch *s;
  int64_t i0, width;             /* the chunk */
  int64_t n;                     /* rows of the strip */
  const struct segment *segment; /* the strip in parts that share (i3, i2) */
  size_t segments;
  const uint8_t *held[WC_VEC_INPUTS]; /* row that an input's array repeats, or NULL */
  int64_t held_rows[WC_VEC_INPUTS];
};

/* Cuts the @n rows from @row on where (i3, i2) changes. */
static void cut_strip(struct run *run, int64_t row, int64_t n) {
  const struct vec_plan *plan = &run->job->plan;
  const int64_t plane = row / plan->d1;
  struct segment seg = {
      .i3 = plane / plan->d2, .i2 = plane % plan->d2, .p = row % plan->d1, .at = 0};
  run->n = n;
  run->segment = run->s->segment;
  run->segments = 0;
  while (n > 0) {
    const int64_t in_plane = plan->d1 - seg.p;
    seg.n = n < in_plane ? n : in_plane;
    run->s->segment[run->segments++] = seg;
    n -= seg.n;
    seg.at += (size_t)(seg.n * run->width);
    seg.p = 0;
    if (++seg.i2 == plan->d2) {
      seg.i2 = 0;
      seg.i3++;
    }
  }
}

static int64_t chunk_bytes(const struct vec_access *a, int64_t i0) {
  return a->type == WC_T_BIT ? i0 / 8 : i0 * a->s0 * (int64_t)wc_type_bytes(a->type);
}

/* Address of the chunk in plane (i3, i2). */
static uint8_t *plane_address(const struct run *run, const struct vec_access *a,
                              const struct segment *seg) {
  return run->job->exec->gbuf + a->base + seg->i3 * a->s3 + seg->i2 * a->s2 +
         chunk_bytes(a, run->i0);
}

static struct vec_rows rows_of(const struct run *run, const struct vec_access *a) {
  return (struct vec_rows){.kernels = run->job->kernels,
                           .type = a->type,
                           .s0 = a->s0,
                           .row_bytes = a->s1,
                           .width = (size_t)run->width};
}

static void read_input(struct run *run, unsigned index) {
  const struct vec_access *a = &run->job->plan.in[index];
  const struct vec_rows rows = rows_of(run, a);
  const bool holds = a->s1 == 0 && run->segments == 1;
  for (size_t i = 0; i < run->segments; i++) {
    const struct segment *seg = &run->segment[i];
    const uint8_t *at = plane_address(run, a, seg) + seg->p * a->s1;
    if (holds && run->held[index] == at && run->held_rows[index] >= seg->n)
      return;
    wc_vec_rows_read(&rows, run->s->array[index] + seg->at, at, (size_t)seg->n);
    run->held[index] = holds ? at : NULL;
    run->held_rows[index] = seg->n;
  }
}

static void run_steps(const struct run *run) {
  const struct vec_plan *plan = &run->job->plan;
  float(*const array)[ARRAY] = run->s->array;
  const size_t n = (size_t)(run->n * run->width);
  for (unsigned i = 0; i < plan->n_uops; i++) {
    const struct vec_uop *uop = &plan->uop[i];
    const struct vec_args args = {.r = array[uop->r],
                                  .r2 = array[uop->r2],
                                  .a = array[uop->a],
                                  .b = array[uop->b],
                                  .c = array[uop->c],
                                  .t = array[uop->t],
                                  .u = array[uop->u],
                                  .flip_a = uop->flip_a,
                                  .flip_c = uop->flip_c,
                                  .n = (n + VEC_PAD - 1) / VEC_PAD * VEC_PAD};
    uop->fn(&args);
  }
}

static void write_output(const struct run *run, unsigned index) {
  const struct vec_access *a = &run->job->plan.out[index];
  const struct vec_rows rows = rows_of(run, a);
  const float *src = run->s->array[run->job->plan.out_array[index]];
  for (size_t i = 0; i < run->segments; i++) {
    const struct segment *seg = &run->segment[i];
    wc_vec_rows_write(&rows, plane_address(run, a, seg) + seg->p * a->s1, src + seg->at,
                      (size_t)seg->n);
  }
}

static void chains_start(const struct run *run, unsigned index, const struct segment *seg) {
  const struct wc_stream *stream = &run->job->plan.stream[index];
  const struct vec_access *a = &run->job->plan.out[index];
  float *chain = run->s->chain[index];
  const size_t chains = stream->chains ? WC_CHAINS : 1;
  if (stream->load) {
    const struct vec_rows rows = rows_of(run, a);
    wc_vec_rows_read(&rows, chain, plane_address(run, a, seg), chains);
    return;
  }
  const float identity = stream->reduce == 2 ? -INFINITY : 0.0f;
  for (size_t i = 0; i < chains * (size_t)run->width; i++)
    chain[i] = identity;
}

/* Rows p .. p+n-1 go to chains (p + phase) mod 8 and on. Consecutive rows meet consecutive
 * chains, so whole groups of eight are one long vector. */
static void chains_add(const struct run *run, unsigned index, const struct segment *seg) {
  const struct vec_plan *plan = &run->job->plan;
  const struct wc_stream *stream = &plan->stream[index];
  const struct vec_kernels *kernels = run->job->kernels;
  const vec_reduce_fn reduce = stream->reduce == 2 ? kernels->max : kernels->sum;
  const size_t width = (size_t)run->width;
  const float *x = run->s->array[plan->out_array[index]] + seg->at;
  float *chain = run->s->chain[index];
  if (!stream->chains) {
    reduce(chain, x, width, (size_t)seg->n);
    return;
  }
  size_t c = (size_t)(seg->p + stream->phase) % WC_CHAINS, left = (size_t)seg->n;
  while (left > 0) {
    const size_t groups = c == 0 ? left / WC_CHAINS : 0;
    const size_t span = groups > 0 ? WC_CHAINS : left < WC_CHAINS - c ? left : WC_CHAINS - c;
    const size_t rows = groups > 0 ? groups * WC_CHAINS : span;
    reduce(chain + c * width, x, span * width, groups > 0 ? groups : 1);
    x += rows * width;
    left -= rows;
    c = (c + rows) % WC_CHAINS;
  }
}

static void chains_finish(const struct run *run, unsigned index, const struct segment *seg) {
  const struct wc_stream *stream = &run->job->plan.stream[index];
  const struct vec_access *a = &run->job->plan.out[index];
  const struct vec_rows rows = rows_of(run, a);
  float *chain = run->s->chain[index];
  const size_t width = (size_t)run->width;
  if (stream->chains && !stream->keep) {
    for (size_t apart = 1; apart < WC_CHAINS; apart *= 2) {
      for (size_t c = 0; c < WC_CHAINS; c += 2 * apart) {
        float *left = chain + c * width;
        const float *right = left + apart * width;
        (stream->reduce == 2 ? run->job->kernels->max : run->job->kernels->sum)(left, right, width,
                                                                                1);
      }
    }
  }
  wc_vec_rows_write(&rows, plane_address(run, a, seg), chain, stream->keep ? WC_CHAINS : 1);
}

static void reduce_output(const struct run *run, unsigned index) {
  const int64_t d1 = run->job->plan.d1;
  for (size_t i = 0; i < run->segments; i++) {
    const struct segment *seg = &run->segment[i];
    if (seg->p == 0)
      chains_start(run, index, seg);
    chains_add(run, index, seg);
    if (seg->p + seg->n == d1)
      chains_finish(run, index, seg);
  }
}

static void run_strip(struct run *run) {
  const struct vec_plan *plan = &run->job->plan;
  for (unsigned i = 0; i < plan->n_in; i++)
    read_input(run, i);
  run_steps(run);
  for (unsigned i = 0; i < plan->n_out; i++) {
    if (!plan->stream[i].reduce)
      write_output(run, i);
  }
  for (unsigned i = 0; i < plan->n_out; i++) {
    if (plan->stream[i].reduce)
      reduce_output(run, i);
  }
}

static int64_t ceil_div(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

/* Arrays of constants keep what a command before put there. */
static void fill_constants(const struct vec_plan *plan, struct wc_vec_scratch *s, size_t n) {
  for (unsigned i = WC_S_ZERO; i < VEC_RESULT; i++) {
    if (!(plan->constants >> i & 1))
      continue;
    const uint32_t bits = wc_fp32_bits(plan->value[i]);
    if (bits != s->constant[i])
      s->filled[i] = 0;
    for (size_t j = s->filled[i]; j < n + VEC_PAD; j++)
      s->array[i][j] = plan->value[i];
    s->constant[i] = bits;
    s->filled[i] = n + VEC_PAD > s->filled[i] ? n + VEC_PAD : s->filled[i];
  }
}

/* Rows of a strip. Planes that fill half a strip are cut evenly, so that no strip holds parts of
 * two and repeated rows stay in place. */
static int64_t strip_rows(const struct vec_plan *plan, int64_t width) {
  const int64_t most = STRIP / width;
  if (plan->d1 * 2 <= most)
    return most;
  return ceil_div(plan->d1, ceil_div(plan->d1, most));
}

static void run_task(void *arg, size_t task, unsigned worker) {
  const struct job *job = arg;
  const struct vec_plan *plan = &job->plan;
  const int64_t chunk = (int64_t)task / job->parts, part = (int64_t)task % job->parts;
  struct run run = {.job = job, .s = &job->exec->vec[worker], .i0 = chunk * job->chunk};
  const int64_t left = plan->d0 - run.i0;
  run.width = left < job->chunk ? left : job->chunk;
  const int64_t from = part * job->part_rows;
  const int64_t to = from + job->part_rows < job->rows ? from + job->part_rows : job->rows;
  const int64_t rows = strip_rows(plan, run.width), most = rows < to - from ? rows : to - from;
  const bool evenly = plan->d1 * 2 > STRIP / run.width;
  fill_constants(plan, run.s, (size_t)(most * run.width));
  for (int64_t row = from; row < to;) {
    const int64_t in_plane = plan->d1 - row % plan->d1;
    int64_t n = to - row < rows ? to - row : rows;
    n = evenly && in_plane < n ? in_plane : n;
    cut_strip(&run, row, n);
    run_strip(&run);
    row += n;
  }
}

/* Cuts the command so that @workers have something to do; returns the number of tasks. */
static int64_t cut(struct job *job, int64_t workers) {
  const struct vec_plan *plan = &job->plan;
  const int64_t planes = plan->d2 * plan->d3, unit = plan->reduces ? plan->d1 : 1;
  job->rows = planes * plan->d1;
  job->chunk = plan->d0 < STRIP ? plan->d0 : STRIP;
  const int64_t units = job->rows / unit; /* of rows that must stay together */
  if (workers > 1 && units < workers && plan->d0 >= 16 * workers) {
    const int64_t share = ceil_div(ceil_div(plan->d0, workers), 8) * 8;
    job->chunk = share < job->chunk ? share : job->chunk;
  }
  const int64_t chunks = ceil_div(plan->d0, job->chunk);
  const int64_t wanted = workers == 1 ? 1 : ceil_div(4 * workers, chunks);
  job->part_rows = ceil_div(units, wanted < units ? wanted : units) * unit;
  job->parts = ceil_div(job->rows, job->part_rows);
  return chunks * job->parts;
}

void wc_exec_vec(const struct wc_exec *exec, const struct wc_cmd *cmd) {
  struct job job = {.exec = exec, .kernels = wc_vec_kernels(exec->simd)};
  wc_vec_plan(cmd, job.kernels, &job.plan);
  const struct vec_plan *plan = &job.plan;
  const bool serial = plan->d0 * plan->d1 < ceil_div(SERIAL, plan->d2 * plan->d3);
  const int64_t tasks = cut(&job, serial ? 1 : wc_pool_threads(exec->pool));
  if (serial) {
    for (int64_t i = 0; i < tasks; i++)
      run_task(&job, (size_t)i, exec->worker);
  } else {
    wc_pool_run(exec->pool, exec->worker, (size_t)tasks, run_task, &job);
  }
}
