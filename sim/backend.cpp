// The plug-in's table of functions: C on the outside, a Device inside. No exception leaves.
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>

#include "device.h"

namespace {

using wcsim::Device;

Device *device(void *ctx) {
  return static_cast<Device *>(ctx);
}

// Runs @call and turns exceptions into statuses.
template <class Call>
int guard(Call call) {
  try {
    return call();
  } catch (const std::bad_alloc &) {
    return WC_ENOMEM;
  } catch (const std::exception &error) {
    fprintf(stderr, "wavecore %s: %s\n", wcsim::kKind, error.what());
    return WC_EIO;
  }
}

int open(const char *args, void **ctx, uint64_t *mem_bytes, char *why, size_t why_size) {
  return guard([&] {
    wcsim::Options options;
    if (!wcsim::parse_options(args, &options, why, why_size))
      return static_cast<int>(WC_EINVAL);
    int status = WC_ENODEV;
    std::unique_ptr<Device> made;
    try {
      made = wcsim::make_device(args, options, &status, why, why_size);
    } catch (const std::invalid_argument &error) {
      snprintf(why, why_size, "%s", error.what());
      status = WC_EINVAL;
    }
    if (!made)
      return status;
    *mem_bytes = made->mem_bytes();
    *ctx = made.release();
    return static_cast<int>(WC_OK);
  });
}

void close(void *ctx) {
  delete device(ctx);
}

int reg_read(void *ctx, uint32_t offset, uint32_t *value) {
  return guard([&] { return device(ctx)->reg_read(offset, value); });
}

int reg_write(void *ctx, uint32_t offset, uint32_t value) {
  return guard([&] { return device(ctx)->reg_write(offset, value); });
}

int mem_read(void *ctx, wc_addr src, void *dst, size_t size) {
  return guard([&] { return device(ctx)->mem_read(src, dst, size); });
}

int mem_write(void *ctx, wc_addr dst, const void *src, size_t size) {
  return guard([&] { return device(ctx)->mem_write(dst, src, size); });
}

int advance(void *ctx, unsigned ms) {
  return guard([&] { return device(ctx)->advance(ms); });
}

int inject_fault(void *ctx, wc_addr addr, size_t size, bool decerr) {
  return guard([&] { return device(ctx)->inject_fault(addr, size, decerr); });
}

int timeline_start(void *ctx) {
  return guard([&] { return device(ctx)->timeline_start(); });
}

int timeline_read(void *ctx, const struct wc_timeline_entry **entries, size_t *n) {
  return guard([&] { return device(ctx)->timeline_read(entries, n); });
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const struct wc_backend *wc_backend_entry(void) {
  static const struct wc_backend backend = {
      WC_BACKEND_ABI, wcsim::kKind,  open,      close,   reg_read,
      reg_write,      mem_read,      mem_write, advance, inject_fault,
      timeline_start, timeline_read, nullptr,   nullptr,
  };
  return &backend;
}
