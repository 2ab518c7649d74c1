// What the benches share: random numbers with a printed seed, FP16 conversion written apart from
// the RTL, counting of checks.
#ifndef BENCH_H
#define BENCH_H

#include <cinttypes>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

struct Rng {
  uint64_t s;
  uint64_t next() {  // splitmix64
    uint64_t z = (s += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  uint32_t bits() {
    return static_cast<uint32_t>(next() >> 32);
  }
  int below(int n) {
    return static_cast<int>(next() % static_cast<uint64_t>(n));
  }
  int range(int lo, int hi) {
    return lo + below(hi - lo + 1);
  }
  bool chance(int percent) {
    return below(100) < percent;
  }
};

// Seed from the environment variable SEED, else from the clock; printed either way.
static inline uint64_t bench_seed() {
  const char *text = getenv("SEED");
  uint64_t seed = text ? strtoull(text, nullptr, 0) : static_cast<uint64_t>(time(nullptr));
  printf("SEED=%" PRIu64 "\n", seed);
  return seed;
}

static inline uint32_t float_bits(float f) {
  uint32_t u;
  memcpy(&u, &f, 4);
  return u;
}

static inline float bits_float(uint32_t u) {
  float f;
  memcpy(&f, &u, 4);
  return f;
}

static inline float half_to_float(uint16_t h) {
  int e = (h >> 10) & 31, m = h & 1023;
  float v = e == 31  ? (m ? NAN : INFINITY)
            : e == 0 ? ldexpf(static_cast<float>(m), -24)
                     : ldexpf(static_cast<float>(1024 + m), e - 25);
  return (h & 0x8000) ? -v : v;
}

static inline uint16_t float_to_half(float f) {
  uint16_t s = std::signbit(f) ? 0x8000 : 0;
  if (std::isnan(f))
    return 0x7E00;
  float a = fabsf(f);
  if (a >= 65520.0f)
    return static_cast<uint16_t>(s | 0x7C00);
  int e = 0;
  frexpf(a, &e);                        // a = x * 2^e, x in [0.5, 1)
  int q = e < -13 ? -24 : e - 11;       // exponent of the last place
  float n = nearbyintf(ldexpf(a, -q));  // 0..2048, ties to even
  float r = ldexpf(n, q);
  if (r >= 65536.0f)
    return static_cast<uint16_t>(s | 0x7C00);
  if (r < 6.103515625e-05f)
    return static_cast<uint16_t>(s | static_cast<int>(ldexpf(r, 24)));
  frexpf(r, &e);
  return static_cast<uint16_t>(s | ((e + 14) << 10) | (static_cast<int>(ldexpf(r, 11 - e)) & 1023));
}

static inline uint32_t canonical(float f) {
  return std::isnan(f) ? 0x7FC00000u : float_bits(f);
}

// An FP32 partial as the start of a sum.
static inline float flush(uint32_t bits) {
  return (bits & 0x7F800000u) ? bits_float(bits) : bits_float(bits & 0x80000000u);
}

// FP16 bits of every kind; @wild percent of them special or of any bits.
static inline uint16_t random_half(Rng &rng, int wild) {
  if (!rng.chance(wild)) {  // around 1, exactly representable mixes of signs
    return static_cast<uint16_t>((rng.bits() & 0x83FF) | ((13 + rng.below(4)) << 10));
  }
  static const uint16_t kinds[] = {0,      0x8000, 0x0001, 0x8001, 0x03FF, 0x0400, 0x7BFF, 0xFBFF,
                                   0x3C00, 0xBC00, 0x7C00, 0xFC00, 0x7E00, 0xFC01, 0x7DFF, 0x0200};
  int k = rng.below(40);
  if (k < 10)
    return kinds[k];
  if (k == 10)
    return kinds[10 + rng.below(6)];
  if (k < 20)
    return static_cast<uint16_t>(rng.bits() & 0x83FF);  // subnormal
  uint16_t h = static_cast<uint16_t>(rng.bits());
  return (h & 0x7C00) == 0x7C00 ? static_cast<uint16_t>(h & 0xBFFF) : h;
}

static inline uint32_t random_partial(Rng &rng, int wild) {
  if (!rng.chance(wild))
    return float_bits(static_cast<float>(rng.range(-4096, 4096)) / 256.0f);
  static const uint32_t kinds[] = {0,          0x80000000, 1,          0x807FFFFF, 0x00800000,
                                   0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x7F800001};
  int k = rng.below(30);
  if (k < 7)
    return kinds[k];
  if (k == 7)
    return kinds[rng.below(10)];
  uint32_t u = rng.bits();
  return (u & 0x7F800000u) == 0x7F800000u ? u & 0xBFFFFFFFu : u;
}

struct Score {
  long passed = 0, failed = 0;
  bool check(bool ok) {
    ++(ok ? passed : failed);
    return ok;
  }
  int finish() const {
    printf("%ld passed, %ld failed\n", passed, failed);
    return failed != 0;
  }
};

#endif
