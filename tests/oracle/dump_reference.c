/* Writes one training step of the FP64 reference in the format of `wavecore train --dump-step`, to
 * try the PyTorch oracle on: `dump_reference NET BATCH LOSS_SCALE DIR [exact]`.
 *
 * Without `exact` every node rounds as the device does, with it only the input. Image and labels
 * are random (SEED). */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "graph_json.h"
#include "reference.h"
#include "reference_graph.h"

static FILE *open_in(const char *dir, const char *name, const char *suffix) {
  char path[1024];
  snprintf(path, sizeof path, "%s/%s%s", dir, name, suffix);
  FILE *file = fopen(path, "wb");
  if (file == NULL) {
    fprintf(stderr, "dump_reference: %s: %s\n", path, strerror(errno));
    exit(2);
  }
  return file;
}

static void close_or_die(FILE *file, const char *name) {
  if (ferror(file) || fclose(file) != 0) {
    fprintf(stderr, "dump_reference: writing %s failed\n", name);
    exit(2);
  }
}

/* The type in which a tensor is dumped: what the reference computed without rounding does not fit
 * FP16. */
static enum wc_type dumped_type(const struct wc_tensor *t, bool exact) {
  return exact && t->type == WC_T_FP16 ? WC_T_FP32 : t->type;
}

static void write_tensor(const struct ref_run *run, uint32_t index, const char *dir, bool exact) {
  struct wc_tensor t = run->graph->tensors[index];
  t.type = dumped_type(&t, exact);
  const struct ref_tensor *value = &run->t[index];
  const size_t pitch = wc_tensor_bytes(&t), bytes = pitch * value->n;
  void *image = calloc(bytes, 1);
  if (image == NULL) {
    fputs("dump_reference: out of memory\n", stderr);
    exit(2);
  }
  ref_store(value, t.type, image, pitch);
  FILE *file = open_in(dir, t.name, ".bin");
  fwrite(image, 1, bytes, file);
  close_or_die(file, t.name);
  free(image);
}

static void write_index(const struct ref_run *run, double loss_scale, const char *dir, bool exact) {
  const struct wc_graph *g = run->graph;
  json_t *tensors = json_array();
  for (uint32_t i = 0; i < g->n_tensors; i++) {
    const struct wc_tensor *t = &g->tensors[i];
    json_array_append_new(
        tensors,
        json_pack("{s:s, s:s, s:s, s:[I,I,I,I]}", "name", t->name, "role", wc_role_name(t->role),
                  "type", wc_type_name(dumped_type(t, exact)), "shape", (json_int_t)run->t[i].n,
                  (json_int_t)t->h, (json_int_t)t->w, (json_int_t)t->c));
  }
  json_t *index =
      json_pack("{s:s, s:I, s:f, s:o, s:o}", "network", g->name, "batch", (json_int_t)run->n,
                "loss_scale", loss_scale, "graph", wc_graph_json(g), "tensors", tensors);
  FILE *file = open_in(dir, "index", ".json");
  if (index == NULL || json_dumpf(index, file, JSON_INDENT(1)) != 0) {
    fputs("dump_reference: index.json cannot be made\n", stderr);
    exit(2);
  }
  close_or_die(file, "index.json");
  json_decref(index);
}

int main(int argc, char **argv) {
  if (argc < 5 || argc > 6 || (argc == 6 && strcmp(argv[5], "exact") != 0)) {
    fputs("usage: dump_reference NET BATCH LOSS_SCALE DIR [exact]\n", stderr);
    return 2;
  }
  struct wc_report why = {""};
  struct wc_graph *g = wc_net_build(argv[1], &why);
  const unsigned long batch = strtoul(argv[2], NULL, 10);
  const double loss_scale = strtod(argv[3], NULL);
  if (g == NULL || batch == 0 || batch > 1024 || !(loss_scale > 0)) {
    fprintf(stderr, "dump_reference: %s\n", g == NULL ? why.text : "bad batch or loss scale");
    wc_graph_delete(g);
    return 2;
  }
  const bool exact = argc == 6;
  uint64_t random = ref_seed("dump_reference");
  struct ref_run run = ref_run_new(g, (uint32_t)batch);
  ref_run_fill(&run, loss_scale, &random);
  for (uint32_t i = 0; i < g->n_nodes; i++) {
    run.round = !exact || g->nodes[i].op == WC_N_NORMALIZE;
    ref_run_node(&run, i);
  }
  for (uint32_t i = 0; i < g->n_tensors; i++) {
    write_tensor(&run, i, argv[4], exact);
  }
  write_index(&run, loss_scale, argv[4], exact);
  ref_run_free(&run);
  wc_graph_delete(g);
  return 0;
}
