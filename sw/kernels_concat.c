/* Joining maps channel by channel, and taking them apart again. */
#include "kernels_vec.h"

/* Copies all channels of the map @part to (or from) the channels of @whole from @from on. */
struct channels {
  const struct wc_tensor *part, *whole;
  const struct wc_view *part_view, *whole_view;
  uint32_t from;
};

static bool copy_channels(const struct wc_ker *k, const struct channels *c, bool join) {
  const struct wc_run *run = k->run;
  const struct wc_grid grid = {run->y0, run->ny, true};
  const int64_t base = wc_ker_row(c->whole_view, c->whole, run->y0) + (int64_t)c->from * 2;
  const struct wc_strides s = {.s0 = 1, .s1 = (int64_t)c->whole->c * 2, .s2 = c->whole_view->pitch};
  struct wc_vec_asm v;
  wc_grid_begin(&v, k, c->part, grid);
  if (join) {
    wc_vec_step(&v, WC_V_MOV, wc_grid_in(&v, c->part, c->part_view, grid), 0, 0, 0);
    wc_vec_out(&v, WC_T_FP16, WC_S_T, base, s);
  } else {
    wc_vec_step(&v, WC_V_MOV, wc_vec_in(&v, WC_T_FP16, base, s), 0, 0, 0);
    wc_grid_out(&v, WC_S_T, c->part, c->part_view, grid);
  }
  return wc_vec_emit(&v);
}

bool wc_ker_concat(const struct wc_ker *k) {
  struct channels c = {.whole = wc_ker_out(k, 0), .whole_view = &k->run->out[0]};
  for (unsigned i = 0; i < k->node->n_in; i++) {
    c.part = wc_ker_in(k, i);
    c.part_view = &k->run->in[i];
    if (!copy_channels(k, &c, true)) {
      return false;
    }
    c.from += c.part->c;
  }
  return true;
}

bool wc_ker_split(const struct wc_ker *k) {
  const struct channels c = {wc_ker_out(k, 0), wc_ker_in(k, 0), &k->run->out[0], &k->run->in[0],
                             k->node->from};
  return copy_channels(k, &c, false);
}
