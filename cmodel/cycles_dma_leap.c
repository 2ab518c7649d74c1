/* Leaps over the cycles of LOAD and STORE that repeat: those in which a unit waits for memory, and
 * those in the midst of a run and of a burst, where the aligner takes a piece a cycle. What it
 * holds comes back then after a line or a beat, whichever is longer. */
#include "cycles_dma.h"

static uint64_t least(uint64_t a, uint64_t b) {
  return a < b ? a : b;
}

/* Cycles, and bytes, of a period. */
static unsigned longer(const struct wc_dma_align *a) {
  return a->in < a->out ? a->out : a->in;
}

static unsigned cycles_of(const struct wc_dma_align *a) {
  return longer(a) / a->piece;
}

/* No burst is sent until one of those under way ends. */
static bool addresses_rest(const struct wc_dma_bursts *b, const struct wc_dma_walk *walk,
                           bool allow) {
  return !b->shown && (b->valid ? !allow : !walk->valid);
}

static bool empty(const struct wc_dma_align *a) {
  return !a->rot && !a->tail && !a->word;
}

/* The aligner has moved on by a period, and is otherwise as it was. */
static bool same_align(const struct wc_dma_align *a, const struct wc_dma_align *b) {
  const unsigned by = longer(b);
  return a->src + by == b->src && a->dst + by == b->dst && a->left == b->left + by && b->run &&
         a->rot == b->rot && a->rot_end == b->rot_end && a->rot_fill == b->rot_fill && !a->tail &&
         !b->tail && a->word == b->word;
}

/* Whole periods, of which the run and the burst have so many bytes left, and more. */
static uint64_t periods(const struct wc_dma_align *a, uint64_t burst, unsigned beat) {
  const unsigned by = longer(a);
  if (a->left <= by || burst <= by + (uint64_t)beat)
    return 0;
  return least((a->left - 1) / by, (burst - beat) / by);
}

static uint64_t move(struct wc_dma_align *a, uint64_t times, uint64_t now,
                     struct wc_timing *timing) {
  const uint64_t bytes = times * longer(a), cycles = times * cycles_of(a);
  a->src += bytes;
  a->dst += bytes;
  a->left -= bytes;
  timing->state[WC_DMA_BUSY] += cycles;
  timing->end = now + cycles;
  return now + cycles;
}

/* ---- LOAD ----------------------------------------------------------------------------------- */

/* Bytes of the oldest burst that are there when they are wanted, a beat a cycle from @now on. */
static uint64_t in_time(const struct wc_dma_load *l, const struct wc_dma_run *burst, uint64_t now) {
  const struct wc_dma_answers *a = &l->answers;
  if (a->memory->dram == NULL)
    return burst->bytes;
  if (a->dues == NULL)
    return 0;
  const unsigned access = a->memory->timing->dram->access_bytes;
  const uint64_t end = burst->dram + burst->bytes;
  uint64_t from = a->asked;
  for (size_t i = a->dues->taken; from < end; i++, from += access) {
    if (a->dues->at[i & a->dues->mask] > now + (from - burst->dram) / l->bursts.beat)
      break;
  }
  return from < end ? from - burst->dram : burst->bytes;
}

static bool load_waits(const struct wc_dma_load *l) {
  return empty(&l->align) && l->beats == 0 && (l->align.run || l->list.count == 0);
}

uint64_t wc_dma_leap_load(struct wc_dma_load *l, struct wc_dma_mark *mark, uint64_t now,
                          uint64_t limit, struct wc_timing *timing) {
  const unsigned beat = l->bursts.beat;
  struct wc_dma_run *burst = &l->answers.bursts.entry[l->answers.bursts.head];
  const uint64_t due = wc_dma_next_beat(l);
  if (due == UINT64_MAX || limit <= now ||
      !addresses_rest(&l->bursts, &l->walk, l->outstanding != l->most)) {
    mark->at = 0;
    return now;
  }
  if (due > now) {
    mark->at = 0;
    if (!load_waits(l))
      return now;
    const uint64_t until = least(due, limit);
    timing->state[l->outstanding != 0 ? WC_DMA_MEMORY : WC_DMA_BUSY] += until - now;
    return until;
  }
  if (wc_dma_fetch_first(l)) {
    mark->at = 0;
    return now;
  }
  if (mark->at + cycles_of(&l->align) == now && mark->beats == l->beats &&
      mark->left == burst->bytes + longer(&l->align) && same_align(&mark->align, &l->align)) {
    uint64_t times = periods(&l->align, burst->bytes, beat);
    times = least(times, (limit - now) / cycles_of(&l->align));
    if (times != 0)
      times = least(times, in_time(l, burst, now) / longer(&l->align));
    burst->dram += times * longer(&l->align);
    burst->bytes -= times * longer(&l->align);
    now = move(&l->align, times, now, timing);
  }
  if (mark->at == 0 || mark->at + cycles_of(&l->align) <= now)
    *mark =
        (struct wc_dma_mark){.at = now, .align = l->align, .left = burst->bytes, .beats = l->beats};
  return now;
}

/* ---- STORE ---------------------------------------------------------------------------------- */

/* All beats have gone. */
static bool only_answers(const struct wc_dma_store *s) {
  return empty(&s->align) && !s->align.run && !s->beat && !s->burst && s->lengths.count == 0 &&
         s->lines == 0 && s->lines_to_read == 0 && s->answering == 0 && s->list.count == 0 &&
         s->plan.count == 0 && !s->bursts.valid;
}

/* Lines before the reader looks for its next run. */
static uint64_t lines_left(const struct wc_dma_store *s) {
  return s->lines_to_read <= 2 ? 0 : s->lines_to_read - 2;
}

uint64_t wc_dma_leap_store(struct wc_dma_store *s, struct wc_dma_mark *mark, uint64_t now,
                           uint64_t limit, struct wc_timing *timing) {
  const unsigned beat = s->bursts.beat, by = longer(&s->align);
  if (limit <= now || !addresses_rest(&s->bursts, &s->walk, s->outstanding != s->most)) {
    mark->at = 0;
    return now;
  }
  uint64_t until = limit;
  if (s->answers.bursts.count != 0) {
    until = least(until, wc_dma_front(&s->answers.bursts)->gb);
    if (until > now && only_answers(s)) {
      timing->state[WC_DMA_MEMORY] += until - now;
      return until;
    }
  }
  if (!s->burst || !s->beat || s->beat_last || until <= now) {
    mark->at = 0;
    return now;
  }
  if (mark->at + cycles_of(&s->align) == now && mark->left == s->left + by / beat &&
      mark->lines == s->lines && mark->held == s->line_held && mark->answer == s->answering &&
      mark->to_read == s->lines_to_read + by / s->align.in && same_align(&mark->align, &s->align)) {
    uint64_t times = periods(&s->align, s->left * beat, beat);
    times = least(times, lines_left(s) / (by / s->align.in));
    times = least(times, (until - now) / cycles_of(&s->align));
    s->left -= times * (by / beat);
    s->lines_to_read -= times * (by / s->align.in);
    now = move(&s->align, times, now, timing);
  }
  if (mark->at == 0 || mark->at + cycles_of(&s->align) <= now)
    *mark = (struct wc_dma_mark){.at = now,
                                 .align = s->align,
                                 .left = s->left,
                                 .to_read = s->lines_to_read,
                                 .lines = s->lines,
                                 .held = s->line_held,
                                 .answer = s->answering};
  return now;
}
