/* Where tensors, masters and momenta lie in device DRAM. */
#include <stdlib.h>

#include "plan_build.h"

#define DRAM_ALIGN 64U

struct cursor {
  uint64_t at;
};

static void place(struct cursor *c, struct wc_place *where, uint64_t bytes) {
  if (!where->present) {
    *where = (struct wc_place){1, c->at, bytes, 0};
    c->at = wc_round_up(c->at + bytes, DRAM_ALIGN);
  }
}

/* A part for each core, one after another. */
static void place_parts(struct cursor *c, const struct wc_plan *plan, struct wc_place *where,
                        uint64_t each) {
  const uint32_t cores = plan->schedule.cores;
  place(c, where, each * cores);
  where->each = cores > 1 ? each : 0;
}

/* Samples of all cores follow each other as on one core; of sums each core has its own. */
static void place_tensor(struct cursor *c, struct wc_plan *plan, uint32_t tensor) {
  const struct wc_tensor *t = &plan->graph->tensors[tensor];
  const struct wc_schedule *s = &plan->schedule;
  struct wc_place *where = &plan->tensor[tensor];
  if (t->per_sample) {
    place_parts(c, plan, where, wc_tensor_pitch(t) * (s->batch / s->cores));
  } else if (t->role == WC_ROLE_DPARAM && s->cores > 1) {
    place_parts(c, plan, where, wc_round_up(wc_tensor_bytes(t), DRAM_ALIGN));
  } else {
    place(c, where, wc_tensor_bytes(t));
  }
}

static void place_params(struct cursor *c, struct wc_plan *plan) {
  const struct wc_graph *g = plan->graph;
  for (uint32_t i = 0; i < g->n_params; i++) {
    place_tensor(c, plan, g->params[i]);
  }
  for (uint32_t i = 0; i < g->n_params; i++) {
    const struct wc_tensor *t = &g->tensors[g->params[i]];
    if (t->role == WC_ROLE_WEIGHT) {
      place(c, &plan->master[i], wc_tensor_elems(t) * sizeof(float));
    }
    place(c, &plan->momentum[i], wc_tensor_elems(t) * sizeof(float));
    if (t->grad != WC_NONE) {
      place_tensor(c, plan, t->grad);
    }
  }
}

static void place_io(struct cursor *c, struct wc_plan *plan) {
  const struct wc_graph *g = plan->graph;
  place_tensor(c, plan, g->hyper);
  place_parts(c, plan, &plan->finite, WC_FINITE_BYTES);
  place_tensor(c, plan, g->image);
  place_tensor(c, plan, g->label);
  place_tensor(c, plan, g->logits);
  place_tensor(c, plan, g->loss);
}

void wc_plan_place(struct wc_plan *plan) {
  struct cursor c = {0};
  place_params(&c, plan);
  const uint64_t params_end = c.at;
  place_io(&c, plan); /* so far every plan of the graph has the same addresses */
  for (size_t i = 0; i < plan->n_step; i++) {
    if (plan->step[i].tensor != WC_NONE) {
      place_tensor(&c, plan, plan->step[i].tensor);
    }
  }
  for (size_t i = 0; i < plan->n_step; i++) {
    struct wc_action *act = &plan->step[i];
    if (act->kind == WC_ACT_LOAD || act->kind == WC_ACT_STORE) {
      act->dram = act->tensor == WC_NONE ? plan->finite.addr : plan->tensor[act->tensor].addr;
    }
  }
  if (plan->graph->n_nodes > plan->graph->n_forward && plan->schedule.cores == 1) {
    plan->mirror = c.at;
    c.at += params_end;
  }
  plan->dram_bytes = c.at;
}
