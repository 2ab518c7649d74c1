/* Opening a device, what it is, and its memory. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "internal.h"

uint64_t wc_now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

int wc_reg_read(struct wc_device *dev, uint32_t offset, uint32_t *value) {
  return dev->backend->reg_read(dev->ctx, offset, value);
}

int wc_reg_write(struct wc_device *dev, uint32_t offset, uint32_t value) {
  return dev->backend->reg_write(dev->ctx, offset, value);
}

int wc_reg_read64(struct wc_device *dev, uint32_t offset, uint64_t *value) {
  uint32_t low, high;
  int status = wc_reg_read(dev, offset, &low);
  if (status == WC_OK)
    status = wc_reg_read(dev, offset + 4, &high);
  if (status == WC_OK)
    *value = (uint64_t)high << 32 | low;
  return status;
}

/* ID and version: is it a WaveCore that this driver understands? */
static int identify(struct wc_device *dev, const char *uri, char *why, size_t why_size) {
  uint32_t id, version;
  int status = wc_reg_read(dev, WC_R_ID, &id);
  if (status == WC_OK)
    status = wc_reg_read(dev, WC_R_VERSION, &version);
  if (status != WC_OK) {
    wc_explain(why, why_size, "device '%s': its registers cannot be read: %s", uri,
               wc_strerror(status));
    return status;
  }
  if (id != WC_MAGIC) {
    wc_explain(why, why_size,
               "device '%s': register ID reads 0x%08" PRIX32 ", not 0x%08X: no WaveCore there", uri,
               id, (unsigned)WC_MAGIC);
    return WC_ENODEV;
  }
  if (version >> 16 != (uint32_t)WC_VERSION >> 16) {
    wc_explain(why, why_size,
               "device '%s' has interface version %" PRIu32 ".%" PRIu32
               ", this driver %u.%u: use the driver that came with the device",
               uri, version >> 16, version & 0xFFFF, (unsigned)WC_VERSION >> 16,
               (unsigned)WC_VERSION & 0xFFFF);
    return WC_EVERSION;
  }
  dev->caps.version = version;
  return WC_OK;
}

static int read_caps(struct wc_device *dev) {
  static const uint32_t offsets[] = {WC_R_ARRAY, WC_R_GBUF_BYTES, WC_R_VEC,  WC_R_ACC_ROWS,
                                     WC_R_AXI,   WC_R_CORES,      WC_R_BANKS};
  uint32_t value[sizeof offsets / sizeof *offsets];
  for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
    const int status = wc_reg_read(dev, offsets[i], &value[i]);
    if (status != WC_OK)
      return status;
  }
  struct wc_caps *caps = &dev->caps;
  caps->rows = value[0] & 0xFFFF;
  caps->cols = value[0] >> 16;
  caps->gbuf_bytes = value[1];
  caps->lanes = value[2] & 0xFFFF;
  caps->steps = value[2] >> 16 & 0xFF;
  caps->acc_rows = value[3];
  caps->axi_bytes = value[4] & 0xFF;
  caps->outstanding = value[4] >> 16 & 0xFF;
  caps->cores = value[5] & 0xFF;
  caps->queue_depth = value[5] >> 8 & 0xFF;
  caps->line_bytes = value[6] & 0xFFFF;
  caps->banks = value[6] >> 16;
  return WC_OK;
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
  else
    status = wc_plugin_load(&uri, &dev->backend, why, why_size);
  if (status == WC_OK) {
    status = dev->backend->open(uri.args, &dev->ctx, &dev->caps.mem_bytes, why, why_size);
    if (status != WC_OK)
      dev->ctx = NULL;
  }
  if (status == WC_OK)
    status = identify(dev, uri_text, why, why_size);
  if (status == WC_OK)
    status = read_caps(dev);
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
  if (dev->running)
    return WC_EBUSY;
  return size == 0 ? WC_OK : dev->backend->mem_write(dev->ctx, dst, src, size);
}

int wc_read(struct wc_device *dev, void *dst, wc_addr src, size_t size) {
  if (!inside(dev, src, size))
    return WC_ERANGE;
  if (dev->running)
    return WC_EBUSY;
  return size == 0 ? WC_OK : dev->backend->mem_read(dev->ctx, src, dst, size);
}

int wc_inject_fault(struct wc_device *dev, wc_addr addr, size_t size, bool decerr) {
  if (dev->backend->inject_fault == NULL)
    return WC_EINVAL;
  if (!inside(dev, addr, size))
    return WC_ERANGE;
  if (dev->running)
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
