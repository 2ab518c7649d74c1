// Random GEMM commands: the passes of a convolution, and whatever else the fields allow.
#ifndef COMMANDS_H
#define COMMANDS_H

#include <algorithm>

#include "golden.h"

class Commands {
 public:
  Commands(Rng &rng, int64_t bytes, int rows, int cols)
      : rng_(rng), bytes_(bytes), rows_(rows), cols_(cols) {}

  // A sound command whose operands fit the buffer and whose output overlaps no input.
  wc_gemm sound() {
    for (;;) {
      wc_gemm g = {};
      shape(g);
      if (int64_t(g.p2) * g.p1 * g.p0 * g.q2 * g.q1 * g.q0 * g.n > most_macs)
        continue;
      if (place(g))
        return g;
    }
  }

  int64_t most_macs = 60000;
  int narrow = 0;  // percent of commands that an array that folds folds, at least

  // Moves A, B or P of @g onto what @last writes, if it still is a sound command there.
  void chain(wc_gemm &g, const wc_gemm &last) {
    int which = rng_.below(g.preload ? 3 : 2);
    uint32_t &base = which == 0 ? g.a_base : which == 1 ? g.b_base : g.p_base;
    uint32_t old = base;
    uint32_t unit = which == 2 ? 4 : 2;
    Box c = c_box(g), w = c_box(last);
    Box r = which == 0 ? a_box(g) : which == 1 ? b_box(g) : p_box(g);
    int64_t low = w.low - r.high, high = w.high - r.low;  // between these they overlap
    int64_t at = low + static_cast<int64_t>(rng_.next() % static_cast<uint64_t>(high - low));
    if (rng_.chance(30))
      at = low + unit * rng_.below(4);
    base = (last.c_base + static_cast<uint32_t>(at)) & ~(unit - 1);
    bool inside = int64_t(base) + r.low >= 0 && int64_t(base) + r.high <= bytes_;
    if (!inside || !apart(base, r, g.c_base, c))
      base = old;
  }

  // Makes @g add to what @last writes, row by row in the same places, or some words beside them.
  void follow(wc_gemm &g, const wc_gemm &last) {
    wc_gemm next = last;
    if (!last.c_fp32)
      return;
    if (rng_.chance(30))
      next.c_base += static_cast<uint32_t>(4 * rng_.range(-40, 40));
    Box c = c_box(next);
    next.preload = 1;
    next.p_base = next.c_base;
    next.p_s2 = next.c_s2;
    next.p_s1 = next.c_s1;
    next.p_s0 = next.c_s0;
    int64_t at = int32_t(next.c_base);
    if (at + c.low >= 0 && at + c.high <= bytes_ && apart(next.a_base, a_box(next), at, c) &&
        apart(next.b_base, b_box(next), at, c))
      g = next;
  }

  // Moves an operand of @g one element past an end of the buffer.
  void push_out(wc_gemm &g) {
    int which = rng_.below(4);
    Box box = which == 0 ? a_box(g) : which == 1 ? b_box(g) : which == 2 ? c_box(g) : p_box(g);
    uint32_t &base = which == 0   ? g.a_base
                     : which == 1 ? g.b_base
                     : which == 2 ? g.c_base
                                  : g.p_base;
    if (which == 3 && !g.preload)
      return push_out(g);
    int unit = which == 3 || (which == 2 && g.c_fp32) ? 4 : 2;
    int64_t at = bytes_ - box.high + unit;
    if (box.low < 0 && rng_.chance(50))
      at = -box.low - unit;
    base = static_cast<uint32_t>(at - at % unit + (at % unit ? unit : 0));
  }

 private:
  struct Box {
    int64_t low, high;  // bytes touched, relative to the base: [low, high)
  };

  uint32_t dim(int most) {
    return static_cast<uint32_t>(rng_.chance(25) ? 1 : rng_.range(1, most));
  }

  void shape(wc_gemm &g) {
    g.p2 = dim(3);
    g.p1 = dim(9);
    g.p0 = dim(12);
    g.q2 = dim(3);
    g.q1 = dim(3);
    g.q0 = dim(rng_.chance(40) ? 3 : 40);
    g.n = static_cast<uint32_t>(rng_.chance(30) ? rng_.range(1, 3) : rng_.range(1, 80));
    if (rng_.chance(10))
      g.q0 = 1;
    if (rng_.chance(15))
      g.q0 = static_cast<uint32_t>(rows_ * rng_.range(1, 3));
    if (rng_.chance(15))
      g.n = static_cast<uint32_t>(cols_ * rng_.range(1, 6));
    if (rng_.chance(narrow)) {  // at most half the columns, or just half
      int half = cols_ / 2;
      g.n = static_cast<uint32_t>(rng_.chance(50) ? half : rng_.range(1, half));
    }
    if (rng_.chance(5))
      g.p0 = static_cast<uint32_t>(rng_.range(100, 400));
    if (rng_.chance(5))
      g.n = static_cast<uint32_t>(rng_.range(100, 300));
    if (rng_.chance(5))
      g.q0 = static_cast<uint32_t>(rng_.range(100, 600));
    g.a_trans = rng_.chance(40);
    g.b_trans = rng_.chance(40);
    g.c_fp32 = rng_.chance(50);
    g.preload = rng_.chance(40);
    int stride = rng_.range(1, 3), pad = rng_.below(3);
    switch (rng_.below(4)) {
      case 0:  // forward, weight gradient
      case 1:
        g.sy = g.sx = stride;
        g.ry = g.rx = 1;
        g.oy = g.ox = -pad;
        break;
      case 2:  // data gradient
        g.sy = g.sx = 1;
        g.ry = g.rx = -1;
        g.oy = g.ox = pad;
        break;
      default:
        g.sy = rng_.range(-3, 3);
        g.sx = rng_.range(-3, 3);
        g.ry = rng_.range(-3, 3);
        g.rx = rng_.range(-3, 3);
        g.oy = rng_.range(-9, 9);
        g.ox = rng_.range(-9, 9);
    }
    g.h = static_cast<uint32_t>(std::max(1, int(g.p1) * stride + rng_.range(-2, 2)));
    g.w = static_cast<uint32_t>(std::max(1, int(g.p0) * stride + rng_.range(-2, 2)));
    if (rng_.chance(3))
      g.h = 0;
  }

  // Strides for nested dims, fastest last in @order, in units of @unit bytes.
  Box strides(const int64_t *n, int32_t **s, int count, int64_t run, int unit, bool input) {
    int order[4] = {0, 1, 2, 3};
    if (rng_.chance(20)) {
      for (int i = count - 1; i > 0; i--)
        std::swap(order[i], order[rng_.below(i + 1)]);
    }
    Box box = {0, run};
    int64_t span = run;
    for (int i = count - 1; i >= 0; i--) {
      int d = order[i];
      int64_t step = span + (rng_.chance(40) ? unit * rng_.below(20) : 0);
      if (rng_.chance(30))
        step = (step + 31) / 32 * 32;
      span = step * (n[d] - 1) + span;
      if (rng_.chance(15))
        step = -step;
      *s[d] = static_cast<int32_t>(step);
      (step < 0 ? box.low : box.high) += step * (n[d] - 1);
    }
    return box;
  }

  int64_t put(Box box, int unit) {
    int64_t room = bytes_ - (box.high - box.low);
    if (room < 0)
      return -1;
    int64_t at = static_cast<int64_t>(rng_.next() % static_cast<uint64_t>(room + 1));
    at -= at % (rng_.chance(50) ? 32 : unit);
    if (rng_.chance(5))
      at = room;  // up to the last byte
    if (rng_.chance(5))
      at = 0;
    return at - box.low - (at - box.low) % unit;
  }

  static bool apart(int64_t a, Box x, int64_t b, Box y) {
    return a + x.high <= b + y.low || b + y.high <= a + x.low;
  }

  static void reach(Box &box, int64_t n, int64_t stride) {
    (stride < 0 ? box.low : box.high) += (std::max<int64_t>(n, 1) - 1) * stride;
  }
  static Box a_box(const wc_gemm &g) {
    Box box = {0, g.q0 * 2};
    reach(box, g.p2, g.a_s2);
    reach(box, g.h, g.a_s1);
    reach(box, g.w, g.a_s0);
    return box;
  }
  static Box b_box(const wc_gemm &g) {
    Box box = {0, 2};
    reach(box, g.a_trans ? g.p2 : g.q2, g.b_s2);
    reach(box, g.a_trans ? g.p1 : g.q1, g.b_s1);
    reach(box, g.a_trans ? g.p0 : g.q0, g.b_s0);
    reach(box, g.n, g.b_sn);
    return box;
  }
  static Box c_box(const wc_gemm &g) {
    Box box = {0, int64_t(g.n) * (g.c_fp32 ? 4 : 2)};
    reach(box, g.a_trans ? g.q2 : g.p2, g.c_s2);
    reach(box, g.a_trans ? g.q1 : g.p1, g.c_s1);
    reach(box, g.a_trans ? g.q0 : g.p0, g.c_s0);
    return box;
  }

  static Box p_box(const wc_gemm &g) {
    Box box = {0, int64_t(g.n) * 4};
    reach(box, g.a_trans ? g.q2 : g.p2, g.p_s2);
    reach(box, g.a_trans ? g.q1 : g.p1, g.p_s1);
    reach(box, g.a_trans ? g.q0 : g.p0, g.p_s0);
    return box;
  }

  bool place(wc_gemm &g) {
    bool t = g.a_trans;
    int64_t an[] = {g.p2, std::max<int64_t>(g.h, 1), std::max<int64_t>(g.w, 1)};
    int32_t *as[] = {&g.a_s2, &g.a_s1, &g.a_s0};
    Box ab = strides(an, as, 3, g.q0 * 2, 2, true);
    int64_t mn[] = {t ? g.q2 : g.p2, t ? g.q1 : g.p1, t ? g.q0 : g.p0};
    int64_t kn[] = {t ? g.p2 : g.q2, t ? g.p1 : g.q1, t ? g.p0 : g.q0, g.n};
    Box bb;
    if (g.b_trans) {
      int64_t n[] = {kn[0], kn[1], kn[3]};
      int32_t *s[] = {&g.b_s2, &g.b_s1, &g.b_sn};
      bb = strides(n, s, 3, kn[2] * 2, 2, true);
      g.b_s0 = 2;
    } else {
      int32_t *s[] = {&g.b_s2, &g.b_s1, &g.b_s0};
      bb = strides(kn, s, 3, kn[3] * 2, 2, true);
      g.b_sn = 2;
    }
    int unit = g.c_fp32 ? 4 : 2;
    int32_t *cs[] = {&g.c_s2, &g.c_s1, &g.c_s0};
    Box cb = strides(mn, cs, 3, int64_t(g.n) * unit, unit, false);
    int32_t *ps[] = {&g.p_s2, &g.p_s1, &g.p_s0};
    Box pb = {0, 0};
    if (g.preload)
      pb = strides(mn, ps, 3, int64_t(g.n) * 4, 4, false);
    for (int attempt = 0; attempt < 10; attempt++) {
      int64_t a = put(ab, 2), b = put(bb, 2), c = put(cb, unit), p = g.preload ? put(pb, 4) : 0;
      bool same = g.preload && g.c_fp32 && rng_.chance(60);
      if (same)
        p = c;
      bool fit = bytes_ >= ab.high - ab.low && bytes_ >= bb.high - bb.low &&
                 bytes_ >= cb.high - cb.low && bytes_ >= pb.high - pb.low;
      if (!fit)
        return false;
      if (!apart(a, ab, c, cb) || !apart(b, bb, c, cb))
        continue;
      if (g.preload && !same && !apart(p, pb, c, cb))
        continue;
      if (a < 0 || b < 0 || c < 0 || p < 0)
        continue;
      g.a_base = static_cast<uint32_t>(a);
      g.b_base = static_cast<uint32_t>(b);
      g.c_base = static_cast<uint32_t>(c);
      g.p_base = static_cast<uint32_t>(p);
      if (same) {
        g.p_s2 = g.c_s2;
        g.p_s1 = g.c_s1;
        g.p_s0 = g.c_s0;
      }
      return true;
    }
    return false;
  }

  Rng &rng_;
  int64_t bytes_;
  int rows_, cols_;
};

#endif
