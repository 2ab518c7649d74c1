/* A device of nothing but registers and memory, as a plug-in, that can be told to misbehave.
 *
 * URI: fake:NAME,WORDS. Words: `version=N` (major), `id` (wrong ID), `hang` (a stream never ends),
 * `stuck` (a reset never ends), `deaf` (registers cannot be read), `broken` (the link fails once a
 * stream runs), `closed` (cannot be opened),
 * `cores=N`, `lanes=N` (as the registers tell; only core 0 answers). Built with FAKE_ABI=N it
 * claims another plug-in interface; with FAKE_NO_ENTRY it is no plug-in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend.h"

#ifndef FAKE_ABI
#define FAKE_ABI WC_BACKEND_ABI
#endif

enum { MEMORY = 16 << 20, BUFFER = 256 << 10 };

struct fake {
  uint8_t memory[MEMORY];
  uint32_t status;
  uint32_t version, cores, lanes;
  bool bad_id, hang, stuck, deaf, broken;
};

static int fake_open(const char *args, void **ctx, uint64_t *mem_bytes, char *why,
                     size_t why_size) {
  if (strstr(args, "closed") != NULL) {
    snprintf(why, why_size, "fake device: it is closed today");
    return WC_ENODEV;
  }
  struct fake *f = calloc(1, sizeof *f);
  if (f == NULL)
    return WC_ENOMEM;
  const char *version = strstr(args, "version=");
  f->version = version != NULL ? (uint32_t)atoi(version + 8) << 16 | 7 : WC_VERSION;
  const char *cores = strstr(args, "cores="), *lanes = strstr(args, "lanes=");
  f->cores = cores != NULL ? (uint32_t)atoi(cores + 6) : 1;
  f->lanes = lanes != NULL ? (uint32_t)atoi(lanes + 6) : 8;
  f->bad_id = strstr(args, "id") != NULL;
  f->hang = strstr(args, "hang") != NULL;
  f->stuck = strstr(args, "stuck") != NULL;
  f->deaf = strstr(args, "deaf") != NULL;
  f->broken = strstr(args, "broken") != NULL;
  *ctx = f;
  *mem_bytes = MEMORY;
  return WC_OK;
}

static void fake_close(void *ctx) {
  free(ctx);
}

static int fake_reg_read(void *ctx, uint32_t offset, uint32_t *value) {
  const struct fake *f = ctx;
  if (f->deaf || (f->broken && (f->status & 1) != 0))
    return WC_EIO;
  switch (offset) {
    case WC_R_ID:
      *value = f->bad_id ? 0xDEADBEEF : WC_MAGIC;
      break;
    case WC_R_VERSION:
      *value = f->version;
      break;
    case WC_R_ARRAY:
      *value = 3 << 16 | 2;
      break;
    case WC_R_GBUF_BYTES:
      *value = BUFFER;
      break;
    case WC_R_VEC:
      *value = (uint32_t)WC_STEPS << 16 | f->lanes;
      break;
    case WC_R_ACC_ROWS:
      *value = 8;
      break;
    case WC_R_AXI:
      *value = 32 << 16 | 40 << 8 | 16;
      break;
    case WC_R_CORES:
      *value = 4 << 8 | f->cores;
      break;
    case WC_R_BANKS:
      *value = 8 << 16 | 32;
      break;
    case WC_R_STATUS:
      *value = f->status;
      break;
    default:
      *value = 0;
  }
  return WC_OK;
}

static int fake_reg_write(void *ctx, uint32_t offset, uint32_t value) {
  struct fake *f = ctx;
  if (offset != WC_R_CTRL)
    return WC_OK;
  if (value & 1)
    f->status = f->hang || f->broken ? 1 : 2; /* busy for ever, or done at once */
  if (value & 2)
    f->status = f->stuck && (f->status & 1) ? 8 : 0;
  if (value & 4)
    f->status &= ~2u;
  return WC_OK;
}

static int fake_mem_read(void *ctx, wc_addr src, void *dst, size_t size) {
  memcpy(dst, ((struct fake *)ctx)->memory + src, size);
  return WC_OK;
}

static int fake_mem_write(void *ctx, wc_addr dst, const void *src, size_t size) {
  memcpy(((struct fake *)ctx)->memory + dst, src, size);
  return WC_OK;
}

static int fake_advance(void *ctx, unsigned ms) {
  (void)ctx;
  const struct timespec pause = {ms / 1000, (long)(ms % 1000) * 1000000};
  nanosleep(&pause, NULL);
  return WC_OK;
}

#ifndef FAKE_NO_ENTRY
const struct wc_backend *wc_backend_entry(void);

const struct wc_backend *wc_backend_entry(void) {
  static const struct wc_backend backend = {
      FAKE_ABI,       "fake",        fake_open,      fake_close,   fake_reg_read,
      fake_reg_write, fake_mem_read, fake_mem_write, fake_advance, NULL,
      NULL,           NULL,          NULL,           NULL,
  };
  return &backend;
}
#endif
