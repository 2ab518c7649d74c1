/* Graph to program: plans and streams for training and inference, and the table of what lies
 * where. Saving and loading: program_file.c. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "report.h"

struct compilation {
  const struct wc_graph *graph;
  const struct wc_target *target;
  struct wc_plan *train, *infer;
  struct wc_program *program;
  struct wc_report *why;
};

static bool generate(struct compilation *c, enum wc_section_kind kind, uint32_t core,
                     uint32_t **words, size_t *bytes) {
  const struct wc_plan *plan = kind == WC_SECTION_INFER ? c->infer : c->train;
  switch (kind) {
    case WC_SECTION_UPDATE: {
      const size_t *at = &plan->update_at[core];
      return wc_plan_codegen(plan, core, plan->update + at[0], at[1] - at[0], c->target, words,
                             bytes, c->why);
    }
    case WC_SECTION_TRAIN_A:
      return wc_plan_codegen_sets(plan, WC_SETS_FIRST_TO_SECOND, plan->whole, plan->n_whole,
                                  c->target, words, bytes, c->why);
    case WC_SECTION_TRAIN_B:
      return wc_plan_codegen_sets(plan, WC_SETS_SECOND_TO_FIRST, plan->whole, plan->n_whole,
                                  c->target, words, bytes, c->why);
    case WC_SECTION_SETTLE:
      return wc_plan_codegen_sets(plan, WC_SETS_SECOND_TO_FIRST, plan->settle, plan->n_settle,
                                  c->target, words, bytes, c->why);
    default:
      return wc_plan_codegen(plan, core, plan->step, plan->n_step, c->target, words, bytes, c->why);
  }
}

/* Generates one section of one core and places it at @at, which moves behind it. */
static bool add_section(struct compilation *c, enum wc_section_kind kind, uint32_t core,
                        uint64_t *at) {
  struct wc_section *section = &c->program->section[kind][core];
  size_t bytes;
  if (!generate(c, kind, core, &section->words, &bytes)) {
    return false;
  }
  section->addr = *at;
  section->bytes = bytes;
  *at = (*at + bytes + 63) / 64 * 64;
  return true;
}

static bool add_sections(struct compilation *c) {
  uint64_t at =
      c->train->dram_bytes > c->infer->dram_bytes ? c->train->dram_bytes : c->infer->dram_bytes;
  at = (at + 63) / 64 * 64;
  const unsigned kinds = c->program->cores == 1 ? WC_SECTIONS : WC_SECTION_TRAIN_A;
  for (unsigned kind = 0; kind < kinds; kind++) {
    for (uint32_t core = 0; core < c->program->cores; core++) {
      if (!add_section(c, (enum wc_section_kind)kind, core, &at)) {
        return false;
      }
    }
  }
  c->program->dram_bytes = at;
  if (c->target->mem_bytes != 0 && at > c->target->mem_bytes) {
    return wc_fail(c->why,
                   "network %s: batch %" PRIu32 " with its commands needs %" PRIu64
                   " bytes of device memory, the device has %" PRIu64 "; use a smaller batch",
                   c->graph->name, c->program->batch, at, c->target->mem_bytes);
  }
  return true;
}

static struct wc_region *new_region(struct wc_program *program, const struct wc_place *place,
                                    const char *name, const char *suffix) {
  struct wc_region *r = &program->regions[program->n_regions++];
  *r = (struct wc_region){
      .addr = place->addr, .bytes = place->bytes, .n = 1, .h = 1, .w = 1, .pitch = place->bytes};
  snprintf(r->name, sizeof r->name, "%s%s", name, suffix);
  if (place->each != 0) { /* a part for each core */
    r->n = program->cores;
    r->pitch = place->each;
  }
  return r;
}

static void tensor_region(struct wc_program *program, const struct wc_tensor *t,
                          const struct wc_place *place) {
  struct wc_region *r = new_region(program, place, t->name, "");
  r->type = t->type;
  r->h = t->h;
  r->w = t->w;
  r->c = t->c;
  if (t->per_sample) {
    r->n = program->batch;
    r->pitch = wc_tensor_pitch(t);
  }
}

static void state_region(struct wc_program *program, const struct wc_tensor *param,
                         const struct wc_place *place, const char *suffix) {
  struct wc_region *r = new_region(program, place, param->name, suffix);
  r->type = WC_T_FP32;
  r->h = param->h;
  r->w = param->w;
  r->c = param->c;
}

static bool add_regions(struct compilation *c) {
  const struct wc_graph *g = c->graph;
  const struct wc_plan *plan = c->train;
  struct wc_program *program = c->program;
  program->regions = calloc(g->n_tensors + 2 * (size_t)g->n_params + 1, sizeof *program->regions);
  if (program->regions == NULL) {
    return wc_fail(c->why, "network %s: out of memory", g->name);
  }
  for (uint32_t i = 0; i < g->n_tensors; i++) {
    if (plan->tensor[i].present) {
      tensor_region(program, &g->tensors[i], &plan->tensor[i]);
    }
  }
  for (uint32_t i = 0; i < g->n_params; i++) {
    const struct wc_tensor *t = &g->tensors[g->params[i]];
    if (plan->master[i].present) {
      state_region(program, t, &plan->master[i], ".master");
    }
    state_region(program, t, &plan->momentum[i], ".momentum");
  }
  struct wc_region *finite = new_region(program, &plan->finite, "finite", "");
  finite->type = WC_T_FP32;
  finite->c = WC_FINITE_BYTES / sizeof(float);
  return true;
}

static bool add_schedule(struct compilation *c) {
  const struct wc_schedule *s = &c->train->schedule;
  struct wc_program *program = c->program;
  program->groups = calloc(s->n_groups, sizeof *program->groups);
  if (program->groups == NULL) {
    return wc_fail(c->why, "network %s: out of memory", c->graph->name);
  }
  memcpy(program->groups, s->groups, s->n_groups * sizeof *program->groups);
  program->n_groups = s->n_groups;
  memcpy(program->class_bytes, c->train->class_bytes, sizeof program->class_bytes);
  return true;
}

struct wc_program *wc_compile(const struct wc_graph *graph, enum wc_config config, uint32_t batch,
                              const struct wc_target *target, struct wc_report *why) {
  return wc_compile_groups(graph, config, batch, target, NULL, 0, why);
}

struct wc_program *wc_compile_groups(const struct wc_graph *graph, enum wc_config config,
                                     uint32_t batch, const struct wc_target *target,
                                     const struct wc_group *groups, uint32_t n_groups,
                                     struct wc_report *why) {
  struct compilation c = {.graph = graph, .target = target, .why = why};
  c.train = wc_plan_make_in_a_row(graph, config, batch, target, groups, n_groups, why);
  if (c.train != NULL) {
    c.infer = wc_plan_make(graph, config, WC_INFER, batch, target, NULL, 0, why);
  }
  bool ok = c.infer != NULL;
  if (ok) {
    c.program = calloc(1, sizeof *c.program);
    ok = c.program != NULL || wc_fail(why, "network %s: out of memory", graph->name);
  }
  if (ok) {
    snprintf(c.program->net, sizeof c.program->net, "%s", graph->name);
    c.program->config = config;
    c.program->batch = batch;
    c.program->cores = c.train->schedule.cores;
    c.program->gbuf_bytes = target->gbuf_bytes;
    ok = add_schedule(&c) && add_regions(&c) && add_sections(&c);
  }
  wc_plan_delete(c.train);
  wc_plan_delete(c.infer);
  if (!ok) {
    wc_program_delete(c.program);
    return NULL;
  }
  return c.program;
}

void wc_program_delete(struct wc_program *program) {
  if (program == NULL) {
    return;
  }
  for (unsigned i = 0; i < WC_SECTIONS * WC_CORES_MAX; i++) {
    free(program->section[i / WC_CORES_MAX][i % WC_CORES_MAX].words);
  }
  free(program->regions);
  free(program->groups);
  free(program);
}

const struct wc_region *wc_program_region(const struct wc_program *program, const char *name) {
  for (uint32_t i = 0; i < program->n_regions; i++) {
    if (strcmp(program->regions[i].name, name) == 0) {
      return &program->regions[i];
    }
  }
  return NULL;
}
