/* Commands of a stream on their way through the four queues. As in the device, the commands of a
 * queue execute one after another, and those of different queues in any order that the tokens
 * allow; here side by side on the pool's workers. */
#ifndef WC_FLOW_H
#define WC_FLOW_H

#include <stdbool.h>

#include "exec.h"

struct wc_flow;

/* @exec: what commands execute with; its pool may be set later. NULL without memory. */
struct wc_flow *wc_flow_new(const struct wc_exec *exec);
void wc_flow_delete(struct wc_flow *flow);

/* Appends a legal command, whose tokens are those given before it in the stream, to its queue;
 * works as worker 0 while that is full. */
void wc_flow_put(struct wc_flow *flow, const struct wc_cmd *cmd);
/* Works until every command has been executed. */
void wc_flow_drain(struct wc_flow *flow);
/* Drops tokens that nobody took. Between streams. */
void wc_flow_clear(struct wc_flow *flow);

/* The pool's source: executes one command, if one may start. */
bool wc_flow_step(void *flow, unsigned worker);

#endif
