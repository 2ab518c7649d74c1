/* A timeline against the stream it was recorded from and the device's counters. */
#ifndef WC_TIMELINE_CHECK_H
#define WC_TIMELINE_CHECK_H

#include "smoke.h"

struct timeline_check {
  bool recording; /* the device keeps a timeline */
  struct wc_counters before;
};

/* Around smoke_run, and as often as liked in between: every run is a stream of the timeline. */
void timeline_check_start(struct timeline_check *t, struct smoke *s);
/* Says what is wrong. True when the device keeps no timeline. @runs: how often the stream ran. */
bool timeline_check_end(const struct timeline_check *t, struct smoke *s, uint32_t runs);

#endif
