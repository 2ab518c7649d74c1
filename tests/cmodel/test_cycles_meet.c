/* Units that meet in the banks (docs/cycles.md). Against the RTL: tests/driver/cycles_step.c. */
#include <stdlib.h>

#include "cycles_meet.h"
#include "cycles_walk.h"
#include "wc_cmocka.h"

enum { LINES = 1000, BANKS = 8, LOAD = 0, STORE = 1, GEMM = 2, VEC = 3 };

static unsigned loses(unsigned banks, unsigned step, unsigned own, unsigned pace) {
  struct wc_walks *walks = calloc(1, sizeof *walks);
  assert_non_null(walks);
  const unsigned parts = wc_walk_loses(walks, banks, step, own, pace);
  assert_int_equal(wc_walk_loses(walks, banks, step, own, pace), parts);
  free(walks);
  return parts;
}

/* A walk from bank to bank that is delayed by a cycle a line keeps the pace of a LOAD: that waits
 * for it in the next bank again. Slower ones, and those that overtake, it does not catch. */
static void walks_are_caught_that_keep_pace_once_delayed(void **state) {
  (void)state;
  const unsigned bank = WC_WALK_PARTS, cycle = WC_WALK_PARTS;
  assert_int_equal(loses(BANKS, bank, cycle, 2), cycle);
  assert_int_equal(loses(2 * BANKS, bank, cycle, 2), cycle);
  assert_in_range(loses(BANKS, bank, cycle + cycle / 2, 2), 1, cycle - 1);
  assert_int_equal(loses(BANKS, bank, 2 * cycle, 2), 0);
  assert_int_equal(loses(BANKS, bank, 3 * cycle, 4), cycle);
  assert_in_range(loses(BANKS, bank, cycle, 4), 0, cycle / 4);
  assert_in_range(loses(BANKS, 2 * bank, cycle, 2), 0, cycle / 2);
  assert_int_equal(loses(BANKS, bank, cycle, WC_WALK_PACES), 0);
}

static struct wc_timing walk(void) {
  struct wc_timing timing = {.begin = 20, .end = 20 + LINES, .done = 60 + LINES};
  timing.state[1] = LINES;
  timing.port[0] = (struct wc_port_use){.asks = LINES, .lines = LINES};
  timing.port[0].walk[1].lines = LINES - BANKS;
  return timing;
}

/* Lines moved by a LOAD or STORE in cycles [from, to), one each two cycles. */
static void add_dma(struct wc_meets *meets, uint32_t number, unsigned queue, uint64_t from,
                    uint64_t to) {
  assert_true(wc_meets_add(meets, number, queue, (uint32_t)(to - from) / 2, from, to));
}

/* How much longer a walk takes that works in cycles [1000, 2000), as command 0 of @queue. */
static uint64_t more(struct wc_meets *meets, unsigned queue) {
  const struct wc_timing alone = walk();
  struct wc_timing slow = alone;
  assert_true(wc_meets_add(meets, 0, queue, LINES, 1000, 1000 + LINES));
  assert_true(wc_meets_find(meets));
  const uint64_t by = wc_meets_slow(meets, 0, queue, &alone);
  wc_meets_longer(&slow, queue, by);
  wc_meets_start(meets);
  assert_int_equal(slow.end - alone.end, by);
  assert_int_equal(slow.begin, alone.begin);
  assert_int_equal(slow.done - alone.done, by);
  assert_int_equal(slow.state[queue == GEMM ? 4 : 2], by);
  return by;
}

static struct wc_meets *open_meets(void) {
  struct wc_model_config config;
  wc_model_config_default(&config);
  struct wc_meets *meets = wc_meets_new(&config);
  assert_non_null(meets);
  return meets;
}

static void who_is_alone_takes_no_longer(void **state) {
  (void)state;
  struct wc_meets *meets = open_meets();
  assert_int_equal(more(meets, VEC), 0);
  add_dma(meets, 1, LOAD, 0, 1000);
  add_dma(meets, 2, LOAD, 2000, 5000);
  assert_int_equal(more(meets, VEC), 0);
  wc_meets_delete(meets);
}

static void a_load_or_store_halves_the_speed_of_a_walk(void **state) {
  (void)state;
  for (unsigned queue = LOAD; queue <= STORE; queue++) {
    struct wc_meets *meets = open_meets();
    add_dma(meets, 1, queue, 0, 5000);
    assert_in_range(more(meets, VEC), LINES - 2 * BANKS, LINES);
    add_dma(meets, 1, queue, 0, 5000);
    assert_in_range(more(meets, GEMM), LINES - 2 * BANKS, LINES);
    add_dma(meets, 1, queue, 1500, 5000); /* half of the time */
    assert_in_range(more(meets, VEC), LINES / 4, LINES / 2);
    wc_meets_delete(meets);
  }
}

static void both_at_once_are_as_one(void **state) {
  (void)state;
  struct wc_meets *meets = open_meets();
  add_dma(meets, 1, LOAD, 0, 1500);
  const uint64_t one = more(meets, VEC);
  add_dma(meets, 1, LOAD, 0, 1500);
  add_dma(meets, 2, STORE, 0, 1500);
  assert_int_equal(more(meets, VEC), one);
  wc_meets_delete(meets);
}

static void gemm_and_vec_delay_each_other_a_little(void **state) {
  (void)state;
  const unsigned queues[] = {GEMM, VEC};
  for (unsigned i = 0; i < 2; i++) {
    struct wc_meets *meets = open_meets();
    assert_true(wc_meets_add(meets, 1, queues[1 - i], LINES, 500, 500 + LINES));
    assert_in_range(more(meets, queues[i]), 1, LINES / BANKS);
    wc_meets_delete(meets);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(walks_are_caught_that_keep_pace_once_delayed),
      cmocka_unit_test(who_is_alone_takes_no_longer),
      cmocka_unit_test(a_load_or_store_halves_the_speed_of_a_walk),
      cmocka_unit_test(both_at_once_are_as_one),
      cmocka_unit_test(gemm_and_vec_delay_each_other_a_little),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
