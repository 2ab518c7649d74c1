// GEMM commands in C++: encoding from wc_isa.def and the ordered loop of docs/commands.md,
// docs/numerics.md.
#ifndef GOLDEN_H
#define GOLDEN_H

#include <vector>

#include "bench.h"
#include "wc_isa.h"

typedef std::vector<uint8_t> Memory;

static inline void encode(const wc_gemm &g, uint32_t *words) {
  memset(words, 0, WC_MAX_WORDS * 4);
  words[0] = WC_OP_GEMM | WC_GEMM_UNITS << 8;
#define WC_FIELD(command, name, word, lsb, bits, sign, doc) PUT_##command(name, word, lsb, bits)
#define PUT_GEMM(name, word, lsb, bits) \
  words[word] |= (static_cast<uint32_t>(g.name) & (0xFFFFFFFFu >> (32 - (bits)))) << (lsb);
#define PUT_HDR(name, word, lsb, bits)
#define PUT_DMA(name, word, lsb, bits)
#define PUT_VEC(name, word, lsb, bits)
#define PUT_STEP(name, word, lsb, bits)
#define PUT_STREAM(name, word, lsb, bits)
#include "wc_isa.def"
}

struct Triple {
  int64_t i2, i1, i0;
  int64_t n2, n1, n0;
  int64_t count() const {
    return n2 * n1 * n0;
  }
  void next() {
    if (++i0 < n0)
      return;
    i0 = 0;
    if (++i1 < n1)
      return;
    i1 = 0;
    ++i2;
  }
};

class Golden {
 public:
  Golden() : half_(65536) {
    for (uint32_t h = 0; h < 65536; h++)
      half_[h] = half_to_float(static_cast<uint16_t>(h));
  }

  // Runs @g on @mem; false when an access leaves it (mem is then undefined).
  bool run(Memory &mem, const wc_gemm &g) {
    mem_ = &mem;
    inside_ = true;
    Triple pos = {0, 0, 0, g.p2, g.p1, g.p0}, tap = {0, 0, 0, g.q2, g.q1, g.q0};
    Triple m0 = g.a_trans ? tap : pos, k0 = g.a_trans ? pos : tap;
    std::vector<float> a(static_cast<size_t>(k0.count()));
    std::vector<float> b(static_cast<size_t>(k0.count() * g.n));
    Triple k = k0;
    for (int64_t i = 0; i < k0.count(); i++, k.next()) {
      for (int64_t x = 0; x < g.n; x++) {
        int64_t at = int64_t(g.b_base) + k.i2 * g.b_s2 + k.i1 * g.b_s1 + k.i0 * g.b_s0 + x * g.b_sn;
        b[static_cast<size_t>(i * g.n + x)] = half(at);
      }
    }
    Memory out = mem;
    Triple m = m0;
    for (int64_t j = 0; j < m0.count() && inside_; j++, m.next()) {
      k = k0;
      for (int64_t i = 0; i < k0.count(); i++, k.next()) {
        a[static_cast<size_t>(i)] = g.a_trans ? element(g, k, m) : element(g, m, k);
      }
      for (int64_t x = 0; x < g.n; x++) {
        float sum = 0;
        if (g.preload) {
          sum = flush(
              word(int64_t(g.p_base) + m.i2 * g.p_s2 + m.i1 * g.p_s1 + m.i0 * g.p_s0 + x * 4));
        }
        for (size_t i = 0; i < a.size(); i++)
          sum += a[i] * b[i * g.n + static_cast<size_t>(x)];
        int bytes = g.c_fp32 ? 4 : 2;
        uint32_t bits = g.c_fp32 ? canonical(sum) : float_to_half(sum);
        int64_t at = int64_t(g.c_base) + m.i2 * g.c_s2 + m.i1 * g.c_s1 + m.i0 * g.c_s0 + x * bytes;
        if (check(at, bytes))
          memcpy(&out[static_cast<size_t>(at)], &bits, static_cast<size_t>(bytes));
      }
    }
    mem.swap(out);
    return inside_;
  }

 private:
  bool check(int64_t at, int bytes) {
    bool ok = at >= 0 && at + bytes <= static_cast<int64_t>(mem_->size());
    inside_ = inside_ && ok;
    return ok;
  }
  float half(int64_t at) {
    uint16_t h = 0;
    if (check(at, 2))
      memcpy(&h, &(*mem_)[static_cast<size_t>(at)], 2);
    return half_[h];
  }
  uint32_t word(int64_t at) {
    uint32_t w = 0;
    if (check(at, 4))
      memcpy(&w, &(*mem_)[static_cast<size_t>(at)], 4);
    return w;
  }
  float element(const wc_gemm &g, const Triple &i, const Triple &j) {
    int64_t iy = i.i1 * g.sy + j.i2 * g.ry + g.oy;
    int64_t ix = i.i0 * g.sx + j.i1 * g.rx + g.ox;
    if (iy < 0 || iy >= int64_t(g.h) || ix < 0 || ix >= int64_t(g.w))
      return 0;
    return half(int64_t(g.a_base) + i.i2 * g.a_s2 + iy * g.a_s1 + ix * g.a_s0 + j.i0 * 2);
  }

  std::vector<float> half_;
  Memory *mem_ = nullptr;
  bool inside_ = true;
};

#endif
