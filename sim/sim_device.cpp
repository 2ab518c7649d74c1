// The Verilated core with an AXI memory: one build of this file for each configuration.
//
// WC_TOP and WC_TOP_HEADER name the Verilated class, WC_NAME the configuration, WC_AXI_BYTES its
// data width, WC_CORES its cores (1: the top is wc_core, else wc_chip), WC_SHARED_PORT whether they
// share an AXI master; WC_TRACED is set in the build that can write waveforms.
#include WC_TOP_HEADER

#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>

#include "bus.h"
#include "device.h"
#include "memory.h"
#include "timeline.h"
#include "verilated.h"
#if WC_TRACED
#include "verilated_fst_c.h"
#endif

double sc_time_stamp() {
  return 0;
}

namespace wcsim {
namespace {

constexpr unsigned kResetCycles = 4;
constexpr unsigned kAnswerCycles = 1000;   // a register access that takes longer has failed
constexpr unsigned kCyclesPerLook = 4096;  // between looks at the clock on the wall

constexpr unsigned log2_up(unsigned n) {
  return n <= 1 ? 0 : 1 + log2_up((n + 1) / 2);
}
constexpr unsigned kCoreBits = log2_up(WC_CORES);
constexpr uint32_t kRegMask = (0x1000u << kCoreBits) - 1;
#if WC_CORES > 1
using Bus = ChipBus<WC_TOP, WC_AXI_BYTES, WC_SHARED_PORT ? 1 : WC_CORES,
                    WC_SHARED_PORT ? 4 + kCoreBits : 4>;
#else
using Bus = CoreBus<WC_TOP, WC_AXI_BYTES>;
#endif

class SimDevice : public Device {
 public:
  explicit SimDevice(const Options &options)
      : options_(options),
        memory_(options.mem),
        bus_(&memory_, options),
        core_(new WC_TOP(&context_, "core")) {
    open_trace();
    core_->rst_ni = 0;
    for (unsigned i = 0; i < kResetCycles; i++)
      cycle();
    core_->rst_ni = 1;
    now_ = 0;
  }

  ~SimDevice() override {
    close_trace();
    core_->final();
  }

  bool trace_failed() const {
    return trace_failed_;
  }
  uint64_t mem_bytes() const override {
    return options_.mem;
  }

  int reg_read(uint32_t offset, uint32_t *value) override {
    core_->s_arvalid_i = 1;
    core_->s_araddr_i = offset & kRegMask;
    core_->s_rready_i = 1;
    for (unsigned i = 0; i < kAnswerCycles; i++) {
      settle();
      const bool asked = core_->s_arvalid_i && core_->s_arready_o;
      const bool answered = core_->s_rvalid_o;
      *value = core_->s_rdata_o;
      edge();
      if (asked)
        core_->s_arvalid_i = 0;
      if (answered) {
        core_->s_rready_i = 0;
        return WC_OK;
      }
    }
    return WC_ETIMEDOUT;
  }

  int reg_write(uint32_t offset, uint32_t value) override {
    core_->s_awvalid_i = 1;
    core_->s_awaddr_i = offset & kRegMask;
    core_->s_wvalid_i = 1;
    core_->s_wdata_i = value;
    core_->s_wstrb_i = 0xF;
    core_->s_bready_i = 1;
    for (unsigned i = 0; i < kAnswerCycles; i++) {
      settle();
      const bool addressed = core_->s_awvalid_i && core_->s_awready_o;
      const bool taken = core_->s_wvalid_i && core_->s_wready_o;
      const bool answered = core_->s_bvalid_o;
      edge();
      if (addressed)
        core_->s_awvalid_i = 0;
      if (taken)
        core_->s_wvalid_i = 0;
      if (answered) {
        core_->s_bready_i = 0;
        return WC_OK;
      }
    }
    return WC_ETIMEDOUT;
  }

  int mem_read(wc_addr src, void *dst, size_t size) override {
    memcpy(dst, memory_.at(src), size);
    return WC_OK;
  }

  int mem_write(wc_addr dst, const void *src, size_t size) override {
    memcpy(memory_.at(dst), src, size);
    return WC_OK;
  }

  int inject_fault(wc_addr addr, size_t size, bool decerr) override {
    memory_.inject(addr, size, decerr);
    return WC_OK;
  }

  // Only one core has a trace port.
  int timeline_start() override {
    if (WC_CORES > 1)
      return WC_EINVAL;
    timeline_ = std::make_unique<Timeline>();
    recording_ = true;
    return WC_OK;
  }

  int timeline_read(const wc_timeline_entry **entries, size_t *n) override {
    if (!timeline_)
      return WC_EINVAL;
    recording_ = false;
    *entries = timeline_->entries().data();
    *n = timeline_->entries().size();
    return WC_OK;
  }

  int advance(unsigned ms) override {
    using clock = std::chrono::steady_clock;
    const auto end = clock::now() + std::chrono::milliseconds(ms);
    for (unsigned i = 0; i < kStartCycles; i++)
      cycle();
    do {
      for (unsigned i = 0; i < kCyclesPerLook; i++) {
        if (!core_->busy_o)
          return WC_OK;
        cycle();
      }
    } while (clock::now() < end);
    return WC_OK;
  }

 private:
  // A start or reset written just now takes this long to show in busy_o.
  static constexpr unsigned kStartCycles = 4;

  // Inputs of this cycle, outputs settled.
  void settle() {
    bus_.drive(core_.get(), now_);
    core_->clk_i = 0;
    core_->eval();
    bus_.sample(core_.get(), now_);
#if WC_CORES == 1
    if (recording_)
      timeline_->cycle(*core_);
#endif
    dump(2 * now_);
  }

  void edge() {
    core_->clk_i = 1;
    core_->eval();
    bus_.finish(core_.get());
    dump(2 * now_ + 1);
    now_++;
  }

  void cycle() {
    settle();
    edge();
  }

#if WC_TRACED
  void open_trace() {
    if (options_.trace.empty())
      return;
    context_.traceEverOn(true);
    trace_ = std::make_unique<VerilatedFstC>();
    core_->trace(trace_.get(), 99);
    trace_->open(options_.trace.c_str());
    trace_failed_ = !trace_->isOpen();
  }
  void dump(uint64_t time) {
    if (trace_ && core_->rst_ni && now_ >= options_.trace_from && now_ <= options_.trace_to)
      trace_->dump(time);
    else if (trace_ && now_ > options_.trace_to)
      close_trace();
  }
  void close_trace() {
    if (trace_)
      trace_->close();
    trace_.reset();
  }
#else
  void open_trace() {}
  void dump(uint64_t) {}
  void close_trace() {}
#endif

  Options options_;
  Memory memory_;
  Bus bus_;
  VerilatedContext context_;
  std::unique_ptr<WC_TOP> core_;
  uint64_t now_ = 0;  // cycles since reset
  std::unique_ptr<Timeline> timeline_;
  bool recording_ = false;
  bool trace_failed_ = false;
#if WC_TRACED
  std::unique_ptr<VerilatedFstC> trace_;
#endif
};

}  // namespace

#if WC_TRACED
const char *const kKind = "simtrace";
#else
const char *const kKind = "sim";
#endif

std::unique_ptr<Device> make_device(const char *args, const Options &options, int *status,
                                    char *why, size_t why_size) {
#if !WC_TRACED
  if (!options.trace.empty())
    return open_sibling("simtrace", WC_NAME, args, status, why, why_size);
#endif
  (void)args;
  auto device = std::make_unique<SimDevice>(options);
  if (device->trace_failed()) {
    snprintf(why, why_size, "waveform file '%s' cannot be written", options.trace.c_str());
    *status = WC_EINVAL;
    return nullptr;
  }
  return device;
}

}  // namespace wcsim
