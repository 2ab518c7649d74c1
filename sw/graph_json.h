/* A graph as JSON, for tools outside: oracles, viewers. */
#ifndef WC_GRAPH_JSON_H
#define WC_GRAPH_JSON_H

#include <jansson.h>

#include "graph.h"

/* {"name", "tensors": [...], "nodes": [...]}; docs/networks.md describes it. Forward and backward
 * nodes in execution order. NULL without memory; else the caller's reference. */
json_t *wc_graph_json(const struct wc_graph *graph);

/* Lower-case name of a role: "image", "feature", "dparam", ... */
const char *wc_role_name(enum wc_role role);

#endif
