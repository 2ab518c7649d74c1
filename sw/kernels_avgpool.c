/* Average pooling with stride 1, and its gradient, which is the same sum over the other map.
 * Canonical sequence: docs/kernels.md. */
#include "kernels_span.h"

/* y = FP16(sum over rows of (sum over columns) / window^2): the sum over columns in the steps of a
 * command, the one over rows as its reduction. Reductions take the place of one dimension, so each
 * sample has its own command. */
struct average {
  const struct wc_ker *k;
  struct wc_window rows, columns; /* of the map that is read */
  struct wc_span y, x;
};

static bool average(const struct average *a, uint32_t sample) {
  const struct wc_run *run = a->k->run;
  const struct wc_tensor *in = wc_ker_in(a->k, 0), *out = wc_ker_out(a->k, 0);
  const int64_t row = (int64_t)wc_tensor_row_bytes(in), position = row / in->w;
  const int64_t to_row = (int64_t)wc_tensor_row_bytes(out), to_position = to_row / out->w;
  const struct wc_strides from = {.s0 = 1, .s1 = row, .s2 = position, .s3 = row};
  const struct wc_strides to = {.s0 = 1, .s2 = to_position, .s3 = to_row};
  const int64_t y = (int64_t)a->y.at + a->y.tap - a->rows.pad;
  const int64_t x = (int64_t)a->x.at + a->x.tap - a->columns.pad;
  const int64_t base = (int64_t)run->in[0].gb + sample * (int64_t)run->in[0].pitch +
                       (y - run->in[0].y0) * row + x * position;
  struct wc_vec_asm v;
  wc_vec_begin(&v, a->k, in->c, a->y.taps, a->x.n, a->y.n);
  uint32_t sum = wc_vec_in(&v, in->type, base, from);
  for (uint32_t tap = 1; tap < a->x.taps; tap++, sum = WC_S_T) {
    const uint32_t next = wc_vec_in(&v, in->type, base + tap * position, from);
    wc_vec_step(&v, WC_V_ADD, sum, 0, next, 0);
  }
  const float share = 1.0F / (float)(a->rows.taps * a->columns.taps);
  wc_vec_step(&v, WC_V_MUL, sum, wc_vec_const(&v, 0, share), 0, 0);
  wc_vec_reduce(&v, WC_S_T,
                wc_ker_row(&run->out[0], out, a->y.at) + sample * (int64_t)run->out[0].pitch +
                    a->x.at * to_position,
                to, (struct wc_reduce){.half = true});
  return wc_vec_emit(&v);
}

static bool average_all(struct average *a) {
  const struct wc_run *run = a->k->run;
  const uint32_t y1 = run->y0 + run->ny, w = wc_ker_out(a->k, 0)->w;
  for (uint32_t y = run->y0; y < y1; y += a->y.n) {
    a->y = wc_span_under(&a->rows, y, y1);
    for (uint32_t x = 0; x < w; x += a->x.n) {
      a->x = wc_span_under(&a->columns, x, w);
      for (uint32_t sample = 0; sample < run->ns; sample++) {
        if (!average(a, sample)) {
          return false;
        }
      }
    }
  }
  return true;
}

bool wc_ker_avgpool(const struct wc_ker *k) {
  const struct wc_tensor *x = wc_ker_in(k, 0);
  const struct wc_node *node = k->node;
  struct average a = {
      .k = k, .rows = {x->h, node->r, 1, node->pad}, .columns = {x->w, node->s, 1, node->pad_x}};
  return average_all(&a);
}

/* The windows over a position are a window of dy: it begins window - 1 - pad before it. */
bool wc_ker_avgpool_bwd(const struct wc_ker *k) {
  const struct wc_tensor *dy = wc_ker_in(k, 0);
  const struct wc_node *node = k->node;
  struct average a = {.k = k,
                      .rows = {dy->h, node->r, 1, node->r - 1 - node->pad},
                      .columns = {dy->w, node->s, 1, node->s - 1 - node->pad_x}};
  return average_all(&a);
}
