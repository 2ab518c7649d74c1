#include "summary_chart.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plot_private.h"

/* The style sheet's variables, in this order; k0 and on are a configuration's. */
enum { INK, DIM, RULE, SHADE, FIRST };
static const char *const colours[] = {"var(--ink)", "var(--dim)", "var(--rule)", "var(--shade)",
                                      "var(--k0)",  "var(--k1)",  "var(--k2)",   "var(--k3)",
                                      "var(--k4)",  "var(--k5)",  "var(--k6)",   "var(--k7)",
                                      "var(--k8)",  "var(--k9)"};
/* Of parts of a bar. */
static const unsigned part_colours[WC_CHART_PARTS] = {6, 5, 3, 7, 0, 2, 1, 4};

bool wc_chart_page_begin(struct wc_chart_page *page, FILE *out) {
  *page = (struct wc_chart_page){out, wc_plot_new(colours, sizeof colours / sizeof *colours)};
  return page->plot != NULL;
}

void wc_chart_page_end(struct wc_chart_page *page) {
  wc_plot_free(page->plot);
  page->plot = NULL;
}

void wc_chart_text(FILE *out, const char *text) {
  wc_plot_escape(out, text);
}

void wc_chart_quantity(double value, const char *unit, char *text, size_t size) {
  static const char *const prefixes[] = {"n", "\302\265", "m", "", "k", "M", "G", "T"};
  enum { ONE = 3, LAST = sizeof prefixes / sizeof *prefixes - 1 };
  unsigned i = ONE;
  for (; i > 0 && value > 0 && value < 0.9995; i--)
    value *= 1000;
  for (; i < LAST && value >= 999.5; i++)
    value /= 1000;
  snprintf(text, size, "%.3g %s%s", value, prefixes[i], unit);
}

static FILE *begin(struct wc_chart_page *page, const struct wc_plot_frame *frame) {
  fflush(page->out);
  const long at = ftell(page->out);
  FILE *script = wc_plot_begin(page->plot, frame, at > 0 ? (size_t)at : 0);
  fprintf(script, "set tics textcolor rgb %" PRIu32 "\n", wc_plot_colour(DIM));
  return script;
}

/* Where the axes are, in pixels of a chart. */
struct place {
  int left, right, top, bottom;
};

static void margins(FILE *script, const struct wc_plot_frame *frame, struct place p) {
  const double width = frame->width, height = frame->height;
  fprintf(script, "set lmargin at screen %.6f\nset rmargin at screen %.6f\n", p.left / width,
          p.right / width);
  fprintf(script, "set tmargin at screen %.6f\nset bmargin at screen %.6f\n", 1 - p.top / height,
          1 - p.bottom / height);
}

/* @where: as gnuplot says it, with the side on which the text ends. */
static void label(FILE *script, const char *text, const char *where, unsigned colour) {
  fputs("set label ", script);
  wc_plot_quote(script, text);
  fprintf(script, " at %s textcolor rgb %" PRIu32 "\n", where, wc_plot_colour(colour));
}

static void headline(FILE *script, const struct wc_plot_frame *frame, const char *text) {
  char where[80];
  snprintf(where, sizeof where, "screen %.6f, screen %.6f left font ':Bold,13'", 4.0 / frame->width,
           1 - 12.0 / frame->height);
  label(script, text, where, INK);
}

static void grid(FILE *script) {
  fprintf(script, "set grid ytics back linetype 1 linewidth 1 linecolor rgb %" PRIu32 "\n",
          wc_plot_colour(RULE));
}

/* ---- bars ---- */

enum { WIDTH = 350, BARS_X = 96, BARS_WIDTH = 138, BAR = 20, TITLE = 24 };

/* What the bars say, in words; the caller's (free). */
static char *bars_in_words(const struct wc_chart_bar *bars, unsigned n) {
  char *text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  if (out == NULL)
    return NULL;
  for (unsigned i = 0; i < n; i++)
    fprintf(out, "%s%s: %s", i > 0 ? "; " : "", bars[i].label, bars[i].text);
  fclose(out);
  return text;
}

/* Rows of a bar: its parts' sides and colours, its place. Returns where it ends. */
static double bar_rows(FILE *script, const struct wc_chart_bar *b, unsigned place) {
  double x = 0;
  for (unsigned i = 0; i < b->n_parts; i++) {
    const unsigned colour = FIRST + (b->n_parts > 1 ? part_colours[i] : b->colour);
    if (!(b->parts[i] > 0))
      continue;
    fprintf(script, "%.9g %.9g %u %" PRIu32 "\n", x, x + b->parts[i], place,
            wc_plot_colour(colour));
    x += b->parts[i];
  }
  return x;
}

void wc_chart_bars(struct wc_chart_page *page, const char *head, const char *title,
                   const struct wc_chart_bar *bars, unsigned n, double max) {
  char *words = bars_in_words(bars, n), where[80];
  const int height = TITLE + (int)n * BAR + 4;
  const struct wc_plot_frame frame = {"card", WIDTH, height, title, words};
  FILE *script = begin(page, &frame);
  margins(script, &frame, (struct place){BARS_X, BARS_X + BARS_WIDTH, TITLE, height - 4});
  headline(script, &frame, head);
  fprintf(script, "set xrange [0:%.9g]\nset yrange [%u:0]\nunset tics\n", max > 0 ? max : 1, n);
  fputs("$bars << EOD\n", script);
  double end[WC_CHART_BARS];
  for (unsigned i = 0; i < n; i++)
    end[i] = bar_rows(script, &bars[i], i);
  fputs("EOD\n", script);
  for (unsigned i = 0; i < n; i++) {
    snprintf(where, sizeof where, "graph 0, first %u.5 right offset character -0.6, 0", i);
    label(script, bars[i].label, where, DIM);
    snprintf(where, sizeof where, "first %.9g, first %u.5 left offset character 0.6, 0", end[i], i);
    label(script, bars[i].text, where, INK);
  }
  fputs(
      "plot $bars using (($1+$2)/2):($3+0.5):1:2:($3+0.12):($3+0.88):4 with boxxyerror "
      "fillstyle solid noborder linecolor rgb variable\n",
      script);
  free(words);
}

/* ---- lines ---- */

enum { LINES_HEIGHT = 230, LEFT = 48, RIGHT = 340, TOP = 34, BOTTOM = 188 };

static char *lines_in_words(const struct wc_chart_axes *axes, const struct wc_chart_line *lines,
                            unsigned n) {
  char *text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  if (out == NULL)
    return NULL;
  fprintf(out, "%s over %s", axes->y, axes->x);
  for (unsigned k = 0; k < n; k++) {
    fprintf(out, "; %s", lines[k].name);
    for (unsigned i = 0; i < axes->points; i++) {
      if (!isnan(lines[k].y[i]))
        fprintf(out, ", %s: %.4g", axes->at[i], lines[k].y[i]);
    }
  }
  fclose(out);
  return text;
}

static void frame_of_lines(FILE *script, const struct wc_plot_frame *frame,
                           const struct wc_chart_axes *axes) {
  char where[80];
  margins(script, frame, (struct place){LEFT, RIGHT, TOP, BOTTOM});
  headline(script, frame, axes->head);
  snprintf(where, sizeof where, "graph 1, screen %.6f right", 1 - 12.0 / frame->height);
  label(script, axes->y, where, DIM);
  snprintf(where, sizeof where, "graph 0.5, screen %.6f center", 11.0 / frame->height);
  label(script, axes->x, where, DIM);
  grid(script);
  fprintf(script, "set xrange [-0.3:%.1f]\nset format y '%%g'\nset xtics offset 0, 0.3 (",
          axes->points - 0.7);
  for (unsigned i = 0; i < axes->points; i++) {
    fputs(i > 0 ? ", " : "", script);
    wc_plot_quote(script, axes->at[i]);
    fprintf(script, " %u", i);
  }
  fputs(")\n", script);
}

/* Data of a line: place, value, colour with its tip. True: there is a value. */
static bool line_rows(struct wc_chart_page *page, FILE *script, const struct wc_chart_axes *axes,
                      const struct wc_chart_line *line, unsigned k) {
  bool any = false;
  fprintf(script, "$line%u << EOD\n", k);
  for (unsigned i = 0; i < axes->points; i++) {
    char tip[96];
    snprintf(tip, sizeof tip, "%s, %s: %.4g %s", line->name, axes->at[i], line->y[i], axes->y);
    if (isnan(line->y[i]))
      fprintf(script, "%u NaN 0\n", i);
    else
      fprintf(script, "%u %.9g %" PRIu32 "\n", i, line->y[i],
              wc_plot_tip(page->plot, FIRST + line->colour, tip));
    any = any || !isnan(line->y[i]);
  }
  fputs("EOD\n", script);
  return any;
}

void wc_chart_lines(struct wc_chart_page *page, const struct wc_chart_axes *axes,
                    const struct wc_chart_line *lines, unsigned n) {
  char *words = lines_in_words(axes, lines, n);
  const struct wc_plot_frame frame = {"card", WIDTH, LINES_HEIGHT, axes->title, words};
  FILE *script = begin(page, &frame);
  bool any = false;
  frame_of_lines(script, &frame, axes);
  for (unsigned k = 0; k < n; k++)
    any = line_rows(page, script, axes, &lines[k], k) || any;
  fprintf(script, "set yrange [0:%s]\nplot ", any ? "*" : "1");
  for (unsigned k = 0; k < n; k++)
    fprintf(script,
            "%s$line%u using 1:2 with lines linewidth 2 linecolor rgb %" PRIu32
            ", $line%u using 1:2:3 with points pointtype 7 pointsize 0.7 linecolor rgb variable",
            k > 0 ? ", " : "", k, wc_plot_colour(FIRST + lines[k].colour), k);
  fputs("\n", script);
  free(words);
}

/* ---- columns ---- */

enum { READS = 6, WRITES = 3 }; /* colours */
enum {
  WIDE = 1000,
  WIDE_HEIGHT = 260,
  WIDE_LEFT = 50,
  WIDE_TOP = 30,
  WIDE_BOTTOM = 246,
  MOST_APART = 250
};

static void shade(FILE *script, const struct wc_chart_column *columns, unsigned n) {
  const double width = (double)(WIDE - WIDE_LEFT) / n;
  for (unsigned i = 0, end; i < n; i = end) {
    char where[80];
    for (end = i; end < n && columns[end].group == columns[i].group; end++) {
    }
    if (columns[i].group % 2 == 0)
      fprintf(script,
              "set object rectangle from first %u, graph 0 to first %u, graph 1 behind fillstyle "
              "solid noborder fillcolor rgb %" PRIu32 "\n",
              i, end, wc_plot_colour(SHADE));
    snprintf(where, sizeof where, "first %g, graph 0.95 center", (i + end) / 2.0);
    if ((end - i) * width >= 7.0 * (double)strlen(columns[i].mark))
      label(script, columns[i].mark, where, DIM);
  }
}

/* Columns of what is read or, on them, written. */
static void column_rows(struct wc_chart_page *page, FILE *script,
                        const struct wc_chart_column *columns, unsigned n, bool out) {
  fprintf(script, "$%s << EOD\n", out ? "out" : "in");
  for (unsigned i = 0; i < n; i++) {
    const struct wc_chart_column *c = &columns[i];
    const double low = out ? c->in : 0, high = out ? c->in + c->out : c->in;
    char tip[160];
    if (!(high > low))
      continue;
    snprintf(tip, sizeof tip, "%s, group %" PRIu32 ": %s %.3g MB", c->name, c->group,
             out ? "writes" : "reads", high - low);
    fprintf(script, "%u %.6g %.6g %" PRIu32 "\n", i, low, high,
            wc_plot_tip(page->plot, FIRST + (out ? WRITES : READS), tip));
  }
  fputs("EOD\n", script);
}

void wc_chart_columns(struct wc_chart_page *page, const char *title,
                      const struct wc_chart_column *columns, unsigned n) {
  const struct wc_plot_frame frame = {"wide", WIDE, WIDE_HEIGHT, title, NULL};
  const double gap = n <= MOST_APART ? 0.08 : 0; /* a share of a column, on each side */
  FILE *script = begin(page, &frame);
  double max = 0;
  for (unsigned i = 0; i < n; i++)
    max = fmax(max, columns[i].in + columns[i].out);
  margins(script, &frame, (struct place){WIDE_LEFT, WIDE, WIDE_TOP, WIDE_BOTTOM});
  headline(script, &frame, title);
  grid(script);
  fprintf(script, "set xrange [0:%u]\nset yrange [0:%s]\nunset xtics\nset format y '%%g'\n",
          n > 0 ? n : 1, max > 0 ? "*" : "1");
  shade(script, columns, n);
  column_rows(page, script, columns, n, false);
  column_rows(page, script, columns, n, true);
  fputs("plot", script);
  for (unsigned i = 0; i < 2; i++)
    fprintf(script,
            "%s using ($1+0.5):2:($1+%g):($1+%g):2:3:4 with boxxyerror fillstyle solid noborder "
            "linecolor rgb variable",
            i == 0 ? " $in" : ", $out", gap, 1 - gap);
  fputs("\n", script);
}
