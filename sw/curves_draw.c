/* Panels over the steps: loss, accuracy and rate, loss scale. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "atomic_file.h"
#include "curves.h"
#include "grow.h"
#include "plot.h"
#include "report.h"

enum {
  WIDTH = 900,
  HEIGHT = 880,
  LEFT = 70,
  RIGHT = 830,
  WINDOW = 100,      /* steps of the mean */
  MOST_POINTS = 760, /* of a curve: one a pixel */
};

/* A file has no style sheet around it: its paper is white, and so are its colours meant. */
enum { INK, DIM, RULE, EACH, MEAN, TESTED, RATE, SCALE, SKIPPED };
static const char *const colours[] = {"#202020", "#505050", "#e0e0e0", "#b0c4de", "#1040a0",
                                      "#007a00", "#a06000", "#404040", "#d00000"};

/* A panel's place in pixels and the value at its top. */
struct panel {
  const char *name;
  int top, bottom;
  double high;
  const char *quarters; /* NULL, or the format of marks at each quarter */
  bool last;            /* has the steps below */
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

/* Steps that are drawn: all, or one a pixel. */
static size_t places_of(const struct record *r) {
  return r->n - 1 < MOST_POINTS ? r->n - 1 : MOST_POINTS;
}

static const struct point *point_at(const struct record *r, size_t place) {
  const size_t places = places_of(r);
  return &r->points[places > 0 ? (r->n - 1) * place / places : 0];
}

/* What is not finite is missing: the curve goes on at the next step. */
static void value(FILE *script, double x) {
  if (isfinite(x))
    fprintf(script, " %.7g", x);
  else
    fputs(" ?", script);
}

static void curve_rows(FILE *script, const struct record *r) {
  fputs("$curves << EOD\n", script);
  for (size_t i = 0; i <= places_of(r); i++) {
    const struct point *p = point_at(r, i);
    fprintf(script, "%" PRIu64, p->step);
    value(script, p->loss);
    value(script, p->mean);
    value(script, p->rate);
    value(script, p->scale);
    fputs("\n", script);
  }
  fputs("EOD\n", script);
}

/* Steps after which there was a test. */
static void accuracy_rows(FILE *script, const struct record *r) {
  fputs("$accuracies << EOD\n", script);
  for (size_t i = 0; i < r->n; i++) {
    if (r->points[i].accuracy >= 0)
      fprintf(script, "%" PRIu64 " %.7g\n", r->points[i].step, r->points[i].accuracy);
  }
  fputs("EOD\n", script);
}

/* Steps whose update was left out, as high as the panel. */
static void skipped_rows(FILE *script, const struct record *r, double high) {
  fputs("$skipped << EOD\n", script);
  for (size_t i = 0; i < r->n; i++) {
    if (!r->points[i].updated)
      fprintf(script, "%" PRIu64 " %.9g\n", r->points[i].step, high);
  }
  fputs("EOD\n", script);
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

static void bold(FILE *script, const char *text, int size, const char *where) {
  fputs("set label ", script);
  wc_plot_quote(script, text);
  fprintf(script, " at %s left font ':Bold,%d' textcolor rgb %" PRIu32 "\n", where, size,
          wc_plot_colour(INK));
}

/* A panel's name, place and scale; then it waits for what to plot. */
static void begin_panel(FILE *script, const struct panel *panel) {
  char where[64];
  snprintf(where, sizeof where, "graph 0, screen %.6f", 1 - (panel->top - 12.0) / HEIGHT);
  bold(script, panel->name, 13, where);
  fprintf(script, "set tmargin at screen %.6f\nset bmargin at screen %.6f\n",
          1 - (double)panel->top / HEIGHT, 1 - (double)panel->bottom / HEIGHT);
  if (panel->last)
    fprintf(script,
            "set label 'step' at graph 0.5, screen 0.008 center textcolor rgb %" PRIu32 "\n",
            wc_plot_colour(DIM));
  if (panel->quarters != NULL)
    fprintf(script, "set ytics %.9g\nset format y '%s'\n", panel->high / 4, panel->quarters);
  fprintf(script, "set yrange [0:%.9g]\nset format x '%s'\nplot ", panel->high,
          panel->last ? "%.0f" : "");
}

static void end_panel(FILE *script) {
  fputs("\nunset label\n", script);
}

static void draw_line(FILE *script, unsigned column, unsigned colour) {
  fprintf(script, "$curves using 1:%u with lines linewidth 1.4 linecolor rgb %" PRIu32, column,
          wc_plot_colour(colour));
}

/* Axes that all panels share. */
static void axes(FILE *script, const struct record *r) {
  const uint64_t first = r->points[0].step, last = r->points[r->n - 1].step;
  fprintf(script, "set datafile missing '?'\nset lmargin at screen %.6f\n", (double)LEFT / WIDTH);
  fprintf(script, "set rmargin at screen %.6f\n", (double)RIGHT / WIDTH);
  fprintf(script, "set xrange [%" PRIu64 ":%" PRIu64 "]\n", first, last > first ? last : first + 1);
  fprintf(script, "set tics textcolor rgb %" PRIu32 "\nset format y '%%g'\n", wc_plot_colour(DIM));
  fprintf(script, "set grid ytics back linetype 1 linewidth 1 linecolor rgb %" PRIu32 "\n",
          wc_plot_colour(RULE));
}

/* The last accuracy in figures, over its point. */
static void last_accuracy(FILE *script, const struct record *r) {
  const struct point *p = &r->points[r->n - 1];
  if (p->accuracy >= 0)
    fprintf(script,
            "set label '%.2f %%' at first %" PRIu64
            ", first %.7g right offset 0, character 0.8 textcolor rgb %" PRIu32 "\n",
            100 * p->accuracy, p->step, p->accuracy, wc_plot_colour(TESTED));
}

static void draw(FILE *script, const struct record *r, const char *title) {
  const struct panel loss = {"loss of a step, and its mean over 100 steps", 70,    330,
                             highest(r, offsetof(struct point, loss)),      false, false};
  const struct panel accuracy = {"test accuracy", 380, 540, 1, NULL, false};
  const struct panel rate = {"learning rate", 590,  690, highest(r, offsetof(struct point, rate)),
                             "%.3g",          false};
  const struct panel scale = {"loss scale; red: update skipped",         740,     840,
                              highest(r, offsetof(struct point, scale)), "%.10g", true};
  char where[64];
  curve_rows(script, r);
  accuracy_rows(script, r);
  skipped_rows(script, r, scale.high);
  axes(script, r);
  fputs("set multiplot\n", script);
  snprintf(where, sizeof where, "graph 0, screen %.6f", 1 - 26.0 / HEIGHT);
  bold(script, title, 17, where);
  begin_panel(script, &loss);
  draw_line(script, 2, EACH);
  fputs(", ", script);
  draw_line(script, 3, MEAN);
  end_panel(script);
  last_accuracy(script, r);
  begin_panel(script, &accuracy);
  fprintf(script,
          "$accuracies using 1:2 with points pointtype 7 pointsize 0.7 linecolor rgb %" PRIu32,
          wc_plot_colour(TESTED));
  end_panel(script);
  begin_panel(script, &rate);
  draw_line(script, 4, RATE);
  end_panel(script);
  begin_panel(script, &scale);
  fprintf(script, "$skipped using 1:2 with impulses linewidth 1 linecolor rgb %" PRIu32 ", ",
          wc_plot_colour(SKIPPED));
  draw_line(script, 5, SCALE);
  end_panel(script);
  fputs("unset multiplot\n", script);
}

/* The chart as a text, the caller's (free). */
static bool chart_of(const struct record *r, const char *title, char **text, size_t *bytes,
                     struct wc_report *why) {
  struct wc_plot *plot = wc_plot_new(colours, sizeof colours / sizeof *colours);
  FILE *out = plot != NULL ? open_memstream(text, bytes) : NULL;
  bool ok = out != NULL || wc_fail(why, "curves: out of memory");
  if (ok) {
    const struct wc_plot_frame frame = {NULL, WIDTH, HEIGHT, title, NULL};
    draw(wc_plot_begin(plot, &frame, 0), r, title);
    ok = wc_plot_draw(plot, "", 0, out, why);
  }
  if (out != NULL && fclose(out) != 0 && ok)
    ok = wc_fail(why, "curves: out of memory");
  wc_plot_free(plot);
  return ok;
}

bool wc_curves_draw(const char *csv, const char *svg, const char *title, struct wc_report *why) {
  struct record r = {NULL, 0, 0};
  char *text = NULL;
  size_t bytes = 0;
  bool ok = read_record(csv, &r, why);
  if (ok && r.n == 0)
    ok = wc_fail(why, "%s: no step in it to draw", csv);
  if (ok) {
    find_means(&r);
    ok = chart_of(&r, title, &text, &bytes, why) &&
         wc_file_replace(svg, &(struct wc_chunk){text, bytes}, 1, why);
  }
  free(text);
  free(r.points);
  return ok;
}
