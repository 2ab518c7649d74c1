/* What a plan keeps for the backward pass, and what it makes again, for `wavecore schedule`. */
#ifndef WC_CLI_KEPT_H
#define WC_CLI_KEPT_H

#include <jansson.h>

#include "plan.h"

/* A list of what the backward pass reads of the forward pass: tensor, bytes of the mini-batch,
 * choice (store or recompute). */
json_t *cli_kept_json(const struct wc_plan *plan);
void cli_print_kept(const struct wc_plan *plan);

#endif
