/* wc_cmd_ranges: the bytes that one command touches, as bounding intervals. */
#include "emit.h"

/* An interval that grows by dimensions; may reach below 0 for a command that is not legal. */
struct span {
  int64_t lo, hi;
};

static struct span span_of(int64_t base, int64_t bytes) {
  return (struct span){base, base + bytes};
}

/* Repeats @span @n times at multiples of @stride. */
static struct span repeat(struct span span, uint32_t n, int64_t stride) {
  const int64_t reach = n > 1 ? (int64_t)(n - 1) * stride : 0;
  if (reach < 0) {
    span.lo += reach;
  } else {
    span.hi += reach;
  }
  return span;
}

struct list {
  struct wc_range *ranges;
  unsigned n;
};

static void add(struct list *list, struct span span, bool dram, bool write) {
  if (span.lo < 0) {
    span.lo = 0;
  }
  if (span.lo < span.hi) {
    list->ranges[list->n++] = (struct wc_range){(uint64_t)span.lo, (uint64_t)span.hi, dram, write};
  }
}

static void dma_ranges(struct list *list, const struct wc_dma *d, bool load) {
  struct span dram = span_of((int64_t)((uint64_t)d->dram_hi << 32 | d->dram_lo), d->n0);
  dram = repeat(repeat(repeat(dram, d->n1, d->ds1), d->n2, d->ds2), d->n3, d->ds3);
  struct span gb = span_of(d->gb, d->n0);
  gb = repeat(repeat(repeat(gb, d->n1, d->gs1), d->n2, d->gs2), d->n3, d->gs3);
  add(list, dram, true, !load);
  add(list, gb, false, load);
}

/* The least and the largest of i*step + j*tap_step + offset inside [0, size), i < n, j < taps;
 * lo > hi: none is inside. Exact for each tap, so that no byte beside the operand is claimed. */
static struct span inside(int64_t n, int64_t step, int64_t taps, int64_t tap_step, int64_t offset,
                          int64_t size) {
  struct span all = {size, -1};
  const int64_t up = step < 0 ? -step : step;
  for (int64_t j = 0; j < taps; j++) {
    int64_t lo = j * tap_step + offset + (step < 0 ? (n - 1) * step : 0);
    int64_t hi = lo + (n - 1) * up;
    if (lo < 0 && up > 0) {
      lo += (-lo + up - 1) / up * up;
    }
    if (hi >= size && up > 0) {
      hi -= (hi - size + up) / up * up;
    }
    if (lo < 0 || hi >= size || lo > hi) {
      continue;
    }
    all.lo = lo < all.lo ? lo : all.lo;
    all.hi = hi > all.hi ? hi : all.hi;
  }
  return all;
}

static void gemm_a_range(struct list *list, const struct wc_gemm *g) {
  const struct span iy = inside(g->p1, g->sy, g->q2, g->ry, g->oy, g->h);
  const struct span ix = inside(g->p0, g->sx, g->q1, g->rx, g->ox, g->w);
  if (iy.lo > iy.hi || ix.lo > ix.hi) {
    return;
  }
  struct span a = span_of(g->a_base + iy.lo * g->a_s1 + ix.lo * g->a_s0, 2 * (int64_t)g->q0);
  a = repeat(a, (uint32_t)(iy.hi - iy.lo + 1), g->a_s1);
  a = repeat(a, (uint32_t)(ix.hi - ix.lo + 1), g->a_s0);
  add(list, repeat(a, g->p2, g->a_s2), false, false);
}

static void gemm_ranges(struct list *list, const struct wc_gemm *g) {
  const uint32_t pos[] = {g->p2, g->p1, g->p0}, taps[] = {g->q2, g->q1, g->q0};
  const uint32_t *row = g->a_trans ? taps : pos, *depth = g->a_trans ? pos : taps;
  gemm_a_range(list, g);
  struct span b = repeat(span_of(g->b_base, 2), g->n, g->b_sn);
  b = repeat(repeat(repeat(b, depth[2], g->b_s0), depth[1], g->b_s1), depth[0], g->b_s2);
  add(list, b, false, false);
  if (g->preload) {
    struct span p = repeat(span_of(g->p_base, 4 * (int64_t)g->n), row[2], g->p_s0);
    add(list, repeat(repeat(p, row[1], g->p_s1), row[0], g->p_s2), false, false);
  }
  struct span c = repeat(span_of(g->c_base, (g->c_fp32 ? 4 : 2) * (int64_t)g->n), row[2], g->c_s0);
  add(list, repeat(repeat(c, row[1], g->c_s1), row[0], g->c_s2), false, true);
}

/* @d1: how often the stream repeats at multiples of s1. */
static struct span stream_span(const struct wc_vec *v, const struct wc_stream *s, uint32_t d1) {
  struct span span;
  if (s->type == WC_T_BIT) {
    span = span_of(s->base, ((int64_t)v->d0 + 7) / 8);
  } else {
    const int64_t bytes = (int64_t)wc_type_bytes(s->type);
    span = repeat(span_of(s->base, bytes), v->d0, s->s0 * bytes);
  }
  return repeat(repeat(repeat(span, d1, s->s1), v->d2, s->s2), v->d3, s->s3);
}

static void vec_ranges(struct list *list, const struct wc_cmd *cmd) {
  const struct wc_vec *v = &cmd->vec;
  for (unsigned i = 0; i < v->n_in && i < WC_VEC_INPUTS; i++) {
    add(list, stream_span(v, &cmd->in[i], v->d1), false, false);
  }
  for (unsigned i = 0; i < v->n_out && i < WC_VEC_OUTPUTS; i++) {
    const struct wc_stream *s = &cmd->out[i];
    const uint32_t chains = s->chains ? WC_CHAINS : 1;
    if (s->reduce && s->load) {
      add(list, stream_span(v, s, chains), false, false);
    }
    add(list, stream_span(v, s, !s->reduce ? v->d1 : s->keep ? chains : 1), false, true);
  }
}

unsigned wc_cmd_ranges(const struct wc_cmd *cmd, struct wc_range ranges[WC_MAX_RANGES]) {
  struct list list = {ranges, 0};
  switch (cmd->hdr.opcode) {
    case WC_OP_LOAD:
    case WC_OP_STORE:
      dma_ranges(&list, &cmd->dma, cmd->hdr.opcode == WC_OP_LOAD);
      break;
    case WC_OP_GEMM:
      gemm_ranges(&list, &cmd->gemm);
      break;
    case WC_OP_VEC:
      vec_ranges(&list, cmd);
      break;
    default:
      break;
  }
  return list.n;
}
