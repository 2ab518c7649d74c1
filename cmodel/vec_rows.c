#include "vec_rows.h"

#include <string.h>

#include "vec_scalar.h"

/* Below this many elements a row is read one by one. */
enum { SHORT_ROW = 4 };

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

static void read_dense(const struct vec_rows *rows, float *dst, const uint8_t *at, size_t n) {
  switch (rows->type) {
    case WC_T_FP16:
      wc_fp16_widen(rows->simd, dst, at, n);
      break;
    case WC_T_FP32:
      memcpy(dst, at, 4 * n);
      break;
    case WC_T_U8:
      for (size_t i = 0; i < n; i++)
        dst[i] = (float)at[i];
      break;
    default:
      rows->kernels->bits_read(dst, at, n);
  }
}

static void write_dense(const struct vec_rows *rows, uint8_t *at, const float *src, size_t n) {
  switch (rows->type) {
    case WC_T_FP16:
      wc_fp16_narrow(rows->simd, at, src, n);
      break;
    case WC_T_FP32:
      wc_fp32_put(rows->simd, at, src, n);
      break;
    case WC_T_U8:
      for (size_t i = 0; i < n; i++)
        at[i] = wc_vec_to_u8(src[i]);
      break;
    default:
      rows->kernels->bits_write(at, src, n);
  }
}

static int64_t step_bytes(const struct vec_rows *rows) {
  return rows->s0 * (int64_t)wc_type_bytes(rows->type);
}

/* Elements next to each other, so that whole-row loops apply. */
static bool is_dense(const struct vec_rows *rows) {
  return rows->type == WC_T_BIT || rows->s0 == 1;
}

/* Rows that follow each other without a gap are one long row. */
static bool is_solid(const struct vec_rows *rows) {
  const int64_t width = (int64_t)rows->width;
  if (rows->type == WC_T_BIT)
    return rows->width % 8 == 0 && rows->row_bytes * 8 == width;
  const int64_t bytes = (int64_t)wc_type_bytes(rows->type);
  return (rows->s0 == 1 || rows->width == 1) && rows->row_bytes == width * bytes;
}

static void read_row(const struct vec_rows *rows, float *dst, const uint8_t *at) {
  if (is_dense(rows) && (rows->width > SHORT_ROW || rows->type == WC_T_BIT)) {
    read_dense(rows, dst, at, rows->width);
    return;
  }
  const int64_t step = step_bytes(rows);
  const float first = read_one(rows->type, at);
  for (size_t i = 0; i < rows->width; i++)
    dst[i] = step == 0 ? first : read_one(rows->type, at + (int64_t)i * step);
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
  if (is_solid(rows)) {
    read_dense(rows, dst, at, n * rows->width);
  } else if (rows->row_bytes == 0) {
    read_row(rows, dst, at);
    repeat_row(dst, rows->width, n);
  } else {
    for (size_t i = 0; i < n; i++)
      read_row(rows, dst + i * rows->width, at + (int64_t)i * rows->row_bytes);
  }
}

static void write_row(const struct vec_rows *rows, uint8_t *at, const float *src) {
  if (is_dense(rows) && (rows->width > SHORT_ROW || rows->type == WC_T_BIT)) {
    write_dense(rows, at, src, rows->width);
    return;
  }
  const int64_t step = step_bytes(rows);
  for (size_t i = 0; i < rows->width; i++)
    write_one(rows->type, at + (int64_t)i * step, src[i]);
}

void wc_vec_rows_write(const struct vec_rows *rows, uint8_t *at, const float *src, size_t n) {
  if (is_solid(rows)) {
    write_dense(rows, at, src, n * rows->width);
    return;
  }
  for (size_t i = 0; i < n; i++)
    write_row(rows, at + (int64_t)i * rows->row_bytes, src + i * rows->width);
}
