/* A stream in time, command after command in the stream's order. That is enough, although units
 * run side by side: what a command waits for, its place in the queue, its unit, tokens, always
 * comes from commands before it. */
#include "cycles_stream.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "later.h"

enum {
  TAKE_TO_SHOWN = 1, /* from the take of the command before */
  TOKEN = 1,         /* from done_o to a command that waits for it */
  LOOKS = 2          /* at who meets whom; for the first, commands take as long as alone */
};

struct wc_cycles *wc_cycles_new(const struct wc_model_config *config,
                                const struct wc_memory_timing *memory) {
  struct wc_cycles *c = calloc(1, sizeof *c);
  if (c == NULL)
    return NULL;
  c->config = *config;
  c->memory = *memory;
  for (unsigned i = 0; i < WC_BLOCK_UNITS; i++)
    c->last_beat[i] = (uint8_t)((i * WC_UNIT_BYTES + WC_UNIT_BYTES - 1) / config->axi_bytes);
  c->known = wc_known_new(config, memory);
  c->meets = wc_meets_new(config);
  if (c->known == NULL || c->meets == NULL) {
    wc_cycles_delete(c);
    return NULL;
  }
  return c;
}

void wc_cycles_delete(struct wc_cycles *c) {
  if (c == NULL)
    return;
  for (unsigned i = 0; i < WC_QUEUES * WC_QUEUES; i++)
    free(c->tokens[i / WC_QUEUES][i % WC_QUEUES].at);
  wc_known_delete(c->known);
  wc_meets_delete(c->meets);
  wc_briefs_free(&c->briefs);
  free(c);
}

static void start(struct wc_cycles *c, uint64_t *counters) {
  for (unsigned i = 0; i < WC_QUEUES * WC_QUEUES; i++) {
    struct wc_tokens *t = &c->tokens[i / WC_QUEUES][i % WC_QUEUES];
    t->given = t->taken = 0;
  }
  memset(c->queue, 0, sizeof c->queue);
  memset(&c->units, 0, sizeof c->units);
  memset(c->loads, 0, sizeof c->loads);
  memset(c->block_dealt, 0, sizeof c->block_dealt);
  c->unit = c->dealt = c->data = c->load_beats = 0;
  c->asked = WC_FETCH_ADDRESS - 1;
  c->counters = counters;
}

static bool give(struct wc_tokens *t, uint64_t at) {
  uint64_t *times = wc_grown(t->at, t->given, &t->room, sizeof *times);
  if (times == NULL)
    return false;
  t->at = times;
  times[t->given++] = at;
  return true;
}

/* The cycle until which data that LOADs asked for before cycle @now take the read channel. Their
 * addresses run from walk to fed, their data from begin to end. */
static uint64_t load_data(const struct wc_cycles *c, uint64_t now) {
  uint64_t until = 0;
  for (unsigned i = 0; i < WC_LOADS; i++) {
    const struct wc_dma_chain *load = &c->loads[i];
    if (load->count == 0 || now <= load->walk)
      continue;
    const uint64_t data = load->end - load->begin;
    const uint64_t asked =
        now >= load->fed ? data : data * (now - load->walk) / (load->fed - load->walk);
    until = wc_later(until, load->begin + asked);
  }
  return until;
}

/* Fetch asks for the next block, when the one two before has been dealt. */
static void ask(struct wc_cycles *c) {
  c->asked = wc_later(c->asked + 1, c->block_dealt[1] + 1);
  c->block_dealt[1] = c->block_dealt[0];
  c->data = wc_later(c->data, wc_later(c->asked + c->memory.latency, load_data(c, c->asked)));
}

/* Deals the units of a command; @from: its queue has a slot. Where a beat holds whole units, those
 * behind the first in a block are there in time. */
static void deal(struct wc_cycles *c, unsigned units, uint64_t from) {
  const uint64_t place = c->offset / WC_UNIT_BYTES;
  const bool wide = c->config.axi_bytes >= WC_UNIT_BYTES;
  unsigned run = 0;
  for (unsigned i = 0; i < units; i += run, c->unit += run) {
    const unsigned at = (unsigned)((place + c->unit) % WC_BLOCK_UNITS);
    const unsigned left = units - i, block = WC_BLOCK_UNITS - at;
    if (c->unit == 0 || at == 0) {
      c->block_dealt[0] = c->dealt;
      ask(c);
    }
    const uint64_t ready = c->data + c->last_beat[at] + WC_FETCH_BEAT_DEAL;
    run = !wide ? 1 : left < block ? left : block;
    c->dealt = wc_later(c->dealt + 1, wc_later(ready, i == 0 ? from : 0)) + run - 1;
  }
}

uint64_t wc_stream_show(struct wc_cycles *c, unsigned q, unsigned units, uint64_t dealt) {
  struct wc_stream_queue *queue = &c->queue[q];
  uint64_t shown = dealt + units + WC_QUEUE_SHOW;
  if (queue->count != 0)
    shown = wc_later(shown, queue->taken + units + TAKE_TO_SHOWN);
  queue->unpacked[queue->count % c->config.queue_depth] = shown - 1;
  queue->count++;
  return shown;
}

static uint64_t show(struct wc_cycles *c, unsigned q, unsigned units) {
  const struct wc_stream_queue *queue = &c->queue[q];
  const uint64_t depth = c->config.queue_depth;
  deal(c, units, queue->count < depth ? 0 : queue->unpacked[queue->count % depth] + 1);
  return wc_stream_show(c, q, units, c->dealt);
}

bool wc_stream_wait(struct wc_cycles *c, const struct wc_brief *brief, uint64_t shown,
                    uint64_t ready[2]) {
  const unsigned q = brief->queue;
  for (unsigned from = 0; from < WC_QUEUES; from++) {
    if ((brief->wait >> from & 1) && c->tokens[from][q].taken == c->tokens[from][q].given)
      return false;
  }
  ready[0] = shown;
  ready[1] = 0;
  for (unsigned from = 0; from < WC_QUEUES; from++) {
    struct wc_tokens *t = &c->tokens[from][q];
    uint64_t *which = &ready[from == 0];
    if (brief->wait >> from & 1)
      *which = wc_later(*which, t->at[t->taken++] + TOKEN);
  }
  return true;
}

bool wc_stream_signal(struct wc_cycles *c, const struct wc_brief *brief, uint64_t done) {
  for (unsigned to = 0; to < WC_QUEUES; to++) {
    if ((brief->signal >> to & 1) && !give(&c->tokens[brief->queue][to], done))
      return false;
  }
  return true;
}

void wc_stream_count(struct wc_cycles *c, unsigned counter, unsigned q, uint64_t cycles) {
  c->counters[counter] += cycles;
  c->queue[q].states += cycles;
}

/* Adds cycles [from, to) to a state, as far as no command was in the unit. */
static void count(struct wc_cycles *c, unsigned counter, unsigned q, uint64_t from, uint64_t to) {
  if (to <= from)
    return;
  wc_stream_count(c, counter, q, to - from);
}

static void count_states(struct wc_cycles *c, unsigned q, unsigned n,
                         const struct wc_timing *alone) {
  for (unsigned i = 1; i <= n; i++)
    count(c, wc_engines[q].first + i - 1, q, 0, alone->state[i]);
}

void wc_stream_count_tokens(struct wc_cycles *c, unsigned q, uint64_t free, uint64_t shown,
                            const uint64_t ready[2]) {
  const uint64_t from = wc_later(free, shown);
  const struct wc_engine *engine = &wc_engines[q];
  if (engine->last - engine->waits == 1) { /* one state for all tokens */
    count(c, engine->waits, q, from, wc_later(ready[0], ready[1]));
    return;
  }
  count(c, engine->waits, q, from, ready[1]);
  count(c, engine->waits + 1, q, wc_later(from, ready[1]), ready[0]);
}

/* The array's states: what the command alone has from its first row on, and its way there as far
 * as the one before does not hide it. */
static void count_gemm(struct wc_cycles *c, unsigned q, const struct wc_timing *alone,
                       const struct wc_place *place) {
  uint64_t inside = alone->end - alone->begin;
  for (unsigned i = 1; i < WC_UNIT_STATES; i++) {
    const bool acts = i == 4;
    const uint64_t cycles = acts ? 0 : alone->state[i] < inside ? alone->state[i] : inside;
    inside -= cycles;
    count(c, wc_engines[q].first + i - 1, q, 0, cycles);
  }
  const uint64_t from = wc_later(place->free, place->coming + 1);
  count(c, WC_C_GEMM_ACTS, q, 0, inside + (place->begin > from ? place->begin - from : 0));
}

/* A DMA's states in the @active cycles in which the command has the unit to itself: data move, or
 * the buffer is waited for, or else memory. */
static void count_dma(struct wc_cycles *c, unsigned q, const struct wc_timing *alone,
                      uint64_t active) {
  for (unsigned i = 1; i <= 2; i++) {
    const uint64_t cycles = alone->state[i] < active ? alone->state[i] : active;
    count(c, wc_engines[q].first + i - 1, q, 0, cycles);
    active -= cycles;
  }
  count(c, wc_engines[q].first + 2, q, 0, active);
}

static struct wc_place place_command(struct wc_cycles *c, const struct wc_brief *brief,
                                     const struct wc_timing *alone, uint64_t ready) {
  const unsigned q = brief->queue;
  if (q == 2)
    return wc_place_gemm(&c->units.gemm, &c->briefs.reach[brief->reach], alone, ready);
  if (q == 3)
    return wc_place_vec(&c->units, brief->streams, alone, ready);
  uint64_t lost = 0;
  if (q == 0) {
    lost = (c->unit - c->load_beats) * WC_UNIT_BYTES / c->config.axi_bytes;
    c->load_beats = c->unit;
  }
  const struct wc_place place = wc_place_dma(&c->units.dma[q], alone, ready, lost);
  if (q == 0)
    c->loads[c->units.dma[0].count % WC_LOADS] = c->units.dma[0];
  return place;
}

static void count_place(struct wc_cycles *c, unsigned q, const struct wc_timing *alone,
                        const struct wc_place *place, uint64_t shown, const uint64_t ready[2]) {
  struct wc_stream_queue *queue = &c->queue[q];
  const uint64_t idle_from = q == 2 ? place->free : queue->active_end;
  wc_stream_count_tokens(c, q, idle_from, shown, ready);
  if (q == 2) {
    count_gemm(c, q, alone, place);
  } else if (q == 3) {
    count_states(c, q, 2, alone);
  } else {
    count_dma(c, q, alone, place->done + 1 - wc_later(place->take, queue->active_end));
  }
  queue->active_end = place->done + 1;
}

/* Command @number's timing where it was placed before, made in @longer if it is not that by itself.
 */
static const struct wc_timing *timing_of(struct wc_cycles *c, uint32_t number,
                                         struct wc_timing *longer) {
  const struct wc_brief *brief = &c->briefs.brief[number];
  const struct wc_timing *alone = wc_known_timing(c->known, brief->timing);
  const uint64_t more = c->look == 0 ? 0 : wc_meets_slow(c->meets, number, brief->queue, alone);
  if (more == 0)
    return alone;
  *longer = *alone;
  wc_meets_longer(longer, brief->queue, more);
  return longer;
}

struct wc_place wc_stream_place(struct wc_cycles *c, uint32_t number, uint64_t shown,
                                const uint64_t ready[2]) {
  const struct wc_brief *brief = &c->briefs.brief[number];
  struct wc_timing longer;
  const struct wc_timing *timing = timing_of(c, number, &longer);
  const struct wc_place place = place_command(c, brief, timing, wc_later(ready[0], ready[1]));
  count_place(c, brief->queue, timing, &place, shown, ready);
  c->queue[brief->queue].taken = place.take;
  return place;
}

bool wc_stream_note(struct wc_cycles *c, uint32_t number, uint64_t begin, uint64_t end) {
  const struct wc_brief *brief = &c->briefs.brief[number];
  return c->look == LOOKS || wc_meets_add(c->meets, number, brief->queue, brief->asks, begin, end);
}

void wc_stream_decode(const struct wc_cycles *c, uint32_t number, struct wc_cmd *cmd) {
  const uint64_t at = c->briefs.brief[number].at;
  (void)wc_cmd_decode(c->words + at * (WC_UNIT_BYTES / 4), c->bytes / WC_UNIT_BYTES - at, cmd);
}

/* False without memory, or when a token never comes. */
static bool run_command(struct wc_cycles *c, uint32_t number, struct wc_placed *placed) {
  const struct wc_brief *brief = &c->briefs.brief[number];
  const unsigned q = brief->queue;
  const uint64_t shown = show(c, q, brief->units);
  uint64_t ready[2];
  if (!wc_stream_wait(c, brief, shown, ready))
    return false;
  const struct wc_place place = wc_stream_place(c, number, shown, ready);
  *placed = (struct wc_placed){.number = number,
                               .queue = q,
                               .shown = shown,
                               .ready = wc_later(ready[0], ready[1]),
                               .begin = place.begin,
                               .end = place.end,
                               .done = place.done};
  return wc_stream_signal(c, brief, place.done) &&
         wc_stream_note(c, number, place.begin, place.end);
}

/* Idle is what no other state was. */
static void count_idle(struct wc_cycles *c, uint64_t cycles) {
  c->counters[WC_C_CYCLES] += cycles;
  for (unsigned q = 0; q < WC_QUEUES; q++) {
    const uint64_t states = c->queue[q].states;
    c->counters[wc_engines[q].last] += cycles > states ? cycles - states : 0;
  }
}

static void tell(const struct wc_cycles *c, const struct wc_placed *placed, wc_placed_fn fn,
                 void *arg) {
  struct wc_cmd cmd;
  struct wc_placed told = *placed;
  wc_stream_decode(c, placed->number, &cmd);
  told.cmd = &cmd;
  fn(arg, &told);
}

/* All cycles; 0 where wc_cycles_stream returns false. */
static uint64_t place_all(struct wc_cycles *c, wc_placed_fn fn, void *arg) {
  const uint32_t end = (uint32_t)c->briefs.count - 1;
  uint64_t last = 0;
  for (uint32_t number = 0; number < end; number++) {
    struct wc_placed placed;
    if (!run_command(c, number, &placed))
      return 0;
    last = wc_later(last, placed.done);
    if (fn != NULL)
      tell(c, &placed, fn, arg);
  }
  deal(c, c->briefs.brief[end].units, 0);
  return wc_later(c->dealt + 1, last + 1) + 1;
}

static bool run_stream(struct wc_cycles *c, unsigned look, uint64_t *counters, wc_placed_fn fn,
                       void *arg) {
  start(c, counters);
  c->look = look;
  const uint64_t cycles =
      c->memory.dram == NULL ? place_all(c, fn, arg) : wc_stream_on_dram(c, fn, arg);
  count_idle(c, cycles);
  return cycles != 0;
}

static bool read_stream(struct wc_cycles *c, uint64_t *counters) {
  if (!wc_briefs_read(&c->briefs, &c->config, c->known, c->words, c->bytes, counters))
    return false;
  const struct wc_brief *end = &c->briefs.brief[c->briefs.count - 1];
  const uint64_t behind = c->offset + ((uint64_t)end->at + end->units) * WC_UNIT_BYTES;
  counters[WC_C_RD_BEATS] +=
      (behind - 1) / c->config.axi_bytes - c->offset / c->config.axi_bytes + 1;
  return true;
}

bool wc_cycles_stream(struct wc_cycles *c, const uint32_t *words, size_t bytes, uint64_t offset,
                      uint64_t counters[WC_COUNTERS], wc_placed_fn fn, void *arg) {
  c->words = words;
  c->bytes = bytes;
  c->offset = offset;
  if (!read_stream(c, counters))
    return false;
  for (unsigned look = 0; look < LOOKS; look++) {
    uint64_t unused[WC_COUNTERS] = {0};
    wc_meets_start(c->meets);
    if (!run_stream(c, look, unused, NULL, NULL) || !wc_meets_find(c->meets))
      return false;
  }
  return run_stream(c, LOOKS, counters, fn, arg);
}
