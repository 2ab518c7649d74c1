#include "dump_step.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "atomic_file.h"
#include "graph_json.h"
#include "report.h"

/* What the region holds: the tensor's role; "master", "momentum" or "finite" for the others. */
static const char *role_name(const struct wc_graph *graph, const char *name) {
  for (uint32_t i = 0; i < graph->n_tensors; i++) {
    if (strcmp(graph->tensors[i].name, name) == 0)
      return wc_role_name(graph->tensors[i].role);
  }
  const char *dot = strrchr(name, '.');
  return dot != NULL ? dot + 1 : name;
}

/* Bytes of one sample as stored, without the padding behind it. */
static uint64_t sample_bytes(const struct wc_region *r) {
  const uint64_t elems = (uint64_t)r->h * r->w * r->c;
  const uint64_t dense = r->type == WC_T_BIT ? (uint64_t)r->h * r->w * ((r->c + 7u) / 8u)
                                             : elems * wc_type_bytes(r->type);
  const uint64_t room = r->n > 1 ? r->pitch : r->bytes;
  return dense < room ? dense : room;
}

static json_t *describe(const struct wc_graph *graph, const struct wc_region *r) {
  return json_pack("{s:s, s:o, s:s, s:s, s:[i,i,i,i]}", "name", r->name, "file",
                   json_sprintf("%s.bin", r->name), "role", role_name(graph, r->name), "type",
                   wc_type_name(r->type), "shape", r->n, r->h, r->w, r->c);
}

static enum wc_outcome dump_region(struct wc_trainer *t, const struct wc_region *r, const char *dir,
                                   struct wc_report *why) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s.bin", dir, r->name);
  uint8_t *raw = malloc(r->bytes + 1);
  struct wc_chunk *chunks = calloc(r->n + 1u, sizeof *chunks);
  enum wc_outcome outcome = WC_FAILED;
  if (raw == NULL || chunks == NULL) {
    (void)wc_fail(why, "out of memory");
  } else {
    outcome = wc_session_read(t->session, r, raw, r->bytes, why);
    for (uint32_t i = 0; i < r->n; i++)
      chunks[i] = (struct wc_chunk){raw + i * r->pitch, sample_bytes(r)};
    if (outcome == WC_DONE && !wc_file_replace(path, chunks, r->n, why))
      outcome = WC_FAILED;
  }
  free(raw);
  free(chunks);
  return outcome;
}

static bool write_index(struct wc_trainer *t, const char *dir, const char *stage, json_t *tensors,
                        struct wc_report *why) {
  json_t *params = json_array();
  for (uint32_t i = 0; i < t->graph->n_params; i++)
    json_array_append_new(params, json_string(t->graph->tensors[t->graph->params[i]].name));
  json_t *root =
      json_pack("{s:s, s:s, s:s, s:i, s:I, s:I, s:f, s:f, s:f, s:f, s:o, s:o, s:o}", "network",
                t->graph->name, "config", wc_config_name(t->session->program->config), "stage",
                stage, "batch", t->hyper.batch, "seed", (json_int_t)t->hyper.seed, "steps_done",
                (json_int_t)t->state.step, "loss_scale", t->state.loss_scale, "learning_rate",
                wc_learning_rate(&t->hyper, t->state.step, t->total_steps), "momentum",
                t->hyper.momentum, "decay", t->hyper.decay, "params", params, "graph",
                wc_graph_json(t->graph), "tensors", tensors);
  char *text = root != NULL ? json_dumps(root, JSON_INDENT(1)) : NULL;
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/index.json", dir);
  bool ok = text != NULL || wc_fail(why, "out of memory");
  if (ok) {
    const struct wc_chunk chunks[] = {{text, strlen(text)}, {"\n", 1}};
    ok = wc_file_replace(path, chunks, 2, why);
  }
  free(text);
  json_decref(root);
  return ok;
}

static bool make_dir(const char *path, struct wc_report *why) {
  return mkdir(path, 0777) == 0 || errno == EEXIST ||
         wc_fail(why, "%s: cannot be created: %s", path, strerror(errno));
}

enum wc_outcome wc_dump_step(struct wc_trainer *t, const char *dir, const char *stage,
                             struct wc_report *why) {
  char path[PATH_MAX / 2];
  const int length = snprintf(path, sizeof path, "%s/%s", dir, stage);
  if (length < 0 || (size_t)length >= sizeof path) {
    (void)wc_fail(why, "directory %.60s...: name too long", dir);
    return WC_BAD_INPUT;
  }
  if (!make_dir(dir, why) || !make_dir(path, why))
    return WC_FAILED;
  const struct wc_program *p = t->session->program;
  json_t *tensors = json_array();
  enum wc_outcome outcome = WC_DONE;
  for (uint32_t i = 0; i < p->n_regions && outcome == WC_DONE; i++) {
    outcome = dump_region(t, &p->regions[i], path, why);
    json_array_append_new(tensors, describe(t->graph, &p->regions[i]));
  }
  if (outcome != WC_DONE)
    json_decref(tensors);
  else if (!write_index(t, path, stage, tensors, why))
    outcome = WC_FAILED;
  return outcome;
}
