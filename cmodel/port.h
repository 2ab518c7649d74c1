/* The one place for compiler extensions and processor differences. */
#ifndef WC_PORT_H
#define WC_PORT_H

#if defined(__x86_64__) && defined(__GNUC__)
#define WC_X86 1
#else
#define WC_X86 0
#endif

#if defined(__GNUC__)
#define WC_ALWAYS_INLINE inline __attribute__((always_inline))
#define WC_PRAGMA(text) _Pragma(#text)
#define WC_UNROLL(times) WC_PRAGMA(GCC unroll times)
#else
#define WC_ALWAYS_INLINE inline
#define WC_UNROLL(times)
#endif

#if WC_X86
#include <immintrin.h>
#define WC_TARGET_AVX2 __attribute__((target("avx2,fma,f16c")))
#define WC_TARGET_AVX512 __attribute__((target("avx2,fma,f16c,avx512f,avx512vl,avx512bw,avx512dq")))
#define WC_SPIN_PAUSE() _mm_pause()
#define WC_PREFETCH(address) _mm_prefetch((const char *)(address), _MM_HINT_T0)
#else
#define WC_SPIN_PAUSE() ((void)0)
#define WC_PREFETCH(address) ((void)(address))
#endif

/* Number of the lowest bit set in @mask, which is not 0. */
static inline unsigned wc_lowest_bit(unsigned mask) {
#if defined(__GNUC__)
  return (unsigned)__builtin_ctz(mask);
#else
  unsigned bit = 0;
  while ((mask >> bit & 1) == 0)
    bit++;
  return bit;
#endif
}

/* Instruction sets that kernels exist for, each a superset of the one before. */
enum wc_simd { WC_SIMD_PORTABLE, WC_SIMD_AVX2, WC_SIMD_AVX512, WC_SIMDS };

/* The best set this processor has. */
enum wc_simd wc_simd_best(void);

/* The set to use: the best one, or what the environment variable WC_ISA names (portable, avx2,
 * avx512) if the processor has it. */
enum wc_simd wc_simd_choose(void);

/* "portable", "avx2", "avx512". */
const char *wc_simd_name(enum wc_simd simd);

#endif
