/* The exact bytes that a strided access touches, and whether two accesses share any. For the rules
 * of docs/commands.md about overlap within one command. */
#ifndef WC_FOOTPRINT_H
#define WC_FOOTPRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "wc_isa.h"

#define WC_FOOTPRINT_DIMS 4

/* Runs of @bytes at base + sum of i_k * stride_k, 0 <= i_k < n_k. Unused dimensions: n = 1. */
struct wc_footprint {
  int64_t base;
  uint64_t bytes; /* 0: touches nothing */
  struct {
    uint64_t n;
    int64_t stride;
  } dim[WC_FOOTPRINT_DIMS];
};

enum wc_overlap { WC_APART, WC_SHARED, WC_OVERLAP_UNKNOWN };

/* Do two runs of one access share a byte? WC_OVERLAP_UNKNOWN: out of memory, or a pattern with too
 * many runs to look at. */
enum wc_overlap wc_footprint_self(const struct wc_footprint *a);

/* Do the two accesses share a byte? */
enum wc_overlap wc_footprint_pair(const struct wc_footprint *a, const struct wc_footprint *b);

/* Footprints of the operands of a command that passed wc_cmd_check. */
struct wc_footprint wc_footprint_dma(const struct wc_dma *dma, bool dram);
struct wc_footprint wc_footprint_gemm(const struct wc_gemm *gemm, char operand); /* A B C P */
/* Of an output with a reduction: the results, or the chains that are kept. */
struct wc_footprint wc_footprint_stream(const struct wc_vec *vec, const struct wc_stream *stream,
                                        bool output);

/* The chains that an output with `load` starts from. */
struct wc_footprint wc_footprint_chains(const struct wc_vec *vec, const struct wc_stream *stream);

#endif
