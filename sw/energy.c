#include "energy.h"

#include <jansson.h>
#include <string.h>

#include "report.h"

#define HOROWITZ "M. Horowitz, ISSCC 2014, 45 nm, 0.9 V"

const struct wc_energy_info wc_energy_info[WC_ENERGY_PARAMS] = {
    [WC_ENERGY_HBM2] = {"hbm2", "pJ/bit", 3.9, "P", "Lym et al., MLSys 2019"},
    [WC_ENERGY_HBM2X2] = {"hbm2x2", "pJ/bit", 3.9, "P", "as hbm2"},
    [WC_ENERGY_GDDR5] = {"gddr5", "pJ/bit", 14, "W", "a value common in models"},
    [WC_ENERGY_LPDDR4] = {"lpddr4", "pJ/bit", 8, "W", "a value common in models"},
    [WC_ENERGY_FP16_MUL] = {"fp16_mul", "pJ", 1.1, "P", HOROWITZ},
    [WC_ENERGY_FP32_ADD] = {"fp32_add", "pJ", 0.9, "P", HOROWITZ},
    [WC_ENERGY_FP32_MUL] = {"fp32_mul", "pJ", 3.7, "P", HOROWITZ},
    [WC_ENERGY_BUFFER] = {"buffer", "pJ/byte", 12.5, "P",
                          HOROWITZ ": 1 MB SRAM, 100 pJ for 64 bits; the nearest size to a bank"},
    [WC_ENERGY_LOCAL] = {"local", "pJ/byte", 1.25, "P",
                         HOROWITZ ": 8 KB SRAM, 10 pJ for 64 bits; accumulators of a column"},
    [WC_ENERGY_STATIC] = {"static_w", "W", 0, "W",
                          "chip and memory while they do nothing; no source, so none is assumed"},
};

void wc_energy_default(struct wc_energy_params *params) {
  for (unsigned i = 0; i < WC_ENERGY_PARAMS; i++)
    params->value[i] = wc_energy_info[i].value;
}

static unsigned find(const char *name, unsigned end) {
  unsigned i = 0;
  while (i < end && strcmp(wc_energy_info[i].name, name) != 0)
    i++;
  return i < end ? i : WC_ENERGY_PARAMS;
}

enum wc_energy_param wc_energy_memory(const char *memory) {
  return (enum wc_energy_param)find(memory, WC_ENERGY_LPDDR4 + 1);
}

static bool take(const char *path, const char *name, const json_t *value,
                 struct wc_energy_params *params, struct wc_report *why) {
  const unsigned i = find(name, WC_ENERGY_PARAMS);
  if (i == WC_ENERGY_PARAMS)
    return wc_fail(why, "%s: no energy is named '%s'; see docs/estimate.md", path, name);
  if (!json_is_number(value) || json_number_value(value) < 0)
    return wc_fail(why, "%s: '%s' must be a number from 0 on, in %s", path, name,
                   wc_energy_info[i].unit);
  params->value[i] = json_number_value(value);
  return true;
}

bool wc_energy_load(const char *path, struct wc_energy_params *params, struct wc_report *why) {
  json_error_t error;
  json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error), *value;
  const char *name;
  if (root == NULL)
    return wc_fail(why, "%s: line %d: %s", path, error.line, error.text);
  bool ok = json_is_object(root) || wc_fail(why, "%s: not a JSON object", path);
  if (ok) {
    json_object_foreach(root, name, value) {
      ok = ok && take(path, name, value, params, why);
    }
  }
  json_decref(root);
  return ok;
}

bool wc_energy_of(const struct wc_energy_params *params, const char *memory,
                  const struct wc_work *work, double seconds, struct wc_energy *e) {
  const double *v = params->value;
  const enum wc_energy_param dram = wc_energy_memory(memory);
  if (dram == WC_ENERGY_PARAMS)
    return false;
  e->dram = 8e-12 * v[dram] * (double)work->dram_bytes;
  e->array = 1e-12 * (v[WC_ENERGY_FP16_MUL] + v[WC_ENERGY_FP32_ADD]) * (double)work->macs;
  e->buffer = 1e-12 * v[WC_ENERGY_BUFFER] * (double)work->buffer_bytes;
  e->local = 1e-12 * v[WC_ENERGY_LOCAL] * (double)work->local_bytes;
  e->vector = 1e-12 * (v[WC_ENERGY_FP32_ADD] * (double)work->adds +
                       v[WC_ENERGY_FP32_MUL] * (double)work->muls);
  e->still = v[WC_ENERGY_STATIC] * seconds;
  e->total = e->dram + e->array + e->buffer + e->local + e->vector + e->still;
  return true;
}
