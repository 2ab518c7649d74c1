/* The window is a set of slots. A slot knows how many others it must follow, and which follow it.
 * What every turn looks at lies close together: the ranges of all slots by space and direction, and
 * of each slot what decides its turn. Times of commands that have left are kept by address. */
#include "emit_order.h"

#include <stdlib.h>
#include <string.h>

#include "intervals.h"

enum { WINDOW = 512, SET_WORDS = WINDOW / 64 };

struct slot {
  struct wc_cmd cmd;
  struct wc_range ranges[WC_MAX_RANGES];
  unsigned n_ranges;
};

struct turn {
  uint64_t number;           /* place in the program */
  uint64_t cycles, earliest; /* earliest: known when it follows nothing in the window */
  uint16_t waits;            /* slots that it follows */
  uint8_t queue;
  bool used, ready;
};

enum space { SPACE_GBUF, SPACE_DRAM, SPACES };

/* Ranges of the slots in use, in no order. */
struct crowd {
  unsigned n;
  uint64_t lo[WINDOW * WC_MAX_RANGES], hi[WINDOW * WC_MAX_RANGES];
  uint16_t slot[WINDOW * WC_MAX_RANGES];
};

struct wc_order {
  struct wc_emit_device device;
  struct slot slots[WINDOW];
  struct turn turns[WINDOW];
  uint64_t followers[WINDOW][SET_WORDS];
  struct crowd crowds[SPACES][2]; /* read, written */
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
  free(order);
}

bool wc_order_full(const struct wc_order *order) {
  return order->used == WINDOW;
}

bool wc_order_empty(const struct wc_order *order) {
  return order->used == 0;
}

static enum space space_of(const struct wc_range *r) {
  return r->dram ? SPACE_DRAM : SPACE_GBUF;
}

static void join_crowds(struct wc_order *order, uint16_t at) {
  const struct slot *slot = &order->slots[at];
  for (unsigned i = 0; i < slot->n_ranges; i++) {
    const struct wc_range *r = &slot->ranges[i];
    struct crowd *crowd = &order->crowds[space_of(r)][r->write];
    crowd->lo[crowd->n] = r->lo;
    crowd->hi[crowd->n] = r->hi;
    crowd->slot[crowd->n++] = at;
  }
}

static void leave_crowd(struct crowd *crowd, uint16_t at) {
  for (unsigned i = crowd->n; i-- > 0;) {
    if (crowd->slot[i] == at) {
      const unsigned last = --crowd->n;
      crowd->lo[i] = crowd->lo[last];
      crowd->hi[i] = crowd->hi[last];
      crowd->slot[i] = crowd->slot[last];
    }
  }
}

/* Slot @at follows all that have a range in @crowd which meets @r. */
static void follow(struct wc_order *order, const struct crowd *crowd, const struct wc_range *r,
                   uint16_t at) {
  const uint64_t bit = UINT64_C(1) << at % 64;
  for (unsigned i = 0; i < crowd->n; i++) {
    if (crowd->lo[i] < r->hi && r->lo < crowd->hi[i]) {
      uint64_t *word = &order->followers[crowd->slot[i]][at / 64];
      if ((*word & bit) == 0) {
        *word |= bit;
        order->turns[at].waits++;
      }
    }
  }
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

static void settle(struct wc_order *order, unsigned at) {
  if (order->turns[at].waits == 0) {
    order->turns[at].ready = true;
    order->turns[at].earliest = earliest(order, &order->slots[at]);
  }
}

void wc_order_put(struct wc_order *order, const struct wc_cmd *cmd, const struct wc_range *ranges,
                  unsigned n) {
  uint16_t at = 0;
  while (order->turns[at].used) {
    at++;
  }
  struct slot *slot = &order->slots[at];
  slot->cmd = *cmd;
  slot->n_ranges = n;
  memcpy(slot->ranges, ranges, n * sizeof *ranges);
  order->turns[at] = (struct turn){.queue = (uint8_t)wc_opcode_queue(cmd->hdr.opcode),
                                   .number = order->count++,
                                   .cycles = wc_cmd_cycles(cmd, &order->device),
                                   .used = true};
  for (unsigned i = 0; i < n; i++) {
    const struct crowd *crowds = order->crowds[space_of(&ranges[i])];
    follow(order, &crowds[true], &ranges[i], at);
    if (ranges[i].write) {
      follow(order, &crowds[false], &ranges[i], at);
    }
  }
  join_crowds(order, at);
  order->used++;
  settle(order, at);
}

static uint64_t start_of(const struct wc_order *order, const struct turn *turn) {
  const uint64_t free_at = order->free[turn->queue];
  return turn->earliest > free_at ? turn->earliest : free_at;
}

/* Of each unit the first command in the program that is ready has the right of way: another one
 * of the unit goes before it only if it fits into the time until then. */
static struct turn *choose(struct wc_order *order) {
  struct turn *first[WC_QUEUES] = {NULL}, *best = NULL;
  for (unsigned i = 0; i < WINDOW; i++) {
    struct turn *turn = &order->turns[i];
    if (turn->ready && (first[turn->queue] == NULL || turn->number < first[turn->queue]->number)) {
      first[turn->queue] = turn;
    }
  }
  uint64_t best_start = 0;
  for (unsigned i = 0; i < WINDOW; i++) {
    struct turn *turn = &order->turns[i];
    if (!turn->ready) {
      continue;
    }
    const uint64_t start = start_of(order, turn);
    const struct turn *way = first[turn->queue];
    if (turn != way && start + turn->cycles > start_of(order, way)) {
      continue;
    }
    if (best == NULL || start < best_start ||
        (start == best_start && turn->number < best->number)) {
      best = turn;
      best_start = start;
    }
  }
  return best;
}

static bool note(struct wc_order *order, const struct slot *slot, unsigned queue, uint64_t end) {
  const uint32_t cycles = end < UINT32_MAX ? (uint32_t)end : UINT32_MAX;
  for (unsigned i = 0; i < slot->n_ranges; i++) {
    const struct wc_range *r = &slot->ranges[i];
    const enum space space = space_of(r);
    struct wc_intervals *map =
        r->write ? &order->written[queue][space] : &order->read[queue][space];
    if (!wc_intervals_set(map, r->lo, r->hi, cycles)) {
      return false;
    }
  }
  return true;
}

/* Those that followed slot @at do so no more. */
static void release(struct wc_order *order, unsigned at) {
  for (unsigned w = 0; w < SET_WORDS; w++) {
    for (uint64_t set = order->followers[at][w]; set != 0; set &= set - 1) {
      const unsigned other = 64 * w + (unsigned)__builtin_ctzll(set);
      order->turns[other].waits--;
      settle(order, other);
    }
    order->followers[at][w] = 0;
  }
}

const struct wc_cmd *wc_order_take(struct wc_order *order) {
  struct turn *turn = choose(order);
  const uint64_t end = start_of(order, turn) + turn->cycles;
  const uint16_t at = (uint16_t)(turn - order->turns);
  order->free[turn->queue] = end;
  if (!note(order, &order->slots[at], turn->queue, end)) {
    return NULL;
  }
  turn->used = turn->ready = false;
  order->used--;
  order->taken = order->slots[at].cmd;
  for (unsigned i = 0; i < 2 * SPACES; i++) {
    leave_crowd(&order->crowds[i / 2][i % 2], at);
  }
  release(order, at);
  return &order->taken;
}
