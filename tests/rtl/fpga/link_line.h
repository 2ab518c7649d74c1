// The host's end of the serial line, for benches: frames to bits and back, bit by bit.
//
// Written from docs/bringup.md, independently of the driver's and the RTL's code.
#ifndef WC_BENCH_LINK_LINE_H
#define WC_BENCH_LINK_LINE_H

#include <zlib.h>

#include <cstdint>
#include <vector>

#include "uart_line.h"

using Bytes = std::vector<uint8_t>;
using wcfpga::LineReceiver;
using wcfpga::LineSender;

// Request without CRC: number, operation, length, address, data.
inline Bytes request(uint8_t number, uint8_t op, uint16_t length, uint32_t addr,
                     const Bytes &data = {}) {
  Bytes f = {number, op, static_cast<uint8_t>(length), static_cast<uint8_t>(length >> 8)};
  for (unsigned i = 0; i < 4; i++)
    f.push_back(static_cast<uint8_t>(addr >> 8 * i));
  f.insert(f.end(), data.begin(), data.end());
  return f;
}

inline Bytes with_crc(Bytes f) {
  const uint32_t crc = static_cast<uint32_t>(crc32(0, f.data(), static_cast<uInt>(f.size())));
  for (unsigned i = 0; i < 4; i++)
    f.push_back(static_cast<uint8_t>(crc >> 8 * i));
  return f;
}

inline Bytes cobs(const Bytes &f) {
  Bytes out = {0};
  size_t code = 0;
  for (uint8_t b : f) {
    if (b != 0)
      out.push_back(b);
    if (b == 0 || out.size() - code == 255) {
      out[code] = static_cast<uint8_t>(out.size() - code);
      code = out.size();
      out.push_back(0);
    }
  }
  out[code] = static_cast<uint8_t>(out.size() - code);
  out.push_back(0);
  return out;
}

// False for codes that lead past the end. @in without its zero byte.
inline bool uncobs(const Bytes &in, Bytes *out) {
  out->clear();
  for (size_t i = 0; i < in.size();) {
    const unsigned code = in[i];
    if (i + code > in.size())
      return false;
    out->insert(out->end(), in.begin() + static_cast<long>(i) + 1,
                in.begin() + static_cast<long>(i + code));
    i += code;
    if (code != 255 && i < in.size())
      out->push_back(0);
  }
  return true;
}

#endif
