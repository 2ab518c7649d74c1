/* A port that walks through the banks in the way of a LOAD or STORE, which walks from bank to
 * bank. Internal to the cycle model. */
#ifndef WC_CYCLES_WALK_H
#define WC_CYCLES_WALK_H

#include "wc_cycles.h"

enum {
  WC_WALK_PARTS = 8, /* of a bank, of a cycle */
  WC_WALK_STEPS = WC_WALK_PARTS * WC_PORT_STEPS,
  WC_WALK_PACES = 8, /* cycles a line of a LOAD or STORE: from here on it is in nobody's way */
  WC_WALK_OWN = WC_WALK_PARTS * WC_WALK_PACES
};

/* What has been found out: 1 + the parts of a cycle that a line takes longer, 0: nothing. */
struct wc_walks {
  uint16_t loses[WC_WALK_PACES][WC_WALK_STEPS][WC_WALK_OWN];
};

/* Parts of a cycle by which a line takes longer than the @own that it takes alone; each is @step
 * parts of a bank behind the one before; the LOAD or STORE takes @pace cycles a line. */
unsigned wc_walk_loses(struct wc_walks *walks, unsigned banks, unsigned step, uint64_t own,
                       uint64_t pace);

#endif
