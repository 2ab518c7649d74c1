#include "node_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "program.h"

enum { GUARD = 0xFF }; /* NaN in FP16 and FP32, 255 in U8 */

/* One run being laid out. */
struct layout {
  const struct node_bench *bench;
  const struct node_cut *cut;
  struct wc_run run;
  uint32_t n0;
  uint32_t top;       /* first free byte of the buffer */
  uint8_t *may_write; /* one byte for each of the buffer: 1 where the run may write */
};

static void fail(const struct layout *l, const char *what) {
  fprintf(stderr, "node %s: %s (samples %u rows %u columns %u strips %u fused %u)\n",
          l->bench->g->nodes[l->run.node].name, what, l->cut->samples, l->cut->rows,
          l->cut->columns, l->cut->strips.rows, l->cut->n_fused);
  abort();
}

static uint32_t draw(const struct node_bench *b, uint32_t below) {
  return (uint32_t)(ref_random(b->rng) % below);
}

/* A place of @bytes, aligned to 64, with guard bytes around. */
static uint32_t place(struct layout *l, uint64_t bytes) {
  const uint32_t at = (l->top + 63) / 64 * 64 + 64 * draw(l->bench, 3);
  if (at + bytes + 64 > NODE_GBUF) {
    fail(l, "does not fit the test's buffer; make it larger");
  }
  l->top = at + (uint32_t)bytes + 16;
  return at;
}

static const struct wc_tensor *tensor_of(const struct layout *l, uint32_t tensor) {
  return &l->bench->g->tensors[tensor];
}

/* The packed image of a tensor's samples, as the device stores it. */
static uint8_t *image_of(const struct node_bench *b, uint32_t tensor) {
  const struct wc_tensor *t = &b->g->tensors[tensor];
  const size_t bytes = (size_t)wc_tensor_bytes(t);
  uint8_t *image = calloc(t->per_sample ? b->n : 1, bytes);
  if (image == NULL) {
    abort();
  }
  ref_store(&b->values[tensor], t->type, image, bytes);
  return image;
}

/* Copies rows [y0, y0+ny) of all samples of the run between an image and its view. */
static void copy_rows(const struct layout *l, const struct wc_tensor *t, uint8_t *image,
                      const struct wc_view *view, bool to_buffer) {
  uint8_t *gbuf = wc_model_gbuf(l->bench->model);
  const size_t bytes = (size_t)wc_tensor_bytes(t), row = (size_t)wc_tensor_row_bytes(t);
  for (uint32_t i = 0; i < (t->per_sample ? l->run.ns : 1); i++) {
    uint8_t *host = image + (t->per_sample ? (l->n0 + i) * bytes : 0) + view->y0 * row;
    uint8_t *dev = gbuf + view->gb + (size_t)i * view->pitch;
    memcpy(to_buffer ? dev : host, to_buffer ? host : dev, view->ny * row);
  }
}

/* Copies a slice of weights or of their gradient. Of a data gradient's weights [rs][ci][co], rows
 * ci are cut, of others columns co. */
static void copy_slice(const struct layout *l, const struct wc_tensor *t, uint8_t *image,
                       uint32_t gb, bool to_buffer) {
  const bool by_row = l->bench->g->nodes[l->run.node].op == WC_N_CONV_DGRAD;
  const size_t size = wc_type_bytes(t->type), whole = (by_row ? (size_t)t->w * t->c : t->c) * size;
  const size_t unit = (by_row ? t->c : 1) * size, n = by_row ? t->h : (size_t)t->h * t->w;
  uint8_t *gbuf = wc_model_gbuf(l->bench->model);
  for (size_t i = 0; i < n; i++) {
    uint8_t *host = image + i * whole + l->run.c0 * unit, *dev = gbuf + gb + i * l->run.nc * unit;
    memcpy(to_buffer ? dev : host, to_buffer ? host : dev, l->run.nc * unit);
  }
}

static bool is_sliced(const struct layout *l, const struct wc_tensor *t) {
  return wc_kernel_can_slice(l->bench->g->nodes[l->run.node].op) && !t->per_sample &&
         t->role != WC_ROLE_PARAM;
}

/* Rows of operand @index of @node, by the kernel's own account. */
static void rows_of(const struct layout *l, uint32_t node, char side, unsigned index, uint32_t *lo,
                    uint32_t *hi) {
  const struct wc_graph *g = l->bench->g;
  if (l->run.pass != WC_PASS_ALL) {
    wc_kernel_rows(g, &g->nodes[node], l->run.pass, l->run.y0, l->run.ny, side, index, lo, hi);
    return;
  }
  *lo = UINT32_MAX;
  *hi = 0;
  for (uint32_t pass = 0; pass < wc_kernel_passes(g->nodes[node].op); pass++) {
    uint32_t a, b;
    wc_kernel_rows(g, &g->nodes[node], pass, l->run.y0, l->run.ny, side, index, &a, &b);
    *lo = a < b && a < *lo ? a : *lo;
    *hi = b > *hi ? b : *hi;
  }
  *lo = *hi == 0 ? 0 : *lo;
}

/* Lays out an operand; filled from @image unless that is NULL. */
static void lay(struct layout *l, uint32_t node, uint32_t tensor, char side, unsigned index,
                uint8_t *image, struct wc_view *view) {
  const struct wc_tensor *t = tensor_of(l, tensor);
  uint32_t lo, hi;
  rows_of(l, node, side, index, &lo, &hi);
  *view = (struct wc_view){.gb = UINT32_MAX, .y0 = lo, .ny = hi - lo};
  if (lo == hi) {
    return; /* not touched */
  }
  const size_t bytes = (hi - lo) * (size_t)wc_tensor_row_bytes(t);
  view->pitch = (uint32_t)((bytes + 15) / 16 + draw(l->bench, 3)) * 16;
  view->gb = place(l, (uint64_t)view->pitch * (t->per_sample ? l->run.ns : 1));
  if (is_sliced(l, t)) {
    copy_slice(l, t, image, view->gb, true);
  } else if (image != NULL) {
    copy_rows(l, t, image, view, true);
  }
}

/* Opens the view of an output for writing. */
static void allow(struct layout *l, const struct wc_tensor *t, const struct wc_view *view) {
  if (view->gb == UINT32_MAX) {
    return;
  }
  if (is_sliced(l, t)) {
    const size_t rows = (size_t)t->h * t->w;
    memset(l->may_write + view->gb, 1, rows * l->run.nc * wc_type_bytes(t->type));
    return;
  }
  for (uint32_t i = 0; i < (t->per_sample ? l->run.ns : 1); i++) {
    memset(l->may_write + view->gb + (size_t)i * view->pitch, 1,
           view->ny * (size_t)wc_tensor_row_bytes(t));
  }
}

static void take(const struct layout *l, uint32_t tensor, uint8_t *image,
                 const struct wc_view *view) {
  const struct wc_tensor *t = tensor_of(l, tensor);
  if (view->gb == UINT32_MAX) {
    return;
  }
  if (is_sliced(l, t)) {
    copy_slice(l, t, image, view->gb, false);
  } else {
    copy_rows(l, t, image, view, false);
  }
}

/* Runs the stream of l->run and checks what it wrote. Returns its commands. */
static size_t execute(struct layout *l) {
  struct wc_emit *emit = wc_emit_new(NODE_GBUF, NODE_MEM);
  uint32_t *words;
  size_t bytes;
  if (emit == NULL || !wc_kernel_emit(emit, l->bench->g, &l->run)) {
    fail(l, emit == NULL ? "out of memory" : wc_emit_failed(emit));
  }
  const size_t commands = wc_emit_count(emit);
  struct wc_check_result check;
  if (!wc_emit_finish(emit, &words, &bytes) || bytes > NODE_MEM) {
    fail(l, "the stream could not be finished");
  }
  if (!wc_stream_check(words, bytes, NODE_GBUF, NODE_MEM, &check)) {
    fail(l, check.text);
  }
  memcpy(wc_model_memory(l->bench->model), words, bytes);
  uint8_t *before = malloc(NODE_GBUF), *gbuf = wc_model_gbuf(l->bench->model);
  if (before == NULL) {
    abort();
  }
  memcpy(before, gbuf, NODE_GBUF);
  struct wc_model_error error;
  if (!wc_model_run(l->bench->model, 0, bytes, NODE_MEM, &error)) {
    fail(l, wc_error_text(error.code));
  }
  uint8_t strays = 0; /* without a branch, to be quick about half a million bytes */
  for (size_t i = 0; i < NODE_GBUF; i++) {
    strays |= (uint8_t)((gbuf[i] ^ before[i]) & (l->may_write[i] - 1));
  }
  if (strays != 0) {
    fail(l, "wrote outside its outputs");
  }
  free(before);
  free(words);
  wc_emit_delete(emit);
  return commands;
}

/* Node of part @k: 0 the head, else what is fused behind it. */
static uint32_t part_node(const struct wc_run *run, unsigned k) {
  return k == 0 ? run->node : run->fused[k - 1];
}

static bool is_stored(const struct wc_run *run, unsigned k, unsigned output) {
  if (k > 0 && k < run->n_fused && output == 0) {
    return false; /* the sum in the middle */
  }
  return output > 0 || k > 0 || !run->drop_out;
}

/* Lays out an input of part @k, unless the part before made it. */
static void lay_inputs(struct layout *l, unsigned k) {
  const struct wc_graph *g = l->bench->g;
  const uint32_t index = part_node(&l->run, k);
  const struct wc_node *node = &g->nodes[index];
  struct wc_view *views = k == 0 ? l->run.in : l->run.fused_in[k - 1];
  for (unsigned i = 0; i < node->n_in; i++) {
    views[i] = (struct wc_view){.gb = UINT32_MAX};
    if (k > 0 && node->in[i] == g->nodes[part_node(&l->run, k - 1)].out[0]) {
      continue;
    }
    uint8_t *image = image_of(l->bench, node->in[i]);
    lay(l, index, node->in[i], 'i', i, image, &views[i]);
    free(image);
  }
}

/* The input view that the last part's main output may replace; NULL: none. */
static const struct wc_view *shared_view(const struct layout *l, unsigned k) {
  const struct wc_node *node = &l->bench->g->nodes[part_node(&l->run, k)];
  const struct wc_view *views = k == 0 ? l->run.in : l->run.fused_in[k - 1];
  for (unsigned i = 0; i < node->n_in; i++) {
    if (wc_kernel_in_place(node->op, i, 0) && views[i].gb != UINT32_MAX) {
      return &views[i];
    }
  }
  return NULL;
}

static void lay_outputs(struct layout *l, unsigned k, struct node_result *result) {
  const uint32_t index = part_node(&l->run, k);
  const struct wc_node *node = &l->bench->g->nodes[index];
  struct wc_view *views = k == 0 ? l->run.out : l->run.fused_out[k - 1];
  for (unsigned i = 0; i < node->n_out; i++) {
    const struct wc_tensor *t = tensor_of(l, node->out[i]);
    views[i] = (struct wc_view){.gb = UINT32_MAX};
    if (!is_stored(&l->run, k, i)) {
      continue;
    }
    const struct wc_view *shared =
        l->cut->in_place && i == 0 && k == l->run.n_fused ? shared_view(l, k) : NULL;
    if (shared != NULL) {
      views[i] = *shared;
    } else {
      /* Sums go on from what is there; statistics stay between passes; a slice fills its columns of
       * what other slices fill, too. The rest is overwritten. */
      const bool goes_on =
          t->role == WC_ROLE_DPARAM || t->role == WC_ROLE_STATS || l->cut->columns != 0;
      lay(l, index, node->out[i], 'o', i, goes_on ? result->out[k][i] : NULL, &views[i]);
    }
    allow(l, t, &views[i]);
  }
}

static void one_run(struct layout *l, uint32_t fixed, struct node_result *result) {
  uint8_t *gbuf = wc_model_gbuf(l->bench->model);
  memset(gbuf + fixed, GUARD, NODE_GBUF - fixed);
  memset(l->may_write + fixed, 0, NODE_GBUF - fixed);
  memset(gbuf + l->run.scratch, GUARD, l->cut->strips.bytes); /* no run finds another's strips */
  l->top = fixed;
  for (unsigned k = 0; k <= l->run.n_fused; k++) {
    lay_inputs(l, k);
  }
  for (unsigned k = 0; k <= l->run.n_fused; k++) {
    lay_outputs(l, k, result);
  }
  result->commands += execute(l);
  for (unsigned k = 0; k <= l->run.n_fused; k++) {
    const struct wc_node *node = &l->bench->g->nodes[part_node(&l->run, k)];
    for (unsigned i = 0; i < node->n_out; i++) {
      if (is_stored(&l->run, k, i)) {
        take(l, node->out[i], result->out[k][i],
             k == 0 ? &l->run.out[i] : &l->run.fused_out[k - 1][i]);
      }
    }
  }
}

/* All slabs of all passes over the samples of the run. */
static void all_slabs(struct layout *l, uint32_t fixed, struct node_result *result) {
  const struct wc_graph *g = l->bench->g;
  const struct wc_node *node = &g->nodes[l->run.node];
  const struct wc_lead lead = wc_kernel_lead(node->op);
  const uint32_t h = g->tensors[lead.side == 'o' ? node->out[lead.index] : node->in[lead.index]].h;
  const uint32_t passes = wc_kernel_passes(node->op);
  const bool whole = l->cut->rows == 0 || l->cut->rows >= h;
  const uint32_t step = whole ? h : l->cut->rows;
  for (uint32_t pass = 0; pass < (whole ? 1 : passes); pass++) {
    l->run.pass = whole ? WC_PASS_ALL : pass;
    for (uint32_t y0 = 0; y0 < h; y0 += step) {
      l->run.y0 = y0;
      l->run.ny = h - y0 < step ? h - y0 : step;
      l->run.slab_first = y0 == 0;
      l->run.slab_last = y0 + l->run.ny == h;
      one_run(l, fixed, result);
    }
  }
}

/* All samples, for the columns of the run. */
static void all_samples(struct layout *l, uint32_t fixed, struct node_result *result) {
  const uint32_t n = l->bench->n, step = l->cut->samples == 0 ? n : l->cut->samples;
  for (l->n0 = 0; l->n0 < n; l->n0 += step) {
    l->run.ns = n - l->n0 < step ? n - l->n0 : step;
    l->run.first = l->n0 == 0;
    l->run.last = l->n0 + l->run.ns == n;
    all_slabs(l, fixed, result);
  }
}

static uint32_t columns_of(const struct wc_graph *g, const struct wc_node *node) {
  if (!wc_kernel_can_slice(node->op)) {
    return 0;
  }
  return g->tensors[node->out[0]].c;
}

static void new_images(const struct layout *l, struct node_result *result) {
  for (unsigned k = 0; k <= l->run.n_fused; k++) {
    const struct wc_node *node = &l->bench->g->nodes[part_node(&l->run, k)];
    for (unsigned i = 0; i < node->n_out; i++) {
      const struct wc_tensor *t = tensor_of(l, node->out[i]);
      if (is_stored(&l->run, k, i)) {
        result->bytes[k][i] = (size_t)wc_tensor_bytes(t) * (t->per_sample ? l->bench->n : 1);
        result->out[k][i] = malloc(result->bytes[k][i]);
        if (result->out[k][i] == NULL) {
          abort();
        }
        memset(result->out[k][i], GUARD, result->bytes[k][i]);
      }
    }
  }
}

/* The most scratch that a part asks for, at the start of the buffer, behind the finite sums. */
static uint32_t scratch_bytes(const struct layout *l) {
  uint32_t most = l->cut->strips.bytes;
  for (unsigned k = 0; k <= l->run.n_fused; k++) {
    const struct wc_graph *g = l->bench->g;
    const uint32_t ns = l->cut->samples == 0 ? l->bench->n : l->cut->samples;
    const uint32_t bytes = wc_kernel_scratch(g, &g->nodes[part_node(&l->run, k)], ns);
    most = bytes > most ? bytes : most;
  }
  return most;
}

struct node_result node_run(const struct node_bench *bench, uint32_t node,
                            const struct node_cut *cut) {
  struct node_result result = {0};
  struct layout l = {.bench = bench, .cut = cut, .may_write = calloc(1, NODE_GBUF)};
  if (l.may_write == NULL) {
    abort();
  }
  l.run.node = node;
  l.run.n_fused = cut->n_fused;
  memcpy(l.run.fused, cut->fused, sizeof l.run.fused);
  l.run.drop_out = cut->drop_out;
  l.run.strips = cut->strips;
  uint8_t *gbuf = wc_model_gbuf(bench->model);
  memset(gbuf, GUARD, NODE_GBUF);
  l.run.finite = place(&l, WC_FINITE_BYTES);
  memset(gbuf + l.run.finite, 0, WC_FINITE_BYTES);
  memset(l.may_write + l.run.finite, 1, WC_FINITE_BYTES);
  l.run.scratch = place(&l, scratch_bytes(&l));
  memset(l.may_write + l.run.scratch, 1, scratch_bytes(&l));
  new_images(&l, &result);
  const uint32_t columns = columns_of(bench->g, &bench->g->nodes[node]);
  const uint32_t step = cut->columns == 0 || columns == 0 ? columns : cut->columns;
  const uint32_t fixed = l.top;
  do {
    l.run.nc = columns - l.run.c0 < step ? columns - l.run.c0 : step;
    all_samples(&l, fixed, &result);
    l.run.c0 += l.run.nc;
  } while (l.run.c0 < columns);
  memcpy(result.finite, gbuf + l.run.finite, WC_FINITE_BYTES);
  free(l.may_write);
  return result;
}

void node_result_free(struct node_result *result) {
  for (unsigned k = 0; k < 3; k++) {
    for (unsigned i = 0; i < WC_MAX_OUT; i++) {
      free(result->out[k][i]);
    }
  }
  *result = (struct node_result){0};
}
