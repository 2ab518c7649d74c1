/* The window is a set of slots. Each holds a command, when it could start at the earliest, a set of
 * the slots that it must follow and one of those that follow it. What must follow a command need
 * not note what that one follows: it cannot leave before. Times of commands that have left
 * are kept by address. */
#include "emit_order.h"

#include <stdlib.h>
#include <string.h>

#include "intervals.h"

enum { WINDOW = 512, SET_WORDS = WINDOW / 64 };

/* A set of slots. */
struct set {
  uint64_t word[SET_WORDS];
};

struct slot {
  struct wc_cmd cmd;
  struct wc_range ranges[WC_MAX_RANGES];
  unsigned n_ranges, queue;
  uint64_t number;               /* place in the program, or that many commands behind it */
  uint64_t cycles, earliest;     /* earliest: known when it follows nothing in the window */
  struct set follows, followers; /* directly */
  struct set behind;             /* all that it must follow, through others too */
};

enum space { SPACE_GBUF, SPACE_DRAM, SPACES };

/* Which of 64 pages a command reads and writes; addresses that are 64 pages apart share one. Two
 * commands without a page in common do not conflict. */
struct touched {
  uint64_t read[SPACES], written[SPACES];
};

enum { DRAM_PAGE = 20 }; /* bits */

struct wc_order {
  struct wc_emit_device device;
  unsigned page[SPACES]; /* bits of an address within a page */
  struct slot *slots;
  struct touched touched[WINDOW]; /* apart from the slots: each new command looks at all */
  struct set used_slots, ready;
  uint16_t in_order[WINDOW]; /* used slots in the order of the program */
  unsigned used;
  uint64_t count;           /* commands entered */
  uint64_t free[WC_QUEUES]; /* when the unit is through with what has left */
  struct wc_intervals read[WC_QUEUES][SPACES], written[WC_QUEUES][SPACES]; /* ends, in cycles */
  struct wc_cmd taken;
};

struct wc_order *wc_order_new(const struct wc_emit_device *device, uint64_t gbuf_bytes) {
  struct wc_order *order = calloc(1, sizeof *order);
  if (order == NULL) {
    return NULL;
  }
  static const struct wc_emit_device small = {16, 16, 16, 32};
  order->device = (struct wc_emit_device){
      device->rows == 0 ? small.rows : device->rows, device->cols == 0 ? small.cols : device->cols,
      device->lanes == 0 ? small.lanes : device->lanes,
      device->axi_bytes == 0 ? small.axi_bytes : device->axi_bytes};
  order->page[SPACE_DRAM] = DRAM_PAGE;
  while (UINT64_C(64) << order->page[SPACE_GBUF] < gbuf_bytes) {
    order->page[SPACE_GBUF]++;
  }
  order->slots = calloc(WINDOW, sizeof *order->slots);
  if (order->slots == NULL) {
    free(order);
    return NULL;
  }
  return order;
}

void wc_order_delete(struct wc_order *order) {
  if (order == NULL) {
    return;
  }
  for (unsigned q = 0; q < WC_QUEUES; q++) {
    for (unsigned s = 0; s < SPACES; s++) {
      wc_intervals_free(&order->read[q][s]);
      wc_intervals_free(&order->written[q][s]);
    }
  }
  free(order->slots);
  free(order);
}

bool wc_order_full(const struct wc_order *order) {
  return order->used == WINDOW;
}

bool wc_order_empty(const struct wc_order *order) {
  return order->used == 0;
}

static bool conflict(const struct slot *a, const struct slot *b) {
  for (unsigned i = 0; i < a->n_ranges; i++) {
    const struct wc_range *x = &a->ranges[i];
    for (unsigned j = 0; j < b->n_ranges; j++) {
      const struct wc_range *y = &b->ranges[j];
      if (x->dram == y->dram && (x->write || y->write) && x->lo < y->hi && y->lo < x->hi) {
        return true;
      }
    }
  }
  return false;
}

static void set_add(struct set *set, unsigned i) {
  set->word[i / 64] |= UINT64_C(1) << i % 64;
}

static void set_remove(struct set *set, unsigned i) {
  set->word[i / 64] &= ~(UINT64_C(1) << i % 64);
}

static bool set_has(const struct set *set, unsigned i) {
  return (set->word[i / 64] >> i % 64 & 1) != 0;
}

static void set_join(struct set *set, const struct set *other) {
  for (unsigned i = 0; i < SET_WORDS; i++) {
    set->word[i] |= other->word[i];
  }
}

static bool set_is_empty(const struct set *set) {
  uint64_t any = 0;
  for (unsigned i = 0; i < SET_WORDS; i++) {
    any |= set->word[i];
  }
  return any == 0;
}

static unsigned lowest_bit(uint64_t word) {
  unsigned i = 0;
  for (unsigned half = 32; half > 0; half /= 2) {
    if ((word & ((UINT64_C(1) << half) - 1)) == 0) {
      word >>= half;
      i += half;
    }
  }
  return i;
}

/* The first member from @from on, or WINDOW. */
static unsigned set_next(const struct set *set, unsigned from) {
  for (unsigned w = from / 64; w < SET_WORDS; w++) {
    const uint64_t word = set->word[w] & (w == from / 64 ? UINT64_MAX << from % 64 : UINT64_MAX);
    if (word != 0) {
      return w * 64 + lowest_bit(word);
    }
  }
  return WINDOW;
}

/* The pages of bytes [lo, hi). */
static uint64_t pages(uint64_t lo, uint64_t hi, unsigned bits) {
  const uint64_t first = lo >> bits, n = ((hi - 1) >> bits) - first + 1;
  if (n >= 64) {
    return UINT64_MAX;
  }
  const uint64_t mask = (UINT64_C(1) << n) - 1;
  const unsigned turn = (unsigned)(first % 64);
  return turn == 0 ? mask : mask << turn | mask >> (64 - turn);
}

static struct touched pages_of(const struct wc_order *order, const struct slot *slot) {
  struct touched t = {{0}, {0}};
  for (unsigned i = 0; i < slot->n_ranges; i++) {
    const struct wc_range *r = &slot->ranges[i];
    const enum space space = r->dram ? SPACE_DRAM : SPACE_GBUF;
    *(r->write ? &t.written[space] : &t.read[space]) |= pages(r->lo, r->hi, order->page[space]);
  }
  return t;
}

/* True when the commands may conflict. */
static bool share_pages(const struct touched *a, const struct touched *b) {
  uint64_t shared = 0;
  for (unsigned s = 0; s < SPACES; s++) {
    shared |= a->written[s] & (b->read[s] | b->written[s]);
    shared |= a->read[s] & b->written[s];
  }
  return shared != 0;
}

/* The end of the last command that has left and that @slot conflicts with. */
static uint64_t earliest(const struct wc_order *order, const struct slot *slot) {
  uint64_t latest = 0;
  for (unsigned q = 0; q < WC_QUEUES; q++) {
    for (unsigned i = 0; i < slot->n_ranges; i++) {
      const struct wc_range *r = &slot->ranges[i];
      const enum space space = r->dram ? SPACE_DRAM : SPACE_GBUF;
      const uint32_t w = wc_intervals_latest(&order->written[q][space], r->lo, r->hi);
      const uint32_t d = r->write ? wc_intervals_latest(&order->read[q][space], r->lo, r->hi) : 0;
      latest = w > latest ? w : latest;
      latest = d > latest ? d : latest;
    }
  }
  return latest;
}

/* A slot that follows nothing is ready: what it waits for has left. */
static void settle(struct wc_order *order, unsigned at) {
  struct slot *slot = &order->slots[at];
  if (set_is_empty(&slot->follows)) {
    set_add(&order->ready, at);
    slot->earliest = earliest(order, slot);
  }
}

static unsigned free_slot(const struct wc_order *order) {
  struct set vacant;
  for (unsigned i = 0; i < SET_WORDS; i++) {
    vacant.word[i] = ~order->used_slots.word[i];
  }
  return set_next(&vacant, 0);
}

/* Finds what the new command in @slot must follow, the latest first: of what these follow
 * themselves nothing needs to be looked at. */
static void find_order(struct wc_order *order, unsigned at) {
  struct slot *slot = &order->slots[at];
  const struct touched touched = pages_of(order, slot);
  for (unsigned k = order->used; k-- > 0;) {
    const unsigned i = order->in_order[k];
    if (share_pages(&order->touched[i], &touched) && !set_has(&slot->behind, i) &&
        conflict(&order->slots[i], slot)) {
      set_add(&slot->follows, i);
      set_add(&order->slots[i].followers, at);
      set_add(&slot->behind, i);
      set_join(&slot->behind, &order->slots[i].behind);
    }
  }
  order->touched[at] = touched;
}

void wc_order_put(struct wc_order *order, const struct wc_cmd *cmd, const struct wc_range *ranges,
                  unsigned n, bool background) {
  const unsigned at = free_slot(order);
  struct slot *slot = &order->slots[at];
  slot->cmd = *cmd;
  slot->n_ranges = n;
  slot->queue = (unsigned)wc_opcode_queue(cmd->hdr.opcode);
  slot->number = order->count++ + (background ? WINDOW : 0);
  slot->cycles = wc_cmd_cycles(cmd, &order->device);
  slot->follows = slot->followers = slot->behind = (struct set){{0}};
  memcpy(slot->ranges, ranges, n * sizeof *ranges);
  find_order(order, at);
  set_add(&order->used_slots, at);
  order->in_order[order->used++] = (uint16_t)at;
  settle(order, at);
}

/* The slot is vacant from now on, and nobody is behind it. */
static void vacate(struct wc_order *order, unsigned at) {
  unsigned k = 0;
  while (order->in_order[k] != at) {
    k++;
  }
  order->used--;
  memmove(&order->in_order[k], &order->in_order[k + 1],
          (order->used - k) * sizeof *order->in_order);
  for (k = 0; k < order->used; k++) {
    set_remove(&order->slots[order->in_order[k]].behind, at);
  }
  set_remove(&order->used_slots, at);
  set_remove(&order->ready, at);
}

static uint64_t start_of(const struct wc_order *order, const struct slot *slot) {
  const uint64_t free_at = order->free[slot->queue];
  return slot->earliest > free_at ? slot->earliest : free_at;
}

/* Of each unit the first command in the program that is ready has the right of way: another one
 * of the unit goes before it only if it fits into the time until then. */
static struct slot *choose(struct wc_order *order) {
  struct slot *first[WC_QUEUES] = {NULL}, *best = NULL;
  const struct set *ready = &order->ready;
  for (unsigned i = set_next(ready, 0); i < WINDOW; i = set_next(ready, i + 1)) {
    struct slot *slot = &order->slots[i];
    if (first[slot->queue] == NULL || slot->number < first[slot->queue]->number) {
      first[slot->queue] = slot;
    }
  }
  uint64_t best_start = 0;
  for (unsigned i = set_next(ready, 0); i < WINDOW; i = set_next(ready, i + 1)) {
    struct slot *slot = &order->slots[i];
    const uint64_t start = start_of(order, slot);
    const struct slot *way = first[slot->queue];
    if (slot != way && start + slot->cycles > start_of(order, way)) {
      continue;
    }
    if (best == NULL || start < best_start ||
        (start == best_start && slot->number < best->number)) {
      best = slot;
      best_start = start;
    }
  }
  return best;
}

static bool note(struct wc_order *order, const struct slot *slot, uint64_t end) {
  const uint32_t cycles = end < UINT32_MAX ? (uint32_t)end : UINT32_MAX;
  for (unsigned i = 0; i < slot->n_ranges; i++) {
    const struct wc_range *r = &slot->ranges[i];
    const enum space space = r->dram ? SPACE_DRAM : SPACE_GBUF;
    struct wc_intervals *map =
        r->write ? &order->written[slot->queue][space] : &order->read[slot->queue][space];
    if (!wc_intervals_set(map, r->lo, r->hi, cycles)) {
      return false;
    }
  }
  return true;
}

const struct wc_cmd *wc_order_take(struct wc_order *order) {
  struct slot *slot = choose(order);
  const uint64_t end = start_of(order, slot) + slot->cycles;
  order->free[slot->queue] = end;
  if (!note(order, slot, end)) {
    return NULL;
  }
  const unsigned at = (unsigned)(slot - order->slots);
  vacate(order, at);
  order->taken = slot->cmd;
  const struct set *followers = &slot->followers;
  for (unsigned i = set_next(followers, 0); i < WINDOW; i = set_next(followers, i + 1)) {
    set_remove(&order->slots[i].follows, at);
    settle(order, i);
  }
  return &order->taken;
}
