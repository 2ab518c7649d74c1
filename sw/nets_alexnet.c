/* AlexNet as torchvision has it ("one weird trick"), without dropout: which units it would drop is
 * a random choice of the host, and the adaptive pooling is the identity at 224 pixels. */
#include "nets.h"

#define CLASSES 1000

static uint32_t conv_relu(struct wc_graph *g, const char *conv, const char *relu, uint32_t x,
                          uint32_t co, struct wc_kernel_shape k) {
  return wc_graph_relu(g, relu, wc_graph_conv_bias(g, conv, x, co, k));
}

void wc_net_alexnet(struct wc_graph *g) {
  const struct wc_kernel_shape k3 = {3, 3, 1, 1, 1};
  uint32_t x = wc_net_image(g, 224);
  x = conv_relu(g, "conv1", "relu1", x, 64, (struct wc_kernel_shape){11, 11, 4, 2, 2});
  x = wc_graph_maxpool_shape(g, "pool1", x, 3, 2, 0);
  x = conv_relu(g, "conv2", "relu2", x, 192, (struct wc_kernel_shape){5, 5, 1, 2, 2});
  x = wc_graph_maxpool_shape(g, "pool2", x, 3, 2, 0);
  x = conv_relu(g, "conv3", "relu3", x, 384, k3);
  x = conv_relu(g, "conv4", "relu4", x, 256, k3);
  x = conv_relu(g, "conv5", "relu5", x, 256, k3);
  x = wc_graph_maxpool_shape(g, "pool5", x, 3, 2, 0);
  x = wc_graph_relu(g, "relu6", wc_graph_fc(g, "fc6", x, 4096));
  x = wc_graph_relu(g, "relu7", wc_graph_fc(g, "fc7", x, 4096));
  wc_graph_xent(g, "xent", wc_graph_fc(g, "fc8", x, CLASSES));
}
