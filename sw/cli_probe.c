/* wavecore probe */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "devices.h"
#include "link_proto.h"
#include "size.h"

struct list {
  json_t *json; /* NULL: print text */
};

static void add(const struct list *list, const char *uri, const char *where, const char *problem) {
  if (list->json != NULL)
    json_array_append_new(
        list->json, json_pack("{s:s, s:s, s:s?}", "uri", uri, "where", where, "problem", problem));
  else
    printf("%-16s %s%s\n", uri, problem != NULL ? "not usable: " : where,
           problem != NULL ? problem : "");
}

static void add_device(void *arg, const char *uri, const char *where) {
  add(arg, uri, where, NULL);
}

static void add_port(void *arg, const char *uri) {
  struct wc_board_id id;
  char problem[512], where[128], size[WC_SIZE_TEXT];
  if (wc_board_identify(uri + strlen("uart:"), &id, problem, sizeof problem) != WC_OK) {
    add(arg, uri, "serial port", problem);
    return;
  }
  if ((id.board & WC_BOARD_SMOKE) != 0)
    snprintf(where, sizeof where, "smoke test, %u x %u, %g MHz, commit %08" PRIx32, id.rows,
             id.cols, id.clock_hz / 1e6, id.git);
  else
    snprintf(where, sizeof where, "board, %u x %u, buffer %s, %g MHz, commit %08" PRIx32, id.rows,
             id.cols, wc_size_text(id.gbuf_bytes, size), id.clock_hz / 1e6, id.git);
  add(arg, uri, where,
      (id.state & 1) != 0 ? "the board is held in reset: let go of its button F1" : NULL);
}

static enum wc_outcome list_devices(bool json) {
  struct list list = {json ? json_array() : NULL};
  wc_device_list(add_device, &list);
  wc_port_list(add_port, &list);
  return json ? cli_print_json(list.json) : WC_DONE;
}

static json_t *caps_json(const char *uri, const struct wc_caps *c) {
  char version[32];
  snprintf(version, sizeof version, "%" PRIu32 ".%" PRIu32, c->version >> 16, c->version & 0xFFFF);
  return json_pack(
      "{s:s, s:s, s:i, s:i, s:b, s:b, s:I, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:I}",
      "uri", uri, "version", version, "rows", c->rows, "cols", c->cols, "double_weights",
      c->double_weights, "folds", c->folds, "buffer_bytes", (json_int_t)c->gbuf_bytes, "lanes",
      c->lanes, "steps", c->steps, "acc_rows", c->acc_rows, "line_bytes", c->line_bytes, "banks",
      c->banks, "axi_bytes", c->axi_bytes, "outstanding", c->outstanding, "cores", c->cores,
      "queue_depth", c->queue_depth, "memory_bytes", (json_int_t)c->mem_bytes);
}

static void print_caps(const char *uri, const struct wc_caps *c) {
  char size[WC_SIZE_TEXT];
  printf("%s\n", uri);
  printf("  interface version    %" PRIu32 ".%" PRIu32 "\n", c->version >> 16, c->version & 0xFFFF);
  printf("  array                %u x %u, %u accumulator rows a bank, weights %s%s\n", c->rows,
         c->cols, c->acc_rows, c->double_weights ? "double-buffered" : "in one register a PE",
         c->folds ? ", folds" : "");
  printf("  global buffer        %s, %u banks of %u bytes a line\n",
         wc_size_text(c->gbuf_bytes, size), c->banks, c->line_bytes);
  printf("  vector unit          %u lanes, programs of %u steps\n", c->lanes, c->steps);
  printf("  AXI                  %u bytes, %u bursts under way\n", c->axi_bytes, c->outstanding);
  printf("  cores, queue depth   %u, %u\n", c->cores, c->queue_depth);
  printf("  memory               %s\n", wc_size_text(c->mem_bytes, size));
}

int cli_probe(int argc, char **argv) {
  bool json = false, exit_now;
  const char *uri = NULL;
  const struct cli_option options[] = {
      {"device", 0, CLI_TEXT, &uri, "URI", "open this device and print its capabilities", 0, 0,
       NULL},
      {"json", 0, CLI_FLAG, &json, NULL, "print a list, or with --device an object", 0, 0, NULL}};
  const struct cli_command command = {
      "probe",
      NULL,
      "Lists the devices there are, and of serial ports why one is no board; with --device shows\n"
      "what one of them is. WAVECORE_PORTS=PORT[,timeout=MS][:...] names further ports.",
      NULL,
      options,
      sizeof options / sizeof *options};
  enum wc_outcome outcome = cli_parse(&command, argc, argv, NULL, &exit_now);
  if (outcome != WC_DONE || exit_now)
    return outcome;
  if (uri == NULL)
    return list_devices(json);
  struct wc_device *dev;
  struct wc_report why = {""};
  outcome = wc_session_device(uri, &dev, &why);
  if (outcome != WC_DONE)
    return cli_error(outcome, &why);
  if (json)
    outcome = cli_print_json(caps_json(uri, wc_caps(dev)));
  else
    print_caps(uri, wc_caps(dev));
  wc_close(dev);
  return outcome;
}
