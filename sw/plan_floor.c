#include "plan_floor.h"

#include <stdlib.h>
#include <string.h>

/* A tensor counts where it is first touched in a pass: a group that holds this node moves it. */
struct seen {
  bool *forward, *backward;
};

static void count_input(const struct wc_planner *p, const struct wc_node *node, uint32_t tensor,
                        bool *seen, struct wc_floor *at) {
  const struct wc_tensor *t = &p->g->tensors[tensor];
  if (seen[tensor] || t->role == WC_ROLE_HYPER) {
    return;
  }
  seen[tensor] = true;
  const bool crosses =
      t->per_sample && node->backward && t->producer != WC_NONE && t->producer < p->n_forward;
  at->params += t->per_sample ? 0 : wc_tensor_bytes(t);
  at->samples += crosses ? wc_even(wc_tensor_bytes(t)) : 0;
}

/* True when a backward node reads @tensor: then it is stored where it was made. */
static bool read_backward(const struct wc_planner *p, uint32_t tensor) {
  return p->last_use[tensor] != WC_NONE && p->last_use[tensor] >= p->n_forward;
}

static void count_node(const struct wc_planner *p, const struct wc_node *node,
                       const struct seen *seen, struct wc_floor *at) {
  for (unsigned i = 0; i < node->n_in; i++) {
    count_input(p, node, node->in[i], node->backward ? seen->backward : seen->forward, at);
  }
  for (unsigned i = 0; i < node->n_out; i++) {
    const struct wc_tensor *t = &p->g->tensors[node->out[i]];
    if (t->role == WC_ROLE_DPARAM) {
      at->sums += wc_tensor_bytes(t);
    } else if (!node->backward && read_backward(p, node->out[i])) {
      at->samples += wc_even(wc_tensor_bytes(t));
    }
  }
}

struct wc_floor *wc_floor_new(const struct wc_planner *p) {
  struct wc_floor *floor = calloc(p->n_forward + 1, sizeof *floor);
  const struct seen seen = {calloc(p->g->n_tensors + 1, 1), calloc(p->g->n_tensors + 1, 1)};
  const bool ok = floor != NULL && seen.forward != NULL && seen.backward != NULL;
  for (uint32_t i = 0; ok && i < p->n_forward; i++) {
    floor[i + 1] = floor[i];
    count_node(p, &p->g->nodes[i], &seen, &floor[i + 1]);
    for (uint32_t k = p->backward[i + 1]; k < p->backward[i]; k++) {
      count_node(p, &p->g->nodes[k], &seen, &floor[i + 1]);
    }
  }
  free(seen.forward);
  free(seen.backward);
  if (!ok) {
    free(floor);
    return NULL;
  }
  return floor;
}

uint64_t wc_floor_bytes(const struct wc_planner *p, const struct wc_floor *floor, uint32_t first,
                        uint32_t last, uint32_t iterations) {
  const struct wc_floor *a = &floor[first], *b = &floor[last + 1];
  return (b->params - a->params) * iterations +
         (b->sums - a->sums) * (2 * (uint64_t)iterations - 1) +
         (b->samples - a->samples) * p->batch;
}
