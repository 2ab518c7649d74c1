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
  struct wc_pass pass[2]; /* forward, backward */
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
  const bool *cut;
  struct wc_looks *looks;
  struct pair *known; /* by look; bytes 0: not looked at yet */
};

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

/* Nodes first .. last as segments. Traffic of a forward pass differs from rule to rule by what is
 * kept only. */
static void try_rules(const struct wc_planner *p, struct range r, struct pair *pair) {
  const uint64_t least = p->batch * kept_bytes(p, r, WC_KEEP_NONE);
  const struct wc_pass forward = wc_pass_segments(
      p, r.first, r.last, WC_FORWARD, wc_keep_rule(p, WC_KEEP_NONE, r.first, r.last), pair->bytes);
  uint64_t before = UINT64_MAX;
  if (forward.way != WC_WAY_SEGMENT) {
    return;
  }
  for (unsigned keep = p->bounds.keep + 1; keep-- > 0;) {
    const uint64_t kept = p->batch * kept_bytes(p, r, (enum wc_keep)keep) - least;
    const uint64_t so_far = forward.bytes + kept;
    if (kept == before || so_far + kept >= pair->bytes) {
      continue;
    }
    before = kept;
    const struct wc_pass backward = wc_pass_segments(
        p, r.first, r.last, WC_BACKWARD, wc_keep_rule(p, (enum wc_keep)keep, r.first, r.last),
        pair->bytes - so_far);
    if (backward.way == WC_WAY_SEGMENT) {
      *pair = (struct pair){
          so_far + backward.bytes, WC_WAY_SEGMENT, (enum wc_keep)keep, {forward, backward}};
    }
  }
}

/* One node by itself over the whole mini-batch, and its backward nodes likewise. */
static void try_alone(const struct wc_planner *p, uint32_t node, struct pair *pair) {
  const struct wc_group group = {.first = node, .last = node, .way = WC_WAY_NODES};
  struct wc_choice choice;
  if (wc_group_given(p, &group, NULL, &choice) && choice.feasible && choice.bytes < pair->bytes) {
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
      try_alone(s->p, i, pair);
    }
  }
  return *pair;
}

/* ---- all groups ---- */

/* Finds best[j] from best[0 .. j-1]. */
static bool extend(struct search *s, uint32_t j) {
  struct best *best = s->best;
  unsigned misses = 0;
  best[j].bytes = UINT64_MAX;
  for (uint32_t i = j; i-- > 0 && misses < MAX_MISSES;) {
    const bool border = wc_is_border(s->p, s->cut, i) && wc_is_border(s->p, s->cut, j);
    if (!wc_may_group(s->p, s->cut, NEAR, i, j)) {
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
                           .room = p->bounds.room};
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
  return s->best != NULL && s->known != NULL;
}

uint32_t wc_schedule_keep(const struct wc_planner *p, const bool *cut, struct wc_group *groups) {
  struct search s = {.p = p, .cut = cut};
  bool ok = allocate(&s);
  for (uint32_t j = 1; ok && j <= p->n_forward; j++) {
    ok = extend(&s, j);
  }
  const uint32_t n = ok ? collect(&s, groups) : 0;
  free(s.best);
  free(s.known);
  wc_looks_delete(s.looks);
  return n;
}
