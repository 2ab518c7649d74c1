/* Elementwise nodes: NORMALIZE, RELU, RELU_BWD, ADD, BIAS with its gradient, and what is fused
 * behind a node. */
#include "kernels_vec.h"

static struct wc_grid flat(const struct wc_run *run) {
  return (struct wc_grid){run->y0, run->ny, false};
}

unsigned wc_tail_dst(const struct wc_run *run) {
  return run->n_fused > 0 && !run->drop_out ? WC_TO_U : 0;
}

/* The clamp and the two outputs of a ReLU. */
static void relu_out(struct wc_vec_asm *v, const struct wc_ker *k, const struct wc_node *relu,
                     const struct wc_view *out, struct wc_grid grid) {
  wc_grid_out(v, WC_S_T, &k->g->tensors[relu->out[0]], &out[0], grid);
  if (out[1].gb != WC_NOT_STORED) {
    wc_grid_out(v, WC_S_T, &k->g->tensors[relu->out[1]], &out[1], grid);
  }
}

void wc_tail(struct wc_vec_asm *v, const struct wc_ker *k, struct wc_grid grid) {
  const struct wc_run *run = k->run;
  uint32_t value = wc_tail_dst(run) == WC_TO_U ? WC_S_U : WC_S_T;
  if (!run->drop_out || run->n_fused == 0) {
    wc_grid_out(v, value, wc_ker_out(k, 0), &run->out[0], grid);
  }
  uint32_t tensor = k->node->out[0]; /* whose value is in T or U */
  for (unsigned i = 0; i < run->n_fused; i++) {
    const struct wc_node *next = &k->g->nodes[run->fused[i]];
    if (next->op == WC_N_ADD) {
      const unsigned other = next->in[0] == tensor ? 1 : 0;
      const uint32_t b =
          wc_grid_in(v, &k->g->tensors[next->in[other]], &run->fused_in[i][other], grid);
      wc_vec_step(v, WC_V_ADD, value, 0, b, WC_ROUND16);
      if (i + 1 == run->n_fused) {
        wc_grid_out(v, WC_S_T, &k->g->tensors[next->out[0]], &run->fused_out[i][0], grid);
      }
    } else { /* RELU, the last */
      wc_vec_step(v, WC_V_MOV, value, 0, 0, WC_RELU);
      relu_out(v, k, next, run->fused_out[i], grid);
    }
    value = WC_S_T;
    tensor = next->out[0];
  }
}

bool wc_ker_normalize(const struct wc_ker *k) {
  const struct wc_grid grid = flat(k->run);
  struct wc_vec_asm v;
  wc_grid_begin(&v, k, wc_ker_out(k, 0), grid);
  const uint32_t pixel = wc_grid_in(&v, wc_ker_in(k, 0), &k->run->in[0], grid);
  const uint32_t k0 = wc_vec_const(&v, 0, k->node->k0), k1 = wc_vec_const(&v, 1, k->node->k1);
  wc_vec_step(&v, WC_V_FMA, pixel, k0, k1, WC_ROUND16);
  wc_grid_out(&v, WC_S_T, wc_ker_out(k, 0), &k->run->out[0], grid);
  return wc_vec_emit(&v);
}

bool wc_ker_relu(const struct wc_ker *k) {
  const struct wc_grid grid = flat(k->run);
  struct wc_vec_asm v;
  wc_grid_begin(&v, k, wc_ker_out(k, 0), grid);
  const uint32_t x = wc_grid_in(&v, wc_ker_in(k, 0), &k->run->in[0], grid);
  wc_vec_step(&v, WC_V_MOV, x, 0, 0, WC_RELU);
  relu_out(&v, k, k->node, k->run->out, grid);
  return wc_vec_emit(&v);
}

bool wc_ker_relu_bwd(const struct wc_ker *k) {
  if (k->run->n_fused > 0) {
    return wc_ker_gn_bwd(k);
  }
  const struct wc_grid grid = flat(k->run);
  struct wc_vec_asm v;
  wc_grid_begin(&v, k, wc_ker_out(k, 0), grid);
  const uint32_t dy = wc_grid_in(&v, wc_ker_in(k, 0), &k->run->in[0], grid);
  const uint32_t mask = wc_grid_in(&v, wc_ker_in(k, 1), &k->run->in[1], grid);
  wc_vec_step(&v, WC_V_SEL, mask, dy, WC_S_ZERO, 0);
  wc_grid_out(&v, WC_S_T, wc_ker_out(k, 0), &k->run->out[0], grid);
  return wc_vec_emit(&v);
}

bool wc_ker_add(const struct wc_ker *k) {
  const struct wc_grid grid = flat(k->run);
  struct wc_vec_asm v;
  wc_grid_begin(&v, k, wc_ker_out(k, 0), grid);
  const uint32_t a = wc_grid_in(&v, wc_ker_in(k, 0), &k->run->in[0], grid);
  const uint32_t b = wc_grid_in(&v, wc_ker_in(k, 1), &k->run->in[1], grid);
  wc_vec_step(&v, WC_V_ADD, a, 0, b, WC_ROUND16 | wc_tail_dst(k->run));
  wc_tail(&v, k, grid);
  return wc_vec_emit(&v);
}

bool wc_ker_bias(const struct wc_ker *k) {
  const struct wc_grid grid = {k->run->y0, k->run->ny, true};
  struct wc_vec_asm v;
  wc_grid_begin(&v, k, wc_ker_out(k, 0), grid);
  const uint32_t y32 = wc_grid_in(&v, wc_ker_in(k, 0), &k->run->in[0], grid);
  const uint32_t b = wc_vec_in(&v, WC_T_FP32, k->run->in[1].gb, (struct wc_strides){.s0 = 1});
  wc_vec_step(&v, WC_V_ADD, y32, 0, b, WC_ROUND16);
  wc_grid_out(&v, WC_S_T, wc_ker_out(k, 0), &k->run->out[0], grid);
  return wc_vec_emit(&v);
}

/* Adds @steps vectors of channels, @distance bytes apart, to the bias gradient, one after another.
 */
static bool add_to_bias(const struct wc_ker *k, int64_t dy, uint64_t steps, int64_t distance,
                        bool load) {
  struct wc_vec_asm v;
  wc_vec_begin(&v, k, wc_ker_in(k, 0)->c, steps, 1, 1);
  const uint32_t x = wc_vec_in(&v, WC_T_FP16, dy, (struct wc_strides){.s0 = 1, .s1 = distance});
  wc_vec_step(&v, WC_V_MOV, x, 0, 0, 0);
  wc_vec_reduce(&v, WC_S_T, k->run->out[0].gb, (struct wc_strides){.s0 = 1},
                (struct wc_reduce){.load = load});
  return wc_vec_emit(&v);
}

/* One chain over (n, y, x). One command where these are evenly spaced, else one for each sample. */
bool wc_ker_bias_bwd(const struct wc_ker *k) {
  const struct wc_tensor *t = wc_ker_in(k, 0);
  const struct wc_view *view = &k->run->in[0];
  const uint64_t positions = (uint64_t)k->run->ny * t->w;
  const int64_t base = wc_ker_row(view, t, k->run->y0), position = (int64_t)t->c * 2;
  const bool even = positions == 1 || view->pitch == positions * (uint64_t)position;
  const uint32_t commands = even || k->run->ns == 1 ? 1 : k->run->ns;
  const uint64_t steps = commands == 1 ? positions * k->run->ns : positions;
  for (uint32_t n = 0; n < commands; n++) {
    if (!add_to_bias(k, base + (int64_t)n * view->pitch, steps,
                     positions == 1 ? (int64_t)view->pitch : position,
                     n > 0 || !wc_ker_starts(k))) {
      return false;
    }
  }
  return !wc_ker_ends(k) || wc_ker_finite(k, k->run->out[0].gb, t->c);
}
