// Numbers of the link protocol (docs/bringup.md). driver/link_proto.h has them for the host; a
// test compares the two.
package wc_link_pkg;
  parameter int unsigned BOARD_VERSION = 32'h00010001;  // of the interface: major, minor
  parameter int unsigned MAX_PAYLOAD = 1024;   // bytes of data in a frame
  parameter int unsigned RX_RING = 4096;       // bytes of requests that wait
  parameter logic [7:0] OP_SYNC = 8'h01;
  parameter logic [7:0] OP_ECHO = 8'h02;
  parameter logic [7:0] OP_MEM_READ = 8'h03;
  parameter logic [7:0] OP_MEM_WRITE = 8'h04;
  parameter logic [7:0] OP_REG_READ = 8'h05;
  parameter logic [7:0] OP_REG_WRITE = 8'h06;
  parameter logic [7:0] OP_MEM_CRC = 8'h07;
  parameter logic [7:0] OP_MEM_FILL = 8'h08;
  parameter logic [7:0] ST_OK = 8'h00;
  parameter logic [7:0] ST_OP = 8'h01;         // unknown operation
  parameter logic [7:0] ST_SEQUENCE = 8'h02;   // not the number that was expected: not executed
  parameter logic [7:0] ST_FIELD = 8'h03;      // alignment or length
  parameter logic [7:0] ST_BUS = 8'h04;        // the bus answered with an error
  parameter logic [7:0] ST_TIMEOUT = 8'h05;    // the bus did not answer
endpackage
