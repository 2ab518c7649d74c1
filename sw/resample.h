/* The part of a picture that a network sees: which one is drawn, and how it becomes pixels. */
#ifndef WC_RESAMPLE_H
#define WC_RESAMPLE_H

#include "jpeg.h"

/* A rectangle of a picture, and whether it is mirrored. */
struct wc_crop {
  uint32_t x, y, w, h;
  bool flip;
};

/* Random numbers of a draw: those of @index in epoch @epoch under @seed. */
struct wc_draw {
  uint64_t seed, epoch;
  uint32_t index;
};

/* For training: a random 8 to 100 % of the picture's area, sides between 3:4 and 4:3, half of them
 * mirrored. docs/cli.md gives the rule. */
struct wc_crop wc_crop_random(uint32_t w, uint32_t h, const struct wc_draw *draw);
/* For tests: the middle square, 7/8 of the shorter side. */
struct wc_crop wc_crop_middle(uint32_t w, uint32_t h);

struct wc_image_shape {
  uint32_t h, w, c; /* c: 3, or 1 for the luminance */
};

/* Resamples @crop to @shape, [h][w][c] at @dst: a triangle filter as wide as the reduction, rows
 * first, in integers. False: out of memory. */
bool wc_resample(const struct wc_pixels *from, const struct wc_crop *crop,
                 const struct wc_image_shape *shape, uint8_t *dst);

#endif
