#include "wc_cycles.h"
void wc_timing_load(const struct wc_model_config *config, const struct wc_memory_timing *memory,
                    const struct wc_dma *dma, struct wc_timing *timing) {
  (void)config;
  (void)memory;
  (void)dma;
  *timing = (struct wc_timing){0};
}
void wc_timing_store(const struct wc_model_config *config, const struct wc_memory_timing *memory,
                     const struct wc_dma *dma, struct wc_timing *timing) {
  (void)config;
  (void)memory;
  (void)dma;
  *timing = (struct wc_timing){0};
}
