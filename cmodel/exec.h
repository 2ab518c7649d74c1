/* What the units of the model share: memories, instruction set, workers, scratch. */
#ifndef WC_EXEC_H
#define WC_EXEC_H

#include <stdint.h>

#include "pool.h"
#include "port.h"
#include "wc_isa.h"

/* The global buffer may be read this many bytes past its end (never written): kernels load
 * whole vectors. */
enum { WC_GBUF_SLACK = 256 };

struct wc_gemm_scratch;
struct wc_vec_scratch;

struct wc_exec {
  uint8_t *gbuf;
  uint8_t *mem;
  enum wc_simd simd;
  struct wc_pool *pool;
  unsigned worker; /* of the pool, who executes */
  struct wc_gemm_scratch *gemm;
  struct wc_vec_scratch *vec; /* one for each worker */
};

/* Each runs one command that wc_cmd_check has accepted. */
void wc_exec_load(const struct wc_exec *exec, const struct wc_dma *dma);
void wc_exec_store(const struct wc_exec *exec, const struct wc_dma *dma);
void wc_exec_gemm(const struct wc_exec *exec, const struct wc_gemm *gemm);
void wc_exec_vec(const struct wc_exec *exec, const struct wc_cmd *cmd);

/* The definition of GEMM: one ordered loop an element. Slow; the tests hold wc_exec_gemm to it. */
void wc_gemm_naive(uint8_t *gbuf, const struct wc_gemm *gemm);

/* Zeroed lazily mapped memory, aligned to a page; NULL when there is none. */
void *wc_map(uint64_t bytes);
void wc_unmap(void *memory, uint64_t bytes);

/* All scratch memory is made with the model, so that no command allocates. NULL without memory.
 * @b_floats, @sums_floats: room for packed B and for sums between depth groups, at least 64 each;
 * 0: as much as keeps large products fast. They decide speed, not results. */
struct wc_gemm_scratch *wc_gemm_scratch_new(unsigned workers, size_t b_floats, size_t sums_floats);
void wc_gemm_scratch_delete(struct wc_gemm_scratch *scratch);
struct wc_vec_scratch *wc_vec_scratch_new(unsigned workers);
void wc_vec_scratch_delete(struct wc_vec_scratch *scratch);

#endif
