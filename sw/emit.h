/* Builds a command stream and finds the tokens it needs. See docs/compiler.md.
 *
 * Commands are appended in program order. For each the emitter computes the ranges of global buffer
 * and DRAM that it reads and writes (bounding intervals), and adds the fewest tokens that order
 * it behind earlier commands of other queues that conflict. */
#ifndef WC_EMIT_H
#define WC_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wc_isa.h"

struct wc_emit;

/* What the costs of commands depend on. */
struct wc_emit_device {
  uint32_t rows, cols; /* of the array */
  uint32_t lanes;      /* of the vector unit */
  uint32_t axi_bytes;  /* a cycle */
};

/* NULL without memory. Sizes are the device's; commands are checked against them. */
struct wc_emit *wc_emit_new(uint64_t gbuf_bytes, uint64_t mem_bytes);
void wc_emit_delete(struct wc_emit *emit);

/* From now on commands may be reordered where their bytes do not conflict (emit_order.h). Before
 * the first command. False without memory. */
bool wc_emit_reorder(struct wc_emit *emit, const struct wc_emit_device *device);

/* From now on commands get this hdr.id. */
void wc_emit_id(struct wc_emit *emit, uint32_t id);

/* From now on commands are in no hurry, or are again: where commands may be reordered they give way
 * to others. */
void wc_emit_background(struct wc_emit *emit, bool background);

/* Appends a command. hdr.opcode and the body are the caller's; units, wait and signal are set here.
 * hdr.tag is taken as it is, hdr.id too unless wc_emit_id was called. False on failure: all later
 * calls fail too. */
bool wc_emit_cmd(struct wc_emit *emit, struct wc_cmd *cmd);

/* Appends END and encodes. @words belongs to the caller (free). @bytes: a multiple of 16. The
 * emitter is then empty and can build another stream. */
bool wc_emit_finish(struct wc_emit *emit, uint32_t **words, size_t *bytes);

size_t wc_emit_count(const struct wc_emit *emit);
/* One line on the first failure, with the command's number and kind; NULL: none. */
const char *wc_emit_failed(const struct wc_emit *emit);

/* Bounding intervals of one command, for the emitter and the checker. */
struct wc_range {
  uint64_t lo, hi; /* bytes [lo, hi) */
  bool dram, write;
};
#define WC_MAX_RANGES 12
unsigned wc_cmd_ranges(const struct wc_cmd *cmd, struct wc_range ranges[WC_MAX_RANGES]);

#endif
