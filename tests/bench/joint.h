/* Programs with groups as the paper has them, which forward and backward passes share. */
#ifndef WC_BENCH_JOINT_H
#define WC_BENCH_JOINT_H

#include <stdlib.h>

#include "greedy.h"
#include "program.h"

/* NULL: it fits in no way, or no memory (@why). */
static inline struct wc_program *bench_joint(const struct wc_graph *graph, enum wc_config config,
                                             uint32_t batch, const struct wc_target *target,
                                             struct wc_report *why) {
  struct wc_group *groups;
  uint32_t n;
  if (!wc_joint_groups(graph, config, WC_GROUPING_JOINT, batch, target, &groups, &n, why))
    return NULL;
  struct wc_program *program = wc_compile_groups(graph, config, batch, target, groups, n, why);
  free(groups);
  return program;
}

#endif
