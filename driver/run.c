/* Running streams: start, wait, reset, errors, counters. */
#include <string.h>

#include "internal.h"

static int write_pair(struct wc_device *dev, unsigned core, uint32_t low_offset, uint64_t value) {
  const int status = wc_reg_write(dev, core, low_offset, (uint32_t)value);
  return status != WC_OK ? status
                         : wc_reg_write(dev, core, low_offset + 4, (uint32_t)(value >> 32));
}

static int check_stream(const struct wc_device *dev, const struct wc_submission *s) {
  if (s->addr % WC_UNIT_BYTES != 0 || s->size % WC_UNIT_BYTES != 0 || s->size == 0 ||
      s->size > UINT32_MAX)
    return WC_EINVAL;
  return s->size > dev->caps.mem_bytes || s->addr > dev->caps.mem_bytes - s->size ? WC_ERANGE
                                                                                  : WC_OK;
}

int wc_submit_cores(struct wc_device *dev, const struct wc_submission *streams, unsigned n) {
  int status = n == 0 || n > dev->caps.cores ? WC_EINVAL : WC_OK;
  for (unsigned core = 0; core < n && status == WC_OK; core++)
    status = check_stream(dev, &streams[core]);
  if (status != WC_OK)
    return status;
  if (dev->running != 0)
    return WC_EBUSY;
  if (dev->error.code != WC_E_NONE)
    return WC_EDEVICE;
  for (unsigned core = 0; core < n && status == WC_OK; core++) {
    status = write_pair(dev, core, WC_R_STREAM_LO, streams[core].addr);
    if (status == WC_OK)
      status = wc_reg_write(dev, core, WC_R_STREAM_BYTES, (uint32_t)streams[core].size);
  }
  for (unsigned core = 0; core < n && status == WC_OK; core++) {
    status = wc_reg_write(dev, core, WC_R_CTRL, WC_CTRL_START);
    if (status == WC_OK)
      dev->running |= 1u << core;
  }
  return status;
}

int wc_submit(struct wc_device *dev, wc_addr stream, size_t size) {
  const struct wc_submission only = {stream, size};
  return wc_submit_cores(dev, &only, 1);
}

static int read_error(struct wc_device *dev, unsigned core) {
  struct wc_error_info info = {.core = core};
  uint32_t code;
  int status = wc_reg_read(dev, core, WC_R_ERR_CODE, &code);
  if (status == WC_OK)
    status = wc_reg_read(dev, core, WC_R_ERR_CMD, &info.cmd);
  if (status == WC_OK)
    status = wc_reg_read(dev, core, WC_R_ERR_ID, &info.id);
  if (status == WC_OK)
    status = wc_reg_read64(dev, core, WC_R_ERR_ADDR_LO, &info.addr);
  if (status != WC_OK)
    return status;
  info.code = code & 0xFF;
  info.unit = code >> 8 & 0xF;
  dev->error = info;
  return WC_OK;
}

/* With several cores, time is that of the slowest. One core's CYCLES tell it without help. */
static int add_elapsed(struct wc_device *dev) {
  uint64_t longest = 0;
  for (unsigned core = 0; core < dev->caps.cores && dev->caps.cores > 1; core++) {
    uint64_t now;
    const int status = wc_reg_read64(dev, core, WC_R_COUNTERS + 8 * WC_C_CYCLES, &now);
    if (status != WC_OK)
      return status;
    const uint64_t passed = now - dev->cycles[core];
    longest = passed > longest ? passed : longest;
    dev->cycles[core] = now;
  }
  dev->elapsed += longest;
  return WC_OK;
}

/* All streams have ended: collects the error of the lowest core, or acknowledges the end. */
static int finish(struct wc_device *dev) {
  int status = add_elapsed(dev);
  for (unsigned core = 0; core < dev->caps.cores && status == WC_OK; core++) {
    uint32_t device_status = 0;
    if ((dev->running >> core & 1) == 0)
      continue;
    status = wc_reg_read(dev, core, WC_R_STATUS, &device_status);
    if (status == WC_OK && (device_status & WC_STATUS_ERROR) == 0)
      status = wc_reg_write(dev, core, WC_R_CTRL, WC_CTRL_CLEAR_DONE);
    else if (status == WC_OK && dev->error.code == WC_E_NONE)
      status = read_error(dev, core);
  }
  if (status != WC_OK)
    return status;
  dev->running = 0;
  return dev->error.code == WC_E_NONE ? WC_OK : WC_EDEVICE;
}

/* Lets the device run until in STATUS of each core in @cores a bit of @until is set (or, @clear,
 * all are clear). */
static int advance_until(struct wc_device *dev, uint32_t cores, uint32_t until, bool clear,
                         unsigned timeout_ms) {
  const uint64_t start = wc_now_ms();
  for (;;) {
    for (unsigned core = 0; core < dev->caps.cores; core++) {
      uint32_t device_status;
      if ((cores >> core & 1) == 0)
        continue;
      const int status = wc_reg_read(dev, core, WC_R_STATUS, &device_status);
      if (status != WC_OK)
        return status;
      if (((device_status & until) != 0) != clear)
        cores &= ~(1u << core);
    }
    if (cores == 0)
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
  if (dev->running == 0)
    return dev->error.code == WC_E_NONE ? WC_OK : WC_EDEVICE;
  const int status =
      advance_until(dev, dev->running, WC_STATUS_DONE | WC_STATUS_ERROR, false, timeout_ms);
  return status != WC_OK ? status : finish(dev);
}

int wc_reset(struct wc_device *dev) {
  const uint32_t all = (1u << dev->caps.cores) - 1;
  int status = wc_reg_write_all(dev, WC_R_CTRL, WC_CTRL_RESET);
  if (status == WC_OK)
    status = advance_until(dev, all, WC_STATUS_RESETTING, true, WC_RESET_TIMEOUT_MS);
  if (status == WC_OK)
    status = wc_reg_write_all(dev, WC_R_CTRL, WC_CTRL_CLEAR_DONE);
  if (status == WC_OK && dev->running != 0)
    status = add_elapsed(dev);
  if (status != WC_OK)
    return status;
  dev->running = 0;
  memset(&dev->error, 0, sizeof dev->error);
  return WC_OK;
}

void wc_last_error(const struct wc_device *dev, struct wc_error_info *info) {
  *info = dev->error;
}

int wc_counters_read_core(struct wc_device *dev, unsigned core, struct wc_counters *counters) {
  struct wc_counters now = {.has_cycles = false};
  if (core >= dev->caps.cores)
    return WC_EINVAL;
  for (uint32_t i = 0; i < WC_COUNTERS; i++) {
    const int status = wc_reg_read64(dev, core, WC_R_COUNTERS + 8 * i, &now.value[i]);
    if (status != WC_OK)
      return status;
  }
  for (uint32_t i = 0; i < WC_TAGS; i++) {
    int status = wc_reg_read64(dev, core, WC_R_TAG_RD + 8 * i, &now.tag_rd[i]);
    if (status == WC_OK)
      status = wc_reg_read64(dev, core, WC_R_TAG_WR + 8 * i, &now.tag_wr[i]);
    if (status != WC_OK)
      return status;
  }
  now.has_cycles = now.value[WC_C_CYCLES] != 0;
  now.elapsed = now.value[WC_C_CYCLES];
  *counters = now;
  return WC_OK;
}

int wc_counters_read(struct wc_device *dev, struct wc_counters *counters) {
  struct wc_counters sum, one;
  int status = wc_counters_read_core(dev, 0, &sum);
  for (unsigned core = 1; core < dev->caps.cores && status == WC_OK; core++) {
    status = wc_counters_read_core(dev, core, &one);
    for (unsigned i = 0; i < WC_COUNTERS && status == WC_OK; i++)
      sum.value[i] += one.value[i];
    for (unsigned i = 0; i < WC_TAGS && status == WC_OK; i++) {
      sum.tag_rd[i] += one.tag_rd[i];
      sum.tag_wr[i] += one.tag_wr[i];
    }
  }
  if (status != WC_OK)
    return status;
  sum.has_cycles = sum.value[WC_C_CYCLES] != 0;
  if (dev->caps.cores > 1)
    sum.elapsed = dev->elapsed;
  *counters = sum;
  return WC_OK;
}

int wc_counters_clear(struct wc_device *dev) {
  dev->elapsed = 0;
  memset(dev->cycles, 0, sizeof dev->cycles);
  return wc_reg_write_all(dev, WC_R_CTRL, WC_CTRL_CLEAR_COUNTERS);
}

int wc_set_watchdog(struct wc_device *dev, uint32_t cycles) {
  return dev->running != 0 ? WC_EBUSY : wc_reg_write_all(dev, WC_R_WATCHDOG, cycles);
}

int wc_set_window(struct wc_device *dev, uint64_t bytes) {
  if (bytes > dev->caps.mem_bytes)
    return WC_ERANGE;
  if (dev->running != 0)
    return WC_EBUSY;
  const uint64_t size = bytes != 0 ? bytes : dev->caps.mem_bytes;
  int status = WC_OK;
  for (unsigned core = 0; core < dev->caps.cores && status == WC_OK; core++) {
    status = write_pair(dev, core, WC_R_WIN_LO, 0);
    if (status == WC_OK)
      status = write_pair(dev, core, WC_R_WIN_SIZE_LO, size);
  }
  if (status == WC_OK)
    dev->window = size;
  return status;
}
