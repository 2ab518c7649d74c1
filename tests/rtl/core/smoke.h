/* What the core-level tests share: streams, a device beside its model, verdicts. */
#ifndef WC_SMOKE_H
#define WC_SMOKE_H

#include "random.h"
#include "wavecore.h"
#include "wc_isa.h"
#include "wc_model.h"

struct smoke {
  struct wc_device *dev;
  struct wc_model *model;
  const struct wc_caps *caps;
  struct wc_random random;
  uint32_t words[1 << 16]; /* the stream being built */
  size_t n_words;
  unsigned passed, failed;
};

enum { SMOKE_STREAM = 0x400000, SMOKE_DATA = 0x100000 }; /* stream's place; data lie below this */

/* Opens @uri and a model of the same sizes with @threads 1. False, and a message, on failure. */
bool smoke_open(struct smoke *s, const char *uri);
void smoke_close(struct smoke *s);

/* Counts and prints one verdict. */
void smoke_verdict(struct smoke *s, bool ok, const char *name);

void smoke_begin(struct smoke *s);
/* Appends @cmd with @wait and @signal masks; its id becomes its number in the stream. */
void smoke_add(struct smoke *s, struct wc_cmd *cmd, unsigned wait, unsigned signal);
void smoke_end(struct smoke *s); /* appends END */

/* Writes the stream and runs it on the device. Returns wc_wait's status. */
int smoke_run(struct smoke *s);
/* The same bytes and stream on the model. */
bool smoke_run_model(struct smoke *s, struct wc_model_error *error);

/* Random data in the data area of both memories. */
void smoke_fill(struct smoke *s);
/* Both memories and all byte, MAC and command counters are equal; says where not. */
bool smoke_equal(struct smoke *s);

#endif
