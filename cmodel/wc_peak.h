/* The most multiply-adds the machine does: what kernels are to be measured against. */
#ifndef WC_PEAK_H
#define WC_PEAK_H

#include <stdint.h>

/* Rounds of independent fused multiply-adds in registers, on the caller's thread, with the
 * instruction set that the kernels use. Returns the FP32 operations done, two for each
 * multiply-add. */
uint64_t wc_peak_run(uint64_t rounds);

#endif
