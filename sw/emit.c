/* The emitter: encodes commands in order and finds the tokens that order conflicting ones.
 *
 * Each queue completes its commands in order. So of all commands of queue S that a new command
 * of queue D conflicts with, only the latest matters: when it is complete, so are the others. And
 * when D already knows S to be complete up to there, because D (or a queue that D heard of) has
 * waited for that command or a later one, no token is needed. What is known is kept as a clock for
 * every command: the last command of each queue that is complete once this one is.
 *
 * Why tokens meet their commands: a device counts tokens, it does not name them, so the k-th wait
 * of D for S takes the k-th token that S gives D. The emitter adds a signal and its wait as a pair,
 * and only when the source is later than everything that D knows of S, in particular later than the
 * sources of all earlier pairs. So sources ascend as waits do, and the k-th signal of the
 * channel belongs to the k-th wait. A command waits at most once for each queue, for the latest of
 * its sources. A source precedes its wait in the stream, so no order of fetch can deadlock. */
#include "emit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emit_fail.h"
#include "emit_order.h"
#include "intervals.h"

/* Position of the signal mask, from the one definition of the header. */
enum {
#define WC_FIELD(command, name, word, lsb, bits, sign, doc) LSB_##command##_##name = lsb,
#include "wc_isa.def"
};

/* Commands of a queue are numbered from 1; 0 stands for "none". */
struct clock {
  uint32_t known[WC_QUEUES];
};

struct issued {
  size_t word; /* where its header lies in the stream */
  struct clock clock;
};

enum space { SPACE_GBUF, SPACE_DRAM, SPACES };

struct queue {
  struct issued *cmd; /* number n is cmd[n - 1] */
  uint32_t n, cap;
  struct wc_intervals read[SPACES], written[SPACES];
  size_t prune_at; /* look for intervals to forget when there are this many */
};

struct wc_emit {
  uint64_t gbuf_bytes, mem_bytes;
  uint32_t *words;
  size_t n_words, cap_words, count;
  struct queue queue[WC_QUEUES];
  struct wc_order *order; /* NULL: commands keep their order */
  uint32_t id;
  bool has_id;
  bool background;
  bool failed;
  char text[200];
};

enum { PRUNE_LEAST = 64 };

static void reset(struct wc_emit *emit) {
  free(emit->words);
  emit->words = NULL;
  emit->n_words = emit->cap_words = emit->count = 0;
  for (unsigned q = 0; q < WC_QUEUES; q++) {
    struct queue *queue = &emit->queue[q];
    free(queue->cmd);
    for (unsigned s = 0; s < SPACES; s++) {
      wc_intervals_free(&queue->read[s]);
      wc_intervals_free(&queue->written[s]);
    }
    *queue = (struct queue){.prune_at = PRUNE_LEAST};
  }
}

struct wc_emit *wc_emit_new(uint64_t gbuf_bytes, uint64_t mem_bytes) {
  struct wc_emit *emit = calloc(1, sizeof *emit);
  if (emit != NULL) {
    emit->gbuf_bytes = gbuf_bytes;
    emit->mem_bytes = mem_bytes;
    reset(emit);
  }
  return emit;
}

void wc_emit_delete(struct wc_emit *emit) {
  if (emit != NULL) {
    reset(emit);
    wc_order_delete(emit->order);
    free(emit);
  }
}

bool wc_emit_fail(struct wc_emit *emit, const char *format, ...) {
  if (!emit->failed) {
    va_list args;
    va_start(args, format);
    vsnprintf(emit->text, sizeof emit->text, format, args);
    va_end(args);
    emit->failed = true;
  }
  return false;
}

const char *wc_emit_failed(const struct wc_emit *emit) {
  return emit->failed ? emit->text : NULL;
}

void wc_emit_id(struct wc_emit *emit, uint32_t id) {
  emit->id = id;
  emit->has_id = true;
}

void wc_emit_background(struct wc_emit *emit, bool background) {
  emit->background = background;
}

size_t wc_emit_count(const struct wc_emit *emit) {
  return emit->count;
}

static bool no_memory(struct wc_emit *emit) {
  return wc_emit_fail(emit, "command %zu: out of memory", emit->count);
}

/* The last command of queue @s that a command with these ranges must follow. */
static uint32_t latest_conflict(const struct queue *s, const struct wc_range *ranges, unsigned n) {
  uint32_t latest = 0;
  for (unsigned i = 0; i < n; i++) {
    const struct wc_range *r = &ranges[i];
    const enum space space = r->dram ? SPACE_DRAM : SPACE_GBUF;
    const uint32_t writer = wc_intervals_latest(&s->written[space], r->lo, r->hi);
    const uint32_t reader = r->write ? wc_intervals_latest(&s->read[space], r->lo, r->hi) : 0;
    latest = writer > latest ? writer : latest;
    latest = reader > latest ? reader : latest;
  }
  return latest;
}

static void clock_join(struct clock *clock, const struct clock *other) {
  for (unsigned q = 0; q < WC_QUEUES; q++) {
    if (other->known[q] > clock->known[q]) {
      clock->known[q] = other->known[q];
    }
  }
}

/* True when waiting for one of the other sources of @need makes the wait for queue @s needless. */
static bool implied(const struct wc_emit *emit, const uint32_t need[WC_QUEUES], unsigned s) {
  for (unsigned q = 0; q < WC_QUEUES; q++) {
    if (q != s && need[q] != 0 && emit->queue[q].cmd[need[q] - 1].clock.known[s] >= need[s]) {
      return true;
    }
  }
  return false;
}

/* Chooses the sources to wait for and adds their signals. @clock: what queue @d knows already; gets
 * what it knows with the waits. Returns the wait mask. */
static uint32_t add_tokens(struct wc_emit *emit, unsigned d, const struct wc_range *ranges,
                           unsigned n, struct clock *clock) {
  uint32_t need[WC_QUEUES] = {0};
  for (unsigned s = 0; s < WC_QUEUES; s++) {
    const uint32_t source = s == d ? 0 : latest_conflict(&emit->queue[s], ranges, n);
    need[s] = source > clock->known[s] ? source : 0;
  }
  /* One at a time: two sources never imply each other, for the earlier one knows nothing later. */
  for (unsigned s = 0; s < WC_QUEUES; s++) {
    if (need[s] != 0 && implied(emit, need, s)) {
      need[s] = 0;
    }
  }
  uint32_t wait = 0;
  for (unsigned s = 0; s < WC_QUEUES; s++) {
    if (need[s] != 0) {
      const struct issued *source = &emit->queue[s].cmd[need[s] - 1];
      emit->words[source->word] |= UINT32_C(1) << (LSB_HDR_signal + d);
      clock_join(clock, &source->clock);
      wait |= UINT32_C(1) << s;
    }
  }
  return wait;
}

/* Drops accesses of queue @s that every other queue knows to be complete. */
static void prune(struct wc_emit *emit, unsigned s) {
  struct queue *queue = &emit->queue[s];
  size_t total = 0;
  for (unsigned i = 0; i < SPACES; i++) {
    total += queue->read[i].n + queue->written[i].n;
  }
  if (total < queue->prune_at) {
    return;
  }
  uint32_t everywhere = queue->n;
  for (unsigned d = 0; d < WC_QUEUES; d++) {
    const struct queue *other = &emit->queue[d];
    const uint32_t known = other->n == 0 ? 0 : other->cmd[other->n - 1].clock.known[s];
    if (d != s && known < everywhere) {
      everywhere = known;
    }
  }
  size_t left = 0;
  for (unsigned i = 0; i < SPACES; i++) {
    wc_intervals_forget(&queue->read[i], everywhere);
    wc_intervals_forget(&queue->written[i], everywhere);
    left += queue->read[i].n + queue->written[i].n;
  }
  queue->prune_at = left * 2 > PRUNE_LEAST ? left * 2 : PRUNE_LEAST;
}

/* Notes what the newest command of queue @d touches. */
static bool note(struct wc_emit *emit, unsigned d, const struct wc_range *ranges, unsigned n) {
  struct queue *queue = &emit->queue[d];
  for (unsigned i = 0; i < n; i++) {
    const struct wc_range *r = &ranges[i];
    const enum space space = r->dram ? SPACE_DRAM : SPACE_GBUF;
    struct wc_intervals *map = r->write ? &queue->written[space] : &queue->read[space];
    if (!wc_intervals_set(map, r->lo, r->hi, queue->n)) {
      return no_memory(emit);
    }
  }
  prune(emit, d);
  return true;
}

static bool reserve_queue(struct queue *queue) {
  if (queue->n < queue->cap) {
    return true;
  }
  const uint32_t cap = queue->cap * 2 + 64;
  struct issued *cmd = realloc(queue->cmd, cap * sizeof *cmd);
  if (cmd == NULL) {
    return false;
  }
  queue->cmd = cmd;
  queue->cap = cap;
  return true;
}

static bool append_words(struct wc_emit *emit, const uint32_t *words, size_t n) {
  if (emit->n_words + n > emit->cap_words) {
    const size_t cap = emit->cap_words * 2 + 1024;
    uint32_t *grown = realloc(emit->words, cap * sizeof *grown);
    if (grown == NULL) {
      return no_memory(emit);
    }
    emit->words = grown;
    emit->cap_words = cap;
  }
  memcpy(emit->words + emit->n_words, words, n * sizeof *words);
  emit->n_words += n;
  emit->count++;
  return true;
}

static bool check(struct wc_emit *emit, const struct wc_cmd *cmd) {
  uint64_t addr;
  const enum wc_device_error error = wc_cmd_check(cmd, emit->gbuf_bytes, emit->mem_bytes, &addr);
  if (error == WC_E_NONE) {
    return true;
  }
  return wc_emit_fail(emit, "command %zu (%s, id %" PRIu32 "): %s, address 0x%" PRIx64, emit->count,
                      wc_opcode_name(cmd->hdr.opcode), cmd->hdr.id, wc_error_text(error), addr);
}

static bool encode(struct wc_emit *emit, struct wc_cmd *cmd) {
  uint32_t words[WC_MAX_WORDS];
  const unsigned units = wc_cmd_encode(cmd, words);
  if (units == 0) {
    return wc_emit_fail(emit, "command %zu (%s, id %" PRIu32 "): a field does not fit its bits",
                        emit->count, wc_opcode_name(cmd->hdr.opcode), cmd->hdr.id);
  }
  return append_words(emit, words, (size_t)units * (WC_UNIT_BYTES / sizeof *words));
}

bool wc_emit_reorder(struct wc_emit *emit, const struct wc_emit_device *device) {
  emit->order = wc_order_new(device, emit->gbuf_bytes);
  return emit->order != NULL;
}

/* Encodes @cmd, which is checked, behind all others. */
static bool append(struct wc_emit *emit, struct wc_cmd *cmd, const struct wc_range *ranges,
                   unsigned n) {
  const unsigned d = (unsigned)wc_opcode_queue(cmd->hdr.opcode);
  struct queue *queue = &emit->queue[d];
  if (!reserve_queue(queue)) {
    return no_memory(emit);
  }
  struct issued issued = {.word = emit->n_words};
  if (queue->n > 0) {
    issued.clock = queue->cmd[queue->n - 1].clock;
  }
  cmd->hdr.wait = add_tokens(emit, d, ranges, n, &issued.clock);
  if (!encode(emit, cmd)) {
    return false;
  }
  issued.clock.known[d] = queue->n + 1;
  queue->cmd[queue->n++] = issued;
  return note(emit, d, ranges, n);
}

/* Appends the next of the commands that wait for their turn. */
static bool take_turn(struct wc_emit *emit) {
  const struct wc_cmd *next = wc_order_take(emit->order);
  if (next == NULL) {
    return no_memory(emit);
  }
  struct wc_cmd cmd = *next;
  struct wc_range ranges[WC_MAX_RANGES];
  return append(emit, &cmd, ranges, wc_cmd_ranges(&cmd, ranges));
}

bool wc_emit_cmd(struct wc_emit *emit, struct wc_cmd *cmd) {
  if (emit->failed) {
    return false;
  }
  if (wc_opcode_queue(cmd->hdr.opcode) < 0) {
    return wc_emit_fail(emit, "command %zu: opcode 0x%" PRIx32 " belongs to no queue", emit->count,
                        cmd->hdr.opcode);
  }
  cmd->hdr.units = cmd->hdr.wait = cmd->hdr.signal = 0;
  cmd->hdr.id = emit->has_id ? emit->id : cmd->hdr.id;
  if (!check(emit, cmd)) {
    return false;
  }
  struct wc_range ranges[WC_MAX_RANGES];
  const unsigned n = wc_cmd_ranges(cmd, ranges);
  if (emit->order == NULL) {
    return append(emit, cmd, ranges, n);
  }
  if (wc_order_full(emit->order) && !take_turn(emit)) {
    return false;
  }
  wc_order_put(emit->order, cmd, ranges, n, emit->background);
  return true;
}

bool wc_emit_finish(struct wc_emit *emit, uint32_t **words, size_t *bytes) {
  struct wc_cmd end = {.hdr = {.opcode = WC_OP_END}};
  while (!emit->failed && emit->order != NULL && !wc_order_empty(emit->order)) {
    (void)take_turn(emit);
  }
  if (emit->failed || !encode(emit, &end)) {
    return false;
  }
  *words = emit->words;
  *bytes = emit->n_words * sizeof *emit->words;
  emit->words = NULL;
  reset(emit);
  return true;
}
