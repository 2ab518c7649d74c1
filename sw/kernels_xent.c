/* Softmax cross-entropy. Canonical sequence: docs/kernels.md.
 *
 * Lanes are samples: arrays of classes are [class][sample] and vectors [sample], all FP32 in the
 * scratch. */
#include "kernels_vec.h"

#define LOG2_E 0x1.715476p+0F
#define LN_2 0x1.62e430p-1F
#define TO_INTEGER 0x1.8p+23F /* adding it rounds to an integer, |x| < 2^22 */

/* 2^f = 1 + f*(c[1] + f*(c[2] + ...)) for |f| <= 1/2; relative error 1e-7 with its roundings. */
static const float exp2_c[] = {1,
                               0x1.62e430p-1F,
                               0x1.ebfbdcp-3F,
                               0x1.c6aee8p-5F,
                               0x1.3b2d4cp-7F,
                               0x1.5f3e5cp-10F,
                               0x1.41fbc2p-13F};

/* log((1+s)/(1-s)) = s*(c[0] + z*(c[1] + ...)), z = s*s, for 0 <= s <= 1/3. */
static const float log_c[] = {2, 0.66666676F, 0.39998952F, 0.28613418F, 0.21475556F, 0.24091831F};

/* Arrays and vectors in the scratch. */
enum array { A_F, A_N, A_E, ARRAYS };
enum vector { V_MAX, V_SUM, V_LABEL, V_M, V_S, V_POLY, V_EXPO, VECTORS };

struct xent {
  const struct wc_ker *k;
  uint32_t ns, classes;
};

static int64_t array_at(const struct xent *x, enum array a) {
  return (int64_t)x->k->run->scratch + (int64_t)a * x->ns * x->classes * 4;
}

static int64_t vector_at(const struct xent *x, enum vector v) {
  return array_at(x, ARRAYS) + (int64_t)v * x->ns * 4;
}

/* The numbers 0, 1, ... of the classes. */
static int64_t numbers_at(const struct xent *x) {
  return vector_at(x, VECTORS);
}

uint32_t wc_xent_scratch(uint32_t ns, uint32_t classes) {
  return ns * classes * 4 * ARRAYS + ns * 4 * VECTORS + classes * 4;
}

static void begin(struct wc_vec_asm *v, const struct xent *x, uint32_t classes) {
  wc_vec_begin(v, x->k, x->ns, classes, 1, 1);
}

static struct wc_strides array_strides(const struct xent *x) {
  return (struct wc_strides){.s0 = 1, .s1 = (int64_t)x->ns * 4};
}

static uint32_t array_in(struct wc_vec_asm *v, const struct xent *x, enum array a) {
  return wc_vec_in(v, WC_T_FP32, array_at(x, a), array_strides(x));
}

static void array_out(struct wc_vec_asm *v, const struct xent *x, enum array a, uint32_t src) {
  wc_vec_out(v, WC_T_FP32, src, array_at(x, a), array_strides(x));
}

static uint32_t vector_in(struct wc_vec_asm *v, const struct xent *x, enum vector a) {
  return wc_vec_in(v, WC_T_FP32, vector_at(x, a), (struct wc_strides){.s0 = 1});
}

static void vector_out(struct wc_vec_asm *v, const struct xent *x, enum vector a, uint32_t src) {
  wc_vec_out(v, WC_T_FP32, src, vector_at(x, a), (struct wc_strides){.s0 = 1});
}

static void vector_reduce(struct wc_vec_asm *v, const struct xent *x, enum vector a, uint32_t src,
                          bool maximum) {
  wc_vec_reduce(v, src, vector_at(x, a), (struct wc_strides){.s0 = 1},
                (struct wc_reduce){.maximum = maximum});
}

/* An FP16 operand [sample][class]. */
static struct wc_strides class_strides(const struct wc_view *view) {
  return (struct wc_strides){.s0 = view->pitch / 2, .s1 = 2};
}

static uint32_t logits_in(struct wc_vec_asm *v, const struct xent *x) {
  const struct wc_view *view = &x->k->run->in[0];
  return wc_vec_in(v, WC_T_FP16, view->gb, class_strides(view));
}

/* 1 where the class is the sample's label, else +0. */
static void onehot_step(struct wc_vec_asm *v, const struct xent *x) {
  const struct wc_view *label = &x->k->run->in[1];
  const enum wc_type type = wc_ker_in(x->k, 1)->type;
  const struct wc_strides from_label = {.s0 = label->pitch / (int64_t)wc_type_bytes(type)};
  const uint32_t a = wc_vec_in(v, type, label->gb, from_label);
  const uint32_t b = wc_vec_in(v, WC_T_FP32, numbers_at(x), (struct wc_strides){.s1 = 4});
  wc_vec_step(v, WC_V_EQ, a, b, 0, WC_TO_U);
}

/* Numbers the classes: 0 and 1, then again and again the numbers so far plus their count. */
static bool number_classes(const struct xent *x) {
  struct wc_vec_asm v;
  for (uint32_t have = 0; have < x->classes;) {
    const uint32_t left = x->classes - have;
    const uint32_t step = have == 0 ? 1 : left < have ? left : have;
    wc_vec_begin(&v, x->k, step, 1, 1, 1);
    if (have == 0) {
      wc_vec_step(&v, WC_V_MOV, WC_S_ZERO, 0, 0, 0);
    } else {
      const uint32_t i = wc_vec_in(&v, WC_T_FP32, numbers_at(x), (struct wc_strides){.s0 = 1});
      wc_vec_step(&v, WC_V_ADD, i, 0, wc_vec_const(&v, 0, (float)have), 0);
    }
    wc_vec_out(&v, WC_T_FP32, WC_S_T, numbers_at(x) + (int64_t)have * 4,
               (struct wc_strides){.s0 = 1});
    if (!wc_vec_emit(&v)) {
      return false;
    }
    have += step;
  }
  return true;
}

static bool row_maximum(const struct xent *x) {
  struct wc_vec_asm v;
  begin(&v, x, x->classes);
  wc_vec_step(&v, WC_V_MOV, logits_in(&v, x), 0, 0, 0);
  vector_reduce(&v, x, V_MAX, WC_S_T, true);
  return wc_vec_emit(&v);
}

/* d = logit - max; n = d*log2(e) to the nearest integer; f = d*log2(e) - n. */
static bool split_exponent(const struct xent *x) {
  struct wc_vec_asm v;
  begin(&v, x, x->classes);
  const uint32_t log2_e = wc_vec_const(&v, 0, LOG2_E), magic = wc_vec_const(&v, 1, TO_INTEGER);
  const uint32_t logit = logits_in(&v, x), max = vector_in(&v, x, V_MAX);
  wc_vec_step(&v, WC_V_ADD, logit, 0, max, WC_NEG_C);
  wc_vec_step(&v, WC_V_FMA, WC_S_T, log2_e, magic, WC_TO_U);
  wc_vec_step(&v, WC_V_ADD, WC_S_U, 0, magic, WC_NEG_C | WC_TO_U);
  wc_vec_step(&v, WC_V_FMA, WC_S_T, log2_e, WC_S_U, WC_NEG_C);
  array_out(&v, x, A_F, WC_S_T);
  array_out(&v, x, A_N, WC_S_U);
  return wc_vec_emit(&v);
}

/* The upper half of Horner's rule for 2^f, beside 2^n in place of n. */
static bool exponential_high(const struct xent *x) {
  struct wc_vec_asm v;
  begin(&v, x, x->classes);
  uint32_t c[4];
  for (unsigned i = 0; i < 4; i++) {
    c[i] = wc_vec_const(&v, i, exp2_c[6 - i]);
  }
  wc_vec_step(&v, WC_V_FMA, c[0], array_in(&v, x, A_F), c[1], 0);
  wc_vec_step(&v, WC_V_FMA, WC_S_T, array_in(&v, x, A_F), c[2], 0);
  wc_vec_step(&v, WC_V_FMA, WC_S_T, array_in(&v, x, A_F), c[3], 0);
  wc_vec_step(&v, WC_V_POW2, array_in(&v, x, A_N), 0, 0, WC_TO_U);
  array_out(&v, x, A_E, WC_S_T);
  array_out(&v, x, A_N, WC_S_U);
  return wc_vec_emit(&v);
}

/* The lower half: e = 2^f. */
static bool exponential_low(const struct xent *x) {
  struct wc_vec_asm v;
  begin(&v, x, x->classes);
  const uint32_t c2 = wc_vec_const(&v, 0, exp2_c[2]), c1 = wc_vec_const(&v, 1, exp2_c[1]);
  const uint32_t high = array_in(&v, x, A_E);
  wc_vec_step(&v, WC_V_FMA, high, array_in(&v, x, A_F), c2, 0);
  wc_vec_step(&v, WC_V_FMA, WC_S_T, array_in(&v, x, A_F), c1, 0);
  wc_vec_step(&v, WC_V_FMA, WC_S_T, array_in(&v, x, A_F), WC_S_ONE, 0);
  wc_vec_step(&v, WC_V_MUL, WC_S_T, array_in(&v, x, A_N), 0, 0);
  array_out(&v, x, A_E, WC_S_T);
  vector_reduce(&v, x, V_SUM, WC_S_T, false);
  return wc_vec_emit(&v);
}

/* p = e / sum in place; the logit of the label. */
static bool probabilities(const struct xent *x) {
  struct wc_vec_asm v;
  begin(&v, x, x->classes);
  onehot_step(&v, x);
  wc_vec_step(&v, WC_V_SEL, WC_S_U, logits_in(&v, x), WC_S_ZERO, 0);
  const uint32_t e = array_in(&v, x, A_E), sum = vector_in(&v, x, V_SUM);
  wc_vec_step(&v, WC_V_DIV, e, sum, 0, WC_TO_U);
  array_out(&v, x, A_E, WC_S_U);
  vector_reduce(&v, x, V_LABEL, WC_S_T, false);
  return wc_vec_emit(&v);
}

/* dlogits = FP16((p - onehot) * scale). */
static bool gradient(const struct xent *x) {
  const struct wc_run *run = x->k->run;
  struct wc_vec_asm v;
  begin(&v, x, x->classes);
  onehot_step(&v, x);
  wc_vec_step(&v, WC_V_ADD, array_in(&v, x, A_E), 0, WC_S_U, WC_NEG_C);
  const uint32_t scale = wc_vec_in(&v, WC_T_FP32, (int64_t)run->in[2].gb + WC_HYPER_LOSS_SCALE * 4,
                                   (struct wc_strides){0});
  wc_vec_step(&v, WC_V_MUL, WC_S_T, scale, 0, WC_ROUND16);
  wc_vec_out(&v, WC_T_FP16, WC_S_T, run->out[1].gb, class_strides(&run->out[1]));
  return wc_vec_emit(&v);
}

/* The sum's fraction m in [1, 2) and s = (m-1)/(m+1), for log(m). */
static bool fraction(const struct xent *x) {
  struct wc_vec_asm v;
  begin(&v, x, 1);
  wc_vec_step(&v, WC_V_MANT, vector_in(&v, x, V_SUM), 0, 0, 0);
  vector_out(&v, x, V_M, WC_S_T);
  if (!wc_vec_emit(&v)) {
    return false;
  }
  begin(&v, x, 1);
  wc_vec_step(&v, WC_V_MOV, vector_in(&v, x, V_M), 0, 0, WC_TO_U);
  wc_vec_step(&v, WC_V_ADD, WC_S_U, 0, WC_S_ONE, WC_NEG_C);
  wc_vec_step(&v, WC_V_ADD, WC_S_U, 0, WC_S_ONE, WC_TO_U);
  wc_vec_step(&v, WC_V_DIV, WC_S_T, WC_S_U, 0, 0);
  vector_out(&v, x, V_S, WC_S_T);
  return wc_vec_emit(&v);
}

/* The upper half of Horner's rule in z = s*s (replaces m). */
static bool logarithm_high(const struct xent *x) {
  struct wc_vec_asm v;
  begin(&v, x, 1);
  uint32_t c[4];
  for (unsigned i = 0; i < 4; i++) {
    c[i] = wc_vec_const(&v, i, log_c[5 - i]);
  }
  const uint32_t s = vector_in(&v, x, V_S);
  wc_vec_step(&v, WC_V_MUL, s, s, 0, 0);
  wc_vec_step(&v, WC_V_FMA, WC_S_T, c[0], c[1], WC_TO_U);
  wc_vec_step(&v, WC_V_FMA, WC_S_T, WC_S_U, c[2], WC_TO_U);
  wc_vec_step(&v, WC_V_FMA, WC_S_T, WC_S_U, c[3], WC_TO_U);
  vector_out(&v, x, V_M, WC_S_T);
  vector_out(&v, x, V_POLY, WC_S_U);
  return wc_vec_emit(&v);
}

/* log(m), and the exponent of the sum. */
static bool logarithm_low(const struct xent *x) {
  struct wc_vec_asm v;
  begin(&v, x, 1);
  const uint32_t c1 = wc_vec_const(&v, 0, log_c[1]), c0 = wc_vec_const(&v, 1, log_c[0]);
  const uint32_t high = vector_in(&v, x, V_POLY);
  wc_vec_step(&v, WC_V_FMA, high, vector_in(&v, x, V_M), c1, 0);
  wc_vec_step(&v, WC_V_FMA, WC_S_T, vector_in(&v, x, V_M), c0, 0);
  wc_vec_step(&v, WC_V_MUL, WC_S_T, vector_in(&v, x, V_S), 0, 0);
  wc_vec_step(&v, WC_V_EXPO, vector_in(&v, x, V_SUM), 0, 0, WC_TO_U);
  vector_out(&v, x, V_POLY, WC_S_T);
  vector_out(&v, x, V_EXPO, WC_S_U);
  return wc_vec_emit(&v);
}

/* loss = (expo*ln2 + log(m)) - (logit of the label - max); NaN when the sum is not finite, which
 * its exponent and fraction do not show. */
static bool loss(const struct xent *x) {
  const struct wc_view *out = &x->k->run->out[0];
  struct wc_vec_asm v;
  begin(&v, x, 1);
  const uint32_t expo = vector_in(&v, x, V_EXPO), log_m = vector_in(&v, x, V_POLY);
  wc_vec_step(&v, WC_V_FMA, expo, wc_vec_const(&v, 0, LN_2), log_m, 0);
  const uint32_t label = vector_in(&v, x, V_LABEL), max = vector_in(&v, x, V_MAX);
  wc_vec_step(&v, WC_V_ADD, label, 0, max, WC_NEG_C | WC_TO_U);
  wc_vec_step(&v, WC_V_ADD, WC_S_T, 0, WC_S_U, WC_NEG_C);
  wc_vec_step(&v, WC_V_FMA, vector_in(&v, x, V_SUM), WC_S_ZERO, WC_S_T, 0);
  wc_vec_out(&v, WC_T_FP32, WC_S_T, out->gb, (struct wc_strides){.s0 = out->pitch / 4});
  return wc_vec_emit(&v);
}

bool wc_ker_xent(const struct wc_ker *k) {
  const struct xent x = {k, k->run->ns, wc_ker_in(k, 0)->c};
  return number_classes(&x) && row_maximum(&x) && split_exponent(&x) && exponential_high(&x) &&
         exponential_low(&x) && probabilities(&x) && gradient(&x) && fraction(&x) &&
         logarithm_high(&x) && logarithm_low(&x) && loss(&x);
}
