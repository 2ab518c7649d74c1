/* A board on a serial port: `uart:/dev/ttyUSB0[,timeout=MS][,tries=N]`. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "devices.h"
#include "internal.h"
#include "link.h"
#include "uart_port.h"

enum { TIMEOUT_MS = 1000, TRIES = 5, READY_MS = 2000, READY_CYCLES = 500000 };

struct board {
  struct wc_link link;
  char path[PATH_MAX];
};

static bool take_number(const char *text, unsigned *value) {
  char *end;
  const unsigned long n = strtoul(text, &end, 10);
  if (end == text || (*end != '\0' && *end != ',') || n == 0 || n > 1000000)
    return false;
  *value = (unsigned)n;
  return true;
}

static int parse(const char *args, char path[PATH_MAX], unsigned *timeout_ms, unsigned *tries,
                 char *why, size_t why_size) {
  const size_t length = strcspn(args, ",");
  if (length == 0 || length >= PATH_MAX) {
    wc_explain(why, why_size, "device 'uart:%s': it takes a port, as in uart:/dev/ttyUSB0", args);
    return WC_EINVAL;
  }
  memcpy(path, args, length);
  path[length] = '\0';
  for (const char *at = args + length; *at == ',';) {
    at++;
    const bool ok = strncmp(at, "timeout=", 8) == 0 ? take_number(at + 8, timeout_ms)
                    : strncmp(at, "tries=", 6) == 0 ? take_number(at + 6, tries)
                                                    : false;
    if (!ok) {
      wc_explain(why, why_size,
                 "device 'uart:%s': '%.*s' is none of timeout=MILLISECONDS, tries=NUMBER", args,
                 (int)strcspn(at, ","), at);
      return WC_EINVAL;
    }
    at += strcspn(at, ",");
  }
  return WC_OK;
}

static int read_board(struct board *b, int status, enum wc_board_reg reg, uint32_t *value) {
  return status == WC_OK ? wc_link_read_reg(&b->link, WC_LINK_BOARD_REGS + reg, value) : status;
}

/* Is it a board that this driver understands? */
static int identify(struct board *b, uint64_t *mem_bytes, char *why, size_t why_size) {
  uint32_t magic, version, bytes;
  int status = wc_link_sync(&b->link);
  status = read_board(b, status, WC_B_MAGIC, &magic);
  status = read_board(b, status, WC_B_VERSION, &version);
  status = read_board(b, status, WC_B_MEM_BYTES, &bytes);
  if (status != WC_OK) {
    wc_explain(why, why_size, "%s: %s: is the bitstream loaded, and the board on?", b->path,
               status == WC_ETIMEDOUT ? "no answer" : wc_strerror(status));
    return status == WC_ETIMEDOUT ? WC_ENODEV : status;
  }
  if (magic != WC_BOARD_MAGIC) {
    wc_explain(why, why_size, "%s: its identity is 0x%08" PRIX32 ", not 0x%08X: no WaveCore board",
               b->path, magic, WC_BOARD_MAGIC);
    return WC_ENODEV;
  }
  if (version >> 16 != WC_BOARD_VERSION >> 16 || (version & 0xFFFF) < (WC_BOARD_VERSION & 0xFFFF)) {
    wc_explain(why, why_size,
               "%s: the bitstream has board interface %" PRIu32 ".%" PRIu32
               ", this driver %u.%u: load the bitstream that came with the driver",
               b->path, version >> 16, version & 0xFFFF, WC_BOARD_VERSION >> 16,
               WC_BOARD_VERSION & 0xFFFF);
    return WC_EVERSION;
  }
  *mem_bytes = bytes;
  return WC_OK;
}

static int board_time(struct board *b, uint32_t *cycles) {
  return wc_link_read_reg(&b->link, WC_LINK_BOARD_REGS + WC_B_TIME_LO, cycles);
}

/* Resets everything behind the link and waits for the memory: some time of ours, and some of the
 * board's own, which in a simulation may pass very slowly. */
static int start(struct board *b, char *why, size_t why_size) {
  uint32_t state = 0, from = 0, cycles = 0;
  int status = wc_link_write_reg(&b->link, WC_LINK_BOARD_REGS + WC_B_RESET, 1);
  const uint64_t begin = wc_now_ms();
  if (status == WC_OK)
    status = board_time(b, &from);
  while (status == WC_OK) {
    status = wc_link_read_reg(&b->link, WC_LINK_BOARD_REGS + WC_B_STATE, &state);
    if (status != WC_OK || (state & 3) == 2)
      break;
    status = board_time(b, &cycles);
    if (status == WC_OK && wc_now_ms() - begin > READY_MS && cycles - from > READY_CYCLES) {
      wc_explain(why, why_size, "%s: %s", b->path,
                 (state & 1) != 0 ? "the board is held in reset: let go of its button F1"
                                  : "the SDRAM controller does not become ready");
      return WC_ETIMEDOUT;
    }
  }
  if (status != WC_OK)
    wc_explain(why, why_size, "%s: %s after its reset", b->path, wc_strerror(status));
  return status;
}

static void board_close(void *ctx) {
  struct board *b = ctx;
  wc_port_close(b->link.fd);
  free(b);
}

/* Opens the port and sees who answers there; nothing on the board changes. */
static int reach(const char *args, struct board **reached, uint64_t *mem_bytes, char *why,
                 size_t why_size) {
  unsigned timeout_ms = TIMEOUT_MS, tries = TRIES;
  struct board *b = calloc(1, sizeof *b);
  if (b == NULL)
    return WC_ENOMEM;
  int status = parse(args, b->path, &timeout_ms, &tries, why, why_size);
  const int fd = status == WC_OK ? wc_port_open(b->path, why, why_size) : status;
  if (fd < 0) {
    free(b);
    return fd;
  }
  wc_link_init(&b->link, fd, timeout_ms, tries);
  status = identify(b, mem_bytes, why, why_size);
  if (status == WC_OK)
    *reached = b;
  else
    board_close(b);
  return status;
}

int wc_board_identify(const char *args, struct wc_board_id *id, char *why, size_t why_size) {
  struct board *b;
  uint64_t mem_bytes;
  struct wc_board_id found = {0};
  uint32_t array = 0;
  int status = reach(args, &b, &mem_bytes, why, why_size);
  if (status != WC_OK)
    return status;
  status = read_board(b, status, WC_B_VERSION, &found.version);
  status = read_board(b, status, WC_B_BOARD, &found.board);
  status = read_board(b, status, WC_B_GIT, &found.git);
  status = read_board(b, status, WC_B_CLOCK, &found.clock_hz);
  status = read_board(b, status, WC_B_ARRAY, &array);
  status = read_board(b, status, WC_B_GBUF_BYTES, &found.gbuf_bytes);
  status = read_board(b, status, WC_B_STATE, &found.state);
  if (status == WC_OK) {
    found.rows = array & 0xFFFF;
    found.cols = array >> 16;
    *id = found;
  } else {
    wc_explain(why, why_size, "%s: %s", b->path, wc_strerror(status));
  }
  board_close(b);
  return status;
}

/* Does the bitstream hold what is asked for: a device, or the smoke test? */
static int expect_kind(struct board *b, bool smoke, char *why, size_t why_size) {
  uint32_t board = 0;
  const int status = read_board(b, WC_OK, WC_B_BOARD, &board);
  if (status != WC_OK) {
    wc_explain(why, why_size, "%s: %s", b->path, wc_strerror(status));
    return status;
  }
  if (((board & WC_BOARD_SMOKE) != 0) == smoke)
    return WC_OK;
  wc_explain(why, why_size,
             smoke ? "%s: the bitstream holds a device: leave out --smoke"
                   : "%s: the bitstream holds the smoke test alone: selftest --smoke",
             b->path);
  return WC_ENODEV;
}

int wc_smoke_open(const char *args, struct wc_link **link, char *why, size_t why_size) {
  struct board *b;
  uint64_t mem_bytes;
  int status = reach(args, &b, &mem_bytes, why, why_size);
  if (status != WC_OK)
    return status;
  status = expect_kind(b, true, why, why_size);
  if (status == WC_OK)
    *link = &b->link;
  else
    board_close(b);
  return status;
}

void wc_smoke_close(struct wc_link *link) {
  if (link != NULL)
    board_close(link); /* the first member of its board */
}

static int board_open(const char *args, void **ctx, uint64_t *mem_bytes, char *why,
                      size_t why_size) {
  struct board *b;
  int status = reach(args, &b, mem_bytes, why, why_size);
  if (status != WC_OK)
    return status;
  status = expect_kind(b, false, why, why_size);
  if (status == WC_OK)
    status = start(b, why, why_size);
  if (status != WC_OK) {
    board_close(b);
    return status;
  }
  *ctx = b;
  return WC_OK;
}

static int board_reg_read(void *ctx, uint32_t offset, uint32_t *value) {
  struct board *b = ctx;
  return wc_link_read_reg(&b->link, offset, value);
}

static int board_reg_write(void *ctx, uint32_t offset, uint32_t value) {
  struct board *b = ctx;
  return wc_link_write_reg(&b->link, offset, value);
}

static int board_mem_read(void *ctx, wc_addr src, void *dst, size_t size) {
  struct board *b = ctx;
  return wc_link_transfer(&b->link, WC_LINK_OP_MEM_READ, (uint32_t)src, NULL, dst, size);
}

static int board_mem_write(void *ctx, wc_addr dst, const void *src, size_t size) {
  struct board *b = ctx;
  return wc_link_write(&b->link, (uint32_t)dst, src, size);
}

/* The board runs by itself; the registers are looked at again after a moment. */
static int board_advance(void *ctx, unsigned ms) {
  const struct timespec moment = {0, ms == 0 ? 0 : 1000000};
  (void)ctx;
  nanosleep(&moment, NULL);
  return WC_OK;
}

static int board_mem_crc(void *ctx, wc_addr src, uint64_t size, uint32_t *crc) {
  struct board *b = ctx;
  return wc_link_checksum(&b->link, (uint32_t)src, size, crc);
}

static struct wc_link *board_link(void *ctx) {
  struct board *b = ctx;
  return &b->link;
}

const struct wc_backend wc_backend_uart = {
    .abi = WC_BACKEND_ABI,
    .kind = "uart",
    .open = board_open,
    .close = board_close,
    .reg_read = board_reg_read,
    .reg_write = board_reg_write,
    .mem_read = board_mem_read,
    .mem_write = board_mem_write,
    .advance = board_advance,
    .mem_crc = board_mem_crc,
    .link = board_link,
};
