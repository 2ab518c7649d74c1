/* The emitter and the ranges of commands, against byte-by-byte definitions. */
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "reference.h"
#include "wc_cmocka.h"

enum { GBUF = 512, MEM = 512, MOST = 400 };

static uint32_t pick(uint64_t *rng, uint32_t lo, uint32_t hi) {
  return lo + (uint32_t)(ref_random(rng) % (hi - lo + 1));
}

static int32_t pick_signed(uint64_t *rng, int32_t lo, int32_t hi) {
  return lo + (int32_t)(ref_random(rng) % (uint64_t)(hi - lo + 1));
}

/* ---- what a command touches, element by element ---- */

struct touch {
  uint8_t read[2][GBUF], written[2][GBUF]; /* [dram] */
};

static void touch_bytes(struct touch *t, bool dram, bool write, int64_t at, int64_t n) {
  for (int64_t i = at; i < at + n; i++) {
    assert_true(i >= 0 && i < GBUF);
    (write ? t->written : t->read)[dram][i] = 1;
  }
}

static void touch_dma(struct touch *t, const struct wc_cmd *cmd) {
  const struct wc_dma *d = &cmd->dma;
  const bool load = cmd->hdr.opcode == WC_OP_LOAD;
  for (uint32_t i3 = 0; i3 < d->n3; i3++) {
    for (uint32_t i2 = 0; i2 < d->n2; i2++) {
      for (uint32_t i1 = 0; i1 < d->n1; i1++) {
        touch_bytes(t, true, !load,
                    (int64_t)d->dram_lo + (int64_t)i3 * d->ds3 + (int64_t)i2 * d->ds2 +
                        (int64_t)i1 * d->ds1,
                    d->n0);
        touch_bytes(
            t, false, load,
            (int64_t)d->gb + (int64_t)i3 * d->gs3 + (int64_t)i2 * d->gs2 + (int64_t)i1 * d->gs1,
            d->n0);
      }
    }
  }
}

/* Element (row, depth) of the index triples @row and @depth. */
static void touch_gemm_at(struct touch *t, const struct wc_gemm *g, const uint32_t row[3],
                          const uint32_t depth[3]) {
  const uint32_t *pos = g->a_trans ? depth : row, *tap = g->a_trans ? row : depth;
  const int64_t iy = (int64_t)pos[1] * g->sy + (int64_t)tap[0] * g->ry + g->oy;
  const int64_t ix = (int64_t)pos[2] * g->sx + (int64_t)tap[1] * g->rx + g->ox;
  if (iy >= 0 && iy < g->h && ix >= 0 && ix < g->w) {
    touch_bytes(t, false, false,
                (int64_t)g->a_base + (int64_t)pos[0] * g->a_s2 + iy * g->a_s1 + ix * g->a_s0 +
                    (int64_t)tap[2] * 2,
                2);
  }
  const int64_t size = g->c_fp32 ? 4 : 2;
  for (uint32_t x = 0; x < g->n; x++) {
    touch_bytes(t, false, false,
                (int64_t)g->b_base + (int64_t)depth[0] * g->b_s2 + (int64_t)depth[1] * g->b_s1 +
                    (int64_t)depth[2] * g->b_s0 + (int64_t)x * g->b_sn,
                2);
    touch_bytes(t, false, true,
                (int64_t)g->c_base + (int64_t)row[0] * g->c_s2 + (int64_t)row[1] * g->c_s1 +
                    (int64_t)row[2] * g->c_s0 + (int64_t)x * size,
                size);
    if (g->preload) {
      touch_bytes(t, false, false,
                  (int64_t)g->p_base + (int64_t)row[0] * g->p_s2 + (int64_t)row[1] * g->p_s1 +
                      (int64_t)row[2] * g->p_s0 + (int64_t)x * 4,
                  4);
    }
  }
}

static void touch_gemm(struct touch *t, const struct wc_gemm *g) {
  const uint32_t pos[3] = {g->p2, g->p1, g->p0}, tap[3] = {g->q2, g->q1, g->q0};
  const uint32_t *rows = g->a_trans ? tap : pos, *depths = g->a_trans ? pos : tap;
  uint32_t r[3], d[3];
  for (r[0] = 0; r[0] < rows[0]; r[0]++) {
    for (r[1] = 0; r[1] < rows[1]; r[1]++) {
      for (r[2] = 0; r[2] < rows[2]; r[2]++) {
        for (d[0] = 0; d[0] < depths[0]; d[0]++) {
          for (d[1] = 0; d[1] < depths[1]; d[1]++) {
            for (d[2] = 0; d[2] < depths[2]; d[2]++) {
              touch_gemm_at(t, g, r, d);
            }
          }
        }
      }
    }
  }
}

static void touch_stream(struct touch *t, const struct wc_vec *v, const struct wc_stream *s,
                         bool write, uint32_t d1) {
  const int64_t size = (int64_t)wc_type_bytes(s->type);
  for (uint32_t i3 = 0; i3 < v->d3; i3++) {
    for (uint32_t i2 = 0; i2 < v->d2; i2++) {
      for (uint32_t p = 0; p < d1; p++) {
        for (uint32_t i0 = 0; i0 < v->d0; i0++) {
          const int64_t along = s->type == WC_T_BIT ? i0 / 8 : (int64_t)i0 * s->s0 * size;
          touch_bytes(t, false, write,
                      (int64_t)s->base + (int64_t)i3 * s->s3 + (int64_t)i2 * s->s2 +
                          (int64_t)p * s->s1 + along,
                      size);
        }
      }
    }
  }
}

static void touch_vec(struct touch *t, const struct wc_cmd *cmd) {
  for (unsigned i = 0; i < cmd->vec.n_in; i++) {
    touch_stream(t, &cmd->vec, &cmd->in[i], false, cmd->vec.d1);
  }
  for (unsigned i = 0; i < cmd->vec.n_out; i++) {
    const struct wc_stream *s = &cmd->out[i];
    const uint32_t chains = s->chains ? 8 : 1;
    touch_stream(t, &cmd->vec, s, true, !s->reduce ? cmd->vec.d1 : s->keep ? chains : 1);
    if (s->load) {
      touch_stream(t, &cmd->vec, s, false, chains);
    }
  }
}

static void touch_cmd(struct touch *t, const struct wc_cmd *cmd) {
  memset(t, 0, sizeof *t);
  switch (cmd->hdr.opcode) {
    case WC_OP_GEMM:
      touch_gemm(t, &cmd->gemm);
      break;
    case WC_OP_VEC:
      touch_vec(t, cmd);
      break;
    default:
      touch_dma(t, cmd);
      break;
  }
}

/* ---- random legal commands, small enough for the above ---- */

static struct wc_cmd random_dma(uint64_t *rng) {
  struct wc_cmd cmd = {.hdr = {.opcode = pick(rng, 0, 1) ? WC_OP_LOAD : WC_OP_STORE}};
  cmd.dma = (struct wc_dma){
      .dram_lo = pick(rng, 0, 250) * 2,
      .gb = pick(rng, 0, 250) * 2,
      .n0 = pick(rng, 1, 8) * 2,
      .n1 = pick(rng, 1, 3),
      .n2 = pick(rng, 1, 2),
      .n3 = pick(rng, 1, 2),
      .ds1 = pick_signed(rng, -10, 10) * 2,
      .ds2 = pick_signed(rng, -30, 30) * 2,
      .ds3 = pick_signed(rng, -50, 50) * 2,
      .gs1 = pick_signed(rng, -10, 10) * 2,
      .gs2 = pick_signed(rng, -30, 30) * 2,
      .gs3 = pick_signed(rng, -50, 50) * 2,
  };
  return cmd;
}

static struct wc_cmd random_gemm(uint64_t *rng) {
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_GEMM}};
  struct wc_gemm *g = &cmd.gemm;
  *g = (struct wc_gemm){
      .a_trans = pick(rng, 0, 1),
      .b_trans = pick(rng, 0, 1),
      .c_fp32 = pick(rng, 0, 1),
      .preload = pick(rng, 0, 1),
      .n = pick(rng, 1, 4),
      .p2 = pick(rng, 1, 2),
      .p1 = pick(rng, 1, 3),
      .p0 = pick(rng, 1, 3),
      .q0 = pick(rng, 1, 3),
      .q2 = pick(rng, 1, 2),
      .q1 = pick(rng, 1, 2),
      .h = pick(rng, 0, 4),
      .w = pick(rng, 0, 4),
      .sy = pick_signed(rng, -2, 2),
      .sx = pick_signed(rng, -2, 2),
      .ry = pick_signed(rng, -1, 1),
      .rx = pick_signed(rng, -1, 1),
      .oy = pick_signed(rng, -3, 3),
      .ox = pick_signed(rng, -3, 3),
      .a_base = pick(rng, 0, 250) * 2,
      .a_s2 = pick_signed(rng, -30, 30) * 2,
      .a_s1 = pick_signed(rng, -9, 9) * 2,
      .a_s0 = pick_signed(rng, -5, 5) * 2,
      .b_base = pick(rng, 0, 250) * 2,
      .b_s2 = pick_signed(rng, -20, 20) * 2,
      .b_s1 = pick_signed(rng, -9, 9) * 2,
      .b_s0 = pick_signed(rng, -9, 9) * 2,
      .b_sn = pick_signed(rng, -9, 9) * 2,
      .c_base = pick(rng, 0, 125) * 4,
      .c_s2 = pick_signed(rng, -20, 20) * 4,
      .c_s1 = pick_signed(rng, -9, 9) * 4,
      .c_s0 = pick_signed(rng, -9, 9) * 4,
  };
  if (g->b_trans) {
    g->b_s0 = 2;
  } else {
    g->b_sn = 2;
  }
  if (g->preload) {
    g->p_base = pick(rng, 0, 125) * 4;
    g->p_s2 = pick_signed(rng, -20, 20) * 4;
    g->p_s1 = pick_signed(rng, -9, 9) * 4;
    g->p_s0 = pick_signed(rng, -9, 9) * 4;
  }
  return cmd;
}

static struct wc_stream random_stream(uint64_t *rng) {
  struct wc_stream s = {.type = pick(rng, 0, 3)};
  const int32_t size = (int32_t)wc_type_bytes(s.type);
  s.base = pick(rng, 0, 500 / (uint32_t)size) * (uint32_t)size;
  s.s0 = s.type == WC_T_BIT ? 1 : pick_signed(rng, -3, 3);
  s.s1 = pick_signed(rng, -9, 9) * size;
  s.s2 = pick_signed(rng, -20, 20) * size;
  s.s3 = pick_signed(rng, -20, 20) * size;
  return s;
}

static struct wc_cmd random_vec(uint64_t *rng) {
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_VEC}};
  cmd.vec = (struct wc_vec){.n_in = pick(rng, 0, 3),
                            .n_out = pick(rng, 1, 3),
                            .d0 = pick(rng, 1, 9),
                            .d1 = pick(rng, 1, 4),
                            .d2 = pick(rng, 1, 2),
                            .d3 = pick(rng, 1, 2)};
  for (unsigned i = 0; i < cmd.vec.n_in; i++) {
    cmd.in[i] = random_stream(rng);
    cmd.step[i] = (struct wc_step){.op = WC_V_MOV, .a = WC_S_I0 + i};
  }
  for (unsigned i = 0; i < cmd.vec.n_out; i++) {
    struct wc_stream *s = &cmd.out[i];
    *s = random_stream(rng);
    if (s->type == WC_T_FP32 && pick(rng, 0, 1)) {
      s->reduce = pick(rng, 1, 2);
      s->chains = pick(rng, 0, 1);
      s->load = pick(rng, 0, 1);
      s->keep = s->chains && pick(rng, 0, 1);
    }
  }
  return cmd;
}

/* A command that passes the check for these sizes. */
static struct wc_cmd random_cmd(uint64_t *rng) {
  for (;;) {
    const uint32_t kind = pick(rng, 0, 3);
    const struct wc_cmd cmd = kind < 2    ? random_dma(rng)
                              : kind == 2 ? random_gemm(rng)
                                          : random_vec(rng);
    uint64_t addr;
    if (wc_cmd_check(&cmd, GBUF, MEM, &addr) == WC_E_NONE) {
      return cmd;
    }
  }
}

/* A command of a few bytes: a stream of these leaves many small intervals behind. */
static struct wc_cmd tiny_cmd(uint64_t *rng) {
  struct wc_cmd cmd = {.hdr = {.opcode = pick(rng, 0, 1) ? WC_OP_LOAD : WC_OP_STORE}};
  const uint32_t from = pick(rng, 0, 255) * 2, to = pick(rng, 0, 255) * 2;
  switch (pick(rng, 0, 2)) {
    case 0:
      cmd.hdr.opcode = WC_OP_VEC;
      cmd.vec = (struct wc_vec){.n_in = 1, .n_out = 1, .d0 = 1, .d1 = 1, .d2 = 1, .d3 = 1};
      cmd.step[0] = (struct wc_step){.op = WC_V_MOV};
      cmd.in[0] = (struct wc_stream){.base = from};
      cmd.out[0] = (struct wc_stream){.base = to};
      break;
    case 1:
      cmd.hdr.opcode = WC_OP_GEMM;
      cmd.gemm = (struct wc_gemm){.n = 1,
                                  .p2 = 1,
                                  .p1 = 1,
                                  .p0 = 1,
                                  .q2 = 1,
                                  .q1 = 1,
                                  .q0 = 1,
                                  .h = 1,
                                  .w = 1,
                                  .a_base = from,
                                  .b_base = from,
                                  .b_sn = 2,
                                  .c_base = to};
      break;
    default:
      cmd.dma = (struct wc_dma){.dram_lo = from, .gb = to, .n0 = 2, .n1 = 1, .n2 = 1, .n3 = 1};
      break;
  }
  return cmd;
}

/* ---- ranges ---- */

static void claim(const struct wc_range *r, struct touch *claimed) {
  touch_bytes(claimed, r->dram, r->write, (int64_t)r->lo, (int64_t)(r->hi - r->lo));
}

/* Every byte touched is claimed, and both ends of every claim are touched: no interval is wider
 * than its operand. */
static void ranges_are_bounding_intervals(void **state) {
  (void)state;
  uint64_t rng = ref_seed("ranges");
  for (int i = 0; i < 3000; i++) {
    const struct wc_cmd cmd = random_cmd(&rng);
    struct wc_range ranges[WC_MAX_RANGES];
    const unsigned n = wc_cmd_ranges(&cmd, ranges);
    struct touch touched, claimed;
    touch_cmd(&touched, &cmd);
    memset(&claimed, 0, sizeof claimed);
    assert_in_range(n, 1, WC_MAX_RANGES);
    for (unsigned j = 0; j < n; j++) {
      claim(&ranges[j], &claimed);
      const uint8_t *bytes = (ranges[j].write ? touched.written : touched.read)[ranges[j].dram];
      assert_true(bytes[ranges[j].lo] && bytes[ranges[j].hi - 1]);
    }
    for (int dram = 0; dram < 2; dram++) {
      for (int b = 0; b < GBUF; b++) {
        assert_true(claimed.read[dram][b] || !touched.read[dram][b]);
        assert_true(claimed.written[dram][b] || !touched.written[dram][b]);
      }
    }
  }
}

/* ---- tokens ---- */

/* A finished stream: commands, and before[i][j]: i is complete when j starts. */
struct order {
  struct wc_cmd cmd[MOST + 1];
  unsigned n;
  unsigned from[MOST * 4], to[MOST * 4], n_edges; /* tokens */
  bool before[MOST + 1][MOST + 1];
};

static void decode(struct order *o, const uint32_t *words, size_t bytes) {
  size_t at = 0;
  o->n = 0;
  while (at < bytes / 4) {
    assert_true(o->n <= MOST);
    assert_int_equal(wc_cmd_decode(words + at, (bytes / 4 - at) / 4, &o->cmd[o->n]), WC_E_NONE);
    at += o->cmd[o->n].hdr.units * 4;
    o->n++;
  }
  assert_int_equal(o->cmd[o->n - 1].hdr.opcode, WC_OP_END);
  o->n--;
}

/* Matches the k-th wait of each channel with its k-th signal. */
static void match_tokens(struct order *o) {
  o->n_edges = 0;
  for (int s = 0; s < WC_QUEUES; s++) {
    for (int d = 0; d < WC_QUEUES; d++) {
      unsigned signals[MOST] = {0}, waits[MOST] = {0}, n_signals = 0, n_waits = 0;
      for (unsigned i = 0; i < o->n; i++) {
        const int q = wc_opcode_queue(o->cmd[i].hdr.opcode);
        if (q == s && (o->cmd[i].hdr.signal >> d & 1) != 0) {
          signals[n_signals++] = i;
        }
        if (q == d && (o->cmd[i].hdr.wait >> s & 1) != 0) {
          waits[n_waits++] = i;
        }
      }
      assert_int_equal(n_signals, n_waits);
      assert_true(s != d || n_signals == 0);
      for (unsigned k = 0; k < n_signals; k++) {
        assert_true(signals[k] < waits[k]);
        o->from[o->n_edges] = signals[k];
        o->to[o->n_edges++] = waits[k];
      }
    }
  }
}

/* What follows from the queues' order and the tokens, but for token @without. */
static void close_order(struct order *o, unsigned without) {
  memset(o->before, 0, sizeof o->before);
  for (unsigned j = 0; j < o->n; j++) {
    for (unsigned i = 0; i < j; i++) {
      bool direct = wc_opcode_queue(o->cmd[i].hdr.opcode) == wc_opcode_queue(o->cmd[j].hdr.opcode);
      for (unsigned e = 0; e < o->n_edges; e++) {
        direct = direct || (e != without && o->from[e] == i && o->to[e] == j);
      }
      if (direct) {
        o->before[i][j] = true;
        for (unsigned k = 0; k < i; k++) {
          o->before[k][j] = o->before[k][j] || o->before[k][i];
        }
      }
    }
  }
}

static bool conflict(const struct touch *a, const struct touch *b) {
  for (int dram = 0; dram < 2; dram++) {
    for (int i = 0; i < GBUF; i++) {
      if ((a->written[dram][i] && (b->written[dram][i] || b->read[dram][i])) ||
          (a->read[dram][i] && b->written[dram][i])) {
        return true;
      }
    }
  }
  return false;
}

static void emit_random(struct wc_emit *emit, struct order *o, unsigned n, bool tiny,
                        uint64_t *rng) {
  for (unsigned i = 0; i < n; i++) {
    struct wc_cmd cmd = tiny ? tiny_cmd(rng) : random_cmd(rng);
    cmd.hdr.id = i;
    cmd.hdr.wait = cmd.hdr.signal = 0xF; /* the emitter's to set */
    assert_true(wc_emit_cmd(emit, &cmd));
    assert_int_equal(wc_emit_count(emit), i + 1);
  }
  uint32_t *words;
  size_t bytes;
  assert_true(wc_emit_finish(emit, &words, &bytes));
  assert_int_equal(bytes % 16, 0);
  decode(o, words, bytes);
  assert_int_equal(o->n, n);
  free(words);
}

static struct touch touches[MOST];

static void every_conflict_is_ordered(void **state) {
  (void)state;
  uint64_t rng = ref_seed("order");
  struct order *o = malloc(sizeof *o);
  struct wc_emit *emit = wc_emit_new(GBUF, MEM);
  assert_non_null(o);
  assert_non_null(emit);
  for (int round = 0; round < 30; round++) {
    const bool tiny = round % 2;
    emit_random(emit, o, tiny ? MOST : pick(&rng, 1, 100), tiny, &rng);
    match_tokens(o);
    close_order(o, UINT32_MAX);
    for (unsigned j = 0; j < o->n; j++) {
      assert_int_equal(o->cmd[j].hdr.id, j);
      touch_cmd(&touches[j], &o->cmd[j]);
      for (unsigned i = 0; i < j; i++) {
        assert_true(o->before[i][j] || !conflict(&touches[i], &touches[j]));
      }
    }
  }
  wc_emit_delete(emit);
  free(o);
}

static bool ranges_conflict(const struct wc_cmd *a, const struct wc_cmd *b) {
  struct wc_range ra[WC_MAX_RANGES], rb[WC_MAX_RANGES];
  const unsigned na = wc_cmd_ranges(a, ra), nb = wc_cmd_ranges(b, rb);
  for (unsigned i = 0; i < na; i++) {
    for (unsigned j = 0; j < nb; j++) {
      if (ra[i].dram == rb[j].dram && (ra[i].write || rb[j].write) && ra[i].lo < rb[j].hi &&
          rb[j].lo < ra[i].hi) {
        return true;
      }
    }
  }
  return false;
}

/* Every token orders two commands that conflict, and removing it loses an order that nothing else
 * gives. */
static void no_token_is_superfluous(void **state) {
  (void)state;
  uint64_t rng = ref_seed("superfluous");
  struct order *o = malloc(sizeof *o);
  struct wc_emit *emit = wc_emit_new(GBUF, MEM);
  assert_non_null(o);
  assert_non_null(emit);
  unsigned edges = 0;
  for (int round = 0; round < 8; round++) {
    emit_random(emit, o, 60, round % 2, &rng);
    match_tokens(o);
    edges += o->n_edges;
    for (unsigned e = 0; e < o->n_edges; e++) {
      assert_true(ranges_conflict(&o->cmd[o->from[e]], &o->cmd[o->to[e]]));
      close_order(o, e);
      assert_false(o->before[o->from[e]][o->to[e]]);
    }
  }
  assert_true(edges > 100);
  wc_emit_delete(emit);
  free(o);
}

/* Reads beside reads, and commands on disjoint bytes, need no tokens. */
static void disjoint_commands_run_side_by_side(void **state) {
  (void)state;
  struct wc_emit *emit = wc_emit_new(4096, 4096);
  assert_non_null(emit);
  for (uint32_t i = 0; i < 8; i++) {
    struct wc_cmd load = {.hdr = {.opcode = WC_OP_LOAD}};
    load.dma =
        (struct wc_dma){.dram_lo = i * 128, .gb = i * 128, .n0 = 64, .n1 = 1, .n2 = 1, .n3 = 1};
    struct wc_cmd store = {.hdr = {.opcode = WC_OP_STORE}};
    store.dma = (struct wc_dma){
        .dram_lo = 2048 + i * 64, .gb = i * 128 + 64, .n0 = 64, .n1 = 1, .n2 = 1, .n3 = 1};
    assert_true(wc_emit_cmd(emit, &load));
    assert_true(wc_emit_cmd(emit, &store));
    assert_int_equal(load.hdr.wait | store.hdr.wait, 0);
  }
  struct wc_cmd again = {.hdr = {.opcode = WC_OP_STORE}}; /* reads what the first LOAD wrote */
  again.dma = (struct wc_dma){.dram_lo = 3000, .gb = 62, .n0 = 2, .n1 = 1, .n2 = 1, .n3 = 1};
  assert_true(wc_emit_cmd(emit, &again));
  assert_int_equal(again.hdr.wait, 1 << WC_Q_LOAD);
  wc_emit_delete(emit);
}

static void illegal_commands_are_refused_with_a_reason(void **state) {
  (void)state;
  struct wc_emit *emit = wc_emit_new(GBUF, MEM);
  assert_non_null(emit);
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_LOAD, .id = 77}};
  cmd.dma = (struct wc_dma){.gb = 0, .n0 = 64, .n1 = 1, .n2 = 1, .n3 = 1};
  assert_true(wc_emit_cmd(emit, &cmd));
  assert_null(wc_emit_failed(emit));
  struct wc_cmd bad = cmd;
  bad.dma.gb = GBUF - 2;
  assert_false(wc_emit_cmd(emit, &bad));
  const char *text = wc_emit_failed(emit);
  assert_non_null(text);
  assert_non_null(strstr(text, "command 1 (LOAD, id 77)"));
  assert_non_null(strstr(text, "outside the buffer"));
  assert_false(wc_emit_cmd(emit, &cmd)); /* for good */
  uint32_t *words;
  size_t bytes;
  assert_false(wc_emit_finish(emit, &words, &bytes));
  wc_emit_delete(emit);
}

/* A field wider than its bits must not be cut off in silence. */
static void a_field_that_does_not_fit_is_refused(void **state) {
  (void)state;
  struct wc_emit *emit = wc_emit_new(GBUF, MEM);
  assert_non_null(emit);
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_LOAD}};
  cmd.dma = (struct wc_dma){.n0 = 2, .n1 = 65537, .n2 = 1, .n3 = 1};
  assert_false(wc_emit_cmd(emit, &cmd));
  assert_non_null(wc_emit_failed(emit));
  wc_emit_delete(emit);
}

/* As many commands as a large network has, over many buffers: this ends soon, or not at all. */
static void long_streams_are_built(void **state) {
  (void)state;
  enum { COMMANDS = 200000, PLACES = 4000 };
  uint64_t rng = ref_seed("long");
  struct wc_emit *emit = wc_emit_new(UINT32_C(1) << 20, UINT32_C(1) << 20);
  assert_non_null(emit);
  for (uint32_t i = 0; i < COMMANDS; i++) {
    struct wc_cmd cmd = {.hdr = {.opcode = i % 2 ? WC_OP_LOAD : WC_OP_STORE, .id = i}};
    cmd.dma = (struct wc_dma){.dram_lo = pick(&rng, 0, PLACES) * 64,
                              .gb = pick(&rng, 0, 500) * 64,
                              .n0 = pick(&rng, 1, 100) * 2,
                              .n1 = 1,
                              .n2 = 1,
                              .n3 = 1};
    assert_true(wc_emit_cmd(emit, &cmd));
  }
  uint32_t *words;
  size_t bytes;
  assert_true(wc_emit_finish(emit, &words, &bytes));
  assert_int_equal(bytes, (COMMANDS * WC_LOAD_UNITS + 1) * 16);
  free(words);
  wc_emit_delete(emit);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ranges_are_bounding_intervals),
      cmocka_unit_test(every_conflict_is_ordered),
      cmocka_unit_test(no_token_is_superfluous),
      cmocka_unit_test(disjoint_commands_run_side_by_side),
      cmocka_unit_test(illegal_commands_are_refused_with_a_reason),
      cmocka_unit_test(a_field_that_does_not_fit_is_refused),
      cmocka_unit_test(long_streams_are_built),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
