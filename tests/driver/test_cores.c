/* Several cores behind one handle: streams side by side, whose error it was, whose counters.
 *
 * On the C model with two cores, or on the device that the environment variable DEVICE names. */
#include <stdlib.h>
#include <string.h>

#include "stream_build.h"
#include "wc_cmocka.h"

enum { BYTES = 256, STREAM_ROOM = 0x1000 };

static wc_addr data_at(unsigned core) {
  return 0x1000 + 0x1000 * (wc_addr)core;
}
static wc_addr result_at(unsigned core) {
  return 0x40000 + 0x1000 * (wc_addr)core;
}
static wc_addr stream_at(unsigned core) {
  return 0x80000 + STREAM_ROOM * (wc_addr)core;
}

static int open_device(void **state) {
  const char *uri = getenv("DEVICE");
  char why[256];
  struct wc_device *dev;
  if (wc_open(uri != NULL ? uri : "cmodel:cores=2,mem=4MiB", &dev, why, sizeof why) != WC_OK) {
    print_error("%s\n", why);
    return -1;
  }
  assert_true(wc_caps(dev)->cores > 1);
  assert_int_equal(wc_set_watchdog(dev, 20000), WC_OK);
  *state = dev;
  return 0;
}

static int close_device(void **state) {
  wc_close(*state);
  return 0;
}

static void fill(struct wc_device *dev, unsigned core, uint8_t first) {
  uint8_t bytes[BYTES];
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)(first + 3 * i);
  assert_int_equal(wc_write(dev, data_at(core), bytes, sizeof bytes), WC_OK);
}

/* Writes @s for @core and tells where it is. */
static struct wc_submission place(struct wc_device *dev, unsigned core, struct stream_build *s) {
  const struct wc_submission at = {stream_at(core), stream_bytes(s)};
  assert_true(at.size <= STREAM_ROOM);
  assert_int_equal(wc_write(dev, at.addr, s->words, at.size), WC_OK);
  stream_free(s);
  return at;
}

/* Copies the core's data to its result, @times one after another. */
static struct wc_submission place_copy(struct wc_device *dev, unsigned core, unsigned times) {
  struct stream_build s = {0};
  for (unsigned i = 0; i < times; i++) {
    stream_load(&s, data_at(core), 64, BYTES);
    stream_wait(&s, i > 0 ? 1 << WC_Q_STORE : 0);
    stream_signal(&s, 1 << WC_Q_STORE);
    stream_store(&s, 64, result_at(core), BYTES);
    stream_wait(&s, 1 << WC_Q_LOAD);
    stream_signal(&s, i + 1 < times ? 1 << WC_Q_LOAD : 0);
  }
  stream_end(&s);
  return place(dev, core, &s);
}

/* A load that waits for a token nobody gives. */
static struct wc_submission place_stuck(struct wc_device *dev, unsigned core) {
  struct stream_build s = {0};
  stream_load(&s, data_at(core), 64, BYTES);
  stream_wait(&s, 1 << WC_Q_STORE);
  stream_end(&s);
  return place(dev, core, &s);
}

static void expect_copied(struct wc_device *dev, unsigned core) {
  uint8_t in[BYTES], out[BYTES];
  assert_int_equal(wc_read(dev, in, data_at(core), sizeof in), WC_OK);
  assert_int_equal(wc_read(dev, out, result_at(core), sizeof out), WC_OK);
  assert_memory_equal(in, out, sizeof in);
}

/* All cores copy, each its own. */
static void expect_works(struct wc_device *dev) {
  static uint8_t first = 1;
  const unsigned cores = wc_caps(dev)->cores;
  struct wc_submission streams[WC_CORES_MAX];
  for (unsigned core = 0; core < cores; core++) {
    fill(dev, core, ++first);
    streams[core] = place_copy(dev, core, 1);
  }
  assert_int_equal(wc_submit_cores(dev, streams, cores), WC_OK);
  assert_int_equal(wc_wait(dev, 30000), WC_OK);
  for (unsigned core = 0; core < cores; core++)
    expect_copied(dev, core);
}

static void every_core_runs_its_stream(void **state) {
  for (int i = 0; i < 3; i++)
    expect_works(*state);
}

static void the_wait_is_for_the_slowest(void **state) {
  struct wc_device *dev = *state;
  for (unsigned slow = 0; slow < 2; slow++) {
    struct wc_submission streams[2];
    for (unsigned core = 0; core < 2; core++) {
      fill(dev, core, (uint8_t)(40 * slow + core));
      streams[core] = place_copy(dev, core, core == slow ? 12 : 1);
    }
    assert_int_equal(wc_submit_cores(dev, streams, 2), WC_OK);
    assert_int_equal(wc_submit(dev, streams[0].addr, streams[0].size), WC_EBUSY);
    assert_int_equal(wc_wait(dev, 30000), WC_OK);
    expect_copied(dev, 0);
    expect_copied(dev, 1);
  }
}

static void bad_submissions_are_refused_and_nothing_runs(void **state) {
  struct wc_device *dev = *state;
  const unsigned cores = wc_caps(dev)->cores;
  struct wc_submission streams[WC_CORES_MAX + 1];
  for (unsigned core = 0; core <= cores; core++)
    streams[core] = place_copy(dev, core % cores, 1);
  assert_int_equal(wc_submit_cores(dev, streams, 0), WC_EINVAL);
  assert_int_equal(wc_submit_cores(dev, streams, cores + 1), WC_EINVAL);
  streams[1].size += 8;
  assert_int_equal(wc_submit_cores(dev, streams, cores), WC_EINVAL);
  streams[1].size = 16;
  streams[1].addr = wc_caps(dev)->mem_bytes;
  assert_int_equal(wc_submit_cores(dev, streams, cores), WC_ERANGE);
  assert_int_equal(wc_wait(dev, 0), WC_OK);
  expect_works(dev);
}

static void an_error_names_its_core_and_the_others_finish(void **state) {
  struct wc_device *dev = *state;
  struct wc_error_info info;
  for (unsigned bad = 0; bad < 2; bad++) {
    struct wc_submission streams[2];
    fill(dev, 1 - bad, (uint8_t)(90 + bad));
    streams[bad] = place_stuck(dev, bad);
    streams[1 - bad] = place_copy(dev, 1 - bad, 3);
    assert_int_equal(wc_submit_cores(dev, streams, 2), WC_OK);
    assert_int_equal(wc_wait(dev, 30000), WC_EDEVICE);
    wc_last_error(dev, &info);
    assert_int_equal(info.core, bad);
    assert_int_equal(info.code, WC_E_WATCHDOG);
    expect_copied(dev, 1 - bad);
    assert_int_equal(wc_submit_cores(dev, streams, 2), WC_EDEVICE);
    assert_int_equal(wc_reset(dev), WC_OK);
    expect_works(dev);
  }
}

static void of_several_errors_the_lowest_core_is_named(void **state) {
  struct wc_device *dev = *state;
  struct wc_error_info info;
  const struct wc_submission streams[2] = {place_stuck(dev, 0), place_stuck(dev, 1)};
  assert_int_equal(wc_submit_cores(dev, streams, 2), WC_OK);
  assert_int_equal(wc_wait(dev, 30000), WC_EDEVICE);
  wc_last_error(dev, &info);
  assert_int_equal(info.core, 0);
  assert_int_equal(wc_reset(dev), WC_OK);
  expect_works(dev);
}

static void a_window_is_every_cores(void **state) {
  struct wc_device *dev = *state;
  struct wc_error_info info;
  const struct wc_submission streams[2] = {place_copy(dev, 0, 1), place_copy(dev, 1, 1)};
  assert_int_equal(wc_set_window(dev, streams[1].addr), WC_OK);
  assert_int_equal(wc_submit_cores(dev, streams, 2), WC_OK);
  assert_int_equal(wc_wait(dev, 30000), WC_EDEVICE);
  wc_last_error(dev, &info);
  assert_int_equal(info.core, 1);
  assert_int_equal(info.code, WC_E_WINDOW);
  assert_int_equal(wc_reset(dev), WC_OK);
  assert_int_equal(wc_set_window(dev, 0), WC_OK);
  expect_works(dev);
}

static void counters_are_each_cores_and_their_sum(void **state) {
  struct wc_device *dev = *state;
  const struct wc_submission streams[2] = {place_copy(dev, 0, 1), place_copy(dev, 1, 7)};
  struct wc_counters one[2], sum;
  assert_int_equal(wc_counters_clear(dev), WC_OK);
  assert_int_equal(wc_submit_cores(dev, streams, 2), WC_OK);
  assert_int_equal(wc_wait(dev, 30000), WC_OK);
  assert_int_equal(wc_submit(dev, streams[0].addr, streams[0].size), WC_OK);
  assert_int_equal(wc_wait(dev, 30000), WC_OK);
  for (unsigned core = 0; core < 2; core++)
    assert_int_equal(wc_counters_read_core(dev, core, &one[core]), WC_OK);
  assert_int_equal(wc_counters_read(dev, &sum), WC_OK);
  assert_int_equal(one[0].value[WC_C_WR_BYTES], 2 * BYTES);
  assert_int_equal(one[1].value[WC_C_WR_BYTES], 7 * BYTES);
  for (unsigned i = 0; i < WC_COUNTERS; i++)
    assert_int_equal(sum.value[i], one[0].value[i] + one[1].value[i]);
  assert_int_equal(wc_counters_read_core(dev, wc_caps(dev)->cores, &sum), WC_EINVAL);
  /* Time is that of the slower in the first run, and of core 0 in the second. */
  assert_true(sum.elapsed >= one[1].value[WC_C_CYCLES]);
  assert_true(sum.elapsed <= sum.value[WC_C_CYCLES]);
  assert_true(!sum.has_cycles || sum.elapsed > one[1].value[WC_C_CYCLES]);
  assert_int_equal(wc_counters_clear(dev), WC_OK);
  assert_int_equal(wc_counters_read(dev, &sum), WC_OK);
  assert_int_equal(sum.value[WC_C_WR_BYTES], 0);
  assert_int_equal(sum.elapsed, 0);
}

static void a_dump_shows_every_core(void **state) {
  static char text[65536];
  FILE *file = tmpfile();
  assert_int_equal(wc_dump_state(*state, fileno(file)), WC_OK);
  rewind(file);
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  assert_non_null(strstr(text, "core 0\n"));
  assert_non_null(strstr(text, "core 1\n"));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_device, close_device)
  const struct CMUnitTest tests[] = {
      TEST(every_core_runs_its_stream),
      TEST(the_wait_is_for_the_slowest),
      TEST(bad_submissions_are_refused_and_nothing_runs),
      TEST(an_error_names_its_core_and_the_others_finish),
      TEST(of_several_errors_the_lowest_core_is_named),
      TEST(a_window_is_every_cores),
      TEST(counters_are_each_cores_and_their_sum),
      TEST(a_dump_shows_every_core),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
