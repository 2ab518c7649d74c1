/* Packing and storing loops of a kernel table. The including file defines the function attribute
 * V_TARGET, MR, NR, the vector type V of V_LANES floats, V_LOADU(p), V_STOREU(p, x), V_ZERO, and
 * V_WIDEN(p): V_LANES FP16 at p as FP32, V_PUT_HALVES(p, x) and V_PUT_FLOATS(p, x): x into memory
 * with canonical NaNs. */

/* Whole vectors: up to V_LANES - 1 elements too many are read and written. */
V_TARGET static WC_ALWAYS_INLINE void widen_run(float *dst, const uint8_t *src, size_t len) {
  for (size_t i = 0; i < len; i += V_LANES)
    V_STOREU(dst + i, V_WIDEN(src + 2 * i));
}

V_TARGET static WC_ALWAYS_INLINE void clear_run(float *dst, size_t len) {
  for (size_t i = 0; i < len; i += V_LANES)
    V_STOREU(dst + i, V_ZERO);
}

/* A position some of whose taps are outside the image. */
V_TARGET static void gather_border(float *dst, const uint8_t *at, const struct gemm_runs *runs,
                                   const struct gemm_walk *walk, int64_t column) {
  for (size_t i = 0; i < runs->n; i++) {
    const struct gemm_run *run = &runs->run[i];
    const int64_t y = walk->y + run->dy, x = column + run->dx;
    if (y >= 0 && y < walk->h && x >= 0 && x < walk->w)
      widen_run(dst, at + run->offset, run->len);
    else
      clear_run(dst, run->len);
    dst += run->len;
  }
}

V_TARGET static WC_ALWAYS_INLINE void gather_inside(float *dst, const uint8_t *at,
                                                    const struct gemm_runs *runs) {
  for (size_t i = 0; i < runs->n_merged; i++) {
    const struct gemm_run *run = &runs->merged[i];
    widen_run(dst, at + run->offset, run->len);
    dst += run->len;
  }
}

/* Whether the walk's row, and a position of it, have all taps inside the image. */
static inline bool row_inside(const struct gemm_runs *runs, const struct gemm_walk *walk) {
  return walk->y + runs->dy_min >= 0 && walk->y + runs->dy_max < walk->h;
}
static inline bool column_inside(const struct gemm_runs *runs, const struct gemm_walk *walk,
                                 int64_t x) {
  return x + runs->dx_min >= 0 && x + runs->dx_max < walk->w;
}

/* A position whose taps all lie @inside the image, or not. */
V_TARGET static WC_ALWAYS_INLINE void gather_position(float *dst, const uint8_t *at,
                                                      const struct gemm_runs *runs,
                                                      const struct gemm_walk *walk, int64_t x,
                                                      bool inside) {
  if (inside)
    gather_inside(dst, at, runs);
  else
    gather_border(dst, at, runs, walk, x);
}

V_TARGET static void gather(float *dst, size_t step, const uint8_t *gbuf,
                            const struct gemm_runs *runs, const struct gemm_walk *walk, size_t n) {
  const bool row = row_inside(runs, walk);
  const uint8_t *at = gbuf + walk->address;
  int64_t x = walk->x;
  for (size_t j = 0; j < n; j++, dst += step, at += walk->address_step, x += walk->x_step)
    gather_position(dst, at, runs, walk, x, row && column_inside(runs, walk, x));
}

/* Taps in one piece of memory go to their strips at once, others by way of a line. */
V_TARGET static void gather_strips(float *dst, size_t strip, const uint8_t *gbuf,
                                   const struct gemm_runs *runs, const struct gemm_walk *walk,
                                   size_t n) {
  _Alignas(64) float line[GEMM_LINE];
  const bool row = row_inside(runs, walk);
  const uint8_t *at = gbuf + walk->address;
  int64_t x = walk->x;
  for (size_t j = 0; j < n; j++, dst += MR, at += walk->address_step, x += walk->x_step) {
    const bool inside = row && column_inside(runs, walk, x);
    if (inside && runs->n_merged == 1) {
      const uint8_t *src = at + runs->merged->offset;
      for (size_t i = 0; i < runs->merged->len; i += MR) {
        for (size_t v = 0; v < MR; v += V_LANES)
          V_STOREU(dst + i / MR * strip + v, V_WIDEN(src + 2 * (i + v)));
      }
      continue;
    }
    gather_position(line, at, runs, walk, x, inside);
    for (size_t i = 0; i < runs->taps; i += MR) {
      for (size_t v = 0; v < MR; v += V_LANES)
        V_STOREU(dst + i / MR * strip + v, V_LOADU(line + i + v));
    }
  }
}

V_TARGET static void b_row(float *dst, size_t step, const uint8_t *src, size_t n) {
  for (; n >= NR; n -= NR, src += 2 * NR, dst += step) {
    for (size_t j = 0; j < NR; j += V_LANES)
      V_STOREU(dst + j, V_WIDEN(src + 2 * j));
  }
  for (size_t j = 0; n > 0 && j < NR; j++)
    dst[j] = j < n ? wc_fp16_load(src + 2 * j) : 0.0f;
}

V_TARGET static void put_halves(uint8_t *dst, int64_t row_bytes, const float *src, size_t step,
                                size_t rows, size_t n) {
  for (; rows > 0; rows--, dst += row_bytes, src += step) {
    size_t j = 0;
    for (; j + V_LANES <= n; j += V_LANES)
      V_PUT_HALVES(dst + 2 * j, V_LOADU(src + j));
    for (; j < n; j++)
      wc_fp16_store(dst + 2 * j, src[j]);
  }
}

V_TARGET static void put_floats(uint8_t *dst, int64_t row_bytes, const float *src, size_t step,
                                size_t rows, size_t n) {
  for (; rows > 0; rows--, dst += row_bytes, src += step) {
    size_t j = 0;
    for (; j + V_LANES <= n; j += V_LANES)
      V_PUT_FLOATS(dst + 4 * j, V_LOADU(src + j));
    for (; j < n; j++)
      wc_fp32_store(dst + 4 * j, src[j]);
  }
}
