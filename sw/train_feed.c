#include "train_feed.h"

#include <string.h>

#include "report.h"

/* The mini-batch that the loaders put together. */
struct batch {
  struct wc_trainer *t;
  const struct wc_dataset *set;
  bool train;
  uint64_t epoch;
  uint32_t first; /* position in the epoch, or number of the test image */
};

static void place_label(struct wc_trainer *t, uint32_t to, uint16_t class) {
  uint8_t *label = t->labels + to * t->label->pitch;
  const float number = class;
  if (t->label->type == WC_T_FP32)
    memcpy(label, &number, sizeof number);
  else
    *label = (uint8_t) class;
}

/* A task: sample @to of the mini-batch. */
static void place_sample(void *arg, size_t to, unsigned worker) {
  (void)worker;
  const struct batch *b = arg;
  struct wc_trainer *t = b->t;
  const uint32_t position = b->first + (uint32_t)to;
  const struct wc_sample place = {.index = b->train ? t->order[position] : position % b->set->n,
                                  .random = b->train,
                                  .seed = t->hyper.seed,
                                  .epoch = b->epoch,
                                  .position = position};
  struct wc_loaded *loaded = &t->loaded[to];
  loaded->ok = wc_dataset_image(b->set, &place, t->images + to * t->image->pitch, &loaded->used,
                                &loaded->why);
  if (loaded->ok)
    place_label(t, (uint32_t)to, b->set->labels[loaded->used]);
}

static bool assemble(struct batch *b, struct wc_report *why) {
  struct wc_trainer *t = b->t;
  if (t->loaders != NULL) {
    wc_pool_run(t->loaders, 0, t->hyper.batch, place_sample, b);
  } else {
    for (uint32_t i = 0; i < t->hyper.batch; i++)
      place_sample(b, i, 0);
  }
  for (uint32_t i = 0; i < t->hyper.batch; i++) {
    if (!t->loaded[i].ok)
      return wc_fail(why, "%s", t->loaded[i].why.text);
  }
  return true;
}

bool wc_feed_train(struct wc_trainer *t, uint64_t step, struct wc_report *why) {
  if (t->assembled == step)
    return true;
  const uint64_t epoch = step / t->steps_per_epoch;
  if (t->order_epoch != epoch) {
    wc_dataset_shuffle(t->order, t->train->n, t->hyper.seed, epoch);
    t->order_epoch = epoch;
  }
  struct batch b = {.t = t,
                    .set = t->train,
                    .train = true,
                    .epoch = epoch,
                    .first = (uint32_t)(step % t->steps_per_epoch) * t->hyper.batch};
  t->assembled = UINT64_MAX;
  if (!assemble(&b, why))
    return false;
  t->assembled = step;
  return true;
}

bool wc_feed_test(struct wc_trainer *t, uint32_t first, struct wc_report *why) {
  struct batch b = {.t = t, .set = t->test, .first = first};
  t->assembled = UINT64_MAX; /* the arrays are used for test images now */
  return assemble(&b, why);
}

enum wc_outcome wc_feed_write(struct wc_trainer *t, struct wc_report *why) {
  enum wc_outcome outcome = wc_session_write(t->session, t->image, t->images, t->image->bytes, why);
  if (outcome == WC_DONE)
    outcome = wc_session_write(t->session, t->label, t->labels, t->label->bytes, why);
  return outcome;
}
