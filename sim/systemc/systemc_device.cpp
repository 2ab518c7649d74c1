// The SystemC platform as a device of the driver. SystemC has one simulation a process, and no
// module can be added once it runs: a second device is refused.
#include <chrono>
#include <cstdio>
#include <cstring>

#include "device.h"
#include "platform.h"

// The library's own main refers to it; nobody calls it here.
__attribute__((visibility("default"))) int sc_main(int, char **) {
  return 0;
}

namespace wcsim {
namespace {

constexpr unsigned kResetCycles = 4;
constexpr unsigned kAnswerCycles = 1000;  // a register access that takes longer has failed
constexpr unsigned kStartCycles = 4;      // from a write of CTRL to busy_o
constexpr unsigned kSlice = 64;           // cycles between looks at busy_o
constexpr unsigned kSlicesPerLook = 64;   // slices between looks at the clock on the wall

class SystemcDevice : public Device {
 public:
  explicit SystemcDevice(const Options &options) : platform_("platform", options) {
    platform_.pins.rst_ni = false;
    platform_.run(kResetCycles);
    platform_.pins.rst_ni = true;
    platform_.run(1);
  }

  uint64_t mem_bytes() const override {
    return memory().bytes();
  }

  int reg_read(uint32_t offset, uint32_t *value) override {
    Pins &pins = platform_.pins;
    pins.s_arvalid_i = true;
    pins.s_araddr_i = offset & 0xFFF;
    pins.s_rready_i = true;
    for (unsigned i = 0; i < kAnswerCycles; i++) {
      platform_.run(1);
      if (pins.s_arvalid_i && pins.s_arready_o)
        pins.s_arvalid_i = false;
      if (pins.s_rvalid_o) {
        *value = pins.s_rdata_o;
        pins.s_rready_i = false;
        return WC_OK;
      }
    }
    return WC_ETIMEDOUT;
  }

  int reg_write(uint32_t offset, uint32_t value) override {
    Pins &pins = platform_.pins;
    pins.s_awvalid_i = pins.s_wvalid_i = pins.s_bready_i = true;
    pins.s_awaddr_i = offset & 0xFFF;
    pins.s_wdata_i = value;
    pins.s_wstrb_i = 0xF;
    for (unsigned i = 0; i < kAnswerCycles; i++) {
      platform_.run(1);
      if (pins.s_awvalid_i && pins.s_awready_o)
        pins.s_awvalid_i = false;
      if (pins.s_wvalid_i && pins.s_wready_o)
        pins.s_wvalid_i = false;
      if (pins.s_bvalid_o) {
        pins.s_bready_i = false;
        return WC_OK;
      }
    }
    return WC_ETIMEDOUT;
  }

  int mem_read(wc_addr src, void *dst, size_t size) override {
    memcpy(dst, memory().at(src), size);
    return WC_OK;
  }

  int mem_write(wc_addr dst, const void *src, size_t size) override {
    memcpy(memory().at(dst), src, size);
    return WC_OK;
  }

  int inject_fault(wc_addr addr, size_t size, bool decerr) override {
    memory().inject(addr, size, decerr);
    return WC_OK;
  }

  int advance(unsigned ms) override {
    using clock = std::chrono::steady_clock;
    const auto end = clock::now() + std::chrono::milliseconds(ms);
    platform_.run(kStartCycles);
    do {
      for (unsigned i = 0; i < kSlicesPerLook; i++) {
        if (!platform_.pins.busy_o)
          return WC_OK;
        platform_.run(kSlice);
      }
    } while (clock::now() < end);
    return WC_OK;
  }

 private:
  Memory &memory() const {
    return const_cast<Platform &>(platform_).memory();
  }

  Platform platform_;
};

}  // namespace

const char *const kKind = "systemc";

std::unique_ptr<Device> make_device(const char *, const Options &options, int *status, char *why,
                                    size_t why_size) {
  static bool used = false;
  if (!options.trace.empty()) {
    snprintf(why, why_size, "systemc: has no trace option; use sim:NAME,trace=FILE");
    *status = WC_EINVAL;
    return nullptr;
  }
  if (used) {
    snprintf(why, why_size, "systemc: a process can open this device only once");
    *status = WC_EBUSY;
    return nullptr;
  }
  used = true;
  return std::make_unique<SystemcDevice>(options);
}

}  // namespace wcsim
