/* wavecore selftest */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "devices.h"
#include "report.h"
#include "selftest.h"

struct selftest_args {
  const char *uri, *state;
  uint32_t timeout_s, until;
  bool json, smoke;
};

static enum wc_outcome parse(int argc, char **argv, struct selftest_args *a, bool *exit_now) {
  const struct cli_option options[] = {
      {"device", 0, CLI_TEXT, &a->uri, "URI", "the device (cmodel:)", 0, 0, NULL},
      {"timeout", 0, CLI_U32, &a->timeout_s, "SECONDS", "longest wait for a stream (60)", 1,
       4000000, NULL},
      {"until", 0, CLI_U32, &a->until, "STATUS", "end after the step of this exit status", 10, 22,
       NULL},
      {"dump-state", 0, CLI_TEXT, &a->state, "FILE",
       "write the device's state there when a step is not right", 0, 0, NULL},
      {"smoke", 0, CLI_FLAG, &a->smoke, NULL,
       "the board holds the smoke test alone: loopback, registers, MACs", 0, 0, NULL},
      {"json", 0, CLI_FLAG, &a->json, NULL, "print an object", 0, 0, NULL}};
  const struct cli_command command = {
      "selftest",
      NULL,
      "Tests a device from its link up to a weight update, each step on the ones before, and\n"
      "stops at the first that is not right. Results are compared with the C model.",
      "Exit status 0: all right; 10 loopback, 11 registers, 12 memory clock phase, 13 memory "
      "data,\n"
      "14 memory addresses, 15 retention, 16 global buffer, 17 DMA, 18 one MAC, 19 tile,\n"
      "20 convolution, 21 backward, 22 weight update: the step that is not; 3: no device.",
      options,
      sizeof options / sizeof *options};
  return cli_parse(&command, argc, argv, NULL, exit_now);
}

static enum wc_outcome open_model(const struct wc_caps *c, struct wc_device **model,
                                  struct wc_report *why) {
  char uri[400];
  snprintf(uri, sizeof uri,
           "cmodel:rows=%u,cols=%u,lanes=%u,acc=%u,line=%u,banks=%u,axi=%u,outstanding=%u,queue=%u,"
           "double_weights=%d,fold=%d,buffer=%" PRIu64 ",mem=%" PRIu64,
           c->rows, c->cols, c->lanes, c->acc_rows, c->line_bytes, c->banks, c->axi_bytes,
           c->outstanding, c->queue_depth, c->double_weights, c->folds, c->gbuf_bytes,
           c->mem_bytes);
  return wc_session_device(uri, model, why);
}

static enum wc_outcome open_device(const char *uri, struct wc_selftest *t, struct wc_report *why) {
  const enum wc_outcome outcome = wc_session_device(uri, &t->dev, why);
  if (outcome != WC_DONE)
    return outcome;
  t->link = wc_device_link(t->dev);
  return open_model(wc_caps(t->dev), &t->model, why);
}

static enum wc_outcome open_smoke(const char *uri, struct wc_selftest *t, struct wc_report *why) {
  const size_t kind = strlen("uart:");
  if (strncmp(uri, "uart:", kind) != 0) {
    (void)wc_fail(why, "--smoke goes with --device uart:PORT");
    return WC_BAD_INPUT;
  }
  const int status = wc_smoke_open(uri + kind, &t->link, why->text, sizeof why->text);
  if (status != WC_OK)
    return status == WC_EINVAL ? WC_BAD_INPUT : WC_DEVICE_ERROR;
  return wc_session_device("cmodel:rows=2,cols=2,mem=1MiB", &t->model, why);
}

static void dump(const struct selftest_args *a, struct wc_device *dev) {
  if (a->state == NULL || dev == NULL)
    return;
  const int fd = open(a->state, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (fd < 0) {
    perror(a->state);
    return;
  }
  wc_dump_state(dev, fd);
  close(fd);
}

static const char *result_name(enum wc_rung_result result) {
  static const char *const names[] = {"ok", "WRONG", "FAILED", "-"};
  return names[result];
}

/* Climbs until a step is not right. Its exit code, or 0. */
static int climb(const struct selftest_args *a, struct wc_selftest *t, json_t *steps) {
  size_t n;
  const struct wc_rung *ladder = a->smoke ? wc_smoke_ladder(&n) : wc_selftest_ladder(&n);
  for (size_t i = 0; i < n; i++) {
    const enum wc_rung_result result = ladder[i].run(t);
    if (steps != NULL)
      json_array_append_new(steps, json_pack("{s:s, s:s, s:s}", "step", ladder[i].name, "result",
                                             result_name(result), "note", t->note));
    else
      printf("%-6s %-20s %s\n", result_name(result), ladder[i].name, t->note);
    fflush(stdout);
    if (result == WC_RUNG_WRONG || result == WC_RUNG_FAILED) {
      dump(a, t->dev);
      return ladder[i].exit_code;
    }
    if (a->until != 0 && ladder[i].exit_code == (int)a->until)
      break;
  }
  return 0;
}

int cli_selftest(int argc, char **argv) {
  struct selftest_args a = {.uri = "cmodel:", .timeout_s = 60};
  bool exit_now;
  enum wc_outcome outcome = parse(argc, argv, &a, &exit_now);
  if (outcome != WC_DONE || exit_now)
    return outcome;
  struct wc_selftest t = {.timeout_ms = a.timeout_s * 1000};
  struct wc_report why = {""};
  json_t *steps = a.json ? json_array() : NULL;
  int code = WC_DONE;
  outcome = a.smoke ? open_smoke(a.uri, &t, &why) : open_device(a.uri, &t, &why);
  if (outcome == WC_DONE) {
    code = climb(&a, &t, steps);
  } else {
    code = cli_error(outcome, &why);
  }
  if (steps != NULL && outcome == WC_DONE)
    cli_print_json(json_pack("{s:s, s:o, s:i}", "device", a.uri, "steps", steps, "exit", code));
  else if (steps != NULL)
    json_decref(steps);
  if (a.smoke)
    wc_smoke_close(t.link);
  wc_close(t.model);
  wc_close(t.dev);
  return code;
}
