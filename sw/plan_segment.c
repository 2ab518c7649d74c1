/* Template of one iteration of a segment: which tensors stay in the buffer from where to where,
 * what is loaded and stored. It does not depend on the sub-batch. */
#include <stdlib.h>
#include <string.h>

#include "plan_build.h"

static uint32_t new_stay(struct wc_segment *seg, uint32_t tensor, uint32_t stage) {
  if (seg->n_stays == seg->cap_stays) {
    const uint32_t cap = seg->cap_stays == 0 ? 64 : 2 * seg->cap_stays;
    struct wc_stay *stays = realloc(seg->stays, cap * sizeof *stays);
    if (stays == NULL) {
      return WC_NONE;
    }
    seg->stays = stays;
    seg->cap_stays = cap;
  }
  seg->stays[seg->n_stays] = (struct wc_stay){.tensor = tensor,
                                              .block = WC_NONE,
                                              .first = stage,
                                              .last = stage,
                                              .load_end = UINT32_MAX,
                                              .store_end = UINT32_MAX};
  return seg->n_stays++;
}

/* True when a tensor touched at node @p is still there at node @q, without room for a second
 * branch: the nodes in between belong to the same layer. */
static bool same_branch(const struct wc_graph *g, uint32_t p, uint32_t q) {
  for (uint32_t i = p + 1; i < q; i++) {
    if (g->nodes[i].home != g->nodes[p].home && g->nodes[i].home != g->nodes[q].home) {
      return false;
    }
  }
  return true;
}

/* True when a tensor that is in the buffer stays there for @node. */
static bool is_at_hand(const struct wc_planner *p, const struct wc_segment *seg,
                       const struct wc_stay *s, uint32_t node) {
  return seg->shape.reuse || s->pinned || s->again ||
         (seg->shape.pin_fitting && !p->g->tensors[s->tensor].per_sample) ||
         same_branch(p->g, s->touched, node);
}

/* The stay through which @node, in stage @u, reads @tensor. An earlier stay is extended, or, when
 * a branch lies in between, stored (if it was made here) and loaded anew. */
static bool read_tensor(const struct wc_planner *p, struct wc_segment *seg, uint32_t u,
                        uint32_t node, uint32_t tensor, uint32_t *out) {
  const struct wc_tensor *t = &p->g->tensors[tensor];
  *out = WC_NONE;
  if (t->role == WC_ROLE_HYPER) {
    return true;
  }
  uint32_t stay = seg->at[tensor];
  if (stay != WC_NONE && is_at_hand(p, seg, &seg->stays[stay], node)) {
    seg->stays[stay].last = u;
  } else {
    if (stay != WC_NONE && !seg->stays[stay].load) {
      seg->stays[stay].store = true;
    }
    stay = new_stay(seg, tensor, u);
    if (stay == WC_NONE) {
      return false;
    }
    seg->stays[stay].load = true;
    seg->stays[stay].pinned = seg->shape.pin && !t->per_sample;
    seg->at[tensor] = stay;
  }
  seg->stays[stay].touched = node;
  *out = stay;
  return true;
}

/* True when @tensor, made in the segment, is read behind it. */
static bool leaves(const struct wc_planner *p, const struct wc_segment *seg, uint32_t tensor) {
  const uint32_t last = p->last_use[tensor], forward = p->last_forward[tensor];
  if (last == WC_NONE || seg->a >= p->n_forward) {
    return last != WC_NONE && last >= seg->b;
  }
  return last == p->n_nodes || (forward != WC_NONE && forward >= seg->b) ||
         (last >= p->n_forward && wc_is_stored(p, &seg->shape.keeping, tensor));
}

/* The stay that @node writes. None for a mask that nobody reads. */
static bool write_tensor(const struct wc_planner *p, struct wc_segment *seg, uint32_t u,
                         uint32_t node, uint32_t tensor, uint32_t *out) {
  const struct wc_tensor *t = &p->g->tensors[tensor];
  *out = WC_NONE;
  if (t->role == WC_ROLE_MASK && p->last_use[tensor] == WC_NONE) {
    return true;
  }
  const uint32_t stay = new_stay(seg, tensor, u);
  *out = stay;
  if (stay == WC_NONE) {
    return false;
  }
  struct wc_stay *s = &seg->stays[stay];
  s->touched = node;
  s->sums = t->role == WC_ROLE_DPARAM;
  s->load = s->sums;
  s->store = s->sums || leaves(p, seg, tensor);
  s->pinned = s->sums && seg->shape.pin;
  seg->at[tensor] = stay;
  return true;
}

/* The stay of @tensor, which @node makes again. What the forward pass stored is read where it is of
 * use (statistics), else left alone. */
static bool make_again(const struct wc_planner *p, struct wc_segment *seg, uint32_t u,
                       uint32_t node, uint32_t tensor, uint32_t *out) {
  const struct wc_tensor *t = &p->g->tensors[tensor];
  *out = WC_NONE;
  if (t->role == WC_ROLE_STATS) {
    return read_tensor(p, seg, u, node, tensor, out);
  }
  if (t->role == WC_ROLE_MASK &&
      (p->last_use[tensor] == WC_NONE || wc_is_stored(p, &seg->shape.keeping, tensor))) {
    return true;
  }
  *out = new_stay(seg, tensor, u);
  if (*out == WC_NONE) {
    return false;
  }
  seg->stays[*out].touched = node;
  seg->stays[*out].again = true;
  seg->at[tensor] = *out;
  return true;
}

/* An output of a node of stage @u. */
static bool put_out(const struct wc_planner *p, struct wc_segment *seg, uint32_t u, uint32_t node,
                    uint32_t tensor, uint32_t *out) {
  return seg->stages[u].again ? make_again(p, seg, u, node, tensor, out)
                              : write_tensor(p, seg, u, node, tensor, out);
}

/* True when nobody but the next node reads the main output of @node. */
static bool only_next_reads(const struct wc_planner *p, uint32_t node) {
  return p->last_use[p->g->nodes[node].out[0]] == node + 1;
}

/* Fuses nodes before @end behind the stage's. */
static void fuse(const struct wc_planner *p, const struct wc_segment *seg, struct wc_stage *stage,
                 uint32_t end) {
  while (seg->shape.fuse && stage->n_fused < p->fusible[stage->node] &&
         stage->node + 1 + stage->n_fused < end) {
    stage->fused[stage->n_fused] = stage->node + 1 + stage->n_fused;
    stage->n_fused++;
  }
  stage->drop_out = stage->n_fused > 0 && only_next_reads(p, stage->node);
}

static bool fused_operands(const struct wc_planner *p, struct wc_segment *seg, uint32_t u,
                           uint32_t k) {
  struct wc_stage *stage = &seg->stages[u];
  const uint32_t index = stage->fused[k];
  const struct wc_node *node = &p->g->nodes[index];
  const uint32_t chain = p->g->nodes[index - 1].out[0];
  bool ok = true;
  for (unsigned i = 0; ok && i < node->n_in; i++) {
    if (node->in[i] == chain) {
      stage->fused_in[k][i] = k == 0 ? stage->out[0] : stage->fused_out[0][0];
    } else {
      ok = read_tensor(p, seg, u, index, node->in[i], &stage->fused_in[k][i]);
    }
  }
  for (unsigned i = 0; ok && i < node->n_out; i++) {
    if (i > 0 || k + 1 == stage->n_fused || !only_next_reads(p, index)) {
      ok = put_out(p, seg, u, index, node->out[i], &stage->fused_out[k][i]);
    }
  }
  return ok;
}

uint64_t wc_stage_scratch(const struct wc_planner *p, const struct wc_stage *stage, uint32_t ns) {
  uint64_t most = 0;
  for (uint32_t k = 0; k <= stage->n_fused; k++) {
    const uint32_t node = wc_stage_node(stage, k);
    const uint64_t bytes = ns <= 2 ? p->scratch[node][ns - 1]
                           : p->scratch[node][1] == 0
                               ? 0
                               : wc_node_scratch(p, p->scratch_owner[node], ns);
    most = bytes > most ? bytes : most;
  }
  return most;
}

/* A stage of node @index and of those before @end that can be fused behind it. */
static bool make_stage(const struct wc_planner *p, struct wc_segment *seg, uint32_t index,
                       uint32_t end, uint32_t due_to) {
  const uint32_t u = seg->n_stages++;
  struct wc_stage *stage = &seg->stages[u];
  const struct wc_node *node = &p->g->nodes[index];
  memset(stage, 0xFF, sizeof *stage); /* operands: WC_NONE */
  stage->node = index;
  stage->n_fused = 0;
  stage->again = index < seg->a;
  stage->due_to = due_to;
  stage->stay0 = seg->n_stays;
  fuse(p, seg, stage, end);
  bool ok = true;
  for (unsigned i = 0; ok && i < node->n_in; i++) {
    ok = read_tensor(p, seg, u, index, node->in[i], &stage->in[i]);
  }
  for (unsigned i = 0; ok && i < node->n_out; i++) {
    if (i > 0 || !stage->drop_out) {
      ok = put_out(p, seg, u, index, node->out[i], &stage->out[i]);
    }
  }
  for (uint32_t k = 0; ok && k < stage->n_fused; k++) {
    ok = fused_operands(p, seg, u, k);
  }
  if (ok && wc_stage_scratch(p, stage, 1) > 0) {
    stage->scratch = new_stay(seg, WC_NONE, u);
    ok = stage->scratch != WC_NONE;
  }
  stage->stay1 = seg->n_stays;
  return ok;
}

/* The node that runs in the place of node @i in graph order. */
static uint32_t in_turn(const struct wc_planner *p, const struct wc_segment *seg, uint32_t i) {
  const struct wc_node *nodes = p->g->nodes;
  if (seg->shape.dgrad_first && i + 1 < seg->b && nodes[i].op == WC_N_CONV_WGRAD &&
      nodes[i + 1].op == WC_N_CONV_DGRAD && nodes[i + 1].home == nodes[i].home) {
    return i + 1;
  }
  if (seg->shape.dgrad_first && i > seg->a && nodes[i].op == WC_N_CONV_DGRAD &&
      nodes[i - 1].op == WC_N_CONV_WGRAD && nodes[i - 1].home == nodes[i].home) {
    return i - 1;
  }
  return i;
}

/* Stages of the forward nodes that must run again before backward node @index and those that can
 * be fused behind it. */
static bool make_stages_again(const struct wc_planner *p, struct wc_segment *seg, uint32_t index) {
  seg->n_again = 0;
  for (uint32_t k = 0; k <= p->fusible[index] && index + k < seg->b; k++) {
    wc_again_for(p, seg, index + k);
  }
  bool ok = true;
  for (uint32_t i = 0, end; ok && i < seg->n_again; i += 1 + seg->stages[end].n_fused) {
    end = seg->n_stages; /* this stage */
    uint32_t k = i + 1;
    while (k < seg->n_again && seg->again[k] == seg->again[k - 1] + 1) {
      k++;
    }
    ok = make_stage(p, seg, seg->again[i], seg->again[k - 1] + 1, index);
  }
  return ok;
}

/* Room for the stages of @n nodes, and an empty table of stays. */
static bool prepare(const struct wc_planner *p, struct wc_segment *seg, uint32_t n) {
  if (seg->cap_stages < n + 1) {
    free(seg->stages);
    seg->cap_stages = n + n / 2 + 1;
    seg->stages = malloc(seg->cap_stages * sizeof *seg->stages);
  }
  if (seg->again == NULL) {
    seg->again = malloc((p->n_forward + 1) * sizeof *seg->again);
  }
  if (seg->at == NULL) {
    const size_t bytes = (p->g->n_tensors + 1) * sizeof *seg->at;
    seg->at = malloc(bytes);
    if (seg->at != NULL) {
      memset(seg->at, 0xFF, bytes);
    }
  }
  return seg->stages != NULL && seg->at != NULL && seg->again != NULL;
}

bool wc_segment_make(const struct wc_planner *p, uint32_t a, uint32_t b, struct wc_shape shape,
                     struct wc_segment *seg) {
  seg->a = a;
  seg->b = b;
  seg->shape = shape;
  seg->n_stages = seg->n_stays = seg->n_blocks = 0;
  const bool again = shape.keeping.kept != NULL && a >= p->n_forward;
  bool ok = prepare(p, seg, b - a + (again ? p->n_forward : 0));
  for (uint32_t i = a; ok && i < b;) {
    const uint32_t node = in_turn(p, seg, i);
    ok = (!again || make_stages_again(p, seg, node)) && make_stage(p, seg, node, b, node);
    i += 1 + seg->stages[seg->n_stages - 1].n_fused;
  }
  ok = ok && wc_segment_blocks(p, seg);
  seg->clash = ok && !wc_hands_apply(p, seg);
  for (uint32_t i = 0; ok && i < seg->n_stays; i++) { /* leaves the table empty */
    if (seg->stays[i].tensor != WC_NONE) {
      seg->at[seg->stays[i].tensor] = WC_NONE;
    }
  }
  if (!ok) {
    wc_segment_free(seg);
  }
  return ok;
}

void wc_segment_free(struct wc_segment *seg) {
  free(seg->stages);
  free(seg->stays);
  free(seg->blocks);
  free(seg->at);
  free(seg->again);
  *seg = (struct wc_segment){0};
}

/* Samples of @all that are moved when those from @end on are not. */
static uint64_t moved(uint64_t all, uint32_t end) {
  return end < all ? end : all;
}

/* What parameter @s costs on its way from the buffer to the array, and a sum there and back, in
 * @iterations: as many bytes of DRAM as take the energy, by the defaults of energy.c on hbm2. */
static uint64_t operand(const struct wc_stay *s, uint64_t bytes, uint64_t iterations) {
  const uint64_t eighths = s->sums ? 5 : 3;
  return iterations * bytes * eighths / 8;
}

uint64_t wc_segment_traffic(const struct wc_planner *p, const struct wc_segment *seg,
                            uint32_t sub_batch) {
  const uint64_t iterations = (p->batch + sub_batch - 1) / sub_batch;
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < seg->n_stays; i++) {
    const struct wc_stay *s = &seg->stays[i];
    if (s->tensor == WC_NONE) {
      continue;
    }
    const struct wc_tensor *t = &p->g->tensors[s->tensor];
    const uint64_t once = wc_even(wc_tensor_bytes(t));
    const uint64_t times = t->per_sample ? p->batch : s->pinned ? 1 : iterations;
    bytes += s->store ? moved(times, s->store_end) * once : 0;
    bytes += s->load ? (moved(times, s->load_end) - (s->sums ? 1 : 0)) * once : 0;
    bytes += p->bounds.operands && !t->per_sample ? operand(s, once, iterations) : 0;
  }
  return bytes;
}
