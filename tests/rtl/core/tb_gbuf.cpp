// wc_gbuf: random traffic on all ports against a byte array; latency, order, whose turn it is,
// shared reads.
#include <algorithm>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "Vtb.h"
#include "bench.h"
#include "verilated.h"

namespace {

constexpr unsigned kPorts = 8, kBanks = 4, kLineBytes = 32, kLines = 4096 / kLineBytes;
constexpr unsigned kLineBits = 7;
constexpr unsigned kShared = 0x34;  // ports that share reads: 2, 4 and 5
// Each other port goes once; those from 2 to 5 twice if 5 was served with 2 just before it asks.
constexpr unsigned kMostWait = kPorts - 1 + (5 - 2 - 1);

struct Request {
  bool valid = false, write = false;
  unsigned line = 0, strobe = 0, waited = 0;
  uint8_t data[kLineBytes];
};

struct Expected {
  uint64_t cycle;
  uint8_t data[kLineBytes];
};

class Test {
 public:
  explicit Test(Bench *bench) : bench_(bench), dut_(new Vtb), memory_(kLines * kLineBytes) {}

  // Every port asks with this probability, per cent, for one of @lines lines, @writes per cent of
  // the time to write.
  void run(const char *name, unsigned share, unsigned lines, uint64_t cycles,
           unsigned writes = 50) {
    bench_->begin(name);
    writes_ = writes;
    shared_ = 0;
    reset();
    fill();
    for (uint64_t i = 0; i < cycles; i++) {
      for (unsigned p = 0; p < kPorts; p++) {
        if (!request_[p].valid && bench_->percent(share))
          ask(p, lines);
      }
      step();
    }
    for (unsigned i = 0; i < 4 * kPorts; i++)
      step();
    for (unsigned p = 0; p < kPorts; p++) {
      if (request_[p].valid)
        bench_->fail("port %u still waits", p);
      if (!expected_[p].empty())
        bench_->fail("port %u lacks %zu answers", p, expected_[p].size());
    }
    if (shared_ == 0)
      bench_->fail("no read was shared");
    bench_->end();
  }

 private:
  void reset() {
    for (auto &request : request_)
      request.valid = false;
    for (auto &queue : expected_)
      queue.clear();
    memset(passed_, 0, sizeof passed_);
    dut_->rst_ni = 0;
    step();
    step();
    dut_->rst_ni = 1;
  }

  // Writes every line once, so that all contents are known.
  void fill() {
    for (unsigned line = 0; line < kLines; line++) {
      Request &request = request_[line % kPorts];
      request.valid = request.write = true;
      request.line = line;
      request.strobe = ~0u;
      for (auto &byte : request.data)
        byte = static_cast<uint8_t>(bench_->next());
      while (request.valid)
        step();
    }
  }

  void ask(unsigned port, unsigned lines) {
    Request &request = request_[port];
    request.valid = true;
    request.write = bench_->percent(writes_);
    request.line = bench_->below(lines);
    request.strobe = bench_->percent(30) ? ~0u : bench_->next();
    request.waited = 0;
    for (auto &byte : request.data)
      byte = static_cast<uint8_t>(bench_->next());
  }

  void drive() {
    uint64_t lines = 0;
    dut_->req_valid_i = dut_->req_we_i = 0;
    for (unsigned p = 0; p < kPorts; p++) {
      const Request &request = request_[p];
      dut_->req_valid_i |= static_cast<uint8_t>(request.valid << p);
      dut_->req_we_i |= static_cast<uint8_t>(request.write << p);
      lines |= static_cast<uint64_t>(request.line) << (p * kLineBits);
      memcpy(reinterpret_cast<uint8_t *>(&dut_->req_wdata_i) + p * kLineBytes, request.data,
             kLineBytes);
      memcpy(reinterpret_cast<uint8_t *>(&dut_->req_strb_i) + p * kLineBytes / 8, &request.strobe,
             kLineBytes / 8);
    }
    dut_->req_line_i = lines;
  }

  // Requests taken in this cycle: a bank takes one, or reads of one line, so their order does not
  // matter.
  void take() {
    for (unsigned p = 0; p < kPorts; p++) {
      Request &request = request_[p];
      const bool ready = dut_->req_ready_o >> p & 1;
      if (!request.valid) {
        if (ready)
          bench_->fail("port %u is ready without a request", p);
        continue;
      }
      if (!ready) {
        if (++request.waited > kMostWait)
          bench_->fail("port %u waits for %u cycles", p, request.waited);
        continue;
      }
      request.valid = false;
      uint8_t *at = &memory_[request.line * kLineBytes];
      if (request.write) {
        for (unsigned i = 0; i < kLineBytes; i++) {
          if (request.strobe >> i & 1)
            at[i] = request.data[i];
        }
      } else {
        Expected expected;
        expected.cycle = now_ + 2;
        memcpy(expected.data, at, kLineBytes);
        expected_[p].push_back(expected);
      }
    }
  }

  void check_answers() {
    for (unsigned p = 0; p < kPorts; p++) {
      const bool got = dut_->rsp_valid_o >> p & 1;
      const bool due = !expected_[p].empty() && expected_[p].front().cycle == now_;
      if (got != due)
        bench_->fail("port %u cycle %llu: answer %d, due %d", p,
                     static_cast<unsigned long long>(now_), got, due);
      if (!due)
        continue;
      const uint8_t *data = reinterpret_cast<uint8_t *>(&dut_->rsp_rdata_o) + p * kLineBytes;
      if (memcmp(data, expected_[p].front().data, kLineBytes) != 0)
        bench_->fail("port %u reads wrong bytes", p);
      expected_[p].pop_front();
    }
  }

  bool shares(unsigned p) const {
    return (kShared >> p & 1) != 0 && request_[p].valid && !request_[p].write;
  }

  // The port whose turn it is in a bank, or kPorts: the first of those that were not passed since
  // port 0 had its turn, or of all.
  unsigned turn_in(unsigned bank) const {
    unsigned turn = kPorts;
    for (unsigned p = kPorts; p-- > 0;) {
      const bool wants = request_[p].valid && request_[p].line % kBanks == bank;
      if (wants && (turn == kPorts || !passed_[bank][p] || passed_[bank][turn]))
        turn = p;
    }
    return turn;
  }

  // Who is served: in each bank the port whose turn it is, and with a shared read all others of the
  // same line; they have had their turn, too.
  uint8_t expected_ready() {
    unsigned ready = 0;
    for (unsigned bank = 0; bank < kBanks; bank++) {
      const unsigned turn = turn_in(bank);
      if (turn == kPorts)
        continue;
      for (unsigned p = 0; p < kPorts; p++)
        passed_[bank][p] = p <= turn;
      ready |= 1u << turn;
      for (unsigned p = 0; p < kPorts; p++) {
        if (p != turn && shares(p) && shares(turn) && request_[p].line == request_[turn].line) {
          ready |= 1u << p;
          passed_[bank][p] = true;
          shared_++;
        }
      }
    }
    return static_cast<uint8_t>(ready);
  }

  void check_turns() {
    const uint8_t expected = expected_ready();
    if (dut_->req_ready_o != expected)
      bench_->fail("ports %02x are served, not %02x", dut_->req_ready_o, expected);
  }

  void step() {
    drive();
    dut_->clk_i = 0;
    dut_->eval();
    if (dut_->rst_ni) {
      check_answers();
      check_turns();
      take();
    }
    dut_->clk_i = 1;
    dut_->eval();
    now_++;
  }

  Bench *bench_;
  std::unique_ptr<Vtb> dut_;
  std::vector<uint8_t> memory_;
  Request request_[kPorts];
  std::deque<Expected> expected_[kPorts];
  bool passed_[kBanks][kPorts] = {};  // since the bank's turn went round
  unsigned writes_ = 50;
  uint64_t shared_ = 0;  // reads that went with another port's
  uint64_t now_ = 0;
};

}  // namespace

int main() {
  Bench bench;
  Test test(&bench);
  test.run("every port always asks, all lines", 100, kLines, 20000);
  test.run("every port always asks, one bank's lines and few others", 100, 6, 20000);
  test.run("every port always asks for the same line", 100, 1, 5000);
  test.run("half the ports ask", 50, kLines, 20000);
  test.run("few requests", 15, 16, 20000);
  test.run("every port reads, few lines", 100, 6, 20000, 0);
  return bench.finish();
}
