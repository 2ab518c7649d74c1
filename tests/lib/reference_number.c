/* Numbers of the FP64 reference: rounding, memory images, distances, random numbers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "reference.h"

uint16_t ref_to_fp16(double x) {
  if (isnan(x)) {
    return 0x7E00;
  }
  const uint16_t sign = signbit(x) ? 0x8000 : 0;
  const double a = fabs(x);
  if (a >= 65520) { /* halfway between the largest number and the next power of two */
    return sign | 0x7C00;
  }
  if (a == 0) {
    return sign;
  }
  const int e = ilogb(a) < -14 ? -14 : ilogb(a);
  const unsigned q = (unsigned)nearbyint(ldexp(a, 10 - e)); /* 0 .. 2048, ties to even */
  return (uint16_t)(sign | (((unsigned)(e + 14) << 10) + q));
}

double ref_from_fp16(uint16_t bits) {
  const double sign = bits & 0x8000 ? -1 : 1;
  const int e = bits >> 10 & 31, q = bits & 1023;
  if (e == 31) {
    return q == 0 ? sign * INFINITY : NAN;
  }
  return sign * (e == 0 ? ldexp(q, -24) : ldexp(1024 + q, e - 25));
}

double ref_round16(double x) {
  return ref_from_fp16(ref_to_fp16(x));
}

double ref_round32(double x) {
  return (double)(float)x;
}

static double round_u8(double x) {
  const double r = nearbyint(x);
  return !(r > 0) ? 0 : r > 255 ? 255 : r;
}

void ref_round(struct ref_tensor *t, enum wc_type type) {
  for (size_t i = 0; i < ref_elems(t); i++) {
    double *x = &t->v[i];
    switch (type) {
      case WC_T_FP16:
        *x = ref_round16(*x);
        break;
      case WC_T_FP32:
        *x = ref_round32(*x);
        break;
      case WC_T_U8:
        *x = round_u8(*x);
        break;
      case WC_T_BIT:
        *x = *x > 0 ? 1 : 0;
        break;
    }
  }
}

static double load_element(enum wc_type type, const uint8_t *sample, size_t i) {
  uint16_t half;
  float single;
  switch (type) {
    case WC_T_FP16:
      memcpy(&half, sample + 2 * i, sizeof half);
      return ref_from_fp16(half);
    case WC_T_FP32:
      memcpy(&single, sample + 4 * i, sizeof single);
      return (double)single;
    case WC_T_U8:
      return sample[i];
    case WC_T_BIT:
      return sample[i / 8] >> i % 8 & 1;
  }
  return NAN;
}

static void store_element(enum wc_type type, uint8_t *sample, size_t i, double x) {
  const uint16_t half = ref_to_fp16(x);
  const float single = (float)x;
  const unsigned bit = 1U << i % 8;
  switch (type) {
    case WC_T_FP16:
      memcpy(sample + 2 * i, &half, sizeof half);
      break;
    case WC_T_FP32:
      memcpy(sample + 4 * i, &single, sizeof single);
      break;
    case WC_T_U8:
      sample[i] = (uint8_t)round_u8(x);
      break;
    case WC_T_BIT:
      sample[i / 8] = (uint8_t)((sample[i / 8] & ~bit) | (x > 0 ? bit : 0));
      break;
  }
}

void ref_load(struct ref_tensor *t, enum wc_type type, const void *bytes, size_t pitch) {
  const size_t elems = (size_t)t->h * t->w * t->c;
  for (size_t n = 0; n < t->n; n++) {
    for (size_t i = 0; i < elems; i++) {
      t->v[n * elems + i] = load_element(type, (const uint8_t *)bytes + n * pitch, i);
    }
  }
}

void ref_store(const struct ref_tensor *t, enum wc_type type, void *bytes, size_t pitch) {
  const size_t elems = (size_t)t->h * t->w * t->c;
  for (size_t n = 0; n < t->n; n++) {
    for (size_t i = 0; i < elems; i++) {
      store_element(type, (uint8_t *)bytes + n * pitch, i, t->v[n * elems + i]);
    }
  }
}

static double dot(const struct ref_tensor *a, const struct ref_tensor *b) {
  double sum = 0;
  for (size_t i = 0; i < ref_elems(a); i++) {
    sum += a->v[i] * b->v[i];
  }
  return sum;
}

double ref_rel_l2(const struct ref_tensor *a, const struct ref_tensor *b) {
  double difference = 0;
  for (size_t i = 0; i < ref_elems(a); i++) {
    difference += (a->v[i] - b->v[i]) * (a->v[i] - b->v[i]);
  }
  return difference == 0 ? 0 : sqrt(difference / dot(b, b));
}

double ref_cosine(const struct ref_tensor *a, const struct ref_tensor *b) {
  const double norms = sqrt(dot(a, a)) * sqrt(dot(b, b));
  return norms == 0 ? (dot(a, a) == dot(b, b) ? 1 : 0) : dot(a, b) / norms;
}

double ref_max_diff(const struct ref_tensor *a, const struct ref_tensor *b) {
  double max = 0;
  for (size_t i = 0; i < ref_elems(a); i++) {
    const double difference = fabs(a->v[i] - b->v[i]);
    max = difference > max || isnan(difference) ? difference : max;
  }
  return max;
}

/* SplitMix64. */
uint64_t ref_random(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}

double ref_uniform(uint64_t *state, double lo, double hi) {
  return lo + (hi - lo) * ((double)(ref_random(state) >> 11) * 0x1p-53);
}

double ref_normal(uint64_t *state) {
  const double u = 1 - ref_uniform(state, 0, 1); /* never 0 */
  return sqrt(-2 * log(u)) * cos(ref_uniform(state, 0, 2 * acos(-1)));
}

void ref_fill_normal(struct ref_tensor *t, double deviation, uint64_t *state) {
  for (size_t i = 0; i < ref_elems(t); i++) {
    t->v[i] = deviation * ref_normal(state);
  }
}

uint64_t ref_seed(const char *test) {
  const char *text = getenv("SEED");
  const uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);
  printf("%s: SEED=%llu\n", test, (unsigned long long)seed);
  return seed;
}
