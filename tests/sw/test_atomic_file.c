/* Files that are replaced whole or not at all. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "atomic_file.h"
#include "temp_dir.h"
#include "wc_cmocka.h"

static struct temp_dir dir;
static char path[128], part[128];

static int setup(void **state) {
  (void)state;
  temp_dir_make(&dir);
  strcpy(path, temp_path(&dir, "f"));
  strcpy(part, temp_path(&dir, "f.part"));
  return 0;
}

static int teardown(void **state) {
  (void)state;
  temp_dir_remove(&dir);
  return 0;
}

static void expect(const char *want) {
  size_t size;
  char *got = temp_read(path, &size);
  assert_int_equal(size, strlen(want));
  assert_memory_equal(got, want, size);
  free(got);
}

static bool replace(const char *text, struct wc_report *why) {
  const struct wc_chunk chunks[] = {{text, 1}, {text + 1, strlen(text) - 1}};
  return wc_file_replace(path, chunks, 2, why);
}

static void what_a_killed_program_left_is_taken_over(void **state) {
  (void)state;
  struct wc_report why = {""};
  temp_write(part, "half of something longer", 24);
  assert_true(replace("whole", &why));
  expect("whole");
  assert_int_equal(temp_count(&dir), 1);
}

static void a_file_that_another_program_writes_is_busy(void **state) {
  (void)state;
  struct wc_report why = {""};
  assert_true(replace("old", &why));
  temp_write(part, "theirs", 6);
  const int fd = open(part, O_WRONLY);
  assert_int_equal(flock(fd, LOCK_EX), 0);
  assert_false(replace("new", &why));
  assert_non_null(strstr(why.text, "busy"));
  expect("old");
  assert_int_equal(temp_count(&dir), 2);
  close(fd);
  assert_true(replace("new", &why));
  expect("new");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(what_a_killed_program_left_is_taken_over),
      TEST(a_file_that_another_program_writes_is_busy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
