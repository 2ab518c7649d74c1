/* Runs one node of a graph on the C model, cut up as a planner might: sub-batches, slabs of rows,
 * slices of columns, fused or not. Every run finds only what the kernel says that it touches, at
 * places and pitches of its own, in a buffer full of NaN; every byte that it writes elsewhere
 * fails the test, as does a stream that the static checker refuses. */
#ifndef WC_TESTS_NODE_RUN_H
#define WC_TESTS_NODE_RUN_H

#include "graph.h"
#include "kernels.h"
#include "reference.h"
#include "wc_model.h"

enum { NODE_GBUF = 1 << 21, NODE_MEM = 1 << 22 };

struct node_bench {
  const struct wc_graph *g;
  const struct ref_tensor *values; /* inputs: one for each tensor, rounded to its type */
  uint32_t n;                      /* samples */
  uint64_t *rng;                   /* chooses places and pitches */
  struct wc_model *model;
};

/* How to cut. Zero: whole. */
struct node_cut {
  uint32_t samples, rows, columns;
  struct wc_strips strips;
  uint32_t n_fused;
  uint32_t fused[2];
  bool drop_out;
  bool in_place; /* output 0 (of the last fused node) over an input where wc_kernel_in_place allows
                  */
};

/* Everything stored: output i of the node (k = 0) or of the fused node k - 1, packed samples of
 * wc_tensor_bytes each; NULL when it is not stored. */
struct node_result {
  uint8_t *out[3][WC_MAX_OUT];
  size_t bytes[3][WC_MAX_OUT];
  float finite[WC_FINITE_BYTES / 4];
  size_t commands;
};

/* A kernel that fails ends the program with the reason. Fused runs are not cut in rows. */
struct node_result node_run(const struct node_bench *bench, uint32_t node,
                            const struct node_cut *cut);
void node_result_free(struct node_result *result);

#endif
