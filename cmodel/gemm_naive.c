/* docs/commands.md, GEMM, and docs/numerics.md, section 2, word for word. */
#include <stdbool.h>

#include "exec.h"
#include "fp16.h"

struct triple {
  int64_t i2, i1, i0;
};

static float a_element(const uint8_t *gbuf, const struct wc_gemm *g, struct triple i,
                       struct triple j) {
  const int64_t iy = i.i1 * g->sy + j.i2 * g->ry + g->oy;
  const int64_t ix = i.i0 * g->sx + j.i1 * g->rx + g->ox;
  if (iy < 0 || iy >= g->h || ix < 0 || ix >= g->w)
    return 0.0f;
  return wc_fp16_load(gbuf + (int64_t)g->a_base + i.i2 * g->a_s2 + iy * g->a_s1 + ix * g->a_s0 +
                      j.i0 * 2);
}

/* A partial as the array reads it: a subnormal is a zero of its sign. */
static float partial(const uint8_t *at) {
  const uint32_t bits = wc_fp32_bits(wc_fp32_load(at));
  return wc_fp32_from_bits(bits & UINT32_C(0x7F800000) ? bits : bits & UINT32_C(0x80000000));
}

static float element(const uint8_t *gbuf, const struct wc_gemm *g, struct triple m, int64_t x) {
  const int64_t d2 = g->a_trans ? g->p2 : g->q2, d1 = g->a_trans ? g->p1 : g->q1,
                d0 = g->a_trans ? g->p0 : g->q0;
  float sum = 0.0f;
  if (g->preload)
    sum = partial(gbuf + (int64_t)g->p_base + m.i2 * g->p_s2 + m.i1 * g->p_s1 + m.i0 * g->p_s0 +
                  x * 4);
  for (int64_t k2 = 0; k2 < d2; k2++) {
    for (int64_t k1 = 0; k1 < d1; k1++) {
      for (int64_t k0 = 0; k0 < d0; k0++) {
        const struct triple k = {k2, k1, k0};
        const float a = g->a_trans ? a_element(gbuf, g, k, m) : a_element(gbuf, g, m, k);
        const float b = wc_fp16_load(gbuf + (int64_t)g->b_base + k2 * g->b_s2 + k1 * g->b_s1 +
                                     k0 * g->b_s0 + x * g->b_sn);
        const float product = a * b; /* exact */
        sum = sum + product;
      }
    }
  }
  return sum;
}

void wc_gemm_naive(uint8_t *gbuf, const struct wc_gemm *g) {
  const int64_t m2 = g->a_trans ? g->q2 : g->p2, m1 = g->a_trans ? g->q1 : g->p1,
                m0 = g->a_trans ? g->q0 : g->p0;
  for (int64_t i2 = 0; i2 < m2; i2++) {
    for (int64_t i1 = 0; i1 < m1; i1++) {
      for (int64_t i0 = 0; i0 < m0; i0++) {
        uint8_t *row = gbuf + (int64_t)g->c_base + i2 * g->c_s2 + i1 * g->c_s1 + i0 * g->c_s0;
        for (int64_t x = 0; x < (int64_t)g->n; x++) {
          const float sum = element(gbuf, g, (struct triple){i2, i1, i0}, x);
          if (g->c_fp32)
            wc_fp32_store(row + 4 * x, sum);
          else
            wc_fp16_store(row + 2 * x, sum);
        }
      }
    }
  }
}
