/* wavecore schedule */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "cli_kept.h"
#include "size.h"
#include "traffic_json.h"

static json_t *schedule_json(const struct wc_plan *plan) {
  json_t *groups = json_array();
  for (uint32_t i = 0; i < plan->schedule.n_groups; i++) {
    const struct wc_group *g = &plan->schedule.groups[i];
    json_array_append_new(
        groups, json_pack("{s:i, s:i, s:s, s:i, s:i, s:b, s:b, s:i, s:s}", "first", g->first,
                          "last", g->last, "direction", wc_direction_name(g->direction),
                          "sub_batch", g->sub_batch, "iterations", g->iterations, "reuse", g->reuse,
                          "pinned", g->pin, "handed", g->hand, "keep", wc_keep_name(g->keep)));
  }
  return json_pack("{s:s, s:s, s:i, s:i, s:I, s:o, s:o, s:I, s:o}", "network", plan->graph->name,
                   "config", wc_config_name(plan->schedule.config), "batch", plan->schedule.batch,
                   "cores", plan->schedule.cores, "buffer_bytes",
                   (json_int_t)plan->schedule.gbuf_bytes, "groups", groups, "dram_bytes",
                   wc_traffic_json(plan->class_bytes), "macs_added", (json_int_t)plan->macs_again,
                   "kept", cli_kept_json(plan));
}

static void print_group(const struct wc_plan *plan, uint32_t i) {
  const struct wc_group *g = &plan->schedule.groups[i];
  char handed[16] = "";
  if (g->hand > 0)
    snprintf(handed, sizeof handed, "%" PRIu32, g->hand);
  printf("%5" PRIu32 "  %-16s %-16s %-9s %9" PRIu32 " %10" PRIu32 " %6" PRIu32
         " %6s %6s %-7s %12" PRIu64 " %12" PRIu64 "\n",
         i, plan->graph->nodes[g->first].name, plan->graph->nodes[g->last].name,
         wc_direction_name(g->direction), g->sub_batch, g->iterations, g->slab_rows,
         g->pin ? "yes" : "", handed, g->direction == WC_BACKWARD ? "" : wc_keep_name(g->keep),
         plan->group_bytes[i][0], plan->group_bytes[i][1]);
}

static void print_text(const struct wc_plan *plan) {
  const struct wc_schedule *s = &plan->schedule;
  char buffer[WC_SIZE_TEXT];
  printf("%s, %s, batch %" PRIu32 ", ", plan->graph->name, wc_config_name(s->config), s->batch);
  if (s->cores > 1)
    printf("%" PRIu32 " each on %" PRIu32 " cores, ", s->batch / s->cores, s->cores);
  printf("buffer %s, %" PRIu32 " groups\n\n", wc_size_text(s->gbuf_bytes, buffer), s->n_groups);
  printf("%5s  %-16s %-16s %-9s %9s %10s %6s %6s %6s %-7s %12s %12s\n", "group", "first", "last",
         "direction", "sub-batch", "iterations", "slab", "pinned", "handed", "keeps", "read",
         "written");
  for (uint32_t i = 0; i < s->n_groups; i++)
    print_group(plan, i);
  printf("%5s  %-16s %-16s %-9s %9s %10s %6s %6s %6s %-7s %12" PRIu64 " %12" PRIu64 "\n\n", "",
         "update", "", "", "", "", "", "", "", "", plan->group_bytes[s->n_groups][0],
         plan->group_bytes[s->n_groups][1]);
  static const char *const classes[WC_CLASSES] = {"features", "weights", "weight gradients",
                                                  "gradients", "masks"};
  printf("%-18s %12s %12s\n", "DRAM bytes a step", "read", "written");
  for (unsigned c = 0; c < WC_CLASSES; c++)
    printf("%-18s %12" PRIu64 " %12" PRIu64 "\n", classes[c], plan->class_bytes[c][0],
           plan->class_bytes[c][1]);
  printf("%-18s %25" PRIu64 "\n", "total", wc_traffic_total(plan->class_bytes));
  cli_print_kept(plan);
}

static struct wc_plan *make_plan(const struct wc_graph *graph, const struct cli_target *target,
                                 const struct wc_target *device,
                                 const struct cli_platform *platform, struct wc_report *why) {
  struct wc_group *groups;
  uint32_t n;
  if (!cli_find_groups(graph, target, device, platform, &groups, &n, why))
    return NULL;
  struct wc_plan *plan =
      wc_plan_make(graph, target->config, WC_TRAIN, target->batch, device, groups, n, why);
  free(groups);
  return plan;
}

int cli_schedule(int argc, char **argv) {
  struct cli_target target;
  bool json = false, dump = false, exit_now;
  const char *net, *uri = NULL;
  cli_target_default(&target);
  const struct cli_option options[] = {
      CLI_CONFIG_OPTION(&target),
      CLI_SEARCH_OPTIONS(&target),
      CLI_SIZE_OPTIONS(&target, "32", "256KiB, or the device's", "1, or the device's"),
      {"device", 0, CLI_TEXT, &uri, "URI", "schedule for the sizes of this device", 0, 0, NULL},
      {"dump", 0, CLI_FLAG, &dump, NULL, "print the whole plan, action by action", 0, 0, NULL},
      {"json", 0, CLI_FLAG, &json, NULL, "print an object", 0, 0, NULL}};
  const struct cli_command command = {
      "schedule",
      "NET",
      "Shows how a training step of a network is cut into groups and sub-batches, and the DRAM\n"
      "traffic that follows, by class. NET is one of `wavecore nets`.",
      NULL,
      options,
      sizeof options / sizeof *options};
  enum wc_outcome outcome = cli_parse(&command, argc, argv, &net, &exit_now);
  if (outcome != WC_DONE || exit_now)
    return outcome;
  struct wc_report why = {""};
  struct wc_graph *graph = wc_net_build(net, &why);
  if (graph == NULL)
    return cli_error(WC_BAD_INPUT, &why);
  struct wc_target device;
  struct cli_platform platform;
  struct wc_plan *plan = NULL;
  outcome = cli_compile_target(&target, uri, UINT64_C(1) << 39, &device, &platform, &why);
  if (outcome == WC_DONE) {
    plan = make_plan(graph, &target, &device, &platform, &why);
    outcome = plan == NULL ? WC_BAD_INPUT : WC_DONE;
  }
  if (outcome != WC_DONE)
    (void)cli_error(outcome, &why);
  else if (json)
    outcome = cli_print_json(schedule_json(plan));
  else if (dump)
    wc_plan_dump(plan, stdout);
  else
    print_text(plan);
  wc_plan_delete(plan);
  wc_graph_delete(graph);
  return outcome;
}
