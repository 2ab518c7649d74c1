/* Folders of JPEG files: labels, every kind of bad folder, corrupt files, threads that load. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataset_folder.h"
#include "jpeg_make.h"
#include "temp_dir.h"
#include "train_feed.h"
#include "wc_cmocka.h"

enum { SIZE = 16, BYTES = SIZE * SIZE * 3, CLASSES = 10, EACH = 4, KINDS = 3, N = EACH * KINDS };

static const struct wc_image_shape shape = {SIZE, SIZE, 3};
static const char *const kinds[KINDS] = {"ant", "bee", "cat"};

struct fixture {
  struct temp_dir dir;
  char warnings[2048];
  unsigned n_warnings;
};

static void make_file(const struct fixture *f, const char *name, unsigned seed) {
  jpeg_make_smooth(temp_path(&f->dir, name), 30 + seed, 40 + 3 * seed, seed);
}

/* train/ant/0.jpg ... train/cat/3.JPEG, val/bee/v.jpeg */
static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  char name[64];
  temp_dir_make(&f->dir);
  temp_dir_sub(&f->dir, "train");
  temp_dir_sub(&f->dir, "val");
  temp_dir_sub(&f->dir, "val/bee");
  make_file(f, "val/bee/v.jpeg", 5);
  for (unsigned i = KINDS; i-- > 0;) { /* made in another order than the names' */
    snprintf(name, sizeof name, "train/%s", kinds[i]);
    temp_dir_sub(&f->dir, name);
    for (unsigned k = EACH; k-- > 0;) {
      snprintf(name, sizeof name, "train/%s/%u.%s", kinds[i], k, i == 2 ? "JPEG" : "jpg");
      make_file(f, name, i * EACH + k);
    }
  }
  temp_write(temp_path(&f->dir, "train/ant/notes.txt"), "x", 1);
  temp_write(temp_path(&f->dir, "train/.hidden"), "x", 1);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  temp_dir_remove(&f->dir);
  free(f);
  return 0;
}

static void on_warning(void *arg, const char *text) {
  struct fixture *f = arg;
  f->n_warnings++;
  snprintf(f->warnings, sizeof f->warnings, "%s", text);
}

static void load(struct fixture *f, enum wc_split split, struct wc_dataset *set) {
  struct wc_report why = {""};
  if (!wc_folder_load(f->dir.path, split, &shape, CLASSES, set, &why))
    fail_msg("%s", why.text);
  wc_dataset_on_warning(set, on_warning, f);
}

static void expect_refused(struct fixture *f, enum wc_split split, uint32_t classes,
                           const char *file, const char *words) {
  struct wc_dataset set;
  struct wc_report why = {""};
  assert_false(wc_folder_load(f->dir.path, split, &shape, classes, &set, &why));
  if (strstr(why.text, file) == NULL || strstr(why.text, words) == NULL)
    fail_msg("\"%s\" lacks '%s' or '%s'", why.text, file, words);
  assert_null(set.labels);
  assert_null(set.folder);
}

static void labels_are_the_places_of_sorted_names(void **state) {
  struct fixture *f = *state;
  struct wc_dataset set;
  assert_true(wc_folder_is_one(f->dir.path));
  load(f, WC_SPLIT_TRAIN, &set);
  assert_int_equal(set.n, N);
  assert_int_equal(set.h, SIZE);
  assert_int_equal(set.w, SIZE * 3);
  for (uint32_t i = 0; i < N; i++) {
    assert_int_equal(set.labels[i], i / EACH);
    assert_non_null(strstr(set.folder->path[i], kinds[i / EACH]));
  }
  wc_dataset_free(&set);
  load(f, WC_SPLIT_TEST, &set);
  assert_int_equal(set.n, 1);
  assert_int_equal(set.labels[0], 1); /* bee, as in training */
  wc_dataset_free(&set);
}

static void bad_folders_are_refused(void **state) {
  struct fixture *f = *state;
  expect_refused(f, WC_SPLIT_TRAIN, 2, "train", "label 2 of class folder 'cat' is not below");
  temp_dir_sub(&f->dir, "val/dog");
  make_file(f, "val/dog/a.jpg", 1);
  expect_refused(f, WC_SPLIT_TEST, CLASSES, "val/dog", "training images do not have");
  temp_dir_sub(&f->dir, "train/empty");
  expect_refused(f, WC_SPLIT_TRAIN, CLASSES, "train/empty", "without JPEG files");
  remove(temp_path(&f->dir, "train/empty"));
  assert_int_equal(symlink("/nowhere/at/all", temp_path(&f->dir, "train/bee/link.jpg")), 0);
  expect_refused(f, WC_SPLIT_TRAIN, CLASSES, "train/bee/link.jpg", "cannot be read");
  remove(temp_path(&f->dir, "train/bee/link.jpg"));
  temp_dir_sub(&f->dir, "train/bee/folder.jpg");
  expect_refused(f, WC_SPLIT_TRAIN, CLASSES, "train/bee/folder.jpg", "is no file");
}

static void missing_folders_are_named(void **state) {
  struct fixture *f = *state;
  struct temp_dir other;
  temp_dir_make(&other);
  assert_false(wc_folder_is_one(other.path));
  temp_dir_sub(&other, "train");
  const struct temp_dir full = f->dir;
  f->dir = other;
  expect_refused(f, WC_SPLIT_TEST, CLASSES, "val", "--eval 0");
  expect_refused(f, WC_SPLIT_TRAIN, CLASSES, "train", "no class folders");
  f->dir = full;
  temp_dir_remove(&other);
}

static void read_image(const struct wc_dataset *set, const struct wc_sample *sample,
                       uint8_t *pixels, uint32_t *used) {
  struct wc_report why = {""};
  if (!wc_dataset_image(set, sample, pixels, used, &why))
    fail_msg("%s", why.text);
}

static void crops_depend_on_seed_epoch_and_position_only(void **state) {
  struct fixture *f = *state;
  struct wc_dataset set;
  uint8_t first[BYTES], again[BYTES];
  uint32_t used;
  load(f, WC_SPLIT_TRAIN, &set);
  const struct wc_sample sample = {
      .index = 7, .random = true, .seed = 3, .epoch = 2, .position = 9};
  struct wc_sample others[3] = {sample, sample, sample};
  others[0].seed = 4;
  others[1].epoch = 3;
  others[2].position = 10;
  read_image(&set, &sample, first, &used);
  assert_int_equal(used, 7);
  for (int i = 0; i < 3; i++) {
    read_image(&set, &others[i], again, &used);
    assert_memory_not_equal(first, again, BYTES);
  }
  read_image(&set, &sample, again, &used);
  assert_memory_equal(first, again, BYTES);
  struct wc_sample middle[2] = {{.index = 7}, {.index = 7, .seed = 8, .epoch = 1, .position = 2}};
  read_image(&set, &middle[0], first, &used);
  read_image(&set, &middle[1], again, &used);
  assert_memory_equal(first, again, BYTES); /* test images are always the same */
  wc_dataset_free(&set);
}

static void a_corrupt_file_is_skipped_named_and_counted_once(void **state) {
  struct fixture *f = *state;
  struct wc_dataset set;
  uint8_t pixels[BYTES], next[BYTES];
  uint32_t used;
  temp_write(temp_path(&f->dir, "train/ant/3.jpg"), "no picture", 10);
  temp_write(temp_path(&f->dir, "train/bee/0.jpg"), "", 0);
  load(f, WC_SPLIT_TRAIN, &set);
  const struct wc_sample bad = {.index = 3}, good = {.index = 5};
  read_image(&set, &bad, pixels, &used);
  assert_int_equal(used, 5); /* 4 is corrupt, too */
  assert_int_equal(f->n_warnings, 2);
  assert_non_null(strstr(f->warnings, "train/bee/0.jpg: skipped: corrupt JPEG"));
  assert_int_equal(wc_dataset_skipped(&set), 2);
  read_image(&set, &good, next, &used);
  assert_memory_equal(pixels, next, BYTES);
  read_image(&set, &bad, pixels, &used);
  assert_int_equal(f->n_warnings, 2);
  assert_int_equal(wc_dataset_skipped(&set), 2);
  wc_dataset_free(&set);
}

static void a_set_without_a_good_file_ends(void **state) {
  struct fixture *f = *state;
  struct wc_dataset set;
  struct wc_report why = {""};
  uint8_t pixels[BYTES];
  uint32_t used;
  temp_write(temp_path(&f->dir, "val/bee/v.jpeg"), "x", 1);
  load(f, WC_SPLIT_TEST, &set);
  const struct wc_sample sample = {.index = 0};
  assert_false(wc_dataset_image(&set, &sample, pixels, &used, &why));
  assert_non_null(strstr(why.text, "corrupt"));
  wc_dataset_free(&set);
  make_file(f, "val/bee/v.jpeg", 1);
  load(f, WC_SPLIT_TEST, &set);
  remove(temp_path(&f->dir, "val/bee/v.jpeg")); /* gone since it was listed */
  assert_false(wc_dataset_image(&set, &sample, pixels, &used, &why));
  assert_non_null(strstr(why.text, "v.jpeg: cannot be opened"));
  wc_dataset_free(&set);
}

/* Two epochs of a trainer that has no device, loaded by @threads. */
static void assemble_all(struct fixture *f, unsigned threads, uint8_t *images, uint8_t *labels) {
  enum { BATCH = 4, STEPS = 2 * N / BATCH };
  struct wc_dataset set;
  struct wc_report why = {""};
  uint8_t batch[BATCH * BYTES], classes[BATCH];
  uint32_t order[N];
  struct wc_loaded loaded[BATCH];
  const struct wc_region image = {.pitch = BYTES}, label = {.pitch = 1, .type = WC_T_U8};
  load(f, WC_SPLIT_TRAIN, &set);
  struct wc_trainer t = {.train = &set,
                         .hyper = {.seed = 3, .batch = BATCH},
                         .steps_per_epoch = N / BATCH,
                         .image = &image,
                         .label = &label,
                         .images = batch,
                         .labels = classes,
                         .order = order,
                         .loaded = loaded,
                         .assembled = UINT64_MAX,
                         .order_epoch = UINT64_MAX};
  assert_true(wc_trainer_loaders(&t, threads, &why));
  for (uint64_t step = 0; step < STEPS; step++) {
    if (!wc_feed_train(&t, step, &why))
      fail_msg("%s", why.text);
    memcpy(images + step * sizeof batch, batch, sizeof batch);
    memcpy(labels + step * sizeof classes, classes, sizeof classes);
  }
  wc_pool_delete(t.loaders);
  wc_dataset_free(&set);
}

static void the_number_of_loaders_changes_nothing(void **state) {
  struct fixture *f = *state;
  uint8_t *images[2] = {malloc(2 * N * BYTES), malloc(2 * N * BYTES)}, labels[2][2 * N];
  temp_write(temp_path(&f->dir, "train/bee/1.jpg"), "x", 1);
  assemble_all(f, 1, images[0], labels[0]);
  assert_memory_not_equal(images[0], images[0] + N * BYTES, N * BYTES); /* epochs differ */
  for (unsigned threads = 2; threads < 9; threads += 3) {
    assemble_all(f, threads, images[1], labels[1]);
    assert_memory_equal(images[0], images[1], 2 * N * BYTES);
    assert_memory_equal(labels[0], labels[1], 2 * N);
  }
  free(images[0]);
  free(images[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(labels_are_the_places_of_sorted_names),
      TEST(bad_folders_are_refused),
      TEST(missing_folders_are_named),
      TEST(crops_depend_on_seed_epoch_and_position_only),
      TEST(a_corrupt_file_is_skipped_named_and_counted_once),
      TEST(a_set_without_a_good_file_ends),
      TEST(the_number_of_loaders_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
