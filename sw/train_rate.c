/* The arithmetic of a run: learning rate, loss scale. */
#include <math.h>
#include <string.h>

#include "train.h"

static const char *const shapes[WC_LR_SHAPES] = {"linear", "cosine", "constant"};

const char *wc_lr_shape_name(enum wc_lr_shape shape) {
  return shapes[shape];
}

bool wc_lr_shape_parse(const char *name, enum wc_lr_shape *shape) {
  for (unsigned i = 0; i < WC_LR_SHAPES; i++) {
    if (strcmp(name, shapes[i]) == 0) {
      *shape = (enum wc_lr_shape)i;
      return true;
    }
  }
  return false;
}

void wc_hyperparams_default(struct wc_hyperparams *hyper) {
  *hyper = (struct wc_hyperparams){.seed = 1,
                                   .batch = 32,
                                   .epochs = 2,
                                   .lr = 0.1,
                                   .momentum = 0.9,
                                   .decay = 5e-4,
                                   .warmup = 200,
                                   .shape = WC_LR_LINEAR};
}

double wc_learning_rate(const struct wc_hyperparams *hyper, uint64_t step, uint64_t total) {
  if (step < hyper->warmup)
    return hyper->lr * (double)(step + 1) / (double)(hyper->warmup + 1u);
  if (hyper->shape == WC_LR_CONSTANT)
    return hyper->lr;
  const uint64_t span = total > hyper->warmup ? total - hyper->warmup : 1;
  const uint64_t done = step - hyper->warmup;
  if (done >= span)
    return hyper->lr / (double)span * 0.5; /* beyond the schedule: as small as its end */
  const double left = (double)(span - done) / (double)span;
  return hyper->shape == WC_LR_LINEAR ? hyper->lr * left
                                      : hyper->lr * 0.5 * (1.0 - cos(acos(-1.0) * left));
}

void wc_train_state_init(struct wc_train_state *state) {
  *state = (struct wc_train_state){.loss_scale = WC_LOSS_SCALE_START};
}

void wc_train_state_update(struct wc_train_state *state, bool finite) {
  state->step++;
  if (!finite) {
    state->skipped++;
    state->clean = 0;
    if (state->loss_scale > 1.0)
      state->loss_scale *= 0.5;
    return;
  }
  if (++state->clean >= WC_LOSS_SCALE_PATIENCE) {
    state->clean = 0;
    if (state->loss_scale < WC_LOSS_SCALE_MAX)
      state->loss_scale *= 2.0;
  }
}
