/* Energy of a training step from what its commands do, by parameters with their sources beside them
 * (energy.c); a JSON file may give other values. docs/estimate.md. */
#ifndef WC_ENERGY_H
#define WC_ENERGY_H

#include "graph.h"
#include "work.h"

enum wc_energy_param {
  WC_ENERGY_HBM2,
  WC_ENERGY_HBM2X2,
  WC_ENERGY_GDDR5,
  WC_ENERGY_LPDDR4,
  WC_ENERGY_FP16_MUL,
  WC_ENERGY_FP32_ADD,
  WC_ENERGY_FP32_MUL,
  WC_ENERGY_BUFFER,
  WC_ENERGY_LOCAL,
  WC_ENERGY_STATIC,
  WC_ENERGY_PARAMS
};

struct wc_energy_info {
  const char *name, *unit;
  double value;
  const char *sure; /* P published, R reconstructed, W weakly recollected, C computed */
  const char *source;
};
extern const struct wc_energy_info wc_energy_info[WC_ENERGY_PARAMS];

struct wc_energy_params {
  double value[WC_ENERGY_PARAMS];
};
void wc_energy_default(struct wc_energy_params *params);
/* Takes values from a JSON object of name to number. False: not there, unknown name, no number, or
 * one below 0; @why tells. */
bool wc_energy_load(const char *path, struct wc_energy_params *params, struct wc_report *why);

struct wc_energy { /* joules */
  double dram, array, buffer, local, vector, still, total;
};
/* @memory: a name of wc_dram_preset with a price here; false for others. */
bool wc_energy_of(const struct wc_energy_params *params, const char *memory,
                  const struct wc_work *work, double seconds, struct wc_energy *energy);
/* The price of a memory, or WC_ENERGY_PARAMS. */
enum wc_energy_param wc_energy_memory(const char *memory);

#endif
