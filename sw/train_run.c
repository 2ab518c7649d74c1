#include "train_run.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "checkpoint.h"
#include "curves.h"
#include "dump_step.h"
#include "progress.h"
#include "report.h"

#define LOSS_WINDOW 100u
#define QUICK_IMAGES 512u /* for the accuracy in the progress line */
#define QUICK_PER_EPOCH 4u

struct run {
  struct wc_trainer *trainer;
  const struct wc_train_run *options;
  struct wc_train_result *result;
  struct wc_report *why;
  struct wc_progress progress;
  FILE *csv;
  double recent[LOSS_WINDOW]; /* losses of the last steps, a ring */
  uint64_t steps;             /* of this run */
};

static double recent_loss(const struct run *r) {
  const uint64_t n = r->steps < LOSS_WINDOW ? r->steps : LOSS_WINDOW;
  double sum = 0;
  for (uint64_t i = 0; i < n; i++)
    sum += r->recent[i];
  return n > 0 ? sum / (double)n : NAN;
}

/* Adds what @now counted beyond @before. */
static void add_counters(struct wc_counters *sum, const struct wc_counters *before,
                         const struct wc_counters *now) {
  for (unsigned i = 0; i < WC_COUNTERS; i++)
    sum->value[i] += now->value[i] - before->value[i];
  for (unsigned i = 0; i < WC_TAGS; i++) {
    sum->tag_rd[i] += now->tag_rd[i] - before->tag_rd[i];
    sum->tag_wr[i] += now->tag_wr[i] - before->tag_wr[i];
  }
  sum->elapsed += now->elapsed - before->elapsed;
  sum->has_cycles = now->has_cycles;
}

/* The CSV has a line for each step; evaluations fill the last column. */
static enum wc_outcome record(struct run *r, const struct wc_step_result *step, double rate,
                              double scale, double accuracy) {
  const struct wc_trainer *t = r->trainer;
  if (r->csv == NULL)
    return WC_DONE;
  fprintf(r->csv, "%" PRIu64 ",%" PRIu64 ",%.9g,%.9g,%.9g,%d,%.3f,", t->state.step,
          (t->state.step - 1) / t->steps_per_epoch, step->loss, rate, scale, step->finite,
          r->result->seconds);
  if (accuracy >= 0)
    fprintf(r->csv, "%.4f", accuracy);
  fputc('\n', r->csv);
  if (!ferror(r->csv))
    return WC_DONE;
  (void)wc_fail(r->why, "%s: cannot be written: %s", r->options->csv, strerror(errno));
  return WC_FAILED;
}

/* A step whose tensors are written before and after the update. */
static enum wc_outcome dumped_step(struct run *r, struct wc_step_result *step) {
  struct wc_trainer *t = r->trainer;
  enum wc_outcome outcome = wc_train_feed(t, r->why);
  if (outcome == WC_DONE)
    outcome = wc_train_forward_backward(t, step, r->why);
  if (outcome == WC_DONE)
    outcome = wc_dump_step(t, r->options->dump_dir, "step", r->why);
  if (outcome == WC_DONE)
    outcome = wc_train_update(t, step, r->why);
  return outcome == WC_DONE ? wc_dump_step(t, r->options->dump_dir, "update", r->why) : outcome;
}

/* One step, timed and counted. */
static enum wc_outcome one_step(struct run *r, bool dump, struct wc_step_result *step) {
  struct wc_trainer *t = r->trainer;
  struct wc_counters before, after;
  const double start = wc_seconds();
  enum wc_outcome outcome = wc_session_counters(t->session, &before, r->why);
  if (outcome == WC_DONE)
    outcome = dump ? dumped_step(r, step) : wc_train_in_a_row(t, step, r->why);
  if (outcome == WC_DONE)
    outcome = wc_session_counters(t->session, &after, r->why);
  if (outcome != WC_DONE)
    return outcome;
  add_counters(&r->result->counters, &before, &after);
  r->result->seconds += wc_seconds() - start;
  r->recent[r->steps++ % LOSS_WINDOW] = step->loss;
  r->result->steps = t->state.step;
  r->result->loss = recent_loss(r);
  return WC_DONE;
}

/* Evaluates where one is due. */
static enum wc_outcome evaluate(struct run *r, bool last) {
  const struct wc_trainer *t = r->trainer;
  const uint64_t in_epoch = t->state.step % t->steps_per_epoch;
  const uint64_t quarter = t->steps_per_epoch / QUICK_PER_EPOCH;
  uint32_t images = 0;
  if (last || in_epoch == 0)
    images = r->options->eval_images;
  else if (r->progress.on && r->options->eval_images > 0 && quarter > 0 && in_epoch % quarter == 0)
    images = QUICK_IMAGES < r->options->eval_images ? QUICK_IMAGES : r->options->eval_images;
  if (images == 0)
    return WC_DONE;
  return wc_train_evaluate(r->trainer, images, &r->result->accuracy, r->why);
}

static bool stopped(const struct run *r) {
  return r->options->stop != NULL && *r->options->stop != 0;
}

/* The record has every step that a checkpoint has, whatever happens to the program. */
static enum wc_outcome save_checkpoint(struct run *r) {
  if (r->csv == NULL || fflush(r->csv) == 0) {
    const enum wc_outcome outcome = wc_checkpoint_save(r->trainer, r->options->checkpoint, r->why);
    wc_params_release(&r->trainer->params);
    return outcome;
  }
  (void)wc_fail(r->why, "%s: cannot be written: %s", r->options->csv, strerror(errno));
  return WC_FAILED;
}

static enum wc_outcome loop(struct run *r) {
  struct wc_trainer *t = r->trainer;
  const struct wc_train_run *o = r->options;
  enum wc_outcome outcome = WC_DONE;
  while (outcome == WC_DONE && t->state.step < o->stop_step && !stopped(r)) {
    struct wc_step_result step;
    const double rate = wc_learning_rate(&t->hyper, t->state.step, t->total_steps);
    const double scale = t->state.loss_scale, seen = r->result->accuracy;
    outcome = one_step(r, o->dump_dir != NULL && t->state.step + 1 == o->stop_step, &step);
    if (outcome != WC_DONE)
      break;
    const bool last = t->state.step >= o->stop_step || stopped(r);
    r->result->accuracy = -1;
    outcome = evaluate(r, last);
    if (outcome == WC_DONE)
      outcome = record(r, &step, rate, scale, r->result->accuracy);
    if (r->result->accuracy < 0)
      r->result->accuracy = seen;
    wc_progress_step(&r->progress, t->state.step, o->stop_step, t->hyper.batch, r->result->loss,
                     r->result->accuracy);
    if (outcome == WC_DONE && o->checkpoint != NULL && !last && o->checkpoint_every > 0 &&
        t->state.step % o->checkpoint_every == 0)
      outcome = save_checkpoint(r);
  }
  return outcome;
}

static enum wc_outcome close_csv(struct run *r, enum wc_outcome outcome) {
  const bool ok = r->csv == NULL || fclose(r->csv) == 0;
  if (ok || outcome != WC_DONE)
    return outcome;
  (void)wc_fail(r->why, "%s: cannot be written: %s", r->options->csv, strerror(errno));
  return WC_FAILED;
}

enum wc_outcome wc_train_run(struct wc_trainer *trainer, const struct wc_train_run *options,
                             struct wc_train_result *result, struct wc_report *why) {
  struct run r = {.trainer = trainer, .options = options, .result = result, .why = why};
  *result = (struct wc_train_result){.steps = trainer->state.step, .loss = NAN, .accuracy = -1};
  if (options->csv != NULL) {
    r.csv = wc_curves_open(options->csv, trainer->state.step, why);
    if (r.csv == NULL)
      return WC_FAILED;
  }
  wc_progress_begin(&r.progress, options->progress, trainer->state.step);
  enum wc_outcome outcome = loop(&r);
  wc_progress_end(&r.progress);
  outcome = close_csv(&r, outcome);
  if (outcome == WC_DONE)
    outcome = wc_train_settle(trainer, why);
  if (outcome == WC_DONE && options->checkpoint != NULL)
    outcome = wc_checkpoint_save(trainer, options->checkpoint, why);
  if (outcome == WC_DONE && options->svg != NULL &&
      !wc_curves_draw(options->csv, options->svg, trainer->graph->name, why))
    outcome = WC_FAILED;
  if (result->seconds > 0)
    result->images_per_s = (double)r.steps * trainer->hyper.batch / result->seconds;
  return outcome;
}
