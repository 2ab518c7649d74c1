/* A training step as a whole, and what its kinds of commands take alone. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "progress.h"
#include "report.h"
#include "wc_isa.h"

double wc_bench_now(enum wc_bench_clock clock) {
  if (clock == WC_BENCH_WALL)
    return wc_seconds();
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The commands of @section whose opcodes are in @opcodes, a mask, without tokens, and END. Returns
 * bytes, 0 without memory; the caller frees *@words. */
static uint64_t filter(const struct wc_section *section, uint64_t opcodes, uint32_t **words) {
  const size_t all = section->bytes / sizeof **words;
  size_t done = 0;
  *words = malloc(section->bytes);
  if (*words == NULL)
    return 0;
  for (size_t at = 0; at < all;) {
    struct wc_cmd cmd;
    if (wc_cmd_decode(section->words + at, (all - at) * sizeof **words / WC_UNIT_BYTES, &cmd) !=
        WC_E_NONE)
      return 0;
    at += (size_t)cmd.hdr.units * WC_UNIT_BYTES / sizeof **words;
    if (cmd.hdr.opcode != WC_OP_END && !(opcodes >> cmd.hdr.opcode & 1))
      continue;
    cmd.hdr.wait = cmd.hdr.signal = 0;
    uint32_t coded[WC_MAX_WORDS];
    const size_t n = wc_cmd_encode(&cmd, coded) * (size_t)WC_UNIT_BYTES / sizeof **words;
    memcpy(*words + done, coded, n * sizeof **words);
    done += n;
  }
  return done * sizeof **words;
}

/* Runs only some commands of STEP, in its place in device memory; adds the seconds. */
static enum wc_outcome run_kind(struct wc_session *s, uint64_t opcodes, enum wc_bench_clock clock,
                                double *seconds, struct wc_report *why) {
  struct wc_submission streams[WC_CORES_MAX];
  int status = WC_OK;
  for (uint32_t core = 0; core < s->program->cores && status == WC_OK; core++) {
    const struct wc_section *section = &s->program->section[WC_SECTION_STEP][core];
    uint32_t *words;
    const uint64_t bytes = filter(section, opcodes, &words);
    status = bytes > 0 ? wc_write(s->dev, section->addr, words, bytes) : WC_ENOMEM;
    free(words);
    streams[core] = (struct wc_submission){section->addr, bytes};
  }
  const double start = wc_bench_now(clock);
  if (status == WC_OK)
    status = wc_submit_cores(s->dev, streams, s->program->cores);
  if (status == WC_OK)
    status = wc_wait(s->dev, s->timeout_ms);
  *seconds = wc_bench_now(clock) - start;
  if (status == WC_OK)
    return WC_DONE;
  (void)wc_fail(why, "device %s: part of a step: %s", s->device_name, wc_strerror(status));
  return WC_DEVICE_ERROR;
}

enum wc_outcome wc_bench_step(struct wc_trainer *t, uint32_t steps, enum wc_bench_clock clock,
                              struct wc_bench_step *step, struct wc_report *why) {
  static const uint64_t kinds[] = {UINT64_C(1) << WC_OP_GEMM, UINT64_C(1) << WC_OP_VEC,
                                   UINT64_C(1) << WC_OP_LOAD | UINT64_C(1) << WC_OP_STORE};
  double *const seconds[] = {&step->gemm_seconds, &step->vec_seconds, &step->dma_seconds};
  enum wc_outcome outcome = WC_DONE;
  for (uint32_t i = 0; i < steps && outcome == WC_DONE; i++) {
    struct wc_step_result result;
    const double start = wc_bench_now(clock);
    outcome = wc_train_step(t, &result, why);
    const double took = wc_bench_now(clock) - start;
    step->seconds = i == 0 || took < step->seconds ? took : step->seconds;
  }
  step->peak_bytes = wc_peak_memory();
  for (unsigned k = 0; k < 3 && outcome == WC_DONE; k++)
    outcome = run_kind(t->session, kinds[k], clock, seconds[k], why);
  return outcome;
}
