#include "random_cmd.h"

#include <string.h>

#include "random_layout.h"

static uint32_t size(struct wc_random *r, uint32_t most) {
  /* Small values, the powers of two and their neighbours are the interesting ones. */
  static const uint32_t likely[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65};
  uint32_t n = likely[wc_random_below(r, sizeof likely / sizeof *likely)];
  if (wc_random_once_in(r, 2))
    n = 1 + wc_random_below(r, most);
  return n < most ? n : most;
}

/* Kernel, stride and padding of a convolution: forward, data gradient, or the shapes of both as
 * a weight gradient. */
static void convolution(struct wc_random *r, struct wc_gemm *g) {
  const int stride = (int)wc_random_range(r, 1, 3);
  const int pad_y = (int)wc_random_below(r, g->q2 + 1), pad_x = (int)wc_random_below(r, g->q1 + 1);
  if (wc_random_once_in(r, 3)) { /* data gradient */
    g->sy = g->sx = 1;
    g->ry = g->rx = -1;
    g->oy = pad_y;
    g->ox = pad_x;
  } else {
    g->sy = g->sx = stride;
    g->ry = g->rx = 1;
    g->oy = -pad_y;
    g->ox = -pad_x;
  }
  const int64_t h = (int64_t)g->p1 * g->sy + g->q2 - 2 * (int64_t)pad_y;
  const int64_t w = (int64_t)g->p0 * g->sx + g->q1 - 2 * (int64_t)pad_x;
  g->h = h > 1 ? (uint32_t)h : 1;
  g->w = w > 1 ? (uint32_t)w : 1;
}

/* Steps, offsets and image that no convolution has. */
static void any_gather(struct wc_random *r, struct wc_gemm *g) {
  g->sy = (int32_t)wc_random_range(r, -3, 3);
  g->sx = (int32_t)wc_random_range(r, -3, 3);
  g->ry = (int32_t)wc_random_range(r, -3, 3);
  g->rx = (int32_t)wc_random_range(r, -3, 3);
  g->oy = (int32_t)wc_random_range(r, -9, 9);
  g->ox = (int32_t)wc_random_range(r, -9, 9);
  g->h = wc_random_below(r, 20);
  g->w = wc_random_below(r, 20);
}

static void gemm_shape(struct wc_random *r, struct wc_gemm *g, uint32_t work) {
  do {
    g->n = size(r, 80);
    g->p2 = size(r, 3);
    g->p1 = size(r, 16);
    g->p0 = size(r, 16);
    g->q2 = size(r, 4);
    g->q1 = size(r, 4);
    g->q0 = size(r, 70);
    if (wc_random_once_in(r, 6))
      g->p2 = g->p1 = g->q2 = g->q1 = 1;
  } while ((uint64_t)g->n * g->p2 * g->p1 * g->p0 * g->q2 * g->q1 * g->q0 > work);
}

static bool place_a(struct wc_random *r, struct wc_places *places, struct wc_gemm *g) {
  struct wc_layout a = {.n = {g->p2, g->h ? g->h : 1, g->w ? g->w : 1}};
  wc_layout_make(r, &a, 3, 2 * (int64_t)g->q0, 2, true);
  int64_t base;
  if (!wc_places_put(r, places, &a, 2, false, &base))
    return false;
  g->a_base = (uint32_t)base;
  g->a_s2 = (int32_t)a.stride[0];
  g->a_s1 = (int32_t)a.stride[1];
  g->a_s0 = (int32_t)a.stride[2];
  return true;
}

static bool place_b(struct wc_random *r, struct wc_places *places, struct wc_gemm *g) {
  const uint32_t d2 = g->a_trans ? g->p2 : g->q2, d1 = g->a_trans ? g->p1 : g->q1,
                 d0 = g->a_trans ? g->p0 : g->q0;
  struct wc_layout b = {.n = {d2, d1, g->b_trans ? g->n : d0}};
  wc_layout_make(r, &b, 3, 2 * (int64_t)(g->b_trans ? d0 : g->n), 2, true);
  int64_t base;
  if (!wc_places_put(r, places, &b, 2, false, &base))
    return false;
  g->b_base = (uint32_t)base;
  g->b_s2 = (int32_t)b.stride[0];
  g->b_s1 = (int32_t)b.stride[1];
  g->b_s0 = g->b_trans ? 2 : (int32_t)b.stride[2];
  g->b_sn = g->b_trans ? (int32_t)b.stride[2] : 2;
  return true;
}

/* Partials of their own, or those that C replaces. */
static bool place_p(struct wc_random *r, struct wc_places *places, struct wc_gemm *g,
                    struct wc_layout *c) {
  if (g->c_fp32 && wc_random_once_in(r, 2)) {
    g->p_base = g->c_base;
    g->p_s2 = g->c_s2;
    g->p_s1 = g->c_s1;
    g->p_s0 = g->c_s0;
    return true;
  }
  wc_layout_make(r, c, 3, 4 * (int64_t)g->n, 4, true);
  int64_t base;
  if (!wc_places_put(r, places, c, 4, false, &base))
    return false;
  g->p_base = (uint32_t)base;
  g->p_s2 = (int32_t)c->stride[0];
  g->p_s1 = (int32_t)c->stride[1];
  g->p_s0 = (int32_t)c->stride[2];
  return true;
}

static bool place_c(struct wc_random *r, struct wc_places *places, struct wc_gemm *g) {
  struct wc_layout c = {.n = {g->p2, g->p1, g->p0}};
  if (g->a_trans)
    c = (struct wc_layout){.n = {g->q2, g->q1, g->q0}};
  const int64_t bytes = g->c_fp32 ? 4 : 2;
  wc_layout_make(r, &c, 3, bytes * (int64_t)g->n, bytes, false);
  int64_t base;
  if (!wc_places_put(r, places, &c, bytes, true, &base))
    return false;
  g->c_base = (uint32_t)base;
  g->c_s2 = (int32_t)c.stride[0];
  g->c_s1 = (int32_t)c.stride[1];
  g->c_s0 = (int32_t)c.stride[2];
  return !g->preload || place_p(r, places, g, &c);
}

static bool is_legal(const struct wc_random_limits *limits, const struct wc_cmd *cmd) {
  uint64_t addr;
  return wc_cmd_check(cmd, limits->gbuf_bytes, limits->mem_bytes, &addr) == WC_E_NONE;
}

void wc_random_gemm(struct wc_random *r, const struct wc_random_limits *limits,
                    struct wc_cmd *cmd) {
  struct wc_gemm *g = &cmd->gemm;
  for (;;) {
    struct wc_places places = {.bytes = limits->gbuf_bytes};
    memset(cmd, 0, sizeof *cmd);
    cmd->hdr.opcode = WC_OP_GEMM;
    gemm_shape(r, g, limits->work);
    if (wc_random_once_in(r, 4))
      any_gather(r, g);
    else
      convolution(r, g);
    g->a_trans = wc_random_below(r, 2);
    g->b_trans = wc_random_below(r, 2);
    g->c_fp32 = wc_random_below(r, 2);
    g->preload = wc_random_below(r, 2);
    if (place_a(r, &places, g) && place_b(r, &places, g) && place_c(r, &places, g) &&
        is_legal(limits, cmd))
      return;
  }
}

void wc_random_dma(struct wc_random *r, const struct wc_random_limits *limits, uint32_t opcode,
                   struct wc_cmd *cmd) {
  struct wc_dma *d = &cmd->dma;
  for (;;) {
    memset(cmd, 0, sizeof *cmd);
    cmd->hdr.opcode = opcode;
    d->n0 = 2 * (wc_random_once_in(r, 4) ? 1 + wc_random_below(r, 600) : size(r, 70));
    d->n1 = size(r, 20);
    d->n2 = size(r, 6);
    d->n3 = size(r, 3);
    struct wc_layout dram = {.n = {d->n3, d->n2, d->n1}}, gb = dram;
    const bool load = opcode == WC_OP_LOAD;
    wc_layout_make(r, &dram, 3, d->n0, 2, load);
    wc_layout_make(r, &gb, 3, d->n0, 2, !load);
    struct wc_places mem = {.bytes = limits->mem_bytes}, gbuf = {.bytes = limits->gbuf_bytes};
    int64_t dram_base, gb_base;
    if ((uint64_t)d->n1 * d->n2 * d->n3 > limits->work ||
        !wc_places_put(r, &mem, &dram, 2, true, &dram_base) ||
        !wc_places_put(r, &gbuf, &gb, 2, true, &gb_base))
      continue;
    d->dram_lo = (uint32_t)dram_base;
    d->dram_hi = (uint32_t)(dram_base >> 32);
    d->gb = (uint32_t)gb_base;
    d->ds3 = (int32_t)dram.stride[0];
    d->ds2 = (int32_t)dram.stride[1];
    d->ds1 = (int32_t)dram.stride[2];
    d->gs3 = (int32_t)gb.stride[0];
    d->gs2 = (int32_t)gb.stride[1];
    d->gs1 = (int32_t)gb.stride[2];
    if (is_legal(limits, cmd))
      return;
  }
}

void wc_random_command(struct wc_random *r, const struct wc_random_limits *limits,
                       struct wc_cmd *cmd) {
  memset(cmd, 0, sizeof *cmd);
  switch (wc_random_below(r, 4)) {
    case 0:
      wc_random_gemm(r, limits, cmd);
      break;
    case 1:
      wc_random_vec(r, limits, cmd);
      break;
    case 2:
      wc_random_dma(r, limits, WC_OP_LOAD, cmd);
      break;
    default:
      wc_random_dma(r, limits, WC_OP_STORE, cmd);
  }
}
