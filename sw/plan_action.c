/* The list of actions, and data movement with its exact bytes. */
#include <stdlib.h>
#include <string.h>

#include "plan_build.h"

struct wc_action *wc_act(struct wc_flow *flow, enum wc_action_kind kind) {
  struct wc_actions *list = flow->list;
  if (list->count) {
    return &list->spare;
  }
  if (list->failed) {
    return NULL;
  }
  if (list->n == list->cap) {
    const size_t cap = list->cap == 0 ? 256 : 2 * list->cap;
    struct wc_action *at = realloc(list->at, cap * sizeof *at);
    if (at == NULL) {
      list->failed = true;
      return NULL;
    }
    list->at = at;
    list->cap = cap;
  }
  struct wc_action *act = &list->at[list->n++];
  memset(act, 0, sizeof *act);
  act->kind = kind;
  act->group = flow->group;
  act->node = flow->node;
  act->tensor = WC_NONE;
  return act;
}

uint64_t wc_even(uint64_t bytes) {
  return (bytes + 1) / 2 * 2;
}

uint32_t wc_row_shift(const struct wc_tensor *t, uint32_t y0) {
  return (uint32_t)(y0 * wc_tensor_row_bytes(t) % 2);
}

enum wc_class wc_tensor_class(const struct wc_tensor *t) {
  switch (t->role) {
    case WC_ROLE_MASK:
      return WC_CLASS_MASKS;
    case WC_ROLE_GRADIENT:
      return WC_CLASS_GRADIENTS;
    case WC_ROLE_WEIGHT:
    case WC_ROLE_PARAM:
    case WC_ROLE_HYPER:
      return WC_CLASS_WEIGHTS;
    case WC_ROLE_DPARAM:
      return WC_CLASS_WEIGHT_GRADIENTS;
    default:
      return WC_CLASS_FEATURES;
  }
}

struct wc_slice wc_slice_all(const struct wc_tensor *t) {
  return (struct wc_slice){0, t->w, 0, t->c};
}

uint32_t wc_node_columns(const struct wc_graph *g, const struct wc_node *node) {
  return g->tensors[node->out[0]].c;
}

static struct wc_action *move(struct wc_flow *flow, enum wc_action_kind kind, uint32_t tensor) {
  struct wc_action *act = wc_act(flow, kind);
  if (act != NULL) {
    const struct wc_tensor *t = &flow->p->g->tensors[tensor];
    act->tensor = tensor;
    act->tag = wc_tensor_class(t);
    act->dram = flow->p->place == NULL ? 0 : flow->p->place[tensor].addr;
    act->ns = 1;
    act->ny = t->h;
    act->nw = t->w;
    act->nc = t->c;
  }
  return act;
}

void wc_act_samples(struct wc_flow *flow, enum wc_action_kind kind, uint32_t tensor, uint32_t n0,
                    uint32_t ns, uint64_t gb) {
  struct wc_action *act = move(flow, kind, tensor);
  if (act != NULL) {
    const struct wc_tensor *t = &flow->p->g->tensors[tensor];
    act->n0 = n0;
    act->ns = ns;
    act->bytes = ns * wc_even(wc_tensor_bytes(t));
    flow->list->bytes += act->bytes;
    act->view = (struct wc_view){(uint32_t)gb, (uint32_t)wc_tensor_pitch(t), 0, t->h};
  }
}

void wc_act_rows(struct wc_flow *flow, enum wc_action_kind kind, uint32_t tensor, uint32_t n,
                 uint32_t y0, uint32_t ny, uint64_t gb) {
  struct wc_action *act = move(flow, kind, tensor);
  if (act != NULL) {
    const struct wc_tensor *t = &flow->p->g->tensors[tensor];
    const uint32_t shift = wc_row_shift(t, y0);
    act->n0 = n;
    act->y0 = y0;
    act->ny = ny;
    act->bytes = wc_even(shift + ny * wc_tensor_row_bytes(t));
    flow->list->bytes += act->bytes;
    act->view = (struct wc_view){(uint32_t)gb + shift, (uint32_t)wc_tensor_pitch(t), y0, ny};
  }
}

void wc_act_param(struct wc_flow *flow, enum wc_action_kind kind, uint32_t tensor,
                  struct wc_slice slice, uint64_t gb) {
  struct wc_action *act = move(flow, kind, tensor);
  if (act != NULL) {
    const struct wc_tensor *t = &flow->p->g->tensors[tensor];
    act->w0 = slice.w0;
    act->nw = slice.nw;
    act->c0 = slice.c0;
    act->nc = slice.nc;
    act->bytes = (uint64_t)t->h * slice.nw * slice.nc * wc_type_bytes(t->type);
    flow->list->bytes += act->bytes;
    act->view = (struct wc_view){(uint32_t)gb, (uint32_t)act->bytes, 0, t->h};
  }
}

void wc_act_flat(struct wc_flow *flow, enum wc_action_kind kind, uint32_t tensor, enum wc_class tag,
                 uint64_t dram, uint64_t bytes, uint64_t gb) {
  struct wc_action *act = wc_act(flow, kind);
  if (act != NULL) {
    act->tensor = tensor;
    act->tag = tag;
    act->flat = true;
    act->dram = dram;
    act->bytes = bytes;
    flow->list->bytes += act->bytes;
    act->ns = 1;
    act->view.gb = (uint32_t)gb;
  }
}
