/* Names and sizes of a program's sections. */
#ifndef WC_CLI_SECTIONS_H
#define WC_CLI_SECTIONS_H

#include "program.h"

const char *cli_section_name(unsigned kind); /* "step", "update", "infer" */

/* WC_SECTIONS for an unknown name. */
unsigned cli_section_parse(const char *name);

/* Commands up to END, END included; what follows an illegal command is not counted. */
uint32_t cli_section_commands(const struct wc_section *section);

#endif
