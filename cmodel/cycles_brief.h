/* A stream, read once: what placing its commands in time needs. Internal to the cycle model. */
#ifndef WC_CYCLES_BRIEF_H
#define WC_CYCLES_BRIEF_H

#include "cycles_known.h"
#include "cycles_units.h"

struct wc_brief {
  uint8_t queue; /* WC_QUEUES: END */
  uint8_t units, wait, signal;
  uint32_t at;    /* its first unit */
  int32_t timing; /* its number; of LOAD and STORE on a DRAM none */
  uint32_t asks;  /* of the global buffer; of LOAD and STORE lines */
  union {
    uint32_t reach;   /* GEMM: number */
    uint32_t streams; /* VEC */
  };
};

/* Room is kept from stream to stream. */
struct wc_briefs {
  struct wc_brief *brief; /* of each command, END last */
  struct wc_gemm_reach *reach;
  size_t count, room, reaches, reach_room;
};

/* Reads the stream of @bytes at @words. Its timings are in @known then. Adds what it does to
 * @counters: bytes moved, MACs, commands, beats but for those of the commands themselves. False
 * without memory, or when the stream cannot be decoded or has no END: then nothing is added. */
bool wc_briefs_read(struct wc_briefs *briefs, const struct wc_model_config *config,
                    struct wc_known *known, const uint32_t *words, size_t bytes,
                    uint64_t counters[WC_COUNTERS]);
void wc_briefs_free(struct wc_briefs *briefs);

#endif
