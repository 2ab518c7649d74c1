/* Filling in a wc_report. */
#ifndef WC_REPORT_H
#define WC_REPORT_H

#include "graph.h"

/* Writes the line and returns false, so that `return wc_fail(why, ...)` reads well. @why may be
 * NULL. */
__attribute__((format(printf, 2, 3))) bool wc_fail(struct wc_report *why, const char *format, ...);

#endif
