/* A schedule by time or another cost: the cycle model judges, a local search proposes.
 * docs/scheduling.md. */
#ifndef WC_SEARCH_H
#define WC_SEARCH_H

#include "program.h"
#include "wc_cycles.h"

enum wc_objective { WC_OBJECTIVE_TRAFFIC, WC_OBJECTIVE_TIME, WC_OBJECTIVE_ENERGY, WC_OBJECTIVES };
const char *wc_objective_name(enum wc_objective objective);
bool wc_objective_parse(const char *name, enum wc_objective *objective);

struct wc_search {
  const struct wc_model_config *device; /* what the cycle model is to model */
  struct wc_memory_timing memory;
  uint32_t plans;           /* to judge at most, the first one included */
  const enum wc_keep *keep; /* mbs-r: no group keeps less (NULL: no bound) */
  /* Called after each with the cost of the best step so far; may be NULL. */
  void (*progress)(void *arg, uint32_t done, uint32_t of, uint64_t cost);
  void *arg;
  /* What the stream of a step costs, instead of its @cycles, which are 0 when @untimed; may be
   * NULL. UINT64_MAX: cannot be told. */
  uint64_t (*cost)(void *cost_arg, const uint32_t *words, size_t bytes, uint64_t cycles);
  void *cost_arg;
  bool untimed;
  bool operands; /* begin also at groups that count operands: for a cost that does */
};

/* Looks for groups whose training step (without the update) takes least time on one core, or costs
 * least, from those of least traffic on (mbs-r: the best of several such); these are what it
 * returns when nothing is better, and always for the baselines and `mbs-fs`, whose groups leave no
 * choice. The same input gives the same groups.
 * @groups: the caller's (free), for wc_plan_make. @cycles: of the step, or its cost, [0] with least
 * traffic, [1] with these groups. Returns their number, 0 on failure. */
uint32_t wc_search_groups(const struct wc_graph *graph, enum wc_config config, uint32_t batch,
                          const struct wc_target *target, const struct wc_search *search,
                          struct wc_group **groups, uint64_t cycles[2], struct wc_report *why);

/* wc_compile with the groups that the search finds; @search->plans 0: with those of least traffic.
 */
struct wc_program *wc_search_compile(const struct wc_graph *graph, enum wc_config config,
                                     uint32_t batch, const struct wc_target *target,
                                     const struct wc_search *search, struct wc_report *why);

#endif
