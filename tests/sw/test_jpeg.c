/* JPEG files: colours, damage, the part that is seen and its resampling. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jpeg.h"
#include "jpeg_make.h"
#include "resample.h"
#include "temp_dir.h"
#include "wc_cmocka.h"

enum { H = 40, W = 60 };

static struct temp_dir dir;

static int setup(void **state) {
  (void)state;
  temp_dir_make(&dir);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  temp_dir_remove(&dir);
  return 0;
}

static void fill(uint8_t *pixels, const uint8_t *colour, int channels) {
  for (size_t i = 0; i < (size_t)H * W; i++)
    memcpy(pixels + i * (size_t)channels, colour, (size_t)channels);
}

/* A file of one colour is read as @rgb. */
static void expect_colour(const uint8_t *colour, int channels, const uint8_t *rgb) {
  uint8_t pixels[H * W * 4];
  struct wc_pixels got;
  struct wc_report why = {""};
  const char *path = temp_path(&dir, "a.jpg");
  fill(pixels, colour, channels);
  jpeg_make(path, pixels, H, W, channels, 100);
  if (wc_jpeg_read(path, &got, &why) != WC_JPEG_OK)
    fail_msg("%s", why.text);
  assert_int_equal(got.h, H);
  assert_int_equal(got.w, W);
  for (size_t i = 0; i < (size_t)H * W * 3; i++)
    assert_true(abs(got.rgb[i] - rgb[i % 3]) <= 2);
  wc_pixels_free(&got);
}

static void colour_grey_and_cmyk_become_rgb(void **state) {
  (void)state;
  expect_colour((const uint8_t[]){200, 30, 90}, 3, (const uint8_t[]){200, 30, 90});
  expect_colour((const uint8_t[]){77}, 1, (const uint8_t[]){77, 77, 77});
  expect_colour((const uint8_t[]){255, 128, 0, 255}, 4, (const uint8_t[]){255, 128, 0});
  expect_colour((const uint8_t[]){255, 128, 0, 128}, 4, (const uint8_t[]){128, 64, 0});
}

static enum wc_jpeg_status read_status(const char *path, struct wc_report *why) {
  struct wc_pixels got;
  const enum wc_jpeg_status status = wc_jpeg_read(path, &got, why);
  if (status != WC_JPEG_OK)
    assert_null(got.rgb);
  wc_pixels_free(&got);
  return status;
}

static void every_truncation_is_corrupt(void **state) {
  (void)state;
  struct wc_report why;
  size_t size;
  jpeg_make_smooth(temp_path(&dir, "a.jpg"), H, W, 1);
  uint8_t *data = temp_read(temp_path(&dir, "a.jpg"), &size);
  for (size_t cut = 0; cut + 2 < size; cut += 1 + cut / 9) {
    temp_write(temp_path(&dir, "b.jpg"), data, cut);
    assert_int_equal(read_status(temp_path(&dir, "b.jpg"), &why), WC_JPEG_CORRUPT);
    assert_true(why.text[0] != '\0');
  }
  free(data);
}

static void other_contents_are_corrupt_and_missing_files_unreadable(void **state) {
  (void)state;
  struct wc_report why;
  size_t size;
  temp_write(temp_path(&dir, "b.jpg"), "\x89PNG\r\n", 6);
  assert_int_equal(read_status(temp_path(&dir, "b.jpg"), &why), WC_JPEG_CORRUPT);
  assert_non_null(strstr(why.text, "Not a JPEG"));
  assert_int_equal(read_status(temp_path(&dir, "none.jpg"), &why), WC_JPEG_UNREADABLE);
  assert_non_null(strstr(why.text, "No such file"));
  /* A size of 65500 x 65500 in the header must not ask for 12 GB. */
  jpeg_make_smooth(temp_path(&dir, "a.jpg"), H, W, 1);
  uint8_t *data = temp_read(temp_path(&dir, "a.jpg"), &size);
  size_t at = 0;
  while (at + 8 < size && !(data[at] == 0xFF && data[at + 1] == 0xC0))
    at++;
  assert_true(at + 8 < size);
  data[at + 5] = data[at + 7] = 0xFF;
  data[at + 6] = data[at + 8] = 0xDC;
  temp_write(temp_path(&dir, "b.jpg"), data, size);
  assert_int_equal(read_status(temp_path(&dir, "b.jpg"), &why), WC_JPEG_CORRUPT);
  free(data);
}

/* Any byte flipped: an image or a refusal, never a crash. */
static void damage_is_survived(void **state) {
  (void)state;
  struct wc_report why;
  size_t size;
  jpeg_make_smooth(temp_path(&dir, "a.jpg"), H, W, 1);
  uint8_t *data = temp_read(temp_path(&dir, "a.jpg"), &size);
  for (size_t i = 0; i < size; i += 3) {
    data[i] ^= 0x55;
    temp_write(temp_path(&dir, "b.jpg"), data, size);
    (void)read_status(temp_path(&dir, "b.jpg"), &why);
    data[i] ^= 0x55;
  }
  free(data);
}

/* Pixels that grow by 4 to the right and by 3 downwards. */
static struct wc_pixels slope(uint32_t h, uint32_t w) {
  struct wc_pixels p = {h, w, malloc((size_t)h * w * 3)};
  for (uint32_t y = 0; y < h; y++) {
    for (uint32_t x = 0; x < w; x++) {
      uint8_t *at = p.rgb + ((size_t)y * w + x) * 3;
      at[0] = (uint8_t)(4 * x);
      at[1] = (uint8_t)(3 * y);
      at[2] = 50;
    }
  }
  return p;
}

static void a_crop_of_the_same_size_is_copied_and_mirrored(void **state) {
  (void)state;
  struct wc_pixels p = slope(H, W);
  const struct wc_image_shape shape = {7, 9, 3};
  for (int flip = 0; flip < 2; flip++) {
    const struct wc_crop crop = {.x = 11, .y = 5, .w = 9, .h = 7, .flip = flip};
    uint8_t out[7][9][3];
    assert_true(wc_resample(&p, &crop, &shape, out[0][0]));
    for (unsigned y = 0; y < 7; y++) {
      for (unsigned x = 0; x < 9; x++) {
        assert_int_equal(out[y][x][0], 4 * (11 + (flip ? 8 - x : x)));
        assert_int_equal(out[y][x][1], 3 * (5 + y));
        assert_int_equal(out[y][x][2], 50);
      }
    }
  }
  wc_pixels_free(&p);
}

/* A slope stays one at any scale, within a rounding, away from the edges. */
static void resampling_keeps_slopes_and_flat_areas(void **state) {
  (void)state;
  struct wc_pixels p = slope(H, W);
  static const uint32_t sizes[] = {1, 3, 10, 20, 33, 40, 61, 100};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const uint32_t n = sizes[i];
    const struct wc_image_shape shape = {n, n, 3};
    const struct wc_crop crop = {.w = W, .h = H};
    uint8_t *out = malloc((size_t)n * n * 3);
    assert_true(wc_resample(&p, &crop, &shape, out));
    const double scale = (double)W / n, edge = scale > 1 ? 1 : 1 / scale;
    for (uint32_t y = 0; y < n; y++) {
      for (uint32_t x = 0; x < n; x++) {
        const uint8_t *at = out + ((size_t)y * n + x) * 3;
        assert_int_equal(at[2], 50);
        if (x >= edge && x + 1 + edge <= n)
          assert_true(fabs(at[0] - 4 * ((x + 0.5) * scale - 0.5)) <= 1.01);
      }
    }
    free(out);
  }
  wc_pixels_free(&p);
}

static void one_channel_is_the_luminance(void **state) {
  (void)state;
  struct wc_pixels p = {1, 1, malloc(3)};
  const struct wc_image_shape shape = {1, 1, 1};
  const struct wc_crop crop = {.w = 1, .h = 1};
  uint8_t grey;
  memcpy(p.rgb, (const uint8_t[]){100, 200, 50}, 3);
  assert_true(wc_resample(&p, &crop, &shape, &grey));
  assert_int_equal(grey, (77 * 100 + 150 * 200 + 29 * 50 + 128) / 256);
  wc_pixels_free(&p);
}

static void random_crops_obey_their_rule(void **state) {
  (void)state;
  unsigned flips = 0, small = 0, kinds = 0;
  struct wc_crop last = {.w = 0};
  for (uint32_t i = 0; i < 2000; i++) {
    const struct wc_draw draw = {.seed = 5, .epoch = i % 3, .index = i};
    const struct wc_crop c = wc_crop_random(500, 375, &draw),
                         again = wc_crop_random(500, 375, &draw);
    assert_memory_equal(&c, &again, sizeof c);
    assert_true(c.w > 0 && c.h > 0 && c.x + c.w <= 500 && c.y + c.h <= 375);
    const double ratio = (double)c.w / c.h, area = (double)c.w * c.h / (500.0 * 375.0);
    assert_true(ratio > 0.74 && ratio < 1.345);
    assert_true(area > 0.079 && area <= 1);
    flips += c.flip;
    small += area < 0.3;
    kinds += memcmp(&c, &last, sizeof c) != 0;
    last = c;
  }
  assert_in_range(flips, 900, 1100);
  assert_in_range(small, 350, 750);
  assert_true(kinds > 1900);
  for (uint32_t i = 0; i < 50; i++) { /* no crop of such a shape fits: the middle */
    const struct wc_draw draw = {.seed = 5, .index = i};
    const struct wc_crop c = wc_crop_random(1000, 3, &draw);
    assert_int_equal(c.w, c.h);
    assert_true(c.y + c.h <= 3 && c.x > 490 && c.x < 510);
  }
}

static void the_middle_crop_is_seven_eighths(void **state) {
  (void)state;
  const struct wc_crop c = wc_crop_middle(320, 256);
  assert_int_equal(c.w, 224);
  assert_int_equal(c.h, 224);
  assert_int_equal(c.x, 48);
  assert_int_equal(c.y, 16);
  assert_false(c.flip);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(colour_grey_and_cmyk_become_rgb),
      cmocka_unit_test(every_truncation_is_corrupt),
      cmocka_unit_test(other_contents_are_corrupt_and_missing_files_unreadable),
      cmocka_unit_test(damage_is_survived),
      cmocka_unit_test(a_crop_of_the_same_size_is_copied_and_mirrored),
      cmocka_unit_test(resampling_keeps_slopes_and_flat_areas),
      cmocka_unit_test(one_channel_is_the_luminance),
      cmocka_unit_test(random_crops_obey_their_rule),
      cmocka_unit_test(the_middle_crop_is_seven_eighths),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
