#include "kernels_gemm.h"

#include "emit_fail.h"

/* @value as an int32 field, or a note in @bad. */
static int32_t field(int64_t value, bool *bad) {
  *bad = *bad || value < INT32_MIN || value > INT32_MAX;
  return (int32_t)value;
}

static uint32_t address(int64_t value, bool *bad) {
  *bad = *bad || value < 0 || value > UINT32_MAX;
  return (uint32_t)value;
}

bool wc_gemm_emit(const struct wc_ker *k, const struct wc_gemm_asm *g) {
  bool bad = false;
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_GEMM}};
  cmd.gemm = (struct wc_gemm){
      .a_trans = g->a_trans,
      .b_trans = g->b_trans,
      .c_fp32 = g->c_fp32,
      .preload = g->preload || g->bias,
      .n = g->n,
      .p2 = g->p[0],
      .p1 = g->p[1],
      .p0 = g->p[2],
      .q2 = g->q[0],
      .q1 = g->q[1],
      .q0 = g->q[2],
      .h = g->h,
      .w = g->w,
      .sy = field(g->sy, &bad),
      .sx = field(g->sx, &bad),
      .ry = field(g->ry, &bad),
      .rx = field(g->rx, &bad),
      .oy = field(g->oy, &bad),
      .ox = field(g->ox, &bad),
      .a_base = address(g->a_base, &bad),
      .a_s2 = field(g->a_s[0], &bad),
      .a_s1 = field(g->a_s[1], &bad),
      .a_s0 = field(g->a_s[2], &bad),
      .b_base = address(g->b_base, &bad),
      .b_s2 = field(g->b_s[0], &bad),
      .b_s1 = field(g->b_s[1], &bad),
      .b_s0 = field(g->b_s[2], &bad),
      .b_sn = field(g->b_sn, &bad),
      .c_base = address(g->c_base, &bad),
      .c_s2 = field(g->c_s[0], &bad),
      .c_s1 = field(g->c_s[1], &bad),
      .c_s0 = field(g->c_s[2], &bad),
  };
  if (g->bias) {
    cmd.gemm.p_base = address(g->p_base, &bad);
  } else if (g->preload) {
    cmd.gemm.p_base = cmd.gemm.c_base;
    cmd.gemm.p_s2 = cmd.gemm.c_s2;
    cmd.gemm.p_s1 = cmd.gemm.c_s1;
    cmd.gemm.p_s0 = cmd.gemm.c_s0;
  }
  if (bad) {
    return wc_emit_fail(k->emit, "node %s: an address or stride of its GEMM is too large",
                        k->node->name);
  }
  return wc_emit_cmd(k->emit, &cmd);
}
