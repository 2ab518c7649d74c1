// A serial line, bit by bit, counted in clock cycles: 8 data bits, no parity, one stop bit.
#ifndef WC_FPGA_UART_LINE_H
#define WC_FPGA_UART_LINE_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace wcfpga {

// Bytes onto a line, `clocks` cycles a bit, which need not be whole.
class LineSender {
 public:
  explicit LineSender(double clocks) : clocks_(clocks) {}
  void send(const std::vector<uint8_t> &bytes) {
    queue_.insert(queue_.end(), bytes.begin(), bytes.end());
  }
  size_t waiting() const {
    return queue_.size();
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

}  // namespace wcfpga

#endif
