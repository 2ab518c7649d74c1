/* LOAD and STORE beside each other on one DRAM. Against the RTL: tests/driver/cycles_step.c. */
#include <stdlib.h>
#include <string.h>

#include "cycles_dma_unit.h"
#include "random_cmd.h"
#include "wc_cmocka.h"

enum { PAIRS = 300, JOBS = 12 };

/* What happened: of LOAD and STORE, each command, and the states. */
struct story {
  struct wc_dma_job job[2][JOBS];
  uint64_t state[2][WC_UNIT_STATES];
};

static uint64_t least(uint64_t a, uint64_t b) {
  return a < b ? a : b;
}

/* Adds the next command once the one before has been taken, as a queue does. */
static void add_next(struct wc_dma_unit *unit, const struct story *plan, unsigned q) {
  const uint64_t next = unit->added;
  if (next == JOBS || unit->taken != next)
    return;
  const uint64_t shown = next == 0 ? 0 : wc_dma_unit_job(unit, next - 1)->take + 5;
  const uint64_t ready = plan->job[q][next].ready;
  wc_dma_unit_add(unit, &plan->job[q][next].dma, ready > shown ? ready : shown);
}

static void note(struct story *story, const struct wc_dma_unit *unit, unsigned q, uint64_t *seen) {
  for (; *seen != unit->done; (*seen)++)
    story->job[q][*seen] = *wc_dma_unit_job(unit, *seen);
}

/* The story of a plan, on a DRAM of its own; @leaps: or every cycle stepped through. */
static void play(const struct wc_model_config *config, const struct wc_memory_timing *timing,
                 const struct story *plan, bool leaps, struct story *story) {
  struct wc_dma_unit *unit = calloc(2, sizeof *unit);
  struct wc_dma_dues dues = {.at = calloc(1 << 16, sizeof *dues.at), .mask = (1 << 16) - 1};
  struct wc_memory memory;
  uint64_t seen[2] = {0, 0};
  assert_true(unit != NULL && dues.at != NULL);
  wc_memory_open(&memory, timing);
  assert_non_null(memory.dram);
  for (unsigned q = 0; q < 2; q++)
    wc_dma_unit_start(&unit[q], q == 1, config, &memory);
  unit[0].load.answers.dues = &dues;
  for (;;) {
    uint64_t next[2];
    for (unsigned q = 0; q < 2; q++) {
      add_next(&unit[q], plan, q);
      next[q] = wc_dma_unit_next(&unit[q]);
    }
    if (least(next[0], next[1]) == UINT64_MAX)
      break;
    const unsigned q = next[1] < next[0];
    const uint64_t other = wc_dma_unit_event(&unit[1 - q]);
    wc_dma_unit_step(&unit[q], leaps ? (other == UINT64_MAX ? other : other + 1) : 0);
    note(story, &unit[q], q, &seen[q]);
  }
  for (unsigned q = 0; q < 2; q++) {
    assert_int_equal(seen[q], JOBS);
    memcpy(story->state[q], unit[q].timing.state, sizeof story->state[q]);
  }
  wc_memory_close(&memory);
  free(dues.at);
  free(unit);
}

static void any(struct wc_random *r, const struct wc_model_config *config, struct story *plan) {
  const struct wc_random_limits limits = {config->gbuf_bytes, 1 << 20, 5000};
  memset(plan, 0, sizeof *plan);
  for (unsigned i = 0; i < 2 * JOBS; i++) {
    struct wc_cmd cmd;
    memset(&cmd, 0, sizeof cmd);
    wc_random_dma(r, &limits, i & 1 ? WC_OP_STORE : WC_OP_LOAD, &cmd);
    if (wc_random_below(r, 2))
      cmd.dma = (struct wc_dma){.dram_lo = 2 * wc_random_below(r, 1 << 18),
                                .gb = 2 * wc_random_below(r, 4096),
                                .n0 = 2 + 2 * wc_random_below(r, 8000),
                                .n1 = 1,
                                .n2 = 1,
                                .n3 = 1};
    plan->job[i & 1][i / 2].dma = cmd.dma;
    plan->job[i & 1][i / 2].ready = 100 + wc_random_below(r, 20000);
  }
}

static void leaping_changes_nothing(void **state) {
  (void)state;
  static const char *const names[] = {"hbm2", "gddr5", "lpddr4"};
  struct wc_random r;
  struct story plan, step, leap;
  struct wc_model_config config;
  wc_random_seed(&r, wc_random_env_seed());
  wc_model_config_default(&config);
  for (unsigned i = 0; i < PAIRS; i++) {
    struct wc_dram_config dram;
    assert_true(wc_dram_preset(names[i % 3], 1U << wc_random_below(&r, 8), 700, &dram));
    const struct wc_memory_timing timing = {.latency = 1 + wc_random_below(&r, 60), .dram = &dram};
    config.axi_bytes = 4U << wc_random_below(&r, 5);
    config.outstanding = 1U << wc_random_below(&r, 6);
    any(&r, &config, &plan);
    memset(&step, 0, sizeof step);
    memset(&leap, 0, sizeof leap);
    play(&config, &timing, &plan, false, &step);
    play(&config, &timing, &plan, true, &leap);
    assert_memory_equal(&step, &leap, sizeof step);
  }
}

/* Where nothing else is asked for, a command takes what it takes alone. */
static void a_command_alone_is_exact(void **state) {
  (void)state;
  struct wc_random r;
  struct wc_model_config config;
  struct wc_dram_config dram;
  wc_random_seed(&r, wc_random_env_seed());
  wc_model_config_default(&config);
  assert_true(wc_dram_preset("hbm2", 16, 700, &dram));
  struct wc_dma_unit *unit = calloc(1, sizeof *unit);
  assert_non_null(unit);
  for (unsigned i = 0; i < PAIRS; i++) {
    struct story plan;
    struct wc_memory memory;
    struct wc_timing alone;
    const unsigned q = i & 1;
    const uint64_t ready = wc_random_below(&r, 5000);
    any(&r, &config, &plan);
    const struct wc_dma *dma = &plan.job[q][0].dma;
    const struct wc_memory_timing later = {.latency = 40, .dram = &dram, .age = ready};
    const struct wc_memory_timing now = {.latency = 40, .dram = &dram};
    if (q == 1)
      wc_timing_store(&config, &later, dma, &alone);
    else
      wc_timing_load(&config, &later, dma, &alone);
    wc_memory_open(&memory, &now);
    wc_dma_unit_start(unit, q == 1, &config, &memory);
    wc_dma_unit_add(unit, dma, ready);
    while (wc_dma_unit_next(unit) != UINT64_MAX)
      wc_dma_unit_step(unit, UINT64_MAX);
    wc_memory_close(&memory);
    const struct wc_dma_job *job = wc_dma_unit_job(unit, 0);
    assert_int_equal(job->take, ready);
    assert_int_equal(job->begin, ready + alone.begin);
    assert_int_equal(job->end, ready + alone.end);
    assert_int_equal(job->done, ready + alone.done);
    assert_memory_equal(unit->timing.state, alone.state, sizeof alone.state);
  }
  free(unit);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(leaping_changes_nothing),
      cmocka_unit_test(a_command_alone_is_exact),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
