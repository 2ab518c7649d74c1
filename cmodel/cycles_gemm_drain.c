/* Banks of accumulators: preload of partials, drain into C. */
#include "cycles_gemm.h"

/* ---- pieces of C and P ---------------------------------------------------------------------- */

static void start_rows(struct cyc_rows *r, const struct cyc_shape *s, unsigned shift, uint64_t base,
                       const int32_t strides[3]) {
  r->shape = s;
  r->m = (struct cyc_index){.d1 = s->m1, .d0 = s->m0};
  r->base = base;
  r->s2 = (uint64_t)(int64_t)strides[0];
  r->s1 = (uint64_t)(int64_t)strides[1];
  r->s0 = (uint64_t)(int64_t)strides[2];
  r->shift = shift;
  wc_cyc_loop_start(&r->loop, s, false, true);
}

static uint32_t least(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

static uint64_t address(const struct cyc_rows *r) {
  return r->base + wc_cyc_index_sum(&r->m, r->s2, r->s1, r->s0) +
         ((uint64_t)(r->loop.column + r->col) << r->shift);
}

/* On to the next tile. Returns what the last row of one completes. */
static uint32_t end_tile(struct cyc_rows *r) {
  const struct cyc_loop *l = &r->loop;
  const uint32_t end = l->last_n && l->last_m ? CYC_TILE | CYC_END : CYC_TILE;
  wc_cyc_index_do(&r->m, l->last_t && l->last_n ? CYC_MARK : CYC_RESTART, 1);
  r->row = 0;
  r->naming = !l->last_t;
  wc_cyc_loop_next(&r->loop);
  return r->naming ? CYC_ROW : CYC_ROW | end;
}

/* Whether the row and the next fill the halves of an accumulator row and lie side by side. */
static bool both(const struct cyc_rows *r) {
  const struct cyc_shape *s = r->shape;
  return s->folded && r->row % 2 == 0 && r->row != r->loop.rows - 1 && r->m.i0 + 1 != r->m.d0 &&
         2 * s->n == s->cols && r->s0 == (uint64_t)s->n << r->shift;
}

static uint32_t columns(const struct cyc_rows *r) {
  return r->both ? r->shape->cols : r->loop.cols;
}

/* On to the next piece. Returns what the last one completes. */
static uint32_t advance(struct cyc_rows *r) {
  if (r->count != columns(r) - r->col) {
    r->col += r->count;
    return 0;
  }
  r->col = 0;
  if (r->both) {
    r->row++;
    wc_cyc_index_do(&r->m, CYC_STEP, 1);
  }
  if (r->row == r->loop.rows - 1)
    return end_tile(r);
  r->row++;
  wc_cyc_index_do(&r->m, CYC_STEP, 1);
  return r->shape->folded && r->row % 2 != 0 ? 0 : CYC_ROW;
}

/* Rows that are one piece each, but for the tile's last. */
static void name_whole(struct cyc_rows *r) {
  if (r->shape->folded)
    return;
  const uint32_t rows = r->loop.rows - 1;
  while (r->col == 0 && r->row < rows && r->list.end < CYC_AHEAD) {
    uint64_t addr = address(r);
    const uint32_t most = least(least(r->m.d0 - r->m.i0, rows - r->row), CYC_AHEAD - r->list.end);
    uint32_t n = 0;
    for (; n < most && r->loop.cols <= wc_cyc_line_left(r->shape, addr, r->shift); n++) {
      wc_cyc_list_put(&r->list, CYC_ROW | wc_cyc_ask(r->shape, addr));
      addr += r->s0;
    }
    r->row += n;
    wc_cyc_index_do(&r->m, CYC_STEP, n);
    if (n < most)
      return;
  }
}

void wc_cyc_rows_fill(struct cyc_rows *r) {
  struct cyc_list *l = &r->list;
  wc_cyc_list_clear(l, r->shape->bank_mask);
  while (r->naming && l->end < CYC_AHEAD) {
    if (!r->shape->plain)
      name_whole(r);
    if (l->end == CYC_AHEAD)
      return;
    const uint64_t addr = address(r);
    if (r->col == 0)
      r->both = both(r);
    r->count = least(columns(r) - r->col, wc_cyc_line_left(r->shape, addr, r->shift));
    wc_cyc_list_put(l, wc_cyc_ask(r->shape, addr) | advance(r));
  }
}

static void begin_block(struct cyc_rows *r) {
  r->run = r->naming = true;
  wc_cyc_rows_fill(r);
}

static uint32_t take(struct cyc_rows *r) {
  const uint32_t piece = r->list.piece[r->list.at++];
  if (piece & CYC_TILE)
    r->run = false;
  else if (r->list.at == r->list.end)
    wc_cyc_rows_fill(r);
  return piece;
}

/* ---- banks ---------------------------------------------------------------------------------- */

void wc_cyc_drain_start(struct cyc_drain *d, const struct cyc_shape *s) {
  const struct wc_gemm *g = s->cmd;
  d->loads = g->preload;
  start_rows(&d->c, s, g->c_fp32 ? 2 : 1, g->c_base, (int32_t[]){g->c_s2, g->c_s1, g->c_s0});
  start_rows(&d->p, s, 2, g->p_base, (int32_t[]){g->p_s2, g->p_s1, g->p_s0});
}

/* Lines on their way to the port (wc_gemm_out.sv). Returns the piece that is named. */
static uint32_t tick_out(struct cyc_drain *d, bool granted) {
  if (d->stage[2] != 0 && !granted)
    return 0;
  d->stage[2] = d->stage[1];
  d->stage[1] = d->stage[0];
  d->stage[0] = d->c.run && d->sent != d->complete[d->name_bank] ? take(&d->c) : 0;
  return d->stage[0];
}

static void tick_in(struct cyc_drain *d, bool granted) {
  const bool taken = d->p.run && wc_cyc_fetch_ready(&d->in, granted);
  const uint32_t piece = taken ? take(&d->p) : 0, last = piece & CYC_TILE;
  if (last)
    d->load_end = (piece & CYC_END) != 0;
  wc_cyc_fetch_tick(&d->in, granted, piece, last);
}

/* What ends in a cycle: the lines of a block are all named, written, a block of P is there. */
struct ends {
  bool named, drained, loaded;
};

static enum cyc_acc next_state(const struct cyc_drain *d, unsigned bank, const struct ends *ends,
                               const struct cyc_acc_events *e) {
  if (ends->drained && d->drain_bank == bank)
    return CYC_EMPTY;
  if (ends->named && d->name_bank == bank)
    return CYC_LEFT;
  if (e->closed >> bank & 1)
    return CYC_FULL;
  if (e->taken >> bank & 1)
    return CYC_TAKEN;
  if (ends->loaded && d->load_bank == bank)
    return CYC_LOADED;
  return d->bank[bank];
}

static void tick_banks(struct cyc_drain *d, const struct ends *ends,
                       const struct cyc_acc_events *e) {
  for (unsigned b = 0; b < 2; b++) {
    d->bank[b] = next_state(d, b, ends, e);
    d->complete[b] = ends->named && d->name_bank == b ? 0 : d->complete[b] + (e->row_done >> b & 1);
  }
  d->name_bank ^= ends->named;
  d->drain_bank ^= ends->drained;
  d->load_bank ^= ends->loaded;
}

bool wc_cyc_drain_rests(const struct cyc_drain *d) {
  return !d->c.run && (d->stage[0] | d->stage[1] | d->stage[2]) == 0 && !d->loading &&
         d->bank[d->name_bank] != CYC_FULL && !(d->loads && d->bank[d->load_bank] == CYC_EMPTY);
}

void wc_cyc_drain_tick(struct cyc_drain *d, bool granted_c, bool granted_p,
                       const struct cyc_acc_events *e) {
  if ((e->taken | e->closed | e->row_done) == 0 && wc_cyc_drain_rests(d))
    return;
  const bool end = (d->stage[2] & CYC_END) != 0, load_end = d->load_end;
  const bool load_go = !d->loading && d->loads && d->bank[d->load_bank] == CYC_EMPTY;
  struct ends ends = {.drained = granted_c && (d->stage[2] & CYC_TILE) != 0,
                      .loaded = d->in.out != 0};
  const bool idle = !d->c.run;
  const uint32_t piece = tick_out(d, granted_c);
  ends.named = (piece & CYC_TILE) != 0;
  const bool drain_go = (idle || ends.named) && d->bank[d->name_bank ^ ends.named] == CYC_FULL;
  d->sent = ends.named ? 0 : d->sent + ((piece & CYC_ROW) != 0);
  tick_in(d, granted_p);
  tick_banks(d, &ends, e);
  d->done = ends.drained && end;
  if (ends.loaded && load_end)
    d->loads = false;
  d->loading = load_go || (d->loading && !ends.loaded);
  if (drain_go)
    begin_block(&d->c);
  if (load_go)
    begin_block(&d->p);
}
