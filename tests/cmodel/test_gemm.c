/* The blocked GEMM leaves the bytes of the ordered loop that defines it. */
#include <stdlib.h>
#include <string.h>

#include "exec.h"
#include "random_cmd.h"
#include "wc_cmocka.h"

enum { GBUF = 1 << 20 };

struct fixture {
  struct wc_random random;
  uint64_t seed;
  uint8_t *want;
  struct wc_exec exec;
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  f->seed = wc_random_env_seed();
  wc_random_seed(&f->random, f->seed);
  f->want = malloc(GBUF);
  f->exec.gbuf = wc_map(GBUF + WC_GBUF_SLACK);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  wc_unmap(f->exec.gbuf, GBUF + WC_GBUF_SLACK);
  free(f->want);
  free(f);
  return 0;
}

/* @floats: room for packed B and sums; 0: the usual, small: many depth groups and row parts. */
static void with_workers(struct fixture *f, unsigned threads, size_t floats) {
  f->exec.pool = wc_pool_new(threads, NULL, NULL);
  f->exec.gemm = wc_gemm_scratch_new(threads, floats, floats);
}

static void without_workers(struct fixture *f) {
  wc_pool_delete(f->exec.pool);
  wc_gemm_scratch_delete(f->exec.gemm);
}

static void expect_same(struct fixture *f, const struct wc_gemm *g, int number) {
  memcpy(f->want, f->exec.gbuf, GBUF);
  wc_gemm_naive(f->want, g);
  wc_exec_gemm(&f->exec, g);
  for (size_t i = 0; i < GBUF; i++) {
    if (f->want[i] != f->exec.gbuf[i])
      fail_msg("SEED=%llu command %d (%s, %u threads): byte %zu is %02x, wanted %02x",
               (unsigned long long)f->seed, number, wc_simd_name(f->exec.simd),
               wc_pool_threads(f->exec.pool), i, f->exec.gbuf[i], f->want[i]);
  }
}

static void random_commands(struct fixture *f, int count, uint32_t work) {
  const struct wc_random_limits limits = {.gbuf_bytes = GBUF, .mem_bytes = 1024, .work = work};
  for (int i = 0; i < count; i++) {
    struct wc_cmd cmd;
    wc_random_gemm(&f->random, &limits, &cmd);
    if (i % 16 == 0)
      wc_random_fill_mixed(&f->random, f->exec.gbuf, GBUF);
    expect_same(f, &cmd.gemm, i);
  }
}

/* Calls @body for every instruction set that this processor has, 1 and 2 threads, and enough
 * or little scratch. */
static void everywhere(struct fixture *f, void (*body)(struct fixture *f)) {
  static const size_t floats[] = {0, 64, 5000};
  for (int simd = WC_SIMD_PORTABLE; simd < WC_SIMDS; simd++) {
    if (simd > (int)wc_simd_best()) {
      print_message("not run: this processor has no %s\n", wc_simd_name((enum wc_simd)simd));
      continue;
    }
    f->exec.simd = (enum wc_simd)simd;
    for (unsigned i = 0; i < 6; i++) {
      with_workers(f, 1 + i / 3, floats[i % 3]);
      body(f);
      without_workers(f);
    }
    print_message("ran %s\n", wc_simd_name((enum wc_simd)simd));
  }
}

static void random_body(struct fixture *f) {
  random_commands(f, 100, 20000);
  random_commands(f, 15, 2000000);
}

static void random_commands_equal_the_loop(void **state) {
  everywhere(*state, random_body);
}

/* A 1x1 or 3x3 convolution over dense features, forward or as a weight gradient; or its data
 * gradient. Everything fits GBUF. */
struct shape {
  uint32_t images, size, ci, co, kernel;
  int stride;
};

static struct wc_gemm convolution(struct shape s, int pass) {
  const int32_t out = (int32_t)s.size / s.stride, size = (int32_t)s.size, ci = (int32_t)s.ci,
                co = (int32_t)s.co, kernel = (int32_t)s.kernel;
  struct wc_gemm g = {.p2 = s.images,
                      .p1 = (uint32_t)out,
                      .p0 = (uint32_t)out,
                      .q2 = s.kernel,
                      .q1 = s.kernel,
                      .q0 = s.ci,
                      .h = s.size,
                      .w = s.size,
                      .n = s.co,
                      .sy = s.stride,
                      .sx = s.stride,
                      .ry = 1,
                      .rx = 1,
                      .oy = -kernel / 2,
                      .ox = -kernel / 2,
                      .a_s0 = 2 * ci,
                      .a_s1 = 2 * ci * size,
                      .a_s2 = 2 * ci * size * size,
                      .b_s0 = 2 * co,
                      .b_s1 = 2 * co * ci,
                      .b_s2 = 2 * co * ci * kernel,
                      .b_sn = 2,
                      .c_s0 = 2 * co,
                      .c_s1 = 2 * co * out,
                      .c_s2 = 2 * co * out * out};
  g.b_base = s.images * s.size * s.size * s.ci * 2;
  g.c_base = g.b_base + s.kernel * s.kernel * s.ci * s.co * 2;
  if (pass == 1) { /* over dY with ci channels, W as [r][s][co][ci] */
    g.b_trans = 1;
    g.b_s0 = 2;
    g.b_sn = 2 * ci;
    g.b_s1 = 2 * ci * co;
    g.b_s2 = g.b_s1 * kernel;
    g.ry = g.rx = -1;
    g.oy = g.ox = kernel / 2;
  } else if (pass == 2) {
    g.a_trans = g.c_fp32 = g.preload = 1;
    g.b_s1 = 2 * co * out;
    g.b_s2 = g.b_s1 * out;
    g.c_base = (g.b_base + s.images * (uint32_t)(out * out * co) * 2 + 3) / 4 * 4;
    g.c_s0 = 4 * co;
    g.c_s1 = g.c_s0 * ci;
    g.c_s2 = g.c_s1 * kernel;
    g.p_base = g.c_base;
    g.p_s0 = g.c_s0;
    g.p_s1 = g.c_s1;
    g.p_s2 = g.c_s2;
  }
  return g;
}

/* Shapes that cross every block border: rows, columns, depth, few and many rows. */
static void convolutions_body(struct fixture *f) {
  static const struct shape shapes[] = {
      {3, 20, 50, 20, 3, 1}, {1, 7, 130, 550, 1, 1}, {2, 14, 67, 33, 3, 2}, {5, 28, 1, 16, 3, 1},
      {4, 4, 64, 64, 3, 1},  {1, 5, 600, 17, 1, 1},  {1, 15, 20, 200, 1, 1}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    for (int pass = 0; pass < 3; pass++) {
      const struct wc_gemm g = convolution(shapes[i], pass);
      const struct wc_cmd cmd = {.hdr.opcode = WC_OP_GEMM, .gemm = g};
      uint64_t addr;
      assert_int_equal(wc_cmd_check(&cmd, GBUF, 0, &addr), WC_E_NONE);
      wc_random_fill(&f->random, f->exec.gbuf, GBUF,
                     i % 2 == 0 ? WC_RANDOM_HALVES : WC_RANDOM_SPECIAL);
      expect_same(f, &g, (int)(3 * i) + pass);
    }
  }
}

static void convolutions_equal_the_loop(void **state) {
  everywhere(*state, convolutions_body);
}

/* Partial sums are carried in FP32 whatever the cut: forward by kernel rows, the weight gradient
 * by images. */
static void split_depth_body(struct fixture *f) {
  const struct wc_gemm whole = convolution((struct shape){4, 12, 40, 24, 3, 1}, 2);
  wc_random_fill(&f->random, f->exec.gbuf, GBUF, WC_RANDOM_HALVES);
  memcpy(f->want, f->exec.gbuf, GBUF);
  wc_exec_gemm(&f->exec, &whole);
  uint8_t *result = malloc(GBUF);
  memcpy(result, f->exec.gbuf, GBUF);
  memcpy(f->exec.gbuf, f->want, GBUF);
  const uint32_t images[] = {1, 2, 1};
  uint32_t first = 0;
  for (int i = 0; i < 3; i++) {
    struct wc_gemm part = whole;
    part.p2 = images[i];
    part.a_base += first * (uint32_t)whole.a_s2;
    part.b_base += first * (uint32_t)whole.b_s2;
    wc_exec_gemm(&f->exec, &part);
    first += images[i];
  }
  assert_memory_equal(result, f->exec.gbuf, GBUF);
  free(result);
}

static void a_split_depth_gives_the_same_bits(void **state) {
  everywhere(*state, split_depth_body);
}

static void put_half(struct fixture *f, uint32_t at, uint16_t bits) {
  memcpy(f->exec.gbuf + at, &bits, 2);
}

/* One product and a partial: C = partial + a*b. */
static uint32_t one_sum(struct fixture *f, uint16_t a, uint16_t b, uint32_t partial, bool preload) {
  const struct wc_gemm g = {.n = 1,
                            .p2 = 1,
                            .p1 = 1,
                            .p0 = 1,
                            .q2 = 1,
                            .q1 = 1,
                            .q0 = 1,
                            .h = 1,
                            .w = 1,
                            .b_base = 2,
                            .b_sn = 2,
                            .c_base = 8,
                            .c_fp32 = 1,
                            .preload = preload,
                            .p_base = preload ? 4 : 0};
  uint32_t sum;
  put_half(f, 0, a);
  put_half(f, 2, b);
  memcpy(f->exec.gbuf + 4, &partial, 4);
  wc_exec_gemm(&f->exec, &g);
  memcpy(&sum, f->exec.gbuf + 8, 4);
  return sum;
}

static void signs_and_special_values_body(struct fixture *f) {
  enum { ONE = 0x3C00, MINUS_ONE = 0xBC00, ZERO = 0, INF = 0x7C00, TINY = 0x0001 };
  const uint32_t minus_0 = 0x80000000, nan = 0x7FC00000;
  assert_int_equal(one_sum(f, ZERO, MINUS_ONE, 0, false), 0); /* +0 + -0 */
  assert_int_equal(one_sum(f, ZERO, MINUS_ONE, minus_0, true), minus_0);
  assert_int_equal(one_sum(f, ZERO, ONE, minus_0, true), 0);
  assert_int_equal(one_sum(f, ZERO, MINUS_ONE, 0x80000001, true), minus_0); /* subnormal: -0 */
  assert_int_equal(one_sum(f, ZERO, ONE, 0x007FFFFF, true), 0);
  assert_int_equal(one_sum(f, ZERO, ONE, 0x00800000, true), 0x00800000); /* normal: kept */
  assert_int_equal(one_sum(f, TINY, TINY, 0, false), (127 - 48) << 23);
  assert_int_equal(one_sum(f, INF, ZERO, 0, false), nan);
  assert_int_equal(one_sum(f, INF, ONE, 0xFF800000, true), nan);
  assert_int_equal(one_sum(f, ONE, ONE, 0xFFC12345, true), nan);
  assert_int_equal(one_sum(f, ONE, ONE, 0x7F800001, true), nan);
  assert_int_equal(one_sum(f, INF, MINUS_ONE, 0, false), 0xFF800000);
}

static void signs_and_special_values(void **state) {
  everywhere(*state, signs_and_special_values_body);
}

/* A tap outside the image takes part as +0: an infinite weight there gives NaN. */
static void padding_meets_infinite_weights_body(struct fixture *f) {
  const struct wc_gemm g = {.n = 1,
                            .p2 = 1,
                            .p1 = 1,
                            .p0 = 2,
                            .q2 = 1,
                            .q1 = 2,
                            .q0 = 1,
                            .h = 1,
                            .w = 2,
                            .sx = 1,
                            .rx = 1,
                            .a_s0 = 2,
                            .b_base = 4,
                            .b_s1 = 2,
                            .b_sn = 2,
                            .c_base = 8,
                            .c_s0 = 2};
  put_half(f, 0, 0x3C00);
  put_half(f, 2, 0x3C00);
  put_half(f, 4, 0x3C00);
  put_half(f, 6, 0x7C00);
  wc_exec_gemm(&f->exec, &g);
  uint16_t c[2];
  memcpy(c, f->exec.gbuf + 8, 4);
  assert_int_equal(c[0], 0x7C00);
  assert_int_equal(c[1], 0x7E00);
}

static void padding_meets_infinite_weights(void **state) {
  everywhere(*state, padding_meets_infinite_weights_body);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(random_commands_equal_the_loop),    TEST(convolutions_equal_the_loop),
      TEST(a_split_depth_gives_the_same_bits), TEST(signs_and_special_values),
      TEST(padding_meets_infinite_weights),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
