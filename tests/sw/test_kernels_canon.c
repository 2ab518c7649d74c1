/* The sequences of docs/kernels.md, computed here in plain C floats, against the device's bits. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "node_run.h"
#include "reference_graph.h"
#include "wc_cmocka.h"

enum { N = 3, H = 5, W = 7, C = 16, GROUPS = 4, WIDTH = C / GROUPS, CLASSES = 10 };

struct canon {
  struct wc_graph *g;
  struct ref_run ref;
  uint64_t rng;
  struct node_bench bench;
};

static void canon_new(struct canon *c, const char *name) {
  struct wc_report why;
  c->rng = ref_seed(name);
  c->g = wc_graph_new("canon");
  assert_non_null(c->g);
  uint32_t x = wc_graph_image(c->g, H, W, 1, 0.01F, -1);
  x = wc_graph_conv(c->g, "conv", x, C, 3, 1, 1);
  x = wc_graph_gn(c->g, "gn", x, GROUPS);
  x = wc_graph_relu(c->g, "relu", x);
  x = wc_graph_gap(c->g, "gap", x);
  x = wc_graph_fc(c->g, "fc", x, CLASSES);
  wc_graph_xent(c->g, "xent", x);
  assert_true(wc_graph_differentiate(c->g, &why));
  c->ref = ref_run_new(c->g, N);
  c->ref.round = true;
  ref_run_fill(&c->ref, 1000, &c->rng);
  ref_run_graph(&c->ref);
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.gbuf_bytes = NODE_GBUF;
  config.mem_bytes = NODE_MEM;
  config.threads = 1;
  c->bench = (struct node_bench){
      .g = c->g, .values = c->ref.t, .n = N, .rng = &c->rng, .model = wc_model_new(&config)};
  assert_non_null(c->bench.model);
}

static void canon_free(struct canon *c) {
  wc_model_delete(c->bench.model);
  ref_run_free(&c->ref);
  wc_graph_delete(c->g);
}

/* Runs the node of @op; its operands' values through @node. */
static struct node_result run_op(struct canon *c, enum wc_op op, const struct wc_node **node) {
  const struct node_cut whole = {0};
  for (uint32_t i = 0; i < c->g->n_nodes; i++) {
    if (c->g->nodes[i].op == op) {
      *node = &c->g->nodes[i];
      return node_run(&c->bench, i, &whole);
    }
  }
  fail_msg("no node %s", wc_op_name(op));
  return (struct node_result){0};
}

static float value(const struct canon *c, uint32_t tensor, size_t i) {
  return (float)c->ref.t[tensor].v[i];
}

static size_t at(uint32_t n, uint32_t p, uint32_t c) {
  return ((size_t)n * H * W + p) * C + c;
}

static void assert_half(const uint8_t *image, size_t i, float want) {
  uint16_t have;
  memcpy(&have, image + 2 * i, sizeof have);
  assert_int_equal(have, ref_to_fp16((double)want));
}

static void assert_single(const uint8_t *image, size_t i, float want) {
  assert_memory_equal(image + 4 * i, &want, sizeof want);
}

/* Eight chains over positions. */
struct sum8 {
  float chain[8];
};

static void sum8_add(struct sum8 *s, uint32_t p, float v) {
  s->chain[p % 8] += v;
}

static float sum8_total(const struct sum8 *s) {
  const float *c = s->chain;
  return ((c[0] + c[1]) + (c[2] + c[3])) + ((c[4] + c[5]) + (c[6] + c[7]));
}

static void gn_follows_its_sequence(void **state) {
  (void)state;
  const float share = 1.0F / (H * W * WIDTH);
  struct canon c;
  const struct wc_node *node;
  canon_new(&c, "gn");
  struct node_result r = run_op(&c, WC_N_GN, &node);
  for (uint32_t n = 0; n < N; n++) {
    for (uint32_t g = 0; g < GROUPS; g++) {
      float s1 = 0, s2 = 0;
      for (uint32_t ch = g * WIDTH; ch < (g + 1) * WIDTH; ch++) {
        struct sum8 one = {{0}}, two = {{0}};
        for (uint32_t p = 0; p < H * W; p++) {
          const float x = value(&c, node->in[0], at(n, p, ch));
          sum8_add(&one, p, x);
          sum8_add(&two, p, x * x);
        }
        s1 += sum8_total(&one);
        s2 += sum8_total(&two);
      }
      const float mean = s1 * share, square = s2 * share;
      const float var = fmaxf(fmaf(-mean, mean, square), 0);
      const float shifted = var + node->k0, root = sqrtf(shifted), rstd = 1 / root;
      assert_single(r.out[0][1], (size_t)n * 2 * GROUPS + g, mean);
      assert_single(r.out[0][1], (size_t)n * 2 * GROUPS + GROUPS + g, rstd);
      for (uint32_t ch = g * WIDTH; ch < (g + 1) * WIDTH; ch++) {
        const float a = rstd * value(&c, node->in[1], ch);
        const float b = fmaf(-mean, a, value(&c, node->in[2], ch));
        for (uint32_t p = 0; p < H * W; p++) {
          assert_half(r.out[0][0], at(n, p, ch), fmaf(value(&c, node->in[0], at(n, p, ch)), a, b));
        }
      }
    }
  }
  node_result_free(&r);
  canon_free(&c);
}

/* One group of one sample; adds to dgamma and dbeta. */
static void gn_bwd_group(const struct canon *c, const struct wc_node *node, uint32_t n, uint32_t g,
                         float *dgamma, float *dbeta, const uint8_t *dx) {
  const float share = 1.0F / (H * W * WIDTH);
  const float mean = value(c, node->in[2], (size_t)n * 2 * GROUPS + g);
  const float rstd = value(c, node->in[2], (size_t)n * 2 * GROUPS + GROUPS + g);
  const float q = -mean * rstd;
  float sum1 = 0, sum2 = 0;
  for (uint32_t ch = g * WIDTH; ch < (g + 1) * WIDTH; ch++) {
    struct sum8 one = {{0}}, two = {{0}};
    for (uint32_t p = 0; p < H * W; p++) {
      const float dy = value(c, node->in[1], at(n, p, ch));
      const float xhat = fmaf(value(c, node->in[0], at(n, p, ch)), rstd, q);
      sum8_add(&one, p, dy);
      sum8_add(&two, p, dy * xhat);
    }
    const float s1 = sum8_total(&one), s2 = sum8_total(&two);
    const float gamma = value(c, node->in[3], ch), t1 = s1 * gamma, t2 = s2 * gamma;
    dbeta[ch] += s1;
    dgamma[ch] += s2;
    sum1 += t1;
    sum2 += t2;
  }
  const float m1 = sum1 * share, m2 = sum2 * share, g2 = m2 * rstd;
  const float d = -(fmaf(m2, q, m1) * rstd), b = -(g2 * rstd);
  for (uint32_t ch = g * WIDTH; ch < (g + 1) * WIDTH; ch++) {
    const float a = rstd * value(c, node->in[3], ch);
    for (uint32_t p = 0; p < H * W; p++) {
      const float inner = fmaf(value(c, node->in[0], at(n, p, ch)), b, d);
      assert_half(dx, at(n, p, ch), fmaf(value(c, node->in[1], at(n, p, ch)), a, inner));
    }
  }
}

static void gn_bwd_follows_its_sequence(void **state) {
  (void)state;
  struct canon c;
  const struct wc_node *node;
  float dgamma[C] = {0}, dbeta[C] = {0};
  canon_new(&c, "gn_bwd");
  struct node_result r = run_op(&c, WC_N_GN_BWD, &node);
  for (uint32_t n = 0; n < N; n++) {
    for (uint32_t g = 0; g < GROUPS; g++) {
      gn_bwd_group(&c, node, n, g, dgamma, dbeta, r.out[0][0]);
    }
  }
  assert_memory_equal(r.out[0][1], dgamma, sizeof dgamma);
  assert_memory_equal(r.out[0][2], dbeta, sizeof dbeta);
  node_result_free(&r);
  canon_free(&c);
}

static void gap_follows_its_sequence(void **state) {
  (void)state;
  struct canon c;
  const struct wc_node *node;
  canon_new(&c, "gap");
  struct node_result r = run_op(&c, WC_N_GAP, &node);
  struct node_result back = run_op(&c, WC_N_GAP_BWD, &node);
  const uint32_t dy = node->in[0], x = c.g->nodes[node->home].in[0];
  for (uint32_t n = 0; n < N; n++) {
    for (uint32_t ch = 0; ch < C; ch++) {
      struct sum8 s = {{0}};
      for (uint32_t p = 0; p < H * W; p++) {
        sum8_add(&s, p, value(&c, x, at(n, p, ch)));
        assert_half(back.out[0][0], at(n, p, ch),
                    value(&c, dy, (size_t)n * C + ch) * (1.0F / (H * W)));
      }
      assert_half(r.out[0][0], (size_t)n * C + ch, sum8_total(&s) * (1.0F / (H * W)));
    }
  }
  node_result_free(&r);
  node_result_free(&back);
  canon_free(&c);
}

/* e to the power of @d, as docs/kernels.md has it. */
static float exponential(float d) {
  const float log2e = 0x1.715476p+0F, magic = 0x1.8p+23F;
  const float c[] = {1,
                     0x1.62e430p-1F,
                     0x1.ebfbdcp-3F,
                     0x1.c6aee8p-5F,
                     0x1.3b2d4cp-7F,
                     0x1.5f3e5cp-10F,
                     0x1.41fbc2p-13F};
  const float n = fmaf(d, log2e, magic) - magic, f = fmaf(d, log2e, -n);
  float p = c[6];
  for (int i = 5; i >= 0; i--) {
    p = fmaf(p, f, c[i]);
  }
  return p * (n < -126 ? 0 : ldexpf(1, (int)n));
}

static float logarithm_of_fraction(float m) {
  const float a[] = {2, 0.66666676F, 0.39998952F, 0.28613418F, 0.21475556F, 0.24091831F};
  const float s = (m - 1) / (m + 1), z = s * s;
  float p = a[5];
  for (int i = 4; i >= 0; i--) {
    p = fmaf(p, z, a[i]);
  }
  return p * s;
}

static void xent_follows_its_sequence(void **state) {
  (void)state;
  struct canon c;
  const struct wc_node *node;
  canon_new(&c, "xent");
  for (uint32_t i = 0; i < c.g->n_forward; i++) { /* livelier logits than an untrained network's */
    if (c.g->nodes[i].op == WC_N_XENT) {
      struct ref_tensor *logits = &c.ref.t[c.g->nodes[i].in[0]];
      ref_fill_normal(logits, 6, &c.rng);
      ref_round(logits, WC_T_FP16);
    }
  }
  struct node_result r = run_op(&c, WC_N_XENT, &node);
  const float scale = value(&c, node->in[2], WC_HYPER_LOSS_SCALE);
  for (uint32_t n = 0; n < N; n++) {
    const uint32_t label = (uint32_t)c.ref.t[node->in[1]].v[n];
    float max = -INFINITY, sum = 0, e[CLASSES];
    for (uint32_t j = 0; j < CLASSES; j++) {
      max = fmaxf(max, value(&c, node->in[0], (size_t)n * CLASSES + j));
    }
    for (uint32_t j = 0; j < CLASSES; j++) {
      e[j] = exponential(value(&c, node->in[0], (size_t)n * CLASSES + j) - max);
      sum += e[j];
    }
    for (uint32_t j = 0; j < CLASSES; j++) {
      const float p = e[j] / sum, off = p - (j == label ? 1.0F : 0.0F);
      assert_half(r.out[0][1], (size_t)n * CLASSES + j, off * scale);
    }
    int k;
    const float m = frexpf(sum, &k) * 2;
    const float log_sum = fmaf((float)(k - 1), 0x1.62e430p-1F, logarithm_of_fraction(m));
    const float logit = value(&c, node->in[0], (size_t)n * CLASSES + label) - max;
    assert_single(r.out[0][0], n, fmaf(sum, 0, log_sum - logit));
  }
  node_result_free(&r);
  canon_free(&c);
}

/* The numbers of commands that docs/kernels.md states. */
static void runs_take_the_stated_number_of_commands(void **state) {
  (void)state;
  static const struct {
    enum wc_op op;
    size_t commands; /* finite sums included: a run of the whole mini-batch is its last */
  } stated[] = {{WC_N_NORMALIZE, 1}, {WC_N_CONV, 1},       {WC_N_BIAS, 1},
                {WC_N_GN, 7},        {WC_N_RELU, 1},       {WC_N_GAP, 2},
                {WC_N_XENT, 12 + 4}, {WC_N_CONV_DGRAD, 1}, {WC_N_CONV_WGRAD, 1 + 2},
                {WC_N_BIAS_BWD, 2},  {WC_N_GN_BWD, 8 + 2}, {WC_N_RELU_BWD, 1},
                {WC_N_GAP_BWD, 1}};
  struct canon c;
  canon_new(&c, "commands");
  for (size_t i = 0; i < sizeof stated / sizeof *stated; i++) {
    const struct wc_node *node;
    struct node_result r = run_op(&c, stated[i].op, &node);
    size_t want = stated[i].commands;
    if (node->op == WC_N_CONV_WGRAD) { /* a remainder of 64 elements takes a command of its own */
      const uint64_t elems = wc_tensor_elems(&c.g->tensors[node->out[0]]);
      want = (size_t)(1 + (elems >= 64) + (elems % 64 != 0));
    }
    if (r.commands != want) {
      fail_msg("%s: %zu commands, not %zu", wc_op_name(stated[i].op), r.commands, want);
    }
    node_result_free(&r);
  }
  canon_free(&c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gn_follows_its_sequence),
      cmocka_unit_test(gn_bwd_follows_its_sequence),
      cmocka_unit_test(gap_follows_its_sequence),
      cmocka_unit_test(xent_follows_its_sequence),
      cmocka_unit_test(runs_take_the_stated_number_of_commands),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
