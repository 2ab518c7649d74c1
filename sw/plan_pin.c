/* Which parameters of a segment, and sums over the mini-batch, stay in the buffer over all
 * iterations: those that fit, and the sub-batch that leaves most room for them. */
#include <stdlib.h>
#include <string.h>

#include "plan_build.h"

/* A parameter or its sum, which may be pinned. */
struct candidate {
  uint32_t stay;
  uint64_t bytes; /* in the buffer */
  uint64_t saves; /* an iteration but the first */
};

/* Room beside the blocks of an iteration, stage by stage. */
struct room {
  const struct wc_segment *seg;
  uint64_t (*live)[2]; /* bytes fixed, a sample */
  uint64_t *left;      /* at the sub-batch looked at */
  struct candidate *candidates;
  uint32_t n;
  uint64_t saves; /* by all candidates, an iteration but the first */
};

/* Sums save twice their bytes, parameters once; of these the large ones first, the small ones fit
 * in anyhow. */
static int better_first(const void *a, const void *b) {
  const struct candidate *x = a, *y = b;
  const bool twice_x = x->saves > x->bytes, twice_y = y->saves > y->bytes;
  if (twice_x != twice_y) {
    return twice_x ? -1 : 1;
  }
  if (x->bytes != y->bytes) {
    return x->bytes > y->bytes ? -1 : 1;
  }
  return x->stay < y->stay ? -1 : 1;
}

static void unpin_all(struct wc_segment *seg) {
  for (uint32_t i = 0; i < seg->n_stays; i++) {
    struct wc_stay *s = &seg->stays[i];
    if (s->pinned) {
      s->pinned = false;
      seg->blocks[s->block].pinned = false;
      seg->blocks[s->block].first = s->first;
      seg->blocks[s->block].last = s->last;
    }
  }
}

static void pin(struct wc_segment *seg, uint32_t stay) {
  struct wc_stay *s = &seg->stays[stay];
  s->pinned = true;
  seg->blocks[s->block].pinned = true;
  seg->blocks[s->block].first = 0;
  seg->blocks[s->block].last = seg->n_stages - 1;
}

static bool is_param(const struct wc_planner *p, const struct wc_stay *s) {
  return s->tensor != WC_NONE && !p->g->tensors[s->tensor].per_sample;
}

static bool room_new(const struct wc_planner *p, const struct wc_segment *seg, struct room *room) {
  *room = (struct room){.seg = seg};
  room->live = wc_segment_live(p, seg);
  room->left = malloc((seg->n_stages + 1) * sizeof *room->left);
  room->candidates = malloc((seg->n_stays + 1) * sizeof *room->candidates);
  if (room->live == NULL || room->left == NULL || room->candidates == NULL) {
    return false;
  }
  for (uint32_t i = 0; i < seg->n_stays; i++) {
    const struct wc_stay *s = &seg->stays[i];
    if (is_param(p, s)) {
      const uint64_t bytes = wc_even(wc_tensor_bytes(&p->g->tensors[s->tensor]));
      room->candidates[room->n++] =
          (struct candidate){i, wc_round_up(bytes, p->align), s->sums ? 2 * bytes : bytes};
      room->saves += s->sums ? 2 * bytes : bytes;
    }
  }
  qsort(room->candidates, room->n, sizeof *room->candidates, better_first);
  return true;
}

static void room_free(struct room *room) {
  free(room->live);
  free(room->left);
  free(room->candidates);
}

/* False: @sub_batch samples do not fit in @space. What is left beside two of them counts if they
 * are to have room, and fit. */
static bool room_at(struct room *room, uint64_t space, uint32_t sub_batch) {
  const uint32_t times = room->seg->shape.room ? 2 : 1;
  for (uint32_t u = 0; u < room->seg->n_stages; u++) {
    const uint64_t fixed = room->live[u][0], live = fixed + room->live[u][1] * sub_batch;
    if (live > space) {
      return false;
    }
    const uint64_t all = fixed + room->live[u][1] * sub_batch * times;
    room->left[u] = all > space ? 0 : space - all;
  }
  return true;
}

static uint64_t least(const uint64_t *left, uint32_t n) {
  uint64_t bytes = UINT64_MAX;
  for (uint32_t u = 0; u < n; u++) {
    bytes = left[u] < bytes ? left[u] : bytes;
  }
  return bytes;
}

/* Takes the room that a candidate needs outside its stay. */
static bool take(struct room *room, const struct candidate *c) {
  const struct wc_stay *s = &room->seg->stays[c->stay];
  const uint32_t n = room->seg->n_stages;
  if (least(room->left, s->first) < c->bytes ||
      least(room->left + s->last + 1, n - s->last - 1) < c->bytes) {
    return false;
  }
  for (uint32_t u = 0; u < s->first; u++) {
    room->left[u] -= c->bytes;
  }
  for (uint32_t u = s->last + 1; u < n; u++) {
    room->left[u] -= c->bytes;
  }
  return true;
}

/* The bytes an iteration but the first saves when all that fits is pinned. */
static uint64_t saved(struct room *room) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < room->n; i++) {
    bytes += take(room, &room->candidates[i]) ? room->candidates[i].saves : 0;
  }
  return bytes;
}

/* Lays out with what is pinned in @space of the buffer, which may be less than all of it, for
 * layouts have gaps. */
static bool settle_in(const struct wc_planner *p, struct wc_segment *seg, struct room *room,
                      uint32_t sub_batch, uint64_t space) {
  unpin_all(seg);
  if (!room_at(room, space, sub_batch)) {
    return false;
  }
  for (uint32_t i = 0; sub_batch < p->batch && i < room->n; i++) {
    if (take(room, &room->candidates[i])) {
      pin(seg, room->candidates[i].stay);
    }
  }
  wc_segment_chain(seg);
  return wc_segment_pack(p, seg, sub_batch);
}

#define MOST_GAPS 12 /* 16ths of the buffer that a layout with pinned blocks may leave unused */

static bool settle(const struct wc_planner *p, struct wc_segment *seg, struct room *room,
                   uint32_t sub_batch) {
  const uint64_t space = wc_segment_hi(p, seg) - wc_segment_lo(p, seg);
  for (uint64_t gaps = 0; gaps <= MOST_GAPS; gaps++) {
    if (settle_in(p, seg, room, sub_batch, space - space / 64 * gaps)) {
      return true;
    }
  }
  unpin_all(seg);
  wc_segment_chain(seg);
  return wc_segment_pack(p, seg, sub_batch);
}

/* True when samples that are handed over and others are in no sub-batch together. */
static bool parts_hands(const struct wc_segment *seg, uint32_t sub_batch) {
  const struct wc_hands *hands = seg->shape.hands;
  uint32_t i = 0;
  while (hands != NULL && i < hands->n && hands->at[i].from % sub_batch == 0) {
    i++;
  }
  return hands == NULL || i == hands->n;
}

bool wc_segment_settle(const struct wc_planner *p, struct wc_segment *seg, uint32_t sub_batch) {
  struct room room;
  unpin_all(seg);
  const bool ok =
      room_new(p, seg, &room) && parts_hands(seg, sub_batch) && settle(p, seg, &room, sub_batch);
  room_free(&room);
  return ok;
}

void wc_segment_pin_like(struct wc_segment *seg, const struct wc_segment *from) {
  for (uint32_t i = 0; i < from->n_stays; i++) {
    for (uint32_t k = 0; from->stays[i].pinned && k < seg->n_stays; k++) {
      if (seg->stays[k].tensor == from->stays[i].tensor) {
        pin(seg, k);
      }
    }
  }
  wc_segment_chain(seg);
}

/* The next smaller balanced sub-batch; 0: none. */
static uint32_t next_smaller(const struct wc_planner *p, uint32_t sub_batch) {
  if (sub_batch == 1) {
    return 0;
  }
  const uint32_t iterations = (p->batch + sub_batch - 2) / (sub_batch - 1);
  return (p->batch + iterations - 1) / iterations;
}

static uint32_t fit(const struct wc_planner *p, struct wc_segment *seg, struct room *room,
                    uint32_t bound, uint64_t *bytes) {
  const uint64_t space = wc_segment_hi(p, seg) - wc_segment_lo(p, seg);
  const uint32_t iterations = (p->batch + bound - 1) / bound;
  uint32_t best = 0;
  for (uint32_t ns = (p->batch + iterations - 1) / iterations; ns > 0; ns = next_smaller(p, ns)) {
    const uint64_t more = (p->batch + ns - 1) / ns - 1;
    unpin_all(seg);
    const uint64_t all = wc_segment_traffic(p, seg, ns);
    if (!parts_hands(seg, ns) || all - more * room->saves >= *bytes || !room_at(room, space, ns) ||
        all - more * saved(room) >= *bytes || !settle(p, seg, room, ns)) {
      continue;
    }
    const uint64_t moved = wc_segment_traffic(p, seg, ns);
    if (moved < *bytes) {
      *bytes = moved;
      best = ns;
    }
  }
  return best;
}

uint32_t wc_segment_fit(const struct wc_planner *p, struct wc_segment *seg, uint64_t budget,
                        uint64_t *bytes) {
  const uint32_t most = wc_segment_bound(p, seg, false);
  const uint32_t roomy = seg->shape.room && most < p->batch ? wc_segment_bound(p, seg, true) : 0;
  const uint32_t bound = roomy > 0 ? roomy : most;
  struct room room;
  *bytes = budget;
  uint32_t best = 0;
  if (bound > 0 && wc_segment_traffic(p, seg, p->batch) < budget) {
    best = room_new(p, seg, &room) ? fit(p, seg, &room, bound, bytes) : 0;
    room_free(&room);
  }
  return best;
}
