/* The C model as a device: registers around wc_model, so that the driver treats it like any other.
 *
 * A thread of its own runs the streams; the registers answer meanwhile. All fields are guarded
 * by `lock`, but for those that only the running thread or only the idle device touches. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend.h"
#include "cmodel_fault.h"
#include "internal.h"
#include "size.h"
#include "wc_model.h"

enum { ADDRESS_BITS = 40, CORES = 1 };

struct cmodel {
  struct wc_model_config config;
  struct wc_model *model;
  struct wc_model_counters counters; /* as of the end of the last stream */
  pthread_t thread;
  bool has_thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool busy, done, resetting, quit, clear_counters;
  struct wc_model_error error; /* code NONE: no error */
  uint32_t irq_enable, watchdog, stream_bytes;
  uint64_t stream, window_base, window_size;
  uint32_t held_high; /* of the counter whose low word was read last */
  struct wc_fault fault;
  /* The run's own. */
  struct wc_stop stop;
  uint64_t next_offset;
  atomic_uint fetched;
  atomic_bool abort;
};

/* Arms the stop when command @index, at next_offset, must not run. */
static void look_ahead(struct cmodel *cm, uint32_t index) {
  const uint64_t end = cm->stream + cm->stream_bytes;
  uint8_t *memory = wc_model_memory(cm->model);
  struct wc_model_error error = {.code = WC_E_NONE, .cmd = index};
  if (cm->stop.armed || cm->next_offset + WC_UNIT_BYTES > end)
    return;
  if (atomic_load(&cm->abort) || wc_fault_meets(&cm->fault, memory, cm->next_offset, end, index,
                                                cm->config.gbuf_bytes, cm->window_size, &error))
    wc_stop_arm(&cm->stop, memory, cm->next_offset, &error);
}

static void before_command(void *arg, uint32_t index, const struct wc_cmd *cmd) {
  struct cmodel *cm = arg;
  atomic_store(&cm->fetched, index + 1);
  cm->next_offset += (uint64_t)cmd->hdr.units * WC_UNIT_BYTES;
  look_ahead(cm, index + 1);
}

/* Runs one stream, without the lock. */
static struct wc_model_error run_stream(struct cmodel *cm) {
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
  struct cmodel *cm = arg;
  pthread_mutex_lock(&cm->lock);
  while (!cm->quit) {
    if (!cm->busy) {
      pthread_cond_wait(&cm->changed, &cm->lock);
      continue;
    }
    pthread_mutex_unlock(&cm->lock);
    const struct wc_model_error error = run_stream(cm);
    pthread_mutex_lock(&cm->lock);
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
    pthread_cond_broadcast(&cm->changed);
  }
  pthread_mutex_unlock(&cm->lock);
  return NULL;
}

/* One `key=value`; false: unknown key or a value that is no number in range. */
static bool set_option(struct wc_model_config *config, const char *key, const char *text) {
  uint64_t value;
  if (!wc_size_parse(text, &value))
    return false;
  const struct {
    const char *key;
    unsigned *number;
    uint64_t *size;
    uint64_t low, high;
  } options[] = {
      {"rows", &config->rows, NULL, 1, 0xFFFF},
      {"cols", &config->cols, NULL, 1, 0xFFFF},
      {"lanes", &config->lanes, NULL, 8, 0x8000},
      {"acc", &config->acc_rows, NULL, 1, UINT32_MAX},
      {"banks", &config->banks, NULL, 1, 0x8000},
      {"line", &config->line_bytes, NULL, 16, 0x8000},
      {"axi", &config->axi_bytes, NULL, 4, 64},
      {"outstanding", &config->outstanding, NULL, 1, 128},
      {"queue", &config->queue_depth, NULL, 1, 255},
      {"threads", &config->threads, NULL, 0, 1024},
      {"buffer", NULL, &config->gbuf_bytes, 64, UINT32_MAX},
      {"mem", NULL, &config->mem_bytes, 4096, UINT64_C(1) << 40},
  };
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    if (strcmp(options[i].key, key) != 0)
      continue;
    if (value < options[i].low || value > options[i].high)
      return false;
    if (options[i].number != NULL)
      *options[i].number = (unsigned)value;
    else
      *options[i].size = value;
    return true;
  }
  return false;
}

static int parse_args(const char *args, struct wc_model_config *config, char *why,
                      size_t why_size) {
  char copy[256];
  if (strlen(args) >= sizeof copy) {
    wc_explain(why, why_size, "device 'cmodel:%s': too long", args);
    return WC_EINVAL;
  }
  strcpy(copy, args);
  char *rest = copy;
  for (char *item; (item = strsep(&rest, ",")) != NULL;) {
    char *value = strchr(item, '=');
    if (*item == '\0' && rest == NULL && copy[0] == '\0')
      break;
    if (value != NULL)
      *value++ = '\0';
    if (value == NULL || !set_option(config, item, value)) {
      wc_explain(why, why_size,
                 "device 'cmodel:%s': '%s' is no option with its value; there are rows, cols, "
                 "lanes, acc, banks, line, axi, outstanding, queue, threads, buffer, mem, as in "
                 "cmodel:rows=8,cols=8,buffer=128KiB",
                 args, item);
      return WC_EINVAL;
    }
  }
  return WC_OK;
}

static void cmodel_close(void *ctx) {
  struct cmodel *cm = ctx;
  if (cm->has_thread) {
    pthread_mutex_lock(&cm->lock);
    cm->quit = true;
    atomic_store(&cm->abort, true);
    pthread_cond_broadcast(&cm->changed);
    pthread_mutex_unlock(&cm->lock);
    pthread_join(cm->thread, NULL);
  }
  pthread_cond_destroy(&cm->changed);
  pthread_mutex_destroy(&cm->lock);
  wc_model_delete(cm->model);
  free(cm);
}

static int cmodel_open(const char *args, void **ctx, uint64_t *mem_bytes, char *why,
                       size_t why_size) {
  struct wc_model_config config;
  wc_model_config_default(&config);
  const int status = parse_args(args, &config, why, why_size);
  if (status != WC_OK)
    return status;
  if ((config.lanes & (config.lanes - 1)) != 0) {
    wc_explain(why, why_size, "device 'cmodel:%s': lanes is a power of two from 8", args);
    return WC_EINVAL;
  }
  struct cmodel *cm = calloc(1, sizeof *cm);
  if (cm == NULL)
    return WC_ENOMEM;
  cm->config = config;
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_mutex_init(&cm->lock, NULL);
  pthread_cond_init(&cm->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  cm->model = wc_model_new(&config);
  if (cm->model != NULL)
    cm->has_thread = pthread_create(&cm->thread, NULL, worker, cm) == 0;
  if (!cm->has_thread) {
    wc_explain(why, why_size, "device 'cmodel:%s': out of memory", args);
    cmodel_close(cm);
    return WC_ENOMEM;
  }
  wc_model_trace(cm->model, before_command, cm);
  *ctx = cm;
  *mem_bytes = config.mem_bytes;
  return WC_OK;
}

static uint32_t half(uint64_t value, uint32_t offset) {
  return (uint32_t)(offset & 4 ? value >> 32 : value);
}

/* A low word holds the high one, as in hardware. */
static uint32_t read_counter(struct cmodel *cm, uint32_t offset) {
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

static uint32_t status_bits(const struct cmodel *cm) {
  uint32_t bits = cm->busy ? WC_STATUS_BUSY : 0;
  bits |= cm->done ? WC_STATUS_DONE : 0;
  bits |= cm->error.code != WC_E_NONE ? WC_STATUS_ERROR : 0;
  return bits | (cm->resetting ? WC_STATUS_RESETTING : 0);
}

static uint32_t read_register(struct cmodel *cm, uint32_t offset) {
  switch (offset) {
    case WC_R_ID:
      return WC_MAGIC;
    case WC_R_VERSION:
      return WC_VERSION;
    case WC_R_ARRAY:
      return cm->config.rows | cm->config.cols << 16;
    case WC_R_GBUF_BYTES:
      return (uint32_t)cm->config.gbuf_bytes;
    case WC_R_VEC:
      return cm->config.lanes | (uint32_t)WC_STEPS << 16;
    case WC_R_ACC_ROWS:
      return cm->config.acc_rows;
    case WC_R_AXI:
      return cm->config.axi_bytes | ADDRESS_BITS << 8 | cm->config.outstanding << 16;
    case WC_R_CORES:
      return CORES | cm->config.queue_depth << 8;
    case WC_R_BANKS:
      return cm->config.line_bytes | cm->config.banks << 16;
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

static int cmodel_reg_read(void *ctx, uint32_t offset, uint32_t *value) {
  struct cmodel *cm = ctx;
  pthread_mutex_lock(&cm->lock);
  *value = read_register(cm, offset);
  pthread_mutex_unlock(&cm->lock);
  return WC_OK;
}

static void control(struct cmodel *cm, uint32_t bits) {
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
    pthread_cond_broadcast(&cm->changed);
  }
}

static void set_half(uint64_t *value, uint32_t offset, uint32_t word) {
  const unsigned shift = offset & 4 ? 32 : 0;
  *value = (*value & ~(UINT64_C(0xFFFFFFFF) << shift)) | (uint64_t)word << shift;
}

static int cmodel_reg_write(void *ctx, uint32_t offset, uint32_t value) {
  struct cmodel *cm = ctx;
  pthread_mutex_lock(&cm->lock);
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
  pthread_mutex_unlock(&cm->lock);
  return WC_OK;
}

static int cmodel_mem_read(void *ctx, wc_addr src, void *dst, size_t size) {
  struct cmodel *cm = ctx;
  memcpy(dst, wc_model_memory(cm->model) + src, size);
  return WC_OK;
}

static int cmodel_mem_write(void *ctx, wc_addr dst, const void *src, size_t size) {
  struct cmodel *cm = ctx;
  memcpy(wc_model_memory(cm->model) + dst, src, size);
  return WC_OK;
}

static int cmodel_advance(void *ctx, unsigned ms) {
  struct cmodel *cm = ctx;
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += ms / 1000;
  until.tv_nsec += (long)(ms % 1000) * 1000000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_nsec -= 1000000000;
    until.tv_sec++;
  }
  pthread_mutex_lock(&cm->lock);
  while (cm->busy && pthread_cond_timedwait(&cm->changed, &cm->lock, &until) != ETIMEDOUT)
    ;
  pthread_mutex_unlock(&cm->lock);
  return WC_OK;
}

static int cmodel_inject_fault(void *ctx, wc_addr addr, size_t size, bool decerr) {
  struct cmodel *cm = ctx;
  cm->fault = (struct wc_fault){addr, size, decerr};
  return WC_OK;
}

const struct wc_backend wc_backend_cmodel = {
    .abi = WC_BACKEND_ABI,
    .kind = "cmodel",
    .open = cmodel_open,
    .close = cmodel_close,
    .reg_read = cmodel_reg_read,
    .reg_write = cmodel_reg_write,
    .mem_read = cmodel_mem_read,
    .mem_write = cmodel_mem_write,
    .advance = cmodel_advance,
    .inject_fault = cmodel_inject_fault,
};
