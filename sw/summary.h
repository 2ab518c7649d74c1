/* What `wavecore report` shows: estimates and schedules of many networks, configurations, memories
 * and sizes, made side by side, and the page that shows them. Private to summary*.c, cli_report.c
 * and their tests. docs/report.md. */
#ifndef WC_SUMMARY_H
#define WC_SUMMARY_H

#include <jansson.h>
#include <stdio.h>

#include "estimate.h"

#define WC_SUMMARY_NETS 6
#define WC_SUMMARY_SIZES 8

/* What the page is about. */
struct wc_summary_scope {
  const char *nets[WC_SUMMARY_NETS]; /* NULL behind the last */
  unsigned deep;                     /* the first ones: means are over these */
  uint32_t each[WC_SUMMARY_NETS];    /* images of a core */
  const char *chip;                  /* in words */
  struct wc_estimate_setup base;     /* configuration, batch, memory and groups are set for each */
  uint64_t buffers[WC_SUMMARY_SIZES];
  uint32_t batches[WC_SUMMARY_SIZES], arrays[WC_SUMMARY_SIZES]; /* of the first network; 0 ends */
  bool quick;
};

/* Which groups a result is of. */
enum wc_summary_choice {
  WC_CHOICE_LEAST,    /* of least traffic, as everywhere but where choices are compared */
  WC_CHOICE_ROOM,     /* the same with room for two sub-batches: the second that a search judges */
  WC_CHOICE_OPERANDS, /* counting operands, for energy: the second that a search for it judges */
  WC_CHOICE_JOINT,    /* as in the paper, shared by both passes */
  WC_CHOICES
};

struct wc_summary_job {
  const char *net;
  enum wc_config config;
  enum wc_summary_choice choice;
  const char *memory; /* NULL: a schedule, traffic only */
  uint32_t each;
  uint64_t buffer;
  uint32_t array;
  json_t *result; /* as of `estimate --json` or `schedule --json`; or {"error": why} */
};

struct wc_summary {
  const struct wc_summary_scope *scope;
  struct wc_summary_job *jobs;
  size_t n;
};

/* The paper's chip and networks, or a small network on `small` for a quick look. @base: of the
 * device. */
void wc_summary_scope_init(struct wc_summary_scope *scope, const struct wc_estimate_setup *base,
                           bool quick);

/* Makes all results on @threads threads (0: one a processor). @keep: NULL, or a directory where
 * each is kept as a file and taken from if it is there. @progress is called after each, by one
 * thread at a time; may be NULL. False: no memory, or a file cannot be written; @why tells. */
bool wc_summary_make(struct wc_summary *summary, const struct wc_summary_scope *scope,
                     unsigned threads, const char *keep, void (*progress)(size_t done, size_t of),
                     struct wc_report *why);
void wc_summary_free(struct wc_summary *summary);

/* The result for @key, whose result is not looked at; NULL: not there, or it has an error. */
const json_t *wc_summary_find(const struct wc_summary *summary, const struct wc_summary_job *key);
/* Key of an estimate at the scope's own sizes. */
struct wc_summary_job wc_summary_key(const struct wc_summary *summary, unsigned net,
                                     enum wc_config config, const char *memory);
/* A number at "a" or "a.b" of a result; NAN when @result is NULL or has none. */
double wc_summary_number(const json_t *result, const char *path);
/* Mean over the deep networks of what @config saves of @base's number, as a share; NAN when one is
 * missing. */
double wc_summary_saving(const struct wc_summary *summary, const char *memory, const char *path,
                         enum wc_config config, enum wc_config base);
/* Mean over them of how many times as fast. */
double wc_summary_speedup(const struct wc_summary *summary, const char *memory,
                          enum wc_config config, enum wc_config base);

/* All results as a list. */
json_t *wc_summary_json(const struct wc_summary *summary);

/* The page, whole in itself. False: gnuplot, which draws its charts, is missing or failed, or no
 * memory; @why tells, and @out has nothing of it. */
bool wc_summary_page(const struct wc_summary *summary, FILE *out, struct wc_report *why);
/* Its parts, in order. */
struct wc_chart_page;
void wc_summary_overview(const struct wc_summary *summary, FILE *out);
void wc_summary_bars(const struct wc_summary *summary, struct wc_chart_page *page);
void wc_summary_sweeps(const struct wc_summary *summary, struct wc_chart_page *page);
void wc_summary_groups(const struct wc_summary *summary, struct wc_chart_page *page);
void wc_summary_published(const struct wc_summary *summary, FILE *out);

#endif
