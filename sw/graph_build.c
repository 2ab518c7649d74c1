/* Growing a graph: tensors, nodes, operands, and the first failure. */
#include "graph_build.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ELEMS (UINT64_C(1) << 30)

/* A graph and what only its construction needs. */
struct build {
  struct wc_graph graph; /* first: the public graph is a build */
  struct wc_report failure;
  bool failed;
  uint32_t room_tensors, room_nodes, room_params;
};

static struct build *build_of(struct wc_graph *g) {
  return (struct build *)g;
}

struct wc_graph *wc_graph_new(const char *name) {
  struct build *b = calloc(1, sizeof *b);
  if (b == NULL) {
    return NULL;
  }
  struct wc_graph *g = &b->graph;
  g->image = g->label = g->hyper = g->logits = g->loss = WC_NONE;
  if (snprintf(g->name, sizeof g->name, "%s", name) >= (int)sizeof g->name) {
    wc_graph_fail(g, "network name '%s' is longer than %d characters", name, WC_NAME_MAX - 1);
  }
  return g;
}

void wc_graph_delete(struct wc_graph *graph) {
  if (graph == NULL) {
    return;
  }
  free(graph->tensors);
  free(graph->nodes);
  free(graph->params);
  free(build_of(graph));
}

const char *wc_graph_failed(const struct wc_graph *graph) {
  const struct build *b = (const struct build *)graph;
  return b->failed ? b->failure.text : NULL;
}

void wc_graph_fail(struct wc_graph *g, const char *format, ...) {
  struct build *b = build_of(g);
  if (b->failed) {
    return;
  }
  b->failed = true;
  va_list args;
  va_start(args, format);
  vsnprintf(b->failure.text, sizeof b->failure.text, format, args);
  va_end(args);
}

/* Makes room for one more of @count elements of @size bytes. */
static bool grow(struct wc_graph *g, void **array, uint32_t *room, uint32_t count, size_t size) {
  if (count < *room) {
    return true;
  }
  const uint32_t more = *room == 0 ? 32 : 2 * *room;
  void *larger = realloc(*array, more * size);
  if (larger == NULL) {
    wc_graph_fail(g, "network %s: out of memory", g->name);
    return false;
  }
  *array = larger;
  *room = more;
  return true;
}

static bool add_param(struct wc_graph *g, uint32_t tensor) {
  void *array = g->params;
  if (!grow(g, &array, &build_of(g)->room_params, g->n_params, sizeof *g->params)) {
    return false;
  }
  g->params = array;
  g->params[g->n_params++] = tensor;
  return true;
}

/* Formats a name. It must not live in the graph's arrays: growing them would move it away. */
static bool make_name(struct wc_graph *g, char name[WC_NAME_MAX], const char *format,
                      va_list args) {
  const int length = vsnprintf(name, WC_NAME_MAX, format, args);
  if (length < 0 || length >= WC_NAME_MAX) {
    wc_graph_fail(g, "network %s: the name '%s...' is longer than %d characters", g->name, name,
                  WC_NAME_MAX - 1);
  }
  return wc_graph_failed(g) == NULL;
}

static bool check_tensor(struct wc_graph *g, const struct wc_tensor *t) {
  if (wc_tensor_elems(t) == 0 || (uint64_t)t->h * t->w > MAX_ELEMS ||
      wc_tensor_elems(t) > MAX_ELEMS) {
    wc_graph_fail(g,
                  "tensor %s: %" PRIu32 " x %" PRIu32 " x %" PRIu32
                  " elements; from 1 to 2^30 are possible",
                  t->name, t->h, t->w, t->c);
    return false;
  }
  for (uint32_t i = 0; i < g->n_tensors; i++) {
    if (strcmp(g->tensors[i].name, t->name) == 0) {
      wc_graph_fail(g, "network %s: two tensors named %s; give each node its own name", g->name,
                    t->name);
      return false;
    }
  }
  return true;
}

uint32_t wc_graph_new_tensor(struct wc_graph *g, struct wc_tensor_spec spec, const char *format,
                             ...) {
  struct wc_tensor t = {.role = spec.role,
                        .type = spec.type,
                        .h = spec.h,
                        .w = spec.w,
                        .c = spec.c,
                        .per_sample = spec.per_sample,
                        .producer = WC_NONE,
                        .grad = WC_NONE,
                        .of = spec.of};
  va_list args;
  va_start(args, format);
  const bool named = make_name(g, t.name, format, args);
  va_end(args);
  void *array = g->tensors;
  if (!named || !check_tensor(g, &t) ||
      !grow(g, &array, &build_of(g)->room_tensors, g->n_tensors, sizeof *g->tensors)) {
    return WC_NONE;
  }
  g->tensors = array;
  const bool trainable = spec.role == WC_ROLE_WEIGHT || spec.role == WC_ROLE_PARAM;
  if (trainable && !add_param(g, g->n_tensors)) {
    return WC_NONE;
  }
  g->tensors[g->n_tensors] = t;
  return g->n_tensors++;
}

uint32_t wc_graph_new_node(struct wc_graph *g, enum wc_op op, const char *format, ...) {
  struct wc_node node = {.op = op, .home = g->n_nodes};
  for (unsigned i = 0; i < WC_MAX_IN; i++) {
    node.in[i] = WC_NONE;
  }
  for (unsigned i = 0; i < WC_MAX_OUT; i++) {
    node.out[i] = WC_NONE;
  }
  va_list args;
  va_start(args, format);
  const bool named = make_name(g, node.name, format, args);
  va_end(args);
  void *array = g->nodes;
  if (!named || !grow(g, &array, &build_of(g)->room_nodes, g->n_nodes, sizeof *g->nodes)) {
    return WC_NONE;
  }
  g->nodes = array;
  g->nodes[g->n_nodes] = node;
  return g->n_nodes++;
}

void wc_graph_in(struct wc_graph *g, uint32_t node, uint32_t tensor) {
  if (node != WC_NONE && tensor != WC_NONE) {
    struct wc_node *n = &g->nodes[node];
    n->in[n->n_in++] = tensor;
  }
}

void wc_graph_out(struct wc_graph *g, uint32_t node, uint32_t tensor) {
  if (node != WC_NONE && tensor != WC_NONE) {
    struct wc_node *n = &g->nodes[node];
    n->out[n->n_out++] = tensor;
    g->tensors[tensor].producer = node;
  }
}
