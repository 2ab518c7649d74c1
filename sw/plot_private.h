/* Private to plot*.c and their tests. */
#ifndef WC_PLOT_PRIVATE_H
#define WC_PLOT_PRIVATE_H

#include "plot.h"

/* Text as XML: control characters become spaces. */
void wc_plot_escape(FILE *out, const char *text);

/* Runs gnuplot on @script; @text is what it wrote, the caller's (free). */
bool wc_plot_run(const char *script, size_t bytes, char **text, struct wc_report *why);

/* What the numbers of colours stand for. */
struct wc_plot_names {
  const char *const *colours;
  unsigned n_colours;
  char *const *tips; /* 0 is none */
  size_t n_tips;
};
/* Writes one SVG of gnuplot in our form. False: @svg is none. */
bool wc_plot_rewrite(const char *svg, const struct wc_plot_frame *frame,
                     const struct wc_plot_names *names, FILE *out);

#endif
