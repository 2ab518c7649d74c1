#include "vec_rows.h"

#include <string.h>

#include "vec_scalar.h"

static float read_one(uint32_t type, const uint8_t *at) {
  switch (type) {
    case WC_T_FP16:
      return wc_fp16_load(at);
    case WC_T_FP32:
      return wc_fp32_load(at);
    default:
      return (float)*at;
  }
}

static void write_one(uint32_t type, uint8_t *at, float x) {
  switch (type) {
    case WC_T_FP16:
      wc_fp16_store(at, x);
      break;
    case WC_T_FP32:
      wc_fp32_store(at, x);
      break;
    default:
      *at = wc_vec_to_u8(x);
  }
}

/* Elements next to each other, so that whole-row loops apply. */
static bool is_dense(const struct vec_rows *rows) {
  return rows->type == WC_T_BIT || rows->s0 == 1 || rows->width == 1;
}

/* Rows that follow each other without a gap are one long row. */
static struct vec_rows join(struct vec_rows rows, size_t *n) {
  const int64_t width = (int64_t)rows.width;
  const bool bits = rows.type == WC_T_BIT;
  const int64_t bytes = bits ? width / 8 : width * (int64_t)wc_type_bytes(rows.type);
  if ((!bits || width % 8 == 0) && rows.row_bytes == bytes) {
    rows.width *= *n;
    *n = 1;
  }
  return rows;
}

static void read_dense(const struct vec_rows *rows, float *dst, const uint8_t *at, size_t n) {
  const size_t width = rows->width;
  switch (rows->type) {
    case WC_T_FP16:
      rows->kernels->halves_read(dst, at, rows->row_bytes, width, n);
      return;
    case WC_T_FP32:
      rows->kernels->floats_read(dst, at, rows->row_bytes, width, n);
      return;
    default:
      break;
  }
  for (; n > 0; n--, at += rows->row_bytes, dst += width) {
    if (rows->type == WC_T_BIT) {
      rows->kernels->bits_read(dst, at, width);
      continue;
    }
    for (size_t i = 0; i < width; i++)
      dst[i] = (float)at[i];
  }
}

static void write_dense(const struct vec_rows *rows, uint8_t *at, const float *src, size_t n) {
  const size_t width = rows->width;
  switch (rows->type) {
    case WC_T_FP16:
      rows->kernels->halves_write(at, rows->row_bytes, src, width, n);
      return;
    case WC_T_FP32:
      rows->kernels->floats_write(at, rows->row_bytes, src, width, n);
      return;
    default:
      break;
  }
  for (; n > 0; n--, at += rows->row_bytes, src += width) {
    if (rows->type == WC_T_BIT) {
      rows->kernels->bits_write(at, src, width);
      continue;
    }
    for (size_t i = 0; i < width; i++)
      at[i] = wc_vec_to_u8(src[i]);
  }
}

static void read_sparse(const struct vec_rows *rows, float *dst, const uint8_t *at, size_t n) {
  const int64_t step = rows->s0 * (int64_t)wc_type_bytes(rows->type);
  for (; n > 0; n--, at += rows->row_bytes, dst += rows->width) {
    const float first = read_one(rows->type, at);
    for (size_t i = 0; i < rows->width; i++)
      dst[i] = step == 0 ? first : read_one(rows->type, at + (int64_t)i * step);
  }
}

/* Copies row 0 of @dst to rows 1 .. n-1. */
static void repeat_row(float *dst, size_t width, size_t n) {
  for (size_t have = 1; have < n;) {
    const size_t more = have < n - have ? have : n - have;
    memcpy(dst + have * width, dst, more * width * sizeof *dst);
    have += more;
  }
}

void wc_vec_rows_read(const struct vec_rows *rows, float *dst, const uint8_t *at, size_t n) {
  const bool repeats = rows->row_bytes == 0;
  size_t read = repeats ? 1 : n;
  if (is_dense(rows)) {
    const struct vec_rows joined = join(*rows, &read);
    read_dense(&joined, dst, at, read);
  } else {
    read_sparse(rows, dst, at, read);
  }
  if (repeats)
    repeat_row(dst, rows->width, n);
}

void wc_vec_rows_write(const struct vec_rows *rows, uint8_t *at, const float *src, size_t n) {
  if (is_dense(rows)) {
    const struct vec_rows joined = join(*rows, &n);
    write_dense(&joined, at, src, n);
    return;
  }
  const int64_t step = rows->s0 * (int64_t)wc_type_bytes(rows->type);
  for (; n > 0; n--, at += rows->row_bytes, src += rows->width) {
    for (size_t i = 0; i < rows->width; i++)
      write_one(rows->type, at + (int64_t)i * step, src[i]);
  }
}
