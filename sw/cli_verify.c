/* wavecore verify */
#include <inttypes.h>
#include <stdio.h>

#include "cli.h"
#include "cli_sections.h"
#include "report.h"
#include "size.h"

struct verdict {
  enum wc_outcome outcome;
  json_t *list; /* an object for each section */
  bool json;    /* else a line */
};

static void check_section(void *arg, const struct wc_program *p, unsigned kind, unsigned core) {
  struct verdict *v = arg;
  const struct wc_section *section = &p->section[kind][core];
  struct wc_check_result result;
  char title[CLI_SECTION_TITLE];
  const bool ok =
      wc_stream_check(section->words, section->bytes, p->gbuf_bytes, p->dram_bytes, &result);
  if (!ok)
    v->outcome = WC_FAILED;
  json_array_append_new(
      v->list, json_pack("{s:s, s:i, s:I, s:b, s:o, s:o}", "name", cli_section_name(kind), "core",
                         core, "commands", (json_int_t)cli_section_commands(section), "ok", ok,
                         "command", ok ? json_null() : json_integer(result.cmd), "error",
                         ok ? json_null() : json_string(result.text)));
  cli_section_title(p, kind, core, title);
  if (v->json)
    return;
  if (ok)
    printf("%-6s %8" PRIu32 " commands: well formed\n", title, cli_section_commands(section));
  else
    fprintf(stderr, "wavecore: %s: %s\n", title, result.text);
}

static enum wc_outcome check_device(const struct wc_program *p, const char *uri,
                                    struct wc_report *why) {
  struct wc_device *dev;
  const enum wc_outcome outcome = wc_session_device(uri, &dev, why);
  if (outcome != WC_DONE)
    return outcome;
  const struct wc_caps *caps = wc_caps(dev);
  char need[WC_SIZE_TEXT], have[WC_SIZE_TEXT];
  bool ok = true;
  if (p->gbuf_bytes > caps->gbuf_bytes)
    ok = wc_fail(
        why, "%s needs a global buffer of %s, device %s has %s: compile it with --buffer %s",
        p->net, wc_size_text(p->gbuf_bytes, need), uri, wc_size_text(caps->gbuf_bytes, have), have);
  else if (p->cores > caps->cores)
    ok = wc_fail(why, "%s needs %" PRIu32 " cores, device %s has %u: compile it with --cores %u",
                 p->net, p->cores, uri, caps->cores, caps->cores);
  else if (p->dram_bytes > caps->mem_bytes)
    ok = wc_fail(why, "%s needs %s of device memory, device %s has %s: use a smaller --batch",
                 p->net, wc_size_text(p->dram_bytes, need), uri,
                 wc_size_text(caps->mem_bytes, have));
  wc_close(dev);
  return ok ? WC_DONE : WC_FAILED;
}

int cli_verify(int argc, char **argv) {
  bool json = false, exit_now;
  const char *file, *device = NULL;
  const struct cli_option options[] = {
      {"device", 0, CLI_TEXT, &device, "URI", "also check that the program fits this device", 0, 0,
       NULL},
      {"json", 0, CLI_FLAG, &json, NULL, "print an object", 0, 0, NULL}};
  const struct cli_command command = {
      "verify",
      "FILE",
      "Checks every stream of a program file: commands legal and in range, tokens balanced, no "
      "two\n"
      "accesses that conflict without order, END at the end. Exit status 1 when one is not.",
      NULL,
      options,
      sizeof options / sizeof *options};
  enum wc_outcome outcome = cli_parse(&command, argc, argv, &file, &exit_now);
  if (outcome != WC_DONE || exit_now)
    return outcome;
  struct wc_report why = {""};
  struct wc_program *program = wc_program_load(file, &why);
  if (program == NULL)
    return cli_error(WC_BAD_INPUT, &why);
  json_t *sections = json_array();
  struct verdict verdict = {WC_DONE, sections, json};
  cli_sections(program, check_section, &verdict);
  outcome = verdict.outcome;
  json_t *device_error = json_null();
  if (device != NULL) {
    const enum wc_outcome fits = check_device(program, device, &why);
    if (fits != WC_DONE) {
      outcome = outcome != WC_DONE ? outcome : fits;
      device_error = json_string(why.text);
      (void)cli_error(fits, &why);
    }
  }
  if (json) {
    const enum wc_outcome printed =
        cli_print_json(json_pack("{s:s, s:b, s:o, s:o}", "file", file, "ok", outcome == WC_DONE,
                                 "device_error", device_error, "sections", sections));
    outcome = outcome != WC_DONE ? outcome : printed;
  } else {
    json_decref(sections);
    json_decref(device_error);
  }
  wc_program_delete(program);
  return outcome;
}
