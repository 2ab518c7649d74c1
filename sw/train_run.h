/* A whole training run: steps, evaluations, checkpoints, records. */
#ifndef WC_TRAIN_RUN_H
#define WC_TRAIN_RUN_H

#include "train.h"

struct wc_train_run {
  uint64_t stop_step;        /* run until this many steps are done */
  uint32_t eval_images;      /* test images at the end of each epoch and of the run; 0: none */
  const char *checkpoint;    /* NULL, or the file to write at the end */
  uint64_t checkpoint_every; /* and after every so many steps; 0: only at the end */
  const char *csv;           /* NULL, or a file with one line for each step */
  const char *svg;           /* NULL, or where the curves of that file go at the end */
  const char *dump_dir;      /* NULL, or where the tensors of the last step go */
  bool progress;
  volatile sig_atomic_t *stop; /* NULL, or ends the run after the present step when not 0 */
};

struct wc_train_result {
  uint64_t steps;              /* done in all, those before a resume included */
  double loss;                 /* mean over the last 100 steps of this run, or fewer */
  double accuracy;             /* on the test images; below 0: not evaluated */
  double seconds;              /* of training, evaluations not counted */
  double images_per_s;         /* of training */
  struct wc_counters counters; /* of the steps of this run, evaluations not counted */
};

/* The parameters are on the device. @result is set as far as the run came, on failure too. */
enum wc_outcome wc_train_run(struct wc_trainer *trainer, const struct wc_train_run *run,
                             struct wc_train_result *result, struct wc_report *why);

#endif
