/* Facts about graphs: totals, shapes, the backward half, refused constructions. */
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "graph_json.h"
#include "net_build.h"
#include "wc_cmocka.h"

static uint32_t find_tensor(const struct wc_graph *g, const char *name) {
  for (uint32_t i = 0; i < g->n_tensors; i++) {
    if (strcmp(g->tensors[i].name, name) == 0) {
      return i;
    }
  }
  fail_msg("no tensor %s", name);
  return WC_NONE;
}

static uint32_t find_node(const struct wc_graph *g, const char *name) {
  for (uint32_t i = 0; i < g->n_nodes; i++) {
    if (strcmp(g->nodes[i].name, name) == 0) {
      return i;
    }
  }
  fail_msg("no node %s", name);
  return WC_NONE;
}

/* Worked out by hand, each convolution as output pixels x taps x input x output channels:
 *   stem      28*28 * 9 *  1*16 =   112,896    output 28*28*16 = 12,544
 *   block 1   14*14 * 9 * 16*16 =   451,584 twice     14*14*16 =  3,136 twice
 *   block 2     7*7 * 9 * 16*32 =   225,792              7*7*32 =  1,568
 *               7*7 * 9 * 32*32 =   451,584                        1,568
 *               7*7 * 1 * 16*32 =    25,088                        1,568
 *   block 3     4*4 * 9 * 32*64 =   294,912              4*4*64 =  1,024
 *               4*4 * 9 * 64*64 =   589,824                        1,024
 *               4*4 * 1 * 32*64 =    32,768                        1,024
 *   fc                    64*10 =       640
 * Parameters: weights 144 + 2*2304 + 4608 + 9216 + 512 + 18432 + 36864 + 2048 + 640 = 77,072;
 * normalisations 2*(3*16 + 3*32 + 3*64) = 672; bias 10. */
static void fmnist_resnet8_has_the_totals_worked_out_by_hand(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  const struct wc_graph_totals t = wc_graph_totals(g);
  assert_int_equal(t.macs, 2636672);
  assert_int_equal(t.params, 77754);
  assert_int_equal(t.conv_out_elems, 12544 + 2 * 3136 + 3 * 1568 + 3 * 1024);
  assert_int_equal(t.train_macs, 3 * 2636672 - 112896);
  wc_graph_delete(g);
}

/* stem 8*8*9*8 = 4,608; block 2*2*9*8*16 = 4,608, 2*2*9*16*16 = 9,216, shortcut 2*2*8*16 = 512;
 * fc 160. Weights 72 + 1152 + 2304 + 128 + 160, normalisations 2*(8 + 3*16), bias 10. */
static void tiny_resnet_has_the_totals_worked_out_by_hand(void **state) {
  (void)state;
  struct wc_graph *g = net_build("tiny-resnet");
  const struct wc_graph_totals t = wc_graph_totals(g);
  assert_int_equal(t.macs, 4608 + 4608 + 9216 + 512 + 160);
  assert_int_equal(t.params, 72 + 1152 + 2304 + 128 + 160 + 112 + 10);
  assert_int_equal(t.conv_out_elems, 512 + 3 * 64);
  assert_int_equal(t.train_macs, 3 * t.macs - 4608);
  wc_graph_delete(g);
}

/* Stem 28*28*9*16; stages of one first convolution each but the first stage, else 1,806,336 a
 * convolution at every size; two shortcuts; fc. Weights 144 + 6*2304 + 4608 + 5*9216 + 512 +
 * 18432 + 5*36864 + 2048 + 640, normalisations 2*(7*16 + 7*32 + 7*64), bias 10. */
static void fmnist_resnet20_has_the_totals_worked_out_by_hand(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet20");
  const struct wc_graph_totals t = wc_graph_totals(g);
  assert_int_equal(t.macs, 112896 + 16 * 1806336 + 2 * 903168 + 2 * 100352 + 640);
  assert_int_equal(t.params, 144 + 6 * 2304 + 4608 + 5 * 9216 + 512 + 18432 + 5 * 36864 + 2048 +
                                 640 + 2 * (7 * 16 + 7 * 32 + 7 * 64) + 10);
  assert_int_equal(t.conv_out_elems, 7 * 784 * 16 + 7 * 196 * 32 + 7 * 49 * 64);
  assert_int_equal(t.train_macs, 3 * t.macs - 112896);
  wc_graph_delete(g);
}

/* Forward totals checked against torchvision and timm (normalisations have the parameters that
 * batch normalisation has there). A training step takes three times the MACs less the data gradient
 * of the first convolution: 112*112*64*7*7*3, 149*149*32*3*3*3, 55*55*64*11*11*3. */
static void networks_of_the_paper_have_the_published_totals(void **state) {
  (void)state;
  static const struct {
    const char *name;
    uint64_t macs, params, conv_out, train;
  } want[] = {
      {"resnet50", 4089184256, 25557032, 11113984, 12149538816},
      {"resnet101", 7801405440, 44549160, 16231936, 23286202368},
      {"resnet152", 11513626624, 60192808, 22554112, 34422865920},
      {"inception3", 5713216096, 23834568, 8967488, 17120466624},
      {"inception4", 12253974624, 42679816, 15089184, 36742742208},
      {"alexnet", 714188480, 61100840, 484992, 2072288640},
  };
  for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
    struct wc_graph *g = net_build(want[i].name);
    const struct wc_graph_totals t = wc_graph_totals(g);
    assert_int_equal(t.macs, want[i].macs);
    assert_int_equal(t.params, want[i].params);
    assert_int_equal(t.conv_out_elems, want[i].conv_out);
    assert_int_equal(t.train_macs, want[i].train);
    wc_graph_delete(g);
  }
}

/* Sizes of the maps behind each stage, as the papers' tables have them. */
static void networks_of_the_paper_have_the_published_shapes(void **state) {
  (void)state;
  static const struct {
    const char *net, *tensor;
    uint32_t size, c;
  } want[] = {
      {"resnet50", "stem.conv", 112, 64},    {"resnet50", "stem.pool", 56, 64},
      {"resnet50", "s1.b3.add", 56, 256},    {"resnet50", "s2.b1.conv1", 56, 128},
      {"resnet50", "s2.b1.conv2", 28, 128},  {"resnet50", "s4.b3.add", 7, 2048},
      {"resnet101", "s3.b23.add", 14, 1024}, {"resnet152", "s2.b8.add", 28, 512},
      {"resnet152", "s3.b36.add", 14, 1024}, {"inception3", "stem.relu5", 71, 192},
      {"inception3", "stem.max2", 35, 192},  {"inception3", "m5b.cat", 35, 256},
      {"inception3", "m5d.cat", 35, 288},    {"inception3", "m6a.cat", 17, 768},
      {"inception3", "m7a.cat", 8, 1280},    {"inception3", "m7c.cat", 8, 2048},
      {"inception4", "m3a.cat", 73, 160},    {"inception4", "m4a.cat", 71, 192},
      {"inception4", "a4.cat", 35, 384},     {"inception4", "b7.cat", 17, 1024},
      {"inception4", "c3.cat", 8, 1536},     {"alexnet", "conv1", 55, 64},
      {"alexnet", "pool5", 6, 256},          {"alexnet", "fc8", 1, 1000},
  };
  for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
    struct wc_graph *g = net_build(want[i].net);
    const struct wc_tensor *t = &g->tensors[find_tensor(g, want[i].tensor)];
    assert_int_equal(t->h, want[i].size);
    assert_int_equal(t->w, want[i].size);
    assert_int_equal(t->c, want[i].c);
    assert_int_equal(g->classes, 1000);
    assert_int_equal(g->tensors[g->label].type, WC_T_FP32);
    wc_graph_delete(g);
  }
}

/* a, b, c joined: each gets its channels of the gradient, last term first. */
static void gradient_of_a_concatenation_is_split_among_its_terms(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-inception");
  const struct wc_node *cat = &g->nodes[find_node(g, "a.cat")];
  const uint32_t dy = g->tensors[cat->out[0]].grad;
  assert_int_equal(cat->n_in, 3);
  uint32_t before = 0;
  for (unsigned i = 0; i < 3; i++) {
    char name[32];
    snprintf(name, sizeof name, "a.cat.split%u", i);
    const uint32_t index = find_node(g, name);
    const struct wc_node *split = &g->nodes[index];
    assert_int_equal(split->op, WC_N_SPLIT);
    assert_int_equal(split->in[0], dy);
    assert_int_equal(split->out[0], g->tensors[cat->in[i]].grad);
    assert_int_equal(split->from, 16 * i);
    assert_int_equal(split->home, find_node(g, "a.cat"));
    assert_true(i == 0 || index < before);
    before = index;
  }
  wc_graph_delete(g);
}

static void fully_connected_layer_with_many_inputs_is_not_counted_as_convolution(void **state) {
  (void)state;
  struct wc_graph *g = wc_graph_new("flat");
  uint32_t x = wc_graph_image(g, 3, 5, 1, 1, 0);
  x = wc_graph_conv(g, "conv", x, 8, 3, 1, 1); /* 15 pixels * 9 * 8 = 1,080 */
  x = wc_graph_fc(g, "fc", x, 4);              /* 15 * 8 * 4 = 480 */
  wc_graph_xent(g, "xent", x);
  assert_null(wc_graph_failed(g));
  const struct wc_graph_totals t = wc_graph_totals(g);
  assert_int_equal(t.macs, 1080 + 480);
  assert_int_equal(t.conv_out_elems, 120);
  assert_int_equal(t.params, 72 + 480 + 4);
  wc_graph_delete(g);
}

static void main_branch_runs_before_shortcut_before_sum(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  static const char *const order[] = {
      "input",    "stem.conv", "stem.gn",  "stem.relu", "stem.pool", "b1.conv1",  "b1.gn1",
      "b1.relu1", "b1.conv2",  "b1.gn2",   "b1.add",    "b1.relu2",  "b2.conv1",  "b2.gn1",
      "b2.relu1", "b2.conv2",  "b2.gn2",   "b2.conv_s", "b2.gn_s",   "b2.add",    "b2.relu2",
      "b3.conv1", "b3.gn1",    "b3.relu1", "b3.conv2",  "b3.gn2",    "b3.conv_s", "b3.gn_s",
      "b3.add",   "b3.relu2",  "gap",      "fc",        "fc.bias",   "xent"};
  assert_int_equal(g->n_forward, sizeof order / sizeof *order);
  for (uint32_t i = 0; i < g->n_forward; i++) {
    assert_string_equal(g->nodes[i].name, order[i]);
    assert_int_equal(g->nodes[i].home, i);
    assert_false(g->nodes[i].backward);
  }
  wc_graph_delete(g);
}

static void shapes_follow_stride_padding_and_pooling(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  static const struct {
    const char *name;
    uint32_t h, w, c;
  } want[] = {{"image", 28, 28, 1},   {"stem.relu", 28, 28, 16}, {"stem.pool", 14, 14, 16},
              {"b1.add", 14, 14, 16}, {"b2.conv1", 7, 7, 32},    {"b2.conv_s", 7, 7, 32},
              {"b3.conv1", 4, 4, 64}, {"b3.conv_s", 4, 4, 64},   {"gap", 1, 1, 64},
              {"fc.sum", 1, 1, 10},   {"b3.conv1.w", 9, 32, 64}, {"b3.gn1.gamma", 1, 1, 64},
              {"loss", 1, 1, 1},      {"b3.gn1.stats", 1, 2, 16}};
  for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
    const struct wc_tensor *t = &g->tensors[find_tensor(g, want[i].name)];
    assert_int_equal(t->h, want[i].h);
    assert_int_equal(t->w, want[i].w);
    assert_int_equal(t->c, want[i].c);
  }
  assert_int_equal(g->tensors[find_tensor(g, "fc.sum")].type, WC_T_FP32);
  assert_int_equal(g->classes, 10);
  wc_graph_delete(g);
}

static void sizes_in_memory_are_those_of_the_type(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  const struct wc_tensor *mask = &g->tensors[find_tensor(g, "b2.relu1.mask")];
  assert_int_equal(wc_tensor_elems(mask), 7 * 7 * 32);
  assert_int_equal(wc_tensor_bytes(mask), 7 * 7 * 4);
  assert_int_equal(wc_tensor_pitch(mask), 208); /* 196 rounded up to 16 */
  assert_int_equal(wc_tensor_row_bytes(mask), 7 * 4);
  const struct wc_tensor *stats = &g->tensors[find_tensor(g, "b2.gn1.stats")];
  assert_int_equal(wc_tensor_bytes(stats), 2 * 8 * 4);
  const struct wc_tensor *image = &g->tensors[g->image];
  assert_int_equal(wc_tensor_bytes(image), 784);
  assert_int_equal(wc_tensor_pitch(image), 784);
  assert_int_equal(wc_tensor_pitch(&g->tensors[g->label]), 16);
  const struct wc_tensor *w = &g->tensors[find_tensor(g, "b2.conv1.w")];
  assert_int_equal(wc_tensor_bytes(w), 9 * 16 * 32 * 2);
  assert_int_equal(wc_tensor_row_bytes(w), 16 * 32 * 2);
  const struct wc_tensor *dw = &g->tensors[w->grad];
  assert_int_equal(wc_tensor_bytes(dw), 9 * 16 * 32 * 4);
  wc_graph_delete(g);
}

/* Roles of operands, one letter each, as the comments of enum wc_op list them. */
static const char *const op_roles[] = {
    [WC_N_NORMALIZE] = "I>F",   [WC_N_CONV] = "FW>F",       [WC_N_BIAS] = "FP>F",
    [WC_N_GN] = "FPP>FS",       [WC_N_RELU] = "F>FM",       [WC_N_ADD] = "FF>F",
    [WC_N_MAXPOOL] = "F>FM",    [WC_N_GAP] = "F>F",         [WC_N_XENT] = "FLH>OG",
    [WC_N_CONV_DGRAD] = "GW>G", [WC_N_CONV_WGRAD] = "FG>D", [WC_N_BIAS_BWD] = "G>D",
    [WC_N_GN_BWD] = "FGSP>GDD", [WC_N_RELU_BWD] = "GM>G",   [WC_N_MAXPOOL_BWD] = "GM>G",
    [WC_N_GAP_BWD] = "G>G",     [WC_N_AVGPOOL] = "F>F",     [WC_N_AVGPOOL_BWD] = "G>G",
    [WC_N_SPLIT] = "G>G",
};

static char role_letter(enum wc_role role) {
  return "ILFSMOGWPDH"[role];
}

static void check_operands(const struct wc_graph *g, uint32_t index) {
  const struct wc_node *node = &g->nodes[index];
  char roles[WC_MAX_IN + WC_MAX_OUT + 2] = "";
  size_t n = 0;
  for (unsigned i = 0; i < node->n_in; i++) {
    const struct wc_tensor *t = &g->tensors[node->in[i]];
    roles[n++] = role_letter(t->role);
    if (t->producer != WC_NONE) {
      assert_true(t->producer < index); /* made before it is read */
    }
  }
  roles[n++] = '>';
  for (unsigned i = 0; i < node->n_out; i++) {
    roles[n++] = role_letter(g->tensors[node->out[i]].role);
    assert_int_equal(g->tensors[node->out[i]].producer, index); /* made once */
  }
  if (node->op == WC_N_CONCAT) { /* any number of terms */
    assert_true(node->n_in > 0 && strspn(roles, "F") == node->n_in);
    assert_string_equal(roles + node->n_in, ">F");
    return;
  }
  const bool sum = node->op == WC_N_ADD && node->backward;
  const bool biased = node->op == WC_N_CONV && node->n_in == 3;
  assert_string_equal(roles, sum ? "GG>G" : biased ? "FWP>F" : op_roles[node->op]);
}

static void every_node_has_the_operands_of_its_operation(void **state) {
  (void)state;
  for (unsigned net = 0; wc_net_name(net) != NULL; net++) {
    struct wc_graph *g = net_build(wc_net_name(net));
    for (uint32_t i = 0; i < g->n_nodes; i++) {
      check_operands(g, i);
    }
    wc_graph_delete(g);
  }
}

static void backward_nodes_run_at_home_in_reverse_order(void **state) {
  (void)state;
  for (unsigned net = 0; wc_net_name(net) != NULL; net++) {
    struct wc_graph *g = net_build(wc_net_name(net));
    uint32_t last_home = g->n_forward;
    for (uint32_t i = g->n_forward; i < g->n_nodes; i++) {
      const struct wc_node *node = &g->nodes[i];
      assert_true(node->backward);
      assert_true(node->home <= last_home);
      last_home = node->home;
      if (node->op != WC_N_ADD) {
        const struct wc_node *home = &g->nodes[node->home];
        assert_int_equal(node->r, home->r);
        assert_int_equal(node->s, home->s);
        assert_int_equal(node->stride, home->stride);
        assert_int_equal(node->pad, home->pad);
        assert_int_equal(node->groups, home->groups);
      }
    }
    wc_graph_delete(g);
  }
}

static void every_parameter_has_a_gradient_of_its_shape(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  for (uint32_t i = 0; i < g->n_params; i++) {
    const struct wc_tensor *p = &g->tensors[g->params[i]];
    assert_int_not_equal(p->grad, WC_NONE);
    const struct wc_tensor *grad = &g->tensors[p->grad];
    assert_int_equal(grad->role, WC_ROLE_DPARAM);
    assert_int_equal(grad->type, WC_T_FP32);
    assert_int_equal(grad->of, g->params[i]);
    assert_false(grad->per_sample);
    assert_int_equal(wc_tensor_elems(grad), wc_tensor_elems(p));
  }
  wc_graph_delete(g);
}

static void image_gets_no_gradient(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  assert_int_equal(g->tensors[g->image].grad, WC_NONE);
  assert_int_equal(g->tensors[find_tensor(g, "input")].grad, WC_NONE);
  for (uint32_t i = g->n_forward; i < g->n_nodes; i++) {
    assert_false(g->nodes[i].op == WC_N_CONV_DGRAD &&
                 g->nodes[i].home == find_node(g, "stem.conv"));
  }
  wc_graph_delete(g);
}

static void every_other_feature_has_a_gradient_of_its_shape(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  for (uint32_t i = 0; i < g->n_tensors; i++) {
    const struct wc_tensor *t = &g->tensors[i];
    if (t->role == WC_ROLE_FEATURE && i != find_tensor(g, "input")) {
      assert_int_not_equal(t->grad, WC_NONE);
      const struct wc_tensor *grad = &g->tensors[t->grad];
      assert_int_equal(grad->role, WC_ROLE_GRADIENT);
      assert_int_equal(grad->type, WC_T_FP16);
      assert_int_equal(wc_tensor_elems(grad), wc_tensor_elems(t));
    }
  }
  wc_graph_delete(g);
}

static void gradient_of_a_sum_is_shared_by_its_terms_and_added_later(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  const uint32_t shared = find_tensor(g, "d_b1.add");
  assert_int_equal(g->tensors[find_tensor(g, "b1.add")].grad, shared);
  assert_int_equal(g->tensors[find_tensor(g, "b1.gn2")].grad, shared);
  /* stem.pool feeds b1.conv1 and, later, b1.add: add's share comes first, conv1 is added to it. */
  const struct wc_node *sum = &g->nodes[find_node(g, "b1.conv1.sum")];
  assert_int_equal(sum->op, WC_N_ADD);
  assert_int_equal(sum->in[0], shared);
  assert_int_equal(sum->in[1], find_tensor(g, "d_stem.pool@b1.conv1"));
  assert_int_equal(sum->out[0], g->tensors[find_tensor(g, "stem.pool")].grad);
  assert_int_equal(sum->home, find_node(g, "b1.conv1"));
  wc_graph_delete(g);
}

/* x is read by c1, c2, c3 in that order: its gradient is (c3 + c2) + c1. */
static void gradients_of_several_consumers_add_from_last_to_first(void **state) {
  (void)state;
  struct wc_graph *g = wc_graph_new("three");
  const uint32_t image = wc_graph_image(g, 4, 4, 1, 1, 0);
  const uint32_t x = wc_graph_conv(g, "x", image, 8, 3, 1, 1);
  const uint32_t c1 = wc_graph_conv(g, "c1", x, 8, 3, 1, 1);
  const uint32_t c2 = wc_graph_conv(g, "c2", x, 8, 3, 1, 1);
  const uint32_t c3 = wc_graph_conv(g, "c3", x, 8, 3, 1, 1);
  const uint32_t sum = wc_graph_add(g, "s2", wc_graph_add(g, "s1", c1, c2), c3);
  wc_graph_xent(g, "xent", wc_graph_fc(g, "fc", wc_graph_gap(g, "gap", sum), 3));
  struct wc_report why = {""};
  assert_true(wc_graph_differentiate(g, &why));
  const struct wc_node *first = &g->nodes[find_node(g, "c2.sum")];
  const struct wc_node *second = &g->nodes[find_node(g, "c1.sum")];
  assert_int_equal(first->in[0], find_tensor(g, "d_x@c3"));
  assert_int_equal(first->in[1], find_tensor(g, "d_x@c2"));
  assert_int_equal(second->in[0], first->out[0]);
  assert_int_equal(second->in[1], find_tensor(g, "d_x@c1"));
  assert_int_equal(second->out[0], g->tensors[x].grad);
  assert_string_equal(g->tensors[second->out[0]].name, "d_x");
  wc_graph_delete(g);
}

static void unknown_network_is_refused_with_the_known_ones(void **state) {
  (void)state;
  struct wc_report why = {""};
  assert_null(wc_net_build("resnet-51", &why));
  assert_non_null(strstr(why.text, "resnet-51"));
  for (unsigned i = 0; wc_net_name(i) != NULL; i++) {
    assert_non_null(strstr(why.text, wc_net_name(i)));
  }
  assert_null(wc_net_name(1000));
}

/* Each returns the graph's complaint after one wrong step on a 6 x 6 image with 8 channels. */
static void expect_failure(void (*wrong)(struct wc_graph *g, uint32_t x), const char *const words[],
                           size_t n) {
  struct wc_graph *g = wc_graph_new("wrong");
  const uint32_t image = wc_graph_image(g, 6, 6, 1, 1, 0);
  const uint32_t x = wc_graph_conv(g, "x", image, 8, 3, 1, 1);
  assert_null(wc_graph_failed(g));
  wrong(g, x);
  const char *text = wc_graph_failed(g);
  assert_non_null(text);
  for (size_t i = 0; i < n; i++) {
    if (strstr(text, words[i]) == NULL) {
      fail_msg("'%s' does not mention '%s'", text, words[i]);
    }
  }
  /* The graph is of no further use, and the first complaint stays. */
  const size_t length = strlen(text);
  assert_int_equal(wc_graph_relu(g, "later", x), WC_NONE);
  assert_int_equal(strlen(wc_graph_failed(g)), length);
  struct wc_report why = {""};
  assert_false(wc_graph_differentiate(g, &why));
  assert_string_equal(why.text, wc_graph_failed(g));
  wc_graph_delete(g);
}

#define EXPECT_FAILURE(wrong, ...)                              \
  do {                                                          \
    static const char *const words[] = {__VA_ARGS__};           \
    expect_failure(wrong, words, sizeof words / sizeof *words); \
  } while (0)

static void relu_of_12(struct wc_graph *g, uint32_t x) {
  const uint32_t y = wc_graph_conv(g, "odd", x, 12, 1, 1, 0);
  assert_int_equal(wc_graph_relu(g, "r", y), WC_NONE);
}

static void relu_channels_must_be_multiples_of_8(void **state) {
  (void)state;
  EXPECT_FAILURE(relu_of_12, "node r", "12 channels", "multiple of 8");
}

static void add_of_other_shape(struct wc_graph *g, uint32_t x) {
  assert_int_equal(wc_graph_add(g, "s", x, wc_graph_conv(g, "half", x, 8, 1, 2, 0)), WC_NONE);
}

static void add_refuses_other_shapes(void **state) {
  (void)state;
  EXPECT_FAILURE(add_of_other_shape, "node s", "6x6x8", "3x3x8");
}

static void large_kernel(struct wc_graph *g, uint32_t x) {
  assert_int_equal(wc_graph_conv(g, "big", x, 8, 7, 1, 0), WC_NONE);
}

static void no_stride(struct wc_graph *g, uint32_t x) {
  assert_int_equal(wc_graph_conv(g, "still", x, 8, 3, 0, 1), WC_NONE);
}

static void convolution_refuses_a_kernel_that_does_not_fit(void **state) {
  (void)state;
  EXPECT_FAILURE(large_kernel, "node big", "7x7", "6x6");
  EXPECT_FAILURE(no_stride, "node still", "stride 0");
}

static void odd_groups(struct wc_graph *g, uint32_t x) {
  assert_int_equal(wc_graph_gn(g, "n", x, 3), WC_NONE);
}

static void normalisation_groups_must_divide_the_channels(void **state) {
  (void)state;
  EXPECT_FAILURE(odd_groups, "node n", "8 channels", "3 groups");
}

static void odd_window(struct wc_graph *g, uint32_t x) {
  assert_int_equal(wc_graph_maxpool(g, "p", x, 4), WC_NONE);
}

static void pooling_window_must_divide_the_input(void **state) {
  (void)state;
  EXPECT_FAILURE(odd_window, "node p", "4", "6x6");
}

static void step_over(struct wc_graph *g, uint32_t x) {
  assert_int_equal(wc_graph_maxpool_shape(g, "p", x, 2, 3, 0), WC_NONE);
}

static void all_padding(struct wc_graph *g, uint32_t x) {
  assert_int_equal(wc_graph_maxpool_shape(g, "p", x, 3, 2, 3), WC_NONE);
}

static void wide_average(struct wc_graph *g, uint32_t x) {
  assert_int_equal(wc_graph_avgpool(g, "p", x, 5, 2), WC_NONE);
}

static void windows_must_meet_the_image_and_each_other(void **state) {
  (void)state;
  EXPECT_FAILURE(step_over, "node p", "window of 2", "stride 3");
  EXPECT_FAILURE(all_padding, "node p", "window of 3", "padding 3");
  EXPECT_FAILURE(wide_average, "node p", "5x5");
}

static void other_size(struct wc_graph *g, uint32_t x) {
  const uint32_t y = wc_graph_conv(g, "y", x, 8, 1, 2, 0);
  assert_int_equal(wc_graph_concat(g, "j", (const uint32_t[]){x, y}, 2), WC_NONE);
}

static void joined_twice(struct wc_graph *g, uint32_t x) {
  assert_int_equal(wc_graph_concat(g, "j", (const uint32_t[]){x, x}, 2), WC_NONE);
}

static void joined_too_many(struct wc_graph *g, uint32_t x) {
  const uint32_t terms[WC_MAX_IN + 1] = {x, x, x, x, x, x, x};
  assert_int_equal(wc_graph_concat(g, "j", terms, WC_MAX_IN + 1), WC_NONE);
}

static void terms_of_a_concatenation_have_one_size_and_come_once(void **state) {
  (void)state;
  EXPECT_FAILURE(other_size, "node j", "6x6", "3x3");
  EXPECT_FAILURE(joined_twice, "node j", "once");
  EXPECT_FAILURE(joined_too_many, "node j", "7 tensors");
}

static void same_name(struct wc_graph *g, uint32_t x) {
  assert_int_equal(wc_graph_conv(g, "x", x, 8, 1, 1, 0), WC_NONE);
}

static void long_name(struct wc_graph *g, uint32_t x) {
  assert_int_equal(wc_graph_gap(g, "a-name-that-is-a-good-deal-too-long-for-a-tensor", x), WC_NONE);
}

static void names_must_be_short_and_used_once(void **state) {
  (void)state;
  EXPECT_FAILURE(same_name, "x.w");
  EXPECT_FAILURE(long_name, "a-name-that-is", "47");
}

static void wide_logits(struct wc_graph *g, uint32_t x) {
  wc_graph_xent(g, "loss", x);
}

static void loss_needs_one_row_of_logits(void **state) {
  (void)state;
  EXPECT_FAILURE(wide_logits, "node loss", "6x6x8");
}

static void no_tensor(struct wc_graph *g, uint32_t x) {
  assert_int_equal(wc_graph_gap(g, "g", x + 1000), WC_NONE);
}

static void weights_as_input(struct wc_graph *g, uint32_t x) {
  assert_int_equal(wc_graph_gap(g, "g", g->nodes[g->tensors[x].producer].in[1]), WC_NONE);
}

static void inputs_must_be_features(void **state) {
  (void)state;
  EXPECT_FAILURE(no_tensor, "node g", "feature");
  EXPECT_FAILURE(weights_as_input, "node g", "feature");
}

static void without_loss(struct wc_graph *g, uint32_t x) {
  (void)x;
  assert_false(wc_graph_differentiate(g, NULL));
}

static void with_a_loose_end(struct wc_graph *g, uint32_t x) {
  wc_graph_conv(g, "loose", x, 8, 1, 1, 0);
  wc_graph_xent(g, "loss", wc_graph_fc(g, "fc", x, 3));
  assert_false(wc_graph_differentiate(g, NULL));
}

static void twice(struct wc_graph *g, uint32_t x) {
  wc_graph_xent(g, "loss", wc_graph_fc(g, "fc", x, 3));
  assert_true(wc_graph_differentiate(g, NULL));
  assert_false(wc_graph_differentiate(g, NULL));
}

static void node_after_loss(struct wc_graph *g, uint32_t x) {
  wc_graph_xent(g, "loss", wc_graph_fc(g, "fc", x, 3));
  assert_int_equal(wc_graph_gap(g, "g", x), WC_NONE);
}

static void differentiation_needs_one_loss_that_everything_leads_to(void **state) {
  (void)state;
  EXPECT_FAILURE(without_loss, "no loss");
  EXPECT_FAILURE(with_a_loose_end, "no node reads loose");
  EXPECT_FAILURE(twice, "already");
  EXPECT_FAILURE(node_after_loss, "node g", "complete");
}

static void huge(struct wc_graph *g, uint32_t x) {
  assert_int_equal(wc_graph_conv(g, "huge", x, 1U << 31, 1, 1, 0), WC_NONE);
}

static void tensors_of_impossible_size_are_refused(void **state) {
  (void)state;
  EXPECT_FAILURE(huge, "huge", "2^30");
}

static void dump_names_every_tensor_and_node(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  FILE *file = tmpfile();
  assert_non_null(file);
  wc_graph_dump(g, file);
  const long size = ftell(file);
  assert_true(size > 0);
  char *text = calloc((size_t)size + 1, 1);
  assert_non_null(text);
  rewind(file);
  assert_int_equal(fread(text, 1, (size_t)size, file), size);
  fclose(file);
  char part[2 * WC_NAME_MAX];
  for (uint32_t i = 0; i < g->n_tensors; i++) {
    snprintf(part, sizeof part, " %s", g->tensors[i].name);
    assert_non_null(strstr(text, part));
  }
  for (uint32_t i = 0; i < g->n_nodes; i++) {
    snprintf(part, sizeof part, " %s:", g->nodes[i].name);
    assert_non_null(strstr(text, part));
    assert_non_null(strstr(text, wc_op_name(g->nodes[i].op)));
  }
  free(text);
  wc_graph_delete(g);
}

/* JSON names of operands, against the graph's numbers. */
static void assert_names(const struct wc_graph *g, json_t *names, const uint32_t *tensors,
                         unsigned n) {
  assert_int_equal(json_array_size(names), n);
  for (unsigned i = 0; i < n; i++) {
    assert_string_equal(json_string_value(json_array_get(names, i)), g->tensors[tensors[i]].name);
  }
}

static void json_holds_every_tensor_and_node(void **state) {
  (void)state;
  struct wc_graph *g = net_build("fmnist-resnet8");
  json_t *root = wc_graph_json(g);
  assert_non_null(root);
  json_t *tensors = json_object_get(root, "tensors"), *nodes = json_object_get(root, "nodes");
  assert_int_equal(json_array_size(tensors), g->n_tensors);
  assert_int_equal(json_array_size(nodes), g->n_nodes);
  for (uint32_t i = 0; i < g->n_tensors; i++) {
    const struct wc_tensor *t = &g->tensors[i];
    json_t *tensor = json_array_get(tensors, i), *grad = json_object_get(tensor, "grad");
    assert_string_equal(json_string_value(json_object_get(tensor, "name")), t->name);
    assert_string_equal(json_string_value(json_object_get(tensor, "role")), wc_role_name(t->role));
    assert_int_equal(json_integer_value(json_array_get(json_object_get(tensor, "shape"), 2)), t->c);
    assert_int_equal(json_is_null(grad), t->grad == WC_NONE);
    if (t->grad != WC_NONE) {
      assert_string_equal(json_string_value(grad), g->tensors[t->grad].name);
    }
  }
  for (uint32_t i = 0; i < g->n_nodes; i++) {
    const struct wc_node *node = &g->nodes[i];
    json_t *object = json_array_get(nodes, i);
    assert_string_equal(json_string_value(json_object_get(object, "name")), node->name);
    assert_string_equal(json_string_value(json_object_get(object, "op")), wc_op_name(node->op));
    assert_int_equal(json_is_true(json_object_get(object, "backward")), node->backward);
    assert_int_equal(json_integer_value(json_object_get(object, "stride")), node->stride);
    assert_names(g, json_object_get(object, "in"), node->in, node->n_in);
    assert_names(g, json_object_get(object, "out"), node->out, node->n_out);
  }
  json_decref(root);
  wc_graph_delete(g);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fmnist_resnet8_has_the_totals_worked_out_by_hand),
      cmocka_unit_test(tiny_resnet_has_the_totals_worked_out_by_hand),
      cmocka_unit_test(fmnist_resnet20_has_the_totals_worked_out_by_hand),
      cmocka_unit_test(networks_of_the_paper_have_the_published_totals),
      cmocka_unit_test(networks_of_the_paper_have_the_published_shapes),
      cmocka_unit_test(gradient_of_a_concatenation_is_split_among_its_terms),
      cmocka_unit_test(fully_connected_layer_with_many_inputs_is_not_counted_as_convolution),
      cmocka_unit_test(main_branch_runs_before_shortcut_before_sum),
      cmocka_unit_test(shapes_follow_stride_padding_and_pooling),
      cmocka_unit_test(sizes_in_memory_are_those_of_the_type),
      cmocka_unit_test(every_node_has_the_operands_of_its_operation),
      cmocka_unit_test(backward_nodes_run_at_home_in_reverse_order),
      cmocka_unit_test(every_parameter_has_a_gradient_of_its_shape),
      cmocka_unit_test(image_gets_no_gradient),
      cmocka_unit_test(every_other_feature_has_a_gradient_of_its_shape),
      cmocka_unit_test(gradient_of_a_sum_is_shared_by_its_terms_and_added_later),
      cmocka_unit_test(gradients_of_several_consumers_add_from_last_to_first),
      cmocka_unit_test(unknown_network_is_refused_with_the_known_ones),
      cmocka_unit_test(relu_channels_must_be_multiples_of_8),
      cmocka_unit_test(add_refuses_other_shapes),
      cmocka_unit_test(convolution_refuses_a_kernel_that_does_not_fit),
      cmocka_unit_test(normalisation_groups_must_divide_the_channels),
      cmocka_unit_test(pooling_window_must_divide_the_input),
      cmocka_unit_test(windows_must_meet_the_image_and_each_other),
      cmocka_unit_test(terms_of_a_concatenation_have_one_size_and_come_once),
      cmocka_unit_test(names_must_be_short_and_used_once),
      cmocka_unit_test(loss_needs_one_row_of_logits),
      cmocka_unit_test(inputs_must_be_features),
      cmocka_unit_test(differentiation_needs_one_loss_that_everything_leads_to),
      cmocka_unit_test(tensors_of_impossible_size_are_refused),
      cmocka_unit_test(dump_names_every_tensor_and_node),
      cmocka_unit_test(json_holds_every_tensor_and_node),
  };
  return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
