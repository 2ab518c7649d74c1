/* FP64 reference of every operation of a graph, forward and backward, for tests.
 *
 * Independent of the compiler and of the C model: plain loops over definitions. Outputs are
 * allocated by the caller (ref_new) with the right shape; a wrong shape ends the program with a
 * message, since it is a mistake of the test. Functions whose name ends in `_acc` add to their
 * outputs, as sums over a mini-batch do; all others overwrite. Nothing is rounded unless said. */
#ifndef WC_TESTS_REFERENCE_H
#define WC_TESTS_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wc_isa.h"

/* Elements [n][h][w][c], c fastest. Convolution weights: n = 1, h = r*s, w = ci, c = co. Vectors of
 * parameters: n = h = w = 1. A zeroed struct is an empty tensor. */
struct ref_tensor {
  double *v;
  uint32_t n, h, w, c;
};

struct ref_tensor ref_new(uint32_t n, uint32_t h, uint32_t w, uint32_t c); /* zeros */
void ref_free(struct ref_tensor *t);
void ref_copy(const struct ref_tensor *from, struct ref_tensor *to); /* same shape */
void ref_zero(struct ref_tensor *t);
size_t ref_elems(const struct ref_tensor *t);
double *ref_at(const struct ref_tensor *t, uint32_t n, uint32_t y, uint32_t x, uint32_t c);

/* Kernel of a convolution or window of a pool: r x s taps, as in struct wc_node. */
struct ref_kernel {
  uint32_t r, s, stride, pad, pad_x;
};

/* Forward. */
void ref_normalize(const struct ref_tensor *x, double k0, double k1, struct ref_tensor *y);
void ref_conv(const struct ref_tensor *x, const struct ref_tensor *w, struct ref_kernel k,
              struct ref_tensor *y);
void ref_bias(const struct ref_tensor *x, const struct ref_tensor *b, struct ref_tensor *y);
/* @stats [n][1][2][groups]: mean, then 1/sqrt(variance + eps). */
void ref_gn(const struct ref_tensor *x, const struct ref_tensor *gamma,
            const struct ref_tensor *beta, double eps, struct ref_tensor *y,
            struct ref_tensor *stats);
void ref_relu(const struct ref_tensor *x, struct ref_tensor *y, struct ref_tensor *mask);
void ref_add(const struct ref_tensor *a, const struct ref_tensor *b, struct ref_tensor *y);
/* Taps outside the image take no part. @index: row*s + column of the first maximum in a window. */
void ref_maxpool(const struct ref_tensor *x, struct ref_kernel k, struct ref_tensor *y,
                 struct ref_tensor *index);
/* Sum over the taps inside the image / (r*s). */
void ref_avgpool(const struct ref_tensor *x, struct ref_kernel k, struct ref_tensor *y);
/* Channels of the @n terms, one after another. */
void ref_concat(struct ref_tensor *const x[], unsigned n, struct ref_tensor *y);
void ref_gap(const struct ref_tensor *x, struct ref_tensor *y);
/* @loss[n] = -log softmax(logits)[label]; @dlogits = (softmax - onehot) * scale. */
void ref_xent(const struct ref_tensor *logits, const struct ref_tensor *label, double scale,
              struct ref_tensor *loss, struct ref_tensor *dlogits);

/* Forward with decisions given instead of taken. */
void ref_relu_replay(const struct ref_tensor *x, const struct ref_tensor *mask,
                     struct ref_tensor *y);
void ref_maxpool_replay(const struct ref_tensor *x, struct ref_kernel k,
                        const struct ref_tensor *index, struct ref_tensor *y);

/* Backward. */
void ref_conv_dgrad(const struct ref_tensor *dy, const struct ref_tensor *w, struct ref_kernel k,
                    struct ref_tensor *dx);
void ref_conv_wgrad_acc(const struct ref_tensor *x, const struct ref_tensor *dy,
                        struct ref_kernel k, struct ref_tensor *dw);
void ref_bias_bwd_acc(const struct ref_tensor *dy, struct ref_tensor *db);
void ref_gn_bwd_acc(const struct ref_tensor *x, const struct ref_tensor *dy,
                    const struct ref_tensor *stats, const struct ref_tensor *gamma,
                    struct ref_tensor *dx /* overwritten */, struct ref_tensor *dgamma,
                    struct ref_tensor *dbeta);
void ref_relu_bwd(const struct ref_tensor *dy, const struct ref_tensor *mask,
                  struct ref_tensor *dx);
void ref_maxpool_bwd(const struct ref_tensor *dy, const struct ref_tensor *index,
                     struct ref_kernel k, struct ref_tensor *dx);
void ref_avgpool_bwd(const struct ref_tensor *dy, struct ref_kernel k, struct ref_tensor *dx);
/* Channels of @dy from @from on. */
void ref_split(const struct ref_tensor *dy, uint32_t from, struct ref_tensor *dx);
void ref_gap_bwd(const struct ref_tensor *dy, struct ref_tensor *dx);

/* SGD with momentum as the device does it, in FP64: g' = g * grad_scale + decay * w;
 * m = momentum * m + g'; w = w - lr * m. */
void ref_sgd(const struct ref_tensor *g, double grad_scale, double lr, double momentum,
             double decay, struct ref_tensor *w, struct ref_tensor *m);

/* Numbers: rounding to nearest even, overflow to infinity, subnormals kept. */
double ref_round16(double x);
double ref_round32(double x);
uint16_t ref_to_fp16(double x); /* bits */
double ref_from_fp16(uint16_t bits);
/* Rounds every element to what @type holds (U8: saturates; BIT: x > 0). */
void ref_round(struct ref_tensor *t, enum wc_type type);

/* Memory images: sample i at @bytes + i*@pitch, elements contiguous, BIT packed lowest bit first in
 * rows of c bits (c a multiple of 8). */
void ref_load(struct ref_tensor *t, enum wc_type type, const void *bytes, size_t pitch);
void ref_store(const struct ref_tensor *t, enum wc_type type, void *bytes, size_t pitch);

/* Distances. Relative L2 is |a - b| / |b|, 0 when both are zero, infinite when only b is. */
double ref_rel_l2(const struct ref_tensor *a, const struct ref_tensor *b);
double ref_cosine(const struct ref_tensor *a, const struct ref_tensor *b);
double ref_max_diff(const struct ref_tensor *a, const struct ref_tensor *b);

/* Deterministic random numbers. @state: any seed. */
uint64_t ref_random(uint64_t *state);
double ref_uniform(uint64_t *state, double lo, double hi);
double ref_normal(uint64_t *state);
void ref_fill_normal(struct ref_tensor *t, double deviation, uint64_t *state);
/* Seed of a random test: environment variable SEED, else the clock; printed as SEED=... */
uint64_t ref_seed(const char *test);

#endif
