/* What the files of the driver share. Nothing here is for users: see wavecore.h. */
#ifndef WC_DRIVER_INTERNAL_H
#define WC_DRIVER_INTERNAL_H

#include <stdarg.h>
#include <stddef.h>

#include "backend.h"
#include "wavecore.h"

/* Wall time that a reset may take: a device ends what it has begun first. */
#define WC_RESET_TIMEOUT_MS 5000u
/* Longest slice that wc_wait gives to a backend before it looks at the clock again. */
#define WC_ADVANCE_MS 50u
#define WC_WATCHDOG_DEFAULT 100000u

/* A reserved stretch of device memory; the list is sorted by address. */
struct wc_block {
  wc_addr addr;
  uint64_t size;
  struct wc_block *next;
};

struct wc_device {
  const struct wc_backend *backend;
  void *ctx;
  struct wc_caps caps;
  struct wc_block *blocks;
  uint64_t window;
  uint32_t running;              /* a bit a core: started, and the end was not seen yet */
  struct wc_error_info error;    /* code 0: none since the last reset */
  uint64_t elapsed;              /* as in wc_counters; with several cores only */
  uint64_t cycles[WC_CORES_MAX]; /* CYCLES of each core when the last streams had ended */
};

/* A URI in its parts. `cmodel:rows=4` has no name, only arguments. */
struct wc_uri {
  char kind[16];
  char name[32]; /* empty for cmodel */
  const char *args;
};
#define WC_DEFAULT_NAME "small"

/* Returns 0 or WC_EINVAL with a line in @why. @args points into @text. */
int wc_uri_parse(const char *text, struct wc_uri *uri, char *why, size_t why_size);

/* Writes one line; never fails. @why may be NULL. */
void wc_explain(char *why, size_t why_size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

extern const struct wc_backend wc_backend_cmodel;
extern const struct wc_backend wc_backend_uart;

/* Loads the plug-in of @uri (it stays loaded). Returns 0, WC_ENODEV or WC_EVERSION. */
int wc_plugin_load(const struct wc_uri *uri, const struct wc_backend **backend, char *why,
                   size_t why_size);

/* Milliseconds of a clock that never goes back. */
uint64_t wc_now_ms(void);

int wc_reg_read(struct wc_device *dev, unsigned core, uint32_t offset, uint32_t *value);
int wc_reg_write(struct wc_device *dev, unsigned core, uint32_t offset, uint32_t value);
/* The same value to every core. */
int wc_reg_write_all(struct wc_device *dev, uint32_t offset, uint32_t value);
/* Reads the 64-bit value whose low word is at @offset. */
int wc_reg_read64(struct wc_device *dev, unsigned core, uint32_t offset, uint64_t *value);

/* Identifies every core and reads what they are into dev->caps. @uri for the messages. */
int wc_caps_read(struct wc_device *dev, const char *uri, char *why, size_t why_size);
/* Can this be a device? False, with the parameter at fault and what it takes in @why. */
bool wc_caps_possible(const struct wc_caps *caps, char *why, size_t why_size);

void wc_blocks_delete(struct wc_device *dev);

/* Bits of CTRL and STATUS. */
enum {
  WC_CTRL_START = 1,
  WC_CTRL_RESET = 2,
  WC_CTRL_CLEAR_DONE = 4,
  WC_CTRL_CLEAR_COUNTERS = 8,
  WC_STATUS_BUSY = 1,
  WC_STATUS_DONE = 2,
  WC_STATUS_ERROR = 4,
  WC_STATUS_RESETTING = 8,
};

#endif
