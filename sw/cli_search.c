/* Programs for what the user asks them to be best in. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"

/* What `sim:` devices have unless told otherwise: docs/simulation.md. */
#define LATENCY 40

static void show_progress(void *arg, uint32_t done, uint32_t of, uint64_t cycles) {
  (void)arg;
  fprintf(stderr, "\rplan %" PRIu32 " of %" PRIu32 ": %" PRIu64 " cycles a step\033[K", done, of,
          cycles);
}

bool cli_find_groups(const struct wc_graph *graph, const struct cli_target *target,
                     const struct wc_target *sizes, const struct wc_model_config *model,
                     struct wc_group **groups, uint32_t *n, struct wc_report *why) {
  *groups = NULL;
  *n = 0;
  if (target->objective == WC_OBJECTIVE_TRAFFIC)
    return true;
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const struct wc_search search = {.device = model,
                                   .memory = {.latency = LATENCY},
                                   .plans = target->plans,
                                   .progress = terminal ? show_progress : NULL};
  uint64_t cycles[2];
  *n = wc_search_groups(graph, target->config, target->batch, sizes, &search, groups, cycles, why);
  if (terminal)
    fputs("\r\033[K", stderr);
  return *n > 0;
}

struct wc_program *cli_make_program(const struct wc_graph *graph, const struct cli_target *target,
                                    const struct wc_target *sizes,
                                    const struct wc_model_config *model, struct wc_report *why) {
  struct wc_group *groups;
  uint32_t n;
  if (!cli_find_groups(graph, target, sizes, model, &groups, &n, why))
    return NULL;
  struct wc_program *program =
      wc_compile_groups(graph, target->config, target->batch, sizes, groups, n, why);
  free(groups);
  return program;
}
