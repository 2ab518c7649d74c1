/* The static checker of command streams.
 *
 * Pass 1 judges every command alone and collects the ends of all ranges it touches. Pass 2 walks
 * the stream once more with one vector clock for each queue: clock[q][p] is the number of commands
 * of queue p that have completed, for certain, before the next command of q starts. Queues run in
 * order and a token carries its giver's clock, so an access is safe when the latest conflicting
 * one of every other queue is within the clock. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_overlap.h"
#include "emit.h"
#include "program.h"
#include "seqmap.h"

enum { SPACES = 2 }; /* 0: global buffer, 1: DRAM */
enum { READS, WRITES, KINDS };

struct clock {
  uint32_t done[WC_QUEUES];
};

/* Tokens under way between one pair of queues, oldest first. */
struct tokens {
  struct clock *clock;
  size_t first, n, room;
};

struct checker {
  const uint32_t *words;
  size_t units; /* of the stream */
  uint64_t gbuf_bytes, window_bytes;
  struct wc_check_result *result;
  uint32_t commands;           /* END included */
  uint32_t *number[WC_QUEUES]; /* command number of the queue's k-th command, k from 1 */
  uint32_t count[WC_QUEUES];
  struct clock clock[WC_QUEUES];
  struct tokens tokens[WC_QUEUES][WC_QUEUES]; /* [giver][taker] */
  struct wc_cuts cuts[SPACES];
  struct wc_seqmap map[SPACES][WC_QUEUES][KINDS];
};

static const char *const queue_names[WC_QUEUES] = {"load", "store", "gemm", "vec"};

__attribute__((format(printf, 4, 5))) static bool refuse(struct checker *c, uint32_t code,
                                                         uint32_t cmd, const char *format, ...) {
  va_list args;
  va_start(args, format);
  c->result->code = code;
  c->result->cmd = cmd;
  vsnprintf(c->result->text, sizeof c->result->text, format, args);
  va_end(args);
  return false;
}

static bool out_of_memory(struct checker *c) {
  return refuse(c, WC_E_SIZE, 0, "out of memory while checking the stream");
}

/* One command alone: legal, in range, no forbidden overlap. */
static bool check_alone(struct checker *c, size_t at, uint32_t index, struct wc_cmd *cmd) {
  enum wc_device_error code = wc_cmd_decode(c->words + 4 * at, c->units - at, cmd);
  if (code != WC_E_NONE)
    return refuse(c, code, index, "command %" PRIu32 ", header 0x%08" PRIX32 ": %s", index,
                  c->words[4 * at], wc_error_text(code));
  const char *name = wc_opcode_name(cmd->hdr.opcode);
  uint64_t addr = 0;
  code = wc_cmd_check(cmd, c->gbuf_bytes, c->window_bytes, &addr);
  if (code == WC_E_ALIGN || code == WC_E_WINDOW || code == WC_E_GBUF)
    return refuse(c, code, index, "command %" PRIu32 " (%s): address 0x%" PRIX64 ": %s", index,
                  name, addr, wc_error_text(code));
  if (code != WC_E_NONE)
    return refuse(c, code, index, "command %" PRIu32 " (%s): %s", index, name, wc_error_text(code));
  const char *fault = wc_overlap_fault(cmd);
  if (fault != NULL)
    return refuse(c, WC_E_FIELD, index, "command %" PRIu32 " (%s): %s", index, name, fault);
  return true;
}

static bool collect_cuts(struct checker *c, const struct wc_cmd *cmd) {
  struct wc_range ranges[WC_MAX_RANGES];
  const unsigned n = wc_cmd_ranges(cmd, ranges);
  for (unsigned i = 0; i < n; i++) {
    struct wc_cuts *cuts = &c->cuts[ranges[i].dram];
    if (!wc_cuts_add(cuts, ranges[i].lo) || !wc_cuts_add(cuts, ranges[i].hi))
      return out_of_memory(c);
  }
  return true;
}

static bool first_pass(struct checker *c) {
  size_t at = 0;
  struct wc_cmd cmd;
  uint32_t index = 0, count[WC_QUEUES] = {0};
  for (;; index++) {
    if (at >= c->units)
      return refuse(c, WC_E_NO_END, index, "the stream ends after %" PRIu32 " commands without END",
                    index);
    if (!check_alone(c, at, index, &cmd) || !collect_cuts(c, &cmd))
      return false;
    at += cmd.hdr.units;
    if (cmd.hdr.opcode == WC_OP_END)
      break;
    count[wc_opcode_queue(cmd.hdr.opcode)]++;
  }
  if (at != c->units)
    return refuse(c, WC_E_SIZE, index, "%zu bytes follow END (command %" PRIu32 ")",
                  (c->units - at) * WC_UNIT_BYTES, index);
  c->commands = index + 1;
  for (unsigned q = 0; q < WC_QUEUES; q++) {
    c->number[q] = calloc((size_t)count[q] + 1, sizeof *c->number[q]);
    if (c->number[q] == NULL)
      return out_of_memory(c);
  }
  for (unsigned space = 0; space < SPACES; space++) {
    wc_cuts_sort(&c->cuts[space]);
    for (unsigned q = 0; q < WC_QUEUES; q++) {
      for (unsigned kind = 0; kind < KINDS; kind++) {
        if (!wc_seqmap_init(&c->map[space][q][kind], &c->cuts[space]))
          return out_of_memory(c);
      }
    }
  }
  return true;
}

static bool tokens_push(struct tokens *t, const struct clock *clock) {
  if (t->first + t->n == t->room && t->first > 0) {
    memmove(t->clock, t->clock + t->first, t->n * sizeof *t->clock);
    t->first = 0;
  }
  if (t->n == t->room) {
    const size_t room = t->room == 0 ? 16 : 2 * t->room;
    struct clock *grown = realloc(t->clock, room * sizeof *grown);
    if (grown == NULL)
      return false;
    t->clock = grown;
    t->room = room;
  }
  t->clock[t->first + t->n++] = *clock;
  return true;
}

static bool take_tokens(struct checker *c, uint32_t index, unsigned q, uint32_t wait) {
  for (unsigned p = 0; p < WC_QUEUES; p++) {
    if (!(wait >> p & 1))
      continue;
    struct tokens *t = &c->tokens[p][q];
    if (t->n == 0)
      return refuse(c, WC_E_WATCHDOG, index,
                    "command %" PRIu32
                    " (queue %s) waits for a token of queue %s that no earlier "
                    "command gives",
                    index, queue_names[q], queue_names[p]);
    const struct clock *given = &t->clock[t->first];
    for (unsigned k = 0; k < WC_QUEUES; k++) {
      if (given->done[k] > c->clock[q].done[k])
        c->clock[q].done[k] = given->done[k];
    }
    t->first++;
    t->n--;
  }
  return true;
}

static bool give_tokens(struct checker *c, unsigned q, uint32_t signal) {
  for (unsigned p = 0; p < WC_QUEUES; p++) {
    if ((signal >> p & 1) && !tokens_push(&c->tokens[q][p], &c->clock[q]))
      return out_of_memory(c);
  }
  return true;
}

static bool refuse_race(struct checker *c, uint32_t index, const struct wc_cmd *cmd,
                        const struct wc_range *range, unsigned other, uint32_t seq, unsigned kind) {
  return refuse(c, WC_E_WATCHDOG, index,
                "command %" PRIu32 " (%s) %s %s [0x%" PRIX64 ", 0x%" PRIX64
                ") that command %" PRIu32 " (queue %s) %s, and no token orders them",
                index, wc_opcode_name(cmd->hdr.opcode), range->write ? "writes" : "reads",
                range->dram ? "DRAM" : "buffer", range->lo, range->hi, c->number[other][seq],
                queue_names[other], kind == WRITES ? "writes" : "reads");
}

/* Every conflicting access of another queue must be over. */
static bool check_ranges(struct checker *c, uint32_t index, const struct wc_cmd *cmd, unsigned q) {
  struct wc_range ranges[WC_MAX_RANGES];
  const unsigned n = wc_cmd_ranges(cmd, ranges);
  for (unsigned i = 0; i < n; i++) {
    const struct wc_range *r = &ranges[i];
    for (unsigned p = 0; p < WC_QUEUES; p++) {
      for (unsigned kind = r->write ? READS : WRITES; p != q && kind < KINDS; kind++) {
        const uint32_t seq = wc_seqmap_newest(&c->map[r->dram][p][kind], r->lo, r->hi);
        if (seq > c->clock[q].done[p])
          return refuse_race(c, index, cmd, r, p, seq, kind);
      }
    }
  }
  const uint32_t seq = ++c->count[q];
  c->number[q][seq] = index;
  c->clock[q].done[q] = seq;
  for (unsigned i = 0; i < n; i++)
    wc_seqmap_mark(&c->map[ranges[i].dram][q][ranges[i].write ? WRITES : READS], ranges[i].lo,
                   ranges[i].hi, seq);
  return true;
}

static bool second_pass(struct checker *c) {
  size_t at = 0;
  for (uint32_t index = 0; index + 1 < c->commands; index++) {
    struct wc_cmd cmd;
    const enum wc_device_error code = wc_cmd_decode(c->words + 4 * at, c->units - at, &cmd);
    if (code != WC_E_NONE)
      return refuse(c, code, index, "command %" PRIu32 " changed while it was checked", index);
    at += cmd.hdr.units;
    const unsigned q = (unsigned)wc_opcode_queue(cmd.hdr.opcode);
    if (!take_tokens(c, index, q, cmd.hdr.wait) || !check_ranges(c, index, &cmd, q) ||
        !give_tokens(c, q, cmd.hdr.signal))
      return false;
  }
  for (unsigned p = 0; p < WC_QUEUES; p++) {
    for (unsigned q = 0; q < WC_QUEUES; q++) {
      if (c->tokens[p][q].n != 0)
        return refuse(c, WC_E_WATCHDOG, c->commands - 1,
                      "%zu tokens from queue %s to queue %s are never taken", c->tokens[p][q].n,
                      queue_names[p], queue_names[q]);
    }
  }
  return true;
}

static void clean_up(struct checker *c) {
  for (unsigned space = 0; space < SPACES; space++) {
    wc_cuts_free(&c->cuts[space]);
    for (unsigned q = 0; q < WC_QUEUES; q++) {
      wc_seqmap_free(&c->map[space][q][READS]);
      wc_seqmap_free(&c->map[space][q][WRITES]);
    }
  }
  for (unsigned p = 0; p < WC_QUEUES; p++) {
    free(c->number[p]);
    for (unsigned q = 0; q < WC_QUEUES; q++)
      free(c->tokens[p][q].clock);
  }
}

bool wc_stream_check(const uint32_t *words, size_t bytes, uint64_t gbuf_bytes,
                     uint64_t window_bytes, struct wc_check_result *result) {
  struct wc_check_result ignored = {0};
  struct checker c = {.words = words,
                      .units = bytes / WC_UNIT_BYTES,
                      .gbuf_bytes = gbuf_bytes,
                      .window_bytes = window_bytes,
                      .result = result != NULL ? result : &ignored};
  memset(c.result, 0, sizeof *c.result);
  bool ok = true;
  if (bytes % WC_UNIT_BYTES != 0)
    ok = refuse(&c, WC_E_SIZE, 0, "the stream has %zu bytes, which is no multiple of %d", bytes,
                WC_UNIT_BYTES);
  ok = ok && first_pass(&c) && second_pass(&c);
  clean_up(&c);
  return ok;
}
