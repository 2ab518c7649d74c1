#include "profile.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_id.h"
#include "report.h"

const char *wc_pass_name(enum wc_pass pass) {
  static const char *const names[WC_PASSES] = {
      "forward", "norm", "data_gradient", "weight_gradient", "norm_gradient", "update", "other"};
  return names[pass];
}

struct making {
  const struct wc_graph *g;
  struct wc_profile *profile;
  uint32_t *layer_of; /* by node */
};

/* Forward nodes in order: a convolution begins a layer; backward nodes go with their home. */
static void name_layers(struct making *m) {
  struct wc_profile *p = m->profile;
  for (uint32_t i = 0; i < m->g->n_nodes; i++) {
    const struct wc_node *node = &m->g->nodes[i];
    if (node->backward) {
      m->layer_of[i] = m->layer_of[node->home];
      continue;
    }
    if (i == 0 || node->op == WC_N_CONV)
      snprintf(p->layer[p->n_layers++], WC_NAME_MAX, "%s", node->name);
    m->layer_of[i] = p->n_layers - 1;
  }
  snprintf(p->layer[p->n_layers++], WC_NAME_MAX, "-");
}

static enum wc_pass pass_of(const struct wc_node *node) {
  if (node->op == WC_N_CONV)
    return WC_PASS_FORWARD;
  if (node->op == WC_N_CONV_DGRAD)
    return WC_PASS_DGRAD;
  if (node->op == WC_N_CONV_WGRAD)
    return WC_PASS_WGRAD;
  return node->backward ? WC_PASS_NORM_GRAD : WC_PASS_NORM;
}

/* The first node that reads @tensor; WC_NONE: nobody. */
static uint32_t reader_of(const struct wc_graph *g, uint32_t tensor) {
  for (uint32_t i = 0; i < g->n_nodes; i++)
    for (unsigned k = 0; k < g->nodes[i].n_in; k++)
      if (g->nodes[i].in[k] == tensor)
        return i;
  return WC_NONE;
}

static uint32_t row_of(const struct making *m, uint32_t id) {
  const struct wc_graph *g = m->g;
  const uint32_t node = wc_cmd_node(id), tensor = wc_cmd_tensor(id);
  if (node < g->n_nodes)
    return m->layer_of[node] * WC_PASSES + pass_of(&g->nodes[node]);
  if (tensor < g->n_tensors) { /* a parameter or its gradient, in the update */
    const struct wc_tensor *t = &g->tensors[tensor];
    const uint32_t param = t->role == WC_ROLE_DPARAM ? t->of : tensor;
    const uint32_t reader = tensor == g->hyper ? WC_NONE : reader_of(g, param);
    if (reader != WC_NONE)
      return m->layer_of[reader] * WC_PASSES + WC_PASS_UPDATE;
  }
  return (m->profile->n_layers - 1) * WC_PASSES + WC_PASS_OTHER;
}

static void count_work(struct wc_profile_row *row, const struct wc_cmd *cmd) {
  uint64_t work[WC_COUNTERS] = {0};
  wc_count_work(cmd, work);
  row->rd_bytes += work[WC_C_RD_BYTES];
  row->wr_bytes += work[WC_C_WR_BYTES];
  row->macs += work[WC_C_MACS];
}

/* Rows of the commands of a stream, by number; @n of them, END included. */
static uint32_t *rows_of(const struct making *m, const struct wc_section *section, uint32_t *n) {
  const size_t units = section->bytes / WC_UNIT_BYTES;
  uint32_t *rows = calloc(units + 1, sizeof *rows);
  *n = 0;
  for (size_t at = 0; rows != NULL && at < units;) {
    struct wc_cmd cmd;
    if (wc_cmd_decode(section->words + 4 * at, units - at, &cmd) != WC_E_NONE)
      break;
    const bool end = cmd.hdr.opcode == WC_OP_END;
    const uint32_t row =
        end ? m->profile->n_layers * WC_PASSES - 1 : row_of(m, cmd.hdr.id); /* END: other */
    rows[(*n)++] = row;
    count_work(&m->profile->rows[row], &cmd);
    if (!end)
      m->profile->rows[row].commands[wc_opcode_queue(cmd.hdr.opcode)]++;
    at += cmd.hdr.units;
  }
  return rows;
}

/* Adds the entries of stream @stream from *@at on. */
static bool add_stream(struct making *m, const struct wc_section *section, uint32_t stream,
                       size_t *at) {
  struct wc_profile *p = m->profile;
  uint32_t n;
  uint32_t *rows = rows_of(m, section, &n);
  bool ok = rows != NULL;
  for (; ok && *at < p->n_entries && p->entries[*at].stream == stream; ++*at) {
    const struct wc_timeline_entry *e = &p->entries[*at];
    ok = e->number < n && e->queue < WC_QUEUES;
    if (!ok)
      break;
    p->row[*at] = rows[e->number];
    for (unsigned i = 0; i < WC_ENGINE_STATES; i++)
      p->rows[rows[e->number]].state[e->queue][i] += e->state[i];
    p->cycles = e->end > p->cycles ? e->end : p->cycles;
  }
  free(rows);
  return ok;
}

bool wc_profile_make(const struct wc_graph *graph, const struct wc_program *program,
                     const enum wc_section_kind *sections, const struct wc_timeline_entry *entries,
                     size_t n, struct wc_profile *profile, struct wc_report *why) {
  *profile = (struct wc_profile){.entries = entries, .n_entries = n};
  profile->layer = calloc(graph->n_forward + 2, sizeof *profile->layer);
  profile->rows = calloc((graph->n_forward + 2) * (size_t)WC_PASSES, sizeof *profile->rows);
  profile->row = calloc(n + 1, sizeof *profile->row);
  struct making m = {graph, profile, calloc(graph->n_nodes + 1, sizeof(uint32_t))};
  bool ok =
      profile->layer != NULL && profile->rows != NULL && profile->row != NULL && m.layer_of != NULL;
  if (ok)
    name_layers(&m);
  size_t at = 0;
  while (ok && at < n) {
    const uint32_t stream = profile->n_streams;
    ok = stream < WC_SECTIONS && entries[at].stream == stream &&
         add_stream(&m, &program->section[sections[stream]][0], stream, &at);
    if (ok)
      profile->stream_end[profile->n_streams++] = profile->cycles;
  }
  free(m.layer_of);
  if (!ok) {
    wc_profile_free(profile);
    return wc_fail(why, "%s: the timeline is not that of the program, or memory ran out",
                   program->net);
  }
  return true;
}

void wc_profile_free(struct wc_profile *profile) {
  free(profile->layer);
  free(profile->rows);
  free(profile->row);
  *profile = (struct wc_profile){.layer = NULL};
}

bool wc_profile_row_empty(const struct wc_profile_row *row) {
  static const struct wc_profile_row empty;
  return memcmp(row, &empty, sizeof empty) == 0;
}

double wc_profile_edge_use(const struct wc_profile_row *row, uint64_t pes) {
  const uint64_t *array = row->state[WC_Q_GEMM];
  const double busy = (double)array[0], edge = (double)array[WC_C_GEMM_PARTIAL - WC_C_GEMM_BUSY];
  return edge > 0 ? ((double)row->macs / (double)pes - busy) / edge : (double)NAN;
}
