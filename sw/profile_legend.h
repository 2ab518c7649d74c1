/* Colours of a profile's chart, and the legend that explains them. */
#ifndef WC_PROFILE_LEGEND_H
#define WC_PROFILE_LEGEND_H

#include <stdio.h>

#include "profile.h"

enum { WC_CHART_LEFT = 100, WC_CHART_PLOT = 1080, WC_CHART_NO_COMMAND = 0xF6F6F6 };

struct wc_chart_colour {
  uint32_t fill;
  const char *name;
};

/* Waits, in the order in which they are stacked on the layers' work. */
enum { WC_CHART_WAIT_INSIDE, WC_CHART_WAIT_MEMORY, WC_CHART_WAIT_TOKEN, WC_CHART_WAITS };
extern const struct wc_chart_colour wc_chart_waits[WC_CHART_WAITS];

/* Strips, each for one or more passes. */
enum { WC_CHART_STRIPS = 4 };
extern const struct wc_chart_colour wc_chart_strips[WC_CHART_STRIPS];

/* @edge: the paler one of partly filled tiles. */
uint32_t wc_chart_layer_fill(uint32_t layer, bool edge);

/* Pixels that @text takes, about. */
int wc_chart_text_width(const char *text, int size);

/* Draws the legend from @y down, with @out NULL nothing; returns where it ends. */
int wc_chart_legend(const struct wc_profile *profile, FILE *out, int y);

#endif
