/* The C model as a device: registers around wc_model, so that the driver treats it like any other.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend.h"
#include "cmodel_core.h"
#include "internal.h"
#include "size.h"

struct options {
  struct wc_model_config config; /* acc_rows and line_bytes 0: what the array asks for */
  unsigned cores;
};

/* One `key=value`; false: unknown key or a value that is no number in range. */
static bool set_option(struct options *o, const char *key, const char *text) {
  struct wc_model_config *config = &o->config;
  uint64_t value;
  if (!wc_size_parse(text, &value))
    return false;
  const struct {
    const char *key;
    unsigned *number;
    uint64_t *size;
    uint64_t low, high;
  } options[] = {
      {"rows", &config->rows, NULL, 1, 0x4000},
      {"cols", &config->cols, NULL, 1, 0x4000},
      {"lanes", &config->lanes, NULL, 1, 0x8000},
      {"acc", &config->acc_rows, NULL, 1, UINT32_MAX},
      {"banks", &config->banks, NULL, 1, 0x8000},
      {"line", &config->line_bytes, NULL, 1, 0x8000},
      {"axi", &config->axi_bytes, NULL, 1, 255},
      {"outstanding", &config->outstanding, NULL, 1, 255},
      {"queue", &config->queue_depth, NULL, 1, 255},
      {"double_weights", &config->double_weights, NULL, 0, 1},
      {"fold", &config->fold, NULL, 0, 1},
      {"cores", &o->cores, NULL, 1, WC_CORES_MAX},
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

/* A named configuration in place of `small`, which the options hold at first: true when there is
 * one of that name. `paper` is the chip that MBS was evaluated on; its memory is as large as a
 * mini-batch of 32 images a core needs at the most. */
static bool set_named(struct options *o, const char *name) {
  struct wc_model_config *c = &o->config;
  if (strcmp(name, "paper") == 0) {
    o->cores = 2;
    c->rows = c->cols = c->lanes = 128;
    c->acc_rows = 1024;
    c->axi_bytes = 64;
    c->gbuf_bytes = UINT64_C(10) << 20;
    c->mem_bytes = UINT64_C(64) << 30;
    return true;
  }
  return strcmp(name, "small") == 0;
}

static int parse_args(const char *args, struct options *options, char *why, size_t why_size) {
  char copy[256];
  if (strlen(args) >= sizeof copy) {
    wc_explain(why, why_size, "device 'cmodel:%s': too long", args);
    return WC_EINVAL;
  }
  strcpy(copy, args);
  char *rest = copy;
  for (char *item; (item = strsep(&rest, ",")) != NULL;) {
    char *value = strchr(item, '=');
    if (item == copy && value == NULL && set_named(options, item))
      continue;
    if (*item == '\0' && rest == NULL && copy[0] == '\0')
      break;
    if (value != NULL)
      *value++ = '\0';
    if (value == NULL || !set_option(options, item, value)) {
      wc_explain(why, why_size,
                 "device 'cmodel:%s': '%s' is no option with its value; there are small or paper, "
                 "rows, cols, lanes, acc, banks, line, axi, outstanding, queue, double_weights, "
                 "fold, cores (1 to %u), threads, buffer, mem, as in cmodel:rows=8,buffer=128KiB",
                 args, item, WC_CORES_MAX);
      return WC_EINVAL;
    }
  }
  return WC_OK;
}

static unsigned power_of_two_from(unsigned low, unsigned least) {
  while (low < least)
    low *= 2;
  return low;
}

/* What was not given follows the array; then all of it must make a device. */
static int complete(const char *args, struct options *o, char *why, size_t why_size) {
  struct wc_model_config *c = &o->config;
  const unsigned tile = c->rows > c->cols ? c->rows : c->cols;
  if (c->acc_rows == 0)
    c->acc_rows = power_of_two_from(256, c->rows);
  if (c->line_bytes == 0)
    c->line_bytes = power_of_two_from(16, 2 * tile > 4 * c->lanes ? 2 * tile : 4 * c->lanes);
  const struct wc_caps caps = {.rows = c->rows,
                               .cols = c->cols,
                               .gbuf_bytes = c->gbuf_bytes,
                               .lanes = c->lanes,
                               .acc_rows = c->acc_rows,
                               .line_bytes = c->line_bytes,
                               .banks = c->banks,
                               .axi_bytes = c->axi_bytes,
                               .outstanding = c->outstanding,
                               .cores = o->cores,
                               .queue_depth = c->queue_depth,
                               .folds = c->fold != 0};
  char wrong[160];
  if (wc_caps_possible(&caps, wrong, sizeof wrong))
    return WC_OK;
  wc_explain(why, why_size, "device 'cmodel:%s': %s", args, wrong);
  return WC_EINVAL;
}

static void cmodel_close(void *ctx) {
  struct wc_cmodel *cm = ctx;
  for (unsigned i = cm->cores; i-- > 0;) /* core 0 has the memory */
    wc_cmodel_core_close(&cm->core[i]);
  pthread_cond_destroy(&cm->changed);
  pthread_mutex_destroy(&cm->lock);
  free(cm);
}

/* The cores run side by side: they share the processors. */
static unsigned threads_of_core(const struct options *o) {
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  const unsigned all = o->config.threads > 0 ? o->config.threads
                       : online > 1          ? (unsigned)online
                                             : 1;
  return all > o->cores ? all / o->cores : 1;
}

static bool open_cores(struct wc_cmodel *cm, unsigned cores) {
  for (unsigned i = 0; i < cores; i++) {
    struct wc_model *model =
        i == 0 ? wc_model_new(&cm->config) : wc_model_new_core(cm->core[0].model);
    cm->cores = i + 1;
    if (!wc_cmodel_core_open(&cm->core[i], cm, model))
      return false;
  }
  return true;
}

static int cmodel_open(const char *args, void **ctx, uint64_t *mem_bytes, char *why,
                       size_t why_size) {
  struct options options = {.cores = 1};
  wc_model_config_default(&options.config);
  options.config.acc_rows = options.config.line_bytes = 0;
  int status = parse_args(args, &options, why, why_size);
  if (status == WC_OK)
    status = complete(args, &options, why, why_size);
  if (status != WC_OK)
    return status;
  struct wc_cmodel *cm = calloc(1, sizeof *cm);
  if (cm == NULL)
    return WC_ENOMEM;
  cm->config = options.config;
  if (options.cores > 1)
    cm->config.threads = threads_of_core(&options);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_mutex_init(&cm->lock, NULL);
  pthread_cond_init(&cm->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  if (!open_cores(cm, options.cores)) {
    wc_explain(why, why_size, "device 'cmodel:%s': out of memory", args);
    cmodel_close(cm);
    return WC_ENOMEM;
  }
  *ctx = cm;
  *mem_bytes = cm->config.mem_bytes;
  return WC_OK;
}

/* The core whose registers @offset is among; NULL: nobody's. */
static struct wc_cmodel_core *core_at(struct wc_cmodel *cm, uint32_t offset) {
  const uint32_t number = offset / WC_CORE_REGS;
  return number < cm->cores ? &cm->core[number] : NULL;
}

static int cmodel_reg_read(void *ctx, uint32_t offset, uint32_t *value) {
  struct wc_cmodel *cm = ctx;
  struct wc_cmodel_core *core = core_at(cm, offset);
  pthread_mutex_lock(&cm->lock);
  *value = core != NULL ? wc_cmodel_core_read(core, offset % WC_CORE_REGS) : 0;
  pthread_mutex_unlock(&cm->lock);
  return WC_OK;
}

static int cmodel_reg_write(void *ctx, uint32_t offset, uint32_t value) {
  struct wc_cmodel *cm = ctx;
  struct wc_cmodel_core *core = core_at(cm, offset);
  pthread_mutex_lock(&cm->lock);
  if (core != NULL)
    wc_cmodel_core_write(core, offset % WC_CORE_REGS, value);
  pthread_mutex_unlock(&cm->lock);
  return WC_OK;
}

static int cmodel_mem_read(void *ctx, wc_addr src, void *dst, size_t size) {
  struct wc_cmodel *cm = ctx;
  memcpy(dst, wc_model_memory(cm->core[0].model) + src, size);
  return WC_OK;
}

static int cmodel_mem_write(void *ctx, wc_addr dst, const void *src, size_t size) {
  struct wc_cmodel *cm = ctx;
  memcpy(wc_model_memory(cm->core[0].model) + dst, src, size);
  return WC_OK;
}

static bool any_busy(const struct wc_cmodel *cm) {
  bool busy = false;
  for (unsigned i = 0; i < cm->cores; i++)
    busy = busy || cm->core[i].busy;
  return busy;
}

static int cmodel_advance(void *ctx, unsigned ms) {
  struct wc_cmodel *cm = ctx;
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += ms / 1000;
  until.tv_nsec += (long)(ms % 1000) * 1000000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_nsec -= 1000000000;
    until.tv_sec++;
  }
  pthread_mutex_lock(&cm->lock);
  while (any_busy(cm) && pthread_cond_timedwait(&cm->changed, &cm->lock, &until) != ETIMEDOUT)
    ;
  pthread_mutex_unlock(&cm->lock);
  return WC_OK;
}

static int cmodel_inject_fault(void *ctx, wc_addr addr, size_t size, bool decerr) {
  struct wc_cmodel *cm = ctx;
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
