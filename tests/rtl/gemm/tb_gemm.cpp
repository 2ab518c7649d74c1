// wc_gemm against the ordered loop: random commands, streams of commands, faults, abort, speed.
#include "Vwc_gemm.h"
#include "commands.h"
#include "verilated.h"

#ifndef GBUF_BYTES
#error "define ROWS, COLS and GBUF_BYTES as the parameters of the Verilated model"
#endif

#ifndef FOLD
#define FOLD 0
#endif

#ifndef LINE_BYTES
#define LINE_BYTES 32
#endif
static const int kLine = LINE_BYTES;
static const int kPortsA = FOLD ? 4 : 2;  // ports of A, then those of B, C and P
static const int kPortB = kPortsA, kPortC = kPortsA + 1, kPortP = kPortsA + 2;
static const int kPorts = kPortsA + 3;

// One read response on its way.
struct Response {
  bool valid = false;
  uint8_t data[kLine];
};

class Bench {
 public:
  Vwc_gemm dut;
  Rng rng;
  Score score;
  Memory mem = Memory(GBUF_BYTES);
  Golden golden;
  long cycles = 0, busy = 0, first_busy = 0, last_busy = 0, done = 0;
  uint64_t macs = 0;
  int error = 0;
  uint64_t error_addr = 0;
  int stall = 0;  // percent of cycles in which a port is not ready
  bool protocol_ok = true;

  explicit Bench(uint64_t seed) {
    rng.s = seed;
  }

  void reset() {
    dut.rst_ni = 0;
    dut.abort_i = 0;
    dut.cmd_valid_i = 0;
    for (int i = 0; i < 5; i++)
      clock();
    dut.rst_ni = 1;
    clock();
  }

  // One clock: ports answer, the unit moves.
  void clock() {
    for (int p = 0; p < kPorts; p++) {
      ready_[p] = !rng.chance(stall);
      respond(p, pipe_[p][1]);
      pipe_[p][1] = pipe_[p][0];
      pipe_[p][0].valid = false;
    }
    dut.a_req_ready_i = 0;
    for (int p = 0; p < kPortsA; p++)
      dut.a_req_ready_i |= static_cast<uint8_t>(ready_[p] << p);
    dut.b_req_ready_i = ready_[kPortB];
    dut.c_req_ready_i = ready_[kPortC];
    dut.p_req_ready_i = ready_[kPortP];
    dut.eval();
    for (int p = 0; p < kPortsA; p++)
      port(p, dut.a_req_valid_o >> p & 1, line_of_a(p));
    port(kPortB, dut.b_req_valid_o, dut.b_req_line_o);
    port(kPortP, dut.p_req_valid_o, dut.p_req_line_o);
    write();
    if ((dut.state_o == 1 || dut.state_o == 2)) {
      if (busy++ == 0)
        first_busy = cycles;
      last_busy = cycles;
    }
    if (dut.done_o) {
      done++;
      macs += dut.macs_o;
    }
    if (dut.err_valid_o) {
      error = dut.err_code_o;
      error_addr = dut.err_addr_o;
    }
    dut.clk_i = 1;
    dut.eval();
    dut.clk_i = 0;
    dut.eval();
    cycles++;
  }

  void fill(int wild) {
    bool zeros = rng.chance(10);  // products of 0 show what became of the partials
    if (zeros)
      wild = 100;
    for (size_t i = 0; i < mem.size(); i += 2) {
      uint16_t h = zeros && rng.chance(99) ? uint16_t(rng.bits() & 0x8000) : random_half(rng, wild);
      memcpy(&mem[i], &h, 2);
    }
    // Some of it as partials.
    for (int n = rng.below(zeros ? 40 : 4); n > 0; n--) {
      size_t at = static_cast<size_t>(rng.below(GBUF_BYTES / 4)) * 4;
      for (int i = rng.below(2000); i > 0 && at < mem.size(); i--, at += 4) {
        uint32_t w = random_partial(rng, wild);
        memcpy(&mem[at], &w, 4);
      }
    }
  }

  // Runs @n commands as fast as the unit takes them (or with pauses); false when it hangs or fails.
  bool stream(const wc_gemm *g, int n, int pause) {
    long want = done + n, limit = cycles + 20000;
    int sent = 0;
    bool offered = false;
    error = 0;
    while (done < want && error == 0) {
      if (!offered && sent < n && !rng.chance(pause)) {
        encode(g[sent], reinterpret_cast<uint32_t *>(&dut.cmd_i));
        offered = true;
      }
      dut.cmd_valid_i = offered;
      dut.eval();
      bool taken = offered && dut.cmd_ready_o;
      long before = busy;
      long done_before = done;
      clock();
      if (taken) {
        sent++;
        offered = false;
      }
      if (busy != before || done != done_before)
        limit = cycles + 20000;
      if (cycles > limit) {
        printf("hang: %d of %d commands sent, %ld done\n", sent, n, done - (want - n));
        return false;
      }
    }
    dut.cmd_valid_i = 0;
    return error == 0;
  }

  void describe(const wc_gemm &g) const {
    printf("  a_trans %u b_trans %u fp32 %u preload %u n %u p %u,%u,%u q %u,%u,%u h %u w %u\n",
           g.a_trans, g.b_trans, g.c_fp32, g.preload, g.n, g.p2, g.p1, g.p0, g.q2, g.q1, g.q0, g.h,
           g.w);
    printf("  s %d,%d r %d,%d o %d,%d a %u:%d,%d,%d b %u:%d,%d,%d,%d c %u:%d,%d,%d p %u:%d,%d,%d\n",
           g.sy, g.sx, g.ry, g.rx, g.oy, g.ox, g.a_base, g.a_s2, g.a_s1, g.a_s0, g.b_base, g.b_s2,
           g.b_s1, g.b_s0, g.b_sn, g.c_base, g.c_s2, g.c_s1, g.c_s0, g.p_base, g.p_s2, g.p_s1,
           g.p_s0);
  }

  // Streams of one to four random commands on one buffer, which may read what others wrote.
  void random_streams(int streams, int64_t most_macs) {
    Commands commands(rng, GBUF_BYTES, ROWS, COLS);
    commands.narrow = FOLD ? 50 : 0;
    for (int i = 0; i < streams && score.failed < 5; i++) {
      wc_gemm g[4];
      int n = rng.range(1, 4);
      commands.most_macs = rng.chance(5) ? most_macs * 8 : most_macs;
      uint64_t want_macs = macs;
      fill(rng.chance(50) ? 0 : rng.below(60));
      Memory want = mem;
      for (int k = 0; k < n; k++) {
        g[k] = commands.sound();
        if (k > 0 && rng.chance(40))
          commands.chain(g[k], g[k - 1]);
        if (k > 1 && rng.chance(30))
          commands.chain(g[k], g[k - 2]);
        if (k > 0 && rng.chance(25))
          commands.follow(g[k], g[k - 1]);
        golden.run(want, g[k]);
        want_macs += uint64_t(g[k].p2) * g[k].p1 * g[k].p0 * g[k].q2 * g[k].q1 * g[k].q0 * g[k].n;
      }
      stall = rng.chance(40) ? 0 : rng.below(80);
      bool ok = stream(g, n, rng.chance(50) ? 0 : 90) && want == mem && macs == want_macs;
      for (int k = rng.below(3); k > 0; k--)
        clock();
      if (!score.check(ok)) {
        printf("stream %d (%d commands, stall %d %%): error %d, macs %s, memory %s\n", i, n, stall,
               error, macs == want_macs ? "equal" : "differ", want == mem ? "equal" : "differs");
        for (int k = 0; k < n; k++)
          describe(g[k]);
        for (size_t b = 0, shown = 0; b < mem.size() && shown < 8; b++) {
          if (mem[b] != want[b]) {
            printf("  byte %zu: %02x, expected %02x\n", b, mem[b], want[b]);
            shown++;
          }
        }
        reset();
      }
    }
  }

  // Depths that 16 bits do not count, from a few bytes by strides of 0.
  void deep() {
    for (uint32_t t = 0; t < 2; t++) {
      wc_gemm g = {};
      g.a_trans = t;
      g.n = 3;
      g.p2 = g.q2 = g.p1 = g.q1 = g.p0 = g.q0 = 1;
      (t ? g.p1 : g.q1) = 300;
      (t ? g.p1 : g.p2) = 300;
      (t ? g.p2 : g.q2) = 237;
      (t ? g.q0 : g.p2) = 2;
      g.h = g.w = 1;
      g.sy = g.sx = g.ry = g.rx = 0;
      g.a_base = 64;
      g.a_s2 = 0;
      g.b_base = 1024;
      g.b_sn = 2;
      g.c_base = 2048;
      g.c_fp32 = 1;
      g.c_s2 = g.c_s1 = g.c_s0 = 32;
      fill(0);
      Memory want = mem;
      golden.run(want, g);
      uint64_t want_macs = macs + 300ull * 237 * 2 * 3;
      stall = 0;
      if (!score.check(stream(&g, 1, 0) && want == mem && macs == want_macs)) {
        printf("depth of 71100: MACs off by %" PRId64 "\n", int64_t(macs - want_macs));
        describe(g);
      }
    }
  }

  // A command with one fault ends in its error, at once or at the access, and reset recovers.
  void faults(int count) {
    Commands commands(rng, GBUF_BYTES, ROWS, COLS);
    commands.most_macs = 3000;
    commands.narrow = FOLD ? 50 : 0;
    for (int i = 0; i < count && score.failed < 5; i++) {
      wc_gemm g = commands.sound();
      int want = fault(g, commands);
      Memory after = mem;
      if (want == WC_E_GBUF && golden.run(after, g))
        continue;  // the stride was not used
      stall = rng.below(50);
      wc_gemm two[2] = {commands.sound(), g};
      int before = rng.below(2);  // a sound command first, which must be done first
      long done_before = done;
      stream(two + 1 - before, 1 + before, 0);
      bool ok = error == want && done == done_before + before;
      dut.abort_i = 1;
      for (int k = 0; k < 200 && !dut.idle_o; k++)
        clock();
      ok = ok && dut.idle_o && !dut.c_req_valid_o && !dut.p_req_valid_o;
      reset();
      if (!score.check(ok)) {
        printf("fault %d: error %d, expected %d\n", i, error, want);
        describe(g);
      }
      pipe_clear();
    }
  }

  // Abort at a random cycle: the unit goes idle, and runs the next command as if nothing was.
  void aborts(int count) {
    Commands commands(rng, GBUF_BYTES, ROWS, COLS);
    commands.narrow = FOLD ? 50 : 0;
    for (int i = 0; i < count && score.failed < 5; i++) {
      wc_gemm g = commands.sound();
      stall = rng.below(80);
      encode(g, reinterpret_cast<uint32_t *>(&dut.cmd_i));
      dut.cmd_valid_i = 1;
      clock();
      dut.cmd_valid_i = rng.chance(50);
      for (int k = rng.below(400); k > 0; k--)
        clock();
      dut.cmd_valid_i = 0;
      dut.abort_i = 1;
      int k = 0;
      for (dut.eval(); k < 300 && !dut.idle_o; k++)
        clock();
      bool ok = dut.idle_o;
      clock();
      clock();
      if (rng.chance(50))
        reset();  // an abort alone is enough, too
      dut.abort_i = 0;
      fill(10);
      Memory want = mem;
      g = commands.sound();
      golden.run(want, g);
      ok = ok && stream(&g, 1, 0) && want == mem;
      if (!score.check(ok)) {
        printf("abort %d: not as if new\n", i);
        describe(g);
        reset();
      }
    }
  }

  // Cycles of one convolution-like GEMM with everything on chip and ports always ready.
  void utilisation(const char *name, wc_gemm g, double least) {
    if (int64_t(g.a_base) >= GBUF_BYTES || int64_t(g.c_base) >= GBUF_BYTES)
      return;
    fill(0);
    Memory want = mem;
    if (!golden.run(want, g))
      return;
    stall = 0;
    busy = 0;
    long start = cycles;
    clock_t t0 = ::clock();
    bool ok = stream(&g, 1, 0) && want == mem;
    double seconds = double(::clock() - t0) / CLOCKS_PER_SEC;
    double whole = double(busy) / double(cycles - start);
    double use = double(busy) / double(last_busy - first_busy + 1);
    printf("%s: %ld cycles, busy %.2f %% of first to last, %.2f %% of all, %.0f cycles/s\n", name,
           cycles - start, 100 * use, 100 * whole, double(cycles - start) / seconds);
    score.check(ok && use >= least);
  }

  // Cycles that a command adds to a stream of equal ones, over those of its rows.
  void gap(const char *name, wc_gemm g) {
    if (int64_t(g.c_base) + 100000 >= GBUF_BYTES)
      return;
    wc_gemm many[8];
    for (int i = 0; i < 8; i++) {
      many[i] = g;
      many[i].c_base += uint32_t(i & 1) * 40000;
    }
    stall = 0;
    busy = 0;
    bool ok = stream(many, 8, 0);
    printf("%s, 8 in a row: %.1f cycles between rows of two commands\n", name,
           double(last_busy - first_busy + 1 - busy) / 7);
    score.check(ok);
  }

  void idle_speed() {
    clock_t t0 = ::clock();
    stall = 0;
    long n = 300000;
    for (long i = 0; i < n; i++) {
      dut.eval();
      dut.clk_i = 1;
      dut.eval();
      dut.clk_i = 0;
    }
    printf("idle: %.0f cycles/s\n", double(n) * CLOCKS_PER_SEC / double(::clock() - t0));
  }

  void finish_protocol() {
    if (!score.check(protocol_ok))
      printf("a request changed before it was taken\n");
  }

 private:
  bool ready_[kPorts] = {};
  Response pipe_[kPorts][2];
  bool waiting_[kPorts] = {};
  uint32_t waiting_line_[kPorts] = {};

  // The ports' lines are slices of one vector.
  uint32_t line_of_a(int p) const {
    const int bits = __builtin_ctz(GBUF_BYTES / kLine);
    return static_cast<uint32_t>(static_cast<uint64_t>(dut.a_req_line_o) >> p * bits) &
           ((1u << bits) - 1);
  }

  void pipe_clear() {
    for (auto &p : pipe_)
      p[0].valid = p[1].valid = false;
  }

  // A request that stands must not change.
  void stable(int p, bool valid, uint32_t line, bool ready) {
    if (waiting_[p] && dut.rst_ni && (!valid || waiting_line_[p] != line))
      protocol_ok = false;
    waiting_[p] = valid && !ready && dut.rst_ni;
    waiting_line_[p] = line;
  }

  void respond(int p, const Response &r) {
    uint8_t junk[kLine];
    const uint8_t *data = r.data;
    if (!r.valid) {
      memset(junk, 0xA5, sizeof junk);
      data = junk;
    }
    uint8_t *of_a = reinterpret_cast<uint8_t *>(&dut.a_rsp_rdata_i) + p * kLine;
    void *port_data = p == kPortB   ? static_cast<void *>(&dut.b_rsp_rdata_i)
                      : p == kPortP ? static_cast<void *>(&dut.p_rsp_rdata_i)
                      : p == kPortC ? nullptr
                                    : of_a;
    if (port_data != nullptr)
      memcpy(port_data, data, kLine);
    if (p == kPortB)
      dut.b_rsp_valid_i = r.valid;
    else if (p == kPortP)
      dut.p_rsp_valid_i = r.valid;
    else if (p < kPortsA)
      dut.a_rsp_valid_i = static_cast<uint8_t>((dut.a_rsp_valid_i & ~(1u << p)) | r.valid << p);
  }

  void port(int p, bool valid, uint32_t line) {
    stable(p, valid, line, ready_[p]);
    if (!valid || !ready_[p])
      return;
    pipe_[p][0].valid = true;
    memcpy(pipe_[p][0].data, &mem[size_t(line) * kLine], kLine);
  }

  void write() {
    stable(kPortC, dut.c_req_valid_o, dut.c_req_line_o, ready_[kPortC]);
    if (!dut.c_req_valid_o || !ready_[kPortC])
      return;
    const uint8_t *data = reinterpret_cast<const uint8_t *>(&dut.c_req_wdata_o);
    const uint8_t *strobe = reinterpret_cast<const uint8_t *>(&dut.c_req_strb_o);
    for (int i = 0; i < kLine; i++) {
      if (strobe[i / 8] >> i % 8 & 1)
        mem[size_t(dut.c_req_line_o) * kLine + size_t(i)] = data[i];
    }
  }

  // Breaks @g in one place; returns the error it must give.
  int fault(wc_gemm &g, Commands &commands) {
    uint32_t *zero[] = {&g.n, &g.p2, &g.p1, &g.p0, &g.q2, &g.q1, &g.q0};
    switch (rng.below(16)) {
      case 0:
        *zero[rng.below(7)] = 0;
        return WC_E_FIELD;
      case 1:
        g.rsvd1 = 1u << rng.below(28);
        return WC_E_FIELD;
      case 2:
        g.rsvd2 = 1u << rng.below(16);
        return WC_E_FIELD;
      case 3:
        g.rsvd3 = 1u << rng.below(32);
        return WC_E_FIELD;
      case 4:
        (g.b_trans ? g.b_s0 : g.b_sn) ^= 1 << rng.below(31);
        return WC_E_FIELD;
      case 5:
        g.preload = 0;
        g.p_s1 = 4;
        return WC_E_FIELD;
      case 6:
        (rng.chance(50) ? g.a_base : g.b_base) |= 1;
        return WC_E_ALIGN;
      case 7:
        g.c_fp32 = 1;
        g.c_s2 = g.c_s1 = g.c_s0 = 0;
        g.c_base = (g.c_base & ~3u) | 2;
        return WC_E_ALIGN;
      case 8:
        g.p2 = 2;
        g.a_s2 |= 1;
        return WC_E_ALIGN;
      case 9:
        (rng.chance(50) ? g.b_base : g.c_base) += uint32_t(GBUF_BYTES) << rng.below(15);
        return WC_E_GBUF;
      case 10:
        g.c_base = 0;
        g.c_s0 = -4;
        g.c_s1 = g.c_s2 = 0x7FFFFF00;
        return WC_E_GBUF;
      case 11:
      case 12:
      case 13:
      case 14:
        commands.push_out(g);
        return WC_E_GBUF;
      default:
        g.a_s1 = rng.chance(50) ? 0x7FFFFFF0 : -0x7FFFFFF0;
        g.a_s2 = 0x40000000;
        return WC_E_GBUF;
    }
  }
};

// Forward convolution 3x3, pad 1: images x y x c -> n columns, packed from base 0.
static wc_gemm convolution(uint32_t images, uint32_t y, uint32_t c, uint32_t n) {
  wc_gemm g = {};
  g.p2 = images;
  g.p1 = g.p0 = g.h = g.w = y;
  g.q2 = g.q1 = 3;
  g.q0 = c;
  g.n = n;
  g.sy = g.sx = g.ry = g.rx = 1;
  g.oy = g.ox = -1;
  g.a_s0 = int32_t(c * 2);
  g.a_s1 = int32_t(c * 2 * y);
  g.a_s2 = int32_t(c * 2 * y * y);
  g.b_base = images * c * 2 * y * y;
  g.b_sn = 2;
  g.b_s0 = int32_t(n * 2);
  g.b_s1 = int32_t(n * 2 * c);
  g.b_s2 = int32_t(n * 2 * c * 3);
  g.c_base = g.b_base + n * 2 * c * 9;
  g.c_s0 = int32_t(n * 2);
  g.c_s1 = int32_t(n * 2 * y);
  g.c_s2 = int32_t(n * 2 * y * y);
  return g;
}

// Its weight gradient, FP32: A is the input, B (at b_base) the output gradient.
static wc_gemm weight_gradient(uint32_t images, uint32_t y, uint32_t c, uint32_t n) {
  wc_gemm g = convolution(images, y, c, n);
  g.a_trans = 1;
  g.c_fp32 = 1;
  g.b_s0 = int32_t(n * 2);
  g.b_s1 = int32_t(n * 2 * y);
  g.b_s2 = int32_t(n * 2 * y * y);
  g.c_base = g.b_base + images * n * 2 * y * y;
  g.c_s0 = int32_t(n * 4);
  g.c_s1 = int32_t(n * 4 * c);
  g.c_s2 = int32_t(n * 4 * c * 3);
  return g;
}

int main(int argc, char **argv) {
  Verilated::commandArgs(argc, argv);
  int streams = argc > 1 ? atoi(argv[1]) : 1000;
  static Bench bench(bench_seed());
  printf("wc_gemm %d x %d\n", ROWS, COLS);
  bench.reset();
  bench.random_streams(streams, 40000);
  bench.deep();
  bench.faults(streams / 3);
  bench.aborts(streams / 6);
  bench.utilisation("256 x 64 x 576", convolution(1, 16, 64, 64), ROWS == 16 ? 0.95 : 0);
  bench.utilisation("4 images 8 x 8, 3x3, 32 to 32", convolution(4, 8, 32, 32), 0);
  bench.utilisation("its weight gradient", weight_gradient(4, 8, 32, 32), 0);
  bench.utilisation("4 images 28 x 28, 3x3, 1 to 16", convolution(4, 28, 1, 16), 0);
  bench.utilisation("its weight gradient", weight_gradient(4, 28, 1, 16), 0);
  bench.utilisation("4 images 8 x 8, 3x3, 32 to half the columns", convolution(4, 8, 32, COLS / 2),
                    0);
  bench.utilisation("its weight gradient", weight_gradient(4, 8, 32, COLS / 2), 0);
  bench.utilisation("56 x 56, 3x3, half the lanes to half the columns",
                    convolution(1, 56, ROWS / 2, COLS / 2), 0);
  bench.gap("4 images 8 x 8, 3x3, 32 to 32", convolution(4, 8, 32, 32));
  bench.idle_speed();
  bench.finish_protocol();
  return bench.score.finish();
}
