#include "jpeg_make.h"

#include <stdio.h>
#include <stdlib.h>
/* jpeglib.h wants stdio.h before it. */
#include <jpeglib.h>

void jpeg_make(const char *path, const uint8_t *pixels, uint32_t h, uint32_t w, int channels,
               int quality) {
  struct jpeg_compress_struct image;
  struct jpeg_error_mgr errors;
  FILE *file = fopen(path, "wb");
  if (file == NULL) {
    perror(path);
    abort();
  }
  image.err = jpeg_std_error(&errors); /* ends the program */
  jpeg_create_compress(&image);
  jpeg_stdio_dest(&image, file);
  image.image_width = w;
  image.image_height = h;
  image.input_components = channels;
  image.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&image);
  jpeg_set_quality(&image, quality, TRUE);
  jpeg_start_compress(&image, TRUE);
  while (image.next_scanline < h) {
    JSAMPROW row =
        (JSAMPROW)(uintptr_t)(pixels + (size_t)image.next_scanline * w * (size_t)channels);
    (void)jpeg_write_scanlines(&image, &row, 1);
  }
  jpeg_finish_compress(&image);
  jpeg_destroy_compress(&image);
  if (fclose(file) != 0)
    abort();
}

void jpeg_make_smooth(const char *path, uint32_t h, uint32_t w, unsigned seed) {
  uint8_t *pixels = malloc((size_t)h * w * 3);
  if (pixels == NULL)
    abort();
  for (uint32_t y = 0; y < h; y++) {
    for (uint32_t x = 0; x < w; x++) {
      uint8_t *at = pixels + ((size_t)y * w + x) * 3;
      at[0] = (uint8_t)(x * 255 / w);
      at[1] = (uint8_t)(y * 255 / h);
      at[2] = (uint8_t)(seed * 37);
    }
  }
  jpeg_make(path, pixels, h, w, 3, 90);
  free(pixels);
}
