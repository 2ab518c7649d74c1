/* Which forward nodes run together: groups with the least DRAM traffic that a configuration
 * allows. See docs/scheduling.md. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plan_build.h"
#include "plan_floor.h"
#include "plan_looks.h"
#include "report.h"

static const char *const config_names[WC_CONFIGS] = {
    [WC_BASELINE] = "baseline",
    [WC_ARCHOPT] = "archopt",
    [WC_BASELINE_FUSED] = "baseline-fused",
    [WC_IL] = "il",
    [WC_MBS_FS] = "mbs-fs",
    [WC_MBS1] = "mbs1",
    [WC_MBS2] = "mbs2",
    [WC_MBS_R] = "mbs-r",
};

const char *wc_config_name(enum wc_config config) {
  return (unsigned)config < WC_CONFIGS ? config_names[config] : "?";
}

const char *wc_direction_name(enum wc_direction direction) {
  static const char *const names[WC_DIRECTIONS] = {"both", "forward", "backward"};
  return (unsigned)direction < WC_DIRECTIONS ? names[direction] : "?";
}

bool wc_config_parse(const char *name, enum wc_config *config) {
  for (int i = 0; i < WC_CONFIGS; i++) {
    if (strcmp(name, config_names[i]) == 0) {
      *config = (enum wc_config)i;
      return true;
    }
  }
  return false;
}

bool wc_config_layer_by_layer(enum wc_config config) {
  return config == WC_BASELINE || config == WC_ARCHOPT || config == WC_BASELINE_FUSED;
}

void wc_report_misfit(const struct wc_planner *p, const struct wc_choice *choice,
                      struct wc_report *why) {
  const uint64_t resident = p->gb_base, buffer = p->gb_limit;
  if (choice->need == 0) {
    wc_fail(why, "network %s: out of memory while planning", p->g->name);
    return;
  }
  const struct wc_node *node = &p->g->nodes[choice->need_node];
  wc_fail(why,
          "node %s (%s): needs %" PRIu64
          " bytes of global buffer at the least, the device has "
          "%" PRIu64 "; use a larger buffer",
          node->name, wc_op_name(node->op), choice->need + resident, buffer);
}

/* Best partition of nodes 0 .. j-1: its traffic and its last group. */
struct best {
  uint64_t bytes;
  struct wc_choice group;
};

/* False: does not fit, or not as the configuration asks. What is merely too dear may run. */
static bool may_run(const struct wc_planner *p, const struct wc_choice *choice) {
  if (!choice->feasible) {
    return choice->need == 0;
  }
  return p->config != WC_IL || choice->first == choice->last || choice->sub_batch >= p->batch;
}

/* True when forward nodes @first .. @last may be one group. */
static bool may_join(const struct wc_planner *p, uint32_t first, uint32_t last) {
  return !wc_config_layer_by_layer(p->config) || wc_chain(p, first, last + 1) == last + 1 - first;
}

/* A group is extended to the left node by node until so many extensions in a row bring nothing, and
 * from there by the whole groups of the best partition of what lies before. */
#define MAX_MISSES 24
#define MAX_JUMPS 8 /* and no further when so many of these in a row bring nothing */

/* What is known of groups of one look. */
struct known {
  struct wc_choice choice; /* if it is feasible: the cheapest way */
  uint64_t least;          /* else it moves as much as this, or more */
  bool fits;
};

/* What the search for the groups that end at a node knows. */
struct search {
  const struct wc_planner *p;
  struct wc_looks *looks;
  struct known *known;
  const struct wc_floor *floor;
  struct best *best;
  uint32_t most; /* samples at a time: a group has no more than the shorter ones before it */
};

/* True when nodes i .. j-1 as one group cannot beat the best partition so far. */
static bool cannot_win(const struct search *s, uint32_t i, uint32_t j) {
  if (i + 1 >= j || s->most == 0) {
    return false;
  }
  const uint32_t iterations = (s->p->batch + s->most - 1) / s->most;
  return s->best[i].bytes + wc_floor_bytes(s->p, s->floor, i, j - 1, iterations) >=
         s->best[j].bytes;
}

/* wc_group_choose for nodes i .. j-1, which asks only once for groups that look alike. */
static bool choose(struct search *s, uint32_t i, uint32_t j, uint64_t budget,
                   struct wc_choice *choice) {
  const uint32_t place = i + 1 == j ? WC_NONE : wc_looks_of(s->looks, i, j);
  struct known *known = place == WC_NONE ? NULL : &s->known[place];
  if (known != NULL && (known->fits || known->least >= budget)) {
    *choice = known->choice;
    choice->first = i;
    choice->last = j - 1;
    return true;
  }
  if (!wc_group_choose(s->p, i, j - 1, 0, budget, choice)) {
    return false;
  }
  if (known != NULL) {
    *known = (struct known){*choice, choice->too_dear ? budget : UINT64_MAX, choice->feasible};
  }
  return true;
}

/* Finds best[j] from best[0 .. j-1]. False: the last node fits in no way (@misfit), or out of
 * memory (misfit->need 0). */
static bool extend(struct search *s, uint32_t j, struct wc_choice *misfit) {
  struct best *best = s->best;
  best[j].bytes = UINT64_MAX;
  s->most = s->p->batch;
  unsigned misses = 0;
  uint32_t i = j - 1;
  for (bool more = true; more;) {
    struct wc_choice choice = {0};
    const bool hopeless = cannot_win(s, i, j);
    if (!hopeless && !choose(s, i, j, best[j].bytes - best[i].bytes, &choice)) {
      misfit->need = 0;
      return false;
    }
    if (!hopeless && !may_run(s->p, &choice)) { /* nor may any longer one */
      *misfit = choice;
      return i + 1 < j;
    }
    if (!hopeless && i + 1 < j && choice.most < s->most) {
      s->most = choice.most;
    }
    misses++;
    if (choice.feasible && best[i].bytes + choice.bytes < best[j].bytes) {
      best[j].bytes = best[i].bytes + choice.bytes;
      best[j].group = choice;
      misses = 0;
    }
    more = i > 0 && misses < MAX_MISSES + MAX_JUMPS;
    i = !more ? 0 : misses < MAX_MISSES ? i - 1 : best[i].group.first;
    more = more && may_join(s->p, i, j - 1);
  }
  return true;
}

/* Writes the groups that end at node @n - 1, in order, to @choices; returns their number. */
static uint32_t collect(const struct best *best, uint32_t n, struct wc_choice *choices) {
  uint32_t count = 0;
  for (uint32_t j = n; j > 0; j = best[j].group.first) {
    count++;
  }
  uint32_t k = count;
  for (uint32_t j = n; j > 0; j = best[j].group.first) {
    choices[--k] = best[j].group;
  }
  return count;
}

static uint32_t least_traffic(const struct wc_planner *p, struct wc_choice *choices,
                              struct wc_choice *misfit) {
  struct best *best = calloc(p->n_forward + 1, sizeof *best);
  struct wc_floor *floor = wc_floor_new(p);
  struct search s = {.p = p, .looks = wc_looks_new(p), .floor = floor, .best = best};
  s.known = s.looks == NULL ? NULL : calloc(s.looks->n_places, sizeof *s.known);
  bool ok = best != NULL && floor != NULL && s.known != NULL;
  for (uint32_t j = 1; ok && j <= p->n_forward; j++) {
    ok = extend(&s, j, misfit);
  }
  const uint32_t n = ok ? collect(best, p->n_forward, choices) : 0;
  free(best);
  free(floor);
  free(s.known);
  wc_looks_delete(s.looks);
  return n;
}

/* The longest group from @first on that fits one sample at least. */
static bool longest(const struct wc_planner *p, uint32_t first, struct wc_choice *group) {
  bool ok = wc_group_choose(p, first, p->n_forward - 1, 0, UINT64_MAX, group);
  uint32_t lo = first, hi = p->n_forward - 1; /* lo may fit alone only, hi does not fit */
  if (ok && group->feasible) {
    return true;
  }
  while (ok && hi - lo > 1) {
    const uint32_t middle = lo + (hi - lo) / 2;
    ok = wc_group_choose(p, first, middle, 0, UINT64_MAX, group);
    if (group->feasible && !group->solo) {
      lo = middle;
    } else {
      hi = middle;
    }
  }
  return ok && wc_group_choose(p, first, lo, 0, UINT64_MAX, group);
}

/* All nodes together at one sub-batch; nodes that do not fit are groups of their own, but have no
 * more samples at a time. */
static uint32_t full_serialisation(const struct wc_planner *p, struct wc_choice *choices,
                                   struct wc_choice *misfit) {
  uint32_t n = 0, smallest = p->batch;
  for (uint32_t i = 0; i < p->n_forward; i = choices[n - 1].last + 1) {
    if (!longest(p, i, &choices[n])) {
      return 0;
    }
    if (!choices[n].feasible) {
      *misfit = choices[n];
      return 0;
    }
    if (!choices[n].solo && choices[n].sub_batch < smallest) {
      smallest = choices[n].sub_batch;
    }
    n++;
  }
  for (uint32_t k = 0; k < n; k++) {
    const uint32_t first = choices[k].first, last = choices[k].last;
    if (!wc_group_choose(p, first, last, smallest, UINT64_MAX, &choices[k])) {
      return 0;
    }
  }
  return n;
}

uint32_t wc_schedule_choose(const struct wc_planner *p, struct wc_choice **choices,
                            struct wc_report *why) {
  struct wc_choice misfit = {0};
  *choices = calloc(p->n_forward, sizeof **choices);
  uint32_t n = 0;
  if (*choices != NULL) {
    n = p->config == WC_MBS_FS ? full_serialisation(p, *choices, &misfit)
                               : least_traffic(p, *choices, &misfit);
  }
  if (n == 0) {
    wc_report_misfit(p, &misfit, why);
    free(*choices);
    *choices = NULL;
  }
  return n;
}
