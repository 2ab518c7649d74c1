/* JPEG files as RGB pixels. Arithmetic is in integers (libjpeg-turbo's accurate DCT), so the same
 * file gives the same pixels on every processor. */
#ifndef WC_JPEG_H
#define WC_JPEG_H

#include <stdbool.h>
#include <stdint.h>

#include "graph.h"

enum wc_jpeg_status {
  WC_JPEG_OK,
  WC_JPEG_CORRUPT,    /* the file's contents are no whole JPEG image */
  WC_JPEG_UNREADABLE, /* the file cannot be read, or there is no memory for it */
};

/* More pixels than any photograph: a damaged size must not take all memory. */
#define WC_JPEG_PIXELS_MAX (UINT64_C(1) << 26)

struct wc_pixels {
  uint32_t h, w;
  uint8_t *rgb; /* [h][w][3] */
};

/* Grey images get three equal channels; CMYK is converted. On failure @why says what is wrong with
 * the file, without its name, and @pixels is empty. */
enum wc_jpeg_status wc_jpeg_read(const char *path, struct wc_pixels *pixels, struct wc_report *why);
void wc_pixels_free(struct wc_pixels *pixels);

#endif
