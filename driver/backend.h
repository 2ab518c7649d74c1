/* What a kind of device supplies to the driver. One table a kind; see the duties of each entry. */
#ifndef WC_BACKEND_H
#define WC_BACKEND_H

#include "wavecore.h"

#define WC_BACKEND_ABI 3

struct wc_link;

/* `ctx` is the backend's own object. Statuses are wc_status. The driver checks arguments and
 * ranges before it calls; it never calls two entries of one object at once. */
struct wc_backend {
  unsigned abi; /* WC_BACKEND_ABI; a plug-in with another value is refused */
  const char *kind;

  /* @args: the URI after "kind:NAME," or "kind:". @why: one line on failure. */
  int (*open)(const char *args, void **ctx, uint64_t *mem_bytes, char *why, size_t why_size);
  void (*close)(void *ctx);
  /* 32-bit register access: offsets of wc_isa.def, those of core k from k*WC_CORE_REGS on. */
  int (*reg_read)(void *ctx, uint32_t offset, uint32_t *value);
  int (*reg_write)(void *ctx, uint32_t offset, uint32_t value);
  int (*mem_read)(void *ctx, wc_addr src, void *dst, size_t size);
  int (*mem_write)(void *ctx, wc_addr dst, const void *src, size_t size);
  /* Lets the device run for at most about @ms of wall time or until no core is busy. A
   * hardware link sleeps or polls here; a simulator clocks. */
  int (*advance)(void *ctx, unsigned ms);
  /* NULL when the device cannot inject faults. */
  int (*inject_fault)(void *ctx, wc_addr addr, size_t size, bool decerr);
  /* As wc_timeline_start and wc_timeline_read; the backend keeps the entries. Both NULL when the
   * device keeps no timeline. */
  int (*timeline_start)(void *ctx);
  int (*timeline_read)(void *ctx, const struct wc_timeline_entry **entries, size_t *n);
  /* CRC-32 (zlib's) of device memory, where the device computes it faster than it could be read;
   * else NULL. */
  int (*mem_crc)(void *ctx, wc_addr src, uint64_t size, uint32_t *crc);
  /* The link to a board, for its tests; NULL where there is none. */
  struct wc_link *(*link)(void *ctx);
};

/* Symbol exported by a plug-in `build/lib/wcdev_<kind>_<NAME>.so`. */
#define WC_BACKEND_SYMBOL "wc_backend_entry"
typedef const struct wc_backend *(*wc_backend_entry_fn)(void);

#endif
