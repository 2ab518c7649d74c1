/* --data: which images a command trains on. */
#ifndef WC_CLI_DATA_H
#define WC_CLI_DATA_H

#include "cli.h"

#define CLI_DATA_HELP "idx files, folders of JPEG files, `random` or `synthetic:SEED`"

struct cli_data {
  const char *name;  /* DIR, random, synthetic:SEED; NULL: what suits the network */
  uint64_t seed;     /* of `random` */
  uint32_t random_n; /* random images there are to be */
};

/* Opens one split for @graph. Warnings of skipped files go to stderr. */
bool cli_open_data(const struct cli_data *data, enum wc_split split, const struct wc_graph *graph,
                   struct wc_dataset *set, struct wc_report *why);

#endif
