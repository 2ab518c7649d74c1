/* Schedules: what each configuration may do, what it costs, and how a buffer that is too small or
 * a senseless request is refused. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "greedy.h"
#include "net_build.h"
#include "plan.h"
#include "plan_build.h"
#include "plan_floor.h"
#include "program.h"
#include "wc_cmocka.h"

#define KIB UINT64_C(1024)

static struct wc_plan *make(const struct wc_graph *g, enum wc_config config, uint32_t batch,
                            uint64_t gbuf) {
  struct wc_report why = {""};
  const struct wc_target target = {.gbuf_bytes = gbuf, .mem_bytes = 0};
  struct wc_plan *plan = wc_plan_make(g, config, WC_TRAIN, batch, &target, NULL, 0, &why);
  if (plan == NULL) {
    fail_msg("%s, buffer %" PRIu64 ": %s", wc_config_name(config), gbuf, why.text);
  }
  return plan;
}

static uint64_t total(const struct wc_plan *plan) {
  uint64_t bytes = 0;
  for (unsigned i = 0; i < WC_CLASSES; i++) {
    bytes += plan->class_bytes[i][0] + plan->class_bytes[i][1];
  }
  return bytes;
}

static uint64_t traffic(const struct wc_graph *g, enum wc_config config, uint32_t batch,
                        uint64_t gbuf) {
  struct wc_plan *plan = make(g, config, batch, gbuf);
  const uint64_t bytes = total(plan);
  wc_plan_delete(plan);
  return bytes;
}

static void names_and_configurations_match(void **state) {
  (void)state;
  char list[256] = "";
  for (int i = 0; i < WC_CONFIGS; i++) {
    strcat(strcat(list, i == 0 ? "" : ", "), wc_config_name((enum wc_config)i));
  }
  assert_string_equal(list, WC_CONFIG_NAMES);
  for (int i = 0; i < WC_CONFIGS; i++) {
    enum wc_config config;
    assert_true(wc_config_parse(wc_config_name((enum wc_config)i), &config));
    assert_int_equal(config, i);
  }
  enum wc_config config = WC_IL;
  assert_false(wc_config_parse("mbs3", &config));
  assert_int_equal(config, WC_IL);
}

static void serialisation_saves_traffic_in_the_expected_order(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  uint64_t bytes[WC_CONFIGS];
  for (int i = 0; i < WC_CONFIGS; i++) {
    bytes[i] = traffic(g, (enum wc_config)i, 32, 256 * KIB);
    print_message("%-8s %10" PRIu64 " bytes, %.3f of baseline\n", wc_config_name((enum wc_config)i),
                  bytes[i], (double)bytes[i] / (double)bytes[WC_BASELINE]);
  }
  assert_true(bytes[WC_BASELINE] > bytes[WC_IL]);
  assert_int_equal(bytes[WC_ARCHOPT], bytes[WC_BASELINE]);
  assert_true(bytes[WC_BASELINE] > bytes[WC_BASELINE_FUSED]);
  assert_true(bytes[WC_BASELINE_FUSED] > bytes[WC_MBS1]);
  assert_true(bytes[WC_IL] >= bytes[WC_MBS1]);
  assert_true(bytes[WC_MBS1] >= bytes[WC_MBS2]);
  assert_true(bytes[WC_MBS2] >= bytes[WC_MBS_R]);
  assert_true(bytes[WC_MBS_FS] >= bytes[WC_MBS1]);
  assert_true(2 * bytes[WC_MBS2] <= bytes[WC_BASELINE]);
  wc_graph_delete(g);
}

static void a_wider_choice_never_costs_traffic(void **state) {
  (void)state;
  static const char *const nets[] = {"tiny-resnet", "tiny-identity", "fmnist-resnet8"};
  for (size_t n = 0; n < sizeof nets / sizeof *nets; n++) {
    struct wc_graph *g = net_build(nets[n]);
    for (uint64_t gbuf = 12 * KIB; gbuf <= 4096 * KIB; gbuf = gbuf * 3 / 2 / 64 * 64) {
      const uint64_t il = traffic(g, WC_IL, 16, gbuf), mbs1 = traffic(g, WC_MBS1, 16, gbuf);
      const uint64_t fs = traffic(g, WC_MBS_FS, 16, gbuf), mbs2 = traffic(g, WC_MBS2, 16, gbuf);
      assert_true(traffic(g, WC_BASELINE, 16, gbuf) >= il);
      assert_true(il >= mbs1);
      assert_true(fs >= mbs1);
      assert_true(mbs1 >= mbs2);
      assert_true(mbs2 >= traffic(g, WC_MBS_R, 16, gbuf));
    }
    wc_graph_delete(g);
  }
}

static void a_larger_buffer_never_costs_traffic(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  static const uint64_t sizes[] = {12, 16, 24, 32, 48, 64, 128, 256, 512, 1024, 10240};
  for (int config = 0; config < WC_CONFIGS; config++) {
    uint64_t before = UINT64_MAX;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      const uint64_t now = traffic(g, (enum wc_config)config, 32, sizes[i] * KIB);
      assert_true(now <= before);
      before = now;
    }
  }
  wc_graph_delete(g);
}

/* Groups cover the nodes in order; sub-batches are balanced: no smaller one makes do with as many
 * iterations. */
static void check_groups(const struct wc_plan *plan) {
  const struct wc_schedule *s = &plan->schedule;
  uint32_t ends[WC_DIRECTIONS] = {0};
  for (uint32_t i = 0; i < s->n_groups; i++) {
    const struct wc_group *g = &s->groups[i];
    assert_int_equal(g->first, ends[g->direction]);
    assert_true(g->last >= g->first);
    assert_in_range(g->sub_batch, 1, s->batch);
    assert_int_equal(g->iterations, (s->batch + g->sub_batch - 1) / g->sub_batch);
    if (g->sub_batch > 1) {
      const uint32_t less = g->sub_batch - 1;
      assert_true((s->batch + less - 1) / less > g->iterations);
    }
    ends[g->direction] = g->last + 1;
  }
  const bool apart = s->groups[0].direction != WC_BOTH_WAYS;
  const uint32_t n = plan->graph->n_forward;
  assert_int_equal(ends[WC_BOTH_WAYS], apart ? 0 : n);
  assert_int_equal(ends[WC_FORWARD], apart ? n : 0);
  assert_int_equal(ends[WC_BACKWARD], apart ? n : 0);
}

/* GN or ADD with the sum and the ReLU behind it: all that runs as one in layer-by-layer plans. */
static bool is_fused_chain(const struct wc_graph *g, const struct wc_group *group) {
  bool ok = g->nodes[group->first].op == WC_N_GN || g->nodes[group->first].op == WC_N_ADD;
  for (uint32_t i = group->first + 1; i <= group->last; i++) {
    ok = ok && (g->nodes[i].op == WC_N_ADD || g->nodes[i].op == WC_N_RELU);
  }
  return ok;
}

static void groups_keep_to_the_rules_of_their_configuration(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  static const uint64_t sizes[] = {16, 48, 256, 1024, 10240};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (int config = 0; config < WC_CONFIGS; config++) {
      struct wc_plan *plan = make(g, (enum wc_config)config, 29, sizes[i] * KIB);
      const struct wc_schedule *s = &plan->schedule;
      check_groups(plan);
      for (uint32_t k = 0; k < s->n_groups; k++) {
        const bool single = s->groups[k].first == s->groups[k].last;
        const struct wc_group *group = &s->groups[k];
        assert_true(single || config > WC_BASELINE_FUSED ||
                    (config == WC_BASELINE_FUSED && is_fused_chain(g, group)));
        assert_true(single || config != WC_IL || s->groups[k].iterations == 1);
        assert_true(single || config == WC_BASELINE_FUSED || group->slab_rows == 0);
      }
      wc_plan_delete(plan);
    }
  }
  struct wc_plan *plan = make(g, WC_MBS_FS, 32, 256 * KIB);
  assert_int_equal(plan->schedule.n_groups, 1);
  wc_plan_delete(plan);
  wc_graph_delete(g);
}

/* ---- greedy merging ---- */

static struct wc_plan *joint(const struct wc_graph *g, enum wc_config config,
                             enum wc_grouping grouping, uint64_t gbuf) {
  struct wc_report why = {""};
  const struct wc_target target = {.gbuf_bytes = gbuf};
  struct wc_group *groups;
  uint32_t n;
  if (!wc_joint_groups(g, config, grouping, 32, &target, &groups, &n, &why)) {
    fail_msg("%s", why.text);
  }
  struct wc_plan *plan = wc_plan_make(g, config, WC_TRAIN, 32, &target, groups, n, &why);
  if (plan == NULL) {
    fail_msg("%s", why.text);
  }
  assert_true(groups == NULL || plan->schedule.n_groups == n);
  free(groups);
  return plan;
}

static void greedy_merging_never_beats_the_optimal_partition(void **state) {
  (void)state;
  static const char *const nets[] = {"tiny-resnet", "fmnist-resnet8", "fmnist-inception"};
  unsigned dearer = 0;
  for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
    struct wc_graph *g = net_build(nets[i]);
    for (int config = 0; config < WC_CONFIGS; config++) {
      for (uint64_t gbuf = 24 * KIB; gbuf <= 512 * KIB; gbuf *= 2) {
        struct wc_plan *plan = joint(g, (enum wc_config)config, WC_GROUPING_GREEDY, gbuf);
        struct wc_plan *least = joint(g, (enum wc_config)config, WC_GROUPING_JOINT, gbuf);
        check_groups(plan);
        check_groups(least);
        assert_true(total(plan) >= total(least));
        assert_true(total(least) >= traffic(g, (enum wc_config)config, 32, gbuf));
        dearer += total(plan) > total(least);
        wc_plan_delete(plan);
        wc_plan_delete(least);
      }
    }
    wc_graph_delete(g);
  }
  assert_true(dearer > 0);
}

/* No two neighbours are left whose merge would save. */
static void greedy_merging_ends_where_no_merge_saves(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  struct wc_report why = {""};
  const struct wc_target target = {.gbuf_bytes = 128 * KIB};
  struct wc_plan *plan = joint(g, WC_MBS2, WC_GROUPING_GREEDY, target.gbuf_bytes);
  const uint32_t n = plan->schedule.n_groups;
  struct wc_group groups[64];
  assert_in_range(n, 3, 64);
  for (uint32_t i = 0; i + 1 < n; i++) {
    for (uint32_t k = 0, from = 0; k + 1 < n; k++, from++) {
      groups[k] = (struct wc_group){.first = plan->schedule.groups[from].first};
      from += k == i;
      groups[k].last = plan->schedule.groups[from].last;
    }
    struct wc_plan *merged = wc_plan_make(g, WC_MBS2, WC_TRAIN, 32, &target, groups, n - 1, &why);
    assert_true(merged == NULL || total(merged) >= total(plan));
    wc_plan_delete(merged);
  }
  wc_plan_delete(plan);
  wc_graph_delete(g);
}

static void greedy_merging_names_what_fits_in_no_buffer(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  struct wc_report why = {""};
  const struct wc_target target = {.gbuf_bytes = 1024};
  struct wc_group *groups;
  uint32_t n;
  assert_false(wc_joint_groups(g, WC_MBS2, WC_GROUPING_GREEDY, 32, &target, &groups, &n, &why));
  assert_null(groups);
  assert_non_null(strstr(why.text, "use a larger buffer"));
  wc_graph_delete(g);
}

/* mbs-fs: all groups of several nodes have the same sub-batch. */
static void full_serialisation_has_one_sub_batch(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  for (uint64_t gbuf = 16 * KIB; gbuf <= 512 * KIB; gbuf *= 2) {
    struct wc_plan *plan = make(g, WC_MBS_FS, 32, gbuf);
    uint32_t common = 0;
    for (uint32_t k = 0; k < plan->schedule.n_groups; k++) {
      const struct wc_group *group = &plan->schedule.groups[k];
      if (group->first != group->last) {
        assert_true(common == 0 || common == group->sub_batch);
        common = group->sub_batch;
      }
    }
    wc_plan_delete(plan);
  }
  wc_graph_delete(g);
}

static void small_buffers_are_tiled_in_rows(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  struct wc_plan *plan = make(g, WC_MBS2, 2, 24 * KIB);
  unsigned tiled = 0, slabs = 0;
  for (uint32_t k = 0; k < plan->schedule.n_groups; k++) {
    tiled += plan->schedule.groups[k].slab_rows > 0;
  }
  for (size_t i = 0; i < plan->n_step; i++) {
    slabs += plan->step[i].kind == WC_ACT_RUN && !plan->step[i].run.slab_last;
  }
  assert_true(tiled > 0);
  assert_true(slabs > 0);
  wc_plan_delete(plan);
  wc_graph_delete(g);
}

/* The scheduler compares groups by a formula; the plan is a list of actions. */
static void the_cost_of_a_group_is_the_traffic_of_its_actions(void **state) {
  (void)state;
  static const char *const nets[] = {"tiny-resnet", "fmnist-resnet8"};
  for (unsigned n = 0; n < 2; n++) {
    struct wc_graph *g = net_build(nets[n]);
    for (int i = 0; i < 4 * WC_CONFIGS; i++) {
      static const uint64_t sizes[] = {16, 48, 256, 1024};
      const enum wc_config config = (enum wc_config)(i % WC_CONFIGS);
      const uint64_t gbuf = sizes[i / WC_CONFIGS] * KIB;
      struct wc_planner p;
      struct wc_choice *choices;
      struct wc_report why;
      const struct wc_target target = {.gbuf_bytes = gbuf};
      assert_true(wc_planner_begin(&p, g, config, WC_TRAIN, 13, &target, &why));
      const uint32_t count = wc_plan_choose(&p, NULL, 0, &choices, &why);
      struct wc_plan *plan = make(g, config, 13, gbuf);
      assert_int_equal(count, plan->schedule.n_groups);
      for (uint32_t k = 0; k < count; k++) {
        /* hyper and finite sums are moved once a step and booked on the first group */
        const uint64_t once = k == 0 ? WC_HYPERS * sizeof(float) + WC_FINITE_BYTES : 0;
        assert_int_equal(choices[k].bytes + once,
                         plan->group_bytes[k][0] + plan->group_bytes[k][1]);
      }
      wc_plan_delete(plan);
      free(choices);
      wc_planner_free(&p);
    }
    wc_graph_delete(g);
  }
}

/* What lets the search pass over groups: the floor lies below what a group moves, and a longer
 * group never takes more samples at a time. @from: the nodes from which groups grow to the left. */
static void check_floors(const struct wc_planner *p, uint32_t from, uint32_t *touching) {
  struct wc_floor *floor = wc_floor_new(p);
  assert_non_null(floor);
  uint32_t most = p->batch;
  for (uint32_t first = from; first-- > 0;) {
    struct wc_choice choice;
    assert_true(wc_group_choose(p, first, from, 0, UINT64_MAX, &choice));
    if (!choice.feasible) {
      break;
    }
    assert_true(choice.most <= most);
    most = choice.most;
    const uint32_t iterations = (p->batch + choice.sub_batch - 1) / choice.sub_batch;
    const uint64_t least = wc_floor_bytes(p, floor, first, from, iterations);
    assert_true(least <= choice.bytes);
    *touching += 10 * least >= 9 * choice.bytes;
  }
  free(floor);
}

static void floors_lie_below_the_traffic_of_groups(void **state) {
  (void)state;
  static const char *const nets[] = {"fmnist-resnet8", "fmnist-inception"};
  static const enum wc_config configs[] = {WC_MBS1, WC_MBS2};
  uint32_t touching = 0;
  for (unsigned i = 0; i < 12; i++) {
    struct wc_graph *g = net_build(nets[i % 2]);
    struct wc_planner p;
    struct wc_report why;
    static const uint64_t sizes[] = {48 * KIB, 200 * KIB, 1024 * KIB};
    const struct wc_target target = {.gbuf_bytes = sizes[i / 4]};
    assert_true(wc_planner_begin(&p, g, configs[i / 2 % 2], WC_TRAIN, 32, &target, &why));
    for (uint32_t from = 1; from < g->n_forward; from++) {
      check_floors(&p, from, &touching);
    }
    wc_planner_free(&p);
    wc_graph_delete(g);
  }
  assert_true(touching > 0); /* some come close, or the bound would be of no use */
}

/* No partition of a small network moves less than the one chosen: all 2^(n-1) cuts of its tail. */
static void no_other_partition_moves_less(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  const struct wc_target target = {.gbuf_bytes = 20 * KIB, .mem_bytes = 0};
  const uint32_t cuts = 9, from = g->n_forward - 1 - cuts;
  const uint64_t chosen = traffic(g, WC_MBS2, 24, target.gbuf_bytes);
  struct wc_plan *best = make(g, WC_MBS2, 24, target.gbuf_bytes);
  for (uint32_t mask = 0; mask < 1U << cuts; mask++) {
    struct wc_group groups[64];
    uint32_t n = 0, first = 0;
    /* Before the tail, cut as the chosen plan does. */
    for (uint32_t k = 0; best->schedule.groups[k].last < from; k++) {
      groups[n++] = (struct wc_group){.first = first, .last = best->schedule.groups[k].last};
      first = groups[n - 1].last + 1;
    }
    for (uint32_t b = 0; b < cuts; b++) {
      if (mask >> b & 1) {
        groups[n++] = (struct wc_group){.first = first, .last = from + b};
        first = from + b + 1;
      }
    }
    groups[n++] = (struct wc_group){.first = first, .last = g->n_forward - 1};
    struct wc_report why;
    struct wc_plan *plan = wc_plan_make(g, WC_MBS2, WC_TRAIN, 24, &target, groups, n, &why);
    if (plan != NULL) {
      assert_true(total(plan) >= chosen);
      wc_plan_delete(plan);
    }
  }
  wc_plan_delete(best);
  wc_graph_delete(g);
}

/* ---- batches that do not divide ---- */

/* Its streams pass the static checker. */
static void check_streams(const struct wc_plan *plan, const struct wc_target *target) {
  struct wc_report why = {""};
  struct wc_check_result result;
  uint32_t *words;
  size_t bytes;
  assert_true(wc_plan_codegen(plan, 0, plan->step, plan->n_step, target, &words, &bytes, &why));
  if (!wc_stream_check(words, bytes, target->gbuf_bytes, plan->dram_bytes, &result)) {
    fail_msg("%s: %s", wc_config_name(plan->schedule.config), result.text);
  }
  free(words);
}

static void a_batch_of_one_is_planned(void **state) {
  (void)state;
  static const char *const nets[] = {"tiny-resnet", "fmnist-inception"};
  for (unsigned i = 0; i < 2; i++) {
    struct wc_graph *g = net_build(nets[i]);
    const struct wc_target target = {.gbuf_bytes = 64 * KIB};
    for (int config = 0; config < WC_CONFIGS; config++) {
      struct wc_plan *plan = make(g, (enum wc_config)config, 1, target.gbuf_bytes);
      check_groups(plan);
      check_streams(plan, &target);
      wc_plan_delete(plan);
    }
    wc_graph_delete(g);
  }
}

/* Nine samples, four at a time: the last iteration of each pass has one. */
static void a_remainder_of_one_sample_is_planned(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  const struct wc_target target = {.gbuf_bytes = 256 * KIB};
  struct wc_report why = {""};
  struct wc_group groups[2];
  for (unsigned i = 0; i < 2; i++) {
    groups[i] = (struct wc_group){.last = g->n_forward - 1,
                                  .direction = i == 0 ? WC_FORWARD : WC_BACKWARD,
                                  .way = WC_WAY_SEGMENT,
                                  .sub_batch = 4,
                                  .reuse = true,
                                  .pin = true};
  }
  struct wc_plan *plan = wc_plan_make(g, WC_MBS2, WC_TRAIN, 9, &target, groups, 2, &why);
  if (plan == NULL) {
    fail_msg("%s", why.text);
  }
  uint32_t ones = 0;
  for (size_t i = 0; i < plan->n_step; i++) {
    ones += plan->step[i].kind == WC_ACT_LOAD && plan->step[i].n0 == 8 && plan->step[i].ns == 1;
  }
  assert_true(ones > 0);
  assert_int_equal(plan->schedule.groups[0].iterations, 3);
  check_streams(plan, &target);
  wc_plan_delete(plan);
  wc_graph_delete(g);
}

/* ---- refusals ---- */

static void expect_refusal(const struct wc_graph *g, enum wc_config config, uint32_t batch,
                           struct wc_target target, const char *part, const char *other) {
  struct wc_report why = {""};
  assert_null(wc_plan_make(g, config, WC_TRAIN, batch, &target, NULL, 0, &why));
  print_message("%s\n", why.text);
  assert_non_null(strstr(why.text, part));
  assert_non_null(strstr(why.text, other));
  assert_null(strchr(why.text, '\n'));
}

static void a_buffer_that_no_plan_fits_is_refused(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  for (int config = 0; config < WC_CONFIGS; config++) {
    expect_refusal(g, (enum wc_config)config, 32,
                   (struct wc_target){.gbuf_bytes = 2 * KIB, .mem_bytes = 0}, "node ", "2048");
    expect_refusal(g, (enum wc_config)config, 32,
                   (struct wc_target){.gbuf_bytes = 320, .mem_bytes = 0}, "320", "buffer");
    expect_refusal(g, (enum wc_config)config, 32,
                   (struct wc_target){.gbuf_bytes = 0, .mem_bytes = 0}, "0", "buffer");
  }
  wc_graph_delete(g);
}

/* The bytes that the message asks for are enough for the node it names. */
static void the_refusal_names_what_is_needed(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  for (int config = 0; config < WC_CONFIGS; config++) {
    struct wc_target target = {.gbuf_bytes = 512, .mem_bytes = 0};
    struct wc_plan *plan = NULL;
    for (int attempt = 0; attempt < 200 && plan == NULL; attempt++) {
      struct wc_report why = {""};
      plan = wc_plan_make(g, (enum wc_config)config, WC_TRAIN, 3, &target, NULL, 0, &why);
      if (plan == NULL) {
        const char *needs = strstr(why.text, "needs ");
        assert_non_null(needs);
        const uint64_t bytes = strtoull(needs + 6, NULL, 10);
        assert_true(bytes > target.gbuf_bytes);
        target.gbuf_bytes = wc_round_up(bytes, 64);
      }
    }
    assert_non_null(plan);
    assert_true(target.gbuf_bytes <= 16 * KIB);
    wc_plan_delete(plan);
  }
  wc_graph_delete(g);
}

static void senseless_requests_are_refused(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  expect_refusal(g, WC_MBS2, 0, (struct wc_target){.gbuf_bytes = 64 * KIB, .mem_bytes = 0},
                 "batch 0", "1 to");
  expect_refusal(g, WC_MBS2, 70000, (struct wc_target){.gbuf_bytes = 64 * KIB, .mem_bytes = 0},
                 "batch 70000", "65535");
  expect_refusal(g, WC_MBS2, 32, (struct wc_target){.gbuf_bytes = 64 * KIB, .mem_bytes = 64 * KIB},
                 "device memory", "65536");
  expect_refusal(g, WC_MBS2, 32,
                 (struct wc_target){.gbuf_bytes = UINT64_C(1) << 33, .mem_bytes = 0}, "8589934592",
                 "4 GiB");
  struct wc_report why;
  const struct wc_target target = {.gbuf_bytes = 64 * KIB, .mem_bytes = 0};
  const struct wc_group gap[] = {{.first = 0, .last = 2}, {.first = 4, .last = 17}};
  const struct wc_group early[] = {{.first = 0, .last = 2}};
  const struct wc_group late[] = {{.first = 0, .last = 1000}};
  assert_null(wc_plan_make(g, WC_MBS2, WC_TRAIN, 3, &target, gap, 2, &why));
  assert_non_null(strstr(why.text, "group 1"));
  assert_null(wc_plan_make(g, WC_MBS2, WC_TRAIN, 3, &target, early, 1, &why));
  assert_non_null(strstr(why.text, "node 3"));
  assert_null(wc_plan_make(g, WC_MBS2, WC_TRAIN, 3, &target, late, 1, &why));
  assert_non_null(strstr(why.text, "group 0"));
  const struct wc_group half[] = {{.last = g->n_forward - 1, .direction = WC_FORWARD}};
  assert_null(wc_plan_make(g, WC_MBS2, WC_TRAIN, 3, &target, half, 1, &why));
  assert_non_null(strstr(why.text, "both ways"));
  const struct wc_group large[] = {
      {.last = g->n_forward - 1, .way = WC_WAY_SEGMENT, .sub_batch = 3, .pin = true}};
  const struct wc_target narrow = {.gbuf_bytes = 8 * KIB, .mem_bytes = 0};
  assert_null(wc_plan_make(g, WC_MBS2, WC_TRAIN, 3, &narrow, large, 1, &why));
  assert_non_null(strstr(why.text, "global buffer"));
  wc_graph_delete(g);
  g = wc_graph_new("forward");
  assert_non_null(g);
  uint32_t x = wc_graph_image(g, 4, 4, 1, 1.0F, 0.0F);
  wc_graph_xent(g, "xent", wc_graph_fc(g, "fc", x, 10));
  assert_null(wc_graph_failed(g));
  expect_refusal(g, WC_MBS2, 4, (struct wc_target){.gbuf_bytes = 64 * KIB, .mem_bytes = 0},
                 "network forward", "backward");
  wc_graph_delete(g);
}

static void a_program_larger_than_device_memory_is_refused(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  struct wc_plan *plan = make(g, WC_MBS2, 32, 64 * KIB);
  struct wc_target target = {.gbuf_bytes = 64 * KIB, .mem_bytes = plan->dram_bytes + 64};
  struct wc_report why = {""};
  assert_null(wc_compile(g, WC_MBS2, 32, &target, &why));
  assert_non_null(strstr(why.text, "device memory"));
  wc_plan_delete(plan);
  wc_graph_delete(g);
}

/* ---- text ---- */

static void the_dump_tells_groups_places_actions_and_traffic(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  struct wc_plan *plan = make(g, WC_MBS2, 7, 16 * KIB);
  FILE *file = tmpfile();
  assert_non_null(file);
  wc_plan_dump(plan, file);
  rewind(file);
  char line[1024];
  size_t groups = 0, places = 0, steps = 0, updates = 0, traffics = 0;
  while (fgets(line, sizeof line, file) != NULL) {
    groups += strncmp(line, "group ", 6) == 0;
    places += strncmp(line, "place ", 6) == 0;
    steps += strncmp(line, "step ", 5) == 0;
    updates += strncmp(line, "update ", 7) == 0;
    traffics += strncmp(line, "traffic ", 8) == 0;
  }
  fclose(file);
  assert_int_equal(groups, plan->schedule.n_groups);
  assert_true(places > g->n_params * 2);
  assert_int_equal(steps, plan->n_step);
  assert_int_equal(updates, plan->n_update);
  assert_int_equal(traffics, WC_CLASSES + 2);
  wc_plan_delete(plan);
  wc_graph_delete(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_and_configurations_match),
      cmocka_unit_test(serialisation_saves_traffic_in_the_expected_order),
      cmocka_unit_test(a_wider_choice_never_costs_traffic),
      cmocka_unit_test(a_larger_buffer_never_costs_traffic),
      cmocka_unit_test(groups_keep_to_the_rules_of_their_configuration),
      cmocka_unit_test(greedy_merging_never_beats_the_optimal_partition),
      cmocka_unit_test(greedy_merging_ends_where_no_merge_saves),
      cmocka_unit_test(greedy_merging_names_what_fits_in_no_buffer),
      cmocka_unit_test(full_serialisation_has_one_sub_batch),
      cmocka_unit_test(small_buffers_are_tiled_in_rows),
      cmocka_unit_test(the_cost_of_a_group_is_the_traffic_of_its_actions),
      cmocka_unit_test(floors_lie_below_the_traffic_of_groups),
      cmocka_unit_test(no_other_partition_moves_less),
      cmocka_unit_test(a_batch_of_one_is_planned),
      cmocka_unit_test(a_remainder_of_one_sample_is_planned),
      cmocka_unit_test(a_buffer_that_no_plan_fits_is_refused),
      cmocka_unit_test(the_refusal_names_what_is_needed),
      cmocka_unit_test(senseless_requests_are_refused),
      cmocka_unit_test(a_program_larger_than_device_memory_is_refused),
      cmocka_unit_test(the_dump_tells_groups_places_actions_and_traffic),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
