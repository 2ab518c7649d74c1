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

static void with_workers(struct fixture *f, unsigned threads) {
  f->exec.pool = wc_pool_new(threads);
  f->exec.gemm = wc_gemm_scratch_new(threads);
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

/* Calls @body for every instruction set that this processor has and 1 to 3 threads. */
static void everywhere(struct fixture *f, void (*body)(struct fixture *f)) {
  for (int simd = WC_SIMD_PORTABLE; simd < WC_SIMDS; simd++) {
    if (simd > (int)wc_simd_best()) {
      print_message("not run: this processor has no %s\n", wc_simd_name((enum wc_simd)simd));
      continue;
    }
    f->exec.simd = (enum wc_simd)simd;
    for (unsigned threads = 1; threads <= 3; threads++) {
      with_workers(f, threads);
      body(f);
      without_workers(f);
    }
    print_message("ran %s\n", wc_simd_name((enum wc_simd)simd));
  }
}

static void random_body(struct fixture *f) {
  random_commands(f, 150, 20000);
  random_commands(f, 40, 3000000);
}

static void random_commands_equal_the_loop(void **state) {
  everywhere(*state, random_body);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(random_commands_equal_the_loop, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
