/* The four engines over time. Each column of pixels is a stretch of cycles, filled from below with
 * the shares of what the engine did in it: work in the colour of its layer, waits in greys above;
 * what is left was idle. A strip over each lane tells the pass. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"
#include "profile_legend.h"
#include "report.h"
#include "svg.h"

enum {
  WIDTH = 1200,
  TOP = 68,
  STRIP = 6,
  LANE = 88,       /* a lane's body */
  LANE_STEP = 116, /* from lane to lane */
  COLUMN = 2,      /* pixels */
  COLUMNS = WC_CHART_PLOT / COLUMN,
  AXIS_GAP = 20, /* from the last lane's body to the axis: labels */
  GAP = 4,       /* pixels */
};

static const int strip_of[WC_PASSES] = {0, 0, 1, 2, 1, 3, -1};

struct chart {
  const struct wc_profile *p;
  FILE *out;
  double from, per_column; /* cycles */
  uint64_t to;
  uint32_t kinds; /* of what is stacked: busy and edge of each layer, waits */
  double *sum;    /* [COLUMNS][kinds], of one lane */
  double (*strip)[WC_CHART_STRIPS];
  int *edge; /* [COLUMNS][kinds + 1]: pixels, from below */
};

static uint32_t kind_fill(const struct chart *c, uint32_t kind) {
  return kind < 2 * c->p->n_layers ? wc_chart_layer_fill(kind / 2, kind % 2 != 0)
                                   : wc_chart_waits[kind - 2 * c->p->n_layers].fill;
}

/* What a state of an engine is drawn as; -1: idle, not at all. */
static int kind_of(const struct chart *c, uint32_t queue, unsigned state, uint32_t layer) {
  const enum wc_counter counter = wc_engines[queue].first + state;
  const int first_wait = (int)(2 * c->p->n_layers);
  switch (counter) {
    case WC_C_LOAD_BUSY:
    case WC_C_STORE_BUSY:
    case WC_C_GEMM_BUSY:
    case WC_C_VEC_BUSY:
      return (int)(2 * layer);
    case WC_C_GEMM_PARTIAL:
      return (int)(2 * layer + 1);
    case WC_C_LOAD_MEMORY:
    case WC_C_STORE_MEMORY:
    case WC_C_GEMM_MEMORY:
    case WC_C_VEC_MEMORY:
      return first_wait + WC_CHART_WAIT_MEMORY;
    case WC_C_LOAD_TOKEN:
    case WC_C_STORE_TOKEN:
    case WC_C_GEMM_TOKEN:
    case WC_C_VEC_TOKEN:
      return first_wait + WC_CHART_WAIT_TOKEN;
    default:
      return counter >= wc_engines[queue].last ? -1 : first_wait + WC_CHART_WAIT_INSIDE;
  }
}

/* A command's time in order: nobody has it, it waits for data of load, for others, it is worked
 * on. Tokens that have come stay, so the order is always this one. */
enum part { PART_IDLE, PART_MEMORY, PART_TOKEN, PART_WORK, PARTS };

static enum part part_of(uint32_t queue, unsigned state) {
  switch ((enum wc_counter)(wc_engines[queue].first + state)) {
    case WC_C_LOAD_TOKEN:
    case WC_C_STORE_TOKEN:
    case WC_C_GEMM_TOKEN:
    case WC_C_VEC_TOKEN:
      return PART_TOKEN;
    case WC_C_GEMM_MEMORY:
    case WC_C_VEC_MEMORY:
      return PART_MEMORY;
    default:
      return wc_engines[queue].first + state >= wc_engines[queue].last ? PART_IDLE : PART_WORK;
  }
}

/* Where the parts of an entry begin, and the last one ends. */
struct parts {
  double at[PARTS + 1];
};

static struct parts parts_of(const struct wc_timeline_entry *e) {
  struct parts p = {{(double)e->begin}};
  for (unsigned part = 0; part < PARTS; part++) {
    p.at[part + 1] = p.at[part];
    for (unsigned i = 0; i < WC_ENGINE_STATES; i++)
      p.at[part + 1] += part_of(e->queue, i) == part ? (double)e->state[i] : 0;
  }
  return p;
}

/* Adds @cycles of a stretch that lasts from @begin to @end, evenly, to a column field each. */
static void spread(const struct chart *c, double begin, double end, double cycles, double *field,
                   size_t stride) {
  const double density = end > begin ? cycles / (end - begin) : 0;
  double x = (begin - c->from) / c->per_column;
  const double past = fmin((end - c->from) / c->per_column, COLUMNS);
  for (x = fmax(x, 0); x < past;) {
    const double next = fmin(floor(x) + 1, past);
    field[(size_t)x * stride] += density * (next - x) * c->per_column;
    x = next;
  }
}

static void add_entry(const struct chart *c, const struct wc_timeline_entry *e, uint32_t row) {
  const uint32_t layer = row / WC_PASSES;
  const struct parts p = parts_of(e);
  for (unsigned i = 0; i < WC_ENGINE_STATES; i++) {
    const int kind = kind_of(c, e->queue, i, layer);
    const enum part part = part_of(e->queue, i);
    if (e->state[i] > 0 && kind >= 0)
      spread(c, p.at[part], p.at[part + 1], (double)e->state[i], c->sum + kind, c->kinds);
  }
  const int strip = strip_of[row % WC_PASSES];
  if (strip >= 0)
    spread(c, p.at[PART_WORK], p.at[PARTS], p.at[PARTS] - p.at[PART_WORK], c->strip[0] + strip,
           WC_CHART_STRIPS);
}

/* Heights of a lane's stacks in whole pixels, rounded so that they add up. */
static void stack(const struct chart *c) {
  for (int column = 0; column < COLUMNS; column++) {
    double height = 0;
    int *edge = c->edge + (size_t)column * (c->kinds + 1);
    edge[0] = 0;
    for (uint32_t kind = 0; kind < c->kinds; kind++) {
      height += c->sum[(size_t)column * c->kinds + kind] / c->per_column * LANE;
      edge[kind + 1] = (int)lround(fmin(height, LANE));
    }
  }
}

static void draw_kind(const struct chart *c, int bottom, uint32_t kind) {
  const size_t stride = c->kinds + 1;
  bool any = false;
  for (int from = 0, to = 0; from < COLUMNS; from = to) {
    const int *edge = c->edge + (size_t)from * stride + kind;
    for (to = from + 1; to < COLUMNS; to++) {
      const int *other = c->edge + (size_t)to * stride + kind;
      if (other[0] != edge[0] || other[1] != edge[1])
        break;
    }
    if (edge[1] == edge[0])
      continue;
    if (!any)
      wc_svg_boxes_begin(c->out, kind_fill(c, kind));
    any = true;
    wc_svg_box(c->out, WC_CHART_LEFT + from * COLUMN, bottom - edge[1], (to - from) * COLUMN,
               edge[1] - edge[0]);
  }
  if (any)
    wc_svg_boxes_end(c->out);
}

/* The strip that takes most of a column; WC_CHART_STRIPS: none. */
static int main_strip(const struct chart *c, int column) {
  int best = WC_CHART_STRIPS;
  double most = 0;
  for (int i = 0; i < WC_CHART_STRIPS; i++) {
    if (c->strip[column][i] > most) {
      most = c->strip[column][i];
      best = i;
    }
  }
  return best;
}

static void draw_strips(const struct chart *c, int top) {
  for (int from = 0, to = 0; from < COLUMNS; from = to) {
    const int strip = main_strip(c, from);
    for (to = from + 1; to < COLUMNS && main_strip(c, to) == strip; to++)
      ;
    if (strip < WC_CHART_STRIPS)
      wc_svg_rect(c->out, WC_CHART_LEFT + from * COLUMN, top, (to - from) * COLUMN, STRIP,
                  wc_chart_strips[strip].fill);
  }
}

static int pixel(const struct chart *c, double cycle) {
  const double x = (cycle - c->from) / c->per_column * COLUMN;
  return WC_CHART_LEFT + (int)lround(fmin(fmax(x, 0), WC_CHART_PLOT));
}

/* Entry @i follows the one before without a gap that one sees, in the same layer and pass. */
static bool goes_on(const struct chart *c, size_t i) {
  const struct wc_timeline_entry *e = &c->p->entries[i];
  return e->queue == e[-1].queue && c->p->row[i] == c->p->row[i - 1] &&
         pixel(c, parts_of(e).at[PART_WORK]) - pixel(c, (double)e->begin) < GAP;
}

/* Names what is worked on long enough for one layer and pass. */
static void draw_labels(const struct chart *c, uint32_t queue, int y) {
  const struct wc_profile *p = c->p;
  for (size_t i = 0, next = 0; i < p->n_entries; i = next) {
    const struct wc_timeline_entry *e = &p->entries[i];
    for (next = i + 1; next < p->n_entries && goes_on(c, next); next++)
      ;
    const uint32_t layer = p->row[i] / WC_PASSES;
    const int x0 = pixel(c, parts_of(e).at[PART_WORK]);
    const int x1 = pixel(c, (double)p->entries[next - 1].end);
    if (e->queue == queue && layer + 1 < p->n_layers &&
        x1 - x0 >= wc_chart_text_width(p->layer[layer], 11) + 6)
      wc_svg_text(c->out, (x0 + x1) / 2, y, (struct wc_svg_style){11, WC_SVG_MIDDLE, 0x202020, 0},
                  p->layer[layer]);
  }
}

/* Share of the shown cycles in which work passed. */
static double busy_share(const struct chart *c) {
  double busy = 0;
  for (int column = 0; column < COLUMNS; column++)
    for (uint32_t kind = 0; kind < 2 * c->p->n_layers; kind++)
      busy += c->sum[(size_t)column * c->kinds + kind];
  return busy / ((double)c->to - c->from);
}

static void draw_lane(const struct chart *c, uint32_t queue) {
  static const char *const names[WC_QUEUES] = {"load", "store", "array", "vector"};
  const int top = TOP + (int)queue * LANE_STEP, bottom = top + STRIP + 2 + LANE;
  memset(c->sum, 0, (size_t)COLUMNS * c->kinds * sizeof *c->sum);
  memset(c->strip, 0, COLUMNS * sizeof *c->strip);
  for (size_t i = 0; i < c->p->n_entries; i++)
    if (c->p->entries[i].queue == queue)
      add_entry(c, &c->p->entries[i], c->p->row[i]);
  stack(c);
  char share[32];
  snprintf(share, sizeof share, "%.1f %% at work", 100 * busy_share(c));
  wc_svg_text(c->out, WC_CHART_LEFT - 10, top + 44,
              (struct wc_svg_style){15, WC_SVG_END, 0x202020, 1}, names[queue]);
  wc_svg_text(c->out, WC_CHART_LEFT - 10, top + 61,
              (struct wc_svg_style){11, WC_SVG_END, 0x606060, 0}, share);
  wc_svg_rect(c->out, WC_CHART_LEFT, top + STRIP + 2, WC_CHART_PLOT, LANE, WC_CHART_NO_COMMAND);
  draw_strips(c, top);
  for (uint32_t kind = 0; kind < c->kinds; kind++)
    draw_kind(c, bottom, kind);
  draw_labels(c, queue, bottom + 13);
  wc_svg_line(c->out, WC_CHART_LEFT, bottom, WC_CHART_LEFT + WC_CHART_PLOT, bottom, 0x808080);
}

/* 1, 2 or 5 times a power of ten: at most 10 ticks. */
static uint64_t tick_step(uint64_t cycles) {
  uint64_t step = 1;
  for (unsigned i = 0; cycles / step > 10; i++)
    step = step * (i % 3 == 1 ? 5 : 4) / 2;
  return step;
}

static void tick_text(uint64_t cycle, char *text, size_t size) {
  if (cycle >= 1000000 && cycle % 10000 == 0)
    snprintf(text, size, "%g M", (double)cycle * 1e-6);
  else if (cycle >= 1000 && cycle % 100 == 0)
    snprintf(text, size, "%g k", (double)cycle * 1e-3);
  else
    snprintf(text, size, "%" PRIu64, cycle);
}

static void draw_axis(const struct chart *c, int y) {
  const uint64_t from = (uint64_t)c->from, step = tick_step(c->to - from);
  for (uint64_t tick = (from + step - 1) / step * step; tick <= c->to; tick += step) {
    char text[32];
    tick_text(tick, text, sizeof text);
    wc_svg_line(c->out, pixel(c, (double)tick), y, pixel(c, (double)tick), y + 6, 0x808080);
    wc_svg_text(c->out, pixel(c, (double)tick), y + 20,
                (struct wc_svg_style){12, WC_SVG_MIDDLE, 0x404040, 0}, text);
  }
  wc_svg_text(c->out, WC_CHART_LEFT - 36, y + 20,
              (struct wc_svg_style){12, WC_SVG_END, 0x404040, 0}, "cycles");
}

/* Dashes between streams. */
static void draw_streams(const struct chart *c, int bottom) {
  for (uint32_t i = 0; i + 1 < c->p->n_streams; i++) {
    const uint64_t end = c->p->stream_end[i];
    if ((double)end <= c->from || end >= c->to)
      continue;
    for (int y = TOP - 4; y < bottom; y += 8)
      wc_svg_line(c->out, pixel(c, (double)end), y, pixel(c, (double)end), y + 4, 0x202020);
  }
}

static void draw(const struct chart *c, const char *title) {
  const int axis = TOP + WC_QUEUES * LANE_STEP - (LANE_STEP - LANE - STRIP - 2) + AXIS_GAP;
  const int legend = axis + 28;
  wc_svg_begin(c->out, WIDTH, wc_chart_legend(c->p, NULL, legend), title);
  wc_svg_text(c->out, WC_CHART_LEFT, 30, (struct wc_svg_style){17, WC_SVG_START, 0x101010, 1},
              title);
  wc_svg_text(
      c->out, WC_CHART_LEFT, 50, (struct wc_svg_style){12, WC_SVG_START, 0x606060, 0},
      "Share of the cycles in each column of pixels: work in the colour of its layer, waits "
      "in greys above it.");
  for (uint32_t queue = 0; queue < WC_QUEUES; queue++)
    draw_lane(c, queue);
  draw_streams(c, axis);
  draw_axis(c, axis);
  (void)wc_chart_legend(c->p, c->out, legend);
  wc_svg_end(c->out);
}

bool wc_profile_chart(const struct wc_profile *profile, const struct wc_chart *what, char **text,
                      size_t *bytes, struct wc_report *why) {
  const uint64_t to = what->to == 0 || what->to > profile->cycles ? profile->cycles : what->to;
  if (what->from >= to)
    return wc_fail(why, "chart: no cycles from %" PRIu64 " on; there are %" PRIu64, what->from, to);
  struct chart c = {.p = profile,
                    .from = (double)what->from,
                    .per_column = (double)(to - what->from) / COLUMNS,
                    .to = to,
                    .kinds = 2 * profile->n_layers + WC_CHART_WAITS};
  *text = NULL;
  c.sum = calloc((size_t)COLUMNS * c.kinds, sizeof *c.sum);
  c.strip = calloc(COLUMNS, sizeof *c.strip);
  c.edge = calloc((size_t)COLUMNS * (c.kinds + 1), sizeof *c.edge);
  bool ok = c.sum != NULL && c.strip != NULL && c.edge != NULL;
  if (ok)
    c.out = open_memstream(text, bytes);
  ok = ok && c.out != NULL;
  if (ok) {
    draw(&c, what->title);
    ok = fclose(c.out) == 0;
  }
  free(c.sum);
  free(c.strip);
  free(c.edge);
  if (!ok) {
    free(*text);
    *text = NULL;
    return wc_fail(why, "chart: out of memory");
  }
  return true;
}
