/* Estimates: what they count is what the device moves and does, time and energy follow the device,
 * the memory and the parameters, and bad input is refused. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "estimate.h"
#include "net_build.h"
#include "program.h"
#include "session.h"
#include "temp_dir.h"
#include "wc_cmocka.h"

#define KIB UINT64_C(1024)

/* A core of 16 x 16 on half of a memory that is far too fast for it. */
static struct wc_estimate_setup setup_of(enum wc_config config, uint32_t batch, uint32_t cores,
                                         uint64_t buffer) {
  struct wc_estimate_setup s = {.config = config,
                                .batch = batch,
                                .target = {.gbuf_bytes = buffer, .cores = cores},
                                .latency = 40,
                                .clock_mhz = 700,
                                .memory = "hbm2"};
  wc_model_config_default(&s.model);
  s.model.threads = 1;
  wc_energy_default(&s.energy);
  return s;
}

static struct wc_estimate estimate(const struct wc_graph *g, const struct wc_estimate_setup *s) {
  struct wc_report why = {""};
  struct wc_estimate e;
  if (!wc_estimate_make(g, s, &e, &why)) {
    fail_msg("%s, %s: %s", g->name, wc_config_name(s->config), why.text);
  }
  return e;
}

/* ---- work ---- */

static void a_gemm_moves_each_operand_as_often_as_its_tiles_need(void **state) {
  (void)state;
  struct wc_model_config device;
  wc_model_config_default(&device); /* 16 x 16, 256 accumulator rows */
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_GEMM, .units = 7}};
  cmd.gemm = (struct wc_gemm){.n = 20, .p2 = 1, .p1 = 10, .p0 = 30, .q0 = 40, .q2 = 1, .q1 = 1};
  struct wc_work work = {0};
  wc_work_command(&device, &cmd, &work);
  /* 300 x 40 times 40 x 20: two column tiles that share A, blocks of 128 rows, three of depth. */
  assert_int_equal(work.macs, 300 * 40 * 20);
  assert_int_equal(work.dram_bytes, 7 * WC_UNIT_BYTES);
  const uint64_t a = 2 * 300 * 40, b = 3 * 2 * 40 * 20, c = 2 * 300 * 20;
  assert_int_equal(work.buffer_bytes, a + b + c);
  assert_int_equal(work.local_bytes, a + 2 * a + 2 * b + 3 * 8 * 300 * 20 + c);
  work = (struct wc_work){0};
  cmd.gemm.a_trans = cmd.gemm.c_fp32 = cmd.gemm.preload = 1; /* 40 x 300 times 300 x 20 */
  wc_work_command(&device, &cmd, &work);
  assert_int_equal(work.buffer_bytes, 2 * 300 * 40 + 2 * 300 * 20 + 4 * 40 * 20 + 4 * 40 * 20);
}

static void a_vector_command_moves_what_its_streams_step_along(void **state) {
  (void)state;
  struct wc_model_config device;
  wc_model_config_default(&device);
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_VEC, .units = 8}};
  cmd.vec = (struct wc_vec){.n_in = 3, .n_out = 2, .d0 = 64, .d1 = 10, .d2 = 2, .d3 = 1};
  cmd.in[0] = (struct wc_stream){.type = WC_T_FP16, .s0 = 1, .s1 = 128, .s2 = 1280};
  cmd.in[1] = (struct wc_stream){.type = WC_T_FP32, .s0 = 1, .s2 = 256}; /* the same for all d1 */
  cmd.in[2] = (struct wc_stream){.type = WC_T_BIT, .s0 = 1, .s1 = 8, .s2 = 80};
  cmd.out[0] = (struct wc_stream){.type = WC_T_FP16, .s0 = 1, .s1 = 128, .s2 = 1280};
  cmd.out[1] = (struct wc_stream){.type = WC_T_FP32, .reduce = 1, .s0 = 1, .s2 = 256};
  cmd.step[0] = (struct wc_step){.op = WC_V_FMA};
  cmd.step[1] = (struct wc_step){.op = WC_V_SEL};
  struct wc_work work = {0};
  wc_work_command(&device, &cmd, &work);
  const uint64_t elems = 64 * 10 * 2;
  assert_int_equal(work.buffer_bytes, 2 * elems + 4 * 128 + elems / 8 + 2 * elems + 4 * 128);
  assert_int_equal(work.muls, elems);
  assert_int_equal(work.adds, 3 * elems); /* FMA, selection, sum */
}

/* ---- estimates ---- */

/* MACs of all cores as a device counts them. */
static uint64_t streams_macs(const struct wc_plan *plan, const struct wc_target *target) {
  struct wc_report why = {""};
  uint64_t counters[WC_COUNTERS] = {0};
  for (uint32_t core = 0; core < target->cores; core++) {
    uint32_t *words;
    size_t bytes;
    assert_true(
        wc_plan_codegen(plan, core, plan->step, plan->n_step, target, &words, &bytes, &why));
    struct wc_cmd cmd;
    for (size_t at = 0; at < bytes / WC_UNIT_BYTES; at += cmd.hdr.units) {
      assert_int_equal(wc_cmd_decode(words + 4 * at, bytes / WC_UNIT_BYTES - at, &cmd), WC_E_NONE);
      wc_count_work(&cmd, counters);
    }
    free(words);
  }
  return counters[WC_C_MACS];
}

static void an_estimate_counts_what_the_schedule_plans_and_the_network_computes(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-inception");
  for (int c = 0; c < WC_CONFIGS; c++) {
    const struct wc_estimate_setup s = setup_of((enum wc_config)c, 6, 2, 64 * KIB);
    const struct wc_estimate e = estimate(g, &s);
    struct wc_report why = {""};
    struct wc_plan *plan = wc_plan_make(g, s.config, WC_TRAIN, 6, &s.target, NULL, 0, &why);
    assert_non_null(plan);
    assert_memory_equal(e.class_bytes, plan->class_bytes, sizeof e.class_bytes);
    assert_int_equal(e.work.macs, streams_macs(plan, &s.target));
    assert_true(e.work.dram_bytes > e.dram_bytes); /* by the streams */
    assert_true(e.work.dram_bytes < e.dram_bytes + e.capacity);
    assert_true(e.capacity > plan->dram_bytes);
    assert_true(e.utilisation > 0.01 && e.utilisation < 1);
    const struct wc_energy *j = &e.energy;
    assert_true(fabs(j->dram + j->array + j->buffer + j->local + j->vector + j->still - j->total) <
                1e-9 * j->total);
    assert_true(fabs(j->dram - 8e-12 * 3.9 * (double)e.work.dram_bytes) < 1e-9 * j->dram);
    assert_true(fabs(j->array - 2e-12 * (double)e.work.macs) < 1e-9 * j->array);
    wc_plan_delete(plan);
  }
  wc_graph_delete(g);
}

static void one_weight_a_pe_costs_the_baseline_time_and_nothing_else(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  const struct wc_estimate_setup plain = setup_of(WC_BASELINE, 8, 1, 64 * KIB);
  const struct wc_estimate_setup better = setup_of(WC_ARCHOPT, 8, 1, 64 * KIB);
  const struct wc_estimate a = estimate(g, &plain), b = estimate(g, &better);
  assert_int_equal(wc_estimate_model(&plain).double_weights, 0);
  assert_int_equal(wc_estimate_model(&better).double_weights, 1);
  assert_memory_equal(a.class_bytes, b.class_bytes, sizeof a.class_bytes);
  assert_memory_equal(&a.work, &b.work, sizeof a.work);
  assert_true(a.seconds > 1.1 * b.seconds);
  wc_graph_delete(g);
}

static void a_slower_memory_takes_longer_and_a_dearer_one_more_energy(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  struct wc_estimate_setup s = setup_of(WC_BASELINE_FUSED, 32, 16, 64 * KIB);
  s.model.axi_bytes = 64; /* 16 cores: a 16th of the memory each */
  const struct wc_estimate one = estimate(g, &s);
  s.memory = "hbm2x2";
  const struct wc_estimate two = estimate(g, &s);
  s.memory = "lpddr4";
  const struct wc_estimate low = estimate(g, &s);
  assert_true(two.seconds < one.seconds && one.seconds < low.seconds);
  assert_true(fabs(one.energy.total - two.energy.total) < 1e-12);
  assert_true(fabs(low.energy.dram / one.energy.dram - 8 / 3.9) < 1e-9);
  wc_graph_delete(g);
}

static struct wc_estimate_setup paper_chip(const char *memory) {
  struct wc_report why = {""};
  struct wc_device *dev;
  assert_int_equal(wc_session_device("cmodel:paper", &dev, &why), WC_DONE);
  const struct wc_caps *caps = wc_caps(dev);
  struct wc_estimate_setup s = setup_of(WC_MBS2, 64, 2, caps->gbuf_bytes);
  s.model = wc_session_model(caps);
  s.target = wc_session_target(caps, caps->gbuf_bytes, caps->cores);
  s.model.axi_bytes = s.target.device.axi_bytes = 256;
  s.memory = memory;
  wc_close(dev);
  return s;
}

/* 600 GB/s or 239: what stays on chip needs neither. */
static void mbs2_hardly_notices_a_slower_memory(void **state) {
  (void)state;
  struct wc_graph *g = net_build("resnet50");
  const struct wc_estimate_setup fast = paper_chip("hbm2x2"), slow = paper_chip("lpddr4");
  const struct wc_estimate a = estimate(g, &fast), b = estimate(g, &slow);
  assert_true(b.seconds > a.seconds && b.seconds < 1.15 * a.seconds);
  assert_int_equal(a.work.macs, 64 * wc_graph_totals(g).train_macs);
  wc_graph_delete(g);
}

static void static_power_counts_for_as_long_as_the_step_takes(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  struct wc_estimate_setup s = setup_of(WC_MBS2, 6, 1, 24 * KIB);
  const double before = estimate(g, &s).energy.total;
  s.energy.value[WC_ENERGY_STATIC] = 10;
  const struct wc_estimate e = estimate(g, &s);
  assert_true(fabs(e.energy.total - before - 10 * e.seconds) < 1e-12);
  wc_graph_delete(g);
}

/* A device counts 246,624,256 MACs for 32 images (docs/results.md). 33 images on one core leave one
 * for the last sub-batch; one image is a mini-batch, too. */
/* Sums of weight gradients on their way to the array and back are dearer than what least traffic
 * saves by small sub-batches. */
static void groups_that_count_operands_take_less_energy(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  struct wc_report why = {""};
  struct wc_estimate_setup s = setup_of(WC_MBS2, 32, 1, 256 * KIB);
  const struct wc_estimate least = estimate(g, &s);
  const struct wc_bounds bounds = {.keep = WC_KEEP_NONE, .operands = true};
  struct wc_group *groups;
  s.n_groups = wc_bounded_groups(g, s.config, s.batch, &s.target, bounds, &groups, &why);
  assert_true(s.n_groups > 0);
  s.groups = groups;
  const struct wc_estimate e = estimate(g, &s);
  assert_true(e.dram_bytes > least.dram_bytes);
  assert_true(e.energy.buffer < least.energy.buffer);
  assert_true(e.energy.total < least.energy.total);
  free(groups);
  wc_graph_delete(g);
}

static void odd_mini_batches_are_estimated(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  static const uint32_t batches[] = {1, 33};
  for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
    for (int c = 0; c < WC_CONFIGS; c++) {
      const struct wc_estimate_setup s = setup_of((enum wc_config)c, batches[i], 1, 64 * KIB);
      const uint64_t macs = estimate(g, &s).work.macs;
      const uint64_t once = batches[i] * UINT64_C(246624256) / 32; /* mbs-r does some again */
      assert_true(c == WC_MBS_R ? macs > once : macs == once);
    }
  }
  wc_graph_delete(g);
}

static void expect_refused(const struct wc_estimate_setup *s, const char *text) {
  struct wc_graph *g = net_build("fmnist-resnet8");
  struct wc_report why = {""};
  struct wc_estimate e;
  assert_false(wc_estimate_make(g, s, &e, &why));
  if (strstr(why.text, text) == NULL) {
    fail_msg("'%s' lacks '%s'", why.text, text);
  }
  wc_graph_delete(g);
}

static void what_cannot_be_estimated_is_told(void **state) {
  (void)state;
  struct wc_estimate_setup s = setup_of(WC_MBS2, 32, 1, KIB);
  expect_refused(&s, "use a larger buffer");
  s = setup_of(WC_MBS2, 1, 2, 64 * KIB);
  expect_refused(&s, "cannot be shared evenly");
  s = setup_of(WC_MBS2, 32, 1, 64 * KIB);
  s.memory = "hbm9";
  expect_refused(&s, "hbm2, hbm2x2, gddr5, lpddr4");
  s.memory = "fixed"; /* has timing, but no price */
  expect_refused(&s, "memory 'fixed'");
}

/* ---- parameters ---- */

static bool load(const char *text, struct wc_energy_params *params, struct wc_report *why) {
  struct temp_dir dir;
  temp_dir_make(&dir);
  const char *path = temp_path(&dir, "energy.json");
  temp_write(path, text, strlen(text));
  wc_energy_default(params);
  const bool ok = wc_energy_load(path, params, why);
  temp_dir_remove(&dir);
  return ok;
}

static void a_file_gives_other_energies(void **state) {
  (void)state;
  struct wc_energy_params params;
  struct wc_report why = {""};
  assert_true(load("{\"hbm2\": 5, \"static_w\": 7.5}", &params, &why));
  for (unsigned i = 0; i < WC_ENERGY_PARAMS; i++) {
    const double want = i == WC_ENERGY_HBM2     ? 5
                        : i == WC_ENERGY_STATIC ? 7.5
                                                : wc_energy_info[i].value;
    assert_true(params.value[i] == want);
    assert_true(strlen(wc_energy_info[i].source) > 0 && strlen(wc_energy_info[i].unit) > 0);
  }
}

static void damaged_energies_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *text, *told;
  } bad[] = {{"{\"hbm3\": 5}", "no energy is named 'hbm3'"},
             {"{\"hbm2\": \"5\"}", "'hbm2' must be a number from 0 on, in pJ/bit"},
             {"{\"hbm2\": -1}", "'hbm2' must be a number"},
             {"[1]", "not a JSON object"},
             {"{\"hbm2\": 5, \"hbm2\": 6}", "duplicate"},
             {"{\n\"hbm2\" 5}", "line 2"}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct wc_energy_params params;
    struct wc_report why = {""};
    assert_false(load(bad[i].text, &params, &why));
    if (strstr(why.text, bad[i].told) == NULL) {
      fail_msg("'%s' lacks '%s'", why.text, bad[i].told);
    }
  }
  struct wc_energy_params params;
  struct wc_report why = {""};
  assert_false(wc_energy_load("/no/such/file", &params, &why));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_gemm_moves_each_operand_as_often_as_its_tiles_need),
      cmocka_unit_test(a_vector_command_moves_what_its_streams_step_along),
      cmocka_unit_test(an_estimate_counts_what_the_schedule_plans_and_the_network_computes),
      cmocka_unit_test(one_weight_a_pe_costs_the_baseline_time_and_nothing_else),
      cmocka_unit_test(a_slower_memory_takes_longer_and_a_dearer_one_more_energy),
      cmocka_unit_test(mbs2_hardly_notices_a_slower_memory),
      cmocka_unit_test(static_power_counts_for_as_long_as_the_step_takes),
      cmocka_unit_test(groups_that_count_operands_take_less_energy),
      cmocka_unit_test(odd_mini_batches_are_estimated),
      cmocka_unit_test(what_cannot_be_estimated_is_told),
      cmocka_unit_test(a_file_gives_other_energies),
      cmocka_unit_test(damaged_energies_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
