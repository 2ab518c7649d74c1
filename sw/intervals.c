#include "intervals.h"

#include <stdlib.h>
#include <string.h>

void wc_intervals_free(struct wc_intervals *map) {
  free(map->v);
  *map = (struct wc_intervals){0};
}

/* The first interval that ends behind @lo. */
static size_t first_behind(const struct wc_intervals *map, uint64_t lo) {
  size_t low = 0, high = map->n;
  while (low < high) {
    const size_t mid = low + (high - low) / 2;
    if (map->v[mid].hi > lo) {
      high = mid;
    } else {
      low = mid + 1;
    }
  }
  return low;
}

static bool reserve(struct wc_intervals *map, size_t n) {
  if (n <= map->cap) {
    return true;
  }
  const size_t cap = n * 2 + 16;
  struct wc_interval *v = realloc(map->v, cap * sizeof *v);
  if (v == NULL) {
    return false;
  }
  map->v = v;
  map->cap = cap;
  return true;
}

bool wc_intervals_set(struct wc_intervals *map, uint64_t lo, uint64_t hi, uint32_t number) {
  if (lo >= hi) {
    return true;
  }
  const size_t from = first_behind(map, lo);
  size_t to = from;
  while (to < map->n && map->v[to].lo < hi) {
    to++;
  }
  /* Intervals from .. to-1 lie under the new one; the outer two may stick out. */
  struct wc_interval fresh[3];
  size_t n_fresh = 0;
  if (from < to && map->v[from].lo < lo) {
    fresh[n_fresh++] = (struct wc_interval){map->v[from].lo, lo, map->v[from].latest};
  }
  fresh[n_fresh++] = (struct wc_interval){lo, hi, number};
  if (from < to && map->v[to - 1].hi > hi) {
    fresh[n_fresh++] = (struct wc_interval){hi, map->v[to - 1].hi, map->v[to - 1].latest};
  }
  const size_t n = map->n - (to - from) + n_fresh;
  if (!reserve(map, n)) {
    return false;
  }
  memmove(map->v + from + n_fresh, map->v + to, (map->n - to) * sizeof *map->v);
  memcpy(map->v + from, fresh, n_fresh * sizeof *fresh);
  map->n = n;
  return true;
}

uint32_t wc_intervals_latest(const struct wc_intervals *map, uint64_t lo, uint64_t hi) {
  uint32_t latest = 0;
  for (size_t i = first_behind(map, lo); i < map->n && map->v[i].lo < hi; i++) {
    if (map->v[i].latest > latest) {
      latest = map->v[i].latest;
    }
  }
  return latest;
}

void wc_intervals_forget(struct wc_intervals *map, uint32_t number) {
  size_t kept = 0;
  for (size_t i = 0; i < map->n; i++) {
    if (map->v[i].latest > number) {
      map->v[kept++] = map->v[i];
    }
  }
  map->n = kept;
}
