#include "jpeg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* jpeglib.h wants stdio.h before it. */
#include <jerror.h>
#include <jpeglib.h>

#include "report.h"

/* A file under work. What is allocated here is freed whatever happens. */
struct file {
  uint8_t *data;
  size_t bytes;
  uint8_t *row; /* room for a row of four channels */
};

/* libjpeg's errors come as calls that must not return. */
struct errors {
  struct jpeg_error_mgr manager;
  jmp_buf out;
  enum wc_jpeg_status status;
  struct wc_report *why;
};

static void give_up(j_common_ptr image) {
  struct errors *errors = (struct errors *)(void *)image->err;
  char text[JMSG_LENGTH_MAX];
  image->err->format_message(image, text);
  (void)wc_fail(errors->why, "%s", text);
  errors->status =
      image->err->msg_code == JERR_OUT_OF_MEMORY ? WC_JPEG_UNREADABLE : WC_JPEG_CORRUPT;
  longjmp(errors->out, 1);
}

/* A warning means pixels that were made up, except for bytes between segments, which cameras
 * leave there. */
static void judge_message(j_common_ptr image, int level) {
  if (level < 0 && image->err->msg_code != JWRN_EXTRANEOUS_DATA)
    give_up(image);
}

static bool read_file(const char *path, struct file *f, struct wc_report *why) {
  FILE *stream = fopen(path, "rb");
  long size = -1;
  if (stream == NULL)
    return wc_fail(why, "cannot be opened: %s", strerror(errno));
  if (fseek(stream, 0, SEEK_END) == 0)
    size = ftell(stream);
  rewind(stream);
  bool ok = size >= 0;
  if (ok) {
    f->bytes = (size_t)size;
    f->data = malloc(f->bytes + 1);
    ok = f->data != NULL && fread(f->data, 1, f->bytes, stream) == f->bytes;
  }
  if (!ok)
    (void)wc_fail(why, "cannot be read: %s", strerror(errno));
  fclose(stream);
  return ok;
}

/* Turns a row of CMYK, stored inverted as Adobe's programs do, into RGB in place. */
static void cmyk_to_rgb(uint8_t *row, uint32_t w) {
  for (uint32_t x = 0; x < w; x++) {
    const unsigned black = row[4 * x + 3];
    for (uint32_t c = 0; c < 3; c++)
      row[3 * x + c] = (uint8_t)((row[4 * x + c] * black + 127) / 255);
  }
}

static void check_size(j_decompress_ptr image) {
  if ((uint64_t)image->image_width * image->image_height > WC_JPEG_PIXELS_MAX)
    ERREXIT1(image, JERR_IMAGE_TOO_BIG, JPEG_MAX_DIMENSION);
}

static void read_rows(j_decompress_ptr image, uint8_t *rgb, uint8_t *row) {
  const size_t row_bytes = (size_t)image->output_width * 3;
  while (image->output_scanline < image->output_height) {
    uint8_t *to = rgb + image->output_scanline * row_bytes;
    (void)jpeg_read_scanlines(image, &row, 1);
    if (image->out_color_space == JCS_CMYK)
      cmyk_to_rgb(row, image->output_width);
    memcpy(to, row, row_bytes);
  }
}

static void decode(j_decompress_ptr image, struct file *f, struct wc_pixels *pixels) {
  jpeg_create_decompress(image);
  jpeg_mem_src(image, f->data, (unsigned long)f->bytes);
  (void)jpeg_read_header(image, TRUE);
  check_size(image);
  const bool cmyk = image->jpeg_color_space == JCS_CMYK || image->jpeg_color_space == JCS_YCCK;
  image->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  image->dct_method = JDCT_ISLOW;
  (void)jpeg_start_decompress(image);
  pixels->h = image->output_height;
  pixels->w = image->output_width;
  f->row = malloc((size_t)pixels->w * 4);
  pixels->rgb = malloc((size_t)pixels->h * pixels->w * 3);
  if (f->row == NULL || pixels->rgb == NULL)
    ERREXIT1(image, JERR_OUT_OF_MEMORY, 0);
  read_rows(image, pixels->rgb, f->row);
  (void)jpeg_finish_decompress(image);
}

static enum wc_jpeg_status try_decode(struct file *f, struct wc_pixels *pixels,
                                      struct wc_report *why) {
  struct jpeg_decompress_struct image;
  struct errors errors = {.status = WC_JPEG_OK, .why = why};
  memset(&image, 0, sizeof image);
  image.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = give_up;
  errors.manager.emit_message = judge_message;
  if (setjmp(errors.out) == 0)
    decode(&image, f, pixels);
  jpeg_destroy_decompress(&image);
  return errors.status;
}

enum wc_jpeg_status wc_jpeg_read(const char *path, struct wc_pixels *pixels,
                                 struct wc_report *why) {
  struct file f = {NULL, 0, NULL};
  memset(pixels, 0, sizeof *pixels);
  const enum wc_jpeg_status status =
      read_file(path, &f, why) ? try_decode(&f, pixels, why) : WC_JPEG_UNREADABLE;
  free(f.row);
  free(f.data);
  if (status != WC_JPEG_OK)
    wc_pixels_free(pixels);
  return status;
}

void wc_pixels_free(struct wc_pixels *pixels) {
  free(pixels->rgb);
  memset(pixels, 0, sizeof *pixels);
}
