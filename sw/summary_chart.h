/* Charts of the report: SVG inside HTML, coloured by classes that its style sheet defines, so that
 * they follow light and dark. Widths suit a phone; a page puts several beside each other. */
#ifndef WC_SUMMARY_CHART_H
#define WC_SUMMARY_CHART_H

#include <stdint.h>
#include <stdio.h>

#define WC_CHART_PARTS 8
#define WC_CHART_POINTS 8

/* Text as HTML. */
void wc_chart_text(FILE *out, const char *text);

struct wc_chart_bar {
  char label[32], text[40];     /* before the bar, behind it */
  double parts[WC_CHART_PARTS]; /* one on another; NAN: no bar */
  unsigned n_parts;
  unsigned colour; /* of a bar of one part; several have their own */
};

/* Horizontal bars, all on a scale from 0 to @max. */
void wc_chart_bars(FILE *out, const char *title, const struct wc_chart_bar *bars, unsigned n,
                   double max);

struct wc_chart_line {
  unsigned colour;
  double y[WC_CHART_POINTS]; /* NAN: a gap */
};

struct wc_chart_axes {
  const char *title, *x, *y; /* what the axes show */
  char at[WC_CHART_POINTS][16];
  unsigned points;
};

void wc_chart_lines(FILE *out, const struct wc_chart_axes *axes, const struct wc_chart_line *lines,
                    unsigned n);

/* A node's bytes and its group, which is shaded in turn and has the mark of its first node, where
 * there is room. */
struct wc_chart_column {
  double in, out;
  uint32_t group;
  const char *name;
  char mark[8];
};
/* Columns of @in and @out one on another, wide; the title of each tells its name. */
void wc_chart_columns(FILE *out, const char *title, const struct wc_chart_column *columns,
                      unsigned n);

#endif
