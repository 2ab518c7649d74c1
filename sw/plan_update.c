/* The weight update: every parameter with its gradients and momentum passes through the buffer in
 * chunks, the next one loaded while one is worked on. Of several cores each updates an equal share
 * of the elements. */
#include <inttypes.h>

#include "plan_build.h"
#include "report.h"

#define QUANTUM 32U          /* elements: keeps the parts of a piece aligned to 64 bytes */
#define PIECE_MAX (1U << 20) /* elements: a DMA run stays below its 16 MiB */
#define AT_ONCE 3U           /* pieces in the buffer when there is nothing else in it */
#define BESIDE 64U           /* a step has so much more of it than a piece */

/* Where the pieces come from and their actions go. */
struct updater {
  struct wc_flow *flow;
  struct wc_updates *all;
};

/* The parts of a piece: the gradients of all cores, then these. */
enum part { GRADIENT, MASTER, MOMENTUM, COPY };

static uint32_t part_number(const struct wc_updates *all, enum part part) {
  return part == GRADIENT ? 0 : all->cores + (uint32_t)part - MASTER;
}

static uint64_t elem_bytes(uint32_t cores) {
  return cores * sizeof(float) + 2 * sizeof(float) + sizeof(uint16_t);
}

static const struct wc_tensor *param_of(const struct wc_updates *all, uint32_t index) {
  return &all->plan->graph->tensors[all->plan->graph->params[index]];
}

/* Elements of the parameters before @index. */
static uint64_t elems_before(const struct wc_graph *g, uint32_t index) {
  uint64_t elems = 0;
  for (uint32_t i = 0; i < index; i++) {
    elems += wc_tensor_elems(&g->tensors[g->params[i]]);
  }
  return elems;
}

static uint64_t clip(uint64_t value, uint64_t lo, uint64_t hi) {
  return value < lo ? lo : value > hi ? hi : value;
}

/* Takes the next piece. False: there is none, or its gradient is not ready. */
static bool next_piece(struct wc_updates *all, struct wc_piece *next) {
  const uint32_t n = all->plan->graph->n_params;
  for (; all->turn < n; all->turn++, all->done = 0) {
    const uint32_t i = all->last_first ? n - 1 - all->turn : all->turn;
    if (i < all->ready) {
      return false;
    }
    const uint64_t elems = wc_tensor_elems(param_of(all, i));
    const uint64_t begin = elems_before(all->plan->graph, i);
    const uint32_t first = (uint32_t)(clip(all->from, begin, begin + elems) - begin);
    const uint32_t end = (uint32_t)(clip(all->to, begin, begin + elems) - begin);
    const uint32_t e0 = all->done > first ? all->done : first;
    if (e0 < end) {
      const uint32_t pieces = (end - first + all->most - 1) / all->most;
      const uint32_t size = (uint32_t)wc_round_up((end - first + pieces - 1) / pieces, QUANTUM);
      *next = (struct wc_piece){i, e0, end - e0 < size ? end - e0 : size, 0};
      all->done = e0 + next->n;
      return true;
    }
  }
  return false;
}

/* Where part @k of a piece begins in the buffer. */
static uint64_t part_at(const struct wc_piece *c, uint32_t k) {
  return c->at + k * wc_round_up(c->n, QUANTUM) * sizeof(float);
}

static void move(const struct updater *u, enum wc_action_kind kind, const struct wc_piece *c,
                 enum part part) {
  const struct wc_plan *plan = u->all->plan;
  const uint32_t tensor = plan->graph->params[c->index];
  const bool has_copy = param_of(u->all, c->index)->role == WC_ROLE_WEIGHT;
  const uint64_t size = part == COPY ? sizeof(uint16_t) : sizeof(float);
  const struct wc_place *place = part == MOMENTUM             ? &plan->momentum[c->index]
                                 : part == MASTER && has_copy ? &plan->master[c->index]
                                                              : &plan->tensor[tensor];
  wc_act_flat(u->flow, kind, tensor, WC_CLASS_WEIGHTS, place->addr + c->e0 * size, c->n * size,
              part_at(c, part_number(u->all, part)));
}

static void load_gradient(const struct updater *u, const struct wc_piece *c, uint32_t core) {
  const uint32_t grad = param_of(u->all, c->index)->grad;
  const struct wc_place *place = &u->all->plan->tensor[grad];
  wc_act_flat(u->flow, WC_ACT_LOAD, grad, WC_CLASS_WEIGHT_GRADIENTS,
              place->addr + core * place->each + c->e0 * sizeof(float), c->n * sizeof(float),
              part_at(c, core));
}

static uint64_t piece_bytes(const struct wc_updates *all, const struct wc_piece *c) {
  return wc_round_up(c->n, QUANTUM) * elem_bytes(all->cores);
}

/* False: no space beside what is live. */
static bool load_piece(const struct updater *u, struct wc_piece *c) {
  if (u->all->reserved) {
    c->at = u->all->at[0];
    u->all->at[0] = u->all->at[1];
    u->all->at[1] = c->at;
  } else if (!wc_gbuf_take(u->flow->gbuf, piece_bytes(u->all, c), &c->at)) {
    return false;
  }
  for (uint32_t core = 0; core < u->all->cores; core++) {
    load_gradient(u, c, core);
  }
  move(u, WC_ACT_LOAD, c, MASTER);
  move(u, WC_ACT_LOAD, c, MOMENTUM);
  return true;
}

/* Gradients are added in the order of the cores: docs/numerics.md. */
static void add_gradients(const struct updater *u, const struct wc_piece *c) {
  for (uint32_t core = 1; core < u->all->cores; core++) {
    struct wc_action *act = wc_act(u->flow, WC_ACT_ADD);
    if (act != NULL) {
      act->tensor = u->all->plan->graph->params[c->index];
      act->sgd_g = (uint32_t)part_at(c, 0);
      act->add_from = (uint32_t)part_at(c, core);
      act->sgd_elems = c->n;
    }
  }
}

static void update_piece(const struct updater *u, const struct wc_piece *c) {
  const bool copy = param_of(u->all, c->index)->role == WC_ROLE_WEIGHT;
  add_gradients(u, c);
  struct wc_action *act = wc_act(u->flow, WC_ACT_SGD);
  if (act != NULL) {
    act->tensor = u->all->plan->graph->params[c->index];
    act->sgd_g = (uint32_t)part_at(c, 0);
    act->sgd_w = (uint32_t)part_at(c, part_number(u->all, MASTER));
    act->sgd_m = (uint32_t)part_at(c, part_number(u->all, MOMENTUM));
    act->sgd_w16 = copy ? (uint32_t)part_at(c, part_number(u->all, COPY)) : UINT32_MAX;
    act->sgd_hyper = u->flow->p->gb_hyper;
    act->sgd_elems = c->n;
  }
  move(u, WC_ACT_STORE, c, MASTER);
  move(u, WC_ACT_STORE, c, MOMENTUM);
  if (copy) {
    move(u, WC_ACT_STORE, c, COPY);
  }
  if (!u->all->reserved) {
    wc_gbuf_give(u->flow->gbuf, c->at);
  }
}

static bool all_pieces(const struct updater *u) {
  struct wc_piece now, next = {0};
  bool more = next_piece(u->all, &now);
  bool ok = !more || load_piece(u, &now);
  while (ok && more) {
    more = next_piece(u->all, &next);
    const bool ahead = more && load_piece(u, &next);
    update_piece(u, &now);
    ok = !more || ahead || load_piece(u, &next);
    now = next;
  }
  return ok && !u->flow->gbuf->failed && !u->flow->list->failed;
}

/* @parts: so many pieces fit in the buffer, if it is not too small for that. */
static struct wc_updates updates_of(const struct wc_plan *plan, const struct wc_planner *p,
                                    uint32_t core, uint64_t parts) {
  const uint64_t quanta = (p->gb_limit - p->gb_base) / (elem_bytes(p->cores) * QUANTUM);
  const uint64_t most = (quanta >= parts ? quanta / parts : quanta) * QUANTUM;
  const uint64_t elems = elems_before(plan->graph, plan->graph->n_params);
  return (struct wc_updates){.plan = plan,
                             .cores = p->cores,
                             .from = elems * core / p->cores,
                             .to = elems * (core + 1) / p->cores,
                             .most = most > PIECE_MAX ? PIECE_MAX : (uint32_t)most};
}

bool wc_plan_update(const struct wc_plan *plan, const struct wc_planner *p, uint32_t core,
                    struct wc_actions *list, struct wc_report *why) {
  struct wc_updates all = updates_of(plan, p, core, AT_ONCE);
  if (all.most == 0) {
    return wc_fail(why,
                   "weight update: needs %" PRIu64
                   " bytes of global buffer, the device has %" PRIu64 "; use a larger buffer",
                   p->gb_base + elem_bytes(p->cores) * QUANTUM, p->gb_limit);
  }
  struct wc_gbuf gbuf;
  wc_gbuf_init(&gbuf, p);
  struct wc_flow flow = {
      .p = p, .list = list, .gbuf = &gbuf, .group = plan->schedule.n_groups, .node = WC_NONE};
  wc_act_param(&flow, WC_ACT_LOAD, plan->graph->hyper,
               wc_slice_all(&plan->graph->tensors[plan->graph->hyper]), p->gb_hyper);
  const bool ok = all_pieces(&(struct updater){&flow, &all});
  wc_gbuf_release(&gbuf);
  return ok || wc_fail(why, "network %s: out of memory while planning", plan->graph->name);
}

struct wc_updates wc_updates_of_step(const struct wc_plan *plan, const struct wc_planner *p) {
  struct wc_updates all = updates_of(plan, p, 0, BESIDE);
  all.last_first = true;
  all.ready = plan->graph->n_params;
  return all;
}

uint32_t wc_updates_waiting(const struct wc_updates *updates) {
  struct wc_updates all = *updates;
  struct wc_piece piece;
  uint32_t n = 0;
  while (next_piece(&all, &piece)) {
    n++;
  }
  return n;
}

/* Where the actions of pieces go, which belong to no group and no node. */
static struct wc_flow beside(const struct wc_flow *step) {
  struct wc_flow flow = *step;
  flow.group = step->updates->plan->schedule.n_groups;
  flow.node = WC_NONE;
  return flow;
}

void wc_updates_reserve(struct wc_flow *flow) {
  struct wc_updates *all = flow->updates;
  const struct wc_piece most = {.n = all->most};
  all->reserved = wc_gbuf_take(flow->gbuf, piece_bytes(all, &most), &all->at[0]) &&
                  wc_gbuf_take(flow->gbuf, piece_bytes(all, &most), &all->at[1]);
}

void wc_updates_finish(struct wc_flow *step) {
  struct wc_flow flow = beside(step);
  if (flow.updates->loaded) {
    update_piece(&(struct updater){&flow, flow.updates}, &flow.updates->piece);
    flow.updates->loaded = false;
  }
}

bool wc_updates_go_on(struct wc_flow *step) {
  struct wc_flow flow = beside(step);
  struct wc_updates *all = flow.updates;
  const struct wc_updates before = *all;
  struct wc_piece next;
  bool ahead = next_piece(all, &next);
  if (ahead && !load_piece(&(struct updater){&flow, all}, &next)) {
    *all = before;
    ahead = false;
  }
  wc_updates_finish(step);
  if (ahead) {
    all->loaded = true;
    all->piece = next;
  }
  return ahead || before.loaded;
}

static void copy_part(const struct updater *u, const struct wc_piece *c, enum part part) {
  move(u, WC_ACT_LOAD, c, part);
  move(u, WC_ACT_STORE, c, part);
}

bool wc_plan_copy_params(const struct wc_plan *plan, const struct wc_planner *p,
                         struct wc_actions *list) {
  struct wc_updates all = updates_of(plan, p, 0, AT_ONCE);
  struct wc_gbuf gbuf;
  wc_gbuf_init(&gbuf, p);
  struct wc_flow flow = {
      .p = p, .list = list, .gbuf = &gbuf, .group = plan->schedule.n_groups, .node = WC_NONE};
  const struct updater u = {&flow, &all};
  struct wc_piece c;
  while (next_piece(&all, &c) && wc_gbuf_take(&gbuf, piece_bytes(&all, &c), &c.at)) {
    copy_part(&u, &c, MASTER);
    copy_part(&u, &c, MOMENTUM);
    if (param_of(&all, c.index)->role == WC_ROLE_WEIGHT) {
      copy_part(&u, &c, COPY);
    }
    wc_gbuf_give(&gbuf, c.at);
  }
  const bool ok = !gbuf.failed && !list->failed;
  wc_gbuf_release(&gbuf);
  return ok;
}
