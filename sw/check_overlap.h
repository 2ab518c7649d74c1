/* The rules of docs/commands.md about overlap within one command. */
#ifndef WC_CHECK_OVERLAP_H
#define WC_CHECK_OVERLAP_H

#include "wc_isa.h"

/* NULL, or what is wrong with @cmd, which has passed wc_cmd_check. */
const char *wc_overlap_fault(const struct wc_cmd *cmd);

#endif
