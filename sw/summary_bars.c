/* Overview, and bars for each network and configuration. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "summary.h"
#include "summary_chart.h"

/* A number, or a dash where there is none. */
static void cell(FILE *out, const char *format, double value) {
  fputs("<td>", out);
  if (isnan(value))
    fputs("-", out);
  else
    fprintf(out, format, value);
  fputs("</td>", out);
}

static const json_t *at(const struct wc_summary *s, unsigned net, enum wc_config config,
                        const char *memory) {
  const struct wc_summary_job key = wc_summary_key(s, net, config, memory);
  return wc_summary_find(s, &key);
}

static void overview_row(const struct wc_summary *s, unsigned net, FILE *out) {
  static const char *const memories[] = {"hbm2", "hbm2x2"};
  const json_t *a = at(s, net, WC_BASELINE, "hbm2"), *b = at(s, net, WC_MBS2, "hbm2");
  const json_t *fused = at(s, net, WC_BASELINE_FUSED, "hbm2");
  const double bytes = wc_summary_number(b, "dram_bytes.total");
  fprintf(out, "<tr><td>%s</td>", s->scope->nets[net]);
  cell(out, "%.1f %%", 100 * (1 - bytes / wc_summary_number(a, "dram_bytes.total")));
  cell(out, "%.1f %%", 100 * (1 - bytes / wc_summary_number(fused, "dram_bytes.total")));
  for (unsigned m = 0; m < 2; m++)
    cell(out, "%.2f x",
         wc_summary_number(at(s, net, WC_BASELINE, memories[m]), "seconds") /
             wc_summary_number(at(s, net, WC_MBS2, memories[m]), "seconds"));
  cell(out, "%.1f %%", 100 * (1 - wc_summary_number(b, "joules") / wc_summary_number(a, "joules")));
  cell(out, "%.1f %%", 100 * wc_summary_number(a, "utilisation"));
  cell(out, "%.1f %%", 100 * wc_summary_number(b, "utilisation"));
  fputs("</tr>\n", out);
}

static void overview_mean(const struct wc_summary *s, FILE *out) {
  fprintf(out, "<tr><td><b>mean%s</b></td>", s->scope->deep > 1 ? " of the deep ones" : "");
  cell(out, "%.1f %%",
       100 * wc_summary_saving(s, "hbm2", "dram_bytes.total", WC_MBS2, WC_BASELINE));
  cell(out, "%.1f %%",
       100 * wc_summary_saving(s, "hbm2", "dram_bytes.total", WC_MBS2, WC_BASELINE_FUSED));
  cell(out, "%.2f x", wc_summary_speedup(s, "hbm2", WC_MBS2, WC_BASELINE));
  cell(out, "%.2f x", wc_summary_speedup(s, "hbm2x2", WC_MBS2, WC_BASELINE));
  cell(out, "%.1f %%", 100 * wc_summary_saving(s, "hbm2", "joules", WC_MBS2, WC_BASELINE));
  fputs("<td></td><td></td></tr>\n", out);
}

void wc_summary_overview(const struct wc_summary *s, FILE *out) {
  fprintf(out,
          "<h1>Training steps under mini-batch serialization</h1>\n<p>One training step, update "
          "included, on %s: bytes planned and counted from compiled streams, time of these streams "
          "by the cycle model, energy from what their commands do. %s images a core%s. All of it "
          "can be repeated: <code>wavecore report%s</code>, and one by one with <code>wavecore "
          "estimate</code>.</p>\n",
          s->scope->chip, s->scope->quick ? "8" : "32", s->scope->quick ? "" : ", alexnet 64",
          s->scope->quick ? " --quick" : "");
  fputs(
      "<h2>mbs2 against conventional training</h2>\n<div class=\"scroll\"><table><tr><th>network"
      "</th><th>traffic saved of baseline</th><th>of baseline-fused</th><th>as fast, hbm2</th>"
      "<th>hbm2x2</th><th>energy saved</th><th>PEs used, baseline</th><th>mbs2</th></tr>\n",
      out);
  for (unsigned net = 0; net < WC_SUMMARY_NETS && s->scope->nets[net] != NULL; net++)
    overview_row(s, net, out);
  overview_mean(s, out);
  fputs(
      "</table></div>\n<p class=\"dim\">baseline: every layer reads and writes DRAM, one weight a "
      "PE. archopt: the same with double-buffered weights. baseline-fused: normalisation in one "
      "pass with what follows it. il: several layers together where the whole mini-batch fits. "
      "mbs-fs: all layers at one sub-batch. mbs1: groups of layers. mbs2: and data stay for a "
      "second branch.</p>\n",
      out);
}

/* ---- bars ---- */

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
  else if (m->unit[0] == '%' || !(base > 0))
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
