/* A network on a device: what train and profile open, in this order, and close. */
#ifndef WC_CLI_JOB_H
#define WC_CLI_JOB_H

#include "cli.h"

struct cli_job {
  struct wc_graph *graph;
  struct wc_dataset train, test;
  struct wc_device *dev;
  struct wc_program *program;
  struct wc_session session;
  struct wc_trainer trainer;
  bool has_trainer;
};

/* Opens @uri, compiles the job's graph for it, and loads the program. @session: timeout and state
 * file are taken from it. */
enum wc_outcome cli_job_device(struct cli_job *job, const struct cli_target *target,
                               const char *uri, const struct wc_session *session,
                               struct wc_report *why);

/* Makes the trainer for the job's data sets; weights are not on the device yet. */
enum wc_outcome cli_job_trainer(struct cli_job *job, const struct wc_hyperparams *hyper,
                                struct wc_report *why);

void cli_job_close(struct cli_job *job);

#endif
