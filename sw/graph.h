/* A network as a graph of tensors and nodes, forward and backward. See docs/compiler.md. */
#ifndef WC_GRAPH_H
#define WC_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "wc_isa.h"

#define WC_NAME_MAX 48
#define WC_MAX_IN 6
#define WC_MAX_OUT 4
#define WC_NONE UINT32_MAX

/* What went wrong in a compiler stage, and where. */
struct wc_report {
  char text[256];
};

enum wc_role {
  WC_ROLE_IMAGE,    /* U8 input pixels, per sample */
  WC_ROLE_LABEL,    /* class number, per sample: U8 for up to 256 classes, else FP32 */
  WC_ROLE_FEATURE,  /* FP16 (FP32 before a bias), per sample */
  WC_ROLE_STATS,    /* FP32 mean and 1/deviation of a normalisation, per sample: [2][groups] */
  WC_ROLE_MASK,     /* BIT of a ReLU, or U8 position of a pool's maximum, per sample */
  WC_ROLE_LOSS,     /* FP32, one per sample */
  WC_ROLE_GRADIENT, /* FP16 gradient of a feature, per sample */
  WC_ROLE_WEIGHT,   /* FP16 copy of convolution weights [r][s][ci][co] */
  WC_ROLE_PARAM,    /* FP32 vector used as it is: gamma, beta, bias [c] */
  WC_ROLE_DPARAM,   /* FP32 gradient of a WEIGHT or PARAM, summed over the mini-batch, scaled by
                       the loss scale */
  WC_ROLE_HYPER,    /* FP32 scalars the host writes each step: see wc_hyper */
};

/* Elements of the HYPER tensor. */
enum wc_hyper {
  WC_HYPER_LOSS_SCALE, /* loss scale / batch: factor of the loss gradient */
  WC_HYPER_GRAD_SCALE, /* 1 / loss scale: factor of a weight gradient in the update */
  WC_HYPER_NEG_LR,     /* minus the learning rate */
  WC_HYPER_MOMENTUM,
  WC_HYPER_DECAY, /* weight decay, added to the gradient of every parameter */
  WC_HYPERS = 8,
};

struct wc_tensor {
  char name[WC_NAME_MAX];
  enum wc_role role;
  enum wc_type type;
  /* Per sample [h][w][c] for tensors with a batch; WEIGHT and its DPARAM: h = r*s, w = ci, c = co;
   * vectors: h = w = 1. */
  uint32_t h, w, c;
  bool per_sample;
  uint32_t producer; /* node, or WC_NONE for inputs and parameters */
  uint32_t grad;     /* gradient tensor (GRADIENT or DPARAM), or WC_NONE */
  uint32_t of;       /* DPARAM, GRADIENT: the tensor it is the gradient of; else WC_NONE */
};

/* Operands are listed in the order `in[...] -> out[...]`. */
enum wc_op {
  WC_N_NORMALIZE, /* image -> x: FP16(pixel*k0 + k1) */
  WC_N_CONV,      /* x, w[, b] -> y; sums start at b; y is FP16, or FP32 when a BIAS follows */
  WC_N_BIAS,      /* y32, b -> y: FP16(y32 + b) */
  WC_N_GN,        /* x, gamma, beta -> y, stats */
  WC_N_RELU,      /* x -> y, mask */
  WC_N_ADD,       /* a, b -> y; also sums gradients */
  WC_N_MAXPOOL,   /* x -> y, index (window r x r); taps in the padding take no part */
  WC_N_AVGPOOL,   /* x -> y: sum of a window r x r over r*r; stride 1, padding counts as 0 */
  WC_N_GAP,       /* x -> y: global average */
  WC_N_CONCAT,    /* x... -> y: channels one after another */
  WC_N_XENT,      /* logits, label, hyper -> loss, dlogits: softmax cross-entropy */
  /* backward */
  WC_N_CONV_DGRAD,  /* dy, w -> dx */
  WC_N_CONV_WGRAD,  /* x, dy -> dw (accumulates over the mini-batch) */
  WC_N_BIAS_BWD,    /* dy -> db (accumulates) */
  WC_N_GN_BWD,      /* x, dy, stats, gamma -> dx, dgamma, dbeta (the latter two accumulate) */
  WC_N_RELU_BWD,    /* dy, mask -> dx */
  WC_N_MAXPOOL_BWD, /* dy, index -> dx */
  WC_N_AVGPOOL_BWD, /* dy -> dx */
  WC_N_GAP_BWD,     /* dy -> dx */
  WC_N_SPLIT,       /* dy -> dx: the channels of dy from `from` on */
};

struct wc_node {
  char name[WC_NAME_MAX];
  enum wc_op op;
  uint32_t in[WC_MAX_IN], out[WC_MAX_OUT];
  unsigned n_in, n_out;
  /* CONV and its gradients: kernel r x s, stride, padding of rows and of columns (of the forward
   * convolution, whose input is h x w x ci and output ho x wo x co). Pools: r = s = window, pad =
   * pad_x. */
  uint32_t r, s, stride, pad, pad_x;
  uint32_t groups; /* GN */
  uint32_t from;   /* SPLIT: first channel */
  float k0, k1;    /* NORMALIZE; GN: k0 = epsilon */
  /* Forward nodes: themselves. Backward nodes: the forward node whose group they run in. */
  uint32_t home;
  bool backward;
};

/* Nodes 0 .. n_forward-1 are forward in execution order, the rest backward in execution order. */
struct wc_graph {
  char name[WC_NAME_MAX];
  struct wc_tensor *tensors;
  uint32_t n_tensors;
  struct wc_node *nodes;
  uint32_t n_nodes, n_forward;
  uint32_t image, label, hyper, logits, loss; /* tensors */
  uint32_t classes;
  /* Trainable tensors (WEIGHT and PARAM) in graph order: the order of --save-weights. */
  uint32_t *params;
  uint32_t n_params;
};

/* Construction: each function appends a node and returns the tensor of its main output, or
 * WC_NONE when memory ran out or shapes do not fit (then wc_graph_failed explains). */
struct wc_graph *wc_graph_new(const char *name);
void wc_graph_delete(struct wc_graph *graph);
const char *wc_graph_failed(const struct wc_graph *graph); /* NULL: all well so far */
uint32_t wc_graph_image(struct wc_graph *g, uint32_t h, uint32_t w, uint32_t c, float scale,
                        float shift); /* IMAGE, NORMALIZE; returns the feature */
uint32_t wc_graph_conv(struct wc_graph *g, const char *name, uint32_t x, uint32_t co, uint32_t k,
                       uint32_t stride, uint32_t pad);
/* A kernel of r x s taps with its stride and the padding of rows and columns. */
struct wc_kernel_shape {
  uint32_t r, s, stride, pad, pad_x;
};
uint32_t wc_graph_conv_shape(struct wc_graph *g, const char *name, uint32_t x, uint32_t co,
                             struct wc_kernel_shape k);
uint32_t wc_graph_conv_bias(struct wc_graph *g, const char *name, uint32_t x, uint32_t co,
                            struct wc_kernel_shape k); /* CONV with b */
uint32_t wc_graph_gn(struct wc_graph *g, const char *name, uint32_t x, uint32_t groups);
uint32_t wc_graph_relu(struct wc_graph *g, const char *name, uint32_t x);
uint32_t wc_graph_add(struct wc_graph *g, const char *name, uint32_t a, uint32_t b);
/* Windows that do not overlap and cover the input. */
uint32_t wc_graph_maxpool(struct wc_graph *g, const char *name, uint32_t x, uint32_t window);
uint32_t wc_graph_maxpool_shape(struct wc_graph *g, const char *name, uint32_t x, uint32_t window,
                                uint32_t stride, uint32_t pad);
uint32_t wc_graph_avgpool(struct wc_graph *g, const char *name, uint32_t x, uint32_t window,
                          uint32_t pad);
uint32_t wc_graph_concat(struct wc_graph *g, const char *name, const uint32_t *x, unsigned n);
uint32_t wc_graph_gap(struct wc_graph *g, const char *name, uint32_t x);
/* CONV with a kernel as large as @x, BIAS. */
uint32_t wc_graph_fc(struct wc_graph *g, const char *name, uint32_t x, uint32_t co);
void wc_graph_xent(struct wc_graph *g, const char *name, uint32_t logits);

/* Appends the backward nodes and gradient tensors of a complete forward graph. Gradients of no
 * use (of the image) are left out. False: out of memory or no loss; @why tells. */
bool wc_graph_differentiate(struct wc_graph *graph, struct wc_report *why);

/* Built-in networks, already differentiated. NULL for an unknown name (@why lists the known). */
struct wc_graph *wc_net_build(const char *name, struct wc_report *why);
const char *wc_net_name(unsigned index); /* NULL past the last */

struct wc_graph_totals {
  uint64_t macs;           /* forward, per sample */
  uint64_t params;         /* trainable scalars */
  uint64_t conv_out_elems; /* convolution output elements, per sample (FC not counted) */
  uint64_t train_macs;     /* forward + data gradients + weight gradients, per sample */
};
/* Of one sample; 0 but for convolutions and their gradients. */
uint64_t wc_node_macs(const struct wc_graph *graph, const struct wc_node *node);
struct wc_graph_totals wc_graph_totals(const struct wc_graph *graph);

const char *wc_op_name(enum wc_op op);
uint64_t wc_tensor_elems(const struct wc_tensor *t); /* per sample, or in all for parameters */
/* Bytes of one sample (or of the whole parameter) as stored: BIT packs 8 an element row-major
 * ([h][w] rows of c bits, c a multiple of 8). */
uint64_t wc_tensor_bytes(const struct wc_tensor *t);
/* Distance of samples in DRAM and in the global buffer: wc_tensor_bytes rounded up to 16. */
uint64_t wc_tensor_pitch(const struct wc_tensor *t);
/* Bytes of one row [w][c]. */
uint64_t wc_tensor_row_bytes(const struct wc_tensor *t);
void wc_graph_dump(const struct wc_graph *graph, FILE *out);

#endif
