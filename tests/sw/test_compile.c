/* What a compiled program has for its host, and when it updates the weights. */
#include <stdlib.h>
#include <string.h>

#include "greedy.h"
#include "net_build.h"
#include "plan.h"
#include "program.h"
#include "wc_cmocka.h"

#define KIB UINT64_C(1024)
#define MEM_BYTES (UINT64_C(128) << 20)

static void a_program_names_what_the_host_needs(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  const struct wc_target target = {.gbuf_bytes = 256 * KIB, .mem_bytes = MEM_BYTES};
  struct wc_report why;
  struct wc_program *p = wc_compile(g, WC_MBS2, 32, &target, &why);
  assert_non_null(p);
  static const char *const names[] = {
      "image",       "label",         "loss", "hyper",         "finite", "fc.w",
      "fc.w.master", "fc.w.momentum", "fc.b", "fc.b.momentum", "d_fc.w", "stem.gn.gamma.momentum"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    assert_non_null(wc_program_region(p, names[i]));
  }
  assert_null(wc_program_region(p, "fc.b.master")); /* a PARAM is its own master */
  assert_null(wc_program_region(p, "no such tensor"));
  assert_int_equal(wc_program_region(p, "image")->n, 32);
  assert_int_equal(wc_program_region(p, "finite")->bytes, WC_FINITE_BYTES);
  /* Nothing overlaps, streams included, and all lies within dram_bytes. */
  for (uint32_t i = 0; i < p->n_regions; i++) {
    const struct wc_region *a = &p->regions[i];
    assert_true(a->addr % 64 == 0);
    for (uint32_t j = 0; j < i; j++) {
      const struct wc_region *b = &p->regions[j];
      assert_true(a->addr + a->bytes <= b->addr || b->addr + b->bytes <= a->addr);
    }
    for (unsigned k = 0; k < WC_SECTIONS; k++) {
      assert_true(a->addr + a->bytes <= p->section[k][0].addr);
      assert_true(p->section[k][0].addr + p->section[k][0].bytes <= p->dram_bytes);
    }
  }
  wc_program_delete(p);
  wc_graph_delete(g);
}

/* In steps in a row most of the update lies before the last GEMM, and none before its gradient's
 * group has ended: with groups that leave room for it, for those of least traffic fill the buffer.
 */
static void the_update_passes_beside_the_last_backward_pass(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  const struct wc_target target = {.gbuf_bytes = 256 * KIB, .mem_bytes = MEM_BYTES};
  struct wc_report why = {""};
  struct wc_group *groups;
  uint32_t n;
  assert_true(wc_joint_groups(g, WC_MBS2, WC_GROUPING_JOINT, 32, &target, &groups, &n, &why));
  struct wc_plan *plan = wc_plan_make_in_a_row(g, WC_MBS2, 32, &target, groups, n, &why);
  assert_non_null(plan);
  free(groups);
  size_t last_run = 0;
  uint64_t before = 0, all = 0;
  for (size_t i = 0; i < plan->n_whole; i++) {
    last_run = plan->whole[i].kind == WC_ACT_RUN ? i : last_run;
  }
  for (size_t i = 0; i < plan->n_whole; i++) {
    const struct wc_action *act = &plan->whole[i];
    if (act->kind != WC_ACT_SGD) {
      continue;
    }
    all += act->sgd_elems;
    before += i < last_run ? act->sgd_elems : 0;
    const uint32_t grad = g->tensors[act->tensor].grad;
    for (size_t k = i; k < plan->n_whole; k++) { /* all sums are stored by now */
      assert_false(plan->whole[k].kind == WC_ACT_STORE && plan->whole[k].tensor == grad);
    }
  }
  assert_int_equal(all, wc_graph_totals(g).params);
  assert_true(10 * before > 9 * all);
  wc_plan_delete(plan);
  wc_graph_delete(g);
}

static void compiling_twice_gives_the_same_program(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  const struct wc_target target = {.gbuf_bytes = 24 * KIB, .mem_bytes = MEM_BYTES};
  struct wc_report why;
  struct wc_program *a = wc_compile(g, WC_MBS2, 7, &target, &why);
  struct wc_program *b = wc_compile(g, WC_MBS2, 7, &target, &why);
  assert_non_null(a);
  assert_non_null(b);
  for (unsigned k = 0; k < WC_SECTIONS; k++) {
    assert_int_equal(a->section[k][0].bytes, b->section[k][0].bytes);
    assert_memory_equal(a->section[k][0].words, b->section[k][0].words, a->section[k][0].bytes);
  }
  wc_program_delete(a);
  wc_program_delete(b);
  wc_graph_delete(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_program_names_what_the_host_needs),
      cmocka_unit_test(the_update_passes_beside_the_last_backward_pass),
      cmocka_unit_test(compiling_twice_gives_the_same_program),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
