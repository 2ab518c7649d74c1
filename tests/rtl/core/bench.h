// What the Verilator benches here share: a seed that is printed and taken back, verdicts.
#ifndef WC_BENCH_H
#define WC_BENCH_H

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

class Bench {
 public:
  Bench() {
    const char *text = getenv("SEED");
    seed_ = text != nullptr ? strtoull(text, nullptr, 0) : static_cast<uint64_t>(time(nullptr));
    printf("SEED=%llu\n", static_cast<unsigned long long>(seed_));
    state_ = seed_ * 2 + 1;
  }

  uint32_t next() {
    state_ = state_ * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return static_cast<uint32_t>(state_ >> 33) ^ static_cast<uint32_t>(state_ >> 13);
  }
  // 0 .. n-1
  uint32_t below(uint32_t n) {
    return next() % n;
  }
  // low .. high
  int64_t range(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(next() % static_cast<uint64_t>(high - low + 1));
  }
  bool percent(unsigned share) {
    return below(100) < share;
  }

  // One fact: what was found wrong about it is printed by fail().
  void begin(const char *name) {
    name_ = name;
    wrong_ = 0;
  }
  __attribute__((format(printf, 2, 3))) void fail(const char *format, ...) {
    if (wrong_++ >= 5)
      return;
    va_list args;
    va_start(args, format);
    printf("  ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
  }
  bool failing() const {
    return wrong_ != 0;
  }
  void end() {
    printf("%s %s\n", wrong_ == 0 ? "ok  " : "FAIL", name_);
    if (wrong_ == 0)
      passed_++;
    else
      failed_++;
  }

  int finish() const {
    printf("%u passed, %u failed\n", passed_, failed_);
    return failed_ != 0;
  }

 private:
  uint64_t seed_, state_;
  const char *name_ = "";
  unsigned wrong_ = 0, passed_ = 0, failed_ = 0;
};

#endif
