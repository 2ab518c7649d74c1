/* Loops of the vector unit over short arrays, one table for each instruction set. */
#ifndef WC_VEC_KERNELS_H
#define WC_VEC_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "port.h"
#include "wc_isa.h"

/* Arrays are aligned to 64 bytes and padded, so a loop may run on to a multiple of VEC_PAD. */
enum { VEC_PAD = 16, VEC_OPS = WC_V_MANT + 1 };

/* What follows an operation, a mask. */
enum { VEC_ROUND16 = 1, VEC_RELU = 2, VEC_POSTS = 4 };

/* Operands of one step over n elements. Results never overlap operands. */
struct vec_args {
  float *r, *r2;           /* result; second one of CMAX (the new U) */
  const float *a, *b, *c;  /* sources that the operation does not use are NULL */
  const float *t, *u;      /* CMAX only */
  uint32_t flip_a, flip_c; /* 0 or the sign bit */
  size_t n;
};

typedef void (*vec_op_fn)(const struct vec_args *args);
/* acc[j] = acc[j] (+) x[g*n + j] for g = 0 .. groups-1 in order, j < n. */
typedef void (*vec_reduce_fn)(float *acc, const float *x, size_t n, size_t groups);

struct vec_kernels {
  vec_op_fn op[VEC_OPS][VEC_POSTS];
  vec_reduce_fn sum, max;
  /* @n rows of @width elements, @row_bytes apart in memory, dense in the array. Reading may touch
   * 15 elements too many in memory and array. */
  void (*halves_read)(float *dst, const uint8_t *src, int64_t row_bytes, size_t width, size_t n);
  void (*floats_read)(float *dst, const uint8_t *src, int64_t row_bytes, size_t width, size_t n);
  void (*halves_write)(uint8_t *dst, int64_t row_bytes, const float *src, size_t width, size_t n);
  void (*floats_write)(uint8_t *dst, int64_t row_bytes, const float *src, size_t width, size_t n);
  void (*bits_read)(float *dst, const uint8_t *src, size_t n);
  void (*bits_write)(uint8_t *dst, const float *src, size_t n); /* missing bits are 0 */
};

const struct vec_kernels *wc_vec_kernels(enum wc_simd simd);

extern const struct vec_kernels wc_vec_kernels_portable;
#if WC_X86
extern const struct vec_kernels wc_vec_kernels_avx2;
extern const struct vec_kernels wc_vec_kernels_avx512;
#endif

#endif
