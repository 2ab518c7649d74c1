/* A few threads that take work from a source, and share single pieces of it as numbered tasks. */
#ifndef WC_POOL_H
#define WC_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct wc_pool;

/* Does one piece of work as @worker, if there is any that may start now. */
typedef bool (*wc_pool_source)(void *arg, unsigned worker);

/* @threads workers in all, the caller's thread included, which is worker 0; 0: one for each
 * processor. @source: what idle workers turn to, or NULL. NULL without memory or threads. */
struct wc_pool *wc_pool_new(unsigned threads, wc_pool_source source, void *arg);
void wc_pool_delete(struct wc_pool *pool);
unsigned wc_pool_threads(const struct wc_pool *pool);

/* One task: @task in 0 .. tasks-1, @worker in 0 .. threads-1. */
typedef void (*wc_pool_fn)(void *arg, size_t task, unsigned worker);

/* Runs every task once, in any order, on @worker, who calls, and on any that are idle; returns
 * when all are done. */
void wc_pool_run(struct wc_pool *pool, unsigned worker, size_t tasks, wc_pool_fn fn, void *arg);

/* A change that others may wait for: number of the changes so far; wait until it is not @seen,
 * at least for a moment; count one, which those who still spin see at once. Who sleeps hears of it
 * from wc_pool_wake, or when the worker that made it waits itself: it is often that worker who
 * goes on with the only work there is. */
unsigned wc_pool_changes(struct wc_pool *pool);
void wc_pool_await(struct wc_pool *pool, unsigned seen);
void wc_pool_changed(struct wc_pool *pool);
bool wc_pool_sleeps(struct wc_pool *pool); /* whether any worker does */
void wc_pool_wake(struct wc_pool *pool);
/* How often the next wait looks for a change before it sleeps. */
int wc_pool_spins(struct wc_pool *pool);

/* Lets @worker 0 do what an idle worker does, once; false when there was nothing to do. */
bool wc_pool_help(struct wc_pool *pool, unsigned worker);

#endif
