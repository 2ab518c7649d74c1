/* Operations of the FP64 reference. Numbers and memory images: reference_number.c. */
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A shape that does not fit is a mistake of the test, not a result. */
static void want(bool ok, const char *what) {
  if (!ok) {
    fprintf(stderr, "reference: %s: shapes do not fit\n", what);
    abort();
  }
}

static bool same_shape(const struct ref_tensor *a, const struct ref_tensor *b) {
  return a->n == b->n && a->h == b->h && a->w == b->w && a->c == b->c;
}

struct ref_tensor ref_new(uint32_t n, uint32_t h, uint32_t w, uint32_t c) {
  struct ref_tensor t = {.n = n, .h = h, .w = w, .c = c};
  t.v = calloc(ref_elems(&t), sizeof *t.v);
  if (t.v == NULL) {
    fputs("reference: out of memory\n", stderr);
    abort();
  }
  return t;
}

void ref_free(struct ref_tensor *t) {
  free(t->v);
  *t = (struct ref_tensor){0};
}

void ref_copy(const struct ref_tensor *from, struct ref_tensor *to) {
  want(same_shape(from, to), "copy");
  memcpy(to->v, from->v, ref_elems(to) * sizeof *to->v);
}

void ref_zero(struct ref_tensor *t) {
  for (size_t i = 0; i < ref_elems(t); i++) {
    t->v[i] = 0;
  }
}

size_t ref_elems(const struct ref_tensor *t) {
  return (size_t)t->n * t->h * t->w * t->c;
}

double *ref_at(const struct ref_tensor *t, uint32_t n, uint32_t y, uint32_t x, uint32_t c) {
  return &t->v[(((size_t)n * t->h + y) * t->w + x) * t->c + c];
}

void ref_normalize(const struct ref_tensor *x, double k0, double k1, struct ref_tensor *y) {
  want(same_shape(x, y), "normalize");
  for (size_t i = 0; i < ref_elems(x); i++) {
    y->v[i] = x->v[i] * k0 + k1;
  }
}

static bool is_under(const struct ref_tensor *x, struct ref_kernel k, const struct ref_tensor *y) {
  return x->n == y->n && y->h == (x->h + 2 * k.pad - k.r) / k.stride + 1 &&
         y->w == (x->w + 2 * k.pad_x - k.s) / k.stride + 1;
}

static void want_conv(const struct ref_tensor *x, const struct ref_tensor *w, struct ref_kernel k,
                      const struct ref_tensor *y, const char *what) {
  want(w->h == k.r * k.s && w->w == x->c && w->c == y->c && is_under(x, k, y), what);
}

/* Calls @visit for every product of a convolution: input element, weight, output element. */
typedef void (*tap_fn)(double *x, double *w, double *y);

static void for_each_tap(const struct ref_tensor *x, const struct ref_tensor *w,
                         struct ref_kernel k, const struct ref_tensor *y, uint32_t n, uint32_t yy,
                         uint32_t yx, tap_fn visit) {
  for (uint32_t r = 0; r < k.r; r++) {
    for (uint32_t s = 0; s < k.s; s++) {
      const int64_t iy = (int64_t)yy * k.stride + r - k.pad;
      const int64_t ix = (int64_t)yx * k.stride + s - k.pad_x;
      if (iy < 0 || iy >= x->h || ix < 0 || ix >= x->w) {
        continue;
      }
      for (uint32_t ci = 0; ci < x->c; ci++) {
        for (uint32_t co = 0; co < y->c; co++) {
          visit(ref_at(x, n, (uint32_t)iy, (uint32_t)ix, ci), ref_at(w, 0, r * k.s + s, ci, co),
                ref_at(y, n, yy, yx, co));
        }
      }
    }
  }
}

static void for_each_product(const struct ref_tensor *x, const struct ref_tensor *w,
                             struct ref_kernel k, const struct ref_tensor *y, tap_fn visit) {
  for (uint32_t n = 0; n < y->n; n++) {
    for (uint32_t yy = 0; yy < y->h; yy++) {
      for (uint32_t yx = 0; yx < y->w; yx++) {
        for_each_tap(x, w, k, y, n, yy, yx, visit);
      }
    }
  }
}

static void forward_tap(double *x, double *w, double *y) {
  *y += *x * *w;
}

static void dgrad_tap(double *dx, double *w, double *dy) {
  *dx += *dy * *w;
}

static void wgrad_tap(double *x, double *dw, double *dy) {
  *dw += *x * *dy;
}

void ref_conv(const struct ref_tensor *x, const struct ref_tensor *w, struct ref_kernel k,
              struct ref_tensor *y) {
  want_conv(x, w, k, y, "conv");
  ref_zero(y);
  for_each_product(x, w, k, y, forward_tap);
}

void ref_conv_dgrad(const struct ref_tensor *dy, const struct ref_tensor *w, struct ref_kernel k,
                    struct ref_tensor *dx) {
  want_conv(dx, w, k, dy, "conv_dgrad");
  ref_zero(dx);
  for_each_product(dx, w, k, dy, dgrad_tap);
}

void ref_conv_wgrad_acc(const struct ref_tensor *x, const struct ref_tensor *dy,
                        struct ref_kernel k, struct ref_tensor *dw) {
  want_conv(x, dw, k, dy, "conv_wgrad");
  for_each_product(x, dw, k, dy, wgrad_tap);
}

void ref_bias(const struct ref_tensor *x, const struct ref_tensor *b, struct ref_tensor *y) {
  want(same_shape(x, y) && ref_elems(b) == x->c, "bias");
  for (size_t i = 0; i < ref_elems(x); i++) {
    y->v[i] = x->v[i] + b->v[i % x->c];
  }
}

void ref_bias_bwd_acc(const struct ref_tensor *dy, struct ref_tensor *db) {
  want(ref_elems(db) == dy->c, "bias_bwd");
  for (size_t i = 0; i < ref_elems(dy); i++) {
    db->v[i % dy->c] += dy->v[i];
  }
}

static void want_gn(const struct ref_tensor *x, const struct ref_tensor *y,
                    const struct ref_tensor *vector, const struct ref_tensor *stats,
                    const char *what) {
  want(same_shape(x, y) && ref_elems(vector) == x->c && stats->n == x->n && stats->h == 1 &&
           stats->w == 2 && stats->c > 0 && x->c % stats->c == 0,
       what);
}

/* Mean over one sample and group of f(i), where f picks from the arrays of @what. */
static double group_mean(const struct ref_tensor *x, uint32_t n, uint32_t group, uint32_t width,
                         double (*f)(const void *what, size_t i, uint32_t c), const void *what) {
  double sum = 0;
  for (uint32_t p = 0; p < x->h * x->w; p++) {
    for (uint32_t c = group * width; c < (group + 1) * width; c++) {
      sum += f(what, ((size_t)n * x->h * x->w + p) * x->c + c, c);
    }
  }
  return sum / ((double)x->h * x->w * width);
}

/* What the means of a normalisation, forward and backward, are taken over. */
struct gn_terms {
  const double *x, *dy, *gamma;
  double mean, rstd;
};

static double term_x(const void *what, size_t i, uint32_t c) {
  (void)c;
  return ((const struct gn_terms *)what)->x[i];
}

static double term_square(const void *what, size_t i, uint32_t c) {
  const struct gn_terms *t = what;
  (void)c;
  return (t->x[i] - t->mean) * (t->x[i] - t->mean);
}

static double term_g(const void *what, size_t i, uint32_t c) {
  const struct gn_terms *t = what;
  return t->dy[i] * t->gamma[c];
}

static double term_g_xhat(const void *what, size_t i, uint32_t c) {
  const struct gn_terms *t = what;
  return term_g(what, i, c) * (t->x[i] - t->mean) * t->rstd;
}

void ref_gn(const struct ref_tensor *x, const struct ref_tensor *gamma,
            const struct ref_tensor *beta, double eps, struct ref_tensor *y,
            struct ref_tensor *stats) {
  want_gn(x, y, gamma, stats, "gn");
  want(ref_elems(beta) == x->c, "gn");
  const uint32_t width = x->c / stats->c;
  struct gn_terms t = {.x = x->v};
  for (uint32_t n = 0; n < x->n; n++) {
    for (uint32_t group = 0; group < stats->c; group++) {
      t.mean = group_mean(x, n, group, width, term_x, &t);
      *ref_at(stats, n, 0, 0, group) = t.mean;
      *ref_at(stats, n, 0, 1, group) =
          1 / sqrt(group_mean(x, n, group, width, term_square, &t) + eps);
    }
  }
  for (size_t i = 0; i < ref_elems(x); i++) {
    const uint32_t n = (uint32_t)(i / ((size_t)x->h * x->w * x->c)), c = (uint32_t)(i % x->c);
    const double mean = *ref_at(stats, n, 0, 0, c / width);
    const double rstd = *ref_at(stats, n, 0, 1, c / width);
    y->v[i] = gamma->v[c] * (x->v[i] - mean) * rstd + beta->v[c];
  }
}

void ref_gn_bwd_acc(const struct ref_tensor *x, const struct ref_tensor *dy,
                    const struct ref_tensor *stats, const struct ref_tensor *gamma,
                    struct ref_tensor *dx, struct ref_tensor *dgamma, struct ref_tensor *dbeta) {
  want_gn(x, dy, gamma, stats, "gn_bwd");
  want(same_shape(x, dx) && ref_elems(dgamma) == x->c && ref_elems(dbeta) == x->c, "gn_bwd");
  const uint32_t width = x->c / stats->c;
  struct gn_terms t = {.x = x->v, .dy = dy->v, .gamma = gamma->v};
  for (uint32_t n = 0; n < x->n; n++) {
    for (uint32_t group = 0; group < stats->c; group++) {
      t.mean = *ref_at(stats, n, 0, 0, group);
      t.rstd = *ref_at(stats, n, 0, 1, group);
      const double mean_g = group_mean(x, n, group, width, term_g, &t);
      const double mean_g_xhat = group_mean(x, n, group, width, term_g_xhat, &t);
      for (uint32_t p = 0; p < x->h * x->w; p++) {
        for (uint32_t c = group * width; c < (group + 1) * width; c++) {
          const size_t i = ((size_t)n * x->h * x->w + p) * x->c + c;
          const double xhat = (x->v[i] - t.mean) * t.rstd;
          dx->v[i] = t.rstd * (dy->v[i] * gamma->v[c] - mean_g - xhat * mean_g_xhat);
          dgamma->v[c] += dy->v[i] * xhat;
          dbeta->v[c] += dy->v[i];
        }
      }
    }
  }
}

void ref_relu(const struct ref_tensor *x, struct ref_tensor *y, struct ref_tensor *mask) {
  want(same_shape(x, y) && same_shape(x, mask), "relu");
  for (size_t i = 0; i < ref_elems(x); i++) {
    mask->v[i] = x->v[i] > 0 ? 1 : 0;
    y->v[i] = x->v[i] > 0 || isnan(x->v[i]) ? x->v[i] : 0;
  }
}

void ref_relu_replay(const struct ref_tensor *x, const struct ref_tensor *mask,
                     struct ref_tensor *y) {
  want(same_shape(x, y) && same_shape(x, mask), "relu_replay");
  for (size_t i = 0; i < ref_elems(x); i++) {
    y->v[i] = mask->v[i] != 0 ? x->v[i] : 0;
  }
}

void ref_relu_bwd(const struct ref_tensor *dy, const struct ref_tensor *mask,
                  struct ref_tensor *dx) {
  ref_relu_replay(dy, mask, dx);
}

void ref_add(const struct ref_tensor *a, const struct ref_tensor *b, struct ref_tensor *y) {
  want(same_shape(a, b) && same_shape(a, y), "add");
  for (size_t i = 0; i < ref_elems(a); i++) {
    y->v[i] = a->v[i] + b->v[i];
  }
}

static void want_pool(const struct ref_tensor *x, struct ref_kernel k, const struct ref_tensor *y,
                      const char *what) {
  want(x->c == y->c && is_under(x, k, y), what);
}

/* Element of @x under tap @pos of output element @i's window; NULL: outside the image. */
static double *pool_element(const struct ref_tensor *x, struct ref_kernel k,
                            const struct ref_tensor *y, size_t i, uint32_t pos) {
  const uint32_t c = (uint32_t)(i % y->c), xx = (uint32_t)(i / y->c % y->w);
  const uint32_t yy = (uint32_t)(i / y->c / y->w % y->h);
  const uint32_t n = (uint32_t)(i / y->c / y->w / y->h);
  const int64_t iy = (int64_t)yy * k.stride + pos / k.s - k.pad;
  const int64_t ix = (int64_t)xx * k.stride + pos % k.s - k.pad_x;
  if (iy < 0 || iy >= x->h || ix < 0 || ix >= x->w) {
    return NULL;
  }
  return ref_at(x, n, (uint32_t)iy, (uint32_t)ix, c);
}

void ref_maxpool(const struct ref_tensor *x, struct ref_kernel k, struct ref_tensor *y,
                 struct ref_tensor *index) {
  want_pool(x, k, y, "maxpool");
  want(same_shape(y, index), "maxpool");
  for (size_t i = 0; i < ref_elems(y); i++) {
    bool any = false;
    for (uint32_t pos = 0; pos < k.r * k.s; pos++) {
      const double *at = pool_element(x, k, y, i, pos);
      if (at != NULL && (!any || *at > y->v[i])) {
        y->v[i] = *at;
        index->v[i] = pos;
        any = true;
      }
    }
    want(any, "maxpool");
  }
}

void ref_maxpool_replay(const struct ref_tensor *x, struct ref_kernel k,
                        const struct ref_tensor *index, struct ref_tensor *y) {
  want_pool(x, k, y, "maxpool_replay");
  for (size_t i = 0; i < ref_elems(y); i++) {
    y->v[i] = *pool_element(x, k, y, i, (uint32_t)index->v[i]);
  }
}

void ref_maxpool_bwd(const struct ref_tensor *dy, const struct ref_tensor *index,
                     struct ref_kernel k, struct ref_tensor *dx) {
  want_pool(dx, k, dy, "maxpool_bwd");
  ref_zero(dx);
  for (size_t i = 0; i < ref_elems(dy); i++) {
    *pool_element(dx, k, dy, i, (uint32_t)index->v[i]) += dy->v[i];
  }
}

/* Visits what each output element of an average is made of. */
static void for_each_share(const struct ref_tensor *x, struct ref_kernel k,
                           const struct ref_tensor *y, bool backward) {
  for (size_t i = 0; i < ref_elems(y); i++) {
    for (uint32_t pos = 0; pos < k.r * k.s; pos++) {
      double *at = pool_element(x, k, y, i, pos);
      if (at != NULL && backward) {
        *at += y->v[i] / (k.r * k.s);
      } else if (at != NULL) {
        y->v[i] += *at / (k.r * k.s);
      }
    }
  }
}

void ref_avgpool(const struct ref_tensor *x, struct ref_kernel k, struct ref_tensor *y) {
  want_pool(x, k, y, "avgpool");
  ref_zero(y);
  for_each_share(x, k, y, false);
}

void ref_avgpool_bwd(const struct ref_tensor *dy, struct ref_kernel k, struct ref_tensor *dx) {
  want_pool(dx, k, dy, "avgpool_bwd");
  ref_zero(dx);
  for_each_share(dx, k, dy, true);
}

void ref_concat(struct ref_tensor *const x[], unsigned n, struct ref_tensor *y) {
  uint32_t from = 0;
  for (unsigned i = 0; i < n; i++) {
    want(x[i]->n == y->n && x[i]->h == y->h && x[i]->w == y->w, "concat");
    for (size_t e = 0; e < ref_elems(x[i]); e++) {
      y->v[e / x[i]->c * y->c + from + e % x[i]->c] = x[i]->v[e];
    }
    from += x[i]->c;
  }
  want(from == y->c, "concat");
}

void ref_split(const struct ref_tensor *dy, uint32_t from, struct ref_tensor *dx) {
  want(dx->n == dy->n && dx->h == dy->h && dx->w == dy->w && from + dx->c <= dy->c, "split");
  for (size_t e = 0; e < ref_elems(dx); e++) {
    dx->v[e] = dy->v[e / dx->c * dy->c + from + e % dx->c];
  }
}

void ref_gap(const struct ref_tensor *x, struct ref_tensor *y) {
  want(y->n == x->n && y->h == 1 && y->w == 1 && y->c == x->c, "gap");
  const size_t pixels = (size_t)x->h * x->w;
  ref_zero(y);
  for (size_t i = 0; i < ref_elems(x); i++) {
    y->v[i / x->c / pixels * x->c + i % x->c] += x->v[i] / (double)pixels;
  }
}

void ref_gap_bwd(const struct ref_tensor *dy, struct ref_tensor *dx) {
  want(dy->n == dx->n && dy->h == 1 && dy->w == 1 && dy->c == dx->c, "gap_bwd");
  const size_t pixels = (size_t)dx->h * dx->w;
  for (size_t i = 0; i < ref_elems(dx); i++) {
    dx->v[i] = dy->v[i / dx->c / pixels * dx->c + i % dx->c] / (double)pixels;
  }
}

void ref_xent(const struct ref_tensor *logits, const struct ref_tensor *label, double scale,
              struct ref_tensor *loss, struct ref_tensor *dlogits) {
  want(logits->h == 1 && logits->w == 1 && same_shape(logits, dlogits) &&
           ref_elems(label) == logits->n && ref_elems(loss) == logits->n,
       "xent");
  for (uint32_t n = 0; n < logits->n; n++) {
    const double *row = ref_at(logits, n, 0, 0, 0);
    const uint32_t hot = (uint32_t)label->v[n];
    double max = row[0], sum = 0;
    for (uint32_t c = 1; c < logits->c; c++) {
      max = row[c] > max ? row[c] : max;
    }
    for (uint32_t c = 0; c < logits->c; c++) {
      sum += exp(row[c] - max);
    }
    loss->v[n] = log(sum) + max - row[hot];
    for (uint32_t c = 0; c < logits->c; c++) {
      *ref_at(dlogits, n, 0, 0, c) = (exp(row[c] - max) / sum - (c == hot ? 1 : 0)) * scale;
    }
  }
}

void ref_sgd(const struct ref_tensor *g, double grad_scale, double lr, double momentum,
             double decay, struct ref_tensor *w, struct ref_tensor *m) {
  want(same_shape(g, w) && same_shape(g, m), "sgd");
  for (size_t i = 0; i < ref_elems(g); i++) {
    m->v[i] = momentum * m->v[i] + g->v[i] * grad_scale + decay * w->v[i];
    w->v[i] -= lr * m->v[i];
  }
}
