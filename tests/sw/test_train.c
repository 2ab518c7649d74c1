/* The training loop on the C model: rates, loss scaling, determinism, checkpoints, dumps. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "checkpoint.h"
#include "compare.h"
#include "temp_dir.h"
#include "train_run.h"
#include "wc_cmocka.h"

/* A tiny network, 64 random images and a device. */
struct bench {
  struct wc_graph *graph;
  struct wc_dataset data;
  struct wc_device *dev;
  struct wc_program *program;
  struct wc_session session;
  struct wc_trainer trainer;
};

static void must(bool ok, const struct wc_report *why) {
  if (!ok)
    fail_msg("%s", why->text);
}

static struct wc_hyperparams hyperparams(void) {
  struct wc_hyperparams h;
  wc_hyperparams_default(&h);
  h.batch = 8;
  h.epochs = 4;
  h.warmup = 3;
  h.seed = 11;
  return h;
}

static void bench_open(struct bench *b, enum wc_config config, const char *uri) {
  struct wc_report why = {""};
  const struct wc_hyperparams hyper = hyperparams();
  memset(b, 0, sizeof *b);
  b->graph = wc_net_build("tiny-resnet", &why);
  must(b->graph != NULL, &why);
  const struct wc_tensor *image = &b->graph->tensors[b->graph->image];
  must(wc_dataset_random(64, image->h, image->w, b->graph->classes, 5, &b->data, &why), &why);
  must(wc_session_device(uri, &b->dev, &why) == WC_DONE, &why);
  const struct wc_target target = {.gbuf_bytes = wc_caps(b->dev)->gbuf_bytes,
                                   .mem_bytes = wc_caps(b->dev)->mem_bytes};
  b->program = wc_compile(b->graph, config, hyper.batch, &target, &why);
  must(b->program != NULL, &why);
  b->session = (struct wc_session){
      .dev = b->dev, .program = b->program, .device_name = uri, .timeout_ms = 60000};
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

static void run_to(struct bench *b, uint64_t step) {
  struct wc_report why = {""};
  struct wc_train_result result;
  const struct wc_train_run run = {.stop_step = step};
  must(wc_train_run(&b->trainer, &run, &result, &why) == WC_DONE, &why);
  assert_int_equal(result.steps, step);
  must(wc_params_download(&b->trainer.params, &b->session, &why) == WC_DONE, &why);
}

static void the_rate_rises_then_falls(void **state) {
  (void)state;
  struct wc_hyperparams h = hyperparams();
  h.lr = 1;
  h.warmup = 4;
  h.shape = WC_LR_LINEAR;
  assert_true(wc_learning_rate(&h, 0, 104) == 0.2);
  assert_true(wc_learning_rate(&h, 3, 104) == 0.8);
  assert_true(wc_learning_rate(&h, 4, 104) == 1);
  assert_true(fabs(wc_learning_rate(&h, 54, 104) - 0.5) < 1e-12);
  assert_true(fabs(wc_learning_rate(&h, 103, 104) - 0.01) < 1e-12);
  assert_true(wc_learning_rate(&h, 1000, 104) < 0.01);
  assert_true(wc_learning_rate(&h, 1000, 104) > 0);
  h.shape = WC_LR_COSINE;
  assert_true(fabs(wc_learning_rate(&h, 4, 104) - 1) < 1e-12);
  assert_true(fabs(wc_learning_rate(&h, 54, 104) - 0.5) < 1e-12);
  assert_true(wc_learning_rate(&h, 103, 104) < 0.001);
  h.shape = WC_LR_CONSTANT;
  assert_true(wc_learning_rate(&h, 103, 104) == 1);
  assert_true(wc_learning_rate(&h, 1, 104) == 0.4);
}

static void the_loss_scale_halves_on_overflow_and_doubles_after_patience(void **state) {
  (void)state;
  struct wc_train_state s;
  wc_train_state_init(&s);
  assert_true(s.loss_scale == 65536);
  wc_train_state_update(&s, false);
  assert_true(s.loss_scale == 32768 && s.skipped == 1 && s.step == 1);
  for (unsigned i = 0; i + 1 < WC_LOSS_SCALE_PATIENCE; i++)
    wc_train_state_update(&s, true);
  assert_true(s.loss_scale == 32768);
  wc_train_state_update(&s, true);
  assert_true(s.loss_scale == 65536);
  for (int i = 0; i < 100; i++)
    wc_train_state_update(&s, false);
  assert_true(s.loss_scale == 1); /* and no lower */
  for (unsigned i = 0; i < 100 * WC_LOSS_SCALE_PATIENCE; i++)
    wc_train_state_update(&s, true);
  assert_true(s.loss_scale == WC_LOSS_SCALE_MAX); /* and no higher */
}

static void initial_values_are_in_their_bounds(void **state) {
  (void)state;
  struct bench b;
  bench_open(&b, WC_MBS2, "cmodel:threads=1");
  const struct wc_params *p = &b.trainer.params;
  for (uint32_t i = 0; i < p->n; i++) {
    const struct wc_tensor *t = &b.graph->tensors[p->param[i].tensor];
    const float *value = p->master + p->param[i].at;
    const double bound = sqrt(6.0 / (t->h * t->w));
    double sum = 0, squares = 0;
    for (size_t k = 0; k < p->param[i].elems; k++) {
      sum += value[k];
      squares += (double)value[k] * value[k];
      assert_true(fabs(value[k]) <= (p->param[i].is_weight ? bound : 1));
    }
    const double n = (double)p->param[i].elems;
    if (p->param[i].is_weight && n >= 256) {
      assert_true(fabs(sum / n) < 4 * bound / sqrt(3 * n));
      assert_true(fabs(squares / n / (bound * bound / 3) - 1) < 0.25);
    } else if (strstr(t->name, "gamma") != NULL) {
      assert_true(sum == n);
    } else if (!p->param[i].is_weight) {
      assert_true(squares == 0);
    }
  }
  bench_close(&b);
}

static void every_configuration_and_buffer_trains_to_the_same_bits(void **state) {
  (void)state;
  static const struct {
    enum wc_config config;
    const char *uri;
  } ways[] = {{WC_BASELINE, "cmodel:"},
              {WC_MBS2, "cmodel:threads=1"},
              {WC_MBS2, "cmodel:buffer=4KiB"},
              {WC_MBS1, "cmodel:buffer=6000"},
              {WC_MBS_FS, "cmodel:buffer=32KiB,rows=4,cols=4"},
              {WC_IL, "cmodel:buffer=16KiB,lanes=32"}};
  struct bench first;
  bench_open(&first, ways[0].config, ways[0].uri);
  const size_t bytes = first.trainer.params.elems * sizeof(float);
  float *initial = malloc(bytes);
  memcpy(initial, first.trainer.params.master, bytes);
  run_to(&first, 5);
  assert_memory_not_equal(initial, first.trainer.params.master, bytes);
  free(initial);
  for (size_t i = 1; i < sizeof ways / sizeof *ways; i++) {
    struct bench b;
    bench_open(&b, ways[i].config, ways[i].uri);
    run_to(&b, 5);
    assert_memory_equal(first.trainer.params.master, b.trainer.params.master, bytes);
    assert_memory_equal(first.trainer.params.momentum, b.trainer.params.momentum, bytes);
    bench_close(&b);
  }
  bench_close(&first);
}

static void training_lowers_the_loss_of_what_it_sees(void **state) {
  (void)state;
  struct bench b;
  struct wc_report why = {""};
  struct wc_train_result result;
  double before, after;
  bench_open(&b, WC_MBS2, "cmodel:");
  b.trainer.hyper.lr = 0.05;
  b.trainer.hyper.shape = WC_LR_CONSTANT;
  const struct wc_train_run run = {.stop_step = 400};
  must(wc_train_evaluate(&b.trainer, 64, &before, &why) == WC_DONE, &why);
  must(wc_train_run(&b.trainer, &run, &result, &why) == WC_DONE, &why);
  must(wc_train_evaluate(&b.trainer, 64, &after, &why) == WC_DONE, &why);
  assert_true(before < 0.5);
  assert_true(after > 0.9); /* 64 random images can be learnt by heart */
  assert_true(result.loss < 0.5);
  bench_close(&b);
}

static void evaluation_leaves_training_alone(void **state) {
  (void)state;
  struct bench plain, looked;
  struct wc_report why = {""};
  double accuracy;
  bench_open(&plain, WC_MBS2, "cmodel:");
  bench_open(&looked, WC_MBS2, "cmodel:");
  run_to(&plain, 4);
  for (uint64_t step = 1; step <= 4; step++) {
    must(wc_train_evaluate(&looked.trainer, 61, &accuracy, &why) == WC_DONE, &why);
    run_to(&looked, step);
  }
  assert_memory_equal(plain.trainer.params.master, looked.trainer.params.master,
                      plain.trainer.params.elems * sizeof(float));
  bench_close(&plain);
  bench_close(&looked);
}

/* A gradient that is not finite: the update is left out and the scale halves. */
static void an_overflow_skips_the_update(void **state) {
  (void)state;
  struct bench b;
  struct wc_report why = {""};
  bench_open(&b, WC_MBS2, "cmodel:");
  b.trainer.state.loss_scale = 0x1p40; /* beyond FP16 whatever the loss */
  const size_t bytes = b.trainer.params.elems * sizeof(float);
  float *before = malloc(bytes);
  memcpy(before, b.trainer.params.master, bytes);
  struct wc_step_result step;
  must(wc_train_step(&b.trainer, &step, &why) == WC_DONE, &why);
  assert_false(step.finite);
  assert_true(isfinite(step.loss));
  must(wc_params_download(&b.trainer.params, &b.session, &why) == WC_DONE, &why);
  assert_memory_equal(before, b.trainer.params.master, bytes);
  assert_true(b.trainer.state.loss_scale == 0x1p39);
  assert_int_equal(b.trainer.state.skipped, 1);
  assert_int_equal(b.trainer.state.step, 1);
  /* It finds its way down to a scale that works. */
  for (int i = 0; i < 40 && !step.finite; i++)
    must(wc_train_step(&b.trainer, &step, &why) == WC_DONE, &why);
  assert_true(step.finite);
  must(wc_params_download(&b.trainer.params, &b.session, &why) == WC_DONE, &why);
  assert_memory_not_equal(before, b.trainer.params.master, bytes);
  free(before);
  bench_close(&b);
}

/* Parameters, momenta and where the run stands are the same. */
static void expect_same_bits(struct bench *a, struct bench *b) {
  struct wc_report why = {""};
  const size_t bytes = a->trainer.params.elems * sizeof(float);
  must(wc_train_settle(&b->trainer, &why) == WC_DONE, &why);
  must(wc_params_download(&a->trainer.params, &a->session, &why) == WC_DONE, &why);
  must(wc_params_download(&b->trainer.params, &b->session, &why) == WC_DONE, &why);
  assert_memory_equal(a->trainer.params.master, b->trainer.params.master, bytes);
  assert_memory_equal(a->trainer.params.momentum, b->trainer.params.momentum, bytes);
  assert_memory_equal(&a->trainer.state, &b->trainer.state, sizeof a->trainer.state);
}

/* The update beside the backward pass: same losses, same bits, and the same bytes are moved, but
 * that the hyper-parameters are loaded once. */
static void steps_in_a_row_train_to_the_same_bits(void **state) {
  (void)state;
  static const char *const devices[] = {"cmodel:buffer=8KiB", "cmodel:buffer=16KiB", "cmodel:"};
  for (unsigned i = 0; i < 3 * WC_CONFIGS; i++) {
    struct bench a, b;
    struct wc_report why = {""};
    struct wc_step_result x, y;
    struct wc_counters before, after;
    bench_open(&a, (enum wc_config)(i / 3), devices[i % 3]);
    bench_open(&b, (enum wc_config)(i / 3), devices[i % 3]);
    for (unsigned step = 0; step < 3; step++) {
      must(wc_session_counters(&b.session, &before, &why) == WC_DONE, &why);
      must(wc_train_step(&a.trainer, &x, &why) == WC_DONE, &why);
      must(wc_train_in_a_row(&b.trainer, &y, &why) == WC_DONE, &why);
      must(wc_session_counters(&b.session, &after, &why) == WC_DONE, &why);
      assert_true(x.finite && y.finite && x.loss == y.loss);
      assert_true(b.trainer.second == (step % 2 == 0));
      for (unsigned k = 0; k < WC_CLASSES; k++) {
        const uint64_t once = k == WC_CLASS_WEIGHTS ? b.trainer.hyper_region->bytes : 0;
        assert_int_equal(after.tag_rd[k] - before.tag_rd[k], b.program->class_bytes[k][0] - once);
        assert_int_equal(after.tag_wr[k] - before.tag_wr[k], b.program->class_bytes[k][1]);
      }
    }
    expect_same_bits(&a, &b);
    bench_close(&a);
    bench_close(&b);
  }
}

/* Whatever comes between steps in a row finds the parameters. */
static void steps_in_a_row_may_be_interrupted(void **state) {
  (void)state;
  struct bench a, b;
  struct wc_report why = {""};
  struct wc_step_result step;
  double x = 0, y = 1;
  bench_open(&a, WC_MBS2, "cmodel:");
  bench_open(&b, WC_MBS2, "cmodel:");
  for (unsigned i = 0; i < 4; i++) {
    must(wc_train_step(&a.trainer, &step, &why) == WC_DONE, &why);
    if (i == 1)
      must(wc_train_step(&b.trainer, &step, &why) == WC_DONE, &why);
    else
      must(wc_train_in_a_row(&b.trainer, &step, &why) == WC_DONE, &why);
    assert_true(b.trainer.second == (i != 1 && i != 3));
  }
  must(wc_train_in_a_row(&a.trainer, &step, &why) == WC_DONE, &why);
  must(wc_train_in_a_row(&b.trainer, &step, &why) == WC_DONE, &why);
  must(wc_train_evaluate(&a.trainer, 61, &x, &why) == WC_DONE, &why);
  must(wc_train_evaluate(&b.trainer, 61, &y, &why) == WC_DONE, &why);
  assert_true(x == y);
  expect_same_bits(&a, &b);
  bench_close(&a);
  bench_close(&b);
}

/* What the update writes beside a backward pass that overflows never counts, in either set. */
static void an_overflow_in_a_row_skips_the_update(void **state) {
  (void)state;
  static const double scales[] = {65536, 0x1p40, 0x1p40, 65536, 0x1p40, 65536};
  struct bench a, b;
  struct wc_report why = {""};
  struct wc_step_result x, y;
  bench_open(&a, WC_MBS2, "cmodel:");
  bench_open(&b, WC_MBS2, "cmodel:");
  for (unsigned i = 0; i < sizeof scales / sizeof *scales; i++) {
    const bool second = b.trainer.second;
    a.trainer.state.loss_scale = b.trainer.state.loss_scale = scales[i];
    must(wc_train_step(&a.trainer, &x, &why) == WC_DONE, &why);
    must(wc_train_in_a_row(&b.trainer, &y, &why) == WC_DONE, &why);
    assert_true(x.finite == (scales[i] == 65536) && y.finite == x.finite);
    assert_true(b.trainer.second == (second != y.finite));
  }
  assert_int_equal(b.trainer.state.skipped, 3);
  expect_same_bits(&a, &b);
  bench_close(&a);
  bench_close(&b);
}

/* Cores would have to wait for each other's updates. */
static void several_cores_update_apart(void **state) {
  (void)state;
  struct wc_report why = {""};
  struct wc_graph *g = wc_net_build("tiny-resnet", &why);
  const struct wc_target target = {.gbuf_bytes = 16384, .mem_bytes = 1 << 24, .cores = 2};
  struct wc_program *p = wc_compile(g, WC_MBS2, 8, &target, &why);
  must(p != NULL, &why);
  assert_non_null(p->section[WC_SECTION_UPDATE][1].words);
  for (unsigned core = 0; core < 2; core++) {
    assert_null(p->section[WC_SECTION_TRAIN_A][core].words);
    assert_null(p->section[WC_SECTION_SETTLE][core].words);
  }
  wc_program_delete(p);
  wc_graph_delete(g);
}

static void save(struct bench *b, const char *path) {
  struct wc_report why = {""};
  must(wc_checkpoint_save(&b->trainer, path, &why) == WC_DONE, &why);
}

static void a_resumed_run_has_the_same_bits(void **state) {
  (void)state;
  struct temp_dir dir;
  temp_dir_make(&dir);
  struct bench whole, first, second;
  struct wc_report why = {""};
  bench_open(&whole, WC_MBS2, "cmodel:");
  bench_open(&first, WC_MBS2, "cmodel:");
  whole.trainer.state.loss_scale = first.trainer.state.loss_scale = 0x1p36; /* skips some */
  run_to(&whole, 20);
  run_to(&first, 9); /* in the middle of the second epoch */
  char path[128];
  snprintf(path, sizeof path, "%s", temp_path(&dir, "c"));
  save(&first, path);
  bench_close(&first);
  bench_open(&second, WC_BASELINE, "cmodel:buffer=16KiB");
  must(wc_checkpoint_load(&second.trainer, path, &why), &why);
  must(wc_params_upload(&second.trainer.params, &second.session, &why) == WC_DONE, &why);
  run_to(&second, 20);
  const size_t bytes = whole.trainer.params.elems * sizeof(float);
  assert_memory_equal(whole.trainer.params.master, second.trainer.params.master, bytes);
  assert_memory_equal(whole.trainer.params.momentum, second.trainer.params.momentum, bytes);
  assert_memory_equal(&whole.trainer.state, &second.trainer.state, sizeof whole.trainer.state);
  bench_close(&whole);
  bench_close(&second);
  temp_dir_remove(&dir);
}

static void bad_checkpoints_are_refused(void **state) {
  (void)state;
  struct temp_dir dir;
  temp_dir_make(&dir);
  struct bench b;
  struct wc_report why = {""};
  struct wc_hyperparams h;
  size_t size;
  char path[128];
  bench_open(&b, WC_MBS2, "cmodel:");
  snprintf(path, sizeof path, "%s", temp_path(&dir, "c"));
  save(&b, path);
  assert_true(wc_checkpoint_peek(path, "tiny-resnet", &h, &why));
  assert_int_equal(h.seed, 11);
  assert_int_equal(h.batch, 8);
  assert_false(wc_checkpoint_peek(path, "fmnist-resnet8", &h, &why));
  assert_non_null(strstr(why.text, "tiny-resnet"));
  uint8_t *data = temp_read(path, &size);
  temp_write(path, data, size - 5);
  assert_false(wc_checkpoint_load(&b.trainer, path, &why));
  assert_non_null(strstr(why.text, "truncated"));
  data[size / 2] ^= 1;
  temp_write(path, data, size);
  assert_false(wc_checkpoint_load(&b.trainer, path, &why));
  assert_non_null(strstr(why.text, "CRC"));
  temp_write(path, "WCS1", 4);
  assert_false(wc_checkpoint_load(&b.trainer, path, &why));
  assert_non_null(strstr(why.text, "not a WaveCore checkpoint"));
  assert_false(wc_checkpoint_load(&b.trainer, temp_path(&dir, "nowhere"), &why));
  free(data);
  bench_close(&b);
  temp_dir_remove(&dir);
}

static void a_full_disk_keeps_the_last_checkpoint(void **state) {
  (void)state;
  struct temp_dir dir;
  temp_dir_make(&dir);
  struct bench b;
  struct wc_report why = {""};
  char path[128];
  size_t size[2];
  bench_open(&b, WC_MBS2, "cmodel:");
  snprintf(path, sizeof path, "%s", temp_path(&dir, "c"));
  save(&b, path);
  void *before = temp_read(path, &size[0]);
  struct rlimit old, low;
  getrlimit(RLIMIT_FSIZE, &old);
  low = old;
  low.rlim_cur = 1000;
  signal(SIGXFSZ, SIG_IGN);
  struct wc_train_result result;
  const struct wc_train_run run = {.stop_step = 3, .checkpoint = path, .checkpoint_every = 2};
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
  const enum wc_outcome outcome = wc_train_run(&b.trainer, &run, &result, &why);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  assert_int_equal(outcome, WC_FAILED);
  assert_non_null(strstr(why.text, path));
  assert_int_equal(result.steps, 2);
  void *after = temp_read(path, &size[1]);
  assert_int_equal(size[0], size[1]);
  assert_memory_equal(before, after, size[0]);
  assert_int_equal(temp_count(&dir), 1);
  /* The device has lost nothing: the run can go on. */
  run_to(&b, 4);
  free(before);
  free(after);
  bench_close(&b);
  temp_dir_remove(&dir);
}

static void planned_traffic_is_counted_traffic(void **state) {
  (void)state;
  for (unsigned config = 0; config < WC_CONFIGS; config++) {
    struct bench b;
    struct wc_report why = {""};
    struct wc_step_result step;
    struct wc_counters c;
    bench_open(&b, (enum wc_config)config, "cmodel:buffer=8KiB");
    must(wc_train_step(&b.trainer, &step, &why) == WC_DONE, &why);
    assert_true(step.finite);
    must(wc_session_counters(&b.session, &c, &why) == WC_DONE, &why);
    for (unsigned k = 0; k < WC_CLASSES; k++) {
      assert_int_equal(c.tag_rd[k], b.program->class_bytes[k][0]);
      assert_int_equal(c.tag_wr[k], b.program->class_bytes[k][1]);
    }
    for (unsigned k = WC_CLASSES; k < WC_TAGS; k++)
      assert_int_equal(c.tag_rd[k] + c.tag_wr[k], 0);
    bench_close(&b);
  }
}

static void find_one_changed_bit(bool checksums) {
  struct bench a, b;
  struct wc_report why = {""};
  struct wc_comparison result = {.checksums = checksums};
  bench_open(&a, WC_MBS2, "cmodel:");
  bench_open(&b, WC_MBS2, "cmodel:threads=1,rows=4");
  must(wc_compare_step(&a.trainer, &b.trainer, &result, &why) == WC_DONE, &why);
  assert_false(result.difference.found);
  assert_int_equal(result.bytes, 2 * a.program->dram_bytes);
  /* A bit of one momentum value, which the step only reads in the update. */
  const struct wc_region *r = wc_program_region(b.program, "b1.conv1.w.momentum");
  uint8_t byte;
  assert_non_null(r);
  assert_int_equal(wc_read(b.dev, &byte, r->addr + 4 * 7 + 1, 1), WC_OK);
  byte ^= 1;
  assert_int_equal(wc_write(b.dev, r->addr + 4 * 7 + 1, &byte, 1), WC_OK);
  must(wc_compare_step(&a.trainer, &b.trainer, &result, &why) == WC_DONE, &why);
  assert_true(result.difference.found);
  assert_string_equal(result.difference.where, "b1.conv1.w.momentum");
  assert_int_equal(result.difference.index, 7);
  assert_int_equal(result.difference.address, r->addr + 4 * 7 + 1);
  assert_int_equal(result.difference.step, 2);
  assert_string_equal(result.difference.after, "STEP");
  assert_string_not_equal(result.difference.value[0], result.difference.value[1]);
  bench_close(&a);
  bench_close(&b);
}

static void comparing_finds_one_changed_bit(void **state) {
  (void)state;
  find_one_changed_bit(false);
}

static void comparing_checksums_finds_one_changed_bit(void **state) {
  (void)state;
  find_one_changed_bit(true);
}

static bool in_memory(struct bench *b, enum wc_section_kind kind) {
  const struct wc_section *section = &b->program->section[kind][0];
  uint8_t *bytes = malloc(section->bytes);
  assert_non_null(bytes);
  assert_int_equal(wc_read(b->dev, bytes, section->addr, section->bytes), WC_OK);
  const bool same = memcmp(bytes, section->words, section->bytes) == 0;
  for (uint64_t i = 0; !same && i < section->bytes; i++)
    assert_int_equal(bytes[i], 0);
  free(bytes);
  return same;
}

static void streams_are_written_when_they_start(void **state) {
  (void)state;
  struct bench b;
  struct wc_report why = {""};
  struct wc_step_result step;
  bench_open(&b, WC_MBS2, "cmodel:");
  assert_false(in_memory(&b, WC_SECTION_STEP));
  must(wc_train_step(&b.trainer, &step, &why) == WC_DONE, &why);
  assert_true(in_memory(&b, WC_SECTION_STEP));
  assert_true(in_memory(&b, WC_SECTION_UPDATE));
  assert_false(in_memory(&b, WC_SECTION_INFER));
  /* A second load begins afresh. */
  assert_int_equal(wc_free(b.dev, 0), WC_OK);
  must(wc_session_load(&b.session, &why) == WC_DONE, &why);
  assert_false(in_memory(&b, WC_SECTION_STEP));
  must(wc_params_upload(&b.trainer.params, &b.session, &why) == WC_DONE, &why);
  must(wc_train_step(&b.trainer, &step, &why) == WC_DONE, &why);
  assert_true(in_memory(&b, WC_SECTION_STEP));
  bench_close(&b);
}

static void a_device_error_is_named_and_the_device_recovers(void **state) {
  (void)state;
  struct bench b;
  struct wc_report why = {""};
  struct wc_step_result step;
  bench_open(&b, WC_MBS2, "cmodel:");
  const struct wc_region *r = wc_program_region(b.program, "stem.conv.w");
  assert_non_null(r);
  assert_int_equal(wc_inject_fault(b.dev, r->addr, 2, true), WC_OK);
  assert_int_equal(wc_train_step(&b.trainer, &step, &why), WC_DEVICE_ERROR);
  assert_non_null(strstr(why.text, "DECERR"));
  assert_non_null(strstr(why.text, "STEP"));
  assert_int_equal(wc_inject_fault(b.dev, 0, 0, false), WC_OK);
  must(wc_train_step(&b.trainer, &step, &why) == WC_DONE, &why);
  bench_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_rate_rises_then_falls),
      cmocka_unit_test(the_loss_scale_halves_on_overflow_and_doubles_after_patience),
      cmocka_unit_test(initial_values_are_in_their_bounds),
      cmocka_unit_test(every_configuration_and_buffer_trains_to_the_same_bits),
      cmocka_unit_test(training_lowers_the_loss_of_what_it_sees),
      cmocka_unit_test(evaluation_leaves_training_alone),
      cmocka_unit_test(an_overflow_skips_the_update),
      cmocka_unit_test(steps_in_a_row_train_to_the_same_bits),
      cmocka_unit_test(steps_in_a_row_may_be_interrupted),
      cmocka_unit_test(an_overflow_in_a_row_skips_the_update),
      cmocka_unit_test(several_cores_update_apart),
      cmocka_unit_test(a_resumed_run_has_the_same_bits),
      cmocka_unit_test(bad_checkpoints_are_refused),
      cmocka_unit_test(a_full_disk_keeps_the_last_checkpoint),
      cmocka_unit_test(planned_traffic_is_counted_traffic),
      cmocka_unit_test(comparing_finds_one_changed_bit),
      cmocka_unit_test(comparing_checksums_finds_one_changed_bit),
      cmocka_unit_test(streams_are_written_when_they_start),
      cmocka_unit_test(a_device_error_is_named_and_the_device_recovers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
