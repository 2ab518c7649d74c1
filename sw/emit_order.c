/* The window is a set of slots. Each holds a command, when it could start at the earliest, and a
 * set of the slots that it must follow. Times of commands that have left are kept by address. */
#include "emit_order.h"

#include <stdlib.h>
#include <string.h>

#include "intervals.h"

enum { WINDOW = 512, SET_WORDS = WINDOW / 64 };

struct slot {
  bool used;
  struct wc_cmd cmd;
  struct wc_range ranges[WC_MAX_RANGES];
  unsigned n_ranges, queue;
  uint64_t number;           /* place in the program */
  uint64_t cycles, earliest; /* earliest: known when it follows nothing in the window */
  uint64_t follows[SET_WORDS];
  bool ready;
};

enum space { SPACE_GBUF, SPACE_DRAM, SPACES };

struct wc_order {
  struct wc_emit_device device;
  struct slot *slots;
  unsigned used;
  uint64_t count;           /* commands entered */
  uint64_t free[WC_QUEUES]; /* when the unit is through with what has left */
  struct wc_intervals read[WC_QUEUES][SPACES], written[WC_QUEUES][SPACES]; /* ends, in cycles */
  struct wc_cmd taken;
};

struct wc_order *wc_order_new(const struct wc_emit_device *device) {
  struct wc_order *order = calloc(1, sizeof *order);
  if (order == NULL) {
    return NULL;
  }
  static const struct wc_emit_device small = {16, 16, 16, 32};
  order->device = (struct wc_emit_device){
      device->rows == 0 ? small.rows : device->rows, device->cols == 0 ? small.cols : device->cols,
      device->lanes == 0 ? small.lanes : device->lanes,
      device->axi_bytes == 0 ? small.axi_bytes : device->axi_bytes};
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

static bool follows_nothing(const struct slot *slot) {
  for (unsigned i = 0; i < SET_WORDS; i++) {
    if (slot->follows[i] != 0) {
      return false;
    }
  }
  return true;
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

static void settle(const struct wc_order *order, struct slot *slot) {
  if (!slot->ready && follows_nothing(slot)) {
    slot->ready = true;
    slot->earliest = earliest(order, slot);
  }
}

void wc_order_put(struct wc_order *order, const struct wc_cmd *cmd, const struct wc_range *ranges,
                  unsigned n) {
  unsigned at = 0;
  while (order->slots[at].used) {
    at++;
  }
  struct slot *slot = &order->slots[at];
  *slot = (struct slot){.cmd = *cmd,
                        .n_ranges = n,
                        .queue = (unsigned)wc_opcode_queue(cmd->hdr.opcode),
                        .number = order->count++,
                        .cycles = wc_cmd_cycles(cmd, &order->device)};
  memcpy(slot->ranges, ranges, n * sizeof *ranges);
  for (unsigned i = 0; i < WINDOW; i++) {
    if (order->slots[i].used && conflict(&order->slots[i], slot)) {
      slot->follows[i / 64] |= UINT64_C(1) << i % 64;
    }
  }
  slot->used = true;
  order->used++;
  settle(order, slot);
}

static uint64_t start_of(const struct wc_order *order, const struct slot *slot) {
  const uint64_t free_at = order->free[slot->queue];
  return slot->earliest > free_at ? slot->earliest : free_at;
}

/* Of each unit the first command in the program that is ready has the right of way: another one
 * of the unit goes before it only if it fits into the time until then. */
static struct slot *choose(struct wc_order *order) {
  struct slot *first[WC_QUEUES] = {NULL}, *best = NULL;
  for (unsigned i = 0; i < WINDOW; i++) {
    struct slot *slot = &order->slots[i];
    if (slot->used && slot->ready &&
        (first[slot->queue] == NULL || slot->number < first[slot->queue]->number)) {
      first[slot->queue] = slot;
    }
  }
  uint64_t best_start = 0;
  for (unsigned i = 0; i < WINDOW; i++) {
    struct slot *slot = &order->slots[i];
    if (!slot->used || !slot->ready) {
      continue;
    }
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
  const size_t at = (size_t)(slot - order->slots);
  slot->used = false;
  order->used--;
  order->taken = slot->cmd;
  for (unsigned i = 0; i < WINDOW; i++) {
    struct slot *other = &order->slots[i];
    if (other->used && !other->ready) {
      other->follows[at / 64] &= ~(UINT64_C(1) << at % 64);
      settle(order, other);
    }
  }
  return &order->taken;
}
