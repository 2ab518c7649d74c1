/* Assembling one VEC command, and what the kernels of one run share. Private to kernels*.c. */
#ifndef WC_KERNELS_VEC_H
#define WC_KERNELS_VEC_H

#include "emit.h"
#include "graph.h"
#include "kernels.h"

/* A run with its node at hand. */
struct wc_ker {
  struct wc_emit *emit;
  const struct wc_graph *g;
  const struct wc_node *node;
  const struct wc_run *run;
};

const struct wc_tensor *wc_ker_in(const struct wc_ker *k, unsigned index);
const struct wc_tensor *wc_ker_out(const struct wc_ker *k, unsigned index);

/* Address of row @y of the first sample of a view. */
int64_t wc_ker_row(const struct wc_view *view, const struct wc_tensor *t, uint32_t y);

/* True when the run does pass @pass of the node. */
bool wc_ker_does_pass(const struct wc_ker *k, uint32_t pass);

/* Distances of a stream: s0 in elements, the others in bytes. */
struct wc_strides {
  int64_t s0, s1, s2, s3;
};

/* A VEC command being put together. Mistakes (a value that does not fit its field, too many
 * streams) are noted and make wc_vec_emit fail. */
struct wc_vec_asm {
  struct wc_emit *emit;
  struct wc_cmd cmd;
  unsigned n_steps;
  bool bad;
};

void wc_vec_begin(struct wc_vec_asm *v, const struct wc_ker *k, uint64_t d0, uint64_t d1,
                  uint64_t d2, uint64_t d3);

/* Adds an input; returns its source (I0 ..). */
uint32_t wc_vec_in(struct wc_vec_asm *v, enum wc_type type, int64_t base, struct wc_strides s);

/* Adds an output of @src, WC_S_T or WC_S_U. */
void wc_vec_out(struct wc_vec_asm *v, enum wc_type type, uint32_t src, int64_t base,
                struct wc_strides s);

/* How an output reduces over d1. All zero: a sum in one chain from +0. */
struct wc_reduce {
  bool maximum; /* else a sum */
  bool chains;  /* eight chains */
  bool load, keep;
  bool half; /* the result is stored as FP16, else as FP32 */
  uint32_t phase;
};

/* Adds a reduced output. s.s1: distance of chains when they are loaded or kept. */
void wc_vec_reduce(struct wc_vec_asm *v, uint32_t src, int64_t base, struct wc_strides s,
                   struct wc_reduce how);

/* Step flags. */
enum { WC_TO_U = 1, WC_ROUND16 = 2, WC_RELU = 4, WC_NEG_A = 8, WC_NEG_C = 16 };

/* Adds a step; sources the operation does not read are 0. DIV, SQRT, POW2, EXPO and MANT go to step
 * 3, whatever came before. */
void wc_vec_step(struct wc_vec_asm *v, enum wc_vop op, uint32_t a, uint32_t b, uint32_t c,
                 unsigned flags);

/* Constant K@index; returns its source. */
uint32_t wc_vec_const(struct wc_vec_asm *v, unsigned index, float value);

bool wc_vec_emit(struct wc_vec_asm *v);

/* Which elements of a feature map an elementwise command walks over, for all samples of a run:
 * rows [y0, y0+ny), as one string of elements or (by_channel) position by position. */
struct wc_grid {
  uint32_t y0, ny;
  bool by_channel;
};

/* Begins a command over @grid of tensors with the shape of @t. */
void wc_grid_begin(struct wc_vec_asm *v, const struct wc_ker *k, const struct wc_tensor *t,
                   struct wc_grid grid);

/* The grid's elements of operand @view, a tensor of that shape. */
uint32_t wc_grid_in(struct wc_vec_asm *v, const struct wc_tensor *t, const struct wc_view *view,
                    struct wc_grid grid);
void wc_grid_out(struct wc_vec_asm *v, uint32_t src, const struct wc_tensor *t,
                 const struct wc_view *view, struct wc_grid grid);

/* What follows the head's value in a fused run, and the outputs. wc_tail_dst tells where the head
 * leaves its value (0 or WC_TO_U, a step flag): in U when it is stored and more follows. */
unsigned wc_tail_dst(const struct wc_run *run);
void wc_tail(struct wc_vec_asm *v, const struct wc_ker *k, struct wc_grid grid);

/* An output that may be left out: a mask or an index nobody reads has this address. */
#define WC_NOT_STORED UINT32_MAX

/* Adds @elems FP32 values at @gb, times 0, to the finite sums of the run. */
bool wc_ker_finite(const struct wc_ker *k, int64_t gb, uint64_t elems);

/* True for the run that starts, or ends, an accumulation over the mini-batch. */
bool wc_ker_starts(const struct wc_ker *k);
bool wc_ker_ends(const struct wc_ker *k);

/* The eight chains of a reduction over the rows of a run: kept from slab to slab. */
struct wc_reduce wc_ker_chains(const struct wc_run *run, const struct wc_tensor *t, uint32_t y0);

/* True when the run is one of several slabs of its only sample. */
bool wc_ker_is_slab(const struct wc_run *run);

/* One function an operation (kernels_*.c). */
bool wc_ker_normalize(const struct wc_ker *k);
bool wc_ker_conv(const struct wc_ker *k);
bool wc_ker_conv_dgrad(const struct wc_ker *k);
bool wc_ker_conv_wgrad(const struct wc_ker *k);
bool wc_ker_bias(const struct wc_ker *k);
bool wc_ker_bias_bwd(const struct wc_ker *k);
bool wc_ker_gn(const struct wc_ker *k);
bool wc_ker_gn_bwd(const struct wc_ker *k);
bool wc_ker_relu(const struct wc_ker *k);
bool wc_ker_relu_bwd(const struct wc_ker *k);
bool wc_ker_add(const struct wc_ker *k);
bool wc_ker_maxpool(const struct wc_ker *k);
bool wc_ker_maxpool_bwd(const struct wc_ker *k);
bool wc_ker_avgpool(const struct wc_ker *k);
bool wc_ker_avgpool_bwd(const struct wc_ker *k);
bool wc_ker_concat(const struct wc_ker *k);
bool wc_ker_split(const struct wc_ker *k);
bool wc_ker_gap(const struct wc_ker *k);
bool wc_ker_gap_bwd(const struct wc_ker *k);
bool wc_ker_xent(const struct wc_ker *k);
uint32_t wc_xent_scratch(uint32_t ns, uint32_t classes);
uint32_t wc_maxpool_scratch(const struct wc_node *node, const struct wc_tensor *dx, uint32_t ns);

#endif
