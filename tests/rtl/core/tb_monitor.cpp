// The AXI monitor: silent on legal traffic, and fires the right rule on every mutant.
//
// A master of random bursts and the memory model talk legally; the monitor sees their link
// through a mutation that breaks one rule once.
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "Vtb.h"
#include "axi_memory.h"
#include "bench.h"
#include "memory.h"
#include "verilated.h"

namespace {

constexpr unsigned kBytes = 8;
enum Channel { AR, AW, W, R, B };

// The link, under the names that AxiMemory uses.
struct Link {
  uint8_t m_arvalid_o = 0, m_arready_i = 0, m_arid_o = 0, m_arlen_o = 0, m_arsize_o = 3,
          m_arburst_o = 1, m_rvalid_i = 0, m_rready_o = 0, m_rid_i = 0, m_rresp_i = 0,
          m_rlast_i = 0, m_awvalid_o = 0, m_awready_i = 0, m_awid_o = 0, m_awlen_o = 0,
          m_awsize_o = 3, m_awburst_o = 1, m_wvalid_o = 0, m_wready_i = 0, m_wlast_o = 0,
          m_wstrb_o = 0, m_bvalid_i = 0, m_bready_o = 0, m_bid_i = 0, m_bresp_i = 0;
  uint64_t m_araddr_o = 0, m_awaddr_o = 0, m_rdata_i = 0, m_wdata_o = 0;

  bool valid(Channel c) const {
    const uint8_t all[] = {m_arvalid_o, m_awvalid_o, m_wvalid_o, m_rvalid_i, m_bvalid_i};
    return all[c];
  }
  bool ready(Channel c) const {
    const uint8_t all[] = {m_arready_i, m_awready_i, m_wready_i, m_rready_o, m_bready_o};
    return all[c];
  }
  bool taken(Channel c) const {
    return valid(c) && ready(c);
  }
};

// True when it broke the rule in this cycle. @stalled: channels that waited in the one before.
using Mutation = std::function<bool(Link *, const bool *stalled)>;

class Test {
 public:
  explicit Test(Bench *bench)
      : bench_(bench), memory_(1 << 20), axi_(&memory_, 6, 30, bench->next()), dut_(new Vtb) {
    dut_->rst_ni = 0;
    clock();
    dut_->rst_ni = 1;
  }

  // Legal traffic for @warm cycles, then until @mutation strikes. Returns the rules fired.
  uint32_t run(unsigned warm, const Mutation &mutation) {
    for (unsigned i = 0; i < warm; i++) {
      if (cycle(nullptr))
        bench_->fail("struck without a mutation");
      if (dut_->violation_o != 0)
        bench_->fail("legal traffic fires %05x", static_cast<unsigned>(dut_->violation_o));
    }
    for (unsigned i = 0; mutation && i < 100000; i++) {
      const bool struck = cycle(&mutation);
      if (struck)
        return dut_->violation_o;
      if (dut_->violation_o != 0)
        bench_->fail("legal traffic fires %05x", static_cast<unsigned>(dut_->violation_o));
    }
    if (mutation)
      bench_->fail("the mutation never struck");
    return 0;
  }

 private:
  struct Burst {
    unsigned beats;
  };

  void master() {
    if (!link_.m_arvalid_o && reads_ < 20 && bench_->percent(30)) {
      link_.m_arvalid_o = 1;
      link_.m_arid_o = static_cast<uint8_t>(bench_->below(8));
      place(&link_.m_araddr_o, &link_.m_arlen_o);
    }
    if (!link_.m_awvalid_o && writes_.size() < 4 && owed_ < 20 && bench_->percent(30)) {
      link_.m_awvalid_o = 1;
      link_.m_awid_o = static_cast<uint8_t>(bench_->below(8));
      place(&link_.m_awaddr_o, &link_.m_awlen_o);
    }
    if (!link_.m_wvalid_o && !writes_.empty() && bench_->percent(70)) {
      link_.m_wvalid_o = 1;
      link_.m_wdata_o = static_cast<uint64_t>(bench_->next()) << 32 | bench_->next();
      link_.m_wstrb_o = static_cast<uint8_t>(bench_->next());
      link_.m_wlast_o = writes_.front().beats == 1;
    }
    link_.m_rready_o = bench_->percent(60);
    link_.m_bready_o = bench_->percent(60);
  }

  // A burst that ends at or before a 4 KiB boundary.
  void place(uint64_t *addr, uint8_t *length) {
    const unsigned beats = 1 + bench_->below(bench_->percent(10) ? 256 : 8);
    const unsigned slack = 4096 - beats * kBytes;
    *addr = 4096ull * bench_->below(200) +
            (bench_->percent(30) ? slack : bench_->below(slack + 1) / kBytes * kBytes);
    *length = static_cast<uint8_t>(beats - 1);
  }

  bool cycle(const Mutation *mutation) {
    master();
    axi_.drive(&link_, now_);
    axi_.sample(&link_, now_);
    Link seen = link_;
    const bool struck = mutation != nullptr && (*mutation)(&seen, stalled_);
    show(seen);
    clock();
    for (int c = AR; c <= B; c++)
      stalled_[c] = seen.valid(static_cast<Channel>(c)) && !seen.ready(static_cast<Channel>(c));
    finish();
    axi_.finish(&link_);
    now_++;
    return struck;
  }

  void clock() {
    dut_->clk_i = 0;
    dut_->eval();
    dut_->clk_i = 1;
    dut_->eval();
  }

  void finish() {
    if (link_.taken(AR)) {
      link_.m_arvalid_o = 0;
      reads_++;
    }
    if (link_.taken(AW)) {
      link_.m_awvalid_o = 0;
      writes_.push_back({link_.m_awlen_o + 1u});
      owed_++;
    }
    if (link_.taken(W)) {
      link_.m_wvalid_o = 0;
      if (--writes_.front().beats == 0)
        writes_.pop_front();
    }
    if (link_.taken(R) && link_.m_rlast_i)
      reads_--;
    if (link_.taken(B))
      owed_--;
  }

  void show(const Link &s) {
#define COPY(pin, signal) dut_->pin = s.signal
    COPY(ar_valid_i, m_arvalid_o);
    COPY(ar_ready_i, m_arready_i);
    COPY(ar_id_i, m_arid_o);
    COPY(ar_addr_i, m_araddr_o);
    COPY(ar_len_i, m_arlen_o);
    COPY(ar_size_i, m_arsize_o);
    COPY(ar_burst_i, m_arburst_o);
    COPY(r_valid_i, m_rvalid_i);
    COPY(r_ready_i, m_rready_o);
    COPY(r_id_i, m_rid_i);
    COPY(r_data_i, m_rdata_i);
    COPY(r_resp_i, m_rresp_i);
    COPY(r_last_i, m_rlast_i);
    COPY(aw_valid_i, m_awvalid_o);
    COPY(aw_ready_i, m_awready_i);
    COPY(aw_id_i, m_awid_o);
    COPY(aw_addr_i, m_awaddr_o);
    COPY(aw_len_i, m_awlen_o);
    COPY(aw_size_i, m_awsize_o);
    COPY(aw_burst_i, m_awburst_o);
    COPY(w_valid_i, m_wvalid_o);
    COPY(w_ready_i, m_wready_i);
    COPY(w_data_i, m_wdata_o);
    COPY(w_strb_i, m_wstrb_o);
    COPY(w_last_i, m_wlast_o);
    COPY(b_valid_i, m_bvalid_i);
    COPY(b_ready_i, m_bready_o);
    COPY(b_id_i, m_bid_i);
    COPY(b_resp_i, m_bresp_i);
#undef COPY
  }

  Bench *bench_;
  wcsim::Memory memory_;
  wcsim::AxiMemory<Link, kBytes> axi_;
  std::unique_ptr<Vtb> dut_;
  Link link_;
  bool stalled_[5] = {};
  std::deque<Burst> writes_;
  unsigned reads_ = 0, owed_ = 0;
  uint64_t now_ = 0;
};

void withdraw(Link *link, Channel c) {
  uint8_t *all[] = {&link->m_arvalid_o, &link->m_awvalid_o, &link->m_wvalid_o, &link->m_rvalid_i,
                    &link->m_bvalid_i};
  *all[c] = 0;
}

// One bit of a payload field, chosen by @which.
void change(Link *link, Channel c, unsigned which) {
  switch (c) {
    case AR:
      which % 2 ? link->m_araddr_o ^= 8 : link->m_arlen_o ^= 1;
      break;
    case AW:
      which % 2 ? link->m_awaddr_o ^= 8 : link->m_awid_o ^= 1;
      break;
    case W:
      if (which % 3 == 0)
        link->m_wdata_o ^= 1;
      else if (which % 3 == 1)
        link->m_wstrb_o ^= 1;
      else
        link->m_wlast_o ^= 1;
      break;
    case R:
      if (which % 3 == 0)
        link->m_rdata_i ^= 1ull << 40;
      else if (which % 3 == 1)
        link->m_rresp_i ^= 2;
      else
        link->m_rid_i ^= 1;
      break;
    case B:
      which % 2 ? link->m_bresp_i ^= 2 : link->m_bid_i ^= 1;
      break;
  }
}

struct Mutant {
  std::string name;
  unsigned rule;
  Mutation mutation;
  bool warm = true;  // after legal traffic
};

std::vector<Mutant> mutants(Bench *bench) {
  std::vector<Mutant> all;
  const char *names[] = {"AR", "AW", "W", "R", "B"};
  for (int i = AR; i <= B; i++) {
    const Channel c = static_cast<Channel>(i);
    all.push_back({std::string(names[i]) + " VALID withdrawn", static_cast<unsigned>(i),
                   [c](Link *link, const bool *stalled) {
                     if (stalled[c])
                       withdraw(link, c);
                     return stalled[c];
                   }});
    all.push_back({std::string(names[i]) + " payload changed while stalled", 5u + i,
                   [c, bench](Link *link, const bool *stalled) {
                     if (stalled[c])
                       change(link, c, bench->next());
                     return stalled[c];
                   }});
  }
  const auto flip_last = [](Channel c, bool last) {
    return [c, last](Link *link, const bool *stalled) {
      uint8_t *pin = c == R ? &link->m_rlast_i : &link->m_wlast_o;
      if (stalled[c] || !link->taken(c) || *pin != last)
        return false;
      *pin = !last;
      return true;
    };
  };
  all.push_back({"R LAST early", 10, flip_last(R, false)});
  all.push_back({"R LAST late", 11, flip_last(R, true)});
  all.push_back({"W LAST early", 12, flip_last(W, false)});
  all.push_back({"W LAST late", 13, flip_last(W, true)});
  all.push_back({"a read across 4 KiB", 14, [](Link *link, const bool *stalled) {
                   if (stalled[AR] || !link->taken(AR) || link->m_arlen_o == 0)
                     return false;
                   link->m_araddr_o = 0x3000 - kBytes * link->m_arlen_o;
                   return true;
                 }});
  all.push_back({"a write across 4 KiB", 15, [](Link *link, const bool *stalled) {
                   if (stalled[AW] || !link->taken(AW) || link->m_awlen_o == 0)
                     return false;
                   link->m_awaddr_o = 0x7000 - kBytes * link->m_awlen_o;
                   return true;
                 }});
  const auto foreign = [](Channel c) {
    return [c](Link *link, const bool *stalled) {
      if (stalled[c] || !link->taken(c))
        return false;
      (c == R ? link->m_rid_i : link->m_bid_i) |= 8;  // the master uses 0 to 7
      return true;
    };
  };
  all.push_back({"read data of an ID never asked for", 16, foreign(R)});
  all.push_back({"a write response of an ID never asked for", 17, foreign(B)});
  all.push_back({"write data before any address", 18,
                 [](Link *link, const bool *) {
                   link->m_awvalid_o = 0;
                   link->m_wvalid_o = link->m_wready_i = link->m_wlast_o = 1;
                   return true;
                 },
                 false});
  const auto reshape = [](Channel c, bool size) {
    return [c, size](Link *link, const bool *stalled) {
      if (stalled[c] || !link->taken(c))
        return false;
      if (size)
        (c == AR ? link->m_arsize_o : link->m_awsize_o) = 2;
      else
        (c == AR ? link->m_arburst_o : link->m_awburst_o) = 2;
      return true;
    };
  };
  all.push_back({"a narrow read", 19, reshape(AR, true)});
  all.push_back({"a wrapping read", 19, reshape(AR, false)});
  all.push_back({"a narrow write", 19, reshape(AW, true)});
  all.push_back({"a wrapping write", 19, reshape(AW, false)});
  return all;
}

}  // namespace

int main() {
  Bench bench;
  bench.begin("legal traffic fires nothing");
  Test legal(&bench);
  legal.run(20000, nullptr);
  bench.end();
  for (const Mutant &mutant : mutants(&bench)) {
    bench.begin(mutant.name.c_str());
    for (unsigned i = 0; i < 10 && !bench.failing(); i++) {
      Test test(&bench);
      const uint32_t fired = test.run(mutant.warm ? bench.below(500) : 0, mutant.mutation);
      if ((fired >> mutant.rule & 1) == 0)
        bench.fail("rule %u is silent; fired: %05x", mutant.rule, fired);
    }
    bench.end();
  }
  return bench.finish();
}
