#include "platform.h"

#include "dram_port.h"

namespace wcsim {

namespace {
const sc_core::sc_time kPeriod(2, sc_core::SC_NS);
}

Platform::Platform(sc_core::sc_module_name name, const Options &options)
    : sc_module(name),
      clock_("clock", kPeriod, 0.5, sc_core::sc_time(1, sc_core::SC_NS), true),
      core_("core"),
      memory_("memory", options.mem),
      port_("port"),
      axi_(&port_, std::make_unique<DramPort>(options, kAxiBytes),
           static_cast<unsigned>(options.stall), options.seed) {
  port_.socket.bind(memory_.socket);
  core_.clk_i(clock_);
#define WC_BIND(type, name) core_.name(name##_);
  WC_CORE_INPUTS(WC_BIND)
  WC_CORE_OUTPUTS(WC_BIND)
  WC_CORE_TRACE(WC_BIND)
#undef WC_BIND
  core_.trace_number_o(trace_number_o_);
  core_.m_rdata_i(m_rdata_i_);
  core_.m_wdata_o(m_wdata_o_);

  sc_core::sc_spawn_options falling;
  falling.spawn_method();
  falling.dont_initialize();
  falling.set_sensitivity(&clock_.negedge_event());
  sc_core::sc_spawn([this] { fall(); }, "fall", &falling);
  sc_core::sc_spawn_options rising;
  rising.spawn_method();
  rising.dont_initialize();
  rising.set_sensitivity(&clock_.posedge_event());
  sc_core::sc_spawn([this] { rise(); }, "rise", &rising);
}

// Sets the inputs half a cycle before the edge that takes them.
void Platform::fall() {
  axi_.drive(&pins, now_);
#define WC_DRIVE(type, name) name##_.write(pins.name);
  WC_CORE_INPUTS(WC_DRIVE)
#undef WC_DRIVE
  if (pins.m_rvalid_i) {
    sc_dt::sc_bv<8 * kAxiBytes> data;
    for (unsigned i = 0; i < kAxiBytes / 4; i++)
      data.set_word(static_cast<int>(i), pins.m_rdata_i[i]);
    m_rdata_i_.write(data);
  }
}

// Runs in the evaluation phase of the rising edge: signals still hold the outputs before it.
void Platform::rise() {
#define WC_SAMPLE(type, name) pins.name = name##_.read();
  WC_CORE_OUTPUTS(WC_SAMPLE)
#undef WC_SAMPLE
  if (pins.m_wvalid_o) {
    const sc_dt::sc_bv<8 *kAxiBytes> &data = m_wdata_o_.read();
    for (unsigned i = 0; i < kAxiBytes / 4; i++)
      pins.m_wdata_o[i] = data.get_word(static_cast<int>(i));
  }
  axi_.sample(&pins, now_);
  axi_.finish(&pins);
  now_++;
}

// Simulation halts a quarter period before a falling edge, so that inputs set by the host are
// taken by the very next cycle.
void Platform::run(unsigned cycles) {
  if (!started_) {
    started_ = true;
    sc_core::sc_start(sc_core::sc_time(1.5, sc_core::SC_NS));  // past the first rising edge
  }
  sc_core::sc_start(kPeriod * static_cast<double>(cycles));
}

}  // namespace wcsim
