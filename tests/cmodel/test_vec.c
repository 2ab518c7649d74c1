/* The fast vector unit leaves the bytes of the element-by-element interpreter. */
#include <stdlib.h>
#include <string.h>

#include "exec.h"
#include "random_cmd.h"
#include "vec_naive.h"
#include "wc_cmocka.h"

enum { GBUF = 1 << 17 };

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

static void with_workers(struct fixture *f, unsigned threads) {
  f->exec.pool = wc_pool_new(threads, NULL, NULL);
  f->exec.vec = wc_vec_scratch_new(threads);
}

static void without_workers(struct fixture *f) {
  wc_pool_delete(f->exec.pool);
  wc_vec_scratch_delete(f->exec.vec);
}

static void expect_same(struct fixture *f, const struct wc_cmd *cmd, int number) {
  memcpy(f->want, f->exec.gbuf, GBUF);
  wc_vec_naive(f->want, cmd);
  wc_exec_vec(&f->exec, cmd);
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
    wc_random_vec(&f->random, &limits, &cmd);
    if (i % 16 == 0)
      wc_random_fill_mixed(&f->random, f->exec.gbuf, GBUF);
    expect_same(f, &cmd, i);
  }
}

static void every_instruction_set_equals_the_interpreter(void **state) {
  struct fixture *f = *state;
  for (int simd = WC_SIMD_PORTABLE; simd < WC_SIMDS; simd++) {
    if (simd > (int)wc_simd_best()) {
      print_message("not run: this processor has no %s\n", wc_simd_name((enum wc_simd)simd));
      continue;
    }
    f->exec.simd = (enum wc_simd)simd;
    for (unsigned threads = 1; threads <= 3; threads++) {
      with_workers(f, threads);
      random_commands(f, 2000, 6000);
      random_commands(f, 200, 60000);
      without_workers(f);
    }
    print_message("ran %s\n", wc_simd_name((enum wc_simd)simd));
  }
}

static void everywhere(struct fixture *f, void (*body)(struct fixture *f)) {
  for (int simd = WC_SIMD_PORTABLE; simd <= (int)wc_simd_best(); simd++) {
    f->exec.simd = (enum wc_simd)simd;
    for (unsigned threads = 1; threads <= 2; threads++) {
      with_workers(f, threads);
      body(f);
      without_workers(f);
    }
  }
}

enum { WIDE_AT = 53248, SUM_AT = 110592, CHAINS_AT = 114688, CHANNELS = 40, POSITIONS = 1000 };

/* The sum, or the maximum, over POSITIONS rows of CHANNELS halves at 0, from row @from on. */
static struct wc_cmd reduction(uint32_t reduce, uint32_t from, uint32_t n) {
  struct wc_cmd cmd = {.hdr.opcode = WC_OP_VEC,
                       .vec = {.n_in = 1, .n_out = 1, .d0 = CHANNELS, .d1 = n, .d2 = 1, .d3 = 1}};
  cmd.step[0] = (struct wc_step){.op = WC_V_MOV, .a = WC_S_I0};
  cmd.in[0] = (struct wc_stream){
      .type = WC_T_FP16, .s0 = 1, .base = from * 2 * CHANNELS, .s1 = 2 * CHANNELS};
  cmd.out[0] = (struct wc_stream){.type = WC_T_FP32,
                                  .reduce = reduce,
                                  .chains = 1,
                                  .phase = from % WC_CHAINS,
                                  .s0 = 1,
                                  .base = SUM_AT,
                                  .s1 = 4 * CHANNELS};
  return cmd;
}

/* docs/numerics.md, section 3: chains kept in memory and taken up again, with the phase moved on,
 * make any split of a reduction give the same bits. */
static void split_reduction_body(struct fixture *f) {
  for (uint32_t reduce = 1; reduce <= 2; reduce++) {
    wc_random_fill(&f->random, f->exec.gbuf, GBUF, WC_RANDOM_HALVES);
    struct wc_cmd cmd = reduction(reduce, 0, POSITIONS);
    wc_exec_vec(&f->exec, &cmd);
    uint8_t whole[4 * CHANNELS];
    memcpy(whole, f->exec.gbuf + SUM_AT, sizeof whole);
    memset(f->exec.gbuf + SUM_AT, 0, sizeof whole);
    for (uint32_t from = 0; from < POSITIONS;) {
      const uint32_t left = POSITIONS - from;
      uint32_t n = 1 + wc_random_below(&f->random, 300);
      n = n < left ? n : left;
      cmd = reduction(reduce, from, n);
      cmd.out[0].load = from > 0;
      cmd.out[0].keep = n < left;
      cmd.out[0].base = CHAINS_AT;
      wc_exec_vec(&f->exec, &cmd);
      from += n;
    }
    assert_memory_equal(f->exec.gbuf + CHAINS_AT, whole, sizeof whole);
  }
}

static void a_split_reduction_gives_the_same_bits(void **state) {
  everywhere(*state, split_reduction_body);
}

/* Large enough for every thread to get a part. */
static void large_commands_body(struct fixture *f) {
  for (int i = 0; i < 6; i++) {
    wc_random_fill_mixed(&f->random, f->exec.gbuf, GBUF);
    struct wc_cmd cmd = reduction(1, 0, 640);
    uint64_t addr;
    cmd.vec.n_out = 2;
    cmd.out[1] = cmd.in[0];
    cmd.out[1].base = WIDE_AT;
    cmd.step[0].op = WC_V_FMA;
    cmd.step[0].b = cmd.step[0].c = WC_S_K0;
    cmd.vec.k0 = 0x3F99999A;
    cmd.step[0].relu = (uint32_t)i % 2;
    if (i >= 2)
      cmd.out[0] =
          (struct wc_stream){.type = WC_T_BIT, .s0 = 1, .base = SUM_AT, .s1 = (CHANNELS + 7) / 8};
    if (i >= 4) { /* one long row */
      cmd.vec.d0 = 640 * CHANNELS;
      cmd.vec.d1 = 1;
    }
    assert_int_equal(wc_cmd_check(&cmd, GBUF, 0, &addr), WC_E_NONE);
    expect_same(f, &cmd, i);
  }
}

static void large_commands_equal_the_interpreter(void **state) {
  everywhere(*state, large_commands_body);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(every_instruction_set_equals_the_interpreter),
      TEST(a_split_reduction_gives_the_same_bits),
      TEST(large_commands_equal_the_interpreter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
