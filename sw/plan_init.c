/* What planning knows of graph and device before it begins: uses, passes, scratch, what fuses. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plan_build.h"
#include "report.h"

/* Who reads a tensor last; what the host reads outlives all nodes. */
static void find_last_uses(struct wc_planner *p) {
  memset(p->last_use, 0xFF, p->g->n_tensors * sizeof *p->last_use);
  memset(p->last_forward, 0xFF, p->g->n_tensors * sizeof *p->last_forward);
  for (uint32_t i = 0; i < p->n_nodes; i++) {
    for (unsigned j = 0; j < p->g->nodes[i].n_in; j++) {
      p->last_use[p->g->nodes[i].in[j]] = i;
      if (i < p->n_forward) {
        p->last_forward[p->g->nodes[i].in[j]] = i;
      }
    }
  }
  p->last_use[p->g->logits] = p->n_nodes;
  p->last_use[p->g->loss] = p->n_nodes;
}

static bool find_backward(struct wc_planner *p) {
  uint32_t at = p->n_forward;
  p->backward[p->n_forward] = at;
  for (uint32_t home = p->n_forward; home-- > 0;) {
    while (at < p->n_nodes && p->g->nodes[at].home == home) {
      at++;
    }
    p->backward[home] = at;
  }
  return at == p->n_nodes;
}

/* The node whose kernel says how much scratch node @i needs: of a RELU_BWD it is the GN_BWD behind
 * it, if there is just one. */
static uint32_t scratch_owner(const struct wc_planner *p, uint32_t i) {
  const struct wc_node *nodes = p->g->nodes;
  uint32_t owner = i;
  for (uint32_t k = i + 1; nodes[i].op == WC_N_RELU_BWD && k < p->g->n_nodes; k++) {
    if (nodes[k].op == WC_N_GN_BWD && nodes[k].in[1] == nodes[i].out[0]) {
      if (owner != i) {
        return i;
      }
      owner = k;
    }
  }
  return owner;
}

/* The device as the kernels see it; what is not known is as in `small`. */
static struct wc_kernel_device kernel_device(const struct wc_target *target) {
  const struct wc_emit_device *d = &target->device;
  return (struct wc_kernel_device){
      .rows = d->rows == 0 ? 16 : d->rows,
      .cols = d->cols == 0 ? 16 : d->cols,
      .lanes = d->lanes == 0 ? 16 : d->lanes,
      .line_bytes = target->line_bytes == 0 ? 64 : target->line_bytes,
      .gbuf_bytes = target->gbuf_bytes,
      .folds = target->folds,
  };
}

/* Remembers what the search asks for again and again. */
static void ask_kernels(struct wc_planner *p, const struct wc_target *target) {
  const struct wc_kernel_device device = kernel_device(target);
  p->depth = device.rows;
  for (uint32_t i = 0; i < p->n_nodes; i++) {
    p->scratch_owner[i] = scratch_owner(p, i);
    const uint32_t next[2] = {i + 1, i + 2};
    p->strips[i] = wc_kernel_strips(p->g, &p->g->nodes[i], &device);
    for (uint32_t ns = 1; ns <= 2; ns++) {
      p->scratch[i][ns - 1] = (uint32_t)wc_node_scratch(p, i, ns);
    }
    while (p->fusible[i] < 2 && i + 1 + p->fusible[i] < p->n_nodes &&
           wc_kernel_can_fuse(p->g, i, next, p->fusible[i], next[p->fusible[i]])) {
      p->fusible[i]++;
    }
  }
}

static bool init(struct wc_planner *p, const struct wc_graph *g, enum wc_config config,
                 enum wc_mode mode, uint32_t batch, const struct wc_target *target,
                 struct wc_report *why) {
  *p = (struct wc_planner){.g = g,
                           .config = config,
                           .mode = mode,
                           .batch = batch,
                           .cores = 1,
                           .bounds = {.keep = WC_KEEP_NONE},
                           .reuse = config >= WC_MBS2};
  p->n_forward = mode == WC_TRAIN ? g->n_forward : g->tensors[g->logits].producer + 1;
  p->n_nodes = mode == WC_TRAIN ? g->n_nodes : p->n_forward;
  p->gb_hyper = WC_FINITE_BYTES;
  p->align = target->line_bytes > WC_GB_ALIGN ? target->line_bytes : WC_GB_ALIGN;
  p->gb_base = wc_round_up(WC_FINITE_BYTES + WC_HYPERS * sizeof(float), p->align);
  p->gb_limit = target->gbuf_bytes / p->align * p->align;
  p->last_use = malloc((g->n_tensors + 1) * sizeof *p->last_use);
  p->last_forward = malloc((g->n_tensors + 1) * sizeof *p->last_forward);
  p->backward = malloc((p->n_forward + 1) * sizeof *p->backward);
  p->strips = malloc((p->n_nodes + 1) * sizeof *p->strips);
  p->scratch = malloc((p->n_nodes + 1) * sizeof *p->scratch);
  p->scratch_owner = malloc((p->n_nodes + 1) * sizeof *p->scratch_owner);
  p->fusible = calloc(p->n_nodes + 1, sizeof *p->fusible);
  p->work = calloc(2, sizeof *p->work);
  p->hands = calloc(2 * (size_t)p->n_forward + 1, sizeof *p->hands);
  if (p->last_use == NULL || p->last_forward == NULL || p->backward == NULL || p->strips == NULL ||
      p->scratch == NULL || p->scratch_owner == NULL || p->fusible == NULL || p->work == NULL ||
      p->hands == NULL) {
    wc_planner_free(p);
    return wc_fail(why, "network %s: out of memory while planning", g->name);
  }
  ask_kernels(p, target);
  find_last_uses(p);
  if (config >= WC_MBS1 && !wc_keep_find(p)) {
    wc_planner_free(p);
    return wc_fail(why, "network %s: out of memory while planning", g->name);
  }
  if (!find_backward(p)) {
    wc_planner_free(p);
    return wc_fail(why, "network %s: backward nodes are not in the reverse order of their homes",
                   g->name);
  }
  return true;
}

bool wc_planner_begin(struct wc_planner *p, const struct wc_graph *graph, enum wc_config config,
                      enum wc_mode mode, uint32_t batch, const struct wc_target *target,
                      struct wc_report *why) {
  const uint32_t cores = target->cores == 0 ? 1 : target->cores;
  if (batch == 0 || batch > UINT16_MAX) {
    return wc_fail(why, "batch %" PRIu32 ": must be 1 to %u", batch, (unsigned)UINT16_MAX);
  }
  if (cores > WC_CORES_MAX) {
    return wc_fail(why, "cores %" PRIu32 ": must be 1 to %d", cores, WC_CORES_MAX);
  }
  if (batch % cores != 0) {
    return wc_fail(why,
                   "batch %" PRIu32 ": cannot be shared evenly among %" PRIu32
                   " cores; use a multiple of %" PRIu32 ", or fewer cores (--cores)",
                   batch, cores, cores);
  }
  if (graph->loss == WC_NONE || (mode == WC_TRAIN && graph->n_nodes == graph->n_forward)) {
    return wc_fail(why, "network %s: has no backward nodes; differentiate it before planning",
                   graph->name);
  }
  if (mode == WC_INFER && config == WC_MBS_R) { /* which keeps nothing anyway */
    config = WC_MBS2;
  }
  if (!init(p, graph, config, mode, batch / cores, target, why)) {
    return false;
  }
  p->cores = cores;
  if (p->gb_limit <= p->gb_base || target->gbuf_bytes > UINT32_MAX) {
    wc_fail(why,
            "global buffer of %" PRIu64 " bytes: must be more than %" PRIu64 " and less than 4 GiB",
            target->gbuf_bytes, p->gb_base);
    wc_planner_free(p);
    return false;
  }
  return true;
}

void wc_planner_free(struct wc_planner *p) {
  for (unsigned i = 0; p->work != NULL && i < 2; i++) {
    wc_segment_free(&p->work[i]);
  }
  free(p->work);
  p->work = NULL;
  free(p->last_use);
  free(p->last_forward);
  free(p->kept);
  free(p->module);
  free(p->stored);
  free(p->backward);
  free(p->strips);
  free(p->scratch);
  free(p->scratch_owner);
  free(p->fusible);
  free(p->hands);
  p->last_use = p->last_forward = p->backward = p->scratch_owner = p->fusible = NULL;
  p->strips = NULL;
  p->kept = p->module = p->stored = NULL;
  p->scratch = NULL;
  p->hands = NULL;
}
