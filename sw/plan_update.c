/* The weight update: every parameter with its gradients and momentum passes through the buffer in
 * chunks, the next one loaded while one is worked on. Of several cores each updates an equal share
 * of the elements. */
#include <inttypes.h>

#include "plan_build.h"
#include "report.h"

#define CHUNK_QUANTUM 32U    /* elements: keeps the parts of a chunk aligned to 64 bytes */
#define CHUNK_MAX (1U << 20) /* elements: a DMA run stays below its 16 MiB */

/* Elements [e0, e0 + n) of parameter @index, in the buffer at @at. */
struct chunk {
  uint32_t index, e0, n;
  uint64_t at;
};

struct updater {
  struct wc_flow flow;
  const struct wc_plan *plan;
  uint32_t cores;
  uint64_t from, to; /* the core's elements, all parameters in a row */
  uint32_t most;     /* elements of a chunk */
};

/* The parts of a chunk: the gradients of all cores, then these. */
enum part { GRADIENT, MASTER, MOMENTUM, COPY };

static uint32_t part_number(const struct updater *u, enum part part) {
  return part == GRADIENT ? 0 : u->cores + (uint32_t)part - MASTER;
}

static uint64_t chunk_elem_bytes(uint32_t cores) {
  return cores * sizeof(float) + 2 * sizeof(float) + sizeof(uint16_t);
}

static const struct wc_tensor *param_of(const struct updater *u, uint32_t index) {
  return &u->plan->graph->tensors[u->plan->graph->params[index]];
}

static uint64_t all_elems(const struct wc_graph *g) {
  uint64_t elems = 0;
  for (uint32_t i = 0; i < g->n_params; i++) {
    elems += wc_tensor_elems(&g->tensors[g->params[i]]);
  }
  return elems;
}

static uint64_t clip(uint64_t value, uint64_t lo, uint64_t hi) {
  return value < lo ? lo : value > hi ? hi : value;
}

/* First chunk (@c NULL), or the one after @c. False: there is none. */
static bool next_chunk(const struct updater *u, const struct chunk *c, struct chunk *next) {
  uint64_t begin = 0; /* of the parameter, among all elements */
  const uint32_t done = c == NULL ? 0 : c->e0 + c->n;
  for (uint32_t i = 0; i < u->plan->graph->n_params; i++) {
    const uint64_t elems = wc_tensor_elems(param_of(u, i));
    const uint32_t first = (uint32_t)(clip(u->from, begin, begin + elems) - begin);
    const uint32_t end = (uint32_t)(clip(u->to, begin, begin + elems) - begin);
    const uint32_t e0 = c != NULL && c->index == i ? done : first;
    if ((c == NULL || i >= c->index) && e0 < end) {
      const uint32_t pieces = (end - first + u->most - 1) / u->most;
      const uint32_t size =
          (uint32_t)wc_round_up((end - first + pieces - 1) / pieces, CHUNK_QUANTUM);
      *next = (struct chunk){i, e0, end - e0 < size ? end - e0 : size, 0};
      return true;
    }
    begin += elems;
  }
  return false;
}

/* Where part @k of a chunk begins in the buffer. */
static uint64_t part_at(const struct chunk *c, uint32_t k) {
  return c->at + k * wc_round_up(c->n, CHUNK_QUANTUM) * sizeof(float);
}

static void move(struct updater *u, enum wc_action_kind kind, const struct chunk *c,
                 enum part part) {
  const struct wc_plan *plan = u->plan;
  const uint32_t tensor = plan->graph->params[c->index];
  const bool has_copy = param_of(u, c->index)->role == WC_ROLE_WEIGHT;
  const uint64_t size = part == COPY ? sizeof(uint16_t) : sizeof(float);
  const struct wc_place *place = part == MOMENTUM             ? &plan->momentum[c->index]
                                 : part == MASTER && has_copy ? &plan->master[c->index]
                                                              : &plan->tensor[tensor];
  wc_act_flat(&u->flow, kind, tensor, WC_CLASS_WEIGHTS, place->addr + c->e0 * size, c->n * size,
              part_at(c, part_number(u, part)));
}

static void load_gradient(struct updater *u, const struct chunk *c, uint32_t core) {
  const uint32_t grad = param_of(u, c->index)->grad;
  const struct wc_place *place = &u->plan->tensor[grad];
  wc_act_flat(&u->flow, WC_ACT_LOAD, grad, WC_CLASS_WEIGHT_GRADIENTS,
              place->addr + core * place->each + c->e0 * sizeof(float), c->n * sizeof(float),
              part_at(c, core));
}

/* False: no space beside what is live. */
static bool load_chunk(struct updater *u, struct chunk *c) {
  if (!wc_gbuf_take(u->flow.gbuf, wc_round_up(c->n, CHUNK_QUANTUM) * chunk_elem_bytes(u->cores),
                    &c->at)) {
    return false;
  }
  for (uint32_t core = 0; core < u->cores; core++) {
    load_gradient(u, c, core);
  }
  move(u, WC_ACT_LOAD, c, MASTER);
  move(u, WC_ACT_LOAD, c, MOMENTUM);
  return true;
}

/* Gradients are added in the order of the cores: docs/numerics.md. */
static void add_gradients(struct updater *u, const struct chunk *c) {
  for (uint32_t core = 1; core < u->cores; core++) {
    struct wc_action *act = wc_act(&u->flow, WC_ACT_ADD);
    if (act != NULL) {
      act->tensor = u->plan->graph->params[c->index];
      act->sgd_g = (uint32_t)part_at(c, 0);
      act->add_from = (uint32_t)part_at(c, core);
      act->sgd_elems = c->n;
    }
  }
}

static void update_chunk(struct updater *u, const struct chunk *c) {
  const bool copy = param_of(u, c->index)->role == WC_ROLE_WEIGHT;
  add_gradients(u, c);
  struct wc_action *act = wc_act(&u->flow, WC_ACT_SGD);
  if (act != NULL) {
    act->tensor = u->plan->graph->params[c->index];
    act->sgd_g = (uint32_t)part_at(c, 0);
    act->sgd_w = (uint32_t)part_at(c, part_number(u, MASTER));
    act->sgd_m = (uint32_t)part_at(c, part_number(u, MOMENTUM));
    act->sgd_w16 = copy ? (uint32_t)part_at(c, part_number(u, COPY)) : UINT32_MAX;
    act->sgd_hyper = u->flow.p->gb_hyper;
    act->sgd_elems = c->n;
  }
  move(u, WC_ACT_STORE, c, MASTER);
  move(u, WC_ACT_STORE, c, MOMENTUM);
  if (copy) {
    move(u, WC_ACT_STORE, c, COPY);
  }
  wc_gbuf_give(u->flow.gbuf, c->at);
}

static bool all_chunks(struct updater *u) {
  struct chunk now, next = {0};
  bool more = next_chunk(u, NULL, &now);
  bool ok = !more || load_chunk(u, &now);
  while (ok && more) {
    more = next_chunk(u, &now, &next);
    const bool ahead = more && load_chunk(u, &next);
    update_chunk(u, &now);
    ok = !more || ahead || load_chunk(u, &next);
    now = next;
  }
  return ok && !u->flow.gbuf->failed && !u->flow.list->failed;
}

bool wc_plan_update(const struct wc_plan *plan, const struct wc_planner *p, uint32_t core,
                    struct wc_actions *list, struct wc_report *why) {
  struct wc_gbuf gbuf;
  wc_gbuf_init(&gbuf, p);
  const uint64_t space = p->gb_limit - p->gb_base;
  const uint64_t quantum = chunk_elem_bytes(p->cores) * CHUNK_QUANTUM, quanta = space / quantum;
  const uint64_t most = (quanta >= 3 ? quanta / 3 : quanta) * CHUNK_QUANTUM;
  if (most == 0) {
    return wc_fail(why,
                   "weight update: needs %" PRIu64
                   " bytes of global buffer, the device has %" PRIu64 "; use a larger buffer",
                   p->gb_base + quantum, p->gb_limit);
  }
  const uint64_t elems = all_elems(plan->graph);
  struct updater u = {.flow = {.p = p, .list = list, .gbuf = &gbuf, .node = WC_NONE},
                      .plan = plan,
                      .cores = p->cores,
                      .from = elems * core / p->cores,
                      .to = elems * (core + 1) / p->cores,
                      .most = most > CHUNK_MAX ? CHUNK_MAX : (uint32_t)most};
  u.flow.group = plan->schedule.n_groups;
  wc_act_param(&u.flow, WC_ACT_LOAD, plan->graph->hyper,
               wc_slice_all(&plan->graph->tensors[plan->graph->hyper]), p->gb_hyper);
  const bool ok = all_chunks(&u);
  wc_gbuf_release(&gbuf);
  return ok || wc_fail(why, "network %s: out of memory while planning", plan->graph->name);
}
