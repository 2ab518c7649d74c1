#include "plan_trace.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS 4096
#define AGAIN 2U /* a forward node in the backward pass, in place of a pass */
#define PASSES 3U
#define ROWS_OF_SAMPLE 4096U /* more than any tensor has: the unit of progress of a sum */

struct trace {
  const struct wc_plan *plan;
  const struct wc_graph *g;
  uint32_t *gb;    /* a mark a byte */
  uint32_t **dram; /* [tensor][sample * h + row], parameters [tensor][element] */
  uint32_t *done;  /* [node][pass, AGAIN][first column]: samples the node has run so far */
  bool finite_stored;
  size_t action;
  char *why;
  size_t why_size;
};

static bool fail(struct trace *t, const char *format, ...) {
  const int n = snprintf(t->why, t->why_size, "action %zu: ", t->action);
  va_list args;
  va_start(args, format);
  vsnprintf(t->why + n, t->why_size - (size_t)n, format, args);
  va_end(args);
  return false;
}

/* All cores do the same actions, each on so many samples; what is followed is one of them. */
static uint32_t share(const struct trace *t) {
  return t->plan->schedule.batch / t->plan->schedule.cores;
}

enum { JUNK = 1 };

/* A mark other than 0 (nothing) and JUNK. */
static uint32_t mark(uint32_t what, uint32_t index, uint32_t version) {
  uint64_t h = what * 0x9E3779B97F4A7C15U + index * 0xC2B2AE3D27D4EB4FU +
               version * 0x165667B19E3779F9U + 0x27D4EB2F165667C5U;
  h ^= h >> 29;
  h *= 0xBF58476D1CE4E5B9U;
  h ^= h >> 32;
  return (uint32_t)h | 2U;
}

static uint32_t finite_mark(void) {
  return mark(0xFFFFFFF0U, 0, 0);
}

static uint32_t scratch_mark(uint32_t node, uint32_t n0) {
  return mark(0xF0000000U + node, n0, 0);
}

static bool is(const struct trace *t, uint64_t at, uint64_t bytes, uint32_t value) {
  for (uint64_t i = at; i < at + bytes; i++) {
    if (t->gb[i] != value) {
      return false;
    }
  }
  return true;
}

static void set(struct trace *t, uint64_t at, uint64_t bytes, uint32_t value) {
  for (uint64_t i = at; i < at + bytes; i++) {
    t->gb[i] = value;
  }
}

static bool within(struct trace *t, uint64_t at, uint64_t bytes) {
  return at + bytes <= t->plan->schedule.gbuf_bytes ||
         fail(t, "bytes %" PRIu64 "+%" PRIu64 " are outside the buffer", at, bytes);
}

/* ---- moves ---- */

static bool move_rows(struct trace *t, const struct wc_action *act, const struct wc_tensor *x) {
  const uint64_t row = wc_tensor_row_bytes(x);
  const uint64_t from = act->y0 * row % 2, bytes = (from + act->ny * row + 1) / 2 * 2;
  for (uint32_t n = 0; n < act->ns; n++) {
    const uint64_t at = act->view.gb - from + (uint64_t)n * act->view.pitch;
    if (!within(t, at, bytes)) {
      return false;
    }
    if (act->kind == WC_ACT_LOAD) {
      set(t, at, bytes, JUNK);
    }
    for (uint32_t y = 0; y < act->ny; y++) {
      uint32_t *dram = &t->dram[act->tensor][(uint64_t)(act->n0 + n) * x->h + act->y0 + y];
      const uint32_t want = mark(act->tensor, (act->n0 + n) * x->h + act->y0 + y, 0);
      if (act->kind == WC_ACT_LOAD) {
        set(t, at + from + y * row, row, *dram);
      } else if (!is(t, at + from + y * row, row, want)) {
        return fail(t, "stores %s, sample %" PRIu32 " row %" PRIu32 ", which is not there", x->name,
                    act->n0 + n, act->y0 + y);
      } else {
        *dram = want;
      }
    }
  }
  return true;
}

/* A slice of a parameter: elements [h][w0..][c0..], packed in the buffer. */
struct slice {
  uint32_t w0, nw, c0, nc;
};

static uint32_t element(const struct wc_tensor *x, const struct slice *s, uint32_t i) {
  const uint32_t c = i % s->nc, w = i / s->nc % s->nw, h = i / s->nc / s->nw;
  return (h * x->w + s->w0 + w) * x->c + s->c0 + c;
}

static bool move_param(struct trace *t, const struct wc_action *act, const struct wc_tensor *x) {
  const struct slice s = {act->w0, act->nw, act->c0, act->nc};
  const uint32_t n = x->h * s.nw * s.nc;
  const uint64_t size = wc_type_bytes(x->type);
  if (!within(t, act->view.gb, n * size)) {
    return false;
  }
  for (uint32_t i = 0; i < n; i++) {
    uint32_t *dram = &t->dram[act->tensor][element(x, &s, i)];
    const uint64_t at = act->view.gb + i * size;
    if (act->kind == WC_ACT_LOAD) {
      set(t, at, size, *dram);
    } else if (!is(t, at, size, t->gb[at]) || t->gb[at] <= JUNK) {
      return fail(t, "stores %s, element %" PRIu32 ", which is not there", x->name, i);
    } else {
      *dram = t->gb[at];
    }
  }
  return true;
}

static bool move(struct trace *t, const struct wc_action *act) {
  if (act->tensor == WC_NONE) {
    t->finite_stored = act->kind == WC_ACT_STORE && act->bytes == WC_FINITE_BYTES;
    return is(t, act->view.gb, WC_FINITE_BYTES, finite_mark()) ||
           fail(t, "stores the finite sums, which are not there");
  }
  const struct wc_tensor *x = &t->g->tensors[act->tensor];
  const struct wc_place *place = &t->plan->tensor[act->tensor];
  if (!place->present || act->dram != place->addr) {
    return fail(t, "%s is moved at a place that is not its own", x->name);
  }
  return x->per_sample ? move_rows(t, act, x) : move_param(t, act, x);
}

/* ---- runs ---- */

struct operand {
  uint32_t tensor;
  const struct wc_node *node;
  const struct wc_view *view;
  char side;
  unsigned index;
  bool given;      /* an output that is there already: statistics, when a norm runs again */
  uint64_t lo, hi; /* bytes of the buffer */
};

#define MAX_OPERANDS 32

struct running {
  const struct wc_run *run;
  const struct wc_node *head;
  struct operand ops[MAX_OPERANDS];
  unsigned n_ops;
  uint32_t n0, from, to; /* first sample; progress of sums before and behind */
};

static bool sums(const struct trace *t, uint32_t tensor) {
  return t->g->tensors[tensor].role == WC_ROLE_DPARAM;
}

static struct slice slice_of(const struct trace *t, const struct running *r, uint32_t tensor) {
  const struct wc_tensor *x = &t->g->tensors[tensor];
  struct slice s = {0, x->w, 0, x->c};
  if (x->role == WC_ROLE_PARAM) {
    return s; /* a bias is there as a whole */
  }
  if (r->head->op == WC_N_CONV_DGRAD) {
    s.w0 = r->run->c0;
    s.nw = r->run->nc;
  } else if (r->head->op == WC_N_CONV || r->head->op == WC_N_CONV_WGRAD) {
    s.c0 = r->run->c0;
    s.nc = r->run->nc;
  }
  return s;
}

static void add_operands(struct trace *t, struct running *r, const struct wc_node *node,
                         const struct wc_view *in, const struct wc_view *out, uint32_t chain,
                         bool drop) {
  for (unsigned i = 0; i < node->n_in + node->n_out; i++) {
    const bool is_in = i < node->n_in;
    const unsigned index = is_in ? i : i - node->n_in;
    struct operand o = {.tensor = is_in ? node->in[index] : node->out[index],
                        .node = node,
                        .view = is_in ? &in[index] : &out[index],
                        .side = is_in ? 'i' : 'o',
                        .index = index};
    o.given = !is_in && r->run->again && t->g->tensors[o.tensor].role == WC_ROLE_STATS;
    if ((is_in && o.tensor == chain) || (!is_in && index == 0 && drop) ||
        o.view->gb == UINT32_MAX) {
      continue;
    }
    const struct wc_tensor *x = &t->g->tensors[o.tensor];
    const struct slice s = slice_of(t, r, o.tensor);
    o.lo = o.view->gb;
    o.hi = o.lo + (x->per_sample ? (r->run->ns - 1) * (uint64_t)o.view->pitch +
                                       o.view->ny * wc_tensor_row_bytes(x)
                                 : (uint64_t)x->h * s.nw * s.nc * wc_type_bytes(x->type));
    r->ops[r->n_ops++] = o;
  }
}

/* Rows of an operand that the run touches, over its passes. */
static void touched(const struct trace *t, const struct running *r, const struct operand *o,
                    uint32_t *lo, uint32_t *hi) {
  const uint32_t passes = wc_kernel_passes(o->node->op);
  *lo = UINT32_MAX;
  *hi = 0;
  for (uint32_t pass = 0; pass < passes; pass++) {
    uint32_t a, b;
    wc_kernel_rows(t->g, o->node, pass, r->run->y0, r->run->ny, o->side, o->index, &a, &b);
    if (a < b && (r->run->pass == WC_PASS_ALL || r->run->pass == pass)) {
      *lo = a < *lo ? a : *lo;
      *hi = b > *hi ? b : *hi;
    }
  }
}

/* Demands (inputs) or leaves (outputs) the rows of a per-sample operand. */
static bool sample_rows(struct trace *t, const struct running *r, const struct operand *o,
                        bool leave) {
  const struct wc_tensor *x = &t->g->tensors[o->tensor];
  const uint64_t row = wc_tensor_row_bytes(x);
  uint32_t lo, hi;
  touched(t, r, o, &lo, &hi);
  if (lo < hi && (lo < o->view->y0 || hi > o->view->y0 + o->view->ny)) {
    return fail(t, "node %s: rows %" PRIu32 "..%" PRIu32 " of %s are not all in the buffer",
                o->node->name, lo, hi, x->name);
  }
  for (uint32_t n = 0; n < r->run->ns; n++) {
    for (uint32_t y = lo; y < hi; y++) {
      const uint64_t at = o->view->gb + (uint64_t)n * o->view->pitch + (y - o->view->y0) * row;
      const uint32_t want = mark(o->tensor, (r->n0 + n) * x->h + y, 0);
      if (leave) {
        set(t, at, row, want);
      } else if (!is(t, at, row, want)) {
        return fail(t, "node %s reads %s, sample %" PRIu32 " row %" PRIu32 ", which is not there",
                    o->node->name, x->name, r->n0 + n, y);
      }
    }
  }
  return true;
}

static bool param_elements(struct trace *t, const struct running *r, const struct operand *o,
                           bool leave) {
  const struct wc_tensor *x = &t->g->tensors[o->tensor];
  const struct slice s = slice_of(t, r, o->tensor);
  const uint64_t size = wc_type_bytes(x->type);
  uint32_t lo, hi;
  touched(t, r, o, &lo, &hi);
  if (lo >= hi) {
    return true;
  }
  const uint32_t version = !sums(t, o->tensor) ? 0 : leave ? r->to : r->from;
  for (uint32_t i = 0; i < x->h * s.nw * s.nc; i++) {
    const uint32_t want = mark(o->tensor, element(x, &s, i), version);
    if (leave) {
      set(t, o->view->gb + i * size, size, want);
    } else if (!is(t, o->view->gb + i * size, size, want)) {
      return fail(t, "node %s: element %" PRIu32 " of %s is not what it should be", o->node->name,
                  element(x, &s, i), x->name);
    }
  }
  return true;
}

static bool demand(struct trace *t, const struct running *r) {
  for (unsigned i = 0; i < r->n_ops; i++) {
    const struct operand *o = &r->ops[i];
    const bool partial = o->side == 'o' && sums(t, o->tensor) && r->from > 0;
    if (!within(t, o->lo, o->hi - o->lo)) {
      return false;
    }
    if (o->side == 'i' || partial || o->given) {
      if (!(t->g->tensors[o->tensor].per_sample ? sample_rows(t, r, o, false)
                                                : param_elements(t, r, o, false))) {
        return false;
      }
    }
  }
  return true;
}

static bool meet(const struct operand *a, const struct operand *b) {
  return a->lo < b->hi && b->lo < a->hi;
}

static bool overlaps_well(struct trace *t, const struct running *r, uint64_t scratch_bytes) {
  for (unsigned i = 0; i < r->n_ops; i++) {
    const struct operand *a = &r->ops[i];
    const struct operand scratch = {.lo = r->run->scratch, .hi = r->run->scratch + scratch_bytes};
    if ((scratch_bytes > 0 && meet(a, &scratch)) || a->lo < WC_FINITE_BYTES) {
      return fail(t, "node %s: %s lies in the scratch or in the finite sums", r->head->name,
                  t->g->tensors[a->tensor].name);
    }
    for (unsigned j = 0; j < i; j++) {
      const struct operand *b = &r->ops[j];
      const bool same_place = a->lo == b->lo && a->hi == b->hi && a->side != b->side;
      if (meet(a, b) && !same_place && a->tensor != b->tensor) {
        return fail(t, "node %s: %s and %s overlap", r->head->name, t->g->tensors[a->tensor].name,
                    t->g->tensors[b->tensor].name);
      }
    }
  }
  return true;
}

static bool use_scratch(struct trace *t, const struct running *r, uint64_t bytes) {
  const bool begins = r->run->slab_first && (r->run->pass == WC_PASS_ALL || r->run->pass == 0);
  const uint32_t want = scratch_mark(r->run->node, r->n0);
  if (bytes == 0) {
    return true;
  }
  if (!within(t, r->run->scratch, bytes)) {
    return false;
  }
  if (begins) {
    set(t, r->run->scratch, bytes, want);
  }
  return is(t, r->run->scratch, bytes, want) ||
         fail(t, "node %s: its scratch did not last", r->head->name);
}

/* Finds out which samples the run is for: each node takes them in order, for every pass and slice.
 */
static bool locate(struct trace *t, struct running *r) {
  const struct wc_run *run = r->run;
  const uint32_t pass = run->again ? AGAIN : run->pass == WC_PASS_ALL ? 0 : run->pass;
  uint32_t *done = &t->done[(run->node * PASSES + pass) * (size_t)MAX_COLUMNS + run->c0];
  if (run->again && *done == share(t)) { /* and once more */
    *done = 0;
  }
  const struct wc_lead lead = wc_kernel_lead(r->head->op);
  const uint32_t rows =
      t->g->tensors[lead.side == 'o' ? r->head->out[lead.index] : r->head->in[lead.index]].h;
  r->n0 = *done;
  r->from = r->n0 * ROWS_OF_SAMPLE + run->y0;
  const bool ends = run->y0 + run->ny == rows;
  r->to = ends ? (r->n0 + run->ns) * ROWS_OF_SAMPLE : r->from + run->ny;
  if (ends) {
    *done += run->ns;
  }
  if (run->slab_first != (run->y0 == 0) || run->slab_last != ends || run->first != (r->n0 == 0) ||
      run->last != (r->n0 + run->ns == share(t)) || r->n0 + run->ns > share(t)) {
    return fail(t, "node %s: first, last or rows are wrong at sample %" PRIu32, r->head->name,
                r->n0);
  }
  return true;
}

static bool follow_run(struct trace *t, const struct wc_run *run) {
  struct running r = {.run = run, .head = &t->g->nodes[run->node]};
  add_operands(t, &r, r.head, run->in, run->out, WC_NONE, run->drop_out);
  for (uint32_t k = 0; k < run->n_fused; k++) {
    const struct wc_node *before = k == 0 ? r.head : &t->g->nodes[run->fused[0]];
    add_operands(t, &r, &t->g->nodes[run->fused[k]], run->fused_in[k], run->fused_out[k],
                 before->out[0], false);
  }
  uint64_t scratch = wc_kernel_scratch(t->g, r.head, run->ns);
  for (uint32_t k = 0; k < run->n_fused; k++) {
    const uint64_t more = wc_kernel_scratch(t->g, &t->g->nodes[run->fused[k]], run->ns);
    scratch = more > scratch ? more : scratch;
  }
  scratch = run->strips.bytes > scratch ? run->strips.bytes : scratch;
  if (!locate(t, &r) || !demand(t, &r) || !overlaps_well(t, &r, scratch) ||
      !use_scratch(t, &r, scratch)) {
    return false;
  }
  if (!is(t, run->finite, WC_FINITE_BYTES, finite_mark())) {
    return fail(t, "node %s: the finite sums did not last", r.head->name);
  }
  for (unsigned i = 0; i < r.n_ops; i++) {
    const struct operand *o = &r.ops[i];
    if (o->side == 'o' && !o->given) {
      (void)(t->g->tensors[o->tensor].per_sample ? sample_rows(t, &r, o, true)
                                                 : param_elements(t, &r, o, true));
    }
  }
  return true;
}

/* ---- the whole step ---- */

static bool is_given(const struct wc_tensor *x) {
  return x->producer == WC_NONE && x->role != WC_ROLE_GRADIENT && x->role != WC_ROLE_DPARAM;
}

static uint64_t marks_of(const struct trace *t, const struct wc_tensor *x) {
  return x->per_sample ? (uint64_t)x->h * share(t) : wc_tensor_elems(x);
}

static bool begin(struct trace *t) {
  t->gb = calloc(t->plan->schedule.gbuf_bytes, sizeof *t->gb);
  t->dram = calloc(t->g->n_tensors, sizeof *t->dram);
  t->done = calloc((size_t)t->g->n_nodes * PASSES * MAX_COLUMNS, sizeof *t->done);
  if (t->gb == NULL || t->dram == NULL || t->done == NULL) {
    return fail(t, "out of memory");
  }
  for (uint32_t i = 0; i < t->g->n_tensors; i++) {
    const struct wc_tensor *x = &t->g->tensors[i];
    const uint64_t n = marks_of(t, x);
    t->dram[i] = calloc(n, sizeof **t->dram);
    if (t->dram[i] == NULL) {
      return fail(t, "out of memory");
    }
    for (uint64_t k = 0; k < n && is_given(x); k++) {
      t->dram[i][k] = mark(i, (uint32_t)k, 0);
    }
  }
  return true;
}

/* What must be in DRAM when the step is over. */
static bool end(struct trace *t) {
  for (uint32_t i = 0; i < t->g->n_tensors; i++) {
    const struct wc_tensor *x = &t->g->tensors[i];
    const bool wanted = x->role == WC_ROLE_DPARAM || i == t->g->loss || i == t->g->logits;
    const uint32_t version = sums(t, i) ? share(t) * ROWS_OF_SAMPLE : 0;
    for (uint64_t k = 0; wanted && k < marks_of(t, x); k++) {
      if (t->dram[i][k] != mark(i, (uint32_t)k, version)) {
        return fail(t, "at the end %s is not complete in DRAM (element or row %" PRIu64 ")",
                    x->name, k);
      }
    }
  }
  return t->finite_stored || fail(t, "the finite sums were not stored");
}

static bool follow(struct trace *t) {
  for (t->action = 0; t->action < t->plan->n_step; t->action++) {
    const struct wc_action *act = &t->plan->step[t->action];
    bool ok = true;
    switch (act->kind) {
      case WC_ACT_LOAD:
      case WC_ACT_STORE:
        ok = move(t, act);
        break;
      case WC_ACT_RUN:
        ok = follow_run(t, &act->run);
        break;
      case WC_ACT_CLEAR_FINITE:
        set(t, act->view.gb, WC_FINITE_BYTES, finite_mark());
        break;
      case WC_ACT_ADD:
      case WC_ACT_SGD:
        ok = fail(t, "an update within the step");
        break;
    }
    if (!ok) {
      return false;
    }
  }
  return true;
}

bool wc_plan_trace(const struct wc_plan *plan, char *why, size_t why_size) {
  struct trace t = {.plan = plan, .g = plan->graph, .why = why, .why_size = why_size};
  const bool ok = begin(&t) && follow(&t) && end(&t);
  for (uint32_t i = 0; t.dram != NULL && i < t.g->n_tensors; i++) {
    free(t.dram[i]);
  }
  free(t.dram);
  free(t.gb);
  free(t.done);
  return ok;
}
