/* Commands as words and as structs. Every list of fields comes from wc_isa.def. */
#include "wc_isa.h"

#include <stdbool.h>
#include <string.h>

#include "port.h"
#include "wc_isa_internal.h"

enum field_set { SET_HDR, SET_DMA, SET_GEMM, SET_VEC, SET_STEP, SET_STREAM };

typedef struct wc_hdr struct_HDR;
typedef struct wc_dma struct_DMA;
typedef struct wc_gemm struct_GEMM;
typedef struct wc_vec struct_VEC;
typedef struct wc_step struct_STEP;
typedef struct wc_stream struct_STREAM;

enum { SIGN_u, SIGN_s };

/* One field; with constants for members the functions below become shifts and masks. */
struct field {
  size_t offset; /* of the 32-bit member in its decoded struct */
  unsigned word, lsb, bits;
  bool is_signed, reserved;
};

#define FIELD(command, name, word, lsb, bits, sign)                           \
  {                                                                           \
    offsetof(struct_##command, name), word, lsb, bits, SIGN_##sign == SIGN_s, \
        strncmp(#name, "rsvd", 4) == 0                                        \
  }

static WC_ALWAYS_INLINE uint32_t field_mask(const struct field f) {
  return f.bits == 32 ? UINT32_MAX : (UINT32_C(1) << f.bits) - 1;
}

static WC_ALWAYS_INLINE uint32_t member_get(const struct field f, const void *object) {
  uint32_t value;
  memcpy(&value, (const char *)object + f.offset, sizeof value);
  return value;
}

static WC_ALWAYS_INLINE bool value_fits(const struct field f, uint32_t value) {
  if (!f.is_signed)
    return (value & ~field_mask(f)) == 0;
  /* The bits from the field's sign bit upwards must all be equal. */
  const uint32_t upper = ~(field_mask(f) >> 1);
  return (value & upper) == 0 || (value & upper) == upper;
}

static WC_ALWAYS_INLINE bool encode_field(const struct field f, const void *object,
                                          uint32_t *words) {
  const uint32_t value = member_get(f, object);
  words[f.word] |= (value & field_mask(f)) << f.lsb;
  return value_fits(f, value);
}

static WC_ALWAYS_INLINE bool decode_field(const struct field f, const uint32_t *words,
                                          void *object) {
  const uint32_t top = UINT32_C(1) << (f.bits - 1);
  uint32_t value = (words[f.word] >> f.lsb) & field_mask(f);
  if (f.is_signed)
    value = (value ^ top) - top;
  memcpy((char *)object + f.offset, &value, sizeof value);
  return !f.reserved || value == 0;
}

static WC_ALWAYS_INLINE bool field_is_clean(const struct field f, const void *object) {
  const uint32_t value = member_get(f, object);
  return value_fits(f, value) && (!f.reserved || value == 0);
}

/* Writes the fields of one set of @object to @words; false when a value does not fit. */
static WC_ALWAYS_INLINE bool encode_fields(const enum field_set set, const void *object,
                                           uint32_t *words) {
  bool fits = true;
#define WC_FIELD(command, name, word, lsb, bits, sign, doc) \
  if (set == SET_##command)                                 \
    fits &= encode_field((struct field)FIELD(command, name, word, lsb, bits, sign), object, words);
#include "wc_isa.def"
  return fits;
}

/* Reads the fields of one set from @words; false when a reserved field is not zero. */
static WC_ALWAYS_INLINE bool decode_fields(const enum field_set set, const uint32_t *words,
                                           void *object) {
  bool clean = true;
#define WC_FIELD(command, name, word, lsb, bits, sign, doc) \
  if (set == SET_##command)                                 \
    clean &= decode_field((struct field)FIELD(command, name, word, lsb, bits, sign), words, object);
#include "wc_isa.def"
  return clean;
}

/* True when all values of the set fit and all its reserved fields are zero. */
static WC_ALWAYS_INLINE bool fields_are_clean(const enum field_set set, const void *object) {
  bool clean = true;
#define WC_FIELD(command, name, word, lsb, bits, sign, doc) \
  if (set == SET_##command)                                 \
    clean &= field_is_clean((struct field)FIELD(command, name, word, lsb, bits, sign), object);
#include "wc_isa.def"
  return clean;
}

/* One copy of the code for each set. */
#define EACH_SET(what) what(HDR) what(DMA) what(GEMM) what(VEC) what(STEP) what(STREAM)

static bool encode_set(enum field_set set, const void *object, uint32_t *words) {
#define ENCODE(name) \
  case SET_##name:   \
    return encode_fields(SET_##name, object, words);
  switch (set) { EACH_SET(ENCODE) }
  return false;
}

static bool decode_set(enum field_set set, const uint32_t *words, void *object) {
#define DECODE(name) \
  case SET_##name:   \
    return decode_fields(SET_##name, words, object);
  switch (set) { EACH_SET(DECODE) }
  return false;
}

static bool set_is_clean(enum field_set set, const void *object) {
#define CLEAN(name) \
  case SET_##name:  \
    return fields_are_clean(SET_##name, object);
  switch (set) { EACH_SET(CLEAN) }
  return false;
}

static bool counts_in_range(const struct wc_vec *vec) {
  return vec->n_in <= WC_VEC_INPUTS && vec->n_out >= 1 && vec->n_out <= WC_VEC_OUTPUTS;
}

static unsigned vec_units(unsigned streams) {
  const unsigned words = WC_VEC_STREAM_WORD + WC_VEC_STREAM_WORDS * streams;
  return (words * 4 + WC_UNIT_BYTES - 1) / WC_UNIT_BYTES;
}

static unsigned stream_word(unsigned index) {
  return WC_VEC_STREAM_WORD + WC_VEC_STREAM_WORDS * index;
}

enum { STEP_WORD = 8 };

static bool encode_vec(const struct wc_cmd *cmd, uint32_t *words) {
  if (!counts_in_range(&cmd->vec))
    return false;
  struct wc_vec vec = cmd->vec;
  vec.step0 = vec.step1 = vec.step2 = vec.step3 = 0; /* the decoded steps are what counts */
  bool fits = encode_set(SET_VEC, &vec, words);
  for (unsigned i = 0; i < WC_STEPS; i++)
    fits = encode_set(SET_STEP, &cmd->step[i], words + STEP_WORD + i) && fits;
  for (unsigned i = 0; i < vec.n_in; i++)
    fits = encode_set(SET_STREAM, &cmd->in[i], words + stream_word(i)) && fits;
  for (unsigned i = 0; i < vec.n_out; i++)
    fits = encode_set(SET_STREAM, &cmd->out[i], words + stream_word(vec.n_in + i)) && fits;
  return fits;
}

unsigned wc_cmd_encode(struct wc_cmd *cmd, uint32_t *words) {
  memset(words, 0, WC_MAX_WORDS * sizeof *words);
  bool fits;
  switch (cmd->hdr.opcode) {
    case WC_OP_END:
      cmd->hdr.units = WC_END_UNITS;
      fits = true;
      break;
    case WC_OP_LOAD:
    case WC_OP_STORE:
      cmd->hdr.units = WC_LOAD_UNITS;
      fits = encode_set(SET_DMA, &cmd->dma, words);
      break;
    case WC_OP_GEMM:
      cmd->hdr.units = WC_GEMM_UNITS;
      fits = encode_set(SET_GEMM, &cmd->gemm, words);
      break;
    case WC_OP_VEC:
      fits = encode_vec(cmd, words);
      if (fits)
        cmd->hdr.units = vec_units(cmd->vec.n_in + cmd->vec.n_out);
      break;
    default:
      return 0;
  }
  fits = encode_set(SET_HDR, &cmd->hdr, words) && fits;
  return fits ? cmd->hdr.units : 0;
}

static bool words_are_zero(const uint32_t *words, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) {
    if (words[i] != 0)
      return false;
  }
  return true;
}

static enum wc_device_error decode_vec(const uint32_t *words, struct wc_cmd *cmd) {
  bool clean = decode_set(SET_VEC, words, &cmd->vec);
  if (!counts_in_range(&cmd->vec))
    return WC_E_FIELD;
  const unsigned n_in = cmd->vec.n_in, streams = n_in + cmd->vec.n_out;
  if (cmd->hdr.units != vec_units(streams))
    return WC_E_SIZE;
  for (unsigned i = 0; i < WC_STEPS; i++)
    clean = decode_set(SET_STEP, words + STEP_WORD + i, &cmd->step[i]) && clean;
  for (unsigned i = 0; i < streams; i++) {
    struct wc_stream *stream = i < n_in ? &cmd->in[i] : &cmd->out[i - n_in];
    clean = decode_set(SET_STREAM, words + stream_word(i), stream) && clean;
  }
  clean = words_are_zero(words, stream_word(streams), cmd->hdr.units * 4) && clean;
  return clean ? WC_E_NONE : WC_E_FIELD;
}

/* Least and most units of an opcode; false when it is unknown. */
static bool opcode_units(uint32_t opcode, unsigned *least, unsigned *most) {
  switch (opcode) {
    case WC_OP_END:
      *least = *most = WC_END_UNITS;
      return true;
    case WC_OP_LOAD:
    case WC_OP_STORE:
      *least = *most = WC_LOAD_UNITS;
      return true;
    case WC_OP_GEMM:
      *least = *most = WC_GEMM_UNITS;
      return true;
    case WC_OP_VEC:
      *least = vec_units(1);
      *most = vec_units(WC_VEC_INPUTS + WC_VEC_OUTPUTS);
      return true;
    default:
      return false;
  }
}

enum wc_device_error wc_cmd_decode(const uint32_t *words, size_t avail, struct wc_cmd *cmd) {
  memset(cmd, 0, sizeof *cmd);
  if (avail == 0)
    return WC_E_SIZE;
  bool clean = decode_set(SET_HDR, words, &cmd->hdr);
  unsigned least, most;
  if (!opcode_units(cmd->hdr.opcode, &least, &most))
    return WC_E_OPCODE;
  if (cmd->hdr.units < least || cmd->hdr.units > most || cmd->hdr.units > avail)
    return WC_E_SIZE;
  if (cmd->hdr.opcode == WC_OP_VEC) {
    const enum wc_device_error error = decode_vec(words, cmd);
    return error != WC_E_NONE ? error : clean ? WC_E_NONE : WC_E_FIELD;
  }
  if (cmd->hdr.opcode == WC_OP_GEMM)
    clean = decode_set(SET_GEMM, words, &cmd->gemm) && clean;
  else if (cmd->hdr.opcode != WC_OP_END)
    clean = decode_set(SET_DMA, words, &cmd->dma) && clean;
  return clean ? WC_E_NONE : WC_E_FIELD;
}

static bool vec_is_clean(const struct wc_cmd *cmd) {
  struct wc_vec vec = cmd->vec;
  vec.step0 = vec.step1 = vec.step2 = vec.step3 = 0;
  if (!set_is_clean(SET_VEC, &vec) || !counts_in_range(&vec))
    return false;
  for (unsigned i = 0; i < WC_STEPS; i++) {
    if (!set_is_clean(SET_STEP, &cmd->step[i]))
      return false;
  }
  for (unsigned i = 0; i < vec.n_in; i++) {
    if (!set_is_clean(SET_STREAM, &cmd->in[i]))
      return false;
  }
  for (unsigned i = 0; i < vec.n_out; i++) {
    if (!set_is_clean(SET_STREAM, &cmd->out[i]))
      return false;
  }
  return true;
}

enum wc_device_error wc_fields_check(const struct wc_cmd *cmd) {
  bool clean;
  switch (cmd->hdr.opcode) {
    case WC_OP_END:
      clean = true;
      break;
    case WC_OP_LOAD:
    case WC_OP_STORE:
      clean = set_is_clean(SET_DMA, &cmd->dma);
      break;
    case WC_OP_GEMM:
      clean = set_is_clean(SET_GEMM, &cmd->gemm);
      break;
    case WC_OP_VEC:
      clean = vec_is_clean(cmd);
      break;
    default:
      return WC_E_OPCODE;
  }
  return clean && set_is_clean(SET_HDR, &cmd->hdr) ? WC_E_NONE : WC_E_FIELD;
}

int wc_opcode_queue(uint32_t opcode) {
  switch (opcode) {
#define WC_OPCODE(name, value, queue, doc) \
  case value:                              \
    return (queue) < WC_QUEUES ? (queue) : -1;
#include "wc_isa.def"
    default:
      return -1;
  }
}

size_t wc_type_bytes(uint32_t type) {
  switch (type) {
    case WC_T_FP16:
      return 2;
    case WC_T_FP32:
      return 4;
    default:
      return 1;
  }
}

#define NAME_CASE(name, value) \
  case value:                  \
    return #name;

const char *wc_opcode_name(uint32_t opcode) {
  switch (opcode) {
#define WC_OPCODE(name, value, queue, doc) NAME_CASE(name, value)
#include "wc_isa.def"
    default:
      return "?";
  }
}

const char *wc_vop_name(uint32_t op) {
  switch (op) {
#define WC_VOP(name, value, doc) NAME_CASE(name, value)
#include "wc_isa.def"
    default:
      return "?";
  }
}

const char *wc_vsrc_name(uint32_t src) {
  switch (src) {
#define WC_VSRC(name, value, doc) NAME_CASE(name, value)
#include "wc_isa.def"
    default:
      return "?";
  }
}

const char *wc_type_name(uint32_t type) {
  switch (type) {
#define WC_TYPE(name, value, doc) NAME_CASE(name, value)
#include "wc_isa.def"
    default:
      return "?";
  }
}

const char *wc_unit_name(uint32_t unit) {
  switch (unit) {
#define WC_UNIT(name, value, doc) NAME_CASE(name, value)
#include "wc_isa.def"
    default:
      return "?";
  }
}

const char *wc_error_text(uint32_t code) {
  switch (code) {
#define WC_ERR(name, value, doc) \
  case value:                    \
    return doc;
#include "wc_isa.def"
    default:
      return "?";
  }
}

const struct wc_engine wc_engines[WC_QUEUES] = {
    {"load", WC_C_LOAD_BUSY, WC_C_LOAD_TOKEN, WC_C_LOAD_IDLE},
    {"store", WC_C_STORE_BUSY, WC_C_STORE_TOKEN, WC_C_STORE_IDLE},
    {"gemm", WC_C_GEMM_BUSY, WC_C_GEMM_MEMORY, WC_C_GEMM_IDLE},
    {"vec", WC_C_VEC_BUSY, WC_C_VEC_MEMORY, WC_C_VEC_IDLE}};

static uint64_t dma_bytes(const struct wc_dma *d) {
  return (uint64_t)d->n0 * d->n1 * d->n2 * d->n3;
}

void wc_count_work(const struct wc_cmd *cmd, uint64_t counters[WC_COUNTERS]) {
  const struct wc_gemm *g = &cmd->gemm;
  switch (cmd->hdr.opcode) {
    case WC_OP_LOAD:
      counters[WC_C_LOADS]++;
      counters[WC_C_RD_BYTES] += dma_bytes(&cmd->dma);
      break;
    case WC_OP_STORE:
      counters[WC_C_STORES]++;
      counters[WC_C_WR_BYTES] += dma_bytes(&cmd->dma);
      break;
    case WC_OP_GEMM:
      counters[WC_C_GEMMS]++;
      counters[WC_C_MACS] += (uint64_t)g->p2 * g->p1 * g->p0 * g->q2 * g->q1 * g->q0 * g->n;
      break;
    case WC_OP_VEC:
      counters[WC_C_VECS]++;
      break;
    default:
      break;
  }
}

const char *wc_counter_name(uint32_t index) {
  switch (index) {
#define WC_COUNTER(name, index, doc) NAME_CASE(name, index)
#include "wc_isa.def"
    default:
      return "?";
  }
}
