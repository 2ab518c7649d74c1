/* One node whose single sample, or whose weights beside it, do not fit in the buffer: cut in slabs
 * of rows and in slices of weight columns.
 *
 *   for each slice (columns_outer; else once)
 *     for each piece of the mini-batch (sub_batch samples)
 *       for each pass, for each slab of rows (whole samples: one)
 *         for each slice (not columns_outer; else this one): run
 *
 * Of a node of two passes, samples may be loaded again for the second (by_pass).
 *
 * What does not depend on an inner loop stays in the buffer during it: parameters and sums that
 * are not cut, per-sample operands that every slab touches whole, scratch. */
#include "plan_build.h"

#define MAX_OPERANDS (WC_MAX_IN + WC_MAX_OUT)

enum kind {
  NOT_THERE, /* hyper, or an output nobody reads */
  FIXED,     /* a parameter or sum, uncut */
  SLICED,    /* the weights or their gradient, cut */
  WHOLE,     /* per sample, whole during all slabs */
  ROWS,      /* per sample, cut, or loaded for each pass */
};

struct operand {
  uint32_t tensor;
  char side;
  unsigned index; /* among the inputs, the outputs */
  enum kind kind;
  bool sums;
  uint32_t lo, hi; /* ROWS: in the buffer now */
  uint64_t at;
};

struct tiler {
  const struct wc_planner *p;
  const struct wc_node *node;
  struct wc_solo how;
  struct wc_flow *flow;
  struct operand ops[MAX_OPERANDS];
  unsigned n_ops;
  uint32_t lead_rows, columns; /* in all */
  uint32_t passes, slab;       /* to go through, and rows at a time; whole samples: 1, lead_rows */
  uint64_t scratch;
  /* The run at hand. */
  uint32_t n0, ns, pass, y0, ny, c0, nc;
};

static const struct wc_tensor *tensor_of(const struct tiler *t, const struct operand *op) {
  return &t->p->g->tensors[op->tensor];
}

static void rows_of(const struct tiler *t, const struct operand *op, uint32_t pass, uint32_t y0,
                    uint32_t ny, uint32_t *lo, uint32_t *hi) {
  wc_kernel_rows(t->p->g, t->node, pass, y0, ny, op->side, op->index, lo, hi);
}

static uint32_t slab_rows(const struct tiler *t, uint32_t y0) {
  return t->lead_rows - y0 < t->slab ? t->lead_rows - y0 : t->slab;
}

/* True when every slab that touches the operand touches all its rows. */
static bool always_whole(const struct tiler *t, const struct operand *op) {
  for (uint32_t pass = 0; pass < t->passes; pass++) {
    for (uint32_t y0 = 0; y0 < t->lead_rows; y0 += t->slab) {
      uint32_t lo, hi;
      rows_of(t, op, pass, y0, slab_rows(t, y0), &lo, &hi);
      if (lo < hi && (lo > 0 || hi < tensor_of(t, op)->h)) {
        return false;
      }
    }
  }
  return true;
}

static enum kind kind_of(const struct tiler *t, const struct operand *op) {
  const struct wc_tensor *tensor = tensor_of(t, op);
  if (tensor->role == WC_ROLE_HYPER ||
      (tensor->role == WC_ROLE_MASK && op->side == 'o' && t->p->last_use[op->tensor] == WC_NONE)) {
    return NOT_THERE;
  }
  if (!tensor->per_sample) {
    const bool weights = wc_kernel_can_slice(t->node->op) && tensor->role != WC_ROLE_PARAM;
    return weights && t->how.columns < t->columns ? SLICED : FIXED;
  }
  const bool stays =
      t->how.by_pass ? tensor->role == WC_ROLE_STATS : t->how.slab == 0 || always_whole(t, op);
  return stays ? WHOLE : ROWS;
}

static void add_operand(struct tiler *t, uint32_t tensor, char side, unsigned index) {
  struct operand *op = &t->ops[t->n_ops++];
  *op = (struct operand){.tensor = tensor, .side = side, .index = index};
  op->sums = tensor_of(t, op)->role == WC_ROLE_DPARAM;
  op->kind = kind_of(t, op);
}

static void tiler_init(struct tiler *t, const struct wc_planner *p, const struct wc_solo *how) {
  *t = (struct tiler){.p = p, .node = &p->g->nodes[how->node], .how = *how};
  const struct wc_lead lead = wc_kernel_lead(t->node->op);
  const uint32_t lead_tensor =
      lead.side == 'o' ? t->node->out[lead.index] : t->node->in[lead.index];
  t->lead_rows = p->g->tensors[lead_tensor].h;
  t->columns =
      t->node->op == WC_N_CONV_WGRAD || t->node->op == WC_N_CONV || t->node->op == WC_N_CONV_DGRAD
          ? wc_node_columns(p->g, t->node)
          : how->columns;
  t->passes = how->slab == 0 && !how->by_pass ? 1 : wc_kernel_passes(t->node->op);
  t->slab = how->slab == 0 ? t->lead_rows : how->slab;
  t->scratch = wc_round_up(wc_node_scratch(p, how->node, how->sub_batch), t->p->align);
  for (unsigned i = 0; i < t->node->n_in; i++) {
    add_operand(t, t->node->in[i], 'i', i);
  }
  for (unsigned i = 0; i < t->node->n_out; i++) {
    add_operand(t, t->node->out[i], 'o', i);
  }
}

/* ---- space ---- */

static struct wc_slice slice_of(const struct tiler *t, const struct operand *op, uint32_t c0,
                                uint32_t nc) {
  struct wc_slice slice = wc_slice_all(tensor_of(t, op));
  if (op->kind != SLICED) {
    return slice;
  }
  if (t->node->op == WC_N_CONV_DGRAD) { /* columns of dx are inputs of the weights */
    slice.w0 = c0;
    slice.nw = nc;
  } else {
    slice.c0 = c0;
    slice.nc = nc;
  }
  return slice;
}

static uint64_t rows_bytes(const struct tiler *t, const struct operand *op, uint32_t lo,
                           uint32_t hi) {
  if (lo >= hi) {
    return 0;
  }
  const struct wc_tensor *tensor = tensor_of(t, op);
  if (t->how.slab == 0) {
    return wc_round_up(wc_tensor_pitch(tensor) * t->how.sub_batch, t->p->align);
  }
  return wc_round_up(wc_row_shift(tensor, lo) + (hi - lo) * wc_tensor_row_bytes(tensor) + 1,
                     t->p->align);
}

/* Bytes of an operand that is not cut in rows. */
static uint64_t op_bytes(const struct tiler *t, const struct operand *op) {
  const struct wc_tensor *tensor = tensor_of(t, op);
  uint64_t bytes = 0;
  if (op->kind == FIXED) {
    bytes = wc_tensor_bytes(tensor);
  } else if (op->kind == SLICED) {
    const struct wc_slice s = slice_of(t, op, 0, t->how.columns);
    bytes = (uint64_t)tensor->h * s.nw * s.nc * wc_type_bytes(tensor->type);
  } else if (op->kind == WHOLE) {
    bytes = wc_tensor_pitch(tensor) * t->how.sub_batch;
  }
  return wc_round_up(bytes, t->p->align);
}

/* Bytes that the rows of one slab take in all. */
static uint64_t slab_bytes(const struct tiler *t, uint32_t pass, uint32_t y0) {
  uint64_t bytes = 0;
  for (unsigned i = 0; i < t->n_ops; i++) {
    if (t->ops[i].kind == ROWS) {
      uint32_t lo, hi;
      rows_of(t, &t->ops[i], pass, y0, slab_rows(t, y0), &lo, &hi);
      bytes += rows_bytes(t, &t->ops[i], lo, hi);
    }
  }
  return bytes;
}

uint64_t wc_tile_space(const struct wc_planner *p, const struct wc_solo *how) {
  struct tiler t;
  tiler_init(&t, p, how);
  uint64_t bytes = t.scratch, most = 0;
  for (unsigned i = 0; i < t.n_ops; i++) {
    bytes += op_bytes(&t, &t.ops[i]);
  }
  for (uint32_t pass = 0; pass < t.passes; pass++) {
    for (uint32_t y0 = 0; y0 < t.lead_rows; y0 += t.slab) {
      const uint64_t rows = slab_bytes(&t, pass, y0);
      most = rows > most ? rows : most;
    }
  }
  return bytes + most;
}

/* ---- actions ---- */

static bool take(struct tiler *t, uint64_t bytes, uint64_t *at) {
  return wc_gbuf_take(t->flow->gbuf, bytes, at);
}

/* Operands of @kind take their place at the bottom of what is free; inputs are loaded. */
static bool bring(struct tiler *t, enum kind kind) {
  for (unsigned i = 0; i < t->n_ops; i++) {
    struct operand *op = &t->ops[i];
    if (op->kind != kind) {
      continue;
    }
    t->flow->gbuf->next = t->flow->gbuf->base;
    if (!take(t, op_bytes(t, op), &op->at)) {
      return false;
    }
    if (op->side == 'i' && kind == WHOLE) {
      wc_act_samples(t->flow, WC_ACT_LOAD, op->tensor, t->n0, t->ns, op->at);
    } else if (op->side == 'i') {
      wc_act_param(t->flow, WC_ACT_LOAD, op->tensor, slice_of(t, op, t->c0, t->nc), op->at);
    }
  }
  return true;
}

/* True when the host or a later node reads what the node writes there. */
static bool is_kept(const struct tiler *t, const struct operand *op) {
  return op->side == 'o' && (op->sums || t->p->last_use[op->tensor] != WC_NONE);
}

static void put_away(struct tiler *t, enum kind kind) {
  for (unsigned i = 0; i < t->n_ops; i++) {
    const struct operand *op = &t->ops[i];
    if (op->kind != kind) {
      continue;
    }
    if (is_kept(t, op) && kind == WHOLE) {
      wc_act_samples(t->flow, WC_ACT_STORE, op->tensor, t->n0, t->ns, op->at);
    } else if (is_kept(t, op)) {
      wc_act_param(t->flow, WC_ACT_STORE, op->tensor, slice_of(t, op, t->c0, t->nc), op->at);
    }
    wc_gbuf_give(t->flow->gbuf, op->at);
  }
}

static struct wc_view view_of(const struct tiler *t, const struct operand *op) {
  const struct wc_tensor *tensor = tensor_of(t, op);
  struct wc_view view = {UINT32_MAX, (uint32_t)wc_tensor_pitch(tensor), 0, tensor->h};
  if (op->kind == ROWS) {
    view.y0 = op->lo;
    view.ny = op->hi - op->lo;
    view.gb = view.ny == 0 ? UINT32_MAX : (uint32_t)op->at + wc_row_shift(tensor, op->lo);
  } else if (op->kind != NOT_THERE) {
    view.gb = (uint32_t)op->at;
  } else if (tensor->role == WC_ROLE_HYPER) {
    view.gb = t->p->gb_hyper;
  }
  return view;
}

static void run(struct tiler *t, uint64_t scratch) {
  struct wc_action *act = wc_act(t->flow, WC_ACT_RUN);
  if (act == NULL) {
    return;
  }
  struct wc_run *r = &act->run;
  r->node = t->how.node;
  r->ns = t->ns;
  r->y0 = t->y0;
  r->ny = t->ny;
  r->pass = t->how.slab == 0 && !t->how.by_pass ? WC_PASS_ALL : t->pass;
  r->c0 = t->c0;
  r->nc = wc_kernel_can_slice(t->node->op) ? t->nc : wc_node_columns(t->p->g, t->node);
  r->first = t->n0 == 0;
  r->last = t->n0 + t->ns == t->p->batch;
  r->slab_first = t->y0 == 0;
  r->slab_last = t->y0 + t->ny == t->lead_rows;
  r->strips = t->p->strips[t->how.node];
  r->scratch = (uint32_t)scratch;
  r->finite = t->p->gb_finite;
  for (unsigned i = 0; i < t->n_ops; i++) {
    const struct operand *op = &t->ops[i];
    *(op->side == 'i' ? &r->in[op->index] : &r->out[op->index]) = view_of(t, op);
  }
}

/* All slices over the slab at hand, in turn at one of two places. Sums come in with what they were
 * and go out again. */
static void inner_slices(struct tiler *t, const uint64_t at[2], uint64_t scratch) {
  struct operand *op = NULL;
  for (unsigned i = 0; i < t->n_ops; i++) {
    op = t->ops[i].kind == SLICED ? &t->ops[i] : op;
  }
  const bool starts = t->n0 == 0 && t->y0 == 0;
  for (uint32_t c0 = 0, k = 0; c0 < t->columns; c0 += t->how.columns, k++) {
    t->c0 = c0;
    t->nc = t->columns - c0 < t->how.columns ? t->columns - c0 : t->how.columns;
    op->at = at[k % 2];
    const struct wc_slice slice = slice_of(t, op, t->c0, t->nc);
    if (!op->sums || !starts) {
      wc_act_param(t->flow, WC_ACT_LOAD, op->tensor, slice, op->at);
    }
    run(t, scratch);
    if (op->sums) {
      wc_act_param(t->flow, WC_ACT_STORE, op->tensor, slice, op->at);
    }
  }
}

static bool inner(const struct tiler *t) {
  return t->how.columns < t->columns && !t->how.columns_outer;
}

/* Rows of the slab come in and, after the runs, go out. One block of buffer holds them all. */
static void move_rows(struct tiler *t, bool load, uint64_t at) {
  for (unsigned i = 0; i < t->n_ops; i++) {
    struct operand *op = &t->ops[i];
    if (op->kind != ROWS) {
      continue;
    }
    rows_of(t, op, t->pass, t->y0, t->ny, &op->lo, &op->hi);
    op->at = at;
    at += rows_bytes(t, op, op->lo, op->hi);
    const enum wc_action_kind kind = load ? WC_ACT_LOAD : WC_ACT_STORE;
    if (op->lo >= op->hi || (load ? op->side == 'o' : !is_kept(t, op))) {
      continue;
    }
    if (t->how.slab == 0) {
      wc_act_samples(t->flow, kind, op->tensor, t->n0, t->ns, op->at);
    } else {
      wc_act_rows(t->flow, kind, op->tensor, t->n0, op->lo, op->hi - op->lo, op->at);
    }
  }
}

static bool do_slab(struct tiler *t, uint64_t scratch) {
  const uint64_t rows = slab_bytes(t, t->pass, t->y0);
  uint64_t slice = 0;
  for (unsigned i = 0; i < t->n_ops; i++) {
    slice += inner(t) && t->ops[i].kind == SLICED ? op_bytes(t, &t->ops[i]) : 0;
  }
  uint64_t at = 0;
  const bool some = rows + slice > 0;
  const bool twice = slice > 0 && take(t, rows + 2 * slice, &at);
  if (some && !twice && !take(t, rows + slice, &at)) {
    return false;
  }
  move_rows(t, true, at);
  if (inner(t)) {
    const uint64_t places[2] = {at + rows, at + rows + (twice ? slice : 0)};
    inner_slices(t, places, scratch);
  } else {
    run(t, scratch);
  }
  move_rows(t, false, at);
  if (some) {
    wc_gbuf_give(t->flow->gbuf, at);
  }
  return true;
}

/* All pieces of the mini-batch. What stays during the slabs lies at the bottom, slabs rotate. */
static bool all_data(struct tiler *t) {
  const uint32_t batch = t->p->batch;
  bool ok = true;
  for (t->n0 = 0; ok && t->n0 < batch; t->n0 += t->ns) {
    const uint64_t next = t->flow->gbuf->next;
    uint64_t scratch = 0;
    t->ns = batch - t->n0 < t->how.sub_batch ? batch - t->n0 : t->how.sub_batch;
    t->flow->gbuf->next = t->flow->gbuf->base;
    ok = (t->scratch == 0 || take(t, t->scratch, &scratch)) && bring(t, WHOLE);
    t->flow->gbuf->next = next;
    for (t->pass = 0; ok && t->pass < t->passes; t->pass++) {
      for (t->y0 = 0; ok && t->y0 < t->lead_rows; t->y0 += t->ny) {
        t->ny = slab_rows(t, t->y0);
        ok = do_slab(t, scratch);
      }
    }
    put_away(t, WHOLE);
    if (t->scratch > 0) {
      wc_gbuf_give(t->flow->gbuf, scratch);
    }
  }
  return ok;
}

bool wc_tile_emit(struct wc_flow *flow, const struct wc_solo *solo) {
  struct tiler t;
  tiler_init(&t, flow->p, solo);
  t.flow = flow;
  flow->node = solo->node;
  wc_gbuf_clear(flow->gbuf, flow->p->gb_base, flow->p->gb_limit);
  t.nc = t.columns;
  bool ok = bring(&t, FIXED);
  for (uint32_t c0 = 0; ok && c0 < (inner(&t) ? 1 : t.columns); c0 += t.how.columns) {
    t.c0 = c0;
    t.nc = t.columns - c0 < t.how.columns ? t.columns - c0 : t.how.columns;
    ok = (inner(&t) || bring(&t, SLICED)) && all_data(&t);
    if (!inner(&t)) {
      put_away(&t, SLICED);
    }
  }
  t.c0 = 0;
  t.nc = t.columns;
  put_away(&t, FIXED);
  wc_gbuf_clear(flow->gbuf, flow->p->gb_base, flow->p->gb_limit);
  return ok && !flow->gbuf->failed && !flow->list->failed;
}
