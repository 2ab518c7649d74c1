/* What the planner asks about a node: rows, passes, tiles, scratch, sharing of buffers, fusion. */
#include "kernels.h"
#include "kernels_vec.h"

struct wc_lead wc_kernel_lead(enum wc_op op) {
  switch (op) {
    case WC_N_GAP:
    case WC_N_BIAS_BWD:
    case WC_N_XENT:
      return (struct wc_lead){'i', 0};
    case WC_N_CONV_WGRAD:
      return (struct wc_lead){'i', 1};
    default:
      return (struct wc_lead){'o', 0};
  }
}

unsigned wc_kernel_passes(enum wc_op op) {
  return op == WC_N_GN || op == WC_N_GN_BWD ? 2 : 1;
}

static const struct wc_tensor *operand(const struct wc_graph *g, const struct wc_node *node,
                                       char side, unsigned index) {
  return &g->tensors[side == 'i' ? node->in[index] : node->out[index]];
}

struct rows {
  int64_t lo, hi;
};

/* Input rows under output rows [y0, y1) of a convolution or pool. */
static struct rows under(const struct wc_node *node, int64_t y0, int64_t y1) {
  const int64_t stride = node->stride, pad = node->pad;
  return (struct rows){y0 * stride - pad, (y1 - 1) * stride - pad + node->r};
}

/* Output rows over input rows [y0, y1): those with a tap there. */
static struct rows over(const struct wc_node *node, int64_t y0, int64_t y1) {
  const int64_t stride = node->stride, pad = node->pad;
  const int64_t first = y0 + pad - ((int64_t)node->r - 1); /* / stride, rounded up */
  return (struct rows){first > 0 ? (first + stride - 1) / stride : 0, (y1 - 1 + pad) / stride + 1};
}

/* Normalisation: pass 0 reads the maps and all small operands and writes the small results; pass 1
 * reads the maps again and writes the main result. */
static bool norm_touches(const struct wc_node *node, uint32_t pass, char side, unsigned index) {
  const bool is_map = side == 'i' && index < (node->op == WC_N_GN ? 1U : 2U);
  const bool is_result = side == 'o' && index == 0;
  return pass == WC_PASS_ALL || is_map || is_result == (pass == 1);
}

/* Output rows need the input rows under them, or a gradient's rows those of the forward output over
 * them. */
static bool reads_under(enum wc_op op) {
  return op == WC_N_CONV || op == WC_N_CONV_WGRAD || op == WC_N_MAXPOOL || op == WC_N_AVGPOOL;
}

static bool reads_over(enum wc_op op) {
  return op == WC_N_CONV_DGRAD || op == WC_N_MAXPOOL_BWD || op == WC_N_AVGPOOL_BWD;
}

void wc_kernel_rows(const struct wc_graph *g, const struct wc_node *node, uint32_t pass,
                    uint32_t y0, uint32_t ny, char side, unsigned index, uint32_t *lo,
                    uint32_t *hi) {
  const struct wc_tensor *t = operand(g, node, side, index);
  const int64_t y1 = (int64_t)y0 + ny;
  struct rows rows = {y0, y1};
  if (!t->per_sample || t->role == WC_ROLE_STATS || node->op == WC_N_XENT) {
    rows = (struct rows){0, t->h};
  } else if (side == 'i' && index == 0 && reads_under(node->op)) {
    rows = under(node, y0, y1);
  } else if (side == 'i' && reads_over(node->op)) {
    rows = over(node, y0, y1);
  } else if ((node->op == WC_N_GAP && side == 'o') || (node->op == WC_N_GAP_BWD && side == 'i')) {
    rows = (struct rows){0, 1};
  }
  if (wc_kernel_passes(node->op) > 1 && !norm_touches(node, pass, side, index)) {
    rows = (struct rows){0, 0};
  }
  rows.lo = rows.lo > 0 ? rows.lo : 0;
  rows.hi = rows.hi < t->h ? rows.hi : t->h;
  *lo = rows.lo < rows.hi ? (uint32_t)rows.lo : 0;
  *hi = rows.lo < rows.hi ? (uint32_t)rows.hi : 0;
}

/* A row of an odd number of bytes: a slab that begins behind it could not be copied, since DMA
 * moves pairs of bytes. Only bytes and bits have such rows, and they go row by row with the lead.
 */
static bool has_odd_rows(const struct wc_graph *g, const struct wc_node *node) {
  bool odd = false;
  for (unsigned i = 0; i < node->n_in; i++) {
    const struct wc_tensor *t = operand(g, node, 'i', i);
    odd = odd || (t->per_sample && wc_tensor_row_bytes(t) % 2 != 0);
  }
  for (unsigned i = 0; i < node->n_out; i++) {
    const struct wc_tensor *t = operand(g, node, 'o', i);
    odd = odd || (t->per_sample && wc_tensor_row_bytes(t) % 2 != 0);
  }
  return odd;
}

bool wc_kernel_can_tile(const struct wc_graph *g, const struct wc_node *node, uint32_t *align) {
  const struct wc_lead lead = wc_kernel_lead(node->op);
  const bool phases = node->op == WC_N_CONV_DGRAD || node->op == WC_N_MAXPOOL_BWD;
  const bool pairs = node->op != WC_N_CONV_DGRAD && has_odd_rows(g, node);
  *align = (phases ? node->stride : 1) * (pairs ? 2 : 1);
  return node->op != WC_N_XENT && operand(g, node, lead.side, lead.index)->h > 1;
}

bool wc_kernel_can_slice(enum wc_op op) {
  return op == WC_N_CONV || op == WC_N_CONV_DGRAD || op == WC_N_CONV_WGRAD;
}

static uint32_t larger(uint32_t whole, uint32_t slab) {
  return whole > slab ? whole : slab;
}

/* A RELU_BWD may head a run with the GN_BWD that reads its result; that run's scratch is its own.
 */
static uint32_t masked_norm_scratch(const struct wc_graph *g, const struct wc_node *relu,
                                    uint32_t ns) {
  uint32_t most = 0;
  for (uint32_t i = 0; i < g->n_nodes; i++) {
    const struct wc_node *node = &g->nodes[i];
    if (node->op == WC_N_GN_BWD && node->in[1] == relu->out[0]) {
      most = larger(most, wc_kernel_scratch(g, node, ns));
    }
  }
  return most;
}

uint32_t wc_kernel_scratch(const struct wc_graph *g, const struct wc_node *node, uint32_t ns) {
  uint32_t align;
  const uint32_t vector = operand(g, node, 'i', 0)->c * 4, chains = vector * WC_CHAINS;
  const bool tiles = wc_kernel_can_tile(g, node, &align);
  switch (node->op) { /* the larger of what @ns whole samples and one in slabs need */
    case WC_N_GN:
      return larger(2 * vector * ns, tiles ? 2 * chains : 0);
    case WC_N_GN_BWD:
      return larger((4 * vector + 8 * node->groups) * ns,
                    tiles ? 2 * chains + 2 * vector + 8 * node->groups : 0);
    case WC_N_GAP:
      return larger(vector * ns, tiles ? chains : 0);
    case WC_N_MAXPOOL_BWD:
      return wc_maxpool_scratch(node, operand(g, node, 'o', 0), ns);
    case WC_N_RELU_BWD:
      return masked_norm_scratch(g, node, ns);
    case WC_N_XENT:
      return wc_xent_scratch(ns, operand(g, node, 'i', 0)->c);
    default:
      return 0;
  }
}

bool wc_kernel_in_place(enum wc_op op, unsigned in, unsigned out) {
  if (out != 0) {
    return false;
  }
  switch (op) {
    case WC_N_RELU:
    case WC_N_RELU_BWD:
    case WC_N_GN:
      return in == 0;
    case WC_N_ADD:
    case WC_N_GN_BWD:
      return in == 0 || in == 1;
    default:
      return false;
  }
}

static bool reads(const struct wc_node *node, uint32_t tensor) {
  for (unsigned i = 0; i < node->n_in; i++) {
    if (node->in[i] == tensor) {
      return true;
    }
  }
  return false;
}

/* True when no node but @reader reads @tensor. */
static bool read_only_by(const struct wc_graph *g, uint32_t tensor, uint32_t reader) {
  for (uint32_t i = 0; i < g->n_nodes; i++) {
    if (i != reader && reads(&g->nodes[i], tensor)) {
      return false;
    }
  }
  return true;
}

/* An ADD of @tensor and something else that is there before @head runs. */
static bool adds_earlier(const struct wc_graph *g, const struct wc_node *add, uint32_t tensor,
                         uint32_t head) {
  if ((add->in[0] == tensor) == (add->in[1] == tensor)) {
    return false;
  }
  const uint32_t producer = g->tensors[add->in[add->in[0] == tensor ? 1 : 0]].producer;
  return producer == WC_NONE || producer < head;
}

bool wc_kernel_can_fuse(const struct wc_graph *g, uint32_t head, const uint32_t *fused,
                        uint32_t n_fused, uint32_t next) {
  const enum wc_op op = g->nodes[head].op;
  const struct wc_node *node = &g->nodes[next];
  if (n_fused == 0) {
    const uint32_t value = g->nodes[head].out[0];
    switch (node->op) {
      case WC_N_RELU:
        return (op == WC_N_GN || op == WC_N_ADD) && node->in[0] == value;
      case WC_N_ADD:
        return op == WC_N_GN && adds_earlier(g, node, value, head);
      case WC_N_GN_BWD:
        return op == WC_N_RELU_BWD && node->in[1] == value && node->in[0] != value;
      default:
        return false;
    }
  }
  if (n_fused != 1 || op != WC_N_GN || g->nodes[fused[0]].op != WC_N_ADD) {
    return false;
  }
  /* The sum in the middle has no place to be stored. */
  const uint32_t sum = g->nodes[fused[0]].out[0];
  return node->op == WC_N_RELU && node->in[0] == sum && read_only_by(g, sum, next);
}
