#include "cmodel_fault.h"

#include <string.h>

static bool overlaps(const struct wc_fault *fault, uint64_t low, uint64_t bytes) {
  return low < fault->addr + fault->size && fault->addr < low + bytes;
}

/* The first byte that [low, low+bytes) shares with the fault. */
static uint64_t first_shared(const struct wc_fault *fault, uint64_t low) {
  return low > fault->addr ? low : fault->addr;
}

/* Looks at each run of a LOAD or STORE that is known to lie in the window. */
static bool dma_meets(const struct wc_fault *fault, const struct wc_dma *dma, uint64_t *addr) {
  const int64_t base = (int64_t)((uint64_t)dma->dram_hi << 32 | dma->dram_lo);
  const uint32_t n1 = dma->ds1 == 0 ? 1 : dma->n1; /* a repeated run tells nothing new */
  const uint32_t n2 = dma->ds2 == 0 ? 1 : dma->n2;
  const uint32_t n3 = dma->ds3 == 0 ? 1 : dma->n3;
  for (uint32_t i3 = 0; i3 < n3; i3++) {
    for (uint32_t i2 = 0; i2 < n2; i2++) {
      for (uint32_t i1 = 0; i1 < n1; i1++) {
        const int64_t low =
            base + (int64_t)i3 * dma->ds3 + (int64_t)i2 * dma->ds2 + (int64_t)i1 * dma->ds1;
        if (overlaps(fault, (uint64_t)low, dma->n0)) {
          *addr = first_shared(fault, (uint64_t)low);
          return true;
        }
      }
    }
  }
  return false;
}

bool wc_fault_meets(const struct wc_fault *fault, const uint8_t *memory, uint64_t offset,
                    uint64_t end, uint32_t index, uint64_t gbuf_bytes, uint64_t window_bytes,
                    struct wc_model_error *error) {
  if (fault->size == 0 || offset >= end)
    return false;
  uint32_t words[WC_MAX_WORDS] = {0};
  const uint64_t left = end - offset;
  memcpy(words, memory + offset, left < sizeof words ? left : sizeof words);
  const uint32_t units = words[0] >> 8 & 0xFF;
  const uint64_t bytes = units == 0 ? WC_UNIT_BYTES : (uint64_t)units * WC_UNIT_BYTES;
  *error = (struct wc_model_error){fault->decerr ? WC_E_DECERR : WC_E_SLVERR, WC_U_FETCH, index,
                                   words[1], 0};
  if (overlaps(fault, offset, bytes < left ? bytes : left)) {
    error->addr = first_shared(fault, offset);
    return true;
  }
  struct wc_cmd cmd;
  uint64_t ignored;
  if (wc_cmd_decode(words, (size_t)(left / WC_UNIT_BYTES), &cmd) != WC_E_NONE ||
      (cmd.hdr.opcode != WC_OP_LOAD && cmd.hdr.opcode != WC_OP_STORE) ||
      wc_cmd_check(&cmd, gbuf_bytes, window_bytes, &ignored) != WC_E_NONE)
    return false;
  error->unit = cmd.hdr.opcode == WC_OP_LOAD ? WC_U_LOAD : WC_U_STORE;
  return dma_meets(fault, &cmd.dma, &error->addr);
}

void wc_stop_arm(struct wc_stop *stop, uint8_t *memory, uint64_t offset,
                 const struct wc_model_error *error) {
  stop->armed = true;
  stop->offset = offset;
  stop->error = *error;
  memcpy(&stop->saved, memory + offset, sizeof stop->saved);
  memset(memory + offset, 0, sizeof stop->saved);
}

bool wc_stop_disarm(struct wc_stop *stop, uint8_t *memory, const struct wc_model_error *ended) {
  if (!stop->armed)
    return false;
  stop->armed = false;
  uint32_t now;
  memcpy(&now, memory + stop->offset, sizeof now);
  if (now == 0)
    memcpy(memory + stop->offset, &stop->saved, sizeof stop->saved);
  return ended->code == WC_E_OPCODE && ended->cmd == stop->error.cmd;
}
