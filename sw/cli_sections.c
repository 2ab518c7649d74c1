#include "cli_sections.h"

#include <string.h>

static const char *const names[WC_SECTIONS] = {"step", "update", "infer"};

const char *cli_section_name(unsigned kind) {
  return names[kind];
}

unsigned cli_section_parse(const char *name) {
  unsigned kind = 0;
  while (kind < WC_SECTIONS && strcmp(name, names[kind]) != 0)
    kind++;
  return kind;
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
