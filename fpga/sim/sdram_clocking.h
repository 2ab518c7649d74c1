// The wires between an FPGA's pins and the SDRAM, in time.
//
// The FPGA's clock rises at k * period; the SDRAM's phase picoseconds later. What the FPGA drives
// changes `out` after its edge, what the SDRAM drives `access` after its own, and stays for `hold`
// after the next one. Who samples while a wire changes gets noise.
#ifndef WC_FPGA_SDRAM_CLOCKING_H
#define WC_FPGA_SDRAM_CLOCKING_H

#include "sdram_model.h"

namespace wcfpga {

struct SdramWires {
  uint64_t period = 20000, out = 4000, setup = 1500, input_hold = 800, access = 5400, hold = 2500,
           back = 1000;  // from the SDRAM's pin to the FPGA's flip-flop, its setup included
};

class SdramClocking {
 public:
  SdramClocking(SdramModel *model, const SdramWires &wires) : model_(model), w_(wires) {}

  // Whole of a period.
  void set_phase(uint64_t ps) {
    phase_ = ps % w_.period;
  }

  // The FPGA's edge at the beginning of cycle @k has passed and its pins will be @pins. Returns
  // what its input flip-flops take at the end of this cycle.
  uint16_t cycle(uint64_t k, const SdramPins &pins) {
    // The SDRAM's edge of this cycle: does it see the new pins, the old ones, or noise?
    SdramPins seen = phase_ < w_.out ? before_ : pins;
    const bool torn = phase_ + w_.input_hold > w_.out && phase_ < w_.out + w_.setup;
    if (torn) {
      seen = pins;
      seen.torn = true;
      seen.a ^= 1;
      seen.dq = static_cast<uint16_t>(seen.dq ^ noise());
    }
    before_ = pins;
    older_ = newer_;
    model_->edge(k * w_.period + phase_, seen);
    newer_ = {model_->drives(), model_->dq()};
    // At the FPGA's next edge, which SDRAM edge's data are on the wire?
    const uint64_t since = w_.period - phase_;  // from the SDRAM's edge to the FPGA's
    if (since >= w_.access + w_.back)
      return value(newer_);
    if (since <= w_.hold + w_.back && since < w_.access)
      return value(older_);
    return noise();
  }

 private:
  struct Driven {
    bool valid = false;
    uint16_t value = 0;
  };
  uint16_t noise() {
    random_ = random_ * 1664525u + 1013904223u;
    return static_cast<uint16_t>(random_ >> 12);
  }
  uint16_t value(const Driven &d) {
    return d.valid ? d.value : noise();
  }

  SdramModel *model_;
  SdramWires w_;
  uint64_t phase_ = 0;
  SdramPins before_;
  Driven newer_, older_;
  uint32_t random_ = 99;
};

}  // namespace wcfpga

#endif
