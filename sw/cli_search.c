/* Programs for what the user asks them to be best in. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "report.h"

/* What `sim:` devices have unless told otherwise: docs/simulation.md. */
#define LATENCY 40
#define CLOCK_MHZ 700

/* The value of @key among the options of @uri, in @room; false when it is not there. */
static bool option_of(const char *uri, const char *key, char *room, size_t size) {
  const size_t length = strlen(key);
  for (const char *at = uri; at != NULL && *at != '\0'; at = strpbrk(at, ":,")) {
    at += *at == ':' || *at == ',';
    if (strncmp(at, key, length) == 0 && at[length] == '=') {
      const char *value = at + length + 1;
      snprintf(room, size, "%.*s", (int)strcspn(value, ","), value);
      return true;
    }
  }
  return false;
}

static unsigned number_of(const char *uri, const char *key, unsigned otherwise) {
  char text[32];
  return option_of(uri, key, text, sizeof text) ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

void cli_platform_of(const struct wc_caps *caps, const char *uri, struct cli_platform *platform) {
  char memory[32];
  *platform =
      (struct cli_platform){.latency = number_of(uri, "latency", LATENCY), .memory = "hbm2"};
  wc_energy_default(&platform->energy);
  if (caps != NULL)
    platform->model = wc_session_model(caps);
  else
    wc_model_config_default(&platform->model);
  /* The device has judged the names and numbers when it was opened. */
  if (!option_of(uri, "memory", memory, sizeof memory))
    return;
  if (wc_energy_memory(memory) != WC_ENERGY_PARAMS)
    snprintf(platform->memory, sizeof platform->memory, "%s", memory);
  (void)wc_dram_preset(memory, number_of(uri, "scale", 1), number_of(uri, "clock", CLOCK_MHZ),
                       &platform->dram);
}

static void show_progress(void *arg, uint32_t done, uint32_t of, uint64_t cost) {
  const char *unit = arg;
  fprintf(stderr, "\rplan %" PRIu32 " of %" PRIu32 ": %" PRIu64 " %s a step\033[K", done, of, cost,
          unit);
}

/* Nanojoules of a core's step. */
static uint64_t energy_cost(void *arg, const uint32_t *words, size_t bytes, uint64_t cycles) {
  const struct cli_platform *platform = arg;
  const unsigned mhz = platform->dram.channels > 0 ? platform->dram.core_mhz : CLOCK_MHZ;
  struct wc_work work = {0};
  struct wc_energy energy;
  const bool ok = wc_work_stream(&platform->model, words, bytes, &work) &&
                  wc_energy_of(&platform->energy, platform->memory, &work,
                               (double)cycles / (1e6 * mhz), &energy);
  return ok ? (uint64_t)(1e9 * energy.total) : UINT64_MAX;
}

bool cli_find_groups(const struct wc_graph *graph, const struct cli_target *target,
                     const struct wc_target *sizes, const struct cli_platform *platform,
                     struct wc_group **groups, uint32_t *n, struct wc_report *why) {
  *groups = NULL;
  *n = 0;
  if (target->keep != WC_KEEP_NONE && target->config != WC_MBS_R)
    return wc_fail(why, "--keep %s: only --config mbs-r chooses what to keep",
                   wc_keep_name(target->keep));
  const bool as_in_paper = target->objective == WC_OBJECTIVE_TRAFFIC && target->config != WC_MBS_R;
  if (target->grouping == WC_GROUPING_GREEDY && !as_in_paper)
    return wc_fail(why, "--grouping greedy goes with --objective traffic only, not with mbs-r");
  if (target->grouping != WC_GROUPING_OPTIMAL && as_in_paper)
    return wc_joint_groups(graph, target->config, target->grouping, target->batch, sizes, groups, n,
                           why);
  if (target->objective == WC_OBJECTIVE_TRAFFIC) {
    if (target->keep == WC_KEEP_NONE)
      return true;
    const struct wc_bounds how = {.keep = target->keep};
    *n = wc_bounded_groups(graph, target->config, target->batch, sizes, how, groups, why);
    return *n > 0;
  }
  struct cli_platform here = *platform;
  const bool by_energy = target->objective == WC_OBJECTIVE_ENERGY;
  const bool terminal = isatty(STDERR_FILENO) != 0;
  const struct wc_search search = {
      .device = &here.model,
      .memory = {.latency = here.latency, .dram = here.dram.channels > 0 ? &here.dram : NULL},
      .plans = target->plans,
      .keep = &target->keep,
      .progress = terminal ? show_progress : NULL,
      .arg = by_energy ? "nJ" : "cycles",
      .cost = by_energy ? energy_cost : NULL,
      .cost_arg = &here,
      .operands = by_energy,
      .untimed = by_energy && here.energy.value[WC_ENERGY_STATIC] == 0};
  uint64_t cycles[2];
  *n = wc_search_groups(graph, target->config, target->batch, sizes, &search, groups, cycles, why);
  if (terminal)
    fputs("\r\033[K", stderr);
  return *n > 0;
}

struct wc_program *cli_make_program(const struct wc_graph *graph, const struct cli_target *target,
                                    const struct wc_target *sizes,
                                    const struct cli_platform *platform, struct wc_report *why) {
  struct wc_group *groups;
  uint32_t n;
  if (!cli_find_groups(graph, target, sizes, platform, &groups, &n, why))
    return NULL;
  struct wc_program *program =
      wc_compile_groups(graph, target->config, target->batch, sizes, groups, n, why);
  free(groups);
  return program;
}
