/* Devices in plug-ins: found, refused, and what the driver does with one that misbehaves. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "devices.h"
#include "wavecore.h"
#include "wc_cmocka.h"

/* Points $WAVECORE_PLUGINS at the plug-ins that were built beside this program. */
static int find_plugins(void **state) {
  (void)state;
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 32);
  if (length <= 0)
    return -1;
  path[length] = '\0';
  for (int up = 0; up < 2; up++)
    *strrchr(path, '/') = '\0';
  strcat(path, "/plugins");
  char list[PATH_MAX + 32];
  snprintf(list, sizeof list, "/nonexistent::%s", path);
  return setenv("WAVECORE_PLUGINS", list, 1);
}

static struct wc_device *open_fake(const char *uri) {
  struct wc_device *dev = NULL;
  char why[256] = "";
  if (wc_open(uri, &dev, why, sizeof why) != WC_OK)
    fail_msg("%s: %s", uri, why);
  return dev;
}

static void expect_refused(const char *uri, int status, const char *const words[]) {
  struct wc_device *dev = NULL;
  char why[512] = "";
  assert_int_equal(wc_open(uri, &dev, why, sizeof why), status);
  assert_null(dev);
  assert_null(strchr(why, '\n'));
  for (; *words != NULL; words++) {
    if (strstr(why, *words) == NULL)
      fail_msg("%s: \"%s\" lacks '%s'", uri, why, *words);
  }
}

static uint64_t ms_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void a_plugin_is_a_device_like_any_other(void **state) {
  (void)state;
  struct wc_device *dev = open_fake("fake:good");
  assert_int_equal(wc_caps(dev)->rows, 2);
  assert_int_equal(wc_caps(dev)->cols, 3);
  assert_int_equal(wc_caps(dev)->mem_bytes, 16 << 20);
  assert_int_equal(wc_submit(dev, 0, 16), WC_OK);
  assert_int_equal(wc_wait(dev, 1000), WC_OK);
  assert_int_equal(wc_inject_fault(dev, 0, 16, false), WC_EINVAL); /* it cannot */
  wc_close(dev);
}

static void another_interface_version_is_refused_and_both_are_named(void **state) {
  (void)state;
  expect_refused("fake:good,version=3", WC_EVERSION, (const char *[]){"3.7", "2.", NULL});
  wc_close(open_fake("fake:good,version=2")); /* another minor number is no matter */
}

static void a_device_that_is_no_wavecore_is_refused(void **state) {
  (void)state;
  expect_refused("fake:good,id", WC_ENODEV, (const char *[]){"0xDEADBEEF", "ID", NULL});
}

static void a_device_with_impossible_parameters_is_refused(void **state) {
  (void)state;
  expect_refused("fake:good,cores=0", WC_ENODEV, (const char *[]){"cores is 0", NULL});
  expect_refused("fake:good,lanes=12", WC_ENODEV, (const char *[]){"lanes is 12", NULL});
  /* It says two and has one. */
  expect_refused("fake:good,cores=2", WC_ENODEV, (const char *[]){"core 1", NULL});
}

static void a_device_that_cannot_be_opened_says_why(void **state) {
  (void)state;
  expect_refused("fake:good,closed", WC_ENODEV, (const char *[]){"closed today", NULL});
  expect_refused("fake:good,deaf", WC_EIO, (const char *[]){"fake:good", "registers", NULL});
}

static void files_that_are_no_plugin_of_ours_are_refused(void **state) {
  (void)state;
  expect_refused("fake:oldabi", WC_EVERSION,
                 (const char *[]){"wcdev_fake_oldabi.so", "interface 7", NULL});
  expect_refused("fake:empty", WC_ENODEV,
                 (const char *[]){"wcdev_fake_empty.so", "wc_backend_entry", NULL});
}

static void a_missing_plugin_is_named_with_its_remedy(void **state) {
  (void)state;
  expect_refused("sim:atlantis", WC_ENODEV,
                 (const char *[]){"wcdev_sim_atlantis.so", "make sim", NULL});
}

static void a_hanging_device_times_out_can_be_dumped_and_reset(void **state) {
  (void)state;
  struct wc_device *dev = open_fake("fake:good,hang");
  for (int round = 0; round < 2; round++) {
    assert_int_equal(wc_submit(dev, 0, 16), WC_OK);
    const uint64_t start = ms_now();
    assert_int_equal(wc_wait(dev, 120), WC_ETIMEDOUT);
    assert_in_range(ms_now() - start, 118, 3000);
    assert_int_equal(wc_wait(dev, 0), WC_ETIMEDOUT);
    FILE *file = tmpfile();
    char text[4096];
    assert_int_equal(wc_dump_state(dev, fileno(file)), WC_OK);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_non_null(strstr(text, "device fake"));
    assert_non_null(strstr(text, "status: busy"));
    assert_int_equal(wc_reset(dev), WC_OK);
    assert_int_equal(wc_wait(dev, 0), WC_OK);
  }
  wc_close(dev);
}

static void a_reset_that_never_ends_times_out(void **state) {
  (void)state;
  struct wc_device *dev = open_fake("fake:good,hang,stuck");
  assert_int_equal(wc_submit(dev, 0, 16), WC_OK);
  const uint64_t start = ms_now();
  assert_int_equal(wc_reset(dev), WC_ETIMEDOUT);
  assert_in_range(ms_now() - start, 1000, 20000);
  wc_close(dev);
}

static void a_link_that_fails_is_reported(void **state) {
  (void)state;
  struct wc_device *dev = open_fake("fake:good,broken");
  assert_int_equal(wc_submit(dev, 0, 16), WC_OK);
  assert_int_equal(wc_wait(dev, 1000), WC_EIO);
  assert_int_equal(wc_dump_state(dev, STDERR_FILENO), WC_EIO);
  wc_close(dev);
}

static void note(void *arg, const char *uri, const char *where) {
  if (strcmp(uri, "fake:good") == 0 && strstr(where, "wcdev_fake_good.so") != NULL)
    ++*(int *)arg;
}

static void plugins_are_listed(void **state) {
  (void)state;
  int seen = 0;
  wc_device_list(note, &seen);
  assert_int_equal(seen, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_plugin_is_a_device_like_any_other),
      cmocka_unit_test(another_interface_version_is_refused_and_both_are_named),
      cmocka_unit_test(a_device_that_is_no_wavecore_is_refused),
      cmocka_unit_test(a_device_with_impossible_parameters_is_refused),
      cmocka_unit_test(a_device_that_cannot_be_opened_says_why),
      cmocka_unit_test(files_that_are_no_plugin_of_ours_are_refused),
      cmocka_unit_test(a_missing_plugin_is_named_with_its_remedy),
      cmocka_unit_test(a_hanging_device_times_out_can_be_dumped_and_reset),
      cmocka_unit_test(a_reset_that_never_ends_times_out),
      cmocka_unit_test(a_link_that_fails_is_reported),
      cmocka_unit_test(plugins_are_listed),
  };
  return cmocka_run_group_tests(tests, find_plugins, NULL);
}
