/* Whether a convolution's taps should come out of strips (kernels_strips.c), and how many rows of
 * positions at a time: cycles by the rules of the GEMM unit's feed (docs/gemm.md) and of the vector
 * unit (docs/vector.md). The rule steers time only, never bits. */
#include "kernels.h"

enum {
  FEED = 2,          /* requests a cycle for a row of A */
  VEC_LATENCY = 45,  /* cycles of a VEC command besides its vectors */
  SLAB_COMMANDS = 4, /* VEC commands that fill a slab, about */
  SHARE = 16,        /* of the buffer: strips take one at the most */
  NEAR = 64,         /* so much more time is nothing against space */
};

/* One convolution on one device, and how its sums are taken. */
struct way {
  const struct wc_kernel_device *device;
  const struct wc_node *node;
  bool gradient; /* of the weights: positions are the depth */
  uint32_t w, ci, ho, wo, co;
  uint64_t unit, taps; /* elements of a kernel row, of all */
  bool folds;
};

static uint64_t up(uint64_t a, uint64_t b) {
  return (a + b - 1) / b;
}

/* Requests to the buffer for one position's taps, times the bytes of a line: one for each run of at
 * most @run elements in a tile, and more as runs begin anywhere in their lines. Two positions that
 * are asked for together begin @apart bytes from each other. */
static uint64_t requests(const struct way *w, uint64_t run, uint64_t tile, uint64_t apart) {
  uint64_t sum = 0;
  for (uint64_t at = 0, end; at < w->taps; at = end) {
    const uint64_t run_end = (at / run + 1) * run, tile_end = (at / tile + 1) * tile;
    end = run_end < tile_end ? run_end : tile_end;
    end = end < w->taps ? end : w->taps;
    sum += w->device->line_bytes + (end - at) * 2 - 2 + apart;
  }
  return sum;
}

/* Columns of positions that see columns outside the image: the feed takes their taps one by one. */
static uint32_t edge_columns(const struct way *w) {
  const struct wc_node *n = w->node;
  const uint32_t left = (uint32_t)up(n->pad_x, n->stride);
  const uint32_t inside = w->w + n->pad_x < n->s ? 0 : (w->w + n->pad_x - n->s) / n->stride + 1;
  const uint32_t edges = left + (w->wo - (inside < w->wo ? inside : w->wo));
  return edges < w->wo ? edges : w->wo;
}

/* The same on an average over all positions, out of strips or out of the image; @pair: positions
 * are asked for two at a time. */
static uint64_t mean_requests(const struct way *w, bool strips, uint64_t tile, bool pair) {
  if (strips) {
    return requests(w, w->taps, tile, 0);
  }
  const uint64_t apart = pair ? (uint64_t)w->node->stride * w->ci * 2 : 0;
  const uint64_t edges = edge_columns(w) * (pair ? 2 : 1), at_edge = edges < w->wo ? edges : w->wo;
  return (requests(w, w->unit, tile, apart) * (w->wo - at_edge) +
          requests(w, w->ci, tile, apart) * at_edge) /
         w->wo;
}

static uint64_t larger(uint64_t a, uint64_t b) {
  return a > b ? a : b;
}

/* Cycles of the array for @rows rows of positions out of strips or out of the image. */
static uint64_t gemm_cycles(const struct way *w, bool strips, uint64_t rows) {
  const struct wc_kernel_device *d = w->device;
  const uint64_t positions = rows * w->wo, line = d->line_bytes, at_once = w->folds ? 2 : 1;
  if (w->gradient) {
    const uint64_t wave = larger(up(w->taps, at_once) * up(w->co, d->cols), 2 * d->rows + 3);
    const uint64_t fed =
        mean_requests(w, strips, d->rows * at_once, false) * d->rows / (FEED * line);
    return up(positions, d->rows) * larger(wave, fed);
  }
  const uint64_t waves = up(w->taps, d->rows) * up(w->co, d->cols);
  const uint64_t fed = mean_requests(w, strips, d->rows, w->folds);
  return up(positions, at_once) * larger(waves * line, fed / FEED) / line;
}

static uint64_t height(const struct way *w, uint32_t rows) {
  return (uint64_t)(rows - 1) * w->node->stride + w->node->r;
}

/* Cycles of the vector unit that fills the strips of @rows rows: two columns at a time. */
static uint64_t fill_cycles(const struct way *w, uint32_t rows) {
  return height(w, rows) * up(w->wo, 2) * up(w->unit, w->device->lanes) +
         SLAB_COMMANDS * VEC_LATENCY;
}

/* Strips begin at lines, an odd number of them apart: two positions side by side are then alike and
 * lie in different banks. */
static struct wc_strips strips_of(const struct way *w, uint32_t rows) {
  const uint64_t line = w->device->line_bytes;
  const uint64_t pitch = (up(height(w, rows) * w->unit * 2, line) | 1) * line;
  const uint64_t bytes = 2 * pitch * w->wo;
  if (bytes > w->device->gbuf_bytes / SHARE || bytes > UINT32_MAX) {
    return (struct wc_strips){0};
  }
  return (struct wc_strips){rows, (uint32_t)pitch, (uint32_t)bytes};
}

/* True when a slab of one row fits beside its strips, with room to spare: strips may cost traffic,
 * but never make a network too large for a device. */
static bool leaves_room(const struct way *w) {
  const uint64_t x = (uint64_t)(w->node->r + 2 * w->node->stride) * w->w * w->ci * 2;
  const uint64_t y = (uint64_t)4 * w->wo * w->co * 4, weights = w->taps * w->co * 4;
  return x + y + weights <= w->device->gbuf_bytes / 2;
}

/* Cycles with strips of @rows rows; UINT64_MAX where these are too large. */
static uint64_t cycles_with(const struct way *w, uint32_t rows) {
  const uint64_t whole = w->ho / rows, rest = w->ho % rows;
  uint64_t gemm = whole * gemm_cycles(w, true, rows), fill = whole * fill_cycles(w, rows);
  if (rest > 0) {
    gemm += gemm_cycles(w, true, rest);
    fill += fill_cycles(w, (uint32_t)rest);
  }
  return strips_of(w, rows).rows == 0 ? UINT64_MAX : gemm + fill;
}

/* The least rows that are about as good as the best. */
static struct wc_strips choose(const struct way *w) {
  uint64_t best = UINT64_MAX;
  for (uint32_t rows = 1; rows <= w->ho; rows++) {
    const uint64_t cycles = cycles_with(w, rows);
    best = cycles < best ? cycles : best;
  }
  if (best >= gemm_cycles(w, false, w->ho)) {
    return (struct wc_strips){0};
  }
  uint32_t rows = 1;
  while (cycles_with(w, rows) > best + best / NEAR) {
    rows++;
  }
  return strips_of(w, rows);
}

struct wc_strips wc_kernel_strips(const struct wc_graph *g, const struct wc_node *node,
                                  const struct wc_kernel_device *device) {
  const bool gradient = node->op == WC_N_CONV_WGRAD;
  if ((node->op != WC_N_CONV && !gradient) || node->r == 1) {
    return (struct wc_strips){0};
  }
  const struct wc_tensor *x = &g->tensors[node->in[0]];
  const struct wc_tensor *y = &g->tensors[gradient ? node->in[1] : node->out[0]];
  struct way w = {.device = device,
                  .node = node,
                  .gradient = gradient,
                  .w = x->w,
                  .ci = x->c,
                  .ho = y->h,
                  .wo = y->w,
                  .co = y->c,
                  .unit = (uint64_t)node->s * x->c};
  w.taps = w.unit * node->r;
  w.folds = device->folds && w.co <= device->cols / 2;
  const bool across = x->c == 1 && node->stride == 1; /* the feed takes runs of positions */
  if (across || w.unit >= device->rows || w.taps > UINT16_MAX || !leaves_room(&w)) {
    return (struct wc_strips){0};
  }
  return choose(&w);
}
