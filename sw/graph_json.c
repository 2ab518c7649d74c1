#include "graph_json.h"

const char *wc_role_name(enum wc_role role) {
  static const char *const names[] = {
      [WC_ROLE_IMAGE] = "image",       [WC_ROLE_LABEL] = "label",   [WC_ROLE_FEATURE] = "feature",
      [WC_ROLE_STATS] = "stats",       [WC_ROLE_MASK] = "mask",     [WC_ROLE_LOSS] = "loss",
      [WC_ROLE_GRADIENT] = "gradient", [WC_ROLE_WEIGHT] = "weight", [WC_ROLE_PARAM] = "param",
      [WC_ROLE_DPARAM] = "dparam",     [WC_ROLE_HYPER] = "hyper",
  };
  return (size_t)role < sizeof names / sizeof *names ? names[role] : "?";
}

/* Name of tensor @index, or null. */
static json_t *tensor_name(const struct wc_graph *g, uint32_t index) {
  return index == WC_NONE ? json_null() : json_string(g->tensors[index].name);
}

static json_t *tensor_json(const struct wc_graph *g, const struct wc_tensor *t) {
  return json_pack("{s:s, s:s, s:s, s:[I,I,I], s:b, s:o, s:o}", "name", t->name, "role",
                   wc_role_name(t->role), "type", wc_type_name(t->type), "shape", (json_int_t)t->h,
                   (json_int_t)t->w, (json_int_t)t->c, "per_sample", (int)t->per_sample, "grad",
                   tensor_name(g, t->grad), "of", tensor_name(g, t->of));
}

static json_t *names_json(const struct wc_graph *g, const uint32_t *tensors, unsigned n) {
  json_t *names = json_array();
  for (unsigned i = 0; i < n; i++) {
    if (json_array_append_new(names, tensor_name(g, tensors[i])) != 0) {
      json_decref(names);
      return NULL;
    }
  }
  return names;
}

static json_t *node_json(const struct wc_graph *g, const struct wc_node *node) {
  return json_pack(
      "{s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:s, s:b}", "name",
      node->name, "op", wc_op_name(node->op), "in", names_json(g, node->in, node->n_in), "out",
      names_json(g, node->out, node->n_out), "r", (json_int_t)node->r, "s", (json_int_t)node->s,
      "stride", (json_int_t)node->stride, "pad", (json_int_t)node->pad, "pad_x",
      (json_int_t)node->pad_x, "groups", (json_int_t)node->groups, "from", (json_int_t)node->from,
      "k0", (double)node->k0, "k1", (double)node->k1, "home", g->nodes[node->home].name, "backward",
      (int)node->backward);
}

json_t *wc_graph_json(const struct wc_graph *graph) {
  json_t *tensors = json_array(), *nodes = json_array();
  bool well = tensors != NULL && nodes != NULL;
  for (uint32_t i = 0; i < graph->n_tensors && well; i++) {
    well = json_array_append_new(tensors, tensor_json(graph, &graph->tensors[i])) == 0;
  }
  for (uint32_t i = 0; i < graph->n_nodes && well; i++) {
    well = json_array_append_new(nodes, node_json(graph, &graph->nodes[i])) == 0;
  }
  if (!well) {
    json_decref(tensors);
    json_decref(nodes);
    return NULL;
  }
  return json_pack("{s:s, s:o, s:o}", "name", graph->name, "tensors", tensors, "nodes", nodes);
}
