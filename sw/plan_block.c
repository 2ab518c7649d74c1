/* Which stays of a segment share a block of the buffer: a node may write over an operand that ends
 * there, where its kernel works in place. */
#include <stdlib.h>

#include "plan_build.h"

static struct wc_block stay_block(const struct wc_planner *p, const struct wc_segment *seg,
                                  const struct wc_stay *s) {
  struct wc_block block = {.first = s->first,
                           .last = s->last,
                           .pinned = s->pinned,
                           .scratch_of = WC_NONE,
                           .hand_from = WC_NONE};
  if (s->tensor == WC_NONE) {
    block.scratch_of = s->first;
    const struct wc_stage *stage = &seg->stages[s->first];
    const uint64_t one = wc_stage_scratch(p, stage, 1), two = wc_stage_scratch(p, stage, 2);
    block.each = two > one ? two - one : 0;
    block.fixed = one > block.each ? one - block.each : 0;
  } else if (p->g->tensors[s->tensor].per_sample) {
    block.each = wc_tensor_pitch(&p->g->tensors[s->tensor]);
  } else {
    block.fixed = wc_tensor_bytes(&p->g->tensors[s->tensor]);
  }
  if (block.pinned) {
    block.first = 0;
    block.last = seg->n_stages - 1;
  }
  return block;
}

/* A per-sample operand that a stage reads: operand @index of its node @k (0: the head, then those
 * fused behind it). */
struct operand {
  uint32_t k;
  unsigned index;
};

/* True when the main output of the stage's node @to may be written over operand @o: each node from
 * there on works in place on what the one before makes. A fused stage reads and writes element by
 * element in one command, so any of its operands will do. */
static bool chain_in_place(const struct wc_planner *p, const struct wc_stage *stage,
                           struct operand o, uint32_t to) {
  bool ok = wc_kernel_in_place(p->g->nodes[wc_stage_node(stage, o.k)].op, o.index, 0);
  for (uint32_t k = o.k + 1; ok && k <= to; k++) {
    const struct wc_node *node = &p->g->nodes[wc_stage_node(stage, k)];
    const uint32_t chain = p->g->nodes[wc_stage_node(stage, k - 1)].out[0];
    ok = wc_kernel_in_place(node->op, node->in[0] == chain ? 0 : 1, 0);
  }
  return ok;
}

/* True when @in, which stage @u reads, ends there and can leave its block to stay @out. */
static bool leaves_room(const struct wc_planner *p, const struct wc_segment *seg, uint32_t u,
                        uint32_t in, uint32_t out) {
  const struct wc_stay *s = &seg->stays[in];
  const bool comes_in = s->first < u || s->load;
  const struct wc_tensor *a = &p->g->tensors[s->tensor];
  const struct wc_tensor *b = &p->g->tensors[seg->stays[out].tensor];
  return comes_in && s->last == u && !s->given && a->per_sample && b->per_sample &&
         wc_tensor_pitch(a) == wc_tensor_pitch(b);
}

/* The stay whose block @out, the main output of node @to of stage @u, takes over; or WC_NONE. */
static uint32_t predecessor(const struct wc_planner *p, const struct wc_segment *seg, uint32_t u,
                            uint32_t to, uint32_t out) {
  const struct wc_stage *stage = &seg->stages[u];
  for (uint32_t k = 0; k <= to; k++) {
    for (unsigned i = 0; i < p->g->nodes[wc_stage_node(stage, k)].n_in; i++) {
      const uint32_t in = k == 0 ? stage->in[i] : stage->fused_in[k - 1][i];
      if (in != WC_NONE && leaves_room(p, seg, u, in, out) &&
          chain_in_place(p, stage, (struct operand){k, i}, to)) {
        return in;
      }
    }
  }
  return WC_NONE;
}

/* Node of stage @u whose main output is @stay; WC_NONE: it is another kind of stay. */
static uint32_t maker(const struct wc_segment *seg, uint32_t u, uint32_t stay) {
  const struct wc_stage *stage = &seg->stages[u];
  for (uint32_t k = 0; k <= stage->n_fused; k++) {
    if ((k == 0 ? stage->out[0] : stage->fused_out[k - 1][0]) == stay) {
      return k;
    }
  }
  return WC_NONE;
}

void wc_segment_chain(struct wc_segment *seg) {
  for (uint32_t u = 0; u < seg->n_stages; u++) {
    seg->stages[u].ended = WC_NONE;
  }
  for (uint32_t i = 0; i < seg->n_blocks; i++) {
    if (!seg->blocks[i].pinned) {
      seg->blocks[i].next_ended = seg->stages[seg->blocks[i].last].ended;
      seg->stages[seg->blocks[i].last].ended = i;
    }
  }
}

bool wc_segment_blocks(const struct wc_planner *p, struct wc_segment *seg) {
  if (seg->cap_blocks < seg->n_stays) {
    free(seg->blocks);
    seg->cap_blocks = seg->n_stays + seg->n_stays / 2;
    seg->blocks = malloc(seg->cap_blocks * sizeof *seg->blocks);
  }
  if (seg->blocks == NULL && seg->n_stays > 0) {
    return false;
  }
  for (uint32_t u = 0; u < seg->n_stages; u++) {
    for (uint32_t i = seg->stages[u].stay0; i < seg->stages[u].stay1; i++) {
      struct wc_stay *s = &seg->stays[i];
      const uint32_t to = maker(seg, u, i);
      const uint32_t before = to == WC_NONE ? WC_NONE : predecessor(p, seg, u, to, i);
      if (before != WC_NONE) {
        seg->stays[before].given = true;
        s->block = seg->stays[before].block;
        seg->blocks[s->block].last = s->last;
      } else {
        s->block = seg->n_blocks;
        seg->blocks[seg->n_blocks++] = stay_block(p, seg, s);
      }
    }
  }
  wc_segment_chain(seg);
  return true;
}
