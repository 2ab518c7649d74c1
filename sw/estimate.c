#include "estimate.h"

#include "program.h"
#include "report.h"
#include "traffic_json.h"

struct wc_model_config wc_estimate_model(const struct wc_estimate_setup *setup) {
  struct wc_model_config model = setup->model;
  if (setup->config == WC_BASELINE)
    model.double_weights = 0;
  return model;
}

bool wc_estimate_memory(const char *memory, struct wc_report *why) {
  return wc_energy_memory(memory) != WC_ENERGY_PARAMS ||
         wc_fail(why, "memory '%s': there are hbm2, hbm2x2, gddr5, lpddr4", memory);
}

/* Adds a section's cycles and work, timed on the first core; others do as much beside it. */
static bool add_section(const struct wc_program *program, enum wc_section_kind kind,
                        struct wc_cycles *cycles, const struct wc_model_config *model,
                        uint64_t *time, struct wc_work *work) {
  uint64_t counters[WC_COUNTERS] = {0};
  const struct wc_section *first = &program->section[kind][0];
  bool ok = wc_cycles_stream(cycles, first->words, first->bytes, first->addr, counters, NULL, NULL);
  *time = counters[WC_C_CYCLES];
  for (uint32_t core = 0; ok && core < program->cores; core++) {
    const struct wc_section *s = &program->section[kind][core];
    ok = wc_work_stream(model, s->words, s->bytes, work);
  }
  return ok;
}

static void finish(const struct wc_program *program, const struct wc_estimate_setup *setup,
                   struct wc_estimate *e) {
  const uint64_t cycles = e->step_cycles + e->update_cycles;
  const struct wc_model_config *m = &setup->model;
  for (unsigned c = 0; c < WC_CLASSES; c++) {
    for (unsigned w = 0; w < 2; w++) {
      e->class_bytes[c][w] = program->class_bytes[c][w];
      e->dram_bytes += program->class_bytes[c][w];
    }
  }
  e->capacity = program->dram_bytes;
  e->seconds = (double)cycles / (1e6 * setup->clock_mhz);
  e->utilisation =
      (double)e->work.macs / ((double)m->rows * m->cols * program->cores * (double)cycles);
}

bool wc_estimate_make(const struct wc_graph *graph, const struct wc_estimate_setup *setup,
                      struct wc_estimate *estimate, struct wc_report *why) {
  const uint32_t cores = setup->target.cores == 0 ? 1 : setup->target.cores;
  const struct wc_model_config model = wc_estimate_model(setup);
  struct wc_dram_config dram;
  if (!wc_estimate_memory(setup->memory, why))
    return false;
  (void)wc_dram_preset(setup->memory, cores, setup->clock_mhz, &dram);
  struct wc_program *program = wc_compile_groups(graph, setup->config, setup->batch, &setup->target,
                                                 setup->groups, setup->n_groups, why);
  if (program == NULL)
    return false;
  const struct wc_memory_timing memory = {.latency = setup->latency, .dram = &dram};
  struct wc_cycles *cycles = wc_cycles_new(&model, &memory);
  *estimate = (struct wc_estimate){0};
  const bool ok = (cycles != NULL &&
                   add_section(program, WC_SECTION_STEP, cycles, &model, &estimate->step_cycles,
                               &estimate->work) &&
                   add_section(program, WC_SECTION_UPDATE, cycles, &model, &estimate->update_cycles,
                               &estimate->work)) ||
                  wc_fail(why, "network %s: its streams cannot be timed", graph->name);
  if (ok) {
    finish(program, setup, estimate);
    (void)wc_energy_of(&setup->energy, setup->memory, &estimate->work, estimate->seconds,
                       &estimate->energy);
  }
  if (cycles != NULL)
    wc_cycles_delete(cycles);
  wc_program_delete(program);
  return ok;
}

static json_t *energy_json(const struct wc_energy *e) {
  return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "dram", e->dram, "array", e->array, "buffer",
                   e->buffer, "local", e->local, "vector", e->vector, "static", e->still);
}

json_t *wc_estimate_json(const struct wc_graph *graph, const struct wc_estimate_setup *setup,
                         const struct wc_estimate *e) {
  return json_pack("{s:s, s:s, s:s, s:i, s:i, s:o, s:f, s:f, s:o, s:f, s:I, s:I, s:I, s:I}",
                   "network", graph->name, "config", wc_config_name(setup->config), "memory",
                   setup->memory, "batch", setup->batch, "cores", setup->target.cores, "dram_bytes",
                   wc_traffic_json(e->class_bytes), "seconds", e->seconds, "joules",
                   e->energy.total, "joules_by_part", energy_json(&e->energy), "utilisation",
                   e->utilisation, "macs", (json_int_t)e->work.macs, "dram_capacity_bytes",
                   (json_int_t)e->capacity, "step_cycles", (json_int_t)e->step_cycles,
                   "update_cycles", (json_int_t)e->update_cycles);
}
