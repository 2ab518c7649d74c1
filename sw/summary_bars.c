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
    {"DRAM traffic", "dram_bytes.total", "B", "Bytes of all cores; shares are of baseline.", 1},
    {"Time", "seconds", "s", "On hbm2, which the cores share.", 1},
    {"Energy", "joules", "J", "On hbm2.", 1},
    {"Utilisation", "utilisation", "%", "MACs of all that the PEs could do, on hbm2.", 100},
    {"DRAM capacity", "dram_capacity_bytes", "B", "What the program needs.", 1},
};

static const char *const parts[] = {"dram", "array", "buffer", "local", "vector", "static"};
enum { PARTS = sizeof parts / sizeof *parts };

/* @base: of the first configuration; shares are of it. */
static void fill(struct wc_chart_bar *bar, const struct metric *m, enum wc_config config,
                 const json_t *result, double base) {
  const double value = m->scale * wc_summary_number(result, m->path);
  *bar = (struct wc_chart_bar){.n_parts = 1, .parts = {value}, .colour = (unsigned)config % 10};
  char quantity[24];
  wc_chart_quantity(value, m->unit, quantity, sizeof quantity);
  snprintf(bar->label, sizeof bar->label, "%s", wc_config_name(config));
  if (isnan(value))
    snprintf(bar->text, sizeof bar->text, "does not fit");
  else if (m->unit[0] == '%')
    snprintf(bar->text, sizeof bar->text, "%.1f %%", value);
  else if (!(base > 0))
    snprintf(bar->text, sizeof bar->text, "%s", quantity);
  else
    snprintf(bar->text, sizeof bar->text, "%s, %.0f %%", quantity, 100 * value / base);
  if (strcmp(m->path, "joules") == 0) {
    bar->n_parts = PARTS;
    for (unsigned i = 0; i < PARTS; i++) {
      char path[32];
      snprintf(path, sizeof path, "joules_by_part.%s", parts[i]);
      bar->parts[i] = wc_summary_number(result, path);
    }
  }
}

static void cards(const struct wc_summary *s, const struct metric *m, struct wc_chart_page *page) {
  fputs("<div class=\"cards\">\n", page->out);
  for (unsigned net = 0; net < WC_SUMMARY_NETS && s->scope->nets[net] != NULL; net++) {
    struct wc_chart_bar bars[WC_CONFIGS];
    char title[96];
    double max = 0;
    const double base = m->scale * wc_summary_number(at(s, net, WC_BASELINE, "hbm2"), m->path);
    for (unsigned c = 0; c < WC_CONFIGS; c++) {
      const json_t *result = at(s, net, (enum wc_config)c, "hbm2");
      fill(&bars[c], m, (enum wc_config)c, result, base);
      max = fmax(max, m->scale * wc_summary_number(result, m->path));
    }
    snprintf(title, sizeof title, "%s of %s, by configuration", m->title, s->scope->nets[net]);
    wc_chart_bars(page, s->scope->nets[net], title, bars, WC_CONFIGS, max);
  }
  fputs("</div>\n", page->out);
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

void wc_summary_bars(const struct wc_summary *s, struct wc_chart_page *page) {
  for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
    fprintf(page->out, "<h2>%s</h2>\n<p>%s</p>\n", metrics[i].title, metrics[i].about);
    if (strcmp(metrics[i].path, "joules") == 0)
      parts_key(page->out);
    cards(s, &metrics[i], page);
  }
}
