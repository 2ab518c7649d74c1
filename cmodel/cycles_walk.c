/* Two ports alone in the buffer, request after request. */
#include "cycles_walk.h"

#include <stdbool.h>

enum { BEFORE = 32, LINES = 64, PHASES = 8, MOST_BANKS = 64 };

/* Cycles that a walk waits for a DMA that is @ahead banks ahead at first, in LINES lines behind
 * those in which it is caught. */
static unsigned waits(unsigned banks, unsigned step, unsigned own, unsigned pace, unsigned ahead) {
  const unsigned mask = banks - 1;     /* a power of two */
  bool dma_last[MOST_BANKS] = {false}; /* the bank served the DMA last */
  unsigned waited = 0, place = 0, due = 0, line = 0;
  unsigned dma_bank = ahead, dma_due = 0, dma_at = 0;
  for (unsigned now = 0; line < BEFORE + LINES; now++) {
    const unsigned bank = place / WC_WALK_PARTS & mask;
    const bool asks = now * WC_WALK_PARTS >= due, dma = now >= dma_at;
    const bool meet = asks && dma && bank == dma_bank, dma_first = meet && !dma_last[bank];
    if (asks && !dma_first) {
      dma_last[bank] = false;
      place += step;
      due += own;
      line++;
    } else if (asks) {
      waited += line >= BEFORE;
      due += WC_WALK_PARTS;
    }
    if (dma && (!meet || dma_first)) {
      dma_last[dma_bank] = true;
      dma_bank = (dma_bank + 1) & mask;
      dma_due += pace;
      dma_at = dma_due > now ? dma_due : now + 1;
    }
  }
  return waited;
}

unsigned wc_walk_loses(struct wc_walks *w, unsigned banks, unsigned step, uint64_t own,
                       uint64_t pace) {
  if (pace >= WC_WALK_PACES || own >= WC_WALK_OWN || step >= WC_WALK_STEPS || banks > MOST_BANKS)
    return 0;
  uint16_t *known = &w->loses[pace][step][own];
  if (*known == 0) {
    unsigned waited = 0;
    for (unsigned phase = 0; phase < PHASES; phase++)
      waited += waits(banks, step, (unsigned)own, (unsigned)pace, phase * banks / PHASES);
    *known = (uint16_t)(1 + waited * WC_WALK_PARTS / (LINES * PHASES));
  }
  return *known - 1U;
}
