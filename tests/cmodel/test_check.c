/* wc_cmd_check refuses exactly the commands that docs/commands.md calls illegal. */
#include <string.h>

#include "random_cmd.h"
#include "wc_cmocka.h"
#include "wc_isa.h"

enum { GBUF = 1 << 16, MEM = 1 << 20 };

static struct wc_cmd legal_dma(void) {
  return (struct wc_cmd){.hdr = {.opcode = WC_OP_LOAD},
                         .dma = {.dram_lo = 64,
                                 .gb = 128,
                                 .n0 = 32,
                                 .n1 = 2,
                                 .n2 = 2,
                                 .n3 = 2,
                                 .ds1 = 32,
                                 .ds2 = 64,
                                 .ds3 = 128,
                                 .gs1 = 32,
                                 .gs2 = 64,
                                 .gs3 = 128}};
}

static struct wc_cmd legal_gemm(void) {
  return (struct wc_cmd){.hdr = {.opcode = WC_OP_GEMM},
                         .gemm = {.c_fp32 = 1,
                                  .preload = 1,
                                  .n = 8,
                                  .p2 = 2,
                                  .p1 = 2,
                                  .p0 = 2,
                                  .q0 = 4,
                                  .q2 = 2,
                                  .q1 = 2,
                                  .h = 2,
                                  .w = 2,
                                  .sy = 1,
                                  .sx = 1,
                                  .ry = 1,
                                  .rx = 1,
                                  .a_base = 0,
                                  .a_s2 = 32,
                                  .a_s1 = 16,
                                  .a_s0 = 8,
                                  .b_base = 1024,
                                  .b_s2 = 128,
                                  .b_s1 = 64,
                                  .b_s0 = 16,
                                  .b_sn = 2,
                                  .c_s2 = 128,
                                  .c_s1 = 64,
                                  .c_s0 = 32,
                                  .c_base = 4096,
                                  .p_s2 = 128,
                                  .p_s1 = 64,
                                  .p_s0 = 32,
                                  .p_base = 8192}};
}

/* FMA reading three inputs, MAX, NOP, SQRT; an FP16 output, one of U8, a chained reduction. */
static struct wc_cmd legal_vec(void) {
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_VEC},
                       .vec = {.n_in = 4, .n_out = 3, .d0 = 16, .d1 = 4, .d2 = 2, .d3 = 2}};
  cmd.step[0] = (struct wc_step){.op = WC_V_FMA, .a = WC_S_I0, .b = WC_S_I1, .c = WC_S_I2};
  cmd.step[1] = (struct wc_step){.op = WC_V_MAX, .a = WC_S_T, .b = WC_S_I3, .dst = 1};
  cmd.step[3] = (struct wc_step){.op = WC_V_SQRT, .a = WC_S_U};
  for (uint32_t i = 0; i < 4; i++)
    cmd.in[i] = (struct wc_stream){
        .type = WC_T_FP16, .s0 = 1, .base = 1024 * i, .s1 = 32, .s2 = 128, .s3 = 256};
  cmd.out[0] =
      (struct wc_stream){.type = WC_T_FP16, .s0 = 1, .base = 8192, .s1 = 32, .s2 = 128, .s3 = 256};
  cmd.out[1] = (struct wc_stream){
      .type = WC_T_U8, .src = 1, .s0 = 2, .base = 10001, .s1 = 33, .s2 = 132, .s3 = 264};
  cmd.out[2] = (struct wc_stream){.type = WC_T_FP32,
                                  .reduce = 1,
                                  .chains = 1,
                                  .load = 1,
                                  .keep = 1,
                                  .phase = 5,
                                  .s0 = 1,
                                  .base = 16384,
                                  .s1 = 64,
                                  .s2 = 512,
                                  .s3 = 1024};
  return cmd;
}

static enum wc_device_error judge(const struct wc_cmd *cmd) {
  uint64_t addr;
  return wc_cmd_check(cmd, GBUF, MEM, &addr);
}

/* Expects @error after the change, and no error without it. */
#define EXPECT(make, error, change)                                                             \
  do {                                                                                          \
    struct wc_cmd cmd = make();                                                                 \
    assert_int_equal(judge(&cmd), WC_E_NONE);                                                   \
    change;                                                                                     \
    if (judge(&cmd) != (error))                                                                 \
      fail_msg("%s: %s, wanted %s", #change, wc_error_text(judge(&cmd)), wc_error_text(error)); \
  } while (0)
#define BAD_FIELD(make, change) EXPECT(make, WC_E_FIELD, change)
#define BAD_ALIGN(make, change) EXPECT(make, WC_E_ALIGN, change)
#define STAYS_LEGAL(make, change) EXPECT(make, WC_E_NONE, change)

static void headers(void **state) {
  (void)state;
  BAD_FIELD(legal_dma, cmd.hdr.wait = 1 << WC_Q_LOAD);
  BAD_FIELD(legal_dma, cmd.hdr.signal = 1 << WC_Q_LOAD);
  STAYS_LEGAL(legal_dma, cmd.hdr.wait = 0xE; cmd.hdr.signal = 0xE);
  BAD_FIELD(legal_dma, cmd.hdr.opcode = WC_OP_STORE; cmd.hdr.wait = 1 << WC_Q_STORE);
  BAD_FIELD(legal_gemm, cmd.hdr.signal = 1 << WC_Q_GEMM);
  BAD_FIELD(legal_vec, cmd.hdr.wait = 1 << WC_Q_VEC);
  struct wc_cmd end = {.hdr.opcode = WC_OP_END};
  assert_int_equal(judge(&end), WC_E_NONE);
  end.hdr.signal = 1;
  assert_int_equal(judge(&end), WC_E_FIELD);
}

static void values_that_do_not_fit_their_field(void **state) {
  (void)state;
  BAD_FIELD(legal_dma, cmd.dma.n1 = 65536);
  BAD_FIELD(legal_gemm, cmd.gemm.sy = 128);
  BAD_FIELD(legal_gemm, cmd.gemm.oy = -32769);
  BAD_FIELD(legal_vec, cmd.vec.d0 = 1 << 24);
  BAD_FIELD(legal_vec, cmd.in[1].s0 = 32768);
  BAD_FIELD(legal_vec, cmd.step[0].op = 32);
  BAD_FIELD(legal_vec, cmd.vec.n_out = 4);
}

static void dma_dimensions_and_alignment(void **state) {
  (void)state;
  BAD_FIELD(legal_dma, cmd.dma.n0 = 0);
  BAD_FIELD(legal_dma, cmd.dma.n0 = 31);
  BAD_FIELD(legal_dma, cmd.dma.n1 = 0);
  BAD_FIELD(legal_dma, cmd.dma.n2 = 0);
  BAD_FIELD(legal_dma, cmd.dma.n3 = 0);
  BAD_ALIGN(legal_dma, cmd.dma.dram_lo = 65);
  BAD_ALIGN(legal_dma, cmd.dma.gb = 129);
  BAD_ALIGN(legal_dma, cmd.dma.ds1 = 33);
  BAD_ALIGN(legal_dma, cmd.dma.ds2 = 65);
  BAD_ALIGN(legal_dma, cmd.dma.ds3 = 129);
  BAD_ALIGN(legal_dma, cmd.dma.gs1 = 33);
  BAD_ALIGN(legal_dma, cmd.dma.gs2 = 65);
  BAD_ALIGN(legal_dma, cmd.dma.gs3 = 129);
  STAYS_LEGAL(legal_dma, cmd.dma.n1 = 1; cmd.dma.ds1 = cmd.dma.gs1 = 0x7FFFFFFF);
  STAYS_LEGAL(legal_dma, cmd.dma.n2 = 1; cmd.dma.ds2 = cmd.dma.gs2 = 0x7FFFFFFF);
  STAYS_LEGAL(legal_dma, cmd.dma.n3 = 1; cmd.dma.ds3 = cmd.dma.gs3 = -0x7FFFFFFF);
}

static void gemm_dimensions_and_alignment(void **state) {
  (void)state;
  BAD_FIELD(legal_gemm, cmd.gemm.n = 0);
  BAD_FIELD(legal_gemm, cmd.gemm.p2 = 0);
  BAD_FIELD(legal_gemm, cmd.gemm.p1 = 0);
  BAD_FIELD(legal_gemm, cmd.gemm.p0 = 0);
  BAD_FIELD(legal_gemm, cmd.gemm.q2 = 0);
  BAD_FIELD(legal_gemm, cmd.gemm.q1 = 0);
  BAD_FIELD(legal_gemm, cmd.gemm.q0 = 0);
  STAYS_LEGAL(legal_gemm, cmd.gemm.h = 0);
  STAYS_LEGAL(legal_gemm, cmd.gemm.w = 0);
  BAD_FIELD(legal_gemm, cmd.gemm.b_sn = 4);
  BAD_FIELD(legal_gemm, cmd.gemm.b_trans = 1);
  STAYS_LEGAL(legal_gemm, cmd.gemm.b_trans = 1; cmd.gemm.b_s0 = 2; cmd.gemm.b_sn = 8);
  BAD_FIELD(legal_gemm, cmd.gemm.preload = 0);
  BAD_FIELD(legal_gemm, cmd.gemm.preload = 0; cmd.gemm.p_base = 0; cmd.gemm.p_s1 = 0;
            cmd.gemm.p_s0 = 0);
  STAYS_LEGAL(legal_gemm, cmd.gemm.preload = 0; cmd.gemm.p_base = 0; cmd.gemm.p_s2 = 0;
              cmd.gemm.p_s1 = 0; cmd.gemm.p_s0 = 0);
  BAD_ALIGN(legal_gemm, cmd.gemm.a_base = 1);
  BAD_ALIGN(legal_gemm, cmd.gemm.a_s2 = 33);
  BAD_ALIGN(legal_gemm, cmd.gemm.a_s1 = 17);
  BAD_ALIGN(legal_gemm, cmd.gemm.a_s0 = 9);
  BAD_ALIGN(legal_gemm, cmd.gemm.b_base = 1025);
  BAD_ALIGN(legal_gemm, cmd.gemm.b_s2 = 129);
  BAD_ALIGN(legal_gemm, cmd.gemm.b_s1 = 65);
  BAD_ALIGN(legal_gemm, cmd.gemm.b_s0 = 17);
  BAD_ALIGN(legal_gemm, cmd.gemm.c_base = 4098);
  BAD_ALIGN(legal_gemm, cmd.gemm.c_s0 = 34);
  STAYS_LEGAL(legal_gemm, cmd.gemm.c_fp32 = 0; cmd.gemm.c_base = 4098; cmd.gemm.c_s0 = 34);
  BAD_ALIGN(legal_gemm, cmd.gemm.c_fp32 = 0; cmd.gemm.c_s1 = 65);
  BAD_ALIGN(legal_gemm, cmd.gemm.c_s2 = 130);
  BAD_ALIGN(legal_gemm, cmd.gemm.p_base = 8194);
  BAD_ALIGN(legal_gemm, cmd.gemm.p_s0 = 34);
  BAD_ALIGN(legal_gemm, cmd.gemm.p_s1 = 66);
  BAD_ALIGN(legal_gemm, cmd.gemm.p_s2 = 130);
  STAYS_LEGAL(legal_gemm, cmd.gemm.p2 = 1; cmd.gemm.a_s2 = cmd.gemm.c_s2 = cmd.gemm.p_s2 = 1);
  STAYS_LEGAL(legal_gemm, cmd.gemm.q2 = 1; cmd.gemm.b_s2 = 0x7FFFFFFF);
}

static void vec_dimensions_and_alignment(void **state) {
  (void)state;
  BAD_FIELD(legal_vec, cmd.vec.d0 = 0);
  BAD_FIELD(legal_vec, cmd.vec.d1 = 0);
  BAD_FIELD(legal_vec, cmd.vec.d2 = 0);
  BAD_FIELD(legal_vec, cmd.vec.d3 = 0);
  BAD_ALIGN(legal_vec, cmd.in[0].base = 1);
  BAD_ALIGN(legal_vec, cmd.in[3].s1 = 31);
  BAD_ALIGN(legal_vec, cmd.in[3].s2 = 127);
  BAD_ALIGN(legal_vec, cmd.in[3].s3 = 255);
  BAD_ALIGN(legal_vec, cmd.out[2].base = 16386);
  BAD_ALIGN(legal_vec, cmd.out[2].s1 = 66);
  BAD_ALIGN(legal_vec, cmd.out[2].s2 = 514);
  STAYS_LEGAL(legal_vec, cmd.in[0].type = WC_T_U8; cmd.in[0].base = 1; cmd.in[0].s1 = 31);
  STAYS_LEGAL(legal_vec, cmd.vec.d2 = 1; cmd.in[0].s2 = 127);
  /* s1 of a reduction whose chains are neither kept nor loaded is not used. */
  STAYS_LEGAL(legal_vec, cmd.out[2].load = cmd.out[2].keep = 0; cmd.out[2].s1 = 0x7FFFFFFF);
  STAYS_LEGAL(legal_vec, cmd.out[2].chains = cmd.out[2].keep = 0; cmd.out[2].s1 = 0x7FFFFFFF);
}

static void programs(void **state) {
  (void)state;
  for (uint32_t op = 0; op < 32; op++) { /* with operand fields of FMA */
    const int known = op == WC_V_FMA || op == WC_V_SEL;
    EXPECT(legal_vec, known ? WC_E_NONE : WC_E_FIELD, cmd.step[0].op = op);
  }
  for (uint32_t op = WC_V_DIV; op <= WC_V_MANT; op++) {
    BAD_FIELD(legal_vec, cmd.step[2] = ((struct wc_step){.op = op, .a = WC_S_T}));
    EXPECT(legal_vec, op == WC_V_DIV ? WC_E_FIELD : WC_E_NONE,
           cmd.step[3] = ((struct wc_step){.op = op, .a = WC_S_T, .neg_a = 1});
           if (op == WC_V_DIV) cmd.step[3].c = 1);
  }
  STAYS_LEGAL(legal_vec,
              cmd.step[3] = ((struct wc_step){.op = WC_V_DIV, .a = WC_S_T, .b = WC_S_U}));
  BAD_FIELD(legal_vec, cmd.step[2].a = 1);
  BAD_FIELD(legal_vec, cmd.step[2].round16 = 1);
  BAD_FIELD(legal_vec, cmd.step[2].relu = 1);
  BAD_FIELD(legal_vec, cmd.step[2].dst = 1);
  BAD_FIELD(legal_vec, cmd.step[2].neg_a = 1);
  BAD_FIELD(legal_vec, cmd.step[2].neg_c = 1);
  BAD_FIELD(legal_vec, cmd.step[3].b = WC_S_T);
  BAD_FIELD(legal_vec, cmd.step[3].neg_c = 1);
  BAD_FIELD(legal_vec, cmd.step[1].c = WC_S_ONE);
  BAD_FIELD(legal_vec, cmd.step[1].neg_c = 1);
  STAYS_LEGAL(legal_vec, cmd.step[0].neg_c = 1; cmd.step[1].neg_a = 1);
  BAD_FIELD(legal_vec, cmd.step[3].a = 14);
  BAD_FIELD(legal_vec, cmd.step[3].a = 15);
  BAD_FIELD(legal_vec,
            cmd.step[2] = ((struct wc_step){.op = WC_V_CMAX, .a = WC_S_T, .b = WC_S_K0, .dst = 1}));
  BAD_FIELD(legal_vec, cmd.step[2] = ((struct wc_step){
                           .op = WC_V_CMAX, .a = WC_S_T, .b = WC_S_K0, .round16 = 1}));
  BAD_FIELD(legal_vec, cmd.step[2] = ((struct wc_step){
                           .op = WC_V_CMAX, .a = WC_S_T, .b = WC_S_K0, .relu = 1}));
  STAYS_LEGAL(legal_vec, cmd.step[2] = ((struct wc_step){
                             .op = WC_V_CMAX, .a = WC_S_T, .b = WC_S_K0, .neg_a = 1}));
}

static void inputs_are_read_by_exactly_one_step(void **state) {
  (void)state;
  BAD_FIELD(legal_vec, cmd.step[3].a = WC_S_I0);                            /* by two */
  BAD_FIELD(legal_vec, cmd.step[1].b = WC_S_T);                             /* by none */
  BAD_FIELD(legal_vec, cmd.step[3].a = WC_S_I4);                            /* not there */
  BAD_FIELD(legal_vec, cmd.vec.n_in = 3);                                   /* I3 not there */
  BAD_FIELD(legal_vec, cmd.vec.n_in = 5);                                   /* I4 not read */
  STAYS_LEGAL(legal_vec, cmd.step[0].c = WC_S_I0; cmd.step[1].a = WC_S_I2); /* twice by one step */
}

static void streams(void **state) {
  (void)state;
  BAD_FIELD(legal_vec, cmd.in[0].src = 1);
  BAD_FIELD(legal_vec, cmd.in[0].reduce = 1);
  BAD_FIELD(legal_vec, cmd.in[0].chains = 1);
  BAD_FIELD(legal_vec, cmd.in[0].load = 1);
  BAD_FIELD(legal_vec, cmd.in[0].keep = 1);
  BAD_FIELD(legal_vec, cmd.in[0].phase = 1);
  BAD_FIELD(legal_vec, cmd.in[0].type = WC_T_BIT; cmd.in[0].s0 = 2);
  STAYS_LEGAL(legal_vec, cmd.in[0].type = WC_T_BIT);
  BAD_FIELD(legal_vec, cmd.out[0].type = WC_T_BIT; cmd.out[0].s0 = 0);
  BAD_FIELD(legal_vec, cmd.out[0].chains = 1);
  BAD_FIELD(legal_vec, cmd.out[0].load = 1);
  BAD_FIELD(legal_vec, cmd.out[0].keep = 1);
  BAD_FIELD(legal_vec, cmd.out[0].phase = 1);
  BAD_FIELD(legal_vec, cmd.out[2].reduce = 3);
  BAD_FIELD(legal_vec, cmd.out[2].type = WC_T_FP16);
  BAD_FIELD(legal_vec, cmd.out[2].type = WC_T_U8; cmd.out[2].load = cmd.out[2].keep = 0);
  BAD_FIELD(legal_vec, cmd.out[2].type = WC_T_BIT; cmd.out[2].load = cmd.out[2].keep = 0);
  BAD_FIELD(legal_vec, cmd.out[2].chains = 0);
  STAYS_LEGAL(legal_vec, cmd.out[2].chains = cmd.out[2].keep = 0);
  STAYS_LEGAL(legal_vec, cmd.out[2].reduce = 2);
  STAYS_LEGAL(legal_vec, cmd.out[2].type = WC_T_FP16; cmd.out[2].load = cmd.out[2].keep = 0);
}

/* FIELD before ALIGN before WINDOW before GBUF. */
static void precedence(void **state) {
  (void)state;
  struct wc_cmd cmd = legal_dma();
  cmd.dma.dram_lo = MEM + 1;
  cmd.dma.gb = GBUF;
  cmd.dma.n3 = 0;
  assert_int_equal(judge(&cmd), WC_E_FIELD);
  cmd.dma.n3 = 1;
  assert_int_equal(judge(&cmd), WC_E_ALIGN);
  cmd.dma.dram_lo = MEM;
  assert_int_equal(judge(&cmd), WC_E_WINDOW);
  cmd.dma.dram_lo = 0;
  assert_int_equal(judge(&cmd), WC_E_GBUF);
  cmd.dma.gb = 0;
  assert_int_equal(judge(&cmd), WC_E_NONE);
}

/* The bytes a command touches, found by visiting every element. */
struct touched {
  int any;
  int64_t low, high;
};

static void touch(struct touched *t, int64_t at, int64_t bytes) {
  t->low = !t->any || at < t->low ? at : t->low;
  t->high = !t->any || at + bytes - 1 > t->high ? at + bytes - 1 : t->high;
  t->any = 1;
}

static void touch_gemm(const struct wc_gemm *g, struct touched *t) {
  for (int64_t i = 0; i < g->p2 * g->p1 * g->p0; i++) {
    const int64_t i2 = i / (g->p1 * g->p0), i1 = i / g->p0 % g->p1, i0 = i % g->p0;
    for (int64_t j = 0; j < g->q2 * g->q1 * g->q0; j++) {
      const int64_t j2 = j / (g->q1 * g->q0), j1 = j / g->q0 % g->q1, j0 = j % g->q0;
      const int64_t iy = i1 * g->sy + j2 * g->ry + g->oy, ix = i0 * g->sx + j1 * g->rx + g->ox;
      if (iy >= 0 && iy < g->h && ix >= 0 && ix < g->w)
        touch(t, (int64_t)g->a_base + i2 * g->a_s2 + iy * g->a_s1 + ix * g->a_s0 + j0 * 2, 2);
      const int64_t m2 = g->a_trans ? j2 : i2, m1 = g->a_trans ? j1 : i1, m0 = g->a_trans ? j0 : i0,
                    k2 = g->a_trans ? i2 : j2, k1 = g->a_trans ? i1 : j1, k0 = g->a_trans ? i0 : j0;
      for (int64_t x = 0; x < g->n; x++) {
        const int64_t bytes = g->c_fp32 ? 4 : 2;
        touch(t, (int64_t)g->b_base + k2 * g->b_s2 + k1 * g->b_s1 + k0 * g->b_s0 + x * g->b_sn, 2);
        touch(t, (int64_t)g->c_base + m2 * g->c_s2 + m1 * g->c_s1 + m0 * g->c_s0 + x * bytes,
              bytes);
        if (g->preload)
          touch(t, (int64_t)g->p_base + m2 * g->p_s2 + m1 * g->p_s1 + m0 * g->p_s0 + x * 4, 4);
      }
    }
  }
}

static void touch_vec(const struct wc_cmd *cmd, struct touched *t) {
  const struct wc_vec *v = &cmd->vec;
  for (uint32_t i = 0; i < v->n_in + v->n_out; i++) {
    const struct wc_stream *s = i < v->n_in ? &cmd->in[i] : &cmd->out[i - v->n_in];
    const int64_t bytes = (int64_t)wc_type_bytes(s->type);
    const int64_t d1 = !s->reduce ? v->d1 : s->chains && (s->load || s->keep) ? 8 : 1;
    for (int64_t i3 = 0; i3 < v->d3; i3++) {
      for (int64_t i2 = 0; i2 < v->d2; i2++) {
        for (int64_t p = 0; p < d1; p++) {
          for (int64_t i0 = 0; i0 < v->d0; i0++) {
            const int64_t at = s->base + i3 * s->s3 + i2 * s->s2 + p * s->s1;
            touch(t, at + (s->type == WC_T_BIT ? i0 / 8 : i0 * s->s0 * bytes), bytes);
          }
        }
      }
    }
  }
}

static void touch_dma(const struct wc_dma *d, struct touched *dram, struct touched *gb) {
  for (int64_t i3 = 0; i3 < d->n3; i3++) {
    for (int64_t i2 = 0; i2 < d->n2; i2++) {
      for (int64_t i1 = 0; i1 < d->n1; i1++) {
        touch(dram, d->dram_lo + i3 * d->ds3 + i2 * d->ds2 + i1 * d->ds1, d->n0);
        touch(gb, d->gb + i3 * d->gs3 + i2 * d->gs2 + i1 * d->gs1, d->n0);
      }
    }
  }
}

static void shift_gbuf(struct wc_cmd *cmd, int64_t by) {
  const uint32_t d = (uint32_t)by;
  if (cmd->hdr.opcode == WC_OP_GEMM) {
    cmd->gemm.a_base += d;
    cmd->gemm.b_base += d;
    cmd->gemm.c_base += d;
    cmd->gemm.p_base += cmd->gemm.preload ? d : 0;
  } else if (cmd->hdr.opcode == WC_OP_VEC) {
    for (uint32_t i = 0; i < cmd->vec.n_in; i++)
      cmd->in[i].base += d;
    for (uint32_t i = 0; i < cmd->vec.n_out; i++)
      cmd->out[i].base += d;
  } else {
    cmd->dma.gb += d;
  }
}

/* A buffer that ends right behind the last byte is large enough, one byte less is not. */
static void expect_exact(struct wc_cmd *cmd, const struct touched *gb, const struct touched *dram) {
  uint64_t addr;
  const uint64_t window = dram->any ? (uint64_t)dram->high + 1 : 0;
  if (gb->any) {
    const uint64_t need = (uint64_t)gb->high + 1;
    assert_int_equal(wc_cmd_check(cmd, need, window, &addr), WC_E_NONE);
    assert_int_equal(wc_cmd_check(cmd, need - 1, window, &addr), WC_E_GBUF);
    assert_true(addr <= (uint64_t)gb->high);
  }
  if (dram->any) {
    assert_int_equal(wc_cmd_check(cmd, GBUF, window - 1, &addr), WC_E_WINDOW);
    assert_int_equal(addr, window - 1);
  }
}

static void ranges_are_exact(void **state) {
  (void)state;
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  const struct wc_random_limits limits = {.gbuf_bytes = GBUF, .mem_bytes = MEM, .work = 20000};
  static const uint32_t opcodes[] = {WC_OP_GEMM, WC_OP_VEC, WC_OP_LOAD, WC_OP_STORE};
  for (int i = 0; i < 4000; i++) {
    struct wc_cmd cmd;
    struct touched gb = {0}, dram = {0};
    const uint32_t opcode = opcodes[i % 4];
    if (opcode == WC_OP_GEMM) {
      wc_random_gemm(&r, &limits, &cmd);
      touch_gemm(&cmd.gemm, &gb);
    } else if (opcode == WC_OP_VEC) {
      wc_random_vec(&r, &limits, &cmd);
      touch_vec(&cmd, &gb);
    } else {
      wc_random_dma(&r, &limits, opcode, &cmd);
      touch_dma(&cmd.dma, &dram, &gb);
    }
    assert_int_equal(judge(&cmd), WC_E_NONE);
    expect_exact(&cmd, &gb, &dram);
    /* Down to address 0 (bases keep their alignment), and below it: bases are unsigned, so one
     * that wraps is as far out as one whose strides lead below 0. The base of A itself need not
     * be touched. */
    if (opcode == WC_OP_GEMM && cmd.gemm.a_base < gb.low)
      continue;
    shift_gbuf(&cmd, -(gb.low / 4 * 4));
    assert_int_equal(judge(&cmd), WC_E_NONE);
    shift_gbuf(&cmd, -4);
    assert_int_equal(judge(&cmd), WC_E_GBUF);
  }
}

static void addresses_below_zero_are_refused(void **state) {
  (void)state;
  uint64_t addr;
  struct wc_cmd cmd = legal_dma();
  cmd.dma.gs3 = -128;
  assert_int_equal(wc_cmd_check(&cmd, GBUF, MEM, &addr), WC_E_NONE);
  cmd.dma.gs3 = -130;
  assert_int_equal(wc_cmd_check(&cmd, GBUF, MEM, &addr), WC_E_GBUF);
  assert_int_equal(addr, UINT64_C(0xFFFFFFFFFE));
  cmd = legal_dma();
  cmd.dma.ds1 = -66;
  assert_int_equal(wc_cmd_check(&cmd, GBUF, MEM, &addr), WC_E_WINDOW);
  cmd = legal_vec();
  cmd.in[0].s1 = -2;
  assert_int_equal(wc_cmd_check(&cmd, GBUF, MEM, &addr), WC_E_GBUF);
  cmd = legal_gemm();
  cmd.gemm.a_s0 = -8;
  assert_int_equal(wc_cmd_check(&cmd, GBUF, MEM, &addr), WC_E_GBUF);
  cmd.gemm.ox = -1; /* now only ix = 0 and the padding to its left remain for s = 0 ... */
  cmd.gemm.p0 = 1;  /* ... and ix = 0 for s = 1 */
  assert_int_equal(wc_cmd_check(&cmd, GBUF, MEM, &addr), WC_E_NONE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(headers),
      cmocka_unit_test(values_that_do_not_fit_their_field),
      cmocka_unit_test(dma_dimensions_and_alignment),
      cmocka_unit_test(gemm_dimensions_and_alignment),
      cmocka_unit_test(vec_dimensions_and_alignment),
      cmocka_unit_test(programs),
      cmocka_unit_test(inputs_are_read_by_exactly_one_step),
      cmocka_unit_test(streams),
      cmocka_unit_test(precedence),
      cmocka_unit_test(ranges_are_exact),
      cmocka_unit_test(addresses_below_zero_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
