/* wavecore compile */
#include <inttypes.h>
#include <stdio.h>

#include "cli.h"
#include "cli_sections.h"
#include "size.h"

static void print_section(void *arg, const struct wc_program *p, unsigned kind, unsigned core) {
  (void)arg;
  const struct wc_section *section = &p->section[kind][core];
  char title[CLI_SECTION_TITLE];
  printf("  %-6s %8" PRIu32 " commands, %" PRIu64 " bytes\n",
         cli_section_title(p, kind, core, title), cli_section_commands(section), section->bytes);
}

static void print_text(const struct wc_program *p, const char *file) {
  char buffer[WC_SIZE_TEXT], memory[WC_SIZE_TEXT];
  printf("%s: %s, %s, batch %" PRIu32 ", ", file, p->net, wc_config_name(p->config), p->batch);
  if (p->cores > 1)
    printf("%" PRIu32 " cores, ", p->cores);
  printf("needs %s of buffer and %s of device memory\n", wc_size_text(p->gbuf_bytes, buffer),
         wc_size_text(p->dram_bytes, memory));
  cli_sections(p, print_section, NULL);
}

static void add_section(void *arg, const struct wc_program *p, unsigned kind, unsigned core) {
  const struct wc_section *section = &p->section[kind][core];
  json_array_append_new(
      arg,
      json_pack("{s:s, s:i, s:I, s:I}", "name", cli_section_name(kind), "core", core, "commands",
                (json_int_t)cli_section_commands(section), "bytes", (json_int_t)section->bytes));
}

static json_t *program_json(const struct wc_program *p, const char *file) {
  json_t *sections = json_array();
  cli_sections(p, add_section, sections);
  return json_pack("{s:s, s:s, s:s, s:i, s:i, s:I, s:I, s:o}", "file", file, "network", p->net,
                   "config", wc_config_name(p->config), "batch", p->batch, "cores", p->cores,
                   "buffer_bytes", (json_int_t)p->gbuf_bytes, "memory_bytes",
                   (json_int_t)p->dram_bytes, "sections", sections);
}

int cli_compile(int argc, char **argv) {
  struct cli_target target;
  uint64_t memory = CLI_MEMORY_DEFAULT;
  bool json = false, exit_now;
  const char *net, *file = NULL, *uri = NULL;
  cli_target_default(&target);
  const struct cli_option options[] = {
      {"output", 'o', CLI_TEXT, &file, "FILE", "the program file to write (required)", 0, 0, NULL},
      CLI_CONFIG_OPTION(&target),
      CLI_SEARCH_OPTIONS(&target),
      CLI_SIZE_OPTIONS(&target, "32", "256KiB, or the device's", "1, or the device's"),
      {"device", 0, CLI_TEXT, &uri, "URI", "compile for the sizes of this device", 0, 0, NULL},
      {"memory", 0, CLI_SIZE, &memory, "SIZE", "device memory, without --device (256MiB)", 0, 0,
       NULL},
      {"json", 0, CLI_FLAG, &json, NULL, "print an object", 0, 0, NULL}};
  const struct cli_command command = {
      "compile",
      "NET",
      "Compiles a network into command streams for a training step, the update and inference, and\n"
      "writes them to a file.",
      NULL,
      options,
      sizeof options / sizeof *options};
  enum wc_outcome outcome = cli_parse(&command, argc, argv, &net, &exit_now);
  if (outcome != WC_DONE || exit_now)
    return outcome;
  struct wc_report why = {"compile: no output file: give -o FILE; see wavecore compile --help"};
  if (file == NULL)
    return cli_error(WC_BAD_INPUT, &why);
  struct wc_graph *graph = wc_net_build(net, &why);
  if (graph == NULL)
    return cli_error(WC_BAD_INPUT, &why);
  struct wc_target device;
  struct cli_platform platform;
  struct wc_program *program = NULL;
  outcome = cli_compile_target(&target, uri, memory, &device, &platform, &why);
  if (outcome == WC_DONE) {
    program = cli_make_program(graph, &target, &device, &platform, &why);
    outcome = program == NULL ? WC_BAD_INPUT : WC_DONE;
  }
  if (outcome != WC_DONE)
    (void)cli_error(outcome, &why);
  else if (!wc_program_save(program, file, &why))
    outcome = cli_error(WC_FAILED, &why);
  else if (json)
    outcome = cli_print_json(program_json(program, file));
  else
    print_text(program, file);
  wc_program_delete(program);
  wc_graph_delete(graph);
  return outcome;
}
