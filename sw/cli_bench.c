/* wavecore bench */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "cli_job.h"
#include "port.h"
#include "report.h"

struct bench_args {
  struct cli_target target;
  const char *net, *device, *python, *openblas;
  uint32_t steps, images, threads;
  double seconds;
  bool no_gemm, no_step, no_pytorch, cpu, json;
};

struct bench_result {
  double peak, pytorch_seconds; /* below 0: not measured */
  struct wc_bench_gemm *gemms;
  uint32_t n_gemms;
  struct wc_bench_step step;
  uint64_t image_bytes; /* device memory that the program uses */
};

static enum wc_outcome parse(int argc, char **argv, struct bench_args *a, bool *exit_now) {
  const struct cli_option options[] = {
      {"net", 0, CLI_TEXT, &a->net, "NET", "whose GEMMs and step (resnet50)", 0, 0, NULL},
      CLI_CONFIG_OPTION(&a->target),
      {"batch", 0, CLI_U32, &a->target.batch, "N", "images in the step's mini-batch (32)", 1, 65535,
       NULL},
      {"device", 0, CLI_TEXT, &a->device, "URI", "a C model, for the step (cmodel:paper,cores=1)",
       0, 0, NULL},
      {"steps", 0, CLI_U32, &a->steps, "N", "steps, of which the best counts (3)", 1, 1000, NULL},
      {"images", 0, CLI_U32, &a->images, "N", "images in a GEMM (32)", 1, 256, NULL},
      {"threads", 0, CLI_U32, &a->threads, "N",
       "of the GEMMs, of the peak and of PyTorch (one for each processor)", 1, 256, NULL},
      {"seconds", 0, CLI_REAL, &a->seconds, "S", "for each GEMM (0.6)", 0.001, 1000, NULL},
      {"no-gemm", 0, CLI_FLAG, &a->no_gemm, NULL, "leave the GEMMs out", 0, 0, NULL},
      {"no-step", 0, CLI_FLAG, &a->no_step, NULL, "leave the step out", 0, 0, NULL},
      {"no-pytorch", 0, CLI_FLAG, &a->no_pytorch, NULL, "leave PyTorch out", 0, 0, NULL},
      {"openblas", 0, CLI_TEXT, &a->openblas, "FILE", "library to compare with (libopenblas.so.0)",
       0, 0, NULL},
      {"python", 0, CLI_TEXT, &a->python, "FILE", "that has torch (/usr/bin/python3)", 0, 0, NULL},
      {"cpu-time", 0, CLI_FLAG, &a->cpu, NULL,
       "processor time of all threads, not wall time: for a busy machine, with --threads 1", 0, 0,
       NULL},
      {"json", 0, CLI_FLAG, &a->json, NULL, "print an object", 0, 0, NULL}};
  const struct cli_command command = {
      "bench",
      NULL,
      "Measures the C model: the GEMMs of a network's convolutions beside OpenBLAS and beside the\n"
      "machine's peak, then a training step, its GEMMs alone, and the same step in PyTorch.",
      "OpenBLAS (libopenblas0-pthread) and PyTorch (python3-torch) are optional.",
      options,
      sizeof options / sizeof *options};
  return cli_parse(&command, argc, argv, NULL, exit_now);
}

static enum wc_bench_clock clock_of(const struct bench_args *a) {
  return a->cpu ? WC_BENCH_CPU : WC_BENCH_WALL;
}

static void show_progress(uint32_t done, uint32_t all) {
  if (isatty(STDERR_FILENO))
    fprintf(stderr, "\rGEMM %" PRIu32 " of %" PRIu32 "%s", done, all, done == all ? "\n" : "");
}

static enum wc_outcome run_step(const struct bench_args *a, struct cli_job *job,
                                struct bench_result *r, struct wc_report *why) {
  const struct wc_tensor *image = &job->graph->tensors[job->graph->image];
  struct wc_hyperparams hyper;
  wc_hyperparams_default(&hyper);
  hyper.batch = a->target.batch;
  if (!wc_dataset_random(4 * hyper.batch, image->h, image->w * image->c, job->graph->classes, 1,
                         &job->train, why))
    return WC_FAILED;
  const struct wc_session session = {.timeout_ms = 1800000};
  enum wc_outcome outcome = cli_job_device(job, &a->target, a->device, &session, why);
  if (outcome == WC_DONE)
    outcome = cli_job_trainer(job, &hyper, why);
  if (outcome == WC_DONE && !wc_trainer_loaders(&job->trainer, 0, why))
    outcome = WC_FAILED;
  if (outcome == WC_DONE)
    outcome = wc_params_upload(&job->trainer.params, &job->session, why);
  wc_params_release(&job->trainer.params);
  if (outcome == WC_DONE)
    outcome = wc_bench_step(&job->trainer, a->steps, clock_of(a), &r->step, why);
  if (outcome == WC_DONE)
    r->image_bytes = job->program->dram_bytes;
  return outcome;
}

/* The step comes first: its memory is that of the process so far. */
static enum wc_outcome run(const struct bench_args *a, struct cli_job *job, struct bench_result *r,
                           struct wc_report *why) {
  job->graph = wc_net_build(a->net, why);
  if (job->graph == NULL)
    return WC_BAD_INPUT;
  const enum wc_outcome outcome = a->no_step ? WC_DONE : run_step(a, job, r, why);
  if (outcome != WC_DONE)
    return outcome;
  if (!a->no_step && !a->no_pytorch && !a->cpu && strcmp(a->net, "resnet50") == 0)
    r->pytorch_seconds = wc_bench_pytorch(a->python, a->target.batch, a->threads, a->steps);
  r->peak = wc_bench_peak(a->threads, clock_of(a));
  const struct wc_bench_setup setup = {a->threads, a->images, a->seconds, clock_of(a), a->openblas};
  if (a->no_gemm || wc_bench_gemms(job->graph, &setup, show_progress, &r->gemms, &r->n_gemms, why))
    return WC_DONE;
  return WC_FAILED;
}

/* A matrix of fewer rows than this, as a fully connected layer has, is no array work. */
#define TINY_ROWS 64u

static double gflops(const struct wc_bench_gemm *g) {
  return 1e-9 * (double)g->flops / g->seconds;
}

static double ratio(const struct wc_bench_gemm *g) {
  return g->openblas_seconds >= 0 ? g->openblas_seconds / g->seconds : NAN;
}

/* Geometric mean and least of the ratios to OpenBLAS, tiny ones left out. */
static void summarise(const struct bench_result *r, double *mean, double *least) {
  double sum = 0;
  uint32_t n = 0;
  *least = NAN;
  for (uint32_t i = 0; i < r->n_gemms; i++) {
    const struct wc_bench_gemm *g = &r->gemms[i];
    if (!isfinite(ratio(g)) || g->m < TINY_ROWS || g->k < TINY_ROWS)
      continue;
    sum += log(ratio(g));
    *least = n++ == 0 ? ratio(g) : fmin(*least, ratio(g));
  }
  *mean = n > 0 ? exp(sum / n) : NAN;
}

static json_t *gemm_json(const struct bench_result *r, const struct wc_bench_gemm *g) {
  char shape[64];
  snprintf(shape, sizeof shape, "%" PRIu64 "x%" PRIu64 "x%" PRIu64, g->m, g->n, g->k);
  return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "shape", shape, "layer", g->layer, "pass",
                   wc_bench_pass_name(g->pass), "gflops", cli_real(gflops(g)), "ratio_openblas",
                   cli_real(ratio(g)), "ratio_peak", cli_real(1e9 * gflops(g) / r->peak));
}

static json_t *step_json(const struct bench_args *a, const struct bench_result *r) {
  const struct wc_bench_step *s = &r->step;
  const double torch = r->pytorch_seconds;
  if (a->no_step)
    return json_null();
  return json_pack("{s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o}", "network", a->net,
                   "batch", (int)a->target.batch, "config", wc_config_name(a->target.config),
                   "seconds", cli_real(s->seconds), "gemm_seconds", cli_real(s->gemm_seconds),
                   "vec_seconds", cli_real(s->vec_seconds), "dma_seconds", cli_real(s->dma_seconds),
                   "non_gemm_share", cli_real(1 - s->gemm_seconds / s->seconds), "peak_bytes",
                   (json_int_t)s->peak_bytes, "image_bytes", (json_int_t)r->image_bytes,
                   "pytorch_seconds", torch >= 0 ? cli_real(torch) : json_null());
}

static json_t *result_json(const struct bench_args *a, const struct bench_result *r) {
  double mean, least;
  json_t *gemms = json_array();
  summarise(r, &mean, &least);
  for (uint32_t i = 0; i < r->n_gemms; i++)
    json_array_append_new(gemms, gemm_json(r, &r->gemms[i]));
  return json_pack("{s:{s:s, s:i, s:s, s:o}, s:o, s:{s:o, s:o}, s:o}", "machine", "kernels",
                   wc_simd_name(wc_simd_choose()), "threads", (int)a->threads, "clock",
                   a->cpu ? "cpu" : "wall", "peak_gflops", cli_real(1e-9 * r->peak), "gemm", gemms,
                   "gemm_ratio_openblas", "geometric_mean", cli_real(mean), "least",
                   cli_real(least), "step", step_json(a, r));
}

static void print_gemms(const struct bench_result *r) {
  double mean, least;
  printf("%-16s %-16s %22s %9s %9s %8s\n", "layer", "pass", "rows x columns x depth", "GFLOP/s",
         "OpenBLAS", "of peak");
  for (uint32_t i = 0; i < r->n_gemms; i++) {
    const struct wc_bench_gemm *g = &r->gemms[i];
    char shape[64], against[16] = "-";
    snprintf(shape, sizeof shape, "%" PRIu64 " x %" PRIu64 " x %" PRIu64, g->m, g->n, g->k);
    if (isfinite(ratio(g)))
      snprintf(against, sizeof against, "%.2f x", ratio(g));
    printf("%-16s %-16s %22s %9.1f %9s %6.0f %%\n", g->layer, wc_bench_pass_name(g->pass), shape,
           gflops(g), against, 1e11 * gflops(g) / r->peak);
  }
  summarise(r, &mean, &least);
  if (isfinite(mean))
    printf("against OpenBLAS: %.2f x on the mean, %.2f x at the least\n", mean, least);
}

static void print_text(const struct bench_args *a, const struct bench_result *r) {
  const struct wc_bench_step *s = &r->step;
  printf("%s kernels, %" PRIu32 " threads, %s time, peak %.1f GFLOP/s\n",
         wc_simd_name(wc_simd_choose()), a->threads, a->cpu ? "processor" : "wall", 1e-9 * r->peak);
  if (r->n_gemms > 0)
    print_gemms(r);
  if (a->no_step)
    return;
  printf("%s, %s, batch %" PRIu32
         ": step %.3f s; GEMM alone %.3f s, VEC %.3f s, DMA %.3f s; "
         "not GEMM %.0f %%; peak memory %.2f GiB, device image %.2f GiB\n",
         a->net, wc_config_name(a->target.config), a->target.batch, s->seconds, s->gemm_seconds,
         s->vec_seconds, s->dma_seconds, 100 * (1 - s->gemm_seconds / s->seconds),
         (double)s->peak_bytes / (1 << 30), (double)r->image_bytes / (1 << 30));
  if (r->pytorch_seconds >= 0)
    printf("the same step in PyTorch: %.2f s, %.2f x\n", r->pytorch_seconds,
           r->pytorch_seconds / s->seconds);
}

/* What is left out for want of a program, and how to get it. */
static void print_remedies(const struct bench_args *a, const struct bench_result *r) {
  if (!a->no_gemm && !wc_bench_has_openblas(a->openblas))
    fprintf(stderr,
            "wavecore: note: no OpenBLAS in %s: install libopenblas0-pthread, or name the library "
            "with --openblas\n",
            a->openblas);
  if (!a->no_step && !a->no_pytorch && !a->cpu && r->pytorch_seconds < 0 &&
      strcmp(a->net, "resnet50") == 0)
    fprintf(stderr,
            "wavecore: note: no PyTorch: install python3-torch, or name a Python that has torch "
            "with --python\n");
}

int cli_bench(int argc, char **argv) {
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  struct bench_args args = {.net = "resnet50",
                            .device = "cmodel:paper,cores=1",
                            .python = "/usr/bin/python3",
                            .openblas = "libopenblas.so.0",
                            .steps = 3,
                            .images = 32,
                            .threads = online > 0 ? (uint32_t)online : 1,
                            .seconds = 0.6};
  cli_target_default(&args.target);
  bool exit_now;
  enum wc_outcome outcome = parse(argc, argv, &args, &exit_now);
  if (outcome != WC_DONE || exit_now)
    return outcome;
  struct cli_job job = {.graph = NULL};
  struct bench_result result = {.pytorch_seconds = -1};
  struct wc_report why = {""};
  outcome = run(&args, &job, &result, &why);
  if (outcome != WC_DONE) {
    (void)cli_error(outcome, &why);
  } else {
    print_remedies(&args, &result);
    if (args.json)
      outcome = cli_print_json(result_json(&args, &result));
    else
      print_text(&args, &result);
  }
  free(result.gemms);
  cli_job_close(&job);
  return outcome;
}
