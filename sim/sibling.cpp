// Opens a device of a neighbouring plug-in and forwards to it.
#include <dlfcn.h>

#include <cstdio>
#include <string>

#include "device.h"

namespace wcsim {
namespace {

class Sibling : public Device {
 public:
  Sibling(const wc_backend *backend, void *ctx, uint64_t mem_bytes)
      : backend_(backend), ctx_(ctx), mem_bytes_(mem_bytes) {}
  ~Sibling() override {
    backend_->close(ctx_);
  }
  uint64_t mem_bytes() const override {
    return mem_bytes_;
  }
  int reg_read(uint32_t offset, uint32_t *value) override {
    return backend_->reg_read(ctx_, offset, value);
  }
  int reg_write(uint32_t offset, uint32_t value) override {
    return backend_->reg_write(ctx_, offset, value);
  }
  int mem_read(wc_addr src, void *dst, size_t size) override {
    return backend_->mem_read(ctx_, src, dst, size);
  }
  int mem_write(wc_addr dst, const void *src, size_t size) override {
    return backend_->mem_write(ctx_, dst, src, size);
  }
  int advance(unsigned ms) override {
    return backend_->advance(ctx_, ms);
  }
  int inject_fault(wc_addr addr, size_t size, bool decerr) override {
    return backend_->inject_fault(ctx_, addr, size, decerr);
  }
  int timeline_start() override {
    return backend_->timeline_start(ctx_);
  }
  int timeline_read(const wc_timeline_entry **entries, size_t *n) override {
    return backend_->timeline_read(ctx_, entries, n);
  }

 private:
  const wc_backend *backend_;
  void *ctx_;
  uint64_t mem_bytes_;
};

}  // namespace

std::unique_ptr<Device> open_sibling(const char *kind, const char *name, const char *args,
                                     int *status, char *why, size_t why_size) {
  Dl_info info;
  std::string path = "./";
  if (dladdr(reinterpret_cast<void *>(&open_sibling), &info) != 0 && info.dli_fname != nullptr)
    path = info.dli_fname;
  path = path.substr(0, path.rfind('/') + 1) + "wcdev_" + kind + "_" + name + ".so";
  *status = WC_ENODEV;
  void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  const auto entry = handle == nullptr
                         ? nullptr
                         : reinterpret_cast<wc_backend_entry_fn>(dlsym(handle, WC_BACKEND_SYMBOL));
  if (entry == nullptr) {
    snprintf(why, why_size, "waveforms need %s, which cannot be loaded: run `make sim-trace`",
             path.c_str());
    return nullptr;
  }
  const wc_backend *backend = entry();
  void *ctx = nullptr;
  uint64_t mem_bytes = 0;
  *status = backend->open(args, &ctx, &mem_bytes, why, why_size);
  if (*status != WC_OK)
    return nullptr;
  return std::make_unique<Sibling>(backend, ctx, mem_bytes);
}

}  // namespace wcsim
