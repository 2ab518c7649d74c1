/* wavecore nets */
#include <inttypes.h>
#include <stdio.h>

#include "cli.h"

static json_t *describe(const char *name, const struct wc_graph_totals *t) {
  return json_pack("{s:s, s:I, s:I, s:I, s:I}", "name", name, "macs", (json_int_t)t->macs, "params",
                   (json_int_t)t->params, "conv_out_elems", (json_int_t)t->conv_out_elems,
                   "train_macs", (json_int_t)t->train_macs);
}

int cli_nets(int argc, char **argv) {
  bool json = false, exit_now;
  const struct cli_option options[] = {
      {"json", 0, CLI_FLAG, &json, NULL, "print a list of objects", 0, 0, NULL}};
  const struct cli_command command = {"nets",
                                      NULL,
                                      "Lists the built-in networks. MACs and activations are per "
                                      "image; training MACs are forward,\n"
                                      "data gradients and weight gradients together.",
                                      NULL,
                                      options,
                                      sizeof options / sizeof *options};
  const enum wc_outcome outcome = cli_parse(&command, argc, argv, NULL, &exit_now);
  if (outcome != WC_DONE || exit_now)
    return outcome;
  json_t *list = json_array();
  if (!json)
    printf("%-16s %14s %12s %16s %16s\n", "network", "MACs", "parameters", "conv outputs",
           "training MACs");
  for (unsigned i = 0; wc_net_name(i) != NULL; i++) {
    struct wc_report why = {""};
    struct wc_graph *graph = wc_net_build(wc_net_name(i), &why);
    if (graph == NULL) {
      json_decref(list);
      return cli_error(WC_FAILED, &why);
    }
    const struct wc_graph_totals t = wc_graph_totals(graph);
    json_array_append_new(list, describe(graph->name, &t));
    if (!json)
      printf("%-16s %14" PRIu64 " %12" PRIu64 " %16" PRIu64 " %16" PRIu64 "\n", graph->name, t.macs,
             t.params, t.conv_out_elems, t.train_macs);
    wc_graph_delete(graph);
  }
  if (json)
    return cli_print_json(list);
  json_decref(list);
  return WC_DONE;
}
