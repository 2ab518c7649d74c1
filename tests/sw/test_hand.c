/* What groups hand to the next ones in the buffer: as many samples as asked for and whole
 * sub-batches allow, no more and no less moved for it. That the bits stay is test_plan's. */
#include <stdlib.h>
#include <string.h>

#include "net_build.h"
#include "plan.h"
#include "wc_cmocka.h"

#define KIB UINT64_C(1024)
#define BATCH 12

static uint32_t node_of(const struct wc_graph *g, const char *name) {
  for (uint32_t i = 0; i < g->n_forward; i++) {
    if (strcmp(g->nodes[i].name, name) == 0) {
      return i;
    }
  }
  fail_msg("there is no node %s", name);
  return 0;
}

/* fmnist-resnet8 cut behind its first block, each way, each group handing on @hand samples. */
static struct wc_plan *two_and_two(const struct wc_graph *g, uint32_t hand, uint32_t sub_batch,
                                   uint64_t gbuf, struct wc_report *why) {
  const struct wc_target target = {.gbuf_bytes = gbuf};
  const uint32_t cut = node_of(g, "b1.relu2");
  struct wc_group groups[4];
  for (unsigned i = 0; i < 4; i++) {
    groups[i] = (struct wc_group){.first = i % 2 == 0 ? 0 : cut + 1,
                                  .last = i % 2 == 0 ? cut : g->n_forward - 1,
                                  .direction = i < 2 ? WC_FORWARD : WC_BACKWARD,
                                  .way = WC_WAY_SEGMENT,
                                  .sub_batch = i % 2 == 0 ? sub_batch : 2 * sub_batch,
                                  .reuse = true,
                                  .pin = true,
                                  .hand = hand};
  }
  return wc_plan_make(g, WC_MBS2, WC_TRAIN, BATCH, &target, groups, 4, why);
}

/* Samples of @tensor that actions of @kind move. */
static uint32_t moved(const struct wc_plan *plan, enum wc_action_kind kind, uint32_t tensor) {
  uint32_t samples = 0;
  for (size_t i = 0; i < plan->n_step; i++) {
    const struct wc_action *act = &plan->step[i];
    samples += act->kind == kind && act->tensor == tensor ? act->ns : 0;
  }
  return samples;
}

/* Sub-batches of 2 and 4: whole ones of both are multiples of 4 samples from the end. */
static void whole_sub_batches_are_handed_over(void **state) {
  (void)state;
  static const struct {
    uint32_t hand, stays;
  } cases[] = {{0, 0}, {3, 0}, {4, 4}, {7, 4}, {8, 8}, {11, 8}, {12, 12}, {100, 12}};
  struct wc_graph *g = net_build("fmnist-resnet8");
  const uint32_t out = g->nodes[node_of(g, "b1.relu2")].out[0];
  const uint32_t gradient = g->tensors[out].grad;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct wc_report why = {""};
    struct wc_plan *plan = two_and_two(g, cases[i].hand, 2, 16 * 1024 * KIB, &why);
    if (plan == NULL) {
      fail_msg("%s", why.text);
    }
    const uint32_t left = BATCH - cases[i].stays;
    /* The feature is stored for the backward pass, which reads it in both groups. */
    assert_int_equal(moved(plan, WC_ACT_STORE, out), BATCH);
    assert_int_equal(moved(plan, WC_ACT_LOAD, out), left + BATCH);
    /* Its gradient is read by the next group only. */
    assert_int_equal(moved(plan, WC_ACT_STORE, gradient), left);
    assert_int_equal(moved(plan, WC_ACT_LOAD, gradient), left);
    wc_plan_delete(plan);
  }
  wc_graph_delete(g);
}

static void what_does_not_fit_is_refused(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  struct wc_report why = {""};
  struct wc_plan *plan = two_and_two(g, 0, 1, 384 * KIB, &why);
  assert_non_null(plan);
  wc_plan_delete(plan);
  assert_null(two_and_two(g, BATCH, 1, 384 * KIB, &why));
  assert_non_null(strstr(why.text, "global buffer"));
  wc_graph_delete(g);
}

/* The scheduler hands over only where that moves less, and it does somewhere. */
static void handing_over_saves_traffic(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  unsigned handed = 0;
  for (uint64_t gbuf = 32 * KIB; gbuf <= 1024 * KIB; gbuf *= 2) {
    struct wc_report why = {""};
    const struct wc_target target = {.gbuf_bytes = gbuf};
    struct wc_plan *plan = wc_plan_make(g, WC_MBS2, WC_TRAIN, BATCH, &target, NULL, 0, &why);
    assert_non_null(plan);
    uint64_t bytes[2] = {0};
    for (uint32_t i = 0; i < plan->schedule.n_groups; i++) {
      handed += plan->schedule.groups[i].hand > 0;
      plan->schedule.groups[i].hand = 0;
    }
    struct wc_plan *plain = wc_plan_make(g, WC_MBS2, WC_TRAIN, BATCH, &target,
                                         plan->schedule.groups, plan->schedule.n_groups, &why);
    for (unsigned c = 0; plain != NULL && c < WC_CLASSES; c++) {
      bytes[0] += plan->class_bytes[c][0] + plan->class_bytes[c][1];
      bytes[1] += plain->class_bytes[c][0] + plain->class_bytes[c][1];
    }
    assert_true(bytes[0] <= bytes[1]);
    wc_plan_delete(plain);
    wc_plan_delete(plan);
  }
  assert_true(handed > 0);
  wc_graph_delete(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whole_sub_batches_are_handed_over),
      cmocka_unit_test(what_does_not_fit_is_refused),
      cmocka_unit_test(handing_over_saves_traffic),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
