/* The uart device without a board: frames, and every way in which a port is not one. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "link_frame.h"
#include "random.h"
#include "uart_port.h"
#include "wavecore.h"
#include "wc_cmocka.h"

/* A pty whose other end is @master. */
static void open_pty(int *master, char *path, size_t room) {
  *master = posix_openpt(O_RDWR | O_NOCTTY);
  assert_true(*master >= 0);
  assert_int_equal(grantpt(*master), 0);
  assert_int_equal(unlockpt(*master), 0);
  assert_int_equal(ptsname_r(*master, path, room), 0);
}

static void expect_refused(const char *uri, int status, const char *words) {
  struct wc_device *dev;
  char why[256];
  assert_int_equal(wc_open(uri, &dev, why, sizeof why), status);
  if (strstr(why, words) == NULL)
    fail_msg("%s: '%s' does not say '%s'", uri, why, words);
}

static void bad_uris_are_named(void **state) {
  (void)state;
  expect_refused("uart:", WC_EINVAL, "takes a port");
  expect_refused("uart:/dev/null,speed=9", WC_EINVAL, "speed=9");
  expect_refused("uart:/dev/null,timeout=0", WC_EINVAL, "timeout=0");
  expect_refused("uart:/dev/no-such-port", WC_ENODEV, "No such file");
  expect_refused("uart:/dev/null", WC_ENODEV, "no serial port");
}

static void a_port_belongs_to_one_program(void **state) {
  (void)state;
  int master;
  char path[64], uri[128], why[256];
  open_pty(&master, path, sizeof path);
  const int fd = wc_port_open(path, why, sizeof why);
  assert_true(fd >= 0);
  snprintf(uri, sizeof uri, "uart:%s", path);
  expect_refused(uri, WC_EBUSY, "another program");
  wc_port_close(fd);
  snprintf(uri, sizeof uri, "uart:%s,timeout=20,tries=2", path);
  expect_refused(uri, WC_ENODEV, "no answer");
  close(master);
}

static void a_port_that_goes_away_is_an_io_error(void **state) {
  (void)state;
  int master;
  char path[64], why[256];
  uint8_t bytes[8];
  size_t n;
  open_pty(&master, path, sizeof path);
  const int fd = wc_port_open(path, why, sizeof why);
  assert_true(fd >= 0);
  assert_int_equal(wc_port_receive(fd, bytes, sizeof bytes, &n, 10), WC_ETIMEDOUT);
  close(master);
  assert_int_equal(wc_port_receive(fd, bytes, sizeof bytes, &n, 1000), WC_EIO);
  assert_int_equal(wc_port_send(fd, bytes, sizeof bytes, 1000), WC_EIO);
  wc_port_close(fd);
}

/* As root, who may do everything, it takes a child that is somebody else. */
static void no_permission_is_told_with_the_rule_that_gives_it(void **state) {
  (void)state;
  int master, result;
  char path[64];
  open_pty(&master, path, sizeof path);
  assert_int_equal(chmod(path, 0), 0);
  const pid_t child = fork();
  if (child == 0) {
    char why[512];
    if (getuid() == 0 && setuid(65534) != 0)
      _exit(2);
    const int status = wc_port_open(path, why, sizeof why);
    _exit(status == WC_EIO && strstr(why, "no permission") != NULL &&
                  strstr(why, "ATTRS{idVendor}==\"0403\"") != NULL
              ? 0
              : 1);
  }
  assert_int_equal(waitpid(child, &result, 0), child);
  assert_int_equal(result, 0);
  close(master);
}

/* Writes @size bytes at @bytes again and again until it is killed. */
static pid_t babble(int master, const char *bytes, size_t size) {
  const pid_t child = fork();
  for (; child == 0;) {
    if (write(master, bytes, size) < 0)
      _exit(1);
  }
  return child;
}

static void who_babbles_without_end_is_no_board(void **state) {
  (void)state;
  /* Bytes without an end of a frame; ends of frames alone; frames that are none. */
  static const char *const talk[] = {"UUUUUUUU", "\0\0\0\0\0\0\0\0", "wrong!!\0"};
  for (unsigned i = 0; i < 3; i++) {
    int master;
    char path[64], uri[128];
    open_pty(&master, path, sizeof path);
    snprintf(uri, sizeof uri, "uart:%s,timeout=50,tries=3", path);
    const pid_t child = babble(master, talk[i], 8);
    const time_t begin = time(NULL);
    expect_refused(uri, WC_ENODEV, "no answer");
    assert_true(time(NULL) - begin < 10);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(master);
  }
}

static void frames_come_back_whole_or_not_at_all(void **state) {
  (void)state;
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  for (unsigned i = 0; i < 3000; i++) {
    uint8_t frame[WC_FRAME_MAX], line[WC_LINE_MAX], back[WC_FRAME_MAX];
    const size_t most = i % 3 == 0 ? WC_FRAME_MAX - 4 : 30;
    const size_t size = i < 6 ? most : (size_t)wc_random_range(&r, 1, (int64_t)most);
    for (size_t k = 0; k < size; k++)
      frame[k] = i % 2 == 0 ? (uint8_t)wc_random_next(&r) : (uint8_t)(i % 5 == 0 ? 0 : 0xFF);
    const size_t n = wc_frame_encode(frame, size, line);
    assert_true(n <= WC_LINE_MAX);
    assert_ptr_equal(memchr(line, 0, n), line + n - 1);
    size_t got = 0;
    assert_true(wc_frame_decode(line, n - 1, back, &got));
    assert_int_equal(got, size);
    assert_memory_equal(back, frame, size);
    /* One byte changed, or one lost. */
    const size_t at = (size_t)wc_random_range(&r, 0, (int64_t)n - 2);
    line[at] ^= (uint8_t)(1u << wc_random_range(&r, 0, 7));
    assert_false(wc_frame_decode(line, n - 1, back, &got));
    assert_false(wc_frame_decode(line, n - 2, back, &got));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bad_uris_are_named),
      cmocka_unit_test(a_port_belongs_to_one_program),
      cmocka_unit_test(a_port_that_goes_away_is_an_io_error),
      cmocka_unit_test(no_permission_is_told_with_the_rule_that_gives_it),
      cmocka_unit_test(who_babbles_without_end_is_no_board),
      cmocka_unit_test(frames_come_back_whole_or_not_at_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
