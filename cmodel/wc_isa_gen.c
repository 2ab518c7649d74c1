/* Prints what is derived from wc_isa.def: `wc_isa_gen sv|commands|registers`. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "wc_isa.h"

static void print_sv(void) {
  puts(
      "// Commands, registers, errors and counters. Generated from cmodel/wc_isa.def by `make "
      "isa`.");
  puts("//");
  puts("// <COMMAND>_<FIELD>_LSB counts bits from bit 0 of the command's word 0, so a field of a");
  puts("// command held in one flat vector is cmd[wc_isa_pkg::X_LSB +: wc_isa_pkg::X_BITS].");
  puts("package wc_isa_pkg;");
#define WC_CONST(name, value, doc)                                                               \
  printf("  localparam logic [31:0] %s = 32'h%08" PRIX32 ";  // %s\n", #name, (uint32_t)(value), \
         doc);
#include "wc_isa.def"
#define WC_UNIT(name, value, doc) \
  printf("  localparam logic [3:0] UNIT_%s = 4'd%d;  // %s\n", #name, value, doc);
#include "wc_isa.def"
#define WC_OPCODE(name, value, queue, doc) \
  printf("  localparam logic [7:0] OP_%s = 8'h%02X;  // %s\n", #name, value, doc);
#include "wc_isa.def"
#define WC_VOP(name, value, doc) \
  printf("  localparam logic [4:0] V_%s = 5'd%d;  // %s\n", #name, value, doc);
#include "wc_isa.def"
#define WC_VSRC(name, value, doc) \
  printf("  localparam logic [3:0] S_%s = 4'd%d;  // %s\n", #name, value, doc);
#include "wc_isa.def"
#define WC_TYPE(name, value, doc) \
  printf("  localparam logic [1:0] T_%s = 2'd%d;  // %s\n", #name, value, doc);
#include "wc_isa.def"
#define WC_REG(name, offset, access, doc) \
  printf("  localparam logic [11:0] R_%s = 12'h%03X;  // %s: %s\n", #name, offset, #access, doc);
#include "wc_isa.def"
#define WC_COUNTER(name, index, doc) \
  printf("  localparam int C_%s = %d;  // %s\n", #name, index, doc);
#include "wc_isa.def"
  printf("  localparam int COUNTERS = %d;\n", WC_COUNTERS);
#define WC_ERR(name, value, doc) \
  printf("  localparam logic [7:0] E_%s = 8'd%d;  // %s\n", #name, value, doc);
#include "wc_isa.def"
#define WC_FIELD(command, name, word, lsb, bits, sign, doc)                         \
  printf("  localparam int %s_%s_LSB = %d;\n", #command, #name, (word)*32 + (lsb)); \
  printf("  localparam int %s_%s_BITS = %d;\n", #command, #name, bits);
#include "wc_isa.def"
  puts("endpackage");
}

static void print_fields(const char *want) {
  puts("\n| field | word | bits | | meaning |\n|---|---|---|---|---|");
#define WC_FIELD(command, name, word, lsb, bits, sign, doc)                         \
  if (strcmp(#command, want) == 0)                                                  \
    printf("| `%s` | %d | %d:%d | %s | %s |\n", #name, word, (lsb) + (bits)-1, lsb, \
           strcmp(#sign, "s") == 0 ? "signed" : "", doc);
#include "wc_isa.def"
}

static void print_commands(void) {
  puts("### Opcodes\n\n| name | opcode | queue | meaning |\n|---|---|---|---|");
#define WC_OPCODE(name, value, queue, doc) \
  printf("| %s | 0x%02X | %s | %s |\n", #name, value, (queue) == 0xF ? "-" : #queue, doc);
#include "wc_isa.def"
  static const char *const sets[][2] = {{"HDR", "Header: words 0 and 1 of every command"},
                                        {"DMA", "LOAD, STORE"},
                                        {"GEMM", "GEMM"},
                                        {"VEC", "VEC"},
                                        {"STEP", "Program step"},
                                        {"STREAM", "Stream descriptor"}};
  for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
    printf("\n### %s\n", sets[i][1]);
    print_fields(sets[i][0]);
  }
  puts("\n### Operations of a step\n\n| op | code | result |\n|---|---|---|");
#define WC_VOP(name, value, doc) printf("| %s | %d | %s |\n", #name, value, doc);
#include "wc_isa.def"
  puts("\n### Sources of a step\n\n| source | code | value |\n|---|---|---|");
#define WC_VSRC(name, value, doc) printf("| %s | %d | %s |\n", #name, value, doc);
#include "wc_isa.def"
  puts("\n### Element types\n\n| type | code | meaning |\n|---|---|---|");
#define WC_TYPE(name, value, doc) printf("| %s | %d | %s |\n", #name, value, doc);
#include "wc_isa.def"
}

static void print_registers(void) {
  puts("### Registers\n\n| register | offset | access | meaning |\n|---|---|---|---|");
#define WC_REG(name, offset, access, doc) \
  printf("| `%s` | 0x%03X | %s | %s |\n", #name, offset, #access, doc);
#include "wc_isa.def"
  puts("\n### Counters\n\n| counter | index | meaning |\n|---|---|---|");
#define WC_COUNTER(name, index, doc) printf("| `%s` | %d | %s |\n", #name, index, doc);
#include "wc_isa.def"
  puts("\n### Error codes\n\n| error | code | meaning |\n|---|---|---|");
#define WC_ERR(name, value, doc) printf("| `%s` | %d | %s |\n", #name, value, doc);
#include "wc_isa.def"
  puts("\n### Units\n\n| unit | number | meaning |\n|---|---|---|");
#define WC_UNIT(name, value, doc) printf("| `%s` | %d | %s |\n", #name, value, doc);
#include "wc_isa.def"
}

int main(int argc, char **argv) {
  const char *what = argc == 2 ? argv[1] : "";
  if (strcmp(what, "sv") == 0) {
    print_sv();
  } else if (strcmp(what, "commands") == 0) {
    print_commands();
  } else if (strcmp(what, "registers") == 0) {
    print_registers();
  } else {
    fputs("usage: wc_isa_gen sv|commands|registers\n", stderr);
    return 2;
  }
  return 0;
}
