/* The built-in networks. docs/networks.md describes them and how they are trained. */
#include "nets.h"

#include <inttypes.h>
#include <string.h>

/* Fashion-MNIST pixels over its 60,000 training images: mean 0.2860, deviation 0.3530 of 255. */
#define FMNIST_SCALE (1.0F / (255.0F * 0.3530F))
#define FMNIST_SHIFT (-0.2860F / 0.3530F)

uint32_t wc_net_fmnist_image(struct wc_graph *g, uint32_t size) {
  return wc_graph_image(g, size, size, 1, FMNIST_SCALE, FMNIST_SHIFT);
}

uint32_t wc_net_image(struct wc_graph *g, uint32_t size) {
  return wc_graph_image(g, size, size, 3, 1.0F / 127.5F, -1.0F);
}

#define GN_WIDTH 4 /* channels of a normalisation group */

/* A residual block of two 3x3 convolutions: y = relu(gn(conv(relu(gn(conv(x))))) + shortcut(x)).
 * The shortcut is x itself, or with @project a 1x1 convolution and a normalisation. */
struct block {
  const char *conv1, *gn1, *relu1, *conv2, *gn2, *conv_s, *gn_s, *add, *relu2;
  uint32_t channels, stride;
  bool project;
};

#define BLOCK_NAMES(b)                                                                      \
  b ".conv1", b ".gn1", b ".relu1", b ".conv2", b ".gn2", b ".conv_s", b ".gn_s", b ".add", \
      b ".relu2"

static uint32_t residual(struct wc_graph *g, const struct block *b, uint32_t x) {
  uint32_t y = wc_graph_conv(g, b->conv1, x, b->channels, 3, b->stride, 1);
  y = wc_graph_gn(g, b->gn1, y, b->channels / GN_WIDTH);
  y = wc_graph_relu(g, b->relu1, y);
  y = wc_graph_conv(g, b->conv2, y, b->channels, 3, 1, 1);
  y = wc_graph_gn(g, b->gn2, y, b->channels / GN_WIDTH);
  uint32_t shortcut = x;
  if (b->project) {
    shortcut = wc_graph_conv(g, b->conv_s, x, b->channels, 1, b->stride, 0);
    shortcut = wc_graph_gn(g, b->gn_s, shortcut, b->channels / GN_WIDTH);
  }
  y = wc_graph_add(g, b->add, y, shortcut);
  return wc_graph_relu(g, b->relu2, y);
}

/* Image, 3x3 convolution, pooling or none, @n residual blocks, global average, one layer of 10
 * logits. */
static void resnet(struct wc_graph *g, uint32_t size, uint32_t channels, bool pool,
                   const struct block *blocks, unsigned n) {
  uint32_t x = wc_net_fmnist_image(g, size);
  x = wc_graph_conv(g, "stem.conv", x, channels, 3, 1, 1);
  x = wc_graph_gn(g, "stem.gn", x, channels / GN_WIDTH);
  x = wc_graph_relu(g, "stem.relu", x);
  if (pool)
    x = wc_graph_maxpool(g, "stem.pool", x, 2);
  for (unsigned i = 0; i < n; i++) {
    x = residual(g, &blocks[i], x);
  }
  x = wc_graph_gap(g, "gap", x);
  x = wc_graph_fc(g, "fc", x, 10);
  wc_graph_xent(g, "xent", x);
}

/* Eight layers deep along the main branch: stem, six in the blocks, classifier. */
static void fmnist_resnet8(struct wc_graph *g) {
  static const struct block blocks[] = {
      {BLOCK_NAMES("b1"), 16, 1, false},
      {BLOCK_NAMES("b2"), 32, 2, true},
      {BLOCK_NAMES("b3"), 64, 2, true},
  };
  resnet(g, 28, 16, true, blocks, 3);
}

/* ResNet-20 of CIFAR-10 with GN, on 28 x 28 pixels: three stages of three blocks. */
static void fmnist_resnet20(struct wc_graph *g) {
  static const struct block blocks[] = {
      {BLOCK_NAMES("s1.b1"), 16, 1, false}, {BLOCK_NAMES("s1.b2"), 16, 1, false},
      {BLOCK_NAMES("s1.b3"), 16, 1, false}, {BLOCK_NAMES("s2.b1"), 32, 2, true},
      {BLOCK_NAMES("s2.b2"), 32, 1, false}, {BLOCK_NAMES("s2.b3"), 32, 1, false},
      {BLOCK_NAMES("s3.b1"), 64, 2, true},  {BLOCK_NAMES("s3.b2"), 64, 1, false},
      {BLOCK_NAMES("s3.b3"), 64, 1, false},
  };
  resnet(g, 28, 16, false, blocks, sizeof blocks / sizeof *blocks);
}

static void tiny_resnet(struct wc_graph *g) {
  static const struct block blocks[] = {{BLOCK_NAMES("b1"), 16, 2, true}};
  resnet(g, 8, 8, true, blocks, 1);
}

static void tiny_identity(struct wc_graph *g) {
  static const struct block blocks[] = {{BLOCK_NAMES("b1"), 8, 1, false}};
  resnet(g, 8, 8, true, blocks, 1);
}

/* Three channels under a kernel of 7x3: several runs of taps for each tile of an array's depth. */
static void tiny_stem(struct wc_graph *g) {
  uint32_t x = wc_net_image(g, 16);
  x = wc_graph_conv_shape(g, "stem.conv", x, 8, (struct wc_kernel_shape){7, 3, 1, 3, 1});
  x = wc_graph_gn(g, "stem.gn", x, 2);
  x = wc_graph_relu(g, "stem.relu", x);
  x = wc_graph_maxpool(g, "stem.pool", x, 2);
  x = wc_graph_fc(g, "fc", wc_graph_gap(g, "gap", x), 10);
  wc_graph_xent(g, "xent", x);
}

static const struct {
  const char *name;
  void (*build)(struct wc_graph *g);
} nets[] = {
    {"fmnist-resnet8", fmnist_resnet8},
    {"fmnist-resnet20", fmnist_resnet20},
    {"fmnist-inception", wc_net_fmnist_inception},
    {"tiny-resnet", tiny_resnet},
    {"tiny-identity", tiny_identity},
    {"tiny-stem", tiny_stem},
    {"resnet50", wc_net_resnet50},
    {"resnet101", wc_net_resnet101},
    {"resnet152", wc_net_resnet152},
    {"inception3", wc_net_inception3},
    {"inception4", wc_net_inception4},
    {"alexnet", wc_net_alexnet},
};

const char *wc_net_name(unsigned index) {
  return index < sizeof nets / sizeof *nets ? nets[index].name : NULL;
}

static void list_known(const char *name, struct wc_report *why) {
  size_t at =
      (size_t)snprintf(why->text, sizeof why->text, "unknown network '%.64s'; known:", name);
  for (unsigned i = 0; wc_net_name(i) != NULL && at < sizeof why->text; i++) {
    at += (size_t)snprintf(why->text + at, sizeof why->text - at, " %s", wc_net_name(i));
  }
}

struct wc_graph *wc_net_build(const char *name, struct wc_report *why) {
  unsigned i = 0;
  while (wc_net_name(i) != NULL && strcmp(wc_net_name(i), name) != 0) {
    i++;
  }
  if (wc_net_name(i) == NULL) {
    list_known(name, why);
    return NULL;
  }
  struct wc_graph *g = wc_graph_new(name);
  if (g == NULL) {
    snprintf(why->text, sizeof why->text, "network %s: out of memory", name);
    return NULL;
  }
  nets[i].build(g);
  if (!wc_graph_differentiate(g, why)) {
    wc_graph_delete(g);
    return NULL;
  }
  return g;
}
