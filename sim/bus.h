// The AXI masters of a Verilated top and the memory channels behind them.
//
// CoreBus is for wc_core, whose pins are those of one master. ChipBus is for wc_chip, whose pins
// are slices of flat vectors: it gives every port a memory channel of its own, with the whole
// bandwidth of one (and a DRAM of its own, traced to FILE, FILE.1, ...), onto the same memory.
#ifndef WC_SIM_BUS_H
#define WC_SIM_BUS_H

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include "axi_memory.h"
#include "dram_port.h"
#include "options.h"

namespace wcsim {

template <class Top, unsigned kBytes>
class CoreBus {
 public:
  CoreBus(Memory *memory, const Options &options)
      : axi_(memory, std::make_unique<DramPort>(options, kBytes),
             static_cast<unsigned>(options.stall), options.seed) {}
  void drive(Top *top, uint64_t now) {
    axi_.drive(top, now);
  }
  void sample(Top *top, uint64_t now) {
    axi_.sample(top, now);
  }
  void finish(Top *top) {
    axi_.finish(top);
  }

 private:
  AxiMemory<Top, kBytes> axi_;
};

// One master's pins under the names that AxiMemory uses.
template <unsigned kBytes>
struct PortPins {
  uint8_t m_arvalid_o, m_arready_i, m_arid_o, m_arlen_o;
  uint8_t m_rvalid_i, m_rready_o, m_rid_i, m_rresp_i, m_rlast_i;
  uint8_t m_awvalid_o, m_awready_i, m_awid_o, m_awlen_o;
  uint8_t m_wvalid_o, m_wready_i, m_wlast_o;
  uint8_t m_bvalid_i, m_bready_o, m_bid_i, m_bresp_i;
  uint64_t m_araddr_o, m_awaddr_o;
  uint8_t m_rdata_i[kBytes], m_wdata_o[kBytes], m_wstrb_o[(kBytes + 7) / 8];
};

// Bits [at, at + width) of a pin, whatever Verilator keeps it in; width at most 56.
template <class Pin>
uint64_t get_bits(const Pin &pin, unsigned at, unsigned width) {
  const uint8_t *bytes = reinterpret_cast<const uint8_t *>(&pin) + at / 8;
  uint64_t raw = 0;
  memcpy(&raw, bytes, std::min(sizeof raw, sizeof pin - at / 8));
  return raw >> at % 8 & ((UINT64_C(1) << width) - 1);
}

template <class Pin>
void set_bits(Pin *pin, unsigned at, unsigned width, uint64_t value) {
  uint8_t *bytes = reinterpret_cast<uint8_t *>(pin) + at / 8;
  const size_t size = std::min(sizeof value, sizeof *pin - at / 8);
  const uint64_t mask = ((UINT64_C(1) << width) - 1) << at % 8;
  uint64_t raw = 0;
  memcpy(&raw, bytes, size);
  raw = (raw & ~mask) | (value << at % 8 & mask);
  memcpy(bytes, &raw, size);
}

template <class Top, unsigned kBytes, unsigned kPorts, unsigned kIdBits>
class ChipBus {
 public:
  ChipBus(Memory *memory, const Options &options) {
    for (unsigned p = 0; p < kPorts; p++) {
      Options own = options;
      if (p > 0 && !own.dramtrace.empty())
        own.dramtrace += "." + std::to_string(p);
      pins_[p] = {};
      axi_[p] = std::make_unique<AxiMemory<PortPins<kBytes>, kBytes>>(
          memory, std::make_unique<DramPort>(own, kBytes), static_cast<unsigned>(options.stall),
          options.seed + p);
    }
  }

  void drive(Top *top, uint64_t now) {
    for (unsigned p = 0; p < kPorts; p++) {
      PortPins<kBytes> &x = pins_[p];
      axi_[p]->drive(&x, now);
      set_bits(&top->m_arready_i, p, 1, x.m_arready_i);
      set_bits(&top->m_rvalid_i, p, 1, x.m_rvalid_i);
      set_bits(&top->m_rid_i, p * kIdBits, kIdBits, x.m_rid_i);
      set_bits(&top->m_rresp_i, p * 2, 2, x.m_rresp_i);
      set_bits(&top->m_rlast_i, p, 1, x.m_rlast_i);
      memcpy(reinterpret_cast<uint8_t *>(&top->m_rdata_i) + p * kBytes, x.m_rdata_i, kBytes);
      set_bits(&top->m_awready_i, p, 1, x.m_awready_i);
      set_bits(&top->m_wready_i, p, 1, x.m_wready_i);
      set_bits(&top->m_bvalid_i, p, 1, x.m_bvalid_i);
      set_bits(&top->m_bid_i, p * kIdBits, kIdBits, x.m_bid_i);
      set_bits(&top->m_bresp_i, p * 2, 2, x.m_bresp_i);
    }
  }

  void sample(Top *top, uint64_t now) {
    for (unsigned p = 0; p < kPorts; p++) {
      PortPins<kBytes> &x = pins_[p];
      x.m_arvalid_o = static_cast<uint8_t>(get_bits(top->m_arvalid_o, p, 1));
      x.m_arid_o = static_cast<uint8_t>(get_bits(top->m_arid_o, p * kIdBits, kIdBits));
      x.m_araddr_o = get_bits(top->m_araddr_o, p * 40, 40);
      x.m_arlen_o = static_cast<uint8_t>(get_bits(top->m_arlen_o, p * 8, 8));
      x.m_rready_o = static_cast<uint8_t>(get_bits(top->m_rready_o, p, 1));
      x.m_awvalid_o = static_cast<uint8_t>(get_bits(top->m_awvalid_o, p, 1));
      x.m_awid_o = static_cast<uint8_t>(get_bits(top->m_awid_o, p * kIdBits, kIdBits));
      x.m_awaddr_o = get_bits(top->m_awaddr_o, p * 40, 40);
      x.m_wvalid_o = static_cast<uint8_t>(get_bits(top->m_wvalid_o, p, 1));
      x.m_wlast_o = static_cast<uint8_t>(get_bits(top->m_wlast_o, p, 1));
      x.m_bready_o = static_cast<uint8_t>(get_bits(top->m_bready_o, p, 1));
      if (x.m_wvalid_o) {
        memcpy(x.m_wdata_o, reinterpret_cast<uint8_t *>(&top->m_wdata_o) + p * kBytes, kBytes);
        for (unsigned i = 0; i < kBytes; i += 8) {
          const unsigned width = kBytes < 8 ? kBytes : 8;
          x.m_wstrb_o[i / 8] =
              static_cast<uint8_t>(get_bits(top->m_wstrb_o, p * kBytes + i, width));
        }
      }
      axi_[p]->sample(&x, now);
    }
  }

  void finish(Top *) {
    for (unsigned p = 0; p < kPorts; p++)
      axi_[p]->finish(&pins_[p]);
  }

 private:
  std::array<PortPins<kBytes>, kPorts> pins_;
  std::array<std::unique_ptr<AxiMemory<PortPins<kBytes>, kBytes>>, kPorts> axi_;
};

}  // namespace wcsim

#endif
