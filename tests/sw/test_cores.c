/* Several cores: the rule of docs/numerics.md, to the bit.
 *
 * Each core is a device of its own for its share of the mini-batch; what it leaves is added in the
 * order of the cores, and the known update follows. SEED=n repeats the data of a run. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fp16.h"
#include "plan_trace.h"
#include "reference_graph.h"
#include "train_run.h"
#include "wc_cmocka.h"

#define BATCH 12u

/* A network, 48 random images and a device. */
struct bench {
  struct wc_graph *graph;
  struct wc_dataset data;
  struct wc_device *dev;
  struct wc_program *program;
  struct wc_session session;
  struct wc_trainer trainer;
};

static void must(bool ok, const struct wc_report *why) {
  if (!ok) {
    fail_msg("%s", why->text);
  }
}

static void bench_open(struct bench *b, enum wc_config config, uint32_t batch, uint32_t cores,
                       const char *device) {
  struct wc_report why = {""};
  char uri[128];
  struct wc_hyperparams hyper;
  wc_hyperparams_default(&hyper);
  hyper.batch = batch;
  hyper.warmup = 0;
  memset(b, 0, sizeof *b);
  b->graph = wc_net_build("tiny-resnet", &why);
  must(b->graph != NULL, &why);
  const struct wc_tensor *image = &b->graph->tensors[b->graph->image];
  must(wc_dataset_random(48, image->h, image->w, b->graph->classes, 5, &b->data, &why), &why);
  snprintf(uri, sizeof uri, "cmodel:cores=%" PRIu32 "%s%s", cores, *device ? "," : "", device);
  must(wc_session_device(uri, &b->dev, &why) == WC_DONE, &why);
  const struct wc_caps *caps = wc_caps(b->dev);
  assert_int_equal(caps->cores, cores);
  const struct wc_target target = wc_session_target(caps, caps->gbuf_bytes, cores);
  b->program = wc_compile(b->graph, config, batch, &target, &why);
  must(b->program != NULL, &why);
  b->session = (struct wc_session){
      .dev = b->dev, .program = b->program, .device_name = "cmodel", .timeout_ms = 60000};
  must(wc_session_load(&b->session, &why) == WC_DONE, &why);
  must(wc_trainer_new(&b->trainer, &b->session, b->graph, &hyper, &b->data, &b->data, &why), &why);
  must(wc_params_upload(&b->trainer.params, &b->session, &why) == WC_DONE, &why);
}

static void bench_close(struct bench *b) {
  wc_trainer_free(&b->trainer);
  wc_close(b->dev);
  wc_program_delete(b->program);
  wc_dataset_free(&b->data);
  wc_graph_delete(b->graph);
}

static const struct wc_region *region(const struct bench *b, const char *name, const char *suffix) {
  char full[96];
  snprintf(full, sizeof full, "%s%s", name, suffix);
  const struct wc_region *r = wc_program_region(b->program, full);
  if (r == NULL) {
    fail_msg("no region %s", full);
  }
  return r;
}

/* @elems FP32 of part @part of a region: the caller's. */
static float *floats(const struct bench *b, const struct wc_region *r, uint32_t part,
                     size_t elems) {
  float *values = malloc(elems * sizeof *values);
  assert_non_null(values);
  assert_true(part < r->n);
  assert_int_equal(wc_read(b->dev, values, r->addr + part * r->pitch, elems * sizeof *values),
                   WC_OK);
  return values;
}

static void forward_backward(struct bench *b) {
  struct wc_report why = {""};
  struct wc_step_result step;
  must(wc_train_feed(&b->trainer, &why) == WC_DONE, &why);
  must(wc_train_forward_backward(&b->trainer, &step, &why) == WC_DONE, &why);
  assert_true(step.finite);
}

static float *trained(enum wc_config config, uint32_t cores, const char *device, size_t *elems) {
  struct bench b;
  struct wc_report why = {""};
  struct wc_train_result result;
  const struct wc_train_run run = {.stop_step = 4};
  bench_open(&b, config, BATCH, cores, device);
  must(wc_train_run(&b.trainer, &run, &result, &why) == WC_DONE, &why);
  must(wc_params_download(&b.trainer.params, &b.session, &why) == WC_DONE, &why);
  *elems = b.trainer.params.elems;
  float *weights = malloc(*elems * sizeof *weights);
  assert_non_null(weights);
  memcpy(weights, b.trainer.params.master, *elems * sizeof *weights);
  bench_close(&b);
  return weights;
}

static void every_schedule_buffer_and_array_trains_to_the_same_bits(void **state) {
  (void)state;
  static const struct {
    enum wc_config config;
    const char *device;
  } ways[] = {{WC_BASELINE, "buffer=256KiB"},
              {WC_IL, "buffer=16KiB,lanes=8"},
              {WC_MBS_FS, "buffer=6000"},
              {WC_MBS1, "buffer=4KiB,threads=1"},
              {WC_MBS2, "rows=4,cols=8,buffer=8KiB"}};
  for (uint32_t cores = 2; cores <= 4; cores++) {
    size_t n;
    float *first = trained(ways[0].config, cores, ways[0].device, &n);
    for (size_t i = 1; i < sizeof ways / sizeof *ways; i++) {
      float *other = trained(ways[i].config, cores, ways[i].device, &n);
      assert_memory_equal(first, other, n * sizeof *first);
      free(other);
    }
    free(first);
  }
}

/* Runs core @core's images, with the scale of the whole mini-batch, on one core, and compares what
 * both leave of every gradient. */
static void compare_with_one_core(struct bench *all, uint32_t core) {
  struct bench one;
  struct wc_report why = {""};
  const uint32_t share = BATCH / all->program->cores;
  bench_open(&one, WC_BASELINE, share, 1, "");
  const struct wc_trainer *t = &all->trainer;
  float hyper[WC_HYPERS];
  must(wc_session_read(&all->session, t->hyper_region, hyper, sizeof hyper, &why) == WC_DONE, &why);
  uint8_t *images = malloc(t->image->bytes), *labels = malloc(t->label->bytes);
  must(wc_session_read(&all->session, t->image, images, t->image->bytes, &why) == WC_DONE, &why);
  must(wc_session_read(&all->session, t->label, labels, t->label->bytes, &why) == WC_DONE, &why);
  must(wc_session_write(&one.session, one.trainer.image, images + core * share * t->image->pitch,
                        share * t->image->pitch, &why) == WC_DONE,
       &why);
  must(wc_session_write(&one.session, one.trainer.label, labels + core * share * t->label->pitch,
                        share * t->label->pitch, &why) == WC_DONE,
       &why);
  must(wc_session_write(&one.session, one.trainer.hyper_region, hyper, sizeof hyper, &why) ==
           WC_DONE,
       &why);
  must(wc_session_run(&one.session, WC_SECTION_STEP, &why) == WC_DONE, &why);
  for (uint32_t i = 0; i < all->graph->n_params; i++) {
    const struct wc_tensor *p = &all->graph->tensors[all->graph->params[i]];
    const char *name = all->graph->tensors[p->grad].name;
    const size_t elems = (size_t)wc_tensor_elems(p);
    float *a = floats(all, region(all, name, ""), core, elems);
    float *b = floats(&one, region(&one, name, ""), 0, elems);
    if (memcmp(a, b, elems * sizeof *a) != 0) {
      fail_msg("core %" PRIu32 ": %s differs from that of one core", core, name);
    }
    free(a);
    free(b);
  }
  free(images);
  free(labels);
  bench_close(&one);
}

static void a_core_leaves_what_one_core_leaves_of_its_images(void **state) {
  (void)state;
  for (uint32_t cores = 2; cores <= 4; cores++) {
    struct bench all;
    bench_open(&all, WC_MBS2, BATCH, cores, "buffer=8KiB");
    forward_backward(&all);
    for (uint32_t core = 0; core < cores; core++) {
      compare_with_one_core(&all, core);
    }
    bench_close(&all);
  }
}

/* What a parameter was before the update, and the rule applied to it. */
struct expected {
  float *master, *momentum;
};

static struct expected expect_update(const struct bench *b, uint32_t index, const float *hyper) {
  const struct wc_param *p = &b->trainer.params.param[index];
  const struct wc_tensor *t = &b->graph->tensors[p->tensor];
  const struct wc_region *grad = region(b, b->graph->tensors[t->grad].name, "");
  struct expected e = {floats(b, p->master, 0, p->elems), floats(b, p->momentum, 0, p->elems)};
  float *sum = floats(b, grad, 0, p->elems);
  for (uint32_t core = 1; core < b->program->cores; core++) {
    float *other = floats(b, grad, core, p->elems);
    for (size_t i = 0; i < p->elems; i++) {
      sum[i] += other[i];
    }
    free(other);
  }
  for (size_t i = 0; i < p->elems; i++) {
    const float g = fmaf(e.master[i], hyper[WC_HYPER_DECAY], sum[i] * hyper[WC_HYPER_GRAD_SCALE]);
    e.momentum[i] = fmaf(e.momentum[i], hyper[WC_HYPER_MOMENTUM], g);
    e.master[i] = fmaf(e.momentum[i], hyper[WC_HYPER_NEG_LR], e.master[i]);
  }
  free(sum);
  return e;
}

static void the_update_adds_gradients_in_the_order_of_the_cores(void **state) {
  (void)state;
  static const struct {
    uint32_t cores;
    const char *device; /* the small ones need many chunks */
  } ways[] = {{2, ""}, {3, "buffer=6000"}, {4, "buffer=4KiB"}, {12, "buffer=8KiB"}};
  for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
    struct bench b;
    struct wc_report why = {""};
    float hyper[WC_HYPERS];
    bench_open(&b, WC_MBS2, BATCH, ways[w].cores, ways[w].device);
    forward_backward(&b);
    must(wc_session_read(&b.session, b.trainer.hyper_region, hyper, sizeof hyper, &why) == WC_DONE,
         &why);
    const uint32_t n = b.trainer.params.n;
    struct expected *want = calloc(n, sizeof *want);
    for (uint32_t i = 0; i < n; i++) {
      want[i] = expect_update(&b, i, hyper);
    }
    must(wc_session_run(&b.session, WC_SECTION_UPDATE, &why) == WC_DONE, &why);
    for (uint32_t i = 0; i < n; i++) {
      const struct wc_param *p = &b.trainer.params.param[i];
      float *master = floats(&b, p->master, 0, p->elems);
      float *momentum = floats(&b, p->momentum, 0, p->elems);
      assert_memory_equal(master, want[i].master, p->elems * sizeof *master);
      assert_memory_equal(momentum, want[i].momentum, p->elems * sizeof *momentum);
      for (size_t k = 0; p->is_weight && k < p->elems; k += 7) {
        uint8_t copy[2], rounded[2];
        assert_int_equal(wc_read(b.dev, copy, p->copy->addr + 2 * k, 2), WC_OK);
        wc_fp16_store(rounded, master[k]);
        assert_memory_equal(copy, rounded, 2);
      }
      free(master);
      free(momentum);
      free(want[i].master);
      free(want[i].momentum);
    }
    free(want);
    bench_close(&b);
  }
}

static void gradients_agree_with_the_reference(void **state) {
  (void)state;
  struct bench b;
  uint64_t random = ref_seed("cores");
  bench_open(&b, WC_MBS2, BATCH, 2, "");
  struct ref_run ref = ref_run_new(b.graph, BATCH);
  ref_run_fill(&ref, 1024, &random);
  ref.round = true;
  for (uint32_t i = 0; i < b.graph->n_tensors; i++) {
    const struct wc_tensor *t = &b.graph->tensors[i];
    const bool given = t->role == WC_ROLE_IMAGE || t->role == WC_ROLE_LABEL ||
                       t->role == WC_ROLE_WEIGHT || t->role == WC_ROLE_PARAM ||
                       t->role == WC_ROLE_HYPER;
    if (given) {
      const struct wc_region *r = region(&b, t->name, "");
      uint8_t *raw = calloc(1, r->bytes);
      ref_round(&ref.t[i], t->type);
      ref_store(&ref.t[i], t->type, raw, r->pitch);
      assert_int_equal(wc_write(b.dev, r->addr, raw, r->bytes), WC_OK);
      free(raw);
    }
  }
  struct wc_report why = {""};
  must(wc_session_run(&b.session, WC_SECTION_STEP, &why) == WC_DONE, &why);
  ref_run_graph(&ref);
  for (uint32_t i = 0; i < b.graph->n_params; i++) {
    const uint32_t grad = b.graph->tensors[b.graph->params[i]].grad;
    const struct ref_tensor *want = &ref.t[grad];
    struct ref_tensor sum = ref_new(want->n, want->h, want->w, want->c);
    for (uint32_t core = 0; core < 2; core++) {
      float *part = floats(&b, region(&b, b.graph->tensors[grad].name, ""), core, ref_elems(want));
      for (size_t k = 0; k < ref_elems(want); k++) {
        sum.v[k] += (double)part[k];
      }
      free(part);
    }
    const double error = ref_rel_l2(&sum, want);
    if (!(error < 0.01)) {
      fail_msg("%s is off by %g", b.graph->tensors[grad].name, error);
    }
    ref_free(&sum);
  }
  ref_run_free(&ref);
  bench_close(&b);
}

static void planned_bytes_are_those_counted_over_all_cores(void **state) {
  (void)state;
  for (unsigned config = 0; config < WC_CONFIGS; config++) {
    for (uint32_t cores = 1; cores <= 4; cores++) {
      struct bench b;
      struct wc_report why = {""};
      struct wc_step_result step;
      struct wc_counters sum, one;
      bench_open(&b, (enum wc_config)config, BATCH, cores, "buffer=8KiB");
      must(wc_train_step(&b.trainer, &step, &why) == WC_DONE, &why);
      assert_int_equal(wc_counters_read(b.dev, &sum), WC_OK);
      uint64_t loaded = 0;
      for (unsigned c = 0; c < WC_CLASSES; c++) {
        assert_int_equal(sum.tag_rd[c], b.program->class_bytes[c][0]);
        assert_int_equal(sum.tag_wr[c], b.program->class_bytes[c][1]);
      }
      for (uint32_t core = 0; core < cores; core++) {
        assert_int_equal(wc_counters_read_core(b.dev, core, &one), WC_OK);
        assert_true(one.value[WC_C_RD_BYTES] > 0);
        loaded += one.value[WC_C_RD_BYTES];
      }
      assert_int_equal(loaded, sum.value[WC_C_RD_BYTES]);
      bench_close(&b);
    }
  }
}

static void each_cores_actions_hold_what_is_read(void **state) {
  (void)state;
  struct wc_report why = {""};
  struct wc_graph *g = wc_net_build("fmnist-resnet8", &why);
  must(g != NULL, &why);
  static const uint64_t buffers[] = {12 << 10, 64 << 10, 256 << 10};
  for (unsigned i = 0; i < 3 * WC_CONFIGS; i++) {
    const struct wc_target target = {.gbuf_bytes = buffers[i / WC_CONFIGS], .cores = 1 + i % 4};
    struct wc_plan *plan =
        wc_plan_make(g, (enum wc_config)(i % WC_CONFIGS), WC_TRAIN, BATCH, &target, NULL, 0, &why);
    must(plan != NULL, &why);
    assert_int_equal(plan->update_at[target.cores], plan->n_update);
    if (!wc_plan_trace(plan, why.text, sizeof why.text)) {
      fail_msg("%" PRIu32 " cores: %s", target.cores, why.text);
    }
    wc_plan_delete(plan);
  }
  wc_graph_delete(g);
}

static void a_batch_that_cannot_be_shared_is_refused(void **state) {
  (void)state;
  struct wc_report why = {""};
  struct wc_graph *g = wc_net_build("tiny-resnet", &why);
  must(g != NULL, &why);
  const struct wc_target two = {.gbuf_bytes = 65536, .cores = 2};
  assert_null(wc_plan_make(g, WC_MBS2, WC_TRAIN, 5, &two, NULL, 0, &why));
  assert_non_null(strstr(why.text, "batch 5"));
  assert_non_null(strstr(why.text, "2 cores"));
  const struct wc_target many = {.gbuf_bytes = 65536, .cores = WC_CORES_MAX + 1};
  assert_null(wc_plan_make(g, WC_MBS2, WC_TRAIN, 17, &many, NULL, 0, &why));
  assert_non_null(strstr(why.text, "cores 17"));
  wc_graph_delete(g);
}

/* The streams of a program for two cores, on a device with one: refused before anything runs. */
static void a_program_for_more_cores_is_refused(void **state) {
  (void)state;
  struct bench two, one;
  struct wc_report why = {""};
  bench_open(&two, WC_MBS2, BATCH, 2, "");
  bench_open(&one, WC_MBS2, BATCH, 1, "");
  struct wc_session odd = {
      .dev = one.dev, .program = two.program, .device_name = "cmodel", .timeout_ms = 1000};
  assert_int_equal(wc_session_load(&odd, &why), WC_BAD_INPUT);
  assert_non_null(strstr(why.text, "2 cores"));
  assert_non_null(strstr(why.text, "--cores 1"));
  bench_close(&one);
  bench_close(&two);
}

static void evaluation_does_not_depend_on_the_cores(void **state) {
  (void)state;
  double accuracy[2];
  for (uint32_t cores = 1; cores <= 2; cores++) {
    struct bench b;
    struct wc_report why = {""};
    bench_open(&b, WC_MBS2, BATCH, cores, "");
    must(wc_train_evaluate(&b.trainer, 40, &accuracy[cores - 1], &why) == WC_DONE, &why);
    bench_close(&b);
  }
  assert_true(accuracy[0] == accuracy[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_schedule_buffer_and_array_trains_to_the_same_bits),
      cmocka_unit_test(a_core_leaves_what_one_core_leaves_of_its_images),
      cmocka_unit_test(the_update_adds_gradients_in_the_order_of_the_cores),
      cmocka_unit_test(gradients_agree_with_the_reference),
      cmocka_unit_test(planned_bytes_are_those_counted_over_all_cores),
      cmocka_unit_test(each_cores_actions_hold_what_is_read),
      cmocka_unit_test(a_batch_that_cannot_be_shared_is_refused),
      cmocka_unit_test(a_program_for_more_cores_is_refused),
      cmocka_unit_test(evaluation_does_not_depend_on_the_cores),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
