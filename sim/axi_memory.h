// AXI4 memory beside a Verilated core: one beat a cycle each way at most.
//
// Reads and writes are independent; requests are answered in order, any number outstanding.
// BurstTimes tells when data and responses come, counted from a read's address and a write's last
// beat. With `stall` > 0 every channel pauses in that share of the cycles (per cent), at random.
// Mem answers read and write as Memory does.
#ifndef WC_SIM_AXI_MEMORY_H
#define WC_SIM_AXI_MEMORY_H

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <utility>

#include "memory.h"

namespace wcsim {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 2 + 1) {}
  uint32_t next() {
    state_ = state_ * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return static_cast<uint32_t>(state_ >> 33);
  }
  bool percent(unsigned share) {
    return share != 0 && next() % 100 < share;
  }

 private:
  uint64_t state_;
};

class BurstTimes {
 public:
  virtual ~BurstTimes() = default;
  // Appends to @due the cycle of every beat of a read burst asked for in cycle @now.
  virtual void read(uint64_t now, uint64_t at, unsigned beats, unsigned beat,
                    std::deque<uint64_t> *due) = 0;
  // The cycle of the response to a write burst whose last beat comes in cycle @now.
  virtual uint64_t write(uint64_t now, uint64_t at, uint64_t bytes) = 0;
};

// The same latency for all.
class ConstantTimes : public BurstTimes {
 public:
  explicit ConstantTimes(unsigned latency) : latency_(latency) {}
  void read(uint64_t now, uint64_t, unsigned beats, unsigned, std::deque<uint64_t> *due) override {
    due->insert(due->end(), beats, now + latency_);
  }
  uint64_t write(uint64_t now, uint64_t, uint64_t) override {
    return now + latency_;
  }

 private:
  unsigned latency_;
};

template <class Core, unsigned kBytes, class Mem = Memory>
class AxiMemory {
 public:
  AxiMemory(Mem *memory, unsigned latency, unsigned stall, uint64_t seed)
      : AxiMemory(memory, std::make_unique<ConstantTimes>(latency), stall, seed) {}
  AxiMemory(Mem *memory, std::unique_ptr<BurstTimes> times, unsigned stall, uint64_t seed)
      : memory_(memory), times_(std::move(times)), stall_(stall), random_(seed) {}

  // Sets the core's inputs for cycle @now.
  void drive(Core *core, uint64_t now) {
    core->m_arready_i = !random_.percent(stall_);
    core->m_awready_i = !random_.percent(stall_);
    core->m_wready_i = !writes_.empty() && !random_.percent(stall_);
    if (!core->m_rvalid_i && !reads_.empty() && beats_due_.front() <= now &&
        !random_.percent(stall_))
      show_beat(core);
    if (!core->m_bvalid_i && !responses_.empty() && responses_.front().due <= now &&
        !random_.percent(stall_)) {
      core->m_bvalid_i = 1;
      set(core->m_bid_i, responses_.front().id);
      core->m_bresp_i = responses_.front().resp;
    }
  }

  // Notes the handshakes of cycle @now, once the core's outputs have settled.
  void sample(Core *core, uint64_t now) {
    if (core->m_arvalid_o && core->m_arready_i) {
      reads_.push_back({core->m_araddr_o, core->m_arlen_o + 1u, core->m_arid_o});
      times_->read(now, core->m_araddr_o, core->m_arlen_o + 1u, kBytes, &beats_due_);
    }
    if (core->m_awvalid_o && core->m_awready_i)
      writes_.push_back({core->m_awaddr_o, core->m_awaddr_o, core->m_awid_o, kOkay});
    if (core->m_wvalid_o && core->m_wready_i)
      take_beat(core, now);
    r_taken_ = core->m_rvalid_i && core->m_rready_o;
    b_taken_ = core->m_bvalid_i && core->m_bready_o;
  }

  // After the clock edge: what was taken is gone.
  void finish(Core *core) {
    if (r_taken_) {
      core->m_rvalid_i = 0;
      Read &read = reads_.front();
      beats_due_.pop_front();
      read.at += kBytes;
      if (--read.beats == 0)
        reads_.pop_front();
    }
    if (b_taken_) {
      core->m_bvalid_i = 0;
      responses_.pop_front();
    }
  }

 private:
  struct Read {
    uint64_t at;
    unsigned beats;
    uint32_t id;
  };
  struct Write {
    uint64_t from, at;
    uint32_t id;
    Resp resp;
  };
  struct Response {
    uint64_t due;
    uint32_t id;
    Resp resp;
  };

  template <class Pin>
  static void set(Pin &pin, uint32_t value) {
    pin = static_cast<Pin>(value);
  }

  void show_beat(Core *core) {
    const Read &read = reads_.front();
    core->m_rvalid_i = 1;
    set(core->m_rid_i, read.id);
    core->m_rlast_i = read.beats == 1;
    core->m_rresp_i = memory_->read(read.at, &core->m_rdata_i, kBytes);
  }

  void take_beat(Core *core, uint64_t now) {
    Write &write = writes_.front();
    uint64_t strobe = 0;
    memcpy(&strobe, &core->m_wstrb_o, std::min(sizeof core->m_wstrb_o, sizeof strobe));
    const uint8_t *data = reinterpret_cast<const uint8_t *>(&core->m_wdata_o);
    const Resp resp = strobe == 0 ? kOkay : memory_->write(write.at, data, strobe, kBytes);
    write.resp = std::max(write.resp, resp);
    write.at += kBytes;
    if (core->m_wlast_o) {
      responses_.push_back(
          {times_->write(now, write.from, write.at - write.from), write.id, write.resp});
      writes_.pop_front();
    }
  }

  Mem *memory_;
  std::unique_ptr<BurstTimes> times_;
  unsigned stall_;
  Random random_;
  std::deque<Read> reads_;
  std::deque<uint64_t> beats_due_;  // of all reads, one after the other
  std::deque<Write> writes_;
  std::deque<Response> responses_;
  bool r_taken_ = false, b_taken_ = false;
};

}  // namespace wcsim

#endif
