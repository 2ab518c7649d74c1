#include "kernels_vec.h"

#include <string.h>

#include "emit_fail.h"

const struct wc_tensor *wc_ker_in(const struct wc_ker *k, unsigned index) {
  return &k->g->tensors[k->node->in[index]];
}

const struct wc_tensor *wc_ker_out(const struct wc_ker *k, unsigned index) {
  return &k->g->tensors[k->node->out[index]];
}

int64_t wc_ker_row(const struct wc_view *view, const struct wc_tensor *t, uint32_t y) {
  return (int64_t)view->gb + ((int64_t)y - view->y0) * (int64_t)wc_tensor_row_bytes(t);
}

bool wc_ker_does_pass(const struct wc_ker *k, uint32_t pass) {
  return k->run->pass == WC_PASS_ALL || k->run->pass == pass;
}

bool wc_ker_starts(const struct wc_ker *k) {
  return k->run->first && k->run->slab_first;
}

bool wc_ker_ends(const struct wc_ker *k) {
  return k->run->last && k->run->slab_last;
}

bool wc_ker_is_slab(const struct wc_run *run) {
  return !run->slab_first || !run->slab_last;
}

struct wc_reduce wc_ker_chains(const struct wc_run *run, const struct wc_tensor *t, uint32_t y0) {
  return (struct wc_reduce){
      .chains = true,
      .load = !run->slab_first,
      .keep = !run->slab_last,
      .phase = (uint32_t)((uint64_t)y0 * t->w % WC_CHAINS),
  };
}

void wc_vec_begin(struct wc_vec_asm *v, const struct wc_ker *k, uint64_t d0, uint64_t d1,
                  uint64_t d2, uint64_t d3) {
  memset(v, 0, sizeof *v);
  v->emit = k->emit;
  v->cmd.hdr.opcode = WC_OP_VEC;
  v->bad = d0 > UINT32_MAX || d1 > UINT32_MAX || d2 > UINT32_MAX || d3 > UINT32_MAX;
  v->cmd.vec.d0 = (uint32_t)d0;
  v->cmd.vec.d1 = (uint32_t)d1;
  v->cmd.vec.d2 = (uint32_t)d2;
  v->cmd.vec.d3 = (uint32_t)d3;
}

/* A stride as a field; 0 where its dimension of @n makes no use of it. */
static int32_t stride(struct wc_vec_asm *v, int64_t bytes, uint32_t n) {
  if (n <= 1) {
    return 0;
  }
  v->bad = v->bad || bytes < INT32_MIN || bytes > INT32_MAX;
  return (int32_t)bytes;
}

static struct wc_stream stream(struct wc_vec_asm *v, enum wc_type type, int64_t base,
                               struct wc_strides s, uint32_t d1) {
  const struct wc_vec *vec = &v->cmd.vec;
  v->bad = v->bad || base < 0 || base > UINT32_MAX;
  return (struct wc_stream){
      .type = type,
      .base = (uint32_t)base,
      .s0 = type == WC_T_BIT ? 1 : stride(v, s.s0, vec->d0),
      .s1 = stride(v, s.s1, d1),
      .s2 = stride(v, s.s2, vec->d2),
      .s3 = stride(v, s.s3, vec->d3),
  };
}

uint32_t wc_vec_in(struct wc_vec_asm *v, enum wc_type type, int64_t base, struct wc_strides s) {
  if (v->cmd.vec.n_in == WC_VEC_INPUTS) {
    v->bad = true;
    return WC_S_ZERO;
  }
  const uint32_t index = v->cmd.vec.n_in++;
  v->cmd.in[index] = stream(v, type, base, s, v->cmd.vec.d1);
  return WC_S_I0 + index;
}

static void add_out(struct wc_vec_asm *v, uint32_t src, struct wc_stream out) {
  if (v->cmd.vec.n_out == WC_VEC_OUTPUTS) {
    v->bad = true;
    return;
  }
  out.src = src == WC_S_U;
  v->cmd.out[v->cmd.vec.n_out++] = out;
}

void wc_vec_out(struct wc_vec_asm *v, enum wc_type type, uint32_t src, int64_t base,
                struct wc_strides s) {
  add_out(v, src, stream(v, type, base, s, v->cmd.vec.d1));
}

void wc_vec_reduce(struct wc_vec_asm *v, uint32_t src, int64_t base, struct wc_strides s,
                   struct wc_reduce how) {
  const bool in_memory = how.chains && (how.load || how.keep);
  const enum wc_type type = how.half ? WC_T_FP16 : WC_T_FP32;
  struct wc_stream out = stream(v, type, base, s, in_memory ? WC_CHAINS : 1);
  out.reduce = how.maximum ? 2 : 1;
  out.chains = how.chains;
  out.load = how.load;
  out.keep = how.keep;
  out.phase = how.chains ? how.phase : 0;
  add_out(v, src, out);
}

void wc_vec_step(struct wc_vec_asm *v, enum wc_vop op, uint32_t a, uint32_t b, uint32_t c,
                 unsigned flags) {
  unsigned at = v->n_steps;
  if (op >= WC_V_DIV && at < WC_STEPS - 1) {
    at = WC_STEPS - 1;
  }
  if (at >= WC_STEPS) {
    v->bad = true;
    return;
  }
  v->n_steps = at + 1;
  v->cmd.step[at] = (struct wc_step){
      .op = op,
      .a = a,
      .b = b,
      .c = c,
      .dst = (flags & WC_TO_U) != 0,
      .round16 = (flags & WC_ROUND16) != 0,
      .relu = (flags & WC_RELU) != 0,
      .neg_a = (flags & WC_NEG_A) != 0,
      .neg_c = (flags & WC_NEG_C) != 0,
  };
}

uint32_t wc_vec_const(struct wc_vec_asm *v, unsigned index, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  uint32_t *const k[WC_VEC_CONSTS] = {&v->cmd.vec.k0, &v->cmd.vec.k1, &v->cmd.vec.k2,
                                      &v->cmd.vec.k3};
  *k[index] = bits;
  return WC_S_K0 + index;
}

bool wc_vec_emit(struct wc_vec_asm *v) {
  if (v->bad) {
    return wc_emit_fail(v->emit, "command %zu (VEC): a dimension, address or stride is too large",
                        wc_emit_count(v->emit));
  }
  return wc_emit_cmd(v->emit, &v->cmd);
}

void wc_grid_begin(struct wc_vec_asm *v, const struct wc_ker *k, const struct wc_tensor *t,
                   struct wc_grid grid) {
  const uint64_t positions = (uint64_t)grid.ny * t->w;
  if (grid.by_channel) {
    wc_vec_begin(v, k, t->c, positions, k->run->ns, 1);
  } else {
    wc_vec_begin(v, k, positions * t->c, 1, k->run->ns, 1);
  }
}

static struct wc_strides grid_strides(const struct wc_tensor *t, const struct wc_view *view) {
  const int64_t position = (int64_t)wc_tensor_row_bytes(t) / t->w;
  return (struct wc_strides){.s0 = 1, .s1 = position, .s2 = view->pitch};
}

uint32_t wc_grid_in(struct wc_vec_asm *v, const struct wc_tensor *t, const struct wc_view *view,
                    struct wc_grid grid) {
  return wc_vec_in(v, t->type, wc_ker_row(view, t, grid.y0), grid_strides(t, view));
}

void wc_grid_out(struct wc_vec_asm *v, uint32_t src, const struct wc_tensor *t,
                 const struct wc_view *view, struct wc_grid grid) {
  wc_vec_out(v, t->type, src, wc_ker_row(view, t, grid.y0), grid_strides(t, view));
}

bool wc_ker_finite(const struct wc_ker *k, int64_t gb, uint64_t elems) {
  const uint32_t sums = WC_FINITE_BYTES / 4;
  const struct {
    uint64_t from, d0, d1;
  } part[2] = {{0, sums, elems / sums}, {elems / sums * sums, elems % sums, 1}};
  for (unsigned i = 0; i < 2; i++) {
    if (part[i].d0 == 0 || part[i].d1 == 0) {
      continue;
    }
    struct wc_vec_asm v;
    wc_vec_begin(&v, k, part[i].d0, part[i].d1, 1, 1);
    const uint32_t x = wc_vec_in(&v, WC_T_FP32, gb + (int64_t)part[i].from * 4,
                                 (struct wc_strides){.s0 = 1, .s1 = WC_FINITE_BYTES});
    wc_vec_step(&v, WC_V_MUL, x, WC_S_ZERO, 0, 0);
    wc_vec_reduce(&v, WC_S_T, k->run->finite, (struct wc_strides){.s0 = 1},
                  (struct wc_reduce){.load = true});
    if (!wc_vec_emit(&v)) {
      return false;
    }
  }
  return true;
}
