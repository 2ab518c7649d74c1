#include "measure.h"

#include <inttypes.h>

enum { STREAM = 0x100000, TIMEOUT_MS = 1800000 };

struct wc_device *bench_open(const char *uri) {
  struct wc_device *dev = NULL;
  char why[256];
  if (wc_open(uri, &dev, why, sizeof why) != WC_OK)
    bench_die(uri, why);
  return dev;
}

struct wc_emit *bench_emit(const struct wc_device *dev) {
  const struct wc_caps *caps = wc_caps(dev);
  struct wc_emit *emit = wc_emit_new(caps->gbuf_bytes, caps->mem_bytes);
  if (emit == NULL)
    bench_die("memory", "exhausted");
  return emit;
}

void bench_run(struct wc_device *dev, struct wc_emit *emit, struct wc_counters *counters) {
  uint32_t *words = NULL;
  size_t bytes = 0;
  if (!wc_emit_finish(emit, &words, &bytes))
    bench_die("stream", wc_emit_failed(emit));
  int status = wc_write(dev, STREAM, words, bytes);
  status = status != WC_OK ? status : wc_counters_clear(dev);
  status = status != WC_OK ? status : wc_submit(dev, STREAM, bytes);
  status = status != WC_OK ? status : wc_wait(dev, TIMEOUT_MS);
  status = status != WC_OK ? status : wc_counters_read(dev, counters);
  if (status != WC_OK)
    bench_die("run", wc_strerror(status));
  free(words);
}

uint64_t bench_busy(const struct wc_counters *counters) {
  return counters->value[WC_C_GEMM_BUSY] + counters->value[WC_C_GEMM_PARTIAL];
}

void bench_heading(const char *title) {
  printf("  %-48s %9s %8s %9s %9s %11s\n", title, "cycles", "busy", "of bound", "MACs",
         "DRAM bytes");
}

void bench_report(json_t *list, const struct wc_caps *caps, const char *work, uint64_t cycles,
                  const struct wc_counters *counters) {
  const uint64_t busy = bench_busy(counters);
  const double all = (double)cycles, bound = (double)busy / all;
  const double used = (double)counters->value[WC_C_MACS] / (all * caps->rows * caps->cols);
  char array[64];
  snprintf(array, sizeof array, "%ux%u%s%s", caps->rows, caps->cols,
           caps->double_weights ? "" : ", one weight a PE", caps->folds ? ", folds" : "");
  const uint64_t bytes = counters->value[WC_C_RD_BYTES] + counters->value[WC_C_WR_BYTES];
  printf("  %-48s %9" PRIu64 " %8" PRIu64 "   %5.1f %%   %5.1f %% %11" PRIu64 "\n", work, cycles,
         busy, 100 * bound, 100 * used, bytes);
  fflush(stdout);
  json_array_append_new(
      list, json_pack("{s:s, s:s, s:I, s:I, s:f, s:f, s:I}", "work", work, "array", array, "cycles",
                      (json_int_t)cycles, "busy", (json_int_t)busy, "busy_of_bound", bound,
                      "utilisation", used, "dram_bytes", (json_int_t)bytes));
}
