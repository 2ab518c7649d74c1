#include "reference_graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct ref_run ref_run_new(const struct wc_graph *graph, uint32_t n) {
  struct ref_run run = {.graph = graph, .n = n};
  run.t = calloc(graph->n_tensors, sizeof *run.t);
  if (run.t == NULL) {
    fputs("reference: out of memory\n", stderr);
    abort();
  }
  for (uint32_t i = 0; i < graph->n_tensors; i++) {
    const struct wc_tensor *t = &graph->tensors[i];
    run.t[i] = ref_new(t->per_sample ? n : 1, t->h, t->w, t->c);
  }
  return run;
}

void ref_run_free(struct ref_run *run) {
  for (uint32_t i = 0; i < run->graph->n_tensors; i++) {
    ref_free(&run->t[i]);
  }
  free(run->t);
  run->t = NULL;
}

/* gamma is what a GN node reads as its second input. */
static bool is_gamma(const struct wc_graph *g, uint32_t tensor) {
  for (uint32_t i = 0; i < g->n_forward; i++) {
    if (g->nodes[i].op == WC_N_GN && g->nodes[i].in[1] == tensor) {
      return true;
    }
  }
  return false;
}

void ref_run_fill(struct ref_run *run, double loss_scale, uint64_t *state) {
  const struct wc_graph *g = run->graph;
  for (uint32_t i = 0; i < g->n_params; i++) {
    const uint32_t p = g->params[i];
    struct ref_tensor *t = &run->t[p];
    const bool weight = g->tensors[p].role == WC_ROLE_WEIGHT;
    ref_fill_normal(t, weight ? sqrt(2.0 / ((double)t->h * t->w)) : 0.1, state);
    for (size_t e = 0; e < ref_elems(t) && is_gamma(g, p); e++) {
      t->v[e] += 1;
    }
    ref_round(t, g->tensors[p].type);
  }
  for (size_t e = 0; e < ref_elems(&run->t[g->image]); e++) {
    run->t[g->image].v[e] = (double)(ref_random(state) % 256);
  }
  for (uint32_t e = 0; e < run->n; e++) {
    run->t[g->label].v[e] = (double)(ref_random(state) % g->classes);
  }
  run->t[g->hyper].v[WC_HYPER_LOSS_SCALE] = ref_round32(loss_scale / run->n);
  run->t[g->hyper].v[WC_HYPER_GRAD_SCALE] = ref_round32(1 / loss_scale);
}

static void run_forward_node(struct ref_run *run, const struct wc_node *node,
                             struct ref_tensor *const in[], struct ref_tensor *const out[]) {
  const struct ref_kernel k = {node->r, node->s, node->stride, node->pad, node->pad_x};
  switch (node->op) {
    case WC_N_NORMALIZE:
      ref_normalize(in[0], (double)node->k0, (double)node->k1, out[0]);
      break;
    case WC_N_CONV:
      ref_conv(in[0], in[1], k, out[0]);
      if (node->n_in > 2) {
        ref_bias(out[0], in[2], out[0]);
      }
      break;
    case WC_N_BIAS:
      ref_bias(in[0], in[1], out[0]);
      break;
    case WC_N_GN:
      ref_gn(in[0], in[1], in[2], (double)node->k0, out[0], out[1]);
      break;
    case WC_N_RELU:
      if (run->replay) {
        ref_relu_replay(in[0], out[1], out[0]);
      } else {
        ref_relu(in[0], out[0], out[1]);
      }
      break;
    case WC_N_MAXPOOL:
      if (run->replay) {
        ref_maxpool_replay(in[0], k, out[1], out[0]);
      } else {
        ref_maxpool(in[0], k, out[0], out[1]);
      }
      break;
    case WC_N_AVGPOOL:
      ref_avgpool(in[0], k, out[0]);
      break;
    case WC_N_CONCAT:
      ref_concat(in, node->n_in, out[0]);
      break;
    case WC_N_GAP:
      ref_gap(in[0], out[0]);
      break;
    case WC_N_XENT:
      ref_xent(in[0], in[1], in[2]->v[WC_HYPER_LOSS_SCALE], out[0], out[1]);
      break;
    default:
      break;
  }
}

static void run_backward_node(const struct wc_node *node, struct ref_tensor *const in[],
                              struct ref_tensor *const out[]) {
  const struct ref_kernel k = {node->r, node->s, node->stride, node->pad, node->pad_x};
  switch (node->op) {
    case WC_N_CONV_DGRAD:
      ref_conv_dgrad(in[0], in[1], k, out[0]);
      break;
    case WC_N_CONV_WGRAD:
      ref_conv_wgrad_acc(in[0], in[1], k, out[0]);
      break;
    case WC_N_BIAS_BWD:
      ref_bias_bwd_acc(in[0], out[0]);
      break;
    case WC_N_GN_BWD:
      ref_gn_bwd_acc(in[0], in[1], in[2], in[3], out[0], out[1], out[2]);
      break;
    case WC_N_RELU_BWD:
      ref_relu_bwd(in[0], in[1], out[0]);
      break;
    case WC_N_MAXPOOL_BWD:
      ref_maxpool_bwd(in[0], in[1], k, out[0]);
      break;
    case WC_N_AVGPOOL_BWD:
      ref_avgpool_bwd(in[0], k, out[0]);
      break;
    case WC_N_SPLIT:
      ref_split(in[0], node->from, out[0]);
      break;
    case WC_N_GAP_BWD:
      ref_gap_bwd(in[0], out[0]);
      break;
    default:
      break;
  }
}

void ref_run_node(struct ref_run *run, uint32_t index) {
  const struct wc_node *node = &run->graph->nodes[index];
  struct ref_tensor *in[WC_MAX_IN] = {0}, *out[WC_MAX_OUT] = {0};
  for (unsigned i = 0; i < node->n_in; i++) {
    in[i] = &run->t[node->in[i]];
  }
  for (unsigned i = 0; i < node->n_out; i++) {
    out[i] = &run->t[node->out[i]];
  }
  if (node->op == WC_N_ADD) {
    ref_add(in[0], in[1], out[0]);
  } else if (node->backward) {
    run_backward_node(node, in, out);
  } else {
    run_forward_node(run, node, in, out);
  }
  for (unsigned i = 0; i < node->n_out && run->round; i++) {
    ref_round(out[i], run->graph->tensors[node->out[i]].type);
  }
}

void ref_run_forward(struct ref_run *run) {
  for (uint32_t i = 0; i < run->graph->n_forward; i++) {
    ref_run_node(run, i);
  }
}

void ref_run_backward(struct ref_run *run) {
  for (uint32_t i = 0; i < run->graph->n_tensors; i++) {
    if (run->graph->tensors[i].role == WC_ROLE_DPARAM) {
      ref_zero(&run->t[i]);
    }
  }
  for (uint32_t i = run->graph->n_forward; i < run->graph->n_nodes; i++) {
    ref_run_node(run, i);
  }
}

void ref_run_graph(struct ref_run *run) {
  ref_run_forward(run);
  ref_run_backward(run);
}

double ref_run_loss(const struct ref_run *run) {
  const struct ref_tensor *loss = &run->t[run->graph->loss];
  double sum = 0;
  for (size_t i = 0; i < ref_elems(loss); i++) {
    sum += loss->v[i];
  }
  return sum / (double)ref_elems(loss);
}
