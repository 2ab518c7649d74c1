// SystemC platform: clock, the Verilated core, an AXI bridge and a TLM-2.0 memory.
#ifndef WC_SIM_PLATFORM_H
#define WC_SIM_PLATFORM_H

#include <systemc>

#include "Vcore.h"
#include "axi_memory.h"
#include "options.h"
#include "tlm_memory.h"

namespace wcsim {

constexpr unsigned kAxiBytes = 32;

// The core's ports but the clock: X(type of the signal, name).
// clang-format off
#define WC_CORE_INPUTS(X) \
  X(bool, rst_ni) \
  X(bool, s_awvalid_i) \
  X(uint32_t, s_awaddr_i) \
  X(bool, s_wvalid_i) \
  X(uint32_t, s_wdata_i) \
  X(uint32_t, s_wstrb_i) \
  X(bool, s_bready_i) \
  X(bool, s_arvalid_i) \
  X(uint32_t, s_araddr_i) \
  X(bool, s_rready_i) \
  X(bool, m_arready_i) \
  X(bool, m_rvalid_i) \
  X(uint32_t, m_rid_i) \
  X(uint32_t, m_rresp_i) \
  X(bool, m_rlast_i) \
  X(bool, m_awready_i) \
  X(bool, m_wready_i) \
  X(bool, m_bvalid_i) \
  X(uint32_t, m_bid_i) \
  X(uint32_t, m_bresp_i)
#define WC_CORE_OUTPUTS(X) \
  X(bool, irq_o) \
  X(bool, busy_o) \
  X(bool, s_awready_o) \
  X(bool, s_wready_o) \
  X(bool, s_bvalid_o) \
  X(uint32_t, s_bresp_o) \
  X(bool, s_arready_o) \
  X(bool, s_rvalid_o) \
  X(uint32_t, s_rdata_o) \
  X(uint32_t, s_rresp_o) \
  X(bool, m_arvalid_o) \
  X(uint32_t, m_arid_o) \
  X(uint64_t, m_araddr_o) \
  X(uint32_t, m_arlen_o) \
  X(uint32_t, m_arsize_o) \
  X(uint32_t, m_arburst_o) \
  X(bool, m_rready_o) \
  X(bool, m_awvalid_o) \
  X(uint32_t, m_awid_o) \
  X(uint64_t, m_awaddr_o) \
  X(uint32_t, m_awlen_o) \
  X(uint32_t, m_awsize_o) \
  X(uint32_t, m_awburst_o) \
  X(bool, m_wvalid_o) \
  X(uint32_t, m_wstrb_o) \
  X(bool, m_wlast_o) \
  X(bool, m_bready_o)
// Nobody listens, but SystemC wants every port bound.
#define WC_CORE_TRACE(X) \
  X(bool, trace_running_o) \
  X(uint32_t, trace_state_o) \
  X(uint32_t, trace_take_o) \
  X(uint32_t, trace_last_o) \
  X(uint32_t, trace_done_o)
// clang-format on

// Plain copies of the ports, under the names that AxiMemory uses.
struct Pins {
#define WC_PIN(type, name) type name = 0;
  WC_CORE_INPUTS(WC_PIN)
  WC_CORE_OUTPUTS(WC_PIN)
#undef WC_PIN
  uint32_t m_rdata_i[kAxiBytes / 4] = {};
  uint32_t m_wdata_o[kAxiBytes / 4] = {};
};

class Platform : public sc_core::sc_module {
 public:
  Pins pins;  // inputs take effect at the next falling edge; outputs as at the last rising edge

  Platform(sc_core::sc_module_name name, const Options &options);

  Memory &memory() {
    return memory_.memory();
  }

  // Runs @cycles clock cycles.
  void run(unsigned cycles);

 private:
  void fall();
  void rise();

  sc_core::sc_clock clock_;
  Vcore core_;
  TlmMemory memory_;
  TlmPort port_;
  AxiMemory<Pins, kAxiBytes, TlmPort> axi_;
  uint64_t now_ = 0;
  bool started_ = false;

#define WC_SIGNAL(type, name) sc_core::sc_signal<type> name##_;
  WC_CORE_INPUTS(WC_SIGNAL)
  WC_CORE_OUTPUTS(WC_SIGNAL)
  WC_CORE_TRACE(WC_SIGNAL)
#undef WC_SIGNAL
  sc_core::sc_signal<sc_dt::sc_bv<8 * kAxiBytes>> m_rdata_i_, m_wdata_o_;
  sc_core::sc_signal<sc_dt::sc_bv<128>> trace_number_o_;
};

}  // namespace wcsim

#endif
