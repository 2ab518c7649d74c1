#include "cli_job.h"

enum wc_outcome cli_job_device(struct cli_job *job, const struct cli_target *target,
                               const char *uri, const struct wc_session *session,
                               struct wc_report *why) {
  char room[512];
  enum wc_outcome outcome =
      wc_session_device(cli_device_uri(uri, target, room, sizeof room), &job->dev, why);
  if (outcome != WC_DONE)
    return outcome;
  const struct wc_caps *caps = wc_caps(job->dev);
  const struct wc_target sizes = wc_session_target(caps, cli_buffer_for(target, caps, caps),
                                                   cli_cores_for(target, caps, caps));
  struct cli_platform platform;
  cli_platform_of(caps, uri, &platform);
  job->program = cli_make_program(job->graph, target, &sizes, &platform, why);
  if (job->program == NULL)
    return WC_BAD_INPUT;
  job->session = *session;
  job->session.dev = job->dev;
  job->session.program = job->program;
  job->session.device_name = uri;
  return wc_session_load(&job->session, why);
}

enum wc_outcome cli_job_trainer(struct cli_job *job, const struct wc_hyperparams *hyper,
                                struct wc_report *why) {
  job->has_trainer =
      wc_trainer_new(&job->trainer, &job->session, job->graph, hyper, &job->train, &job->test, why);
  return job->has_trainer ? WC_DONE : WC_BAD_INPUT;
}

void cli_job_close(struct cli_job *job) {
  if (job->has_trainer)
    wc_trainer_free(&job->trainer);
  wc_close(job->dev);
  wc_program_delete(job->program);
  wc_dataset_free(&job->train);
  wc_dataset_free(&job->test);
  wc_graph_delete(job->graph);
}
