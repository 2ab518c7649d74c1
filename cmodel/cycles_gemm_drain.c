/* Banks of accumulators: preload of partials, drain into C. */
#include <stddef.h>

#include "cycles_gemm.h"

/* ---- pieces of C and P ---------------------------------------------------------------------- */

static void start_rows(struct cyc_rows *r, const struct cyc_shape *s, unsigned shift, uint64_t base,
                       const int32_t strides[3]) {
  *r = (struct cyc_rows){.shape = s,
                         .m = {.d1 = s->m1, .d0 = s->m0},
                         .base = base,
                         .s2 = (uint64_t)(int64_t)strides[0],
                         .s1 = (uint64_t)(int64_t)strides[1],
                         .s0 = (uint64_t)(int64_t)strides[2],
                         .shift = shift};
  wc_cyc_loop_start(&r->loop, s, false, true);
}

static void name_piece(struct cyc_rows *r) {
  const uint64_t addr = r->base + wc_cyc_index_sum(&r->m, r->s2, r->s1, r->s0) +
                        ((uint64_t)(r->loop.column + r->col) << r->shift);
  const uint32_t left = r->loop.cols - r->col, line = wc_cyc_line_left(r->shape, addr, r->shift);
  r->count = left < line ? left : line;
  r->bank = wc_cyc_bank(r->shape, addr);
}

static void begin_block(struct cyc_rows *r) {
  r->run = true;
  name_piece(r);
}

static bool ends_row(const struct cyc_rows *r) {
  return r->count == r->loop.cols - r->col;
}

static bool ends_block(const struct cyc_rows *r) {
  return ends_row(r) && r->row == r->loop.rows - 1 && r->loop.last_t;
}

static void end_tile(struct cyc_rows *r) {
  const struct cyc_loop *l = &r->loop;
  wc_cyc_index_do(&r->m, l->last_t && l->last_n ? CYC_MARK : CYC_RESTART, 1);
  r->row = 0;
  r->run = !l->last_t;
  wc_cyc_loop_next(&r->loop);
}

/* The piece is taken: on to the next. */
static void advance(struct cyc_rows *r) {
  if (!ends_row(r)) {
    r->col += r->count;
  } else {
    r->col = 0;
    if (r->row == r->loop.rows - 1) {
      end_tile(r);
    } else {
      r->row++;
      wc_cyc_index_do(&r->m, CYC_STEP, 1);
    }
  }
  if (r->run)
    name_piece(r);
}

/* ---- banks ---------------------------------------------------------------------------------- */

void wc_cyc_drain_start(struct cyc_drain *d, const struct cyc_shape *s) {
  const struct wc_gemm *g = s->cmd;
  *d = (struct cyc_drain){.loads = g->preload};
  start_rows(&d->c, s, g->c_fp32 ? 2 : 1, g->c_base, (int32_t[]){g->c_s2, g->c_s1, g->c_s0});
  start_rows(&d->p, s, 2, g->p_base, (int32_t[]){g->p_s2, g->p_s1, g->p_s0});
}

/* Lines on their way to the port (wc_gemm_out.sv). Returns whether a row is drained. */
static bool tick_out(struct cyc_drain *d, bool granted) {
  struct cyc_rows *c = &d->c;
  if (d->stage[2].valid && !granted)
    return false;
  d->stage[2] = d->stage[1];
  d->stage[1] = d->stage[0];
  d->stage[0] = (struct cyc_line){0};
  if (!c->run || d->sent == d->complete[d->drain_bank])
    return false;
  const bool row_end = ends_row(c);
  d->stage[0] = (struct cyc_line){true, ends_block(c), c->bank};
  if (d->stage[0].last)
    d->drain_end = c->loop.last_n && c->loop.last_m;
  advance(c);
  return row_end;
}

static void tick_in(struct cyc_drain *d, bool granted) {
  struct cyc_rows *p = &d->p;
  struct cyc_piece piece;
  const bool taken = p->run && wc_cyc_fetch_ready(&d->in, granted);
  if (taken) {
    piece = (struct cyc_piece){true, p->bank, ends_block(p)};
    if (piece.tag)
      d->load_end = p->loop.last_n && p->loop.last_m;
    advance(p);
  }
  wc_cyc_fetch_tick(&d->in, granted, taken ? &piece : NULL);
}

static enum cyc_acc next_state(const struct cyc_drain *d, unsigned bank, bool drained, bool loaded,
                               const struct cyc_acc_events *e) {
  if (drained && d->drain_bank == bank)
    return CYC_EMPTY;
  if (e->closed >> bank & 1)
    return CYC_FULL;
  if (e->taken >> bank & 1)
    return CYC_TAKEN;
  if (loaded && d->load_bank == bank)
    return CYC_LOADED;
  return d->bank[bank];
}

static void tick_banks(struct cyc_drain *d, bool drained, bool loaded,
                       const struct cyc_acc_events *e) {
  for (unsigned b = 0; b < 2; b++) {
    d->bank[b] = next_state(d, b, drained, loaded, e);
    d->complete[b] = drained && d->drain_bank == b ? 0 : d->complete[b] + (e->row_done >> b & 1);
  }
  d->drain_bank ^= drained;
  d->load_bank ^= loaded;
}

/* Neither at work nor about to be, and no bank changes. */
static bool rests(const struct cyc_drain *d, const struct cyc_acc_events *e) {
  return d->task == CYC_NONE && (e->taken | e->closed | e->row_done) == 0 &&
         d->bank[d->drain_bank] != CYC_FULL && !(d->loads && d->bank[d->load_bank] == CYC_EMPTY);
}

void wc_cyc_drain_tick(struct cyc_drain *d, bool granted, const struct cyc_acc_events *e) {
  if (rests(d, e))
    return;
  const struct cyc_line *line = &d->stage[2];
  const bool writes = line->valid;
  const bool drained = writes && granted && line->last;
  const bool loaded = d->in.out != 0;
  const bool drain_go = d->task == CYC_NONE && d->bank[d->drain_bank] == CYC_FULL;
  const bool load_go =
      d->task == CYC_NONE && !drain_go && d->loads && d->bank[d->load_bank] == CYC_EMPTY;
  const bool drain_end = d->drain_end, load_end = d->load_end;

  const bool row_end = tick_out(d, granted);
  d->sent = drained ? 0 : d->sent + row_end;
  tick_in(d, granted && !writes);
  tick_banks(d, drained, loaded, e);
  d->done = drained && drain_end;
  if (loaded && load_end)
    d->loads = false;
  if (drain_go) {
    d->task = CYC_DRAIN;
    begin_block(&d->c);
  } else if (load_go) {
    d->task = CYC_LOAD;
    begin_block(&d->p);
  } else if ((d->task == CYC_DRAIN && drained) || (d->task == CYC_LOAD && loaded)) {
    d->task = CYC_NONE;
  }
}
