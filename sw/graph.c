/* Facts about a finished graph: sizes, totals, names, dump. Construction: graph_build.c. */
#include "graph.h"

#include <inttypes.h>

#include "graph_json.h"

uint64_t wc_tensor_elems(const struct wc_tensor *t) {
  return (uint64_t)t->h * t->w * t->c;
}

static uint64_t type_bits(enum wc_type type) {
  switch (type) {
    case WC_T_FP16:
      return 16;
    case WC_T_FP32:
      return 32;
    case WC_T_U8:
      return 8;
    case WC_T_BIT:
      return 1;
  }
  return 0;
}

uint64_t wc_tensor_bytes(const struct wc_tensor *t) {
  return wc_tensor_elems(t) * type_bits(t->type) / 8;
}

uint64_t wc_tensor_pitch(const struct wc_tensor *t) {
  return (wc_tensor_bytes(t) + 15) / 16 * 16;
}

uint64_t wc_tensor_row_bytes(const struct wc_tensor *t) {
  return (uint64_t)t->w * t->c * type_bits(t->type) / 8;
}

/* Multiply-accumulates of a convolution or of one of its gradients, per sample: every tap of every
 * output position of the forward convolution, those in the padding included. 0 for other nodes. */
uint64_t wc_node_macs(const struct wc_graph *g, const struct wc_node *node) {
  uint32_t y = WC_NONE, w = WC_NONE; /* of the shape of the forward output, of the weights */
  switch (node->op) {
    case WC_N_CONV:
      y = node->out[0];
      w = node->in[1];
      break;
    case WC_N_CONV_DGRAD:
      y = node->in[0];
      w = node->in[1];
      break;
    case WC_N_CONV_WGRAD:
      y = node->in[1];
      w = node->out[0];
      break;
    default:
      return 0;
  }
  return (uint64_t)g->tensors[y].h * g->tensors[y].w * wc_tensor_elems(&g->tensors[w]);
}

/* A fully connected layer is a convolution whose kernel is as large as its unpadded input and
 * whose sum stays FP32 for the bias behind it. */
static bool is_fc(const struct wc_graph *g, const struct wc_node *conv) {
  const struct wc_tensor *x = &g->tensors[conv->in[0]];
  return g->tensors[conv->out[0]].type == WC_T_FP32 && conv->pad == 0 && conv->pad_x == 0 &&
         conv->r == x->h && conv->s == x->w;
}

struct wc_graph_totals wc_graph_totals(const struct wc_graph *graph) {
  struct wc_graph_totals totals = {0};
  for (uint32_t i = 0; i < graph->n_nodes; i++) {
    const struct wc_node *node = &graph->nodes[i];
    const uint64_t macs = wc_node_macs(graph, node);
    totals.train_macs += macs;
    if (node->op == WC_N_CONV) {
      totals.macs += macs;
      if (!is_fc(graph, node)) {
        totals.conv_out_elems += wc_tensor_elems(&graph->tensors[node->out[0]]);
      }
    }
  }
  for (uint32_t i = 0; i < graph->n_params; i++) {
    totals.params += wc_tensor_elems(&graph->tensors[graph->params[i]]);
  }
  return totals;
}

const char *wc_op_name(enum wc_op op) {
  static const char *const names[] = {
      [WC_N_NORMALIZE] = "normalize",
      [WC_N_CONV] = "conv",
      [WC_N_BIAS] = "bias",
      [WC_N_GN] = "gn",
      [WC_N_RELU] = "relu",
      [WC_N_ADD] = "add",
      [WC_N_MAXPOOL] = "maxpool",
      [WC_N_AVGPOOL] = "avgpool",
      [WC_N_GAP] = "gap",
      [WC_N_CONCAT] = "concat",
      [WC_N_XENT] = "xent",
      [WC_N_CONV_DGRAD] = "conv_dgrad",
      [WC_N_CONV_WGRAD] = "conv_wgrad",
      [WC_N_BIAS_BWD] = "bias_bwd",
      [WC_N_GN_BWD] = "gn_bwd",
      [WC_N_RELU_BWD] = "relu_bwd",
      [WC_N_MAXPOOL_BWD] = "maxpool_bwd",
      [WC_N_AVGPOOL_BWD] = "avgpool_bwd",
      [WC_N_GAP_BWD] = "gap_bwd",
      [WC_N_SPLIT] = "split",
  };
  return (size_t)op < sizeof names / sizeof *names ? names[op] : "?";
}

static void dump_tensor(const struct wc_graph *g, uint32_t index, FILE *out) {
  const struct wc_tensor *t = &g->tensors[index];
  fprintf(out, "tensor %3" PRIu32 " %-8s %-4s %4" PRIu32 " x %4" PRIu32 " x %4" PRIu32 " %s %s",
          index, wc_role_name(t->role), wc_type_name(t->type), t->h, t->w, t->c,
          t->per_sample ? "sample" : "once  ", t->name);
  if (t->grad != WC_NONE) {
    fprintf(out, " grad=%s", g->tensors[t->grad].name);
  }
  if (t->of != WC_NONE) {
    fprintf(out, " of=%s", g->tensors[t->of].name);
  }
  fputc('\n', out);
}

static void dump_node(const struct wc_graph *g, uint32_t index, FILE *out) {
  const struct wc_node *node = &g->nodes[index];
  fprintf(out, "node %3" PRIu32 " %s %-11s %s:", index, node->backward ? "bwd" : "fwd",
          wc_op_name(node->op), node->name);
  for (unsigned i = 0; i < node->n_in; i++) {
    fprintf(out, " %s", g->tensors[node->in[i]].name);
  }
  fputs(" ->", out);
  for (unsigned i = 0; i < node->n_out; i++) {
    fprintf(out, " %s", g->tensors[node->out[i]].name);
  }
  if (node->r != 0) {
    fprintf(out, " | %" PRIu32 "x%" PRIu32 " stride %" PRIu32 " pad %" PRIu32, node->r, node->s,
            node->stride, node->pad);
    if (node->pad_x != node->pad) {
      fprintf(out, ", columns %" PRIu32, node->pad_x);
    }
  }
  if (node->op == WC_N_SPLIT) {
    fprintf(out, " | from %" PRIu32, node->from);
  }
  if (node->groups != 0) {
    fprintf(out, " | groups %" PRIu32 " eps %.9g", node->groups, (double)node->k0);
  }
  if (node->op == WC_N_NORMALIZE) {
    fprintf(out, " | scale %.9g shift %.9g", (double)node->k0, (double)node->k1);
  }
  if (node->backward) {
    fprintf(out, " | home %s", g->nodes[node->home].name);
  }
  fputc('\n', out);
}

void wc_graph_dump(const struct wc_graph *graph, FILE *out) {
  const struct wc_graph_totals totals = wc_graph_totals(graph);
  fprintf(out,
          "graph %s: %" PRIu32 " tensors, %" PRIu32 " forward and %" PRIu32
          " backward nodes, %" PRIu64 " MACs, %" PRIu64 " parameters\n",
          graph->name, graph->n_tensors, graph->n_forward, graph->n_nodes - graph->n_forward,
          totals.macs, totals.params);
  for (uint32_t i = 0; i < graph->n_tensors; i++) {
    dump_tensor(graph, i, out);
  }
  for (uint32_t i = 0; i < graph->n_nodes; i++) {
    dump_node(graph, i, out);
  }
}
