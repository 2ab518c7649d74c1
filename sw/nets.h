/* The built-in networks: each function appends one, up to its loss. Private to nets*.c. */
#ifndef WC_NETS_H
#define WC_NETS_H

#include "graph.h"

/* The image of ImageNet networks: pixels over [-1, 1], three channels. */
uint32_t wc_net_image(struct wc_graph *g, uint32_t size);
/* Fashion-MNIST: 28 x 28 (or @size) pixels of mean 0 and deviation 1. */
uint32_t wc_net_fmnist_image(struct wc_graph *g, uint32_t size);

void wc_net_resnet50(struct wc_graph *g);
void wc_net_resnet101(struct wc_graph *g);
void wc_net_resnet152(struct wc_graph *g);
void wc_net_inception3(struct wc_graph *g);
void wc_net_inception4(struct wc_graph *g);
void wc_net_fmnist_inception(struct wc_graph *g);
void wc_net_alexnet(struct wc_graph *g);

#endif
