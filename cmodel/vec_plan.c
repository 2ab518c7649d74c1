#include "vec_plan.h"

#include <string.h>

#include "fp16.h"

/* Every step writes fresh arrays, so results never overlap operands, and a plain MOV is only a
 * change of which array T or U stands for. */
static void plan_steps(const struct wc_cmd *cmd, const struct vec_kernels *kernels,
                       struct vec_plan *plan, uint8_t *t_out, uint8_t *u_out) {
  uint8_t t = WC_S_ZERO, u = WC_S_ZERO;
  for (unsigned i = 0; i < WC_STEPS; i++) {
    const struct wc_step *s = &cmd->step[i];
    if (s->op == WC_V_NOP)
      continue;
    const uint32_t src[] = {s->a, s->b, s->c}; /* 0, a stream, where there is no operand */
    uint8_t array[3];
    for (int j = 0; j < 3; j++)
      array[j] = src[j] == WC_S_T ? t : src[j] == WC_S_U ? u : (uint8_t)src[j];
    const unsigned how = s->round16 * VEC_ROUND16 + s->relu * VEC_RELU;
    uint8_t *const target = s->dst ? &u : &t;
    if (s->op == WC_V_MOV && how == 0 && !s->neg_a) {
      *target = array[0];
      continue;
    }
    struct vec_uop *uop = &plan->uop[plan->n_uops++];
    *uop = (struct vec_uop){.fn = kernels->op[s->op][how],
                            .r = (uint8_t)(VEC_RESULT + 2 * i),
                            .r2 = (uint8_t)(VEC_RESULT + 2 * i + 1),
                            .a = array[0],
                            .b = array[1],
                            .c = array[2],
                            .flip_a = s->neg_a << 31,
                            .flip_c = s->neg_c << 31};
    if (s->op == WC_V_CMAX) {
      uop->t = t;
      uop->u = u;
      plan->reads_state |= 1u << t | 1u << u;
      u = uop->r2;
    }
    *target = uop->r;
  }
  *t_out = t;
  *u_out = u;
}

static struct vec_access access_of(const struct wc_stream *s) {
  return (struct vec_access){
      .type = s->type, .base = s->base, .s0 = s->s0, .s1 = s->s1, .s2 = s->s2, .s3 = s->s3};
}

/* Without a reduction the names of the outer dimensions do not matter: let d1 be a long one. */
static void exchange_d1_d2(struct vec_plan *plan) {
  plan->d1 = plan->d2;
  plan->d2 = 1;
  for (unsigned i = 0; i < plan->n_in; i++)
    plan->in[i].s1 = plan->in[i].s2;
  for (unsigned i = 0; i < plan->n_out; i++)
    plan->out[i].s1 = plan->out[i].s2;
}

static void mark_constants(struct vec_plan *plan) {
  uint32_t read = plan->reads_state;
  for (unsigned i = 0; i < plan->n_uops; i++) {
    const struct vec_uop *uop = &plan->uop[i];
    read |= 1u << uop->a | 1u << uop->b | 1u << uop->c;
  }
  for (unsigned i = 0; i < plan->n_out; i++)
    read |= 1u << plan->out_array[i];
  plan->constants = read & ((1u << VEC_RESULT) - (1u << WC_S_ZERO));
}

void wc_vec_plan(const struct wc_cmd *cmd, const struct vec_kernels *kernels,
                 struct vec_plan *plan) {
  const struct wc_vec *v = &cmd->vec;
  memset(plan, 0, sizeof *plan);
  plan->d0 = v->d0;
  plan->d1 = v->d1;
  plan->d2 = v->d2;
  plan->d3 = v->d3;
  plan->n_in = v->n_in;
  plan->n_out = v->n_out;
  uint8_t t, u;
  plan_steps(cmd, kernels, plan, &t, &u);
  for (unsigned i = 0; i < v->n_in; i++)
    plan->in[i] = access_of(&cmd->in[i]);
  for (unsigned i = 0; i < v->n_out; i++) {
    plan->out[i] = access_of(&cmd->out[i]);
    plan->stream[i] = cmd->out[i];
    plan->out_array[i] = cmd->out[i].src ? u : t;
    plan->reduces = plan->reduces || cmd->out[i].reduce;
  }
  if (!plan->reduces && plan->d1 == 1)
    exchange_d1_d2(plan);
  mark_constants(plan);
  plan->value[WC_S_ONE] = 1.0f;
  const uint32_t k[WC_VEC_CONSTS] = {v->k0, v->k1, v->k2, v->k3};
  for (unsigned i = 0; i < WC_VEC_CONSTS; i++)
    plan->value[WC_S_K0 + i] = wc_fp32_from_bits(k[i]);
}
