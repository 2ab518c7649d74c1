// wc_axi_mux: every core gets its own answers, writes land where they belong, nobody starves.
//
// Each core reads and writes random bursts of its own part of the memory; monitors on all links
// watch the protocol. The memory answers in order, with random pauses on every channel.
#include <deque>
#include <memory>
#include <vector>

#include "Vtb.h"
#include "axi_memory.h"
#include "bench.h"
#include "bus.h"
#include "memory.h"
#include "verilated.h"

namespace {

using wcsim::get_bits;
using wcsim::set_bits;

constexpr unsigned kBytes = 8;
constexpr uint64_t kPart = 1 << 16;  // bytes of a core; the upper half is what it writes

uint64_t pattern(uint64_t at) {
  return at * UINT64_C(0x9E3779B97F4A7C15) ^ at >> 7;
}

struct Burst {
  uint64_t at;
  unsigned beats, id;
};

// How often a master acts, in per cent of the cycles.
struct Pace {
  unsigned read, write, data, r_ready, b_ready;
};

// One core's side of the link, on slices of the bench's vectors.
class Master {
 public:
  Master(Bench *bench, Vtb *dut, unsigned core, Pace pace)
      : bench_(bench), dut_(dut), core_(core), pace_(pace), written_(kPart / 2 / kBytes) {}

  void drive(bool more) {
    if (!ar_ && more && reads_.size() < 16 && bench_->percent(pace_.read)) {
      ar_ = true;
      ask_ = place(0);
    }
    if (!aw_ && more && due_.size() < 8 && bench_->percent(pace_.write)) {
      aw_ = true;
      put_ = place(kPart / 2);
    }
    if (!w_ && !data_.empty() && bench_->percent(pace_.data)) {
      w_ = true;
      word_ = pattern(bench_->next());
      strobe_ = bench_->percent(70) ? 0xFF : bench_->below(256);
    }
    r_ready_ = bench_->percent(pace_.r_ready);
    b_ready_ = bench_->percent(pace_.b_ready);
    show();
  }

  // Once the outputs have settled.
  void sample() {
    if (ar_ && get_bits(dut_->c_arready_o, core_, 1)) {
      ar_ = false;
      reads_.push_back(ask_);
      granted_reads++;
    }
    if (w_ && get_bits(dut_->c_wready_o, core_, 1))
      take_word();
    if (aw_ && get_bits(dut_->c_awready_o, core_, 1)) {
      aw_ = false;
      data_.push_back(put_);
      due_.push_back(put_);
      granted_writes++;
    }
    if (r_ready_ && get_bits(dut_->c_rvalid_o, core_, 1))
      take_read();
    if (b_ready_ && get_bits(dut_->c_bvalid_o, core_, 1)) {
      if (due_.empty() || get_bits(dut_->c_bid_o, 4 * core_, 4) != due_.front().id)
        bench_->fail("core %u: a write's answer is not its own", core_);
      else
        due_.pop_front();
    }
  }

  bool idle() const {
    return !ar_ && !aw_ && !w_ && reads_.empty() && data_.empty() && due_.empty();
  }

  void expect_memory(wcsim::Memory *memory) {
    for (uint64_t i = 0; i < written_.size(); i++) {
      uint64_t got;
      memcpy(&got, memory->at(core_ * kPart + kPart / 2 + i * kBytes), sizeof got);
      if (got != written_[i])
        bench_->fail("core %u: word %llu holds %016llx, not %016llx", core_,
                     static_cast<unsigned long long>(i), static_cast<unsigned long long>(got),
                     static_cast<unsigned long long>(written_[i]));
    }
  }

  uint64_t granted_reads = 0, granted_writes = 0;

 private:
  // A burst in half @half of the part, within 4 KiB.
  Burst place(uint64_t half) {
    const unsigned beats = 1 + bench_->below(bench_->percent(10) ? 256 : 8);
    const uint64_t page = 4096ull * bench_->below(kPart / 2 / 4096);
    const uint64_t slack = 4096 - beats * kBytes;
    const uint64_t in_page = bench_->below(static_cast<uint32_t>(slack / kBytes) + 1) * kBytes;
    return {core_ * kPart + half + page + in_page, beats, bench_->below(16)};
  }

  void show() {
    set_bits(&dut_->c_arvalid_i, core_, 1, ar_);
    set_bits(&dut_->c_arid_i, 4 * core_, 4, ask_.id);
    set_bits(&dut_->c_araddr_i, 40 * core_, 40, ask_.at);
    set_bits(&dut_->c_arlen_i, 8 * core_, 8, ask_.beats - 1);
    set_bits(&dut_->c_rready_i, core_, 1, r_ready_);
    set_bits(&dut_->c_awvalid_i, core_, 1, aw_);
    set_bits(&dut_->c_awid_i, 4 * core_, 4, put_.id);
    set_bits(&dut_->c_awaddr_i, 40 * core_, 40, put_.at);
    set_bits(&dut_->c_awlen_i, 8 * core_, 8, put_.beats - 1);
    set_bits(&dut_->c_wvalid_i, core_, 1, w_);
    memcpy(reinterpret_cast<uint8_t *>(&dut_->c_wdata_i) + core_ * kBytes, &word_, kBytes);
    set_bits(&dut_->c_wstrb_i, kBytes * core_, kBytes, strobe_);
    set_bits(&dut_->c_wlast_i, core_, 1, !data_.empty() && data_.front().beats == 1);
    set_bits(&dut_->c_bready_i, core_, 1, b_ready_);
  }

  void take_word() {
    Burst &burst = data_.front();
    uint64_t &kept = written_[(burst.at - core_ * kPart - kPart / 2) / kBytes];
    for (unsigned i = 0; i < kBytes; i++) {
      const uint64_t mask = UINT64_C(0xFF) << 8 * i;
      if (strobe_ >> i & 1)
        kept = (kept & ~mask) | (word_ & mask);
    }
    w_ = false;
    burst.at += kBytes;
    if (--burst.beats == 0)
      data_.pop_front();
  }

  void take_read() {
    uint64_t got;
    memcpy(&got, reinterpret_cast<uint8_t *>(&dut_->c_rdata_o) + core_ * kBytes, kBytes);
    if (reads_.empty()) {
      bench_->fail("core %u: data it did not ask for", core_);
      return;
    }
    Burst &burst = reads_.front();
    if (get_bits(dut_->c_rid_o, 4 * core_, 4) != burst.id || got != pattern(burst.at) ||
        get_bits(dut_->c_rlast_o, core_, 1) != (burst.beats == 1))
      bench_->fail("core %u: data, ID or last of a read are not its own", core_);
    burst.at += kBytes;
    if (--burst.beats == 0)
      reads_.pop_front();
  }

  Bench *bench_;
  Vtb *dut_;
  unsigned core_;
  Pace pace_;
  bool ar_ = false, aw_ = false, w_ = false, r_ready_ = false, b_ready_ = false;
  Burst ask_ = {0, 1, 0}, put_ = {0, 1, 0};
  uint64_t word_ = 0;
  unsigned strobe_ = 0;
  std::deque<Burst> reads_, data_, due_;  // asked for; data to send; answers to come
  std::vector<uint64_t> written_;
};

class Test {
 public:
  Test(Bench *bench, unsigned stall, const std::vector<Pace> &paces)
      : bench_(bench),
        memory_(kPart * CORES),
        dut_(new Vtb),
        axi_(&memory_, 6, stall, bench->next()) {
    for (uint64_t at = 0; at < kPart * CORES; at += kBytes) {
      const uint64_t word = at % kPart < kPart / 2 ? pattern(at) : 0;
      memcpy(memory_.at(at), &word, sizeof word);
    }
    for (unsigned k = 0; k < CORES; k++)
      masters_.emplace_back(bench, dut_.get(), k, paces[k % paces.size()]);
    dut_->rst_ni = 0;
    edge();
    dut_->rst_ni = 1;
  }

  void run(unsigned cycles) {
    for (unsigned i = 0; i < cycles; i++)
      cycle(true);
    for (unsigned i = 0; i < 200000 && !idle(); i++)
      cycle(false);
    if (!idle())
      bench_->fail("not everything was answered");
    for (Master &m : masters_)
      m.expect_memory(&memory_);
  }

  std::vector<Master> &masters() {
    return masters_;
  }

 private:
  bool idle() const {
    for (const Master &m : masters_) {
      if (!m.idle())
        return false;
    }
    return true;
  }

  void cycle(bool more) {
    for (Master &m : masters_)
      m.drive(more);
    axi_.drive(dut_.get(), now_);
    dut_->clk_i = 0;
    dut_->eval();
    axi_.sample(dut_.get(), now_);
    for (Master &m : masters_)
      m.sample();
    edge();
    axi_.finish(dut_.get());
    now_++;
    for (unsigned k = 0; k <= CORES; k++) {
      const uint64_t rules = get_bits(dut_->violation_o, 20 * k, 20);
      if (rules != 0)
        bench_->fail("link %u breaks rules %05llx", k, static_cast<unsigned long long>(rules));
    }
  }

  void edge() {
    dut_->clk_i = 0;
    dut_->eval();
    dut_->clk_i = 1;
    dut_->eval();
  }

  Bench *bench_;
  wcsim::Memory memory_;
  std::unique_ptr<Vtb> dut_;
  wcsim::AxiMemory<Vtb, kBytes> axi_;
  std::vector<Master> masters_;
  uint64_t now_ = 0;
};

void every_core_gets_its_own(Bench *bench) {
  bench->begin("random bursts of all cores: answers, memory and protocol are right");
  for (unsigned i = 0; i < 20 && !bench->failing(); i++) {
    std::vector<Pace> paces;
    for (unsigned k = 0; k < CORES; k++)
      paces.push_back({bench->below(60) + 1, bench->below(60) + 1, bench->below(90) + 10,
                       bench->below(90) + 10, bench->below(90) + 10});
    Test test(bench, bench->percent(50) ? bench->below(60) : 0, paces);
    test.run(4000);
    for (const Master &m : test.masters()) {
      if (m.granted_reads == 0 || m.granted_writes == 0)
        bench->fail("a core was never served");
    }
  }
  bench->end();
}

void nobody_starves(Bench *bench) {
  bench->begin("cores that always ask are served in equal number");
  Test test(bench, 0, {{100, 100, 100, 100, 100}});
  test.run(20000);
  for (const Master &m : test.masters()) {
    const uint64_t reads = test.masters()[0].granted_reads;
    const uint64_t writes = test.masters()[0].granted_writes;
    if (m.granted_reads * 100 < reads * 90 || m.granted_reads * 90 > reads * 100 ||
        m.granted_writes * 100 < writes * 90 || m.granted_writes * 90 > writes * 100)
      bench->fail("%llu and %llu reads, %llu and %llu writes",
                  static_cast<unsigned long long>(m.granted_reads),
                  static_cast<unsigned long long>(reads),
                  static_cast<unsigned long long>(m.granted_writes),
                  static_cast<unsigned long long>(writes));
  }
  bench->end();
}

void one_core_has_it_all(Bench *bench) {
  bench->begin("a core alone is served without a pause of the others");
  Test test(bench, 0, {{100, 100, 100, 100, 100}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}});
  test.run(5000);
  if (test.masters()[0].granted_reads < 100)
    bench->fail("only %llu reads",
                static_cast<unsigned long long>(test.masters()[0].granted_reads));
  bench->end();
}

}  // namespace

int main() {
  Bench bench;
  every_core_gets_its_own(&bench);
  nobody_starves(&bench);
  one_core_has_it_all(&bench);
  return bench.finish();
}
