/* The blocked GEMM. Columns are cut into blocks, depth into groups whose packed B fits its
 * memory, rows into blocks that the workers share; where rows are few for the columns they share
 * the columns instead, and each packs its own. Within a row block depth is taken in pieces
 * of GEMM_KC, each of which starts from the sums of the one before: an element's products are
 * added one after another in ascending depth, whatever the cuts. */
#include <stdlib.h>
#include <string.h>

#include "fp16.h"
#include "gemm_block.h"

enum {
  B_FLOATS = 4 << 20,    /* packed B of one column block and depth group */
  B_PAD = 16,            /* floats after a panel */
  SUMS_FLOATS = 1 << 20, /* sums kept from one depth group to the next */
  FEW_ROWS = 1024,       /* with so few rows B is packed in pieces that stay in the cache */
  SERIAL_MACS = 1 << 16, /* smaller commands run on one thread */
  PACK_FLOATS = 1 << 14, /* floats of a task that packs B, about */
  STORE_COLUMNS = 128,   /* sums of a row that are stored together, while they are near */
};

struct wc_gemm_scratch {
  size_t bytes, b_floats, sums_floats;
  float *b;
  float *sums;
  struct gemm_worker *worker;
};

struct wc_gemm_scratch *wc_gemm_scratch_new(unsigned workers, size_t b_floats, size_t sums_floats) {
  struct wc_gemm_scratch *scratch = calloc(1, sizeof *scratch);
  if (scratch == NULL)
    return NULL;
  scratch->b_floats = b_floats != 0 ? b_floats : B_FLOATS;
  scratch->sums_floats = sums_floats != 0 ? sums_floats : SUMS_FLOATS;
  const size_t line = 64 / sizeof(float);
  const size_t b = (scratch->b_floats + GEMM_NC * B_PAD + line - 1) / line * line;
  const size_t sums = (scratch->sums_floats + line - 1) / line * line;
  scratch->bytes = (b + sums) * sizeof(float) + workers * sizeof(struct gemm_worker);
  float *memory = wc_map(scratch->bytes);
  if (memory == NULL) {
    free(scratch);
    return NULL;
  }
  scratch->b = memory;
  scratch->sums = memory + b;
  scratch->worker = (struct gemm_worker *)(void *)(memory + b + sums);
  return scratch;
}

void wc_gemm_scratch_delete(struct wc_gemm_scratch *scratch) {
  if (scratch == NULL)
    return;
  wc_unmap(scratch->b, scratch->bytes);
  free(scratch);
}

/* The part of a command that one round of tasks works on. */
struct round {
  const struct wc_exec *exec;
  const struct gemm_kernels *kernels;
  struct gemm_shape s;
  int64_t x0, nc, panels; /* columns; panels of nr of them */
  int64_t m0, mc_total;   /* rows */
  int64_t group;          /* most depth whose packed B fits */
  int64_t k0, kc_total;   /* depth group */
  int64_t mc, row_blocks; /* rows of a block */
  int64_t column_panels;  /* panels of a task */
  bool first, last;       /* depth group */
};

static int64_t min64(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t ceil_div(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

/* Depth of a task that packs B: all its panels, so that whole rows of B are read at once. */
static int64_t pack_depth(const struct round *round) {
  const int64_t depth = PACK_FLOATS / (round->panels * (int64_t)round->kernels->nr);
  const int64_t least = round->s.g->b_trans ? 96 : 32; /* columns are read in whole cache lines */
  return depth < least ? least : depth;
}

/* Floats from one panel of packed B to the next. The odd line keeps the panels' rows apart in
 * the cache. */
static int64_t b_step(const struct round *round) {
  return round->group * (int64_t)round->kernels->nr + B_PAD;
}

static float *b_panel(const struct round *round, int64_t panel, int64_t k) {
  return round->exec->gemm->b + panel * b_step(round) + k * (int64_t)round->kernels->nr;
}

static void pack_b_task(void *arg, size_t task, unsigned worker) {
  (void)worker;
  const struct round *round = arg;
  const int64_t depth = pack_depth(round), k = (int64_t)task * depth;
  const int64_t kc = min64(depth, round->kc_total - k);
  wc_gemm_pack_b(&round->s, round->kernels, b_panel(round, 0, k), (size_t)b_step(round), round->x0,
                 round->nc, round->k0 + k, kc);
}

/* Reads partials as the array does: a subnormal is a zero of its sign. */
static void load_partials(float *dst, const uint8_t *src, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const uint32_t bits = wc_fp32_bits(wc_fp32_load(src + 4 * i));
    const uint32_t sign = bits & UINT32_C(0x80000000);
    dst[i] = wc_fp32_from_bits(bits & UINT32_C(0x7F800000) ? bits : sign);
  }
}

/* A task: rows m .. m+mc, panels from .. to. */
struct block {
  int64_t m, mc, from, to, x, nc; /* x, nc: its columns */
  float *c;                       /* sums of row m, column x */
  size_t ldc;
};

static void start_block(const struct round *round, const struct block *b) {
  const struct wc_gemm *g = round->s.g;
  struct gemm_triple row = wc_gemm_split(b->m, round->s.row_dims);
  for (int64_t i = 0; i < b->mc; i++) {
    const uint8_t *p = round->s.gbuf + (int64_t)g->p_base + row.i2 * g->p_s2 + row.i1 * g->p_s1 +
                       row.i0 * g->p_s0 + b->x * 4;
    load_partials(b->c + (size_t)i * b->ldc, p, (size_t)b->nc);
    wc_gemm_advance(&row, round->s.row_dims);
  }
}

/* Rows of C that follow each other at a distance of c_s0. */
static int64_t c_run(const struct round *round) {
  const struct wc_gemm *g = round->s.g;
  const struct gemm_triple dims = round->s.row_dims;
  if (g->c_s1 != dims.i0 * g->c_s0)
    return dims.i0;
  return g->c_s2 == dims.i1 * g->c_s1 ? round->s.rows : dims.i0 * dims.i1;
}

/* Stores the finished sums of a block in the columns of its panels @from .. @to. */
static void finish_panels(const struct round *round, const struct block *b, int64_t from,
                          int64_t to) {
  const struct wc_gemm *g = round->s.g;
  const int64_t nr = (int64_t)round->kernels->nr, run = c_run(round);
  const int64_t x = from * nr, n = min64(to * nr, b->nc) - x;
  for (int64_t i = 0; i < b->mc;) {
    const int64_t m = b->m + i, count = min64(b->mc - i, run - m % run);
    const struct gemm_triple row = wc_gemm_split(m, round->s.row_dims);
    uint8_t *c = round->exec->gbuf + (int64_t)g->c_base + row.i2 * g->c_s2 + row.i1 * g->c_s1 +
                 row.i0 * g->c_s0 + (b->x + x) * (g->c_fp32 ? 4 : 2);
    round->kernels->put[g->c_fp32](c, g->c_s0, b->c + (size_t)i * b->ldc + x, b->ldc, (size_t)count,
                                   (size_t)n);
    i += count;
  }
}

/* One depth piece of a block: tiles down a panel of B, panel after panel. */
static void multiply(const struct round *round, const struct gemm_worker *w, const struct block *b,
                     int64_t k, int64_t kc, bool load) {
  const bool last = round->last && k + kc == round->kc_total;
  const struct gemm_kernels *kernels = round->kernels;
  const int64_t mr = (int64_t)kernels->mr, nr = (int64_t)kernels->nr;
  const gemm_tile_fn *tile = kernels->tile[round->s.g->a_trans];
  const size_t step = wc_gemm_a_step(&round->s, kernels);
  const int64_t panels = b->to - b->from, together = STORE_COLUMNS / nr;
  for (int64_t panel = 0; panel < panels; panel++) {
    const float *packed_b = b_panel(round, b->from + panel, k), *a = w->a;
    float *c = b->c + panel * nr;
    for (int64_t i = 0; i < b->mc; i += mr) {
      tile[min64(mr, b->mc - i)]((size_t)kc, a, packed_b, c, b->ldc, load);
      a += step;
      c += (size_t)mr * b->ldc;
    }
    const int64_t done = panel + 1;
    if (last && (done % together == 0 || done == panels))
      finish_panels(round, b, panel / together * together, done);
  }
}

/* Row block @index of column part @part. */
static struct block make_block(const struct round *round, int64_t part, int64_t index,
                               struct gemm_worker *w) {
  const int64_t nr = (int64_t)round->kernels->nr;
  struct block b = {.m = round->m0 + index * round->mc, .from = part * round->column_panels};
  b.mc = min64(round->mc, round->m0 + round->mc_total - b.m);
  b.to = min64(b.from + round->column_panels, round->panels);
  b.x = round->x0 + b.from * nr;
  b.nc = min64(b.to * nr, round->nc) - b.from * nr;
  b.c = w->c;
  b.ldc = (size_t)((b.to - b.from) * nr);
  if (!round->first || !round->last) { /* sums outlive the task */
    b.ldc = (size_t)(round->panels * nr);
    b.c = round->exec->gemm->sums + (size_t)(b.m - round->m0) * b.ldc + (size_t)(b.from * nr);
  }
  return b;
}

static void multiply_block(const struct round *round, int64_t part, int64_t index,
                           unsigned worker) {
  struct gemm_worker *w = &round->exec->gemm->worker[worker];
  const struct block b = make_block(round, part, index, w);
  bool load = !round->first;
  if (round->first && round->s.g->preload) {
    start_block(round, &b);
    load = true;
  }
  const int64_t pieces = ceil_div(round->kc_total, GEMM_KC);
  const int64_t piece = ceil_div(round->kc_total, pieces);
  for (int64_t k = 0; k < round->kc_total; k += piece) {
    const int64_t kc = min64(piece, round->kc_total - k);
    wc_gemm_pack_a(&round->s, round->kernels, w, b.m, b.mc, round->k0 + k, kc);
    multiply(round, w, &b, k, kc, load);
    load = true;
  }
}

static void multiply_task(void *arg, size_t task, unsigned worker) {
  const struct round *round = arg;
  const int64_t part = (int64_t)task / round->row_blocks;
  multiply_block(round, part, (int64_t)task % round->row_blocks, worker);
}

static void start_group(struct round *round, int64_t k0) {
  round->k0 = k0;
  round->kc_total = min64(round->group, round->s.depth - k0);
  round->first = k0 == 0;
  round->last = k0 + round->kc_total == round->s.depth;
}

/* All depth of a part of the columns: its B is packed by who multiplies with it. */
static void columns_task(void *arg, size_t task, unsigned worker) {
  struct round round = *(const struct round *)arg; /* at its own depth */
  const int64_t nr = (int64_t)round.kernels->nr, panel = (int64_t)task * round.column_panels;
  const int64_t n = min64(round.column_panels * nr, round.nc - panel * nr);
  for (int64_t k0 = 0; k0 < round.s.depth; k0 += round.group) {
    start_group(&round, k0);
    wc_gemm_pack_b(&round.s, round.kernels, b_panel(&round, panel, 0), (size_t)b_step(&round),
                   round.x0 + panel * nr, n, k0, round.kc_total);
    for (int64_t i = 0; i < round.row_blocks; i++)
      multiply_block(&round, (int64_t)task, i, worker);
  }
}

static void run_tasks(const struct wc_exec *exec, bool serial, int64_t tasks, wc_pool_fn fn,
                      struct round *round) {
  if (serial) {
    for (int64_t i = 0; i < tasks; i++)
      fn(round, (size_t)i, exec->worker);
  } else {
    wc_pool_run(exec->pool, exec->worker, (size_t)tasks, fn, round);
  }
}

/* Cuts rows so that every worker gets its share of the blocks. */
static void cut_rows(struct round *round, int64_t workers) {
  const int64_t mr = (int64_t)round->kernels->mr, most = GEMM_MC / mr * mr;
  int64_t blocks = ceil_div(round->mc_total, most);
  if (round->mc_total >= workers * 4 * mr)
    blocks = ceil_div(blocks, workers) * workers;
  round->mc = ceil_div(ceil_div(round->mc_total, blocks), mr) * mr;
  round->row_blocks = ceil_div(round->mc_total, round->mc);
}

/* Cuts columns into @parts or fewer; returns how many. */
static int64_t cut_columns(struct round *round, int64_t parts) {
  round->column_panels = ceil_div(round->panels, min64(parts, round->panels));
  return ceil_div(round->panels, round->column_panels);
}

/* Depth groups, one after another, whose packed B all workers read. */
static void share_rows(struct round *round, int64_t workers) {
  const struct wc_exec *exec = round->exec;
  const bool serial = workers == 1;
  for (int64_t k0 = 0; k0 < round->s.depth; k0 += round->group) {
    start_group(round, k0);
    run_tasks(exec, serial, ceil_div(round->kc_total, pack_depth(round)), pack_b_task, round);
    cut_rows(round, workers);
    const int64_t parts = cut_columns(round, ceil_div(workers, round->row_blocks));
    run_tasks(exec, serial, round->row_blocks * parts, multiply_task, round);
  }
}

/* All depth of rows m0 .. m0+mc_total in columns x0 .. x0+nc. Shared columns cost each worker the
 * packing of all of A, shared rows the reading of B that others packed, and waits. */
static void run_part(struct round *round, int64_t workers) {
  if (workers == 1 || round->mc_total > 2 * round->nc || round->panels < 2 * workers) {
    share_rows(round, workers);
    return;
  }
  cut_rows(round, 1);
  run_tasks(round->exec, false, cut_columns(round, workers), columns_task, round);
}

void wc_exec_gemm(const struct wc_exec *exec, const struct wc_gemm *gemm) {
  struct round round = {.exec = exec, .kernels = wc_gemm_kernels(exec->simd)};
  round.s = wc_gemm_shape(exec->gbuf, gemm);
  const struct gemm_shape *s = &round.s;
  const int64_t nr = (int64_t)round.kernels->nr;
  const bool serial = s->rows * s->n < ceil_div(SERIAL_MACS, s->depth);
  const int64_t workers = serial ? 1 : (int64_t)wc_pool_threads(exec->pool);
  const int64_t b_floats = (int64_t)exec->gemm->b_floats;
  int64_t columns = min64(b_floats / s->depth, GEMM_NC) / nr * nr;
  columns = columns < nr ? nr : columns;
  round.group = min64(s->depth, b_floats / columns);
  if (s->rows <= FEW_ROWS && round.group > GEMM_KC)
    round.group = ceil_div(s->depth, ceil_div(s->depth, GEMM_KC));
  const int64_t sums_rows = (int64_t)exec->gemm->sums_floats / columns;
  const int64_t rows = round.group == s->depth ? s->rows : sums_rows;
  for (round.x0 = 0; round.x0 < s->n; round.x0 += columns) {
    round.nc = min64(columns, s->n - round.x0);
    round.panels = ceil_div(round.nc, nr);
    for (round.m0 = 0; round.m0 < s->rows; round.m0 += rows) {
      round.mc_total = min64(rows, s->rows - round.m0);
      run_part(&round, workers);
    }
  }
}
