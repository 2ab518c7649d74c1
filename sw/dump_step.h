/* All tensors of one training step as raw files, for oracles. docs/cli.md has the layout. */
#ifndef WC_DUMP_STEP_H
#define WC_DUMP_STEP_H

#include "train.h"

/* Writes every region of the program to @dir/@stage/NAME.bin, dense (no padding between samples),
 * and @dir/@stage/index.json. @stage: "step" after STEP, "update" after UPDATE. */
enum wc_outcome wc_dump_step(struct wc_trainer *trainer, const char *dir, const char *stage,
                             struct wc_report *why);

#endif
