/* The actions of a step: all groups forward, then all groups backward, by themselves or with the
 * weight update on the way. */
#include "plan_build.h"

/* True when the backward pass of a group has GEMMs. */
static bool has_macs(const struct wc_planner *p, const struct wc_choice *choice) {
  uint64_t macs = 0;
  for (uint32_t i = p->backward[choice->last + 1]; i < p->backward[choice->first]; i++) {
    macs += wc_node_macs(p->g, &p->g->nodes[i]);
  }
  return choice->direction != WC_FORWARD && macs > 0;
}

/* The last backward pass with GEMMs, beside which the update passes: the gradients of all other
 * groups are ready then, and there is time, since the first layers have large maps and few
 * parameters. @n: there is none. */
static uint32_t last_pass(const struct wc_planner *p, const struct wc_choice *choices, uint32_t n) {
  uint32_t i = 0;
  while (i < n && !has_macs(p, &choices[i])) {
    i++;
  }
  return i;
}

/* The backward passes of all nodes from @first on are done. */
static void make_ready(struct wc_updates *updates, uint32_t first) {
  const struct wc_graph *g = updates->plan->graph;
  while (updates->ready > 0) {
    const uint32_t grad = g->tensors[g->params[updates->ready - 1]].grad;
    if (g->nodes[g->tensors[grad].producer].home < first) {
      return;
    }
    updates->ready--;
  }
}

static bool backward(struct wc_flow *flow, const struct wc_choice *choices, uint32_t n) {
  const uint32_t last = flow->updates == NULL ? n : last_pass(flow->p, choices, n);
  bool ok = true;
  for (uint32_t i = n; ok && i-- > 0;) {
    if (choices[i].direction == WC_FORWARD) {
      continue;
    }
    flow->group = i;
    if (flow->updates != NULL) {
      flow->updates->beside = i == last;
    }
    ok = wc_group_emit(flow, &choices[i], true);
    if (flow->updates != NULL) {
      make_ready(flow->updates, choices[i].first);
    }
  }
  return ok;
}

bool wc_plan_step(const struct wc_planner *p, const struct wc_choice *choices, uint32_t n,
                  uint64_t finite, struct wc_updates *updates, struct wc_actions *list) {
  struct wc_gbuf gbuf;
  wc_gbuf_init(&gbuf, p);
  struct wc_flow flow = {.p = p, .list = list, .gbuf = &gbuf, .node = WC_NONE};
  const bool train = p->mode == WC_TRAIN;
  if (train) {
    wc_act_param(&flow, WC_ACT_LOAD, p->g->hyper, wc_slice_all(&p->g->tensors[p->g->hyper]),
                 p->gb_hyper);
    wc_act(&flow, WC_ACT_CLEAR_FINITE);
  }
  bool ok = true;
  for (uint32_t i = 0; ok && i < n; i++) {
    flow.group = i;
    ok = choices[i].direction == WC_BACKWARD || wc_group_emit(&flow, &choices[i], false);
  }
  flow.updates = updates;
  ok = ok && (!train || backward(&flow, choices, n));
  if (train) {
    flow.group = 0;
    flow.node = WC_NONE;
    wc_act_flat(&flow, WC_ACT_STORE, WC_NONE, WC_CLASS_WEIGHT_GRADIENTS, finite, WC_FINITE_BYTES,
                p->gb_finite);
  }
  while (ok && updates != NULL && wc_updates_go_on(&flow)) {
  }
  ok = ok && (updates == NULL || wc_updates_waiting(updates) == 0);
  wc_gbuf_release(&gbuf);
  return ok && !list->failed;
}

bool wc_plan_whole(struct wc_plan *plan, const struct wc_planner *p,
                   const struct wc_choice *choices, uint32_t n) {
  struct wc_updates updates = wc_updates_of_step(plan, p);
  struct wc_actions whole = {0}, settle = {0};
  const bool ok = wc_plan_step(p, choices, n, plan->finite.addr, &updates, &whole) &&
                  wc_plan_copy_params(plan, p, &settle);
  plan->whole = whole.at;
  plan->n_whole = whole.n;
  plan->settle = settle.at;
  plan->n_settle = settle.n;
  return ok;
}
