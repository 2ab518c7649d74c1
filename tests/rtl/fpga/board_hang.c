/* A hung engine on a board: told in time, ended by a soft reset, the stream run again from where it
 * still lies in memory.
 *
 * Usage: board_hang URI */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stream_build.h"
#include "wc_cmocka.h"

enum { GOOD_AT = 0x1000, HUNG_AT = 0x1400, DATA = 0x2000, RESULT = 0x3000, BYTES = 256 };

static const char *device_uri;

static int open_device(void **state) {
  char why[256];
  struct wc_device *dev;
  if (wc_open(device_uri, &dev, why, sizeof why) != WC_OK) {
    print_error("%s\n", why);
    return -1;
  }
  *state = dev;
  return 0;
}

static int close_device(void **state) {
  wc_close(*state);
  return 0;
}

static void copy_stream(struct stream_build *s) {
  stream_load(s, DATA, 64, BYTES);
  stream_signal(s, 1 << WC_Q_STORE);
  stream_store(s, 64, RESULT, BYTES);
  stream_wait(s, 1 << WC_Q_LOAD);
  stream_end(s);
}

/* Its second command waits for a token that the GEMM unit never gives. */
static void hung_stream(struct stream_build *s) {
  stream_load(s, DATA, 0, 64);
  stream_wait(s, 1 << WC_Q_GEMM);
  stream_end(s);
}

static void fill(uint8_t bytes[BYTES]) {
  for (unsigned i = 0; i < BYTES; i++)
    bytes[i] = (uint8_t)(7 + 3 * i);
}

/* Data and stream are in memory from the first test on: nothing is loaded again. */
static void expect_runs_again(struct wc_device *dev) {
  uint8_t want[BYTES], got[BYTES] = {0};
  struct stream_build s = {0};
  copy_stream(&s);
  fill(want);
  assert_int_equal(wc_write(dev, RESULT, got, BYTES), WC_OK);
  assert_int_equal(wc_submit(dev, GOOD_AT, stream_bytes(&s)), WC_OK);
  assert_int_equal(wc_wait(dev, 60000), WC_OK);
  assert_int_equal(wc_read(dev, got, RESULT, BYTES), WC_OK);
  assert_memory_equal(got, want, BYTES);
  stream_free(&s);
}

static void a_stream_runs(void **state) {
  uint8_t bytes[BYTES];
  struct stream_build s = {0};
  copy_stream(&s);
  fill(bytes);
  assert_int_equal(wc_write(*state, DATA, bytes, BYTES), WC_OK);
  assert_int_equal(wc_write(*state, GOOD_AT, s.words, stream_bytes(&s)), WC_OK);
  stream_free(&s);
  expect_runs_again(*state);
}

static void the_watchdog_ends_a_hung_engine(void **state) {
  struct wc_error_info info;
  struct stream_build s = {0};
  hung_stream(&s);
  assert_int_equal(wc_set_watchdog(*state, 5000), WC_OK);
  assert_int_equal(stream_submit(&s, *state, HUNG_AT), WC_OK);
  assert_int_equal(wc_wait(*state, 60000), WC_EDEVICE);
  wc_last_error(*state, &info);
  assert_int_equal(info.code, WC_E_WATCHDOG);
  assert_int_equal(wc_reset(*state), WC_OK);
  stream_free(&s);
  expect_runs_again(*state);
}

static void without_it_the_wait_ends_in_time_and_the_dump_says_where(void **state) {
  char text[8192] = "";
  struct stream_build s = {0};
  hung_stream(&s);
  assert_int_equal(wc_set_watchdog(*state, 0), WC_OK);
  assert_int_equal(stream_submit(&s, *state, HUNG_AT), WC_OK);
  const time_t begin = time(NULL);
  assert_int_equal(wc_wait(*state, 500), WC_ETIMEDOUT);
  assert_true(time(NULL) - begin < 30);
  FILE *file = tmpfile();
  assert_non_null(file);
  assert_int_equal(wc_dump_state(*state, fileno(file)), WC_OK);
  rewind(file);
  assert_true(fread(text, 1, sizeof text - 1, file) > 0);
  fclose(file);
  assert_non_null(strstr(text, "status: busy"));
  assert_non_null(strstr(text, "needs a token of gemm"));
  assert_int_equal(wc_reset(*state), WC_OK);
  stream_free(&s);
  expect_runs_again(*state);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_stream_runs),
      cmocka_unit_test(the_watchdog_ends_a_hung_engine),
      cmocka_unit_test(without_it_the_wait_ends_in_time_and_the_dump_says_where),
  };
  if (argc != 2) {
    fprintf(stderr, "usage: board_hang URI\n");
    return 2;
  }
  device_uri = argv[1];
  return cmocka_run_group_tests(tests, open_device, close_device);
}
