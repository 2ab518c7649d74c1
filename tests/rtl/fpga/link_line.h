// The host's end of the serial line, for benches: frames to bits and back, bit by bit.
//
// Written from docs/bringup.md, independently of the driver's and the RTL's code.
#ifndef WC_BENCH_LINK_LINE_H
#define WC_BENCH_LINK_LINE_H

#include <zlib.h>

#include <cstdint>
#include <deque>
#include <vector>

using Bytes = std::vector<uint8_t>;

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

// Bytes onto a line, `clocks` cycles a bit, which need not be whole.
class LineSender {
 public:
  explicit LineSender(double clocks) : clocks_(clocks) {}
  void send(const Bytes &bytes) {
    queue_.insert(queue_.end(), bytes.begin(), bytes.end());
  }
  bool idle() const {
    return queue_.empty() && bit_ < 0;
  }
  // A stop bit that is not there.
  void break_next() {
    broken_ = true;
  }
  // The level in this cycle.
  bool cycle() {
    if (bit_ < 0 && !queue_.empty()) {
      bit_ = 0;
      at_ += clocks_;
    } else if (bit_ >= 0 && at_ < 1) {
      at_ += clocks_;
      if (++bit_ == 10) {
        queue_.pop_front();
        broken_ = false;
        bit_ = queue_.empty() ? -1 : 0;
        if (bit_ < 0)
          at_ = 0;
      }
    }
    if (bit_ < 0)
      return true;
    at_ -= 1;
    if (bit_ == 0)
      return false;
    return bit_ == 9 ? !broken_ : (queue_.front() >> (bit_ - 1) & 1) != 0;
  }

 private:
  double clocks_, at_ = 0;
  int bit_ = -1;
  bool broken_ = false;
  std::deque<uint8_t> queue_;
};

class LineReceiver {
 public:
  explicit LineReceiver(double clocks) : clocks_(clocks) {}
  // True when a byte has come, with its stop bit or not.
  bool cycle(bool level, uint8_t *byte, bool *good) {
    if (bit_ < 0) {
      if (!level) {
        bit_ = 0;
        at_ = clocks_ / 2;
      }
      return false;
    }
    at_ -= 1;
    if (at_ > 0)
      return false;
    at_ += clocks_;
    if (bit_ >= 1 && bit_ <= 8)
      value_ = static_cast<uint8_t>(value_ >> 1 | (level ? 0x80 : 0));
    if (++bit_ < 10)
      return false;
    bit_ = -1;
    *byte = value_;
    *good = level;
    return true;
  }
  bool busy() const {
    return bit_ >= 0;
  }

 private:
  double clocks_, at_ = 0;
  int bit_ = -1;
  uint8_t value_ = 0;
};

#endif
