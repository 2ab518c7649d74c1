/* Construction of a forward graph, node by node, with every shape checked. */
#include <inttypes.h>

#include "graph_build.h"

#define GN_EPSILON 1e-5F
#define MAX_WINDOW 16     /* a pool's index is one byte */
#define MAX_AVERAGE 4     /* steps of a vector program: additions along a row, one factor */
#define MAX_CLASSES 16384 /* the vector unit steps over a row of logits in one stride */
#define BYTE_CLASSES 256  /* a label is one byte up to here */

static uint32_t forward_node(struct wc_graph *g, enum wc_op op, const char *name,
                             const char *suffix) {
  const uint32_t node = wc_graph_new_node(g, op, "%s%s", name, suffix);
  if (node != WC_NONE) {
    g->n_forward = g->n_nodes;
  }
  return node;
}

/* The feature a forward node reads, by value (appending moves the array). Fails, and returns a
 * tensor without elements, when @x is none or the graph is already complete. */
static struct wc_tensor feature(struct wc_graph *g, const char *name, uint32_t x) {
  if (wc_graph_failed(g) == NULL) {
    if (x >= g->n_tensors || g->tensors[x].role != WC_ROLE_FEATURE ||
        g->tensors[x].type != WC_T_FP16) {
      wc_graph_fail(g, "node %s: its input is not an FP16 feature", name);
    } else if (g->loss != WC_NONE) {
      wc_graph_fail(g, "node %s: the network is complete, its loss is there already", name);
    }
  }
  return wc_graph_failed(g) == NULL ? g->tensors[x] : (struct wc_tensor){0};
}

static struct wc_tensor_spec feature_spec(uint32_t h, uint32_t w, uint32_t c) {
  return (struct wc_tensor_spec){WC_ROLE_FEATURE, WC_T_FP16, h, w, c, true, WC_NONE};
}

static struct wc_tensor_spec vector_spec(uint32_t c) {
  return (struct wc_tensor_spec){WC_ROLE_PARAM, WC_T_FP32, 1, 1, c, false, WC_NONE};
}

/* @index, or WC_NONE when the graph has failed in between. */
static uint32_t if_well(const struct wc_graph *g, uint32_t index) {
  return wc_graph_failed(g) == NULL ? index : WC_NONE;
}

uint32_t wc_graph_image(struct wc_graph *g, uint32_t h, uint32_t w, uint32_t c, float scale,
                        float shift) {
  if (g->image != WC_NONE) {
    wc_graph_fail(g, "network %s: has an image already", g->name);
  }
  const struct wc_tensor_spec image = {WC_ROLE_IMAGE, WC_T_U8, h, w, c, true, WC_NONE};
  g->image = wc_graph_new_tensor(g, image, "image");
  const uint32_t y = wc_graph_new_tensor(g, feature_spec(h, w, c), "input");
  const uint32_t node = forward_node(g, WC_N_NORMALIZE, "input", "");
  if (node == WC_NONE) {
    return WC_NONE;
  }
  g->nodes[node].k0 = scale;
  g->nodes[node].k1 = shift;
  wc_graph_in(g, node, g->image);
  wc_graph_out(g, node, y);
  return if_well(g, y);
}

static bool kernel_fits(const struct wc_tensor *in, struct wc_kernel_shape k) {
  return k.r > 0 && k.s > 0 && k.stride > 0 && k.pad < k.r && k.pad_x < k.s &&
         (uint64_t)in->h + 2 * k.pad >= k.r && (uint64_t)in->w + 2 * k.pad_x >= k.s;
}

/* Rows (@h) and columns of what a kernel that fits makes of @in. */
static struct wc_tensor_spec under_kernel(const struct wc_tensor *in, struct wc_kernel_shape k,
                                          uint32_t c) {
  return feature_spec((in->h + 2 * k.pad - k.r) / k.stride + 1,
                      (in->w + 2 * k.pad_x - k.s) / k.stride + 1, c);
}

static void set_kernel(struct wc_graph *g, uint32_t node, struct wc_kernel_shape k) {
  struct wc_node *n = &g->nodes[node];
  n->r = k.r;
  n->s = k.s;
  n->stride = k.stride;
  n->pad = k.pad;
  n->pad_x = k.pad_x;
}

/* @type FP32 for one that a bias follows. */
static uint32_t convolution(struct wc_graph *g, const char *name, uint32_t x, uint32_t co,
                            struct wc_kernel_shape k, enum wc_type type) {
  const struct wc_tensor in = feature(g, name, x);
  if (wc_graph_failed(g) != NULL) {
    return WC_NONE;
  }
  if (co == 0 || !kernel_fits(&in, k)) {
    wc_graph_fail(g,
                  "node %s: a %" PRIu32 "x%" PRIu32 " kernel, stride %" PRIu32 ", padding %" PRIu32
                  ", %" PRIu32 " channels does not fit input %" PRIu32 "x%" PRIu32,
                  name, k.r, k.s, k.stride, k.pad, co, in.h, in.w);
    return WC_NONE;
  }
  const struct wc_tensor_spec weight = {WC_ROLE_WEIGHT, WC_T_FP16, k.r * k.s, in.c, co,
                                        false,          WC_NONE};
  struct wc_tensor_spec out = under_kernel(&in, k, co);
  out.type = type;
  const uint32_t w = wc_graph_new_tensor(g, weight, "%s.w", name);
  const uint32_t y = wc_graph_new_tensor(g, out, "%s%s", name, type == WC_T_FP32 ? ".sum" : "");
  const uint32_t node = forward_node(g, WC_N_CONV, name, "");
  if (node == WC_NONE) {
    return WC_NONE;
  }
  set_kernel(g, node, k);
  wc_graph_in(g, node, x);
  wc_graph_in(g, node, w);
  wc_graph_out(g, node, y);
  return y;
}

uint32_t wc_graph_conv_shape(struct wc_graph *g, const char *name, uint32_t x, uint32_t co,
                             struct wc_kernel_shape k) {
  return convolution(g, name, x, co, k, WC_T_FP16);
}

uint32_t wc_graph_conv(struct wc_graph *g, const char *name, uint32_t x, uint32_t co, uint32_t k,
                       uint32_t stride, uint32_t pad) {
  return convolution(g, name, x, co, (struct wc_kernel_shape){k, k, stride, pad, pad}, WC_T_FP16);
}

uint32_t wc_graph_conv_bias(struct wc_graph *g, const char *name, uint32_t x, uint32_t co,
                            struct wc_kernel_shape k) {
  const uint32_t y = convolution(g, name, x, co, k, WC_T_FP16);
  if (y != WC_NONE) {
    wc_graph_in(g, g->tensors[y].producer, wc_graph_new_tensor(g, vector_spec(co), "%s.b", name));
  }
  return if_well(g, y);
}

uint32_t wc_graph_fc(struct wc_graph *g, const char *name, uint32_t x, uint32_t co) {
  const struct wc_tensor in = feature(g, name, x);
  const struct wc_kernel_shape k = {in.h, in.w, 1, 0, 0};
  const uint32_t sum = convolution(g, name, x, co, k, WC_T_FP32);
  const uint32_t b = wc_graph_new_tensor(g, vector_spec(co), "%s.b", name);
  const uint32_t y = wc_graph_new_tensor(g, feature_spec(1, 1, co), "%s", name);
  const uint32_t node = forward_node(g, WC_N_BIAS, name, ".bias");
  wc_graph_in(g, node, sum);
  wc_graph_in(g, node, b);
  wc_graph_out(g, node, y);
  return if_well(g, y);
}

uint32_t wc_graph_gn(struct wc_graph *g, const char *name, uint32_t x, uint32_t groups) {
  const struct wc_tensor in = feature(g, name, x);
  if (wc_graph_failed(g) == NULL && (groups == 0 || in.c % groups != 0)) {
    wc_graph_fail(g, "node %s: %" PRIu32 " channels do not divide into %" PRIu32 " groups", name,
                  in.c, groups);
  }
  const struct wc_tensor_spec stats = {WC_ROLE_STATS, WC_T_FP32, 1, 2, groups, true, WC_NONE};
  const uint32_t gamma = wc_graph_new_tensor(g, vector_spec(in.c), "%s.gamma", name);
  const uint32_t beta = wc_graph_new_tensor(g, vector_spec(in.c), "%s.beta", name);
  const uint32_t y = wc_graph_new_tensor(g, feature_spec(in.h, in.w, in.c), "%s", name);
  const uint32_t st = wc_graph_new_tensor(g, stats, "%s.stats", name);
  const uint32_t node = forward_node(g, WC_N_GN, name, "");
  if (node == WC_NONE) {
    return WC_NONE;
  }
  g->nodes[node].groups = groups;
  g->nodes[node].k0 = GN_EPSILON;
  wc_graph_in(g, node, x);
  wc_graph_in(g, node, gamma);
  wc_graph_in(g, node, beta);
  wc_graph_out(g, node, y);
  wc_graph_out(g, node, st);
  return y;
}

uint32_t wc_graph_relu(struct wc_graph *g, const char *name, uint32_t x) {
  const struct wc_tensor in = feature(g, name, x);
  if (wc_graph_failed(g) == NULL && in.c % 8 != 0) {
    wc_graph_fail(g,
                  "node %s: a ReLU of %" PRIu32
                  " channels; its mask packs 8 channels a byte: make "
                  "them a multiple of 8",
                  name, in.c);
  }
  const struct wc_tensor_spec mask = {WC_ROLE_MASK, WC_T_BIT, in.h, in.w, in.c, true, WC_NONE};
  const uint32_t y = wc_graph_new_tensor(g, feature_spec(in.h, in.w, in.c), "%s", name);
  const uint32_t m = wc_graph_new_tensor(g, mask, "%s.mask", name);
  const uint32_t node = forward_node(g, WC_N_RELU, name, "");
  wc_graph_in(g, node, x);
  wc_graph_out(g, node, y);
  wc_graph_out(g, node, m);
  return if_well(g, y);
}

uint32_t wc_graph_add(struct wc_graph *g, const char *name, uint32_t a, uint32_t b) {
  const struct wc_tensor ta = feature(g, name, a), tb = feature(g, name, b);
  if (wc_graph_failed(g) == NULL && (ta.h != tb.h || ta.w != tb.w || ta.c != tb.c)) {
    wc_graph_fail(g,
                  "node %s: cannot add %s (%" PRIu32 "x%" PRIu32 "x%" PRIu32 ") and %s (%" PRIu32
                  "x%" PRIu32 "x%" PRIu32 "): their shapes differ",
                  name, ta.name, ta.h, ta.w, ta.c, tb.name, tb.h, tb.w, tb.c);
  }
  const uint32_t y = wc_graph_new_tensor(g, feature_spec(ta.h, ta.w, ta.c), "%s", name);
  const uint32_t node = forward_node(g, WC_N_ADD, name, "");
  wc_graph_in(g, node, a);
  wc_graph_in(g, node, b);
  wc_graph_out(g, node, y);
  return if_well(g, y);
}

uint32_t wc_graph_maxpool(struct wc_graph *g, const char *name, uint32_t x, uint32_t window) {
  const struct wc_tensor in = feature(g, name, x);
  if (wc_graph_failed(g) == NULL &&
      (window == 0 || window > MAX_WINDOW || in.h % window != 0 || in.w % window != 0)) {
    wc_graph_fail(g,
                  "node %s: a pooling window of %" PRIu32 " does not divide %" PRIu32 "x%" PRIu32
                  " into 1 to 256 positions each",
                  name, window, in.h, in.w);
  }
  return wc_graph_maxpool_shape(g, name, x, window, window, 0);
}

/* A window that steps over pixels would leave them without a gradient, and one that lies in the
 * padding would have no maximum. */
static bool window_fits(struct wc_graph *g, const char *name, const struct wc_tensor *in,
                        struct wc_kernel_shape k) {
  if (wc_graph_failed(g) != NULL) {
    return false;
  }
  if (kernel_fits(in, k) && k.r <= MAX_WINDOW && k.stride <= k.r) {
    return true;
  }
  wc_graph_fail(g,
                "node %s: a pooling window of %" PRIu32 ", stride %" PRIu32 ", padding %" PRIu32
                " does not fit input %" PRIu32 "x%" PRIu32
                "; windows are 1 to %d, at least the "
                "stride and more than the padding",
                name, k.r, k.stride, k.pad, in->h, in->w, MAX_WINDOW);
  return false;
}

uint32_t wc_graph_maxpool_shape(struct wc_graph *g, const char *name, uint32_t x, uint32_t window,
                                uint32_t stride, uint32_t pad) {
  const struct wc_tensor in = feature(g, name, x);
  const struct wc_kernel_shape k = {window, window, stride, pad, pad};
  if (!window_fits(g, name, &in, k)) {
    return WC_NONE;
  }
  const struct wc_tensor_spec out = under_kernel(&in, k, in.c);
  struct wc_tensor_spec index = out;
  index.role = WC_ROLE_MASK;
  index.type = WC_T_U8;
  const uint32_t y = wc_graph_new_tensor(g, out, "%s", name);
  const uint32_t i = wc_graph_new_tensor(g, index, "%s.index", name);
  const uint32_t node = forward_node(g, WC_N_MAXPOOL, name, "");
  if (node == WC_NONE) {
    return WC_NONE;
  }
  set_kernel(g, node, k);
  wc_graph_in(g, node, x);
  wc_graph_out(g, node, y);
  wc_graph_out(g, node, i);
  return y;
}

uint32_t wc_graph_avgpool(struct wc_graph *g, const char *name, uint32_t x, uint32_t window,
                          uint32_t pad) {
  const struct wc_tensor in = feature(g, name, x);
  const struct wc_kernel_shape k = {window, window, 1, pad, pad};
  if (wc_graph_failed(g) == NULL && window > MAX_AVERAGE) {
    wc_graph_fail(g, "node %s: an average of %" PRIu32 "x%" PRIu32 " pixels; windows are 1 to %d",
                  name, window, window, MAX_AVERAGE);
  }
  if (!window_fits(g, name, &in, k)) {
    return WC_NONE;
  }
  const uint32_t y = wc_graph_new_tensor(g, under_kernel(&in, k, in.c), "%s", name);
  const uint32_t node = forward_node(g, WC_N_AVGPOOL, name, "");
  if (node == WC_NONE) {
    return WC_NONE;
  }
  set_kernel(g, node, k);
  wc_graph_in(g, node, x);
  wc_graph_out(g, node, y);
  return y;
}

/* Channels of all terms together; 0 after a failure. */
static uint32_t joined_channels(struct wc_graph *g, const char *name, const uint32_t *x,
                                unsigned n) {
  uint32_t c = 0;
  if (n == 0 || n > WC_MAX_IN) {
    wc_graph_fail(g, "node %s: joins %u tensors; 1 to %d are possible", name, n, WC_MAX_IN);
  }
  for (unsigned i = 0; i < n && wc_graph_failed(g) == NULL; i++) {
    const struct wc_tensor first = feature(g, name, x[0]), in = feature(g, name, x[i]);
    bool twice = false;
    for (unsigned j = 0; j < i; j++) {
      twice = twice || x[j] == x[i];
    }
    if (wc_graph_failed(g) == NULL && (twice || in.h != first.h || in.w != first.w)) {
      wc_graph_fail(g,
                    "node %s: cannot join %s (%" PRIu32 "x%" PRIu32 ") to %s (%" PRIu32 "x%" PRIu32
                    "): sizes must be the same, and each tensor comes once",
                    name, in.name, in.h, in.w, first.name, first.h, first.w);
    }
    c += in.c;
  }
  return wc_graph_failed(g) == NULL ? c : 0;
}

uint32_t wc_graph_concat(struct wc_graph *g, const char *name, const uint32_t *x, unsigned n) {
  const uint32_t c = joined_channels(g, name, x, n);
  if (c == 0) {
    return WC_NONE;
  }
  const struct wc_tensor_spec out = feature_spec(g->tensors[x[0]].h, g->tensors[x[0]].w, c);
  const uint32_t y = wc_graph_new_tensor(g, out, "%s", name);
  const uint32_t node = forward_node(g, WC_N_CONCAT, name, "");
  for (unsigned i = 0; i < n; i++) {
    wc_graph_in(g, node, x[i]);
  }
  wc_graph_out(g, node, y);
  return if_well(g, y);
}

uint32_t wc_graph_gap(struct wc_graph *g, const char *name, uint32_t x) {
  const struct wc_tensor in = feature(g, name, x);
  const uint32_t y = wc_graph_new_tensor(g, feature_spec(1, 1, in.c), "%s", name);
  const uint32_t node = forward_node(g, WC_N_GAP, name, "");
  wc_graph_in(g, node, x);
  wc_graph_out(g, node, y);
  return if_well(g, y);
}

void wc_graph_xent(struct wc_graph *g, const char *name, uint32_t logits) {
  const struct wc_tensor in = feature(g, name, logits);
  if (wc_graph_failed(g) == NULL && (in.h != 1 || in.w != 1 || in.c < 2 || in.c > MAX_CLASSES)) {
    wc_graph_fail(
        g, "node %s: %s is %" PRIu32 "x%" PRIu32 "x%" PRIu32 "; logits are 1x1 and 2 to %d classes",
        name, in.name, in.h, in.w, in.c, MAX_CLASSES);
  }
  const enum wc_type number = in.c <= BYTE_CLASSES ? WC_T_U8 : WC_T_FP32;
  const struct wc_tensor_spec label = {WC_ROLE_LABEL, number, 1, 1, 1, true, WC_NONE};
  const struct wc_tensor_spec hyper = {WC_ROLE_HYPER, WC_T_FP32, 1, 1, WC_HYPERS, false, WC_NONE};
  const struct wc_tensor_spec loss = {WC_ROLE_LOSS, WC_T_FP32, 1, 1, 1, true, WC_NONE};
  const struct wc_tensor_spec grad = {WC_ROLE_GRADIENT, WC_T_FP16, 1, 1, in.c, true, logits};
  const uint32_t label_t = wc_graph_new_tensor(g, label, "label");
  const uint32_t hyper_t = wc_graph_new_tensor(g, hyper, "hyper");
  const uint32_t loss_t = wc_graph_new_tensor(g, loss, "loss");
  const uint32_t grad_t = wc_graph_new_tensor(g, grad, "d_%s", in.name);
  const uint32_t node = forward_node(g, WC_N_XENT, name, "");
  if (node == WC_NONE) {
    return;
  }
  wc_graph_in(g, node, logits);
  wc_graph_in(g, node, label_t);
  wc_graph_in(g, node, hyper_t);
  wc_graph_out(g, node, loss_t);
  wc_graph_out(g, node, grad_t);
  g->label = label_t;
  g->hyper = hyper_t;
  g->loss = loss_t;
  g->logits = logits;
  g->classes = in.c;
}
