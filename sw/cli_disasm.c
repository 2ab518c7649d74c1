/* wavecore disasm */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cli_sections.h"

/* The lines of one section as a JSON array. */
static json_t *lines_json(const struct wc_section *section) {
  char *text = NULL;
  size_t size;
  FILE *memory = open_memstream(&text, &size);
  if (memory == NULL)
    return NULL;
  wc_stream_disasm(section->words, section->bytes, memory);
  json_t *lines = json_array();
  if (fclose(memory) == 0) {
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
      if (*line != '\0')
        json_array_append_new(lines, json_string(line));
    }
  }
  free(text);
  return lines;
}

struct listing {
  unsigned only; /* WC_SECTIONS: all */
  json_t *list;  /* NULL: text */
};

static void list_section(void *arg, const struct wc_program *p, unsigned kind, unsigned core) {
  const struct listing *l = arg;
  const struct wc_section *section = &p->section[kind][core];
  char title[CLI_SECTION_TITLE];
  if (l->only < WC_SECTIONS && kind != l->only)
    return;
  if (l->list != NULL) {
    json_array_append_new(
        l->list, json_pack("{s:s, s:i, s:I, s:I, s:o}", "name", cli_section_name(kind), "core",
                           core, "address", (json_int_t)section->addr, "bytes",
                           (json_int_t)section->bytes, "commands", lines_json(section)));
    return;
  }
  printf("%s: at 0x%llX, %llu bytes\n", cli_section_title(p, kind, core, title),
         (unsigned long long)section->addr, (unsigned long long)section->bytes);
  wc_stream_disasm(section->words, section->bytes, stdout);
}

static enum wc_outcome print_sections(const struct wc_program *p, unsigned only, bool json) {
  struct listing listing = {only, json ? json_array() : NULL};
  cli_sections(p, list_section, &listing);
  return json ? cli_print_json(listing.list) : WC_DONE;
}

int cli_disasm(int argc, char **argv) {
  bool json = false, exit_now;
  const char *file, *section = NULL;
  const struct cli_option options[] = {
      {"section", 0, CLI_TEXT, &section, "NAME",
       "only this section: step, update, infer, train-a, train-b, settle", 0, 0, NULL},
      {"json", 0, CLI_FLAG, &json, NULL, "print a list of sections", 0, 0, NULL}};
  const struct cli_command command = {
      "disasm",
      "FILE",
      "Prints the commands of a program file: number, offset, name, tokens, then the fields that\n"
      "are not 0. Vector programs are shown as assignments.",
      NULL,
      options,
      sizeof options / sizeof *options};
  enum wc_outcome outcome = cli_parse(&command, argc, argv, &file, &exit_now);
  if (outcome != WC_DONE || exit_now)
    return outcome;
  struct wc_report why = {
      "disasm: --section takes step, update, infer, train-a, train-b or settle"};
  const unsigned only = section != NULL ? cli_section_parse(section) : WC_SECTIONS;
  if (section != NULL && only == WC_SECTIONS)
    return cli_error(WC_BAD_INPUT, &why);
  struct wc_program *program = wc_program_load(file, &why);
  if (program == NULL)
    return cli_error(WC_BAD_INPUT, &why);
  outcome = print_sections(program, only, json);
  wc_program_delete(program);
  return outcome;
}
