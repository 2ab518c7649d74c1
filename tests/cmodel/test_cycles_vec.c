/* The vector unit's cycle model. Against the RTL: tests/driver/cycles_cosim.c. */
#include <stdlib.h>
#include <string.h>

#include "cycles_vec.h"
#include "random_cmd.h"
#include "wc_cmocka.h"

enum { COMMANDS = 400, ROWS = 1500, WORK = 20000 };

static uint64_t seed(void) {
  const char *given = getenv("SEED");
  return given != NULL ? strtoull(given, NULL, 10) : 1;
}

/* A device of any lanes, lines and banks, and a command for it. */
static void any(uint64_t number, struct wc_model_config *config, struct wc_cmd *cmd) {
  struct wc_random r;
  wc_random_seed(&r, seed() + number);
  wc_model_config_default(config);
  config->lanes = 8U << wc_random_below(&r, 4);
  config->line_bytes = 4 * config->lanes << wc_random_below(&r, 3);
  config->banks = 1U << wc_random_below(&r, 8);
  config->gbuf_bytes = 1 << 19;
  const struct wc_random_limits limits = {config->gbuf_bytes, 1 << 16, WORK};
  wc_random_vec(&r, &limits, cmd);
}

static void expect_same(uint64_t number, const struct wc_timing *a, const struct wc_timing *b) {
  if (memcmp(a, b, sizeof *a) != 0)
    fail_msg("SEED=%llu: %llu cycles against %llu", (unsigned long long)(seed() + number),
             (unsigned long long)a->done, (unsigned long long)b->done);
}

static void leaping_changes_nothing(void **state) {
  (void)state;
  for (uint64_t i = 0; i < COMMANDS; i++) {
    struct wc_model_config config;
    struct wc_cmd cmd;
    struct wc_timing step, leap;
    any(i, &config, &cmd);
    vec_timing(&config, &cmd, false, &step);
    vec_timing(&config, &cmd, true, &leap);
    expect_same(i, &step, &leap);
  }
}

/* An image-sized command of one of the kinds below, where leaps are long. */
static struct wc_cmd large(unsigned kind) {
  struct wc_cmd cmd = {.hdr.opcode = WC_OP_VEC};
  cmd.vec = (struct wc_vec){.n_in = 1, .n_out = 1, .d0 = 64, .d1 = 3136, .d2 = 2, .d3 = 1};
  cmd.step[0] = (struct wc_step){.op = WC_V_MOV};
  cmd.in[0] = (struct wc_stream){.s0 = 1, .s1 = 128, .s2 = 128 * 3136};
  cmd.out[0] = (struct wc_stream){.s0 = 1, .s1 = 128, .s2 = 128 * 3136, .base = 1 << 20};
  if (kind == 1) /* a root of each */
    cmd.step[3] = (struct wc_step){.op = WC_V_SQRT, .a = WC_S_T};
  if (kind == 2) /* sums in chains */
    cmd.out[0] = (struct wc_stream){.type = WC_T_FP32, .reduce = 1, .chains = 1, .s0 = 1};
  if (kind == 3) { /* a mask, a coefficient */
    cmd.vec.n_in = cmd.vec.n_out = 2;
    cmd.step[0] = (struct wc_step){.op = WC_V_MUL, .b = WC_S_I1};
    cmd.in[1] = (struct wc_stream){.type = WC_T_FP32, .s0 = 1, .s2 = 256, .base = 1 << 22};
    cmd.out[1] =
        (struct wc_stream){.type = WC_T_BIT, .s0 = 1, .s1 = 8, .s2 = 8 * 3136, .base = 1 << 21};
  }
  if (kind == 4) /* in three dimensions, backwards */
    cmd.in[0] = (struct wc_stream){.s0 = -2, .s1 = 100, .s2 = -6, .base = 200000};
  if (kind == 5) { /* a last block that is short, steps of two */
    cmd.vec.d0 = 16003;
    cmd.vec.d1 = 3;
    cmd.in[0] = (struct wc_stream){.s0 = 2, .s1 = 65536, .s2 = 512};
    cmd.out[0] = (struct wc_stream){.s0 = 2, .s1 = 65536, .s2 = 1 << 18, .base = 1 << 20};
  }
  return cmd;
}

/* What networks do: rows of channels, coefficients that are held, masks, sums, in any places. */
static struct wc_stream rows(struct wc_random *r, const struct wc_vec *v, uint32_t type) {
  const uint32_t bytes = type == WC_T_BIT ? 0 : (uint32_t)wc_type_bytes(type);
  const uint32_t row = type == WC_T_BIT ? (v->d0 + 7) / 8 : v->d0 * bytes;
  const uint32_t s2 = row * v->d1 + 64 * wc_random_below(r, 9);
  return (struct wc_stream){.type = type,
                            .s0 = 1,
                            .s1 = (int32_t)row,
                            .s2 = (int32_t)(s2 / 64 * 64),
                            .base = wc_random_below(r, 64) * 16};
}

static struct wc_cmd normalise(struct wc_random *r) {
  struct wc_cmd cmd = {.hdr.opcode = WC_OP_VEC};
  cmd.vec = (struct wc_vec){.n_in = 2 + wc_random_below(r, 4),
                            .n_out = 1 + wc_random_below(r, 3),
                            .d0 = 8U << wc_random_below(r, 4),
                            .d1 = 1 + wc_random_below(r, 300),
                            .d2 = 1 + wc_random_below(r, 4),
                            .d3 = 1};
  for (unsigned i = 0; i < cmd.vec.n_in; i++) {
    const uint32_t type = i == 1 ? WC_T_BIT : i < 3 ? WC_T_FP16 : WC_T_FP32;
    cmd.in[i] = rows(r, &cmd.vec, type);
    if (type == WC_T_FP32)
      cmd.in[i].s1 = 0;
    cmd.step[i % WC_STEPS] = (struct wc_step){.op = WC_V_MUL, .a = WC_S_T, .b = WC_S_I0 + i};
  }
  for (unsigned o = 0; o < cmd.vec.n_out; o++) {
    cmd.out[o] = rows(r, &cmd.vec, o == 1 ? WC_T_BIT : WC_T_FP16);
    if (o == 2)
      cmd.out[o] =
          (struct wc_stream){.type = WC_T_FP32, .reduce = 1, .chains = 1, .s0 = 1, .s2 = 256};
  }
  return cmd;
}

static void leaps_over_rows_change_nothing(void **state) {
  (void)state;
  for (uint64_t i = 0; i < ROWS; i++) {
    struct wc_model_config config;
    struct wc_random r;
    struct wc_timing step, leap;
    wc_model_config_default(&config);
    wc_random_seed(&r, seed() + i);
    config.banks = 1U << wc_random_below(&r, 7);
    const struct wc_cmd cmd = normalise(&r);
    vec_timing(&config, &cmd, false, &step);
    vec_timing(&config, &cmd, true, &leap);
    expect_same(i, &step, &leap);
  }
}

static void long_leaps_change_nothing(void **state) {
  (void)state;
  struct wc_model_config config;
  wc_model_config_default(&config);
  for (unsigned kind = 0; kind < 6; kind++) {
    const struct wc_cmd cmd = large(kind);
    struct wc_timing step, leap;
    vec_timing(&config, &cmd, false, &step);
    vec_timing(&config, &cmd, true, &leap);
    expect_same(kind, &step, &leap);
  }
}

/* What docs/cycles.md says callers may leave out when they look up what they have seen before. */
static void only_the_shape_matters(void **state) {
  (void)state;
  for (uint64_t i = 0; i < COMMANDS; i++) {
    struct wc_model_config config;
    struct wc_cmd cmd;
    struct wc_timing before, after;
    any(i, &config, &cmd);
    wc_timing_vec(&config, &cmd, &before);
    const uint32_t round = config.banks * config.line_bytes;
    cmd.vec.k0 = cmd.vec.k3 = 1;
    cmd.hdr = (struct wc_hdr){.opcode = WC_OP_VEC, .wait = 3, .id = 7};
    for (unsigned s = 0; s < cmd.vec.n_in; s++)
      cmd.in[s].base += (s + 1) * round;
    for (unsigned o = 0; o < cmd.vec.n_out; o++) {
      cmd.out[o].base += round;
      cmd.out[o].src ^= 1;
      cmd.out[o].phase ^= cmd.out[o].chains;
      cmd.out[o].reduce = cmd.out[o].reduce != 0 ? 3 - cmd.out[o].reduce : 0;
    }
    wc_timing_vec(&config, &cmd, &after);
    expect_same(i, &before, &after);
  }
}

/* docs/vector.md, measured on the RTL. */
static void one_vector_takes_as_long_as_documented(void **state) {
  (void)state;
  struct wc_model_config config;
  struct wc_timing timing;
  wc_model_config_default(&config);
  config.lanes = 8;
  config.line_bytes = 32;
  struct wc_cmd cmd = {.hdr.opcode = WC_OP_VEC};
  cmd.vec = (struct wc_vec){.n_in = 1, .n_out = 1, .d0 = 8, .d1 = 1, .d2 = 1, .d3 = 1};
  cmd.step[0] = (struct wc_step){.op = WC_V_MOV};
  cmd.in[0] = (struct wc_stream){.s0 = 1};
  cmd.in[1] = (struct wc_stream){.s0 = 1, .base = 64};
  cmd.out[0] = (struct wc_stream){.s0 = 1, .base = 128};
  wc_timing_vec(&config, &cmd, &timing);
  assert_int_equal(timing.state[1], 1);
  assert_int_equal(timing.done + 1, 42);

  cmd.out[0] = (struct wc_stream){.type = WC_T_FP32, .reduce = 1, .s0 = 1, .base = 128};
  wc_timing_vec(&config, &cmd, &timing);
  assert_int_equal(timing.done + 1, 46);

  cmd.vec.n_in = 2;
  cmd.step[0] = (struct wc_step){0};
  cmd.step[3] = (struct wc_step){.op = WC_V_DIV, .b = WC_S_I1};
  cmd.out[0] = (struct wc_stream){.s0 = 1, .base = 128};
  wc_timing_vec(&config, &cmd, &timing);
  assert_int_equal(timing.done + 1, 66);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(leaping_changes_nothing),
      cmocka_unit_test(leaps_over_rows_change_nothing),
      cmocka_unit_test(long_leaps_change_nothing),
      cmocka_unit_test(only_the_shape_matters),
      cmocka_unit_test(one_vector_takes_as_long_as_documented),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
