/* Cycles of LOAD and STORE counted by hand from docs/memory_system.md, and what a command may not
 * depend on. tests/driver/cycles_cosim.c compares random commands with the RTL. */
#include <string.h>

#include "cycles_dma.h"
#include "random.h"
#include "random_cmd.h"
#include "wc_cmocka.h"

static const struct wc_memory_timing memory = {.latency = 40};

/* 16 bytes of bus, 64 of line. */
static struct wc_model_config small_core(void) {
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.axi_bytes = 16;
  return config;
}

static void a_long_load_moves_a_beat_a_cycle(void **state) {
  (void)state;
  const struct wc_model_config config = small_core();
  const struct wc_dma dma = {.n0 = 32768, .n1 = 1, .n2 = 1, .n3 = 1};
  struct wc_timing t;
  wc_timing_load(&config, &memory, &dma, &t);
  /* Check to 8, walk 9, burst 10, address 11, beat 51, piece 52. */
  assert_int_equal(t.begin, 52);
  assert_int_equal(t.end, 52 + 2048);
  assert_int_equal(t.fed, 9); /* one run */
  /* The last piece is in place a cycle later, its line leaves in the next; done behind that. */
  assert_int_equal(t.done, t.end - 1 + 3);
  assert_int_equal(t.state[3], 41); /* address shown to first piece */
  assert_int_equal(t.state[2], 0);
  assert_int_equal(t.state[1], t.done - 1 - 41);
}

static void a_long_store_moves_a_beat_a_cycle(void **state) {
  (void)state;
  const struct wc_model_config config = small_core();
  const struct wc_dma dma = {.n0 = 32768, .n1 = 1, .n2 = 1, .n3 = 1};
  struct wc_timing t;
  wc_timing_store(&config, &memory, &dma, &t);
  /* Walk 9, list 10, line asked for 11, there 13, held 14. */
  assert_int_equal(t.begin, 14);
  assert_int_equal(t.end, 14 + 2048);
  /* Last piece 2061, beat on W 2064, response 2104. */
  assert_int_equal(t.done, t.end - 1 + 3 + 40 + 1);
}

static void a_run_that_spills_costs_a_cycle(void **state) {
  (void)state;
  const struct wc_model_config config = small_core();
  const struct wc_dma straight = {.n0 = 32, .n1 = 500, .n2 = 1, .n3 = 1, .ds1 = 32, .gs1 = 128};
  struct wc_dma spilling = straight;
  spilling.gb = 56; /* 16 + 16 bytes from 56 on: the second piece ends in the next line */
  struct wc_timing a, b;
  wc_timing_load(&config, &memory, &straight, &a);
  wc_timing_load(&config, &memory, &spilling, &b);
  /* The first piece spills as well, but its line leaves while the second turns. */
  assert_int_equal(b.end - b.begin, a.end - a.begin);
  spilling.gb = 46; /* only the end of the run spills: a tail that needs a cycle of its own */
  wc_timing_load(&config, &memory, &spilling, &b);
  assert_in_range(b.end - b.begin - (a.end - a.begin), 498, 500);
}

static void a_dram_adds_its_rows_and_clocks(void **state) {
  (void)state;
  const struct wc_model_config config = small_core();
  const struct wc_dma dma = {.n0 = 64, .n1 = 1, .n2 = 1, .n3 = 1};
  struct wc_dram_config hbm2;
  assert_true(wc_dram_preset("hbm2", 1, 700, &hbm2));
  const struct wc_memory_timing there = {.latency = 40, .dram = &hbm2};
  struct wc_timing t;
  wc_timing_load(&config, &there, &dma, &t);
  /* Address in cycle 11: clock 19. ACT, RD, data: 17 + 17 + 2, clock 55, cycle 33; then 40. */
  assert_int_equal(t.begin, 33 + 40 + 1);
  /* Refreshes of the first channel are due every 4570 clocks: the first comes at 571. */
  const struct wc_memory_timing late = {.latency = 40, .dram = &hbm2, .age = 330};
  wc_timing_load(&config, &late, &dma, &t);
  /* Asked for in clock 571: REF there, ACT 305 later; 912 is cycle 544.7. */
  assert_int_equal(t.begin, 545 - 330 + 40 + 1);
}

static void a_stream_of_one_command_counts_everything(void **state) {
  (void)state;
  const struct wc_model_config config = small_core();
  struct wc_cmd cmd;
  memset(&cmd, 0, sizeof cmd);
  cmd.hdr.opcode = WC_OP_LOAD;
  cmd.dma = (struct wc_dma){.n0 = 1024, .n1 = 1, .n2 = 1, .n3 = 1};
  uint64_t count[WC_COUNTERS];
  wc_timing_alone(&config, &memory, &cmd, 4096, count);
  struct wc_timing t;
  wc_timing_load(&config, &memory, &cmd.dma, &t);
  /* Address of fetch 3, beat 43, four units dealt 45 to 48, unpacked until 54. */
  assert_int_equal(count[WC_C_CYCLES], 54 + t.done + 2);
  assert_int_equal(count[WC_C_LOAD_IDLE], 54 + 3);
  assert_int_equal(count[WC_C_STORE_IDLE], count[WC_C_CYCLES]);
  assert_int_equal(count[WC_C_RD_BEATS], 64 + 5);
  assert_int_equal(count[WC_C_CMD_BYTES], 80);
  assert_int_equal(count[WC_C_LOADS], 1);
  assert_int_equal(count[WC_C_RD_BYTES], 1024);
}

static void commands_in_a_chain_keep_the_bus_busy(void **state) {
  (void)state;
  const struct wc_model_config config = small_core();
  const struct wc_dma dma = {.n0 = 4096, .n1 = 1, .n2 = 1, .n3 = 1};
  struct wc_timing alone, placed;
  struct wc_dma_chain chain = {0};
  wc_timing_load(&config, &memory, &dma, &alone);
  for (unsigned i = 0; i < 20; i++) {
    wc_dma_chain_add(&chain, &alone, 100, 4, &placed);
    assert_int_equal(placed.begin, 100 + 52 + i * (256 + 4));
    assert_int_equal(placed.done, placed.begin + alone.done - alone.begin);
  }
}

/* Whole lines, beats and bursts to and fro change nothing. */
static void only_the_place_in_line_and_burst_matters(void **state) {
  (void)state;
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  struct wc_model_config config = small_core();
  const struct wc_random_limits limits = {config.gbuf_bytes, 65536, 20000};
  for (int i = 0; i < 200; i++) {
    struct wc_cmd cmd;
    memset(&cmd, 0, sizeof cmd);
    config.axi_bytes = 4U << wc_random_below(&r, 5);
    config.line_bytes = 16U << wc_random_below(&r, 3);
    config.outstanding = 1U << wc_random_below(&r, 8);
    wc_random_dma(&r, &limits, WC_OP_LOAD, &cmd);
    struct wc_timing t[2], u[2];
    wc_timing_load(&config, &memory, &cmd.dma, &t[0]);
    wc_timing_store(&config, &memory, &cmd.dma, &u[0]);
    cmd.dma.dram_lo += 4096 * wc_random_below(&r, 100);
    cmd.dma.gb += config.line_bytes * wc_random_below(&r, 100);
    wc_timing_load(&config, &memory, &cmd.dma, &t[1]);
    wc_timing_store(&config, &memory, &cmd.dma, &u[1]);
    assert_memory_equal(&t[0], &t[1], sizeof *t);
    assert_memory_equal(&u[0], &u[1], sizeof *u);
    assert_int_equal(t[0].state[1] + t[0].state[2] + t[0].state[3], t[0].done - 1);
    assert_int_equal(u[0].state[1] + u[0].state[2] + u[0].state[3], u[0].done - 1);
  }
}

static void time_both(const struct wc_model_config *config, const struct wc_memory_timing *there,
                      const struct wc_cmd *cmd) {
  struct wc_timing timing[2];
  for (unsigned leaps = 0; leaps < 2; leaps++) {
    struct wc_memory open;
    wc_memory_open(&open, there);
    wc_cycles_dma(config, &open, cmd, leaps != 0, &timing[leaps]);
    wc_memory_close(&open);
  }
  assert_memory_equal(&timing[0], &timing[1], sizeof *timing);
}

/* Against stepping through every cycle: random runs, and long ones. */
static void leaping_changes_nothing(void **state) {
  (void)state;
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  struct wc_model_config config = small_core();
  struct wc_dram_config dram;
  assert_true(wc_dram_preset("hbm2", 16, 700, &dram));
  const struct wc_random_limits limits = {config.gbuf_bytes, 65536, 20000};
  for (unsigned i = 0; i < 4000; i++) {
    struct wc_cmd cmd;
    memset(&cmd, 0, sizeof cmd);
    config.axi_bytes = 4U << wc_random_below(&r, 5);
    config.line_bytes = 16U << wc_random_below(&r, 3);
    config.outstanding = 1U << wc_random_below(&r, 8);
    const uint32_t opcode = i & 1 ? WC_OP_LOAD : WC_OP_STORE;
    wc_random_dma(&r, &limits, opcode, &cmd);
    if (i & 2)
      cmd.dma = (struct wc_dma){.dram_lo = 2 * wc_random_below(&r, 4096),
                                .gb = 2 * wc_random_below(&r, 4096),
                                .n0 = 2 + 2 * wc_random_below(&r, 8000),
                                .n1 = 1 + wc_random_below(&r, 3),
                                .n2 = 1,
                                .n3 = 1,
                                .ds1 = 40000,
                                .gs1 = 20000};
    const struct wc_memory_timing there = {.latency = 1 + wc_random_below(&r, 100),
                                           .dram = i % 5 == 0 ? &dram : NULL};
    time_both(&config, &there, &cmd);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_long_load_moves_a_beat_a_cycle),
      cmocka_unit_test(a_long_store_moves_a_beat_a_cycle),
      cmocka_unit_test(leaping_changes_nothing),
      cmocka_unit_test(a_run_that_spills_costs_a_cycle),
      cmocka_unit_test(a_dram_adds_its_rows_and_clocks),
      cmocka_unit_test(a_stream_of_one_command_counts_everything),
      cmocka_unit_test(commands_in_a_chain_keep_the_bus_busy),
      cmocka_unit_test(only_the_place_in_line_and_burst_matters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
