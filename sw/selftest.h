/* The ladder: from the link up to a weight update, each step on what the steps before have shown.
 *
 * Every step compares the device with the C model, or with what was written. */
#ifndef WC_SELFTEST_H
#define WC_SELFTEST_H

#include "graph.h"
#include "outcome.h"
#include "wavecore.h"

struct wc_link;

enum wc_rung_result { WC_RUNG_RIGHT, WC_RUNG_WRONG, WC_RUNG_FAILED, WC_RUNG_NOT_HERE };

struct wc_selftest {
  struct wc_device *dev;
  struct wc_device *model; /* the C model of the same sizes */
  struct wc_link *link;    /* NULL: no board */
  unsigned timeout_ms;     /* of a stream */
  char note[256];          /* what a step found: figures, or what is wrong */
};

struct wc_rung {
  const char *name;
  int exit_code; /* of the command, when the step is not right */
  enum wc_rung_result (*run)(struct wc_selftest *t);
};

/* The steps in their order; @n receives how many. */
const struct wc_rung *wc_selftest_ladder(size_t *n);

/* The steps for a board that holds the smoke test alone: only link and model are there. */
const struct wc_rung *wc_smoke_ladder(size_t *n);

/* A GEMM of the FP16 operands @in, A before B, on the C model; @out receives m * n FP32. */
int wc_selftest_model_gemm(struct wc_selftest *t, uint32_t m, uint32_t k, uint32_t n,
                           const uint8_t *in, uint8_t *out);
/* FP16 numbers between 1/16 and 2, of both signs, so that every sum is finite. */
void wc_selftest_fill(uint8_t *bytes, size_t size, uint32_t seed);

/* Places in device memory; the results lie behind. */
enum { WC_SELFTEST_DATA = 0x10000, WC_SELFTEST_RESULT = 0x40000, WC_SELFTEST_STREAM = 0x1000 };

/* Formats the note and returns @result. */
__attribute__((format(printf, 3, 4))) enum wc_rung_result wc_rung_note(struct wc_selftest *t,
                                                                       enum wc_rung_result result,
                                                                       const char *format, ...);
/* A status of the driver that is not WC_OK: FAILED, with what was attempted. */
enum wc_rung_result wc_rung_status(struct wc_selftest *t, int status, const char *what);

enum wc_rung_result wc_rung_smoke_registers(struct wc_selftest *t);
enum wc_rung_result wc_rung_smoke_mac(struct wc_selftest *t);
enum wc_rung_result wc_rung_smoke_tile(struct wc_selftest *t);

enum wc_rung_result wc_rung_loopback(struct wc_selftest *t);
enum wc_rung_result wc_rung_registers(struct wc_selftest *t);
enum wc_rung_result wc_rung_phase(struct wc_selftest *t);
enum wc_rung_result wc_rung_data(struct wc_selftest *t);
enum wc_rung_result wc_rung_address(struct wc_selftest *t);
enum wc_rung_result wc_rung_retention(struct wc_selftest *t);
enum wc_rung_result wc_rung_march(struct wc_selftest *t);
enum wc_rung_result wc_rung_dma(struct wc_selftest *t);
enum wc_rung_result wc_rung_mac(struct wc_selftest *t);
enum wc_rung_result wc_rung_tile(struct wc_selftest *t);
enum wc_rung_result wc_rung_conv(struct wc_selftest *t);
enum wc_rung_result wc_rung_backward(struct wc_selftest *t);
enum wc_rung_result wc_rung_update(struct wc_selftest *t);

#endif
