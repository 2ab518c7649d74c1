/* The worker pool runs every task exactly once and comes back. */
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "pool.h"
#include "random.h"
#include "wc_cmocka.h"

enum { TASKS = 300 };

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_task_runs_once),
      cmocka_unit_test(no_threads_means_one_for_each_processor),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
