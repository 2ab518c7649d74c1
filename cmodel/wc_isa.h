/* Commands, registers, errors and counters of WaveCore, for C. Made from wc_isa.def. */
#ifndef WC_ISA_H
#define WC_ISA_H

#include <stddef.h>
#include <stdint.h>

enum wc_isa_const {
#define WC_CONST(name, value, doc) WC_##name = value,
#include "wc_isa.def"
};

enum wc_opcode {
#define WC_OPCODE(name, value, queue, doc) WC_OP_##name = value,
#include "wc_isa.def"
};

enum wc_queue { WC_Q_LOAD, WC_Q_STORE, WC_Q_GEMM, WC_Q_VEC };

enum wc_vop {
#define WC_VOP(name, value, doc) WC_V_##name = value,
#include "wc_isa.def"
};

enum wc_vsrc {
#define WC_VSRC(name, value, doc) WC_S_##name = value,
#include "wc_isa.def"
};

enum wc_type {
#define WC_TYPE(name, value, doc) WC_T_##name = value,
#include "wc_isa.def"
};

enum wc_reg {
#define WC_REG(name, offset, access, doc) WC_R_##name = offset,
#include "wc_isa.def"
};

enum wc_counter {
#define WC_COUNTER(name, index, doc) WC_C_##name = index,
#include "wc_isa.def"
  WC_COUNTERS
};

/* What an engine did: counters first (busy) to last (idle), which add up to CYCLES. From waits on
 * its unit has no command. */
struct wc_engine {
  const char *name;
  enum wc_counter first, waits, last;
};
extern const struct wc_engine wc_engines[WC_QUEUES]; /* by queue */

enum wc_device_error {
#define WC_ERR(name, value, doc) WC_E_##name = value,
#include "wc_isa.def"
};

enum wc_unit {
#define WC_UNIT(name, value, doc) WC_U_##name = value,
#include "wc_isa.def"
};

/* Decoded forms: one member a field, in the order of wc_isa.def. */
typedef uint32_t wc_isa_u;
typedef int32_t wc_isa_s;
#define WC_MEMBER(sign, name) wc_isa_##sign name;

struct wc_hdr {
#define WC_FIELD(command, name, word, lsb, bits, sign, doc) WC_MEMBER_##command(sign, name)
#define WC_MEMBER_HDR(sign, name) WC_MEMBER(sign, name)
#define WC_MEMBER_DMA(sign, name)
#define WC_MEMBER_GEMM(sign, name)
#define WC_MEMBER_VEC(sign, name)
#define WC_MEMBER_STEP(sign, name)
#define WC_MEMBER_STREAM(sign, name)
#include "wc_isa.def"
#undef WC_MEMBER_HDR
#undef WC_MEMBER_DMA
};

struct wc_dma {
#define WC_FIELD(command, name, word, lsb, bits, sign, doc) WC_MEMBER_##command(sign, name)
#define WC_MEMBER_HDR(sign, name)
#define WC_MEMBER_DMA(sign, name) WC_MEMBER(sign, name)
#include "wc_isa.def"
#undef WC_MEMBER_DMA
#undef WC_MEMBER_GEMM
};

struct wc_gemm {
#define WC_FIELD(command, name, word, lsb, bits, sign, doc) WC_MEMBER_##command(sign, name)
#define WC_MEMBER_DMA(sign, name)
#define WC_MEMBER_GEMM(sign, name) WC_MEMBER(sign, name)
#include "wc_isa.def"
#undef WC_MEMBER_GEMM
#undef WC_MEMBER_VEC
};

struct wc_vec {
#define WC_FIELD(command, name, word, lsb, bits, sign, doc) WC_MEMBER_##command(sign, name)
#define WC_MEMBER_GEMM(sign, name)
#define WC_MEMBER_VEC(sign, name) WC_MEMBER(sign, name)
#include "wc_isa.def"
#undef WC_MEMBER_VEC
#undef WC_MEMBER_STEP
};

struct wc_step {
#define WC_FIELD(command, name, word, lsb, bits, sign, doc) WC_MEMBER_##command(sign, name)
#define WC_MEMBER_VEC(sign, name)
#define WC_MEMBER_STEP(sign, name) WC_MEMBER(sign, name)
#include "wc_isa.def"
#undef WC_MEMBER_STEP
#undef WC_MEMBER_STREAM
};

struct wc_stream {
#define WC_FIELD(command, name, word, lsb, bits, sign, doc) WC_MEMBER_##command(sign, name)
#define WC_MEMBER_STEP(sign, name)
#define WC_MEMBER_STREAM(sign, name) WC_MEMBER(sign, name)
#include "wc_isa.def"
#undef WC_MEMBER_HDR
#undef WC_MEMBER_DMA
#undef WC_MEMBER_GEMM
#undef WC_MEMBER_VEC
#undef WC_MEMBER_STEP
#undef WC_MEMBER_STREAM
};

/* One command of any kind. Vector programs and streams are decoded beside vec. */
struct wc_cmd {
  struct wc_hdr hdr;
  union {
    struct wc_dma dma;
    struct wc_gemm gemm;
    struct {
      struct wc_vec vec;
      struct wc_step step[WC_STEPS];
      struct wc_stream in[WC_VEC_INPUTS];
      struct wc_stream out[WC_VEC_OUTPUTS];
    };
  };
};

/* Encodes @cmd into @words (WC_MAX_WORDS of them, zero-filled) and sets hdr.units to fit.
 * Returns the units written, or 0 when a field does not fit its bits or the opcode or a
 * stream count is unknown; then @words is undefined. */
unsigned wc_cmd_encode(struct wc_cmd *cmd, uint32_t *words);

/* Decodes the command at @words, of which @avail units may be read.
 * Returns a wc_device_error: WC_E_NONE, WC_E_OPCODE, WC_E_SIZE, or WC_E_FIELD for a reserved
 * bit that is set or a stream count out of range. Ranges of other fields are not judged
 * here: see wc_cmd_check. */
enum wc_device_error wc_cmd_decode(const uint32_t *words, size_t avail, struct wc_cmd *cmd);

/* Judges everything about one command that needs no memory but the sizes of the device:
 * dimensions, step and stream fields, alignment, and both address ranges.
 *
 * @gbuf_bytes   global buffer size; @window_bytes  DRAM window size
 * @addr         set to the offending address for WC_E_ALIGN, WC_E_WINDOW, WC_E_GBUF, else 0
 * Returns a wc_device_error, the same that the RTL reports for this command. Order of
 * precedence: FIELD, ALIGN, then WINDOW before GBUF. */
enum wc_device_error wc_cmd_check(const struct wc_cmd *cmd, uint64_t gbuf_bytes,
                                  uint64_t window_bytes, uint64_t *addr);

/* Adds to counters what @cmd does beside taking cycles: bytes moved, MACs, itself. */
void wc_count_work(const struct wc_cmd *cmd, uint64_t counters[WC_COUNTERS]);

/* Queue of an opcode, or -1 for END and unknown ones. */
int wc_opcode_queue(uint32_t opcode);

/* Size of an element of type @type in bytes; BIT counts as 1. */
size_t wc_type_bytes(uint32_t type);

/* Names for messages and for the disassembler; "?" when unknown. */
const char *wc_opcode_name(uint32_t opcode);
const char *wc_vop_name(uint32_t op);
const char *wc_vsrc_name(uint32_t src);
const char *wc_type_name(uint32_t type);
const char *wc_unit_name(uint32_t unit);
const char *wc_error_text(uint32_t code);
const char *wc_counter_name(uint32_t index);

#endif
