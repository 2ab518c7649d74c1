/* Random legal commands: wc_cmd_check accepts them, no two elements of an output share an
 * address, and outputs meet inputs only where docs/commands.md allows it. Any order of execution
 * within a command therefore gives the same bytes. Tokens, tag and id are zero. */
#ifndef WC_TEST_RANDOM_CMD_H
#define WC_TEST_RANDOM_CMD_H

#include "random.h"
#include "wc_isa.h"

struct wc_random_limits {
  uint64_t gbuf_bytes; /* at least 1 KiB */
  uint64_t mem_bytes;  /* DRAM that LOAD and STORE may touch, from offset 0; at least 1 KiB */
  uint32_t work;       /* about the most MACs, elements or runs of a command */
};

/* Convolutions of all passes, and index arithmetic no convolution has. */
void wc_random_gemm(struct wc_random *r, const struct wc_random_limits *limits, struct wc_cmd *cmd);

/* All operations, types, strides and reductions. */
void wc_random_vec(struct wc_random *r, const struct wc_random_limits *limits, struct wc_cmd *cmd);

/* @opcode WC_OP_LOAD or WC_OP_STORE. */
void wc_random_dma(struct wc_random *r, const struct wc_random_limits *limits, uint32_t opcode,
                   struct wc_cmd *cmd);

/* Any of these; the rest of @cmd is zero. */
void wc_random_command(struct wc_random *r, const struct wc_random_limits *limits,
                       struct wc_cmd *cmd);

#endif
