/* Every kernel on the C model: against the FP64 reference, and against itself cut up in every way
 * that a planner may choose. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"
#include "node_run.h"
#include "reference_graph.h"
#include "wc_cmocka.h"

enum { NETS = 12 };

static uint32_t pick(uint64_t *rng, uint32_t lo, uint32_t hi) {
  return lo + (uint32_t)(ref_random(rng) % (hi - lo + 1));
}

/* ---- networks with every operation, in odd shapes ---- */

static uint32_t conv(struct wc_graph *g, const char *name, uint32_t x, uint32_t stride,
                     uint64_t *rng) {
  static const uint32_t kernels[] = {1, 3, 5};
  const struct wc_tensor *t = &g->tensors[x];
  uint32_t k = kernels[pick(rng, 0, 2)];
  const uint32_t smaller = t->h < t->w ? t->h : t->w;
  k = k > smaller + 2 ? 1 : k;
  const uint32_t pad = k == 1 ? 0 : k > smaller ? k / 2 : pick(rng, 0, k - 1);
  return wc_graph_conv(g, name, x, pick(rng, 1, 3) * 8, k, stride, pad);
}

/* Groups of at least 8 elements: the deviation of fewer says little. */
static uint32_t norm(struct wc_graph *g, const char *name, uint32_t x, uint64_t *rng) {
  const struct wc_tensor *t = &g->tensors[x];
  uint32_t width = 1U << pick(rng, 0, 3);
  while (width * t->h * t->w < 8) {
    width *= 2;
  }
  return wc_graph_gn(g, name, x, t->c / width);
}

static uint32_t pool_if_it_divides(struct wc_graph *g, uint32_t x) {
  const struct wc_tensor *t = &g->tensors[x];
  const uint32_t k = t->h % 2 == 0 && t->w % 2 == 0 ? 2 : t->h % 3 == 0 && t->w % 3 == 0 ? 3 : 1;
  return wc_graph_maxpool(g, "pool", x, k);
}

/* A window that overlaps its neighbours, if the map has room for it. */
static uint32_t overlapping_pool(struct wc_graph *g, const char *name, uint32_t x, uint64_t *rng) {
  const struct wc_tensor *t = &g->tensors[x];
  const uint32_t smaller = t->h < t->w ? t->h : t->w;
  const uint32_t k = pick(rng, 2, 5), stride = pick(rng, 1, k), pad = pick(rng, 0, k / 2);
  return k > smaller + pad ? wc_graph_maxpool_shape(g, name, x, 2, 1, 1)
                           : wc_graph_maxpool_shape(g, name, x, k, stride, pad);
}

/* Two to six branches: kernels of all shapes, an average, an average of what another one made. */
static uint32_t module(struct wc_graph *g, uint32_t x, uint64_t *rng) {
  static const struct wc_kernel_shape shapes[] = {
      {1, 7, 1, 0, 3}, {7, 1, 1, 3, 0}, {3, 1, 1, 1, 0}, {1, 3, 1, 0, 1}, {1, 1, 1, 0, 0}};
  uint32_t end[WC_MAX_IN];
  const unsigned n = pick(rng, 2, WC_MAX_IN);
  for (unsigned i = 0; i < n; i++) {
    char name[16];
    snprintf(name, sizeof name, "m%u", i);
    const unsigned kind = pick(rng, 0, 7);
    if (kind < 5) {
      end[i] = wc_graph_conv_shape(g, name, x, pick(rng, 1, 3) * 8, shapes[kind]);
    } else if (kind == 5) {
      end[i] = wc_graph_conv_bias(g, name, x, pick(rng, 1, 9), shapes[pick(rng, 0, 4)]);
    } else {
      end[i] = wc_graph_avgpool(g, name, i > 0 && kind == 6 ? end[i - 1] : x, 3, 1);
    }
  }
  return wc_graph_concat(g, "joined", end, n);
}

/* Another one: modules and pools. */
static struct wc_graph *random_module_net(uint64_t *rng) {
  struct wc_report why;
  struct wc_graph *g = wc_graph_new("modules");
  assert_non_null(g);
  uint32_t x =
      wc_graph_image(g, pick(rng, 5, 14), pick(rng, 5, 14), pick(rng, 1, 3), 0.0141F, -0.81F);
  x = wc_graph_relu(g, "stem.relu", conv(g, "stem", x, pick(rng, 1, 2), rng));
  x = overlapping_pool(g, "pool1", x, rng);
  x = module(g, x, rng);
  const uint32_t window = pick(rng, 1, 4);
  x = wc_graph_avgpool(g, "avg", x, window, pick(rng, window / 2, window - 1));
  x = overlapping_pool(g, "pool2", x, rng);
  const bool many = pick(rng, 0, 1);                         /* classes: labels are FP32 then */
  const bool large = wc_tensor_elems(&g->tensors[x]) > 6000; /* for the test's buffer */
  x = wc_graph_fc(g, "fc", many || large ? wc_graph_gap(g, "gap", x) : x, many ? 300 : 12);
  wc_graph_xent(g, "xent", x);
  if (!wc_graph_differentiate(g, &why)) {
    fail_msg("%s", why.text);
  }
  return g;
}

static struct wc_graph *random_net(uint64_t *rng) {
  struct wc_report why;
  struct wc_graph *g = wc_graph_new("random");
  assert_non_null(g);
  uint32_t x =
      wc_graph_image(g, pick(rng, 5, 14), pick(rng, 5, 14), pick(rng, 1, 3), 0.0141F, -0.81F);
  x = conv(g, "stem", x, pick(rng, 1, 3), rng);
  x = norm(g, "stem.gn", x, rng);
  x = wc_graph_relu(g, "stem.relu", x);
  x = pool_if_it_divides(g, x);
  const uint32_t co = pick(rng, 1, 3) * 8, stride = pick(rng, 1, 3);
  uint32_t a = wc_graph_conv(g, "a", x, co, 3, stride, 1);
  a = norm(g, "a.gn", a, rng);
  uint32_t b = wc_graph_conv(g, "b", x, co, 1, stride, 0);
  b = norm(g, "b.gn", b, rng);
  x = wc_graph_add(g, "sum", a, b);
  x = wc_graph_relu(g, "sum.relu", x);
  a = wc_graph_conv(g, "c", x, co, 3, 1, 1);
  a = norm(g, "c.gn", a, rng);
  a = wc_graph_relu(g, "c.relu", a);
  x = wc_graph_add(g, "identity", a, x);
  x = wc_graph_relu(g, "identity.relu", x);
  x = wc_graph_add(g, "bare", x, x);
  x = pick(rng, 0, 2) > 0 ? wc_graph_gap(g, "gap", x) : x;
  x = wc_graph_fc(g, "fc", x, pick(rng, 2, 19));
  wc_graph_xent(g, "xent", x);
  if (!wc_graph_differentiate(g, &why)) {
    fail_msg("%s", why.text);
  }
  return g;
}

/* The other kind every other time. */
static struct wc_graph *random_graph(uint64_t number, uint64_t *rng) {
  return number % 2 == 0 ? random_net(rng) : random_module_net(rng);
}

/* A network, reference values of all its tensors, a model. */
struct bench {
  struct wc_graph *g;
  struct ref_run ref;
  uint64_t rng;
  struct node_bench node;
};

static void bench_new(struct bench *b, struct wc_graph *g, uint64_t seed) {
  b->g = g;
  b->rng = seed;
  b->ref = ref_run_new(g, pick(&b->rng, 1, 5));
  b->ref.round = true;
  ref_run_fill(&b->ref, 256, &b->rng);
  ref_run_graph(&b->ref);
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.gbuf_bytes = NODE_GBUF;
  config.mem_bytes = NODE_MEM;
  config.threads = 1;
  b->node = (struct node_bench){
      .g = g, .values = b->ref.t, .n = b->ref.n, .rng = &b->rng, .model = wc_model_new(&config)};
  assert_non_null(b->node.model);
}

static void bench_free(struct bench *b) {
  wc_model_delete(b->node.model);
  ref_run_free(&b->ref);
  wc_graph_delete(b->g);
}

/* ---- against the reference ---- */

/* What a result's FP32 errors are measured by, element by element: the sum of the magnitudes of its
 * terms. Linear nodes: the node itself over the magnitudes of its operands. */
static struct ref_tensor linear_magnitude(const struct bench *b, uint32_t node, uint32_t tensor) {
  struct ref_run run = ref_run_new(b->g, b->ref.n);
  for (unsigned i = 0; i < b->g->nodes[node].n_in; i++) {
    const uint32_t in = b->g->nodes[node].in[i];
    for (size_t e = 0; e < ref_elems(&run.t[in]); e++) {
      run.t[in].v[e] = fabs(b->ref.t[in].v[e]);
    }
  }
  ref_run_node(&run, node);
  struct ref_tensor magnitude = run.t[tensor];
  run.t[tensor] = (struct ref_tensor){0};
  ref_run_free(&run);
  return magnitude;
}

static double largest(const struct ref_tensor *t, size_t from, size_t to, uint32_t c0,
                      uint32_t c1) {
  double most = 0;
  for (size_t i = from; i < to; i++) {
    if (i % t->c >= c0 && i % t->c < c1) {
      most = fmax(most, fabs(t->v[i]));
    }
  }
  return most;
}

/* Normalisation: deviations grow with (x / deviation)^2, for the variance is a difference of
 * squares. */
static struct ref_tensor norm_magnitude(const struct bench *b, const struct wc_node *node,
                                        uint32_t tensor) {
  const bool backward = node->op == WC_N_GN_BWD;
  const struct ref_tensor *x = &b->ref.t[node->in[0]], *dy = backward ? &b->ref.t[node->in[1]] : x;
  const struct ref_tensor *stats = &b->ref.t[backward ? node->in[2] : node->out[1]];
  const struct ref_tensor *gamma = &b->ref.t[node->in[backward ? 3 : 1]];
  const struct ref_tensor *like = &b->ref.t[tensor];
  const enum wc_role role = b->g->tensors[tensor].role;
  struct ref_tensor m = ref_new(like->n, like->h, like->w, like->c);
  const size_t sample = (size_t)x->h * x->w * x->c;
  const uint32_t width = x->c / node->groups;
  for (uint32_t n = 0; n < x->n; n++) {
    for (uint32_t group = 0; group < node->groups; group++) {
      const uint32_t c0 = group * width, c1 = c0 + width;
      const double rstd = *ref_at(stats, n, 0, 1, group);
      const double top = largest(x, n * sample, (n + 1) * sample, c0, c1);
      const double top_dy = largest(dy, n * sample, (n + 1) * sample, c0, c1);
      const double top_gamma = largest(gamma, 0, x->c, c0, c1);
      const double loss = 1 + top * top * rstd * rstd;
      for (size_t i = 0; i < sample / x->c * width; i++) {
        const uint32_t c = c0 + (uint32_t)(i % width);
        if (role == WC_ROLE_STATS) {
          *ref_at(&m, n, 0, 0, group) = top;
          *ref_at(&m, n, 0, 1, group) = rstd * loss;
        } else if (role == WC_ROLE_DPARAM) {
          m.v[c] += top_dy * (1 + top * rstd);
        } else {
          m.v[n * sample + i / width * x->c + c] =
              top_gamma * rstd * loss * (backward ? top_dy : top) + (backward ? 0 : 1);
        }
      }
    }
  }
  return m;
}

static struct ref_tensor magnitude_of(const struct bench *b, uint32_t index, uint32_t tensor) {
  const struct wc_node *node = &b->g->nodes[index];
  if (node->op == WC_N_GN || node->op == WC_N_GN_BWD) {
    return norm_magnitude(b, node, tensor);
  }
  if (node->op == WC_N_XENT) { /* losses and gradients: a constant scale */
    const struct ref_tensor *like = &b->ref.t[tensor];
    struct ref_tensor m = ref_new(like->n, like->h, like->w, like->c);
    for (size_t i = 0; i < ref_elems(&m); i++) {
      m.v[i] = 1 + largest(like, 0, ref_elems(like), 0, like->c);
    }
    return m;
  }
  return linear_magnitude(b, index, tensor);
}

/* Largest relative deviation allowed: one rounding to FP16, whose two candidates differ by a unit
 * in the last place, or none; plus FP32 sums of up to a thousand terms, 2^-18 of their magnitude
 * (worst case 2^-14, typically 2^-20). */
static double allowed(enum wc_type type, double value, double magnitude) {
  switch (type) {
    case WC_T_FP16:
      return fmax(0x1p-10 * fabs(value), 0x1p-24) + 0x1p-18 * magnitude;
    case WC_T_FP32:
      return 0x1p-18 * magnitude;
    default:
      return 0;
  }
}

static void compare_with_reference(const struct bench *b, uint32_t node, uint32_t tensor,
                                   const uint8_t *image) {
  const struct wc_tensor *t = &b->g->tensors[tensor];
  const struct ref_tensor *want = &b->ref.t[tensor];
  struct ref_tensor have = ref_new(want->n, want->h, want->w, want->c);
  ref_load(&have, t->type, image, (size_t)wc_tensor_bytes(t));
  struct ref_tensor magnitude = magnitude_of(b, node, tensor);
  for (size_t i = 0; i < ref_elems(want); i++) {
    const double most = allowed(t->type, want->v[i], magnitude.v[i]);
    if (!(fabs(have.v[i] - want->v[i]) <= most)) {
      fail_msg("node %s (%s), tensor %s, element %zu: %.9g, reference %.9g, allowed %.3g",
               b->g->nodes[node].name, wc_op_name(b->g->nodes[node].op), t->name, i, have.v[i],
               want->v[i], most);
    }
  }
  ref_free(&magnitude);
  ref_free(&have);
}

static void every_node_agrees_with_the_reference(void **state) {
  (void)state;
  const uint64_t seed = ref_seed("reference");
  for (uint64_t i = 0; i < NETS; i++) {
    uint64_t rng = seed + i;
    struct bench b;
    bench_new(&b, random_graph(i, &rng), seed + 1000 + i);
    for (uint32_t node = 0; node < b.g->n_nodes; node++) {
      const struct node_cut whole = {0};
      struct node_result r = node_run(&b.node, node, &whole);
      for (unsigned o = 0; o < b.g->nodes[node].n_out; o++) {
        compare_with_reference(&b, node, b.g->nodes[node].out[o], r.out[0][o]);
      }
      for (unsigned f = 0; f < WC_FINITE_BYTES / 4; f++) {
        assert_true(r.finite[f] == 0);
      }
      node_result_free(&r);
    }
    bench_free(&b);
  }
}

/* ---- cuts ---- */

static void assert_same(const struct bench *b, uint32_t node, const struct node_cut *cut,
                        const struct node_result *whole, const struct node_result *cut_up) {
  for (unsigned k = 0; k < 3; k++) {
    for (unsigned o = 0; o < WC_MAX_OUT; o++) {
      if (cut_up->out[k][o] == NULL) {
        continue;
      }
      assert_int_equal(whole->bytes[k][o], cut_up->bytes[k][o]);
      for (size_t i = 0; i < whole->bytes[k][o]; i++) {
        if (whole->out[k][o][i] != cut_up->out[k][o][i]) {
          fail_msg(
              "node %s (%s) part %u output %u byte %zu: 0x%02x whole, 0x%02x with samples %u "
              "rows %u columns %u strips %u fused %u drop %d in place %d",
              b->g->nodes[node].name, wc_op_name(b->g->nodes[node].op), k, o, i,
              whole->out[k][o][i], cut_up->out[k][o][i], cut->samples, cut->rows, cut->columns,
              cut->strips.rows, cut->n_fused, cut->drop_out, cut->in_place);
        }
      }
    }
  }
  assert_memory_equal(whole->finite, cut_up->finite, sizeof whole->finite);
}

static uint32_t lead_rows(const struct wc_graph *g, const struct wc_node *node) {
  const struct wc_lead lead = wc_kernel_lead(node->op);
  return g->tensors[lead.side == 'o' ? node->out[lead.index] : node->in[lead.index]].h;
}

/* Strips of a convolution, of some rows and with gaps between them. */
static struct wc_strips random_strips(const struct wc_graph *g, const struct wc_node *node,
                                      uint64_t *rng) {
  const struct wc_tensor *y = &g->tensors[node->op == WC_N_CONV ? node->out[0] : node->in[1]];
  const uint32_t row = node->s * g->tensors[node->in[0]].c * 2;
  struct wc_strips strips = {.rows = pick(rng, 1, y->h)};
  strips.pitch = ((strips.rows - 1) * node->stride + node->r) * row + 2 * pick(rng, 0, 40);
  strips.bytes = 2 * strips.pitch * y->w;
  return strips;
}

static struct node_cut random_cut(const struct bench *b, uint32_t index, uint64_t *rng) {
  const struct wc_node *node = &b->g->nodes[index];
  struct node_cut cut = {.samples = pick(rng, 1, b->node.n)};
  uint32_t align;
  if (wc_kernel_can_tile(b->g, node, &align) && pick(rng, 0, 3) > 0) {
    cut.samples = 1;
    cut.rows = pick(rng, 1, lead_rows(b->g, node) / align + 1) * align;
  }
  if (wc_kernel_can_slice(node->op) && pick(rng, 0, 1)) {
    cut.columns = pick(rng, 1, b->g->tensors[node->out[0]].c);
  }
  if ((node->op == WC_N_CONV || node->op == WC_N_CONV_WGRAD) && pick(rng, 0, 1)) {
    cut.strips = random_strips(b->g, node, rng);
  }
  cut.in_place = pick(rng, 0, 1);
  return cut;
}

static void cuts_leave_no_trace(void **state) {
  (void)state;
  const uint64_t seed = ref_seed("cuts");
  for (uint64_t i = 0; i < NETS; i++) {
    uint64_t rng = seed + i;
    struct bench b;
    bench_new(&b, random_graph(i, &rng), seed + 1000 + i);
    for (uint32_t node = 0; node < b.g->n_nodes; node++) {
      const struct node_cut none = {0};
      struct node_result whole = node_run(&b.node, node, &none);
      for (int j = 0; j < 5; j++) {
        const struct node_cut cut = random_cut(&b, node, &rng);
        struct node_result part = node_run(&b.node, node, &cut);
        assert_same(&b, node, &cut, &whole, &part);
        node_result_free(&part);
      }
      node_result_free(&whole);
    }
    bench_free(&b);
  }
}

/* ---- fusion ---- */

/* The parts of a fused run, each run alone; the values between them are the device's own. */
static struct node_result run_apart(const struct bench *b, uint32_t head,
                                    const struct node_cut *cut) {
  const struct node_cut alone = {0};
  struct ref_tensor *values = malloc(b->g->n_tensors * sizeof *values);
  assert_non_null(values);
  memcpy(values, b->ref.t, b->g->n_tensors * sizeof *values);
  struct node_bench bench = b->node;
  bench.values = values;
  struct node_result all = {0};
  struct ref_tensor made[2] = {{0}};
  uint32_t node = head;
  for (unsigned k = 0; k <= cut->n_fused; k++) {
    struct node_result r = node_run(&bench, node, &alone);
    memcpy(all.out[k], r.out[0], sizeof all.out[k]);
    memcpy(all.bytes[k], r.bytes[0], sizeof all.bytes[k]);
    memcpy(all.finite, r.finite, sizeof all.finite);
    if (k < cut->n_fused) {
      const uint32_t chain = b->g->nodes[node].out[0];
      const struct ref_tensor *like = &b->ref.t[chain];
      made[k] = ref_new(like->n, like->h, like->w, like->c);
      ref_load(&made[k], b->g->tensors[chain].type, r.out[0][0],
               (size_t)wc_tensor_bytes(&b->g->tensors[chain]));
      values[chain] = made[k];
      node = cut->fused[k];
    }
  }
  ref_free(&made[0]);
  ref_free(&made[1]);
  free(values);
  return all;
}

static unsigned try_fusion(const struct bench *b, uint32_t head, struct node_cut cut,
                           uint64_t *rng) {
  struct node_result apart = run_apart(b, head, &cut);
  for (int i = 0; i < 4; i++) {
    cut.drop_out = i % 2;
    cut.samples = pick(rng, 1, b->node.n);
    cut.in_place = i / 2;
    struct node_result fused = node_run(&b->node, head, &cut);
    assert_same(b, head, &cut, &apart, &fused);
    for (unsigned k = 0; k <= cut.n_fused; k++) { /* the last main output is there */
      assert_true(k < cut.n_fused || fused.out[k][0] != NULL);
    }
    node_result_free(&fused);
  }
  node_result_free(&apart);
  return 1;
}

static void fusing_leaves_no_trace(void **state) {
  (void)state;
  const uint64_t seed = ref_seed("fusion");
  unsigned pairs[WC_N_SPLIT + 1][WC_N_SPLIT + 1] = {{0}}, triples = 0;
  for (uint64_t i = 0; i < NETS; i++) {
    uint64_t rng = seed + i;
    struct bench b;
    bench_new(&b, random_graph(i, &rng), seed + 1000 + i);
    for (uint32_t head = 0; head < b.g->n_nodes; head++) {
      for (uint32_t next = head + 1; next < b.g->n_nodes; next++) {
        if (!wc_kernel_can_fuse(b.g, head, NULL, 0, next)) {
          continue;
        }
        struct node_cut cut = {.n_fused = 1, .fused = {next}};
        pairs[b.g->nodes[head].op][b.g->nodes[next].op] += try_fusion(&b, head, cut, &rng);
        for (uint32_t third = next + 1; third < b.g->n_nodes; third++) {
          if (wc_kernel_can_fuse(b.g, head, cut.fused, 1, third)) {
            cut.n_fused = 2;
            cut.fused[1] = third;
            triples += try_fusion(&b, head, cut, &rng);
          }
        }
      }
    }
    bench_free(&b);
  }
  assert_true(pairs[WC_N_GN][WC_N_RELU] > 0 && pairs[WC_N_GN][WC_N_ADD] > 0);
  assert_true(pairs[WC_N_ADD][WC_N_RELU] > 0 && pairs[WC_N_RELU_BWD][WC_N_GN_BWD] > 0);
  assert_true(triples > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_node_agrees_with_the_reference),
      cmocka_unit_test(cuts_leave_no_trace),
      cmocka_unit_test(fusing_leaves_no_trace),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
