// A 16-bit SDR SDRAM at its pins, as its data sheet has it: 4 banks, commands at its own clock.
//
// It enforces power-up, initialisation, tRCD, tRP, tRAS, tRC, tRFC, tWR, tMRD, open and closed
// rows, the refresh rate, and that nobody drives the data bus together with it. Each breach adds a
// line to violations() and spoils what it would have spoilt. Words that were never written, and
// rows that were not refreshed in time, read as poison. Supports bursts of one column.
#ifndef WC_FPGA_SDRAM_MODEL_H
#define WC_FPGA_SDRAM_MODEL_H

#include <cstdint>
#include <string>
#include <vector>

namespace wcfpga {

struct SdramPins {
  bool cke = false, cs_n = true, ras_n = true, cas_n = true, we_n = true;
  uint8_t ba = 0, dqm = 3;
  uint16_t a = 0, dq = 0;
  bool driven = false;  // dq by the controller
  bool torn = false;    // sampled while they changed: noise, which no controller answers for
};

// Of AS4C32M16SB-6 and IS42S16160G-6, in picoseconds.
struct SdramTiming {
  uint64_t power_up = 200000000, rcd = 18000, rp = 18000, ras = 42000, rc = 60000, rfc = 60000,
           wr = 12000, mrd_cycles = 2, retention = 64000000000;
  unsigned row_bits = 13, col_bits = 9;
};

// What may be broken about a part, on purpose.
struct SdramFaults {
  int stuck_bit = -1;  // of the data bus: reads as 0
  int alias_bit = -1;  // of the byte address: ignored
  bool deaf = false;   // refresh commands do nothing
};

class SdramModel {
 public:
  explicit SdramModel(const SdramTiming &timing = {}, const SdramFaults &faults = {});

  // One rising edge of its clock, at @ps since power came, with the pins as they are then.
  void edge(uint64_t ps, const SdramPins &pins);
  // What it drives between this edge (after its access time) and the next.
  bool drives() const {
    return driving_;
  }
  uint16_t dq() const {
    return out_;
  }

  const std::vector<std::string> &violations() const {
    return violations_;
  }
  uint64_t violation_count() const {
    return violation_count_;
  }
  uint64_t refreshes() const {
    return refreshes_;
  }
  unsigned cas_latency() const {
    return latency_;
  }
  SdramFaults &faults() {
    return faults_;
  }

 private:
  struct Bank {
    bool open = false, active_once = false, written = false;
    uint32_t row = 0;
    uint64_t active = 0, precharged = 0, last_write = 0;
  };
  struct Out {
    bool valid = false;
    uint16_t value = 0;
  };

  void breach(uint64_t ps, const char *what);
  void activate(uint64_t ps, unsigned bank, uint32_t row);
  void column(uint64_t ps, const SdramPins &pins, bool write);
  void precharge(uint64_t ps, const SdramPins &pins);
  void refresh(uint64_t ps);
  void set_mode(uint64_t ps, const SdramPins &pins);
  size_t place(unsigned bank, uint32_t row, uint32_t col) const;
  uint16_t poison();

  SdramTiming t_;
  SdramFaults faults_;
  std::vector<uint16_t> cells_;
  std::vector<uint8_t> known_;      // of each byte: was it ever written?
  std::vector<uint64_t> restored_;  // of each row of each bank: when
  std::vector<std::string> violations_;
  uint64_t violation_count_ = 0, refreshes_ = 0, refreshed_ = 0, mode_at_ = 0;
  uint64_t cycle_ = 0;
  Bank banks_[4];
  uint32_t refresh_row_ = 0;
  unsigned init_precharged_ = 0, init_refreshes_ = 0, latency_ = 0;
  Out pipe_[2];  // asked for, not yet on the bus
  bool driving_ = false, was_driving_ = false, torn_ = false;
  uint16_t out_ = 0;
  uint32_t random_ = 12345;
};

}  // namespace wcfpga

#endif
