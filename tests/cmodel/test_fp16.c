/* FP16 conversions: exact one way, correctly rounded the other, the same on every path. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fp16.h"
#include "random.h"
#include "wc_cmocka.h"

enum { HALVES = 65536 };

/* The value of a binary16 by its definition. */
static double value_of(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double x;
  if (exponent == 31)
    x = fraction ? (double)NAN : (double)INFINITY;
  else if (exponent == 0)
    x = ldexp(fraction, -24);
  else
    x = ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -x : x;
}

/* The nearest binary16 by search: the neighbour below, the one above, the tie by evenness. */
static uint16_t nearest(float x) {
  const uint16_t sign = signbit(x) ? 0x8000 : 0;
  const double magnitude = fabs((double)x);
  if (isnan(x))
    return 0x7E00;
  if (magnitude >= 65520.0) /* half way from the largest finite to the next power of two */
    return (uint16_t)(sign | 0x7C00);
  int low = 0, high = 0x7BFF; /* the largest pattern not above magnitude */
  while (low < high) {
    const int middle = (low + high + 1) / 2;
    if (value_of((uint16_t)middle) <= magnitude)
      low = middle;
    else
      high = middle - 1;
  }
  const double below = value_of((uint16_t)low);
  const double above = low == 0x7BFF ? 65536.0 : value_of((uint16_t)(low + 1));
  const double to_below = magnitude - below, to_above = above - magnitude;
  if (to_above < to_below || (to_above == to_below && low % 2 == 1))
    low++;
  return (uint16_t)(sign | low);
}

static void widening_is_exact(void **state) {
  (void)state;
  for (uint32_t i = 0; i < HALVES; i++) {
    const float x = wc_fp16_to_fp32((wc_fp16){(uint16_t)i});
    const double want = value_of((uint16_t)i);
    if (isnan(want)) {
      assert_true(isnan(x));
      continue;
    }
    assert_true((double)x == want);
    assert_int_equal(signbit(x) != 0, i >> 15);
  }
}

/* Every half, the float on each side of it, and the ties between halves and their neighbours. */
static void narrowing_rounds_to_nearest_even(void **state) {
  (void)state;
  for (uint32_t i = 0; i < HALVES; i++) {
    const float x = wc_fp16_to_fp32((wc_fp16){(uint16_t)i});
    const uint16_t next = (uint16_t)((i & 0x7FFF) == 0x7BFF ? i : i + 1);
    const float y = wc_fp16_to_fp32((wc_fp16){next});
    const float middle = (float)(((double)x + (double)y) / 2);
    const float probes[] = {x,      nextafterf(x, INFINITY),      nextafterf(x, -INFINITY),
                            middle, nextafterf(middle, INFINITY), nextafterf(middle, -INFINITY)};
    for (size_t j = 0; j < sizeof probes / sizeof *probes; j++)
      assert_int_equal(wc_fp32_to_fp16(probes[j]).bits, nearest(probes[j]));
  }
  static const float edges[] = {65504.0f, 65519.996f, 65520.0f, 65536.0f,  1e30f,    0x1p-24f,
                                0x1p-25f, 0x1.8p-25f, 0x1p-26f, 0x1p-149f, INFINITY, 0.0f};
  for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
    assert_int_equal(wc_fp32_to_fp16(edges[i]).bits, nearest(edges[i]));
    assert_int_equal(wc_fp32_to_fp16(-edges[i]).bits, nearest(-edges[i]));
  }
}

static void nans_become_canonical(void **state) {
  (void)state;
  static const uint32_t nans[] = {0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFFFFFFF, 0x7F812345};
  for (size_t i = 0; i < sizeof nans / sizeof *nans; i++) {
    const float x = wc_fp32_from_bits(nans[i]);
    uint8_t stored[4];
    wc_fp32_store(stored, x);
    uint32_t bits;
    memcpy(&bits, stored, 4);
    assert_int_equal(bits, WC_FP32_NAN);
    assert_int_equal(wc_fp32_to_fp16(x).bits, WC_FP16_NAN);
  }
}

static void every_instruction_set_converts_alike(void **state) {
  (void)state;
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  enum { N = 4096 };
  static uint8_t halves[2 * HALVES], narrow[2][2 * N], put[2][4 * N];
  static float wide[2][HALVES], floats[N];
  for (uint32_t i = 0; i < HALVES; i++)
    memcpy(halves + 2 * i, &(uint16_t){(uint16_t)i}, 2);
  wc_fp16_widen(WC_SIMD_PORTABLE, wide[0], halves, HALVES);
  for (int simd = WC_SIMD_AVX2; simd < WC_SIMDS; simd++) {
    if (simd > (int)wc_simd_best()) {
      print_message("not run: this processor has no %s\n", wc_simd_name((enum wc_simd)simd));
      continue;
    }
    wc_fp16_widen((enum wc_simd)simd, wide[1], halves, HALVES);
    for (uint32_t i = 0; i < HALVES; i++) {
      if (isnan(wide[0][i]))
        assert_true(isnan(wide[1][i]));
      else
        assert_memory_equal(&wide[0][i], &wide[1][i], 4);
    }
    for (int round = 0; round < 200; round++) {
      const uint32_t style = wc_random_below(&r, 3);
      wc_random_fill(&r, floats, sizeof floats, style == 0 ? WC_RANDOM_BITS : WC_RANDOM_FLOATS);
      if (style == 2) { /* around the subnormals of binary16 */
        for (size_t i = 0; i < N; i++)
          floats[i] *= 0x1p-14f;
      }
      const size_t n = N - wc_random_below(&r, 20);
      memset(narrow, 0, sizeof narrow);
      memset(put, 0, sizeof put);
      wc_fp16_narrow(WC_SIMD_PORTABLE, narrow[0], floats, n);
      wc_fp16_narrow((enum wc_simd)simd, narrow[1], floats, n);
      assert_memory_equal(narrow[0], narrow[1], sizeof narrow[0]);
      wc_fp32_put(WC_SIMD_PORTABLE, put[0], floats, n);
      wc_fp32_put((enum wc_simd)simd, put[1], floats, n);
      assert_memory_equal(put[0], put[1], sizeof put[0]);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(widening_is_exact),
      cmocka_unit_test(narrowing_rounds_to_nearest_even),
      cmocka_unit_test(nans_become_canonical),
      cmocka_unit_test(every_instruction_set_converts_alike),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
