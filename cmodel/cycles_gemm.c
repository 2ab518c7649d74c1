#include "wc_cycles.h"
void wc_timing_gemm(const struct wc_model_config *config, const struct wc_gemm *gemm,
                    struct wc_timing *timing) {
  (void)config;
  (void)gemm;
  *timing = (struct wc_timing){0};
}
