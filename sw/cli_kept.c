#include "cli_kept.h"

#include <inttypes.h>
#include <stdlib.h>

/* Tensors that a forward node makes and a backward node reads. NULL: out of memory. */
static bool *find_kept(const struct wc_graph *g) {
  bool *kept = calloc(g->n_tensors + 1, sizeof *kept);
  for (uint32_t n = g->n_forward; kept != NULL && n < g->n_nodes; n++) {
    for (unsigned i = 0; i < g->nodes[n].n_in; i++) {
      const uint32_t t = g->nodes[n].in[i];
      kept[t] = g->tensors[t].producer < g->n_forward;
    }
  }
  return kept;
}

static uint64_t bytes_of(const struct wc_plan *plan, uint32_t tensor) {
  return plan->schedule.batch * wc_tensor_bytes(&plan->graph->tensors[tensor]);
}

/* Nothing stays in the buffer from the forward to the backward pass: what is not in DRAM is made
 * again. */
static bool is_stored(const struct wc_plan *plan, uint32_t tensor) {
  return plan->tensor[tensor].present != 0;
}

json_t *cli_kept_json(const struct wc_plan *plan) {
  json_t *list = json_array();
  bool *kept = find_kept(plan->graph);
  for (uint32_t t = 0; kept != NULL && t < plan->graph->n_tensors; t++) {
    if (kept[t]) {
      json_array_append_new(
          list, json_pack("{s:s, s:I, s:s}", "tensor", plan->graph->tensors[t].name, "bytes",
                          (json_int_t)bytes_of(plan, t), "choice",
                          is_stored(plan, t) ? "store" : "recompute"));
    }
  }
  free(kept);
  return list;
}

void cli_print_kept(const struct wc_plan *plan) {
  static const char *const titles[2] = {"made again", "stored"};
  uint32_t n[2] = {0};
  uint64_t bytes[2] = {0};
  bool *kept = find_kept(plan->graph);
  for (uint32_t t = 0; kept != NULL && t < plan->graph->n_tensors; t++) {
    if (kept[t]) {
      n[is_stored(plan, t)]++;
      bytes[is_stored(plan, t)] += bytes_of(plan, t);
    }
  }
  free(kept);
  printf("\n%-18s %12s %12s\n", "for backward", "tensors", "bytes");
  for (unsigned i = 2; i-- > 0;)
    printf("%-18s %12" PRIu32 " %12" PRIu64 "\n", titles[i], n[i], bytes[i]);
  const uint64_t macs = wc_graph_totals(plan->graph).train_macs * plan->schedule.batch;
  printf("%-18s %12s %12" PRIu64 ", %.1f %% of a step's\n", "MACs added", "", plan->macs_again,
         100 * (double)plan->macs_again / (double)macs);
}
