// Ways to break a legal VEC command, each with the error that it must end in.
#ifndef WC_TESTS_RTL_VECTOR_REFUSED_H
#define WC_TESTS_RTL_VECTOR_REFUSED_H

#include "random.h"
#include "vec_model.h"

// A legal command, decoded and as words. A breaker changes the words.
struct Victim {
  Random &rng;
  struct wc_cmd cmd;
  uint32_t words[WC_MAX_WORDS];

  unsigned n_in() const {
    return cmd.vec.n_in;
  }
  unsigned streams() const {
    return cmd.vec.n_in + cmd.vec.n_out;
  }
  uint32_t &step(unsigned i) {
    return words[8 + i];
  }
  uint32_t &stream(unsigned i, unsigned word) {
    return words[WC_VEC_STREAM_WORD + WC_VEC_STREAM_WORDS * i + word];
  }
  const struct wc_stream &described(unsigned i) const {
    return i < cmd.vec.n_in ? cmd.in[i] : cmd.out[i - cmd.vec.n_in];
  }
  unsigned an_output() {
    return cmd.vec.n_in + rng.below(cmd.vec.n_out);
  }
  // A stream with a property, or -1.
  template <typename Property>
  int find(unsigned first, unsigned end, Property property) {
    for (unsigned tries = 0; tries < 8 && first < end; tries++) {
      const unsigned i = first + rng.below(end - first);
      if (property(described(i)))
        return (int)i;
    }
    return -1;
  }
  // A step whose operation is in the set, or -1.
  int find_step(uint32_t ops) {
    for (unsigned tries = 0; tries < 8; tries++) {
      const unsigned i = rng.below(4);
      if (ops >> cmd.step[i].op & 1)
        return (int)i;
    }
    return -1;
  }
};

inline uint32_t some_bit(Random &rng, unsigned lsb, unsigned bits) {
  return 1u << (lsb + rng.below(bits));
}

inline uint32_t ops(std::initializer_list<unsigned> list) {
  uint32_t set = 0;
  for (unsigned op : list)
    set |= 1u << op;
  return set;
}

inline bool xor_step(Victim &v, int i, uint32_t bits) {
  if (i >= 0)
    v.step((unsigned)i) ^= bits;
  return i >= 0;
}

inline bool xor_stream(Victim &v, int i, unsigned word, uint32_t bits) {
  if (i >= 0)
    v.stream((unsigned)i, word) ^= bits;
  return i >= 0;
}

inline bool wide(const struct wc_stream &s) {
  return s.type == WC_T_FP16 || s.type == WC_T_FP32;
}
inline bool reduces(const struct wc_stream &s) {
  return s.reduce != 0;
}
inline bool any_stream(const struct wc_stream &) {
  return true;
}

// Moves a stream's base or stride off its element's boundary.
inline bool misalign(Victim &v, unsigned word, uint32_t dim) {
  const int i = v.find(0, v.streams(), wide);
  if (i < 0 || dim < 2)
    return false;
  const struct wc_stream &s = v.described((unsigned)i);
  if (word == 2 && s.reduce && !(s.chains && (s.load || s.keep)))
    return false;  // s1 is not used
  return xor_stream(v, i, word, s.type == WC_T_FP32 ? 1 + v.rng.below(3) : 1);
}

struct Breaker {
  const char *name;
  enum wc_device_error code;
  bool (*apply)(Victim &);  // false: cannot break this one
};

#define BREAK(name, code, body)                 \
  {                                             \
    name, code, [](Victim &v) -> bool { body; } \
  }

static const uint32_t unary = (1u << WC_V_MOV) | (1u << WC_V_SQRT) | (1u << WC_V_POW2) |
                              (1u << WC_V_EXPO) | (1u << WC_V_MANT);
static const uint32_t no_c = ~((1u << WC_V_FMA) | (1u << WC_V_ADD) | (1u << WC_V_SEL));

static const Breaker breakers[] = {
    BREAK("d0 = 0", WC_E_FIELD, v.words[4] = 0; return true),
    BREAK("d1 = 0", WC_E_FIELD, v.words[5] = 0; return true),
    BREAK("d2 = 0", WC_E_FIELD, v.words[6] &= 0xFFFF0000; return true),
    BREAK("d3 = 0", WC_E_FIELD, v.words[6] &= 0xFFFF; return true),
    BREAK("n_in over 6", WC_E_FIELD, v.words[2] = (v.words[2] & ~0xFu) | (7 + v.rng.below(9));
          return true),
    BREAK("n_out = 0", WC_E_FIELD, v.words[2] &= ~0xF0u; return true),
    BREAK("n_out over 3", WC_E_FIELD, v.words[2] |= (4 + 4 * v.rng.below(3)) << 4; return true),
    BREAK("reserved bits of word 2", WC_E_FIELD, v.words[2] |= some_bit(v.rng, 8, 24); return true),
    BREAK("reserved word 3", WC_E_FIELD, v.words[3] |= some_bit(v.rng, 0, 32); return true),
    BREAK("reserved bits beside d0", WC_E_FIELD, v.words[4] |= some_bit(v.rng, 24, 8); return true),
    BREAK("reserved bits beside d1", WC_E_FIELD, v.words[5] |= some_bit(v.rng, 24, 8); return true),
    BREAK("reserved word 7", WC_E_FIELD, v.words[7] |= some_bit(v.rng, 0, 32); return true),
    BREAK("words after the last stream", WC_E_FIELD,
          const unsigned end = WC_VEC_STREAM_WORD + WC_VEC_STREAM_WORDS * v.streams();
          if (end % 4 == 0) return false;
          v.words[end + v.rng.below(4 - end % 4)] = some_bit(v.rng, 0, 32); return true),
    BREAK("units too many", WC_E_SIZE, v.words[0] += 0x100;
          return (v.words[0] >> 8 & 0xFF) <= WC_MAX_UNITS),
    BREAK("units too few", WC_E_SIZE, v.words[0] -= 0x100; return v.streams() > 2),
    BREAK("units and a field", WC_E_SIZE, v.words[0] -= 0x100; v.words[4] = 0;
          return v.streams() > 2),
    BREAK("units and n_in", WC_E_FIELD, v.words[0] -= 0x100; v.words[2] |= 0xF;
          return v.streams() > 2),
    BREAK("unknown operation", WC_E_FIELD,
          v.step(v.rng.below(4)) = v.rng.one_in(2) ? 11 + v.rng.below(5) : 21 + v.rng.below(11);
          return true),
    BREAK("special operation before step 3", WC_E_FIELD, const unsigned i = v.rng.below(3);
          if (v.cmd.step[i].op != WC_V_MOV) return false;
          v.step(i) = (v.step(i) & ~31u) | (17 + v.rng.below(4)); return true),
    BREAK("reserved bits beside the operation", WC_E_FIELD,
          v.step(v.rng.below(4)) |= some_bit(v.rng, 5, 3);
          return true),
    BREAK("reserved bits of a step", WC_E_FIELD, v.step(v.rng.below(4)) |= some_bit(v.rng, 25, 7);
          return true),
    BREAK("source 14 or 15", WC_E_FIELD, const int i = v.find_step(~1u);
          if (i < 0 || v.cmd.step[i].a < WC_S_ZERO) return false;
          v.step((unsigned)i) |= (14 + v.rng.below(2)) << 8; return true),
    BREAK("stream that is not there", WC_E_FIELD, const int i = v.find_step(~1u);
          if (i < 0 || v.cmd.step[i].a < WC_S_ZERO || v.n_in() == 6) return false;
          v.step((unsigned)i) &= ~0xF00u;
          v.step((unsigned)i) |= (v.n_in() + v.rng.below(6 - v.n_in())) << 8; return true),
    BREAK(
        "stream read by two steps", WC_E_FIELD, int first = -1; int second = -1;
        for (int i = 0; i < 4; i++) {
          if (v.cmd.step[i].op == WC_V_NOP)
            continue;
          if (v.cmd.step[i].a < WC_S_ZERO)
            first = i;
          else
            second = i;
        } if (first < 0 || second < 0) return false;
        v.step((unsigned)second) &= ~0xF00u; v.step((unsigned)second) |= v.cmd.step[first].a << 8;
        return true),
    BREAK(
        "stream read by no step", WC_E_FIELD, int i = -1; for (int k = 0; k < 4; k++) {
          const struct wc_step &s = v.cmd.step[k];
          if (s.op != WC_V_NOP && s.a < WC_S_ZERO && s.a != s.b && s.a != s.c)
            i = k;
        } return xor_step(v, i, i < 0 ? 0 : (v.cmd.step[i].a ^ WC_S_ONE) << 8)),
    BREAK(
        "operand b of an operation without", WC_E_FIELD,
        return xor_step(v, v.find_step(unary | ops({WC_V_ADD, WC_V_NOP})), some_bit(v.rng, 12, 4))),
    BREAK("operand c of an operation without", WC_E_FIELD,
          return xor_step(v, v.find_step(no_c), some_bit(v.rng, 16, 4))),
    BREAK("operand a of NOP", WC_E_FIELD,
          return xor_step(v, v.find_step(1), some_bit(v.rng, 8, 4))),
    BREAK("neg_a of NOP", WC_E_FIELD, return xor_step(v, v.find_step(1), 1u << 23)),
    BREAK("neg_c of an operation without c", WC_E_FIELD,
          return xor_step(v, v.find_step(no_c), 1u << 24)),
    BREAK("dst, round16 or relu of NOP", WC_E_FIELD,
          return xor_step(v, v.find_step(1), some_bit(v.rng, 20, 3))),
    BREAK("dst, round16 or relu of CMAX", WC_E_FIELD,
          return xor_step(v, v.find_step(ops({WC_V_CMAX})), some_bit(v.rng, 20, 3))),
    BREAK("reserved bits of a stream, low", WC_E_FIELD,
          return xor_stream(v, v.find(0, v.streams(), any_stream), 0, some_bit(v.rng, 2, 2))),
    BREAK("reserved bits of a stream, high", WC_E_FIELD,
          return xor_stream(v, v.find(0, v.streams(), any_stream), 0, some_bit(v.rng, 13, 3))),
    BREAK("output bits on an input", WC_E_FIELD,
          return xor_stream(v, v.find(0, v.n_in(), any_stream), 0, some_bit(v.rng, 4, 9))),
    BREAK("reduction bits without reduction", WC_E_FIELD,
          return xor_stream(v,
                            v.find(v.n_in(), v.streams(),
                                   [](const struct wc_stream &s) { return s.reduce == 0; }),
                            0, some_bit(v.rng, 7, 6))),
    BREAK("reduce = 3", WC_E_FIELD, v.stream(v.an_output(), 0) |= 3u << 5; return true),
    BREAK("reduction to U8 or BIT", WC_E_FIELD,
          return xor_stream(v, v.find(v.n_in(), v.streams(), reduces), 0, 2)),
    BREAK(
        "keep with one chain", WC_E_FIELD,
        return xor_stream(
            v, v.find(v.n_in(), v.streams(), [](const struct wc_stream &s) { return s.keep != 0; }),
            0, 1u << 7)),
    BREAK("load or keep of FP16", WC_E_FIELD,
          return xor_stream(v,
                            v.find(v.n_in(), v.streams(),
                                   [](const struct wc_stream &s) { return s.load || s.keep; }),
                            0, 1)),
    BREAK(
        "BIT with s0 other than 1", WC_E_FIELD,
        return xor_stream(
            v, v.find(0, v.streams(), [](const struct wc_stream &s) { return s.type == WC_T_BIT; }),
            0, some_bit(v.rng, 16, 16))),
    BREAK("base not aligned", WC_E_ALIGN, return misalign(v, 1, 2)),
    BREAK("s1 not aligned", WC_E_ALIGN, return misalign(v, 2, v.cmd.vec.d1)),
    BREAK("s2 not aligned", WC_E_ALIGN, return misalign(v, 3, v.cmd.vec.d2)),
    BREAK("s3 not aligned", WC_E_ALIGN, return misalign(v, 4, v.cmd.vec.d3)),
    BREAK("s1 of chains not aligned", WC_E_ALIGN,
          return xor_stream(
              v,
              v.find(v.n_in(), v.streams(),
                     [](const struct wc_stream &s) { return s.chains && (s.load || s.keep); }),
              2, 2)),
    BREAK("alignment and a field", WC_E_FIELD, v.words[4] = 0; return misalign(v, 1, 2)),
    BREAK("base outside the buffer", WC_E_GBUF,
          return xor_stream(v, v.find(0, v.streams(), any_stream), 1, some_bit(v.rng, 17, 15))),
    BREAK("stride out of the buffer, d1", WC_E_GBUF,
          const int i =
              v.find(0, v.streams(), [](const struct wc_stream &s) { return s.reduce == 0; });
          return v.cmd.vec.d1 > 1 && xor_stream(v, i, 2, some_bit(v.rng, 17, 15))),
    BREAK("stride out of the buffer, d2", WC_E_GBUF,
          return v.cmd.vec.d2 > 1 &&
                 xor_stream(v, v.find(0, v.streams(), any_stream), 3, some_bit(v.rng, 17, 15))),
    BREAK("stride out of the buffer, d3", WC_E_GBUF,
          return v.cmd.vec.d3 > 1 &&
                 xor_stream(v, v.find(0, v.streams(), any_stream), 4, some_bit(v.rng, 17, 15))),
    BREAK("last element outside the buffer", WC_E_GBUF,
          const int i = v.find(0, v.streams(), any_stream);
          if (i < 0 || v.cmd.vec.d1 > 1 || v.cmd.vec.d2 > 1 || v.cmd.vec.d3 > 1) return false;
          const struct wc_stream &s = v.described((unsigned)i);
          if (s.reduce || (s.s0 < 1 && v.cmd.vec.d0 > 1)) return false;
          const int64_t span =
              element_address(s, 0, 0, 0, v.cmd.vec.d0 - 1) - s.base + wc_type_bytes(s.type);
          v.stream((unsigned)i, 1) = (uint32_t)(GBUF_BYTES - span + (int64_t)wc_type_bytes(s.type));
          return true),
    BREAK("first element below the buffer", WC_E_GBUF,
          const int i =
              v.find(0, v.streams(),
                     [](const struct wc_stream &s) { return s.type != WC_T_BIT && s.s0 < 0; });
          if (i < 0 || v.cmd.vec.d0 == 1) return false; v.stream((unsigned)i, 1) = 0; return true),
};

#undef BREAK

#endif
