/* The search by time: never slower than where it starts, the same for the same input, within what
 * the configuration allows. That any groups train to the same bits is test_plan's. */
#include <stdlib.h>
#include <string.h>

#include "energy.h"
#include "net_build.h"
#include "program.h"
#include "search.h"
#include "wc_cmocka.h"

#define KIB UINT64_C(1024)
#define BATCH 12
#define PLANS 60

struct found {
  struct wc_group *groups;
  uint32_t n;
  uint64_t cycles[2];
};

static const struct wc_target target = {.gbuf_bytes = 24 * KIB, .mem_bytes = 1 << 26};

static struct found find(const struct wc_graph *g, enum wc_config config, uint32_t plans) {
  struct wc_model_config device;
  wc_model_config_default(&device);
  device.gbuf_bytes = target.gbuf_bytes;
  const struct wc_search search = {.device = &device, .memory = {.latency = 40}, .plans = plans};
  struct found f;
  struct wc_report why = {""};
  f.n = wc_search_groups(g, config, BATCH, &target, &search, &f.groups, f.cycles, &why);
  if (f.n == 0)
    fail_msg("%s: %s", wc_config_name(config), why.text);
  return f;
}

/* Cycles of the step of a program with these groups. */
static uint64_t step_cycles(const struct wc_graph *g, enum wc_config config,
                            const struct found *f) {
  struct wc_report why = {""};
  struct wc_model_config device;
  wc_model_config_default(&device);
  device.gbuf_bytes = target.gbuf_bytes;
  const struct wc_memory_timing memory = {.latency = 40};
  struct wc_program *p = wc_compile_groups(g, config, BATCH, &target, f->groups, f->n, &why);
  if (p == NULL)
    fail_msg("%s", why.text);
  struct wc_cycles *cycles = wc_cycles_new(&device, &memory);
  assert_non_null(cycles);
  uint64_t counters[WC_COUNTERS] = {0};
  const struct wc_section *s = &p->section[WC_SECTION_STEP][0];
  assert_true(wc_cycles_stream(cycles, s->words, s->bytes, s->addr, counters, NULL, NULL));
  struct wc_check_result check;
  assert_true(wc_stream_check(s->words, s->bytes, target.gbuf_bytes, p->dram_bytes, &check));
  wc_cycles_delete(cycles);
  wc_program_delete(p);
  return counters[WC_C_CYCLES];
}

static void groups_are_faster_and_what_they_are_said_to_be(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  const struct found f = find(g, WC_MBS2, PLANS);
  assert_true(f.cycles[1] < f.cycles[0]);
  assert_int_equal(step_cycles(g, WC_MBS2, &f), f.cycles[1]);
  const struct found first = find(g, WC_MBS2, 1);
  assert_int_equal(first.cycles[0], f.cycles[0]);
  assert_int_equal(first.cycles[1], first.cycles[0]);
  assert_int_equal(step_cycles(g, WC_MBS2, &first), first.cycles[0]);
  free(first.groups);
  free(f.groups);
  wc_graph_delete(g);
}

static void the_same_search_finds_the_same(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-identity");
  const struct found a = find(g, WC_MBS1, PLANS), b = find(g, WC_MBS1, PLANS);
  assert_int_equal(a.n, b.n);
  assert_int_equal(a.cycles[1], b.cycles[1]);
  for (uint32_t i = 0; i < a.n; i++) {
    assert_int_equal(a.groups[i].last, b.groups[i].last);
    assert_int_equal(a.groups[i].sub_batch, b.groups[i].sub_batch);
    assert_int_equal(a.groups[i].pin, b.groups[i].pin);
  }
  free(a.groups);
  free(b.groups);
  wc_graph_delete(g);
}

static void configurations_keep_their_rules(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  for (unsigned c = 0; c < WC_CONFIGS; c++) {
    const struct found f = find(g, (enum wc_config)c, PLANS);
    assert_true(f.cycles[1] <= f.cycles[0]);
    for (uint32_t i = 0; i < f.n; i++) {
      const struct wc_group *group = &f.groups[i];
      const bool single = group->first == group->last;
      assert_true(c != WC_BASELINE || (single && group->way == WC_WAY_NODES));
      assert_true(c != WC_IL || single || group->sub_batch == BATCH);
      assert_true(c == WC_MBS2 || c == WC_MBS_R || !group->reuse);
      assert_true(c == WC_MBS_R || group->keep == WC_KEEP_ALL);
      assert_true(c >= WC_MBS1 || !group->room);
    }
    assert_int_equal(step_cycles(g, (enum wc_config)c, &f), f.cycles[1]);
    free(f.groups);
  }
  wc_graph_delete(g);
}

/* Bytes that a stream loads and stores. */
static uint64_t moved(const uint32_t *words, size_t bytes) {
  uint64_t sum = 0;
  struct wc_cmd cmd;
  for (size_t at = 0; at < bytes / 4; at += 4 * (size_t)cmd.hdr.units) {
    assert_int_equal(wc_cmd_decode(words + at, bytes / 4 - at, &cmd), 0);
    if (cmd.hdr.opcode == WC_OP_LOAD || cmd.hdr.opcode == WC_OP_STORE)
      sum += (uint64_t)cmd.dma.n0 * cmd.dma.n1 * cmd.dma.n2 * cmd.dma.n3;
  }
  return sum;
}

static uint64_t count_moved(void *arg, const uint32_t *words, size_t bytes, uint64_t cycles) {
  ++*(unsigned *)arg;
  return cycles == 0 ? 0 : moved(words, bytes);
}

/* Each plan costs less than the one before. */
static uint64_t last_is_best(void *arg, const uint32_t *words, size_t bytes, uint64_t cycles) {
  (void)words, (void)bytes, (void)cycles;
  return 1000 - ++*(unsigned *)arg;
}

static void what_is_to_be_least_is_the_callers(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  const enum wc_config configs[] = {WC_MBS2, WC_MBS_R};
  for (unsigned i = 0; i < 2; i++) {
    struct wc_model_config device;
    wc_model_config_default(&device);
    device.gbuf_bytes = target.gbuf_bytes;
    unsigned judged = 0;
    const struct wc_search search = {.device = &device,
                                     .memory = {.latency = 40},
                                     .plans = PLANS,
                                     .cost = count_moved,
                                     .cost_arg = &judged};
    struct wc_report why = {""};
    struct wc_group *groups;
    uint64_t bytes[2];
    const uint32_t n =
        wc_search_groups(g, configs[i], BATCH, &target, &search, &groups, bytes, &why);
    assert_true(n > 0);
    assert_in_range(judged, 2, PLANS);
    struct wc_plan *plan = wc_plan_make(g, configs[i], WC_TRAIN, BATCH, &target, groups, n, &why);
    assert_non_null(plan);
    uint32_t *words;
    size_t size;
    assert_true(wc_plan_codegen(plan, 0, plan->step, plan->n_step, &target, &words, &size, &why));
    assert_int_equal(moved(words, size), bytes[1]);
    free(words);
    assert_true(bytes[1] <= bytes[0]);
    wc_plan_delete(plan);
    free(groups);
  }
  wc_graph_delete(g);
}

/* A search that may begin at groups that count operands judges one more; others do not. */
static void operands_count_where_they_are_asked_for(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  struct wc_model_config device;
  wc_model_config_default(&device);
  device.gbuf_bytes = target.gbuf_bytes;
  const struct wc_bounds bounds = {.keep = WC_KEEP_NONE, .operands = true};
  struct wc_report why = {""};
  struct wc_group *expected, *groups;
  uint64_t bytes[2];
  const uint32_t n = wc_bounded_groups(g, WC_MBS2, BATCH, &target, bounds, &expected, &why);
  struct wc_search search = {
      .device = &device, .plans = 2, .cost = last_is_best, .untimed = true, .operands = true};
  unsigned judged = 0;
  search.cost_arg = &judged;
  assert_int_equal(wc_search_groups(g, WC_MBS2, BATCH, &target, &search, &groups, bytes, &why), n);
  for (uint32_t i = 0; i < n; i++)
    assert_int_equal(groups[i].sub_batch, expected[i].sub_batch);
  free(groups);
  free(expected);
  search.operands = false;
  judged = 0;
  assert_true(wc_search_groups(g, WC_MBS2, BATCH, &target, &search, &groups, bytes, &why) > 0);
  assert_true(groups[0].room); /* the second one is that with room */
  free(groups);
  wc_graph_delete(g);
}

/* Picojoules of a stream. */
static uint64_t energy(void *arg, const uint32_t *words, size_t bytes, uint64_t cycles) {
  struct wc_work work = {0};
  struct wc_energy_params params;
  struct wc_energy e;
  wc_energy_default(&params);
  assert_true(wc_work_stream(arg, words, bytes, &work));
  assert_true(wc_energy_of(&params, "hbm2", &work, (double)cycles, &e));
  return (uint64_t)(1e12 * e.total);
}

static void mbs_r_never_takes_more_energy_than_mbs2(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  struct wc_model_config device;
  wc_model_config_default(&device);
  for (uint64_t buffer = 64 * KIB; buffer <= 1024 * KIB; buffer *= 4) {
    const struct wc_target sizes = {.gbuf_bytes = buffer, .mem_bytes = 1 << 28};
    struct wc_search search = {
        .device = &device, .cost = energy, .cost_arg = &device, .untimed = true, .operands = true};
    uint64_t picojoules[2][2];
    for (unsigned i = 0; i < 2; i++) {
      struct wc_report why = {""};
      struct wc_group *groups;
      search.plans = i == 0 ? 3 : 10; /* those that a search begins with */
      assert_true(wc_search_groups(g, i == 0 ? WC_MBS2 : WC_MBS_R, BATCH, &sizes, &search, &groups,
                                   picojoules[i], &why) > 0);
      free(groups);
    }
    assert_true(picojoules[1][1] <= picojoules[0][1]);
  }
  wc_graph_delete(g);
}

/* mbs-r within a bound: no group that the search finds keeps less, not even the first ones. */
static void a_bound_of_what_is_kept_holds(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  struct wc_model_config device;
  wc_model_config_default(&device);
  device.gbuf_bytes = target.gbuf_bytes;
  const enum wc_keep keep = WC_KEEP_CONVS;
  for (uint32_t plans = 1; plans <= PLANS; plans += PLANS - 1) {
    const struct wc_search search = {
        .device = &device, .memory = {.latency = 40}, .plans = plans, .keep = &keep};
    struct wc_report why = {""};
    struct wc_group *groups;
    uint64_t cycles[2];
    const uint32_t n =
        wc_search_groups(g, WC_MBS_R, BATCH, &target, &search, &groups, cycles, &why);
    assert_true(n > 0);
    for (uint32_t i = 0; i < n; i++)
      assert_true(groups[i].direction == WC_BACKWARD || groups[i].keep <= keep);
    free(groups);
  }
  wc_graph_delete(g);
}

static void what_does_not_fit_is_told(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  struct wc_model_config device;
  wc_model_config_default(&device);
  const struct wc_search search = {.device = &device, .plans = PLANS};
  const struct wc_target little = {.gbuf_bytes = KIB, .mem_bytes = 0};
  struct wc_group *groups;
  uint64_t cycles[2];
  struct wc_report why = {""};
  assert_int_equal(wc_search_groups(g, WC_MBS2, BATCH, &little, &search, &groups, cycles, &why), 0);
  assert_non_null(strstr(why.text, "global buffer"));
  wc_graph_delete(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(groups_are_faster_and_what_they_are_said_to_be),
      cmocka_unit_test(the_same_search_finds_the_same),
      cmocka_unit_test(configurations_keep_their_rules),
      cmocka_unit_test(what_is_to_be_least_is_the_callers),
      cmocka_unit_test(operands_count_where_they_are_asked_for),
      cmocka_unit_test(mbs_r_never_takes_more_energy_than_mbs2),
      cmocka_unit_test(a_bound_of_what_is_kept_holds),
      cmocka_unit_test(what_does_not_fit_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
