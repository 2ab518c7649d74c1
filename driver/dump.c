/* The state of a device as text, for the moment when something hangs. */
#include <inttypes.h>
#include <stdio.h>

#include "internal.h"
#include "link.h"

static const struct {
  uint32_t offset;
  const char *name, *access;
} registers[] = {
#define WC_REG(name, offset, access, doc) {offset, #name, #access},
#include "wc_isa.def"
};

static const char *queue_unit(unsigned queue) {
  static const char *const names[WC_QUEUES] = {"load", "store", "gemm", "vec"};
  return names[queue];
}

static const char *state_name(uint32_t state) {
  static const char *const names[] = {"idle", "busy", "waiting for operands", "waiting for memory",
                                      "waiting for a token"};
  return state < sizeof names / sizeof *names ? names[state] : "unknown";
}

static int print_registers(struct wc_device *dev, unsigned core, int fd) {
  for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
    if (registers[i].access[0] == 'w' || registers[i].offset >= WC_R_COUNTERS)
      continue;
    uint32_t value;
    const int status = wc_reg_read(dev, core, registers[i].offset, &value);
    if (status != WC_OK)
      return status;
    dprintf(fd, "%-14s 0x%08" PRIX32 "\n", registers[i].name, value);
  }
  return WC_OK;
}

static int print_summary(struct wc_device *dev, unsigned core, int fd) {
  uint32_t state, error, fetched;
  int status = wc_reg_read(dev, core, WC_R_STATUS, &state);
  if (status == WC_OK)
    status = wc_reg_read(dev, core, WC_R_ERR_CODE, &error);
  if (status == WC_OK)
    status = wc_reg_read(dev, core, WC_R_FETCHED, &fetched);
  if (status != WC_OK)
    return status;
  dprintf(fd, "status:%s%s%s%s, %" PRIu32 " commands fetched\n",
          state & WC_STATUS_BUSY ? " busy" : "", state & WC_STATUS_DONE ? " done" : "",
          state & WC_STATUS_ERROR ? " error" : "", state & WC_STATUS_RESETTING ? " resetting" : "",
          fetched);
  if ((error & 0xFF) != WC_E_NONE)
    dprintf(fd, "error: %s, unit %s\n", wc_error_text(error & 0xFF),
            wc_unit_name(error >> 8 & 0xF));
  for (unsigned q = 0; q < WC_QUEUES; q++) {
    uint32_t value;
    status = wc_reg_read(dev, core, WC_R_QUEUE0 + 4 * q, &value);
    if (status != WC_OK)
      return status;
    dprintf(fd, "queue %-5s: %" PRIu32 " waiting, unit %s", queue_unit(q), value & 0xFF,
            state_name(value >> 8 & 7));
    for (unsigned from = 0; from < WC_QUEUES; from++) {
      if (value >> (12 + from) & 1)
        dprintf(fd, ", needs a token of %s", queue_unit(from));
    }
    dprintf(fd, "\n");
  }
  return WC_OK;
}

static void print_counters(const struct wc_counters *counters, int fd) {
  for (uint32_t i = 0; i < WC_COUNTERS; i++)
    dprintf(fd, "%-14s %" PRIu64 "\n", wc_counter_name(i), counters->value[i]);
  for (uint32_t i = 0; i < WC_TAGS; i++) {
    if (counters->tag_rd[i] != 0 || counters->tag_wr[i] != 0)
      dprintf(fd, "tag %-2" PRIu32 "         %" PRIu64 " read, %" PRIu64 " written\n", i,
              counters->tag_rd[i], counters->tag_wr[i]);
  }
}

static int print_core(struct wc_device *dev, unsigned core, int fd) {
  struct wc_counters counters;
  int status = print_summary(dev, core, fd);
  if (status == WC_OK)
    status = print_registers(dev, core, fd);
  if (status == WC_OK)
    status = wc_counters_read_core(dev, core, &counters);
  if (status == WC_OK)
    print_counters(&counters, fd);
  return status;
}

/* The board's own registers answer even while all else is stuck, or in reset. */
static void print_board(struct wc_link *link, int fd) {
  static const struct {
    uint32_t offset;
    const char *name;
  } board[] = {{WC_B_VERSION, "VERSION"},
               {WC_B_GIT, "GIT"},
               {WC_B_CLOCK, "CLOCK"},
               {WC_B_STATE, "STATE"},
               {WC_B_SDRAM, "SDRAM"},
               {WC_B_PHASE, "PHASE"},
               {WC_B_REFRESHES, "REFRESHES"},
               {WC_B_COUNTERS, "frames"},
               {WC_B_COUNTERS + 4, "broken"},
               {WC_B_COUNTERS + 8, "no room"},
               {WC_B_COUNTERS + 12, "no stop bit"},
               {WC_B_COUNTERS + 16, "ahead"},
               {WC_B_COUNTERS + 20, "repeated"}};
  dprintf(fd,
          "link: %" PRIu64 " frames sent, %" PRIu64 " of them again, %" PRIu64 " answers, %" PRIu64
          " broken ones\n",
          link->count.requests, link->count.repeated, link->count.answers, link->count.broken);
  for (size_t i = 0; i < sizeof board / sizeof *board; i++) {
    uint32_t value;
    const int status = wc_link_read_reg(link, WC_LINK_BOARD_REGS + board[i].offset, &value);
    if (status != WC_OK) {
      dprintf(fd, "the board does not answer: %s\n", wc_strerror(status));
      return;
    }
    dprintf(fd, "board %-12s 0x%08" PRIX32 "\n", board[i].name, value);
  }
}

int wc_dump_state(struct wc_device *dev, int fd) {
  dprintf(fd, "device %s, array %u x %u, buffer %" PRIu64 " bytes, window %" PRIu64 " bytes\n",
          dev->backend->kind, dev->caps.rows, dev->caps.cols, dev->caps.gbuf_bytes, dev->window);
  if (dev->backend->link != NULL)
    print_board(dev->backend->link(dev->ctx), fd);
  int status = WC_OK;
  for (unsigned core = 0; core < dev->caps.cores && status == WC_OK; core++) {
    if (dev->caps.cores > 1)
      dprintf(fd, "core %u\n", core);
    status = print_core(dev, core, fd);
  }
  if (status != WC_OK)
    dprintf(fd, "the registers cannot be read: %s\n", wc_strerror(status));
  return status;
}
