/* Program files: what is saved is loaded; what is damaged is refused with its reason; a save that
 * fails leaves nothing behind. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zlib.h>

#include "atomic_file.h"
#include "program.h"
#include "random.h"
#include "temp_dir.h"
#include "wc_cmocka.h"

struct fixture {
  struct temp_dir dir;
  struct wc_program *program;
};

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  struct wc_report why = {""};
  struct wc_graph *graph = wc_net_build("tiny-resnet", &why);
  const struct wc_target target = {.gbuf_bytes = 65536, .mem_bytes = 1 << 24};
  temp_dir_make(&f->dir);
  f->program = graph != NULL ? wc_compile(graph, WC_MBS2, 4, &target, &why) : NULL;
  wc_graph_delete(graph);
  if (f->program == NULL) {
    print_error("%s\n", why.text);
    return -1;
  }
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  temp_dir_remove(&f->dir);
  wc_program_delete(f->program);
  free(f);
  return 0;
}

static const char *saved(struct fixture *f) {
  struct wc_report why;
  const char *path = temp_path(&f->dir, "a.wcs");
  if (!wc_program_save(f->program, path, &why))
    fail_msg("%s", why.text);
  return path;
}

static void expect_equal(const struct wc_program *a, const struct wc_program *b) {
  assert_string_equal(a->net, b->net);
  assert_int_equal(a->config, b->config);
  assert_int_equal(a->batch, b->batch);
  assert_int_equal(a->cores, b->cores);
  assert_int_equal(a->gbuf_bytes, b->gbuf_bytes);
  assert_int_equal(a->dram_bytes, b->dram_bytes);
  assert_memory_equal(a->class_bytes, b->class_bytes, sizeof a->class_bytes);
  assert_int_equal(a->n_groups, b->n_groups);
  for (uint32_t i = 0; i < a->n_groups; i++) {
    const struct wc_group *x = &a->groups[i], *y = &b->groups[i];
    assert_true(x->first == y->first && x->last == y->last && x->sub_batch == y->sub_batch &&
                x->iterations == y->iterations && x->slab_rows == y->slab_rows &&
                x->direction == y->direction && x->way == y->way && x->reuse == y->reuse &&
                x->pin == y->pin);
  }
  assert_int_equal(a->n_regions, b->n_regions);
  for (uint32_t i = 0; i < a->n_regions; i++) {
    const struct wc_region *x = &a->regions[i], *y = &b->regions[i];
    assert_string_equal(x->name, y->name);
    assert_true(x->addr == y->addr && x->bytes == y->bytes && x->type == y->type && x->n == y->n &&
                x->h == y->h && x->w == y->w && x->c == y->c && x->pitch == y->pitch);
  }
  for (unsigned i = 0; i < WC_SECTIONS * a->cores; i++) {
    const struct wc_section *x = &a->section[i / a->cores][i % a->cores];
    const struct wc_section *y = &b->section[i / a->cores][i % a->cores];
    assert_int_equal(x->addr, y->addr);
    assert_int_equal(x->bytes, y->bytes);
    assert_memory_equal(x->words, y->words, x->bytes);
  }
}

static void a_program_comes_back_as_it_was(void **state) {
  struct fixture *f = *state;
  struct wc_report why = {""};
  struct wc_program *back = wc_program_load(saved(f), &why);
  if (back == NULL)
    fail_msg("%s", why.text);
  expect_equal(f->program, back);
  wc_program_delete(back);
}

static void saving_twice_gives_the_same_bytes(void **state) {
  struct fixture *f = *state;
  size_t size[2];
  void *data[2];
  for (int i = 0; i < 2; i++)
    data[i] = temp_read(saved(f), &size[i]);
  assert_int_equal(size[0], size[1]);
  assert_memory_equal(data[0], data[1], size[0]);
  free(data[0]);
  free(data[1]);
  assert_int_equal(temp_count(&f->dir), 1);
}

/* Writes @bytes of @data as a file and expects it to be refused in words that hold @words. */
static void expect_refused(struct fixture *f, const void *data, size_t bytes, const char *words) {
  struct wc_report why = {""};
  const char *path = temp_path(&f->dir, "broken.wcs");
  temp_write(path, data, bytes);
  struct wc_program *p = wc_program_load(path, &why);
  if (p != NULL)
    fail_msg("a broken file of %zu bytes was loaded", bytes);
  if (strstr(why.text, words) == NULL || strstr(why.text, "broken.wcs") == NULL ||
      strchr(why.text, '\n') != NULL)
    fail_msg("\"%s\" lacks '%s'", why.text, words);
}

static void a_flipped_bit_anywhere_is_refused(void **state) {
  struct fixture *f = *state;
  size_t size;
  uint8_t *data = temp_read(saved(f), &size);
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  for (size_t i = 0; i < size; i += i < 64 ? 1 : 1 + wc_random_below(&r, 60)) {
    const uint8_t bit = (uint8_t)(1u << wc_random_below(&r, 8));
    data[i] ^= bit;
    expect_refused(f, data, size, "");
    data[i] ^= bit;
  }
  free(data);
}

static void a_truncated_file_is_refused(void **state) {
  struct fixture *f = *state;
  size_t size;
  uint8_t *data = temp_read(saved(f), &size);
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  expect_refused(f, data, size - 1, "truncated");
  expect_refused(f, data, 24, "truncated");
  expect_refused(f, data, 23, "truncated");
  expect_refused(f, data, 3, "not a WaveCore program");
  expect_refused(f, data, 0, "not a WaveCore program");
  for (int i = 0; i < 200; i++)
    expect_refused(f, data, wc_random_below(&r, (uint32_t)size), "");
  free(data);
}

static void what_is_behind_the_end_is_refused(void **state) {
  struct fixture *f = *state;
  size_t size;
  uint8_t *data = temp_read(saved(f), &size);
  uint8_t *longer = calloc(1, size + 1);
  memcpy(longer, data, size);
  expect_refused(f, longer, size + 1, "damaged");
  free(longer);
  free(data);
}

/* Puts a 32-bit number into the file and seals it anew, so that only the number is wrong. */
static void reseal(uint8_t *data, size_t size, size_t at, uint32_t value) {
  for (unsigned i = 0; i < 4; i++)
    data[at + i] = (uint8_t)(value >> 8 * i);
  const uint32_t crc = (uint32_t)crc32(crc32(0, data, 12), data + 16, (uInt)(size - 16));
  for (unsigned i = 0; i < 4; i++)
    data[12 + i] = (uint8_t)(crc >> 8 * i);
}

static void wrong_magic_and_versions_are_named(void **state) {
  struct fixture *f = *state;
  size_t size;
  uint8_t *data = temp_read(saved(f), &size);
  data[0] = 'X';
  expect_refused(f, data, size, "does not begin with WCS1");
  data[0] = 'W';
  reseal(data, size, 4, 9);
  expect_refused(f, data, size, "version 9, this program reads 5");
  reseal(data, size, 4, 5);
  reseal(data, size, 8, 0x00030003);
  expect_refused(f, data, size, "version 3.3, this program has 2.");
  reseal(data, size, 8, 0x00020009); /* another minor version is no matter */
  temp_write(temp_path(&f->dir, "minor.wcs"), data, size);
  struct wc_report why = {""};
  struct wc_program *p = wc_program_load(temp_path(&f->dir, "minor.wcs"), &why);
  assert_non_null(p);
  wc_program_delete(p);
  free(data);
}

/* Contents that a correct checksum does not make right: no number may lead astray. */
static void nonsense_under_a_good_checksum_is_refused_or_harmless(void **state) {
  struct fixture *f = *state;
  size_t size;
  uint8_t *data = temp_read(saved(f), &size), *copy = malloc(size);
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  for (int i = 0; i < 2000; i++) {
    memcpy(copy, data, size);
    const uint32_t room = i % 2 == 0 ? 300 : (uint32_t)size - 28;
    reseal(copy, size, 24 + wc_random_below(&r, room), (uint32_t)wc_random_next(&r));
    temp_write(temp_path(&f->dir, "odd.wcs"), copy, size);
    struct wc_report why = {""};
    struct wc_program *p = wc_program_load(temp_path(&f->dir, "odd.wcs"), &why);
    if (p == NULL)
      assert_string_not_equal(why.text, "");
    wc_program_delete(p);
  }
  free(copy);
  free(data);
}

static void a_missing_file_is_named(void **state) {
  struct fixture *f = *state;
  struct wc_report why = {""};
  assert_null(wc_program_load(temp_path(&f->dir, "nowhere.wcs"), &why));
  assert_non_null(strstr(why.text, "nowhere.wcs"));
  assert_null(wc_program_load(f->dir.path, &why));
  assert_non_null(strstr(why.text, "not a file"));
}

/* Runs a save that fails and looks at what is left. */
static void expect_save_fails(struct fixture *f, const char *path, const char *words) {
  struct wc_report why = {""};
  const unsigned before = temp_count(&f->dir);
  assert_false(wc_program_save(f->program, path, &why));
  if (strstr(why.text, words) == NULL)
    fail_msg("\"%s\" lacks '%s'", why.text, words);
  assert_int_equal(temp_count(&f->dir), before);
}

static void a_full_disk_leaves_the_old_file_and_no_other(void **state) {
  struct fixture *f = *state;
  size_t size[2];
  char path[128];
  snprintf(path, sizeof path, "%s", saved(f));
  void *before = temp_read(path, &size[0]);
  /* The limit on file sizes stands for the full disk: write fails half-way. */
  struct rlimit old, low;
  getrlimit(RLIMIT_FSIZE, &old);
  low = old;
  low.rlim_cur = 4096;
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
  expect_save_fails(f, path, "not written");
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
  void *after = temp_read(path, &size[1]);
  assert_int_equal(size[0], size[1]);
  assert_memory_equal(before, after, size[0]);
  free(before);
  free(after);
}

static void a_device_that_takes_nothing_is_reported(void **state) {
  struct fixture *f = *state;
  expect_save_fails(f, "/dev/full", strerror(ENOSPC));
}

static void a_place_that_does_not_exist_is_reported(void **state) {
  struct fixture *f = *state;
  expect_save_fails(f, temp_path(&f->dir, "no/such/place.wcs"), "cannot be created");
}

static void a_written_file_has_ordinary_permissions(void **state) {
  struct fixture *f = *state;
  struct stat info;
  const mode_t mask = umask(022);
  assert_int_equal(stat(saved(f), &info), 0);
  umask(mask);
  assert_int_equal(info.st_mode & 0777, 0644);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_program_comes_back_as_it_was, setup, teardown),
      cmocka_unit_test_setup_teardown(saving_twice_gives_the_same_bytes, setup, teardown),
      cmocka_unit_test_setup_teardown(a_flipped_bit_anywhere_is_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(a_truncated_file_is_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(what_is_behind_the_end_is_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(wrong_magic_and_versions_are_named, setup, teardown),
      cmocka_unit_test_setup_teardown(nonsense_under_a_good_checksum_is_refused_or_harmless, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(a_missing_file_is_named, setup, teardown),
      cmocka_unit_test_setup_teardown(a_full_disk_leaves_the_old_file_and_no_other, setup,
                                      teardown),
      cmocka_unit_test_setup_teardown(a_device_that_takes_nothing_is_reported, setup, teardown),
      cmocka_unit_test_setup_teardown(a_place_that_does_not_exist_is_reported, setup, teardown),
      cmocka_unit_test_setup_teardown(a_written_file_has_ordinary_permissions, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
