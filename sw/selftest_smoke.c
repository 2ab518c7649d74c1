/* The ladder of a board that holds the smoke test alone (fpga/smoke): an array of 2 x 2 that is fed
 * by registers. */
#include <inttypes.h>
#include <string.h>

#include "link.h"
#include "selftest.h"

enum { LANES = 2, WORD = 4, ROWS_MAX = 16, DEPTH_MAX = 4, BUSY_LOOKS = 100 };

enum wc_rung_result wc_rung_smoke_registers(struct wc_selftest *t) {
  uint32_t id = 0, array = 0;
  int status = wc_link_read_reg(t->link, WC_SMOKE_ID, &id);
  if (status == WC_OK)
    status = wc_link_read_reg(t->link, WC_SMOKE_ARRAY, &array);
  if (status != WC_OK)
    return wc_rung_status(t, status, "registers");
  if (id != WC_SMOKE_MAGIC || array != (LANES << 16 | LANES))
    return wc_rung_note(t, WC_RUNG_WRONG, "its identity is 0x%08" PRIX32 ", array 0x%08" PRIX32, id,
                        array);
  for (unsigned bit = 0; bit < 32; bit++) {
    uint32_t value = 0;
    status = wc_link_write_reg(t->link, WC_SMOKE_PSUM, UINT32_C(1) << bit);
    if (status == WC_OK)
      status = wc_link_read_reg(t->link, WC_SMOKE_PSUM, &value);
    if (status != WC_OK)
      return wc_rung_status(t, status, "register PSUM");
    if (value != UINT32_C(1) << bit)
      return wc_rung_note(t, WC_RUNG_WRONG, "PSUM reads 0x%08" PRIX32 ", bit %u was written", value,
                          bit);
  }
  return wc_rung_note(t, WC_RUNG_RIGHT, "%d x %d array", LANES, LANES);
}

/* Sends one row through: the sums begin at @sums and end there. */
static int wave(struct wc_link *link, const uint8_t act[WORD], const uint8_t weight[LANES * WORD],
                uint8_t sums[LANES * WORD]) {
  uint32_t busy = 1;
  int status =
      wc_link_transfer(link, WC_LINK_OP_REG_WRITE, WC_SMOKE_WEIGHT, weight, NULL, LANES * WORD);
  if (status == WC_OK)
    status = wc_link_transfer(link, WC_LINK_OP_REG_WRITE, WC_SMOKE_PSUM, sums, NULL, LANES * WORD);
  if (status == WC_OK)
    status = wc_link_transfer(link, WC_LINK_OP_REG_WRITE, WC_SMOKE_ACT, act, NULL, WORD);
  for (unsigned i = 0; i < BUSY_LOOKS && status == WC_OK && busy != 0; i++)
    status = wc_link_read_reg(link, WC_SMOKE_BUSY, &busy);
  if (status == WC_OK && busy != 0)
    return WC_ETIMEDOUT;
  return status == WC_OK ? wc_link_transfer(link, WC_LINK_OP_REG_READ, WC_SMOKE_RESULT, NULL, sums,
                                            LANES * WORD)
                         : status;
}

/* A of @m x @k, B of @k x 2, both FP16, k even: every row of A two lanes at a time. */
static enum wc_rung_result gemm(struct wc_selftest *t, uint32_t m, uint32_t k) {
  uint8_t in[2 * (ROWS_MAX * DEPTH_MAX + DEPTH_MAX * LANES)];
  uint8_t want[WORD * ROWS_MAX * LANES], got[WORD * ROWS_MAX * LANES] = {0};
  const uint8_t *b = in + 2 * m * k;
  wc_selftest_fill(in, 2 * (m * k + k * LANES), m);
  int status = wc_selftest_model_gemm(t, m, k, LANES, in, want);
  if (status != WC_OK)
    return wc_rung_status(t, status, "the C model");
  for (uint32_t row = 0; row < m; row++) {
    for (uint32_t depth = 0; depth < k && status == WC_OK; depth += LANES)
      status = wave(t->link, in + 2 * (row * k + depth), b + 2 * depth * LANES,
                    got + WORD * LANES * row);
  }
  if (status != WC_OK)
    return wc_rung_status(t, status, "a wave");
  if (memcmp(got, want, WORD * m * LANES) != 0)
    return wc_rung_note(t, WC_RUNG_WRONG, "the sums are not those of the C model");
  return wc_rung_note(t, WC_RUNG_RIGHT, "%" PRIu32 " bytes as the C model", WORD * m * LANES);
}

/* The second lane multiplies too: the smallest GEMM here has two MACs in a sum. */
enum wc_rung_result wc_rung_smoke_mac(struct wc_selftest *t) {
  return gemm(t, 1, LANES);
}

enum wc_rung_result wc_rung_smoke_tile(struct wc_selftest *t) {
  return gemm(t, ROWS_MAX, DEPTH_MAX);
}
