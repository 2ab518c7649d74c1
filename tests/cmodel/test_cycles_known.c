/* Commands that share a timing (docs/cycles.md). */
#include <stdlib.h>
#include <string.h>

#include "cycles_known.h"
#include "random_cmd.h"
#include "wc_cmocka.h"

enum { COMMANDS = 600, WORK = 5000, LATENCY = 40 };

static const struct wc_memory_timing memory = {.latency = LATENCY};

static uint64_t seed(void) {
  const char *given = getenv("SEED");
  return given != NULL ? strtoull(given, NULL, 10) : 1;
}

static void any(struct wc_random *r, const struct wc_model_config *config, struct wc_cmd *cmd) {
  const struct wc_random_limits limits = {config->gbuf_bytes, 1 << 16, WORK};
  wc_random_command(r, &limits, cmd);
}

/* Other banks for the operands: each some lines further, but not out of its line. */
static void turn(struct wc_cmd *cmd, struct wc_random *r, uint32_t line) {
  if (cmd->hdr.opcode == WC_OP_GEMM) {
    cmd->gemm.a_base += wc_random_below(r, 31) * line;
    cmd->gemm.b_base += wc_random_below(r, 31) * line;
    cmd->gemm.c_base += wc_random_below(r, 31) * line;
    cmd->gemm.p_base += cmd->gemm.preload ? wc_random_below(r, 31) * line : 0;
  } else if (cmd->hdr.opcode == WC_OP_VEC) {
    for (unsigned i = 0; i < cmd->vec.n_in; i++)
      cmd->in[i].base += wc_random_below(r, 31) * line;
    for (unsigned i = 0; i < cmd->vec.n_out; i++)
      cmd->out[i].base += wc_random_below(r, 31) * line;
  } else {
    cmd->dma.gb += wc_random_below(r, 31) * line;
    cmd->dma.dram_lo += 4096;
  }
}

/* All operands in the first bank. */
static void turn_back(struct wc_cmd *cmd, uint32_t line) {
  if (cmd->hdr.opcode == WC_OP_GEMM) {
    cmd->gemm.a_base %= line;
    cmd->gemm.b_base %= line;
    cmd->gemm.c_base %= line;
    cmd->gemm.p_base %= line;
  } else if (cmd->hdr.opcode == WC_OP_VEC) {
    for (unsigned i = 0; i < cmd->vec.n_in; i++)
      cmd->in[i].base %= line;
    for (unsigned i = 0; i < cmd->vec.n_out; i++)
      cmd->out[i].base %= line;
  }
}

/* What decides about results, not about time. */
static void change_rest(struct wc_cmd *cmd, uint32_t value) {
  cmd->hdr.id = value;
  cmd->hdr.wait = value & 15;
  if (cmd->hdr.opcode == WC_OP_VEC) {
    cmd->vec.k0 = cmd->vec.k3 = 1;
    for (unsigned i = 0; i < cmd->vec.n_in; i++)
      cmd->in[i].s3 += cmd->vec.d3 == 1 ? (int32_t)value : 0;
    for (unsigned i = 0; i < cmd->vec.n_out; i++)
      cmd->out[i].s2 += cmd->vec.d2 == 1 ? (int32_t)value : 0;
  } else if (cmd->hdr.opcode != WC_OP_GEMM) {
    cmd->dma.ds1 += cmd->dma.n1 == 1 ? (int32_t)value : 0;
    cmd->dma.gs3 += cmd->dma.n3 == 1 ? (int32_t)value : 0;
  }
}

static void time_alone(const struct wc_model_config *config, const struct wc_cmd *cmd,
                       struct wc_timing *timing) {
  if (cmd->hdr.opcode == WC_OP_GEMM)
    wc_timing_gemm(config, &cmd->gemm, timing);
  else if (cmd->hdr.opcode == WC_OP_VEC)
    wc_timing_vec(config, cmd, timing);
  else if (cmd->hdr.opcode == WC_OP_LOAD)
    wc_timing_load(config, &memory, &cmd->dma, timing);
  else
    wc_timing_store(config, &memory, &cmd->dma, timing);
}

static int32_t learn(struct wc_known *known, const struct wc_cmd *cmd) {
  int32_t number;
  assert_true(wc_known_enter(known, cmd, &number));
  assert_true(wc_known_learn(known));
  assert_int_not_equal(number, WC_UNKNOWN);
  assert_int_equal(wc_known_find(known, cmd), number);
  return number;
}

static void banks_share_the_timing_of_the_first(void **state) {
  (void)state;
  struct wc_model_config config;
  wc_model_config_default(&config);
  struct wc_known *known = wc_known_new(&config, &memory);
  assert_non_null(known);
  for (uint64_t i = 0; i < COMMANDS; i++) {
    struct wc_random r;
    struct wc_cmd cmd;
    struct wc_timing alone;
    wc_random_seed(&r, seed() + i);
    any(&r, &config, &cmd);
    const int32_t first = learn(known, &cmd);
    turn(&cmd, &r, config.line_bytes);
    change_rest(&cmd, 2 + wc_random_below(&r, 1000));
    const int32_t turned = wc_known_find(known, &cmd);
    turn_back(&cmd, config.line_bytes);
    time_alone(&config, &cmd, &alone);
    if (turned != first || memcmp(wc_known_timing(known, first), &alone, sizeof alone) != 0)
      fail_msg("SEED=%llu, opcode %u", (unsigned long long)(seed() + i), cmd.hdr.opcode);
  }
  wc_known_delete(known);
}

/* A run anywhere in DRAM, in long and short bursts, few and many under way. */
static void runs_share_where_bursts_do_not_matter(void **state) {
  (void)state;
  struct wc_random r;
  unsigned shared = 0;
  wc_random_seed(&r, seed());
  for (unsigned device = 0; device < 100; device++) {
    struct wc_model_config config;
    wc_model_config_default(&config);
    config.axi_bytes = 4U << wc_random_below(&r, 5);
    config.line_bytes = 16U << wc_random_below(&r, 3);
    config.outstanding = 1U << wc_random_below(&r, 6);
    config.threads = 1;
    const struct wc_memory_timing there = {.latency = 1 + wc_random_below(&r, 80)};
    struct wc_known *known = wc_known_new(&config, &there);
    assert_non_null(known);
    const uint32_t n0 = 2 + 2 * wc_random_below(&r, 1U << (4 + wc_random_below(&r, 9)));
    for (unsigned i = 0; i < 60; i++) {
      struct wc_cmd cmd = {.hdr.opcode = i & 1 ? WC_OP_LOAD : WC_OP_STORE};
      cmd.dma = (struct wc_dma){.dram_lo = 2 * wc_random_below(&r, 4096),
                                .gb = 2 * wc_random_below(&r, 2),
                                .n0 = n0,
                                .n1 = 1,
                                .n2 = 1,
                                .n3 = 1};
      struct wc_timing alone;
      if (i & 1)
        wc_timing_load(&config, &there, &cmd.dma, &alone);
      else
        wc_timing_store(&config, &there, &cmd.dma, &alone);
      shared += wc_known_find(known, &cmd) != WC_UNKNOWN;
      const int32_t number = learn(known, &cmd);
      assert_memory_equal(wc_known_timing(known, number), &alone, sizeof alone);
    }
    wc_known_delete(known);
  }
  assert_true(shared > 600);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(banks_share_the_timing_of_the_first),
      cmocka_unit_test(runs_share_where_bursts_do_not_matter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
