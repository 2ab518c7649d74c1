/* A small SVG writer: what a chart needs, text escaped, sizes in pixels. */
#ifndef WC_SVG_H
#define WC_SVG_H

#include <stdint.h>
#include <stdio.h>

enum wc_svg_anchor { WC_SVG_START, WC_SVG_MIDDLE, WC_SVG_END };

struct wc_svg_style {
  int size; /* of the letters */
  enum wc_svg_anchor anchor;
  uint32_t fill; /* 0xRRGGBB */
  int bold;
};

/* White paper. @title is the document's, for those who cannot see it. */
void wc_svg_begin(FILE *out, int width, int height, const char *title);
void wc_svg_end(FILE *out);
void wc_svg_rect(FILE *out, int x, int y, int w, int h, uint32_t fill);
void wc_svg_line(FILE *out, int x0, int y0, int x1, int y1, uint32_t stroke);
void wc_svg_text(FILE *out, int x, int y, struct wc_svg_style style, const char *text);

/* Many rectangles of one colour: begin, boxes, end. */
void wc_svg_boxes_begin(FILE *out, uint32_t fill);
void wc_svg_box(FILE *out, int x, int y, int w, int h);
void wc_svg_boxes_end(FILE *out);

#endif
