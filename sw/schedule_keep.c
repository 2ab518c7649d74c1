/* Groups of mbs-r with least DRAM traffic: what is kept for the backward pass is chosen together
 * with each group, sub-batches and what is pinned for each of its passes. See docs/scheduling.md.
 */
#include <stdlib.h>
#include <string.h>

#include "plan_build.h"
#include "plan_looks.h"
#include "report.h"

#define NEAR 14      /* nodes: groups up to this length may begin and end inside modules */
#define MAX_MISSES 8 /* a group grows no further when so many lengths in a row bring nothing */

/* How a group runs best. */
struct pair {
  uint64_t bytes; /* UINT64_MAX: it does not fit */
  enum wc_way way;
  enum wc_keep keep;
  struct pass {
    uint32_t sub_batch;
    bool reuse;
  } pass[2]; /* forward, backward */
};

/* Best partition of nodes 0 .. j-1: its traffic and its last group. */
struct best {
  uint64_t bytes;
  uint32_t first;
  struct pair pair;
};

struct search {
  const struct wc_planner *p;
  struct best *best;
  bool *cut; /* a group may begin at the node, and end before it */
  struct wc_looks *looks;
  struct pair *known; /* by look; bytes 0: not looked at yet */
  struct wc_choice misfit;
};

/* A border between modules, node @k and the one before. */
static bool is_border(const struct search *s, uint32_t k) {
  const struct wc_planner *p = s->p;
  return k == 0 || k == p->n_forward || (s->cut[k] && p->module[p->g->nodes[k - 1].out[0]]);
}

/* ---- one group ---- */

struct range {
  uint32_t first, last;
};

/* Bytes of one sample that the forward pass stores for the backward pass only. */
static uint64_t kept_bytes(const struct wc_planner *p, struct range r, enum wc_keep keep) {
  const struct wc_keeping rule = wc_keep_rule(p, keep, r.first, r.last);
  uint64_t bytes = 0;
  for (uint32_t n = r.first; n <= r.last; n++) {
    for (unsigned i = 0; i < p->g->nodes[n].n_out; i++) {
      const uint32_t t = p->g->nodes[n].out[i], reader = p->last_forward[t];
      const bool wanted = p->last_use[t] != WC_NONE && p->last_use[t] >= p->n_forward &&
                          p->last_use[t] < p->n_nodes;
      if (wanted && (reader == WC_NONE || reader <= r.last) && wc_is_stored(p, &rule, t)) {
        bytes += wc_even(wc_tensor_bytes(&p->g->tensors[t]));
      }
    }
  }
  return bytes;
}

/* The best sub-batch of nodes [a, b), with data staying for a second branch or not. Adds the
 * traffic to *@bytes; false: nothing fits, or moves less than @budget. */
static bool best_pass(const struct wc_planner *p, uint32_t a, uint32_t b, struct wc_keeping rule,
                      uint64_t budget, struct pass *pass, uint64_t *bytes) {
  uint64_t least = budget;
  uint32_t stays = WC_NONE;
  bool found = false;
  for (unsigned reuse = 2; reuse-- > 0;) {
    const struct wc_shape shape = {.fuse = true,
                                   .reuse = reuse == 1,
                                   .pin_fitting = true,
                                   .room = p->recompute.room,
                                   .keeping = rule};
    uint64_t moved;
    if (!wc_segment_make(p, a, b, shape, &p->work[0]) || p->work[0].n_stays == stays) {
      continue; /* there is no second branch */
    }
    stays = p->work[0].n_stays;
    const uint32_t sub_batch = wc_segment_fit(p, &p->work[0], least, &moved);
    if (sub_batch > 0) {
      *pass = (struct pass){sub_batch, reuse == 1};
      least = moved;
      found = true;
    }
  }
  *bytes += found ? least : 0;
  return found;
}

/* Nodes first .. last as segments. Traffic of a forward pass differs from rule to rule by what is
 * kept only. */
static void try_rules(const struct wc_planner *p, struct range r, struct pair *pair) {
  const struct wc_keeping none = wc_keep_rule(p, WC_KEEP_NONE, r.first, r.last);
  const uint32_t a = p->backward[r.last + 1], b = p->backward[r.first];
  const uint64_t least = p->batch * kept_bytes(p, r, WC_KEEP_NONE);
  struct pass forward = {0}, backward = {0};
  uint64_t bytes = 0, before = UINT64_MAX;
  if (!best_pass(p, r.first, r.last + 1, none, pair->bytes, &forward, &bytes)) {
    return;
  }
  for (unsigned keep = p->recompute.keep + 1; keep-- > 0;) {
    const uint64_t kept = p->batch * kept_bytes(p, r, (enum wc_keep)keep) - least;
    uint64_t all = bytes + kept;
    if (kept == before || all + kept >= pair->bytes) {
      continue;
    }
    before = kept;
    if (best_pass(p, a, b, wc_keep_rule(p, (enum wc_keep)keep, r.first, r.last), pair->bytes - all,
                  &backward, &all)) {
      *pair = (struct pair){all, WC_WAY_SEGMENT, (enum wc_keep)keep, {forward, backward}};
    }
  }
}

/* One node by itself over the whole mini-batch, and its backward nodes likewise. */
static void try_alone(struct search *s, uint32_t node, struct pair *pair) {
  struct wc_choice choice;
  if (!wc_group_choose(s->p, node, node, 0, pair->bytes, &choice)) {
    return;
  }
  if (!choice.feasible && pair->bytes == UINT64_MAX) {
    s->misfit = choice;
  }
  if (choice.feasible && choice.solo && choice.bytes < pair->bytes) {
    *pair = (struct pair){choice.bytes, WC_WAY_NODES, WC_KEEP_ALL, {{0}}};
  }
}

static struct pair group(struct search *s, uint32_t i, uint32_t j) {
  const uint32_t place = wc_looks_of(s->looks, i, j);
  struct pair fresh = {0}, *pair = place == WC_NONE ? &fresh : &s->known[place];
  if (pair->bytes == 0) {
    pair->bytes = UINT64_MAX;
    try_rules(s->p, (struct range){i, j - 1}, pair);
    if (i + 1 == j) {
      try_alone(s, i, pair);
    }
  }
  return *pair;
}

/* ---- all groups ---- */

/* Groups begin and end where no fused nodes are parted, unless these do not fit together. */
static void find_cuts(struct search *s) {
  const struct wc_planner *p = s->p;
  memset(s->cut, true, p->n_forward + 1);
  for (uint32_t i = 0; i < p->n_forward; i++) {
    const uint32_t end = i + 1 + p->fusible[i];
    if (p->fusible[i] > 0 && end <= p->n_forward && group(s, i, end).bytes != UINT64_MAX) {
      memset(s->cut + i + 1, false, p->fusible[i]);
    }
  }
}

/* Finds best[j] from best[0 .. j-1]. */
static bool extend(struct search *s, uint32_t j) {
  struct best *best = s->best;
  unsigned misses = 0;
  best[j].bytes = UINT64_MAX;
  for (uint32_t i = j; i-- > 0 && misses < MAX_MISSES;) {
    const bool border = is_border(s, i) && is_border(s, j);
    const bool near = j - i <= NEAR && s->cut[i] && s->cut[j];
    if (i + 1 < j && !border && !near) {
      continue;
    }
    const struct pair pair = group(s, i, j);
    if (pair.bytes == UINT64_MAX) {
      if (i + 1 < j) { /* nor does a longer one fit */
        break;
      }
      continue;
    }
    misses += i + 1 < j && border;
    if (best[i].bytes != UINT64_MAX && best[i].bytes + pair.bytes < best[j].bytes) {
      best[j] = (struct best){best[i].bytes + pair.bytes, i, pair};
      misses = 0;
    }
  }
  return best[j].bytes != UINT64_MAX || j < s->p->n_forward;
}

static struct wc_group make_group(const struct wc_planner *p, const struct best *b, uint32_t last,
                                  unsigned backward) {
  return (struct wc_group){.first = b->first,
                           .last = last,
                           .direction = backward ? WC_BACKWARD : WC_FORWARD,
                           .way = b->pair.way,
                           .sub_batch = b->pair.pass[backward].sub_batch,
                           .reuse = b->pair.pass[backward].reuse,
                           .pin = b->pair.way == WC_WAY_SEGMENT,
                           .keep = b->pair.keep,
                           .room = p->recompute.room};
}

static uint32_t collect(const struct search *s, struct wc_group *groups) {
  uint32_t n = 0;
  for (uint32_t j = s->p->n_forward; j > 0; j = s->best[j].first) {
    n++;
  }
  uint32_t k = n;
  for (uint32_t j = s->p->n_forward; j > 0; j = s->best[j].first) {
    k--;
    groups[k] = make_group(s->p, &s->best[j], j - 1, 0);
    groups[n + k] = make_group(s->p, &s->best[j], j - 1, 1);
  }
  return 2 * n;
}

static bool allocate(struct search *s) {
  const size_t n = (size_t)s->p->n_forward + 1;
  s->looks = wc_looks_new(s->p);
  s->known = s->looks == NULL ? NULL : calloc(s->looks->n_places, sizeof *s->known);
  s->best = calloc(n, sizeof *s->best);
  s->cut = calloc(n, sizeof *s->cut);
  return s->best != NULL && s->cut != NULL && s->known != NULL;
}

uint32_t wc_schedule_keep(const struct wc_planner *p, struct wc_group **groups,
                          struct wc_report *why) {
  struct search s = {.p = p};
  *groups = calloc(2 * (size_t)p->n_forward, sizeof **groups);
  uint32_t n = 0;
  if (allocate(&s) && *groups != NULL) {
    find_cuts(&s);
    bool ok = true;
    for (uint32_t j = 1; ok && j <= p->n_forward; j++) {
      ok = extend(&s, j);
    }
    n = ok ? collect(&s, *groups) : 0;
  }
  if (n == 0) {
    wc_report_misfit(p, &s.misfit, why);
  }
  free(s.best);
  free(s.cut);
  free(s.known);
  wc_looks_delete(s.looks);
  return n;
}
