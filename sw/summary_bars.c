/* Bars for each network and configuration. */
#include <math.h>
#include <string.h>

#include "summary.h"
#include "summary_chart.h"

static const json_t *at(const struct wc_summary *s, unsigned net, enum wc_config config,
                        const char *memory) {
  const struct wc_summary_job key = wc_summary_key(s, net, config, memory);
  return wc_summary_find(s, &key);
}

struct metric {
  const char *title, *path, *unit, *about;
  double scale;
};

static const struct metric metrics[] = {
    {"DRAM traffic", "dram_bytes.total", "GB", "Bytes of all cores; shares are of baseline.", 1e-9},
    {"Time", "seconds", "ms", "On hbm2, which the cores share.", 1e3},
    {"Energy", "joules", "J", "On hbm2.", 1},
    {"Utilisation", "utilisation", "%", "MACs of all that the PEs could do, on hbm2.", 100},
    {"DRAM capacity", "dram_capacity_bytes", "GB", "What the program needs.", 1e-9},
};

static const char *const parts[] = {"dram", "array", "buffer", "local", "vector", "static"};
enum { PARTS = sizeof parts / sizeof *parts };

/* @base: of the first configuration; shares are of it. */
static void fill(struct wc_chart_bar *bar, const struct metric *m, enum wc_config config,
                 const json_t *result, double base) {
  const double value = m->scale * wc_summary_number(result, m->path);
  *bar = (struct wc_chart_bar){.n_parts = 1, .parts = {value}, .colour = (unsigned)config % 10};
  snprintf(bar->label, sizeof bar->label, "%s", wc_config_name(config));
  if (isnan(value))
    snprintf(bar->text, sizeof bar->text, "does not fit");
  else if (m->unit[0] == '%')
    snprintf(bar->text, sizeof bar->text, "%.1f %%", value);
  else if (!(base > 0))
    snprintf(bar->text, sizeof bar->text, "%.3g %s", value, m->unit);
  else
    snprintf(bar->text, sizeof bar->text, "%.3g %s, %.0f %%", value, m->unit, 100 * value / base);
  if (strcmp(m->path, "joules") == 0) {
    bar->n_parts = PARTS;
    for (unsigned i = 0; i < PARTS; i++) {
      char path[32];
      snprintf(path, sizeof path, "joules_by_part.%s", parts[i]);
      bar->parts[i] = wc_summary_number(result, path);
    }
  }
}

static void cards(const struct wc_summary *s, const struct metric *m, FILE *out) {
  fputs("<div class=\"cards\">\n", out);
  for (unsigned net = 0; net < WC_SUMMARY_NETS && s->scope->nets[net] != NULL; net++) {
    struct wc_chart_bar bars[WC_CONFIGS];
    double max = 0;
    const double base = m->scale * wc_summary_number(at(s, net, WC_BASELINE, "hbm2"), m->path);
    for (unsigned c = 0; c < WC_CONFIGS; c++) {
      const json_t *result = at(s, net, (enum wc_config)c, "hbm2");
      fill(&bars[c], m, (enum wc_config)c, result, base);
      max = fmax(max, m->scale * wc_summary_number(result, m->path));
    }
    wc_chart_bars(out, s->scope->nets[net], bars, WC_CONFIGS, max);
  }
  fputs("</div>\n", out);
}

static void parts_key(FILE *out) {
  fputs("<div class=\"key\">", out);
  for (unsigned i = 0; i < PARTS; i++)
    fprintf(out,
            "<span><svg viewBox=\"0 0 12 12\"><rect class=\"p%u\" width=\"12\" height=\"12\"/>"
            "</svg>%s</span>",
            i, parts[i]);
  fputs("</div>\n", out);
}

void wc_summary_bars(const struct wc_summary *s, FILE *out) {
  for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
    fprintf(out, "<h2>%s</h2>\n<p>%s</p>\n", metrics[i].title, metrics[i].about);
    if (strcmp(metrics[i].path, "joules") == 0)
      parts_key(out);
    cards(s, &metrics[i], out);
  }
}
