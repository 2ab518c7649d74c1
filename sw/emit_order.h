/* Reorders commands so that the queues overlap: a list scheduler over a window of the program.
 *
 * Commands enter in program order. Two whose bytes conflict keep their order, so memory ends the
 * same; all others may pass each other within the window. They leave in the order in which a rough
 * model of the device would start them. See docs/compiler.md. */
#ifndef WC_EMIT_ORDER_H
#define WC_EMIT_ORDER_H

#include "emit.h"

struct wc_order;

/* @device: sizes that the costs follow from; 0: as in `small`. NULL without memory. */
struct wc_order *wc_order_new(const struct wc_emit_device *device, uint64_t gbuf_bytes);
void wc_order_delete(struct wc_order *order);

/* True when a command must leave before another can enter. */
bool wc_order_full(const struct wc_order *order);
bool wc_order_empty(const struct wc_order *order);
/* Enters a command with its ranges. The order must not be full. @background: it is in no hurry, and
 * gives way to those that enter after it as long as these are as many as the window holds. */
void wc_order_put(struct wc_order *order, const struct wc_cmd *cmd, const struct wc_range *ranges,
                  unsigned n, bool background);
/* The next command to leave, valid until the next call; NULL without memory. Not when empty. */
const struct wc_cmd *wc_order_take(struct wc_order *order);

/* Cycles that a command keeps its unit busy, roughly, operands on chip and ports free. */
uint64_t wc_cmd_cycles(const struct wc_cmd *cmd, const struct wc_emit_device *device);

#endif
