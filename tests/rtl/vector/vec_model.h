// VEC on a buffer in plain C++, written from docs/commands.md.
#ifndef WC_TESTS_RTL_VECTOR_VEC_MODEL_H
#define WC_TESTS_RTL_VECTOR_VEC_MODEL_H

#include <vector>

#include "golden.h"

using Buffer = std::vector<uint8_t>;

inline int64_t element_address(const struct wc_stream &s, int64_t i3, int64_t i2, int64_t p,
                               int64_t i0) {
  const int64_t row = (int64_t)s.base + i3 * s.s3 + i2 * s.s2 + p * s.s1;
  if (s.type == WC_T_BIT)
    return row + i0 / 8;
  return row + i0 * s.s0 * (int64_t)wc_type_bytes(s.type);
}

inline float load_element(const Buffer &buffer, const struct wc_stream &s, int64_t at, int64_t i0) {
  const uint8_t *from = &buffer.at((size_t)at);
  uint16_t half;
  uint32_t word;
  switch (s.type) {
    case WC_T_FP16:
      memcpy(&half, from, 2);
      return half_to_float(half);
    case WC_T_FP32:
      memcpy(&word, from, 4);
      return as_float(word);
    case WC_T_U8:
      return (float)*from;
    default:
      return (float)(*from >> (i0 & 7) & 1);
  }
}

// @end: the element after the last of its row.
inline void store_element(Buffer &buffer, const struct wc_stream &s, int64_t at, int64_t i0,
                          int64_t end, float x) {
  uint8_t *to = &buffer.at((size_t)at);
  const uint16_t half = float_to_half(x);
  const uint32_t word = store_float(x);
  switch (s.type) {
    case WC_T_FP16:
      memcpy(to, &half, 2);
      break;
    case WC_T_FP32:
      memcpy(to, &word, 4);
      break;
    case WC_T_U8:
      *to = float_to_u8(x);
      break;
    default:  // the last bit of a row clears those that are missing
      *to = (uint8_t)((*to & ~(1 << (i0 & 7))) | (x > 0) << (i0 & 7));
      if (i0 == end - 1)
        *to = (uint8_t)(*to & ((2 << (i0 & 7)) - 1));
      break;
  }
}

// The chains of one element of a reduction.
class Reduction {
 public:
  Reduction(const struct wc_stream &s, const Buffer &buffer, int64_t i3, int64_t i2, int64_t i0)
      : s_(s), count_(s.chains ? WC_CHAINS : 1) {
    for (int c = 0; c < count_; c++) {
      chain_[c] = s.reduce == 2 ? -INFINITY : 0.0f;
      if (s.load)
        chain_[c] = load_element(buffer, s, element_address(s, i3, i2, c, i0), i0);
    }
  }

  void take(int64_t p, float x) {
    const int c = count_ == 1 ? 0 : (int)((p + s_.phase) % count_);
    chain_[c] = combine(chain_[c], x);
  }

  void store(Buffer &buffer, int64_t i3, int64_t i2, int64_t i0, int64_t end) const {
    if (s_.keep) {
      for (int c = 0; c < count_; c++)
        store_element(buffer, s_, element_address(s_, i3, i2, c, i0), i0, end, chain_[c]);
      return;
    }
    float x = chain_[0];
    if (count_ == 8)
      x = combine(combine(combine(chain_[0], chain_[1]), combine(chain_[2], chain_[3])),
                  combine(combine(chain_[4], chain_[5]), combine(chain_[6], chain_[7])));
    store_element(buffer, s_, element_address(s_, i3, i2, 0, i0), i0, end, x);
  }

 private:
  float combine(float a, float b) const {
    return s_.reduce == 2 ? vop_max(a, b) : a + b;
  }

  const struct wc_stream &s_;
  int count_;
  float chain_[WC_CHAINS];
};

inline void run_vec(const struct wc_cmd &cmd, Buffer &buffer) {
  const struct wc_vec &v = cmd.vec;
  const uint32_t k[4] = {v.k0, v.k1, v.k2, v.k3};
  for (int64_t i3 = 0; i3 < v.d3; i3++) {
    for (int64_t i2 = 0; i2 < v.d2; i2++) {
      for (int64_t i0 = 0; i0 < v.d0; i0++) {
        std::vector<Reduction> reductions;
        for (unsigned o = 0; o < v.n_out; o++)
          reductions.emplace_back(cmd.out[o], buffer, i3, i2, i0);
        for (int64_t p = 0; p < v.d1; p++) {
          float in[WC_VEC_INPUTS] = {};
          for (unsigned i = 0; i < v.n_in; i++)
            in[i] = load_element(buffer, cmd.in[i], element_address(cmd.in[i], i3, i2, p, i0), i0);
          Running r = {0.0f, 0.0f};
          for (const struct wc_step &step : cmd.step)
            r = run_step(step, r, in, k);
          for (unsigned o = 0; o < v.n_out; o++) {
            const struct wc_stream &s = cmd.out[o];
            const float x = s.src ? r.u : r.t;
            if (s.reduce)
              reductions[o].take(p, x);
            else
              store_element(buffer, s, element_address(s, i3, i2, p, i0), i0, v.d0, x);
          }
        }
        for (unsigned o = 0; o < v.n_out; o++) {
          if (cmd.out[o].reduce)
            reductions[o].store(buffer, i3, i2, i0, v.d0);
        }
      }
    }
  }
}

#endif
