/* wc_cmd_cycles: what the order of commands reckons with. Latencies are those of docs/gemm.md,
 * docs/vector.md and docs/memory_system.md; conflicts at the ports are not seen. */
#include "emit_order.h"

enum { LINE = 32, DMA_LATENCY = 70, GEMM_LATENCY = 90, VEC_LATENCY = 45, DIVIDE = 30 };

static uint64_t up(uint64_t a, uint64_t b) {
  return (a + b - 1) / b;
}

static uint64_t dma_cycles(const struct wc_dma *d, const struct wc_emit_device *device) {
  const uint64_t runs = (uint64_t)d->n1 * d->n2 * d->n3;
  return runs * up(d->n0, device->axi_bytes) + DMA_LATENCY;
}

/* A wave for each tile of weights: a row a cycle, but no sooner than the weights have entered, nor
 * than the feed has found the pieces of A. */
static uint64_t gemm_cycles(const struct wc_gemm *g, const struct wc_emit_device *device) {
  const uint64_t positions = (uint64_t)g->p2 * g->p1 * g->p0;
  const uint64_t taps = (uint64_t)g->q2 * g->q1 * g->q0;
  const uint64_t m = g->a_trans ? taps : positions, k = g->a_trans ? positions : taps;
  const uint64_t lanes = device->rows;
  const uint64_t run = g->sx == 1 && g->a_s0 == 2 ? (g->p0 < lanes ? g->p0 : lanes) * 4 / 5
                       : g->q0 < lanes            ? g->q0
                                                  : lanes;
  const uint64_t tiles = up(k, device->rows) * up(g->n, device->cols);
  const uint64_t least = device->rows + 1;
  const uint64_t waves = tiles * (m > least ? m : least);
  const uint64_t pieces = up(positions * taps, run == 0 ? 1 : run);
  const uint64_t drain = up(m * g->n * (g->c_fp32 ? 4 : 2), LINE);
  return (waves > pieces ? waves : pieces) + drain / (m > 256 ? 4 : 2) + GEMM_LATENCY;
}

/* Lines that a vector of a stream takes, in quarters. */
static uint64_t lines(const struct wc_stream *s, uint32_t lanes) {
  if (s->s0 == 0) {
    return 1;
  }
  if (s->type != WC_T_BIT && s->s0 != 1) {
    return 4 * (uint64_t)lanes;
  }
  const uint64_t bytes = s->type == WC_T_BIT ? lanes / 8 : wc_type_bytes(s->type) * lanes;
  return up(4 * bytes, LINE);
}

static bool divides(const struct wc_cmd *cmd) {
  const uint32_t op = cmd->step[WC_STEPS - 1].op;
  return op == WC_V_DIV || op == WC_V_SQRT;
}

static uint64_t vec_cycles(const struct wc_cmd *cmd, const struct wc_emit_device *device) {
  const struct wc_vec *v = &cmd->vec;
  const uint64_t blocks = up(v->d0, device->lanes) * v->d2 * v->d3;
  uint64_t read = 0, written = 0, each = 4; /* quarters of a cycle a vector */
  for (unsigned i = 0; i < v->n_in && i < WC_VEC_INPUTS; i++) {
    read += v->d1 > 1 && cmd->in[i].s1 == 0 ? 0 : lines(&cmd->in[i], device->lanes);
  }
  uint64_t ends = 4;
  for (unsigned i = 0; i < v->n_out && i < WC_VEC_OUTPUTS; i++) {
    const struct wc_stream *s = &cmd->out[i];
    if (s->reduce == 0) {
      written += lines(s, device->lanes);
    } else if (s->chains) {
      ends = 20;
    } else {
      each = 12;
    }
  }
  each = read / 2 > each ? read / 2 : each;
  each = written > each ? written : each;
  each += divides(cmd) ? 4 * DIVIDE : 0;
  const bool reduces = v->n_out > 0 && cmd->out[0].reduce != 0;
  return blocks * v->d1 * each / 4 + (reduces ? blocks * ends : 0) + VEC_LATENCY;
}

uint64_t wc_cmd_cycles(const struct wc_cmd *cmd, const struct wc_emit_device *device) {
  switch (cmd->hdr.opcode) {
    case WC_OP_LOAD:
    case WC_OP_STORE:
      return dma_cycles(&cmd->dma, device);
    case WC_OP_GEMM:
      return gemm_cycles(&cmd->gemm, device);
    case WC_OP_VEC:
      return vec_cycles(cmd, device);
    default:
      return 0;
  }
}
