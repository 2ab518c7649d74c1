/* LOAD and STORE. */
#include <string.h>

#include "exec.h"

enum direction { TO_GBUF, TO_MEM };

static void copy(uint8_t *mem, uint8_t *gbuf, const struct wc_dma *d, enum direction direction) {
  for (int64_t i3 = 0; i3 < d->n3; i3++) {
    for (int64_t i2 = 0; i2 < d->n2; i2++) {
      uint8_t *dram = mem + ((int64_t)d->dram_hi << 32 | d->dram_lo) + i3 * d->ds3 + i2 * d->ds2;
      uint8_t *gb = gbuf + (int64_t)d->gb + i3 * d->gs3 + i2 * d->gs2;
      for (int64_t i1 = 0; i1 < d->n1; i1++) {
        if (direction == TO_GBUF)
          memcpy(gb + i1 * d->gs1, dram + i1 * d->ds1, d->n0);
        else
          memcpy(dram + i1 * d->ds1, gb + i1 * d->gs1, d->n0);
      }
    }
  }
}

void wc_exec_load(const struct wc_exec *exec, const struct wc_dma *dma) {
  copy(exec->mem, exec->gbuf, dma, TO_GBUF);
}

void wc_exec_store(const struct wc_exec *exec, const struct wc_dma *dma) {
  copy(exec->mem, exec->gbuf, dma, TO_MEM);
}
