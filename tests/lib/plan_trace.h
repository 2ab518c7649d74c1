/* Follows the actions of a plan on symbols instead of numbers. */
#ifndef WC_TEST_PLAN_TRACE_H
#define WC_TEST_PLAN_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "plan.h"

/* Every byte of the global buffer and every row of every tensor in DRAM carries a mark that says
 * what it is: which tensor, sample and row, or which element of a parameter, and for sums over the
 * mini-batch how far they got. Loads and stores move marks; a run demands the marks of its inputs,
 * its scratch and the resident values, and leaves those of its outputs. So a buffer region that is
 * given away too early, a load before its store, a forgotten store, a sample too many or a sum
 * that starts anew does not pass. Also checked: operands of a run overlap only where an output
 * takes the exact place of an input, and everything lies within the buffer.
 *
 * Returns true, or false with one line in @why. */
bool wc_plan_trace(const struct wc_plan *plan, char *why, size_t why_size);

#endif
