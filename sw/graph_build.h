/* What construction and differentiation of a graph share. Private to graph*.c and autodiff.c. */
#ifndef WC_GRAPH_BUILD_H
#define WC_GRAPH_BUILD_H

#include "graph.h"

#if defined(__GNUC__)
#define WC_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define WC_PRINTF(text, first)
#endif

/* A tensor as it is asked for: wc_graph_new_tensor fills in the rest. */
struct wc_tensor_spec {
  enum wc_role role;
  enum wc_type type;
  uint32_t h, w, c;
  bool per_sample;
  uint32_t of;
};

/* Records the first failure; later ones do not replace it. */
void wc_graph_fail(struct wc_graph *g, const char *format, ...) WC_PRINTF(2, 3);

/* Appends a tensor named by @format. Returns its number, or WC_NONE after wc_graph_fail: no
 * memory, a name that is too long or taken, or more than 2^30 elements. WEIGHT and PARAM tensors
 * join the graph's list of parameters. */
uint32_t wc_graph_new_tensor(struct wc_graph *g, struct wc_tensor_spec spec, const char *format,
                             ...) WC_PRINTF(3, 4);

/* Appends an empty node named by @format. Its home is itself and it is a forward node: backward
 * nodes change both. Returns its number, or WC_NONE after wc_graph_fail. Appending a node or a
 * tensor moves the arrays: pointers into them do not survive it. */
uint32_t wc_graph_new_node(struct wc_graph *g, enum wc_op op, const char *format, ...)
    WC_PRINTF(3, 4);

/* Appends an operand to node @node. An output gets @node as its producer. */
void wc_graph_in(struct wc_graph *g, uint32_t node, uint32_t tensor);
void wc_graph_out(struct wc_graph *g, uint32_t node, uint32_t tensor);

#endif
