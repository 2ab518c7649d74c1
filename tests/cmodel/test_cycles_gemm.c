/* Cycles of GEMM commands: what can be said about them without the RTL. That they equal its
 * cycles is what tests/driver/cycles_cosim.c shows. */
#include <stdlib.h>
#include <string.h>

#include "cycles_gemm.h"
#include "random_cmd.h"
#include "wc_cmocka.h"

enum { COMMANDS = 200, LEAPS = 3000 };

/* Arrays as in docs/rtl.md, and two that are not square. */
static const struct {
  unsigned rows, cols, acc_rows, line_bytes;
} arrays[] = {{4, 4, 64, 32}, {8, 8, 64, 32}, {16, 16, 256, 64}, {6, 10, 64, 32}, {16, 8, 128, 32}};
enum { ARRAYS = sizeof arrays / sizeof *arrays };

static struct wc_model_config config_of(unsigned i) {
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.rows = arrays[i].rows;
  config.cols = arrays[i].cols;
  config.acc_rows = arrays[i].acc_rows;
  config.line_bytes = arrays[i].line_bytes;
  return config;
}

/* So many banks that A, B and C below lie apart: what docs/gemm.md gives for ports that are always
 * ready. */
static struct wc_model_config ports_of_their_own(unsigned i) {
  struct wc_model_config config = config_of(i);
  config.banks = 1 << 14;
  return config;
}

/* A convolution 3x3, stride 1, same size. */
static struct wc_gemm convolution(uint32_t images, uint32_t y, uint32_t c, uint32_t n) {
  const int32_t channels = (int32_t)c, columns = (int32_t)n, side = (int32_t)y;
  return (struct wc_gemm){.n = n,
                          .p2 = images,
                          .p1 = y,
                          .p0 = y,
                          .q0 = c,
                          .q2 = 3,
                          .q1 = 3,
                          .h = y,
                          .w = y,
                          .sy = 1,
                          .sx = 1,
                          .ry = 1,
                          .rx = 1,
                          .oy = -1,
                          .ox = -1,
                          .a_s2 = 2 * channels * side * side,
                          .a_s1 = 2 * channels * side,
                          .a_s0 = 2 * channels,
                          .b_base = 1 << 18,
                          .b_s2 = 6 * columns * channels,
                          .b_s1 = 2 * columns * channels,
                          .b_s0 = 2 * columns,
                          .b_sn = 2,
                          .c_base = 1 << 19,
                          .c_s2 = 2 * columns * side * side,
                          .c_s1 = 2 * columns * side,
                          .c_s0 = 2 * columns};
}

static struct wc_gemm weight_gradient(uint32_t images, uint32_t y, uint32_t c, uint32_t n) {
  struct wc_gemm g = convolution(images, y, c, n);
  g.a_trans = g.c_fp32 = 1;
  g.b_s2 = g.c_s2;
  g.b_s1 = g.c_s1;
  g.c_s2 = 12 * (int32_t)(n * c);
  g.c_s1 = 4 * (int32_t)(n * c);
  g.c_s0 = 4 * (int32_t)n;
  return g;
}

/* docs/gemm.md counts the cycle in which the command is taken, too. */
static void the_figures_of_the_gemm_page(void **state) {
  (void)state;
  const struct {
    struct wc_gemm gemm;
    uint64_t cycles, rows;
  } table[] = {{convolution(1, 16, 64, 64), 37178, 36864},
               {convolution(4, 8, 32, 32), 9530, 9216},
               {weight_gradient(4, 8, 32, 32), 9450, 9216},
               {convolution(4, 28, 1, 16), 3376, 3136},
               {weight_gradient(4, 28, 1, 16), 6925, 1764}};
  const struct wc_model_config config = ports_of_their_own(2);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct wc_timing timing;
    wc_timing_gemm(&config, &table[i].gemm, &timing);
    assert_int_equal(timing.done + 1, table[i].cycles);
    assert_int_equal(timing.state[1] + timing.state[2], table[i].rows);
  }
}

/* As tb_gemm measures them: 16 x 16, half the columns, without folding and with. */
static void the_figures_of_folding(void **state) {
  (void)state;
  const struct {
    struct wc_gemm gemm;
    uint64_t whole, folded;
  } table[] = {{convolution(4, 8, 32, 8), 4924, 2492},
               {weight_gradient(4, 8, 32, 8), 4969, 2777},
               {convolution(1, 56, 8, 8), 15851, 7988},
               {convolution(4, 8, 32, 32), 9530, 9530},
               {weight_gradient(4, 8, 32, 32), 9450, 9386}};
  struct wc_model_config config = ports_of_their_own(2);
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    struct wc_timing timing;
    config.fold = 0;
    wc_timing_gemm(&config, &table[i].gemm, &timing);
    assert_int_equal(timing.done + 1, table[i].whole);
    config.fold = 1;
    wc_timing_gemm(&config, &table[i].gemm, &timing);
    assert_int_equal(timing.done + 1, table[i].folded);
  }
}

/* Every wave waits until the one before has left, 2R - 2 cycles, and until its weights are in, R;
 * the first only for these. */
static void waves_with_one_weight_a_pe(void **state) {
  (void)state;
  for (unsigned i = 0; i < ARRAYS; i++) {
    const unsigned rows = arrays[i].rows, group = 4;
    struct wc_model_config config = ports_of_their_own(i);
    const struct wc_gemm gemm = convolution(1, 16, 4 * rows, group * arrays[i].cols);
    struct wc_timing two, one;
    wc_timing_gemm(&config, &gemm, &two);
    config.double_weights = 0;
    wc_timing_gemm(&config, &gemm, &one);
    assert_int_equal(one.begin, two.begin + rows);
    assert_int_equal(one.state[1], two.state[1]);
    if (arrays[i].acc_rows != 256)
      continue; /* several blocks: drains are waited for, too */
    const uint64_t waves = one.state[1] / (config.acc_rows / group);
    assert_int_equal(one.done, two.done + rows + (waves - 1) * (3 * rows - 3));
  }
}

/* The latencies of docs/gemm.md, added up. */
static void a_single_row(void **state) {
  (void)state;
  for (unsigned i = 0; i < ARRAYS; i++) {
    const unsigned rows = arrays[i].rows, cols = arrays[i].cols;
    const struct wc_model_config config = ports_of_their_own(i);
    const struct wc_gemm row = {.n = cols,
                                .p2 = 1,
                                .p1 = 1,
                                .p0 = 1,
                                .q2 = 1,
                                .q1 = 1,
                                .q0 = rows,
                                .h = 1,
                                .w = 1,
                                .b_base = 1 << 18,
                                .b_s0 = (int32_t)config.line_bytes,
                                .b_sn = 2,
                                .c_base = 1 << 19};
    struct wc_timing timing;
    wc_timing_gemm(&config, &row, &timing);
    const uint64_t enters = 13 + rows + 8, written = enters + 2 * rows + cols + 1;
    assert_int_equal(timing.begin + 1, enters);
    assert_int_equal(timing.done, written + 4 + 1);
  }
}

static void random_gemm(uint64_t seed, const struct wc_model_config *config, struct wc_cmd *cmd) {
  const struct wc_random_limits limits = {config->gbuf_bytes, 65536, 20000};
  struct wc_random random;
  wc_random_seed(&random, seed);
  memset(cmd, 0, sizeof *cmd);
  wc_random_gemm(&random, &limits, cmd);
}

static uint64_t tiles(uint64_t size, unsigned tile) {
  return (size + tile - 1) / tile;
}

static void rows_enter_once_for_each_tile_of_weights(void **state) {
  (void)state;
  for (unsigned seed = 0; seed < COMMANDS; seed++) {
    struct wc_model_config config = config_of(seed % ARRAYS);
    struct wc_cmd cmd;
    random_gemm(seed, &config, &cmd);
    const struct wc_gemm *g = &cmd.gemm;
    const uint64_t positions = (uint64_t)g->p2 * g->p1 * g->p0,
                   taps = (uint64_t)g->q2 * g->q1 * g->q0;
    const uint64_t rows = g->a_trans ? taps : positions;
    struct wc_timing t;
    config.fold = seed / ARRAYS % 2; /* all columns of `arrays` are even */
    wc_timing_gemm(&config, g, &t);
    assert_int_equal(t.state[1] + t.state[2],
                     (config.fold && g->n <= config.cols / 2 ? tiles(rows, 2) : rows) *
                         tiles(g->a_trans ? positions : taps, config.rows) *
                         tiles(g->n, config.cols));
    assert_true(t.begin < t.end && t.end <= t.done && t.fed <= t.end);
  }
}

static void equal_shapes_take_equal_times(void **state) {
  (void)state;
  for (unsigned seed = 0; seed < COMMANDS; seed++) {
    const struct wc_model_config config = config_of(seed % ARRAYS);
    struct wc_cmd cmd;
    random_gemm(seed, &config, &cmd);
    struct wc_gemm shape;
    wc_timing_gemm_shape(&config, &cmd.gemm, &shape);
    struct wc_timing timing, again;
    wc_timing_gemm(&config, &cmd.gemm, &timing);
    wc_timing_gemm(&config, &shape, &again);
    assert_memory_equal(&timing, &again, sizeof timing);
  }
}

static uint64_t first_seed(void) {
  const char *given = getenv("SEED");
  return given != NULL ? strtoull(given, NULL, 10) : 1;
}

static void expect_no_difference(uint64_t seed, const struct wc_model_config *config,
                                 const struct wc_gemm *gemm) {
  struct wc_timing leap, step;
  wc_cyc_gemm(config, gemm, true, &step);
  wc_cyc_gemm(config, gemm, false, &leap);
  if (memcmp(&leap, &step, sizeof leap) != 0)
    fail_msg("SEED=%llu: %llu cycles against %llu", (unsigned long long)seed,
             (unsigned long long)leap.done, (unsigned long long)step.done);
}

/* A device of any size, banks and lines. */
static struct wc_model_config any_config(struct wc_random *r) {
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.rows = 2 + wc_random_below(r, 31);
  config.cols = 2 + wc_random_below(r, 31);
  config.acc_rows = 16U << wc_random_below(r, 5);
  config.banks = 2U << wc_random_below(r, 5);
  config.line_bytes = 64U << wc_random_below(r, 3);
  config.fold = config.cols % 2 == 0 && wc_random_below(r, 2) != 0;
  return config;
}

static void leaping_changes_nothing(void **state) {
  (void)state;
  for (unsigned i = 0; i < LEAPS; i++) {
    const uint64_t seed = first_seed() + i;
    struct wc_random random;
    wc_random_seed(&random, seed);
    struct wc_model_config config = i % 2 == 0 ? config_of(i / 2 % ARRAYS) : any_config(&random);
    if (i % 4 == 2)
      config.fold = 1;
    struct wc_cmd cmd;
    random_gemm(seed, &config, &cmd);
    expect_no_difference(seed, &config, &cmd.gemm);
  }
}

/* The data gradient of a convolution, which reads the weights across. */
static struct wc_gemm data_gradient(uint32_t images, uint32_t y, uint32_t c, uint32_t n) {
  struct wc_gemm g = convolution(images, y, c, n);
  g.b_trans = 1;
  g.b_sn = g.b_s0;
  g.b_s0 = 2;
  return g;
}

/* Adds to what is there already. */
static struct wc_gemm with_partials(struct wc_gemm g) {
  g.preload = g.c_fp32 = 1;
  g.p_base = g.c_base + 64;
  g.p_s2 = g.c_s2 = 2 * g.c_s2;
  g.p_s1 = g.c_s1 = 2 * g.c_s1;
  g.p_s0 = g.c_s0 = 2 * g.c_s0;
  return g;
}

/* A kernel of 1 x 1. */
static struct wc_gemm pointwise(struct wc_gemm g) {
  g.q1 = g.q2 = 1;
  g.ox = g.oy = 0;
  return g;
}

/* The paper's core, with as many banks as `cmodel:paper` has. */
static struct wc_model_config paper(void) {
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.rows = config.cols = 128;
  config.acc_rows = 1024;
  config.banks = 32;
  config.line_bytes = 512;
  config.gbuf_bytes = 10 << 20;
  return config;
}

/* Per cent of a row in every cycle from the first on until the next command's first could go. */
static unsigned busy(const struct wc_model_config *config, const struct wc_gemm *gemm) {
  struct wc_timing t;
  wc_timing_gemm(config, gemm, &t);
  return (unsigned)(100 * (t.state[1] + t.state[2]) / (t.end - t.begin));
}

/* 1x1 convolutions, which drain as fast as they are computed or are cut into unequal blocks. */
static void shallow_convolutions_do_not_wait_for_the_drain(void **state) {
  (void)state;
  static const struct {
    uint32_t y, c, n;
  } small[] = {{28, 16, 64}, {28, 16, 16}, {14, 32, 128}, {28, 64, 16}, {14, 128, 64}},
    large[] = {{28, 128, 512}, {56, 128, 256}, {56, 256, 128}, {14, 256, 1024}, {56, 64, 256}};
  const struct wc_model_config array = config_of(2), core = paper();
  for (unsigned i = 0; i < 5; i++) {
    const struct wc_gemm one = pointwise(convolution(1, small[i].y, small[i].c, small[i].n));
    assert_in_range(busy(&array, &one), 95, 100);
    struct wc_gemm other = pointwise(convolution(1, large[i].y, large[i].c, large[i].n));
    other.b_base = 4 << 20;
    other.c_base = 6 << 20;
    assert_in_range(busy(&core, &other), 95, 100);
  }
}

/* A line in and a line out for each row: one port for both would leave half of the cycles at most.
 */
static void partials_come_while_others_drain(void **state) {
  (void)state;
  const struct wc_model_config core = paper();
  struct wc_gemm g = with_partials(pointwise(weight_gradient(1, 7, 1024, 1024)));
  g.b_base = 2 << 20;
  g.c_base = g.p_base = 4 << 20;
  assert_in_range(busy(&core, &g), 80, 100);
}

/* Waves of as many rows as weights take cycles: a buffer of B fills behind the lanes that enter,
 * and tile follows tile without a gap. Smaller arrays wait for the buffer's latency. */
static void waves_of_r_rows_do_not_wait_for_weights(void **state) {
  (void)state;
  for (unsigned i = 0; i < ARRAYS; i++) {
    const unsigned rows = arrays[i].rows;
    const struct wc_gemm g = pointwise(weight_gradient(1, 28, rows, 4 * arrays[i].cols));
    if (rows < 8)
      continue;
    const struct wc_model_config ports = ports_of_their_own(i);
    struct wc_timing t;
    wc_timing_gemm(&ports, &g, &t);
    assert_int_equal(t.state[3], t.begin - 14); /* the first, from when the feeds start */
  }
  const struct wc_model_config array = config_of(2);
  const struct wc_gemm g = pointwise(weight_gradient(4, 28, 16, 64));
  assert_in_range(busy(&array, &g), 97, 100);
}

/* A, B and C walk through the banks at one pace, or A's ports share every line. */
static void streams_that_meet_in_a_bank_part(void **state) {
  (void)state;
  struct wc_model_config core = paper();
  struct wc_gemm narrow = pointwise(convolution(1, 56, 64, 64));
  narrow.b_base = 602112;
  narrow.c_base = 610304;
  assert_in_range(busy(&core, &narrow), 99, 100);
  struct wc_gemm wide = pointwise(convolution(1, 56, 64, 256));
  wide.b_base = 4 << 20;
  wide.c_base = 6 << 20;
  core.fold = 1;
  assert_in_range(busy(&core, &wide), 99, 100);
}

/* Convolutions of ResNet-50, and those of small networks. */
static void leaping_over_convolutions_changes_nothing(void **state) {
  (void)state;
  static const struct {
    uint32_t images, y, c, n;
  } layers[] = {{1, 56, 64, 64}, {1, 28, 128, 128}, {2, 14, 256, 64}, {3, 7, 512, 128},
                {2, 28, 1, 16},  {4, 28, 16, 16},   {5, 14, 16, 32},  {5, 7, 32, 64},
                {1, 28, 96, 24}, {2, 7, 24, 144}};
  for (unsigned array = 0; array < 5; array++) {
    struct wc_model_config config = config_of(2);
    config.fold = array > 2;
    if (array == 1 || array == 2 || array == 4) {
      config.rows = config.cols = 128;
      config.acc_rows = 512;
      config.banks = 16;
      config.line_bytes = array == 1 ? 256 : 512;
    }
    for (unsigned i = 0; i < sizeof layers / sizeof *layers; i++) {
      const uint32_t images = layers[i].images, y = layers[i].y, c = layers[i].c, n = layers[i].n;
      const struct wc_gemm passes[] = {convolution(images, y, c, n),
                                       weight_gradient(images, y, c, n),
                                       data_gradient(images, y, c, n)};
      for (unsigned p = 0; p < 3; p++) {
        expect_no_difference(i, &config, &passes[p]);
        const struct wc_gemm partials = with_partials(passes[p]), point = pointwise(passes[p]);
        expect_no_difference(i, &config, &partials);
        expect_no_difference(i, &config, &point);
        const struct wc_gemm both = with_partials(point);
        expect_no_difference(i, &config, &both);
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_figures_of_the_gemm_page),
      cmocka_unit_test(the_figures_of_folding),
      cmocka_unit_test(waves_with_one_weight_a_pe),
      cmocka_unit_test(a_single_row),
      cmocka_unit_test(shallow_convolutions_do_not_wait_for_the_drain),
      cmocka_unit_test(partials_come_while_others_drain),
      cmocka_unit_test(waves_of_r_rows_do_not_wait_for_weights),
      cmocka_unit_test(streams_that_meet_in_a_bank_part),
      cmocka_unit_test(rows_enter_once_for_each_tile_of_weights),
      cmocka_unit_test(equal_shapes_take_equal_times),
      cmocka_unit_test(leaping_changes_nothing),
      cmocka_unit_test(leaping_over_convolutions_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
