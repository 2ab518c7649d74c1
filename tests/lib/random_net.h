/* Random residual networks, differentiated. */
#ifndef WC_TEST_RANDOM_NET_H
#define WC_TEST_RANDOM_NET_H

#include "graph.h"
#include "random.h"

/* Image of 8 to 20 pixels a side, a stem, one to three layers or residual blocks of 8 to 48
 * channels with normalisation and ReLU, strides, pooling, a classifier. */
struct wc_graph *wc_random_net(struct wc_random *r);

#endif
