#include "selftest.h"

#include <stdarg.h>
#include <stdio.h>

const struct wc_rung *wc_selftest_ladder(size_t *n) {
  static const struct wc_rung ladder[] = {
      {"link loopback", 10, wc_rung_loopback},
      {"registers", 11, wc_rung_registers},
      {"memory clock phase", 12, wc_rung_phase},
      {"memory data", 13, wc_rung_data},
      {"memory addresses", 14, wc_rung_address},
      {"memory retention", 15, wc_rung_retention},
      {"global buffer march", 16, wc_rung_march},
      {"DMA loopback", 17, wc_rung_dma},
      {"one MAC", 18, wc_rung_mac},
      {"tile", 19, wc_rung_tile},
      {"convolution", 20, wc_rung_conv},
      {"backward", 21, wc_rung_backward},
      {"weight update", 22, wc_rung_update},
  };
  *n = sizeof ladder / sizeof *ladder;
  return ladder;
}

const struct wc_rung *wc_smoke_ladder(size_t *n) {
  static const struct wc_rung ladder[] = {
      {"link loopback", 10, wc_rung_loopback},
      {"registers", 11, wc_rung_smoke_registers},
      {"one MAC", 18, wc_rung_smoke_mac},
      {"tile", 19, wc_rung_smoke_tile},
  };
  *n = sizeof ladder / sizeof *ladder;
  return ladder;
}

enum wc_rung_result wc_rung_note(struct wc_selftest *t, enum wc_rung_result result,
                                 const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(t->note, sizeof t->note, format, args);
  va_end(args);
  return result;
}

enum wc_rung_result wc_rung_status(struct wc_selftest *t, int status, const char *what) {
  return wc_rung_note(t, WC_RUNG_FAILED, "%s: %s", what, wc_strerror(status));
}
