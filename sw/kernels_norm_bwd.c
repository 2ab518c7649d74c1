/* Group normalisation, backward, alone or behind a RELU_BWD. Canonical sequence: docs/kernels.md.
 *
 * Scratch: four vectors of channels a sample, then two of groups:
 *   0  sum of dy            later D
 *   1  sum of dy*xhat       later B
 *   2  r = rstd of the channel's group
 *   3  q = -mean*rstd       later A
 * and dx = FP16(A*dy + (B*x + D)). */
#include "kernels_norm.h"

/* Operands, wherever the run has them. */
struct norm_bwd {
  const struct wc_ker *k;
  const struct wc_node *node; /* the GN_BWD */
  const struct wc_tensor *t;  /* shape of x, dy and dx */
  const struct wc_view *x, *dy, *gamma, *dx, *dgamma, *dbeta;
  const struct wc_view *mask, *dz; /* fused: dy is the gradient before the mask; else NULL */
  const struct wc_tensor *mask_t;
  int64_t vector[4], g1, g2; /* in the scratch */
  int64_t mean, rstd, pitch; /* the statistics */
  uint32_t c, groups;
};

/* dy as T: read, or masked. */
static uint32_t dy_value(struct wc_vec_asm *v, const struct norm_bwd *n, struct wc_grid grid) {
  const uint32_t dy = wc_grid_in(v, n->t, n->dy, grid);
  if (n->mask == NULL) {
    return dy;
  }
  const uint32_t mask = wc_grid_in(v, n->mask_t, n->mask, grid);
  wc_vec_step(v, WC_V_SEL, mask, dy, WC_S_ZERO, 0);
  return WC_S_T;
}

/* r and q of every channel, so that a command can walk over all channels at once. */
static bool spread_statistics(const struct norm_bwd *n) {
  const struct wc_strides in = wc_norm_of_group(n->pitch);
  const struct wc_strides out = wc_norm_in_group(n->c, n->groups, true);
  struct wc_vec_asm v;
  wc_vec_begin(&v, n->k, n->c / n->groups, n->groups, n->k->run->ns, 1);
  const uint32_t rstd = wc_vec_in(&v, WC_T_FP32, n->rstd, in);
  const uint32_t mean = wc_vec_in(&v, WC_T_FP32, n->mean, in);
  wc_vec_step(&v, WC_V_MOV, rstd, 0, 0, 0);
  wc_vec_step(&v, WC_V_MUL, mean, WC_S_T, 0, WC_NEG_A | WC_TO_U);
  wc_vec_out(&v, WC_T_FP32, WC_S_T, n->vector[2], out);
  wc_vec_out(&v, WC_T_FP32, WC_S_U, n->vector[3], out);
  return wc_vec_emit(&v);
}

/* Sums over positions of dy and dy*xhat, xhat = x*r + q; stores dz where it is wanted. */
static bool channel_sums(const struct norm_bwd *n) {
  const struct wc_run *run = n->k->run;
  const struct wc_grid grid = {run->y0, run->ny, true};
  const struct wc_strides per_channel = {.s0 = 1, .s2 = (int64_t)n->c * 4};
  const struct wc_reduce chains = wc_ker_chains(run, n->t, run->y0);
  struct wc_vec_asm v;
  wc_grid_begin(&v, n->k, n->t, grid);
  const uint32_t dy = dy_value(&v, n, grid);
  if (dy != WC_S_T) {
    wc_vec_step(&v, WC_V_MOV, dy, 0, 0, 0);
  }
  const uint32_t x = wc_grid_in(&v, n->t, n->x, grid);
  const uint32_t r = wc_vec_in(&v, WC_T_FP32, n->vector[2], per_channel);
  const uint32_t q = wc_vec_in(&v, WC_T_FP32, n->vector[3], per_channel);
  wc_vec_step(&v, WC_V_FMA, x, r, q, WC_TO_U);
  wc_vec_step(&v, WC_V_MUL, WC_S_T, WC_S_U, 0, WC_TO_U);
  if (n->dz != NULL) {
    wc_grid_out(&v, WC_S_T, n->t, n->dz, grid);
  }
  wc_vec_reduce(&v, WC_S_T, n->vector[0], wc_norm_by_channel(n->c), chains);
  wc_vec_reduce(&v, WC_S_U, n->vector[1], wc_norm_by_channel(n->c), chains);
  return wc_vec_emit(&v);
}

/* Adds the sums of all samples of the run, in order, to dbeta and dgamma. */
static bool parameter_gradients(const struct norm_bwd *n) {
  const struct wc_strides in = {.s0 = 1, .s1 = (int64_t)n->c * 4}, out = {.s0 = 1};
  const struct wc_reduce how = {.load = !n->k->run->first};
  struct wc_vec_asm v;
  wc_vec_begin(&v, n->k, n->c, n->k->run->ns, 1, 1);
  const uint32_t s1 = wc_vec_in(&v, WC_T_FP32, n->vector[0], in);
  const uint32_t s2 = wc_vec_in(&v, WC_T_FP32, n->vector[1], in);
  wc_vec_step(&v, WC_V_MOV, s1, 0, 0, 0);
  wc_vec_step(&v, WC_V_MOV, s2, 0, 0, WC_TO_U);
  wc_vec_reduce(&v, WC_S_T, n->dbeta->gb, out, how);
  wc_vec_reduce(&v, WC_S_U, n->dgamma->gb, out, how);
  return wc_vec_emit(&v) && (!wc_ker_ends(n->k) || (wc_ker_finite(n->k, n->dgamma->gb, n->c) &&
                                                    wc_ker_finite(n->k, n->dbeta->gb, n->c)));
}

/* Sums over the channels of a group of gamma*s1 and gamma*s2. */
static bool group_sums(const struct norm_bwd *n) {
  const uint32_t width = n->c / n->groups;
  const struct wc_strides in = {.s0 = width, .s1 = 4, .s2 = (int64_t)n->c * 4};
  const struct wc_strides param = {.s0 = width, .s1 = 4};
  const struct wc_strides out = {.s0 = 1, .s2 = (int64_t)n->groups * 4};
  struct wc_vec_asm v;
  wc_vec_begin(&v, n->k, n->groups, width, n->k->run->ns, 1);
  const uint32_t s1 = wc_vec_in(&v, WC_T_FP32, n->vector[0], in);
  const uint32_t gamma1 = wc_vec_in(&v, WC_T_FP32, n->gamma->gb, param);
  const uint32_t s2 = wc_vec_in(&v, WC_T_FP32, n->vector[1], in);
  const uint32_t gamma2 = wc_vec_in(&v, WC_T_FP32, n->gamma->gb, param);
  wc_vec_step(&v, WC_V_MUL, s1, gamma1, 0, 0);
  wc_vec_step(&v, WC_V_MUL, s2, gamma2, 0, WC_TO_U);
  wc_vec_reduce(&v, WC_S_T, n->g1, out, (struct wc_reduce){0});
  wc_vec_reduce(&v, WC_S_U, n->g2, out, (struct wc_reduce){0});
  return wc_vec_emit(&v);
}

/* With the means M1, M2 of a group: g1 = M1 + M2*q, g2 = M2*r, in place. */
static bool group_coefficients(const struct norm_bwd *n) {
  const struct wc_strides s = {.s0 = 1, .s2 = (int64_t)n->groups * 4};
  const struct wc_strides q_s = {.s0 = n->c / n->groups, .s2 = (int64_t)n->c * 4};
  struct wc_vec_asm v;
  wc_vec_begin(&v, n->k, n->groups, 1, n->k->run->ns, 1);
  const uint32_t share = wc_vec_const(&v, 0, wc_norm_share(n->t, n->groups));
  const uint32_t g1 = wc_vec_in(&v, WC_T_FP32, n->g1, s), g2 = wc_vec_in(&v, WC_T_FP32, n->g2, s);
  const uint32_t q = wc_vec_in(&v, WC_T_FP32, n->vector[3], q_s);
  const uint32_t rstd =
      wc_vec_in(&v, WC_T_FP32, n->rstd, (struct wc_strides){.s0 = 1, .s2 = n->pitch});
  wc_vec_step(&v, WC_V_MUL, g1, share, 0, 0);
  wc_vec_step(&v, WC_V_MUL, g2, share, 0, WC_TO_U);
  wc_vec_step(&v, WC_V_FMA, WC_S_U, q, WC_S_T, 0);
  wc_vec_step(&v, WC_V_MUL, WC_S_U, rstd, 0, WC_TO_U);
  wc_vec_out(&v, WC_T_FP32, WC_S_T, n->g1, s);
  wc_vec_out(&v, WC_T_FP32, WC_S_U, n->g2, s);
  return wc_vec_emit(&v);
}

/* D = -(g1*r) and B = -(g2*r), for every channel of a group. */
static bool channel_coefficients(const struct norm_bwd *n) {
  const struct wc_strides of_group = wc_norm_of_group((int64_t)n->groups * 4);
  const struct wc_strides of_stats = wc_norm_of_group(n->pitch);
  const struct wc_strides out = wc_norm_in_group(n->c, n->groups, true);
  struct wc_vec_asm v;
  wc_vec_begin(&v, n->k, n->c / n->groups, n->groups, n->k->run->ns, 1);
  const uint32_t g1 = wc_vec_in(&v, WC_T_FP32, n->g1, of_group);
  const uint32_t r1 = wc_vec_in(&v, WC_T_FP32, n->rstd, of_stats);
  const uint32_t g2 = wc_vec_in(&v, WC_T_FP32, n->g2, of_group);
  const uint32_t r2 = wc_vec_in(&v, WC_T_FP32, n->rstd, of_stats);
  wc_vec_step(&v, WC_V_MUL, g1, r1, 0, WC_NEG_A);
  wc_vec_step(&v, WC_V_MUL, g2, r2, 0, WC_NEG_A | WC_TO_U);
  wc_vec_out(&v, WC_T_FP32, WC_S_T, n->vector[0], out);
  wc_vec_out(&v, WC_T_FP32, WC_S_U, n->vector[1], out);
  return wc_vec_emit(&v);
}

/* A = r*gamma. */
static bool slope(const struct norm_bwd *n) {
  const struct wc_strides s = {.s0 = 1, .s2 = (int64_t)n->c * 4};
  struct wc_vec_asm v;
  wc_vec_begin(&v, n->k, n->c, 1, n->k->run->ns, 1);
  const uint32_t r = wc_vec_in(&v, WC_T_FP32, n->vector[2], s);
  const uint32_t gamma = wc_vec_in(&v, WC_T_FP32, n->gamma->gb, (struct wc_strides){.s0 = 1});
  wc_vec_step(&v, WC_V_MUL, r, gamma, 0, 0);
  wc_vec_out(&v, WC_T_FP32, WC_S_T, n->vector[3], s);
  return wc_vec_emit(&v);
}

static bool apply(const struct norm_bwd *n) {
  const struct wc_run *run = n->k->run;
  const struct wc_grid grid = {run->y0, run->ny, true};
  const struct wc_strides s = {.s0 = 1, .s2 = (int64_t)n->c * 4};
  struct wc_vec_asm v;
  wc_grid_begin(&v, n->k, n->t, grid);
  const uint32_t dy = dy_value(&v, n, grid);
  const uint32_t x = wc_grid_in(&v, n->t, n->x, grid);
  const uint32_t a = wc_vec_in(&v, WC_T_FP32, n->vector[3], s);
  const uint32_t b = wc_vec_in(&v, WC_T_FP32, n->vector[1], s);
  const uint32_t d = wc_vec_in(&v, WC_T_FP32, n->vector[0], s);
  wc_vec_step(&v, WC_V_FMA, x, b, d, WC_TO_U);
  wc_vec_step(&v, WC_V_FMA, dy, a, WC_S_U, WC_ROUND16);
  wc_grid_out(&v, WC_S_T, n->t, n->dx, grid);
  return wc_vec_emit(&v);
}

static struct norm_bwd operands(const struct wc_ker *k) {
  const struct wc_run *run = k->run;
  const bool fused = run->n_fused > 0;
  const struct wc_view *in = fused ? run->fused_in[0] : run->in;
  const struct wc_view *out = fused ? run->fused_out[0] : run->out;
  struct norm_bwd n = {
      .k = k,
      .node = fused ? &k->g->nodes[run->fused[0]] : k->node,
      .x = &in[0],
      .dy = fused ? &run->in[0] : &in[1],
      .gamma = &in[3],
      .dx = &out[0],
      .dgamma = &out[1],
      .dbeta = &out[2],
      .mask = fused ? &run->in[1] : NULL,
      .mask_t = fused ? wc_ker_in(k, 1) : NULL,
      .dz = fused && !run->drop_out ? &run->out[0] : NULL,
      .mean = in[2].gb,
      .pitch = in[2].pitch,
  };
  n.t = &k->g->tensors[n.node->out[0]];
  n.c = n.t->c;
  n.groups = n.node->groups;
  n.rstd = n.mean + (int64_t)n.groups * 4;
  for (unsigned i = 0; i < 4; i++) {
    n.vector[i] = wc_norm_vector(k, n.c, i);
  }
  n.g1 = wc_norm_vector(k, n.c, 4);
  n.g2 = n.g1 + (int64_t)run->ns * n.groups * 4;
  return n;
}

bool wc_ker_gn_bwd(const struct wc_ker *k) {
  const struct norm_bwd n = operands(k);
  const struct wc_run *run = k->run;
  if (wc_ker_does_pass(k, 0)) {
    if ((run->slab_first && !spread_statistics(&n)) || !channel_sums(&n)) {
      return false;
    }
    if (run->slab_last && !(parameter_gradients(&n) && group_sums(&n) && group_coefficients(&n) &&
                            channel_coefficients(&n) && slope(&n))) {
      return false;
    }
  }
  return !wc_ker_does_pass(k, 1) || apply(&n);
}
