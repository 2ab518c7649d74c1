/* Names and sizes of a program's sections. */
#ifndef WC_CLI_SECTIONS_H
#define WC_CLI_SECTIONS_H

#include "program.h"

const char *cli_section_name(unsigned kind); /* "step", "update", "infer" */

/* WC_SECTIONS for an unknown name. */
unsigned cli_section_parse(const char *name);

/* What to print for the section of @core: its name, with the core's number where there are several.
 * Returns @room. */
#define CLI_SECTION_TITLE 32
const char *cli_section_title(const struct wc_program *program, unsigned kind, unsigned core,
                              char room[CLI_SECTION_TITLE]);

/* Calls @fn for every section there is: kind by kind, core by core. */
typedef void (*cli_section_fn)(void *arg, const struct wc_program *program, unsigned kind,
                               unsigned core);
void cli_sections(const struct wc_program *program, cli_section_fn fn, void *arg);

/* Commands up to END, END included; what follows an illegal command is not counted. */
uint32_t cli_section_commands(const struct wc_section *section);

#endif
