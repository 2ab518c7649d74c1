#include "svg.h"

#include <inttypes.h>

static void escaped(FILE *out, const char *text) {
  for (; *text != '\0'; text++) {
    switch (*text) {
      case '&':
        fputs("&amp;", out);
        break;
      case '<':
        fputs("&lt;", out);
        break;
      case '>':
        fputs("&gt;", out);
        break;
      default:
        fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
    }
  }
}

void wc_svg_begin(FILE *out, int width, int height, const char *title) {
  fprintf(out,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
          "viewBox=\"0 0 %d %d\" font-family=\"Helvetica, Arial, sans-serif\">\n<title>",
          width, height, width, height);
  escaped(out, title);
  fputs("</title>\n", out);
  wc_svg_rect(out, 0, 0, width, height, 0xFFFFFF);
}

void wc_svg_end(FILE *out) {
  fputs("</svg>\n", out);
}

void wc_svg_rect(FILE *out, int x, int y, int w, int h, uint32_t fill) {
  fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06" PRIx32 "\"/>\n", x,
          y, w, h, fill);
}

void wc_svg_line(FILE *out, int x0, int y0, int x1, int y1, uint32_t stroke) {
  fprintf(out,
          "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#%06" PRIx32
          "\" shape-rendering=\"crispEdges\"/>\n",
          x0, y0, x1, y1, stroke);
}

void wc_svg_text(FILE *out, int x, int y, struct wc_svg_style style, const char *text) {
  static const char *const anchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
  fprintf(out, "<text x=\"%d\" y=\"%d\" font-size=\"%d\"%s%s fill=\"#%06" PRIx32 "\">", x, y,
          style.size, anchors[style.anchor], style.bold ? " font-weight=\"bold\"" : "", style.fill);
  escaped(out, text);
  fputs("</text>\n", out);
}

void wc_svg_boxes_begin(FILE *out, uint32_t fill) {
  fprintf(out, "<path fill=\"#%06" PRIx32 "\" shape-rendering=\"crispEdges\" d=\"", fill);
}

void wc_svg_box(FILE *out, int x, int y, int w, int h) {
  fprintf(out, "M%d %dh%dv%dh-%dz", x, y, w, h, w);
}

void wc_svg_boxes_end(FILE *out) {
  fputs("\"/>\n", out);
}
