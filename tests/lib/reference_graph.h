/* Runs a graph, forward and backward, with the FP64 reference. */
#ifndef WC_TESTS_REFERENCE_GRAPH_H
#define WC_TESTS_REFERENCE_GRAPH_H

#include "graph.h"
#include "reference.h"

struct ref_run {
  const struct wc_graph *graph;
  struct ref_tensor *t; /* one for each tensor of the graph: n samples, or 1 */
  uint32_t n;
  bool round;  /* round every output to its tensor's type, as the device does */
  bool replay; /* masks and pool positions are inputs: set them before the run */
};

/* All tensors zero. The caller fills image, label, hyper and the parameters. */
struct ref_run ref_run_new(const struct wc_graph *graph, uint32_t n);
void ref_run_free(struct ref_run *run);

/* He initialisation of weights, gamma around 1, small random beta and bias; random image and
 * labels; hyper: the loss scale element is loss_scale / n. */
void ref_run_fill(struct ref_run *run, double loss_scale, uint64_t *state);

/* One node. Accumulating outputs (parameter gradients) are added to. */
void ref_run_node(struct ref_run *run, uint32_t node);

void ref_run_forward(struct ref_run *run);
/* Clears the parameter gradients first. */
void ref_run_backward(struct ref_run *run);
void ref_run_graph(struct ref_run *run); /* both */

/* Mean loss over the samples. */
double ref_run_loss(const struct ref_run *run);

#endif
