/* Pieces and rows that flow while nothing else happens in the GEMM unit: see cycles_gemm_leap.c. */
#ifndef WC_CYCLES_GEMM_PORTS_H
#define WC_CYCLES_GEMM_PORTS_H

#include "cycles_gemm.h"

/* A port's pieces: the one that it holds, and those to come. */
struct cyc_port {
  uint32_t at;
  const uint32_t *next;
  unsigned step; /* 0: none to come */
};

/* The ports of A: the step that they hold, and those to come. */
struct cyc_port_a {
  uint32_t at[CYC_PORTS_A];
  const uint32_t *next;
  unsigned step; /* pieces of one, 0: none to come */
};

struct cyc_flow {
  struct cyc_port_a a;
  struct cyc_port b, c, p;
  unsigned ports_a;
  uint32_t *stage;     /* of the drain */
  uint8_t *behind;     /* ports whose turn it is in each bank */
  unsigned cycles;     /* gone by */
  unsigned a_rows;     /* that left the port, */
  uint64_t history;    /* in which cycles: the last in bit 0 */
  unsigned c_rows;     /* that were drained */
  unsigned p_rows;     /* of P, that were asked for */
  unsigned tile;       /* cycles since a tile of B left the port, or 0 */
  bool sends;          /* rows go into the array */
  uint8_t bits;        /* of such a row */
  uint64_t complete;   /* that could go */
  unsigned gain;       /* so many more for each row of A that left the port */
  unsigned sent, left; /* that went, that may go at most */
  uint8_t *flight;     /* what went in which cycle, */
  uint32_t flight_mask;
  uint64_t cycle; /* this is the first */
};

struct cyc_port_a wc_cyc_port_a(const struct cyc_fetch_a *fetch, const struct cyc_feed_a *feed);
struct cyc_port wc_cyc_port(uint32_t at, bool run, const struct cyc_list *list);
/* Goes on until so many cycles have gone by, or no more rows may go. */
void wc_cyc_flow(struct cyc_flow *flow, unsigned cycles);
static inline bool wc_cyc_flow_ended(const struct cyc_flow *f) {
  return f->sends && f->sent == f->left;
}

#endif
