#include "options.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

extern "C" {
#include "size.h"
}

namespace wcsim {

namespace {

// Turns memory=, scale= and clock= into a configuration.
bool choose_dram(const std::string &memory, uint64_t scale, uint64_t clock, wc_dram_config *dram,
                 char *why, size_t why_size) {
  if (!wc_dram_preset(memory.c_str(), static_cast<unsigned>(scale), static_cast<unsigned>(clock),
                      dram)) {
    snprintf(why, why_size, "option 'memory': '%s' is unknown; there are %s", memory.c_str(),
             wc_dram_presets);
    return false;
  }
  if (dram->channels == 0 && scale != 1) {
    snprintf(why, why_size, "option 'scale': memory=fixed has no bandwidth to divide");
    return false;
  }
  return true;
}

}  // namespace

bool parse_options(const char *args, Options *options, char *why, size_t why_size) {
  std::string memory = "fixed";
  uint64_t scale = 1, clock = 700;
  const struct {
    const char *key;
    uint64_t *value;
    uint64_t low, high;
  } numbers[] = {
      {"mem", &options->mem, 4096, UINT64_C(1) << 40},
      {"latency", &options->latency, 1, 100000},
      {"scale", &scale, 1, 4096},
      {"clock", &clock, 1, 10000},
      {"stall", &options->stall, 0, 95},
      {"seed", &options->seed, 0, UINT64_MAX},
      {"trace_from", &options->trace_from, 0, UINT64_MAX},
      {"trace_to", &options->trace_to, 0, UINT64_MAX},
  };
  const struct {
    const char *key;
    std::string *value;
  } names[] = {{"memory", &memory}, {"dramtrace", &options->dramtrace}, {"trace", &options->trace}};
  const std::string all(args == nullptr ? "" : args);
  for (size_t from = 0; from < all.size();) {
    const size_t comma = std::min(all.find(',', from), all.size());
    const std::string item = all.substr(from, comma - from);
    from = comma + 1;
    const size_t equals = item.find('=');
    const std::string key = item.substr(0, equals);
    const std::string text = equals == std::string::npos ? "" : item.substr(equals + 1);
    bool known = false;
    for (const auto &name : names) {
      if (key != name.key || text.empty())
        continue;
      known = true;
      *name.value = text;
    }
    for (const auto &number : numbers) {
      if (key != number.key)
        continue;
      known = true;
      uint64_t value;
      if (!wc_size_parse(text.c_str(), &value) || value < number.low || value > number.high) {
        snprintf(why, why_size, "option '%s': '%s' is no number from %llu to %llu", number.key,
                 text.c_str(), static_cast<unsigned long long>(number.low),
                 static_cast<unsigned long long>(number.high));
        return false;
      }
      *number.value = value;
    }
    if (!known) {
      snprintf(why, why_size,
               "option '%s' is unknown; there are mem, memory, latency, scale, clock, "
               "dramtrace=FILE, stall, seed, trace=FILE.fst, trace_from, trace_to",
               item.c_str());
      return false;
    }
  }
  if (options->mem % 4096 != 0) {
    snprintf(why, why_size, "option 'mem': %llu bytes are no multiple of 4096",
             static_cast<unsigned long long>(options->mem));
    return false;
  }
  return choose_dram(memory, scale, clock, &options->dram, why, why_size);
}

}  // namespace wcsim
