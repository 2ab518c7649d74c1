// Random legal VEC commands, and operands for them.
#ifndef WC_TESTS_RTL_VECTOR_VEC_RANDOM_H
#define WC_TESTS_RTL_VECTOR_VEC_RANDOM_H

#include "random.h"
#include "vec_model.h"

class VecRandom {
 public:
  VecRandom(Random &rng, uint32_t gbuf_bytes) : rng_(rng), gbuf_bytes_(gbuf_bytes) {}

  // A legal command, and data in `buffer` where it reads.
  struct wc_cmd command(Buffer &buffer) {
    for (;;) {
      struct wc_cmd cmd = {};
      cmd.hdr.opcode = WC_OP_VEC;
      cmd.hdr.id = rng_.word();
      dimensions(cmd.vec);
      program(cmd);
      cmd.vec.n_out = 1 + rng_.below(3);
      place_ = rng_.below(200);
      for (unsigned i = 0; i < cmd.vec.n_in; i++)
        input(cmd.vec, cmd.in[i]);
      for (unsigned o = 0; o < cmd.vec.n_out; o++)
        output(cmd, cmd.out[o]);
      if (place_ > gbuf_bytes_)
        continue;
      const bool any_bits = rng_.one_in(5);
      for (unsigned i = 0; i < cmd.vec.n_in; i++)
        fill(cmd.vec, cmd.in[i], any_bits, buffer);
      for (unsigned o = 0; o < cmd.vec.n_out; o++)
        fill(cmd.vec, cmd.out[o], any_bits, buffer);
      return cmd;
    }
  }

 private:
  struct Dim {
    int64_t n;
    int64_t stride;  // bytes
  };

  uint32_t small(uint32_t usual, uint32_t rare) {
    return rng_.one_in(3) ? 1 : 1 + rng_.below(rng_.one_in(4) ? rare : usual);
  }

  void dimensions(struct wc_vec &v) {
    do {
      v.d0 = rng_.one_in(4) ? 8 * (1 + rng_.below(6)) : small(20, 150);
      v.d1 = small(10, 60);
      v.d2 = small(3, 8);
      v.d3 = small(3, 5);
    } while (v.d0 * v.d1 * v.d2 * v.d3 > 3000);
    v.k0 = random_fp32(rng_);
    v.k1 = as_bits((float)rng_.between(-8, 8) / 4);
    v.k2 = as_bits((float)rng_.between(-300, 300) / 64);
    v.k3 = random_fp32(rng_);
  }

  // ---- program
  uint32_t source(unsigned *used, bool *mine) {
    if (rng_.one_in(2)) {
      const uint32_t s = rng_.below(6);
      if (*used >> s & 1)
        return mine[s] ? s : WC_S_T;
      *used |= 1u << s;
      mine[s] = true;
      return s;
    }
    return WC_S_ZERO + rng_.below(WC_S_U - WC_S_ZERO + 1);
  }

  void step(struct wc_step &s, bool last, unsigned *used) {
    static const uint32_t special[] = {WC_V_DIV, WC_V_SQRT, WC_V_POW2, WC_V_EXPO, WC_V_MANT};
    s.op = rng_.one_in(3) ? (uint32_t)WC_V_FMA : rng_.below(WC_V_MOV + 1);
    if (last && rng_.one_in(3))
      s.op = special[rng_.below(5)];
    if (s.op == WC_V_NOP)
      return;
    bool mine[6] = {};
    const bool b = s.op != WC_V_ADD && s.op != WC_V_MOV && s.op <= WC_V_DIV;
    const bool c = s.op == WC_V_FMA || s.op == WC_V_ADD || s.op == WC_V_SEL;
    s.a = source(used, mine);
    s.b = b ? source(used, mine) : 0;
    s.c = c ? source(used, mine) : 0;
    s.neg_a = rng_.one_in(4);
    s.neg_c = c && rng_.one_in(4);
    if (s.op != WC_V_CMAX) {
      s.dst = rng_.one_in(3);
      s.round16 = rng_.one_in(4);
      s.relu = rng_.one_in(5);
    }
  }

  // Steps that read whatever streams they like; then the streams are numbered from 0.
  void program(struct wc_cmd &cmd) {
    unsigned used = 0;
    for (unsigned i = 0; i < WC_STEPS; i++)
      step(cmd.step[i], i == WC_STEPS - 1, &used);
    uint32_t number[14];
    for (unsigned i = 0; i < 14; i++)
      number[i] = i < 6 ? (used >> i & 1 ? cmd.vec.n_in++ : 0) : i;
    for (struct wc_step &s : cmd.step) {
      s.a = number[s.a];
      s.b = number[s.b];
      s.c = number[s.c];
    }
  }

  // ---- streams
  uint32_t type(bool reduces, bool chains_in_memory) {
    if (chains_in_memory)
      return WC_T_FP32;
    return reduces ? rng_.below(2) : rng_.one_in(2) ? (uint32_t)WC_T_FP16 : rng_.below(4);
  }

  // Gives every dimension a stride; `distinct` leaves no two elements at one place.
  void strides(Dim *dims, int64_t bytes, bool distinct, bool bits) {
    int order[4] = {0, 1, 2, 3};
    for (int i = bits ? 1 : 0; i < 4; i++) {
      if (rng_.one_in(3)) {
        const int j = rng_.between(i, 3), t = order[i];
        order[i] = order[j];
        order[j] = t;
      }
    }
    int64_t extent = bits ? (dims[0].n + 7) / 8 : bytes;
    for (int i = bits ? 1 : 0; i < 4; i++) {
      Dim &d = dims[order[i]];
      d.stride = extent;
      if (rng_.one_in(4))
        d.stride += bytes * rng_.between(1, 9);
      if (!distinct && rng_.one_in(3))
        d.stride = rng_.one_in(2) ? 0 : bytes * rng_.between(0, 20);
      if (d.stride * (d.n - 1) + extent > extent)
        extent = d.stride * (d.n - 1) + extent;
      if (rng_.one_in(6))
        d.stride = -d.stride;
    }
  }

  // Finds a place for the stream, and puts garbage into strides that are not used.
  void settle(struct wc_stream &s, const Dim *dims, int64_t bytes) {
    int64_t low = 0, high = 0;
    for (int i = 0; i < 4; i++) {
      const int64_t reach = (dims[i].n - 1) * dims[i].stride;
      (reach < 0 ? low : high) += i == 0 && s.type == WC_T_BIT ? (dims[0].n - 1) / 8 : reach;
    }
    const int64_t align = bytes;
    int64_t base = (int64_t)place_ - low + (rng_.one_in(3) ? rng_.below(70) : 0);
    base = (base + align - 1) / align * align;
    if (rng_.one_in(3))
      base = (base + 31) / 32 * 32;
    s.base = (uint32_t)base;
    place_ = (uint64_t)(base + high + bytes);
    s.s0 = s.type == WC_T_BIT ? 1 : (int32_t)(dims[0].stride / bytes);
    if (dims[0].n == 1 && s.type != WC_T_BIT)
      s.s0 = (int16_t)rng_.word();
    s.s1 = dims[1].n == 1 ? (int32_t)rng_.word() : (int32_t)dims[1].stride;
    s.s2 = dims[2].n == 1 ? (int32_t)rng_.word() : (int32_t)dims[2].stride;
    s.s3 = dims[3].n == 1 ? (int32_t)rng_.word() : (int32_t)dims[3].stride;
  }

  void input(const struct wc_vec &v, struct wc_stream &s) {
    s.type = type(false, false);
    const int64_t bytes = (int64_t)wc_type_bytes(s.type);
    Dim dims[4] = {{v.d0, bytes}, {v.d1, 0}, {v.d2, 0}, {v.d3, 0}};
    strides(dims, bytes, rng_.one_in(2), s.type == WC_T_BIT);
    if (rng_.one_in(2) && s.type != WC_T_BIT)
      dims[0].stride = rng_.one_in(4) ? 0 : bytes;
    if (rng_.one_in(3))
      dims[1].stride = 0;
    settle(s, dims, bytes);
    if (dims[1].stride == 0 && dims[1].n > 1)
      s.s1 = 0;
  }

  void output(const struct wc_cmd &cmd, struct wc_stream &s) {
    const struct wc_vec &v = cmd.vec;
    s.src = rng_.below(2);
    s.reduce = rng_.one_in(3) ? 1 + rng_.below(2) : 0;
    if (s.reduce) {
      s.chains = rng_.below(2);
      s.load = rng_.one_in(3);
      s.keep = s.chains && rng_.one_in(3);
      s.phase = rng_.one_in(2) ? rng_.below(8) : 0;
    } else if (v.n_in && rng_.one_in(4)) {  // in place
      const struct wc_stream &in = cmd.in[rng_.below(v.n_in)];
      if (distinct(v, in) && !taken(cmd, in.base)) {
        const uint32_t src = s.src;
        s = in;
        s.src = src;
        return;
      }
    }
    s.type = type(s.reduce, s.load || s.keep);
    const int64_t bytes = (int64_t)wc_type_bytes(s.type);
    const int64_t chains = s.chains && (s.load || s.keep) ? WC_CHAINS : 1;
    Dim dims[4] = {{v.d0, 0}, {s.reduce ? chains : v.d1, 0}, {v.d2, 0}, {v.d3, 0}};
    strides(dims, bytes, true, s.type == WC_T_BIT);
    settle(s, dims, bytes);
  }

  static bool taken(const struct wc_cmd &cmd, uint32_t base) {
    for (const struct wc_stream &o : cmd.out) {
      if (o.base == base)
        return true;
    }
    return false;
  }

  // True when no two elements of the stream share a byte.
  static bool distinct(const struct wc_vec &v, const struct wc_stream &s) {
    std::vector<int64_t> seen;
    for (int64_t i3 = 0; i3 < v.d3; i3++)
      for (int64_t i2 = 0; i2 < v.d2; i2++)
        for (int64_t p = 0; p < v.d1; p++)
          for (int64_t i0 = 0; i0 < v.d0; i0 += s.type == WC_T_BIT ? 8 : 1)
            seen.push_back(element_address(s, i3, i2, p, i0));
    std::sort(seen.begin(), seen.end());
    for (size_t i = 1; i < seen.size(); i++) {
      if (seen[i] - seen[i - 1] < (int64_t)wc_type_bytes(s.type))
        return false;
    }
    return true;
  }

  // ---- data
  void fill(const struct wc_vec &v, const struct wc_stream &s, bool any_bits, Buffer &buffer) {
    if (s.type == WC_T_U8 || s.type == WC_T_BIT)
      return;  // the buffer starts with random bytes
    const int64_t steps = !s.reduce ? v.d1 : s.chains && (s.load || s.keep) ? WC_CHAINS : 1;
    for (int64_t i3 = 0; i3 < v.d3; i3++)
      for (int64_t i2 = 0; i2 < v.d2; i2++)
        for (int64_t p = 0; p < steps; p++)
          for (int64_t i0 = 0; i0 < v.d0; i0++) {
            const float x = as_float(any_bits ? random_fp32(rng_)
                                              : (rng_.word() & 0x807FFFFF) |
                                                    (uint32_t)rng_.between(118, 132) << 23);
            uint8_t *to = &buffer.at((size_t)element_address(s, i3, i2, p, i0));
            const uint32_t word = as_bits(x);
            const uint16_t half = float_to_half(x);
            memcpy(to, s.type == WC_T_FP32 ? (const void *)&word : &half, wc_type_bytes(s.type));
          }
  }

  Random &rng_;
  uint64_t gbuf_bytes_;
  uint64_t place_ = 0;
};

#endif
