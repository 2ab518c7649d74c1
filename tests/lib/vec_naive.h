/* VEC as docs/commands.md words it: one element after another, nothing clever. */
#ifndef WC_TEST_VEC_NAIVE_H
#define WC_TEST_VEC_NAIVE_H

#include "wc_isa.h"

/* Runs a command that wc_cmd_check has accepted. */
void wc_vec_naive(uint8_t *gbuf, const struct wc_cmd *cmd);

#endif
