/* Running streams: start, wait, reset, errors, counters. */
#include <string.h>

#include "internal.h"

static int write_pair(struct wc_device *dev, uint32_t low_offset, uint64_t value) {
  const int status = wc_reg_write(dev, low_offset, (uint32_t)value);
  return status != WC_OK ? status : wc_reg_write(dev, low_offset + 4, (uint32_t)(value >> 32));
}

int wc_submit(struct wc_device *dev, wc_addr stream, size_t size) {
  if (stream % WC_UNIT_BYTES != 0 || size % WC_UNIT_BYTES != 0 || size == 0 || size > UINT32_MAX)
    return WC_EINVAL;
  if (size > dev->caps.mem_bytes || stream > dev->caps.mem_bytes - size)
    return WC_ERANGE;
  if (dev->running)
    return WC_EBUSY;
  if (dev->error.code != WC_E_NONE)
    return WC_EDEVICE;
  int status = write_pair(dev, WC_R_STREAM_LO, stream);
  if (status == WC_OK)
    status = wc_reg_write(dev, WC_R_STREAM_BYTES, (uint32_t)size);
  if (status == WC_OK)
    status = wc_reg_write(dev, WC_R_CTRL, WC_CTRL_START);
  if (status == WC_OK)
    dev->running = true;
  return status;
}

static int read_error(struct wc_device *dev) {
  struct wc_error_info info;
  uint32_t code;
  int status = wc_reg_read(dev, WC_R_ERR_CODE, &code);
  if (status == WC_OK)
    status = wc_reg_read(dev, WC_R_ERR_CMD, &info.cmd);
  if (status == WC_OK)
    status = wc_reg_read(dev, WC_R_ERR_ID, &info.id);
  if (status == WC_OK)
    status = wc_reg_read64(dev, WC_R_ERR_ADDR_LO, &info.addr);
  if (status != WC_OK)
    return status;
  info.code = code & 0xFF;
  info.unit = code >> 8 & 0xF;
  dev->error = info;
  return WC_OK;
}

/* The stream has ended: collects the error, or acknowledges the end. */
static int finish(struct wc_device *dev, uint32_t device_status) {
  if (device_status & WC_STATUS_ERROR) {
    const int status = read_error(dev);
    if (status != WC_OK)
      return status;
    dev->running = false;
    return WC_EDEVICE;
  }
  dev->running = false;
  return wc_reg_write(dev, WC_R_CTRL, WC_CTRL_CLEAR_DONE);
}

/* Lets the device run until a bit of @until is set (or, @clear, all are clear). */
static int advance_until(struct wc_device *dev, uint32_t until, bool clear, unsigned timeout_ms,
                         uint32_t *device_status) {
  const uint64_t start = wc_now_ms();
  for (;;) {
    const int status = wc_reg_read(dev, WC_R_STATUS, device_status);
    if (status != WC_OK)
      return status;
    if (((*device_status & until) != 0) != clear)
      return WC_OK;
    const uint64_t spent = wc_now_ms() - start;
    if (spent >= timeout_ms)
      return WC_ETIMEDOUT;
    const uint64_t left = timeout_ms - spent;
    const int moved =
        dev->backend->advance(dev->ctx, left < WC_ADVANCE_MS ? (unsigned)left : WC_ADVANCE_MS);
    if (moved != WC_OK)
      return moved;
  }
}

int wc_wait(struct wc_device *dev, unsigned timeout_ms) {
  if (!dev->running)
    return dev->error.code == WC_E_NONE ? WC_OK : WC_EDEVICE;
  uint32_t device_status;
  const int status =
      advance_until(dev, WC_STATUS_DONE | WC_STATUS_ERROR, false, timeout_ms, &device_status);
  return status != WC_OK ? status : finish(dev, device_status);
}

int wc_reset(struct wc_device *dev) {
  int status = wc_reg_write(dev, WC_R_CTRL, WC_CTRL_RESET);
  uint32_t device_status;
  if (status == WC_OK)
    status = advance_until(dev, WC_STATUS_RESETTING, true, WC_RESET_TIMEOUT_MS, &device_status);
  if (status == WC_OK)
    status = wc_reg_write(dev, WC_R_CTRL, WC_CTRL_CLEAR_DONE);
  if (status != WC_OK)
    return status;
  dev->running = false;
  memset(&dev->error, 0, sizeof dev->error);
  return WC_OK;
}

void wc_last_error(const struct wc_device *dev, struct wc_error_info *info) {
  *info = dev->error;
}

int wc_counters_read(struct wc_device *dev, struct wc_counters *counters) {
  struct wc_counters now = {.has_cycles = false};
  for (uint32_t i = 0; i < WC_COUNTERS; i++) {
    const int status = wc_reg_read64(dev, WC_R_COUNTERS + 8 * i, &now.value[i]);
    if (status != WC_OK)
      return status;
  }
  for (uint32_t i = 0; i < WC_TAGS; i++) {
    int status = wc_reg_read64(dev, WC_R_TAG_RD + 8 * i, &now.tag_rd[i]);
    if (status == WC_OK)
      status = wc_reg_read64(dev, WC_R_TAG_WR + 8 * i, &now.tag_wr[i]);
    if (status != WC_OK)
      return status;
  }
  now.has_cycles = now.value[WC_C_CYCLES] != 0;
  *counters = now;
  return WC_OK;
}

int wc_counters_clear(struct wc_device *dev) {
  return wc_reg_write(dev, WC_R_CTRL, WC_CTRL_CLEAR_COUNTERS);
}

int wc_set_watchdog(struct wc_device *dev, uint32_t cycles) {
  return dev->running ? WC_EBUSY : wc_reg_write(dev, WC_R_WATCHDOG, cycles);
}

int wc_set_window(struct wc_device *dev, uint64_t bytes) {
  if (bytes > dev->caps.mem_bytes)
    return WC_ERANGE;
  if (dev->running)
    return WC_EBUSY;
  const uint64_t size = bytes != 0 ? bytes : dev->caps.mem_bytes;
  int status = write_pair(dev, WC_R_WIN_LO, 0);
  if (status == WC_OK)
    status = write_pair(dev, WC_R_WIN_SIZE_LO, size);
  if (status == WC_OK)
    dev->window = size;
  return status;
}
