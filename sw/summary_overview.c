/* The head of the page, and tables: what mbs2 gains, with which groups, and mbs-r on top of it. */
#include <math.h>

#include "summary.h"

/* Whose results a column is about. */
struct who {
  enum wc_config config;
  enum wc_summary_choice choice;
};

#define BASELINE \
  { WC_BASELINE, WC_CHOICE_LEAST }
#define FUSED \
  { WC_BASELINE_FUSED, WC_CHOICE_LEAST }
#define MBS2 \
  { WC_MBS2, WC_CHOICE_LEAST }
#define ROOM \
  { WC_MBS2, WC_CHOICE_ROOM }
#define OPERANDS \
  { WC_MBS2, WC_CHOICE_OPERANDS }
#define JOINT \
  { WC_MBS2, WC_CHOICE_JOINT }
#define MBS_R \
  { WC_MBS_R, WC_CHOICE_LEAST }

/* In per cent what is saved of @base, or added to it; how many times less it is than of @base; a
 * share as it is. */
enum shows { SAVED, ADDED, LESS, SHARE };

struct column {
  const char *title, *memory, *path;
  enum shows shows;
  struct who of, base;
};

static const struct column against_baseline[] = {
    {"traffic saved of baseline", "hbm2", "dram_bytes.total", SAVED, MBS2, BASELINE},
    {"of baseline-fused", "hbm2", "dram_bytes.total", SAVED, MBS2, FUSED},
    {"as fast, hbm2", "hbm2", "seconds", LESS, MBS2, BASELINE},
    {"hbm2x2", "hbm2x2", "seconds", LESS, MBS2, BASELINE},
    {"energy saved", "hbm2", "joules", SAVED, MBS2, BASELINE},
    {"PEs used, baseline", "hbm2", "utilisation", SHARE, BASELINE, BASELINE},
    {"mbs2", "hbm2", "utilisation", SHARE, MBS2, BASELINE}};

#define GROUPS(who)                                                                  \
  {                                                                                  \
    {"traffic saved of baseline", "hbm2", "dram_bytes.total", SAVED, who, BASELINE}, \
        {"as fast, hbm2", "hbm2", "seconds", LESS, who, BASELINE},                   \
        {"hbm2x2", "hbm2x2", "seconds", LESS, who, BASELINE}, {                      \
      "energy saved", "hbm2", "joules", SAVED, who, BASELINE                         \
    }                                                                                \
  }
static const struct column room[] = GROUPS(ROOM), operands[] = GROUPS(OPERANDS),
                           joint[] = GROUPS(JOINT);

static const struct column against_mbs2[] = {
    {"less traffic", "hbm2", "dram_bytes.total", LESS, MBS_R, MBS2},
    {"MACs added", "hbm2", "macs", ADDED, MBS_R, MBS2},
    {"less DRAM capacity", "hbm2", "dram_capacity_bytes", LESS, MBS_R, MBS2},
    {"as fast, hbm2", "hbm2", "seconds", LESS, MBS_R, MBS2},
    {"less energy", "hbm2", "joules", LESS, MBS_R, MBS2}};

static double number(const struct wc_summary *s, unsigned net, const struct column *c,
                     struct who who) {
  struct wc_summary_job key = wc_summary_key(s, net, who.config, c->memory);
  key.choice = who.choice;
  return wc_summary_number(wc_summary_find(s, &key), c->path);
}

static double value(const struct wc_summary *s, unsigned net, const struct column *c) {
  const double of = number(s, net, c, c->of), base = number(s, net, c, c->base);
  switch (c->shows) {
    case SAVED:
      return 100 * (1 - of / base);
    case ADDED:
      return 100 * (of / base - 1);
    case LESS:
      return base / of;
    default:
      return 100 * of;
  }
}

static void cell(FILE *out, const struct column *c, double shown) {
  if (isnan(shown))
    fputs("<td>-</td>", out);
  else
    fprintf(out, c->shows == LESS ? "<td>%.2f x</td>" : "<td>%.1f %%</td>", shown);
}

/* A line for each network, and means over the deep ones. */
static void table(const struct wc_summary *s, const struct column *columns, size_t n, FILE *out) {
  fputs("<div class=\"scroll\"><table><tr><th>network</th>", out);
  for (size_t i = 0; i < n; i++)
    fprintf(out, "<th>%s</th>", columns[i].title);
  fputs("</tr>\n", out);
  for (unsigned net = 0; net < WC_SUMMARY_NETS && s->scope->nets[net] != NULL; net++) {
    fprintf(out, "<tr><td>%s</td>", s->scope->nets[net]);
    for (size_t i = 0; i < n; i++)
      cell(out, &columns[i], value(s, net, &columns[i]));
    fputs("</tr>\n", out);
  }
  fprintf(out, "<tr><td><b>mean%s</b></td>", s->scope->deep > 1 ? " of the deep ones" : "");
  for (size_t i = 0; i < n; i++) {
    double sum = 0;
    for (unsigned net = 0; net < s->scope->deep; net++)
      sum += value(s, net, &columns[i]);
    cell(out, &columns[i], sum / s->scope->deep);
  }
  fputs("</tr>\n</table></div>\n", out);
}

#define COLUMNS(list) list, sizeof list / sizeof *list

void wc_summary_overview(const struct wc_summary *s, FILE *out) {
  fprintf(out,
          "<h1>Training steps under mini-batch serialization</h1>\n<p>One training step, update "
          "included, on %s: bytes planned and counted from compiled streams, time of these streams "
          "by the cycle model, energy from what their commands do. %s images a core%s. All of it "
          "can be repeated: <code>wavecore report%s</code>, and one by one with <code>wavecore "
          "estimate</code>.</p>\n",
          s->scope->chip, s->scope->quick ? "8" : "32", s->scope->quick ? "" : ", alexnet 64",
          s->scope->quick ? " --quick" : "");
  fputs("<h2>mbs2 against conventional training</h2>\n", out);
  table(s, COLUMNS(against_baseline), out);
  fputs(
      "<p class=\"dim\">baseline: every layer reads and writes DRAM, one weight a PE. archopt: the "
      "same with double-buffered weights. baseline-fused: normalisation in one pass with what "
      "follows it. il: several layers together where the whole mini-batch fits. mbs-fs: all layers "
      "at one sub-batch. mbs1: groups of layers. mbs2: and data stay for a second branch. mbs-r: "
      "and features are made again in the backward pass. Groups are those of least traffic, here "
      "and below.</p>\n<h2>Other groups of mbs2</h2>\n<p>Least traffic is neither least time nor "
      "least energy.</p>\n<h3>With room for two sub-batches</h3>\n<p>One loads while the other is "
      "worked on. <code>--objective time --plans 2</code> tries these.</p>\n",
      out);
  table(s, COLUMNS(room), out);
  fputs(
      "<h3>With larger sub-batches</h3>\n<p>For each of them parameters and sums pass between "
      "buffer "
      "and array. <code>--objective energy --plans 2</code> tries these.</p>\n",
      out);
  table(s, COLUMNS(operands), out);
  fputs(
      "<h3>As in the paper</h3>\n<p>Shared by both passes, nothing pinned: <code>--grouping "
      "joint</code>.</p>\n",
      out);
  table(s, COLUMNS(joint), out);
  fputs("<h2>mbs-r against mbs2</h2>\n<p>Both with the groups of least traffic.</p>\n", out);
  table(s, COLUMNS(against_mbs2), out);
}
