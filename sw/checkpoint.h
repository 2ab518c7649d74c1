/* Everything a run needs to go on to the same bits: hyperparameters, state, masters, momenta. */
#ifndef WC_CHECKPOINT_H
#define WC_CHECKPOINT_H

#include "train.h"

/* Downloads the parameters and writes the file, whole or not at all. */
enum wc_outcome wc_checkpoint_save(struct wc_trainer *trainer, const char *path,
                                   struct wc_report *why);

/* Reads the hyperparameters only, to compile the right program. False: no good checkpoint of
 * network @net; @why tells. */
bool wc_checkpoint_peek(const char *path, const char *net, struct wc_hyperparams *hyper,
                        struct wc_report *why);

/* Reads state and parameters into @trainer (host side; wc_params_upload follows). */
bool wc_checkpoint_load(struct wc_trainer *trainer, const char *path, struct wc_report *why);

#endif
