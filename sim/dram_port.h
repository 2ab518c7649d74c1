// When an AXI burst's data are there: the DRAM model behind a constant latency, and its trace.
#ifndef WC_SIM_DRAM_PORT_H
#define WC_SIM_DRAM_PORT_H

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include "axi_memory.h"
#include "options.h"

namespace wcsim {

class DramPort : public BurstTimes {
 public:
  // @beat: bytes of a beat, which are an access where there is no DRAM.
  DramPort(const Options &options, unsigned beat)
      : config_(options.dram), latency_(options.latency), dram_(nullptr, wc_dram_delete) {
    if (config_.channels == 0)
      config_.access_bytes = beat;
    dram_.reset(wc_dram_new(&config_));
    if (!dram_)
      throw std::bad_alloc();
    if (options.dramtrace.empty())
      return;
    trace_.reset(fopen(options.dramtrace.c_str(), "w"));
    if (!trace_)
      throw std::invalid_argument("option 'dramtrace': '" + options.dramtrace +
                                  "' cannot be written");
  }

  void read(uint64_t now, uint64_t at, unsigned beats, unsigned beat,
            std::deque<uint64_t> *due) override {
    const uint64_t end = at + static_cast<uint64_t>(beats) * beat;
    uint64_t ready = 0, next = at - at % config_.access_bytes;  // the access to ask for next
    for (; at < end; at += beat) {
      for (; next < at + beat; next += config_.access_bytes)
        ready = reach(now, next, false);
      due->push_back(ready);
    }
  }

  uint64_t write(uint64_t now, uint64_t at, uint64_t bytes) override {
    uint64_t done = 0;
    for (uint64_t a = at - at % config_.access_bytes; a < at + bytes; a += config_.access_bytes)
      done = reach(now, a, true);
    return done;
  }

 private:
  struct Close {
    void operator()(FILE *file) const {
      fclose(file);
    }
  };

  uint64_t reach(uint64_t now, uint64_t at, bool write) {
    if (trace_)
      fprintf(trace_.get(), "0x%" PRIX64 " %s %" PRIu64 "\n", at, write ? "WRITE" : "READ",
              wc_dram_clock(&config_, now));
    return wc_dram_access(dram_.get(), now, at, write) + latency_;
  }

  wc_dram_config config_;
  uint64_t latency_;
  std::unique_ptr<wc_dram, decltype(&wc_dram_delete)> dram_;
  std::unique_ptr<FILE, Close> trace_;
};

}  // namespace wcsim

#endif
