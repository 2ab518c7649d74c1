/* Body of a kernel table. The including file defines the vector type V of V_LANES floats, the
 * function attribute V_TARGET, the table's name V_TABLE and these operations:
 *
 *   V_LOAD(p) V_STORE(p, x) V_SET(f)           aligned or not; broadcast
 *   V_ADD V_MUL V_DIV (a, b), V_FMA(a, b, c), V_SQRT(a)
 *   V_FLIP(a, mask)                            exclusive or with a V of bits
 *   V_IFGT V_IFLT V_IFEQ V_IFNAN (a, b, x, y)  x where a > b, a < b, a == b, either is NaN; else y
 *   V_ROUND16(a)                               through binary16 and back
 *   V_HALVES(p) V_FLOATS(p)                    binary16 or binary32 in memory as a V
 *   V_PUT_HALVES(p, x) V_PUT_FLOATS(p, x)      back, canonical NaNs
 *   V_BITS_READ, V_BITS_WRITE                  functions for bit streams
 */

#define KERNEL V_TARGET static
#define EACH for (size_t i = 0; i < args->n; i += V_LANES)
#define A V_FLIP(V_LOAD(args->a + i), flip_a)
#define B V_LOAD(args->b + i)
#define C V_FLIP(V_LOAD(args->c + i), flip_c)
#define FLIP_A const V flip_a = V_SET(wc_fp32_from_bits(args->flip_a));
#define FLIP_C const V flip_c = V_SET(wc_fp32_from_bits(args->flip_c));
#define ZERO V_SET(0.0f)
#define ONE V_SET(1.0f)
#define NAN_V V_SET(wc_fp32_from_bits(WC_FP32_NAN))

V_TARGET static WC_ALWAYS_INLINE V post(V x, const int how) {
  if (how & VEC_ROUND16)
    x = V_ROUND16(x);
  if (how & VEC_RELU)
    x = V_IFGT(x, ZERO, x, V_IFNAN(x, x, x, ZERO));
  return x;
}

/* One loop for each operation and each of the four things that may follow it. */
#define OP_LOOP(name, how, setup, value)                       \
  KERNEL void op_##name##_##how(const struct vec_args *args) { \
    setup EACH V_STORE(args->r + i, post(value, how));         \
  }
#define OP(name, setup, value)   \
  OP_LOOP(name, 0, setup, value) \
  OP_LOOP(name, 1, setup, value) \
  OP_LOOP(name, 2, setup, value) \
  OP_LOOP(name, 3, setup, value)

OP(fma, FLIP_A FLIP_C, V_FMA(A, B, C))
OP(add, FLIP_A FLIP_C, V_ADD(A, C))
OP(mul, FLIP_A, V_MUL(A, B))
OP(max, FLIP_A, V_IFNAN(A, B, NAN_V, V_IFGT(A, B, A, B)))
OP(min, FLIP_A, V_IFNAN(A, B, NAN_V, V_IFLT(A, B, A, B)))
OP(sel, FLIP_A FLIP_C, V_IFEQ(A, ZERO, C, B))
OP(gt, FLIP_A, V_IFGT(A, B, ONE, ZERO))
OP(eq, FLIP_A, V_IFEQ(A, B, ONE, ZERO))
OP(mov, FLIP_A, A)
OP(div, FLIP_A, V_DIV(A, B))
OP(sqrt, FLIP_A, V_SQRT(A))

KERNEL void op_cmax(const struct vec_args *args) {
  FLIP_A
  EACH {
    const V a = A, t = V_LOAD(args->t + i), u = V_LOAD(args->u + i);
    V_STORE(args->r + i, V_IFGT(a, t, a, t));
    V_STORE(args->r2 + i, V_IFGT(a, t, B, u));
  }
}

V_TARGET static WC_ALWAYS_INLINE void post_all(const struct vec_args *args, const int how) {
  EACH V_STORE(args->r + i, post(V_LOAD(args->r + i), how));
}

/* The bit operations are rare: element by element. */
#define BIT_LOOP(name, how)                                              \
  KERNEL void op_##name##_##how(const struct vec_args *args) {           \
    for (size_t i = 0; i < args->n; i++)                                 \
      args->r[i] = wc_vec_##name(wc_vec_flip(args->a[i], args->flip_a)); \
    post_all(args, how);                                                 \
  }
#define BIT_OP(name) BIT_LOOP(name, 0) BIT_LOOP(name, 1) BIT_LOOP(name, 2) BIT_LOOP(name, 3)

BIT_OP(pow2)
BIT_OP(expo)
BIT_OP(mant)

/* The accumulators of one vector of elements stay in a register over all groups. */
KERNEL void reduce_sum(float *acc, const float *x, size_t n, size_t groups) {
  size_t j = 0;
  for (; j + V_LANES <= n; j += V_LANES) {
    V sum = V_LOAD(acc + j);
    for (size_t g = 0; g < groups; g++)
      sum = V_ADD(sum, V_LOAD(x + g * n + j));
    V_STORE(acc + j, sum);
  }
  for (; j < n; j++) {
    float sum = acc[j];
    for (size_t g = 0; g < groups; g++)
      sum = sum + x[g * n + j];
    acc[j] = sum;
  }
}

KERNEL void reduce_max(float *acc, const float *x, size_t n, size_t groups) {
  size_t j = 0;
  for (; j + V_LANES <= n; j += V_LANES) {
    V max = V_LOAD(acc + j);
    for (size_t g = 0; g < groups; g++) {
      const V y = V_LOAD(x + g * n + j);
      max = V_IFNAN(max, y, NAN_V, V_IFGT(max, y, max, y));
    }
    V_STORE(acc + j, max);
  }
  for (; j < n; j++) {
    float max = acc[j];
    for (size_t g = 0; g < groups; g++)
      max = wc_vec_max(max, x[g * n + j]);
    acc[j] = max;
  }
}

KERNEL void halves_read(float *dst, const uint8_t *src, int64_t row_bytes, size_t width, size_t n) {
  for (size_t row = 0; row < n; row++, src += row_bytes, dst += width) {
    for (size_t i = 0; i < width; i += V_LANES)
      V_STORE(dst + i, V_HALVES(src + 2 * i));
  }
}

KERNEL void floats_read(float *dst, const uint8_t *src, int64_t row_bytes, size_t width, size_t n) {
  for (size_t row = 0; row < n; row++, src += row_bytes, dst += width) {
    for (size_t i = 0; i < width; i += V_LANES)
      V_STORE(dst + i, V_FLOATS(src + 4 * i));
  }
}

KERNEL void halves_write(uint8_t *dst, int64_t row_bytes, const float *src, size_t width,
                         size_t n) {
  for (size_t row = 0; row < n; row++, src += width, dst += row_bytes) {
    size_t i = 0;
    for (; i + V_LANES <= width; i += V_LANES)
      V_PUT_HALVES(dst + 2 * i, V_LOAD(src + i));
    for (; i < width; i++)
      wc_fp16_store(dst + 2 * i, src[i]);
  }
}

KERNEL void floats_write(uint8_t *dst, int64_t row_bytes, const float *src, size_t width,
                         size_t n) {
  for (size_t row = 0; row < n; row++, src += width, dst += row_bytes) {
    size_t i = 0;
    for (; i + V_LANES <= width; i += V_LANES)
      V_PUT_FLOATS(dst + 4 * i, V_LOAD(src + i));
    for (; i < width; i++)
      wc_fp32_store(dst + 4 * i, src[i]);
  }
}

#define ROW(name) \
  { op_##name##_0, op_##name##_1, op_##name##_2, op_##name##_3 }

const struct vec_kernels V_TABLE = {
    .op = {[WC_V_FMA] = ROW(fma),
           [WC_V_ADD] = ROW(add),
           [WC_V_MUL] = ROW(mul),
           [WC_V_MAX] = ROW(max),
           [WC_V_MIN] = ROW(min),
           [WC_V_SEL] = ROW(sel),
           [WC_V_GT] = ROW(gt),
           [WC_V_EQ] = ROW(eq),
           [WC_V_CMAX] = {op_cmax, op_cmax, op_cmax, op_cmax},
           [WC_V_MOV] = ROW(mov),
           [WC_V_DIV] = ROW(div),
           [WC_V_SQRT] = ROW(sqrt),
           [WC_V_POW2] = ROW(pow2),
           [WC_V_EXPO] = ROW(expo),
           [WC_V_MANT] = ROW(mant)},
    .sum = reduce_sum,
    .max = reduce_max,
    .halves_read = halves_read,
    .floats_read = floats_read,
    .halves_write = halves_write,
    .floats_write = floats_write,
    .bits_read = V_BITS_READ,
    .bits_write = V_BITS_WRITE,
};
