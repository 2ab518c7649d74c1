/* A plan as text: groups, places, actions, traffic. */
#include <inttypes.h>

#include "plan.h"

static void dump_groups(const struct wc_plan *plan, FILE *out) {
  const struct wc_schedule *s = &plan->schedule;
  for (uint32_t i = 0; i < s->n_groups; i++) {
    const struct wc_group *g = &s->groups[i];
    fprintf(out, "group %" PRIu32 ": %s .. %s, sub-batch %" PRIu32 " x %" PRIu32, i,
            plan->graph->nodes[g->first].name, plan->graph->nodes[g->last].name, g->sub_batch,
            g->iterations);
    if (g->direction != WC_BOTH_WAYS) {
      fprintf(out, ", %s", wc_direction_name(g->direction));
    }
    if (g->pin) {
      fprintf(out, ", pinned");
    }
    if (g->direction != WC_BACKWARD && g->keep != WC_KEEP_ALL) {
      fprintf(out, ", keeps %s", wc_keep_name(g->keep));
    }
    if (g->hand > 0) {
      fprintf(out, ", hands on %" PRIu32, g->hand);
    }
    if (g->slab_rows > 0) {
      fprintf(out, ", slabs of %" PRIu32 " rows", g->slab_rows);
    }
    fprintf(out, ", read %" PRIu64 ", written %" PRIu64 "\n", plan->group_bytes[i][0],
            plan->group_bytes[i][1]);
  }
}

static void dump_place(const struct wc_place *place, const char *name, const char *suffix,
                       FILE *out) {
  if (place->present) {
    fprintf(out, "place 0x%09" PRIx64 " %10" PRIu64 " %s%s\n", place->addr, place->bytes, name,
            suffix);
  }
}

static void dump_places(const struct wc_plan *plan, FILE *out) {
  const struct wc_graph *g = plan->graph;
  for (uint32_t i = 0; i < g->n_tensors; i++) {
    dump_place(&plan->tensor[i], g->tensors[i].name, "", out);
  }
  for (uint32_t i = 0; i < g->n_params; i++) {
    dump_place(&plan->master[i], g->tensors[g->params[i]].name, ".master", out);
    dump_place(&plan->momentum[i], g->tensors[g->params[i]].name, ".momentum", out);
  }
  dump_place(&plan->finite, "finite", "", out);
}

static const char *tensor_name(const struct wc_plan *plan, uint32_t tensor) {
  return tensor == WC_NONE ? "finite" : plan->graph->tensors[tensor].name;
}

static void dump_move(const struct wc_plan *plan, const struct wc_action *act, FILE *out) {
  fprintf(out, "%s %s", act->kind == WC_ACT_LOAD ? "load " : "store",
          tensor_name(plan, act->tensor));
  if (act->flat || act->tensor == WC_NONE) {
    fprintf(out, " from 0x%" PRIx64, act->dram);
  } else if (plan->graph->tensors[act->tensor].per_sample) {
    fprintf(out, " samples %" PRIu32 "+%" PRIu32 " rows %" PRIu32 "+%" PRIu32, act->n0, act->ns,
            act->y0, act->ny);
  } else {
    fprintf(out, " inputs %" PRIu32 "+%" PRIu32 " columns %" PRIu32 "+%" PRIu32, act->w0, act->nw,
            act->c0, act->nc);
  }
  fprintf(out, " at %" PRIu32 ", %" PRIu64 " bytes\n", act->view.gb, act->bytes);
}

static void dump_views(const struct wc_plan *plan, const uint32_t *tensors, unsigned n,
                       const struct wc_view *views, FILE *out) {
  for (unsigned i = 0; i < n; i++) {
    fprintf(out, " %s@", plan->graph->tensors[tensors[i]].name);
    if (views[i].gb == UINT32_MAX) {
      fputs("-", out);
    } else {
      fprintf(out, "%" PRIu32, views[i].gb);
    }
  }
}

static void dump_node(const struct wc_plan *plan, const struct wc_node *node,
                      const struct wc_view *in, const struct wc_view *outs, FILE *out) {
  fprintf(out, " %s:", node->name);
  dump_views(plan, node->in, node->n_in, in, out);
  fputs(" ->", out);
  dump_views(plan, node->out, node->n_out, outs, out);
}

static void dump_run(const struct wc_plan *plan, const struct wc_run *run, FILE *out) {
  fputs("run  ", out);
  dump_node(plan, &plan->graph->nodes[run->node], run->in, run->out, out);
  for (uint32_t k = 0; k < run->n_fused; k++) {
    fputs(" |", out);
    dump_node(plan, &plan->graph->nodes[run->fused[k]], run->fused_in[k], run->fused_out[k], out);
  }
  fprintf(out, " | %" PRIu32 " samples rows %" PRIu32 "+%" PRIu32 " columns %" PRIu32 "+%" PRIu32,
          run->ns, run->y0, run->ny, run->c0, run->nc);
  if (run->pass != WC_PASS_ALL) {
    fprintf(out, " pass %" PRIu32, run->pass);
  }
  fprintf(out, "%s%s%s\n", run->first ? " first" : "", run->last ? " last" : "",
          run->again ? " again" : "");
}

static void dump_actions(const struct wc_plan *plan, const char *title,
                         const struct wc_action *actions, size_t n, FILE *out) {
  for (size_t i = 0; i < n; i++) {
    const struct wc_action *act = &actions[i];
    fprintf(out, "%s %zu group %" PRIu32 " ", title, i, act->group);
    switch (act->kind) {
      case WC_ACT_LOAD:
      case WC_ACT_STORE:
        dump_move(plan, act, out);
        break;
      case WC_ACT_RUN:
        dump_run(plan, &act->run, out);
        break;
      case WC_ACT_CLEAR_FINITE:
        fprintf(out, "clear finite at %" PRIu32 "\n", act->view.gb);
        break;
      case WC_ACT_ADD:
        fprintf(out, "add   %s %" PRIu32 " elements, gradient %" PRIu32 " from %" PRIu32 "\n",
                tensor_name(plan, act->tensor), act->sgd_elems, act->sgd_g, act->add_from);
        break;
      case WC_ACT_SGD:
        fprintf(out,
                "sgd   %s %" PRIu32 " elements, gradient %" PRIu32 " master %" PRIu32
                " momentum %" PRIu32 "\n",
                tensor_name(plan, act->tensor), act->sgd_elems, act->sgd_g, act->sgd_w, act->sgd_m);
        break;
    }
  }
}

static void dump_traffic(const struct wc_plan *plan, FILE *out) {
  static const char *const names[WC_CLASSES] = {
      [WC_CLASS_FEATURES] = "features",
      [WC_CLASS_WEIGHTS] = "weights",
      [WC_CLASS_WEIGHT_GRADIENTS] = "weight gradients",
      [WC_CLASS_GRADIENTS] = "gradients",
      [WC_CLASS_MASKS] = "masks",
  };
  uint64_t total = 0;
  for (unsigned i = 0; i < WC_CLASSES; i++) {
    total += plan->class_bytes[i][0] + plan->class_bytes[i][1];
    fprintf(out, "traffic %s: read %" PRIu64 ", written %" PRIu64 "\n", names[i],
            plan->class_bytes[i][0], plan->class_bytes[i][1]);
  }
  const uint64_t *update = plan->group_bytes[plan->schedule.n_groups];
  fprintf(out, "traffic of the update: read %" PRIu64 ", written %" PRIu64 "\n", update[0],
          update[1]);
  fprintf(out, "traffic in all: %" PRIu64 "\n", total);
}

void wc_plan_dump(const struct wc_plan *plan, FILE *out) {
  const struct wc_schedule *s = &plan->schedule;
  fprintf(out,
          "plan %s: %s, batch %" PRIu32 ", cores %" PRIu32 ", buffer %" PRIu64 " bytes, %" PRIu32
          " groups, %" PRIu64 " bytes of DRAM\n",
          plan->graph->name, wc_config_name(s->config), s->batch, s->cores, s->gbuf_bytes,
          s->n_groups, plan->dram_bytes);
  dump_groups(plan, out);
  dump_places(plan, out);
  dump_actions(plan, "step", plan->step, plan->n_step, out);
  dump_actions(plan, "update", plan->update, plan->n_update, out);
  dump_traffic(plan, out);
}
