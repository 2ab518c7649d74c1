/* Networks for tests. */
#ifndef WC_TESTS_NET_BUILD_H
#define WC_TESTS_NET_BUILD_H

#include "graph.h"

/* A built-in network; the caller deletes it. Fails the test if there is none of that name. */
struct wc_graph *net_build(const char *name);

#endif
