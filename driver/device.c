/* Opening a device, what it is, and its memory. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "devices.h"
#include "internal.h"

uint64_t wc_now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* Brings an opened device to a known state: no stream, no error, counters at zero. */
static int prepare(struct wc_device *dev) {
  int status = wc_reset(dev);
  if (status == WC_OK)
    status = wc_set_watchdog(dev, WC_WATCHDOG_DEFAULT);
  if (status == WC_OK)
    status = wc_set_window(dev, 0);
  if (status == WC_OK)
    status = wc_counters_clear(dev);
  return status;
}

int wc_open(const char *uri_text, struct wc_device **dev_out, char *why, size_t why_size) {
  wc_explain(why, why_size, "%s", "");
  struct wc_uri uri;
  int status = wc_uri_parse(uri_text, &uri, why, why_size);
  if (status != WC_OK)
    return status;
  struct wc_device *dev = calloc(1, sizeof *dev);
  if (dev == NULL) {
    wc_explain(why, why_size, "device '%s': out of memory", uri_text);
    return WC_ENOMEM;
  }
  if (strcmp(uri.kind, wc_backend_cmodel.kind) == 0)
    dev->backend = &wc_backend_cmodel;
  else if (strcmp(uri.kind, wc_backend_uart.kind) == 0)
    dev->backend = &wc_backend_uart;
  else
    status = wc_plugin_load(&uri, &dev->backend, why, why_size);
  if (status == WC_OK) {
    status = dev->backend->open(uri.args, &dev->ctx, &dev->caps.mem_bytes, why, why_size);
    if (status != WC_OK)
      dev->ctx = NULL;
  }
  if (status == WC_OK)
    status = wc_caps_read(dev, uri_text, why, why_size);
  if (status == WC_OK)
    status = prepare(dev);
  if (status != WC_OK) {
    if (why != NULL && why_size > 0 && why[0] == '\0')
      wc_explain(why, why_size, "device '%s': %s", uri_text, wc_strerror(status));
    wc_close(dev);
    return status;
  }
  *dev_out = dev;
  return WC_OK;
}

void wc_close(struct wc_device *dev) {
  if (dev == NULL)
    return;
  if (dev->ctx != NULL)
    dev->backend->close(dev->ctx);
  wc_blocks_delete(dev);
  free(dev);
}

const struct wc_caps *wc_caps(const struct wc_device *dev) {
  return &dev->caps;
}

static bool inside(const struct wc_device *dev, wc_addr addr, size_t size) {
  return size <= dev->caps.mem_bytes && addr <= dev->caps.mem_bytes - size;
}

int wc_write(struct wc_device *dev, wc_addr dst, const void *src, size_t size) {
  if (!inside(dev, dst, size))
    return WC_ERANGE;
  if (dev->running != 0)
    return WC_EBUSY;
  return size == 0 ? WC_OK : dev->backend->mem_write(dev->ctx, dst, src, size);
}

int wc_read(struct wc_device *dev, void *dst, wc_addr src, size_t size) {
  if (!inside(dev, src, size))
    return WC_ERANGE;
  if (dev->running != 0)
    return WC_EBUSY;
  return size == 0 ? WC_OK : dev->backend->mem_read(dev->ctx, src, dst, size);
}

int wc_checksum(struct wc_device *dev, wc_addr src, uint64_t size, uint32_t *crc) {
  uint8_t bytes[4096];
  uLong sum = crc32(0, NULL, 0);
  if (!inside(dev, src, size))
    return WC_ERANGE;
  if (dev->running != 0)
    return WC_EBUSY;
  if (dev->backend->mem_crc != NULL)
    return dev->backend->mem_crc(dev->ctx, src, size, crc);
  while (size > 0) {
    const size_t part = size < sizeof bytes ? (size_t)size : sizeof bytes;
    const int status = dev->backend->mem_read(dev->ctx, src, bytes, part);
    if (status != WC_OK)
      return status;
    sum = crc32(sum, bytes, (uInt)part);
    src += part;
    size -= part;
  }
  *crc = (uint32_t)sum;
  return WC_OK;
}

struct wc_link *wc_device_link(struct wc_device *dev) {
  return dev->backend->link != NULL ? dev->backend->link(dev->ctx) : NULL;
}

int wc_inject_fault(struct wc_device *dev, wc_addr addr, size_t size, bool decerr) {
  if (dev->backend->inject_fault == NULL)
    return WC_EINVAL;
  if (!inside(dev, addr, size))
    return WC_ERANGE;
  if (dev->running != 0)
    return WC_EBUSY;
  return dev->backend->inject_fault(dev->ctx, addr, size, decerr);
}

int wc_timeline_start(struct wc_device *dev) {
  if (dev->backend->timeline_start == NULL)
    return WC_EINVAL;
  return dev->running ? WC_EBUSY : dev->backend->timeline_start(dev->ctx);
}

int wc_timeline_read(struct wc_device *dev, const struct wc_timeline_entry **entries, size_t *n) {
  if (dev->backend->timeline_read == NULL)
    return WC_EINVAL;
  return dev->running ? WC_EBUSY : dev->backend->timeline_read(dev->ctx, entries, n);
}
