/* One core of the C model: its registers, and the thread that runs its streams. */
#include "cmodel_core.h"

#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { ADDRESS_BITS = 40 };

/* Arms the stop when command @index, at next_offset, must not run. */
static void look_ahead(struct wc_cmodel_core *cm, uint32_t index) {
  const uint64_t end = cm->stream + cm->stream_bytes;
  uint8_t *memory = wc_model_memory(cm->model);
  struct wc_model_error error = {.code = WC_E_NONE, .cmd = index};
  if (cm->stop.armed || cm->next_offset + WC_UNIT_BYTES > end)
    return;
  if (atomic_load(&cm->abort) ||
      wc_fault_meets(&cm->dev->fault, memory, cm->next_offset, end, index,
                     cm->dev->config.gbuf_bytes, cm->window_size, &error))
    wc_stop_arm(&cm->stop, memory, cm->next_offset, &error);
}

static void before_command(void *arg, uint32_t index, const struct wc_cmd *cmd) {
  struct wc_cmodel_core *cm = arg;
  atomic_store(&cm->fetched, index + 1);
  cm->next_offset += (uint64_t)cmd->hdr.units * WC_UNIT_BYTES;
  look_ahead(cm, index + 1);
}

/* Runs one stream, without the lock. */
static struct wc_model_error run_stream(struct wc_cmodel_core *cm) {
  struct wc_model_error error = {.code = WC_E_NONE};
  cm->next_offset = cm->stream;
  atomic_store(&cm->fetched, 0);
  if (cm->stream % WC_UNIT_BYTES == 0 && cm->stream + cm->stream_bytes <= cm->window_size)
    look_ahead(cm, 0);
  if (wc_model_run(cm->model, cm->stream, cm->stream_bytes, cm->window_size, &error))
    error.code = WC_E_NONE;
  const struct wc_model_error instead = cm->stop.error;
  if (wc_stop_disarm(&cm->stop, wc_model_memory(cm->model), &error))
    error = instead;
  return error;
}

static void *worker(void *arg) {
  struct wc_cmodel_core *cm = arg;
  pthread_mutex_lock(&cm->dev->lock);
  while (!cm->quit) {
    if (!cm->busy) {
      pthread_cond_wait(&cm->dev->changed, &cm->dev->lock);
      continue;
    }
    pthread_mutex_unlock(&cm->dev->lock);
    const struct wc_model_error error = run_stream(cm);
    pthread_mutex_lock(&cm->dev->lock);
    cm->counters = *wc_model_counters(cm->model);
    if (cm->clear_counters) {
      wc_model_counters_clear(cm->model);
      memset(&cm->counters, 0, sizeof cm->counters);
      cm->clear_counters = false;
    }
    cm->error = error;
    cm->done = error.code == WC_E_NONE;
    if (cm->resetting) {
      cm->resetting = cm->done = false;
      cm->error.code = WC_E_NONE;
    }
    atomic_store(&cm->abort, false);
    cm->busy = false;
    pthread_cond_broadcast(&cm->dev->changed);
  }
  pthread_mutex_unlock(&cm->dev->lock);
  return NULL;
}

static uint32_t half(uint64_t value, uint32_t offset) {
  return (uint32_t)(offset & 4 ? value >> 32 : value);
}

/* A low word holds the high one, as in hardware. */
static uint32_t read_counter(struct wc_cmodel_core *cm, uint32_t offset) {
  if (offset & 4)
    return cm->held_high;
  uint64_t value = 0;
  if (offset >= WC_R_TAG_WR)
    value = cm->counters.tag_wr[(offset - WC_R_TAG_WR) / 8];
  else if (offset >= WC_R_TAG_RD)
    value = cm->counters.tag_rd[(offset - WC_R_TAG_RD) / 8];
  else if ((offset - WC_R_COUNTERS) / 8 < WC_COUNTERS)
    value = cm->counters.value[(offset - WC_R_COUNTERS) / 8];
  cm->held_high = (uint32_t)(value >> 32);
  return (uint32_t)value;
}

static uint32_t status_bits(const struct wc_cmodel_core *cm) {
  uint32_t bits = cm->busy ? WC_STATUS_BUSY : 0;
  bits |= cm->done ? WC_STATUS_DONE : 0;
  bits |= cm->error.code != WC_E_NONE ? WC_STATUS_ERROR : 0;
  return bits | (cm->resetting ? WC_STATUS_RESETTING : 0);
}

uint32_t wc_cmodel_core_read(struct wc_cmodel_core *cm, uint32_t offset) {
  switch (offset) {
    case WC_R_ID:
      return WC_MAGIC;
    case WC_R_VERSION:
      return WC_VERSION;
    case WC_R_ARRAY:
      return cm->dev->config.rows | cm->dev->config.cols << 16;
    case WC_R_GBUF_BYTES:
      return (uint32_t)cm->dev->config.gbuf_bytes;
    case WC_R_VEC:
      return cm->dev->config.lanes | (uint32_t)WC_STEPS << 16;
    case WC_R_ACC_ROWS:
      return cm->dev->config.acc_rows;
    case WC_R_AXI:
      return cm->dev->config.axi_bytes | ADDRESS_BITS << 8 | cm->dev->config.outstanding << 16;
    case WC_R_CORES:
      return cm->dev->cores | cm->dev->config.queue_depth << 8 |
             (1 - cm->dev->config.double_weights) << 16 | cm->dev->config.fold << 17;
    case WC_R_BANKS:
      return cm->dev->config.line_bytes | cm->dev->config.banks << 16;
    case WC_R_STATUS:
      return status_bits(cm);
    case WC_R_IRQ_ENABLE:
      return cm->irq_enable;
    case WC_R_STREAM_LO:
    case WC_R_STREAM_HI:
      return half(cm->stream, offset - WC_R_STREAM_LO);
    case WC_R_STREAM_BYTES:
      return cm->stream_bytes;
    case WC_R_WIN_LO:
    case WC_R_WIN_HI:
      return half(cm->window_base, offset - WC_R_WIN_LO);
    case WC_R_WIN_SIZE_LO:
    case WC_R_WIN_SIZE_HI:
      return half(cm->window_size, offset - WC_R_WIN_SIZE_LO);
    case WC_R_WATCHDOG:
      return cm->watchdog;
    case WC_R_FETCHED:
      return atomic_load(&cm->fetched);
  }
  if (offset >= WC_R_ERR_CODE && offset <= WC_R_ERR_ID && cm->error.code != WC_E_NONE) {
    const uint32_t error[] = {cm->error.code | (uint32_t)cm->error.unit << 8, cm->error.cmd,
                              (uint32_t)cm->error.addr, (uint32_t)(cm->error.addr >> 32),
                              cm->error.id};
    return error[(offset - WC_R_ERR_CODE) / 4];
  }
  return offset >= WC_R_COUNTERS && offset < WC_R_TAG_WR + 8 * WC_TAGS ? read_counter(cm, offset)
                                                                       : 0;
}

static void control(struct wc_cmodel_core *cm, uint32_t bits) {
  if (bits & WC_CTRL_RESET) {
    cm->resetting = cm->busy;
    atomic_store(&cm->abort, cm->busy);
    cm->error.code = WC_E_NONE;
    cm->done = false;
  }
  if (bits & WC_CTRL_CLEAR_DONE)
    cm->done = false;
  if (bits & WC_CTRL_CLEAR_COUNTERS) {
    if (!cm->busy)
      wc_model_counters_clear(cm->model);
    cm->clear_counters = cm->busy;
    memset(&cm->counters, 0, sizeof cm->counters);
  }
  if (bits & WC_CTRL_START && !cm->busy && cm->error.code == WC_E_NONE) {
    cm->busy = true;
    cm->done = false;
    pthread_cond_broadcast(&cm->dev->changed);
  }
}

static void set_half(uint64_t *value, uint32_t offset, uint32_t word) {
  const unsigned shift = offset & 4 ? 32 : 0;
  *value = (*value & ~(UINT64_C(0xFFFFFFFF) << shift)) | (uint64_t)word << shift;
}

void wc_cmodel_core_write(struct wc_cmodel_core *cm, uint32_t offset, uint32_t value) {
  if (offset == WC_R_CTRL)
    control(cm, value);
  else if (offset == WC_R_IRQ_ENABLE)
    cm->irq_enable = value & 3;
  else if (cm->busy)
    ; /* the parameters of a running stream stay */
  else if (offset == WC_R_STREAM_LO || offset == WC_R_STREAM_HI)
    set_half(&cm->stream, offset - WC_R_STREAM_LO, value);
  else if (offset == WC_R_STREAM_BYTES)
    cm->stream_bytes = value;
  else if (offset == WC_R_WIN_LO || offset == WC_R_WIN_HI)
    set_half(&cm->window_base, offset - WC_R_WIN_LO, value);
  else if (offset == WC_R_WIN_SIZE_LO || offset == WC_R_WIN_SIZE_HI)
    set_half(&cm->window_size, offset - WC_R_WIN_SIZE_LO, value);
  else if (offset == WC_R_WATCHDOG)
    cm->watchdog = value;
}

bool wc_cmodel_core_open(struct wc_cmodel_core *cm, struct wc_cmodel *dev, struct wc_model *model) {
  cm->dev = dev;
  cm->model = model;
  if (model == NULL)
    return false;
  wc_model_trace(model, before_command, cm);
  cm->has_thread = pthread_create(&cm->thread, NULL, worker, cm) == 0;
  return cm->has_thread;
}

void wc_cmodel_core_close(struct wc_cmodel_core *cm) {
  if (cm->has_thread) {
    pthread_mutex_lock(&cm->dev->lock);
    cm->quit = true;
    atomic_store(&cm->abort, true);
    pthread_cond_broadcast(&cm->dev->changed);
    pthread_mutex_unlock(&cm->dev->lock);
    pthread_join(cm->thread, NULL);
  }
  wc_model_delete(cm->model);
}
