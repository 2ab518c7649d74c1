/* The page of a summary: style, and its parts in order. */
#include <stdlib.h>

#include "report.h"
#include "summary.h"
#include "summary_chart.h"

/* Charts take colours from the variables; c of configurations and p of parts are for keys. */
static const char style[] =
    ":root{--paper:#fff;--ink:#1b1f24;--dim:#5b6470;--rule:#d5d9de;--shade:#eef1f4;"
    "--k0:#767c84;--k1:#a3a9b0;--k2:#8a6d3b;--k3:#d98b00;--k4:#c2608f;--k5:#3d9ad1;--k6:#0b5fa5;"
    "--k7:#0a8f63;--k8:#7a4fb5;--k9:#b3402a}\n"
    "@media(prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e6e9ec;--dim:#9aa4af;"
    "--rule:#39414a;--shade:#222a32;--k0:#9aa1a9;--k1:#6e757d;--k2:#c2a36a;--k3:#f0b040;"
    "--k4:#e58ab6;--k5:#6cc0ef;--k6:#4c9be8;--k7:#3cc796;--k8:#b394ea;--k9:#ee7f68}}\n"
    "@media print{:root{--paper:#fff;--ink:#000;--dim:#333;--rule:#bbb;--shade:#eee;--k0:#767c84;"
    "--k1:#a3a9b0;--k2:#8a6d3b;--k3:#d98b00;--k4:#c2608f;--k5:#3d9ad1;--k6:#0b5fa5;--k7:#0a8f63;"
    "--k8:#7a4fb5;--k9:#b3402a}"
    "svg,tr,table,h2,h3{break-inside:avoid}h2,h3,h2+p,h3+p,.key{break-after:avoid}}\n"
    "*{print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
    "body{background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;"
    "margin:0 auto;padding:16px;max-width:1160px}\n"
    "h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.25rem;margin:2.2em 0 .4em;"
    "border-top:1px solid var(--rule);padding-top:.8em}h3{font-size:1rem;margin:1.4em 0 .3em}\n"
    "p{max-width:70ch}.dim,small{color:var(--dim)}code{font-size:.9em;overflow-wrap:anywhere}\n"
    ".cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr));"
    "gap:14px}\n"
    "details{margin-bottom:1em}.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:."
    "9rem}"
    "th,td{padding:4px 10px;border-bottom:1px solid var(--rule);text-align:right;"
    "vertical-align:top;white-space:nowrap}th{white-space:normal;vertical-align:bottom}th:first-"
    "child,td:first-child{text-align:left}td.n{white-space:normal}.w{text-align:left;white-space:"
    "normal;"
    "min-width:9em}\n"
    "svg{display:block;width:100%;height:auto;font-family:inherit}svg.card{max-width:520px}"
    "svg.wide{min-width:760px}\n"
    "@media(max-width:520px){table{font-size:.8rem}th,td{padding:3px 5px}.w{min-width:8em}"
    "td:first-child{white-space:normal}}\n"
    "@media print{table{font-size:.7rem}th,td{padding:2px 5px}.scroll{overflow:visible}"
    "svg.wide{min-width:0}.cards{grid-template-columns:repeat(3,1fr)}}\n"
    ".key{display:flex;flex-wrap:wrap;gap:4px 16px;margin:.5em 0;font-size:.9rem}"
    ".key svg{width:12px;height:12px;display:inline-block;margin-right:5px}\n"
    ".c0,.p4{fill:var(--k0)}.c1{fill:var(--k1)}.c2,.p5{fill:var(--k2)}.c3,.p2{fill:var(--k3)}"
    ".c4{fill:var(--k4)}.c5,.p1{fill:var(--k5)}.c6,.p0{fill:var(--k6)}.c7,.p3{fill:var(--k7)}"
    ".c8{fill:var(--k8)}.c9{fill:var(--k9)}\n";

static void write_page(const struct wc_summary *summary, struct wc_chart_page *page) {
  FILE *out = page->out;
  fputs(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<title>WaveCore: training steps, estimated</title>\n<style>\n",
      out);
  fputs(style, out);
  fputs("</style>\n</head>\n<body>\n", out);
  wc_summary_overview(summary, out);
  wc_summary_bars(summary, page);
  wc_summary_sweeps(summary, page);
  wc_summary_groups(summary, page);
  wc_summary_published(summary, out);
  fputs("</body>\n</html>\n", out);
}

bool wc_summary_page(const struct wc_summary *summary, FILE *out, struct wc_report *why) {
  struct wc_chart_page page = {NULL, NULL};
  char *text = NULL;
  size_t bytes = 0;
  FILE *stream = open_memstream(&text, &bytes);
  bool ok = stream != NULL && wc_chart_page_begin(&page, stream);
  if (ok)
    write_page(summary, &page);
  ok = (stream == NULL || fclose(stream) == 0) && ok;
  ok = ok ? wc_plot_draw(page.plot, text, bytes, out, why) : wc_fail(why, "report: out of memory");
  wc_chart_page_end(&page);
  free(text);
  return ok;
}
