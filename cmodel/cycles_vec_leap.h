/* Leaps over the cycles of a vector command that repeat. */
#ifndef WC_CYCLES_VEC_LEAP_H
#define WC_CYCLES_VEC_LEAP_H

#include "cycles_vec.h"

enum { LEAP_BANKS = 64 /* with more, every cycle is stepped through */ };

/* How far a command is. */
struct vec_progress {
  uint64_t cycle, entered;
};

/* The unit at one time. */
struct leap_state {
  struct vec_progress at;
  struct vec_unit unit; /* but for its banks: */
  uint64_t meets, serves;
  uint8_t behind[LEAP_BANKS];
};

/* Looks at a loop. */
struct leap_watch {
  uint32_t every; /* vectors, blocks, ... between them */
  unsigned looks, most;
  bool any;
  struct leap_state seen;
};

struct vec_leap {
  struct leap_watch soon[VEC_LEVELS];  /* after which streams may be together some banks further, */
  struct leap_watch round[VEC_LEVELS]; /* and all of them in the same banks again */
};

void vec_leap_start(struct vec_leap *leap, const struct vec_unit *unit);

/* To be called when a vector has entered: moves @unit and @progress on by as many whole periods
 * as are certain, be it none. */
void vec_leap(struct vec_leap *leap, struct vec_unit *unit, struct vec_progress *progress);

#endif
