#include "seqmap.h"

#include <stdlib.h>

bool wc_cuts_add(struct wc_cuts *cuts, uint64_t address) {
  if (cuts->n == cuts->room) {
    const size_t room = cuts->room == 0 ? 256 : 2 * cuts->room;
    uint64_t *at = realloc(cuts->at, room * sizeof *at);
    if (at == NULL)
      return false;
    cuts->at = at;
    cuts->room = room;
  }
  cuts->at[cuts->n++] = address;
  return true;
}

static int compare(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

void wc_cuts_sort(struct wc_cuts *cuts) {
  if (cuts->n == 0)
    return;
  qsort(cuts->at, cuts->n, sizeof *cuts->at, compare);
  size_t kept = 1;
  for (size_t i = 1; i < cuts->n; i++) {
    if (cuts->at[i] != cuts->at[kept - 1])
      cuts->at[kept++] = cuts->at[i];
  }
  cuts->n = kept;
}

void wc_cuts_free(struct wc_cuts *cuts) {
  free(cuts->at);
  *cuts = (struct wc_cuts){0};
}

/* Index of @address, which is one of the cuts. */
static size_t cut_index(const struct wc_cuts *cuts, uint64_t address) {
  size_t low = 0, high = cuts->n;
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (cuts->at[middle] < address)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool wc_seqmap_init(struct wc_seqmap *map, const struct wc_cuts *cuts) {
  map->cuts = cuts;
  map->leaves = 1;
  while (map->leaves < cuts->n)
    map->leaves *= 2;
  map->newest = calloc(2 * map->leaves, sizeof *map->newest);
  map->whole = calloc(2 * map->leaves, sizeof *map->whole);
  return map->newest != NULL && map->whole != NULL;
}

void wc_seqmap_free(struct wc_seqmap *map) {
  free(map->newest);
  free(map->whole);
}

/* Node 1 is the root; node k covers the leaves below it; children 2k, 2k+1. A bottom-up walk over
 * [lo, hi) meets the nodes that cover it exactly. */
void wc_seqmap_mark(struct wc_seqmap *map, uint64_t lo, uint64_t hi, uint32_t seq) {
  const size_t first = cut_index(map->cuts, lo) + map->leaves;
  const size_t end = cut_index(map->cuts, hi) + map->leaves;
  for (size_t l = first, r = end; l < r; l /= 2, r /= 2) {
    if (l & 1) {
      map->whole[l] = map->newest[l] = seq;
      l++;
    }
    if (r & 1) {
      r--;
      map->whole[r] = map->newest[r] = seq;
    }
  }
  if (first >= end)
    return;
  for (size_t k = first / 2; k > 0; k /= 2)
    map->newest[k] = seq;
  for (size_t k = (end - 1) / 2; k > 0; k /= 2)
    map->newest[k] = seq;
}

static uint32_t larger(uint32_t a, uint32_t b) {
  return a > b ? a : b;
}

/* A mark on an ancestor covers all below it: @node and everything above it. */
static uint32_t above(const struct wc_seqmap *map, size_t node) {
  uint32_t newest = 0;
  for (; node > 0; node /= 2)
    newest = larger(newest, map->whole[node]);
  return newest;
}

uint32_t wc_seqmap_newest(const struct wc_seqmap *map, uint64_t lo, uint64_t hi) {
  const size_t first = cut_index(map->cuts, lo) + map->leaves;
  const size_t end = cut_index(map->cuts, hi) + map->leaves;
  if (first >= end)
    return 0;
  uint32_t newest = larger(above(map, first), above(map, end - 1));
  for (size_t l = first, r = end; l < r; l /= 2, r /= 2) {
    if (l & 1)
      newest = larger(newest, map->newest[l++]);
    if (r & 1)
      newest = larger(newest, map->newest[--r]);
  }
  return newest;
}
