/* Collects scripts, and puts what gnuplot made of them where it belongs. */
#include "plot.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "plot_private.h"
#include "report.h"

enum { MOST_TIPS = 0xFFFF }; /* what a number has room for beside the colour */

static const char first_line[] = "<?xml";

struct chart {
  struct wc_plot_frame frame; /* texts are copies */
  size_t at;
};

struct wc_plot {
  const char *const *colours;
  unsigned n_colours;
  FILE *script;
  char *text; /* of the script, with its bytes */
  size_t bytes;
  struct chart *charts;
  size_t n, room;
  char **tips;
  size_t n_tips, tips_room;
  bool full; /* memory ran out */
};

struct wc_plot *wc_plot_new(const char *const *colours, unsigned n) {
  struct wc_plot *plot = calloc(1, sizeof *plot);
  if (plot == NULL)
    return NULL;
  plot->colours = colours;
  plot->n_colours = n;
  plot->n_tips = 1;
  plot->script = open_memstream(&plot->text, &plot->bytes);
  plot->tips = wc_grown(NULL, 0, &plot->tips_room, sizeof *plot->tips);
  if (plot->script == NULL || plot->tips == NULL) {
    wc_plot_free(plot);
    return NULL;
  }
  plot->tips[0] = NULL;
  return plot;
}

static char *copy(struct wc_plot *plot, const char *text) {
  char *own = text != NULL ? strdup(text) : NULL;
  plot->full = plot->full || (text != NULL && own == NULL);
  return own;
}

void wc_plot_free(struct wc_plot *plot) {
  if (plot == NULL)
    return;
  if (plot->script != NULL)
    fclose(plot->script);
  for (size_t i = 0; i < plot->n; i++) {
    free((char *)plot->charts[i].frame.class);
    free((char *)plot->charts[i].frame.title);
    free((char *)plot->charts[i].frame.about);
  }
  for (size_t i = 1; plot->tips != NULL && i < plot->n_tips; i++)
    free(plot->tips[i]);
  free(plot->charts);
  free(plot->tips);
  free(plot->text);
  free(plot);
}

FILE *wc_plot_begin(struct wc_plot *plot, const struct wc_plot_frame *frame, size_t at) {
  struct chart *charts = wc_grown(plot->charts, plot->n, &plot->room, sizeof *charts);
  plot->full = plot->full || charts == NULL;
  if (charts != NULL) {
    plot->charts = charts;
    charts[plot->n++] = (struct chart){{copy(plot, frame->class), frame->width, frame->height,
                                        copy(plot, frame->title), copy(plot, frame->about)},
                                       at};
  }
  fprintf(plot->script,
          "reset\nset encoding utf8\nset terminal svg size %d,%d fixed noenhanced font ',12'\n"
          "unset key\nunset border\nset tics scale 0\n",
          frame->width, frame->height);
  return plot->script;
}

uint32_t wc_plot_colour(unsigned colour) {
  return (colour + 1) << 16;
}

uint32_t wc_plot_tip(struct wc_plot *plot, unsigned colour, const char *text) {
  if (plot->n_tips > MOST_TIPS)
    return wc_plot_colour(colour);
  char **tips = wc_grown(plot->tips, plot->n_tips, &plot->tips_room, sizeof *tips);
  plot->full = plot->full || tips == NULL;
  if (tips == NULL)
    return wc_plot_colour(colour);
  plot->tips = tips;
  tips[plot->n_tips++] = copy(plot, text);
  return wc_plot_colour(colour) | (uint32_t)(plot->n_tips - 1);
}

/* In octal no character means anything but itself; digits, too, as one behind a number would belong
 * to it. Single quotes would need less, but gnuplot 5.4 ends a string at a quote that is its first
 * character, doubled or not. */
void wc_plot_quote(FILE *script, const char *text) {
  fputc('"', script);
  for (; *text != '\0'; text++) {
    const unsigned char c = (unsigned char)*text;
    if (isalpha(c) || c == ' ')
      fputc(c, script);
    else
      fprintf(script, "\\%03o", c < ' ' ? (unsigned)' ' : c);
  }
  fputc('"', script);
}

static bool place(const struct wc_plot *plot, const char *svgs, const char *page, size_t bytes,
                  FILE *out) {
  const struct wc_plot_names names = {plot->colours, plot->n_colours, plot->tips, plot->n_tips};
  const char *svg = svgs;
  size_t done = 0;
  for (size_t i = 0; i < plot->n; i++) {
    const struct chart *chart = &plot->charts[i];
    fwrite(page + done, 1, chart->at - done, out);
    done = chart->at;
    svg = svg != NULL ? strstr(svg, first_line) : NULL;
    if (svg == NULL || !wc_plot_rewrite(svg, &chart->frame, &names, out))
      return false;
    svg++;
  }
  fwrite(page + done, 1, bytes - done, out);
  return svg == NULL || strstr(svg, first_line) == NULL;
}

bool wc_plot_draw(struct wc_plot *plot, const char *page, size_t bytes, FILE *out,
                  struct wc_report *why) {
  char *svgs = NULL, *whole = NULL;
  size_t size = 0;
  if (fflush(plot->script) != 0 || plot->full)
    return wc_fail(why, "charts: out of memory");
  bool ok = plot->n == 0 || wc_plot_run(plot->text, plot->bytes, &svgs, why);
  FILE *stream = ok ? open_memstream(&whole, &size) : NULL;
  if (ok && stream == NULL)
    ok = wc_fail(why, "charts: out of memory");
  if (ok) {
    ok = place(plot, svgs, page, bytes, stream) ||
         wc_fail(why, "gnuplot: what it wrote is no SVG of each chart: this reads gnuplot 5.4's");
    if (fclose(stream) != 0 && ok)
      ok = wc_fail(why, "charts: out of memory");
  }
  if (ok)
    fwrite(whole, 1, size, out);
  free(whole);
  free(svgs);
  return ok;
}
