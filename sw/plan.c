/* The plan of a network: schedule, places, actions, and the traffic they add up to. */
#include "plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plan_build.h"
#include "report.h"

static bool follows(const struct wc_planner *p, const struct wc_group *group, uint32_t next,
                    uint32_t i, struct wc_report *why) {
  if (group->first == next && group->last >= next && group->last < p->n_forward) {
    return true;
  }
  return wc_fail(why,
                 "group %" PRIu32 ": nodes %" PRIu32 " to %" PRIu32 " do not follow node %" PRIu32
                 " of %" PRIu32,
                 i, group->first, group->last, next, p->n_forward);
}

static bool choose_one(const struct wc_planner *p, const struct wc_group *group,
                       const struct wc_hands *hands, struct wc_choice *choice,
                       struct wc_report *why) {
  const bool ok = group->way == WC_WAY_LEAST ? wc_group_choose(p, group->first, group->last,
                                                               group->sub_batch, UINT64_MAX, choice)
                                             : wc_group_given(p, group, hands, choice);
  if (!ok || !choice->feasible) {
    wc_report_misfit(p, choice, why);
  }
  return ok && choice->feasible;
}

/* Every node has both its directions. */
static bool all_covered(const struct wc_planner *p, const uint32_t next[WC_DIRECTIONS],
                        struct wc_report *why) {
  const uint32_t n = p->n_forward, both = next[WC_BOTH_WAYS];
  if (both == n
          ? next[WC_FORWARD] + next[WC_BACKWARD] == 0
          : both == 0 && next[WC_FORWARD] == n && (p->mode == WC_INFER || next[WC_BACKWARD] == n)) {
    return true;
  }
  const uint32_t end = both > 0 || next[WC_FORWARD] == 0 ? both : next[WC_FORWARD];
  return wc_fail(why,
                 "groups: the last one ends before node %" PRIu32 " of %" PRIu32
                 ", or not all of them run both ways",
                 end, n);
}

/* False: a backward pass node by node cannot make anything again. */
static bool has_inputs(const struct wc_planner *p, const struct wc_group *group, uint32_t i,
                       struct wc_report *why) {
  const uint32_t missing = wc_keep_missing(p, group);
  return missing == WC_NONE ||
         wc_fail(why,
                 "group %" PRIu32 ": runs node by node, but the forward pass does not store %s", i,
                 p->g->tensors[missing].name);
}

/* True when the groups of each direction are all nodes, in order. */
static bool are_in_order(const struct wc_planner *p, const struct wc_group *groups, uint32_t n,
                         struct wc_report *why) {
  uint32_t next[WC_DIRECTIONS] = {0}; /* behind the last group of a direction */
  bool ok = true;
  for (uint32_t i = 0; ok && i < n; i++) {
    ok = follows(p, &groups[i], next[groups[i].direction], i, why);
    next[groups[i].direction] = groups[i].last + 1;
  }
  return ok && all_covered(p, next, why);
}

/* Evaluates the caller's partition. Returns the number of groups, 0 on failure. */
static uint32_t choose_given(const struct wc_planner *p, const struct wc_group *groups, uint32_t n,
                             struct wc_choice **choices, struct wc_report *why) {
  *choices = NULL;
  if (!are_in_order(p, groups, n, why)) {
    return 0;
  }
  if (p->stored != NULL) {
    wc_keep_store(p, groups, n);
  }
  *choices = calloc(n, sizeof **choices);
  bool ok = (*choices != NULL && wc_hands_resolve(p, groups, n)) ||
            wc_fail(why, "network %s: out of memory while planning", p->g->name);
  for (uint32_t i = 0; ok && i < n; i++) {
    ok = has_inputs(p, &groups[i], i, why) &&
         choose_one(p, &groups[i], &p->hands[i], &(*choices)[i], why);
  }
  if (!ok) {
    free(*choices);
    *choices = NULL;
  }
  return ok ? n : 0;
}

static bool set_schedule(struct wc_plan *plan, const struct wc_planner *p,
                         const struct wc_choice *choices, uint32_t n) {
  struct wc_schedule *s = &plan->schedule;
  s->groups = calloc(n, sizeof *s->groups);
  if (s->groups == NULL) {
    return false;
  }
  s->n_groups = n;
  for (uint32_t i = 0; i < n; i++) {
    s->groups[i] = (struct wc_group){
        .first = choices[i].first,
        .last = choices[i].last,
        .sub_batch = choices[i].sub_batch,
        .iterations = (p->batch + choices[i].sub_batch - 1) / choices[i].sub_batch,
        .slab_rows = choices[i].slab_rows,
        .direction = choices[i].direction,
        .way = choices[i].solo ? WC_WAY_NODES : WC_WAY_SEGMENT,
        .reuse = choices[i].shape.reuse,
        .pin = choices[i].shape.pin || choices[i].shape.pin_fitting,
        .keep = choices[i].keep,
        .room = choices[i].shape.room,
        .hand = choices[i].hand,
    };
  }
  return true;
}

/* @times: as many cores do them. */
static void count_traffic(struct wc_plan *plan, const struct wc_action *actions, size_t n,
                          uint32_t times) {
  for (size_t i = 0; i < n; i++) {
    const struct wc_action *act = &actions[i];
    if (act->kind == WC_ACT_LOAD || act->kind == WC_ACT_STORE) {
      const unsigned written = act->kind == WC_ACT_STORE;
      plan->class_bytes[act->tag][written] += times * act->bytes;
      plan->group_bytes[act->group][written] += times * act->bytes;
      if (act->tensor != WC_NONE) {
        plan->tensor_bytes[act->tensor][written] += times * act->bytes;
      }
    }
  }
}

/* Adds up what the backward pass runs again. */
static void count_again(struct wc_plan *plan) {
  const struct wc_graph *g = plan->graph;
  for (size_t i = 0; i < plan->n_step; i++) {
    const struct wc_run *run = &plan->step[i].run;
    if (plan->step[i].kind != WC_ACT_RUN || !run->again) {
      continue;
    }
    const uint32_t samples = run->ns * plan->schedule.cores;
    plan->again[run->node] += samples;
    plan->macs_again += samples * wc_node_macs(g, &g->nodes[run->node]);
    for (uint32_t k = 0; k < run->n_fused; k++) {
      plan->again[run->fused[k]] += samples;
    }
  }
}

static struct wc_plan *new_plan(const struct wc_planner *p, uint32_t batch, uint64_t gbuf_bytes) {
  const struct wc_graph *graph = p->g;
  struct wc_plan *plan = calloc(1, sizeof *plan);
  if (plan == NULL) {
    return NULL;
  }
  plan->graph = graph;
  plan->schedule = (struct wc_schedule){
      .config = p->config, .batch = batch, .cores = p->cores, .gbuf_bytes = gbuf_bytes};
  plan->tensor = calloc(graph->n_tensors + 1, sizeof *plan->tensor);
  plan->master = calloc(graph->n_params + 1, sizeof *plan->master);
  plan->momentum = calloc(graph->n_params + 1, sizeof *plan->momentum);
  plan->tensor_bytes = calloc(graph->n_tensors + 1, sizeof *plan->tensor_bytes);
  plan->again = calloc(graph->n_forward + 1, sizeof *plan->again);
  if (plan->again == NULL || plan->tensor == NULL || plan->master == NULL ||
      plan->momentum == NULL || plan->tensor_bytes == NULL) {
    wc_plan_delete(plan);
    return NULL;
  }
  return plan;
}

/* Fills @plan from the groups chosen. */
static bool build(struct wc_plan *plan, struct wc_planner *p, const struct wc_choice *choices,
                  uint32_t n, bool in_a_row, struct wc_report *why) {
  struct wc_actions step = {0}, update = {0};
  plan->group_bytes = calloc(n + 1, sizeof *plan->group_bytes);
  bool ok = plan->group_bytes != NULL && set_schedule(plan, p, choices, n) &&
            wc_plan_step(p, choices, n, 0, NULL, &step);
  plan->step = step.at;
  plan->n_step = step.n;
  if (!ok) {
    return wc_fail(why, "network %s: out of memory while planning", p->g->name);
  }
  wc_plan_place(plan);
  p->place = plan->tensor;
  for (uint32_t core = 0; ok && p->mode == WC_TRAIN && core < p->cores; core++) {
    ok = wc_plan_update(plan, p, core, &update, why);
    plan->update_at[core + 1] = update.n;
  }
  plan->update = update.at;
  plan->n_update = update.n;
  if (ok && in_a_row && p->cores == 1) {
    ok = wc_plan_whole(plan, p, choices, n) ||
         wc_fail(why, "network %s: out of memory while planning", p->g->name);
  }
  count_again(plan);
  count_traffic(plan, plan->step, plan->n_step, p->cores);
  count_traffic(plan, plan->update, plan->n_update, 1);
  return ok;
}

static bool fits_memory(struct wc_plan *plan, const struct wc_target *target,
                        struct wc_report *why) {
  plan->stream = (struct wc_place){1, plan->dram_bytes, 0, 0};
  if (target->mem_bytes == 0) { /* unknown: no limit */
    return true;
  }
  if (plan->dram_bytes >= target->mem_bytes) {
    return wc_fail(why,
                   "network %s: batch %" PRIu32 " needs %" PRIu64
                   " bytes of device memory and "
                   "room for commands, the device has %" PRIu64 "; use a smaller batch",
                   plan->graph->name, plan->schedule.batch, plan->dram_bytes, target->mem_bytes);
  }
  plan->stream.bytes = target->mem_bytes - plan->dram_bytes;
  return true;
}

uint32_t wc_plan_choose(const struct wc_planner *p, const struct wc_group *groups, uint32_t n,
                        struct wc_choice **choices, struct wc_report *why) {
  if (groups != NULL) {
    return choose_given(p, groups, n, choices, why);
  }
  if (p->config < WC_MBS1) {
    return wc_schedule_choose(p, choices, why);
  }
  struct wc_group *found = NULL;
  n = wc_schedule_passes(p, &found, why);
  n = n == 0 ? 0 : choose_given(p, found, n, choices, why);
  free(found);
  return n;
}

static struct wc_plan *make(const struct wc_graph *graph, enum wc_config config, enum wc_mode mode,
                            uint32_t batch, const struct wc_target *target,
                            const struct wc_group *groups, uint32_t n_groups, bool in_a_row,
                            struct wc_report *why) {
  struct wc_planner p;
  struct wc_choice *choices = NULL;
  struct wc_plan *plan = NULL;
  if (!wc_planner_begin(&p, graph, config, mode, batch, target, why)) {
    return NULL;
  }
  const uint32_t n = wc_plan_choose(&p, groups, n_groups, &choices, why);
  if (n > 0) {
    plan = new_plan(&p, batch, target->gbuf_bytes);
    if (plan == NULL) {
      wc_fail(why, "network %s: out of memory while planning", graph->name);
    } else if (!build(plan, &p, choices, n, in_a_row, why) || !fits_memory(plan, target, why)) {
      wc_plan_delete(plan);
      plan = NULL;
    }
  }
  free(choices);
  wc_planner_free(&p);
  return plan;
}

struct wc_plan *wc_plan_make(const struct wc_graph *graph, enum wc_config config, enum wc_mode mode,
                             uint32_t batch, const struct wc_target *target,
                             const struct wc_group *groups, uint32_t n_groups,
                             struct wc_report *why) {
  return make(graph, config, mode, batch, target, groups, n_groups, false, why);
}

struct wc_plan *wc_plan_make_in_a_row(const struct wc_graph *graph, enum wc_config config,
                                      uint32_t batch, const struct wc_target *target,
                                      const struct wc_group *groups, uint32_t n_groups,
                                      struct wc_report *why) {
  return make(graph, config, WC_TRAIN, batch, target, groups, n_groups, true, why);
}

uint32_t wc_bounded_groups(const struct wc_graph *graph, enum wc_config config, uint32_t batch,
                           const struct wc_target *target, struct wc_bounds how,
                           struct wc_group **groups, struct wc_report *why) {
  struct wc_planner p;
  *groups = NULL;
  if (!wc_planner_begin(&p, graph, config, WC_TRAIN, batch, target, why)) {
    return 0;
  }
  p.bounds = how;
  const uint32_t n = wc_schedule_passes(&p, groups, why);
  wc_planner_free(&p);
  return n;
}

void wc_plan_delete(struct wc_plan *plan) {
  if (plan == NULL) {
    return;
  }
  free(plan->schedule.groups);
  free(plan->tensor);
  free(plan->master);
  free(plan->momentum);
  free(plan->step);
  free(plan->update);
  free(plan->whole);
  free(plan->settle);
  free(plan->group_bytes);
  free(plan->tensor_bytes);
  free(plan->again);
  free(plan);
}
