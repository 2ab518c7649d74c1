// A simulated platform as the driver's backend sees it: registers, memory, time.
#ifndef WC_SIM_DEVICE_H
#define WC_SIM_DEVICE_H

#include <cstddef>
#include <cstdint>
#include <memory>

#include "options.h"

extern "C" {
#include "backend.h"
}

namespace wcsim {

// Entries as in driver/backend.h; addresses have been checked. Returns are wc_status.
class Device {
 public:
  virtual ~Device() = default;
  virtual uint64_t mem_bytes() const = 0;
  virtual int reg_read(uint32_t offset, uint32_t *value) = 0;
  virtual int reg_write(uint32_t offset, uint32_t value) = 0;
  virtual int mem_read(wc_addr src, void *dst, size_t size) = 0;
  virtual int mem_write(wc_addr dst, const void *src, size_t size) = 0;
  virtual int advance(unsigned ms) = 0;
  virtual int inject_fault(wc_addr addr, size_t size, bool decerr) = 0;
  virtual int timeline_start() {
    return WC_EINVAL;
  }
  virtual int timeline_read(const wc_timeline_entry **, size_t *) {
    return WC_EINVAL;
  }
};

// Supplied by each platform. On failure: null, a wc_status in @status, one line in @why.
extern const char *const kKind;
std::unique_ptr<Device> make_device(const char *args, const Options &options, int *status,
                                    char *why, size_t why_size);

// A device inside another plug-in: `wcdev_<kind>_<name>.so` beside this one.
std::unique_ptr<Device> open_sibling(const char *kind, const char *name, const char *args,
                                     int *status, char *why, size_t why_size);

}  // namespace wcsim

#endif
