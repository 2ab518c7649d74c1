/* Groups as in the paper, by greedy merging or optimal: both passes of a group have one sub-batch,
 * and nothing stays in the buffer from iteration to iteration or from group to group. What
 * schedule_pass.c finds is compared with them. docs/scheduling.md. */
#ifndef WC_GREEDY_H
#define WC_GREEDY_H

#include "plan.h"

enum wc_grouping { WC_GROUPING_OPTIMAL, WC_GROUPING_JOINT, WC_GROUPING_GREEDY, WC_GROUPINGS };
const char *wc_grouping_name(enum wc_grouping grouping);
bool wc_grouping_parse(const char *name, enum wc_grouping *grouping);

/* GREEDY: adjacent nodes of as many iterations, then the merge of two neighbours that saves most,
 * as long as one saves. JOINT: by dynamic programming. @groups: the caller's (free), for
 * wc_plan_make; NULL, and *@n 0, for configurations whose groups leave no choice, and for mbs-r,
 * which the paper does not have. False: something fits in no way, or no memory. */
bool wc_joint_groups(const struct wc_graph *graph, enum wc_config config, enum wc_grouping grouping,
                     uint32_t batch, const struct wc_target *target, struct wc_group **groups,
                     uint32_t *n, struct wc_report *why);

#endif
