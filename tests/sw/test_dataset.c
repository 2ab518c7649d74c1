/* The data set reader: good files, every kind of bad one, the order of images. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "dataset.h"
#include "temp_dir.h"
#include "wc_cmocka.h"

enum { N = 20, H = 5, W = 4, CLASSES = 10 };

struct fixture {
  struct temp_dir dir;
  uint8_t images[16 + N * H * W], labels[8 + N];
};

static void big_endian(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++)
    at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static int setup(void **state) {
  struct fixture *f = calloc(1, sizeof *f);
  temp_dir_make(&f->dir);
  const uint32_t head[] = {0x803, N, H, W, 0x801, N};
  for (int i = 0; i < 4; i++)
    big_endian(f->images + 4 * i, head[i]);
  for (int i = 0; i < 2; i++)
    big_endian(f->labels + 4 * i, head[4 + i]);
  for (int i = 0; i < N * H * W; i++)
    f->images[16 + i] = (uint8_t)(i * 7);
  for (int i = 0; i < N; i++)
    f->labels[8 + i] = (uint8_t)(i % CLASSES);
  *state = f;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  temp_dir_remove(&f->dir);
  free(f);
  return 0;
}

static void write_gz(const char *path, const void *data, unsigned bytes) {
  gzFile file = gzopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(gzwrite(file, data, bytes), (int)bytes);
  assert_int_equal(gzclose(file), Z_OK);
}

#define IMAGES "train-images-idx3-ubyte"
#define LABELS "train-labels-idx1-ubyte"

static void write_both(struct fixture *f) {
  write_gz(temp_path(&f->dir, IMAGES ".gz"), f->images, sizeof f->images);
  write_gz(temp_path(&f->dir, LABELS ".gz"), f->labels, sizeof f->labels);
}

static void expect_pixels(const struct wc_dataset *set, uint32_t index, uint8_t *pixels) {
  struct wc_report why = {""};
  const struct wc_sample sample = {.index = index};
  uint32_t used;
  if (!wc_dataset_image(set, &sample, pixels, &used, &why))
    fail_msg("%s", why.text);
  assert_int_equal(used, index);
}

static void expect_loaded(struct fixture *f) {
  struct wc_dataset set;
  struct wc_report why = {""};
  if (!wc_dataset_load(f->dir.path, WC_SPLIT_TRAIN, H, W, CLASSES, &set, &why))
    fail_msg("%s", why.text);
  assert_int_equal(set.n, N);
  for (uint32_t i = 0; i < N; i++) {
    uint8_t pixels[H * W];
    expect_pixels(&set, i, pixels);
    assert_memory_equal(pixels, f->images + 16 + i * H * W, H * W);
  }
  for (uint32_t i = 0; i < N; i++)
    assert_int_equal(set.labels[i], f->labels[8 + i]);
  wc_dataset_free(&set);
}

static void expect_refused(struct fixture *f, const char *file, const char *words) {
  struct wc_dataset set;
  struct wc_report why = {""};
  assert_false(wc_dataset_load(f->dir.path, WC_SPLIT_TRAIN, H, W, CLASSES, &set, &why));
  if (strstr(why.text, file) == NULL || strstr(why.text, words) == NULL ||
      strchr(why.text, '\n') != NULL)
    fail_msg("\"%s\" lacks '%s' or '%s'", why.text, file, words);
  assert_null(set.images);
  assert_null(set.labels);
}

static void gzipped_and_plain_files_are_read(void **state) {
  struct fixture *f = *state;
  write_both(f);
  expect_loaded(f);
  remove(temp_path(&f->dir, IMAGES ".gz"));
  temp_write(temp_path(&f->dir, IMAGES), f->images, sizeof f->images);
  expect_loaded(f);
}

static void missing_files_are_named_with_a_remedy(void **state) {
  struct fixture *f = *state;
  expect_refused(f, IMAGES, "--data");
  write_both(f);
  remove(temp_path(&f->dir, LABELS ".gz"));
  expect_refused(f, LABELS, "dataset-fashion-mnist");
}

static void truncated_files_are_refused(void **state) {
  struct fixture *f = *state;
  write_both(f);
  size_t size;
  char *gz = temp_read(temp_path(&f->dir, IMAGES ".gz"), &size);
  for (size_t cut = 1; cut < size; cut += 1 + cut / 4) {
    temp_write(temp_path(&f->dir, IMAGES ".gz"), gz, size - cut);
    expect_refused(f, IMAGES, "");
  }
  temp_write(temp_path(&f->dir, IMAGES ".gz"), gz, size / 2);
  expect_refused(f, IMAGES, "truncated");
  free(gz);
  write_gz(temp_path(&f->dir, IMAGES ".gz"), f->images, sizeof f->images - 1);
  expect_refused(f, IMAGES, "truncated");
  write_gz(temp_path(&f->dir, IMAGES ".gz"), f->images, 10);
  expect_refused(f, IMAGES, "truncated");
}

static void a_damaged_gzip_file_is_refused(void **state) {
  struct fixture *f = *state;
  write_both(f);
  size_t size;
  char *gz = temp_read(temp_path(&f->dir, IMAGES ".gz"), &size);
  gz[size - 6] ^= 1; /* in the checksum */
  temp_write(temp_path(&f->dir, IMAGES ".gz"), gz, size);
  expect_refused(f, IMAGES, "damaged");
  free(gz);
}

static void longer_files_are_refused(void **state) {
  struct fixture *f = *state;
  write_both(f);
  uint8_t more[sizeof f->labels + 1] = {0};
  memcpy(more, f->labels, sizeof f->labels);
  write_gz(temp_path(&f->dir, LABELS ".gz"), more, sizeof more);
  expect_refused(f, LABELS, "more bytes");
}

static void wrong_headers_are_named(void **state) {
  struct fixture *f = *state;
  big_endian(f->images, 0x801);
  write_both(f);
  expect_refused(f, IMAGES, "0x00000801");
  big_endian(f->images, 0x803);
  big_endian(f->images + 8, H + 1);
  write_both(f);
  expect_refused(f, IMAGES, "images of 6 x 4, the network takes 5 x 4");
  big_endian(f->images + 8, H);
  big_endian(f->images + 4, 0);
  write_both(f);
  expect_refused(f, IMAGES, "0 items");
  big_endian(f->images + 4, 0xFFFFFFFF);
  write_both(f);
  expect_refused(f, IMAGES, "items");
  big_endian(f->images + 4, N);
  big_endian(f->labels + 4, N - 1);
  write_both(f);
  expect_refused(f, LABELS, "19 labels for 20 images");
}

static void labels_beyond_the_classes_are_refused(void **state) {
  struct fixture *f = *state;
  f->labels[8 + 13] = CLASSES;
  write_both(f);
  expect_refused(f, LABELS, "label 10 of image 13");
}

static void the_order_is_a_permutation_that_seed_and_epoch_decide(void **state) {
  (void)state;
  enum { MANY = 1000 };
  uint32_t order[4][MANY];
  wc_dataset_shuffle(order[0], MANY, 1, 0);
  wc_dataset_shuffle(order[1], MANY, 1, 0);
  wc_dataset_shuffle(order[2], MANY, 1, 1);
  wc_dataset_shuffle(order[3], MANY, 2, 0);
  assert_memory_equal(order[0], order[1], sizeof order[0]);
  assert_memory_not_equal(order[0], order[2], sizeof order[0]);
  assert_memory_not_equal(order[0], order[3], sizeof order[0]);
  for (int k = 0; k < 4; k++) {
    uint8_t seen[MANY] = {0};
    unsigned fixed = 0;
    for (uint32_t i = 0; i < MANY; i++) {
      assert_in_range(order[k][i], 0, MANY - 1);
      assert_int_equal(seen[order[k][i]]++, 0);
      fixed += order[k][i] == i;
    }
    assert_in_range(fixed, 0, 10);
  }
}

static void random_images_are_the_same_for_the_same_seed(void **state) {
  (void)state;
  struct wc_dataset a, b, c;
  struct wc_report why;
  assert_true(wc_dataset_random(50, H, W, CLASSES, 3, &a, &why));
  assert_true(wc_dataset_random(50, H, W, CLASSES, 3, &b, &why));
  assert_true(wc_dataset_random(50, H, W, CLASSES, 4, &c, &why));
  assert_memory_equal(a.labels, b.labels, 50 * sizeof *a.labels);
  for (uint32_t i = 0; i < 50; i++) {
    uint8_t pixels[3][H * W];
    expect_pixels(&a, i, pixels[0]);
    expect_pixels(&b, i, pixels[1]);
    expect_pixels(&c, i, pixels[2]);
    assert_memory_equal(pixels[0], pixels[1], H * W);
    assert_memory_not_equal(pixels[0], pixels[2], H * W);
  }
  for (int i = 0; i < 50; i++)
    assert_in_range(a.labels[i], 0, CLASSES - 1);
  wc_dataset_free(&a);
  wc_dataset_free(&b);
  wc_dataset_free(&c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(gzipped_and_plain_files_are_read),
      TEST(missing_files_are_named_with_a_remedy),
      TEST(truncated_files_are_refused),
      TEST(a_damaged_gzip_file_is_refused),
      TEST(longer_files_are_refused),
      TEST(wrong_headers_are_named),
      TEST(labels_beyond_the_classes_are_refused),
      TEST(the_order_is_a_permutation_that_seed_and_epoch_decide),
      TEST(random_images_are_the_same_for_the_same_seed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
