/* Inception-v3 (torchvision, without the auxiliary classifier) and -v4, and a small sibling.
 *
 * A branch is a string of convolutions, each with normalisation and ReLU; branches of a module
 * start at its input and are joined by a concatenation, in the order of execution. */
#include <stdio.h>

#include "nets.h"

#define GN_WIDTH 16 /* channels of a normalisation group: all widths are multiples */
#define CLASSES 1000

/* A module being built: its name, the number of its layers so far, its branches' ends. */
struct module {
  struct wc_graph *g;
  const char *name;
  unsigned layers, branches;
  uint32_t end[WC_MAX_IN];
};

/* Kernels, "same" padding: the size stays. */
static const struct wc_kernel_shape k1x1 = {1, 1, 1, 0, 0}, k3x3 = {3, 3, 1, 1, 1},
                                    k5x5 = {5, 5, 1, 2, 2}, k1x7 = {1, 7, 1, 0, 3},
                                    k7x1 = {7, 1, 1, 3, 0}, k1x3 = {1, 3, 1, 0, 1},
                                    k3x1 = {3, 1, 1, 1, 0};
/* "valid": the size shrinks. */
static const struct wc_kernel_shape v3x3 = {3, 3, 1, 0, 0}, v3x3s2 = {3, 3, 2, 0, 0};

/* The next layer MODULE.N: convolution, normalisation, ReLU. */
static uint32_t conv(struct module *m, uint32_t x, uint32_t co, struct wc_kernel_shape k) {
  char name[WC_NAME_MAX];
  const unsigned n = ++m->layers;
  snprintf(name, sizeof name, "%s.conv%u", m->name, n);
  x = wc_graph_conv_shape(m->g, name, x, co, k);
  snprintf(name, sizeof name, "%s.gn%u", m->name, n);
  x = wc_graph_gn(m->g, name, x, co / GN_WIDTH);
  snprintf(name, sizeof name, "%s.relu%u", m->name, n);
  return wc_graph_relu(m->g, name, x);
}

static uint32_t avgpool(struct module *m, uint32_t x) {
  char name[WC_NAME_MAX];
  snprintf(name, sizeof name, "%s.avg", m->name);
  return wc_graph_avgpool(m->g, name, x, 3, 1);
}

static uint32_t maxpool(struct module *m, uint32_t x) {
  char name[WC_NAME_MAX];
  snprintf(name, sizeof name, "%s.max", m->name);
  return wc_graph_maxpool_shape(m->g, name, x, 3, 2, 0);
}

static void ends(struct module *m, uint32_t x) {
  m->end[m->branches++] = x;
}

static uint32_t join(struct module *m) {
  char name[WC_NAME_MAX];
  snprintf(name, sizeof name, "%s.cat", m->name);
  return wc_graph_concat(m->g, name, m->end, m->branches);
}

static void classifier(struct wc_graph *g, uint32_t x, uint32_t classes) {
  x = wc_graph_gap(g, "gap", x);
  wc_graph_xent(g, "xent", wc_graph_fc(g, "fc", x, classes));
}

/* ---- Inception-v3 ---- */

static uint32_t v3_a(struct wc_graph *g, const char *name, uint32_t x, uint32_t pool) {
  struct module m = {.g = g, .name = name};
  ends(&m, conv(&m, x, 64, k1x1));
  ends(&m, conv(&m, conv(&m, x, 48, k1x1), 64, k5x5));
  ends(&m, conv(&m, conv(&m, conv(&m, x, 64, k1x1), 96, k3x3), 96, k3x3));
  ends(&m, conv(&m, avgpool(&m, x), pool, k1x1));
  return join(&m);
}

static uint32_t v3_b(struct wc_graph *g, const char *name, uint32_t x) {
  struct module m = {.g = g, .name = name};
  ends(&m, conv(&m, x, 384, v3x3s2));
  ends(&m, conv(&m, conv(&m, conv(&m, x, 64, k1x1), 96, k3x3), 96, v3x3s2));
  ends(&m, maxpool(&m, x));
  return join(&m);
}

static uint32_t v3_c(struct wc_graph *g, const char *name, uint32_t x, uint32_t c) {
  struct module m = {.g = g, .name = name};
  ends(&m, conv(&m, x, 192, k1x1));
  ends(&m, conv(&m, conv(&m, conv(&m, x, c, k1x1), c, k1x7), 192, k7x1));
  uint32_t y = conv(&m, conv(&m, conv(&m, x, c, k1x1), c, k7x1), c, k1x7);
  ends(&m, conv(&m, conv(&m, y, c, k7x1), 192, k1x7));
  ends(&m, conv(&m, avgpool(&m, x), 192, k1x1));
  return join(&m);
}

static uint32_t v3_d(struct wc_graph *g, const char *name, uint32_t x) {
  struct module m = {.g = g, .name = name};
  ends(&m, conv(&m, conv(&m, x, 192, k1x1), 320, v3x3s2));
  const uint32_t y = conv(&m, conv(&m, conv(&m, x, 192, k1x1), 192, k1x7), 192, k7x1);
  ends(&m, conv(&m, y, 192, v3x3s2));
  ends(&m, maxpool(&m, x));
  return join(&m);
}

/* Two branches fork once more; what torchvision joins in two steps is joined at once. */
static uint32_t v3_e(struct wc_graph *g, const char *name, uint32_t x) {
  struct module m = {.g = g, .name = name};
  ends(&m, conv(&m, x, 320, k1x1));
  uint32_t y = conv(&m, x, 384, k1x1);
  ends(&m, conv(&m, y, 384, k1x3));
  ends(&m, conv(&m, y, 384, k3x1));
  y = conv(&m, conv(&m, x, 448, k1x1), 384, k3x3);
  ends(&m, conv(&m, y, 384, k1x3));
  ends(&m, conv(&m, y, 384, k3x1));
  ends(&m, conv(&m, avgpool(&m, x), 192, k1x1));
  return join(&m);
}

void wc_net_inception3(struct wc_graph *g) {
  struct module stem = {.g = g, .name = "stem"};
  uint32_t x = wc_net_image(g, 299);
  x = conv(&stem, conv(&stem, conv(&stem, x, 32, v3x3s2), 32, v3x3), 64, k3x3);
  x = wc_graph_maxpool_shape(g, "stem.max1", x, 3, 2, 0);
  x = conv(&stem, conv(&stem, x, 80, k1x1), 192, v3x3);
  x = wc_graph_maxpool_shape(g, "stem.max2", x, 3, 2, 0);
  x = v3_a(g, "m5b", x, 32);
  x = v3_a(g, "m5c", x, 64);
  x = v3_a(g, "m5d", x, 64);
  x = v3_b(g, "m6a", x);
  x = v3_c(g, "m6b", x, 128);
  x = v3_c(g, "m6c", x, 160);
  x = v3_c(g, "m6d", x, 160);
  x = v3_c(g, "m6e", x, 192);
  x = v3_d(g, "m7a", x);
  x = v3_e(g, "m7b", x);
  x = v3_e(g, "m7c", x);
  classifier(g, x, CLASSES);
}

/* ---- Inception-v4 ---- */

static uint32_t v4_stem(struct wc_graph *g, uint32_t x) {
  struct module stem = {.g = g, .name = "stem"};
  x = conv(&stem, conv(&stem, conv(&stem, x, 32, v3x3s2), 32, v3x3), 64, k3x3);
  struct module m3a = {.g = g, .name = "m3a"};
  ends(&m3a, maxpool(&m3a, x));
  ends(&m3a, conv(&m3a, x, 96, v3x3s2));
  x = join(&m3a);
  struct module m4a = {.g = g, .name = "m4a"};
  ends(&m4a, conv(&m4a, conv(&m4a, x, 64, k1x1), 96, v3x3));
  const uint32_t y = conv(&m4a, conv(&m4a, conv(&m4a, x, 64, k1x1), 64, k1x7), 64, k7x1);
  ends(&m4a, conv(&m4a, y, 96, v3x3));
  x = join(&m4a);
  struct module m5a = {.g = g, .name = "m5a"};
  ends(&m5a, conv(&m5a, x, 192, v3x3s2));
  ends(&m5a, maxpool(&m5a, x));
  return join(&m5a);
}

static uint32_t v4_a(struct wc_graph *g, const char *name, uint32_t x) {
  struct module m = {.g = g, .name = name};
  ends(&m, conv(&m, x, 96, k1x1));
  ends(&m, conv(&m, conv(&m, x, 64, k1x1), 96, k3x3));
  ends(&m, conv(&m, conv(&m, conv(&m, x, 64, k1x1), 96, k3x3), 96, k3x3));
  ends(&m, conv(&m, avgpool(&m, x), 96, k1x1));
  return join(&m);
}

static uint32_t v4_reduce_a(struct wc_graph *g, const char *name, uint32_t x) {
  struct module m = {.g = g, .name = name};
  ends(&m, conv(&m, x, 384, v3x3s2));
  ends(&m, conv(&m, conv(&m, conv(&m, x, 192, k1x1), 224, k3x3), 256, v3x3s2));
  ends(&m, maxpool(&m, x));
  return join(&m);
}

static uint32_t v4_b(struct wc_graph *g, const char *name, uint32_t x) {
  struct module m = {.g = g, .name = name};
  ends(&m, conv(&m, x, 384, k1x1));
  ends(&m, conv(&m, conv(&m, conv(&m, x, 192, k1x1), 224, k1x7), 256, k7x1));
  const uint32_t y = conv(&m, conv(&m, conv(&m, x, 192, k1x1), 192, k7x1), 224, k1x7);
  ends(&m, conv(&m, conv(&m, y, 224, k7x1), 256, k1x7));
  ends(&m, conv(&m, avgpool(&m, x), 128, k1x1));
  return join(&m);
}

static uint32_t v4_reduce_b(struct wc_graph *g, const char *name, uint32_t x) {
  struct module m = {.g = g, .name = name};
  ends(&m, conv(&m, conv(&m, x, 192, k1x1), 192, v3x3s2));
  const uint32_t y = conv(&m, conv(&m, conv(&m, x, 256, k1x1), 256, k1x7), 320, k7x1);
  ends(&m, conv(&m, y, 320, v3x3s2));
  ends(&m, maxpool(&m, x));
  return join(&m);
}

static uint32_t v4_c(struct wc_graph *g, const char *name, uint32_t x) {
  struct module m = {.g = g, .name = name};
  ends(&m, conv(&m, x, 256, k1x1));
  uint32_t y = conv(&m, x, 384, k1x1);
  ends(&m, conv(&m, y, 256, k1x3));
  ends(&m, conv(&m, y, 256, k3x1));
  y = conv(&m, conv(&m, conv(&m, x, 384, k1x1), 448, k3x1), 512, k1x3);
  ends(&m, conv(&m, y, 256, k1x3));
  ends(&m, conv(&m, y, 256, k3x1));
  ends(&m, conv(&m, avgpool(&m, x), 256, k1x1));
  return join(&m);
}

/* @n modules NAME1, NAME2, ... in a row. */
static uint32_t repeat(struct wc_graph *g,
                       uint32_t (*module)(struct wc_graph *, const char *, uint32_t),
                       const char *name, unsigned n, uint32_t x) {
  for (unsigned i = 0; i < n; i++) {
    char each[16];
    snprintf(each, sizeof each, "%s%u", name, i + 1);
    x = module(g, each, x);
  }
  return x;
}

void wc_net_inception4(struct wc_graph *g) {
  uint32_t x = v4_stem(g, wc_net_image(g, 299));
  x = repeat(g, v4_a, "a", 4, x);
  x = v4_reduce_a(g, "ra", x);
  x = repeat(g, v4_b, "b", 7, x);
  x = v4_reduce_b(g, "rb", x);
  x = repeat(g, v4_c, "c", 3, x);
  classifier(g, x, CLASSES);
}

/* ---- small ---- */

/* One module of every kind of branch, and one that halves the size with a convolution as AlexNet
 * has them. */
void wc_net_fmnist_inception(struct wc_graph *g) {
  struct module stem = {.g = g, .name = "stem"};
  uint32_t x = conv(&stem, wc_net_fmnist_image(g, 28), 16, k3x3);
  x = wc_graph_maxpool_shape(g, "stem.max", x, 3, 2, 1);
  struct module a = {.g = g, .name = "a"};
  ends(&a, conv(&a, x, 16, k1x1));
  ends(&a, conv(&a, conv(&a, conv(&a, x, 16, k1x1), 16, k1x7), 16, k7x1));
  ends(&a, conv(&a, avgpool(&a, x), 16, k1x1));
  x = join(&a);
  struct module b = {.g = g, .name = "b"};
  ends(&b, wc_graph_relu(g, "b.relu1", wc_graph_conv_bias(g, "b.conv1", x, 32, v3x3s2)));
  ends(&b, maxpool(&b, x));
  classifier(g, join(&b), 10);
}
