/* wavecore report */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomic_file.h"
#include "cli.h"
#include "plot.h"
#include "report.h"
#include "summary.h"

enum { PORT = 256, CLOCK_MHZ = 700 };

static void show_progress(size_t done, size_t of) {
  fprintf(stderr, "\r%zu of %zu estimates\033[K%s", done, of, done == of ? "\r\033[K" : "");
}

/* The chip that all is estimated on. */
static enum wc_outcome chip(bool quick, const char *energy, struct wc_estimate_setup *base,
                            struct wc_report *why) {
  struct cli_target target;
  struct cli_platform platform;
  cli_target_default(&target);
  const enum wc_outcome outcome = cli_compile_target(
      &target, quick ? "cmodel:small" : "cmodel:paper", 0, &base->target, &platform, why);
  if (outcome != WC_DONE)
    return outcome;
  if (energy != NULL && !wc_energy_load(energy, &platform.energy, why))
    return WC_BAD_INPUT;
  base->model = platform.model;
  base->model.axi_bytes = base->target.device.axi_bytes = PORT;
  base->latency = platform.latency;
  base->clock_mhz = CLOCK_MHZ;
  base->energy = platform.energy;
  return WC_DONE;
}

static enum wc_outcome write_page(const struct wc_summary *summary, const char *path,
                                  struct wc_report *why) {
  char *text = NULL;
  size_t bytes = 0;
  FILE *out = open_memstream(&text, &bytes);
  if (out == NULL) {
    (void)wc_fail(why, "report: out of memory");
    return WC_FAILED;
  }
  bool ok = wc_summary_page(summary, out, why);
  if (fclose(out) != 0 && ok)
    ok = wc_fail(why, "report: out of memory");
  ok = ok && wc_file_replace(path, &(struct wc_chunk){text, bytes}, 1, why);
  free(text);
  return ok ? WC_DONE : WC_FAILED;
}

static bool is_directory(const char *path, struct wc_report *why) {
  struct stat st;
  return (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) ||
         wc_fail(why, "--keep %s: not a directory", path);
}

static enum wc_outcome needs_output(struct wc_report *why) {
  (void)wc_fail(why, "report: no -o FILE given; see wavecore report --help");
  return WC_BAD_INPUT;
}

int cli_report(int argc, char **argv) {
  const char *path = NULL, *keep = NULL, *energy = NULL;
  bool quick = false, json = false, exit_now;
  uint32_t threads = 0;
  const struct cli_option options[] = {
      {"output", 'o', CLI_TEXT, &path, "FILE", "the page; needed unless --json", 0, 0, NULL},
      {"quick", 0, CLI_FLAG, &quick, NULL, "one small network on a small core", 0, 0, NULL},
      {"keep", 0, CLI_TEXT, &keep, "DIR", "keep each estimate there; take those that are there", 0,
       0, NULL},
      {"energy", 0, CLI_TEXT, &energy, "FILE", "JSON with other energies: docs/estimate.md", 0, 0,
       NULL},
      {"threads", 0, CLI_U32, &threads, "N", "estimates at a time (one a processor)", 1, 64, NULL},
      {"json", 0, CLI_FLAG, &json, NULL, "print all estimates as a list", 0, 0, NULL}};
  const struct cli_command command = {
      "report",
      NULL,
      "Estimates all networks of the paper in every configuration, on several memories, buffers,\n"
      "batches and arrays, and writes a page of HTML that shows them, whole in itself.",
      "Without --quick this takes tens of minutes.",
      options,
      sizeof options / sizeof *options};
  enum wc_outcome outcome = cli_parse(&command, argc, argv, NULL, &exit_now);
  if (outcome != WC_DONE || exit_now)
    return outcome;
  struct wc_report why = {""};
  struct wc_estimate_setup base = {0};
  struct wc_summary_scope scope;
  struct wc_summary summary = {0};
  if (path == NULL && !json)
    outcome = needs_output(&why);
  else if (keep != NULL && !is_directory(keep, &why))
    outcome = WC_BAD_INPUT;
  else if (path != NULL && !wc_plot_ready(&why)) /* before the hour that the estimates take */
    outcome = WC_FAILED;
  else
    outcome = chip(quick, energy, &base, &why);
  if (outcome == WC_DONE) {
    wc_summary_scope_init(&scope, &base, quick);
    if (!wc_summary_make(&summary, &scope, threads, keep,
                         isatty(STDERR_FILENO) != 0 ? show_progress : NULL, &why))
      outcome = WC_FAILED;
  }
  if (outcome == WC_DONE && path != NULL)
    outcome = write_page(&summary, path, &why);
  if (outcome != WC_DONE)
    (void)cli_error(outcome, &why);
  else if (json)
    outcome = cli_print_json(wc_summary_json(&summary));
  wc_summary_free(&summary);
  return outcome;
}
