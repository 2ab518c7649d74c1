/* Where the blocks of one iteration of a segment lie when space is tight: offline layouts that
 * know all lifetimes. */
#include <stdlib.h>

#include "plan_build.h"

static uint64_t block_bytes(const struct wc_planner *p, const struct wc_segment *seg,
                            const struct wc_block *b, uint32_t ns) {
  const uint64_t bytes = b->scratch_of == WC_NONE
                             ? b->fixed + b->each * ns
                             : wc_stage_scratch(p, &seg->stages[b->scratch_of], ns);
  return wc_round_up(bytes, p->align);
}

uint64_t (*wc_segment_live(const struct wc_planner *p, const struct wc_segment *seg))[2] {
  uint64_t(*live)[2] = calloc(seg->n_stages + 1, sizeof *live);
  if (live == NULL) {
    return NULL;
  }
  for (uint32_t i = 0; i < seg->n_blocks; i++) {
    const struct wc_block *b = &seg->blocks[i];
    const uint64_t fixed = b->each == 0 ? wc_round_up(b->fixed, p->align) : b->fixed;
    live[b->first][0] += fixed;
    live[b->first][1] += b->each;
    live[b->last + 1][0] -= fixed; /* modular: the running sum is never negative */
    live[b->last + 1][1] -= b->each;
  }
  for (uint32_t u = 1; u < seg->n_stages; u++) {
    live[u][0] += live[u - 1][0];
    live[u][1] += live[u - 1][1];
  }
  return live;
}

uint32_t wc_segment_bound(const struct wc_planner *p, const struct wc_segment *seg, bool room) {
  uint64_t(*live)[2] = wc_segment_live(p, seg);
  if (live == NULL) {
    return 0;
  }
  const uint64_t space = wc_segment_hi(p, seg) - wc_segment_lo(p, seg);
  uint64_t bound = seg->clash ? 0 : p->batch;
  for (uint32_t u = 0; u < seg->n_stages; u++) {
    const uint64_t left = live[u][0] > space ? 0 : space - live[u][0];
    const uint64_t each = live[u][1] == 0 ? 1 : live[u][1];
    const uint64_t fit = (room ? left / 2 : left) / each;
    bound = fit < bound ? fit : bound;
    if (live[u][0] > space) {
      bound = 0;
    }
  }
  free(live);
  return (uint32_t)bound;
}

uint64_t wc_segment_peak(const struct wc_planner *p, const struct wc_segment *seg, uint32_t ns,
                         uint32_t *node) {
  uint64_t *change = calloc(seg->n_stages + 1, sizeof *change);
  uint64_t live = 0, peak = 0;
  if (change == NULL) {
    return 0;
  }
  for (uint32_t i = 0; i < seg->n_blocks; i++) {
    const struct wc_block *b = &seg->blocks[i];
    const uint64_t bytes = block_bytes(p, seg, b, ns);
    change[b->first] += bytes;
    change[b->last + 1] -= bytes; /* modular: the running sum is never negative */
  }
  for (uint32_t u = 0; u < seg->n_stages; u++) {
    live += change[u];
    if (live > peak) {
      peak = live;
      *node = seg->stages[u].node;
    }
  }
  free(change);
  return peak;
}

/* Lowest fit in the order of time, pinned blocks at the bottom. */
static bool pack_by_time(const struct wc_planner *p, struct wc_segment *seg) {
  struct wc_gbuf gb;
  wc_gbuf_init(&gb, p);
  wc_gbuf_clear(&gb, wc_segment_lo(p, seg), wc_segment_hi(p, seg));
  bool ok = true;
  for (uint32_t i = 0; ok && i < seg->n_blocks; i++) {
    ok = !seg->blocks[i].pinned || wc_gbuf_take(&gb, seg->blocks[i].bytes, &seg->blocks[i].at);
  }
  for (uint32_t u = 0; ok && u < seg->n_stages; u++) {
    const struct wc_stage *stage = &seg->stages[u];
    for (uint32_t i = stage->stay0; ok && i < stage->stay1; i++) {
      struct wc_block *b = &seg->blocks[seg->stays[i].block];
      if (!b->pinned && b->first == u) {
        gb.next = gb.base;
        ok = wc_gbuf_take(&gb, b->bytes, &b->at);
      }
    }
    for (uint32_t i = stage->ended; ok && i != WC_NONE; i = seg->blocks[i].next_ended) {
      wc_gbuf_give(&gb, seg->blocks[i].at);
    }
  }
  wc_gbuf_release(&gb);
  return ok;
}

struct order {
  const struct wc_block *block;
  uint32_t index;
};

static int larger_first(const void *a, const void *b) {
  const struct order *x = a, *y = b;
  if (x->block->bytes != y->block->bytes) {
    return x->block->bytes > y->block->bytes ? -1 : 1;
  }
  return x->index < y->index ? -1 : 1;
}

static bool meet(const struct wc_block *a, const struct wc_block *b) {
  return a->first <= b->last && b->first <= a->last;
}

/* Lowest address for @block that none of the @n blocks @by_address which live with it occupies. One
 * walk upwards finds it: what was passed lies below, what begins above the end is out of reach. */
static uint64_t lowest(const struct wc_block *block, struct wc_block *const *by_address, uint32_t n,
                       uint64_t base) {
  uint64_t at = base;
  for (uint32_t i = 0; i < n && by_address[i]->at < at + block->bytes; i++) {
    const uint64_t end = by_address[i]->at + by_address[i]->bytes;
    if (at < end && meet(block, by_address[i])) {
      at = end;
    }
  }
  return at;
}

static void insert_by_address(struct wc_block **by_address, uint32_t n, struct wc_block *block) {
  uint32_t i = n;
  for (; i > 0 && by_address[i - 1]->at > block->at; i--) {
    by_address[i] = by_address[i - 1];
  }
  by_address[i] = block;
}

/* Lowest fit, the largest blocks first. */
static bool pack_by_size(const struct wc_planner *p, struct wc_segment *seg) {
  struct order *order = malloc((seg->n_blocks + 1) * sizeof *order);
  struct wc_block **by_address = malloc((seg->n_blocks + 1) * sizeof *by_address);
  bool ok = order != NULL && by_address != NULL;
  if (ok) {
    for (uint32_t i = 0; i < seg->n_blocks; i++) {
      order[i] = (struct order){&seg->blocks[i], i};
    }
    qsort(order, seg->n_blocks, sizeof *order, larger_first);
  }
  for (uint32_t k = 0; ok && k < seg->n_blocks; k++) {
    struct wc_block *block = &seg->blocks[order[k].index];
    block->at = lowest(block, by_address, k, wc_segment_lo(p, seg));
    insert_by_address(by_address, k, block);
    ok = block->at + block->bytes <= wc_segment_hi(p, seg);
  }
  free(order);
  free(by_address);
  return ok;
}

bool wc_segment_pack(const struct wc_planner *p, struct wc_segment *seg, uint32_t ns) {
  for (uint32_t i = 0; i < seg->n_blocks; i++) {
    seg->blocks[i].bytes = block_bytes(p, seg, &seg->blocks[i], ns);
  }
  return !seg->clash && (pack_by_time(p, seg) || pack_by_size(p, seg));
}

uint32_t wc_segments_fit(const struct wc_planner *p, struct wc_segment *a, struct wc_segment *b,
                         uint32_t bound, bool exact) {
  while (bound > 0) {
    const uint32_t iterations = (p->batch + bound - 1) / bound;
    const uint32_t ns = exact ? bound : (p->batch + iterations - 1) / iterations;
    if (wc_segment_pack(p, a, ns) && (b == NULL || wc_segment_pack(p, b, ns))) {
      return ns;
    }
    bound = ns - 1;
    exact = false;
  }
  return 0;
}
