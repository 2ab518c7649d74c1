/* gnuplot's SVG in our form: what is so by default, empty groups, names, ids, definitions and fonts
 * go; colours and tips come. gnuplot writes a small part of SVG, and only that is read. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "plot_private.h"

enum { DEPTH = 16 };

/* A stretch of what gnuplot wrote. */
struct span {
  const char *at, *end;
};

struct attribute {
  struct span name, value;
};

/* A group is written when something is in it. */
struct group {
  struct span tag;
  bool written;
};

struct rewriter {
  const struct wc_plot_names *names;
  FILE *out;
  struct group groups[DEPTH];
  unsigned depth;
};

void wc_plot_escape(FILE *out, const char *text) {
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
      fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
  }
}

static bool is(struct span span, const char *text) {
  return (size_t)(span.end - span.at) == strlen(text) && strncmp(span.at, text, strlen(text)) == 0;
}

static bool holds(struct span span, const char *text) {
  const char *found = strstr(span.at, text);
  return found != NULL && found < span.end;
}

static const char *skip_space(const char *at) {
  while (isspace((unsigned char)*at))
    at++;
  return at;
}

/* Takes the next attribute off the front of a tag's rest; false: none is left. */
static bool next_attribute(struct span *rest, struct attribute *a) {
  const char *at = skip_space(rest->at);
  a->name.at = at;
  while (at < rest->end && *at != '=' && *at != '/' && !isspace((unsigned char)*at))
    at++;
  a->name.end = at;
  at = skip_space(at);
  if (a->name.at == a->name.end || *at != '=')
    return false;
  at = skip_space(at + 1);
  const char *end = at < rest->end && (*at == '"' || *at == '\'') ? strchr(at + 1, *at) : NULL;
  if (end == NULL || end >= rest->end)
    return false;
  a->value = (struct span){at + 1, end};
  rest->at = end + 1;
  return true;
}

/* Numbers to a tenth of a pixel, one space where there are many. */
static void write_value(FILE *out, struct span value) {
  while (value.end > value.at && isspace((unsigned char)value.end[-1]))
    value.end--;
  for (const char *at = value.at; at < value.end; at++) {
    if (isspace((unsigned char)*at)) {
      at = skip_space(at) - 1;
      fputc(' ', out);
    } else if (*at == '.') {
      if (at[1] != '0')
        fprintf(out, ".%c", at[1]);
      while (isdigit((unsigned char)at[1]))
        at++;
    } else {
      fputc(*at, out);
    }
  }
}

/* The number of a colour; that of the ink where gnuplot chose. */
static uint32_t number_of(struct span value) {
  unsigned red, green, blue;
  if (sscanf(value.at, "rgb( %u , %u , %u )", &red, &green, &blue) != 3)
    return wc_plot_colour(0);
  return red << 16 | green << 8 | blue;
}

static void write_colour(const struct rewriter *r, const char *name, uint32_t number) {
  const unsigned colour = (number >> 16) - 1;
  fprintf(r->out, " %s=\"%s\"", name, r->names->colours[colour < r->names->n_colours ? colour : 0]);
}

/* Whether an attribute says more than the default: of groups, texts' place and the width of lines;
 * of shapes, all. */
static bool matters(const struct attribute *a, bool group) {
  static const char *const never[] = {"id",     "class",          "color",          "font-family",
                                      "stroke", "stroke-linecap", "stroke-linejoin"};
  if (is(a->value, "none") || is(a->name, "shape-rendering"))
    return false;
  if (is(a->name, "stroke-width"))
    return !is(a->value, "1.00");
  for (size_t i = 0; group && i < sizeof never / sizeof *never; i++) {
    if (is(a->name, never[i]))
      return is(a->name, "font-family") && holds(a->value, ":Bold");
  }
  return !is(a->name, "class");
}

static void write_attributes(const struct rewriter *r, struct span tag, bool group) {
  struct attribute a;
  while (next_attribute(&tag, &a)) {
    if (!matters(&a, group))
      continue;
    if (is(a.name, "font-family")) {
      fputs(" font-weight=\"600\"", r->out);
    } else if (is(a.name, "fill") || is(a.name, "stroke")) {
      write_colour(r, is(a.name, "fill") ? "fill" : "stroke", number_of(a.value));
    } else {
      fprintf(r->out, " %.*s=\"", (int)(a.name.end - a.name.at), a.name.at);
      write_value(r->out, a.value);
      fputc('"', r->out);
    }
  }
}

static bool says_something(struct span tag) {
  struct attribute a;
  while (next_attribute(&tag, &a)) {
    if (matters(&a, true))
      return true;
  }
  return false;
}

/* Opens the groups around what comes now. */
static void enter(struct rewriter *r) {
  for (unsigned i = 0; i < r->depth; i++) {
    struct group *group = &r->groups[i];
    if (group->written || !says_something(group->tag))
      continue;
    fputs("<g", r->out);
    write_attributes(r, group->tag, true);
    fputc('>', r->out);
    group->written = true;
  }
}

/* The end of a shape, with its tip if its colour tells one. */
static void close_shape(const struct rewriter *r, const char *name, uint32_t number) {
  const size_t tip = number & 0xFFFF;
  if (tip == 0 || tip >= r->names->n_tips) {
    fputs("/>\n", r->out);
    return;
  }
  fputs("><title>", r->out);
  wc_plot_escape(r->out, r->names->tips[tip]);
  fprintf(r->out, "</title></%s>\n", name);
}

/* A path that only moves, as that of marks without a length, is left out. */
static void write_shape(struct rewriter *r, const char *name, struct span tag) {
  uint32_t number = 0;
  struct attribute a;
  for (struct span rest = tag; next_attribute(&rest, &a);) {
    number = is(a.name, "fill") ? number_of(a.value) : number;
    if (is(a.name, "d") && !holds(a.value, "L"))
      return;
  }
  enter(r);
  fprintf(r->out, "<%s", name);
  write_attributes(r, tag, false);
  close_shape(r, name, number);
}

/* A point stands for a definition of gnuplot's, of which there would be one in each SVG. */
static bool write_point(struct rewriter *r, struct span tag) {
  double x = 0, y = 0, radius = 0;
  uint32_t number = wc_plot_colour(0);
  struct attribute a;
  while (next_attribute(&tag, &a)) {
    if (is(a.name, "transform") &&
        sscanf(a.value.at, "translate(%lf,%lf) scale(%lf)", &x, &y, &radius) != 3)
      return false;
    number = is(a.name, "color") ? number_of(a.value) : number;
  }
  enter(r);
  fprintf(r->out, "<circle cx=\"%g\" cy=\"%g\" r=\"%g\"", x, y, radius);
  write_colour(r, "fill", number);
  close_shape(r, "circle", number);
  return true;
}

/* Goes on behind a text, in which gnuplot escapes < and & alone, but not that of `&#x`; NULL: it
 * does not end. */
static const char *write_text(struct rewriter *r, const char *at) {
  const char *end = strstr(at, "</text>");
  if (end == NULL)
    return NULL;
  enter(r);
  fputs("<text>", r->out);
  for (at = skip_space(at); at < end; at++) {
    if (*at == '>')
      fputs("&gt;", r->out);
    else if (strncmp(at, "&#", 2) == 0)
      fputs("&amp;", r->out);
    else
      fputc(*at, r->out);
  }
  fputs("</text>", r->out);
  return end + strlen("</text>");
}

static bool push(struct rewriter *r, struct span tag) {
  if (r->depth == DEPTH)
    return false;
  r->groups[r->depth++] = (struct group){tag, false};
  return true;
}

static void pop(struct rewriter *r) {
  if (r->depth > 0 && r->groups[--r->depth].written)
    fputs("</g>\n", r->out);
}

/* What stands at @at, a tag; returns what is behind it, NULL: it is none that is known. */
static const char *rewrite_tag(struct rewriter *r, const char *at) {
  const char *end = strchr(at, '>');
  struct span name = {at + 1, at + 1};
  if (end == NULL)
    return NULL;
  while (isalpha((unsigned char)*name.end) || *name.end == '/')
    name.end++;
  const struct span tag = {name.end, end};
  bool ok = true;
  if (is(name, "text"))
    return write_text(r, end + 1);
  if (is(name, "title")) { /* the name of a plot */
    end = strstr(end, "</title>");
    return end != NULL ? end + strlen("</title>") : NULL;
  }
  if (is(name, "g"))
    ok = push(r, tag);
  else if (is(name, "/g"))
    pop(r);
  else if (is(name, "path") || is(name, "polygon"))
    write_shape(r, is(name, "path") ? "path" : "polygon", tag);
  else if (is(name, "use"))
    ok = write_point(r, tag);
  else
    ok = false;
  return ok ? end + 1 : NULL;
}

static void write_head(FILE *out, const struct wc_plot_frame *frame) {
  fputs("<svg", out);
  if (frame->class == NULL)
    fprintf(out, " xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\"", frame->width,
            frame->height);
  else
    fprintf(out, " class=\"%s\"", frame->class);
  fprintf(out, " viewBox=\"0 0 %d %d\" role=\"img\" fill=\"none\"", frame->width, frame->height);
  fputs(frame->class == NULL ? " font-family=\"Helvetica, Arial, sans-serif\"><title>" : "><title>",
        out);
  wc_plot_escape(out, frame->title);
  fputs("</title>\n", out);
  if (frame->about != NULL) {
    fputs("<desc>", out);
    wc_plot_escape(out, frame->about);
    fputs("</desc>\n", out);
  }
  if (frame->class == NULL)
    fprintf(out, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", frame->width,
            frame->height);
}

bool wc_plot_rewrite(const char *svg, const struct wc_plot_frame *frame,
                     const struct wc_plot_names *names, FILE *out) {
  struct rewriter r = {.names = names, .out = out};
  const char *end = strstr(svg, "</svg>"), *at = strstr(svg, "</defs>");
  if (at == NULL || end == NULL || at > end)
    return false;
  write_head(out, frame);
  for (at += strlen("</defs>"); at != NULL && at < end;)
    at = *at == '<' ? rewrite_tag(&r, at) : at + 1;
  fputs("</svg>\n", out);
  return at == end;
}
