/* The worker pool runs every task exactly once and comes back; who waits hears of every change. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "pool.h"
#include "random.h"
#include "wc_cmocka.h"

enum { TASKS = 300, TURNS = 4000, HANGS = 120 };

struct work {
  atomic_int done[TASKS];
  unsigned workers;
  atomic_int foreign; /* tasks given to a worker that does not exist */
};

static void mark(void *arg, size_t task, unsigned worker) {
  struct work *work = arg;
  if (worker > 0 && task % 64 == 0) /* late, so that a caller that does not wait is caught */
    nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
  atomic_fetch_add(&work->done[task], 1);
  if (worker >= work->workers)
    atomic_fetch_add(&work->foreign, 1);
}

static void every_task_runs_once(void **state) {
  (void)state;
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  for (unsigned threads = 1; threads <= 4; threads++) {
    struct wc_pool *pool = wc_pool_new(threads, NULL, NULL);
    assert_non_null(pool);
    assert_int_equal(wc_pool_threads(pool), threads);
    for (int job = 0; job < 1000; job++) {
      struct work work = {.workers = threads};
      const size_t tasks = wc_random_below(&r, TASKS + 1);
      wc_pool_run(pool, 0, tasks, mark, &work);
      for (size_t i = 0; i < TASKS; i++)
        assert_int_equal(atomic_load(&work.done[i]), i < tasks);
      assert_int_equal(atomic_load(&work.foreign), 0);
      if (job % 100 == 0) /* let the workers fall asleep */
        nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
    }
    wc_pool_delete(pool);
  }
}

static void no_threads_means_one_for_each_processor(void **state) {
  (void)state;
  struct wc_pool *pool = wc_pool_new(0, NULL, NULL);
  assert_non_null(pool);
  assert_true(wc_pool_threads(pool) >= 1);
  wc_pool_delete(pool);
  wc_pool_delete(NULL);
}

/* Two threads whose turn it is one after the other. */
struct game {
  struct wc_pool *pool;
  atomic_int turn;
  uint64_t seed;
};

static void nap(long microseconds) {
  nanosleep(&(struct timespec){.tv_nsec = 1000 * microseconds}, NULL);
}

static void await_turn(struct game *game, int me) {
  for (;;) {
    const unsigned seen = wc_pool_changes(game->pool);
    if (atomic_load(&game->turn) % 2 == me)
      return;
    wc_pool_await(game->pool, seen);
  }
}

/* Some turns end at once, others when the other player has long been asleep, whom nobody wakes but
 * the wait that follows. */
static void play(struct game *game, int me) {
  struct wc_random r;
  wc_random_seed(&r, game->seed + (uint64_t)me);
  for (int i = 0; i < TURNS; i++) {
    await_turn(game, me);
    if (wc_random_below(&r, 4) == 0)
      nap((long)wc_random_below(&r, 200));
    atomic_fetch_add(&game->turn, 1);
    wc_pool_changed(game->pool);
  }
  wc_pool_wake(game->pool);
}

static void *play_second(void *arg) {
  play(arg, 1);
  return NULL;
}

static void who_waits_hears_of_every_change(void **state) {
  (void)state;
  struct game game = {.pool = wc_pool_new(1, NULL, NULL), .seed = wc_random_env_seed()};
  assert_non_null(game.pool);
  pthread_t second;
  alarm(HANGS);
  assert_int_equal(pthread_create(&second, NULL, play_second, &game), 0);
  play(&game, 0);
  pthread_join(second, NULL);
  alarm(0);
  assert_int_equal(atomic_load(&game.turn), 2 * TURNS);
  wc_pool_delete(game.pool);
}

static void *change_late(void *arg) {
  struct wc_pool *pool = arg;
  nap(2000);
  wc_pool_changed(pool);
  wc_pool_wake(pool);
  return NULL;
}

static void waits_that_spin_in_vain_spin_less(void **state) {
  (void)state;
  struct wc_pool *pool = wc_pool_new(1, NULL, NULL);
  assert_non_null(pool);
  const int most = wc_pool_spins(pool);
  for (int i = 0; i < 1000 && wc_pool_spins(pool) > most / 16; i++) {
    pthread_t other;
    const unsigned seen = wc_pool_changes(pool);
    assert_int_equal(pthread_create(&other, NULL, change_late, pool), 0);
    wc_pool_await(pool, seen);
    pthread_join(other, NULL);
  }
  const int few = wc_pool_spins(pool);
  assert_in_range(few, 1, most / 16);
  for (int i = 0; i < 20; i++) {
    const unsigned seen = wc_pool_changes(pool);
    wc_pool_changed(pool);
    wc_pool_await(pool, seen);
  }
  assert_int_equal(wc_pool_spins(pool), most);
  wc_pool_delete(pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_task_runs_once),
      cmocka_unit_test(who_waits_hears_of_every_change),
      cmocka_unit_test(waits_that_spin_in_vain_spin_less),
      cmocka_unit_test(no_threads_means_one_for_each_processor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
