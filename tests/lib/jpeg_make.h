/* JPEG files for tests. */
#ifndef WC_TEST_JPEG_MAKE_H
#define WC_TEST_JPEG_MAKE_H

#include <stddef.h>
#include <stdint.h>

/* @channels 1: grey, 3: RGB, 4: CMYK, inverted. Pixels [h][w][channels]. Failure ends the program.
 */
void jpeg_make(const char *path, const uint8_t *pixels, uint32_t h, uint32_t w, int channels,
               int quality);

/* A file of @w x @h with smooth colours that depend on @seed. */
void jpeg_make_smooth(const char *path, uint32_t h, uint32_t w, unsigned seed);

#endif
