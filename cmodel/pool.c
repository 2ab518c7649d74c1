/* Workers spin for a moment after a job, since the next command usually follows at once, and
 * then sleep. A worker joins a job by counting itself into `state` while the job is open, so a
 * worker that wakes too late finds it closed and touches nothing. */
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "port.h"

enum { SPINS = 2000, OPEN = 1 << 30, MAX_THREADS = 256 };

struct worker {
  struct wc_pool *pool;
  pthread_t thread;
  unsigned index;
};

struct wc_pool {
  unsigned threads, started;
  struct worker *workers;

  /* The job; written while `state` is 0. */
  wc_pool_fn fn;
  void *arg;
  size_t tasks;
  atomic_size_t next; /* first task not taken */

  atomic_int state;    /* OPEN while workers may join, plus the number that have */
  atomic_uint job;     /* counts jobs */
  atomic_int sleepers; /* workers that wait for `wake` */
  atomic_bool caller_sleeps;
  atomic_bool quit;
  pthread_mutex_t mutex;
  pthread_cond_t wake, done;
};

static void work(struct wc_pool *pool, unsigned worker) {
  for (;;) {
    const size_t task = atomic_fetch_add(&pool->next, 1);
    if (task >= pool->tasks)
      return;
    pool->fn(pool->arg, task, worker);
  }
}

/* Waits until the number of jobs differs from @seen. */
static void wait_for_job(struct wc_pool *pool, unsigned seen) {
  for (int i = 0; i < SPINS; i++) {
    if (atomic_load(&pool->job) != seen)
      return;
    WC_SPIN_PAUSE();
  }
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add(&pool->sleepers, 1);
  while (atomic_load(&pool->job) == seen)
    pthread_cond_wait(&pool->wake, &pool->mutex);
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->mutex);
}

static bool join_job(struct wc_pool *pool) {
  int state = atomic_load(&pool->state);
  while (state & OPEN) {
    if (atomic_compare_exchange_weak(&pool->state, &state, state + 1))
      return true;
  }
  return false;
}

static void leave_job(struct wc_pool *pool) {
  if (atomic_fetch_sub(&pool->state, 1) != 1 || !atomic_load(&pool->caller_sleeps))
    return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_signal(&pool->done);
  pthread_mutex_unlock(&pool->mutex);
}

static void *worker_main(void *arg) {
  struct worker *self = arg;
  struct wc_pool *pool = self->pool;
  unsigned seen = 0;
  for (;;) {
    wait_for_job(pool, seen);
    if (atomic_load(&pool->quit))
      return NULL;
    seen = atomic_load(&pool->job);
    if (join_job(pool)) {
      work(pool, self->index);
      leave_job(pool);
    }
  }
}

static void announce(struct wc_pool *pool) {
  atomic_fetch_add(&pool->job, 1);
  if (atomic_load(&pool->sleepers) > 0) {
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
  }
}

struct wc_pool *wc_pool_new(unsigned threads) {
  if (threads == 0) {
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    threads = online > 0 ? (unsigned)online : 1;
  }
  if (threads > MAX_THREADS)
    threads = MAX_THREADS;
  struct wc_pool *pool = calloc(1, sizeof *pool);
  if (pool == NULL)
    return NULL;
  pool->threads = threads;
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  pthread_cond_init(&pool->done, NULL);
  pool->workers = calloc(threads, sizeof *pool->workers);
  if (pool->workers == NULL) {
    wc_pool_delete(pool);
    return NULL;
  }
  for (unsigned i = 1; i < threads; i++) {
    struct worker *worker = &pool->workers[i];
    worker->pool = pool;
    worker->index = i;
    if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0) {
      wc_pool_delete(pool);
      return NULL;
    }
    pool->started = i;
  }
  return pool;
}

void wc_pool_delete(struct wc_pool *pool) {
  if (pool == NULL)
    return;
  atomic_store(&pool->quit, true);
  announce(pool);
  for (unsigned i = 1; i <= pool->started; i++)
    pthread_join(pool->workers[i].thread, NULL);
  pthread_cond_destroy(&pool->done);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->workers);
  free(pool);
}

unsigned wc_pool_threads(const struct wc_pool *pool) {
  return pool->threads;
}

/* Closes the job and waits for the workers that joined it. */
static void close_job(struct wc_pool *pool) {
  if (atomic_fetch_and(&pool->state, ~OPEN) == OPEN)
    return;
  for (int i = 0; i < SPINS; i++) {
    if (atomic_load(&pool->state) == 0)
      return;
    WC_SPIN_PAUSE();
  }
  pthread_mutex_lock(&pool->mutex);
  atomic_store(&pool->caller_sleeps, true);
  while (atomic_load(&pool->state) != 0)
    pthread_cond_wait(&pool->done, &pool->mutex);
  atomic_store(&pool->caller_sleeps, false);
  pthread_mutex_unlock(&pool->mutex);
}

void wc_pool_run(struct wc_pool *pool, size_t tasks, wc_pool_fn fn, void *arg) {
  if (tasks <= 1 || pool->threads == 1) {
    for (size_t i = 0; i < tasks; i++)
      fn(arg, i, 0);
    return;
  }
  pool->fn = fn;
  pool->arg = arg;
  pool->tasks = tasks;
  atomic_store(&pool->next, 0);
  atomic_store(&pool->state, OPEN);
  announce(pool);
  work(pool, 0);
  close_job(pool);
}
