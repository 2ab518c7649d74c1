// Random numbers for the vector benches: one seed, printed, and taken back from SEED.
#ifndef WC_TESTS_RTL_VECTOR_RANDOM_H
#define WC_TESTS_RTL_VECTOR_RANDOM_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2 + 1) {}

  uint64_t bits() {  // xorshift64*
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * UINT64_C(2685821657736338717);
  }
  uint32_t word() {
    return (uint32_t)(bits() >> 32);
  }
  uint32_t below(uint32_t n) {
    return (uint32_t)((bits() >> 32) * n >> 32);
  }
  int between(int low, int high) {
    return low + (int)below((uint32_t)(high - low + 1));
  }
  bool one_in(uint32_t n) {
    return below(n) == 0;
  }

 private:
  uint64_t state_;
};

inline uint64_t bench_seed() {
  const char *given = getenv("SEED");
  const uint64_t seed = given ? strtoull(given, nullptr, 0) : (uint64_t)time(nullptr) % 1000000;
  printf("SEED=%llu\n", (unsigned long long)seed);
  return seed;
}

// `count` from the environment variable `name`, or `usual`.
inline uint64_t bench_count(const char *name, uint64_t usual) {
  const char *given = getenv(name);
  return given ? strtoull(given, nullptr, 0) : usual;
}

// FP32 bit patterns that find mistakes: any bits, few significant bits, exponents around the ends
// of the range, whole numbers, FP16 values, and the special ones.
inline uint32_t random_fp32(Random &r) {
  static const uint32_t special[] = {0x00000000, 0x00000001, 0x007FFFFF, 0x00800000, 0x00800001,
                                     0x33000000, 0x33800000, 0x38800000, 0x387FC000, 0x3F7FFFFF,
                                     0x3F800000, 0x3F800001, 0x40000000, 0x42FC0000, 0x43000000,
                                     0x477FE000, 0x477FF000, 0x7F7FFFFF, 0x7F800000, 0x7FC00000,
                                     0x7FA12345, 0x437F8000, 0x437F0000, 0x3F000000, 0x42FC0001};
  const uint32_t sign = r.word() & 0x80000000;
  switch (r.below(8)) {
    case 0:
      return sign | special[r.below(sizeof special / sizeof *special)];
    case 1:
      return sign | (uint32_t)r.between(100, 150) << 23 | (1u << r.below(23)) | (1u << r.below(23));
    case 2:
      return sign | r.word() >> (9 + r.below(23));  // subnormal
    case 3:
      return sign | (uint32_t)r.between(1, 26) << 23 | (r.word() & 0x7FFFFF);
    case 4:
      return sign | (uint32_t)r.between(118, 136) << 23 | (r.word() & 0x7FFFFF);
    case 5:
      return sign | (uint32_t)r.between(108, 144) << 23 | (r.word() & 0x7FE000);
    case 6:
      return sign | (uint32_t)r.between(100, 150) << 23 | (r.one_in(2) ? 0x7FFFFF : 0);
    default:
      return r.word();
  }
}

#endif
