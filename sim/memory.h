// Device memory of a simulated platform: zero at first, untouched pages cost nothing.
#ifndef WC_SIM_MEMORY_H
#define WC_SIM_MEMORY_H

#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <new>

namespace wcsim {

enum Resp : uint8_t { kOkay = 0, kSlverr = 2, kDecerr = 3 };

class Memory {
 public:
  explicit Memory(uint64_t bytes) : bytes_(bytes) {
    void *at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
      throw std::bad_alloc();
    data_ = static_cast<uint8_t *>(at);
  }
  ~Memory() {
    munmap(data_, bytes_);
  }
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;

  uint64_t bytes() const {
    return bytes_;
  }

  // Accesses to [at, at + size) answer with an error from now on; size 0 ends it.
  void inject(uint64_t at, uint64_t size, bool decerr) {
    fault_at_ = at;
    fault_bytes_ = size;
    fault_ = decerr ? kDecerr : kSlverr;
  }

  // Answer to an access to [at, at + size): an error leaves memory and @data alone.
  Resp read(uint64_t at, void *data, uint64_t size) const {
    const Resp resp = judge(at, size);
    if (resp == kOkay)
      memcpy(data, data_ + at, size);
    return resp;
  }
  // Writes the bytes whose bit in @strobe is set; @size at most 64.
  Resp write(uint64_t at, const uint8_t *data, uint64_t strobe, unsigned size) {
    const Resp resp = judge(at, size);
    if (resp != kOkay)
      return resp;
    if (strobe == ~UINT64_C(0) >> (64 - size)) {
      memcpy(data_ + at, data, size);
      return resp;
    }
    for (unsigned i = 0; i < size; i++) {
      if (strobe >> i & 1)
        data_[at + i] = data[i];
    }
    return resp;
  }

  // The host's own way in, past faults; the range lies inside.
  uint8_t *at(uint64_t offset) {
    return data_ + offset;
  }

 private:
  Resp judge(uint64_t at, uint64_t size) const {
    if (at >= bytes_ || size > bytes_ - at)
      return kDecerr;
    if (at < fault_at_ + fault_bytes_ && fault_at_ < at + size)
      return fault_;
    return kOkay;
  }

  uint64_t bytes_;
  uint8_t *data_;
  uint64_t fault_at_ = 0, fault_bytes_ = 0;
  Resp fault_ = kOkay;
};

}  // namespace wcsim

#endif
