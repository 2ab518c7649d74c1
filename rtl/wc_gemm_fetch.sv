// Reads pieces of global buffer lines: a port's requests, bounds and alignment.
//
// A piece lies within one line; its first byte is at addr_i. A zero piece reads nothing. Pieces
// leave in order, one a cycle, data_o shifted so that the piece starts at bit 0, four cycles after
// they were taken when the port is free. There is no back-pressure at the output. A piece outside
// the buffer is not requested: err_o. A mate lies in the line that another instance asks for with
// a piece that it took in the same cycle: it goes with that one and shares its response.
module wc_gemm_fetch #(
  parameter int unsigned LineBytes = 32,
  parameter int unsigned GbufBytes = 65536,
  parameter int unsigned MetaBits = 1,
  parameter int unsigned AddrBits = 52,
  parameter int unsigned Mates = 0,  // 1: pieces may be mates
  localparam int unsigned LineBits = $clog2(GbufBytes / LineBytes)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   clear_i,  // drop everything but a request that stands
  input  logic                   valid_i,
  output logic                   ready_o,
  input  logic                   zero_i,
  input  logic [AddrBits-1:0]    addr_i,
  input  logic [MetaBits-1:0]    meta_i,
  input  logic                   mate_i,
  input  logic                   mate_leave_i,  // leave_o of the other instance
  input  logic [LineBytes*8-1:0] mate_rdata_i,  // its rsp_rdata_i
  output logic                   leave_o,       // what was taken last is on its way
  output logic                   req_valid_o,
  input  logic                   req_ready_i,
  output logic [LineBits-1:0]    req_line_o,
  input  logic [LineBytes*8-1:0] rsp_rdata_i,
  output logic                   valid_o,
  output logic [LineBytes*8-1:0] data_o,
  output logic [MetaBits-1:0]    meta_o,
  output logic                   err_o,
  output logic [AddrBits-1:0]    err_addr_o,
  output logic                   busy_o
);

  localparam int unsigned ByteBits = $clog2(LineBytes);
  localparam int unsigned Lines = GbufBytes / LineBytes;

  // Stage 0 asks, stage 1 waits, stage 2 has the response.
  logic [2:0]          valid_q;
  logic                ask;                     // stage 0 is a request
  logic [2:0]          mate_q;
  logic                mate;
  logic                dropped_q;               // its piece was dropped by clear_i
  logic [1:0]          zero_q;                  // stages 1, 2
  logic                zero0_q;
  logic [AddrBits-1:0] addr_q;
  logic [ByteBits-2:0] off1_q, off2_q;              // elements of 2 bytes
  logic [MetaBits-1:0] meta0_q, meta1_q, meta2_q;
  logic                outside, leave;

  assign outside = !zero0_q && (addr_q[AddrBits-1:ByteBits] >= (AddrBits-ByteBits)'(Lines));
  assign ask = valid_q[0] && !zero0_q && !outside && !mate_q[0];
  assign leave = mate_q[0] ? mate_leave_i : ask ? req_ready_i : 1'b1;
  assign leave_o = leave;
  assign mate = (Mates != 0) && mate_q[2];
  assign ready_o = !valid_q[0] || leave;
  assign req_valid_o = ask;
  assign req_line_o = addr_q[ByteBits +: LineBits];
  assign err_o = valid_q[0] && outside;
  assign err_addr_o = addr_q;
  assign busy_o = (valid_q != 3'd0) || valid_o;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 3'd0;
      valid_o <= 1'b0;
      dropped_q <= 1'b0;
    end else begin
      valid_q[0] <= (valid_i && ready_o && !clear_i) || (valid_q[0] && !leave);
      valid_q[1] <= valid_q[0] && leave && !outside && !dropped_q && !clear_i;
      valid_q[2] <= valid_q[1] && !clear_i;
      valid_o <= valid_q[2] && !clear_i;
      dropped_q <= (clear_i || dropped_q) && valid_q[0] && !leave;
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i && ready_o) begin
      addr_q <= addr_i;
      zero0_q <= zero_i;
      mate_q[0] <= (Mates != 0) && mate_i;
      meta0_q <= meta_i;
    end
    if (valid_q[0]) begin
      off1_q <= addr_q[ByteBits-1:1];
      zero_q[0] <= zero0_q;
      mate_q[1] <= mate_q[0];
      meta1_q <= meta0_q;
    end
    if (valid_q[1]) begin
      off2_q <= off1_q;
      zero_q[1] <= zero_q[0];
      mate_q[2] <= mate_q[1];
      meta2_q <= meta1_q;
    end
    if (valid_q[2]) begin
      data_o <= zero_q[1] ? '0 : (mate ? mate_rdata_i : rsp_rdata_i) >> {off2_q, 4'd0};
      meta_o <= meta2_q;
    end
  end

endmodule
