/* Sweeps: memories, buffer, batch, array. */
#include <inttypes.h>
#include <math.h>

#include "size.h"
#include "summary.h"
#include "summary_chart.h"

static bool compared(unsigned config) {
  return config == WC_BASELINE || config == WC_MBS2 || config == WC_CONFIGS - 1;
}

static void configs_key(FILE *out, bool (*shown)(unsigned config)) {
  fputs("<div class=\"key\">", out);
  for (unsigned c = 0; c < WC_CONFIGS; c++) {
    if (shown(c))
      fprintf(out,
              "<span><svg viewBox=\"0 0 12 12\"><rect class=\"c%u\" width=\"12\" height=\"12\"/>"
              "</svg>%s</span>",
              c % 10, wc_config_name((enum wc_config)c));
  }
  fputs("</div>\n", out);
}

static void memories(const struct wc_summary *s, struct wc_chart_page *page) {
  FILE *out = page->out;
  static const char *const names[] = {"hbm2", "hbm2x2", "gddr5", "lpddr4"};
  fputs("<h2>Memories</h2>\n<p>Time of a step, which the bars show, and its energy.</p>\n", out);
  configs_key(out, compared);
  fputs("<div class=\"cards\">\n", out);
  for (unsigned net = 0; net < WC_SUMMARY_NETS && s->scope->nets[net] != NULL; net++) {
    struct wc_chart_bar bars[4 * WC_CONFIGS];
    char title[96];
    unsigned n = 0;
    double max = 0;
    for (unsigned m = 0; m < 4; m++) {
      for (unsigned c = 0; c < WC_CONFIGS; c++) {
        const struct wc_summary_job key = wc_summary_key(s, net, (enum wc_config)c, names[m]);
        const json_t *result = wc_summary_find(s, &key);
        const double seconds = wc_summary_number(result, "seconds");
        char time[24], energy[24];
        if (!compared(c))
          continue;
        bars[n] = (struct wc_chart_bar){.n_parts = 1, .parts = {seconds}, .colour = c % 10};
        snprintf(bars[n].label, sizeof bars[n].label, "%s", c == WC_BASELINE ? names[m] : "");
        wc_chart_quantity(seconds, "s", time, sizeof time);
        wc_chart_quantity(wc_summary_number(result, "joules"), "J", energy, sizeof energy);
        if (isnan(seconds))
          snprintf(bars[n].text, sizeof bars[n].text, "does not fit");
        else
          snprintf(bars[n].text, sizeof bars[n].text, "%.15s, %.15s", time, energy);
        max = fmax(max, seconds);
        n++;
      }
    }
    snprintf(title, sizeof title, "Time and energy of a step of %s, by memory",
             s->scope->nets[net]);
    wc_chart_bars(page, s->scope->nets[net], title, bars, n, max);
  }
  fputs("</div>\n", out);
}

static bool planned(unsigned config) {
  return config != WC_ARCHOPT;
}

/* Lines of all planned configurations; @set puts the i-th size into a key. */
static void lines(const struct wc_summary *s, unsigned net, const struct wc_chart_axes *axes,
                  void (*set)(const struct wc_summary *s, struct wc_summary_job *key, unsigned i),
                  double (*value)(const json_t *result), bool (*shown)(unsigned config),
                  const char *memory, struct wc_chart_page *page) {
  struct wc_chart_line line[WC_CONFIGS];
  unsigned n = 0;
  for (unsigned c = 0; c < WC_CONFIGS; c++) {
    if (!shown(c))
      continue;
    line[n].name = wc_config_name((enum wc_config)c);
    line[n].colour = c % 10;
    for (unsigned i = 0; i < axes->points; i++) {
      struct wc_summary_job key = wc_summary_key(s, net, (enum wc_config)c, memory);
      set(s, &key, i);
      line[n].y[i] = value(wc_summary_find(s, &key));
    }
    n++;
  }
  wc_chart_lines(page, axes, line, n);
}

static void set_buffer(const struct wc_summary *s, struct wc_summary_job *key, unsigned i) {
  key->buffer = s->scope->buffers[i];
}

static double gigabytes(const json_t *result) {
  return 1e-9 * wc_summary_number(result, "dram_bytes.total");
}

static void buffers(const struct wc_summary *s, struct wc_chart_page *page) {
  FILE *out = page->out;
  fputs("<h2>Buffer</h2>\n<p>DRAM traffic over the buffer of a core.</p>\n", out);
  configs_key(out, planned);
  fputs("<div class=\"cards\">\n", out);
  for (unsigned net = 0; net < WC_SUMMARY_NETS && s->scope->nets[net] != NULL; net++) {
    char title[96];
    struct wc_chart_axes axes = {s->scope->nets[net], title, "buffer of a core", "GB", {""}, 0};
    snprintf(title, sizeof title, "DRAM traffic of %s over the buffer", s->scope->nets[net]);
    for (; axes.points < WC_SUMMARY_SIZES && s->scope->buffers[axes.points] != 0; axes.points++) {
      char text[WC_SIZE_TEXT];
      snprintf(axes.at[axes.points], sizeof axes.at[0], "%.15s",
               wc_size_text(s->scope->buffers[axes.points], text));
    }
    lines(s, net, &axes, set_buffer, gigabytes, planned, NULL, page);
  }
  fputs("</div>\n", out);
}

static void set_batch(const struct wc_summary *s, struct wc_summary_job *key, unsigned i) {
  key->each = s->scope->batches[i];
}

static double megabytes_an_image(const json_t *result) {
  return 1e-6 * wc_summary_number(result, "dram_bytes.total") / wc_summary_number(result, "batch");
}

static void set_array(const struct wc_summary *s, struct wc_summary_job *key, unsigned i) {
  key->array = s->scope->arrays[i];
}

static double images_a_second(const json_t *result) {
  return wc_summary_number(result, "batch") / wc_summary_number(result, "seconds");
}

static double utilisation(const json_t *result) {
  return 100 * wc_summary_number(result, "utilisation");
}

static bool on_arrays(unsigned config) {
  return config == WC_BASELINE || config >= WC_MBS2;
}

static void sizes(const uint32_t *list, struct wc_chart_axes *axes) {
  for (; axes->points < WC_SUMMARY_SIZES && list[axes->points] != 0; axes->points++)
    snprintf(axes->at[axes->points], sizeof axes->at[0], "%" PRIu32, list[axes->points]);
}

void wc_summary_sweeps(const struct wc_summary *s, struct wc_chart_page *page) {
  FILE *out = page->out;
  struct wc_chart_axes batch = {
      "Traffic", "Traffic over the batch", "images a core", "MB an image", {""}, 0};
  struct wc_chart_axes speed = {
      "Speed", "Speed over the size of the array", "rows and columns", "images/s", {""}, 0};
  struct wc_chart_axes used = {
      "Utilisation", "Utilisation over the size of the array", "rows and columns", "%", {""}, 0};
  sizes(s->scope->batches, &batch);
  sizes(s->scope->arrays, &speed);
  sizes(s->scope->arrays, &used);
  memories(s, page);
  buffers(s, page);
  fprintf(out,
          "<h2>Batch and array, %s</h2>\n<p>On hbm2, with as many vector lanes as columns.</p>\n",
          s->scope->nets[0]);
  configs_key(out, planned);
  fputs("<div class=\"cards\">\n", out);
  lines(s, 0, &batch, set_batch, megabytes_an_image, planned, NULL, page);
  lines(s, 0, &speed, set_array, images_a_second, on_arrays, "hbm2", page);
  lines(s, 0, &used, set_array, utilisation, on_arrays, "hbm2", page);
  fputs("</div>\n", out);
}
