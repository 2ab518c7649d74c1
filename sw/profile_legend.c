#include "profile_legend.h"

#include <string.h>

#include "svg.h"

enum { ROW = 20 };

const struct wc_chart_colour wc_chart_waits[WC_CHART_WAITS] = {
    {0x4A4A4A, "for operands, partial sums, drain, the buffer"},
    {0x9C9C9C, "for memory"},
    {0xDADADA, "for another engine"}};

const struct wc_chart_colour wc_chart_strips[WC_CHART_STRIPS] = {{0x27476E, "forward"},
                                                                 {0xB5541C, "gradient of data"},
                                                                 {0x1E6B45, "gradient of weights"},
                                                                 {0x5B3A78, "update"}};

static const uint32_t palette[] = {0x4E79A7, 0xF28E2B, 0x59A14F, 0xE15759, 0x76B7B2, 0xEDC948,
                                   0xB07AA1, 0xFF9DA7, 0x9C755F, 0x2F9CC0, 0xA8C256, 0xD37295};

int wc_chart_text_width(const char *text, int size) {
  return (int)strlen(text) * size * 58 / 100 + 1;
}

uint32_t wc_chart_layer_fill(uint32_t layer, bool edge) {
  const uint32_t fill = palette[layer % (sizeof palette / sizeof *palette)];
  if (!edge)
    return fill;
  uint32_t light = 0;
  for (unsigned shift = 0; shift < 24; shift += 8) {
    const uint32_t part = fill >> shift & 0xFF;
    light |= (part + (255 - part) * 45 / 100) << shift;
  }
  return light;
}

/* Places legend entries in rows; out NULL: only moves on. */
struct legend {
  FILE *out;
  int x, y;
};

static void legend_title(struct legend *l, const char *title) {
  l->x = WC_CHART_LEFT;
  l->y += ROW + 4;
  if (l->out != NULL)
    wc_svg_text(l->out, WC_CHART_LEFT - 10, l->y,
                (struct wc_svg_style){12, WC_SVG_END, 0x404040, 1}, title);
}

static void legend_entry(struct legend *l, uint32_t fill, const char *name) {
  const int width = 18 + wc_chart_text_width(name, 12) + 16;
  if (l->x > WC_CHART_LEFT && l->x + width > WC_CHART_LEFT + WC_CHART_PLOT) {
    l->x = WC_CHART_LEFT;
    l->y += ROW;
  }
  if (l->out != NULL) {
    wc_svg_rect(l->out, l->x, l->y - 10, 12, 12, 0xB0B0B0);
    wc_svg_rect(l->out, l->x + 1, l->y - 9, 10, 10, fill);
    wc_svg_text(l->out, l->x + 18, l->y, (struct wc_svg_style){12, WC_SVG_START, 0x202020, 0},
                name);
  }
  l->x += width;
}

int wc_chart_legend(const struct wc_profile *p, FILE *out, int y) {
  struct legend l = {out, WC_CHART_LEFT, y};
  legend_title(&l, "layer");
  for (uint32_t i = 0; i + 1 < p->n_layers; i++)
    legend_entry(&l, wc_chart_layer_fill(i, false), p->layer[i]);
  legend_entry(&l, wc_chart_layer_fill(0, true), "paler: part of the array, at an edge");
  legend_title(&l, "waits");
  for (unsigned i = 0; i < WC_CHART_WAITS; i++)
    legend_entry(&l, wc_chart_waits[i].fill, wc_chart_waits[i].name);
  legend_entry(&l, WC_CHART_NO_COMMAND, "no command");
  legend_title(&l, "strip");
  for (unsigned i = 0; i < WC_CHART_STRIPS; i++)
    legend_entry(&l, wc_chart_strips[i].fill, wc_chart_strips[i].name);
  return l.y + 14;
}
