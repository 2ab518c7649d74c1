/* Commands follow each other in a unit: while one's data move, the runs of the next are walked, and
 * the one behind that is checked. */
#include "cycles_dma_unit.h"

#include "later.h"

enum {
  MOST_JOBS = 8 /* under way */
};

void wc_dma_unit_start(struct wc_dma_unit *u, bool stores, const struct wc_model_config *config,
                       struct wc_memory *memory) {
  u->stores = stores;
  wc_dma_load_start(&u->load, config, memory);
  wc_dma_store_start(&u->store, config, memory);
  u->mark = (struct wc_dma_mark){0};
  u->timing = (struct wc_timing){0};
  u->now = u->added = u->taken = u->walked = u->moved = u->done = u->walk = 0;
}

void wc_dma_unit_add(struct wc_dma_unit *u, const struct wc_dma *dma, uint64_t ready) {
  u->job[u->added++ % WC_DMA_JOBS] = (struct wc_dma_job){.dma = *dma, .ready = ready};
}

static struct wc_dma_walk *walk_of(struct wc_dma_unit *u) {
  return u->stores ? &u->store.walk : &u->load.walk;
}

/* The cycle in which the command that is shown is taken. */
static uint64_t take_at(const struct wc_dma_unit *u) {
  if (u->added == u->taken || u->taken != u->walked || u->taken - u->done == MOST_JOBS)
    return UINT64_MAX;
  uint64_t at = wc_dma_unit_job(u, u->taken)->ready;
  if (u->taken != 0)
    at = wc_later(at, u->walk + 1);
  if (u->taken >= MOST_JOBS)
    at = wc_later(at, wc_dma_unit_job(u, u->taken - MOST_JOBS)->done + 1);
  return wc_later(at, u->now);
}

/* The cycle in which the command that has been taken shows its first run. */
static uint64_t walk_at(struct wc_dma_unit *u) {
  if (u->taken == u->walked || walk_of(u)->valid)
    return UINT64_MAX;
  return wc_later(wc_dma_unit_job(u, u->walked)->take + WC_DMA_FIRST_RUN, u->now);
}

static bool fetching(const struct wc_dma_unit *u) {
  return u->load.fetch != NULL && u->load.fetch->count != 0;
}

uint64_t wc_dma_unit_next(struct wc_dma_unit *u) {
  if (u->done != u->taken || fetching(u))
    return u->now;
  return take_at(u);
}

/* Of the oldest command there are more bytes left than the aligner moves before that. */
static uint64_t done_at(const struct wc_dma_unit *u) {
  const struct wc_dma_align *align = u->stores ? &u->store.align : &u->load.align;
  if (u->done == u->taken)
    return UINT64_MAX;
  return u->now + 1 + (u->moved == u->done ? align->left / align->piece : 0);
}

uint64_t wc_dma_unit_event(struct wc_dma_unit *u) {
  const uint64_t take = take_at(u), done = done_at(u);
  return take < done ? take : done;
}

static void admit(struct wc_dma_unit *u) {
  if (take_at(u) == u->now)
    u->job[u->taken++ % WC_DMA_JOBS].take = u->now;
  if (walk_at(u) == u->now) {
    *walk_of(u) = (struct wc_dma_walk){.dma = &wc_dma_unit_job(u, u->walked)->dma, .valid = true};
    u->walk = u->now - 1;
    u->walked++;
  }
}

/* The aligner has taken the command's last piece. */
static bool moved_all(const struct wc_dma_unit *u, uint64_t now) {
  const struct wc_dma_align *align = u->stores ? &u->store.align : &u->load.align;
  return u->timing.end == now + 1 && align->rot_end && align->rot_last;
}

static uint64_t leap(struct wc_dma_unit *u, uint64_t now, uint64_t limit) {
  const uint64_t take = take_at(u), walk = walk_at(u);
  limit = take < limit ? take : limit;
  limit = walk < limit ? walk : limit;
  return u->stores ? wc_dma_leap_store(&u->store, &u->mark, now, limit, &u->timing)
                   : wc_dma_leap_load(&u->load, &u->mark, now, limit, &u->timing);
}

/* The cycle after @now, and those behind it in which nothing happens. */
static uint64_t after(struct wc_dma_unit *u, uint64_t now, uint64_t limit) {
  const uint64_t next = now + 1;
  if (u->done != u->taken)
    return leap(u, next, limit);
  if (!fetching(u))
    return next;
  uint64_t until = wc_dma_next_beat(&u->load);
  until = limit < until ? limit : until;
  return wc_later(next, until);
}

static uint64_t beats_of_fetch(const struct wc_dma_unit *u) {
  const struct wc_dma_fetch *f = u->load.fetch;
  return f != NULL ? f->beats : 0;
}

void wc_dma_unit_step(struct wc_dma_unit *u, uint64_t limit) {
  const uint64_t now = wc_dma_unit_next(u);
  const uint64_t seen = u->taken + u->done + beats_of_fetch(u);
  const bool idle = u->done == u->taken;
  u->now = now;
  admit(u);
  /* Nothing counts while a command is only seen, or fetch's data move. */
  struct wc_timing *timing = idle ? &u->idle : &u->timing;
  const bool last = u->stores ? wc_dma_store_cycle(&u->store, now, timing)
                              : wc_dma_load_cycle(&u->load, now, timing);
  if (moved_all(u, now)) {
    struct wc_dma_job *job = &u->job[u->moved++ % WC_DMA_JOBS];
    job->begin = u->timing.begin;
    job->end = u->timing.end;
    u->timing.begin = u->timing.end = 0;
  }
  if (last)
    u->job[u->done++ % WC_DMA_JOBS].done = now + 1;
  const uint64_t events = u->taken + u->done + beats_of_fetch(u) - seen;
  u->events += events;
  u->now = events == 0 ? after(u, now, limit) : now + 1;
}
