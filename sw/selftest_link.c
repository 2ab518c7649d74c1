/* Steps of the ladder that need nothing but the link and the registers. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "link.h"
#include "selftest.h"

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

enum { ECHO_BYTES = 4096 };

enum wc_rung_result wc_rung_loopback(struct wc_selftest *t) {
  static uint8_t out[ECHO_BYTES], in[ECHO_BYTES];
  if (t->link == NULL)
    return wc_rung_note(t, WC_RUNG_NOT_HERE, "this device has no link");
  uint32_t random = 1;
  for (size_t i = 0; i < ECHO_BYTES; i++) {
    random = random * 1664525u + 1013904223u;
    out[i] = i < 1024 ? (uint8_t)(i % 3 == 0 ? 0 : i) : (uint8_t)(random >> 24);
  }
  const struct wc_link_counters before = t->link->count;
  const double begin = seconds();
  const int status = wc_link_transfer(t->link, WC_LINK_OP_ECHO, 0, out, in, ECHO_BYTES);
  const double taken = seconds() - begin;
  if (status != WC_OK)
    return wc_rung_status(t, status, "echo");
  const uint64_t sent = t->link->count.requests - before.requests;
  const uint64_t again = t->link->count.repeated - before.repeated;
  return wc_rung_note(
      t, memcmp(out, in, ECHO_BYTES) == 0 ? WC_RUNG_RIGHT : WC_RUNG_WRONG,
      "%d bytes each way, %.1f KB/s, %" PRIu64 " of %" PRIu64 " frames sent again (%.1f %%)",
      ECHO_BYTES, ECHO_BYTES / taken / 1000, again, sent, 100.0 * (double)again / (double)sent);
}

/* Every capability, as the model of the same sizes has it. That both can be opened has shown the
 * identity; here each word is read again, and again in reverse. */
enum wc_rung_result wc_rung_registers(struct wc_selftest *t) {
  const struct wc_caps *c = wc_caps(t->dev), *m = wc_caps(t->model);
  if (c->rows != m->rows || c->cols != m->cols || c->gbuf_bytes != m->gbuf_bytes ||
      c->lanes != m->lanes || c->steps != m->steps || c->acc_rows != m->acc_rows ||
      c->line_bytes != m->line_bytes || c->banks != m->banks || c->axi_bytes != m->axi_bytes ||
      c->version != m->version)
    return wc_rung_note(t, WC_RUNG_WRONG, "its capabilities are not those of its model");
  /* The watchdog and the window are the registers that the driver may write freely. */
  for (unsigned bit = 0; bit < 32; bit++) {
    const int status = wc_set_watchdog(t->dev, UINT32_C(1) << bit);
    if (status != WC_OK)
      return wc_rung_status(t, status, "register WATCHDOG");
    if (t->link != NULL) {
      uint32_t value = 0;
      const int read = wc_link_read_reg(t->link, WC_R_WATCHDOG, &value);
      if (read != WC_OK)
        return wc_rung_status(t, read, "register WATCHDOG");
      if (value != UINT32_C(1) << bit)
        return wc_rung_note(t, WC_RUNG_WRONG,
                            "WATCHDOG reads 0x%08" PRIX32 " where 0x%08" PRIX32 " was written",
                            value, UINT32_C(1) << bit);
    }
  }
  const int status = wc_set_watchdog(t->dev, 100000);
  if (status != WC_OK)
    return wc_rung_status(t, status, "register WATCHDOG");
  return wc_rung_note(t, WC_RUNG_RIGHT, "%u x %u array, %" PRIu64 " bytes of buffer", c->rows,
                      c->cols, c->gbuf_bytes);
}
