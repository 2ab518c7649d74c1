/* Three panels over the steps: loss, accuracy and rate, loss scale. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atomic_file.h"
#include "curves.h"
#include "grow.h"
#include "report.h"
#include "svg.h"

enum {
  WIDTH = 900,
  LEFT = 70,
  RIGHT = 830,
  WINDOW = 100,      /* steps of the mean */
  MOST_POINTS = 760, /* of a curve: one a pixel */
  TICKS = 4,
};

/* A panel's place and the colour of its curve. */
struct panel {
  const char *name;
  int top, bottom;
  double low, high; /* values at bottom and top */
};

struct point {
  uint64_t step;
  double loss, mean, rate, scale, accuracy; /* accuracy below 0: none */
  bool updated;
};

struct record {
  struct point *points;
  size_t n, room;
};

static bool add_point(struct record *r, const struct point *point) {
  struct point *list = wc_grown(r->points, r->n, &r->room, sizeof *list);
  if (list == NULL)
    return false;
  r->points = list;
  list[r->n++] = *point;
  return true;
}

static bool parse_line(const char *line, struct point *p) {
  uint64_t epoch;
  int updated, end = 0;
  double seconds;
  p->accuracy = -1;
  if (sscanf(line, "%" SCNu64 ",%" SCNu64 ",%lf,%lf,%lf,%d,%lf,%n", &p->step, &epoch, &p->loss,
             &p->rate, &p->scale, &updated, &seconds, &end) != 7 ||
      end == 0)
    return false;
  p->updated = updated != 0;
  if (line[end] != '\n')
    p->accuracy = strtod(line + end, NULL);
  return true;
}

static bool read_record(const char *path, struct record *r, struct wc_report *why) {
  FILE *file = fopen(path, "r");
  char line[256];
  bool ok = true;
  if (file == NULL)
    return wc_fail(why, "%s: cannot be read: %s", path, strerror(errno));
  ok = fgets(line, sizeof line, file) != NULL && strcmp(line, WC_CURVES_HEAD "\n") == 0;
  while (ok && fgets(line, sizeof line, file) != NULL) {
    struct point point;
    ok = parse_line(line, &point) && add_point(r, &point);
  }
  fclose(file);
  return ok || wc_fail(why, "%s: line %zu is not one of a training run's record", path, r->n + 2);
}

/* A sum that takes in one loss and lets go of another would drift: each mean is made anew. Losses
 * that are not finite have no part in it. */
static void find_means(struct record *r) {
  for (size_t i = 0; i < r->n; i++) {
    const size_t from = i + 1 > WINDOW ? i + 1 - WINDOW : 0;
    double sum = 0;
    unsigned n = 0;
    for (size_t k = from; k <= i; k++) {
      if (isfinite(r->points[k].loss)) {
        sum += r->points[k].loss;
        n++;
      }
    }
    r->points[i].mean = n > 0 ? sum / n : NAN;
  }
}

static int x_of(const struct record *r, uint64_t step) {
  const uint64_t first = r->points[0].step, last = r->points[r->n - 1].step;
  const double span = last > first ? (double)(last - first) : 1;
  return LEFT + (int)((RIGHT - LEFT) * (double)(step - first) / span);
}

static int y_of(const struct panel *panel, double value) {
  const double part = (value - panel->low) / (panel->high - panel->low);
  const double inside = part < 0 ? 0 : part > 1 ? 1 : part;
  return panel->bottom - (int)((panel->bottom - panel->top) * inside);
}

static void draw_frame(FILE *out, const struct panel *panel) {
  const struct wc_svg_style name = {13, WC_SVG_START, 0x202020, 1};
  const struct wc_svg_style number = {11, WC_SVG_END, 0x505050, 0};
  wc_svg_text(out, LEFT, panel->top - 8, name, panel->name);
  for (int i = 0; i <= TICKS; i++) {
    const double value = panel->low + (panel->high - panel->low) * i / TICKS;
    const int y = y_of(panel, value);
    char text[32];
    snprintf(text, sizeof text, "%.4g", value);
    wc_svg_line(out, LEFT, y, RIGHT, y, i == 0 ? 0x808080 : 0xE0E0E0);
    wc_svg_text(out, LEFT - 6, y + 4, number, text);
  }
}

/* The member of a point at @offset, as a curve; where several steps fall on a pixel, one of them.
 */
static void draw_curve(FILE *out, const struct record *r, const struct panel *panel, size_t offset,
                       uint32_t colour) {
  const size_t last = r->n - 1, places = last < MOST_POINTS ? last : MOST_POINTS;
  fprintf(out, "<polyline fill=\"none\" stroke=\"#%06" PRIx32 "\" points=\"", colour);
  for (size_t k = 0; k <= places; k++) {
    const struct point *p = &r->points[places > 0 ? last * k / places : 0];
    double value;
    memcpy(&value, (const char *)p + offset, sizeof value);
    if (isfinite(value))
      fprintf(out, "%d,%d ", x_of(r, p->step), y_of(panel, value));
  }
  fputs("\"/>\n", out);
}

static void draw_accuracies(FILE *out, const struct record *r, const struct panel *panel) {
  const struct wc_svg_style style = {11, WC_SVG_MIDDLE, 0x006000, 0};
  for (size_t i = 0; i < r->n; i++) {
    const struct point *p = &r->points[i];
    if (p->accuracy < 0)
      continue;
    wc_svg_rect(out, x_of(r, p->step) - 2, y_of(panel, p->accuracy) - 2, 5, 5, 0x00A000);
    if (i + 1 == r->n) {
      char text[32];
      snprintf(text, sizeof text, "%.2f %%", 100 * p->accuracy);
      wc_svg_text(out, x_of(r, p->step), y_of(panel, p->accuracy) - 8, style, text);
    }
  }
}

/* Steps whose update was left out. */
static void draw_skipped(FILE *out, const struct record *r, const struct panel *panel) {
  for (size_t i = 0; i < r->n; i++) {
    const int x = x_of(r, r->points[i].step);
    if (!r->points[i].updated)
      wc_svg_line(out, x, panel->top, x, panel->bottom, 0xD00000);
  }
}

static double highest(const struct record *r, size_t offset) {
  double most = 0;
  for (size_t i = 0; i < r->n; i++) {
    double value;
    memcpy(&value, (const char *)&r->points[i] + offset, sizeof value);
    most = isfinite(value) && value > most ? value : most;
  }
  return most > 0 ? most : 1;
}

static void draw_steps(FILE *out, const struct record *r, int y) {
  const struct wc_svg_style style = {11, WC_SVG_MIDDLE, 0x505050, 0};
  const uint64_t first = r->points[0].step, last = r->points[r->n - 1].step;
  for (uint64_t i = 0; i <= TICKS; i++) {
    const uint64_t step = first + (last - first) * i / TICKS;
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, step);
    wc_svg_text(out, x_of(r, step), y, style, text);
  }
}

static void draw(FILE *out, const struct record *r, const char *title) {
  const struct wc_svg_style head = {16, WC_SVG_START, 0x000000, 1};
  const struct panel loss = {"loss of a step, and its mean over 100 steps", 70, 330, 0,
                             highest(r, offsetof(struct point, loss))};
  const struct panel accuracy = {"test accuracy", 380, 540, 0, 1};
  const struct panel rate = {"learning rate", 590, 690, 0,
                             highest(r, offsetof(struct point, rate))};
  const struct panel scale = {"loss scale; red: update skipped", 740, 840, 0,
                              highest(r, offsetof(struct point, scale))};
  wc_svg_begin(out, WIDTH, 880, title);
  wc_svg_text(out, LEFT, 30, head, title);
  draw_frame(out, &loss);
  draw_curve(out, r, &loss, offsetof(struct point, loss), 0xB0C4DE);
  draw_curve(out, r, &loss, offsetof(struct point, mean), 0x1040A0);
  draw_frame(out, &accuracy);
  draw_accuracies(out, r, &accuracy);
  draw_frame(out, &rate);
  draw_curve(out, r, &rate, offsetof(struct point, rate), 0xA06000);
  draw_frame(out, &scale);
  draw_skipped(out, r, &scale);
  draw_curve(out, r, &scale, offsetof(struct point, scale), 0x404040);
  draw_steps(out, r, 858);
  wc_svg_end(out);
}

bool wc_curves_draw(const char *csv, const char *svg, const char *title, struct wc_report *why) {
  struct record r = {NULL, 0, 0};
  struct wc_chunk chunk;
  char *text = NULL;
  size_t bytes = 0;
  bool ok = read_record(csv, &r, why);
  if (ok && r.n == 0)
    ok = wc_fail(why, "%s: no step in it to draw", csv);
  FILE *out = ok ? open_memstream(&text, &bytes) : NULL;
  if (out != NULL) {
    find_means(&r);
    draw(out, &r, title);
    ok = fclose(out) == 0;
    chunk = (struct wc_chunk){text, bytes};
    ok = ok && wc_file_replace(svg, &chunk, 1, why);
  } else if (ok) {
    ok = wc_fail(why, "%s: out of memory", svg);
  }
  free(text);
  free(r.points);
  return ok;
}
