#include "port.h"

#include <stdlib.h>
#include <string.h>

enum wc_simd wc_simd_best(void) {
#if WC_X86
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
      !__builtin_cpu_supports("f16c"))
    return WC_SIMD_PORTABLE;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
    return WC_SIMD_AVX512;
  return WC_SIMD_AVX2;
#else
  return WC_SIMD_PORTABLE;
#endif
}

enum wc_simd wc_simd_choose(void) {
  const enum wc_simd best = wc_simd_best();
  const char *wanted = getenv("WC_ISA");
  for (int i = WC_SIMD_PORTABLE; wanted != NULL && i < (int)best; i++) {
    if (strcmp(wanted, wc_simd_name((enum wc_simd)i)) == 0)
      return (enum wc_simd)i;
  }
  return best;
}

const char *wc_simd_name(enum wc_simd simd) {
  static const char *const names[WC_SIMDS] = {"portable", "avx2", "avx512"};
  return names[simd];
}
