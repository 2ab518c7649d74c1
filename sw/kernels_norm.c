/* Group normalisation, forward. Canonical sequence: docs/kernels.md.
 *
 * Scratch: two vectors of channels a sample; sums at first, then the coefficients a and b of
 * y = a*x + b. For a sample in slabs the chains of the sums lie there instead. */
#include "kernels_norm.h"

#include "emit_fail.h"

int64_t wc_norm_vector(const struct wc_ker *k, uint32_t c, unsigned index) {
  const int64_t chains = wc_ker_is_slab(k->run) ? WC_CHAINS : 1;
  const int64_t before = index < 2 ? index * chains : 2 * chains + (index - 2);
  return (int64_t)k->run->scratch + before * k->run->ns * c * 4;
}

struct wc_strides wc_norm_by_channel(uint32_t c) {
  return (struct wc_strides){.s0 = 1, .s1 = (int64_t)c * 4, .s2 = (int64_t)c * 4};
}

struct wc_strides wc_norm_in_group(uint32_t c, uint32_t groups, bool per_sample) {
  return (struct wc_strides){
      .s0 = 1, .s1 = (int64_t)(c / groups) * 4, .s2 = per_sample ? (int64_t)c * 4 : 0};
}

struct wc_strides wc_norm_of_group(int64_t pitch) {
  return (struct wc_strides){.s0 = 0, .s1 = 4, .s2 = pitch};
}

float wc_norm_share(const struct wc_tensor *x, uint32_t groups) {
  return 1.0F / (float)((uint64_t)x->h * x->w * (x->c / groups));
}

/* What the commands of one run share. */
struct norm {
  const struct wc_ker *k;
  const struct wc_tensor *x;
  uint32_t c, groups;
  int64_t s1, s2;     /* vectors of channels in the scratch */
  int64_t mean, rstd; /* of the first sample */
  int64_t pitch;      /* of the statistics */
};

/* Sums over positions of x and x*x, for every sample and channel. */
static bool channel_sums(const struct norm *n) {
  const struct wc_run *run = n->k->run;
  const struct wc_grid grid = {run->y0, run->ny, true};
  const struct wc_reduce chains = wc_ker_chains(run, n->x, run->y0);
  struct wc_vec_asm v;
  wc_grid_begin(&v, n->k, n->x, grid);
  const uint32_t x = wc_grid_in(&v, n->x, &run->in[0], grid);
  wc_vec_step(&v, WC_V_MOV, x, 0, 0, 0);
  wc_vec_step(&v, WC_V_MUL, WC_S_T, WC_S_T, 0, WC_TO_U);
  wc_vec_reduce(&v, WC_S_T, n->s1, wc_norm_by_channel(n->c), chains);
  wc_vec_reduce(&v, WC_S_U, n->s2, wc_norm_by_channel(n->c), chains);
  return wc_vec_emit(&v);
}

/* Sums over the channels of a group, into the place of the statistics. */
static bool group_sums(const struct norm *n) {
  const uint32_t width = n->c / n->groups;
  const struct wc_strides in = {.s0 = width, .s1 = 4, .s2 = (int64_t)n->c * 4};
  const struct wc_strides out = {.s0 = 1, .s2 = n->pitch};
  struct wc_vec_asm v;
  wc_vec_begin(&v, n->k, n->groups, width, n->k->run->ns, 1);
  const uint32_t s1 = wc_vec_in(&v, WC_T_FP32, n->s1, in);
  const uint32_t s2 = wc_vec_in(&v, WC_T_FP32, n->s2, in);
  wc_vec_step(&v, WC_V_MOV, s1, 0, 0, 0);
  wc_vec_step(&v, WC_V_MOV, s2, 0, 0, WC_TO_U);
  wc_vec_reduce(&v, WC_S_T, n->mean, out, (struct wc_reduce){0});
  wc_vec_reduce(&v, WC_S_U, n->rstd, out, (struct wc_reduce){0});
  return wc_vec_emit(&v);
}

/* mean = s1/m; var + eps with var = max(s2/m - mean*mean, 0), in the place of rstd. */
static bool moments(const struct norm *n) {
  const struct wc_strides s = {.s0 = 1, .s2 = n->pitch};
  struct wc_vec_asm v;
  wc_vec_begin(&v, n->k, n->groups, 1, n->k->run->ns, 1);
  const uint32_t share = wc_vec_const(&v, 0, wc_norm_share(n->x, n->groups));
  const uint32_t eps = wc_vec_const(&v, 1, n->k->node->k0);
  const uint32_t s1 = wc_vec_in(&v, WC_T_FP32, n->mean, s);
  const uint32_t s2 = wc_vec_in(&v, WC_T_FP32, n->rstd, s);
  wc_vec_step(&v, WC_V_MUL, s1, share, 0, 0);
  wc_vec_step(&v, WC_V_MUL, s2, share, 0, WC_TO_U);
  wc_vec_step(&v, WC_V_FMA, WC_S_T, WC_S_T, WC_S_U, WC_NEG_A | WC_RELU | WC_TO_U);
  wc_vec_step(&v, WC_V_ADD, WC_S_U, 0, eps, WC_TO_U);
  wc_vec_out(&v, WC_T_FP32, WC_S_T, n->mean, s);
  wc_vec_out(&v, WC_T_FP32, WC_S_U, n->rstd, s);
  return wc_vec_emit(&v);
}

/* rstd = 1 / sqrt(rstd), in place: two commands, for a command has one special step. */
static bool inverse_root(const struct norm *n) {
  const struct wc_strides s = {.s0 = 1, .s2 = n->pitch};
  struct wc_vec_asm v;
  wc_vec_begin(&v, n->k, n->groups, 1, n->k->run->ns, 1);
  wc_vec_step(&v, WC_V_SQRT, wc_vec_in(&v, WC_T_FP32, n->rstd, s), 0, 0, 0);
  wc_vec_out(&v, WC_T_FP32, WC_S_T, n->rstd, s);
  if (!wc_vec_emit(&v)) {
    return false;
  }
  wc_vec_begin(&v, n->k, n->groups, 1, n->k->run->ns, 1);
  wc_vec_step(&v, WC_V_DIV, WC_S_ONE, wc_vec_in(&v, WC_T_FP32, n->rstd, s), 0, 0);
  wc_vec_out(&v, WC_T_FP32, WC_S_T, n->rstd, s);
  return wc_vec_emit(&v);
}

/* a = rstd*gamma, b = beta - mean*a, for every sample and channel. */
static bool coefficients(const struct norm *n) {
  const struct wc_run *run = n->k->run;
  const struct wc_strides of_group = wc_norm_of_group(n->pitch);
  const struct wc_strides param = wc_norm_in_group(n->c, n->groups, false);
  const struct wc_strides out = wc_norm_in_group(n->c, n->groups, true);
  struct wc_vec_asm v;
  wc_vec_begin(&v, n->k, n->c / n->groups, n->groups, run->ns, 1);
  const uint32_t rstd = wc_vec_in(&v, WC_T_FP32, n->rstd, of_group);
  const uint32_t gamma = wc_vec_in(&v, WC_T_FP32, run->in[1].gb, param);
  const uint32_t mean = wc_vec_in(&v, WC_T_FP32, n->mean, of_group);
  const uint32_t beta = wc_vec_in(&v, WC_T_FP32, run->in[2].gb, param);
  wc_vec_step(&v, WC_V_MUL, rstd, gamma, 0, 0);
  wc_vec_step(&v, WC_V_FMA, mean, WC_S_T, beta, WC_NEG_A | WC_TO_U);
  wc_vec_out(&v, WC_T_FP32, WC_S_T, n->s1, out);
  wc_vec_out(&v, WC_T_FP32, WC_S_U, n->s2, out);
  return wc_vec_emit(&v);
}

/* y = FP16(a*x + b), and what is fused behind it. */
static bool apply(const struct norm *n) {
  const struct wc_run *run = n->k->run;
  const struct wc_grid grid = {run->y0, run->ny, true};
  const struct wc_strides s = {.s0 = 1, .s2 = (int64_t)n->c * 4};
  struct wc_vec_asm v;
  wc_grid_begin(&v, n->k, n->x, grid);
  const uint32_t x = wc_grid_in(&v, n->x, &run->in[0], grid);
  const uint32_t a = wc_vec_in(&v, WC_T_FP32, n->s1, s), b = wc_vec_in(&v, WC_T_FP32, n->s2, s);
  wc_vec_step(&v, WC_V_FMA, x, a, b, WC_ROUND16 | wc_tail_dst(run));
  wc_tail(&v, n->k, grid);
  return wc_vec_emit(&v);
}

bool wc_ker_gn(const struct wc_ker *k) {
  const struct wc_tensor *x = wc_ker_in(k, 0);
  const struct norm n = {
      .k = k,
      .x = x,
      .c = x->c,
      .groups = k->node->groups,
      .s1 = wc_norm_vector(k, x->c, 0),
      .s2 = wc_norm_vector(k, x->c, 1),
      .mean = k->run->out[1].gb,
      .rstd = (int64_t)k->run->out[1].gb + (int64_t)k->node->groups * 4,
      .pitch = k->run->out[1].pitch,
  };
  if (k->run->again) {
    return coefficients(&n) && apply(&n);
  }
  if (wc_ker_does_pass(k, 0)) {
    if (!channel_sums(&n)) {
      return false;
    }
    if (k->run->slab_last &&
        !(group_sums(&n) && moments(&n) && inverse_root(&n) && coefficients(&n))) {
      return false;
    }
  }
  return !wc_ker_does_pass(k, 1) || apply(&n);
}
