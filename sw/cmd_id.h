/* The id field of a compiled command: the node it works for, and of a LOAD or STORE the tensor.
 * Commands of no node (the update, what lies before the first node) have WC_NONE; those of the
 * update name the parameter or its gradient. */
#ifndef WC_CMD_ID_H
#define WC_CMD_ID_H

#include "graph.h"

#define WC_ID_LIMIT 0xFFFFu /* nodes and tensors have smaller numbers; stands for WC_NONE */

static inline uint32_t wc_cmd_id(uint32_t node, uint32_t tensor) {
  return (node < WC_ID_LIMIT ? node : WC_ID_LIMIT) << 16 |
         (tensor < WC_ID_LIMIT ? tensor : WC_ID_LIMIT);
}

static inline uint32_t wc_cmd_node(uint32_t id) {
  return id >> 16 == WC_ID_LIMIT ? WC_NONE : id >> 16;
}

static inline uint32_t wc_cmd_tensor(uint32_t id) {
  return (id & 0xFFFFu) == WC_ID_LIMIT ? WC_NONE : id & 0xFFFFu;
}

#endif
