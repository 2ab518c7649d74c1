/* Groups by greedy merging, as the paper forms them: what the optimal partition of schedule.c is
 * compared with. docs/scheduling.md. */
#ifndef WC_GREEDY_H
#define WC_GREEDY_H

#include "plan.h"

enum wc_grouping { WC_GROUPING_OPTIMAL, WC_GROUPING_GREEDY, WC_GROUPINGS };
const char *wc_grouping_name(enum wc_grouping grouping);
bool wc_grouping_parse(const char *name, enum wc_grouping *grouping);

/* Adjacent nodes of as many iterations, then the merge of two neighbours that saves most, as long
 * as one saves. @groups: the caller's (free), for wc_plan_make; NULL, and *@n 0, for configurations
 * whose groups leave no choice, and for mbs-r, which the paper does not have. False: something fits
 * in no way, or no memory. */
bool wc_greedy_groups(const struct wc_graph *graph, enum wc_config config, uint32_t batch,
                      const struct wc_target *target, struct wc_group **groups, uint32_t *n,
                      struct wc_report *why);

#endif
