/* A hash over what decides how nodes run: operators, shapes, and where their operands are made and
 * read. 64 bits: that two of a network's groups look alike and are not will not happen, and if it
 * did, the plan would be another one or none, but not a wrong one. */
#include "plan_looks.h"

#include <stdlib.h>

#define MOST_AT_HOME 64U /* backward nodes of a forward one; further ones only look alike */
#define PLACES_EACH 64   /* for each node; seldom so many groups end there */
#define STEP UINT64_C(0xD1342543DE82EF95)

static uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
  return hash ^ hash >> 32;
}

/* Where node @x (WC_NONE, or n_nodes: the host) lies, seen from forward node @home. */
static uint32_t distance(const struct wc_planner *p, uint32_t x, uint32_t home) {
  if (x == WC_NONE || x == p->n_nodes) {
    return x == WC_NONE ? WC_NONE : WC_NONE - 1;
  }
  const uint32_t at = p->g->nodes[x].home;
  return 2 * MOST_AT_HOME * (at - home) +
         (x < p->n_forward ? 0 : MOST_AT_HOME + x - p->backward[at + 1]);
}

static uint64_t mix_tensor(const struct wc_planner *p, uint64_t hash, uint32_t tensor,
                           uint32_t home) {
  const struct wc_tensor *t = &p->g->tensors[tensor];
  const uint32_t numbers[] = {(uint32_t)t->role,
                              (uint32_t)t->type,
                              t->h,
                              t->w,
                              t->c,
                              t->per_sample,
                              p->module != NULL && p->module[tensor],
                              p->stored != NULL && p->stored[tensor],
                              distance(p, t->producer, home),
                              distance(p, p->last_use[tensor], home),
                              distance(p, p->last_forward[tensor], home)};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    hash = mix(hash, numbers[i]);
  }
  for (unsigned keep = 1; keep < WC_KEEPS; keep++) {
    hash = mix(hash, p->kept == NULL || p->kept[keep * p->g->n_tensors + tensor]);
  }
  return hash;
}

static uint64_t mix_node(const struct wc_planner *p, uint64_t hash, uint32_t n) {
  const struct wc_node *node = &p->g->nodes[n];
  const uint32_t numbers[] = {(uint32_t)node->op, node->n_in, node->n_out, node->r,    node->s,
                              node->stride,       node->pad,  node->pad_x, node->from, node->groups,
                              p->fusible[n]};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    hash = mix(hash, numbers[i]);
  }
  for (unsigned i = 0; i < node->n_in; i++) {
    hash = mix_tensor(p, hash, node->in[i], node->home);
  }
  for (unsigned i = 0; i < node->n_out; i++) {
    hash = mix_tensor(p, hash, node->out[i], node->home);
  }
  return hash;
}

static void find_looks(const struct wc_planner *p, struct wc_looks *looks) {
  looks->power[0] = 1;
  for (uint32_t n = 0; n < p->n_forward; n++) {
    uint64_t look = mix_node(p, 1, n);
    for (uint32_t k = p->backward[n + 1]; k < p->backward[n]; k++) {
      look = mix_node(p, look, k);
    }
    looks->power[n + 1] = looks->power[n] * STEP;
    looks->sum[n + 1] = looks->sum[n] * STEP + look;
  }
}

struct wc_looks *wc_looks_new(const struct wc_planner *p) {
  struct wc_looks *looks = calloc(1, sizeof *looks);
  if (looks == NULL) {
    return NULL;
  }
  const size_t n = (size_t)p->n_forward + 1;
  looks->n_places = 1;
  while (looks->n_places < PLACES_EACH * n) {
    looks->n_places *= 2;
  }
  looks->sum = calloc(n, sizeof *looks->sum);
  looks->power = calloc(n, sizeof *looks->power);
  looks->key = calloc(looks->n_places, sizeof *looks->key);
  if (looks->sum == NULL || looks->power == NULL || looks->key == NULL) {
    wc_looks_delete(looks);
    return NULL;
  }
  find_looks(p, looks);
  return looks;
}

void wc_looks_delete(struct wc_looks *looks) {
  if (looks != NULL) {
    free(looks->sum);
    free(looks->power);
    free(looks->key);
    free(looks);
  }
}

uint32_t wc_looks_of(struct wc_looks *looks, uint32_t i, uint32_t j) {
  const uint64_t key = (looks->sum[j] - looks->sum[i] * looks->power[j - i]) | 1;
  uint32_t at = (uint32_t)(mix(1, key) >> 16) & (looks->n_places - 1);
  while (looks->key[at] != 0 && looks->key[at] != key) {
    at = (at + 1) & (looks->n_places - 1);
  }
  if (looks->key[at] == 0 && looks->n_used >= looks->n_places / 4 * 3) {
    return WC_NONE;
  }
  looks->n_used += looks->key[at] == 0;
  looks->key[at] = key;
  return at;
}
