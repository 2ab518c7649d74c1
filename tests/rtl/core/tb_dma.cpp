// LOAD and STORE against plain copies: lengths and offsets around 4 KiB and line ends, 4-D
// strides, any back-pressure, guard bytes, errors, abort. AXI_BYTES is the bus width.
#include <cstring>
#include <memory>
#include <vector>

#include "Vtb.h"
#include "axi_memory.h"
#include "bench.h"
#include "memory.h"
#include "verilated.h"

extern "C" {
#include "wc_isa.h"
}

namespace {

constexpr unsigned kGbuf = 16384, kLine = 32, kMemory = 1 << 20, kHang = 200000;
constexpr uint64_t kWindowBase = 0x10000, kWindow = 0x80000;

class Dut {
 public:
  Dut(Bench *bench, unsigned latency, unsigned stall, unsigned noise)
      : bench_(bench),
        memory_(kMemory),
        axi_(&memory_, latency, stall, bench->next()),
        noise_(noise),
        dut_(new Vtb) {
    dut_->win_base_i = kWindowBase;
    dut_->win_size_i = kWindow;
    dut_->rst_ni = 0;
    cycle();
    cycle();
    dut_->rst_ni = 1;
  }

  Vtb *operator->() {
    return dut_.get();
  }
  uint8_t *window() {
    return memory_.at(kWindowBase);
  }
  wcsim::Memory &memory() {
    return memory_;
  }

  void cycle() {
    if (!noise_wanted_ && bench_->percent(noise_)) {
      noise_wanted_ = true;
      dut_->gb_noise_line_i = static_cast<uint16_t>(bench_->below(kGbuf / kLine));
    }
    dut_->gb_valid_i = static_cast<uint8_t>(own_wanted_ | (noise_wanted_ ? 2 : 0));
    axi_.drive(dut_.get(), now_);
    dut_->clk_i = 0;
    dut_->eval();
    axi_.sample(dut_.get(), now_);
    own_taken_ = (dut_->gb_ready_o & 1) && own_wanted_;
    if (dut_->gb_ready_o & 2)
      noise_wanted_ = false;
    for (unsigned unit = 0; unit < 2; unit++) {
      taken_[unit] = (dut_->cmd_valid_i & dut_->cmd_ready_o) >> unit & 1;
      if (dut_->done_o >> unit & 1) {
        done_[unit]++;
        bytes_[unit] += unit == 0 ? dut_->load_bytes_o : dut_->store_bytes_o;
      }
      if (dut_->err_valid_o >> unit & 1)
        errors_[unit]++;
    }
    if (dut_->rst_ni && dut_->violation_o != 0)
      bench_->fail("AXI rules broken: %05x", static_cast<unsigned>(dut_->violation_o));
    check_dropped();
    dut_->clk_i = 1;
    dut_->eval();
    axi_.finish(dut_.get());
    now_++;
  }

  // One word at a time through the bench's own port.
  void write_buffer(const uint8_t *from) {
    dut_->gb_we_i = 1;
    for (unsigned line = 0; line < kGbuf / kLine; line++) {
      memcpy(&dut_->gb_wdata_i, from + line * kLine, kLine);
      own_request(line);
    }
  }
  void read_buffer(uint8_t *to) {
    dut_->gb_we_i = 0;
    for (unsigned line = 0; line < kGbuf / kLine; line++) {
      own_request(line);
      while (!dut_->gb_rsp_valid_o)
        cycle();
      memcpy(to + line * kLine, &dut_->gb_rdata_o, kLine);
      cycle();
    }
  }

  // Hands over a command; false when the unit does not take it.
  bool give(unsigned unit, const uint32_t *words) {
    memcpy(&dut_->cmd_i, words, 64);
    dut_->cmd_valid_i = static_cast<uint8_t>(1u << unit);
    for (unsigned i = 0; i < kHang; i++) {
      cycle();
      if (taken_[unit]) {
        dut_->cmd_valid_i = 0;
        return true;
      }
    }
    dut_->cmd_valid_i = 0;
    bench_->fail("unit %u takes no command", unit);
    return false;
  }

  // Until everything is idle; false when it takes for ever.
  bool settle() {
    for (unsigned i = 0; i < kHang; i++) {
      cycle();
      if (dut_->idle_o == 3 && dut_->done_o == 0)
        return true;
    }
    bench_->fail("never idle: states %o", static_cast<unsigned>(dut_->state_o));
    return false;
  }

  unsigned done_[2] = {}, errors_[2] = {};
  uint64_t bytes_[2] = {};

 private:
  // A write beat first shown while aborting writes nothing.
  void check_dropped() {
    uint64_t strobe = 0;
    memcpy(&strobe, &dut_->m_wstrb_o, sizeof dut_->m_wstrb_o);
    if (dut_->m_wvalid_o && aborting_ && !beat_stalled_ && strobe != 0)
      bench_->fail("a beat writes during an abort");
    beat_stalled_ = dut_->m_wvalid_o && !dut_->m_wready_i;
    aborting_ = dut_->abort_i;
  }

  void own_request(unsigned line) {
    dut_->gb_line_i = static_cast<uint16_t>(line);
    own_wanted_ = 1;
    do
      cycle();
    while (!own_taken_);
    own_wanted_ = 0;
  }

  Bench *bench_;
  wcsim::Memory memory_;
  wcsim::AxiMemory<Vtb, AXI_BYTES> axi_;
  unsigned noise_;
  std::unique_ptr<Vtb> dut_;
  uint64_t now_ = 0;
  unsigned own_wanted_ = 0;
  bool own_taken_ = false, noise_wanted_ = false, taken_[2] = {};
  bool aborting_ = false, beat_stalled_ = false;  // in the cycle before
};

void encode(const wc_dma &dma, bool load, uint32_t *words) {
  wc_cmd cmd = {};
  cmd.hdr.opcode = load ? WC_OP_LOAD : WC_OP_STORE;
  cmd.dma = dma;
  uint32_t all[WC_MAX_WORDS];
  wc_cmd_encode(&cmd, all);
  memcpy(words, all, 64);
}

void copy(uint8_t *window, uint8_t *buffer, const wc_dma &d, bool load) {
  for (unsigned i3 = 0; i3 < d.n3; i3++) {
    for (unsigned i2 = 0; i2 < d.n2; i2++) {
      for (unsigned i1 = 0; i1 < d.n1; i1++) {
        uint8_t *dram = window + d.dram_lo + static_cast<int64_t>(i3) * d.ds3 +
                        static_cast<int64_t>(i2) * d.ds2 + static_cast<int64_t>(i1) * d.ds1;
        uint8_t *gb = buffer + d.gb + static_cast<int64_t>(i3) * d.gs3 +
                      static_cast<int64_t>(i2) * d.gs2 + static_cast<int64_t>(i1) * d.gs1;
        memcpy(load ? gb : dram, load ? dram : gb, d.n0);
      }
    }
  }
}

class Test {
 public:
  Test(Bench *bench, unsigned latency, unsigned stall, unsigned noise)
      : bench_(bench), dut_(bench, latency, stall, noise), window_(kWindow), buffer_(kGbuf) {
    randomize();
  }

  void randomize() {
    for (auto &byte : window_)
      byte = static_cast<uint8_t>(bench_->next());
    for (auto &byte : buffer_)
      byte = static_cast<uint8_t>(bench_->next());
    memcpy(dut_.window(), window_.data(), kWindow);
    dut_.write_buffer(buffer_.data());
  }

  // Runs commands of one direction, overlapping; guard bytes are all the bytes around them.
  void run(bool load, const std::vector<wc_dma> &commands) {
    const unsigned unit = load ? 0 : 1;
    uint64_t bytes = 0;
    dut_.done_[unit] = 0;
    dut_.bytes_[unit] = 0;
    for (const wc_dma &dma : commands) {
      uint32_t words[16];
      encode(dma, load, words);
      copy(window_.data(), buffer_.data(), dma, load);
      bytes += static_cast<uint64_t>(dma.n0) * dma.n1 * dma.n2 * dma.n3;
      if (!dut_.give(unit, words))
        return;
    }
    if (!dut_.settle())
      return;
    if (dut_.done_[unit] != commands.size())
      bench_->fail("%u of %zu commands done", dut_.done_[unit], commands.size());
    if (dut_.bytes_[unit] != bytes)
      bench_->fail("%llu bytes counted of %llu", static_cast<unsigned long long>(dut_.bytes_[unit]),
                   static_cast<unsigned long long>(bytes));
    compare();
  }

  void compare() {
    std::vector<uint8_t> got(kGbuf);
    dut_.read_buffer(got.data());
    report("buffer", got.data(), buffer_.data(), kGbuf);
    report("window", dut_.window(), window_.data(), kWindow);
    const std::vector<uint8_t> zeros(kMemory - kWindowBase - kWindow);
    report("below the window", dut_.memory().at(0), zeros.data(), kWindowBase);
    report("above the window", dut_.memory().at(kWindowBase + kWindow), zeros.data(), zeros.size());
  }

  wc_dma random_command(bool load) {
    wc_dma d = {};
    do {
      d = {};
      d.n0 = 2 * (1 + bench_->below(bench_->percent(20) ? 400 : 40));
      d.n1 = 1 + bench_->below(6);
      d.n2 = 1 + bench_->below(4);
      d.n3 = 1 + bench_->below(3);
      // The destination's runs must not overlap: nested strides in a random sign; the source's
      // are anything.
      int64_t step = d.n0 + 2 * bench_->below(20);
      int32_t to[3];
      const unsigned n[3] = {d.n1, d.n2, d.n3};
      for (unsigned k = 0; k < 3; k++) {
        to[k] = static_cast<int32_t>(bench_->percent(30) ? -step : step);
        step = step * n[k] + 2 * bench_->below(20);
      }
      int32_t from[3];
      for (auto &stride : from)
        stride = static_cast<int32_t>(2 * bench_->range(-600, 600));
      d.ds1 = load ? from[0] : to[0];
      d.ds2 = load ? from[1] : to[1];
      d.ds3 = load ? from[2] : to[2];
      d.gs1 = load ? to[0] : from[0];
      d.gs2 = load ? to[1] : from[1];
      d.gs3 = load ? to[2] : from[2];
      d.dram_lo = 2 * bench_->below(kWindow / 2);
      d.gb = 2 * bench_->below(kGbuf / 2);
    } while (judge(d, load) != WC_E_NONE);
    return d;
  }

  static wc_device_error judge(const wc_dma &dma, bool load, uint64_t *addr = nullptr) {
    wc_cmd cmd = {};
    cmd.hdr.opcode = load ? WC_OP_LOAD : WC_OP_STORE;
    cmd.hdr.units = WC_LOAD_UNITS;
    cmd.dma = dma;
    uint64_t where = 0;
    const wc_device_error error = wc_cmd_check(&cmd, kGbuf, kWindow, &where);
    if (addr != nullptr)
      *addr = where;
    return error;
  }

  // A command that the model refuses is refused alike, after the good ones before it.
  void refuse(bool load, const wc_dma &bad) {
    const unsigned unit = load ? 0 : 1;
    uint64_t addr;
    const wc_device_error want = judge(bad, load, &addr);
    const unsigned good = bench_->below(4);
    dut_.done_[unit] = dut_.errors_[unit] = 0;
    for (unsigned i = 0; i <= good; i++) {
      uint32_t words[16];
      const wc_dma dma = i < good ? random_command(load) : bad;
      encode(dma, load, words);
      if (i < good)
        copy(window_.data(), buffer_.data(), dma, load);
      if (!dut_.give(unit, words))
        return;
    }
    for (unsigned i = 0; i < kHang && dut_.errors_[unit] == 0; i++)
      dut_.cycle();
    const unsigned code = dut_->err_code_o >> (8 * unit) & 0xFF;
    uint64_t where = 0;
    memcpy(&where, reinterpret_cast<uint8_t *>(&dut_->err_addr_o) + 5 * unit, 5);
    if (dut_.errors_[unit] != 1 || code != want || where != addr || dut_.done_[unit] != good)
      bench_->fail("%u errors, code %u at %llx after %u; expected %u at %llx after %u",
                   dut_.errors_[unit], code, static_cast<unsigned long long>(where),
                   dut_.done_[unit], static_cast<unsigned>(want),
                   static_cast<unsigned long long>(addr), good);
    restart();
    compare();
  }

  // Stops commands in full flight: AXI must come to rest by the rules, and work again.
  void abort(bool load) {
    for (unsigned i = 0; i < 4; i++) {
      uint32_t words[16];
      encode(random_command(load), load, words);
      dut_.give(load ? 0 : 1, words);
    }
    const unsigned delay = bench_->below(300);
    for (unsigned i = 0; i < delay; i++)
      dut_.cycle();
    restart();
    randomize();
  }

 private:
  void restart() {
    dut_->abort_i = 1;
    dut_.settle();
    for (unsigned i = 0; i < 3; i++)
      dut_.cycle();
    dut_->abort_i = 0;
    dut_->rst_ni = 0;
    dut_.cycle();
    dut_->rst_ni = 1;
  }

  void report(const char *where, const uint8_t *got, const uint8_t *want, size_t size) {
    if (memcmp(got, want, size) == 0)
      return;
    size_t at = 0;
    while (got[at] == want[at])
      at++;
    bench_->fail("%s: byte 0x%zx is %02x, not %02x", where, at, got[at], want[at]);
  }

  Bench *bench_;
  Dut dut_;
  std::vector<uint8_t> window_, buffer_;
};

// Every length around a beat, a line and 4 KiB, with offsets around their ends on both sides.
void test_edges(Bench *bench, bool load) {
  Test test(bench, 5, 0, 0);
  const unsigned lengths[] = {2,  4,   AXI_BYTES - 2, AXI_BYTES, AXI_BYTES + 2, 30,   32,   34,  64,
                              66, 126, 254,           258,       4094,          4096, 4098, 8194};
  const unsigned bases[] = {0x2000, 0x2000 - AXI_BYTES, 0x2000 - 2, 0x2002, 0x1FE0, 0x1F00};
  const unsigned buffers[] = {0, 2, 14, 16, 18, 30};
  for (unsigned length : lengths) {
    for (unsigned base : bases) {
      std::vector<wc_dma> commands;
      for (unsigned buffer : buffers) {
        wc_dma d = {};
        d.n0 = length;
        d.n1 = d.n2 = d.n3 = 1;
        d.dram_lo = base + 0x8000 * static_cast<unsigned>(commands.size());
        d.gb = buffer + (length < 4000 ? 512 * static_cast<unsigned>(commands.size()) : 0);
        commands.push_back(d);
      }
      test.run(load, commands);
      if (bench->failing())
        return;
    }
  }
}

void test_random(Bench *bench, bool load, unsigned latency, unsigned stall, unsigned noise,
                 unsigned rounds) {
  Test test(bench, latency, stall, noise);
  for (unsigned i = 0; i < rounds && !bench->failing(); i++) {
    std::vector<wc_dma> commands(1 + bench->below(5));
    for (auto &command : commands)
      command = test.random_command(load);
    test.run(load, commands);
  }
}

void test_refusals(Bench *bench, bool load) {
  Test test(bench, 8, 20, 20);
  for (unsigned i = 0; i < 150 && !bench->failing(); i++) {
    wc_dma d = test.random_command(load);
    switch (bench->below(9)) {
      case 0:
        d.n0 |= 1;
        break;
      case 1:
        d.n1 = 0;
        break;
      case 2:
        d.n3 = 0;
        break;
      case 3:
        d.gb |= 1;
        break;
      case 4:
        d.ds2 |= 1;
        break;
      case 5:
        d.dram_hi = bench->below(256);
        break;
      case 6:
        d.dram_lo = kWindow - 2 * bench->below(200);
        break;
      case 7:
        d.gb = kGbuf - 2 * bench->below(200);
        break;
      default:
        d.gs1 = static_cast<int32_t>(2 * bench->next());
        break;
    }
    if (Test::judge(d, load) != WC_E_NONE)
      test.refuse(load, d);
  }
}

void test_abort(Bench *bench, bool load) {
  Test test(bench, 20, 40, 20);
  for (unsigned i = 0; i < 40 && !bench->failing(); i++) {
    test.abort(load);
    test.run(load, {test.random_command(load)});
  }
}

}  // namespace

int main() {
  Bench bench;
  for (const bool load : {true, false}) {
    const struct {
      const char *name;
      unsigned latency, stall, noise;
    } random[] = {{"no back-pressure", 3, 0, 0},
                  {"long latency", 60, 0, 30},
                  {"some back-pressure everywhere", 10, 30, 50},
                  {"heavy back-pressure everywhere", 4, 80, 100}};
    char name[128];
    const char *what = load ? "LOAD" : "STORE";
    snprintf(name, sizeof name, "%s: lengths and offsets around beats, lines and 4 KiB", what);
    bench.begin(name);
    test_edges(&bench, load);
    bench.end();
    for (const auto &r : random) {
      snprintf(name, sizeof name, "%s: random 4-D copies, %s", what, r.name);
      bench.begin(name);
      test_random(&bench, load, r.latency, r.stall, r.noise, 60);
      bench.end();
    }
    snprintf(name, sizeof name, "%s: refuses what the model refuses, and names it alike", what);
    bench.begin(name);
    test_refusals(&bench, load);
    bench.end();
    snprintf(name, sizeof name, "%s: an abort lets AXI bursts end by the rules", what);
    bench.begin(name);
    test_abort(&bench, load);
    bench.end();
  }
  return bench.finish();
}
