/* What others published, beside ours; and the parameters of the energy. */
#include <math.h>

#include "summary.h"
#include "summary_chart.h"

struct point {
  const char *what, *theirs;
  const char *sure; /* P published, R reconstructed, W weakly recollected, C computed by us */
  double (*ours)(const struct wc_summary *s);
  const char *format;
};

static double traffic(const struct wc_summary *s) {
  return 100 * wc_summary_saving(s, "hbm2", "dram_bytes.total", WC_MBS2, WC_BASELINE);
}

static double faster(const struct wc_summary *s) {
  return 100 * (wc_summary_speedup(s, "hbm2", WC_MBS2, WC_BASELINE) - 1);
}

static double energy(const struct wc_summary *s) {
  return 100 * wc_summary_saving(s, "hbm2", "joules", WC_MBS2, WC_BASELINE);
}

static double mean_use(const struct wc_summary *s, enum wc_config config) {
  double sum = 0;
  for (unsigned net = 0; net < s->scope->deep; net++) {
    const struct wc_summary_job key = wc_summary_key(s, net, config, "hbm2");
    sum += wc_summary_number(wc_summary_find(s, &key), "utilisation");
  }
  return 100 * sum / s->scope->deep;
}

static double use_baseline(const struct wc_summary *s) {
  return mean_use(s, WC_BASELINE);
}

static double use_archopt(const struct wc_summary *s) {
  return mean_use(s, WC_ARCHOPT);
}

static double use_mbs2(const struct wc_summary *s) {
  return mean_use(s, WC_MBS2);
}

static const struct point points[] = {
    {"MBS and WaveCore against conventional training: DRAM traffic saved", "75 %", "P", traffic,
     "%.1f %%"},
    {"the same: performance gained", "53 %", "P", faster, "%.0f %%"},
    {"the same: system energy saved", "26 %", "P", energy, "%.1f %%"},
    {"utilisation without double-buffered weights", "54 %", "R", use_baseline, "%.1f %%"},
    {"with them", "81 %", "R", use_archopt, "%.1f %%"},
    {"under MBS", "79 %", "R", use_mbs2, "%.1f %%"},
    {"area of the chip, 32 nm", "534 mm2", "W", NULL, ""},
    {"power of the chip", "56 W", "W", NULL, ""},
};

/* Crane (MICRO 2025) against MBS on ResNet-50, -101, Inception-v3, -v4. Ours: the configuration
 * that comes last in the list against mbs2, where that is another one. */
static double crane(const struct wc_summary *s, const char *path) {
  const enum wc_config last = (enum wc_config)(WC_CONFIGS - 1);
  return last == WC_MBS2 ? NAN : 1 / (1 - wc_summary_saving(s, "hbm2", path, last, WC_MBS2));
}

static double crane_traffic(const struct wc_summary *s) {
  return crane(s, "dram_bytes.total");
}

static double crane_time(const struct wc_summary *s) {
  return crane(s, "seconds");
}

static double crane_energy(const struct wc_summary *s) {
  return crane(s, "joules");
}

static const struct point cranes[] = {
    {"Crane against MBS, mbs-r against mbs2: DRAM traffic", "1.67 x less (1.42 to 2.22)", "R",
     crane_traffic, "%.2f x"},
    {"the same: latency", "1.64 x less", "R", crane_time, "%.2f x"},
    {"the same: energy", "2.54 x less", "R", crane_energy, "%.2f x"},
};

static void rows(const struct wc_summary *s, const struct point *list, size_t n, FILE *out) {
  for (size_t i = 0; i < n; i++) {
    const double ours = list[i].ours != NULL ? list[i].ours(s) : NAN;
    fputs("<tr><td class=\"w\">", out);
    wc_chart_text(out, list[i].what);
    fprintf(out, "</td><td class=\"n\">%s</td><td>%s</td><td>", list[i].theirs, list[i].sure);
    if (isnan(ours))
      fputs("-", out);
    else
      fprintf(out, list[i].format, ours);
    fputs("</td></tr>\n", out);
  }
}

static void prices(const struct wc_summary *s, FILE *out) {
  fputs(
      "<h2>Parameters of the energy</h2>\n<div "
      "class=\"scroll\"><table><tr><th>parameter</th><th>value</th>"
      "<th>unit</th><th>how sure</th><th class=\"w\">source</th></tr>\n",
      out);
  for (unsigned i = 0; i < WC_ENERGY_PARAMS; i++) {
    const struct wc_energy_info *info = &wc_energy_info[i];
    const double value = s->scope->base.energy.value[i];
    fprintf(out, "<tr><td>%s</td><td>%g</td><td>%s</td><td>%s</td><td class=\"w\">", info->name,
            value, info->unit, value < info->value || value > info->value ? "-" : info->sure);
    wc_chart_text(out, value < info->value || value > info->value ? "given" : info->source);
    fputs("</td></tr>\n", out);
  }
  fputs("</table></div>\n", out);
}

void wc_summary_published(const struct wc_summary *s, FILE *out) {
  fprintf(
      out,
      "<h2>Published, and ours</h2>\n<p>How sure we are of their figures: P published text, R "
      "reconstructed from recollection and arithmetic, W weakly recollected. Ours are means over "
      "%s, on hbm2.</p>\n<div class=\"scroll\"><table><tr><th>figure</th><th>theirs</th>"
      "<th>how sure</th><th>ours</th></tr>\n",
      s->scope->deep > 1 ? "the deep networks" : s->scope->nets[0]);
  rows(s, points, sizeof points / sizeof *points, out);
  rows(s, cranes, sizeof cranes / sizeof *cranes, out);
  fputs(
      "</table></div>\n<p class=\"dim\">Lym et al., Mini-batch Serialization, MLSys 2019 (arXiv "
      "1810.00307). Crane: MICRO 2025, doi 10.1145/3725843.3756023, on networks and a chip of its "
      "own; its factors are against MBS as its authors model it.</p>\n",
      out);
  prices(s, out);
}
