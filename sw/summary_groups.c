/* Bytes of each layer and the groups that mbs2 forms of them. */
#include <inttypes.h>
#include <stdlib.h>

#include "report.h"
#include "summary.h"
#include "summary_chart.h"

static double map_bytes(const struct wc_tensor *t) {
  return t->role == WC_ROLE_FEATURE ? (double)wc_tensor_bytes(t) : 0;
}

static struct wc_chart_column column(const struct wc_graph *g, uint32_t node) {
  const struct wc_node *n = &g->nodes[node];
  struct wc_chart_column c = {.name = n->name};
  for (unsigned i = 0; i < n->n_in; i++)
    c.in += 1e-6 * map_bytes(&g->tensors[n->in[i]]);
  for (unsigned i = 0; i < n->n_out; i++)
    c.out += 1e-6 * map_bytes(&g->tensors[n->out[i]]);
  return c;
}

static void chart(const struct wc_plan *plan, const char *title, struct wc_chart_page *page) {
  const struct wc_graph *g = plan->graph;
  struct wc_chart_column *columns = calloc(g->n_forward, sizeof *columns);
  if (columns == NULL)
    return;
  for (uint32_t i = 0; i < plan->schedule.n_groups; i++) {
    const struct wc_group *group = &plan->schedule.groups[i];
    for (uint32_t node = group->first; node <= group->last; node++) {
      if (group->direction != WC_BACKWARD) {
        columns[node] = column(g, node);
        columns[node].group = i;
        snprintf(columns[node].mark, sizeof columns[node].mark, "%" PRIu32, group->sub_batch);
      }
    }
  }
  fputs("<div class=\"scroll\">", page->out);
  wc_chart_columns(page, title, columns, g->n_forward);
  fputs("</div>\n", page->out);
  free(columns);
}

static void table(const struct wc_plan *plan, FILE *out) {
  const struct wc_graph *g = plan->graph;
  fputs(
      "<details><summary>groups of both passes</summary><div "
      "class=\"scroll\"><table><tr><th>group</th>"
      "<th>layers</th><th>pass</th><th>sub-batch</th><th>iterations</th><th>handed over</th>"
      "<th>second branch</th>"
      "<th>read, MB</th><th>written, MB</th></tr>\n",
      out);
  for (uint32_t i = 0; i < plan->schedule.n_groups; i++) {
    const struct wc_group *group = &plan->schedule.groups[i];
    fprintf(out,
            "<tr><td>%" PRIu32 "</td><td class=\"w\">%s .. %s</td><td>%s</td><td>%" PRIu32
            "</td><td>%" PRIu32 "</td><td>%" PRIu32
            "</td><td>%s</td><td>%.1f</td><td>%.1f</td></tr>\n",
            i, g->nodes[group->first].name, g->nodes[group->last].name,
            wc_direction_name(group->direction), group->sub_batch, group->iterations, group->hand,
            group->reuse ? "stays" : "-", 1e-6 * (double)plan->group_bytes[i][0],
            1e-6 * (double)plan->group_bytes[i][1]);
  }
  fputs("</table></div></details>\n", out);
}

static void network(const struct wc_summary *s, unsigned net, struct wc_chart_page *page) {
  struct wc_report why = {""};
  char title[96];
  const enum wc_config config = WC_MBS2;
  const struct wc_target *target = &s->scope->base.target;
  const uint32_t cores = target->cores == 0 ? 1 : target->cores;
  struct wc_graph *graph = wc_net_build(s->scope->nets[net], &why);
  struct wc_plan *plan = graph == NULL
                             ? NULL
                             : wc_plan_make(graph, config, WC_TRAIN, cores * s->scope->each[net],
                                            target, NULL, 0, &why);
  if (plan != NULL) {
    snprintf(title, sizeof title, "%s, %s: MB of a layer's input and output, one image",
             s->scope->nets[net], wc_config_name(config));
    chart(plan, title, page);
    table(plan, page->out);
  }
  wc_plan_delete(plan);
  wc_graph_delete(graph);
}

void wc_summary_groups(const struct wc_summary *s, struct wc_chart_page *page) {
  fputs(
      "<h2>Layers and groups</h2>\n<p>Each column is a layer in the order of execution, what it "
      "reads below, what it writes above; shades tell the groups of the forward pass apart, and "
      "numbers "
      "on them are images in a sub-batch.</p>\n",
      page->out);
  for (unsigned net = 0; net < WC_SUMMARY_NETS && s->scope->nets[net] != NULL; net++)
    network(s, net, page);
}
