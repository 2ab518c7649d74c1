/* A VEC command made ready: its program as a list of array operations, its dimensions. */
#ifndef WC_VEC_PLAN_H
#define WC_VEC_PLAN_H

#include <stdbool.h>

#include "vec_kernels.h"

/* Arrays that a program works on. The first twelve are numbered as the sources of a step. */
enum { VEC_RESULT = 12, VEC_ARRAYS = VEC_RESULT + 2 * WC_STEPS };

struct vec_uop {
  vec_op_fn fn;
  uint8_t r, r2, a, b, c, t, u; /* arrays */
  uint32_t flip_a, flip_c;
};

/* Where a stream's rows lie; strides in bytes. */
struct vec_access {
  uint32_t type;
  int64_t base, s0, s1, s2, s3;
};

struct vec_plan {
  int64_t d0, d1, d2, d3;
  unsigned n_in, n_out, n_uops;
  struct vec_uop uop[WC_STEPS];
  struct vec_access in[WC_VEC_INPUTS], out[WC_VEC_OUTPUTS];
  struct wc_stream stream[WC_VEC_OUTPUTS]; /* outputs as decoded: reduction bits */
  uint8_t out_array[WC_VEC_OUTPUTS];
  bool reduces;
  uint32_t reads_state;    /* arrays that CMAX reads as T or U, a mask */
  uint32_t constants;      /* which of the arrays ZERO to K3 are read, a mask of array numbers */
  float value[VEC_RESULT]; /* their values */
};

void wc_vec_plan(const struct wc_cmd *cmd, const struct vec_kernels *kernels,
                 struct vec_plan *plan);

#endif
