#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH 24

double wc_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

uint64_t wc_peak_memory(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (uint64_t)usage.ru_maxrss << 10;
}

void wc_progress_begin(struct wc_progress *progress, bool wanted, uint64_t first_step) {
  progress->on = wanted && isatty(STDERR_FILENO);
  progress->start = wc_seconds();
  progress->shown = 0;
  progress->first_step = first_step;
}

void wc_progress_step(struct wc_progress *progress, uint64_t step, uint64_t last_step,
                      uint32_t batch, double loss, double accuracy) {
  const double now = wc_seconds();
  if (!progress->on || (now - progress->shown < 0.1 && step < last_step))
    return;
  progress->shown = now;
  const double spent = now - progress->start;
  const double done = (double)(step - progress->first_step);
  const double rate = spent > 0 ? done / spent : 0;
  const double left = rate > 0 ? (double)(last_step - step) / rate : 0;
  char bar[BAR_WIDTH + 1];
  const size_t filled = last_step > 0 ? (size_t)(BAR_WIDTH * step / last_step) : BAR_WIDTH;
  memset(bar, '.', BAR_WIDTH);
  memset(bar, '#', filled < BAR_WIDTH ? filled : BAR_WIDTH);
  bar[BAR_WIDTH] = '\0';
  char shown_accuracy[16] = "-";
  if (accuracy >= 0)
    snprintf(shown_accuracy, sizeof shown_accuracy, "%.1f %%", 100 * accuracy);
  fprintf(stderr,
          "\r[%s] step %" PRIu64 "/%" PRIu64
          "  loss %.4f  test accuracy %s  %.0f images/s  "
          "%d:%02d left \033[K",
          bar, step, last_step, loss, shown_accuracy, rate * batch, (int)left / 60, (int)left % 60);
  fflush(stderr);
}

void wc_progress_end(struct wc_progress *progress) {
  if (progress->on)
    fputc('\n', stderr);
  progress->on = false;
}
