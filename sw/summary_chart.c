#include "summary_chart.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

void wc_chart_text(FILE *out, const char *text) {
  for (; *text != '\0'; text++) {
    if (*text == '&')
      fputs("&amp;", out);
    else if (*text == '<')
      fputs("&lt;", out);
    else if (*text == '>')
      fputs("&gt;", out);
    else if (*text == '"')
      fputs("&quot;", out);
    else
      fputc(*text, out);
  }
}

static void begin(FILE *out, const char *class, int width, int height, const char *title) {
  fprintf(out, "<svg class=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\"><title>", class, width,
          height);
  wc_chart_text(out, title);
  fputs("</title>\n", out);
}

static void label(FILE *out, double x, double y, const char *class, const char *text) {
  fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
  wc_chart_text(out, text);
  fputs("</text>\n", out);
}

/* ---- bars ---- */

enum { WIDTH = 350, BARS_X = 96, BARS_WIDTH = 154, BAR = 20, TITLE = 24 };

static void bar(FILE *out, const struct wc_chart_bar *b, double y, double max) {
  double x = BARS_X;
  label(out, BARS_X - 5, y + 14, "e", b->label);
  for (unsigned i = 0; i < b->n_parts; i++) {
    if (isnan(b->parts[i]) || !(max > 0))
      continue;
    const double width = b->parts[i] / max * BARS_WIDTH;
    fprintf(out, "<rect class=\"%c%u\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>\n",
            b->n_parts > 1 ? 'p' : 'c', b->n_parts > 1 ? i : b->colour, x, y + 2, width, BAR - 5);
    x += width;
  }
  label(out, x + 4, y + 14, "v", b->text);
}

void wc_chart_bars(FILE *out, const char *title, const struct wc_chart_bar *bars, unsigned n,
                   double max) {
  begin(out, "card", WIDTH, TITLE + (int)n * BAR + 4, title);
  label(out, 4, 16, "t", title);
  for (unsigned i = 0; i < n; i++)
    bar(out, &bars[i], TITLE + i * BAR, max);
  fputs("</svg>\n", out);
}

/* ---- lines ---- */

enum { LINES_HEIGHT = 230, LEFT = 44, RIGHT = 340, TOP = 34, BOTTOM = 190 };

/* The least round number so that four of it reach @max. */
static double tick(double max) {
  const double power = pow(10, floor(log10(max / 4)));
  const double rest = max / 4 / power;
  static const double round[] = {1, 1.5, 2, 2.5, 3, 4, 5, 6, 8};
  for (size_t i = 0; i < sizeof round / sizeof *round; i++) {
    if (rest <= round[i])
      return power * round[i];
  }
  return power * 10;
}

static double x_of(const struct wc_chart_axes *axes, unsigned i) {
  return LEFT + 12 + (RIGHT - LEFT - 24) * (double)i / (axes->points > 1 ? axes->points - 1 : 1);
}

static double y_of(double value, double top) {
  return BOTTOM - (BOTTOM - TOP) * value / top;
}

static void frame(FILE *out, const struct wc_chart_axes *axes, double step) {
  char text[32];
  begin(out, "card", WIDTH, LINES_HEIGHT, axes->title);
  label(out, 4, 16, "t", axes->title);
  for (unsigned i = 0; i <= 4; i++) {
    const double y = y_of(i, 4);
    fprintf(out, "<path class=\"g\" d=\"M%d %.1fH%d\"/>\n", LEFT, y, RIGHT);
    snprintf(text, sizeof text, "%g", step * i);
    label(out, LEFT - 4, y + 4, "e", text);
  }
  for (unsigned i = 0; i < axes->points; i++)
    label(out, x_of(axes, i), BOTTOM + 15, "m", axes->at[i]);
  label(out, (LEFT + RIGHT) / 2.0, LINES_HEIGHT - 6, "m", axes->x);
  label(out, RIGHT, 16, "e", axes->y);
}

static void line(FILE *out, const struct wc_chart_axes *axes, const struct wc_chart_line *l,
                 double top) {
  bool down = false;
  fprintf(out, "<path class=\"l k%u\" d=\"", l->colour);
  for (unsigned i = 0; i < axes->points; i++) {
    if (!isnan(l->y[i]))
      fprintf(out, "%c%.1f %.1f", down ? 'L' : 'M', x_of(axes, i), y_of(l->y[i], top));
    down = !isnan(l->y[i]);
  }
  fputs("\"/>\n", out);
  for (unsigned i = 0; i < axes->points; i++) {
    if (!isnan(l->y[i]))
      fprintf(out,
              "<circle class=\"c%u\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>%.4g "
              "%s</title></circle>\n",
              l->colour, x_of(axes, i), y_of(l->y[i], top), l->y[i], axes->y);
  }
}

void wc_chart_lines(FILE *out, const struct wc_chart_axes *axes, const struct wc_chart_line *lines,
                    unsigned n) {
  double max = 0;
  for (unsigned k = 0; k < n; k++) {
    for (unsigned i = 0; i < axes->points; i++)
      max = lines[k].y[i] > max ? lines[k].y[i] : max;
  }
  const double step = max > 0 ? tick(max) : 1;
  frame(out, axes, step);
  for (unsigned k = 0; k < n; k++)
    line(out, axes, &lines[k], 4 * step);
  fputs("</svg>\n", out);
}

/* ---- columns ---- */

enum { WIDE = 1000, WIDE_HEIGHT = 260, WIDE_LEFT = 50, WIDE_TOP = 30, WIDE_BOTTOM = 240 };

static void shade(FILE *out, const struct wc_chart_column *columns, unsigned n, double width) {
  for (unsigned i = 0, end; i < n; i = end) {
    for (end = i; end < n && columns[end].group == columns[i].group; end++) {
    }
    if (columns[i].group % 2 == 0)
      fprintf(out, "<rect class=\"s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n",
              WIDE_LEFT + i * width, WIDE_TOP, (end - i) * width, WIDE_BOTTOM - WIDE_TOP);
    if ((end - i) * width >= 7.0 * (double)strlen(columns[i].mark))
      label(out, WIDE_LEFT + (i + end) * width / 2, WIDE_TOP + 12, "m", columns[i].mark);
  }
}

void wc_chart_columns(FILE *out, const char *title, const struct wc_chart_column *columns,
                      unsigned n) {
  const double width = (double)(WIDE - WIDE_LEFT) / (n > 0 ? n : 1);
  double max = 0;
  for (unsigned i = 0; i < n; i++)
    max = fmax(max, columns[i].in + columns[i].out);
  const double step = max > 0 ? tick(max) : 1, high = WIDE_BOTTOM - WIDE_TOP;
  begin(out, "wide", WIDE, WIDE_HEIGHT, title);
  label(out, 4, 16, "t", title);
  shade(out, columns, n, width);
  for (unsigned i = 0; i <= 4; i++) {
    char text[32];
    const double y = WIDE_BOTTOM - high * i / 4;
    snprintf(text, sizeof text, "%g", step * i);
    fprintf(out, "<path class=\"g\" d=\"M%d %.1fH%d\"/>\n", WIDE_LEFT, y, WIDE);
    label(out, WIDE_LEFT - 5, y + 4, "e", text);
  }
  for (unsigned i = 0; i < n; i++) {
    const double x = WIDE_LEFT + i * width, in = high * columns[i].in / (4 * step);
    const double all = in + high * columns[i].out / (4 * step);
    fprintf(out, "<g><title>%s, group %" PRIu32 "</title>", columns[i].name, columns[i].group);
    fprintf(out, "<rect class=\"p0\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", x,
            WIDE_BOTTOM - in, width * 0.85, in);
    fprintf(out, "<rect class=\"p1\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/></g>\n",
            x, WIDE_BOTTOM - all, width * 0.85, all - in);
  }
  fputs("</svg>\n", out);
}
