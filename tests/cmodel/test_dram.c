/* The DRAM model keeps every timing parameter, and no time beyond them. */
#include <stdlib.h>
#include <string.h>

#include "dram_rules.h"
#include "random.h"
#include "wc_cmocka.h"
#include "wc_dram.h"

/* One channel, two groups of four banks, rows of four accesses; all parameters different. */
static const struct wc_dram_config tiny = {
    .name = "tiny",
    .core_mhz = 1000,
    .clock_mhz = 1000,
    .channels = 1,
    .groups = 2,
    .banks = 4,
    .row_bytes = 256,
    .access_bytes = 64,
    .burst = 2,
    .cl = 11,
    .cwl = 7,
    .rcd_rd = 13,
    .rcd_wr = 12,
    .rp = 14,
    .ras = 31,
    .rc = 46,
    .rp_all = 16,
    .rrd_s = 3,
    .rrd_l = 5,
    .faw = 40,
    .ccd_s = 2,
    .ccd_l = 4,
    .rtp = 6,
    .wr = 15,
    .wtr_s = 8,
    .wtr_l = 10,
    .rtw = 3,
    .refi = 1000000,
    .rfc = 90,
};

/* The first byte of column @column of a row of @bank (group: bank mod 2). */
static uint64_t at(unsigned bank, unsigned row, unsigned column) {
  return ((uint64_t)row * 8 + (bank ^ row % 8)) * 256 + column * 64;
}

static void a_read_takes_what_its_row_asks_for(void **state) {
  (void)state;
  struct wc_dram *dram = wc_dram_new(&tiny);
  /* Closed: ACT 0, RD 13, data from 24. */
  assert_int_equal(wc_dram_access(dram, 0, at(1, 0, 0), false), 13 + 11 + 2);
  /* Open: RD at once. */
  assert_int_equal(wc_dram_access(dram, 100, at(1, 0, 3), false), 100 + 11 + 2);
  /* Another row: PRE, ACT, RD. */
  assert_int_equal(wc_dram_access(dram, 200, at(1, 5, 0), false), 200 + 14 + 13 + 11 + 2);
  /* And a third while the second has not been open for tRAS: ACT 214, PRE 245, ACT 260 (tRC). */
  assert_int_equal(wc_dram_access(dram, 201, at(1, 6, 0), false), 214 + 46 + 13 + 11 + 2);
  const struct wc_dram_counters *count = wc_dram_counters(dram);
  assert_int_equal(count->activates, 3);
  assert_int_equal(count->row_hits, 1);
  assert_int_equal(count->reads, 4);
  assert_int_equal(count->writes, 0);
  assert_int_equal(count->bytes, 4 * 64);
  wc_dram_delete(dram);
}

static void data_follow_at_the_pace_of_bus_and_group(void **state) {
  (void)state;
  struct wc_dram *dram = wc_dram_new(&tiny);
  wc_dram_access(dram, 0, at(0, 0, 0), false);
  wc_dram_access(dram, 0, at(1, 0, 0), false);
  assert_int_equal(wc_dram_access(dram, 100, at(0, 0, 1), false), 100 + 13);
  assert_int_equal(wc_dram_access(dram, 100, at(1, 0, 1), false), 102 + 13); /* tCCD_S */
  assert_int_equal(wc_dram_access(dram, 100, at(1, 0, 2), false), 106 + 13); /* tCCD_L */
  assert_int_equal(wc_dram_access(dram, 200, at(0, 0, 2), false), 200 + 13);
  assert_int_equal(wc_dram_access(dram, 200, at(0, 0, 3), false), 204 + 13);
  wc_dram_delete(dram);
}

static void the_bus_turns_round_at_its_cost(void **state) {
  (void)state;
  struct wc_dram *dram = wc_dram_new(&tiny);
  /* ACT 0, WR 12, data 19 to 21. */
  assert_int_equal(wc_dram_access(dram, 0, at(0, 0, 0), true), 12 + 7 + 2);
  /* RD of the same group: tWTR_L after them. */
  assert_int_equal(wc_dram_access(dram, 0, at(0, 0, 1), false), 21 + 10 + 11 + 2);
  /* Data of WR: tRTW after those read, which end at 44. */
  assert_int_equal(wc_dram_access(dram, 0, at(0, 0, 2), true), 44 + 3 + 2);
  /* RD of the other group: tWTR_S; its ACT is long past. */
  assert_int_equal(wc_dram_access(dram, 0, at(1, 0, 2), false), 49 + 8 + 11 + 2);
  /* A row that was written closes tWR after its data: 49 + 15, ACT 78. */
  assert_int_equal(wc_dram_access(dram, 0, at(0, 1, 0), false), 49 + 15 + 14 + 13 + 11 + 2);
  wc_dram_delete(dram);
}

static void a_fifth_row_waits_for_tfaw(void **state) {
  (void)state;
  struct wc_dram *dram = wc_dram_new(&tiny);
  static const unsigned banks[] = {0, 1, 3, 2}; /* ACT 0, 3 (S), 8 (L), 11 (S) */
  static const unsigned acts[] = {0, 3, 8, 11};
  for (unsigned i = 0; i < 4; i++)
    assert_int_equal(wc_dram_access(dram, 0, at(banks[i], 0, 0), false), acts[i] + 13 + 11 + 2);
  assert_int_equal(wc_dram_access(dram, 0, at(5, 0, 0), false), 40 + 13 + 11 + 2);
  assert_int_equal(wc_dram_access(dram, 0, at(4, 0, 0), false), 43 + 13 + 11 + 2);
  wc_dram_delete(dram);
}

static void a_refresh_closes_every_row(void **state) {
  (void)state;
  struct wc_dram_config config = tiny;
  config.refi = 1000;
  struct wc_dram *dram = wc_dram_new(&config);
  wc_dram_access(dram, 900, at(0, 0, 0), false);
  /* PRE 1000, REF 1016, ACT 1106. */
  assert_int_equal(wc_dram_access(dram, 1050, at(0, 0, 0), false), 1016 + 90 + 13 + 11 + 2);
  assert_int_equal(wc_dram_counters(dram)->refreshes, 1);
  /* Those that fell due meanwhile are long over. */
  assert_int_equal(wc_dram_access(dram, 5500, at(0, 0, 0), false), 5500 + 13 + 11 + 2);
  assert_int_equal(wc_dram_counters(dram)->refreshes, 5);
  wc_dram_delete(dram);
}

static void clocks_convert_exactly(void **state) {
  (void)state;
  struct wc_dram_config config;
  assert_true(wc_dram_preset("hbm2", 1, 700, &config));
  struct wc_dram *dram = wc_dram_new(&config);
  /* Core cycle 10 is DRAM clock 16.7; 17 + 17 + 17 + 2 = 53 is core cycle 31.7. */
  assert_int_equal(wc_dram_clock(&config, 10), 17);
  assert_int_equal(wc_dram_access(dram, 10, 0, false), 32);
  assert_int_equal(wc_dram_clock(&config, 7000000000), 11720000000);
  wc_dram_delete(dram);
  assert_true(wc_dram_preset("fixed", 1, 700, &config));
  dram = wc_dram_new(&config);
  assert_int_equal(wc_dram_access(dram, 10, 12345, false), 10);
  assert_int_equal(wc_dram_clock(&config, 10), 10);
  wc_dram_delete(dram);
  assert_false(wc_dram_preset("hbm", 1, 700, &config));
  assert_false(wc_dram_preset("hbm23", 1, 700, &config));
}

static const char *const presets[] = {"hbm2", "hbm2x2", "gddr5", "lpddr4"};
enum { PRESETS = sizeof presets / sizeof *presets };

/* Peak GB/s of the paper's table. */
static void presets_have_the_paper_s_bandwidth(void **state) {
  (void)state;
  static const double peak[PRESETS] = {300, 600, 384, 239.2};
  for (size_t i = 0; i < PRESETS; i++) {
    struct wc_dram_config config;
    assert_true(wc_dram_preset(presets[i], 1, 700, &config));
    assert_string_equal(config.name, presets[i]);
    const double gb =
        config.channels * (double)config.access_bytes / config.burst * config.clock_mhz / 1000;
    assert_true(gb > peak[i] * 0.998 && gb < peak[i] * 1.002);
  }
}

/* Clock cycles of a stream of @bytes in order. */
static uint64_t stream(const struct wc_dram_config *config, uint64_t bytes, bool write) {
  struct wc_dram_config even = *config;
  even.core_mhz = even.clock_mhz;
  struct wc_dram *dram = wc_dram_new(&even);
  uint64_t end = 0;
  for (uint64_t at_byte = 0; at_byte < bytes; at_byte += even.access_bytes)
    end = wc_dram_access(dram, 0, at_byte, write);
  wc_dram_delete(dram);
  return end;
}

static void a_stream_loses_only_the_refreshes(void **state) {
  (void)state;
  for (size_t i = 0; i < PRESETS; i++) {
    for (unsigned scale = 1; scale <= 192; scale = scale == 1 ? 64 : scale * 3) {
      struct wc_dram_config config;
      assert_true(wc_dram_preset(presets[i], scale, 700, &config));
      const uint64_t accesses = 16384; /* of each channel */
      const uint64_t moved = accesses * config.burst;
      const uint64_t bytes = accesses * config.access_bytes * config.channels;
      /* A refresh waits for the last data, and the first row opens anew behind it. */
      const unsigned around = config.cl + config.burst + config.wr + config.ras + config.rp_all +
                              config.rcd_rd + config.cl;
      const uint64_t least = moved * config.refi / (config.refi - config.rfc);
      const uint64_t most = moved * config.refi / (config.refi - config.rfc - around);
      for (int write = 0; write < 2; write++) {
        const uint64_t clocks = stream(&config, bytes, write);
        assert_in_range(clocks, least - config.rfc - around, most + config.rfc + around);
      }
    }
  }
}

/* Random accesses, some in bursts, some alone, some long after the others. */
static void stress(const struct wc_dram_config *config, struct wc_random *r, unsigned accesses) {
  struct wc_dram *dram = wc_dram_new(config);
  struct dram_rules *rules = dram_rules_new(config);
  wc_dram_watch(dram, dram_rules_note, rules);
  uint64_t cycle = 0, done[2] = {0, 0}, addr = 0;
  bool write = false;
  const uint64_t rows = (uint64_t)config->channels * config->groups * config->banks * 4;
  for (unsigned i = 0; i < accesses; i++) {
    if (wc_random_once_in(r, 3))
      addr = wc_random_next(r) % (rows * config->row_bytes);
    else
      addr += config->access_bytes;
    if (wc_random_once_in(r, 6))
      write = !write;
    if (wc_random_once_in(r, 4))
      cycle += wc_random_below(r, wc_random_once_in(r, 100) ? 20000 : 60);
    const uint64_t end = wc_dram_access(dram, cycle, addr, write);
    assert_true(end > cycle);
    assert_true(end >= done[write]);
    done[write] = end;
  }
  assert_int_equal(wc_dram_counters(dram)->reads + wc_dram_counters(dram)->writes, accesses);
  assert_true(dram_rules_check(rules, wc_dram_counters(dram)));
  dram_rules_delete(rules);
  wc_dram_delete(dram);
}

static void random_accesses_break_no_rule(void **state) {
  (void)state;
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  struct wc_dram_config config = tiny;
  config.refi = 700;
  for (int i = 0; i < 10; i++)
    stress(&config, &r, 3000);
  for (size_t i = 0; i < PRESETS; i++) {
    assert_true(wc_dram_preset(presets[i], 1, 700, &config));
    stress(&config, &r, 6000);
    assert_true(wc_dram_preset(presets[i], 64, 700, &config));
    stress(&config, &r, 3000);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_read_takes_what_its_row_asks_for),
      cmocka_unit_test(data_follow_at_the_pace_of_bus_and_group),
      cmocka_unit_test(the_bus_turns_round_at_its_cost),
      cmocka_unit_test(a_fifth_row_waits_for_tfaw),
      cmocka_unit_test(a_refresh_closes_every_row),
      cmocka_unit_test(clocks_convert_exactly),
      cmocka_unit_test(presets_have_the_paper_s_bandwidth),
      cmocka_unit_test(a_stream_loses_only_the_refreshes),
      cmocka_unit_test(random_accesses_break_no_rule),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
