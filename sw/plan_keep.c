/* Which tensors the forward pass stores for the backward pass, and what the backward pass makes
 * again from them. See docs/scheduling.md. */
#include <stdlib.h>
#include <string.h>

#include "plan_build.h"

const char *wc_keep_name(enum wc_keep keep) {
  static const char *const names[WC_KEEPS] = {"all", "convs", "bare", "wide", "modules", "none"};
  return (unsigned)keep < WC_KEEPS ? names[keep] : "?";
}

bool wc_keep_parse(const char *name, enum wc_keep *keep) {
  for (int i = 0; i < WC_KEEPS; i++) {
    if (strcmp(name, wc_keep_name((enum wc_keep)i)) == 0) {
      *keep = (enum wc_keep)i;
      return true;
    }
  }
  return false;
}

/* True when a backward node reads @tensor. */
static bool is_wanted(const struct wc_planner *p, uint32_t tensor) {
  return p->last_use[tensor] != WC_NONE && p->last_use[tensor] >= p->n_forward;
}

bool wc_is_stored(const struct wc_planner *p, const struct wc_keeping *keeping, uint32_t tensor) {
  if (keeping->kept == NULL) {
    return true;
  }
  const struct wc_tensor *t = &p->g->tensors[tensor];
  const uint32_t reader = p->last_forward[tensor];
  if (t->role == WC_ROLE_MASK) { /* comes with the feature, if that is made again */
    const uint32_t feature = p->g->nodes[t->producer].out[0];
    return !is_wanted(p, feature) || wc_is_stored(p, keeping, feature);
  }
  return keeping->kept[tensor] || t->producer < keeping->first ||
         (reader != WC_NONE && reader > keeping->last);
}

static void insert_node(struct wc_segment *seg, uint32_t node) {
  uint32_t i = seg->n_again++;
  for (; i > 0 && seg->again[i - 1] > node; i--) {
    seg->again[i] = seg->again[i - 1];
  }
  seg->again[i] = node;
}

static bool is_listed(const struct wc_segment *seg, uint32_t node) {
  for (uint32_t i = 0; i < seg->n_again; i++) {
    if (seg->again[i] == node) {
      return true;
    }
  }
  return false;
}

void wc_again_for(const struct wc_planner *p, struct wc_segment *seg, uint32_t node) {
  const struct wc_node *reader = &p->g->nodes[node];
  for (unsigned i = 0; i < reader->n_in; i++) {
    const uint32_t tensor = reader->in[i], producer = p->g->tensors[tensor].producer;
    if (producer < p->n_forward && seg->at[tensor] == WC_NONE && !is_listed(seg, producer) &&
        !wc_is_stored(p, &seg->shape.keeping, tensor)) {
      insert_node(seg, producer);
      wc_again_for(p, seg, producer);
    }
  }
}

/* Marks what leads from module to module: outputs of forward nodes, not of convolutions and
 * normalisations, behind which there is no other branch. */
static bool find_modules(const struct wc_planner *p, bool *module) {
  bool *open = calloc(p->g->n_tensors + 1, sizeof *open);
  if (open == NULL) {
    return false;
  }
  uint32_t n_open = 0;
  for (uint32_t n = 0; n < p->n_forward; n++) {
    const struct wc_node *node = &p->g->nodes[n];
    for (unsigned i = 0; i < node->n_in; i++) {
      const uint32_t in = node->in[i];
      if (open[in] && p->last_forward[in] == n) {
        open[in] = false;
        n_open--;
      }
    }
    const uint32_t out = node->out[0];
    if (p->last_forward[out] != WC_NONE) {
      open[out] = true;
      module[out] = ++n_open == 1 && node->op != WC_N_CONV && node->op != WC_N_GN &&
                    node->op != WC_N_NORMALIZE;
    }
  }
  free(open);
  return true;
}

static const struct wc_node *maker_of(const struct wc_planner *p, uint32_t tensor) {
  return &p->g->nodes[p->g->tensors[tensor].producer];
}

/* The result of a convolution that one vector stage makes feature @tensor of; @tensor: none. */
static uint32_t base_of(const struct wc_planner *p, uint32_t tensor) {
  const struct wc_node *maker = maker_of(p, tensor);
  uint32_t base = tensor;
  if (maker->op == WC_N_RELU && maker_of(p, maker->in[0])->op == WC_N_GN) {
    base = maker_of(p, maker->in[0])->in[0];
  } else if (maker->op == WC_N_GN) {
    base = maker->in[0];
  }
  return maker_of(p, base)->op == WC_N_CONV ? base : tensor;
}

static bool is_wide(const struct wc_node *node) {
  return node->op == WC_N_CONV && (node->r > 1 || node->s > 1);
}

/* Under BARE a sum or a concatenation, with a ReLU behind it or not, is not kept when all that it
 * is made of is, or comes from a convolution's result. So of sums of sums every second one is kept.
 */
static bool is_bare(const struct wc_planner *p, const bool *bare, uint32_t tensor) {
  const struct wc_node *maker = maker_of(p, tensor);
  if (maker->op == WC_N_RELU) {
    maker = maker_of(p, maker->in[0]);
  }
  bool ok = maker->op == WC_N_CONCAT || maker->op == WC_N_ADD;
  for (unsigned i = 0; ok && i < maker->n_in; i++) {
    const uint32_t in = maker->in[i];
    ok = base_of(p, in) != in || (is_wanted(p, in) && !bare[in]);
  }
  return ok;
}

/* True when feature @tensor is kept under a rule that keeps less than all. */
static bool keeps_feature(const struct wc_planner *p, const bool *module, const bool *bare,
                          enum wc_keep keep, uint32_t tensor) {
  const struct wc_node *maker = maker_of(p, tensor);
  const uint32_t base = base_of(p, tensor);
  const bool from_base = base != tensor || maker->op == WC_N_NORMALIZE;
  switch (keep) {
    case WC_KEEP_CONVS:
      return !from_base;
    case WC_KEEP_BARE:
      return !from_base && !bare[tensor];
    case WC_KEEP_WIDE:
      return maker->op == WC_N_CONV ? is_wide(maker)
                                    : module[tensor] && !is_wide(maker_of(p, base));
    case WC_KEEP_MODULES:
      return module[tensor];
    default:
      return false;
  }
}

bool wc_keep_find(struct wc_planner *p) {
  const uint32_t n = p->g->n_tensors;
  p->module = calloc(n + 1, sizeof *p->module);
  p->kept = calloc((size_t)WC_KEEPS * n + 1, sizeof *p->kept);
  p->stored = calloc(n + 1, sizeof *p->stored);
  bool *bare = calloc(n + 1, sizeof *bare);
  const bool ok = p->module != NULL && p->kept != NULL && p->stored != NULL && bare != NULL &&
                  find_modules(p, p->module);
  for (uint32_t t = 0; ok && t < n; t++) {
    const struct wc_tensor *tensor = &p->g->tensors[t];
    const bool feature = tensor->role == WC_ROLE_FEATURE && tensor->producer < p->n_forward;
    bare[t] = feature && is_bare(p, bare, t);
    for (unsigned keep = 0; is_wanted(p, t) && keep < WC_KEEPS; keep++) {
      p->kept[keep * n + t] = keep == WC_KEEP_ALL || !feature ||
                              keeps_feature(p, p->module, bare, (enum wc_keep)keep, t);
    }
  }
  free(bare);
  return ok;
}

struct wc_keeping wc_keep_rule(const struct wc_planner *p, enum wc_keep keep, uint32_t first,
                               uint32_t last) {
  const bool *kept = keep == WC_KEEP_ALL ? NULL : p->kept + (size_t)keep * p->g->n_tensors;
  return (struct wc_keeping){kept, first, last};
}

/* What one group's forward pass leaves in DRAM for the backward pass. */
static void store(const struct wc_planner *p, const struct wc_group *group) {
  const bool alone = group->way == WC_WAY_NODES;
  const struct wc_keeping rule = wc_keep_rule(p, group->keep, group->first, group->last);
  for (uint32_t n = group->first; n <= group->last; n++) {
    for (unsigned i = 0; i < p->g->nodes[n].n_out; i++) {
      const uint32_t t = p->g->nodes[n].out[i], reader = p->last_forward[t];
      const bool crosses = reader != WC_NONE && (alone || reader > group->last);
      p->stored[t] = crosses || (is_wanted(p, t) && (alone || wc_is_stored(p, &rule, t)));
    }
  }
}

void wc_keep_store(const struct wc_planner *p, const struct wc_group *groups, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    if (groups[i].direction != WC_BACKWARD) {
      store(p, &groups[i]);
    }
  }
}

struct wc_keeping wc_keep_stored(const struct wc_planner *p) {
  return (struct wc_keeping){p->stored, 0, UINT32_MAX};
}

uint32_t wc_keep_missing(const struct wc_planner *p, const struct wc_group *group) {
  if (p->stored == NULL || group->direction == WC_FORWARD || group->way != WC_WAY_NODES) {
    return WC_NONE;
  }
  for (uint32_t n = p->backward[group->last + 1]; n < p->backward[group->first]; n++) {
    for (unsigned i = 0; i < p->g->nodes[n].n_in; i++) {
      const uint32_t t = p->g->nodes[n].in[i];
      if (p->g->tensors[t].producer < p->n_forward && !p->stored[t]) {
        return t;
      }
    }
  }
  return WC_NONE;
}
