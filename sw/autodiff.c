/* The backward half of a graph.
 *
 * Forward nodes are visited from last to first. When a node is visited, the gradient of its output
 * is complete, for all its consumers come later. Each input then receives one contribution; from
 * the second one on, a contribution is added to what is there by an ADD node at home in the
 * consumer just visited. The gradient of a sum is the gradient of both its terms: the same tensor,
 * without a node. Gradient tensors are never overwritten, so they can be shared. */
#include <stdlib.h>

#include "graph_build.h"

struct diff {
  struct wc_graph *g;
  uint32_t n_tensors; /* forward ones: the length of the arrays */
  bool *needs;        /* the gradient is of use: a trainable tensor lies before */
  uint32_t *uses;     /* operands of forward nodes that read it */
  uint32_t *parts;    /* contributions to its gradient so far */
};

static bool is_trainable(const struct wc_tensor *t) {
  return t->role == WC_ROLE_WEIGHT || t->role == WC_ROLE_PARAM;
}

static void find_needs_and_uses(struct diff *d) {
  for (uint32_t i = 0; i < d->n_tensors; i++) {
    d->needs[i] = is_trainable(&d->g->tensors[i]);
  }
  for (uint32_t i = 0; i < d->g->n_forward; i++) {
    const struct wc_node *node = &d->g->nodes[i];
    bool needs = false;
    for (unsigned j = 0; j < node->n_in; j++) {
      d->uses[node->in[j]]++;
      needs = needs || d->needs[node->in[j]];
    }
    if (node->n_out > 0) {
      d->needs[node->out[0]] = needs;
    }
  }
}

/* Every feature must lead to the loss, or its producers would have no gradient. */
static void check_all_used(const struct diff *d) {
  for (uint32_t i = 0; i < d->n_tensors; i++) {
    if (d->g->tensors[i].role == WC_ROLE_FEATURE && d->uses[i] == 0) {
      wc_graph_fail(d->g, "network %s: no node reads %s; remove it or connect it to the loss",
                    d->g->name, d->g->tensors[i].name);
    }
  }
}

/* A new tensor for the contribution that forward node @consumer makes to the gradient of @t. */
static uint32_t new_gradient(struct diff *d, uint32_t t, const struct wc_node *consumer) {
  const struct wc_tensor *of = &d->g->tensors[t];
  const struct wc_tensor_spec spec = {WC_ROLE_GRADIENT, WC_T_FP16, of->h, of->w, of->c, true, t};
  if (d->uses[t] > 1) {
    return wc_graph_new_tensor(d->g, spec, "d_%s@%s", of->name, consumer->name);
  }
  return wc_graph_new_tensor(d->g, spec, "d_%s", of->name);
}

/* The gradient of a trainable tensor. */
static uint32_t new_dparam(struct diff *d, uint32_t t) {
  const struct wc_tensor *of = &d->g->tensors[t];
  const struct wc_tensor_spec spec = {WC_ROLE_DPARAM, WC_T_FP32, of->h, of->w, of->c, false, t};
  const uint32_t grad = wc_graph_new_tensor(d->g, spec, "d_%s", of->name);
  if (grad != WC_NONE) {
    d->g->tensors[t].grad = grad;
  }
  return grad;
}

/* A backward node at home in forward node @home. A gradient has its forward node's geometry; a sum
 * of gradients has none. */
static uint32_t new_backward(struct diff *d, enum wc_op op, uint32_t home, const char *suffix) {
  const struct wc_node from = d->g->nodes[home];
  const uint32_t index = wc_graph_new_node(d->g, op, "%s.%s", from.name, suffix);
  if (index != WC_NONE) {
    struct wc_node *node = &d->g->nodes[index];
    node->home = home;
    node->backward = true;
    if (op != WC_N_ADD) {
      node->r = from.r;
      node->s = from.s;
      node->stride = from.stride;
      node->pad = from.pad;
      node->pad_x = from.pad_x;
      node->groups = from.groups;
      node->k0 = from.k0;
      node->k1 = from.k1;
    }
  }
  return index;
}

/* Adds @part, what forward node @home contributes, to the gradient of @t. */
static void contribute(struct diff *d, uint32_t t, uint32_t part, uint32_t home) {
  if (part == WC_NONE || !d->needs[t]) {
    return;
  }
  d->parts[t]++;
  const uint32_t sum_so_far = d->g->tensors[t].grad;
  if (sum_so_far == WC_NONE) {
    d->g->tensors[t].grad = part;
    return;
  }
  const struct wc_tensor of = d->g->tensors[t];
  const struct wc_node consumer = d->g->nodes[home];
  const struct wc_tensor_spec spec = {WC_ROLE_GRADIENT, WC_T_FP16, of.h, of.w, of.c, true, t};
  const uint32_t sum = d->parts[t] == d->uses[t]
                           ? wc_graph_new_tensor(d->g, spec, "d_%s", of.name)
                           : wc_graph_new_tensor(d->g, spec, "d_%s+%s", of.name, consumer.name);
  const uint32_t node = new_backward(d, WC_N_ADD, home, "sum");
  wc_graph_in(d->g, node, sum_so_far);
  wc_graph_in(d->g, node, part);
  wc_graph_out(d->g, node, sum);
  if (sum != WC_NONE) {
    d->g->tensors[t].grad = sum;
  }
}

/* The weight gradient comes before the data gradient: once it is made, the convolution's input is
 * of no more use. */
static void conv_backward(struct diff *d, uint32_t home, uint32_t dy) {
  const struct wc_node node = d->g->nodes[home];
  if (node.n_in > 2) {
    const uint32_t bias = new_backward(d, WC_N_BIAS_BWD, home, "bgrad");
    wc_graph_in(d->g, bias, dy);
    wc_graph_out(d->g, bias, new_dparam(d, node.in[2]));
  }
  const uint32_t wgrad = new_backward(d, WC_N_CONV_WGRAD, home, "wgrad");
  wc_graph_in(d->g, wgrad, node.in[0]);
  wc_graph_in(d->g, wgrad, dy);
  wc_graph_out(d->g, wgrad, new_dparam(d, node.in[1]));
  if (!d->needs[node.in[0]]) {
    return;
  }
  const uint32_t dx = new_gradient(d, node.in[0], &node);
  const uint32_t dgrad = new_backward(d, WC_N_CONV_DGRAD, home, "dgrad");
  wc_graph_in(d->g, dgrad, dy);
  wc_graph_in(d->g, dgrad, node.in[1]);
  wc_graph_out(d->g, dgrad, dx);
  contribute(d, node.in[0], dx, home);
}

static void bias_backward(struct diff *d, uint32_t home, uint32_t dy) {
  const struct wc_node node = d->g->nodes[home];
  const uint32_t bwd = new_backward(d, WC_N_BIAS_BWD, home, "bwd");
  wc_graph_in(d->g, bwd, dy);
  wc_graph_out(d->g, bwd, new_dparam(d, node.in[1]));
  contribute(d, node.in[0], dy, home);
}

static void gn_backward(struct diff *d, uint32_t home, uint32_t dy) {
  const struct wc_node node = d->g->nodes[home];
  const uint32_t dx = new_gradient(d, node.in[0], &node);
  const uint32_t bwd = new_backward(d, WC_N_GN_BWD, home, "bwd");
  wc_graph_in(d->g, bwd, node.in[0]);
  wc_graph_in(d->g, bwd, dy);
  wc_graph_in(d->g, bwd, node.out[1]);
  wc_graph_in(d->g, bwd, node.in[1]);
  wc_graph_out(d->g, bwd, dx);
  wc_graph_out(d->g, bwd, new_dparam(d, node.in[1]));
  wc_graph_out(d->g, bwd, new_dparam(d, node.in[2]));
  contribute(d, node.in[0], dx, home);
}

/* A node with one input and, at most, a second output kept for it: ReLU, pooling. */
static void unary_backward(struct diff *d, enum wc_op op, uint32_t home, uint32_t dy) {
  const struct wc_node node = d->g->nodes[home];
  if (!d->needs[node.in[0]]) {
    return;
  }
  const uint32_t dx = new_gradient(d, node.in[0], &node);
  const uint32_t bwd = new_backward(d, op, home, "bwd");
  wc_graph_in(d->g, bwd, dy);
  if (node.n_out > 1) {
    wc_graph_in(d->g, bwd, node.out[1]);
  }
  wc_graph_out(d->g, bwd, dx);
  contribute(d, node.in[0], dx, home);
}

/* Each term gets its channels, the last one first: as consumers of a tensor come. */
static void concat_backward(struct diff *d, uint32_t home, uint32_t dy) {
  const struct wc_node node = d->g->nodes[home];
  uint32_t from = d->g->tensors[node.out[0]].c;
  for (unsigned i = node.n_in; i-- > 0;) {
    from -= d->g->tensors[node.in[i]].c;
    if (!d->needs[node.in[i]]) {
      continue;
    }
    char suffix[16];
    snprintf(suffix, sizeof suffix, "split%u", i);
    const uint32_t dx = new_gradient(d, node.in[i], &node);
    const uint32_t split = new_backward(d, WC_N_SPLIT, home, suffix);
    wc_graph_in(d->g, split, dy);
    wc_graph_out(d->g, split, dx);
    if (split != WC_NONE) {
      d->g->nodes[split].from = from;
    }
    contribute(d, node.in[i], dx, home);
  }
}

static void node_backward(struct diff *d, uint32_t home) {
  const struct wc_node node = d->g->nodes[home];
  const uint32_t dy = d->g->tensors[node.out[0]].grad;
  switch (node.op) {
    case WC_N_XENT:
      contribute(d, node.in[0], node.out[1], home);
      break;
    case WC_N_CONV:
      conv_backward(d, home, dy);
      break;
    case WC_N_BIAS:
      bias_backward(d, home, dy);
      break;
    case WC_N_GN:
      gn_backward(d, home, dy);
      break;
    case WC_N_RELU:
      unary_backward(d, WC_N_RELU_BWD, home, dy);
      break;
    case WC_N_MAXPOOL:
      unary_backward(d, WC_N_MAXPOOL_BWD, home, dy);
      break;
    case WC_N_AVGPOOL:
      unary_backward(d, WC_N_AVGPOOL_BWD, home, dy);
      break;
    case WC_N_CONCAT:
      concat_backward(d, home, dy);
      break;
    case WC_N_GAP:
      unary_backward(d, WC_N_GAP_BWD, home, dy);
      break;
    case WC_N_ADD:
      contribute(d, node.in[1], dy, home);
      contribute(d, node.in[0], dy, home);
      break;
    default: /* NORMALIZE: nothing to train before it */
      break;
  }
}

bool wc_graph_differentiate(struct wc_graph *graph, struct wc_report *why) {
  const uint32_t n_tensors = graph->n_tensors, n_forward = graph->n_forward;
  struct diff d = {.g = graph, .n_tensors = n_tensors};
  if (graph->loss == WC_NONE) {
    wc_graph_fail(graph, "network %s: has no loss to differentiate; end it with a cross-entropy",
                  graph->name);
  } else if (graph->n_nodes > n_forward) {
    wc_graph_fail(graph, "network %s: is differentiated already", graph->name);
  }
  if (wc_graph_failed(graph) == NULL) {
    d.needs = calloc(n_tensors, sizeof *d.needs);
    d.uses = calloc(n_tensors, sizeof *d.uses);
    d.parts = calloc(n_tensors, sizeof *d.parts);
    if (d.needs == NULL || d.uses == NULL || d.parts == NULL) {
      wc_graph_fail(graph, "network %s: out of memory", graph->name);
    }
  }
  if (wc_graph_failed(graph) == NULL) {
    find_needs_and_uses(&d);
    check_all_used(&d);
  }
  for (uint32_t i = n_forward; i-- > 0 && wc_graph_failed(graph) == NULL;) {
    node_backward(&d, i);
  }
  free(d.needs);
  free(d.uses);
  free(d.parts);
  const char *failure = wc_graph_failed(graph);
  if (failure != NULL && why != NULL) {
    snprintf(why->text, sizeof why->text, "%s", failure);
  }
  return failure == NULL;
}
