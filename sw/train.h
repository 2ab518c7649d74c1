/* Mixed-precision training: FP32 masters and momenta, FP16 copies, dynamic loss scaling. Every
 * operation on tensors runs on the device; the host supplies images, scales and rates. */
#ifndef WC_TRAIN_H
#define WC_TRAIN_H

#include <signal.h>

#include "dataset.h"
#include "params.h"
#include "pool.h"
#include "session.h"

enum wc_lr_shape { WC_LR_LINEAR, WC_LR_COSINE, WC_LR_CONSTANT, WC_LR_SHAPES };
const char *wc_lr_shape_name(enum wc_lr_shape shape);
bool wc_lr_shape_parse(const char *name, enum wc_lr_shape *shape);

/* What decides the bits of a training run, besides network and data. A checkpoint holds it. */
struct wc_hyperparams {
  uint64_t seed;
  uint32_t batch;
  uint32_t epochs; /* length of the learning-rate schedule */
  double lr;       /* the highest rate */
  double momentum, decay;
  uint32_t warmup; /* steps of linear rise */
  enum wc_lr_shape shape;
};
void wc_hyperparams_default(struct wc_hyperparams *hyper);

/* Rate of step @step (from 0) of @total. */
double wc_learning_rate(const struct wc_hyperparams *hyper, uint64_t step, uint64_t total);

/* Where a run stands. */
struct wc_train_state {
  uint64_t step; /* steps done, skipped updates included */
  double loss_scale;
  uint64_t clean; /* steps since the scale last changed */
  uint64_t skipped;
};
#define WC_LOSS_SCALE_START 65536.0
#define WC_LOSS_SCALE_MAX 16777216.0
#define WC_LOSS_SCALE_PATIENCE 2000u
void wc_train_state_init(struct wc_train_state *state);
/* After a step: halves the scale, or doubles it after enough clean steps. */
void wc_train_state_update(struct wc_train_state *state, bool finite);

/* What a step reports. */
struct wc_step_result {
  double loss; /* mean over the mini-batch */
  bool finite; /* the update was made */
};

/* How loading a sample of the mini-batch went. */
struct wc_loaded {
  bool ok;
  uint32_t used; /* the image */
  struct wc_report why;
};

struct wc_trainer {
  struct wc_session *session;
  const struct wc_graph *graph;
  const struct wc_dataset *train, *test; /* test may be NULL */
  struct wc_hyperparams hyper;
  struct wc_params params;
  struct wc_train_state state;
  uint64_t steps_per_epoch, total_steps; /* of the schedule */
  const struct wc_region *image, *label, *hyper_region, *loss, *logits, *finite;
  /* The mini-batch under assembly, in the device's layout. */
  uint8_t *images, *labels;
  bool second; /* parameters, masters and momenta are those of the second set (program.h) */
  uint32_t *order;
  uint64_t order_epoch, assembled; /* number of the assembled step; UINT64_MAX: none */
  struct wc_loaded *loaded;        /* [batch] */
  struct wc_pool *loaders;         /* threads that load images; NULL: the caller alone */
};

/* The session is loaded. Makes the arrays; parameters are those of wc_params_init. */
bool wc_trainer_new(struct wc_trainer *trainer, struct wc_session *session,
                    const struct wc_graph *graph, const struct wc_hyperparams *hyper,
                    const struct wc_dataset *train, const struct wc_dataset *test,
                    struct wc_report *why);
void wc_trainer_free(struct wc_trainer *trainer);

/* From now on @threads, the caller's included (0: one for each processor), load images. False: no
 * memory or threads. */
bool wc_trainer_loaders(struct wc_trainer *trainer, unsigned threads, struct wc_report *why);

/* One training step in its parts, for those who look at memory in between. */
enum wc_outcome wc_train_feed(struct wc_trainer *trainer, struct wc_report *why);
enum wc_outcome wc_train_forward_backward(struct wc_trainer *trainer, struct wc_step_result *result,
                                          struct wc_report *why);
enum wc_outcome wc_train_update(struct wc_trainer *trainer, struct wc_step_result *result,
                                struct wc_report *why);
/* All of it. */
enum wc_outcome wc_train_step(struct wc_trainer *trainer, struct wc_step_result *result,
                              struct wc_report *why);

/* The same for steps in a row: the update passes beside the backward pass where the program has
 * streams for that. Ends in the same bits once it is settled. */
enum wc_outcome wc_train_in_a_row(struct wc_trainer *trainer, struct wc_step_result *result,
                                  struct wc_report *why);
/* Brings parameters, masters and momenta to where the host and all other sections look for them.
 * All other functions here, and wc_checkpoint_save, do so themselves. */
enum wc_outcome wc_train_settle(struct wc_trainer *trainer, struct wc_report *why);

/* Share of the first @images test images that the network gets right (section INFER); corrupt ones
 * do not count. */
enum wc_outcome wc_train_evaluate(struct wc_trainer *trainer, uint32_t images, double *accuracy,
                                  struct wc_report *why);

#endif
