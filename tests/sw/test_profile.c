/* Profiles from made-up timelines: nothing is lost between layers, and charts show what is there.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"
#include "random.h"
#include "wc_cmocka.h"
#include "well_formed.h"

enum { BATCH = 6, PLOT_AREA = 1080 * 88 };

static const enum wc_section_kind sections[] = {WC_SECTION_STEP, WC_SECTION_UPDATE};

struct bench {
  struct wc_graph *graph;
  struct wc_program *program;
  struct wc_timeline_entry *entries;
  size_t n;
  struct wc_profile profile;
};

/* Cycles in each state of an engine's next command. */
typedef void (*states_fn)(struct wc_random *random, unsigned queue, uint64_t *state);

static void any_states(struct wc_random *random, unsigned queue, uint64_t *state) {
  for (unsigned i = 0; i <= wc_engines[queue].last - wc_engines[queue].first; i++)
    state[i] = wc_random_below(random, 50);
}

/* 70 cycles of work, 30 of waiting for a token. */
static void token_states(struct wc_random *random, unsigned queue, uint64_t *state) {
  (void)random;
  state[0] = 70;
  state[wc_engines[queue].last - wc_engines[queue].first - 1] = 30;
}

static void add_entry(struct bench *b, uint32_t stream, uint32_t queue, uint32_t number,
                      const uint64_t *state, uint64_t *at) {
  struct wc_timeline_entry e = {.queue = queue, .stream = stream, .number = number, .begin = *at};
  memcpy(e.state, state, sizeof e.state);
  for (unsigned i = 0; i < WC_ENGINE_STATES; i++)
    *at += state[i];
  e.end = *at;
  b->entries[b->n++] = e;
}

/* An entry for every command of @queue, and one for END that lasts until @end. */
static uint64_t add_engine(struct bench *b, uint32_t stream, uint32_t queue, uint64_t at,
                           uint64_t end, states_fn states, struct wc_random *random) {
  const struct wc_section *section = &b->program->section[sections[stream]][0];
  const size_t units = section->bytes / WC_UNIT_BYTES;
  uint32_t number = 0;
  for (size_t unit = 0; unit < units; number++) {
    uint64_t state[WC_ENGINE_STATES] = {0};
    struct wc_cmd cmd;
    assert_int_equal(wc_cmd_decode(section->words + 4 * unit, units - unit, &cmd), WC_E_NONE);
    unit += cmd.hdr.units;
    if (cmd.hdr.opcode == WC_OP_END) {
      state[wc_engines[queue].last - wc_engines[queue].first] = end > at ? end - at : 0;
      add_entry(b, stream, queue, number, state, &at);
    } else if (wc_opcode_queue(cmd.hdr.opcode) == (int)queue) {
      states(random, queue, state);
      add_entry(b, stream, queue, number, state, &at);
    }
  }
  return at;
}

static void open_bench(struct bench *b, const char *net, states_fn states) {
  struct wc_report why = {""};
  const struct wc_target target = {.gbuf_bytes = 256 << 10};
  struct wc_random random;
  memset(b, 0, sizeof *b);
  wc_random_seed(&random, wc_random_env_seed());
  b->graph = wc_net_build(net, &why);
  assert_non_null(b->graph);
  b->program = wc_compile(b->graph, WC_MBS2, BATCH, &target, &why);
  assert_non_null(b->program);
  b->entries = calloc(
      4 * (b->program->section[0][0].bytes + b->program->section[1][0].bytes) / WC_UNIT_BYTES,
      sizeof *b->entries);
  assert_non_null(b->entries);
  uint64_t at = 0;
  for (uint32_t stream = 0; stream < 2; stream++) {
    const uint64_t begin = at;
    for (uint32_t queue = 0; queue < WC_QUEUES; queue++)
      at = add_engine(b, stream, queue, begin, at, states, &random);
  }
  assert_true(wc_profile_make(b->graph, b->program, sections, b->entries, b->n, &b->profile, &why));
}

static void close_bench(struct bench *b) {
  wc_profile_free(&b->profile);
  free(b->entries);
  wc_program_delete(b->program);
  wc_graph_delete(b->graph);
}

static uint32_t layer_named(const struct wc_profile *p, const char *name) {
  uint32_t layer = 0;
  while (layer < p->n_layers && strcmp(p->layer[layer], name) != 0)
    layer++;
  assert_true(layer < p->n_layers);
  return layer;
}

static void layers_and_passes_add_up_to_the_timeline(void **state) {
  (void)state;
  struct bench b;
  open_bench(&b, "tiny-resnet", any_states);
  uint64_t want[WC_QUEUES][WC_ENGINE_STATES] = {{0}}, got[WC_QUEUES][WC_ENGINE_STATES] = {{0}};
  uint64_t read = 0, written = 0, macs = 0, planned[2] = {0};
  for (size_t i = 0; i < b.n; i++)
    for (unsigned s = 0; s < WC_ENGINE_STATES; s++)
      want[b.entries[i].queue][s] += b.entries[i].state[s];
  for (uint32_t layer = 0; layer < b.profile.n_layers; layer++) {
    for (unsigned pass = 0; pass < WC_PASSES; pass++) {
      const struct wc_profile_row *row = wc_profile_row_of(&b.profile, layer, pass);
      for (unsigned q = 0; q < WC_QUEUES; q++)
        for (unsigned s = 0; s < WC_ENGINE_STATES; s++)
          got[q][s] += row->state[q][s];
      read += row->rd_bytes;
      written += row->wr_bytes;
      macs += row->macs;
    }
  }
  assert_memory_equal(want, got, sizeof want);
  for (unsigned i = 0; i < WC_CLASSES; i++) {
    planned[0] += b.program->class_bytes[i][0];
    planned[1] += b.program->class_bytes[i][1];
  }
  assert_int_equal(read, planned[0]);
  assert_int_equal(written, planned[1]);
  assert_true(macs > 0);
  close_bench(&b);
}

/* MACs of a convolution's forward pass and of its weight gradient are those of its shape. */
static void work_is_in_the_layer_that_asked_for_it(void **state) {
  (void)state;
  struct bench b;
  open_bench(&b, "tiny-resnet", any_states);
  const struct wc_graph *g = b.graph;
  unsigned found = 0;
  for (uint32_t i = 0; i < g->n_forward; i++) {
    const struct wc_node *node = &g->nodes[i];
    if (node->op != WC_N_CONV)
      continue;
    const uint32_t layer = layer_named(&b.profile, node->name);
    const struct wc_tensor *y = &g->tensors[node->out[0]], *w = &g->tensors[node->in[1]];
    const uint64_t macs = (uint64_t)BATCH * y->h * y->w * w->h * w->w * w->c;
    const struct wc_profile_row *rows = wc_profile_row_of(&b.profile, layer, 0);
    assert_int_equal(rows[WC_PASS_FORWARD].macs, macs);
    assert_int_equal(rows[WC_PASS_WGRAD].macs, macs);
    assert_int_equal(rows[WC_PASS_NORM].macs + rows[WC_PASS_NORM_GRAD].macs, 0);
    assert_int_equal(rows[WC_PASS_UPDATE].macs, 0);
    /* masters, momenta, gradients come; masters, momenta, FP16 copies go, and all of the layer's */
    const uint64_t elems = wc_tensor_elems(w);
    assert_true(rows[WC_PASS_UPDATE].rd_bytes >= 12 * elems);
    assert_true(rows[WC_PASS_UPDATE].wr_bytes >= 10 * elems);
    assert_true(rows[WC_PASS_UPDATE].commands[WC_Q_VEC] >= 2);
    assert_int_equal(rows[WC_PASS_UPDATE].commands[WC_Q_GEMM], 0);
    found++;
  }
  assert_true(found >= 4);
  const struct wc_profile_row *other =
      wc_profile_row_of(&b.profile, b.profile.n_layers - 1, WC_PASS_OTHER);
  assert_true(other->commands[WC_Q_LOAD] > 0); /* hyper-parameters */
  assert_int_equal(other->commands[WC_Q_GEMM], 0);
  close_bench(&b);
}

static void the_use_of_edge_tiles_follows_from_the_macs(void **state) {
  (void)state;
  struct wc_profile_row row = {.macs = 256 * 10 + 64 * 4};
  assert_true(isnan(wc_profile_edge_use(&row, 256)));
  row.state[WC_Q_GEMM][0] = 10; /* full ones, then four with a quarter in use */
  row.state[WC_Q_GEMM][1] = 4;
  assert_float_equal(wc_profile_edge_use(&row, 256), 0.25, 1e-9);
}

static void a_timeline_of_another_program_is_refused(void **state) {
  (void)state;
  struct bench b;
  struct wc_report why = {""};
  struct wc_profile profile;
  open_bench(&b, "tiny-resnet", any_states);
  b.entries[b.n - 1].number = 1000000;
  assert_false(wc_profile_make(b.graph, b.program, sections, b.entries, b.n, &profile, &why));
  assert_non_null(strstr(why.text, "timeline"));
  b.entries[b.n - 1].number = 0;
  b.entries[b.n - 1].stream = 7;
  assert_false(wc_profile_make(b.graph, b.program, sections, b.entries, b.n, &profile, &why));
  close_bench(&b);
}

/* ---- charts ---- */

static void the_checker_of_charts_sees_broken_ones(void **state) {
  (void)state;
  assert_true(well_formed("<svg a=\"1\"><g><r b-c=\"x\"/>a &amp; b</g></svg>\n"));
  assert_false(well_formed("<svg><g></svg></g>"));
  assert_false(well_formed("<svg><g></svg>"));
  assert_false(well_formed("<svg>a & b</svg>"));
  assert_false(well_formed("<svg>a < b</svg>"));
  assert_false(well_formed("<svg a=1></svg>"));
  assert_false(well_formed("<svg a=\"<\"></svg>"));
  assert_false(well_formed("<svg></svg><svg></svg>"));
}

/* Pixels of all boxes of a colour. */
static double box_area(const char *text, const char *fill) {
  char path[64];
  double area = 0;
  snprintf(path, sizeof path, "<path fill=\"%s\"", fill);
  for (const char *at = strstr(text, path); at != NULL; at = strstr(at + 1, path)) {
    const char *end = strstr(at, "/>"), *box = strstr(at, " d=\"") + 4;
    int x, y, w, h, back, used;
    while (box < end && sscanf(box, "M%d %dh%dv%dh-%dz%n", &x, &y, &w, &h, &back, &used) == 5) {
      assert_int_equal(w, back);
      assert_true(x >= 100 && x + w <= 1180 && y >= 0 && h > 0);
      area += (double)w * h;
      box += used;
    }
  }
  return area;
}

static char *chart_of(const struct bench *b, uint64_t from, uint64_t to, size_t *bytes) {
  struct wc_report why = {""};
  const struct wc_chart chart = {"A <net> & its \"cycles\"", from, to};
  char *text;
  if (!wc_profile_chart(&b->profile, &chart, &text, bytes, &why))
    fail_msg("%s", why.text);
  return text;
}

static void a_chart_is_well_formed_and_small(void **state) {
  (void)state;
  struct bench b;
  size_t bytes;
  open_bench(&b, "fmnist-resnet8", any_states);
  const uint64_t windows[][2] = {{0, 0}, {0, 1}, {1000, 1100}, {5, UINT64_MAX}};
  for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
    char *text = chart_of(&b, windows[i][0], windows[i][1], &bytes);
    assert_true(well_formed(text));
    assert_non_null(strstr(text, "A &lt;net&gt; &amp; its"));
    assert_true(bytes == strlen(text) && bytes < 300000);
    free(text);
  }
  close_bench(&b);
}

/* In a window where every engine works 70 of 100 cycles and waits 30, so do the pixels. */
static void areas_are_shares_of_the_cycles(void **state) {
  (void)state;
  struct bench b;
  size_t bytes;
  open_bench(&b, "tiny-resnet", token_states);
  uint64_t shortest = UINT64_MAX;
  for (size_t i = 0; i < b.n; i++)
    if (b.entries[i].stream == 0 && b.entries[i].state[0] == 0 && b.entries[i].begin < shortest)
      shortest = b.entries[i].begin; /* where the first engine has come to END */
  char *text = chart_of(&b, 0, shortest, &bytes);
  const double token = box_area(text, "#dadada") / (4.0 * PLOT_AREA);
  assert_true(token > 0.29 && token < 0.31);
  assert_float_equal(box_area(text, "#9c9c9c"), 0, 0);
  free(text);
  close_bench(&b);
}

static void a_window_without_cycles_is_refused(void **state) {
  (void)state;
  struct bench b;
  struct wc_report why = {""};
  char *text;
  size_t bytes;
  open_bench(&b, "tiny-resnet", any_states);
  const struct wc_chart past = {"", b.profile.cycles, 0}, backward = {"", 10, 10};
  assert_false(wc_profile_chart(&b.profile, &past, &text, &bytes, &why));
  assert_false(wc_profile_chart(&b.profile, &backward, &text, &bytes, &why));
  assert_non_null(strstr(why.text, "no cycles"));
  close_bench(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(layers_and_passes_add_up_to_the_timeline),
      cmocka_unit_test(work_is_in_the_layer_that_asked_for_it),
      cmocka_unit_test(the_use_of_edge_tiles_follows_from_the_macs),
      cmocka_unit_test(a_timeline_of_another_program_is_refused),
      cmocka_unit_test(the_checker_of_charts_sees_broken_ones),
      cmocka_unit_test(a_chart_is_well_formed_and_small),
      cmocka_unit_test(areas_are_shares_of_the_cycles),
      cmocka_unit_test(a_window_without_cycles_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
