#include "vec_naive.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "fp16.h"

struct index {
  int64_t i3, i2, p, i0;
};

struct state {
  float t, u;
};

static uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static int64_t element_address(const struct wc_stream *s, struct index at) {
  const int64_t row = s->base + at.i3 * s->s3 + at.i2 * s->s2 + at.p * s->s1;
  if (s->type == WC_T_BIT)
    return row + at.i0 / 8;
  return row + at.i0 * s->s0 * (int64_t)wc_type_bytes(s->type);
}

static float load(const uint8_t *gbuf, const struct wc_stream *s, struct index at) {
  const uint8_t *p = gbuf + element_address(s, at);
  switch (s->type) {
    case WC_T_FP16:
      return wc_fp16_load(p);
    case WC_T_FP32:
      return wc_fp32_load(p);
    case WC_T_U8:
      return (float)*p;
    default:
      return *p >> at.i0 % 8 & 1 ? 1.0f : 0.0f;
  }
}

static uint8_t to_u8(float x) {
  if (isnan(x) || x <= 0.0f)
    return 0;
  return x >= 255.0f ? 255 : (uint8_t)rintf(x);
}

static void store(uint8_t *gbuf, const struct wc_stream *s, uint32_t d0, struct index at, float x) {
  uint8_t *p = gbuf + element_address(s, at);
  switch (s->type) {
    case WC_T_FP16:
      wc_fp16_store(p, x);
      break;
    case WC_T_FP32:
      wc_fp32_store(p, x);
      break;
    case WC_T_U8:
      *p = to_u8(x);
      break;
    default: {
      const unsigned bit = (unsigned)(at.i0 % 8);
      *p = (uint8_t)((*p & ~(1u << bit)) | (unsigned)(x > 0.0f) << bit);
      if (at.i0 + 1 == d0 && bit < 7) /* end of the row: the missing bits are 0 */
        *p = (uint8_t)(*p & ((2u << bit) - 1));
    }
  }
}

static float source(const uint8_t *gbuf, const struct wc_cmd *cmd, uint32_t src, struct state s,
                    struct index at) {
  switch (src) {
    case WC_S_ZERO:
      return 0.0f;
    case WC_S_ONE:
      return 1.0f;
    case WC_S_K0:
      return float_of(cmd->vec.k0);
    case WC_S_K1:
      return float_of(cmd->vec.k1);
    case WC_S_K2:
      return float_of(cmd->vec.k2);
    case WC_S_K3:
      return float_of(cmd->vec.k3);
    case WC_S_T:
      return s.t;
    case WC_S_U:
      return s.u;
    default: /* an operand that the operation does not read may name a stream that is not there */
      return src < cmd->vec.n_in ? load(gbuf, &cmd->in[src], at) : 0.0f;
  }
}

static float maximum(float a, float b) {
  return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
}

static float power_of_2(float a) {
  if (isnan(a))
    return NAN;
  if (a >= 128.0f)
    return INFINITY;
  return a < -126.0f ? 0.0f : ldexpf(1.0f, (int)truncf(a));
}

static float mantissa(float a) {
  if (isnan(a))
    return 1.5f; /* of the canonical NaN */
  return float_of((bits_of(a) & 0x007FFFFF) | 0x3F800000);
}

static float operate(uint32_t op, float a, float b, float c) {
  switch (op) {
    case WC_V_FMA:
      return fmaf(a, b, c);
    case WC_V_ADD:
      return a + c;
    case WC_V_MUL:
      return a * b;
    case WC_V_MAX:
      return maximum(a, b);
    case WC_V_MIN:
      return isnan(a) || isnan(b) ? NAN : a < b ? a : b;
    case WC_V_SEL:
      return a != 0.0f ? b : c;
    case WC_V_GT:
      return a > b ? 1.0f : 0.0f;
    case WC_V_EQ:
      return a == b ? 1.0f : 0.0f;
    case WC_V_DIV:
      return a / b;
    case WC_V_SQRT:
      return sqrtf(a);
    case WC_V_POW2:
      return power_of_2(a);
    case WC_V_EXPO:
      return (float)((int)(bits_of(a) >> 23 & 255) - 127);
    case WC_V_MANT:
      return mantissa(a);
    default: /* MOV */
      return a;
  }
}

static struct state run_step(const uint8_t *gbuf, const struct wc_cmd *cmd,
                             const struct wc_step *step, struct state s, struct index at) {
  if (step->op == WC_V_NOP)
    return s;
  float a = source(gbuf, cmd, step->a, s, at), b = source(gbuf, cmd, step->b, s, at),
        c = source(gbuf, cmd, step->c, s, at);
  if (step->neg_a)
    a = float_of(bits_of(a) ^ UINT32_C(0x80000000));
  if (step->neg_c)
    c = float_of(bits_of(c) ^ UINT32_C(0x80000000));
  if (step->op == WC_V_CMAX)
    return a > s.t ? (struct state){a, b} : s;
  float x = operate(step->op, a, b, c);
  if (step->round16)
    x = wc_fp16_to_fp32(wc_fp32_to_fp16(x));
  if (step->relu)
    x = x > 0.0f || isnan(x) ? x : 0.0f;
  return step->dst ? (struct state){s.t, x} : (struct state){x, s.u};
}

static struct state run_program(const uint8_t *gbuf, const struct wc_cmd *cmd, struct index at) {
  struct state s = {0.0f, 0.0f};
  for (unsigned i = 0; i < WC_STEPS; i++)
    s = run_step(gbuf, cmd, &cmd->step[i], s, at);
  return s;
}

static float combine(const struct wc_stream *s, float chain, float x) {
  return s->reduce == 2 ? maximum(chain, x) : chain + x;
}

/* Where chain @c of a reduction stands: s1 counts chains. */
static struct index chain_index(struct index at, unsigned c) {
  at.p = c;
  return at;
}

/* One reduction of the values @values[p] of a column (i3, i2, i0). */
static void reduce(uint8_t *gbuf, const struct wc_cmd *cmd, const struct wc_stream *s,
                   struct index at, const float *values) {
  float c[WC_CHAINS];
  const unsigned chains = s->chains ? WC_CHAINS : 1;
  for (unsigned i = 0; i < chains; i++) {
    c[i] = s->reduce == 2 ? -INFINITY : 0.0f;
    if (s->load)
      c[i] = load(gbuf, s, chain_index(at, i));
  }
  for (uint32_t p = 0; p < cmd->vec.d1; p++) {
    const unsigned i = s->chains ? (p + s->phase) % WC_CHAINS : 0;
    c[i] = combine(s, c[i], values[p]);
  }
  if (s->keep) {
    for (unsigned i = 0; i < WC_CHAINS; i++)
      store(gbuf, s, cmd->vec.d0, chain_index(at, i), c[i]);
    return;
  }
  float result = c[0];
  if (s->chains)
    result = combine(s, combine(s, combine(s, c[0], c[1]), combine(s, c[2], c[3])),
                     combine(s, combine(s, c[4], c[5]), combine(s, c[6], c[7])));
  store(gbuf, s, cmd->vec.d0, chain_index(at, 0), result);
}

static void run_column(uint8_t *gbuf, const struct wc_cmd *cmd, struct index at) {
  const uint32_t d1 = cmd->vec.d1;
  float values[WC_VEC_OUTPUTS][d1];
  for (at.p = 0; at.p < d1; at.p++) {
    const struct state s = run_program(gbuf, cmd, at);
    for (unsigned i = 0; i < cmd->vec.n_out; i++) {
      values[i][at.p] = cmd->out[i].src ? s.u : s.t;
      if (cmd->out[i].reduce == 0)
        store(gbuf, &cmd->out[i], cmd->vec.d0, at, values[i][at.p]);
    }
  }
  for (unsigned i = 0; i < cmd->vec.n_out; i++) {
    if (cmd->out[i].reduce)
      reduce(gbuf, cmd, &cmd->out[i], at, values[i]);
  }
}

void wc_vec_naive(uint8_t *gbuf, const struct wc_cmd *cmd) {
  const struct wc_vec *v = &cmd->vec;
  struct index at = {0};
  for (at.i3 = 0; at.i3 < v->d3; at.i3++) {
    for (at.i2 = 0; at.i2 < v->d2; at.i2++) {
      for (at.i0 = 0; at.i0 < v->d0; at.i0++)
        run_column(gbuf, cmd, at);
    }
  }
}
