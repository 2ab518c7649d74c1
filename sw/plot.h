/* Charts drawn by gnuplot. Their scripts are collected, one run of gnuplot draws them all, and each
 * comes back as an SVG without an id, a font or a size of its own, to stand in a page or a file.
 *
 * A script names colours by wc_plot_colour and wc_plot_tip only: gnuplot carries them through as
 * numbers, and they become the caller's. Points (pt 7) become circles. */
#ifndef WC_PLOT_H
#define WC_PLOT_H

#include <stdint.h>
#include <stdio.h>

#include "graph.h"

struct wc_plot;

struct wc_plot_frame {
  const char *class; /* in a page, which styles it; NULL: a file of its own, on white paper */
  int width, height;
  const char *title, *about; /* for those who cannot see it; @about: its numbers, or NULL */
};

/* False: gnuplot cannot be run; @why says what to install. */
bool wc_plot_ready(struct wc_report *why);

/* @colours: what colour i becomes, as in CSS; the first is the ink. The list stays the caller's.
 * NULL: no memory. */
struct wc_plot *wc_plot_new(const char *const *colours, unsigned n);
void wc_plot_free(struct wc_plot *plot);

/* Begins a chart, after all options were reset, and returns what takes its script. @at: where in a
 * page it stands; must not fall. */
FILE *wc_plot_begin(struct wc_plot *plot, const struct wc_plot_frame *frame, size_t at);

/* What a script says for a colour (`rgb 0x...`), and for a colour whose polygon or point shows
 * @text under the mouse; after 65,535 of them, for the colour alone. */
uint32_t wc_plot_colour(unsigned colour);
uint32_t wc_plot_tip(struct wc_plot *plot, unsigned colour, const char *text);

/* @text as a string of a script, whatever is in it. */
void wc_plot_quote(FILE *script, const char *text);

/* Draws all charts into @page, the page without them, of @bytes; each at its place. False, with a
 * line in @why: gnuplot is missing or failed; then @out has nothing of it. */
bool wc_plot_draw(struct wc_plot *plot, const char *page, size_t bytes, FILE *out,
                  struct wc_report *why);

#endif
