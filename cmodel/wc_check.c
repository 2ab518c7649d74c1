/* wc_cmd_check: everything that can be judged about one command alone. */
#include <stdbool.h>

#include "wc_isa.h"
#include "wc_isa_internal.h"

/* One dimension of an access pattern. A stride whose dimension is 1 is not used. */
struct dim {
  uint64_t n;
  int64_t stride;
};

/* First and last byte of a set of accesses; empty when nothing is accessed. */
struct span {
  bool empty;
  int64_t low, high;
};

/* Bytes touched by elements of @bytes at base + sum of i_k * stride_k. All products fit: a
 * dimension has at most 24 bits, a stride 32. */
static struct span span_of(int64_t base, const struct dim *dims, size_t n_dims, int64_t bytes) {
  struct span span = {false, base, base + bytes - 1};
  for (size_t i = 0; i < n_dims; i++) {
    const int64_t reach = (int64_t)(dims[i].n - 1) * dims[i].stride;
    if (reach < 0)
      span.low += reach;
    else
      span.high += reach;
  }
  return span;
}

/* False, and the offending end in @addr, when @span leaves [0, limit). */
static bool span_inside(struct span span, uint64_t limit, uint64_t *addr) {
  if (span.empty)
    return true;
  if (span.low < 0) {
    *addr = (uint64_t)span.low & UINT64_C(0xFFFFFFFFFF);
    return false;
  }
  if ((uint64_t)span.high >= limit) {
    *addr = (uint64_t)span.high;
    return false;
  }
  return true;
}

/* False, and the base in @addr, when the base or a stride that is used is not a multiple of
 * @align. */
static bool aligned(int64_t base, const struct dim *dims, size_t n_dims, int64_t align,
                    uint64_t *addr) {
  bool ok = base % align == 0;
  for (size_t i = 0; i < n_dims; i++)
    ok = ok && (dims[i].n <= 1 || dims[i].stride % align == 0);
  if (!ok)
    *addr = (uint64_t)base;
  return ok;
}

static enum wc_device_error check_hdr(const struct wc_hdr *hdr) {
  const int queue = wc_opcode_queue(hdr->opcode);
  const uint32_t own = queue < 0 ? 0xF : UINT32_C(1) << queue;
  return (hdr->wait & own) != 0 || (hdr->signal & own) != 0 ? WC_E_FIELD : WC_E_NONE;
}

static enum wc_device_error check_dma(const struct wc_dma *dma, uint64_t gbuf_bytes,
                                      uint64_t window_bytes, uint64_t *addr) {
  if (dma->n0 == 0 || dma->n1 == 0 || dma->n2 == 0 || dma->n3 == 0 || dma->n0 % 2 != 0)
    return WC_E_FIELD;
  const int64_t dram = (int64_t)((uint64_t)dma->dram_hi << 32 | dma->dram_lo);
  const int64_t gb = (int64_t)dma->gb;
  const struct dim dram_dims[] = {{dma->n1, dma->ds1}, {dma->n2, dma->ds2}, {dma->n3, dma->ds3}};
  const struct dim gb_dims[] = {{dma->n1, dma->gs1}, {dma->n2, dma->gs2}, {dma->n3, dma->gs3}};
  if (!aligned(dram, dram_dims, 3, 2, addr) || !aligned(gb, gb_dims, 3, 2, addr))
    return WC_E_ALIGN;
  if (!span_inside(span_of(dram, dram_dims, 3, dma->n0), window_bytes, addr))
    return WC_E_WINDOW;
  if (!span_inside(span_of(gb, gb_dims, 3, dma->n0), gbuf_bytes, addr))
    return WC_E_GBUF;
  return WC_E_NONE;
}

/* The values that i*step + j*tap_step + offset takes inside [0, size), i < n, j < taps. */
static struct span image_span(int64_t n, int64_t step, int64_t taps, int64_t tap_step,
                              int64_t offset, int64_t size) {
  struct span span = {true, 0, 0};
  for (int64_t j = 0; j < taps; j++) {
    const int64_t at0 = j * tap_step + offset;
    const int64_t up = step < 0 ? -step : step; /* count from the lower end upwards */
    const int64_t start = step < 0 ? at0 + (n - 1) * step : at0;
    int64_t low = start, high = start + (n - 1) * up;
    if (up == 0 && (low < 0 || low >= size))
      continue;
    if (low < 0)
      low += (-low + up - 1) / up * up;
    if (high >= size)
      high -= (high - size + up) / up * up;
    if (low > high)
      continue;
    span.low = span.empty || low < span.low ? low : span.low;
    span.high = span.empty || high > span.high ? high : span.high;
    span.empty = false;
  }
  return span;
}

/* Bytes of A inside the image; taps outside it are not accessed. */
static struct span gemm_a_span(const struct wc_gemm *g) {
  const struct span iy = image_span(g->p1, g->sy, g->q2, g->ry, g->oy, g->h);
  const struct span ix = image_span(g->p0, g->sx, g->q1, g->rx, g->ox, g->w);
  if (iy.empty || ix.empty)
    return (struct span){true, 0, 0};
  const int64_t base = (int64_t)g->a_base + iy.low * g->a_s1 + ix.low * g->a_s0;
  const struct dim dims[] = {{g->p2, g->a_s2},
                             {(uint64_t)(iy.high - iy.low) + 1, g->a_s1},
                             {(uint64_t)(ix.high - ix.low) + 1, g->a_s0}};
  return span_of(base, dims, 3, 2 * (int64_t)g->q0);
}

static bool gemm_fields_ok(const struct wc_gemm *g) {
  if (g->n == 0 || g->p2 == 0 || g->p1 == 0 || g->p0 == 0 || g->q2 == 0 || g->q1 == 0 || g->q0 == 0)
    return false;
  if (g->b_trans ? g->b_s0 != 2 : g->b_sn != 2)
    return false;
  return g->preload || (g->p_base == 0 && g->p_s2 == 0 && g->p_s1 == 0 && g->p_s0 == 0);
}

static enum wc_device_error check_gemm(const struct wc_gemm *g, uint64_t gbuf_bytes,
                                       uint64_t *addr) {
  if (!gemm_fields_ok(g))
    return WC_E_FIELD;
  const uint32_t pos[] = {g->p2, g->p1, g->p0}, taps[] = {g->q2, g->q1, g->q0};
  const uint32_t *row = g->a_trans ? taps : pos, *depth = g->a_trans ? pos : taps;
  const int64_t c_bytes = g->c_fp32 ? 4 : 2;
  const struct dim a[] = {{g->p2, g->a_s2}, {g->h, g->a_s1}, {g->w, g->a_s0}};
  const struct dim b[] = {
      {depth[0], g->b_s2}, {depth[1], g->b_s1}, {depth[2], g->b_s0}, {g->n, g->b_sn}};
  const struct dim c[] = {{row[0], g->c_s2}, {row[1], g->c_s1}, {row[2], g->c_s0}, {g->n, c_bytes}};
  const struct dim p[] = {{row[0], g->p_s2}, {row[1], g->p_s1}, {row[2], g->p_s0}, {g->n, 4}};
  if (!aligned(g->a_base, a, 3, 2, addr) || !aligned(g->b_base, b, 4, 2, addr) ||
      !aligned(g->c_base, c, 4, c_bytes, addr) || !aligned(g->p_base, p, 4, 4, addr))
    return WC_E_ALIGN;
  if (!span_inside(gemm_a_span(g), gbuf_bytes, addr) ||
      !span_inside(span_of(g->b_base, b, 4, 2), gbuf_bytes, addr) ||
      (g->preload && !span_inside(span_of(g->p_base, p, 4, 4), gbuf_bytes, addr)) ||
      !span_inside(span_of(g->c_base, c, 4, c_bytes), gbuf_bytes, addr))
    return WC_E_GBUF;
  return WC_E_NONE;
}

/* Which operands an operation reads, and where it may stand. */
struct op_rule {
  bool known, a, b, c, special;
};

static struct op_rule op_rule(uint32_t op) {
  switch (op) {
    case WC_V_NOP:
      return (struct op_rule){.known = true};
    case WC_V_FMA:
    case WC_V_SEL:
      return (struct op_rule){.known = true, .a = true, .b = true, .c = true};
    case WC_V_ADD:
      return (struct op_rule){.known = true, .a = true, .c = true};
    case WC_V_MUL:
    case WC_V_MAX:
    case WC_V_MIN:
    case WC_V_GT:
    case WC_V_EQ:
    case WC_V_CMAX:
      return (struct op_rule){.known = true, .a = true, .b = true};
    case WC_V_MOV:
      return (struct op_rule){.known = true, .a = true};
    case WC_V_DIV:
      return (struct op_rule){.known = true, .a = true, .b = true, .special = true};
    case WC_V_SQRT:
    case WC_V_POW2:
    case WC_V_EXPO:
    case WC_V_MANT:
      return (struct op_rule){.known = true, .a = true, .special = true};
    default:
      return (struct op_rule){.known = false};
  }
}

/* A source field: legal when used, zero when not. Marks the input it reads in @inputs. */
static bool source_ok(bool used, uint32_t src, uint32_t n_in, uint32_t *inputs) {
  if (!used)
    return src == 0;
  if (src >= WC_VEC_INPUTS)
    return src <= WC_S_U;
  *inputs |= UINT32_C(1) << src;
  return src < n_in;
}

/* One program step; @inputs receives the set of streams that it reads. */
static bool step_ok(const struct wc_step *s, unsigned index, uint32_t n_in, uint32_t *inputs) {
  const struct op_rule rule = op_rule(s->op);
  if (!rule.known || (rule.special && index != WC_STEPS - 1))
    return false;
  if (!source_ok(rule.a, s->a, n_in, inputs) || !source_ok(rule.b, s->b, n_in, inputs) ||
      !source_ok(rule.c, s->c, n_in, inputs))
    return false;
  if ((s->neg_a && !rule.a) || (s->neg_c && !rule.c))
    return false;
  const bool plain = s->op == WC_V_NOP || s->op == WC_V_CMAX;
  return !plain || (s->dst == 0 && s->round16 == 0 && s->relu == 0);
}

/* Every input is read by exactly one step. */
static bool program_ok(const struct wc_cmd *cmd) {
  uint32_t seen = 0;
  for (unsigned i = 0; i < WC_STEPS; i++) {
    uint32_t inputs = 0;
    if (!step_ok(&cmd->step[i], i, cmd->vec.n_in, &inputs) || (inputs & seen) != 0)
      return false;
    seen |= inputs;
  }
  return seen == (UINT32_C(1) << cmd->vec.n_in) - 1;
}

static bool input_ok(const struct wc_stream *s) {
  return s->src == 0 && s->reduce == 0 && s->chains == 0 && s->load == 0 && s->keep == 0 &&
         s->phase == 0 && (s->type != WC_T_BIT || s->s0 == 1);
}

static bool output_ok(const struct wc_stream *s) {
  if (s->type == WC_T_BIT && s->s0 != 1)
    return false;
  if (s->reduce == 0)
    return s->chains == 0 && s->load == 0 && s->keep == 0 && s->phase == 0;
  if (s->reduce == 3 || (s->type != WC_T_FP16 && s->type != WC_T_FP32))
    return false;
  if ((s->load || s->keep) && s->type != WC_T_FP32)
    return false;
  return s->chains || !s->keep;
}

/* The dimensions of a stream's accesses. A reduction's place leaves out d1; kept or loaded
 * chains stand at multiples of s1. */
static void stream_dims(const struct wc_vec *v, const struct wc_stream *s, struct dim dims[4]) {
  const uint64_t chains = s->chains && (s->load || s->keep) ? WC_CHAINS : 1;
  dims[0] = (struct dim){v->d3, s->s3};
  dims[1] = (struct dim){v->d2, s->s2};
  dims[2] = (struct dim){s->reduce ? chains : v->d1, s->s1};
  dims[3] = (struct dim){v->d0, s->s0 * (int64_t)wc_type_bytes(s->type)};
  if (s->type == WC_T_BIT)
    dims[3] = (struct dim){(v->d0 + 7) / 8, 1};
}

static enum wc_device_error check_vec(const struct wc_cmd *cmd, uint64_t gbuf_bytes,
                                      uint64_t *addr) {
  const struct wc_vec *v = &cmd->vec;
  if (v->d0 == 0 || v->d1 == 0 || v->d2 == 0 || v->d3 == 0 || !program_ok(cmd))
    return WC_E_FIELD;
  for (unsigned i = 0; i < v->n_in; i++) {
    if (!input_ok(&cmd->in[i]))
      return WC_E_FIELD;
  }
  for (unsigned i = 0; i < v->n_out; i++) {
    if (!output_ok(&cmd->out[i]))
      return WC_E_FIELD;
  }
  for (int pass = 0; pass < 2; pass++) { /* alignment of all, then range of all */
    for (unsigned i = 0; i < v->n_in + v->n_out; i++) {
      const struct wc_stream *s = i < v->n_in ? &cmd->in[i] : &cmd->out[i - v->n_in];
      const int64_t bytes = (int64_t)wc_type_bytes(s->type);
      struct dim dims[4];
      stream_dims(v, s, dims);
      if (pass == 0 && !aligned(s->base, dims, 4, bytes, addr))
        return WC_E_ALIGN;
      if (pass == 1 && !span_inside(span_of(s->base, dims, 4, bytes), gbuf_bytes, addr))
        return WC_E_GBUF;
    }
  }
  return WC_E_NONE;
}

enum wc_device_error wc_cmd_check(const struct wc_cmd *cmd, uint64_t gbuf_bytes,
                                  uint64_t window_bytes, uint64_t *addr) {
  *addr = 0;
  enum wc_device_error error = wc_fields_check(cmd);
  if (error == WC_E_NONE)
    error = check_hdr(&cmd->hdr);
  if (error != WC_E_NONE)
    return error;
  switch (cmd->hdr.opcode) {
    case WC_OP_LOAD:
    case WC_OP_STORE:
      return check_dma(&cmd->dma, gbuf_bytes, window_bytes, addr);
    case WC_OP_GEMM:
      return check_gemm(&cmd->gemm, gbuf_bytes, addr);
    case WC_OP_VEC:
      return check_vec(cmd, gbuf_bytes, addr);
    default:
      return WC_E_NONE;
  }
}
