/* Kernels at their edges: values that are not finite, ties, extremes, windows that do not divide,
 * updates, and runs that a kernel must refuse. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "node_run.h"
#include "wc_cmocka.h"

/* A graph of one node, with the values of its operands. */
struct mini {
  struct wc_graph g;
  struct wc_tensor t[8];
  struct wc_node node;
  struct ref_tensor v[8];
  struct node_bench bench;
  uint64_t rng;
};

static void mini_new(struct mini *m, enum wc_op op, uint32_t n, uint64_t seed) {
  memset(m, 0, sizeof *m);
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.gbuf_bytes = NODE_GBUF;
  config.mem_bytes = NODE_MEM;
  config.threads = 1;
  strcpy(m->node.name, "node");
  m->node.op = op;
  m->rng = seed;
  m->g = (struct wc_graph){.name = "mini", .tensors = m->t, .nodes = &m->node, .n_nodes = 1};
  m->bench = (struct node_bench){
      .g = &m->g, .values = m->v, .n = n, .rng = &m->rng, .model = wc_model_new(&config)};
  assert_non_null(m->bench.model);
}

/* Adds an operand; inputs first, then outputs. Returns its values. */
static struct ref_tensor *operand(struct mini *m, char side, enum wc_role role, enum wc_type type,
                                  uint32_t h, uint32_t w, uint32_t c) {
  const bool per_sample = role != WC_ROLE_WEIGHT && role != WC_ROLE_PARAM &&
                          role != WC_ROLE_DPARAM && role != WC_ROLE_HYPER;
  const uint32_t i = m->g.n_tensors++;
  m->t[i] = (struct wc_tensor){.role = role,
                               .type = type,
                               .h = h,
                               .w = w,
                               .c = c,
                               .per_sample = per_sample,
                               .producer = side == 'o' ? 0 : WC_NONE};
  if (side == 'i') {
    m->node.in[m->node.n_in++] = i;
  } else {
    m->node.out[m->node.n_out++] = i;
  }
  m->v[i] = ref_new(per_sample ? m->bench.n : 1, h, w, c);
  return &m->v[i];
}

static void mini_free(struct mini *m) {
  for (uint32_t i = 0; i < m->g.n_tensors; i++) {
    ref_free(&m->v[i]);
  }
  wc_model_delete(m->bench.model);
}

static struct node_result run_whole(struct mini *m) {
  const struct node_cut whole = {0};
  return node_run(&m->bench, 0, &whole);
}

/* An output of a result as numbers. */
static struct ref_tensor numbers(const struct mini *m, const struct node_result *r, unsigned out) {
  const struct wc_tensor *t = &m->t[m->node.out[out]];
  struct ref_tensor have = ref_new(t->per_sample ? m->bench.n : 1, t->h, t->w, t->c);
  ref_load(&have, t->type, r->out[0][out], (size_t)wc_tensor_bytes(t));
  return have;
}

static bool all_zero(const float *finite) {
  for (unsigned i = 0; i < WC_FINITE_BYTES / 4; i++) {
    if (!(finite[i] == 0)) {
      return false;
    }
  }
  return true;
}

/* ---- pooling ---- */

static void pool_new(struct mini *m, uint32_t h, uint32_t w, uint32_t c, uint32_t k, uint32_t n) {
  mini_new(m, WC_N_MAXPOOL, n, 1);
  m->node.r = m->node.s = m->node.stride = k;
  operand(m, 'i', WC_ROLE_FEATURE, WC_T_FP16, h, w, c);
  operand(m, 'o', WC_ROLE_FEATURE, WC_T_FP16, h / k, w / k, c);
  operand(m, 'o', WC_ROLE_MASK, WC_T_U8, h / k, w / k, c);
}

/* The first of equal maxima wins; rows and columns that no window covers do not count. */
static void pooling_takes_the_first_maximum(void **state) {
  (void)state;
  uint64_t rng = ref_seed("pool");
  for (uint32_t k = 1; k <= 5; k++) {
    struct mini m;
    pool_new(&m, 2 * k + 1 % k, 3 * k + k - 1, 5, k, 3);
    for (size_t i = 0; i < ref_elems(&m.v[0]); i++) {
      m.v[0].v[i] = (double)(ref_random(&rng) % 3) - 1; /* many ties */
    }
    struct node_result r = run_whole(&m);
    struct ref_tensor y = numbers(&m, &r, 0), index = numbers(&m, &r, 1);
    for (uint32_t e = 0; e < ref_elems(&y); e++) {
      const uint32_t c = e % 5, x = e / 5 % y.w, row = e / 5 / y.w % y.h, n = e / 5 / y.w / y.h;
      uint32_t best = 0;
      double most = -2;
      for (uint32_t tap = 0; tap < k * k; tap++) {
        const double v = *ref_at(&m.v[0], n, row * k + tap / k, x * k + tap % k, c);
        best = v > most ? tap : best;
        most = v > most ? v : most;
      }
      assert_true(y.v[e] == most);
      assert_true(index.v[e] == best);
    }
    ref_free(&y);
    ref_free(&index);
    node_result_free(&r);
    mini_free(&m);
  }
}

/* The gradient of what no window covers is +0, in whole samples as in slabs. */
static void unpooling_clears_what_no_window_covers(void **state) {
  (void)state;
  uint64_t rng = ref_seed("unpool");
  for (uint32_t k = 2; k <= 4; k++) {
    struct mini m;
    mini_new(&m, WC_N_MAXPOOL_BWD, 2, 1);
    m.node.r = m.node.s = m.node.stride = k;
    operand(&m, 'i', WC_ROLE_GRADIENT, WC_T_FP16, 3, 2, 8);
    operand(&m, 'i', WC_ROLE_MASK, WC_T_U8, 3, 2, 8);
    operand(&m, 'o', WC_ROLE_GRADIENT, WC_T_FP16, 3 * k + k - 1, 2 * k + 1, 8);
    for (size_t i = 0; i < ref_elems(&m.v[0]); i++) {
      m.v[0].v[i] = (double)(1 + ref_random(&rng) % 9);
      m.v[1].v[i] = (double)(ref_random(&rng) % (k * k));
    }
    for (uint32_t rows = 0; rows < 3; rows++) {
      const struct node_cut cut = {.samples = rows > 0, .rows = rows * k};
      struct node_result r = node_run(&m.bench, 0, &cut);
      struct ref_tensor dx = numbers(&m, &r, 0);
      for (uint32_t e = 0; e < ref_elems(&dx); e++) {
        const uint32_t c = e % 8, x = e / 8 % dx.w, y = e / 8 / dx.w % dx.h,
                       n = e / 8 / dx.w / dx.h;
        const bool covered = x < 2 * k && y < 3 * k;
        const uint32_t tap = y % k * k + x % k;
        const double want = covered && *ref_at(&m.v[1], n, y / k, x / k, c) == tap
                                ? *ref_at(&m.v[0], n, y / k, x / k, c)
                                : 0;
        assert_true(dx.v[e] == want && !signbit(dx.v[e]));
      }
      ref_free(&dx);
      node_result_free(&r);
    }
    mini_free(&m);
  }
}

/* ---- values that are not finite ---- */

static void wgrad_new(struct mini *m) {
  mini_new(m, WC_N_CONV_WGRAD, 2, 1);
  m->node.r = m->node.s = 3;
  m->node.stride = m->node.pad = 1;
  operand(m, 'i', WC_ROLE_FEATURE, WC_T_FP16, 4, 4, 8);
  operand(m, 'i', WC_ROLE_GRADIENT, WC_T_FP16, 4, 4, 8);
  operand(m, 'o', WC_ROLE_DPARAM, WC_T_FP32, 9, 8, 8);
}

static void a_gradient_that_is_not_finite_shows_in_the_sums(void **state) {
  (void)state;
  const double bad[] = {INFINITY, -INFINITY, NAN};
  uint64_t rng = ref_seed("finite");
  for (int i = 0; i < 4; i++) {
    struct mini m;
    wgrad_new(&m);
    ref_fill_normal(&m.v[0], 1, &rng);
    ref_fill_normal(&m.v[1], 1, &rng);
    ref_round(&m.v[0], WC_T_FP16);
    ref_round(&m.v[1], WC_T_FP16);
    if (i < 3) {
      m.v[1].v[ref_random(&rng) % ref_elems(&m.v[1])] = bad[i];
    }
    const struct node_cut cut = {.samples = 1, .columns = 3};
    struct node_result r = node_run(&m.bench, 0, &cut);
    assert_true(all_zero(r.finite) == (i == 3));
    node_result_free(&r);
    mini_free(&m);
  }
}

/* Sprinkles values that are not finite, zeros of both signs and subnormals over @t. */
static void fill_special(struct ref_tensor *t, uint64_t *rng) {
  static const double special[] = {INFINITY, -INFINITY, NAN, 0.0, -0.0, 0x1p-24, -65504};
  ref_fill_normal(t, 1, rng);
  ref_round(t, WC_T_FP16);
  for (size_t i = 0; i < ref_elems(t); i++) {
    if (ref_random(rng) % 8 == 0) {
      t->v[i] = special[ref_random(rng) % (sizeof special / sizeof *special)];
    }
  }
}

/* A tap outside the image is +0 times the weight, in a strip as in the image itself: an infinite
 * weight there gives NaN. Convolution and weight gradient of 7 x 6 images, 5 x 3, stride 2. */
static void special_new(struct mini *m, enum wc_op op, uint64_t *rng) {
  const bool forward = op == WC_N_CONV;
  mini_new(m, op, 2, ref_random(rng));
  m->node.r = 5;
  m->node.s = 3;
  m->node.stride = m->node.pad = 2;
  m->node.pad_x = 1;
  operand(m, 'i', WC_ROLE_FEATURE, WC_T_FP16, 7, 6, 3);
  if (forward) {
    operand(m, 'i', WC_ROLE_WEIGHT, WC_T_FP16, 15, 3, 8);
    operand(m, 'o', WC_ROLE_FEATURE, WC_T_FP16, 4, 3, 8);
  } else {
    operand(m, 'i', WC_ROLE_GRADIENT, WC_T_FP16, 4, 3, 8);
    operand(m, 'o', WC_ROLE_DPARAM, WC_T_FP32, 15, 3, 8);
  }
  fill_special(&m->v[0], rng);
  fill_special(&m->v[1], rng);
}

static void strips_keep_what_is_not_finite(void **state) {
  (void)state;
  uint64_t rng = ref_seed("strips");
  for (int i = 0; i < 40; i++) {
    struct mini m;
    special_new(&m, i % 2 == 0 ? WC_N_CONV : WC_N_CONV_WGRAD, &rng);
    const uint32_t rows = 1 + (uint32_t)(ref_random(&rng) % 4);
    const struct node_cut image = {0};
    const struct node_cut strips = {.strips = {rows, 11 * 18 + 2, 2 * 3 * (11 * 18 + 2)}};
    struct node_result want = node_run(&m.bench, 0, &image);
    struct node_result got = node_run(&m.bench, 0, &strips);
    assert_true(got.commands > want.commands);
    assert_memory_equal(want.out[0][0], got.out[0][0], want.bytes[0][0]);
    assert_memory_equal(want.finite, got.finite, sizeof want.finite);
    node_result_free(&want);
    node_result_free(&got);
    mini_free(&m);
  }
}

/* A NaN stays a NaN through the clamp, and its mask is 0. */
static void relu_keeps_nan(void **state) {
  (void)state;
  struct mini m;
  mini_new(&m, WC_N_RELU, 1, 1);
  struct ref_tensor *x = operand(&m, 'i', WC_ROLE_FEATURE, WC_T_FP16, 1, 1, 8);
  operand(&m, 'o', WC_ROLE_FEATURE, WC_T_FP16, 1, 1, 8);
  operand(&m, 'o', WC_ROLE_MASK, WC_T_BIT, 1, 1, 8);
  const double values[8] = {NAN, -1, -0.0, 0, 0x1p-24, INFINITY, -INFINITY, 3};
  memcpy(x->v, values, sizeof values);
  struct node_result r = run_whole(&m);
  const uint16_t want[8] = {0x7E00, 0, 0, 0, 0x0001, 0x7C00, 0, 0x4200};
  assert_memory_equal(r.out[0][0], want, sizeof want);
  assert_int_equal(r.out[0][1][0], 0xB0);
  node_result_free(&r);
  mini_free(&m);
}

/* The variance of equal values is a difference of equal squares: rounding must not make it
 * negative, nor the deviation a NaN. */
static void equal_values_have_no_negative_variance(void **state) {
  (void)state;
  uint64_t rng = ref_seed("variance");
  for (int round = 0; round < 50; round++) {
    struct mini m;
    mini_new(&m, WC_N_GN, 4, 1);
    m.node.groups = 2;
    m.node.k0 = 1e-5F;
    struct ref_tensor *x = operand(&m, 'i', WC_ROLE_FEATURE, WC_T_FP16, 3, 5, 8);
    operand(&m, 'i', WC_ROLE_PARAM, WC_T_FP32, 1, 1, 8)->v[0] = 1;
    operand(&m, 'i', WC_ROLE_PARAM, WC_T_FP32, 1, 1, 8);
    operand(&m, 'o', WC_ROLE_FEATURE, WC_T_FP16, 3, 5, 8);
    operand(&m, 'o', WC_ROLE_STATS, WC_T_FP32, 1, 2, 2);
    const size_t sample = ref_elems(x) / 4;
    for (size_t n = 0; n < 4; n++) {
      const double level = ref_round16(ref_uniform(&rng, -2000, 2000));
      for (size_t i = 0; i < sample; i++) {
        x->v[n * sample + i] = level;
      }
    }
    struct node_result r = run_whole(&m);
    struct ref_tensor stats = numbers(&m, &r, 1);
    for (uint32_t i = 0; i < ref_elems(&stats); i++) {
      const bool is_rstd = i / 2 % 2 == 1;
      assert_true(is_rstd ? stats.v[i] > 0 && stats.v[i] <= 316.25 : fabs(stats.v[i]) <= 2001);
    }
    ref_free(&stats);
    node_result_free(&r);
    mini_free(&m);
  }
}

/* ---- softmax cross-entropy ---- */

static void xent_new(struct mini *m, uint32_t classes, uint32_t n, double scale) {
  mini_new(m, WC_N_XENT, n, 1);
  operand(m, 'i', WC_ROLE_FEATURE, WC_T_FP16, 1, 1, classes);
  operand(m, 'i', WC_ROLE_LABEL, WC_T_U8, 1, 1, 1);
  operand(m, 'i', WC_ROLE_HYPER, WC_T_FP32, 1, 1, WC_HYPERS)->v[WC_HYPER_LOSS_SCALE] = scale;
  operand(m, 'o', WC_ROLE_LOSS, WC_T_FP32, 1, 1, 1);
  operand(m, 'o', WC_ROLE_GRADIENT, WC_T_FP16, 1, 1, classes);
}

/* Logits from equal to as far apart as FP16 allows; up to 256 classes. */
static void cross_entropy_is_accurate_over_the_whole_range(void **state) {
  (void)state;
  uint64_t rng = ref_seed("xent");
  const double spread[] = {0, 1e-3, 1, 10, 80, 300, 65504};
  for (unsigned i = 0; i < sizeof spread / sizeof *spread; i++) {
    const uint32_t classes = i == 3 ? 256 : 2 + (uint32_t)(ref_random(&rng) % 20);
    struct mini m;
    xent_new(&m, classes, 7, 1024);
    for (size_t e = 0; e < ref_elems(&m.v[0]); e++) {
      m.v[0].v[e] = ref_uniform(&rng, -spread[i], spread[i]);
    }
    ref_round(&m.v[0], WC_T_FP16);
    for (uint32_t n = 0; n < 7; n++) {
      m.v[1].v[n] = (double)(ref_random(&rng) % classes);
    }
    ref_xent(&m.v[0], &m.v[1], 1024, &m.v[3], &m.v[4]);
    struct node_result r = run_whole(&m);
    struct ref_tensor loss = numbers(&m, &r, 0), grad = numbers(&m, &r, 1);
    for (uint32_t n = 0; n < 7; n++) {
      assert_true(fabs(loss.v[n] - m.v[3].v[n]) <= 4e-7 * (1 + fabs(m.v[3].v[n])));
    }
    for (size_t e = 0; e < ref_elems(&grad); e++) {
      const double want = m.v[4].v[e];
      assert_true(fabs(grad.v[e] - want) <= 0x1p-10 * fabs(want) + 1024 * 2e-6 * 0x1p-4);
    }
    ref_free(&loss);
    ref_free(&grad);
    node_result_free(&r);
    mini_free(&m);
  }
}

/* An overflow upstream must not give a loss that looks like one. */
static void logits_that_are_not_finite_give_no_finite_loss(void **state) {
  (void)state;
  const double bad[] = {INFINITY, -INFINITY, NAN};
  for (unsigned i = 0; i < 3; i++) {
    for (uint32_t label = 0; label < 3; label++) {
      struct mini m;
      xent_new(&m, 3, 1, 1);
      m.v[0].v[1] = bad[i];
      m.v[1].v[0] = label;
      struct node_result r = run_whole(&m);
      struct ref_tensor loss = numbers(&m, &r, 0), grad = numbers(&m, &r, 1);
      assert_true(isnan(loss.v[0]) || isinf(loss.v[0]));
      assert_true(isnan(grad.v[1]));
      ref_free(&loss);
      ref_free(&grad);
      node_result_free(&r);
      mini_free(&m);
    }
  }
}

/* ---- rows ---- */

/* The rows a run asks for are the first and the last that a tap of it reaches, for every slab. */
static void convolution_rows_are_exact(void **state) {
  (void)state;
  uint64_t rng = ref_seed("rows");
  for (int round = 0; round < 400; round++) {
    const uint32_t k = 1 + (uint32_t)(ref_random(&rng) % 5),
                   t = 1 + (uint32_t)(ref_random(&rng) % 3);
    const uint32_t pad = (uint32_t)(ref_random(&rng) % k), h = k + (uint32_t)(ref_random(&rng) % 9);
    const uint32_t ho = (h + 2 * pad - k) / t + 1;
    struct wc_tensor tensors[3] = {
        {.type = WC_T_FP16, .h = h, .w = h, .c = 8, .per_sample = true},
        {.type = WC_T_FP16, .h = k * k, .w = 8, .c = 8},
        {.type = WC_T_FP16, .h = ho, .w = ho, .c = 8, .per_sample = true}};
    const struct wc_graph g = {.tensors = tensors, .n_tensors = 3};
    const struct wc_node forward = {.op = WC_N_CONV,
                                    .in = {0, 1},
                                    .out = {2},
                                    .n_in = 2,
                                    .n_out = 1,
                                    .r = k,
                                    .s = k,
                                    .stride = t,
                                    .pad = pad};
    const struct wc_node dgrad = {.op = WC_N_CONV_DGRAD,
                                  .in = {2, 1},
                                  .out = {0},
                                  .n_in = 2,
                                  .n_out = 1,
                                  .r = k,
                                  .s = k,
                                  .stride = t,
                                  .pad = pad};
    for (int backward = 0; backward < 2; backward++) {
      const uint32_t rows = backward ? h : ho;
      const uint32_t y0 = (uint32_t)(ref_random(&rng) % rows);
      const uint32_t ny = 1 + (uint32_t)(ref_random(&rng) % (rows - y0));
      uint32_t lo, hi, first = UINT32_MAX, end = 0;
      wc_kernel_rows(&g, backward ? &dgrad : &forward, WC_PASS_ALL, y0, ny, 'i', 0, &lo, &hi);
      for (uint32_t yo = 0; yo < ho; yo++) {
        for (uint32_t r = 0; r < k; r++) {
          const int64_t y = (int64_t)yo * t + r - pad;
          if (y < 0 || y >= h) {
            continue;
          }
          const uint32_t lead = backward ? (uint32_t)y : yo, other = backward ? yo : (uint32_t)y;
          if (lead >= y0 && lead < y0 + ny) {
            first = other < first ? other : first;
            end = other + 1 > end ? other + 1 : end;
          }
        }
      }
      assert_true(end == 0 ? lo == hi : lo == first && hi == end);
    }
  }
}

/* ---- commands that belong to no node ---- */

static void run_stream(struct wc_model *model, struct wc_emit *emit) {
  uint32_t *words;
  size_t bytes;
  struct wc_model_error error;
  assert_true(wc_emit_finish(emit, &words, &bytes));
  memcpy(wc_model_memory(model), words, bytes);
  assert_true(wc_model_run(model, 0, bytes, NODE_MEM, &error));
  free(words);
}

/* Bit for bit what docs/kernels.md says, and near what FP64 says. */
static void sgd_follows_its_definition(void **state) {
  (void)state;
  enum { N = 1003, G = 0, W = 8192, M = 16384, W16 = 24576, HYPER = 32768 };
  uint64_t rng = ref_seed("sgd");
  struct mini m;
  mini_new(&m, WC_N_RELU, 1, 1);
  uint8_t *gbuf = wc_model_gbuf(m.bench.model);
  const float hyper[WC_HYPERS] = {[WC_HYPER_GRAD_SCALE] = 1.0F / 1024,
                                  [WC_HYPER_NEG_LR] = -0.1F,
                                  [WC_HYPER_MOMENTUM] = 0.9F,
                                  [WC_HYPER_DECAY] = 5e-4F};
  float g[N], w[N], mom[N], want_w[N], want_m[N];
  struct ref_tensor rg = ref_new(1, 1, 1, N), rw = ref_new(1, 1, 1, N), rm = ref_new(1, 1, 1, N);
  for (int i = 0; i < N; i++) {
    g[i] = (float)(1024 * ref_normal(&rng));
    w[i] = (float)ref_normal(&rng);
    mom[i] = (float)ref_normal(&rng);
    rg.v[i] = (double)g[i];
    rw.v[i] = (double)w[i];
    rm.v[i] = (double)mom[i];
    want_m[i] = fmaf(mom[i], 0.9F, fmaf(w[i], 5e-4F, g[i] * (1.0F / 1024)));
    want_w[i] = fmaf(want_m[i], -0.1F, w[i]);
  }
  ref_sgd(&rg, 1.0 / 1024, (double)0.1F, (double)0.9F, (double)5e-4F, &rw, &rm);
  memcpy(gbuf + G, g, sizeof g);
  memcpy(gbuf + W, w, sizeof w);
  memcpy(gbuf + M, mom, sizeof mom);
  memcpy(gbuf + HYPER, hyper, sizeof hyper);
  struct wc_emit *emit = wc_emit_new(NODE_GBUF, NODE_MEM);
  assert_non_null(emit);
  assert_true(wc_kernel_sgd(emit, G, W, M, W16, HYPER, N));
  assert_int_equal(wc_emit_count(emit), 2);
  run_stream(m.bench.model, emit);
  assert_memory_equal(gbuf + M, want_m, sizeof want_m);
  assert_memory_equal(gbuf + W, want_w, sizeof want_w);
  for (int i = 0; i < N; i++) {
    assert_true(fabs((double)want_w[i] - rw.v[i]) < 1e-6 * (1 + fabs(rw.v[i])));
    uint16_t half;
    memcpy(&half, gbuf + W16 + 2 * i, sizeof half);
    assert_int_equal(half, ref_to_fp16((double)want_w[i]));
  }
  wc_emit_delete(emit);
  ref_free(&rg);
  ref_free(&rw);
  ref_free(&rm);
  mini_free(&m);
}

static void zero_clears_its_range_and_no_more(void **state) {
  (void)state;
  struct mini m;
  mini_new(&m, WC_N_RELU, 1, 1);
  uint8_t *gbuf = wc_model_gbuf(m.bench.model);
  memset(gbuf, 0xAA, NODE_GBUF);
  struct wc_emit *emit = wc_emit_new(NODE_GBUF, NODE_MEM);
  assert_non_null(emit);
  assert_true(wc_kernel_zero(emit, 100, 52));
  assert_true(wc_kernel_finite_clear(emit, 1024));
  run_stream(m.bench.model, emit);
  for (int i = 0; i < 2048; i++) {
    const bool cleared = (i >= 100 && i < 152) || (i >= 1024 && i < 1024 + WC_FINITE_BYTES);
    assert_int_equal(gbuf[i], cleared ? 0 : 0xAA);
  }
  wc_emit_delete(emit);
  mini_free(&m);
}

/* ---- runs that make no sense ---- */

static void refused(const struct mini *m, const struct wc_run *run, const char *reason) {
  struct wc_emit *emit = wc_emit_new(NODE_GBUF, NODE_MEM);
  assert_non_null(emit);
  assert_false(wc_kernel_emit(emit, &m->g, run));
  assert_non_null(wc_emit_failed(emit));
  assert_non_null(strstr(wc_emit_failed(emit), reason));
  wc_emit_delete(emit);
}

static void impossible_runs_are_refused_with_a_reason(void **state) {
  (void)state;
  struct mini m;
  wgrad_new(&m);
  const struct wc_run good = {.ns = 1,
                              .ny = 4,
                              .pass = WC_PASS_ALL,
                              .nc = 8,
                              .first = true,
                              .last = true,
                              .slab_first = true,
                              .slab_last = true,
                              .in = {{0, 256, 0, 4}, {256, 256, 0, 4}},
                              .out = {{512, 2304, 0, 9}},
                              .finite = 4096};
  struct wc_emit *emit = wc_emit_new(NODE_GBUF, NODE_MEM);
  assert_non_null(emit);
  assert_true(wc_kernel_emit(emit, &m.g, &good));
  wc_emit_delete(emit);
  struct wc_run bad = good;
  bad.in[1].ny = 3;
  refused(&m, &bad, "rows 0..4 of its input 1 are not in the buffer, which holds 0..3");
  bad = good;
  bad.ns = 2;
  bad.slab_last = false;
  refused(&m, &bad, "slabs are for one");
  bad = good;
  bad.nc = 0;
  refused(&m, &bad, "without columns");
  bad = good;
  bad.ns = 0;
  refused(&m, &bad, "without samples");
  bad = good;
  bad.out[0].gb = NODE_GBUF - 4;
  refused(&m, &bad, "outside the buffer");
  bad = good;
  bad.scratch = 8192;
  bad.strips = (struct wc_strips){4, 6 * 48 - 2, 2 * 4 * 6 * 48};
  refused(&m, &bad, "its strips overlap");
  bad.strips = (struct wc_strips){4, 6 * 48, 2 * 4 * 6 * 48 - 2};
  refused(&m, &bad, "its strips overlap");
  bad = good;
  bad.n_fused = 1;
  refused(&m, &bad, "cannot be fused");
  mini_free(&m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pooling_takes_the_first_maximum),
      cmocka_unit_test(unpooling_clears_what_no_window_covers),
      cmocka_unit_test(a_gradient_that_is_not_finite_shows_in_the_sums),
      cmocka_unit_test(strips_keep_what_is_not_finite),
      cmocka_unit_test(relu_keeps_nan),
      cmocka_unit_test(equal_values_have_no_negative_variance),
      cmocka_unit_test(cross_entropy_is_accurate_over_the_whole_range),
      cmocka_unit_test(logits_that_are_not_finite_give_no_finite_loss),
      cmocka_unit_test(convolution_rows_are_exact),
      cmocka_unit_test(sgd_follows_its_definition),
      cmocka_unit_test(zero_clears_its_range_and_no_more),
      cmocka_unit_test(impossible_runs_are_refused_with_a_reason),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
