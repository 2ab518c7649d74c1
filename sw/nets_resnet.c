/* ResNet-50, -101 and -152, "v1.5": the stride of a block sits on its 3x3 convolution. */
#include <stdio.h>

#include "nets.h"

#define GROUPS 32 /* of every normalisation */
#define CLASSES 1000

/* Convolution and normalisation BLOCK.convN, BLOCK.gnN; a 3x3 keeps the size it is given. */
static uint32_t conv_gn(struct wc_graph *g, const char *block, const char *n, uint32_t x,
                        uint32_t co, uint32_t k, uint32_t stride) {
  char name[WC_NAME_MAX];
  snprintf(name, sizeof name, "%s.conv%s", block, n);
  x = wc_graph_conv(g, name, x, co, k, stride, k / 2);
  snprintf(name, sizeof name, "%s.gn%s", block, n);
  return wc_graph_gn(g, name, x, GROUPS);
}

static uint32_t relu(struct wc_graph *g, const char *block, const char *n, uint32_t x) {
  char name[WC_NAME_MAX];
  snprintf(name, sizeof name, "%s.relu%s", block, n);
  return wc_graph_relu(g, name, x);
}

/* 1x1, 3x3, 1x1 to four times the width, beside the input or, where the shape changes, its 1x1
 * projection. */
static uint32_t bottleneck(struct wc_graph *g, const char *block, uint32_t x, uint32_t width,
                           uint32_t stride, bool project) {
  char name[WC_NAME_MAX];
  uint32_t y = relu(g, block, "1", conv_gn(g, block, "1", x, width, 1, 1));
  y = relu(g, block, "2", conv_gn(g, block, "2", y, width, 3, stride));
  y = conv_gn(g, block, "3", y, 4 * width, 1, 1);
  const uint32_t shortcut = project ? conv_gn(g, block, "_s", x, 4 * width, 1, stride) : x;
  snprintf(name, sizeof name, "%s.add", block);
  return relu(g, block, "3", wc_graph_add(g, name, y, shortcut));
}

/* @blocks: of the four stages, at 56, 28, 14 and 7 pixels. */
static void resnet(struct wc_graph *g, const unsigned blocks[4]) {
  uint32_t x = wc_net_image(g, 224);
  x = wc_graph_conv(g, "stem.conv", x, 64, 7, 2, 3);
  x = wc_graph_gn(g, "stem.gn", x, GROUPS);
  x = wc_graph_relu(g, "stem.relu", x);
  x = wc_graph_maxpool_shape(g, "stem.pool", x, 3, 2, 1);
  for (unsigned stage = 0; stage < 4; stage++) {
    for (unsigned i = 0; i < blocks[stage]; i++) {
      char block[16];
      snprintf(block, sizeof block, "s%u.b%u", stage + 1, i + 1);
      x = bottleneck(g, block, x, 64U << stage, i == 0 && stage > 0 ? 2 : 1, i == 0);
    }
  }
  x = wc_graph_gap(g, "gap", x);
  wc_graph_xent(g, "xent", wc_graph_fc(g, "fc", x, CLASSES));
}

void wc_net_resnet50(struct wc_graph *g) {
  resnet(g, (const unsigned[]){3, 4, 6, 3});
}

void wc_net_resnet101(struct wc_graph *g) {
  resnet(g, (const unsigned[]){3, 4, 23, 3});
}

void wc_net_resnet152(struct wc_graph *g) {
  resnet(g, (const unsigned[]){3, 8, 36, 3});
}
