// The arithmetic of wc_vec_lanes against C floats, operation by operation, at every step.
//
// FP_COUNT vectors of 8 elements for each operation and set of operands.
#include <verilated.h>

#include <deque>

#include "Vwc_vec_lanes.h"
#include "golden.h"
#include "random.h"

static const unsigned lanes = 8;

class Bench {
 public:
  Bench() {
    reset();
  }

  void reset() {
    top_.rst_ni = 0;
    top_.valid_i = 0;
    top_.ready_i = 1;
    top_.held_i = 0;
    top_.first_i = top_.last_i = 1;
    clock();
    top_.rst_ni = 1;
  }

  // Runs `count` vectors of operands from `fill`; returns the number of wrong elements.
  template <typename Fill>
  unsigned run(const struct wc_step *steps, const uint32_t *k, unsigned streams, uint64_t count,
               Random &rng, Fill fill) {
    program(steps, k);
    std::deque<Vector> given[6];
    Vector next[6];
    fill(next);
    uint64_t sent = 0, seen = 0;
    unsigned wrong = 0;
    const bool stutter = rng.one_in(2);
    while (seen < count) {
      for (unsigned s = 0; s < streams; s++)
        memcpy(&top_.in_i[s * lanes], next[s].x, sizeof next[s].x);
      top_.valid_i = sent < count && !(stutter && rng.one_in(4));
      top_.in_valid_i = stutter && rng.one_in(4) ? rng.below(64) : 63;
      top_.ready_i = !(stutter && rng.one_in(4));
      top_.eval();
      sent += top_.valid_i && top_.ready_o;
      if (top_.valid_o && top_.ready_i) {
        wrong += check(steps, k, streams, given);
        seen++;
      }
      const unsigned pop = top_.in_pop_o;
      clock();
      if (pop == 0)
        continue;
      for (unsigned s = 0; s < streams; s++)
        if (pop >> s & 1)
          given[s].push_back(next[s]);
      Vector fresh[6];
      fill(fresh);
      for (unsigned s = 0; s < streams; s++)
        if (pop >> s & 1)
          next[s] = fresh[s];
    }
    return wrong;
  }

  struct Vector {
    uint32_t x[lanes];
  };

 private:
  void clock() {
    top_.clk_i = 0;
    top_.eval();
    top_.clk_i = 1;
    top_.eval();
  }

  void program(const struct wc_step *steps, const uint32_t *k) {
    top_.reads_i = 0;
    for (unsigned i = 0; i < WC_STEPS; i++) {
      const struct wc_step &s = steps[i];
      top_.steps_i[i] = s.op | s.a << 8 | s.b << 12 | s.c << 16 | s.dst << 20 | s.round16 << 21 |
                        s.relu << 22 | s.neg_a << 23 | s.neg_c << 24;
      top_.consts_i[i] = k[i];
      unsigned reads = 0;
      if (s.op != WC_V_NOP) {
        const bool b = s.op != WC_V_ADD && s.op != WC_V_MOV && s.op <= WC_V_DIV;
        const bool c = s.op == WC_V_FMA || s.op == WC_V_ADD || s.op == WC_V_SEL;
        reads |= s.a < 6 ? 1u << s.a : 0;
        reads |= b && s.b < 6 ? 1u << s.b : 0;
        reads |= c && s.c < 6 ? 1u << s.c : 0;
      }
      top_.reads_i |= reads << 6 * i;
    }
  }

  unsigned check(const struct wc_step *steps, const uint32_t *k, unsigned streams,
                 std::deque<Vector> *given) {
    unsigned wrong = 0;
    for (unsigned l = 0; l < lanes; l++) {
      float in[6] = {};
      for (unsigned s = 0; s < streams; s++) {
        if (!given[s].empty())  // ADD takes streams 0 and 2
          in[s] = as_float(given[s].front().x[l]);
      }
      Running r = {0.0f, 0.0f};
      for (unsigned i = 0; i < WC_STEPS; i++)
        r = run_step(steps[i], r, in, k);
      const uint32_t t = top_.t_o[l], u = top_.u_o[l];
      if (differ(t, r.t) || differ(u, r.u)) {
        if (wrong++ == 0 && shown_++ < 20) {
          printf("  in %08X %08X %08X: T %08X expected %08X, U %08X expected %08X\n",
                 as_bits(in[0]), as_bits(in[1]), as_bits(in[2]), t, as_bits(r.t), u, as_bits(r.u));
        }
      }
    }
    for (unsigned s = 0; s < streams; s++) {
      if (!given[s].empty())
        given[s].pop_front();
    }
    return wrong;
  }

  static bool differ(uint32_t bits, float expected) {
    return std::isnan(expected) ? !std::isnan(as_float(bits)) : bits != as_bits(expected);
  }

  Vwc_vec_lanes top_;
  unsigned shown_ = 0;
};

static uint32_t nudge(Random &r, uint32_t x) {
  return x + (uint32_t)r.between(-2, 2);
}

static uint32_t with_exponent(Random &r, int e) {
  e = e < 0 ? 0 : e > 254 ? 254 : e;
  const uint32_t m = r.one_in(3) ? r.word() & 0x700000 : r.word() & 0x7FFFFF;
  return (r.word() & 0x80000000) | (uint32_t)e << 23 | m;
}

enum { ANY, CANCEL, TINY, HUGE_RESULT, HALFWAY, OPERAND_KINDS };
static const char *const kind_names[] = {"any", "cancellation", "tiny", "huge", "halfway"};

static void operands(Random &r, int kind, uint32_t op, uint32_t *a, uint32_t *b, uint32_t *c) {
  *a = random_fp32(r);
  *b = random_fp32(r);
  *c = random_fp32(r);
  const int e = r.between(1, 254);
  const int other = op == WC_V_DIV ? e - 127 : 127 - e;  // brings the result to exponent 127
  switch (kind) {
    case CANCEL:
      *a = with_exponent(r, r.between(60, 200));
      *b = op == WC_V_ADD ? 0x3F800000 : with_exponent(r, r.between(60, 200));
      if (r.one_in(4))
        *b = with_exponent(r, 0), *a = with_exponent(r, r.between(200, 254));
      *c = nudge(r, as_bits(-(as_float(*a) * as_float(*b))));
      if (r.one_in(8))
        *c = as_bits(-as_float(*a)), *b = nudge(r, 0x3F800000);
      break;
    case TINY:  // results around the least normal and the least subnormal number
      *a = with_exponent(r, e);
      *b = with_exponent(r, op == WC_V_DIV ? other + 127 + r.between(100, 152)
                                           : other + 127 - r.between(100, 152));
      *c = with_exponent(r, r.between(0, 30));
      if (r.one_in(3))
        *a = r.word() & 0x807FFFFF;
      break;
    case HUGE_RESULT:
      *a = with_exponent(r, e);
      *b = with_exponent(r, op == WC_V_DIV ? other + 127 - r.between(125, 129)
                                           : other + 127 + r.between(125, 129));
      *c = with_exponent(r, r.between(250, 254));
      break;
    case HALFWAY:  // products and sums with little between the round bit and the end
      *a = with_exponent(r, r.between(110, 140)) & (0xFFFFFFFF << r.below(16));
      *b = with_exponent(r, r.between(110, 140)) & (0xFFFFFFFF << (8 + r.below(14)));
      *c = as_bits(ldexpf(as_float(*a) * as_float(*b), r.between(-60, 60)));
      if (r.one_in(2))
        *c &= 0xFF800000;
      if (r.one_in(4) && op == WC_V_SQRT)
        *a = as_bits(as_float(*b & 0xFFFFF000) * as_float(*b & 0xFFFFF000));
      break;
    default:
      break;
  }
}

static const struct {
  uint32_t op;
  const char *name;
} operations[] = {{WC_V_FMA, "FMA"},   {WC_V_ADD, "ADD"},   {WC_V_MUL, "MUL"},   {WC_V_DIV, "DIV"},
                  {WC_V_SQRT, "SQRT"}, {WC_V_MAX, "MAX"},   {WC_V_MIN, "MIN"},   {WC_V_SEL, "SEL"},
                  {WC_V_GT, "GT"},     {WC_V_EQ, "EQ"},     {WC_V_CMAX, "CMAX"}, {WC_V_MOV, "MOV"},
                  {WC_V_POW2, "POW2"}, {WC_V_EXPO, "EXPO"}, {WC_V_MANT, "MANT"}};

// One operation, alone in its program, at a random legal step.
static unsigned run_op(Bench &bench, Random &rng, uint32_t op, int kind, uint64_t count) {
  const bool rounding = op <= WC_V_MUL || op == WC_V_DIV || op == WC_V_SQRT;
  const bool slow = op == WC_V_DIV || op == WC_V_SQRT;
  struct wc_step steps[WC_STEPS] = {};
  const uint32_t k[4] = {rng.word(), rng.word(), rng.word(), rng.word()};
  const unsigned at = op >= WC_V_DIV ? 3 : op == WC_V_CMAX ? 1 + rng.below(3) : rng.below(4);
  struct wc_step &s = steps[at];
  s.op = op;
  s.a = WC_S_I0;
  s.b = op == WC_V_ADD || op == WC_V_MOV || op > WC_V_DIV ? 0 : WC_S_I1;
  s.c = op == WC_V_FMA || op == WC_V_ADD || op == WC_V_SEL ? WC_S_I2 : 0;
  s.neg_a = rng.below(2);
  s.neg_c = s.c ? rng.below(2) : 0;
  if (op == WC_V_CMAX) {
    steps[at - 1].op = WC_V_MOV;
    steps[at - 1].a = WC_S_I2;
  } else {
    s.dst = rng.below(2);
    s.round16 = rng.one_in(3);
    s.relu = rng.one_in(4);
  }
  auto fill = [&](Bench::Vector *v) {
    for (unsigned l = 0; l < lanes; l++) {
      operands(rng, kind, op, &v[0].x[l], &v[1].x[l], &v[2].x[l]);
      if (s.neg_a)  // the flips are undone, so that the operands meet as they were meant
        v[0].x[l] ^= 0x80000000;
      if (s.neg_c)
        v[2].x[l] ^= 0x80000000;
    }
  };
  if (!rounding)
    count /= 4;
  if (slow)
    count /= 8;
  return bench.run(steps, k, s.c || op == WC_V_CMAX ? 3 : s.b ? 2 : 1, count, rng, fill);
}

int main() {
  Random rng(bench_seed());
  const uint64_t count = bench_count("FP_COUNT", 60000);
  Bench bench;
  unsigned passed = 0, failed = 0;
  for (const auto &o : operations) {
    for (int kind = 0; kind < OPERAND_KINDS; kind++) {
      const unsigned wrong = run_op(bench, rng, o.op, kind, count);
      wrong ? failed++ : passed++;
      if (wrong)
        printf("FAIL  %s, operands %s: %u wrong elements\n", o.name, kind_names[kind], wrong);
    }
  }
  printf("%u passed, %u failed\n", passed, failed);
  return failed != 0;
}
