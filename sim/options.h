// Options of a simulated device: what follows the name in `sim:small,mem=64MiB,latency=10`.
#ifndef WC_SIM_OPTIONS_H
#define WC_SIM_OPTIONS_H

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" {
#include "wc_dram.h"
}

namespace wcsim {

struct Options {
  uint64_t mem = UINT64_C(256) << 20;  // bytes
  uint64_t latency = 40;               // cycles from address to first beat, beside the DRAM's own
  wc_dram_config dram;                 // memory, scale, clock; without channels: fixed latency
  std::string dramtrace;               // list of DRAM accesses, none when empty
  uint64_t stall = 0;                  // per cent of cycles in which an AXI channel pauses
  uint64_t seed = 1;                   // of the pauses
  std::string trace;                   // waveform file, none when empty
  uint64_t trace_from = 0;             // first and last cycle in it, counted from reset
  uint64_t trace_to = UINT64_MAX;
};

// False, and one line in @why, for an unknown key or a value out of range.
bool parse_options(const char *args, Options *options, char *why, size_t why_size);

}  // namespace wcsim

#endif
