/* Commands as text: one a line, fields by name, those that are 0 left out. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "program.h"

typedef struct wc_dma struct_DMA;
typedef struct wc_gemm struct_GEMM;

enum body { BODY_HDR, BODY_DMA, BODY_GEMM, BODY_VEC, BODY_STEP, BODY_STREAM };

static const struct {
  enum body body;
  const char *name;
  size_t offset;
  char sign;
} fields[] = {
/* Only DMA and GEMM are printed from the table; the others have a form of their own. */
#define WC_FIELD(command, name, word, lsb, bits, sign, doc) FIELD_##command(name, sign)
#define FIELD_HDR(name, sign)
#define FIELD_DMA(name, sign) {BODY_DMA, #name, offsetof(struct_DMA, name), #sign[0]},
#define FIELD_GEMM(name, sign) {BODY_GEMM, #name, offsetof(struct_GEMM, name), #sign[0]},
#define FIELD_VEC(name, sign)
#define FIELD_STEP(name, sign)
#define FIELD_STREAM(name, sign)
#include "wc_isa.def"
};

static void print_fields(enum body body, const void *object, FILE *out) {
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    if (fields[i].body != body)
      continue;
    uint32_t value;
    memcpy(&value, (const char *)object + fields[i].offset, sizeof value);
    if (value == 0)
      continue;
    if (fields[i].sign == 's')
      fprintf(out, " %s=%" PRId32, fields[i].name, (int32_t)value);
    else if (strstr(fields[i].name, "base") != NULL || strncmp(fields[i].name, "dram", 4) == 0 ||
             strcmp(fields[i].name, "gb") == 0)
      fprintf(out, " %s=0x%" PRIX32, fields[i].name, value);
    else
      fprintf(out, " %s=%" PRIu32, fields[i].name, value);
  }
}

static void print_queues(const char *label, uint32_t mask, FILE *out) {
  static const char *const names[WC_QUEUES] = {"load", "store", "gemm", "vec"};
  const char *comma = "";
  if (mask == 0)
    return;
  fprintf(out, " %s=", label);
  for (unsigned q = 0; q < WC_QUEUES; q++) {
    if (mask >> q & 1) {
      fprintf(out, "%s%s", comma, names[q]);
      comma = ",";
    }
  }
}

static void print_constant(uint32_t bits, FILE *out) {
  float value;
  memcpy(&value, &bits, sizeof value);
  fprintf(out, "%.9g", (double)value);
}

/* The name of a source; constants by their value. */
static void print_source(const struct wc_vec *vec, uint32_t source, bool negate, FILE *out) {
  const uint32_t k[] = {vec->k0, vec->k1, vec->k2, vec->k3};
  fputs(negate ? "-" : "", out);
  if (source >= WC_S_K0 && source <= WC_S_K3)
    print_constant(k[source - WC_S_K0], out);
  else if (source == WC_S_ZERO || source == WC_S_ONE)
    fputs(source == WC_S_ONE ? "1" : "0", out);
  else
    fputs(wc_vsrc_name(source), out);
}

/* Operands that an operation has, as letters. */
static const char *operands(uint32_t op) {
  switch (op) {
    case WC_V_FMA:
    case WC_V_SEL:
      return "abc";
    case WC_V_ADD:
      return "ac";
    case WC_V_MUL:
    case WC_V_MAX:
    case WC_V_MIN:
    case WC_V_GT:
    case WC_V_EQ:
    case WC_V_CMAX:
    case WC_V_DIV:
      return "ab";
    default:
      return "a";
  }
}

/* `T = relu(fp16(fma(I0, 0.5, -U)))` */
static void print_step(const struct wc_vec *vec, const struct wc_step *step, FILE *out) {
  if (step->op == WC_V_CMAX)
    fputs("T,U = ", out);
  else
    fputs(step->dst ? "U = " : "T = ", out);
  fputs(step->relu ? "relu(" : "", out);
  fputs(step->round16 ? "fp16(" : "", out);
  const char *name = wc_vop_name(step->op);
  for (; *name != '\0'; name++)
    fputc(*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name, out);
  fputc('(', out);
  const char *used = operands(step->op);
  for (const char *letter = used; *letter != '\0'; letter++) {
    fputs(letter == used ? "" : ", ", out);
    if (*letter == 'a')
      print_source(vec, step->a, step->neg_a, out);
    else if (*letter == 'b')
      print_source(vec, step->b, false, out);
    else
      print_source(vec, step->c, step->neg_c, out);
  }
  fputc(')', out);
  fputs(step->round16 ? ")" : "", out);
  fputs(step->relu ? ")" : "", out);
}

static void print_stream(const struct wc_stream *s, FILE *out) {
  fprintf(out, "%s 0x%" PRIX32, wc_type_name(s->type), s->base);
  const int32_t strides[] = {s->s0, s->s1, s->s2, s->s3};
  for (unsigned i = 0; i < 4; i++) {
    if (strides[i] != 0)
      fprintf(out, " s%u=%" PRId32, i, strides[i]);
  }
}

static void print_output(const struct wc_stream *s, unsigned index, FILE *out) {
  static const char *const reductions[] = {"", "sum ", "max ", "reduce3 "};
  fprintf(out, "; out%u = %s", index, reductions[s->reduce & 3]);
  if (s->reduce != 0) {
    fputs(s->chains ? "in 8 chains " : "", out);
    if (s->phase != 0)
      fprintf(out, "from phase %" PRIu32 " ", s->phase);
    fputs(s->load ? "onto memory " : "", out);
    fputs(s->keep ? "chains kept " : "", out);
    fputs("of ", out);
  }
  fprintf(out, "%s -> ", s->src ? "U" : "T");
  print_stream(s, out);
}

static void print_vec(const struct wc_cmd *cmd, FILE *out) {
  const struct wc_vec *vec = &cmd->vec;
  fprintf(out, " [%" PRIu32 " x %" PRIu32 "] for %" PRIu32 " x %" PRIu32, vec->d1, vec->d0, vec->d3,
          vec->d2);
  for (unsigned i = 0; i < vec->n_in; i++) {
    fprintf(out, "; I%u = ", i);
    print_stream(&cmd->in[i], out);
  }
  for (unsigned i = 0; i < WC_STEPS; i++) {
    if (cmd->step[i].op == WC_V_NOP)
      continue;
    fputs("; ", out);
    print_step(vec, &cmd->step[i], out);
  }
  for (unsigned i = 0; i < vec->n_out; i++)
    print_output(&cmd->out[i], i, out);
}

static void print_command(const struct wc_cmd *cmd, FILE *out) {
  fputs(wc_opcode_name(cmd->hdr.opcode), out);
  print_queues("wait", cmd->hdr.wait, out);
  print_queues("signal", cmd->hdr.signal, out);
  if (cmd->hdr.tag != 0)
    fprintf(out, " tag=%" PRIu32, cmd->hdr.tag);
  if (cmd->hdr.id != 0)
    fprintf(out, " id=0x%" PRIX32, cmd->hdr.id);
  if (cmd->hdr.opcode == WC_OP_LOAD || cmd->hdr.opcode == WC_OP_STORE)
    print_fields(BODY_DMA, &cmd->dma, out);
  else if (cmd->hdr.opcode == WC_OP_GEMM)
    print_fields(BODY_GEMM, &cmd->gemm, out);
  else if (cmd->hdr.opcode == WC_OP_VEC)
    print_vec(cmd, out);
  fputc('\n', out);
}

void wc_stream_disasm(const uint32_t *words, size_t bytes, FILE *out) {
  const size_t units = bytes / WC_UNIT_BYTES;
  size_t at = 0;
  for (uint32_t index = 0; at < units; index++) {
    struct wc_cmd cmd;
    const enum wc_device_error code = wc_cmd_decode(words + 4 * at, units - at, &cmd);
    fprintf(out, "%6" PRIu32 "  0x%06zX  ", index, at * WC_UNIT_BYTES);
    if (code != WC_E_NONE) {
      fprintf(out, "illegal, header 0x%08" PRIX32 ": %s\n", words[4 * at], wc_error_text(code));
      return;
    }
    print_command(&cmd, out);
    at += cmd.hdr.units;
  }
}
