/* Time, traffic and energy of a training step on a chip with a memory: counted from its streams,
 * timed by the cycle model. docs/estimate.md. */
#ifndef WC_ESTIMATE_H
#define WC_ESTIMATE_H

#include <jansson.h>

#include "energy.h"
#include "plan.h"
#include "wc_cycles.h"

struct wc_estimate_setup {
  enum wc_config config;
  uint32_t batch;               /* of all cores */
  struct wc_target target;      /* what to compile for */
  struct wc_model_config model; /* what to time; `baseline` is timed with one weight a PE */
  unsigned latency, clock_mhz;
  const char *memory; /* of the chip; its cores have equal shares. A name that has a price */
  struct wc_energy_params energy;
  const struct wc_group *groups; /* as for wc_plan_make */
  uint32_t n_groups;
};

struct wc_estimate {
  uint64_t class_bytes[WC_CLASSES][2]; /* planned DRAM bytes, as in a schedule */
  uint64_t dram_bytes;                 /* their sum */
  uint64_t capacity;                   /* bytes of DRAM that the program needs */
  uint64_t step_cycles, update_cycles;
  double seconds;     /* of a training step, update included */
  double utilisation; /* MACs / (PEs x cycles) */
  struct wc_work work;
  struct wc_energy energy;
};

/* The device that a configuration is timed on. */
struct wc_model_config wc_estimate_model(const struct wc_estimate_setup *setup);

/* A name that `estimate` takes: it has bandwidth, timing and a price. */
bool wc_estimate_memory(const char *memory, struct wc_report *why);

bool wc_estimate_make(const struct wc_graph *graph, const struct wc_estimate_setup *setup,
                      struct wc_estimate *estimate, struct wc_report *why);

/* The object of `wavecore estimate --json`. */
json_t *wc_estimate_json(const struct wc_graph *graph, const struct wc_estimate_setup *setup,
                         const struct wc_estimate *estimate);

#endif
