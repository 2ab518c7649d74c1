/* What the forward pass keeps for the backward pass under each rule, what runs again for it, what
 * stays pinned, and that groups of one look run alike. That plans with any of it train to the same
 * bits is test_plan's. */
#include <stdlib.h>
#include <string.h>

#include "net_build.h"
#include "plan.h"
#include "plan_build.h"
#include "plan_looks.h"
#include "wc_cmocka.h"

#define KIB UINT64_C(1024)
#define BATCH 12

static struct wc_target target_of(uint64_t gbuf) {
  return (struct wc_target){.gbuf_bytes = gbuf};
}

/* All nodes in one group each way, under a rule. */
static struct wc_plan *whole(const struct wc_graph *g, enum wc_keep keep) {
  const struct wc_target target = target_of(4096 * KIB);
  struct wc_group groups[2] = {{.direction = WC_FORWARD}, {.direction = WC_BACKWARD}};
  for (unsigned i = 0; i < 2; i++) {
    groups[i].last = g->n_forward - 1;
    groups[i].way = WC_WAY_SEGMENT;
    groups[i].sub_batch = 3;
    groups[i].reuse = groups[i].pin = true;
    groups[i].keep = keep;
  }
  struct wc_report why = {""};
  struct wc_plan *plan = wc_plan_make(g, WC_MBS_R, WC_TRAIN, BATCH, &target, groups, 2, &why);
  if (plan == NULL) {
    fail_msg("%s: %s", wc_keep_name(keep), why.text);
  }
  return plan;
}

static uint32_t tensor_of(const struct wc_graph *g, const char *name) {
  for (uint32_t t = 0; t < g->n_tensors; t++) {
    if (strcmp(g->tensors[t].name, name) == 0) {
      return t;
    }
  }
  fail_msg("there is no tensor %s", name);
  return WC_NONE;
}

static bool is_stored(const struct wc_plan *plan, const char *name) {
  return plan->tensor[tensor_of(plan->graph, name)].present != 0;
}

static bool runs_again(const struct wc_plan *plan, const char *name) {
  return plan->again[plan->graph->tensors[tensor_of(plan->graph, name)].producer] == BATCH;
}

/* Of block b2 of fmnist-resnet8 (two 3x3, a 1x1 shortcut) and what comes before it. */
static void each_rule_keeps_what_it_says(void **state) {
  (void)state;
  static const struct {
    const char *tensor;
    const char *kept; /* a letter for each rule: s stored, a made again, - neither */
  } cases[] = {{"input", "saaaaa"},       {"b2.conv1", "ssssaa"},      {"b2.gn1", "-aaaaa"},
               {"b2.relu1", "saaaaa"},    {"b2.relu1.mask", "saaaaa"}, {"b2.conv_s", "sssaaa"},
               {"b2.conv2", "ssssaa"},    {"b2.relu2", "ssassa"},      {"b2.relu2.mask", "ssassa"},
               {"b2.gn1.stats", "ssssss"}};
  struct wc_graph *g = net_build("fmnist-resnet8");
  for (int keep = 0; keep < WC_KEEPS; keep++) {
    struct wc_plan *plan = whole(g, (enum wc_keep)keep);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
      const char want = cases[i].kept[keep];
      if (is_stored(plan, cases[i].tensor) != (want == 's') ||
          (want != 's' && runs_again(plan, cases[i].tensor) != (want == 'a'))) {
        fail_msg("%s: %s is not %c", wc_keep_name((enum wc_keep)keep), cases[i].tensor, want);
      }
    }
    assert_int_equal(plan->macs_again > 0, keep > WC_KEEP_BARE);
    wc_plan_delete(plan);
  }
  wc_graph_delete(g);
}

static uint64_t stored_bytes(const struct wc_plan *plan) {
  return plan->class_bytes[WC_CLASS_FEATURES][1] + plan->class_bytes[WC_CLASS_MASKS][1];
}

/* BARE and WIDE each store less than CONVS, and are not to be compared. */
static void each_rule_stores_less_than_the_one_before(void **state) {
  (void)state;
  static const char *const nets[] = {"fmnist-resnet8", "fmnist-inception"};
  for (unsigned n = 0; n < 2; n++) {
    struct wc_graph *g = net_build(nets[n]);
    uint64_t bytes[WC_KEEPS], macs[WC_KEEPS];
    for (int keep = 0; keep < WC_KEEPS; keep++) {
      struct wc_plan *plan = whole(g, (enum wc_keep)keep);
      const int before = keep == WC_KEEP_WIDE ? WC_KEEP_CONVS : keep - 1;
      bytes[keep] = stored_bytes(plan);
      macs[keep] = plan->macs_again;
      assert_true(keep == 0 || bytes[keep] < bytes[before]);
      assert_true(keep == 0 || macs[keep] >= macs[before]);
      wc_plan_delete(plan);
    }
    wc_graph_delete(g);
  }
}

/* Four iterations, all parameters and sums pinned: each is moved once in each pass that needs it.
 */
static void what_is_pinned_is_moved_once(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  struct wc_plan *plan = whole(g, WC_KEEP_NONE);
  uint64_t(*moves)[2] = calloc(g->n_tensors, sizeof *moves);
  assert_non_null(moves);
  for (size_t i = 0; i < plan->n_step; i++) {
    const struct wc_action *act = &plan->step[i];
    const bool move = act->kind == WC_ACT_LOAD || act->kind == WC_ACT_STORE;
    if (move && act->tensor != WC_NONE) {
      moves[act->tensor][act->kind == WC_ACT_STORE]++;
    }
  }
  for (uint32_t i = 0; i < g->n_params; i++) {
    const uint32_t t = g->params[i];
    assert_in_range(moves[t][0], 1, 2);
    assert_int_equal(moves[g->tensors[t].grad][0], 0);
    assert_int_equal(moves[g->tensors[t].grad][1], 1);
  }
  free(moves);
  wc_plan_delete(plan);
  wc_graph_delete(g);
}

/* Where not all fits, sums go first: they save twice their bytes. */
static void pins_fill_the_buffer_and_no_more(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  uint32_t some = 0;
  for (uint64_t gbuf = 128 * KIB; gbuf <= 1024 * KIB; gbuf += 64 * KIB) {
    const struct wc_target target = target_of(gbuf);
    struct wc_report why;
    struct wc_planner p;
    struct wc_segment seg = {0};
    assert_true(wc_planner_begin(&p, g, WC_MBS_R, WC_TRAIN, BATCH, &target, &why));
    const struct wc_shape shape = {.fuse = true, .reuse = true, .pin_fitting = true};
    assert_true(wc_segment_make(&p, g->n_forward, p.backward[20], shape, &seg));
    if (wc_segment_settle(&p, &seg, 1)) {
      uint32_t pinned = 0, params = 0, node;
      for (uint32_t i = 0; i < seg.n_stays; i++) {
        params += seg.stays[i].tensor != WC_NONE && !g->tensors[seg.stays[i].tensor].per_sample;
        pinned += seg.stays[i].pinned;
      }
      some += pinned > 0 && pinned < params;
      assert_true(wc_segment_peak(&p, &seg, 1, &node) <= p.gb_limit - p.gb_base);
    }
    wc_segment_free(&seg);
    wc_planner_free(&p);
  }
  assert_true(some > 0);
  wc_graph_delete(g);
}

/* For every group of up to twelve nodes: the same place, the same cost. Blocks share places. */
static void groups_of_one_look_cost_alike(void **state) {
  (void)state;
  struct wc_graph *g = net_build("resnet101");
  const struct wc_target target = target_of(2048 * KIB);
  struct wc_report why;
  struct wc_planner p;
  assert_true(wc_planner_begin(&p, g, WC_MBS_R, WC_TRAIN, BATCH, &target, &why));
  struct wc_looks *looks = wc_looks_new(&p);
  assert_non_null(looks);
  struct wc_choice *known = calloc(looks->n_places, sizeof *known);
  assert_non_null(known);
  uint32_t asked = 0, alike = 0;
  for (uint32_t i = 0; i < p.n_forward; i += 3) {
    for (uint32_t j = i + 1; j <= p.n_forward && j <= i + 12; j += 4) {
      const uint32_t place = wc_looks_of(looks, i, j);
      struct wc_choice choice;
      assert_true(place < looks->n_places);
      assert_true(wc_group_choose(&p, i, j - 1, 0, UINT64_MAX, &choice));
      if (known[place].last > 0) {
        alike++;
        assert_int_equal(known[place].last - known[place].first, j - 1 - i);
        assert_int_equal(known[place].bytes, choice.bytes);
        assert_int_equal(known[place].sub_batch, choice.sub_batch);
      }
      known[place] = choice;
      asked++;
    }
  }
  assert_true(2 * alike > asked); /* 23 blocks of the third stage */
  free(known);
  wc_looks_delete(looks);
  wc_planner_free(&p);
  wc_graph_delete(g);
}

/* ---- refusals ---- */

static void nodes_by_themselves_cannot_make_anything_again(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  const struct wc_target target = target_of(256 * KIB);
  struct wc_group groups[64] = {{.last = g->n_forward - 1,
                                 .direction = WC_FORWARD,
                                 .way = WC_WAY_SEGMENT,
                                 .sub_batch = 1,
                                 .keep = WC_KEEP_NONE}};
  uint32_t n = 1;
  for (uint32_t i = 0; i < g->n_forward; i++) {
    groups[n++] =
        (struct wc_group){.first = i, .last = i, .direction = WC_BACKWARD, .way = WC_WAY_NODES};
  }
  struct wc_report why = {""};
  assert_null(wc_plan_make(g, WC_MBS_R, WC_TRAIN, BATCH, &target, groups, n, &why));
  assert_non_null(strstr(why.text, "does not store"));
  groups[0].keep = WC_KEEP_ALL;
  struct wc_plan *plan = wc_plan_make(g, WC_MBS_R, WC_TRAIN, BATCH, &target, groups, n, &why);
  assert_non_null(plan);
  assert_int_equal(plan->macs_again, 0);
  wc_plan_delete(plan);
  wc_graph_delete(g);
}

static void bounds_are_kept(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  const struct wc_target target = target_of(256 * KIB);
  struct wc_report why;
  struct wc_group *groups;
  for (int keep = 0; keep < WC_KEEPS; keep++) {
    const struct wc_bounds how = {.keep = (enum wc_keep)keep, .room = keep % 2 == 0};
    const uint32_t n = wc_bounded_groups(g, WC_MBS_R, BATCH, &target, how, &groups, &why);
    assert_true(n > 0);
    for (uint32_t i = 0; i < n; i++) {
      assert_true(groups[i].keep <= how.keep);
      assert_int_equal(groups[i].room, how.room);
    }
    free(groups);
  }
  assert_int_equal(wc_bounded_groups(g, WC_MBS_R, 0, &target, (struct wc_bounds){0}, &groups, &why),
                   0);
  assert_non_null(strstr(why.text, "batch 0"));
  enum wc_keep keep = WC_KEEP_WIDE;
  assert_false(wc_keep_parse("some", &keep));
  assert_int_equal(keep, WC_KEEP_WIDE);
  assert_true(wc_keep_parse("modules", &keep));
  assert_int_equal(keep, WC_KEEP_MODULES);
  wc_graph_delete(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_rule_keeps_what_it_says),
      cmocka_unit_test(each_rule_stores_less_than_the_one_before),
      cmocka_unit_test(what_is_pinned_is_moved_once),
      cmocka_unit_test(pins_fill_the_buffer_and_no_more),
      cmocka_unit_test(groups_of_one_look_cost_alike),
      cmocka_unit_test(nodes_by_themselves_cannot_make_anything_again),
      cmocka_unit_test(bounds_are_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
