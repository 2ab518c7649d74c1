#include "timeline_check.h"

#include <inttypes.h>
#include <stdio.h>

struct walk {
  const struct smoke *smoke;
  const struct wc_timeline_entry *at, *past;
  uint64_t sum[WC_COUNTERS];
  uint64_t begin; /* of the stream */
  bool ok;
};

static void wrong(struct walk *w, const char *what, const struct wc_timeline_entry *e) {
  if (w->ok && e < w->past)
    printf("  timeline: %s: stream %" PRIu32 ", %s command %" PRIu32 ", cycles %" PRIu64
           " to %" PRIu64 ", taken %" PRIu64 ", done %" PRIu64 "\n",
           what, e->stream, wc_engines[e->queue].name, e->number, e->begin, e->end, e->taken,
           e->done);
  else if (w->ok)
    printf("  timeline: %s\n", what);
  w->ok = false;
}

/* Number of the next command of @queue from @from on; of END when there is none. */
static uint32_t next_number(const struct smoke *s, uint32_t queue, uint32_t from,
                            struct wc_cmd *cmd) {
  size_t word = 0;
  for (uint32_t number = 0;; number++) {
    if (wc_cmd_decode(s->words + word, (s->n_words - word) / 4, cmd) != WC_E_NONE)
      return UINT32_MAX;
    if (cmd->hdr.opcode == WC_OP_END ||
        (number >= from && wc_opcode_queue(cmd->hdr.opcode) == (int)queue))
      return number;
    word += (size_t)cmd->hdr.units * (WC_UNIT_BYTES / 4);
  }
}

static uint64_t parts(uint64_t whole, uint64_t part) {
  return (whole + part - 1) / part;
}

/* What enters the array or the lanes for @cmd takes as many cycles as there are rows or vectors. */
static bool enters_as_often(const struct smoke *s, const struct wc_cmd *cmd,
                            const struct wc_timeline_entry *e) {
  const struct wc_gemm *g = &cmd->gemm;
  const struct wc_vec *v = &cmd->vec;
  const uint64_t positions = (uint64_t)g->p2 * g->p1 * g->p0;
  const uint64_t taps = (uint64_t)g->q2 * g->q1 * g->q0;
  if (cmd->hdr.opcode == WC_OP_GEMM)
    return e->state[0] + e->state[1] == (g->a_trans ? taps : positions) *
                                            parts(g->a_trans ? positions : taps, s->caps->rows) *
                                            parts(g->n, s->caps->cols);
  return cmd->hdr.opcode != WC_OP_VEC ||
         e->state[0] == parts(v->d0, s->caps->lanes) * v->d1 * v->d2 * v->d3;
}

/* Cycles in which @e's unit had a command. */
static uint64_t working(const struct wc_timeline_entry *e) {
  static const unsigned states[WC_QUEUES] = {3, 3, 6, 2};
  uint64_t cycles = 0;
  for (unsigned i = 0; i < states[e->queue]; i++)
    cycles += e->state[i];
  return cycles;
}

/* The entries of one engine in one stream; returns where they end. */
static uint64_t walk_engine(struct walk *w, uint32_t stream, uint32_t queue) {
  uint64_t at = w->begin;
  uint32_t from = 0;
  for (bool end = false; !end && w->ok; w->at++) {
    const struct wc_timeline_entry *e = w->at;
    struct wc_cmd cmd;
    const uint32_t number = next_number(w->smoke, queue, from, &cmd);
    end = cmd.hdr.opcode == WC_OP_END;
    if (e == w->past || e->stream != stream || e->queue != queue || e->number != number) {
      wrong(w, "the entries are not those of the stream's commands", e);
      return at;
    }
    uint64_t cycles = 0;
    for (unsigned i = 0; i < WC_ENGINE_STATES; i++)
      cycles += e->state[i];
    for (unsigned i = 0; i <= wc_engines[queue].last - wc_engines[queue].first; i++)
      w->sum[wc_engines[queue].first + i] += e->state[i];
    if (e->begin != at || e->end < e->begin || cycles != e->end - e->begin)
      wrong(w, "cycles are missing or shared", e);
    if (end ? e->taken != WC_NEVER || e->done != WC_NEVER
            : e->taken >= e->done || e->done == WC_NEVER || e->end > e->done + 1)
      wrong(w, "taken and done do not fit", e);
    if (!enters_as_often(w->smoke, &cmd, e))
      wrong(w, "work of another command", e);
    if (end && working(e) != 0)
      wrong(w, "the end works", e);
    if (!end && queue != WC_Q_VEC && e->taken > e->begin && e->end - e->taken < working(e))
      wrong(w, "there is work before the command was taken", e);
    at = e->end;
    from = number + 1;
  }
  return at;
}

void timeline_check_start(struct timeline_check *t, struct smoke *s) {
  t->recording =
      wc_timeline_start(s->dev) == WC_OK && wc_counters_read(s->dev, &t->before) == WC_OK;
}

bool timeline_check_end(const struct timeline_check *t, struct smoke *s, uint32_t runs) {
  struct walk w = {.smoke = s, .ok = true};
  struct wc_counters after;
  size_t n;
  if (!t->recording)
    return true;
  if (wc_timeline_read(s->dev, &w.at, &n) != WC_OK || wc_counters_read(s->dev, &after) != WC_OK)
    return false;
  w.past = w.at + n;
  for (uint32_t stream = 0; stream < runs && w.ok; stream++) {
    uint64_t ends[WC_QUEUES];
    for (uint32_t queue = 0; queue < WC_QUEUES; queue++)
      ends[queue] = walk_engine(&w, stream, queue);
    for (uint32_t queue = 0; queue < WC_QUEUES; queue++)
      if (ends[queue] != ends[0])
        wrong(&w, "engines end at different times", w.past);
    w.begin = ends[0];
  }
  if (w.at != w.past)
    wrong(&w, "there are more entries than commands", w.at);
  for (unsigned i = wc_engines[0].first; i <= wc_engines[WC_QUEUES - 1].last; i++) {
    if (w.ok && w.sum[i] != after.value[i] - t->before.value[i]) {
      printf("  timeline: %s is %" PRIu64 " in all entries, the counter says %" PRIu64 "\n",
             wc_counter_name(i), w.sum[i], after.value[i] - t->before.value[i]);
      w.ok = false;
    }
  }
  return w.ok;
}
