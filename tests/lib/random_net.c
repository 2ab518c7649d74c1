#include "random_net.h"

#include <stdio.h>
#include <stdlib.h>

/* Names of nodes: a number each. */
struct build {
  struct wc_graph *g;
  struct wc_random *r;
  unsigned nodes;
  char name[WC_NAME_MAX];
};

static const char *next_name(struct build *b, const char *kind) {
  snprintf(b->name, sizeof b->name, "%s%u", kind, b->nodes++);
  return b->name;
}

static uint32_t channels(struct build *b) {
  return 8 * (1 + wc_random_below(b->r, 6));
}

static uint32_t size_of(const struct build *b, uint32_t x) {
  return b->g->tensors[x].h;
}

static uint32_t conv(struct build *b, uint32_t x, uint32_t co, uint32_t stride) {
  const uint32_t k = wc_random_once_in(b->r, 3) ? 1 : 3;
  x = wc_graph_conv(b->g, next_name(b, "conv"), x, co, k, stride, k / 2);
  return wc_graph_gn(b->g, next_name(b, "gn"), x, co / 4);
}

static uint32_t relu(struct build *b, uint32_t x) {
  return wc_graph_relu(b->g, next_name(b, "relu"), x);
}

static uint32_t block(struct build *b, uint32_t x) {
  const uint32_t stride = size_of(b, x) > 4 && wc_random_once_in(b->r, 2) ? 2 : 1;
  const uint32_t co = channels(b);
  uint32_t y = relu(b, conv(b, x, co, stride));
  if (wc_random_once_in(b->r, 2))
    return y;
  y = conv(b, y, co, 1);
  const uint32_t shortcut = conv(b, x, co, stride);
  y = wc_graph_add(b->g, next_name(b, "add"), y, shortcut);
  return relu(b, y);
}

struct wc_graph *wc_random_net(struct wc_random *r) {
  struct wc_report why = {""};
  struct build b = {.g = wc_graph_new("random"), .r = r};
  const uint32_t size = 4 * (2 + wc_random_below(r, 4));
  uint32_t x = wc_graph_image(b.g, size, size, 1, 0.01F, -0.8F);
  x = relu(&b, conv(&b, x, 8 * (1 + wc_random_below(r, 2)), 1));
  if (wc_random_once_in(r, 2))
    x = wc_graph_maxpool(b.g, next_name(&b, "pool"), x, 2);
  for (uint32_t blocks = 1 + wc_random_below(r, 3); blocks > 0; blocks--)
    x = block(&b, x);
  x = wc_graph_gap(b.g, "gap", x);
  x = wc_graph_fc(b.g, "fc", x, 10);
  wc_graph_xent(b.g, "xent", x);
  if (wc_graph_failed(b.g) != NULL || !wc_graph_differentiate(b.g, &why)) {
    fprintf(stderr, "random network: %s%s\n", why.text,
            wc_graph_failed(b.g) != NULL ? wc_graph_failed(b.g) : "");
    abort();
  }
  return b.g;
}
