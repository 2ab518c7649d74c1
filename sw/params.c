#include "params.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fp16.h"
#include "report.h"
#include "rng.h"

static const struct wc_region *find(const struct wc_program *program, const char *name,
                                    const char *suffix, struct wc_report *why) {
  char full[sizeof program->regions->name];
  snprintf(full, sizeof full, "%s%s", name, suffix);
  const struct wc_region *region = wc_program_region(program, full);
  if (region == NULL)
    (void)wc_fail(why, "%s: the program has no region '%s': compile it again", program->net, full);
  return region;
}

static bool find_regions(const struct wc_graph *graph, const struct wc_program *program,
                         struct wc_param *p, struct wc_report *why) {
  const struct wc_tensor *t = &graph->tensors[p->tensor];
  p->elems = (size_t)wc_tensor_elems(t);
  p->is_weight = t->role == WC_ROLE_WEIGHT;
  p->master = find(program, t->name, p->is_weight ? ".master" : "", why);
  p->momentum = find(program, t->name, ".momentum", why);
  p->copy = p->is_weight ? find(program, t->name, "", why) : NULL;
  if (p->master == NULL || p->momentum == NULL || (p->is_weight && p->copy == NULL))
    return false;
  if (p->master->bytes < 4 * p->elems || p->momentum->bytes < 4 * p->elems ||
      (p->is_weight && p->copy->bytes < 2 * p->elems))
    return wc_fail(why, "%s: region '%s' is too small: compile it again", program->net, t->name);
  return true;
}

/* Zeros, which take no memory before they are written. */
static bool reserve(struct wc_params *params, struct wc_report *why) {
  if (params->master == NULL)
    params->master = calloc(params->elems + 1, sizeof *params->master);
  if (params->momentum == NULL)
    params->momentum = calloc(params->elems + 1, sizeof *params->momentum);
  return (params->master != NULL && params->momentum != NULL) || wc_fail(why, "out of memory");
}

bool wc_params_new(const struct wc_graph *graph, const struct wc_program *program,
                   struct wc_params *params, struct wc_report *why) {
  memset(params, 0, sizeof *params);
  params->n = graph->n_params;
  params->param = calloc(graph->n_params + 1u, sizeof *params->param);
  bool ok = params->param != NULL || wc_fail(why, "out of memory");
  for (uint32_t i = 0; ok && i < graph->n_params; i++) {
    struct wc_param *p = &params->param[i];
    p->tensor = graph->params[i];
    p->at = params->elems;
    ok = find_regions(graph, program, p, why);
    params->elems += p->elems;
  }
  ok = ok && reserve(params, why);
  if (!ok)
    wc_params_free(params);
  return ok;
}

void wc_params_release(struct wc_params *params) {
  free(params->master);
  free(params->momentum);
  params->master = params->momentum = NULL;
}

void wc_params_free(struct wc_params *params) {
  free(params->param);
  wc_params_release(params);
  memset(params, 0, sizeof *params);
}

/* Is the tensor a gamma: the second operand of a forward normalisation? */
static bool is_gamma(const struct wc_graph *graph, uint32_t tensor) {
  for (uint32_t i = 0; i < graph->n_forward; i++) {
    if (graph->nodes[i].op == WC_N_GN && graph->nodes[i].in[1] == tensor)
      return true;
  }
  return false;
}

void wc_params_init(const struct wc_graph *graph, struct wc_params *params, uint64_t seed) {
  for (uint32_t i = 0; i < params->n; i++) {
    const struct wc_param *p = &params->param[i];
    const struct wc_tensor *t = &graph->tensors[p->tensor];
    float *value = params->master + p->at;
    const double bound = sqrt(6.0 / ((double)t->h * (double)t->w));
    const float constant = !p->is_weight && is_gamma(graph, p->tensor) ? 1.0F : 0.0F;
    for (size_t k = 0; k < p->elems; k++)
      value[k] =
          p->is_weight
              ? (float)(bound * (2.0 * wc_rng_unit(wc_rng(seed, WC_RNG_WEIGHTS + i, k)) - 1.0))
              : constant;
  }
}

/* The FP16 copy of one weight. */
static enum wc_outcome upload_copy(const struct wc_param *p, const float *master,
                                   struct wc_session *session, struct wc_report *why) {
  uint8_t *half = malloc(2 * p->elems);
  if (half == NULL) {
    (void)wc_fail(why, "out of memory");
    return WC_FAILED;
  }
  for (size_t k = 0; k < p->elems; k++)
    wc_fp16_store(half + 2 * k, master[k]);
  const enum wc_outcome outcome = wc_session_write(session, p->copy, half, 2 * p->elems, why);
  free(half);
  return outcome;
}

enum wc_outcome wc_params_upload(const struct wc_params *params, struct wc_session *session,
                                 struct wc_report *why) {
  enum wc_outcome outcome = WC_DONE;
  for (uint32_t i = 0; i < params->n && outcome == WC_DONE; i++) {
    const struct wc_param *p = &params->param[i];
    const float *master = params->master + p->at, *momentum = params->momentum + p->at;
    outcome = wc_session_write(session, p->master, master, 4 * p->elems, why);
    if (outcome == WC_DONE)
      outcome = wc_session_write(session, p->momentum, momentum, 4 * p->elems, why);
    if (outcome == WC_DONE && p->is_weight)
      outcome = upload_copy(p, master, session, why);
  }
  return outcome;
}

enum wc_outcome wc_params_download(struct wc_params *params, struct wc_session *session,
                                   struct wc_report *why) {
  enum wc_outcome outcome = reserve(params, why) ? WC_DONE : WC_FAILED;
  for (uint32_t i = 0; i < params->n && outcome == WC_DONE; i++) {
    const struct wc_param *p = &params->param[i];
    outcome = wc_session_read(session, p->master, params->master + p->at, 4 * p->elems, why);
    if (outcome == WC_DONE)
      outcome = wc_session_read(session, p->momentum, params->momentum + p->at, 4 * p->elems, why);
  }
  return outcome;
}
