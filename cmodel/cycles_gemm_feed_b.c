/* Feed of B: which pieces it names, in which order, and when a tile begins. */
#include "cycles_gemm.h"

static uint32_t least(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

void wc_cyc_feed_b_start(struct cyc_feed_b *f, const struct cyc_shape *s) {
  f->shape = s;
  f->k = (struct cyc_index){.d1 = s->k1, .d0 = s->k0};
  f->most = 2; /* lanes of the skew buffer */
  while (f->most < s->cols)
    f->most *= 2;
  f->active = true;
  wc_cyc_loop_start(&f->loop, s, false, false);
}

static uint64_t address(const struct cyc_feed_b *f) {
  const struct wc_gemm *g = f->shape->cmd;
  const uint64_t column = f->loop.column + (g->b_trans ? f->outer : f->inner);
  return g->b_base + column * (uint64_t)(int64_t)g->b_sn +
         wc_cyc_index_sum(&f->k, (uint64_t)(int64_t)g->b_s2, (uint64_t)(int64_t)g->b_s1,
                          (uint64_t)(int64_t)g->b_s0);
}

static uint32_t count_of(const struct cyc_feed_b *f, uint64_t addr) {
  const uint32_t left = f->shape->cmd->b_trans ? f->k.d0 - f->k.i0 : UINT16_MAX;
  return least(least(left, f->inner_left), least(f->most, wc_cyc_line_left(f->shape, addr, 1)));
}

static void end_tile(struct cyc_feed_b *f) {
  const struct cyc_loop *l = &f->loop;
  const enum cyc_op op = !l->last_t ? CYC_RESTART : l->last_k ? CYC_ZERO : CYC_MARK;
  wc_cyc_index_do(&f->k, op, f->shape->cmd->b_trans ? f->count : 1);
  f->naming = false;
  f->active = !(l->last_t && l->last_k && l->last_n && l->last_m);
  wc_cyc_loop_next(&f->loop);
}

/* On to the next piece. Returns what the last one completes. */
static uint32_t advance(struct cyc_feed_b *f) {
  const bool b_trans = f->shape->cmd->b_trans;
  if (f->count != f->inner_left) {
    f->inner_left -= f->count;
    f->inner += f->count;
    if (b_trans)
      wc_cyc_index_do(&f->k, CYC_STEP, f->count);
    return 0;
  }
  if (--f->outer_left == 0) {
    end_tile(f);
    return CYC_TILE;
  }
  f->outer++;
  f->inner = 0;
  f->inner_left = f->inner_all;
  wc_cyc_index_do(&f->k, b_trans ? CYC_RESTART : CYC_STEP, 1);
  return 0;
}

/* Lanes or columns that are one piece each, but for the tile's last. */
static void name_whole(struct cyc_feed_b *f) {
  const struct wc_gemm *g = f->shape->cmd;
  if (f->inner_left != f->inner_all)
    return;
  while (f->outer_left > 1 && f->list.end < CYC_AHEAD) {
    uint64_t addr = address(f);
    const uint64_t stride = (uint64_t)(int64_t)(g->b_trans ? g->b_sn : g->b_s0);
    const uint32_t side = g->b_trans ? f->outer_left : f->k.d0 - f->k.i0;
    const uint32_t most = least(least(side, f->outer_left - 1), CYC_AHEAD - f->list.end);
    uint32_t n = 0;
    for (; n < most && count_of(f, addr) == f->inner_all; n++) {
      wc_cyc_list_put(&f->list, wc_cyc_ask(f->shape, addr));
      addr += stride;
    }
    f->outer_left -= n;
    f->outer += n;
    if (!g->b_trans)
      wc_cyc_index_do(&f->k, CYC_STEP, n);
    if (n < most)
      return;
  }
}

void wc_cyc_feed_b_fill(struct cyc_feed_b *f) {
  struct cyc_list *l = &f->list;
  wc_cyc_list_clear(l, f->shape->bank_mask);
  while (f->naming && l->end < CYC_AHEAD) {
    if (!f->shape->plain)
      name_whole(f);
    if (l->end == CYC_AHEAD)
      return;
    const uint64_t addr = address(f);
    f->count = count_of(f, addr);
    wc_cyc_list_put(l, wc_cyc_ask(f->shape, addr) | advance(f));
  }
}

void wc_cyc_feed_b_begin(struct cyc_feed_b *f) {
  const bool b_trans = f->shape->cmd->b_trans;
  f->run = f->naming = true;
  f->used++;
  f->outer = f->inner = 0;
  f->outer_left = b_trans ? f->loop.cols : f->loop.lanes;
  f->inner_all = f->inner_left = b_trans ? f->loop.lanes : f->loop.cols;
  wc_cyc_feed_b_fill(f);
}

uint32_t wc_cyc_feed_b_take(struct cyc_feed_b *f, uint32_t *tag) {
  const uint32_t piece = f->list.piece[f->list.at++];
  *tag = 0;
  if (piece & CYC_TILE) {
    *tag = 1 + f->slot;
    f->slot ^= 1;
    f->run = false;
  } else if (f->list.at == f->list.end) {
    wc_cyc_feed_b_fill(f);
  }
  return piece;
}
