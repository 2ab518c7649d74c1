/* The report: charts show their numbers, means are means, results are kept and found, and the page
 * is whole in itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "greedy.h"
#include "summary.h"
#include "summary_chart.h"
#include "temp_dir.h"
#include "wc_cmocka.h"
#include "well_formed.h"

/* What a chart writes; the caller's (free). */
struct text {
  char *at;
  size_t bytes;
  FILE *out;
};

static void text_open(struct text *t) {
  t->out = open_memstream(&t->at, &t->bytes);
  assert_non_null(t->out);
}

static unsigned count(const char *text, const char *word) {
  unsigned n = 0;
  for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
    n++;
  }
  return n;
}

/* ---- charts ---- */

/* A page with one chart, drawn. */
struct drawing {
  struct text t;
  struct wc_chart_page page;
};

static void drawing_begin(struct drawing *d) {
  text_open(&d->t);
  assert_true(wc_chart_page_begin(&d->page, d->t.out));
}

/* The chart as an SVG; the caller's (free). */
static char *drawing_end(struct drawing *d) {
  struct wc_report why = {""};
  struct text svg;
  text_open(&svg);
  fclose(d->t.out);
  if (!wc_plot_draw(d->page.plot, d->t.at, d->t.bytes, svg.out, &why)) {
    fail_msg("%s", why.text);
  }
  fclose(svg.out);
  wc_chart_page_end(&d->page);
  free(d->t.at);
  assert_true(well_formed(svg.at));
  return svg.at;
}

/* Left, top, width and height of the @nth rectangle of a colour. */
static void is_rectangle(const char *svg, const char *colour, unsigned nth, const double want[4]) {
  char tag[64];
  double x[4], y[4];
  const char *at = svg;
  snprintf(tag, sizeof tag, "<polygon fill=\"var(--%s)\" points=\"", colour);
  for (unsigned i = 0; at != NULL && i <= nth; i++) {
    at = strstr(at + 1, tag);
  }
  if (at == NULL) {
    fail_msg("no rectangle %u of colour %s", nth, colour);
    return;
  }
  assert_int_equal(sscanf(at + strlen(tag), "%lf,%lf %lf,%lf %lf,%lf %lf,%lf", &x[0], &y[0], &x[1],
                          &y[1], &x[2], &y[2], &x[3], &y[3]),
                   8);
  const double got[4] = {fmin(x[0], x[2]), fmin(y[0], y[2]), fabs(x[2] - x[0]), fabs(y[2] - y[0])};
  for (unsigned i = 0; i < 4; i++) {
    if (!(fabs(got[i] - want[i]) < 0.6)) {
      fail_msg("rectangle %u of %s: %g is %g, not %g", nth, colour, (double)i, got[i], want[i]);
    }
  }
}

static void bars_are_as_long_as_their_numbers(void **state) {
  (void)state;
  const struct wc_chart_bar bars[] = {
      {.label = "a<b", .text = "4 & more", .parts = {4}, .n_parts = 1, .colour = 3},
      {.label = "half", .text = "2", .parts = {1, 1}, .n_parts = 2},
      {.label = "none", .text = "does not fit", .parts = {NAN}, .n_parts = 1}};
  struct drawing d;
  drawing_begin(&d);
  wc_chart_bars(&d.page, "head", "what it is", bars, 3, 4);
  char *svg = drawing_end(&d);
  assert_int_equal(count(svg, "<polygon"), 3);
  is_rectangle(svg, "k3", 0, (const double[4]){96, 26.4, 138, 15.2});
  is_rectangle(svg, "k6", 0, (const double[4]){96, 46.4, 34.5, 15.2});
  is_rectangle(svg, "k5", 0, (const double[4]){130.5, 46.4, 34.5, 15.2});
  assert_int_equal(count(svg, "<text>head</text>"), 1);
  assert_int_equal(count(svg, "<title>what it is</title>"), 1);
  assert_int_equal(count(svg, "<text>a&lt;b</text>"), 1);
  assert_int_equal(count(svg, "<text>4 &amp; more</text>"), 1);
  assert_int_equal(count(svg, "<text>does not fit</text>"), 1);
  assert_int_equal(count(svg, "half: 2; none: does not fit</desc>"), 1);
  free(svg);
}

static void bars_of_nothing_are_a_chart(void **state) {
  (void)state;
  const struct wc_chart_bar none = {.label = "a", .text = "does not fit", .parts = {NAN}};
  const struct wc_chart_axes axes = {"head", "title", "x", "y", {"1", "2"}, 2};
  const struct wc_chart_line line = {"a", 0, {NAN, NAN}};
  struct drawing d;
  drawing_begin(&d);
  wc_chart_bars(&d.page, "head", "title", &none, 1, 0);
  free(drawing_end(&d));
  drawing_begin(&d);
  wc_chart_lines(&d.page, &axes, &line, 1);
  char *svg = drawing_end(&d);
  assert_int_equal(count(svg, "<circle"), 0);
  free(svg);
  drawing_begin(&d);
  wc_chart_columns(&d.page, "title", NULL, 0);
  free(drawing_end(&d));
}

static void lines_have_gaps_where_nothing_fits(void **state) {
  (void)state;
  const struct wc_chart_axes axes = {"head", "title", "x", "y", {"1", "2", "4", "8"}, 4};
  const struct wc_chart_line lines[] = {{"a", 0, {NAN, 8, 4, 2}}, {"b", 1, {8, NAN, 4, 2}}};
  struct drawing d;
  drawing_begin(&d);
  wc_chart_lines(&d.page, &axes, lines, 2);
  char *svg = drawing_end(&d);
  assert_int_equal(count(svg, "<circle"), 6);
  assert_int_equal(count(svg, "<title>a, 2: 8 y</title></circle>"), 1);
  assert_int_equal(count(svg, "<title>b, 8: 2 y</title></circle>"), 1);
  static const char stroke[] = "<path stroke=\"var(--k1)\" stroke-width=\"2";
  const char *path = strstr(svg, stroke);
  if (path == NULL) {
    path = strstr(svg, "<path stroke=\"var(--k1)\" d=\"");
  }
  assert_non_null(path);
  path = strstr(path, "d=\"") + 3;
  double x, y;
  char rest[64];
  /* 8 alone, then from 4 to 2: a quarter of the way down each */
  assert_int_equal(sscanf(path, "M%lf,%lf M%63[^\"]", &x, &y, rest), 3);
  assert_true(fabs(x - 72.3) < 1 && fabs(y - 34) < 0.6);
  assert_int_equal(sscanf(rest, "%lf,%lf L%*f,%lf", &x, &y, &y), 3);
  assert_true(fabs(y - (34 + 154 * 0.75)) < 0.6);
  assert_int_equal(count(svg, "<text>8</text>"),
                   2); /* the scale's end, and a place on the x axis */
  assert_int_equal(count(svg, "<desc>y over x; a, 2: 8, 4: 4, 8: 2; b, 1: 8, 4: 4, 8: 2</desc>"),
                   1);
  free(svg);
}

static void columns_are_shaded_by_group(void **state) {
  (void)state;
  const struct wc_chart_column columns[] = {
      {1, 1, 0, "a", "16"}, {1, 3, 0, "b", "16"}, {2, 2, 1, "c", "7"}, {0, 1, 2, "d", ""}};
  struct drawing d;
  drawing_begin(&d);
  wc_chart_columns(&d.page, "title", columns, 4);
  char *svg = drawing_end(&d);
  is_rectangle(svg, "shade", 0, (const double[4]){50, 30, 475, 216});
  is_rectangle(svg, "shade", 1, (const double[4]){762.5, 30, 237.5, 216});
  is_rectangle(svg, "k6", 2, (const double[4]){544, 138, 199.5, 108});
  is_rectangle(svg, "k3", 2, (const double[4]){544, 30, 199.5, 108});
  assert_int_equal(count(svg, "<title>c, group 1: reads 2 MB</title>"), 1);
  assert_int_equal(count(svg, "<title>b, group 0: writes 3 MB</title>"), 1);
  assert_int_equal(count(svg, "</title></polygon>"), 7);
  const char *mark = strstr(svg, "<text>16</text>"); /* amid its two */
  assert_non_null(mark);
  while (strncmp(mark, "<g ", 3) != 0) {
    mark--;
  }
  double x;
  assert_int_equal(sscanf(mark, "<g transform=\"translate(%lf,", &x), 1);
  assert_true(fabs(x - 287.5) < 0.6);
  assert_int_equal(count(svg, "<text>7</text>"), 1);
  free(svg);
}

static void quantities_have_three_digits(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *want;
  } cases[] = {{0, "0 B"},
               {9.7e6, "9.7 MB"},
               {999.4, "999 B"},
               {999.6, "1 kB"},
               {1e13, "10 TB"},
               {5e16, "5e+04 TB"},
               {0.000831, "831 \302\265B"},
               {0.9996, "1 B"},
               {1e-12, "0.001 nB"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[24];
    wc_chart_quantity(cases[i].value, "B", text, sizeof text);
    assert_string_equal(text, cases[i].want);
  }
}

/* ---- results ---- */

static struct wc_estimate_setup base(void) {
  struct wc_estimate_setup s = {
      .target = {.gbuf_bytes = 256 << 10, .cores = 1}, .latency = 40, .clock_mhz = 700};
  wc_model_config_default(&s.model);
  s.model.axi_bytes = 256;
  s.target.device = (struct wc_emit_device){s.model.rows, s.model.cols, s.model.lanes, 256};
  wc_energy_default(&s.energy);
  return s;
}

static void make(struct wc_summary *s, struct wc_summary_scope *scope, const char *keep) {
  struct wc_report why = {""};
  const struct wc_estimate_setup b = base();
  wc_summary_scope_init(scope, &b, true);
  if (!wc_summary_make(s, scope, 2, keep, NULL, &why)) {
    fail_msg("%s", why.text);
  }
}

static char *page_of(const struct wc_summary *s) {
  struct wc_report why = {""};
  struct text t;
  text_open(&t);
  if (!wc_summary_page(s, t.out, &why)) {
    fail_msg("%s", why.text);
  }
  fclose(t.out);
  return t.at;
}

static void every_configuration_is_estimated_as_alone(void **state) {
  (void)state;
  struct wc_summary s;
  struct wc_summary_scope scope;
  make(&s, &scope, NULL);
  for (int c = 0; c < WC_CONFIGS; c++) {
    const struct wc_summary_job key = wc_summary_key(&s, 0, (enum wc_config)c, "hbm2");
    const json_t *result = wc_summary_find(&s, &key);
    struct wc_estimate_setup setup = base();
    struct wc_report why = {""};
    struct wc_estimate e;
    struct wc_graph *g = wc_net_build(scope.nets[0], &why);
    setup.config = (enum wc_config)c;
    setup.batch = scope.each[0];
    setup.memory = "hbm2";
    assert_true(g != NULL && wc_estimate_make(g, &setup, &e, &why));
    assert_true(fabs(wc_summary_number(result, "seconds") - e.seconds) < 1e-12);
    assert_true(fabs(wc_summary_number(result, "joules") - e.energy.total) < 1e-12);
    assert_true(fabs(wc_summary_number(result, "dram_bytes.total") - (double)e.dram_bytes) < 0.5);
    wc_graph_delete(g);
  }
  const struct wc_summary_job nowhere = wc_summary_key(&s, 0, WC_IL, "hbm9");
  assert_null(wc_summary_find(&s, &nowhere));
  assert_true(isnan(wc_summary_number(NULL, "seconds")));
  wc_summary_free(&s);
}

static void other_groups_are_those_that_are_said(void **state) {
  (void)state;
  struct wc_summary s;
  struct wc_summary_scope scope;
  make(&s, &scope, NULL);
  struct wc_report why = {""};
  struct wc_graph *g = wc_net_build(scope.nets[0], &why);
  struct wc_estimate_setup setup = base();
  struct wc_summary_job key = wc_summary_key(&s, 0, WC_MBS2, "hbm2x2");
  double seconds[WC_CHOICES];
  setup.config = key.config;
  setup.batch = scope.each[0];
  setup.memory = key.memory;
  for (int choice = WC_CHOICE_LEAST; choice < WC_CHOICES; choice++) {
    struct wc_group *groups = NULL;
    struct wc_estimate e;
    const struct wc_bounds how = {.keep = WC_KEEP_NONE,
                                  .room = choice == WC_CHOICE_ROOM,
                                  .operands = choice == WC_CHOICE_OPERANDS};
    setup.n_groups = 0;
    if (how.room || how.operands) {
      setup.n_groups =
          wc_bounded_groups(g, WC_MBS2, setup.batch, &setup.target, how, &groups, &why);
    } else if (choice == WC_CHOICE_JOINT) {
      assert_true(wc_joint_groups(g, WC_MBS2, WC_GROUPING_JOINT, setup.batch, &setup.target,
                                  &groups, &setup.n_groups, &why));
    }
    setup.groups = groups;
    assert_true(wc_estimate_make(g, &setup, &e, &why));
    key.choice = (enum wc_summary_choice)choice;
    seconds[choice] = wc_summary_number(wc_summary_find(&s, &key), "seconds");
    assert_true(fabs(seconds[choice] - e.seconds) < 1e-12);
    free(groups);
  }
  assert_true(seconds[WC_CHOICE_JOINT] < seconds[WC_CHOICE_LEAST] ||
              seconds[WC_CHOICE_JOINT] > seconds[WC_CHOICE_LEAST]);
  wc_graph_delete(g);
  wc_summary_free(&s);
}

/* A result by hand: twice the bytes and time of another. */
static json_t *by_hand(double scale) {
  return json_pack("{s:f, s:{s:f}}", "seconds", scale, "dram_bytes", "total", 10 * scale);
}

static void means_are_over_the_deep_networks(void **state) {
  (void)state;
  const struct wc_summary_scope scope = {
      .nets = {"a", "b", "shallow"}, .deep = 2, .each = {1, 1, 1}};
  struct wc_summary_job jobs[6];
  struct wc_summary s = {.scope = &scope, .jobs = jobs, .n = 6};
  static const double scales[6] = {4, 1, 2, 1, 9, 1}; /* baseline, mbs2 of each */
  for (unsigned i = 0; i < 6; i++) {
    jobs[i] = wc_summary_key(&s, i / 2, i % 2 == 0 ? WC_BASELINE : WC_MBS2, "hbm2");
    jobs[i].result = by_hand(scales[i]);
  }
  assert_true(fabs(wc_summary_saving(&s, "hbm2", "dram_bytes.total", WC_MBS2, WC_BASELINE) -
                   (0.75 + 0.5) / 2) < 1e-12);
  assert_true(fabs(wc_summary_speedup(&s, "hbm2", WC_MBS2, WC_BASELINE) - 3) < 1e-12);
  assert_true(isnan(wc_summary_speedup(&s, "hbm2", WC_IL, WC_BASELINE)));
  json_decref(jobs[3].result); /* one that does not fit leaves no mean */
  jobs[3].result = json_pack("{s:s}", "error", "needs a larger buffer");
  assert_true(isnan(wc_summary_speedup(&s, "hbm2", WC_MBS2, WC_BASELINE)));
  for (unsigned i = 0; i < 6; i++) {
    json_decref(jobs[i].result);
  }
}

static void kept_results_are_taken(void **state) {
  (void)state;
  struct temp_dir dir;
  struct wc_summary s;
  struct wc_summary_scope scope;
  temp_dir_make(&dir);
  make(&s, &scope, dir.path);
  assert_int_equal(temp_count(&dir), s.n);
  char *page = page_of(&s);
  json_t *kept = by_hand(12345);
  const char *path = temp_path(&dir, "fmnist-resnet8.mbs2.hbm2.b8.g262144.a16.json");
  size_t bytes;
  free(temp_read(path, &bytes)); /* is there */
  wc_summary_free(&s);
  make(&s, &scope, dir.path);
  char *again = page_of(&s);
  assert_string_equal(page, again);
  wc_summary_free(&s);
  assert_int_equal(json_dump_file(kept, path, 0), 0);
  make(&s, &scope, dir.path);
  const struct wc_summary_job key = wc_summary_key(&s, 0, WC_MBS2, "hbm2");
  assert_true(fabs(wc_summary_number(wc_summary_find(&s, &key), "seconds") - 12345) < 1e-9);
  wc_summary_free(&s);
  json_decref(kept);
  free(page);
  free(again);
  temp_dir_remove(&dir);
}

static void a_page_is_whole_in_itself(void **state) {
  (void)state;
  struct wc_summary s;
  struct wc_summary_scope scope;
  make(&s, &scope, NULL);
  char *page = page_of(&s);
  for (int c = 0; c < WC_CONFIGS; c++) {
    assert_true(count(page, wc_config_name((enum wc_config)c)) >= 5);
  }
  static const char *const there[] = {"<!DOCTYPE html>",
                                      "name=\"viewport\"",
                                      "prefers-color-scheme",
                                      "@media print",
                                      "<h2>mbs2 against conventional training</h2>",
                                      "<h2>Other groups of mbs2</h2>",
                                      "<h2>mbs-r against mbs2</h2>",
                                      "<th>MACs added</th>",
                                      "<h2>DRAM traffic</h2>",
                                      "<h2>Time</h2>",
                                      "<h2>Energy</h2>",
                                      "<h2>Utilisation</h2>",
                                      "<h2>DRAM capacity</h2>",
                                      "<h2>Memories</h2>",
                                      "<h2>Buffer</h2>",
                                      "<h2>Layers and groups</h2>",
                                      "75 %",
                                      "1.67 x less",
                                      "Horowitz",
                                      "</html>"};
  for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
    if (strstr(page, there[i]) == NULL) {
      fail_msg("the page lacks '%s'", there[i]);
    }
  }
  static const char *const absent[] = {"<script", "<link", "src=",  "href=",         "url(",
                                       " id=",    "nan",   "inf\"", "font-family=\""};
  for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
    if (strstr(page, absent[i]) != NULL) {
      fail_msg("the page has '%s'", absent[i]);
    }
  }
  assert_int_equal(count(page, "<svg"), count(page, "</svg>"));
  assert_int_equal(count(page, "<table"), count(page, "</table>"));
  assert_int_equal(count(page, "<div"), count(page, "</div>"));
  assert_int_equal(count(page, "<tr>"), count(page, "</tr>"));
  free(page);
  wc_summary_free(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bars_are_as_long_as_their_numbers),
      cmocka_unit_test(bars_of_nothing_are_a_chart),
      cmocka_unit_test(lines_have_gaps_where_nothing_fits),
      cmocka_unit_test(columns_are_shaded_by_group),
      cmocka_unit_test(quantities_have_three_digits),
      cmocka_unit_test(every_configuration_is_estimated_as_alone),
      cmocka_unit_test(other_groups_are_those_that_are_said),
      cmocka_unit_test(means_are_over_the_deep_networks),
      cmocka_unit_test(kept_results_are_taken),
      cmocka_unit_test(a_page_is_whole_in_itself),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
