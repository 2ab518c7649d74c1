/* A few threads that work through numbered tasks together. */
#ifndef WC_POOL_H
#define WC_POOL_H

#include <stddef.h>

struct wc_pool;

/* @threads workers in all, the caller's thread included; 0: one for each processor.
 * NULL without memory or threads. */
struct wc_pool *wc_pool_new(unsigned threads);
void wc_pool_delete(struct wc_pool *pool);
unsigned wc_pool_threads(const struct wc_pool *pool);

/* One task: @task in 0 .. tasks-1, @worker in 0 .. threads-1 (0 is the caller). */
typedef void (*wc_pool_fn)(void *arg, size_t task, unsigned worker);

/* Runs every task once, in any order, on any worker, and returns when all are done. */
void wc_pool_run(struct wc_pool *pool, size_t tasks, wc_pool_fn fn, void *arg);

#endif
