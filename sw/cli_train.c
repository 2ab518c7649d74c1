/* wavecore train */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "atomic_file.h"
#include "checkpoint.h"
#include "cli_data.h"
#include "cli_job.h"
#include "plot.h"
#include "progress.h"
#include "report.h"
#include "size.h"
#include "train_run.h"

/* Random images for networks that no data set fits. */
#define RANDOM_TRAIN 4096u
#define RANDOM_TEST 512u /* the first of them */

/* Everything the options say. The `given` members tell a default from a wish. */
struct train_args {
  struct cli_target target;
  struct wc_hyperparams hyper;
  struct {
    bool seed, batch, epochs, lr, momentum, decay, warmup, shape, steps, eval;
  } given;
  uint64_t steps, checkpoint_every;
  uint32_t eval_images, timeout_s, loaders;
  const char *net, *data, *device, *weights, *checkpoint, *resume, *csv, *svg, *dump, *state;
  bool json;
};

static volatile sig_atomic_t interrupted;

/* The first Ctrl-C ends the run after its present step; the second ends the program. */
static void on_interrupt(int number) {
  (void)number;
  interrupted = 1;
}

static void catch_interrupt(void) {
  struct sigaction action = {.sa_handler = on_interrupt};
  action.sa_flags = (int)SA_RESETHAND;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

static enum wc_outcome parse(int argc, char **argv, struct train_args *a, bool *exit_now) {
  const struct cli_option options[] = {
      {"data", 0, CLI_TEXT, &a->data, "DIR",
       CLI_DATA_HELP " (" WC_DATA_DIR "; random when the network's images are not 28 x 28)", 0, 0,
       NULL},
      {"loaders", 0, CLI_U32, &a->loaders, "N",
       "threads that read and crop images (one for each processor); the bits do not depend on it",
       1, 256, NULL},
      {"device", 0, CLI_TEXT, &a->device, "URI", "where to train (cmodel:)", 0, 0, NULL},
      {"config", 0, CLI_CONFIG, &a->target.config, "NAME",
       WC_CONFIG_NAMES " (mbs2); the bits do not depend on it", 0, 0, NULL},
      {"buffer", 0, CLI_SIZE, &a->target.buffer, "SIZE",
       "global buffer to compile for (the device's)", 0, 0, &a->target.buffer_given},
      {"cores", 0, CLI_U32, &a->target.cores, "N",
       "cores to share each mini-batch (the device's); the bits depend on it", 1, WC_CORES_MAX,
       &a->target.cores_given},
      CLI_SEARCH_OPTIONS(&a->target),
      {"batch", 0, CLI_U32, &a->hyper.batch, "N", "images in a mini-batch (32)", 1, 65535,
       &a->given.batch},
      {"epochs", 0, CLI_U32, &a->hyper.epochs, "N",
       "passes over the images, and length of the rate's schedule (2)", 1, 100000,
       &a->given.epochs},
      {"steps", 0, CLI_U64, &a->steps, "N",
       "stop when N steps are done in all, those before a resume included", 1, 1e12,
       &a->given.steps},
      {"seed", 0, CLI_U64, &a->hyper.seed, "S", "initial weights and order of images (1)", 0, 0,
       &a->given.seed},
      {"lr", 0, CLI_REAL, &a->hyper.lr, "R", "highest learning rate (0.1)", 1e-9, 1e3,
       &a->given.lr},
      {"schedule", 0, CLI_SHAPE, &a->hyper.shape, "NAME",
       "fall of the rate: linear, cosine, constant (linear)", 0, 0, &a->given.shape},
      {"warmup", 0, CLI_U32, &a->hyper.warmup, "N", "steps of linear rise (200)", 0, 1e9,
       &a->given.warmup},
      {"momentum", 0, CLI_REAL, &a->hyper.momentum, "R", "momentum (0.9)", -1e-300, 0.999999,
       &a->given.momentum},
      {"decay", 0, CLI_REAL, &a->hyper.decay, "R", "weight decay (0.0005)", -1e-300, 1,
       &a->given.decay},
      {"eval", 0, CLI_U32, &a->eval_images, "N",
       "test images after each epoch and at the end (all; on a simulator 0)", 0, 1e9,
       &a->given.eval},
      {"save-weights", 0, CLI_TEXT, &a->weights, "FILE",
       "write the FP32 masters, raw, in graph order", 0, 0, NULL},
      {"checkpoint", 0, CLI_TEXT, &a->checkpoint, "FILE", "write a checkpoint at the end", 0, 0,
       NULL},
      {"checkpoint-every", 0, CLI_U64, &a->checkpoint_every, "N", "and after every N steps", 1,
       1e12, NULL},
      {"resume", 0, CLI_TEXT, &a->resume, "FILE", "go on from a checkpoint, to the same bits", 0, 0,
       NULL},
      {"csv", 0, CLI_TEXT, &a->csv, "FILE",
       "write a line for each step; a resumed run goes on in its file", 0, 0, NULL},
      {"svg", 0, CLI_TEXT, &a->svg, "FILE", "draw the curves of --csv at the end", 0, 0, NULL},
      {"dump-step", 0, CLI_TEXT, &a->dump, "DIR", "write all tensors of the last step", 0, 0, NULL},
      {"timeout", 0, CLI_U32, &a->timeout_s, "SECONDS", "longest wait for the device (1800)", 1,
       4000000, NULL},
      {"dump-state", 0, CLI_TEXT, &a->state, "FILE", "write the device's state when it fails", 0, 0,
       NULL},
      {"json", 0, CLI_FLAG, &a->json, NULL, "print an object", 0, 0, NULL}};
  const struct cli_command command = {
      "train",
      "NET",
      "Trains a network on a device: mixed precision, SGD with momentum, dynamic loss scaling. A\n"
      "terminal shows progress on stderr; Ctrl-C ends the run after its present step, with\n"
      "checkpoint and weights written.",
      "A resumed run takes seed, batch and rates from the checkpoint; batch and seed cannot be\n"
      "changed. Device, configuration and buffer can: the bits are the same on as many cores.",
      options,
      sizeof options / sizeof *options};
  return cli_parse(&command, argc, argv, &a->net, exit_now);
}

static void set_defaults(struct train_args *a) {
  memset(a, 0, sizeof *a);
  cli_target_default(&a->target);
  /* Moves more, but takes less time on the C model. */
  a->target.grouping = WC_GROUPING_JOINT;
  wc_hyperparams_default(&a->hyper);
  a->timeout_s = 1800;
  a->device = "cmodel:";
}

/* Takes from the checkpoint what the command line does not say. */
static bool merge_checkpoint(struct train_args *a, struct wc_report *why) {
  struct wc_hyperparams kept, *now = &a->hyper;
  if (!wc_checkpoint_peek(a->resume, a->net, &kept, why))
    return false;
  if (a->given.batch && now->batch != kept.batch)
    return wc_fail(why, "%s was made with --batch %" PRIu32 ", which cannot change to %" PRIu32,
                   a->resume, kept.batch, now->batch);
  if (a->given.seed && now->seed != kept.seed)
    return wc_fail(why, "%s was made with --seed %" PRIu64 ", which cannot change to %" PRIu64,
                   a->resume, kept.seed, now->seed);
  kept.epochs = a->given.epochs ? now->epochs : kept.epochs;
  kept.lr = a->given.lr ? now->lr : kept.lr;
  kept.momentum = a->given.momentum ? now->momentum : kept.momentum;
  kept.decay = a->given.decay ? now->decay : kept.decay;
  kept.warmup = a->given.warmup ? now->warmup : kept.warmup;
  kept.shape = a->given.shape ? now->shape : kept.shape;
  *now = kept;
  return true;
}

/* Training images and, unless --eval 0, test images. */
static bool open_data(const struct train_args *a, struct cli_job *o, struct wc_report *why) {
  struct cli_data data = {a->data, a->hyper.seed, RANDOM_TRAIN};
  if (!cli_open_data(&data, WC_SPLIT_TRAIN, o->graph, &o->train, why))
    return false;
  data.random_n = RANDOM_TEST;
  const bool has_test = !a->given.eval || a->eval_images > 0;
  return !has_test || cli_open_data(&data, WC_SPLIT_TEST, o->graph, &o->test, why);
}

static enum wc_outcome open_network(struct train_args *a, struct cli_job *o,
                                    struct wc_report *why) {
  o->graph = wc_net_build(a->net, why);
  if (o->graph == NULL)
    return WC_BAD_INPUT;
  if (a->svg != NULL && a->csv == NULL) {
    (void)wc_fail(why, "--svg %s: it draws what --csv FILE records: give that, too", a->svg);
    return WC_BAD_INPUT;
  }
  if (a->svg != NULL && !wc_plot_ready(why))
    return WC_FAILED;
  if (a->resume != NULL && !merge_checkpoint(a, why))
    return WC_BAD_INPUT;
  return open_data(a, o, why) ? WC_DONE : WC_BAD_INPUT;
}

static enum wc_outcome open_device(struct train_args *a, struct cli_job *o, struct wc_report *why) {
  const struct wc_session session = {.state_file = a->state, .timeout_ms = a->timeout_s * 1000u};
  a->target.batch = a->hyper.batch;
  return cli_job_device(o, &a->target, a->device, &session, why);
}

static enum wc_outcome open_trainer(struct train_args *a, struct cli_job *o,
                                    struct wc_report *why) {
  const enum wc_outcome outcome = cli_job_trainer(o, &a->hyper, why);
  if (outcome != WC_DONE)
    return outcome;
  if (!wc_trainer_loaders(&o->trainer, a->loaders, why))
    return WC_FAILED;
  if (a->resume != NULL && !wc_checkpoint_load(&o->trainer, a->resume, why))
    return WC_BAD_INPUT;
  if (a->given.steps && a->steps < o->trainer.state.step) {
    (void)wc_fail(why, "%s has %" PRIu64 " steps, --steps %" PRIu64 " is behind them", a->resume,
                  o->trainer.state.step, a->steps);
    return WC_BAD_INPUT;
  }
  const enum wc_outcome uploaded = wc_params_upload(&o->trainer.params, &o->session, why);
  wc_params_release(&o->trainer.params);
  return uploaded;
}

static enum wc_outcome save_weights(struct train_args *a, struct cli_job *o,
                                    struct wc_report *why) {
  struct wc_params *params = &o->trainer.params;
  const enum wc_outcome outcome = wc_params_download(params, &o->session, why);
  if (outcome != WC_DONE)
    return outcome;
  const struct wc_chunk chunk = {params->master, params->elems * sizeof *params->master};
  return wc_file_replace(a->weights, &chunk, 1, why) ? WC_DONE : WC_FAILED;
}

static enum wc_outcome run(struct train_args *a, struct cli_job *o, struct wc_train_result *result,
                           struct wc_report *why) {
  const bool simulator = strncmp(a->device, "cmodel", 6) != 0;
  const uint32_t eval = a->given.eval ? a->eval_images : simulator ? 0 : UINT32_MAX;
  const struct wc_train_run options = {
      .stop_step = a->given.steps ? a->steps : o->trainer.total_steps,
      .eval_images = eval,
      .checkpoint = a->checkpoint,
      .checkpoint_every = a->checkpoint_every,
      .csv = a->csv,
      .svg = a->svg,
      .dump_dir = a->dump,
      .progress = true,
      .stop = &interrupted};
  catch_interrupt();
  enum wc_outcome outcome = wc_train_run(&o->trainer, &options, result, why);
  if (outcome == WC_DONE && a->weights != NULL)
    outcome = save_weights(a, o, why);
  return outcome;
}

static uint64_t dram_bytes(const struct wc_counters *c) {
  return c->value[WC_C_RD_BYTES] + c->value[WC_C_WR_BYTES];
}

static uint32_t skipped_images(const struct cli_job *o) {
  return wc_dataset_skipped(&o->train) + wc_dataset_skipped(&o->test);
}

static json_t *result_json(const struct wc_train_result *r, const struct cli_job *o) {
  return json_pack(
      "{s:I, s:o, s:o, s:o, s:o, s:I, s:o, s:I, s:I, s:I}", "steps", (json_int_t)r->steps, "loss",
      cli_real(r->loss), "test_accuracy", r->accuracy >= 0 ? cli_real(r->accuracy) : json_null(),
      "seconds", cli_real(r->seconds), "images_per_s", cli_real(r->images_per_s), "dram_bytes",
      (json_int_t)dram_bytes(&r->counters), "cycles",
      r->counters.has_cycles ? json_integer((json_int_t)r->counters.elapsed) : json_null(),
      "images_skipped", (json_int_t)skipped_images(o), "peak_bytes", (json_int_t)wc_peak_memory(),
      "image_bytes", (json_int_t)o->program->dram_bytes);
}

static void print_text(const struct wc_train_result *r, uint32_t skipped) {
  printf("%" PRIu64 " steps, loss %.4f", r->steps, r->loss);
  if (r->accuracy >= 0)
    printf(", test accuracy %.2f %%", 100 * r->accuracy);
  printf(", %.1f s, %.0f images/s, %.3f GB of DRAM traffic", r->seconds, r->images_per_s,
         1e-9 * (double)dram_bytes(&r->counters));
  if (r->counters.has_cycles)
    printf(", %" PRIu64 " cycles", r->counters.elapsed);
  if (skipped > 0)
    printf(", %" PRIu32 " corrupt images skipped", skipped);
  puts(interrupted ? " (interrupted)" : "");
}

int cli_train(int argc, char **argv) {
  struct train_args args;
  bool exit_now;
  set_defaults(&args);
  enum wc_outcome outcome = parse(argc, argv, &args, &exit_now);
  if (outcome != WC_DONE || exit_now)
    return outcome;
  struct cli_job job = {.graph = NULL};
  struct wc_train_result result;
  struct wc_report why = {""};
  outcome = open_network(&args, &job, &why);
  if (outcome == WC_DONE)
    outcome = open_device(&args, &job, &why);
  if (outcome == WC_DONE)
    outcome = open_trainer(&args, &job, &why);
  if (outcome == WC_DONE)
    outcome = run(&args, &job, &result, &why);
  if (outcome != WC_DONE)
    (void)cli_error(outcome, &why);
  else if (args.json)
    outcome = cli_print_json(result_json(&result, &job));
  else
    print_text(&result, skipped_images(&job));
  cli_job_close(&job);
  return outcome;
}
