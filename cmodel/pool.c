/* An idle worker spins for a moment, since the next piece of work usually follows at once, and
 * then sleeps until something changes. Where another program has the processor that should bring
 * the change, spinning only takes time from it: each wait that spun in vain halves the next ones,
 * each that did not doubles them. A worker joins a job by counting itself into `state` while the
 * job is open, so one that comes too late finds it closed and touches nothing. */
#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "port.h"

enum { SPINS_MIN = 32, SPINS_MAX = 2048, OPEN = 1 << 30, MAX_THREADS = 256, LINE = 64 };

/* What a worker shares with others; written while `state` is 0. */
struct job {
  _Alignas(LINE) atomic_int state; /* OPEN while workers may join, plus the number that have */
  atomic_size_t next;              /* first task not taken */
  wc_pool_fn fn;
  void *arg;
  size_t tasks;
};

struct worker {
  struct job job;
  struct wc_pool *pool;
  pthread_t thread;
  unsigned index;
};

struct wc_pool {
  unsigned threads, started;
  struct worker *workers;
  wc_pool_source source;
  void *arg;
  atomic_int spins; /* of the next wait, at most */
  _Alignas(LINE) atomic_uint changes;
  atomic_uint told;    /* changes at the last broadcast */
  atomic_int sleepers; /* workers that wait for `wake` */
  atomic_bool quit;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
};

unsigned wc_pool_changes(struct wc_pool *pool) {
  return atomic_load(&pool->changes);
}

int wc_pool_spins(struct wc_pool *pool) {
  return atomic_load_explicit(&pool->spins, memory_order_relaxed);
}

static bool spin(struct wc_pool *pool, unsigned seen, int spins) {
  for (int i = 0; i < spins; i++) {
    if (atomic_load_explicit(&pool->changes, memory_order_relaxed) != seen)
      return true;
    WC_SPIN_PAUSE();
  }
  return false;
}

/* Written only where it changes: all workers read it. */
static void set_spins(struct wc_pool *pool, int before, int spins) {
  if (spins != before)
    atomic_store_explicit(&pool->spins, spins, memory_order_relaxed);
}

void wc_pool_await(struct wc_pool *pool, unsigned seen) {
  wc_pool_wake(pool); /* who sleeps may have work from what this worker changed */
  const int spins = wc_pool_spins(pool);
  if (spin(pool, seen, spins)) {
    set_spins(pool, spins, spins < SPINS_MAX ? 2 * spins : SPINS_MAX);
    return;
  }
  set_spins(pool, spins, spins > SPINS_MIN ? spins / 2 : SPINS_MIN);
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add(&pool->sleepers, 1);
  while (atomic_load(&pool->changes) == seen)
    pthread_cond_wait(&pool->wake, &pool->mutex);
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->mutex);
}

void wc_pool_changed(struct wc_pool *pool) {
  atomic_fetch_add(&pool->changes, 1);
}

bool wc_pool_sleeps(struct wc_pool *pool) {
  return atomic_load(&pool->sleepers) != 0;
}

void wc_pool_wake(struct wc_pool *pool) {
  const unsigned changes = wc_pool_changes(pool);
  if (!wc_pool_sleeps(pool) || atomic_exchange(&pool->told, changes) == changes)
    return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
}

static bool join_job(struct job *job) {
  int state = atomic_load_explicit(&job->state, memory_order_relaxed);
  while (state & OPEN) {
    if (atomic_compare_exchange_weak(&job->state, &state, state + 1))
      return true;
  }
  return false;
}

/* Takes tasks until none is left, which closes the job. */
static void work(struct job *job, unsigned worker) {
  for (;;) {
    const size_t task = atomic_fetch_add(&job->next, 1);
    if (task >= job->tasks)
      break;
    job->fn(job->arg, task, worker);
  }
  atomic_fetch_and(&job->state, ~OPEN);
}

bool wc_pool_help(struct wc_pool *pool, unsigned worker) {
  if (pool->source != NULL && pool->source(pool->arg, worker))
    return true;
  for (unsigned i = 0; i < pool->threads; i++) {
    struct job *job = &pool->workers[i].job;
    if (!join_job(job))
      continue;
    work(job, worker);
    if (atomic_fetch_sub(&job->state, 1) == 1) {
      wc_pool_changed(pool);
      wc_pool_wake(pool);
    }
    return true;
  }
  return false;
}

static void *worker_main(void *arg) {
  struct worker *self = arg;
  struct wc_pool *pool = self->pool;
  while (!atomic_load(&pool->quit)) {
    const unsigned seen = wc_pool_changes(pool);
    if (!wc_pool_help(pool, self->index) && !atomic_load(&pool->quit))
      wc_pool_await(pool, seen);
  }
  return NULL;
}

static unsigned choose_threads(unsigned threads) {
  if (threads == 0) {
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    threads = online > 0 ? (unsigned)online : 1;
  }
  return threads < MAX_THREADS ? threads : MAX_THREADS;
}

static bool start_workers(struct wc_pool *pool) {
  const size_t bytes = pool->threads * sizeof *pool->workers;
  pool->workers = aligned_alloc(LINE, bytes);
  if (pool->workers == NULL)
    return false;
  for (unsigned i = 0; i < pool->threads; i++) {
    pool->workers[i] = (struct worker){.pool = pool, .index = i};
    atomic_init(&pool->workers[i].job.state, 0);
    atomic_init(&pool->workers[i].job.next, 0);
  }
  for (unsigned i = 1; i < pool->threads; i++) {
    struct worker *worker = &pool->workers[i];
    if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0)
      return false;
    pool->started = i;
  }
  return true;
}

struct wc_pool *wc_pool_new(unsigned threads, wc_pool_source source, void *arg) {
  struct wc_pool *pool = aligned_alloc(LINE, sizeof *pool);
  if (pool == NULL)
    return NULL;
  *pool = (struct wc_pool){.threads = choose_threads(threads), .source = source, .arg = arg};
  atomic_init(&pool->spins, SPINS_MAX);
  atomic_init(&pool->changes, 0);
  atomic_init(&pool->told, 0);
  atomic_init(&pool->sleepers, 0);
  atomic_init(&pool->quit, false);
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->wake, NULL);
  if (!start_workers(pool)) {
    wc_pool_delete(pool);
    return NULL;
  }
  return pool;
}

void wc_pool_delete(struct wc_pool *pool) {
  if (pool == NULL)
    return;
  atomic_store(&pool->quit, true);
  wc_pool_changed(pool);
  wc_pool_wake(pool);
  for (unsigned i = 1; i <= pool->started; i++)
    pthread_join(pool->workers[i].thread, NULL);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->workers);
  free(pool);
}

unsigned wc_pool_threads(const struct wc_pool *pool) {
  return pool->threads;
}

/* Waits for the workers that joined a job which is closed. */
static void await_others(struct wc_pool *pool, struct job *job) {
  for (;;) {
    const unsigned seen = wc_pool_changes(pool);
    if (atomic_load(&job->state) == 0)
      return;
    wc_pool_await(pool, seen);
  }
}

void wc_pool_run(struct wc_pool *pool, unsigned worker, size_t tasks, wc_pool_fn fn, void *arg) {
  if (tasks <= 1 || pool->threads == 1) {
    for (size_t i = 0; i < tasks; i++)
      fn(arg, i, worker);
    return;
  }
  struct job *job = &pool->workers[worker].job;
  job->fn = fn;
  job->arg = arg;
  job->tasks = tasks;
  atomic_store(&job->next, 0);
  atomic_store(&job->state, OPEN);
  wc_pool_changed(pool);
  wc_pool_wake(pool);
  work(job, worker);
  await_others(pool, job);
}
