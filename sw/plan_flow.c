/* Unrolls a segment over the mini-batch into actions with addresses.
 *
 * The next stage's operands are loaded one stage ahead where there is space. Addresses come from
 * the rotating fit; if loading ahead takes space that is missing later, without it; and if space
 * is too tight for that as well, from the offline layout that made the sub-batch feasible. */
#include <stdlib.h>
#include <string.h>

#include "plan_build.h"

/* Blocks and stays have a state for even and one for odd iterations, for what is loaded ahead. */
struct unroll {
  struct wc_flow *flow;
  const struct wc_segment *seg;
  enum wc_placing placing;
  uint32_t sub_batch, iterations;
  uint32_t pieces; /* of the weight update, to be made on the way */
  uint64_t *at;
  bool *placed; /* [2][n_blocks] */
  bool *loaded; /* [2][n_stays] */
};

static size_t block_slot(const struct unroll *x, uint32_t it, uint32_t block) {
  const bool odd = it % 2 != 0 && !x->seg->blocks[block].pinned;
  return (odd ? x->seg->n_blocks : 0) + (size_t)block;
}

static size_t stay_slot(const struct unroll *x, uint32_t it, uint32_t stay) {
  return (it % 2 != 0 ? x->seg->n_stays : 0) + (size_t)stay;
}

static uint32_t samples(const struct unroll *x, uint32_t it) {
  const uint32_t left = x->flow->p->batch - it * x->sub_batch;
  return left < x->sub_batch ? left : x->sub_batch;
}

static uint64_t address(const struct unroll *x, uint32_t it, uint32_t stay) {
  return x->at[block_slot(x, it, x->seg->stays[stay].block)];
}

/* True when the samples of iteration @it have places of their own in @block. */
static bool is_handed(const struct unroll *x, uint32_t it, const struct wc_block *block) {
  return it * x->sub_batch >= block->hand_from;
}

static bool place(struct unroll *x, uint32_t it, uint32_t block) {
  const size_t slot = block_slot(x, it, block);
  if (x->placed[slot]) {
    return true;
  }
  const struct wc_block *b = &x->seg->blocks[block];
  if (is_handed(x, it, b)) {
    x->at[slot] = b->hand_at + (it * x->sub_batch - b->hand_from) * b->each;
  } else if (x->placing == WC_PACKED) {
    x->at[slot] = b->at;
  } else if (!wc_gbuf_take(x->flow->gbuf, x->seg->blocks[block].bytes, &x->at[slot])) {
    return false;
  }
  x->placed[slot] = true;
  return true;
}

static bool needs_load(const struct unroll *x, const struct wc_stay *s, uint32_t it) {
  return s->load && (it == 0 ? !s->sums : !s->pinned) && it * x->sub_batch < s->load_end;
}

static bool needs_store(const struct unroll *x, const struct wc_stay *s, uint32_t it) {
  return s->store && (!s->pinned || it + 1 == x->iterations) && it * x->sub_batch < s->store_end;
}

static void move_stay(struct unroll *x, enum wc_action_kind kind, uint32_t it, uint32_t stay) {
  const uint32_t tensor = x->seg->stays[stay].tensor;
  x->flow->node = x->seg->stages[x->seg->stays[stay].first].due_to;
  const struct wc_tensor *t = &x->flow->p->g->tensors[tensor];
  const uint64_t gb = address(x, it, stay);
  if (t->per_sample) {
    wc_act_samples(x->flow, kind, tensor, it * x->sub_batch, samples(x, it), gb);
  } else {
    wc_act_param(x->flow, kind, tensor, wc_slice_all(t), gb);
  }
}

static void load_once(struct unroll *x, uint32_t it, uint32_t stay) {
  if (needs_load(x, &x->seg->stays[stay], it) && !x->loaded[stay_slot(x, it, stay)]) {
    x->loaded[stay_slot(x, it, stay)] = true;
    move_stay(x, WC_ACT_LOAD, it, stay);
  }
}

/* True when stage @u, which has not stored yet, is going to store @tensor. */
static bool stored_by(const struct wc_segment *seg, uint32_t u, uint32_t tensor) {
  for (uint32_t i = seg->stages[u].stay0; i < seg->stages[u].stay1; i++) {
    if (seg->stays[i].tensor == tensor && seg->stays[i].store) {
      return true;
    }
  }
  return false;
}

/* True when nothing is now where the offline layout puts @block. */
static bool is_vacant(const struct unroll *x, uint32_t block) {
  const struct wc_block *b = &x->seg->blocks[block];
  for (size_t slot = 0; slot < 2 * (size_t)x->seg->n_blocks; slot++) {
    const struct wc_block *o = &x->seg->blocks[slot % x->seg->n_blocks];
    if (x->placed[slot] && b->at < o->at + o->bytes && o->at < b->at + b->bytes) {
      return false;
    }
  }
  return true;
}

/* Loads what the stage after @u of iteration @it needs, as far as there is space. */
static void load_ahead(struct unroll *x, uint32_t it, uint32_t u) {
  const bool wraps = u + 1 == x->seg->n_stages;
  const uint32_t next = wraps ? 0 : u + 1, next_it = wraps ? it + 1 : it;
  if (next_it == x->iterations) {
    return;
  }
  for (uint32_t i = x->seg->stages[next].stay0; i < x->seg->stages[next].stay1; i++) {
    const struct wc_stay *s = &x->seg->stays[i];
    if (needs_load(x, s, next_it) && !stored_by(x->seg, u, s->tensor)) {
      if ((x->placing == WC_PACKED && !is_vacant(x, s->block)) || !place(x, next_it, s->block)) {
        return;
      }
      load_once(x, next_it, i);
    }
  }
}

static struct wc_view view_of(const struct unroll *x, uint32_t it, uint32_t tensor, uint32_t stay) {
  const struct wc_tensor *t = &x->flow->p->g->tensors[tensor];
  const uint64_t pitch = t->per_sample ? wc_tensor_pitch(t) : wc_tensor_bytes(t);
  struct wc_view view = {UINT32_MAX, (uint32_t)pitch, 0, t->h};
  if (stay != WC_NONE) {
    view.gb = (uint32_t)address(x, it, stay);
  } else if (t->role == WC_ROLE_HYPER) {
    view.gb = x->flow->p->gb_hyper;
  }
  return view;
}

/* Samples [n0, n0+ns) of an iteration. */
struct part {
  uint32_t n0, ns;
};

static void views(const struct unroll *x, uint32_t it, struct part part, const uint32_t *tensors,
                  unsigned n, const uint32_t *stays, struct wc_view *out) {
  for (unsigned i = 0; i < n; i++) {
    out[i] = view_of(x, it, tensors[i], stays[i]);
    if (x->flow->p->g->tensors[tensors[i]].per_sample && out[i].gb != UINT32_MAX) {
      out[i].gb += part.n0 * out[i].pitch;
    }
  }
}

static void run_part(struct unroll *x, uint32_t it, const struct wc_stage *stage,
                     struct part part) {
  struct wc_action *act = wc_act(x->flow, WC_ACT_RUN);
  if (act == NULL) {
    return;
  }
  const struct wc_graph *g = x->flow->p->g;
  const struct wc_node *node = &g->nodes[stage->node];
  struct wc_run *run = &act->run;
  const struct wc_lead lead = wc_kernel_lead(node->op);
  run->node = stage->node;
  run->ns = part.ns;
  run->ny = g->tensors[lead.side == 'o' ? node->out[lead.index] : node->in[lead.index]].h;
  run->pass = WC_PASS_ALL;
  run->nc = wc_node_columns(g, node);
  run->first = it == 0 && part.n0 == 0;
  run->last = it + 1 == x->iterations && part.n0 + part.ns == samples(x, it);
  run->slab_first = run->slab_last = true;
  run->finite = x->flow->p->gb_finite;
  run->strips = x->flow->p->strips[stage->node];
  run->scratch = stage->scratch == WC_NONE ? 0 : (uint32_t)address(x, it, stage->scratch);
  run->n_fused = stage->n_fused;
  run->drop_out = stage->drop_out;
  run->again = stage->again;
  views(x, it, part, node->in, node->n_in, stage->in, run->in);
  views(x, it, part, node->out, node->n_out, stage->out, run->out);
  for (uint32_t k = 0; k < stage->n_fused; k++) {
    const struct wc_node *fused = &g->nodes[stage->fused[k]];
    run->fused[k] = stage->fused[k];
    views(x, it, part, fused->in, fused->n_in, stage->fused_in[k], run->fused_in[k]);
    views(x, it, part, fused->out, fused->n_out, stage->fused_out[k], run->fused_out[k]);
  }
}

/* True when a stage gains by running in two halves: while the array works on the second, the
 * vector unit goes on with the first, and the other way round. Sums over the mini-batch would only
 * go through the buffer once more, and single positions make poor waves. */
static bool in_halves(const struct wc_graph *g, const struct wc_node *node) {
  const struct wc_lead lead = wc_kernel_lead(node->op);
  const struct wc_tensor *t =
      &g->tensors[lead.side == 'o' ? node->out[lead.index] : node->in[lead.index]];
  return node->op != WC_N_CONV_WGRAD && node->op != WC_N_BIAS_BWD && t->h * t->w > 1;
}

static void run_stage(struct unroll *x, uint32_t it, const struct wc_stage *stage) {
  const struct wc_graph *g = x->flow->p->g;
  const uint32_t ns = samples(x, it);
  const uint32_t first = in_halves(g, &g->nodes[stage->node]) ? (ns + 1) / 2 : ns;
  run_part(x, it, stage, (struct part){0, first});
  if (first < ns) {
    run_part(x, it, stage, (struct part){first, ns - first});
  }
}

/* Pieces of the weight update go evenly among the runs of stages, of which @done are done. */
static void update_on_the_way(struct unroll *x, uint64_t done) {
  const uint64_t runs = (uint64_t)x->iterations * x->seg->n_stages;
  uint64_t due = done * x->pieces / runs - (done - 1) * x->pieces / runs;
  while (due > 0 && wc_updates_go_on(x->flow)) {
    due--;
  }
}

static bool do_stage(struct unroll *x, uint32_t it, uint32_t u) {
  const struct wc_segment *seg = x->seg;
  const struct wc_stage *stage = &seg->stages[u];
  for (uint32_t i = stage->stay0; i < stage->stay1; i++) {
    if (!place(x, it, seg->stays[i].block)) {
      return false;
    }
    load_once(x, it, i);
  }
  if (x->placing != WC_ROTATING) {
    load_ahead(x, it, u);
  }
  run_stage(x, it, stage);
  for (uint32_t i = stage->stay0; i < stage->stay1; i++) {
    if (needs_store(x, &seg->stays[i], it)) {
      move_stay(x, WC_ACT_STORE, it, i);
    }
  }
  for (uint32_t i = stage->ended; i != WC_NONE; i = seg->blocks[i].next_ended) {
    x->placed[block_slot(x, it, i)] = false;
    if (x->placing != WC_PACKED && !is_handed(x, it, &seg->blocks[i])) {
      wc_gbuf_give(x->flow->gbuf, x->at[block_slot(x, it, i)]);
    }
  }
  update_on_the_way(x, (uint64_t)it * seg->n_stages + u + 1);
  return true;
}

static bool unroll(struct unroll *x) {
  const struct wc_segment *seg = x->seg;
  memset(x->placed, 0, 2 * seg->n_blocks * sizeof *x->placed);
  memset(x->loaded, 0, 2 * seg->n_stays * sizeof *x->loaded);
  wc_gbuf_clear(x->flow->gbuf, wc_segment_lo(x->flow->p, seg), wc_segment_hi(x->flow->p, seg));
  if (x->pieces > 0) {
    wc_updates_reserve(x->flow);
  }
  bool ok = true;
  for (uint32_t i = 0; ok && i < seg->n_blocks; i++) {
    ok = !seg->blocks[i].pinned || place(x, 0, i);
  }
  for (uint32_t it = 0; ok && it < x->iterations; it++) {
    for (uint32_t u = 0; ok && u < seg->n_stages; u++) {
      ok = do_stage(x, it, u);
    }
    memset(&x->loaded[stay_slot(x, it, 0)], 0, seg->n_stays * sizeof *x->loaded);
  }
  if (x->flow->updates != NULL) {
    wc_updates_finish(x->flow);
    x->flow->updates->reserved = false;
  }
  wc_gbuf_clear(x->flow->gbuf, wc_segment_lo(x->flow->p, seg), wc_segment_hi(x->flow->p, seg));
  return ok;
}

bool wc_flow_segment(struct wc_flow *flow, struct wc_segment *seg, uint32_t sub_batch,
                     enum wc_placing placing) {
  struct unroll x = {.flow = flow, .seg = seg, .sub_batch = sub_batch, .placing = placing};
  if (flow->updates != NULL && flow->updates->beside && placing != WC_PACKED) {
    x.pieces = wc_updates_waiting(flow->updates); /* the offline layout has no space for them */
  }
  x.iterations = (flow->p->batch + sub_batch - 1) / sub_batch;
  x.at = malloc((2 * seg->n_blocks + 1) * sizeof *x.at);
  x.placed = malloc(2 * seg->n_blocks + 1);
  x.loaded = malloc(2 * seg->n_stays + 1);
  const size_t start = flow->list->n;
  const struct wc_updates before = flow->updates != NULL ? *flow->updates : (struct wc_updates){0};
  bool ok = x.at != NULL && x.placed != NULL && x.loaded != NULL;
  if (ok && !(unroll(&x) && !flow->list->failed)) {
    flow->list->n = start;
    if (flow->updates != NULL) {
      *flow->updates = before;
    }
    ok = false;
  }
  free(x.at);
  free(x.placed);
  free(x.loaded);
  return ok;
}

bool wc_flow_nodes(struct wc_flow *flow, uint32_t a, uint32_t b, struct wc_shape shape,
                   uint32_t sub_batch) {
  static const struct {
    bool dgrad_first;
    enum wc_placing placing;
  } ways[] = {{true, WC_AHEAD},     {true, WC_ROTATING}, {false, WC_AHEAD},
              {false, WC_ROTATING}, {true, WC_PACKED},   {false, WC_PACKED}};
  struct wc_segment settled = {0};
  bool ok = false, made = true;
  if (shape.pin_fitting) {
    made = wc_segment_make(flow->p, a, b, shape, &settled) &&
           wc_segment_settle(flow->p, &settled, sub_batch);
  }
  for (size_t i = 0; made && !ok && i < sizeof ways / sizeof *ways && !flow->list->failed; i++) {
    struct wc_segment seg = {0};
    shape.dgrad_first = ways[i].dgrad_first;
    made = wc_segment_make(flow->p, a, b, shape, &seg);
    if (!made) {
      break;
    }
    if (shape.pin_fitting) {
      wc_segment_pin_like(&seg, &settled);
    }
    ok = wc_segment_pack(flow->p, &seg, sub_batch) &&
         wc_flow_segment(flow, &seg, sub_batch, ways[i].placing);
    wc_segment_free(&seg);
  }
  wc_segment_free(&settled);
  return ok;
}
