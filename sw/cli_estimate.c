/* wavecore estimate */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "estimate.h"
#include "report.h"
#include "size.h"

/* Images that a core trains at once, unless told otherwise. */
#define EACH 32
/* Bytes that a core's port to DRAM passes in a cycle each way, unless told otherwise. */
#define PORT 256

struct args {
  struct cli_target target;
  const char *uri, *memory, *energy;
  uint32_t port, clock;
  bool json;
};

static void print_text(const struct wc_graph *graph, const struct wc_estimate_setup *setup,
                       const struct wc_estimate *e) {
  char size[WC_SIZE_TEXT];
  const double images = setup->batch;
  printf("%s, %s, %s, batch %" PRIu32 " on %" PRIu32 " cores\n\n", graph->name,
         wc_config_name(setup->config), setup->memory, setup->batch, setup->target.cores);
  printf("time         %12.6f s     %.1f images/s; step %" PRIu64 " cycles, update %" PRIu64 "\n",
         e->seconds, images / e->seconds, e->step_cycles, e->update_cycles);
  printf("utilisation  %12.1f %%     of all PEs in all cycles, %" PRIu64 " MACs\n",
         100 * e->utilisation, e->work.macs);
  printf("traffic      %12.6f GB    %.1f GB/s\n", (double)e->dram_bytes / 1e9,
         (double)e->dram_bytes / 1e9 / e->seconds);
  printf("capacity     %12s       of DRAM\n", wc_size_text(e->capacity, size));
  printf("energy       %12.6f J     %.4f an image\n", e->energy.total, e->energy.total / images);
  const struct {
    const char *name;
    double joules;
  } parts[] = {{"DRAM", e->energy.dram},     {"array", e->energy.array},
               {"buffer", e->energy.buffer}, {"local", e->energy.local},
               {"vector", e->energy.vector}, {"static", e->energy.still}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    printf("  %-10s %12.6f J     %.1f %%\n", parts[i].name, parts[i].joules,
           100 * parts[i].joules / e->energy.total);
}

/* What to estimate; @platform is also what a search judges by. */
static enum wc_outcome set_up(struct args *a, struct wc_estimate_setup *setup,
                              struct cli_platform *platform, struct wc_report *why) {
  if (!wc_estimate_memory(a->memory, why))
    return WC_BAD_INPUT;
  const enum wc_outcome outcome =
      cli_compile_target(&a->target, a->uri, 0, &setup->target, platform, why);
  if (outcome != WC_DONE)
    return outcome;
  if ((a->port & (a->port - 1)) != 0)
    return wc_fail(why, "--port %" PRIu32 ": must be a power of two", a->port), WC_BAD_INPUT;
  if (a->energy != NULL && !wc_energy_load(a->energy, &platform->energy, why))
    return WC_BAD_INPUT;
  if (!a->target.batch_given)
    a->target.batch = EACH * setup->target.cores;
  setup->config = a->target.config;
  setup->batch = a->target.batch;
  setup->model = platform->model;
  setup->model.axi_bytes = setup->target.device.axi_bytes = a->port;
  setup->latency = platform->latency;
  setup->clock_mhz = a->clock;
  setup->memory = a->memory;
  setup->energy = platform->energy;
  platform->model = wc_estimate_model(setup);
  snprintf(platform->memory, sizeof platform->memory, "%s", a->memory);
  (void)wc_dram_preset(a->memory, setup->target.cores, a->clock, &platform->dram);
  return WC_DONE;
}

static enum wc_outcome estimate(const struct wc_graph *graph, struct args *a,
                                struct wc_report *why) {
  struct wc_estimate_setup setup = {0};
  struct cli_platform platform;
  struct wc_estimate result;
  struct wc_group *groups = NULL;
  enum wc_outcome outcome = set_up(a, &setup, &platform, why);
  if (outcome != WC_DONE)
    return outcome;
  bool ok =
      cli_find_groups(graph, &a->target, &setup.target, &platform, &groups, &setup.n_groups, why);
  setup.groups = groups;
  ok = ok && wc_estimate_make(graph, &setup, &result, why);
  free(groups);
  if (!ok)
    return WC_BAD_INPUT;
  if (a->json)
    return cli_print_json(wc_estimate_json(graph, &setup, &result));
  print_text(graph, &setup, &result);
  return WC_DONE;
}

int cli_estimate(int argc, char **argv) {
  struct args a = {.uri = "cmodel:paper", .memory = "hbm2", .port = PORT, .clock = 700};
  bool exit_now;
  const char *net;
  cli_target_default(&a.target);
  const struct cli_option options[] = {
      CLI_CONFIG_OPTION(&a.target),
      CLI_SEARCH_OPTIONS(&a.target),
      {"memory", 0, CLI_TEXT, &a.memory, "NAME",
       "of the chip, shared by its cores: hbm2, hbm2x2, gddr5, lpddr4 (hbm2)", 0, 0, NULL},
      CLI_SIZE_OPTIONS(&a.target, "32 a core", "the device's", "the device's"),
      {"device", 0, CLI_TEXT, &a.uri, "URI", "the chip (cmodel:paper)", 0, 0, NULL},
      {"port", 0, CLI_U32, &a.port, "BYTES", "a core's port to DRAM, a cycle each way (256)", 4,
       512, NULL},
      {"clock", 0, CLI_U32, &a.clock, "MHZ", "of the cores (700)", 1, 10000, NULL},
      {"energy", 0, CLI_TEXT, &a.energy, "FILE", "JSON with other energies: docs/estimate.md", 0, 0,
       NULL},
      {"json", 0, CLI_FLAG, &a.json, NULL, "print an object", 0, 0, NULL}};
  const struct cli_command command = {"estimate",
                                      "NET",
                                      "Time, DRAM traffic, energy and utilisation of a training "
                                      "step, update included: the streams\n"
                                      "are compiled, counted, and timed by the cycle model on a "
                                      "DRAM. NET is one of `wavecore nets`.",
                                      NULL,
                                      options,
                                      sizeof options / sizeof *options};
  enum wc_outcome outcome = cli_parse(&command, argc, argv, &net, &exit_now);
  if (outcome != WC_DONE || exit_now)
    return outcome;
  struct wc_report why = {""};
  struct wc_graph *graph = wc_net_build(net, &why);
  outcome = graph == NULL ? WC_BAD_INPUT : estimate(graph, &a, &why);
  if (outcome != WC_DONE)
    (void)cli_error(outcome, &why);
  wc_graph_delete(graph);
  return outcome;
}
