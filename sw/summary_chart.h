/* Charts of the report, drawn by gnuplot into HTML; colours are the variables of its style sheet,
 * so that they follow light and dark. Widths suit a phone; a page puts several beside each other.
 */
#ifndef WC_SUMMARY_CHART_H
#define WC_SUMMARY_CHART_H

#include <stdint.h>
#include <stdio.h>

#include "plot.h"

#define WC_CHART_PARTS 8
#define WC_CHART_POINTS 8
#define WC_CHART_BARS 64

/* A page while it is written: its text, and the charts that will stand in it. */
struct wc_chart_page {
  FILE *out;
  struct wc_plot *plot;
};

/* A page, whose text is @out's, without charts so far. False: no memory. */
bool wc_chart_page_begin(struct wc_chart_page *page, FILE *out);
void wc_chart_page_end(struct wc_chart_page *page);

/* Text as HTML. */
void wc_chart_text(FILE *out, const char *text);

/* Three digits of @value with a prefix before @unit: 9.7 MB. */
void wc_chart_quantity(double value, const char *unit, char *text, size_t size);

struct wc_chart_bar {
  char label[32], text[40];     /* before the bar, behind it */
  double parts[WC_CHART_PARTS]; /* one on another; NAN: no bar */
  unsigned n_parts;
  unsigned colour; /* of a bar of one part; several have their own */
};

/* At most WC_CHART_BARS horizontal bars, all on a scale from 0 to @max. @head: of the chart; @title
 * says more, for those who cannot see it. */
void wc_chart_bars(struct wc_chart_page *page, const char *head, const char *title,
                   const struct wc_chart_bar *bars, unsigned n, double max);

struct wc_chart_line {
  const char *name;
  unsigned colour;
  double y[WC_CHART_POINTS]; /* NAN: a gap */
};

struct wc_chart_axes {
  const char *head, *title; /* as of bars */
  const char *x, *y;        /* what the axes show */
  char at[WC_CHART_POINTS][16];
  unsigned points;
};

void wc_chart_lines(struct wc_chart_page *page, const struct wc_chart_axes *axes,
                    const struct wc_chart_line *lines, unsigned n);

/* A node's bytes and its group, which is shaded in turn and has the mark of its first node, where
 * there is room. */
struct wc_chart_column {
  double in, out;
  uint32_t group;
  const char *name;
  char mark[8];
};
/* Columns of @in and @out one on another, wide; the title of each tells its name. */
void wc_chart_columns(struct wc_chart_page *page, const char *title,
                      const struct wc_chart_column *columns, unsigned n);

#endif
