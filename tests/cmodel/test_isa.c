/* Commands survive encoding, every field sits where wc_isa.def puts it, and words that are no
 * command are refused. */
#include <string.h>

#include "random_cmd.h"
#include "wc_cmocka.h"
#include "wc_isa.h"

static const struct wc_random_limits limits = {
    .gbuf_bytes = 1 << 16, .mem_bytes = 1 << 20, .work = 100000};

static void random_command(struct wc_random *r, struct wc_cmd *cmd) {
  wc_random_command(r, &limits, cmd);
  cmd->hdr.wait = wc_random_below(r, 16);
  cmd->hdr.signal = wc_random_below(r, 16);
  cmd->hdr.tag = wc_random_below(r, 16);
  cmd->hdr.id = (uint32_t)wc_random_next(r);
}

static void random_commands_survive_encoding(void **state) {
  (void)state;
  struct wc_random r;
  wc_random_seed(&r, wc_random_env_seed());
  for (int i = 0; i < 5000; i++) {
    struct wc_cmd cmd, back;
    uint32_t words[WC_MAX_WORDS], again[WC_MAX_WORDS];
    random_command(&r, &cmd);
    const unsigned units = wc_cmd_encode(&cmd, words);
    assert_int_equal(units, cmd.hdr.units);
    assert_int_not_equal(units, 0);
    assert_int_equal(wc_cmd_decode(words, units, &back), WC_E_NONE);
    assert_int_equal(wc_cmd_encode(&back, again), units);
    assert_memory_equal(words, again, sizeof words);
    if (cmd.hdr.opcode == WC_OP_VEC) /* decoding keeps the steps as words too */
      back.vec.step0 = back.vec.step1 = back.vec.step2 = back.vec.step3 = 0;
    assert_memory_equal(&cmd, &back, sizeof cmd);
  }
}

/* One legal command of each kind, with everything in it that has fields. */
static struct wc_cmd specimen(uint32_t opcode) {
  struct wc_cmd cmd = {.hdr.opcode = opcode};
  if (opcode == WC_OP_VEC) {
    cmd.vec.n_in = WC_VEC_INPUTS;
    cmd.vec.n_out = WC_VEC_OUTPUTS;
  }
  return cmd;
}

/* Encodes a specimen with one member changed by @value; returns the units, words in @words. */
struct probe {
  uint32_t opcode;
  size_t member; /* offset in struct wc_cmd */
  unsigned word, lsb, bits;
  int is_signed;
  const char *name;
};

static unsigned encode_with(const struct probe *p, uint32_t value, uint32_t *words) {
  struct wc_cmd cmd = specimen(p->opcode);
  memcpy((char *)&cmd + p->member, &value, sizeof value);
  return wc_cmd_encode(&cmd, words);
}

static void probe_field(const struct probe *p) {
  const uint64_t ones = (UINT64_C(1) << p->bits) - 1;
  uint32_t base[WC_MAX_WORDS], words[WC_MAX_WORDS];
  assert_int_not_equal(encode_with(p, 0, base), 0);
  const uint32_t most = (uint32_t)(p->is_signed ? ones >> 1 : ones);
  assert_int_not_equal(encode_with(p, most, words), 0);
  for (unsigned i = 0; i < WC_MAX_WORDS; i++) {
    const uint32_t want = i == p->word ? base[i] | most << p->lsb : base[i];
    if (words[i] != want)
      fail_msg("%s: word %u is %08x, wanted %08x", p->name, i, words[i], want);
  }
  if (p->is_signed) {
    assert_int_not_equal(encode_with(p, ~most, words), 0); /* the most negative value */
    assert_int_equal(words[p->word] >> p->lsb & ones, (ones + 1) >> 1);
    struct wc_cmd back;
    uint32_t value;
    assert_int_not_equal(wc_cmd_decode(words, WC_MAX_UNITS, &back), WC_E_SIZE);
    memcpy(&value, (char *)&back + p->member, sizeof value);
    assert_int_equal(value, ~most);
  }
  if (p->bits < 32) {
    if (encode_with(p, most + 1, words) != 0)
      fail_msg("%s: a value one too large was encoded", p->name);
    if (p->is_signed && encode_with(p, ~most - 1, words) != 0)
      fail_msg("%s: a value one too small was encoded", p->name);
  }
}

#define SIGN_u 0
#define SIGN_s 1
#define PROBE(opcode, member, first, word, lsb, bits, sign, name) \
  {opcode, offsetof(struct wc_cmd, member), (first) + (word), lsb, bits, SIGN_##sign, #name},
#define PROBE_HDR(name, word, lsb, bits, sign) \
  PROBE(WC_OP_GEMM, hdr.name, 0, word, lsb, bits, sign, name)
#define PROBE_DMA(name, word, lsb, bits, sign)                \
  PROBE(WC_OP_LOAD, dma.name, 0, word, lsb, bits, sign, name) \
  PROBE(WC_OP_STORE, dma.name, 0, word, lsb, bits, sign, name)
#define PROBE_GEMM(name, word, lsb, bits, sign) \
  PROBE(WC_OP_GEMM, gemm.name, 0, word, lsb, bits, sign, name)
#define PROBE_VEC(name, word, lsb, bits, sign) \
  PROBE(WC_OP_VEC, vec.name, 0, word, lsb, bits, sign, name)
#define PROBE_STEP(name, word, lsb, bits, sign) \
  PROBE(WC_OP_VEC, step[2].name, 10, word, lsb, bits, sign, name)
#define PROBE_STREAM(name, word, lsb, bits, sign)                                    \
  PROBE(WC_OP_VEC, in[4].name, WC_VEC_STREAM_WORD + 20, word, lsb, bits, sign, name) \
  PROBE(WC_OP_VEC, out[1].name, WC_VEC_STREAM_WORD + 35, word, lsb, bits, sign, name)

static const struct probe probes[] = {
#define WC_FIELD(command, name, word, lsb, bits, sign, doc) \
  PROBE_##command(name, word, lsb, bits, sign)
#include "wc_isa.def"
};

/* Fields that encoding sets itself, or that decide what is encoded. */
static int is_derived(const struct probe *p) {
  static const char *const names[] = {"opcode", "units", "n_in",  "n_out",
                                      "step0",  "step1", "step2", "step3"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(p->name, names[i]) == 0)
      return 1;
  }
  return 0;
}

static void every_field_sits_where_the_definition_says(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
    if (!is_derived(&probes[i]))
      probe_field(&probes[i]);
  }
}

static void reserved_bits_are_refused(void **state) {
  (void)state;
  int seen = 0;
  for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
    const struct probe *p = &probes[i];
    if (strncmp(p->name, "rsvd", 4) != 0)
      continue;
    for (unsigned bit = 0; bit < p->bits; bit++) {
      struct wc_cmd cmd = specimen(p->opcode), back;
      uint32_t words[WC_MAX_WORDS];
      const unsigned units = wc_cmd_encode(&cmd, words);
      assert_int_equal(wc_cmd_decode(words, units, &back), WC_E_NONE);
      words[p->word] |= UINT32_C(1) << (p->lsb + bit);
      assert_int_equal(wc_cmd_decode(words, units, &back), WC_E_FIELD);
      uint64_t addr;
      assert_int_equal(wc_cmd_check(&back, 1 << 16, 1 << 16, &addr), WC_E_FIELD);
      seen++;
    }
  }
  assert_true(seen > 100);
}

static void unknown_opcodes_are_refused(void **state) {
  (void)state;
  for (uint32_t opcode = 0; opcode < 256; opcode++) {
    struct wc_cmd cmd = {.hdr.opcode = opcode};
    uint32_t words[WC_MAX_WORDS] = {opcode | 4u << 8};
    uint64_t addr;
    const int known = strcmp(wc_opcode_name(opcode), "?") != 0;
    struct wc_cmd back;
    assert_int_equal(wc_cmd_decode(words, WC_MAX_UNITS, &back) != WC_E_OPCODE, known);
    assert_int_equal(wc_cmd_check(&cmd, 1 << 16, 1 << 16, &addr) != WC_E_OPCODE, known);
    if (!known)
      assert_int_equal(wc_cmd_encode(&cmd, words), 0);
  }
}

static void wrong_lengths_are_refused(void **state) {
  (void)state;
  static const uint32_t opcodes[] = {WC_OP_END, WC_OP_LOAD, WC_OP_STORE, WC_OP_GEMM, WC_OP_VEC};
  for (size_t i = 0; i < sizeof opcodes / sizeof *opcodes; i++) {
    struct wc_cmd cmd = specimen(opcodes[i]), back;
    uint32_t words[WC_MAX_WORDS];
    const unsigned units = wc_cmd_encode(&cmd, words);
    for (uint32_t claimed = 0; claimed < 256; claimed++) {
      words[0] = (words[0] & 0xFFFF00FF) | claimed << 8;
      const enum wc_device_error error = wc_cmd_decode(words, WC_MAX_UNITS, &back);
      assert_int_equal(error, claimed == units ? WC_E_NONE : WC_E_SIZE);
    }
    words[0] = (words[0] & 0xFFFF00FF) | units << 8;
    for (unsigned avail = 0; avail < units; avail++)
      assert_int_equal(wc_cmd_decode(words, avail, &back), WC_E_SIZE);
  }
}

static void stream_counts_are_bounded(void **state) {
  (void)state;
  for (uint32_t n_in = 0; n_in < 16; n_in++) {
    for (uint32_t n_out = 0; n_out < 16; n_out++) {
      const int legal = n_in <= WC_VEC_INPUTS && n_out >= 1 && n_out <= WC_VEC_OUTPUTS;
      struct wc_cmd cmd = {.hdr.opcode = WC_OP_VEC, .vec = {.n_in = n_in, .n_out = n_out}}, back;
      uint32_t words[WC_MAX_WORDS];
      const unsigned units = wc_cmd_encode(&cmd, words);
      assert_int_equal(units != 0, legal);
      if (legal) {
        assert_int_equal(units, (16 + 5 * (n_in + n_out) + 3) / 4);
        continue;
      }
      memset(words, 0, sizeof words);
      words[0] = WC_OP_VEC | 16u << 8;
      words[2] = n_in | n_out << 4;
      assert_int_equal(wc_cmd_decode(words, WC_MAX_UNITS, &back), WC_E_FIELD);
    }
  }
}

static void the_tail_of_a_vec_is_zero(void **state) {
  (void)state;
  struct wc_cmd cmd = {.hdr.opcode = WC_OP_VEC, .vec = {.n_in = 1, .n_out = 1}}, back;
  uint32_t words[WC_MAX_WORDS];
  const unsigned units = wc_cmd_encode(&cmd, words);
  assert_int_equal(units, 7);
  assert_int_equal(wc_cmd_decode(words, units, &back), WC_E_NONE);
  words[27] = 1;
  assert_int_equal(wc_cmd_decode(words, units, &back), WC_E_FIELD);
}

static void names_and_queues(void **state) {
  (void)state;
  assert_string_equal(wc_opcode_name(WC_OP_GEMM), "GEMM");
  assert_string_equal(wc_opcode_name(0xEE), "?");
  assert_string_equal(wc_vop_name(WC_V_CMAX), "CMAX");
  assert_string_equal(wc_vop_name(11), "?");
  assert_string_equal(wc_vsrc_name(WC_S_K3), "K3");
  assert_string_equal(wc_vsrc_name(14), "?");
  assert_string_equal(wc_type_name(WC_T_BIT), "BIT");
  assert_string_equal(wc_unit_name(WC_U_VECTOR), "VECTOR");
  assert_string_equal(wc_counter_name(WC_C_MACS), "MACS");
  assert_string_equal(wc_counter_name(WC_COUNTERS), "?");
  assert_string_equal(wc_error_text(WC_E_OPCODE), "unknown opcode");
  assert_int_equal(wc_opcode_queue(WC_OP_LOAD), WC_Q_LOAD);
  assert_int_equal(wc_opcode_queue(WC_OP_STORE), WC_Q_STORE);
  assert_int_equal(wc_opcode_queue(WC_OP_GEMM), WC_Q_GEMM);
  assert_int_equal(wc_opcode_queue(WC_OP_VEC), WC_Q_VEC);
  assert_int_equal(wc_opcode_queue(WC_OP_END), -1);
  assert_int_equal(wc_opcode_queue(0x77), -1);
  assert_int_equal(wc_type_bytes(WC_T_FP16), 2);
  assert_int_equal(wc_type_bytes(WC_T_FP32), 4);
  assert_int_equal(wc_type_bytes(WC_T_U8), 1);
  assert_int_equal(wc_type_bytes(WC_T_BIT), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_commands_survive_encoding),
      cmocka_unit_test(every_field_sits_where_the_definition_says),
      cmocka_unit_test(reserved_bits_are_refused),
      cmocka_unit_test(unknown_opcodes_are_refused),
      cmocka_unit_test(wrong_lengths_are_refused),
      cmocka_unit_test(stream_counts_are_bounded),
      cmocka_unit_test(the_tail_of_a_vec_is_zero),
      cmocka_unit_test(names_and_queues),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
