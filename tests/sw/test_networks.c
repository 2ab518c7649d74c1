/* The networks of the paper on the paper's chip: 2 cores with 10 MiB each, 32 images a core
 * (AlexNet 64). How much each configuration moves, that the streams move just that, and that the
 * static checker takes them. */
#include <stdlib.h>
#include <string.h>

#include "net_build.h"
#include "plan.h"
#include "program.h"
#include "wc_cmocka.h"

#define MIB (UINT64_C(1) << 20)
#define CORES 2

static const struct {
  const char *name;
  uint32_t batch;
} nets[] = {{"resnet50", 64},   {"resnet101", 64},  {"resnet152", 64},
            {"inception3", 64}, {"inception4", 64}, {"alexnet", 128}};

enum { RESNETS = 3, INCEPTIONS = 5, NETS = 6 }; /* ends of the kinds in the list */

static struct wc_target paper(uint64_t buffer) {
  return (struct wc_target){.gbuf_bytes = buffer,
                            .mem_bytes = UINT64_C(64) << 30,
                            .device = {128, 128, 128, 64},
                            .cores = CORES};
}

static struct wc_plan *plan_of(const struct wc_graph *g, unsigned net, enum wc_config config,
                               uint64_t buffer) {
  struct wc_report why = {""};
  const struct wc_target target = paper(buffer);
  struct wc_plan *plan = wc_plan_make(g, config, WC_TRAIN, nets[net].batch, &target, NULL, 0, &why);
  if (plan == NULL) {
    fail_msg("%s, %s: %s", nets[net].name, wc_config_name(config), why.text);
  }
  return plan;
}

static uint64_t total(const struct wc_plan *plan) {
  uint64_t bytes = 0;
  for (unsigned class = 0; class < WC_CLASSES; class ++) {
    bytes += plan->class_bytes[class][0] + plan->class_bytes[class][1];
  }
  return bytes;
}

static uint64_t traffic(const struct wc_graph *g, unsigned net, enum wc_config config,
                        uint64_t buffer) {
  struct wc_plan *plan = plan_of(g, net, config, buffer);
  const uint64_t bytes = total(plan);
  wc_plan_delete(plan);
  return bytes;
}

/* ---- how much is moved ---- */

static void each_step_of_reuse_saves_traffic_on_deep_networks(void **state) {
  (void)state;
  double saved = 0;
  for (unsigned net = 0; net < INCEPTIONS; net++) {
    struct wc_graph *g = net_build(nets[net].name);
    uint64_t bytes[WC_CONFIGS];
    for (int c = 0; c < WC_CONFIGS; c++) {
      bytes[c] = traffic(g, net, (enum wc_config)c, 10 * MIB);
    }
    assert_true(bytes[WC_BASELINE] > bytes[WC_IL]);
    assert_true(bytes[WC_IL] > bytes[WC_MBS1]);
    assert_true(bytes[WC_MBS_FS] > bytes[WC_MBS1]);
    assert_true(bytes[WC_MBS1] > bytes[WC_MBS2]);
    assert_true(bytes[WC_MBS2] > bytes[WC_MBS_R]);
    /* One sample of an Inception's stem fills the buffer, and 32 iterations move all weights 32
     * times: there, one sub-batch for the whole network costs more than it saves. */
    assert_true(net >= RESNETS || bytes[WC_IL] > bytes[WC_MBS_FS]);
    assert_true(bytes[WC_BASELINE] > bytes[WC_BASELINE_FUSED]);
    assert_true(100 * bytes[WC_MBS2] < 27 * bytes[WC_BASELINE]);
    assert_true(10 * bytes[WC_MBS2] < 4 * bytes[WC_BASELINE_FUSED]);
    saved += 1 - (double)bytes[WC_MBS2] / (double)bytes[WC_BASELINE];
    wc_graph_delete(g);
  }
  assert_true(saved / INCEPTIONS >= 0.75); /* as in the paper */
}

static void recomputation_moves_far_less_than_mbs2(void **state) {
  (void)state;
  double sum = 0;
  for (unsigned net = 0; net < INCEPTIONS; net++) {
    struct wc_graph *g = net_build(nets[net].name);
    struct wc_plan *plan = plan_of(g, net, WC_MBS_R, 10 * MIB);
    const double factor = (double)traffic(g, net, WC_MBS2, 10 * MIB) / (double)total(plan);
    const uint64_t macs = wc_graph_totals(g).train_macs * nets[net].batch;
    print_message("%s: %.2f x less, %.1f %% more MACs\n", nets[net].name, factor,
                  100 * (double)plan->macs_again / (double)macs);
    assert_true(factor >= 1.5);
    assert_true(net > 0 || factor >= 1.8);    /* resnet50 */
    assert_true(3 * plan->macs_again < macs); /* not even one more forward pass */
    sum += factor;
    wc_plan_delete(plan);
    wc_graph_delete(g);
  }
  assert_true(sum / INCEPTIONS >= 1.7);
}

static void without_a_mac_done_again_recomputation_saves_a_sixth(void **state) {
  (void)state;
  double sum = 0;
  for (unsigned net = 0; net < INCEPTIONS; net++) {
    struct wc_graph *g = net_build(nets[net].name);
    const struct wc_target target = paper(10 * MIB);
    struct wc_report why = {""};
    struct wc_group *groups;
    const uint32_t n = wc_bounded_groups(g, WC_MBS_R, nets[net].batch, &target,
                                         (struct wc_bounds){.keep = WC_KEEP_BARE}, &groups, &why);
    assert_true(n > 0);
    struct wc_plan *plan =
        wc_plan_make(g, WC_MBS_R, WC_TRAIN, nets[net].batch, &target, groups, n, &why);
    assert_non_null(plan);
    assert_int_equal(plan->macs_again, 0);
    const double factor = (double)traffic(g, net, WC_MBS2, 10 * MIB) / (double)total(plan);
    assert_true(factor >= 1.13);
    sum += factor;
    wc_plan_delete(plan);
    free(groups);
    wc_graph_delete(g);
  }
  assert_true(sum / INCEPTIONS >= 1.15);
}

static void one_sub_batch_for_alexnet_reads_its_weights_again_and_again(void **state) {
  (void)state;
  const unsigned alexnet = NETS - 1;
  struct wc_graph *g = net_build(nets[alexnet].name);
  const uint64_t il = traffic(g, alexnet, WC_IL, 10 * MIB);
  assert_true(traffic(g, alexnet, WC_BASELINE, 10 * MIB) > il);
  assert_true(traffic(g, alexnet, WC_MBS_FS, 10 * MIB) > il);
  assert_true(traffic(g, alexnet, WC_MBS1, 10 * MIB) < il);
  wc_graph_delete(g);
}

static void serialisation_in_a_small_buffer_beats_a_large_one_without(void **state) {
  (void)state;
  for (unsigned net = 0; net < INCEPTIONS; net++) {
    struct wc_graph *g = net_build(nets[net].name);
    assert_true(traffic(g, net, WC_IL, 40 * MIB) > traffic(g, net, WC_MBS2, 5 * MIB));
    wc_graph_delete(g);
  }
}

/* From 5 to 40 MiB mbs2 changes by less than a fifth of what the baseline moves (Inception-v4,
 * whose stem needs 5 MiB for a sample, by less than a quarter), and moves at most half of it at 5
 * MiB. */
/* Samples of 49 positions: the sums of a weight gradient would pass through the buffer for each. */
static void shallow_weight_gradients_take_several_samples(void **state) {
  (void)state;
  struct wc_graph *g = net_build(nets[0].name);
  struct wc_plan *plan = plan_of(g, 0, WC_MBS2, 10 * MIB);
  unsigned runs = 0;
  for (size_t i = 0; i < plan->n_step; i++) {
    const struct wc_action *act = &plan->step[i];
    if (act->kind == WC_ACT_RUN &&
        strcmp(g->nodes[act->run.node].name, "s4.b1.conv_s.wgrad") == 0) {
      runs++;
    }
  }
  assert_in_range(runs, 1, 32 / 2);
  wc_plan_delete(plan);
  wc_graph_delete(g);
}

static void mbs2_is_nearly_flat_over_the_buffer(void **state) {
  (void)state;
  for (unsigned net = 0; net < INCEPTIONS; net++) {
    struct wc_graph *g = net_build(nets[net].name);
    const uint64_t small = traffic(g, net, WC_MBS2, 5 * MIB);
    const uint64_t large = traffic(g, net, WC_MBS2, 40 * MIB);
    const uint64_t baseline = traffic(g, net, WC_BASELINE, 10 * MIB);
    assert_true((net + 1 == INCEPTIONS ? 4 : 5) * (small - large) < baseline);
    assert_true(2 * small < baseline);
    wc_graph_delete(g);
  }
}

/* More space is never used for longer groups at a smaller sub-batch. */
static void a_larger_buffer_never_costs_full_serialisation(void **state) {
  (void)state;
  struct wc_graph *g = net_build(nets[0].name);
  uint64_t before = UINT64_MAX;
  for (uint64_t buffer = 5; buffer <= 40; buffer *= 2) {
    const uint64_t bytes = traffic(g, 0, WC_MBS_FS, buffer * MIB);
    assert_true(bytes <= before);
    before = bytes;
  }
  wc_graph_delete(g);
}

/* ---- the streams ---- */

/* Adds up the bytes of LOAD and STORE by class and direction. */
static void count_bytes(const uint32_t *words, size_t bytes, uint64_t sum[WC_CLASSES][2]) {
  struct wc_cmd cmd;
  for (size_t at = 0; at < bytes / WC_UNIT_BYTES; at += cmd.hdr.units) {
    assert_int_equal(wc_cmd_decode(words + 4 * at, bytes / WC_UNIT_BYTES - at, &cmd), WC_E_NONE);
    const bool store = cmd.hdr.opcode == WC_OP_STORE;
    if (store || cmd.hdr.opcode == WC_OP_LOAD) {
      sum[cmd.hdr.tag][store] += (uint64_t)cmd.dma.n0 * cmd.dma.n1 * cmd.dma.n2 * cmd.dma.n3;
    }
  }
}

static void check_stream(const struct wc_plan *plan, uint32_t core, bool update, uint32_t times,
                         uint64_t sum[WC_CLASSES][2]) {
  struct wc_report why = {""};
  struct wc_check_result result;
  const struct wc_target target = paper(10 * MIB);
  const size_t from = update ? plan->update_at[core] : 0;
  const size_t n = update ? plan->update_at[core + 1] - from : plan->n_step;
  const struct wc_action *actions = update ? plan->update + from : plan->step;
  uint32_t *words;
  size_t bytes;
  if (!wc_plan_codegen(plan, core, actions, n, &target, &words, &bytes, &why)) {
    fail_msg("%s", why.text);
  }
  if (!wc_stream_check(words, bytes, target.gbuf_bytes, plan->dram_bytes, &result)) {
    fail_msg("%s, %s: %s", plan->graph->name, wc_config_name(plan->schedule.config), result.text);
  }
  for (uint32_t i = 0; i < times; i++) {
    count_bytes(words, bytes, sum);
  }
  free(words);
}

/* Both cores do the same step, each on its samples: one is generated and counts twice. */
static void check_streams(unsigned net, enum wc_config config) {
  struct wc_graph *g = net_build(nets[net].name);
  struct wc_plan *plan = plan_of(g, net, config, 10 * MIB);
  uint64_t sum[WC_CLASSES][2] = {{0}};
  check_stream(plan, CORES - 1, false, CORES, sum);
  for (uint32_t core = 0; core < CORES; core++) {
    check_stream(plan, core, true, 1, sum);
  }
  assert_memory_equal(sum, plan->class_bytes, sizeof sum);
  wc_plan_delete(plan);
  wc_graph_delete(g);
}

static void streams_of_all_configurations_are_well_formed_and_move_what_was_planned(void **state) {
  (void)state;
  for (int c = 0; c < WC_CONFIGS; c++) {
    check_streams(0, (enum wc_config)c);
    check_streams(NETS - 1, (enum wc_config)c);
  }
}

static void streams_of_all_networks_are_well_formed_and_move_what_was_planned(void **state) {
  (void)state;
  for (unsigned net = 1; net + 1 < NETS; net++) {
    check_streams(net, WC_MBS2);
    check_streams(net, WC_MBS_R);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_step_of_reuse_saves_traffic_on_deep_networks),
      cmocka_unit_test(recomputation_moves_far_less_than_mbs2),
      cmocka_unit_test(without_a_mac_done_again_recomputation_saves_a_sixth),
      cmocka_unit_test(one_sub_batch_for_alexnet_reads_its_weights_again_and_again),
      cmocka_unit_test(serialisation_in_a_small_buffer_beats_a_large_one_without),
      cmocka_unit_test(shallow_weight_gradients_take_several_samples),
      cmocka_unit_test(mbs2_is_nearly_flat_over_the_buffer),
      cmocka_unit_test(a_larger_buffer_never_costs_full_serialisation),
      cmocka_unit_test(streams_of_all_configurations_are_well_formed_and_move_what_was_planned),
      cmocka_unit_test(streams_of_all_networks_are_well_formed_and_move_what_was_planned),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
