/* Mini-batches: which images, their pixels and labels in the device's layout. */
#ifndef WC_TRAIN_FEED_H
#define WC_TRAIN_FEED_H

#include "train.h"

/* The mini-batch of step @step in the trainer's arrays: a pure function of the seed and the files,
 * whatever the number of loaders. Does nothing when it is there already. */
bool wc_feed_train(struct wc_trainer *trainer, uint64_t step, struct wc_report *why);

/* Test images @first, @first + 1, ..., around to the first ones at the end; trainer->used tells
 * whose pixels they are. */
bool wc_feed_test(struct wc_trainer *trainer, uint32_t first, struct wc_report *why);

/* The arrays to the device. */
enum wc_outcome wc_feed_write(struct wc_trainer *trainer, struct wc_report *why);

#endif
