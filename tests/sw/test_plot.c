/* Charts by gnuplot: whatever a text is, it comes through and stays a text; SVGs stand in a page
 * beside each other; and a gnuplot that is missing, fails or writes something else is told. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plot.h"
#include "plot_private.h"
#include "temp_dir.h"
#include "wc_cmocka.h"
#include "well_formed.h"

static const char *const colours[] = {"var(--ink)", "var(--other)"};
static const struct wc_plot_frame frame = {"card", 200, 100, "title", NULL};

static struct wc_plot *new_plot(void) {
  struct wc_plot *plot = wc_plot_new(colours, 2);
  assert_non_null(plot);
  return plot;
}

/* Draws and deletes; the page is the caller's (free). NULL: it failed, and nothing was written. */
static char *drawn(struct wc_plot *plot, const char *page, struct wc_report *why) {
  char *text = NULL;
  size_t bytes = 0;
  FILE *out = open_memstream(&text, &bytes);
  assert_non_null(out);
  const bool ok = wc_plot_draw(plot, page, strlen(page), out, why);
  fclose(out);
  wc_plot_free(plot);
  if (ok)
    return text;
  assert_int_equal(bytes, 0);
  free(text);
  return NULL;
}

static char *drawn_well(struct wc_plot *plot, const char *page) {
  struct wc_report why = {""};
  char *text = drawn(plot, page, &why);
  if (text == NULL)
    fail_msg("%s", why.text);
  return text;
}

/* A script that draws a text and a point with a tip. */
static void add_chart(struct wc_plot *plot, const char *text, size_t at) {
  const struct wc_plot_frame named = {"card", 200, 100, text, text};
  FILE *script = wc_plot_begin(plot, &named, at);
  fputs("set label ", script);
  wc_plot_quote(script, text);
  fprintf(script, " at graph 0.5, graph 0.5\nset xrange [0:2]\nset yrange [0:2]\n");
  fprintf(script, "$d << EOD\n1 1 %" PRIu32 "\nEOD\n", wc_plot_tip(plot, 1, text));
  fputs("plot $d using 1:2:3 with points pointtype 7 linecolor rgb variable\n", script);
}

static char *escaped(const char *text) {
  char *own = NULL;
  size_t bytes = 0;
  FILE *out = open_memstream(&own, &bytes);
  assert_non_null(out);
  wc_plot_escape(out, text);
  fclose(out);
  return own;
}

/* The text of the chart without what XML needs, to compare with. */
static bool shows(const char *svg, const char *before, const char *text, const char *after) {
  char *want = escaped(text), *both = NULL;
  assert_true(asprintf(&both, "%s%s%s", before, want, after) > 0);
  const bool found = strstr(svg, both) != NULL;
  free(both);
  free(want);
  return found;
}

/* gnuplot writes labels: a quote stays what it is. */
static void is_label(const char *svg, const char *text) {
  char *want = NULL;
  size_t bytes = 0;
  FILE *out = open_memstream(&want, &bytes);
  assert_non_null(out);
  fputs("<text>", out);
  for (; *text != '\0'; text++) {
    char one[2] = {*text, '\0'};
    if (*text == '"')
      fputc('"', out);
    else
      wc_plot_escape(out, one);
  }
  fputs("</text>", out);
  fclose(out);
  if (strstr(svg, want) == NULL)
    fail_msg("no label %s: %s", want, svg);
  free(want);
}

static void every_text_comes_through_as_it_is(void **state) {
  (void)state;
  static const char *const texts[] = {"say `touch hacked` or $(touch hacked)",
                                      "it's 'quoted'",
                                      "{/Bold a_b^c}@d&~e{.8-}",
                                      "a < b > c",
                                      "%d %s %%",
                                      "end\\",
                                      "\\n \\t \\\\ \\\\",
                                      "EOD",
                                      "'; system 'touch hacked'; '",
                                      "tab\tand\nline",
                                      "</text><script>",
                                      "#comment $d @HOME",
                                      "&amp; &#60; &#x3c; &#99999999; &nbsp;"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct wc_plot *plot = new_plot();
    add_chart(plot, texts[i], 0);
    char *svg = drawn_well(plot, "");
    if (!well_formed(svg))
      fail_msg("not well formed: %s", svg);
    if (!shows(svg, "card\" viewBox=\"0 0 200 100\" role=\"img\" fill=\"none\"><title>", texts[i],
               "</title>") ||
        !shows(svg, "<desc>", texts[i], "</desc>") ||
        !shows(svg, "fill=\"var(--other)\"><title>", texts[i], "</title></circle>"))
      fail_msg("'%s' is not a title of the chart or its point: %s", texts[i], svg);
    is_label(svg, texts[i]);
    free(svg);
  }
  assert_int_not_equal(access("hacked", F_OK), 0);
}

static void every_character_is_a_label(void **state) {
  (void)state;
  for (char c = ' ' + 1; c <= '~'; c++) {
    const char first[] = {c, 'y', '\0'}, amid[] = {'x', c, 'y', '\0'};
    struct wc_plot *plot = new_plot();
    add_chart(plot, first, 0);
    add_chart(plot, amid, 0);
    char *svg = drawn_well(plot, "");
    is_label(svg, first);
    is_label(svg, amid);
    free(svg);
  }
}

static void charts_stand_where_they_belong(void **state) {
  (void)state;
  struct wc_plot *plot = new_plot();
  add_chart(plot, "one", 1);
  add_chart(plot, "two", 1);
  add_chart(plot, "three", 4);
  char *page = drawn_well(plot, "abcd");
  static const char *const order[] = {"a<svg",        "<title>one",   "</svg>\n<svg", "<title>two",
                                      "</svg>\nbcd<", "<title>three", "</svg>\n"};
  const char *at = page;
  for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
    at = strstr(at, order[i]);
    if (at == NULL)
      fail_msg("no '%s' in its place: %s", order[i], page);
  }
  assert_string_equal(at, "</svg>\n");
  static const char *const absent[] = {" id=",  "href",  "url(",  "font-family", "rgb(",
                                       "<defs", "<?xml", "black", "gnuplot",     "shape-rendering"};
  for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
    if (strstr(page, absent[i]) != NULL)
      fail_msg("the page has '%s': %s", absent[i], page);
  }
  free(page);
}

static void a_page_without_charts_needs_no_gnuplot(void **state) {
  (void)state;
  char *path = strdup(getenv("PATH"));
  setenv("PATH", "/nonexistent", 1);
  char *page = drawn_well(new_plot(), "text");
  setenv("PATH", path, 1);
  assert_string_equal(page, "text");
  free(page);
  free(path);
}

/* With a program in place of gnuplot, NULL for none, drawing fails and says @words. */
static void fails_with(const char *program, const char *words) {
  struct wc_report why = {""};
  struct temp_dir dir;
  char *path = strdup(getenv("PATH")), *instead = NULL;
  temp_dir_make(&dir);
  if (program != NULL) {
    const char *file = temp_path(&dir, "gnuplot");
    temp_write(file, program, strlen(program));
    assert_int_equal(chmod(file, 0700), 0);
  }
  assert_true(asprintf(&instead, "%s%s", dir.path, program != NULL ? ":/usr/bin:/bin" : "") > 0);
  setenv("PATH", instead, 1);
  struct wc_plot *plot = new_plot();
  add_chart(plot, "text", 0);
  char *page = drawn(plot, "page", &why);
  setenv("PATH", path, 1);
  assert_null(page);
  if (strstr(why.text, words) == NULL || strchr(why.text, '\n') != NULL)
    fail_msg("'%s' does not say '%s' in one line", why.text, words);
  temp_dir_remove(&dir);
  free(instead);
  free(path);
}

static void what_goes_wrong_with_gnuplot_is_told(void **state) {
  (void)state;
  fails_with(NULL, "gnuplot: not found, and it draws the charts: install Debian's gnuplot-nox");
  fails_with("#!/bin/sh\necho first >&2; echo '  line 3: bad' >&2; exit 4\n",
             "status 4: line 3: bad");
  fails_with("#!/bin/sh\nexit 4\n", "status 4: it said nothing");
  fails_with("#!/bin/sh\nkill -9 $$\n", "signal 9");
  fails_with("#!/bin/sh\necho no picture\n", "no SVG of each chart");
  fails_with(
      "#!/bin/sh\ngnuplot=$(PATH=/usr/bin:/usr/local/bin command -v gnuplot)\n"
      "$gnuplot -d >/dev/null; echo '<?xml?><svg><defs></defs><g></g>'\n",
      "no SVG of each chart");
  fails_with("#!/bin/sh\ns='<?xml?><svg><defs></defs></svg>'; echo \"$s$s\"\n",
             "no SVG of each chart");
}

static void gnuplot_is_asked_before_it_is_needed(void **state) {
  (void)state;
  struct wc_report why = {""};
  char *path = strdup(getenv("PATH"));
  assert_true(wc_plot_ready(&why));
  setenv("PATH", "/nonexistent", 1);
  assert_false(wc_plot_ready(&why));
  setenv("PATH", path, 1);
  assert_non_null(strstr(why.text, "gnuplot-nox"));
  free(path);
}

static void a_wrong_script_is_told(void **state) {
  (void)state;
  struct wc_report why = {""};
  struct wc_plot *plot = new_plot();
  fputs("plot nonsense(1)\n", wc_plot_begin(plot, &frame, 0));
  assert_null(drawn(plot, "", &why));
  assert_non_null(strstr(why.text, "nonsense"));
}

/* What is not gnuplot's is not passed on as if it were read. */
static void only_what_is_known_is_rewritten(void **state) {
  (void)state;
  static const struct {
    const char *body;
    bool known;
  } cases[] = {{"<g><path stroke='rgb(  1,   0,   0)' d='M1,2 L3,4'/></g>", true},
               {"<g><text>a</text></g>", true},
               {"<g><text>a</g>", false},
               {"<g><title>a</g>", false},
               {"<image x='1'/>", false},
               {"<use transform='rotate(1)'/>", false},
               {"<path d='M1,2 L3,4'", false}};
  const struct wc_plot_names names = {colours, 2, NULL, 0};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char svg[256], *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    snprintf(svg, sizeof svg, "<?xml?><svg><defs>x</defs>%s</svg>", cases[i].body);
    if (wc_plot_rewrite(svg, &frame, &names, out) != cases[i].known)
      fail_msg("%s", cases[i].body);
    fclose(out);
    assert_true(!cases[i].known || well_formed(text));
    free(text);
  }
}

/* A colour has room for so many; the others draw without. */
static void tips_run_out(void **state) {
  (void)state;
  struct wc_plot *plot = new_plot();
  for (uint32_t i = 1; i <= 0xFFFF; i++)
    assert_int_equal(wc_plot_tip(plot, 1, "tip"), wc_plot_colour(1) | i);
  assert_int_equal(wc_plot_tip(plot, 1, "tip"), wc_plot_colour(1));
  wc_plot_free(plot);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_text_comes_through_as_it_is),
      cmocka_unit_test(every_character_is_a_label),
      cmocka_unit_test(charts_stand_where_they_belong),
      cmocka_unit_test(a_page_without_charts_needs_no_gnuplot),
      cmocka_unit_test(what_goes_wrong_with_gnuplot_is_told),
      cmocka_unit_test(gnuplot_is_asked_before_it_is_needed),
      cmocka_unit_test(a_wrong_script_is_told),
      cmocka_unit_test(only_what_is_known_is_rewritten),
      cmocka_unit_test(tips_run_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
