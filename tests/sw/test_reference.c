/* The FP64 reference and the generated backward graphs, against numeric derivatives.
 *
 * Layers: for y = f(x, ...) and a fixed random dy, the gradient of L = sum(dy * y) by central
 * differences. Networks: L is the scaled loss; masks and pool positions are held (replayed), so
 * that no difference steps over a kink. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "reference.h"
#include "reference_graph.h"
#include "wc_cmocka.h"

#define STEP 1e-5
#define NETWORK_STEP 1e-4
/* Differences of a smooth FP64 function have about ten digits at this step. */
#define TOLERANCE 1e-6

/* A function of some inputs with one output to differentiate. */
struct layer {
  struct ref_tensor in[4], y, extra; /* extra: stats, mask, index */
  struct ref_kernel kernel;
  void (*forward)(struct layer *l);
};

static double objective(struct layer *l, const struct ref_tensor *dy) {
  l->forward(l);
  double sum = 0;
  for (size_t i = 0; i < ref_elems(dy); i++) {
    sum += dy->v[i] * l->y.v[i];
  }
  return sum;
}

/* Largest difference between @grad and the numeric gradient of input @which, relative to the
 * largest gradient element. */
static double worst(struct layer *l, unsigned which, const struct ref_tensor *dy,
                    const struct ref_tensor *grad) {
  double error = 0, size = 1e-3;
  for (size_t i = 0; i < ref_elems(grad); i++) {
    double *x = &l->in[which].v[i];
    const double at = *x;
    *x = at + STEP;
    const double up = objective(l, dy);
    *x = at - STEP;
    const double down = objective(l, dy);
    *x = at;
    const double numeric = (up - down) / (2 * STEP);
    error = fmax(error, fabs(numeric - grad->v[i]));
    size = fmax(size, fabs(numeric));
  }
  l->forward(l);
  return error / size;
}

static void assert_gradient(struct layer *l, unsigned which, const struct ref_tensor *dy,
                            struct ref_tensor *grad) {
  const double error = worst(l, which, dy, grad);
  if (!(error < TOLERANCE)) {
    fail_msg("gradient of input %u is off by %g of its largest element", which, error);
  }
  /* The comparison itself notices one wrong element. */
  const size_t i = ref_elems(grad) / 2;
  const double right = grad->v[i];
  grad->v[i] += 0.01 * (1 + fabs(right));
  assert_true(worst(l, which, dy, grad) > TOLERANCE);
  grad->v[i] = right;
}

static struct ref_tensor random_tensor(uint32_t n, uint32_t h, uint32_t w, uint32_t c,
                                       uint64_t *state) {
  struct ref_tensor t = ref_new(n, h, w, c);
  ref_fill_normal(&t, 1, state);
  return t;
}

/* A random permutation of multiples of 0.01, none closer than half that to zero: far enough from
 * ties and kinks for any difference. */
static struct ref_tensor distinct_tensor(uint32_t n, uint32_t h, uint32_t w, uint32_t c,
                                         uint64_t *state) {
  struct ref_tensor t = ref_new(n, h, w, c);
  const size_t count = ref_elems(&t);
  for (size_t i = 0; i < count; i++) {
    const size_t j = ref_random(state) % (i + 1);
    t.v[i] = t.v[j];
    t.v[j] = 0.01 * ((double)i - (double)(count / 2) + 0.5);
  }
  return t;
}

static struct ref_tensor like(const struct ref_tensor *t) {
  return ref_new(t->n, t->h, t->w, t->c);
}

static void free_layer(struct layer *l) {
  for (unsigned i = 0; i < 4; i++) {
    ref_free(&l->in[i]);
  }
  ref_free(&l->y);
  ref_free(&l->extra);
}

static void conv_forward(struct layer *l) {
  ref_conv(&l->in[0], &l->in[1], l->kernel, &l->y);
}

static void check_conv(uint32_t h, uint32_t w, struct ref_kernel k, uint64_t *state) {
  const uint32_t ho = (h + 2 * k.pad - k.r) / k.stride + 1;
  const uint32_t wo = (w + 2 * k.pad_x - k.s) / k.stride + 1;
  struct layer l = {.kernel = k, .forward = conv_forward};
  l.in[0] = random_tensor(2, h, w, 3, state);
  l.in[1] = random_tensor(1, k.r * k.s, 3, 4, state);
  l.y = ref_new(2, ho, wo, 4);
  struct ref_tensor dy = random_tensor(2, ho, wo, 4, state);
  struct ref_tensor dx = like(&l.in[0]), dw = like(&l.in[1]);
  ref_conv_dgrad(&dy, &l.in[1], k, &dx);
  ref_conv_wgrad_acc(&l.in[0], &dy, k, &dw);
  assert_gradient(&l, 0, &dy, &dx);
  assert_gradient(&l, 1, &dy, &dw);
  ref_free(&dy);
  ref_free(&dx);
  ref_free(&dw);
  free_layer(&l);
}

static void convolution_gradients_equal_numeric_ones(void **state) {
  uint64_t *random = *state;
  check_conv(5, 6, (struct ref_kernel){3, 3, 1, 1, 1}, random);
  check_conv(7, 6, (struct ref_kernel){3, 3, 2, 1, 1}, random);
  check_conv(6, 7, (struct ref_kernel){1, 1, 2, 0, 0}, random);
  check_conv(4, 3, (struct ref_kernel){4, 3, 1, 0, 0}, random); /* fully connected */
  check_conv(8, 8, (struct ref_kernel){5, 2, 3, 1, 1}, random);
  check_conv(4, 5, (struct ref_kernel){1, 5, 1, 0, 2}, random);
  check_conv(5, 4, (struct ref_kernel){3, 1, 2, 1, 0}, random);
}

static void bias_forward(struct layer *l) {
  ref_bias(&l->in[0], &l->in[1], &l->y);
}

static void bias_gradient_equals_numeric_one(void **state) {
  struct layer l = {.forward = bias_forward};
  l.in[0] = random_tensor(3, 2, 2, 5, *state);
  l.in[1] = random_tensor(1, 1, 1, 5, *state);
  l.y = like(&l.in[0]);
  struct ref_tensor dy = random_tensor(3, 2, 2, 5, *state), dx = like(&dy), db = like(&l.in[1]);
  ref_copy(&dy, &dx);
  ref_bias_bwd_acc(&dy, &db);
  assert_gradient(&l, 1, &dy, &db);
  assert_gradient(&l, 0, &dy, &dx);
  ref_free(&dy);
  ref_free(&dx);
  ref_free(&db);
  free_layer(&l);
}

static void gn_forward(struct layer *l) {
  ref_gn(&l->in[0], &l->in[1], &l->in[2], 1e-3, &l->y, &l->extra);
}

static void check_gn(uint32_t channels, uint32_t groups, uint64_t *state) {
  struct layer l = {.forward = gn_forward};
  l.in[0] = random_tensor(2, 3, 4, channels, state);
  l.in[1] = random_tensor(1, 1, 1, channels, state);
  l.in[2] = random_tensor(1, 1, 1, channels, state);
  l.y = like(&l.in[0]);
  l.extra = ref_new(2, 1, 2, groups);
  struct ref_tensor dy = random_tensor(2, 3, 4, channels, state), dx = like(&dy);
  struct ref_tensor dgamma = like(&l.in[1]), dbeta = like(&l.in[1]);
  l.forward(&l);
  ref_gn_bwd_acc(&l.in[0], &dy, &l.extra, &l.in[1], &dx, &dgamma, &dbeta);
  assert_gradient(&l, 0, &dy, &dx);
  assert_gradient(&l, 1, &dy, &dgamma);
  assert_gradient(&l, 2, &dy, &dbeta);
  ref_free(&dy);
  ref_free(&dx);
  ref_free(&dgamma);
  ref_free(&dbeta);
  free_layer(&l);
}

static void normalisation_gradients_equal_numeric_ones(void **state) {
  check_gn(8, 2, *state);
  check_gn(6, 1, *state);
  check_gn(4, 4, *state);
}

static void relu_forward(struct layer *l) {
  ref_relu(&l->in[0], &l->y, &l->extra);
}

static void pool_forward(struct layer *l) {
  ref_maxpool(&l->in[0], l->kernel, &l->y, &l->extra);
}

static void gap_forward(struct layer *l) {
  ref_gap(&l->in[0], &l->y);
}

static void relu_gradient_equals_numeric_one(void **state) {
  struct layer l = {.forward = relu_forward};
  l.in[0] = distinct_tensor(2, 3, 3, 8, *state);
  l.y = like(&l.in[0]);
  l.extra = like(&l.in[0]);
  struct ref_tensor dy = random_tensor(2, 3, 3, 8, *state), dx = like(&dy);
  l.forward(&l);
  ref_relu_bwd(&dy, &l.extra, &dx);
  assert_gradient(&l, 0, &dy, &dx);
  ref_free(&dy);
  ref_free(&dx);
  free_layer(&l);
}

static void check_pool(struct ref_kernel k, uint32_t h, uint32_t w, uint64_t *random) {
  struct layer l = {.forward = pool_forward, .kernel = k};
  const uint32_t ho = (h + 2 * k.pad - k.r) / k.stride + 1;
  const uint32_t wo = (w + 2 * k.pad_x - k.s) / k.stride + 1;
  l.in[0] = distinct_tensor(2, h, w, 4, random);
  l.y = ref_new(2, ho, wo, 4);
  l.extra = like(&l.y);
  struct ref_tensor dy = random_tensor(2, ho, wo, 4, random), dx = like(&l.in[0]);
  l.forward(&l);
  ref_maxpool_bwd(&dy, &l.extra, k, &dx);
  assert_gradient(&l, 0, &dy, &dx);
  ref_free(&dy);
  ref_free(&dx);
  free_layer(&l);
}

static void maximum_pooling_gradient_equals_numeric_one(void **state) {
  check_pool((struct ref_kernel){2, 2, 2, 0, 0}, 4, 6, *state);
  check_pool((struct ref_kernel){3, 3, 3, 0, 0}, 6, 9, *state);
  check_pool((struct ref_kernel){3, 3, 2, 1, 1}, 6, 5, *state);
  check_pool((struct ref_kernel){3, 3, 2, 0, 0}, 8, 7, *state);
  check_pool((struct ref_kernel){3, 3, 1, 2, 2}, 3, 4, *state);
}

static void average_forward(struct layer *l) {
  ref_avgpool(&l->in[0], l->kernel, &l->y);
}

static void local_average_gradient_equals_numeric_one(void **state) {
  for (uint32_t pad = 0; pad < 3; pad++) {
    struct layer l = {.forward = average_forward, .kernel = {3, 3, 1, pad, pad}};
    l.in[0] = random_tensor(2, 4, 5, 4, *state);
    l.y = ref_new(2, 2 + 2 * pad, 3 + 2 * pad, 4);
    struct ref_tensor dy = random_tensor(2, l.y.h, l.y.w, 4, *state), dx = like(&l.in[0]);
    ref_avgpool_bwd(&dy, l.kernel, &dx);
    assert_gradient(&l, 0, &dy, &dx);
    ref_free(&dy);
    ref_free(&dx);
    free_layer(&l);
  }
}

static void average_pooling_gradient_equals_numeric_one(void **state) {
  struct layer l = {.forward = gap_forward};
  l.in[0] = random_tensor(2, 3, 5, 4, *state);
  l.y = ref_new(2, 1, 1, 4);
  struct ref_tensor dy = random_tensor(2, 1, 1, 4, *state), dx = like(&l.in[0]);
  ref_gap_bwd(&dy, &dx);
  assert_gradient(&l, 0, &dy, &dx);
  ref_free(&dy);
  ref_free(&dx);
  free_layer(&l);
}

/* in[0] logits, in[1] labels, y the losses, extra the gradient with scale 1. */
static void xent_forward(struct layer *l) {
  ref_xent(&l->in[0], &l->in[1], 1, &l->y, &l->extra);
}

static void cross_entropy_gradient_equals_numeric_one(void **state) {
  struct layer l = {.forward = xent_forward};
  l.in[0] = random_tensor(4, 1, 1, 7, *state);
  l.in[1] = ref_new(4, 1, 1, 1);
  for (uint32_t i = 0; i < 4; i++) {
    l.in[1].v[i] = 2 * i;
  }
  l.y = ref_new(4, 1, 1, 1);
  l.extra = like(&l.in[0]);
  struct ref_tensor ones = ref_new(4, 1, 1, 1), dx = like(&l.in[0]), scaled = like(&l.in[0]);
  for (uint32_t i = 0; i < 4; i++) {
    ones.v[i] = 1;
  }
  l.forward(&l);
  ref_copy(&l.extra, &dx);
  assert_gradient(&l, 0, &ones, &dx);
  ref_xent(&l.in[0], &l.in[1], 8, &l.y, &scaled);
  for (size_t i = 0; i < ref_elems(&dx); i++) {
    assert_true(fabs(scaled.v[i] - 8 * dx.v[i]) < 1e-14);
  }
  ref_free(&ones);
  ref_free(&dx);
  ref_free(&scaled);
  free_layer(&l);
}

/* Forward values worked out by hand. */
static void forward_values_are_those_worked_out_by_hand(void **state) {
  (void)state;
  /* 1-D: x = 1 2 3 4, kernel 10 20 30 (as 1x3), stride 2, one pixel of padding on each side. */
  struct ref_tensor x = ref_new(1, 3, 4, 1), w = ref_new(1, 9, 1, 1), y = ref_new(1, 2, 2, 1);
  for (uint32_t i = 0; i < 4; i++) {
    *ref_at(&x, 0, 0, i, 0) = i + 1;
  }
  w.v[3] = 10;
  w.v[4] = 20;
  w.v[5] = 30;
  ref_conv(&x, &w, (struct ref_kernel){3, 3, 2, 1, 1}, &y);
  assert_true(y.v[0] == 20 * 1 + 30 * 2);
  assert_true(y.v[1] == 10 * 2 + 20 * 3 + 30 * 4);
  ref_free(&x);
  ref_free(&w);
  ref_free(&y);

  /* Two groups of one channel: 1 3 -> mean 2, variance 1; 5 5 -> mean 5, variance 0. */
  struct ref_tensor gx = ref_new(1, 1, 2, 2), gy = ref_new(1, 1, 2, 2), stats = ref_new(1, 1, 2, 2);
  struct ref_tensor gamma = ref_new(1, 1, 1, 2), beta = ref_new(1, 1, 1, 2);
  memcpy(gx.v, (const double[]){1, 5, 3, 5}, 4 * sizeof *gx.v);
  memcpy(gamma.v, (const double[]){2, 3}, 2 * sizeof *gamma.v);
  memcpy(beta.v, (const double[]){0.5, -1}, 2 * sizeof *beta.v);
  ref_gn(&gx, &gamma, &beta, 3, &gy, &stats); /* eps 3: 1/sqrt(1 + 3) = 0.5 */
  assert_true(gy.v[0] == -1 + 0.5 && gy.v[2] == 1 + 0.5 && gy.v[1] == -1 && gy.v[3] == -1);
  assert_true(stats.v[0] == 2 && stats.v[1] == 5 && stats.v[2] == 0.5);
  ref_free(&gx);
  ref_free(&gy);
  ref_free(&stats);
  ref_free(&gamma);
  ref_free(&beta);

  /* The first of equal maxima counts. */
  struct ref_tensor px = ref_new(1, 2, 2, 1), py = ref_new(1, 1, 1, 1), index = ref_new(1, 1, 1, 1);
  memcpy(px.v, (const double[]){-1, 7, 7, 0}, 4 * sizeof *px.v);
  ref_maxpool(&px, (struct ref_kernel){2, 2, 2, 0, 0}, &py, &index);
  assert_true(py.v[0] == 7 && index.v[0] == 1);
  ref_free(&px);
  ref_free(&py);
  ref_free(&index);

  /* Equal logits: loss log(classes), gradient 1/classes, and 1/classes - 1 at the label. */
  struct ref_tensor logits = ref_new(1, 1, 1, 4), label = ref_new(1, 1, 1, 1);
  struct ref_tensor loss = ref_new(1, 1, 1, 1), d = ref_new(1, 1, 1, 4);
  label.v[0] = 2;
  ref_xent(&logits, &label, 16, &loss, &d);
  assert_true(fabs(loss.v[0] - log(4)) < 1e-15);
  assert_true(d.v[0] == 4 && d.v[2] == -12);
  ref_free(&logits);
  ref_free(&label);
  ref_free(&loss);
  ref_free(&d);
}

static void sgd_step_is_the_one_worked_out_by_hand(void **state) {
  (void)state;
  struct ref_tensor g = ref_new(1, 1, 1, 1), w = ref_new(1, 1, 1, 1), m = ref_new(1, 1, 1, 1);
  g.v[0] = 64;
  w.v[0] = 2;
  m.v[0] = 4;
  /* g' = 64/32 + 0.25*2 = 2.5; m = 0.5*4 + 2.5 = 4.5; w = 2 - 0.125*4.5 */
  ref_sgd(&g, 1.0 / 32, 0.125, 0.5, 0.25, &w, &m);
  assert_true(m.v[0] == 4.5 && w.v[0] == 1.4375);
  ref_free(&g);
  ref_free(&w);
  ref_free(&m);
}

static void fp16_conversion_is_exact_on_all_patterns_and_rounds_to_even(void **state) {
  (void)state;
  for (unsigned bits = 0; bits < 65536; bits++) {
    const double x = ref_from_fp16((uint16_t)bits);
    assert_int_equal(ref_to_fp16(x), isnan(x) ? 0x7E00 : bits);
    if ((bits & 0x7FFF) < 0x7BFF) { /* halfway to the next one, and a little to either side */
      const double next = ref_from_fp16((uint16_t)(bits + 1)), half = (x + next) / 2;
      assert_int_equal(ref_to_fp16(half), bits % 2 == 0 ? bits : bits + 1);
      assert_int_equal(ref_to_fp16(half + (x - next) * 1e-6), bits);
      assert_int_equal(ref_to_fp16(half - (x - next) * 1e-6), bits + 1);
    }
  }
  assert_int_equal(ref_to_fp16(65519.99), 0x7BFF);
  assert_int_equal(ref_to_fp16(65520), 0x7C00);
  assert_int_equal(ref_to_fp16(-1e30), 0xFC00);
}

static void memory_images_come_back_as_they_were(void **state) {
  uint64_t *random = *state;
  static const enum wc_type types[] = {WC_T_FP16, WC_T_FP32, WC_T_U8, WC_T_BIT};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    struct ref_tensor t = ref_new(3, 2, 3, 8), back = ref_new(3, 2, 3, 8);
    for (size_t e = 0; e < ref_elems(&t); e++) {
      t.v[e] = ref_uniform(random, -1, 2) * (types[i] == WC_T_U8 ? 100 : 1);
    }
    ref_round(&t, types[i]);
    uint8_t bytes[3 * 208] = {0};
    ref_store(&t, types[i], bytes, 208);
    ref_load(&back, types[i], bytes, 208);
    assert_memory_equal(t.v, back.v, ref_elems(&t) * sizeof *t.v);
    ref_free(&t);
    ref_free(&back);
  }
  struct ref_tensor bits = ref_new(1, 1, 1, 16);
  bits.v[0] = bits.v[9] = 1;
  uint8_t packed[2] = {0};
  ref_store(&bits, WC_T_BIT, packed, 2);
  assert_int_equal(packed[0], 1);
  assert_int_equal(packed[1], 2);
  ref_free(&bits);
}

/* Loss times its scale, running the forward nodes from @from on. */
static double network_objective(struct ref_run *run, uint32_t from) {
  for (uint32_t i = from; i < run->graph->n_forward; i++) {
    ref_run_node(run, i);
  }
  return ref_run_loss(run) * run->t[run->graph->hyper].v[WC_HYPER_LOSS_SCALE] * run->n;
}

/* Numeric derivative by element @e of tensor @t, whose producer is left out of the run. Fourth
 * order: a whole network bends more than a layer. */
static double network_derivative(struct ref_run *run, uint32_t t, size_t e) {
  static const double factor[] = {1, -8, 8, -1}, step[] = {-2, -1, 1, 2};
  const uint32_t producer = run->graph->tensors[t].producer;
  const uint32_t from = producer == WC_NONE ? 0 : producer + 1;
  double *x = &run->t[t].v[e], sum = 0;
  const double at = *x;
  for (unsigned i = 0; i < 4; i++) {
    *x = at + step[i] * NETWORK_STEP;
    sum += factor[i] * network_objective(run, from);
  }
  *x = at;
  return sum / (12 * NETWORK_STEP);
}

/* Compares up to @samples elements of the gradient of tensor @t; returns the largest error. */
static double tensor_error(struct ref_run *run, uint32_t t, unsigned samples, uint64_t *random) {
  /* A copy: the gradient of the logits is made by a forward node. */
  const struct ref_tensor *left = &run->t[run->graph->tensors[t].grad];
  struct ref_tensor grad = like(left);
  ref_copy(left, &grad);
  const size_t elems = ref_elems(&grad);
  double error = 0, size = 1e-3;
  for (size_t e = 0; e < elems; e++) {
    size = fmax(size, fabs(grad.v[e]));
  }
  for (unsigned i = 0; i < samples && i < elems; i++) {
    const size_t e = elems <= samples ? i : ref_random(random) % elems;
    error = fmax(error, fabs(network_derivative(run, t, e) - grad.v[e]) / size);
  }
  ref_free(&grad);
  return error;
}

/* Every tensor that has a gradient: parameters and features alike. */
static void check_network(const struct wc_graph *g, uint32_t n, unsigned samples,
                          uint64_t *random) {
  struct ref_run run = ref_run_new(g, n);
  ref_run_fill(&run, 16, random);
  ref_run_graph(&run);
  run.replay = true;
  unsigned checked = 0;
  for (uint32_t t = 0; t < g->n_tensors; t++) {
    if (g->tensors[t].grad != WC_NONE) {
      const double error = tensor_error(&run, t, samples, random);
      if (!(error < TOLERANCE)) {
        fail_msg("%s: gradient of %s is off by %g of its largest element", g->name,
                 g->tensors[t].name, error);
      }
      network_objective(&run, 0); /* undoes what differences left in later tensors */
      checked++;
    }
  }
  assert_true(checked > g->n_params);
  ref_run_free(&run);
}

static void check_built_in(const char *name, uint32_t n, unsigned samples, uint64_t *random) {
  struct wc_report why = {""};
  struct wc_graph *g = wc_net_build(name, &why);
  assert_non_null(g);
  check_network(g, n, samples, random);
  wc_graph_delete(g);
}

static void backward_graph_of_tiny_resnet_equals_numeric_derivatives(void **state) {
  check_built_in("tiny-resnet", 3, 60, *state);
}

static void backward_graph_of_tiny_identity_equals_numeric_derivatives(void **state) {
  check_built_in("tiny-identity", 3, 60, *state);
}

static void backward_graph_of_fmnist_resnet8_equals_numeric_derivatives(void **state) {
  check_built_in("fmnist-resnet8", 1, 2, *state);
}

/* What the built-in networks lack: three consumers, a tensor added to itself, a sum whose terms
 * both have other consumers, a classifier over several pixels. */
static void backward_graph_of_odd_network_equals_numeric_derivatives(void **state) {
  struct wc_graph *g = wc_graph_new("odd");
  uint32_t x = wc_graph_image(g, 6, 6, 3, 0.01F, -1);
  x = wc_graph_relu(g, "r0", wc_graph_conv(g, "c0", x, 8, 3, 1, 0));
  const uint32_t a = wc_graph_gn(g, "ga", wc_graph_conv(g, "ca", x, 8, 3, 1, 1), 2);
  const uint32_t b = wc_graph_gn(g, "gb", wc_graph_conv(g, "cb", x, 8, 1, 1, 0), 4);
  const uint32_t sum = wc_graph_add(g, "sum", a, b);
  const uint32_t twice = wc_graph_add(g, "twice", sum, sum);
  const uint32_t a2 = wc_graph_relu(g, "ra", a);
  const uint32_t b2 = wc_graph_add(g, "b2", wc_graph_add(g, "b1", b, x), a2);
  const uint32_t y = wc_graph_maxpool(g, "pool", wc_graph_add(g, "y", twice, b2), 2);
  wc_graph_xent(g, "xent", wc_graph_fc(g, "fc", y, 5));
  struct wc_report why = {""};
  if (!wc_graph_differentiate(g, &why)) {
    fail_msg("%s", why.text);
  }
  check_network(g, 2, 60, *state);
  wc_graph_delete(g);
}

static void backward_graph_of_fmnist_inception_equals_numeric_derivatives(void **state) {
  check_built_in("fmnist-inception", 1, 2, *state);
}

/* A concatenation whose terms have other consumers, and of the image's own feature. */
static void backward_graph_of_odd_concatenations_equals_numeric_derivatives(void **state) {
  struct wc_graph *g = wc_graph_new("odd");
  const uint32_t image = wc_graph_image(g, 5, 6, 8, 0.01F, -1);
  const uint32_t x = wc_graph_relu(g, "r0", wc_graph_conv(g, "c0", image, 8, 3, 1, 1));
  const uint32_t a = wc_graph_avgpool(g, "a", x, 2, 1);
  const uint32_t b = wc_graph_conv_bias(g, "b", x, 16, (struct wc_kernel_shape){4, 4, 1, 2, 2});
  const uint32_t c = wc_graph_maxpool_shape(g, "c", a, 3, 2, 1);
  const uint32_t joined = wc_graph_concat(g, "ab", (const uint32_t[]){a, b}, 2);
  const uint32_t e = wc_graph_maxpool_shape(g, "e", joined, 3, 2, 1);
  const uint32_t f = wc_graph_concat(g, "ec", (const uint32_t[]){e, c}, 2);
  wc_graph_xent(g, "xent", wc_graph_fc(g, "fc", f, 5));
  struct wc_report why = {""};
  if (!wc_graph_differentiate(g, &why)) {
    fail_msg("%s", why.text);
  }
  check_network(g, 2, 60, *state);
  wc_graph_delete(g);
}

/* A backward graph with two operands exchanged is found out. */
static void wrong_backward_graph_is_found_out(void **state) {
  uint64_t *random = *state;
  struct wc_report why = {""};
  struct wc_graph *g = wc_net_build("tiny-identity", &why);
  assert_non_null(g);
  uint32_t pool = WC_NONE;
  for (uint32_t i = 0; i < g->n_nodes; i++) {
    struct wc_node *node = &g->nodes[i];
    if (node->backward && node->op == WC_N_ADD) {
      node->in[1] = node->in[0]; /* the shortcut's gradient twice, the main branch's not at all */
      pool = g->tensors[node->out[0]].of;
    }
  }
  assert_int_not_equal(pool, WC_NONE);
  struct ref_run run = ref_run_new(g, 2);
  ref_run_fill(&run, 16, random);
  ref_run_graph(&run);
  run.replay = true;
  assert_true(tensor_error(&run, pool, 20, random) > 1e-3);
  ref_run_free(&run);
  wc_graph_delete(g);
}

static void rounding_changes_results_but_little(void **state) {
  struct wc_report why = {""};
  struct wc_graph *g = wc_net_build("tiny-resnet", &why);
  assert_non_null(g);
  uint64_t again = *(uint64_t *)*state;
  struct ref_run exact = ref_run_new(g, 4), rounded = ref_run_new(g, 4);
  ref_run_fill(&exact, 256, *state);
  ref_run_fill(&rounded, 256, &again);
  rounded.round = true;
  ref_run_graph(&exact);
  for (uint32_t i = 0; i < g->n_tensors; i++) { /* the same decisions */
    if (g->tensors[i].role == WC_ROLE_MASK) {
      ref_copy(&exact.t[i], &rounded.t[i]);
    }
  }
  rounded.replay = true;
  ref_run_graph(&rounded);
  for (uint32_t i = 0; i < g->n_params; i++) {
    const uint32_t grad = g->tensors[g->params[i]].grad;
    const double error = ref_rel_l2(&rounded.t[grad], &exact.t[grad]);
    assert_true(error > 0 && error < 1e-2);
  }
  ref_run_free(&exact);
  ref_run_free(&rounded);
  wc_graph_delete(g);
}

int main(void) {
  uint64_t random = ref_seed("test_reference");
#define RANDOM_TEST(f) cmocka_unit_test_prestate(f, &random)
  const struct CMUnitTest tests[] = {
      RANDOM_TEST(convolution_gradients_equal_numeric_ones),
      RANDOM_TEST(bias_gradient_equals_numeric_one),
      RANDOM_TEST(normalisation_gradients_equal_numeric_ones),
      RANDOM_TEST(relu_gradient_equals_numeric_one),
      RANDOM_TEST(maximum_pooling_gradient_equals_numeric_one),
      RANDOM_TEST(local_average_gradient_equals_numeric_one),
      RANDOM_TEST(average_pooling_gradient_equals_numeric_one),
      RANDOM_TEST(cross_entropy_gradient_equals_numeric_one),
      cmocka_unit_test(forward_values_are_those_worked_out_by_hand),
      cmocka_unit_test(sgd_step_is_the_one_worked_out_by_hand),
      cmocka_unit_test(fp16_conversion_is_exact_on_all_patterns_and_rounds_to_even),
      RANDOM_TEST(memory_images_come_back_as_they_were),
      RANDOM_TEST(backward_graph_of_tiny_resnet_equals_numeric_derivatives),
      RANDOM_TEST(backward_graph_of_tiny_identity_equals_numeric_derivatives),
      RANDOM_TEST(backward_graph_of_fmnist_resnet8_equals_numeric_derivatives),
      RANDOM_TEST(backward_graph_of_odd_network_equals_numeric_derivatives),
      RANDOM_TEST(backward_graph_of_fmnist_inception_equals_numeric_derivatives),
      RANDOM_TEST(backward_graph_of_odd_concatenations_equals_numeric_derivatives),
      RANDOM_TEST(wrong_backward_graph_is_found_out),
      RANDOM_TEST(rounding_changes_results_but_little),
  };
  return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
