/* Who works when, and what that costs. */
#include "cycles_meet.h"

#include <stdlib.h>
#include <string.h>

#include "cycles_walk.h"
#include "grow.h"
#include "later.h"

/* A stretch of time in which a unit works; @busy and @asks: of those before it. */
struct span {
  uint64_t from, to, busy, asks;
  uint32_t own; /* requests in it */
};

struct spans {
  struct span *span;
  size_t count, room;
};

enum { DMA = WC_QUEUES, UNITS }; /* LOAD and STORE as one */

struct added {
  unsigned queue;
  uint64_t begin, end;
  struct wc_meet meet;
};

struct wc_meets {
  struct wc_model_config config;
  struct spans unit[UNITS];
  struct added *added; /* by number */
  size_t count, room;
  struct wc_walks walks;
};

struct wc_meets *wc_meets_new(const struct wc_model_config *config) {
  struct wc_meets *m = calloc(1, sizeof *m);
  if (m != NULL)
    m->config = *config;
  return m;
}

void wc_meets_delete(struct wc_meets *m) {
  if (m == NULL)
    return;
  for (unsigned u = 0; u < UNITS; u++)
    free(m->unit[u].span);
  free(m->added);
  free(m);
}

/* ---- who works when ------------------------------------------------------------------------- */

void wc_meets_start(struct wc_meets *m) {
  m->count = 0;
  for (unsigned u = 0; u < UNITS; u++)
    m->unit[u].count = 0;
}

static bool put(struct spans *s, uint64_t from, uint64_t to, uint32_t asks) {
  struct span *list = wc_grown(s->span, s->count, &s->room, sizeof *list);
  if (list == NULL)
    return false;
  s->span = list;
  const struct span *last = s->count != 0 ? &s->span[s->count - 1] : NULL;
  struct span next = {.from = from, .to = to, .own = asks};
  if (last != NULL) {
    next.busy = last->busy + last->to - last->from;
    next.asks = last->asks + last->own;
  }
  s->span[s->count++] = next;
  return true;
}

bool wc_meets_add(struct wc_meets *m, uint32_t number, unsigned queue, uint32_t asks,
                  uint64_t begin, uint64_t end) {
  if (number >= m->room) {
    const size_t room = 2 * (size_t)number + 1024;
    struct added *more = realloc(m->added, room * sizeof *more);
    if (more == NULL)
      return false;
    m->added = more;
    m->room = room;
  }
  m->added[number].queue = queue;
  m->added[number].begin = begin;
  m->added[number].end = end;
  m->count = number >= m->count ? number + 1 : m->count;
  return put(&m->unit[queue], begin, end, asks);
}

/* LOAD's and STORE's spans as one. */
static bool join(struct wc_meets *m) {
  const struct spans *s = m->unit;
  size_t at[2] = {0, 0};
  struct spans *dma = &m->unit[DMA];
  while (at[0] < s[0].count || at[1] < s[1].count) {
    const bool store = at[0] == s[0].count ||
                       (at[1] < s[1].count && s[1].span[at[1]].from < s[0].span[at[0]].from);
    const struct span *next = &s[store].span[at[store]++];
    struct span *last = dma->count != 0 ? &dma->span[dma->count - 1] : NULL;
    if (last != NULL && next->from <= last->to)
      last->to = wc_later(last->to, next->to);
    else if (!put(dma, next->from, next->to, 0))
      return false;
  }
  return true;
}

struct sums {
  uint64_t busy, asks;
};

/* Up to cycle @now. @at: a span near by. */
static struct sums sums(const struct spans *s, size_t *at, uint64_t now) {
  while (*at + 1 < s->count && s->span[*at + 1].from <= now)
    ++*at;
  while (*at != 0 && s->span[*at].from > now)
    --*at;
  const struct span *span = &s->span[*at];
  if (s->count == 0 || span->from > now)
    return (struct sums){0, 0};
  const uint64_t all = span->to - span->from;
  if (now >= span->to)
    return (struct sums){span->busy + all, span->asks + (all != 0 ? span->own : 0)};
  const uint64_t in = now - span->from;
  return (struct sums){span->busy + in, span->asks + span->own * in / all};
}

static struct sums between(const struct spans *s, size_t at[2], uint64_t from, uint64_t to) {
  const struct sums a = sums(s, &at[0], from), b = sums(s, &at[1], to);
  return (struct sums){b.busy - a.busy, b.asks - a.asks};
}

bool wc_meets_find(struct wc_meets *m) {
  size_t at[2][UNITS][2] = {0};
  if (!join(m))
    return false;
  for (size_t i = 0; i < m->count; i++) {
    struct added *a = &m->added[i];
    if (a->queue < 2)
      continue;
    struct sums sum[UNITS] = {0};
    for (unsigned u = 0; u < UNITS; u++) {
      if (u != a->queue)
        sum[u] = between(&m->unit[u], at[a->queue - 2][u], a->begin, a->end);
    }
    const struct sums *other = &sum[a->queue == 2 ? 3 : 2];
    a->meet = (struct wc_meet){.span = a->end - a->begin,
                               .dma = sum[DMA].busy,
                               .moving = sum[0].busy + sum[1].busy,
                               .moved = sum[0].asks + sum[1].asks,
                               .other = other->busy,
                               .asks = other->asks};
  }
  return true;
}

/* ---- what that costs ------------------------------------------------------------------------ */

/* Cycles that walks of a port lose when a LOAD or STORE moves lines all the time. */
static uint64_t caught(struct wc_meets *m, const struct wc_meet *meet,
                       const struct wc_port_use *port, uint64_t time) {
  uint64_t lost = 0;
  for (unsigned i = 0; i < WC_PORT_STEPS; i++) {
    const uint64_t lines = port->walk[i].lines;
    if (lines == 0)
      continue;
    const uint64_t step = WC_WALK_PARTS * i + WC_WALK_PARTS * port->walk[i].longer / lines;
    lost += lines * wc_walk_loses(&m->walks, m->config.banks, (unsigned)step,
                                  WC_WALK_PARTS * time / port->lines,
                                  (meet->moving + meet->moved / 2) / meet->moved);
  }
  return lost / WC_WALK_PARTS;
}

/* Requests a cycle through port @p of a unit: of the vector unit two reads, of GEMM's A two, or
 * four where the array can fold. */
static uint64_t ports_of(const struct wc_meets *m, unsigned queue, unsigned p) {
  if (p != 0)
    return 1;
  return queue == 2 && m->config.fold != 0 ? 4 : 2;
}

/* Cycles that requests lose to those of the other unit, which come at any time to any bank. */
static uint64_t met(const struct wc_meets *m, const struct wc_meet *meet, unsigned queue,
                    const struct wc_timing *alone, uint64_t time) {
  uint64_t busy = 0;
  for (unsigned p = 0; p < WC_UNIT_PORTS; p++) {
    const uint64_t ports = ports_of(m, queue, p), asks = alone->port[p].asks;
    const uint64_t share = asks < ports * time ? asks : ports * time;
    busy += asks * share / ports;
  }
  return busy * meet->asks / (4 * (uint64_t)m->config.banks * meet->span * time);
}

/* Cycles that walks lose to LOAD and STORE. A third unit lets them get away half of the time. */
static uint64_t caught_in_all(struct wc_meets *m, const struct wc_meet *meet, unsigned queue,
                              const struct wc_timing *alone, uint64_t time) {
  uint64_t lost = 0;
  for (unsigned p = 0; meet->moved != 0 && p < WC_UNIT_PORTS; p++) {
    const struct wc_port_use *port = &alone->port[p];
    const uint64_t asks = queue == 3 ? port->lines : port->asks;
    lost = wc_later(lost, caught(m, meet, port, time) * (asks < time ? asks : time) / time);
  }
  lost -= lost * meet->other / (2 * meet->span);
  const uint64_t dma = lost * meet->dma / meet->span;
  return time * dma / (time + lost - dma);
}

uint64_t wc_meets_slow(struct wc_meets *m, uint32_t number, unsigned queue,
                       const struct wc_timing *alone) {
  const struct wc_meet *meet = &m->added[number].meet;
  const uint64_t time = alone->end - alone->begin;
  if (queue < 2 || meet->span == 0 || time == 0)
    return 0;
  return caught_in_all(m, meet, queue, alone, time) + met(m, meet, queue, alone, time);
}

void wc_meets_longer(struct wc_timing *timing, unsigned queue, uint64_t more) {
  timing->end += more;
  timing->done += more;
  timing->fed += queue == 2 ? more : 0;
  timing->state[queue == 2 ? 4 : 2] += more;
}
