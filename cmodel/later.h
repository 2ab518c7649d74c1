/* Times in the cycle model: what waits for two things waits for the later one. */
#ifndef WC_LATER_H
#define WC_LATER_H

#include <stdint.h>

static inline uint64_t wc_later(uint64_t a, uint64_t b) {
  return a > b ? a : b;
}

#endif
