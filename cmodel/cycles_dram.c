/* A stream on a DRAM, which serves LOAD, STORE and fetch in the order in which they ask. So these
 * three go on in time, always the one that is furthest behind. Everything else follows from what
 * they have done: what is known of a queue's commands is placed at once. */
#include <stdlib.h>
#include <string.h>

#include "cycles_dma_unit.h"
#include "cycles_stream.h"
#include "later.h"

enum {
  BEATS = 256, /* of fetch's buffer at least, on the narrowest bus; a power of two */
  LINE = WC_MAX_DEPTH + 1 + WC_DMA_JOBS /* commands dealt and not done, at most */
};

/* A command that is dealt. */
struct dealt {
  uint32_t number;
  uint64_t dealt, shown, ready[2];
};

/* Of a queue: commands that are dealt, shown, placed; LOADs and STOREs also done. */
struct line {
  struct dealt dealt[LINE];
  uint64_t count, shown, placed, done;
};

struct fetch {
  uint64_t offset, bytes;               /* of the stream */
  uint64_t blocks, asked, at;           /* in all, asked for; cycle of the last address */
  uint64_t dealt[WC_BLOCKS_AHEAD];      /* last unit of each block, by its number */
  uint64_t beats, beat_at[BEATS], done; /* that are there; blocks dealt */
};

struct run {
  struct wc_cycles *c;
  struct wc_memory memory;
  struct wc_dma_dues dues;
  struct wc_dma_fetch bursts;
  struct wc_dma_unit unit[2]; /* LOAD, STORE */
  struct line line[WC_QUEUES];
  struct fetch fetch;
  uint32_t number; /* of the command that is dealt next */
  unsigned units;  /* of it that are dealt */
  bool failed, ended;
  uint64_t last; /* done */
  struct wc_placed *placed;
};

/* ---- fetch ---------------------------------------------------------------------------------- */

static void beat_is_there(void *arg, uint64_t now) {
  struct fetch *f = arg;
  f->beat_at[f->beats++ % BEATS] = now;
}

static void fetch_start(struct fetch *f, uint64_t offset, uint64_t bytes) {
  *f = (struct fetch){.offset = offset, .bytes = bytes, .at = WC_FETCH_ADDRESS - 1};
  f->blocks = (offset + bytes - 1) / WC_FETCH_BLOCK - offset / WC_FETCH_BLOCK + 1;
}

/* When fetch asks for its next block, as far as is known. */
static uint64_t fetch_next(const struct fetch *f) {
  if (f->asked == f->blocks || f->asked >= f->done + WC_BLOCKS_AHEAD)
    return UINT64_MAX;
  const uint64_t before = f->asked < WC_BLOCKS_AHEAD ? 0 : f->dealt[f->asked % WC_BLOCKS_AHEAD] + 1;
  return wc_later(f->at + 1, before);
}

static void fetch_ask(struct run *r) {
  struct fetch *f = &r->fetch;
  struct wc_dma_load *load = &r->unit[0].load;
  const uint64_t beat = r->c->config.axi_bytes, first = f->offset / WC_FETCH_BLOCK + f->asked;
  const uint64_t from = wc_later(first * WC_FETCH_BLOCK, f->offset / beat * beat);
  uint64_t to = (first + 1) * WC_FETCH_BLOCK;
  if (to > f->offset + f->bytes)
    to = (f->offset + f->bytes + beat - 1) / beat * beat;
  f->at = fetch_next(f);
  f->asked++;
  if (wc_dma_unit_next(&r->unit[0]) > f->at) /* it sleeps */
    r->unit[0].now = f->at;
  const unsigned i = (r->bursts.head + r->bursts.count++) % WC_DMA_FETCHES;
  r->bursts.burst[i].after = load->asked;
  r->bursts.burst[i].run = (struct wc_dma_run){.dram = from, .bytes = to - from};
  wc_dma_ask_all(&load->answers, &r->bursts.burst[i].run, f->at);
}

/* ---- dealing -------------------------------------------------------------------------------- */

/* Takes a unit of the stream from fetch's buffer, not before @from. False when it is not there. */
static bool deal_unit(struct run *r, uint64_t from) {
  struct wc_cycles *c = r->c;
  struct fetch *f = &r->fetch;
  const uint64_t end = f->offset + (c->unit + 1) * WC_UNIT_BYTES, axi = c->config.axi_bytes;
  const uint64_t beat = (end - 1) / axi - f->offset / axi;
  if (beat >= f->beats)
    return false;
  c->dealt = wc_later(c->dealt + 1, wc_later(f->beat_at[beat % BEATS] + WC_FETCH_BEAT_DEAL, from));
  c->unit++;
  if (end % WC_FETCH_BLOCK == 0)
    f->dealt[f->done++ % WC_BLOCKS_AHEAD] = c->dealt;
  return true;
}

/* When the queue has a slot. False when that is not known. */
static bool slot(const struct run *r, unsigned q, uint64_t *from) {
  const struct wc_stream_queue *queue = &r->c->queue[q];
  const uint64_t depth = r->c->config.queue_depth, count = r->line[q].count;
  *from = count < depth ? 0 : queue->unpacked[count % depth] + 1;
  return count < depth + queue->count;
}

static void finish_dealing(struct run *r, const struct wc_brief *brief) {
  r->units = 0;
  r->ended = brief->queue == WC_QUEUES;
  if (r->ended)
    return;
  struct line *line = &r->line[brief->queue];
  line->dealt[line->count++ % LINE] = (struct dealt){.number = r->number++, .dealt = r->c->dealt};
}

/* Returns whether a command has been dealt. */
static bool deal(struct run *r) {
  if (r->ended || r->failed)
    return false;
  const struct wc_brief *brief = &r->c->briefs.brief[r->number];
  uint64_t from = 0;
  if (brief->queue != WC_QUEUES && !slot(r, brief->queue, &from))
    return false;
  for (; r->units < brief->units; r->units++) {
    if (!deal_unit(r, r->units == 0 ? from : 0))
      return false;
  }
  finish_dealing(r, brief);
  return true;
}

/* ---- commands ------------------------------------------------------------------------------- */

static struct dealt *nth(struct line *line, uint64_t number) {
  return &line->dealt[number % LINE];
}

static void record(struct run *r, unsigned q, const struct dealt *d, uint64_t begin, uint64_t end,
                   uint64_t done) {
  r->last = wc_later(r->last, done);
  const struct wc_placed placed = {.number = d->number,
                                   .queue = q,
                                   .shown = d->shown,
                                   .ready = wc_later(d->ready[0], d->ready[1]),
                                   .begin = begin,
                                   .end = end,
                                   .done = done};
  r->failed = !wc_stream_signal(r->c, &r->c->briefs.brief[d->number], done) ||
              !wc_stream_note(r->c, d->number, begin, end) || r->failed;
  if (r->placed != NULL)
    r->placed[d->number] = placed;
}

/* The queue shows its next command. False when that is not known. */
static bool show(struct run *r, unsigned q) {
  struct line *line = &r->line[q];
  if (line->shown != line->placed)
    return true;
  if (line->count == line->shown)
    return false;
  if (q < 2 && line->shown != 0) {
    const struct wc_dma_unit *unit = &r->unit[q];
    if (unit->taken != unit->added)
      return false;
    r->c->queue[q].taken = wc_dma_unit_job(unit, unit->taken - 1)->take;
  }
  struct dealt *d = nth(line, line->shown++);
  d->shown = wc_stream_show(r->c, q, r->c->briefs.brief[d->number].units, d->dealt);
  return true;
}

/* Returns whether a command of the queue has been placed, or handed to its unit. */
static bool place(struct run *r, unsigned q) {
  struct line *line = &r->line[q];
  if (!show(r, q))
    return false;
  struct dealt *d = nth(line, line->placed);
  if (!wc_stream_wait(r->c, &r->c->briefs.brief[d->number], d->shown, d->ready))
    return false;
  line->placed++;
  if (q < 2) {
    struct wc_cmd cmd;
    wc_stream_decode(r->c, d->number, &cmd);
    wc_dma_unit_add(&r->unit[q], &cmd.dma, wc_later(d->ready[0], d->ready[1]));
    return true;
  }
  const struct wc_place p = wc_stream_place(r->c, d->number, d->shown, d->ready);
  record(r, q, d, p.begin, p.end, p.done);
  return true;
}

/* LOADs or STOREs that are done. */
static void finish(struct run *r, unsigned q) {
  struct line *line = &r->line[q];
  for (; line->done != r->unit[q].done; line->done++) {
    const struct wc_dma_job *job = wc_dma_unit_job(&r->unit[q], line->done);
    const struct dealt *d = nth(line, line->done);
    wc_stream_count_tokens(r->c, q, r->c->queue[q].active_end, d->shown, d->ready);
    r->c->queue[q].active_end = job->done + 1;
    record(r, q, d, job->begin, job->end, job->done);
  }
}

static void follow(struct run *r) {
  bool on = true;
  while (on) {
    on = deal(r);
    for (unsigned q = 0; q < WC_QUEUES; q++)
      on = place(r, q) || on;
  }
}

/* ---- in time -------------------------------------------------------------------------------- */

static uint64_t least(uint64_t a, uint64_t b) {
  return a < b ? a : b;
}

/* One step of whoever is furthest behind. False when nobody has anything to do. */
static bool step(struct run *r) {
  const uint64_t fetch = fetch_next(&r->fetch);
  const uint64_t next[2] = {wc_dma_unit_next(&r->unit[0]), wc_dma_unit_next(&r->unit[1])};
  if (least(fetch, least(next[0], next[1])) == UINT64_MAX)
    return false;
  if (fetch <= least(next[0], next[1])) {
    fetch_ask(r);
    return true;
  }
  const unsigned q = next[1] < next[0];
  struct wc_dma_unit *unit = &r->unit[q];
  const uint64_t events = unit->events, other = wc_dma_unit_event(&r->unit[1 - q]);
  const uint64_t limit = least(fetch, other == UINT64_MAX ? other : other + 1);
  const uint64_t turn = least(fetch, next[1 - q]); /* of another */
  do {
    wc_dma_unit_step(unit, limit);
  } while (unit->events == events && wc_dma_unit_next(unit) < turn);
  if (unit->events != events) {
    finish(r, q);
    follow(r);
  }
  return true;
}

static void count_states(struct run *r) {
  for (unsigned q = 0; q < 2; q++) {
    for (unsigned i = WC_DMA_BUSY; i <= WC_DMA_MEMORY; i++)
      wc_stream_count(r->c, wc_engines[q].first + i - 1, q, r->unit[q].timing.state[i]);
  }
}

static bool all_done(const struct run *r) {
  bool done = r->ended && !r->failed;
  for (unsigned q = 0; q < WC_QUEUES; q++)
    done = done && r->line[q].placed == r->line[q].count;
  return done && r->unit[0].done == r->line[0].count && r->unit[1].done == r->line[1].count;
}

static void tell(const struct run *r, wc_placed_fn fn, void *arg) {
  for (uint32_t i = 0; i < r->number; i++) {
    struct wc_cmd cmd;
    struct wc_placed told = r->placed[i];
    wc_stream_decode(r->c, i, &cmd);
    told.cmd = &cmd;
    fn(arg, &told);
  }
}

/* Data of as many accesses as can be asked for. */
static bool open_dues(struct run *r) {
  const size_t most = 4096 / r->memory.timing->dram->access_bytes + 2;
  size_t room = 1;
  while (room < most * (r->c->config.outstanding + WC_DMA_FETCHES))
    room *= 2;
  r->dues.at = calloc(room, sizeof *r->dues.at);
  r->dues.mask = room - 1;
  return r->dues.at != NULL;
}

static bool open(struct run *r, struct wc_cycles *c, bool tells) {
  r->c = c;
  wc_memory_open(&r->memory, &c->memory);
  fetch_start(&r->fetch, c->offset, c->bytes);
  for (unsigned q = 0; q < 2; q++)
    wc_dma_unit_start(&r->unit[q], q == 1, &c->config, &r->memory);
  r->bursts = (struct wc_dma_fetch){.beat = beat_is_there, .arg = &r->fetch};
  r->unit[0].load.fetch = &r->bursts;
  r->unit[0].load.answers.dues = &r->dues;
  if (tells)
    r->placed = calloc(c->briefs.count, sizeof *r->placed);
  return r->memory.dram != NULL && open_dues(r) && (!tells || r->placed != NULL);
}

uint64_t wc_stream_on_dram(struct wc_cycles *c, wc_placed_fn fn, void *arg) {
  struct run *r = calloc(1, sizeof *r);
  uint64_t cycles = 0;
  if (r != NULL && open(r, c, fn != NULL)) {
    while (!r->failed && step(r))
      ;
    if (all_done(r)) {
      count_states(r);
      if (fn != NULL)
        tell(r, fn, arg);
      cycles = wc_later(c->dealt + 1, r->last + 1) + 1;
    }
  }
  if (r != NULL) {
    wc_memory_close(&r->memory);
    free(r->dues.at);
    free(r->placed);
  }
  free(r);
  return cycles;
}
