/* Rows of a stream between the global buffer and arrays of floats. */
#ifndef WC_VEC_ROWS_H
#define WC_VEC_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vec_kernels.h"

/* Rows of @width elements, @row_bytes apart, elements @s0 apart (in elements; BIT: dense). */
struct vec_rows {
  const struct vec_kernels *kernels;
  uint32_t type;
  int64_t s0, row_bytes;
  size_t width;
};

/* Reads @n rows from @at into dst[row * width + element]; may write VEC_PAD elements more. */
void wc_vec_rows_read(const struct vec_rows *rows, float *dst, const uint8_t *at, size_t n);

/* Writes @n rows from src[row * width + element] to @at. */
void wc_vec_rows_write(const struct vec_rows *rows, uint8_t *at, const float *src, size_t n);

#endif
