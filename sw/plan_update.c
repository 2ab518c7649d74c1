/* The weight update: every parameter with its gradient and momentum passes through the buffer in
 * chunks, the next one loaded while one is worked on. */
#include <inttypes.h>

#include "plan_build.h"
#include "report.h"

#define CHUNK_QUANTUM 32U    /* elements: keeps the parts of a chunk aligned to 64 bytes */
#define CHUNK_MAX (1U << 20) /* elements: a DMA run stays below its 16 MiB */
#define CHUNK_ELEM_BYTES 14U /* gradient, master, momentum, FP16 copy */

/* Elements [e0, e0 + n) of parameter @index, in the buffer at @at. */
struct chunk {
  uint32_t index, e0, n;
  uint64_t at;
};

struct updater {
  struct wc_flow flow;
  const struct wc_plan *plan;
  uint32_t most; /* elements of a chunk */
};

static const struct wc_tensor *param_of(const struct updater *u, uint32_t index) {
  return &u->plan->graph->tensors[u->plan->graph->params[index]];
}

/* First chunk, or the one after @c. False: there is none. */
static bool next_chunk(const struct updater *u, const struct chunk *c, struct chunk *next) {
  uint32_t index = c == NULL ? 0 : c->index, e0 = c == NULL ? 0 : c->e0 + c->n;
  if (c != NULL && e0 == wc_tensor_elems(param_of(u, index))) {
    index++;
    e0 = 0;
  }
  if (index == u->plan->graph->n_params) {
    return false;
  }
  const uint32_t elems = (uint32_t)wc_tensor_elems(param_of(u, index));
  const uint32_t pieces = (elems + u->most - 1) / u->most;
  const uint32_t size = (uint32_t)wc_round_up((elems + pieces - 1) / pieces, CHUNK_QUANTUM);
  *next = (struct chunk){index, e0, elems - e0 < size ? elems - e0 : size, 0};
  return true;
}

/* Offsets of the parts of a chunk: gradient, master, momentum, FP16 copy. */
static uint64_t part(const struct chunk *c, unsigned k) {
  return c->at + k * wc_round_up(c->n, CHUNK_QUANTUM) * sizeof(float);
}

static void move_part(struct updater *u, enum wc_action_kind kind, const struct chunk *c,
                      unsigned k) {
  const struct wc_plan *plan = u->plan;
  const uint32_t tensor = plan->graph->params[c->index];
  const struct wc_tensor *t = &plan->graph->tensors[tensor];
  const uint64_t size = k == 3 ? sizeof(uint16_t) : sizeof(float);
  const struct wc_place *place = k == 0                                ? &plan->tensor[t->grad]
                                 : k == 2                              ? &plan->momentum[c->index]
                                 : k == 1 && t->role == WC_ROLE_WEIGHT ? &plan->master[c->index]
                                                                       : &plan->tensor[tensor];
  wc_act_flat(&u->flow, kind, k == 0 ? t->grad : tensor,
              k == 0 ? WC_CLASS_WEIGHT_GRADIENTS : WC_CLASS_WEIGHTS, place->addr + c->e0 * size,
              c->n * size, part(c, k));
}

/* False: no space beside what is live. */
static bool load_chunk(struct updater *u, struct chunk *c) {
  if (!wc_gbuf_take(u->flow.gbuf, wc_round_up(c->n, CHUNK_QUANTUM) * (uint64_t)CHUNK_ELEM_BYTES,
                    &c->at)) {
    return false;
  }
  for (unsigned k = 0; k < 3; k++) {
    move_part(u, WC_ACT_LOAD, c, k);
  }
  return true;
}

static void update_chunk(struct updater *u, const struct chunk *c) {
  const bool copy = param_of(u, c->index)->role == WC_ROLE_WEIGHT;
  struct wc_action *act = wc_act(&u->flow, WC_ACT_SGD);
  if (act != NULL) {
    act->tensor = u->plan->graph->params[c->index];
    act->sgd_g = (uint32_t)part(c, 0);
    act->sgd_w = (uint32_t)part(c, 1);
    act->sgd_m = (uint32_t)part(c, 2);
    act->sgd_w16 = copy ? (uint32_t)part(c, 3) : UINT32_MAX;
    act->sgd_hyper = u->flow.p->gb_hyper;
    act->sgd_elems = c->n;
  }
  for (unsigned k = 1; k < (copy ? 4 : 3); k++) {
    move_part(u, WC_ACT_STORE, c, k);
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

bool wc_plan_update(const struct wc_plan *plan, const struct wc_planner *p, struct wc_actions *list,
                    struct wc_report *why) {
  struct wc_gbuf gbuf;
  wc_gbuf_init(&gbuf, p->gb_base, p->gb_limit);
  const uint64_t space = p->gb_limit - p->gb_base;
  const uint64_t quanta = space / (CHUNK_ELEM_BYTES * CHUNK_QUANTUM);
  const uint64_t most = (quanta >= 3 ? quanta / 3 : quanta) * CHUNK_QUANTUM;
  if (most == 0) {
    return wc_fail(why,
                   "weight update: needs %" PRIu64
                   " bytes of global buffer, the device has %" PRIu64 "; use a larger buffer",
                   p->gb_base + CHUNK_ELEM_BYTES * CHUNK_QUANTUM, p->gb_limit);
  }
  struct updater u = {.flow = {.p = p, .list = list, .gbuf = &gbuf, .node = WC_NONE},
                      .plan = plan,
                      .most = most > CHUNK_MAX ? CHUNK_MAX : (uint32_t)most};
  u.flow.group = plan->schedule.n_groups;
  wc_act_param(&u.flow, WC_ACT_LOAD, plan->graph->hyper,
               wc_slice_all(&plan->graph->tensors[plan->graph->hyper]), p->gb_hyper);
  const bool ok = all_chunks(&u);
  wc_gbuf_release(&gbuf);
  return ok || wc_fail(why, "network %s: out of memory while planning", plan->graph->name);
}
