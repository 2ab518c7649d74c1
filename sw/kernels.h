/* From one node tile with its operands in the global buffer to commands. See docs/compiler.md.
 *
 * A run computes, for samples n0 .. n0+ns-1, either whole outputs (y0 = 0, ny = all rows) or, when
 * a sample does not fit, the rows [y0, y0+ny) of the node's leading batch tensor (see lead). */
#ifndef WC_KERNELS_H
#define WC_KERNELS_H

#include "emit.h"
#include "graph.h"

/* Where an operand lies in the global buffer. */
struct wc_view {
  uint32_t gb;     /* byte address of sample n0, row y0 (or of the parameter, slice c0) */
  uint32_t pitch;  /* bytes from sample to sample; rows are contiguous */
  uint32_t y0, ny; /* rows present; parameters: 0, h */
};

/* Passes over the rows of a sample that row tiling needs: all slabs of pass 0 run before the
 * first of pass 1. A run of a whole sample does all passes at once (pass = WC_PASS_ALL). */
#define WC_PASS_ALL UINT32_MAX

/* CONV, CONV_WGRAD of few channels: the vector unit copies the image so that all taps of a
 * position lie side by side (docs/kernels.md). */
struct wc_strips {
  uint32_t rows;  /* of positions at a time; 0: no strips, taps come from the image */
  uint32_t pitch; /* bytes from strip to strip */
  uint32_t bytes; /* of scratch: two places, used in turn */
};

struct wc_run {
  uint32_t node;
  uint32_t ns;      /* samples */
  uint32_t y0, ny;  /* rows of the lead tensor */
  uint32_t pass;    /* or WC_PASS_ALL */
  uint32_t c0, nc;  /* CONV, CONV_WGRAD: output channels; CONV_DGRAD: input channels computed.
                       Others: 0 and all. The weight and dw views hold just this slice. */
  bool first, last; /* accumulating outputs: this run is the first (start at zero) / the last of
                       the mini-batch for this slice */
  bool slab_first, slab_last; /* first / last slab of the pass (true for whole samples) */
  struct wc_view in[WC_MAX_IN], out[WC_MAX_OUT];
  struct wc_strips strips; /* or all zero */
  uint32_t scratch; /* address of wc_kernel_scratch bytes, or of those of the strips, kept from the
                       first pass and slab of a sample to its last; 64-byte aligned */
  uint32_t finite;  /* address of WC_FINITE_BYTES: FP32 sums that become NaN when a weight
                       gradient is not finite; zeroed at the start of the stream, see
                       wc_kernel_finite_clear */
  /* Nodes fused behind this one (executed in the same vector pass; same roundings): the planner
   * sets n_fused and the views of their operands. Empty: none. See wc_kernel_can_fuse. */
  uint32_t n_fused;
  uint32_t fused[2];
  struct wc_view fused_in[2][WC_MAX_IN], fused_out[2][WC_MAX_OUT];
  bool drop_out; /* with fusion: the node's own main output is not stored */
  bool again;    /* whole samples only: runs once more, the statistics of a GN are there already */
};

#define WC_FINITE_BYTES 256

/* Which operand the rows y0, ny of a run are rows of: 'o' output 0, or 'i' input 0 or 1.
 * GAP, BIAS_BWD, XENT: input 0. CONV_WGRAD: input 1 (dy). All others: output 0. */
struct wc_lead {
  char side;
  unsigned index;
};
struct wc_lead wc_kernel_lead(enum wc_op op);

unsigned wc_kernel_passes(enum wc_op op); /* GN, GN_BWD: 2 (statistics, apply); others 1 */

/* Rows [*lo, *hi) of input (side 'i') or output ('o') @index that a run over lead rows
 * [y0, y0+ny) touches in @pass, clipped to the tensor; an empty range: not touched in this pass
 * (parameters: the whole range when touched). */
void wc_kernel_rows(const struct wc_graph *g, const struct wc_node *node, uint32_t pass,
                    uint32_t y0, uint32_t ny, char side, unsigned index, uint32_t *lo,
                    uint32_t *hi);

/* True when rows must be cut at multiples of *align (1, or the stride/window); a node that cannot
 * be tiled in rows (XENT, h = 1) returns false. */
bool wc_kernel_can_tile(const struct wc_graph *g, const struct wc_node *node, uint32_t *align);

/* True when the columns of the weight operand can be cut (CONV, CONV_DGRAD, CONV_WGRAD). */
bool wc_kernel_can_slice(enum wc_op op);

/* Scratch bytes a run of @ns samples needs (independent of the rows). */
uint32_t wc_kernel_scratch(const struct wc_graph *g, const struct wc_node *node, uint32_t ns);

/* What decides whether strips pay. */
struct wc_kernel_device {
  uint32_t rows, cols; /* of the array */
  uint32_t lanes;      /* of the vector unit */
  uint32_t line_bytes; /* of the buffer */
  uint64_t gbuf_bytes;
  bool folds; /* a GEMM of at most half the columns works on two rows at once */
};

/* Strips for a node; all zero where they would not pay. */
struct wc_strips wc_kernel_strips(const struct wc_graph *g, const struct wc_node *node,
                                  const struct wc_kernel_device *device);

/* True when output @out of the node may take the buffer of input @in (same elements, in place). */
bool wc_kernel_in_place(enum wc_op op, unsigned in, unsigned out);

/* True when node @next can be fused behind @head (+ already fused nodes @fused[0..n_fused)). */
bool wc_kernel_can_fuse(const struct wc_graph *g, uint32_t head, const uint32_t *fused,
                        uint32_t n_fused, uint32_t next);

/* Appends the commands of @run. False: the emitter failed (out of memory, a field overflow);
 * wc_emit_failed tells. */
bool wc_kernel_emit(struct wc_emit *emit, const struct wc_graph *g, const struct wc_run *run);

/* Zeroes the finite sums / any FP32 range. @gb 4-aligned, @bytes a multiple of 4. */
bool wc_kernel_finite_clear(struct wc_emit *emit, uint32_t gb);
bool wc_kernel_zero(struct wc_emit *emit, uint32_t gb, uint32_t bytes);

/* g = g + other, FP32: the gradient of another core onto the sum of those before it. */
bool wc_kernel_add_gradient(struct wc_emit *emit, uint32_t g, uint32_t other, uint32_t elems);

/* SGD with momentum on @elems elements in the global buffer:
 *   g' = g * hyper[GRAD_SCALE]; g' = fma(w, hyper[DECAY], g'); m = fma(m, hyper[MOMENTUM], g');
 *   w = fma(m, hyper[NEG_LR], w); w16 = FP16(w) (when @w16 != UINT32_MAX).
 * @w, @m updated in place. */
bool wc_kernel_sgd(struct wc_emit *emit, uint32_t g, uint32_t w, uint32_t m, uint32_t w16,
                   uint32_t hyper, uint32_t elems);

#endif
