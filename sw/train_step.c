/* One training step: feed, STEP, judge, UPDATE; or feed, TRAIN_A or TRAIN_B, judge. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fp16.h"
#include "report.h"
#include "train_feed.h"

static const struct wc_region *region_of(const struct wc_trainer *t, uint32_t tensor,
                                         struct wc_report *why) {
  const char *name = t->graph->tensors[tensor].name;
  const struct wc_region *region = wc_program_region(t->session->program, name);
  if (region == NULL)
    (void)wc_fail(why, "%s: the program has no region '%s': compile it again", t->graph->name,
                  name);
  return region;
}

static bool find_regions(struct wc_trainer *t, struct wc_report *why) {
  const struct wc_graph *g = t->graph;
  t->image = region_of(t, g->image, why);
  t->label = region_of(t, g->label, why);
  t->hyper_region = region_of(t, g->hyper, why);
  t->loss = region_of(t, g->loss, why);
  t->logits = region_of(t, g->logits, why);
  t->finite = wc_program_region(t->session->program, "finite");
  if (t->finite == NULL)
    return wc_fail(why, "%s: the program has no region 'finite': compile it again", g->name);
  return t->image != NULL && t->label != NULL && t->hyper_region != NULL && t->loss != NULL &&
         t->logits != NULL;
}

bool wc_trainer_new(struct wc_trainer *t, struct wc_session *session, const struct wc_graph *graph,
                    const struct wc_hyperparams *hyper, const struct wc_dataset *train,
                    const struct wc_dataset *test, struct wc_report *why) {
  memset(t, 0, sizeof *t);
  t->session = session;
  t->graph = graph;
  t->hyper = *hyper;
  t->train = train;
  t->test = test;
  t->assembled = t->order_epoch = UINT64_MAX;
  t->steps_per_epoch = train->n / hyper->batch;
  t->total_steps = t->steps_per_epoch * hyper->epochs;
  wc_train_state_init(&t->state);
  if (t->steps_per_epoch == 0)
    return wc_fail(why, "--batch %" PRIu32 " is more than the %" PRIu32 " training images",
                   hyper->batch, train->n);
  if (!find_regions(t, why) || !wc_params_new(graph, session->program, &t->params, why))
    return false;
  wc_params_init(graph, &t->params, hyper->seed);
  t->images = calloc(1, t->image->bytes);
  t->labels = calloc(1, t->label->bytes);
  t->order = malloc(train->n * sizeof *t->order);
  t->loaded = calloc(hyper->batch, sizeof *t->loaded);
  if (t->images != NULL && t->labels != NULL && t->order != NULL && t->loaded != NULL)
    return true;
  wc_trainer_free(t);
  return wc_fail(why, "out of memory");
}

void wc_trainer_free(struct wc_trainer *t) {
  wc_params_free(&t->params);
  free(t->images);
  free(t->labels);
  free(t->order);
  free(t->loaded);
  wc_pool_delete(t->loaders);
  t->images = t->labels = NULL;
  t->order = NULL;
  t->loaded = NULL;
  t->loaders = NULL;
}

bool wc_trainer_loaders(struct wc_trainer *t, unsigned threads, struct wc_report *why) {
  wc_pool_delete(t->loaders);
  t->loaders = wc_pool_new(threads, NULL, NULL);
  return t->loaders != NULL || wc_fail(why, "no memory or threads to load images with");
}

enum wc_outcome wc_train_feed(struct wc_trainer *t, struct wc_report *why) {
  float hyper[WC_HYPERS] = {0};
  hyper[WC_HYPER_LOSS_SCALE] = (float)(t->state.loss_scale / t->hyper.batch);
  hyper[WC_HYPER_GRAD_SCALE] = (float)(1.0 / t->state.loss_scale);
  hyper[WC_HYPER_NEG_LR] = (float)-wc_learning_rate(&t->hyper, t->state.step, t->total_steps);
  hyper[WC_HYPER_MOMENTUM] = (float)t->hyper.momentum;
  hyper[WC_HYPER_DECAY] = (float)t->hyper.decay;
  if (!wc_feed_train(t, t->state.step, why))
    return WC_BAD_INPUT;
  const enum wc_outcome outcome = wc_feed_write(t, why);
  return outcome != WC_DONE
             ? outcome
             : wc_session_write(t->session, t->hyper_region, hyper, sizeof hyper, why);
}

static enum wc_outcome read_finite(struct wc_trainer *t, bool *finite, struct wc_report *why) {
  float sums[WC_CORES_MAX * WC_FINITE_BYTES / sizeof(float)];
  const size_t bytes = t->session->program->cores * (size_t)WC_FINITE_BYTES;
  const enum wc_outcome outcome = wc_session_read(t->session, t->finite, sums, bytes, why);
  *finite = true;
  for (size_t i = 0; outcome == WC_DONE && i < bytes / sizeof *sums; i++)
    *finite = *finite && isfinite(sums[i]);
  return outcome;
}

static enum wc_outcome read_loss(struct wc_trainer *t, double *loss, struct wc_report *why) {
  uint8_t *raw = malloc(t->loss->bytes);
  if (raw == NULL) {
    (void)wc_fail(why, "out of memory");
    return WC_FAILED;
  }
  const enum wc_outcome outcome = wc_session_read(t->session, t->loss, raw, t->loss->bytes, why);
  double sum = 0;
  for (uint32_t i = 0; outcome == WC_DONE && i < t->hyper.batch; i++)
    sum += (double)wc_fp32_load(raw + i * t->loss->pitch);
  *loss = sum / t->hyper.batch;
  free(raw);
  return outcome;
}

/* Runs a section that ends with the finite sums, and judges. */
static enum wc_outcome run_section(struct wc_trainer *t, enum wc_section_kind kind,
                                   struct wc_step_result *result, struct wc_report *why) {
  enum wc_outcome outcome = wc_session_start(t->session, kind, why);
  if (outcome != WC_DONE)
    return outcome;
  /* The next one while the device works. What goes wrong there does so again when it is due. */
  (void)wc_feed_train(t, t->state.step + 1, NULL);
  outcome = wc_session_finish(t->session, kind, why);
  if (outcome == WC_DONE)
    outcome = read_finite(t, &result->finite, why);
  if (outcome == WC_DONE)
    outcome = read_loss(t, &result->loss, why);
  return outcome;
}

enum wc_outcome wc_train_forward_backward(struct wc_trainer *t, struct wc_step_result *result,
                                          struct wc_report *why) {
  const enum wc_outcome outcome = wc_train_settle(t, why);
  return outcome == WC_DONE ? run_section(t, WC_SECTION_STEP, result, why) : outcome;
}

enum wc_outcome wc_train_update(struct wc_trainer *t, struct wc_step_result *result,
                                struct wc_report *why) {
  const enum wc_outcome outcome =
      result->finite ? wc_session_run(t->session, WC_SECTION_UPDATE, why) : WC_DONE;
  if (outcome == WC_DONE)
    wc_train_state_update(&t->state, result->finite);
  return outcome;
}

enum wc_outcome wc_train_step(struct wc_trainer *t, struct wc_step_result *result,
                              struct wc_report *why) {
  enum wc_outcome outcome = wc_train_feed(t, why);
  if (outcome == WC_DONE)
    outcome = wc_train_forward_backward(t, result, why);
  if (outcome == WC_DONE)
    outcome = wc_train_update(t, result, why);
  return outcome;
}

enum wc_outcome wc_train_settle(struct wc_trainer *t, struct wc_report *why) {
  if (!t->second)
    return WC_DONE;
  const enum wc_outcome outcome = wc_session_run(t->session, WC_SECTION_SETTLE, why);
  t->second = outcome != WC_DONE;
  return outcome;
}

/* What the update wrote counts only when all gradients were finite; else the set that was read
 * does. */
enum wc_outcome wc_train_in_a_row(struct wc_trainer *t, struct wc_step_result *result,
                                  struct wc_report *why) {
  const enum wc_section_kind kind = t->second ? WC_SECTION_TRAIN_B : WC_SECTION_TRAIN_A;
  if (t->session->program->section[kind][0].words == NULL)
    return wc_train_step(t, result, why);
  enum wc_outcome outcome = wc_train_feed(t, why);
  if (outcome == WC_DONE)
    outcome = run_section(t, kind, result, why);
  if (outcome != WC_DONE)
    return outcome;
  t->second = t->second != result->finite;
  wc_train_state_update(&t->state, result->finite);
  return WC_DONE;
}

/* The first of the largest logits; a NaN is never the largest. */
static uint32_t best_class(const uint8_t *logits, uint32_t classes) {
  uint32_t best = 0;
  float highest = -INFINITY;
  for (uint32_t c = 0; c < classes; c++) {
    const float value = wc_fp16_load(logits + 2 * c);
    if (value > highest) {
      highest = value;
      best = c;
    }
  }
  return best;
}

/* Judges the mini-batch of test images that begins with @first, of @n in all. */
static void count_right(const struct wc_trainer *t, const uint8_t *logits, uint32_t first,
                        uint32_t n, uint32_t *right, uint32_t *judged) {
  for (uint32_t i = 0; i < t->hyper.batch && first + i < n; i++) {
    if (t->loaded[i].used != first + i)
      continue; /* corrupt */
    const uint32_t best = best_class(logits + i * t->logits->pitch, t->graph->classes);
    *right += best == t->test->labels[first + i];
    ++*judged;
  }
}

enum wc_outcome wc_train_evaluate(struct wc_trainer *t, uint32_t images, double *accuracy,
                                  struct wc_report *why) {
  const uint32_t n = images < t->test->n ? images : t->test->n;
  uint8_t *logits = malloc(t->logits->bytes);
  if (logits == NULL) {
    (void)wc_fail(why, "out of memory");
    return WC_FAILED;
  }
  enum wc_outcome outcome = wc_train_settle(t, why);
  uint32_t right = 0, judged = 0;
  for (uint32_t first = 0; first < n && outcome == WC_DONE; first += t->hyper.batch) {
    /* The last mini-batch is filled up with images that are not counted. */
    outcome = wc_feed_test(t, first, why) ? wc_feed_write(t, why) : WC_BAD_INPUT;
    if (outcome == WC_DONE)
      outcome = wc_session_run(t->session, WC_SECTION_INFER, why);
    if (outcome == WC_DONE)
      outcome = wc_session_read(t->session, t->logits, logits, t->logits->bytes, why);
    if (outcome == WC_DONE)
      count_right(t, logits, first, n, &right, &judged);
  }
  free(logits);
  *accuracy = judged > 0 ? (double)right / judged : 0.0;
  return outcome;
}
