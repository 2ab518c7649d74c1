/* Numbers of the host link (docs/bringup.md). fpga/link/wc_link_pkg.sv has them for the RTL; a
 * test compares the two. */
#ifndef WC_LINK_PROTO_H
#define WC_LINK_PROTO_H

#define WC_BOARD_MAGIC 0x57434244u   /* "WCBD" */
#define WC_BOARD_VERSION 0x00010001u /* of the interface: major, minor */

enum {
  WC_LINK_MAX_PAYLOAD = 1024,
  WC_LINK_HEADER = 8, /* of a request: number, operation, length, address */
  WC_LINK_ANSWER = 3, /* before an answer's data: number, operation, number expected */
  WC_LINK_BOARD_REGS = 0x10000
};

enum wc_link_op {
  WC_LINK_OP_SYNC = 1,
  WC_LINK_OP_ECHO = 2,
  WC_LINK_OP_MEM_READ = 3,
  WC_LINK_OP_MEM_WRITE = 4,
  WC_LINK_OP_REG_READ = 5,
  WC_LINK_OP_REG_WRITE = 6,
  WC_LINK_OP_MEM_CRC = 7,
  WC_LINK_OP_MEM_FILL = 8
};

enum wc_link_status {
  WC_LINK_ST_OK = 0,
  WC_LINK_ST_OP = 1,
  WC_LINK_ST_SEQUENCE = 2,
  WC_LINK_ST_FIELD = 3,
  WC_LINK_ST_BUS = 4,
  WC_LINK_ST_TIMEOUT = 5
};

/* Bit of WC_B_BOARD: no device, only the smoke test (fpga/smoke), whose registers begin at 0. */
enum { WC_BOARD_SMOKE = 0x100 };
#define WC_SMOKE_MAGIC 0x5743534Du /* "WCSM" */
enum wc_smoke_reg {
  WC_SMOKE_ID = 0x00,
  WC_SMOKE_ARRAY = 0x04,
  WC_SMOKE_BUSY = 0x08,
  WC_SMOKE_WAVES = 0x0C,
  WC_SMOKE_ACT = 0x10,
  WC_SMOKE_WEIGHT = 0x20,
  WC_SMOKE_PSUM = 0x40,
  WC_SMOKE_RESULT = 0x60
};

/* The board's registers. */
enum wc_board_reg {
  WC_B_MAGIC = 0x00,
  WC_B_VERSION = 0x04,
  WC_B_GIT = 0x08,
  WC_B_BOARD = 0x0C,
  WC_B_CLOCK = 0x10,
  WC_B_MEM_BYTES = 0x14,
  WC_B_BUFFERS = 0x18,
  WC_B_ARRAY = 0x1C,
  WC_B_GBUF_BYTES = 0x20,
  WC_B_BAUD = 0x24,
  WC_B_STATE = 0x28, /* bit 0 reset held, 1 SDRAM ready, 2 bus stuck, 3 core busy */
  WC_B_RESET = 0x2C,
  WC_B_SDRAM = 0x30, /* CAS latency 1:0, capture 3:2 */
  WC_B_PHASE = 0x34, /* write: steps 7:0, bit 8 backwards; read: sum 15:0, bit 16 under way */
  WC_B_REFRESHES = 0x38,
  WC_B_TIME_LO = 0x40,
  WC_B_TIME_HI = 0x44,
  WC_B_COUNTERS = 0x60 /* frames, broken, no room, bytes without stop bit, ahead, repeated */
};

#endif
