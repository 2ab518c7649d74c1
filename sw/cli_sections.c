#include "cli_sections.h"

#include <string.h>

static const char *const names[WC_SECTIONS] = {"step",    "update",  "infer",
                                               "train-a", "train-b", "settle"};

const char *cli_section_name(unsigned kind) {
  return names[kind];
}

unsigned cli_section_parse(const char *name) {
  unsigned kind = 0;
  while (kind < WC_SECTIONS && strcmp(name, names[kind]) != 0)
    kind++;
  return kind;
}

const char *cli_section_title(const struct wc_program *program, unsigned kind, unsigned core,
                              char room[CLI_SECTION_TITLE]) {
  if (program->cores > 1)
    snprintf(room, CLI_SECTION_TITLE, "%s, core %u", names[kind], core);
  else
    snprintf(room, CLI_SECTION_TITLE, "%s", names[kind]);
  return room;
}

void cli_sections(const struct wc_program *program, cli_section_fn fn, void *arg) {
  for (unsigned kind = 0; kind < WC_SECTIONS; kind++) {
    for (unsigned core = 0; core < program->cores; core++) {
      if (program->section[kind][core].words != NULL)
        fn(arg, program, kind, core);
    }
  }
}

uint32_t cli_section_commands(const struct wc_section *section) {
  const size_t units = section->bytes / WC_UNIT_BYTES;
  uint32_t count = 0;
  for (size_t at = 0; at < units; count++) {
    struct wc_cmd cmd;
    if (wc_cmd_decode(section->words + 4 * at, units - at, &cmd) != WC_E_NONE)
      break;
    at += cmd.hdr.units;
  }
  return count;
}
