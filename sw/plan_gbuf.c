/* The global buffer in program order: live extents and a rotating next fit. */
#include <stdlib.h>
#include <string.h>

#include "plan_build.h"

void wc_gbuf_init(struct wc_gbuf *gb, const struct wc_planner *p) {
  *gb = (struct wc_gbuf){
      .base = p->gb_base, .limit = p->gb_limit, .next = p->gb_base, .align = p->align};
}

void wc_gbuf_clear(struct wc_gbuf *gb, uint64_t base, uint64_t limit) {
  gb->n = 0;
  gb->base = base;
  gb->limit = limit;
}

void wc_gbuf_release(struct wc_gbuf *gb) {
  free(gb->live);
  gb->live = NULL;
  gb->n = gb->cap = 0;
}

/* The gap before live extent @i (after the last one for i = n). */
static struct wc_extent gap_before(const struct wc_gbuf *gb, size_t i) {
  return (struct wc_extent){i == 0 ? gb->base : gb->live[i - 1].hi,
                            i == gb->n ? gb->limit : gb->live[i].lo};
}

static bool insert(struct wc_gbuf *gb, size_t i, struct wc_extent e) {
  if (gb->n == gb->cap) {
    const size_t cap = gb->cap == 0 ? 32 : 2 * gb->cap;
    struct wc_extent *live = realloc(gb->live, cap * sizeof *live);
    if (live == NULL) {
      gb->failed = true;
      return false;
    }
    gb->live = live;
    gb->cap = cap;
  }
  memmove(&gb->live[i + 1], &gb->live[i], (gb->n - i) * sizeof *gb->live);
  gb->live[i] = e;
  gb->n++;
  return true;
}

/* First gap that holds @bytes from address @from on. */
static bool take_from(struct wc_gbuf *gb, uint64_t from, uint64_t bytes, uint64_t *addr) {
  for (size_t i = 0; i <= gb->n; i++) {
    const struct wc_extent gap = gap_before(gb, i);
    const uint64_t lo = gap.lo > from ? gap.lo : from;
    if (lo <= gap.hi && gap.hi - lo >= bytes) {
      if (!insert(gb, i, (struct wc_extent){lo, lo + bytes})) {
        return false;
      }
      *addr = lo;
      gb->next = lo + bytes;
      return true;
    }
  }
  return false;
}

bool wc_gbuf_take(struct wc_gbuf *gb, uint64_t bytes, uint64_t *addr) {
  const uint64_t size = wc_round_up(bytes, gb->align);
  return take_from(gb, gb->next, size, addr) ||
         (!gb->failed && take_from(gb, gb->base, size, addr));
}

void wc_gbuf_give(struct wc_gbuf *gb, uint64_t addr) {
  for (size_t i = 0; i < gb->n; i++) {
    if (gb->live[i].lo == addr) {
      gb->n--;
      memmove(&gb->live[i], &gb->live[i + 1], (gb->n - i) * sizeof *gb->live);
      return;
    }
  }
}
