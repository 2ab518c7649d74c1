/* What the engines did for each layer of a network: a timeline, laid at the door of its nodes.
 *
 * A layer is a convolution with everything behind it up to the next one. The cycles of an engine
 * add up to all of them over layers and passes: what no node asked for is in the last layer. */
#ifndef WC_PROFILE_H
#define WC_PROFILE_H

#include "program.h"
#include "wavecore.h"

enum wc_pass {
  WC_PASS_FORWARD,   /* of the convolution */
  WC_PASS_NORM,      /* all other forward nodes: normalisation, ReLU, sums, pools, loss */
  WC_PASS_DGRAD,     /* of the convolution */
  WC_PASS_WGRAD,     /* of the convolution */
  WC_PASS_NORM_GRAD, /* all other backward nodes */
  WC_PASS_UPDATE,
  WC_PASS_OTHER, /* start and end of a stream */
  WC_PASSES
};
const char *wc_pass_name(enum wc_pass pass);

struct wc_profile_row {
  uint64_t commands[WC_QUEUES];
  uint64_t state[WC_QUEUES][WC_ENGINE_STATES]; /* cycles */
  uint64_t macs, rd_bytes, wr_bytes;
};

struct wc_profile {
  char (*layer)[WC_NAME_MAX]; /* the last: no layer */
  uint32_t n_layers;
  struct wc_profile_row *rows;             /* row of a layer and pass: see wc_profile_row_of */
  const struct wc_timeline_entry *entries; /* borrowed */
  uint32_t *row;                           /* by entry */
  size_t n_entries;
  uint64_t cycles;
  uint64_t stream_end[WC_SECTIONS]; /* cycle in which stream i ended */
  uint32_t n_streams;
};

/* @sections: what stream i of the timeline was. False: no memory, or entries that are not of these
 * streams; nothing to free then. */
bool wc_profile_make(const struct wc_graph *graph, const struct wc_program *program,
                     const enum wc_section_kind *sections, const struct wc_timeline_entry *entries,
                     size_t n, struct wc_profile *profile, struct wc_report *why);
void wc_profile_free(struct wc_profile *profile);

static inline const struct wc_profile_row *wc_profile_row_of(const struct wc_profile *profile,
                                                             uint32_t layer, enum wc_pass pass) {
  return &profile->rows[layer * WC_PASSES + pass];
}
bool wc_profile_row_empty(const struct wc_profile_row *row);

/* Share of the array that partly filled tiles use, while they pass: NaN when there were none. */
double wc_profile_edge_use(const struct wc_profile_row *row, uint64_t pes);

/* Which cycles of the timeline a chart shows: [from, to), to = 0: to its end. */
struct wc_chart {
  const char *title;
  uint64_t from, to;
};

/* Draws the four engines over time as SVG. The caller frees @text. */
bool wc_profile_chart(const struct wc_profile *profile, const struct wc_chart *chart, char **text,
                      size_t *bytes, struct wc_report *why);

#endif
