// What wc_vector does in how many cycles, with ports that always take a request.
#ifndef WC_TESTS_RTL_VECTOR_SPEED_H
#define WC_TESTS_RTL_VECTOR_SPEED_H

#include <functional>

#include "unit.h"

// A command for a row of the table. Streams are placed one after the other, on whole lines.
class Kernel {
 public:
  Kernel(uint32_t d0, uint32_t d1) {
    cmd.hdr.opcode = WC_OP_VEC;
    cmd.vec.d0 = d0;
    cmd.vec.d1 = d1;
    cmd.vec.d2 = cmd.vec.d3 = 1;
  }

  Kernel &step(unsigned i, uint32_t op, uint32_t a, uint32_t b, uint32_t c, bool relu = false) {
    struct wc_step &s = cmd.step[i];
    s.op = op;
    s.a = a;
    s.b = b;
    s.c = c;
    s.relu = relu;
    return *this;
  }

  // Rows of d0 elements follow each other; @held: one row for all of d1.
  Kernel &in(uint32_t type, bool held = false, uint32_t offset = 0, int32_t s0 = 1) {
    place(cmd.in[cmd.vec.n_in++], type, held ? 1 : cmd.vec.d1, offset, s0);
    return *this;
  }

  Kernel &out(uint32_t type, uint32_t offset = 0) {
    place(cmd.out[cmd.vec.n_out++], type, cmd.vec.d1, offset, 1);
    return *this;
  }

  Kernel &reduce(uint32_t chains, uint32_t src = 0) {
    struct wc_stream &s = cmd.out[cmd.vec.n_out++];
    place(s, WC_T_FP32, 1, 0, 1);
    s.reduce = 1;
    s.chains = chains;
    s.src = src;
    return *this;
  }

  struct wc_cmd cmd = {};

 private:
  void place(struct wc_stream &s, uint32_t type, uint32_t rows, uint32_t offset, int32_t s0) {
    const uint32_t elements = cmd.vec.d0 * (uint32_t)(s0 ? s0 : 1);
    const uint32_t row =
        type == WC_T_BIT ? (cmd.vec.d0 + 7) / 8 : elements * (uint32_t)wc_type_bytes(type);
    s.type = type;
    s.s0 = s0;
    s.s1 = rows > 1 ? (int32_t)row : 0;
    s.base = place_ + offset;
    place_ = (s.base + row * rows + 63) / 64 * 64;
  }

  uint32_t place_ = 0;
};

struct Speed {
  uint64_t cycles, vectors;
};

inline Speed measure(Unit &unit, struct wc_cmd cmd) {
  uint32_t words[WC_MAX_WORDS];
  unit.reset();
  unit.ready_percent = 100;
  for (size_t i = 0; i + 4 <= unit.buffer.size(); i += 4)
    memcpy(&unit.buffer[i], "\x00\x3c\x00\x3e", 4);  // finite in every type
  if (wc_cmd_encode(&cmd, words) == 0)
    return {0, 0};
  const uint64_t cycles = unit.cycles, vectors = unit.vectors;
  unit.offer(words);
  if (!unit.run(1, 1000000))
    return {0, 0};
  return {unit.cycles - cycles, unit.vectors - vectors};
}

// @rate: vectors a cycle that must be reached, over a command of about 500 vectors less the time
// that the same command takes for one vector.
struct SpeedRow {
  const char *name;
  double rate;
  Kernel kernel;
};

inline void speed_table(Unit &unit, const std::function<void(bool, const std::string &)> &verdict) {
  const uint32_t n = 512 * LANES, h = WC_T_FP16, f = WC_T_FP32, bit = WC_T_BIT;
  const SpeedRow rows[] = {
      {"copy, FP16", 0.95, Kernel(n, 1).step(0, WC_V_MOV, 0, 0, 0).in(h).out(h)},
      {"copy, FP32", 0.95, Kernel(n / 2, 1).step(0, WC_V_MOV, 0, 0, 0).in(f).out(f)},
      {"copy, FP16, neither side on a line", 0.95,
       Kernel(n, 1).step(0, WC_V_MOV, 0, 0, 0).in(h, false, 6).out(h, 10)},
      {"normalise, scale, ReLU, mask: x, two rows of coefficients", 0.92,
       Kernel(2 * LANES, 256)
           .step(0, WC_V_FMA, 0, 1, 2, true)
           .in(h)
           .in(f, true)
           .in(f, true)
           .out(h)
           .out(bit)},
      {"add, ReLU, mask", 0.95,
       Kernel(n, 1).step(0, WC_V_ADD, 0, 0, 1, true).in(h).in(h).out(h).out(bit)},
      {"three FP16 inputs", 0.95, Kernel(n, 1).step(0, WC_V_FMA, 0, 1, 2).in(h).in(h).in(h).out(h)},
      {"three FP32 inputs", 0.6,
       Kernel(n / 4, 1).step(0, WC_V_FMA, 0, 1, 2).in(f).in(f).in(f).out(f)},
      {"SGD: w, g, m in, w, m, FP16 copy out", 0.35,
       Kernel(n / 4, 1)
           .step(0, WC_V_FMA, 0, WC_S_K0, 1)
           .step(1, WC_V_FMA, 2, WC_S_K1, WC_S_T)
           .in(f)
           .in(f)
           .in(f)
           .out(f)
           .out(f)
           .out(h)},
      {"two sums, eight chains, d1 = 256", 0.85,
       Kernel(2 * LANES, 256).step(0, WC_V_MUL, 0, 0, 0).in(h).reduce(1).reduce(1)},
      {"sum, one chain, d1 = 256", 0.3,
       Kernel(2 * LANES, 256).step(0, WC_V_MOV, 0, 0, 0).in(h).reduce(0)},
      {"FP16, every second element", 0.9 / LANES,
       Kernel(n / 2, 1).step(0, WC_V_MOV, 0, 0, 0).in(h, false, 0, 2).out(h)},
      {"divide", 0.03, Kernel(n, 1).step(3, WC_V_DIV, 0, 1, 0).in(h).in(h).out(h)},
  };
  printf("%-60s vectors a cycle, cycles for one vector\n", "");
  for (const SpeedRow &row : rows) {
    struct wc_cmd one = row.kernel.cmd;
    one.vec.d0 = LANES;
    one.vec.d1 = 1;
    const Speed base = measure(unit, one), all = measure(unit, row.kernel.cmd);
    const double rate = (double)(all.vectors - base.vectors) / (double)(all.cycles - base.cycles);
    printf("%-60s %15.3f %22llu\n", row.name, rate, (unsigned long long)base.cycles);
    const bool slow_op = row.kernel.cmd.step[3].op == WC_V_DIV;
    verdict(all.vectors > 0 && rate >= row.rate, std::string("rate of ") + row.name);
    verdict(base.vectors == 1 && base.cycles <= (slow_op ? 90 : 60),
            std::string("cycles for one vector: ") + row.name);
  }
}

#endif
