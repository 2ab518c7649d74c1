#include "greedy.h"

#include <stdlib.h>
#include <string.h>

#include "plan_build.h"
#include "report.h"

static const char *const names[WC_GROUPINGS] = {"optimal", "joint", "greedy"};

const char *wc_grouping_name(enum wc_grouping grouping) {
  return (unsigned)grouping < WC_GROUPINGS ? names[grouping] : "?";
}

bool wc_grouping_parse(const char *name, enum wc_grouping *grouping) {
  for (int i = 0; i < WC_GROUPINGS; i++) {
    if (strcmp(name, names[i]) == 0) {
      *grouping = (enum wc_grouping)i;
      return true;
    }
  }
  return false;
}

/* The groups so far, in order, and each together with the next one. */
struct row {
  const struct wc_planner *p;
  struct wc_choice *at, *with_next;
  uint32_t n;
};

static bool may_run(const struct wc_planner *p, const struct wc_choice *choice) {
  return choice->feasible &&
         (p->config != WC_IL || choice->first == choice->last || choice->sub_batch >= p->batch);
}

static uint32_t iterations(const struct wc_planner *p, const struct wc_choice *choice) {
  return (p->batch + choice->sub_batch - 1) / choice->sub_batch;
}

/* What merging group @i with the next saves; 0: nothing, or they may not. */
static uint64_t saves(const struct row *r, uint32_t i) {
  const struct wc_choice *both = &r->with_next[i];
  const uint64_t apart = r->at[i].bytes + r->at[i + 1].bytes;
  return may_run(r->p, both) && both->bytes < apart ? apart - both->bytes : 0;
}

static bool pair(struct row *r, uint32_t i) {
  return i + 1 >= r->n ||
         wc_group_choose(r->p, r->at[i].first, r->at[i + 1].last, 0, UINT64_MAX, &r->with_next[i]);
}

/* Each node by itself, joined to the group before it while iterations are equal and both fit. */
static bool join_equals(struct row *r, struct wc_choice *misfit) {
  for (uint32_t i = 0; i < r->p->n_forward; i++) {
    struct wc_choice alone, both = {0};
    if (!wc_group_choose(r->p, i, i, 0, UINT64_MAX, &alone) || !alone.feasible) {
      *misfit = alone;
      return false;
    }
    struct wc_choice *last = r->n > 0 ? &r->at[r->n - 1] : NULL;
    if (last != NULL && iterations(r->p, last) == iterations(r->p, &alone) &&
        !wc_group_choose(r->p, last->first, i, 0, UINT64_MAX, &both)) {
      return false;
    }
    if (may_run(r->p, &both)) {
      *last = both;
    } else {
      r->at[r->n++] = alone;
    }
  }
  return true;
}

static bool merge(struct row *r, uint32_t i) {
  r->at[i] = r->with_next[i];
  r->n--;
  memmove(&r->at[i + 1], &r->at[i + 2], (r->n - i - 1) * sizeof *r->at);
  memmove(&r->with_next[i + 1], &r->with_next[i + 2], (r->n - i - 1) * sizeof *r->with_next);
  return pair(r, i) && (i == 0 || pair(r, i - 1));
}

static bool merge_while_it_saves(struct row *r) {
  bool ok = true;
  for (uint32_t i = 0; ok && i < r->n; i++) {
    ok = pair(r, i);
  }
  for (bool more = true; ok && more;) {
    uint32_t best = 0;
    uint64_t most = 0;
    for (uint32_t i = 0; i + 1 < r->n; i++) {
      if (saves(r, i) > most) {
        most = saves(r, i);
        best = i;
      }
    }
    more = most > 0;
    ok = !more || merge(r, best);
  }
  return ok;
}

/* Least traffic over all partitions. */
static bool find_least(const struct wc_planner *p, struct wc_group *groups, uint32_t *n,
                       struct wc_report *why) {
  struct wc_choice *choices;
  *n = wc_schedule_choose(p, &choices, why);
  for (uint32_t i = 0; i < *n; i++) {
    groups[i] = (struct wc_group){.first = choices[i].first, .last = choices[i].last};
  }
  free(choices);
  return *n > 0;
}

static bool find_greedily(const struct wc_planner *p, struct wc_group *groups, uint32_t *n,
                          struct wc_report *why) {
  struct wc_choice misfit = {0};
  struct row r = {.p = p,
                  .at = calloc(p->n_forward + 1, sizeof *r.at),
                  .with_next = calloc(p->n_forward + 1, sizeof *r.with_next)};
  const bool ok =
      r.at != NULL && r.with_next != NULL && join_equals(&r, &misfit) && merge_while_it_saves(&r);
  for (uint32_t i = 0; ok && i < r.n; i++) {
    groups[i] = (struct wc_group){.first = r.at[i].first, .last = r.at[i].last};
  }
  *n = ok ? r.n : 0;
  if (!ok) {
    wc_report_misfit(p, &misfit, why);
  }
  free(r.at);
  free(r.with_next);
  return ok;
}

bool wc_joint_groups(const struct wc_graph *graph, enum wc_config config, enum wc_grouping grouping,
                     uint32_t batch, const struct wc_target *target, struct wc_group **groups,
                     uint32_t *n, struct wc_report *why) {
  struct wc_planner p;
  *groups = NULL;
  *n = 0;
  if (wc_config_layer_by_layer(config) || config == WC_MBS_FS || config == WC_MBS_R) {
    return true;
  }
  if (!wc_planner_begin(&p, graph, config, WC_TRAIN, batch, target, why)) {
    return false;
  }
  *groups = calloc(p.n_forward + 1, sizeof **groups);
  const bool ok = *groups == NULL
                      ? wc_fail(why, "network %s: out of memory while planning", graph->name)
                  : grouping == WC_GROUPING_GREEDY ? find_greedily(&p, *groups, n, why)
                                                   : find_least(&p, *groups, n, why);
  wc_planner_free(&p);
  if (!ok) {
    free(*groups);
    *groups = NULL;
  }
  return ok;
}
