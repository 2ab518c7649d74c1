#include "checkpoint.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "report.h"

static const struct wc_seal seal = {"WCK1", 1, "a WaveCore checkpoint",
                                    "save it again with this version"};

static void put_hyper(struct wc_bytes *b, const struct wc_hyperparams *h) {
  wc_put64(b, h->seed);
  wc_put32(b, h->batch);
  wc_put32(b, h->epochs);
  wc_put_double(b, h->lr);
  wc_put_double(b, h->momentum);
  wc_put_double(b, h->decay);
  wc_put32(b, h->warmup);
  wc_put32(b, (uint32_t)h->shape);
}

static void get_hyper(struct wc_bytes *b, struct wc_hyperparams *h) {
  h->seed = wc_get64(b);
  h->batch = wc_get32(b);
  h->epochs = wc_get32(b);
  h->lr = wc_get_double(b);
  h->momentum = wc_get_double(b);
  h->decay = wc_get_double(b);
  h->warmup = wc_get32(b);
  h->shape = (enum wc_lr_shape)wc_get32(b);
}

enum wc_outcome wc_checkpoint_save(struct wc_trainer *t, const char *path, struct wc_report *why) {
  enum wc_outcome outcome = wc_train_settle(t, why);
  if (outcome == WC_DONE)
    outcome = wc_params_download(&t->params, t->session, why);
  if (outcome != WC_DONE)
    return outcome;
  struct wc_bytes b = {0};
  wc_put_text(&b, t->graph->name, WC_NAME_MAX);
  put_hyper(&b, &t->hyper);
  wc_put64(&b, t->state.step);
  wc_put_double(&b, t->state.loss_scale);
  wc_put64(&b, t->state.clean);
  wc_put64(&b, t->state.skipped);
  wc_put64(&b, t->params.elems);
  /* FP32 bits, little-endian as the processors that this runs on. Not copied: they are large. */
  const size_t bytes = t->params.elems * sizeof(float);
  const struct wc_chunk arrays[] = {{t->params.master, bytes}, {t->params.momentum, bytes}};
  const bool ok = wc_seal_save_more(&seal, path, &b, arrays, 2, why);
  free(b.data);
  return ok ? WC_DONE : WC_FAILED;
}

/* Opens the file and reads up to the state. The caller frees b->data. */
static bool open_checkpoint(const char *path, const char *net, struct wc_bytes *b,
                            struct wc_hyperparams *hyper, struct wc_report *why) {
  if (!wc_seal_load(&seal, path, b, why))
    return false;
  char name[WC_NAME_MAX];
  wc_get_text(b, name, sizeof name);
  get_hyper(b, hyper);
  bool ok = true;
  if (strcmp(name, net) != 0)
    ok = wc_fail(why, "%s: a checkpoint of network %s, not of %s", path, name, net);
  else if (b->failed || hyper->batch == 0 || hyper->epochs == 0 ||
           (unsigned)hyper->shape >= WC_LR_SHAPES)
    ok = wc_fail(why, "%s: its contents make no sense although its CRC-32 is right", path);
  if (!ok)
    free(b->data);
  return ok;
}

bool wc_checkpoint_peek(const char *path, const char *net, struct wc_hyperparams *hyper,
                        struct wc_report *why) {
  struct wc_bytes b;
  struct wc_hyperparams found;
  if (!open_checkpoint(path, net, &b, &found, why))
    return false;
  free(b.data);
  *hyper = found;
  return true;
}

bool wc_checkpoint_load(struct wc_trainer *t, const char *path, struct wc_report *why) {
  struct wc_bytes b;
  struct wc_hyperparams hyper;
  if (!open_checkpoint(path, t->graph->name, &b, &hyper, why))
    return false;
  struct wc_train_state state;
  state.step = wc_get64(&b);
  state.loss_scale = wc_get_double(&b);
  state.clean = wc_get64(&b);
  state.skipped = wc_get64(&b);
  const uint64_t elems = wc_get64(&b);
  bool ok = !b.failed && elems == t->params.elems;
  if (!ok) {
    (void)wc_fail(why, "%s: %" PRIu64 " parameters, network %s has %zu", path, elems,
                  t->graph->name, t->params.elems);
  } else {
    const size_t bytes = t->params.elems * sizeof(float);
    wc_get_raw(&b, t->params.master, bytes);
    wc_get_raw(&b, t->params.momentum, bytes);
    ok = (!b.failed && b.at == b.size) || wc_fail(why, "%s: wrong length", path);
    t->state = state;
  }
  free(b.data);
  return ok;
}
