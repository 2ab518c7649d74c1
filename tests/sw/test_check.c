/* The static checker: it accepts what the compiler and the emitter make, and refuses what is
 * broken. */
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "footprint.h"
#include "program.h"
#include "random.h"
#include "seqmap.h"
#include "stream_build.h"
#include "wc_cmocka.h"
#include "wc_model.h"

enum { GBUF = 4096, WINDOW = 65536 };
enum {
  LOADQ = 1 << WC_Q_LOAD,
  STOREQ = 1 << WC_Q_STORE,
  GEMMQ = 1 << WC_Q_GEMM,
  VECQ = 1 << WC_Q_VEC
};

static void expect_accepted(struct stream_build *s) {
  struct wc_check_result result;
  if (!wc_stream_check(s->words, stream_bytes(s), GBUF, WINDOW, &result))
    fail_msg("refused: %s", result.text);
  assert_int_equal(result.code, WC_E_NONE);
  stream_free(s);
}

/* @words: what the line must contain. */
static void expect_refused(struct stream_build *s, uint32_t code, uint32_t cmd, const char *words) {
  struct wc_check_result result;
  assert_false(wc_stream_check(s->words, stream_bytes(s), GBUF, WINDOW, &result));
  if (result.code != code || result.cmd != cmd || strstr(result.text, words) == NULL)
    fail_msg("code %u, command %u: %s", result.code, result.cmd, result.text);
  assert_false(wc_stream_check(s->words, stream_bytes(s), GBUF, WINDOW, NULL));
  stream_free(s);
}

static void an_ordered_stream_is_accepted(void **state) {
  (void)state;
  struct stream_build s = {0};
  stream_load(&s, 0, 0, 64);
  stream_signal(&s, VECQ);
  stream_vec_copy(&s, 0, 128, 16);
  stream_wait(&s, LOADQ);
  stream_signal(&s, STOREQ | LOADQ);
  stream_store(&s, 128, 1024, 4);
  stream_wait(&s, VECQ);
  stream_load(&s, 64, 0, 64); /* overwrites what the vector unit has read */
  stream_wait(&s, VECQ);
  stream_end(&s);
  expect_accepted(&s);
}

static void order_may_be_passed_on_through_other_queues(void **state) {
  (void)state;
  struct stream_build s = {0};
  stream_load(&s, 0, 0, 64); /* load, then vec, then store, which reads the load's bytes */
  stream_signal(&s, VECQ);
  stream_vec_copy(&s, 512, 1024, 16);
  stream_wait(&s, LOADQ);
  stream_signal(&s, STOREQ);
  stream_store(&s, 0, 2048, 64);
  stream_wait(&s, VECQ);
  stream_end(&s);
  expect_accepted(&s);
}

static void order_within_a_queue_counts(void **state) {
  (void)state;
  struct stream_build s = {0};
  stream_load(&s, 0, 0, 64);
  stream_load(&s, 64, 64, 64);
  stream_signal(&s, VECQ);
  stream_vec_copy(&s, 0, 1024, 16); /* the first load's bytes; the second gave the token */
  stream_wait(&s, LOADQ);
  stream_end(&s);
  expect_accepted(&s);
}

static void independent_queues_need_no_tokens(void **state) {
  (void)state;
  struct stream_build s = {0};
  stream_load(&s, 0, 0, 64);
  stream_vec_copy(&s, 512, 1024, 16);
  stream_store(&s, 2048, 4096, 64);
  stream_store(&s, 2048, 8192, 64); /* two readers never conflict */
  stream_end(&s);
  expect_accepted(&s);
}

static void races_are_refused(void **state) {
  (void)state;
  struct stream_build s = {0};
  stream_load(&s, 0, 0, 64); /* written, then read */
  stream_vec_copy(&s, 60, 128, 1);
  stream_end(&s);
  expect_refused(&s, WC_E_WATCHDOG, 1, "command 0");

  stream_vec_copy(&s, 0, 128, 16); /* read, then written */
  stream_load(&s, 0, 62, 64);
  stream_end(&s);
  expect_refused(&s, WC_E_WATCHDOG, 1, "reads");

  stream_vec_copy(&s, 0, 128, 16); /* written twice */
  stream_load(&s, 0, 130, 2);
  stream_end(&s);
  expect_refused(&s, WC_E_WATCHDOG, 1, "no token orders them");

  stream_store(&s, 0, 1024, 64); /* in DRAM */
  stream_load(&s, 1086, 512, 2);
  stream_end(&s);
  expect_refused(&s, WC_E_WATCHDOG, 1, "DRAM");
}

static void a_token_given_too_early_does_not_order(void **state) {
  (void)state;
  struct stream_build s = {0};
  stream_load(&s, 0, 64, 64);
  stream_signal(&s, VECQ);
  stream_load(&s, 0, 0, 64); /* this one is not covered by the token */
  stream_vec_copy(&s, 0, 128, 16);
  stream_wait(&s, LOADQ);
  stream_end(&s);
  expect_refused(&s, WC_E_WATCHDOG, 2, "command 1");
}

static void unbalanced_tokens_are_refused(void **state) {
  (void)state;
  struct stream_build s = {0};
  stream_vec_copy(&s, 0, 128, 16);
  stream_wait(&s, LOADQ); /* never given */
  stream_end(&s);
  expect_refused(&s, WC_E_WATCHDOG, 0, "no earlier command gives");

  stream_vec_copy(&s, 0, 128, 16);
  stream_wait(&s, LOADQ); /* given only later: deadlock when the queues are short */
  stream_load(&s, 0, 512, 64);
  stream_signal(&s, VECQ);
  stream_end(&s);
  expect_refused(&s, WC_E_WATCHDOG, 0, "no earlier command gives");

  stream_load(&s, 0, 512, 64);
  stream_signal(&s, VECQ | GEMMQ); /* never taken */
  stream_vec_copy(&s, 512, 128, 16);
  stream_wait(&s, LOADQ);
  stream_end(&s);
  expect_refused(&s, WC_E_WATCHDOG, 2, "never taken");
}

static void a_queue_cannot_wait_for_itself(void **state) {
  (void)state;
  struct stream_build s = {0};
  stream_load(&s, 0, 512, 64);
  stream_signal(&s, LOADQ);
  stream_end(&s);
  expect_refused(&s, WC_E_FIELD, 0, "LOAD");
  stream_end(&s);
  stream_wait(&s, LOADQ);
  expect_refused(&s, WC_E_FIELD, 0, "END");
}

static void the_end_is_at_the_end(void **state) {
  (void)state;
  struct stream_build s = {0};
  struct wc_check_result result;
  stream_load(&s, 0, 0, 64);
  expect_refused(&s, WC_E_NO_END, 1, "without END");

  stream_end(&s);
  stream_end(&s);
  expect_refused(&s, WC_E_SIZE, 0, "16 bytes follow");

  stream_load(&s, 0, 0, 64); /* cut inside a command */
  stream_end(&s);
  assert_false(wc_stream_check(s.words, 32, GBUF, WINDOW, &result));
  assert_int_equal(result.code, WC_E_SIZE);
  assert_false(wc_stream_check(s.words, 71, GBUF, WINDOW, &result));
  assert_int_equal(result.code, WC_E_SIZE);
  assert_false(wc_stream_check(s.words, 0, GBUF, WINDOW, &result));
  assert_int_equal(result.code, WC_E_NO_END);
  stream_free(&s);
}

static void addresses_stay_inside(void **state) {
  (void)state;
  struct stream_build s = {0};
  stream_load(&s, WINDOW - 62, 0, 64);
  stream_end(&s);
  expect_refused(&s, WC_E_WINDOW, 0, "window");
  stream_load(&s, 0, GBUF - 62, 64);
  stream_end(&s);
  expect_refused(&s, WC_E_GBUF, 0, "buffer");
  stream_load(&s, 0, 1, 64);
  stream_end(&s);
  expect_refused(&s, WC_E_ALIGN, 0, "aligned");
}

/* One command and END. */
static struct stream_build single(struct wc_cmd cmd) {
  struct stream_build s = {0};
  stream_add(&s, &cmd);
  stream_end(&s);
  return s;
}

static void overlap_within_a_dma_is_refused(void **state) {
  (void)state;
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_LOAD}};
  cmd.dma = (struct wc_dma){.n0 = 8, .n1 = 4, .n2 = 2, .n3 = 1, .gs1 = 8, .gs2 = 32};
  struct stream_build s = single(cmd);
  expect_accepted(&s); /* sources may overlap, here all are the same */
  cmd.dma.gs2 = 30;
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "destination runs overlap");
  cmd.dma.gs1 = 16; /* interleaved, apart */
  cmd.dma.gs2 = 8;
  s = single(cmd);
  expect_accepted(&s);
  cmd.dma.gs2 = -72; /* the planes' ends do not meet */
  cmd.dma.gb = 512;
  s = single(cmd);
  expect_accepted(&s);
  cmd.dma.gs2 = -8;
  cmd.dma.gs1 = 8;
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "destination runs overlap");
  cmd.hdr.opcode = WC_OP_STORE; /* the same strides on the other side */
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "destination runs overlap");
}

/* 4 x 8 by 8 x 16, C in FP32 at 1024 onto P at 1024. */
static struct wc_cmd small_gemm(void) {
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_GEMM}};
  cmd.gemm = (struct wc_gemm){.c_fp32 = 1,
                              .preload = 1,
                              .n = 16,
                              .p2 = 1,
                              .p1 = 1,
                              .p0 = 4,
                              .q0 = 8,
                              .q2 = 1,
                              .q1 = 1,
                              .h = 1,
                              .w = 4,
                              .sy = 1,
                              .sx = 1,
                              .ry = 1,
                              .rx = 1,
                              .a_s0 = 16,
                              .b_base = 512,
                              .b_s0 = 32,
                              .b_sn = 2,
                              .c_base = 1024,
                              .c_s0 = 64,
                              .p_base = 1024,
                              .p_s0 = 64};
  return cmd;
}

static void overlap_within_a_gemm_is_refused(void **state) {
  (void)state;
  struct wc_cmd cmd = small_gemm();
  struct stream_build s = single(cmd);
  expect_accepted(&s);
  cmd.gemm.p_base = 1024 + 64; /* P is C, but another row of it */
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "P");
  cmd = small_gemm();
  cmd.gemm.p_s0 = 128;
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "P");
  cmd = small_gemm();
  cmd.gemm.c_fp32 = 0;
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "P");
  cmd = small_gemm();
  cmd.gemm.a_base = 1024 - 50;
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "C overlaps A");
  cmd.gemm.h = 0; /* nothing of A is inside the image, so nothing is read */
  s = single(cmd);
  expect_accepted(&s);
  cmd = small_gemm();
  cmd.gemm.b_base = 1024 - 254;
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "C overlaps B");
  cmd = small_gemm();
  cmd.gemm.c_s0 = 60;
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "C overlap each other");
}

/* T = I0 over 4 x 8 FP16 at 0, to 512. */
static struct wc_cmd small_vec(void) {
  struct wc_cmd cmd = {.hdr = {.opcode = WC_OP_VEC}};
  cmd.vec = (struct wc_vec){.n_in = 1, .n_out = 1, .d0 = 8, .d1 = 4, .d2 = 1, .d3 = 1};
  cmd.step[0] = (struct wc_step){.op = WC_V_MOV, .a = WC_S_I0};
  cmd.in[0] = (struct wc_stream){.type = WC_T_FP16, .s0 = 1, .base = 0, .s1 = 16};
  cmd.out[0] = (struct wc_stream){.type = WC_T_FP16, .s0 = 1, .base = 512, .s1 = 16};
  return cmd;
}

static void overlap_within_a_vec_is_refused(void **state) {
  (void)state;
  struct wc_cmd cmd = small_vec();
  cmd.out[0].base = 0; /* in place */
  struct stream_build s = single(cmd);
  expect_accepted(&s);
  cmd.out[0].base = 2; /* shifted by an element */
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "without being the same elements");
  cmd.out[0].base = 0;
  cmd.out[0].s1 = 32; /* the same places in another order */
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "without being the same elements");
  cmd = small_vec();
  cmd.out[0].base = 0;
  cmd.out[0].type = WC_T_FP32; /* the same places in another size */
  cmd.out[0].s1 = 32;
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "without being the same elements");
  cmd = small_vec();
  cmd.out[0].s0 = 0; /* eight elements on one place */
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "overlap each other");
  cmd = small_vec();
  cmd.out[0].s0 = 4; /* every fourth; the other rows between them */
  cmd.out[0].s1 = 2;
  s = single(cmd);
  expect_accepted(&s);
  cmd.out[0].s1 = 8;
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "overlap each other");
  cmd = small_vec();
  cmd.vec.n_out = 2;
  cmd.out[1] = cmd.out[0];
  cmd.out[1].base = 512 + 62;
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "two outputs");
}

static void reductions_may_load_from_where_they_store(void **state) {
  (void)state;
  struct wc_cmd cmd = small_vec();
  cmd.out[0] = (struct wc_stream){.type = WC_T_FP32, .reduce = 1, .load = 1, .s0 = 1, .base = 512};
  struct stream_build s = single(cmd);
  expect_accepted(&s);
  cmd.out[0].chains = cmd.out[0].keep = 1;
  cmd.out[0].s1 = 32;
  s = single(cmd);
  expect_accepted(&s);
  cmd.out[0].s1 = 16; /* chains on top of each other */
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "overlap each other");
  cmd.out[0].s1 = 32;
  cmd.vec.n_out = 2; /* a second output within the first one's chains */
  cmd.out[1] = (struct wc_stream){.type = WC_T_FP16, .s0 = 1, .base = 512 + 192, .s1 = 16};
  s = single(cmd);
  expect_refused(&s, WC_E_FIELD, 0, "two outputs");
}

static struct wc_footprint random_footprint(struct wc_random *r) {
  struct wc_footprint f = {.base = 400 + wc_random_below(r, 200),
                           .bytes = 1 + wc_random_below(r, 9)};
  for (unsigned k = 0; k < WC_FOOTPRINT_DIMS; k++) {
    f.dim[k].n = 1 + wc_random_below(r, 4);
    f.dim[k].stride = wc_random_range(r, -24, 24);
  }
  return f;
}

/* Counts how often each byte is touched; true when one is touched twice. */
static bool paint(const struct wc_footprint *f, uint8_t *bytes) {
  bool twice = false;
  for (uint64_t i = 0; i < f->dim[0].n * f->dim[1].n * f->dim[2].n * f->dim[3].n; i++) {
    int64_t at = f->base;
    uint64_t rest = i;
    for (unsigned k = 0; k < WC_FOOTPRINT_DIMS; k++) {
      at += (int64_t)(rest % f->dim[k].n) * f->dim[k].stride;
      rest /= f->dim[k].n;
    }
    for (uint64_t b = 0; b < f->bytes; b++)
      twice = bytes[at + (int64_t)b]++ != 0 || twice;
  }
  return twice;
}

static void footprints_agree_with_counting_bytes(void **state) {
  (void)state;
  struct wc_random r;
  const uint64_t seed = wc_random_env_seed();
  wc_random_seed(&r, seed);
  unsigned shared[2] = {0, 0};
  for (int i = 0; i < 20000; i++) {
    uint8_t one[1024] = {0}, other[1024] = {0};
    const struct wc_footprint a = random_footprint(&r), b = random_footprint(&r);
    const bool self = paint(&a, one);
    (void)paint(&b, other);
    bool both = false;
    for (unsigned k = 0; k < sizeof one; k++)
      both = both || (one[k] != 0 && other[k] != 0);
    if ((wc_footprint_self(&a) == WC_SHARED) != self ||
        (wc_footprint_pair(&a, &b) == WC_SHARED) != both)
      fail_msg("SEED=%llu: footprint %d", (unsigned long long)seed, i);
    shared[0] += self;
    shared[1] += both;
  }
  assert_in_range(shared[0], 100, 19900); /* the test meets both cases */
  assert_in_range(shared[1], 100, 19900);
}

static void the_map_of_latest_accesses_agrees_with_an_array(void **state) {
  (void)state;
  enum { SIZE = 300, RANGES = 60, STEPS = 3000 };
  struct wc_random r;
  const uint64_t seed = wc_random_env_seed();
  wc_random_seed(&r, seed);
  uint64_t lo[RANGES], hi[RANGES];
  uint32_t latest[SIZE] = {0};
  struct wc_cuts cuts = {0};
  struct wc_seqmap map;
  for (unsigned i = 0; i < RANGES; i++) {
    lo[i] = wc_random_below(&r, SIZE - 1);
    hi[i] = lo[i] + 1 + wc_random_below(&r, (uint32_t)(SIZE - lo[i]));
    hi[i] = hi[i] > SIZE ? SIZE : hi[i];
    assert_true(wc_cuts_add(&cuts, lo[i]) && wc_cuts_add(&cuts, hi[i]));
  }
  wc_cuts_sort(&cuts);
  assert_true(wc_seqmap_init(&map, &cuts));
  for (uint32_t step = 1; step <= STEPS; step++) {
    const unsigned asked = wc_random_below(&r, RANGES), marked = wc_random_below(&r, RANGES);
    uint32_t want = 0;
    for (uint64_t k = lo[asked]; k < hi[asked]; k++)
      want = latest[k] > want ? latest[k] : want;
    if (wc_seqmap_newest(&map, lo[asked], hi[asked]) != want)
      fail_msg("SEED=%llu: step %u", (unsigned long long)seed, step);
    wc_seqmap_mark(&map, lo[marked], hi[marked], step);
    for (uint64_t k = lo[marked]; k < hi[marked]; k++)
      latest[k] = step;
  }
  wc_seqmap_free(&map);
  wc_cuts_free(&cuts);
}

static struct wc_program *compile(const char *net, enum wc_config config, uint32_t batch,
                                  uint64_t buffer) {
  struct wc_report why = {""};
  struct wc_graph *graph = wc_net_build(net, &why);
  const struct wc_target target = {.gbuf_bytes = buffer, .mem_bytes = UINT64_C(64) << 20};
  struct wc_program *program =
      graph != NULL ? wc_compile(graph, config, batch, &target, &why) : NULL;
  if (program == NULL)
    fail_msg("%s: %s", net, why.text);
  wc_graph_delete(graph);
  return program;
}

static void every_stream_of_the_compiler_is_accepted(void **state) {
  (void)state;
  static const uint64_t buffers[] = {16384, 65536, 262144};
  static const char *const nets[] = {"fmnist-resnet8", "fmnist-inception"};
  for (unsigned config = 0; config < WC_CONFIGS; config++) {
    for (size_t i = 0; i < 2 * sizeof buffers / sizeof *buffers; i++) {
      const size_t b = i / 2;
      struct wc_program *p = compile(nets[i % 2], (enum wc_config)config, 7, buffers[b]);
      for (unsigned k = 0; k < WC_SECTIONS; k++) {
        struct wc_check_result result;
        assert_non_null(p->section[k][0].words);
        if (!wc_stream_check(p->section[k][0].words, p->section[k][0].bytes, p->gbuf_bytes,
                             p->dram_bytes, &result))
          fail_msg("%s, buffer %llu, section %u: %s", wc_config_name((enum wc_config)config),
                   (unsigned long long)buffers[b], k, result.text);
      }
      wc_program_delete(p);
    }
  }
}

/* Offset, in words, of command @index. */
static size_t command_at(const uint32_t *words, uint32_t index) {
  size_t at = 0;
  while (index-- > 0)
    at += 4 * (words[at] >> 8 & 0xFF);
  return at;
}

/* Without any one of its tokens, a stream has a race: the emitter gives no token for nothing. */
static void no_token_of_a_real_stream_can_be_taken_away(void **state) {
  (void)state;
  struct wc_program *p = compile("tiny-resnet", WC_MBS2, 3, 8192);
  const struct wc_section *s = &p->section[WC_SECTION_STEP][0];
  uint32_t *words = malloc(s->bytes);
  unsigned tried = 0, accepted = 0;
  uint32_t n = 0;
  for (size_t at = 0; at < s->bytes / 4; at += 4 * (s->words[at] >> 8 & 0xFF))
    n++;
  for (unsigned from = 0; from < WC_QUEUES; from++) {
    for (unsigned to = 0; to < WC_QUEUES; to++) {
      for (uint32_t k = 0; from != to; k++) {
        memcpy(words, s->words, s->bytes);
        uint32_t gives = 0, takes = 0;
        bool found = false;
        for (uint32_t i = 0; i < n; i++) {
          uint32_t *header = &words[command_at(words, i)];
          const int queue = wc_opcode_queue(*header & 0xFF);
          if (queue == (int)from && (*header >> (20 + to) & 1) && gives++ == k)
            *header &= ~(UINT32_C(1) << (20 + to));
          if (queue == (int)to && (*header >> (16 + from) & 1) && takes++ == k) {
            *header &= ~(UINT32_C(1) << (16 + from));
            found = true;
          }
        }
        if (!found)
          break;
        tried++;
        accepted += wc_stream_check(words, s->bytes, p->gbuf_bytes, p->dram_bytes, NULL);
      }
    }
  }
  free(words);
  wc_program_delete(p);
  assert_in_range(tried, 50, 100000);
  assert_int_equal(accepted, 0);
}

static const struct {
  const char *set, *name, *full;
  unsigned word, lsb, bits;
} fields[] = {
#define WC_FIELD(set, name, word, lsb, bits, sign, doc) \
  {#set, #name, #set "." #name, word, lsb, bits},
#include "wc_isa.def"
};

/* The field of a command that bit @bit of word @word belongs to. */
static const char *field_name(const uint32_t *command, unsigned word, unsigned bit) {
  const uint32_t opcode = command[0] & 0xFF;
  const unsigned streams = (command[2] & 15) + (command[2] >> 4 & 15);
  const char *set = opcode == WC_OP_GEMM ? "GEMM" : opcode == WC_OP_VEC ? "VEC" : "DMA";
  unsigned at = word;
  if (word >= 2 && opcode == WC_OP_END)
    return "END.unused";
  if (word < 2) {
    set = "HDR";
  } else if (opcode == WC_OP_VEC && word >= 8 && word < 12) {
    set = "STEP";
    at = 0;
  } else if (opcode == WC_OP_VEC && word >= WC_VEC_STREAM_WORD) {
    if ((word - WC_VEC_STREAM_WORD) / WC_VEC_STREAM_WORDS >= streams)
      return "padding";
    set = "STREAM";
    at = (word - WC_VEC_STREAM_WORD) % WC_VEC_STREAM_WORDS;
  }
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    if (strcmp(fields[i].set, set) == 0 && fields[i].word == at && bit >= fields[i].lsb &&
        bit - fields[i].lsb < fields[i].bits)
      return fields[i].full;
  }
  return "padding";
}

/* Fields in which no flipped bit may pass: the others describe another, but legal program. */
static bool never_harmless(const char *field) {
  static const char *const guarded[] = {"HDR.units", "HDR.wait", "HDR.signal",
                                        "HDR.rsvd0", "padding",  "GEMM.b_trans"};
  for (size_t i = 0; i < sizeof guarded / sizeof *guarded; i++) {
    if (strcmp(field, guarded[i]) == 0)
      return true;
  }
  return strstr(field, ".rsvd") != NULL;
}

/* A handful of names and how many flips in each were accepted and refused. */
struct tally {
  struct {
    const char *field;
    unsigned accepted, refused;
  } row[128];
  unsigned n;
};

static void note(struct tally *t, const char *field, bool accepted) {
  unsigned i = 0;
  while (i < t->n && strcmp(t->row[i].field, field) != 0)
    i++;
  if (i == t->n) {
    assert_in_range(t->n, 0, 127);
    t->row[t->n++].field = field;
  }
  t->row[i].accepted += accepted;
  t->row[i].refused += !accepted;
}

/* Does the command at @command write over the stream itself? Then it runs nobody knows what. */
static bool writes_stream(const uint32_t *command, const struct wc_section *s) {
  struct wc_cmd cmd;
  struct wc_range ranges[WC_MAX_RANGES];
  if (wc_cmd_decode(command, WC_MAX_UNITS, &cmd) != WC_E_NONE)
    return false;
  const unsigned n = wc_cmd_ranges(&cmd, ranges);
  for (unsigned i = 0; i < n; i++) {
    if (ranges[i].dram && ranges[i].write && ranges[i].hi > s->addr &&
        ranges[i].lo < s->addr + s->bytes)
      return true;
  }
  return false;
}

/* Checker and model agree on a flipped bit: what the checker lets pass runs to END; when the
 * checker finds one command illegal, the model stops there for the same reason. (A race or an
 * overlap is beyond the model, and a token that is never taken does it no harm.) */
static void flip_one(const struct wc_program *p, struct wc_model *model, const uint32_t *words,
                     size_t start, struct tally *tally, const char *field) {
  const size_t bytes = p->section[WC_SECTION_STEP][0].bytes;
  struct wc_check_result result;
  struct wc_model_error error;
  const bool accepted = wc_stream_check(words, bytes, p->gbuf_bytes, p->dram_bytes, &result);
  note(tally, field, accepted);
  if (accepted && never_harmless(field))
    fail_msg("a flipped bit in %s was accepted", field);
  const bool comparable = accepted || (result.code != WC_E_WATCHDOG && result.code != WC_E_NO_END &&
                                       strstr(result.text, "overlap") == NULL &&
                                       strstr(result.text, "follow END") == NULL);
  if (!comparable || (accepted && writes_stream(words + start, &p->section[WC_SECTION_STEP][0])))
    return;
  memcpy(wc_model_memory(model) + p->section[WC_SECTION_STEP][0].addr, words, bytes);
  const bool ran =
      wc_model_run(model, p->section[WC_SECTION_STEP][0].addr, bytes, p->dram_bytes, &error);
  if (accepted && !ran)
    fail_msg("%s: accepted, but the model stops at command %u: %s", field, error.cmd,
             wc_error_text(error.code));
  if (!accepted && ran)
    fail_msg("%s: refused (%s), but the model runs it", field, result.text);
  /* The model takes tokens as it goes, so it may stop for those first. */
  if (!accepted && error.code != WC_E_WATCHDOG &&
      (error.code != result.code || error.cmd != result.cmd))
    fail_msg("%s: checker: %s; model: command %u, %s", field, result.text, error.cmd,
             wc_error_text(error.code));
}

static void flipped_bits_are_refused_or_run(void **state) {
  (void)state;
  struct wc_program *p = compile("tiny-identity", WC_MBS2, 1, 65536);
  const struct wc_section *s = &p->section[WC_SECTION_STEP][0];
  struct wc_model_config config;
  wc_model_config_default(&config);
  config.gbuf_bytes = p->gbuf_bytes;
  config.mem_bytes = p->dram_bytes;
  config.threads = 1;
  struct wc_model *model = wc_model_new(&config);
  uint32_t *words = calloc(1, s->bytes + WC_MAX_UNITS * WC_UNIT_BYTES);
  struct wc_random r;
  const uint64_t seed = wc_random_env_seed();
  wc_random_seed(&r, seed);
  struct tally tally = {.n = 0};
  size_t start = 0;
  memcpy(words, s->words, s->bytes);
  for (size_t word = 0; word < s->bytes / 4; word++) {
    if (word == start + 4 * (s->words[start] >> 8 & 0xFF))
      start = word;
    /* Every bit of every command would take minutes: three of each word, drawn anew each time. */
    for (unsigned k = 0; k < 3; k++) {
      const unsigned bit = wc_random_below(&r, 32);
      words[word] ^= UINT32_C(1) << bit;
      flip_one(p, model, words, start, &tally,
               field_name(&s->words[start], (unsigned)(word - start), bit));
      words[word] ^= UINT32_C(1) << bit;
    }
  }
  print_message("flipped bits, by field: accepted (another legal program), refused\n");
  for (unsigned i = 0; i < tally.n; i++)
    print_message("  %-14s %5u %5u\n", tally.row[i].field, tally.row[i].accepted,
                  tally.row[i].refused);
  free(words);
  wc_model_delete(model);
  wc_program_delete(p);
}

static void a_hundred_thousand_commands_are_checked_in_seconds(void **state) {
  (void)state;
  struct stream_build s = {0};
  for (uint32_t i = 0; i < 100000; i++) {
    /* One queue only: its history is never known to be over by the others. */
    stream_load(&s, 64 * (i % 512), 128 + 2 * (i * 7919 % 960), 64);
  }
  stream_store(&s, 0, 32768, 128);
  stream_end(&s);
  struct wc_check_result result;
  if (!wc_stream_check(s.words, stream_bytes(&s), GBUF, WINDOW, &result))
    fail_msg("%s", result.text);
  stream_free(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_ordered_stream_is_accepted),
      cmocka_unit_test(order_may_be_passed_on_through_other_queues),
      cmocka_unit_test(order_within_a_queue_counts),
      cmocka_unit_test(independent_queues_need_no_tokens),
      cmocka_unit_test(races_are_refused),
      cmocka_unit_test(a_token_given_too_early_does_not_order),
      cmocka_unit_test(unbalanced_tokens_are_refused),
      cmocka_unit_test(a_queue_cannot_wait_for_itself),
      cmocka_unit_test(the_end_is_at_the_end),
      cmocka_unit_test(addresses_stay_inside),
      cmocka_unit_test(overlap_within_a_dma_is_refused),
      cmocka_unit_test(overlap_within_a_gemm_is_refused),
      cmocka_unit_test(overlap_within_a_vec_is_refused),
      cmocka_unit_test(reductions_may_load_from_where_they_store),
      cmocka_unit_test(footprints_agree_with_counting_bytes),
      cmocka_unit_test(the_map_of_latest_accesses_agrees_with_an_array),
      cmocka_unit_test(every_stream_of_the_compiler_is_accepted),
      cmocka_unit_test(no_token_of_a_real_stream_can_be_taken_away),
      cmocka_unit_test(flipped_bits_are_refused_or_run),
      cmocka_unit_test(a_hundred_thousand_commands_are_checked_in_seconds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
