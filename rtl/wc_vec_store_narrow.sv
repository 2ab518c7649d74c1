// Writes one output to the global buffer, as wc_vec_store does, element by element.
//
//   element -> convert -> line (bytes gathered so far) -> write port
//
// Bits are gathered in a byte first. A line goes out when an element belongs to another one, and
// at the end. One element a cycle.
module wc_vec_store_narrow #(
  parameter int unsigned Lanes = 8,  // a vector's bits are one byte: 8
  parameter int unsigned LineBytes = 32,
  parameter int unsigned GbufBytes = 262144,
  localparam int unsigned LineBits = $clog2(GbufBytes / LineBytes)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // set-up
  input  logic                   clear_i,
  input  logic                   load_i,
  input  logic [159:0]           desc_i,
  input  logic                   start_i,
  input  logic                   stop_i,
  input  logic [23:0]            d0_i,
  input  logic [23:0]            d1_less_1_i,
  input  logic [15:0]            d2_less_1_i,
  input  logic [15:0]            d3_less_1_i,
  // elements: T and U from the lanes, or what a reduction gives
  output logic                   used_o,
  output logic                   reduces_o,
  input  logic                   valid_i,
  output logic                   ready_o,
  input  logic [31:0]            t_i,
  input  logic [31:0]            u_i,
  input  logic [31:0]            reduced_i,
  // lines
  output logic                   req_valid_o,
  input  logic                   req_ready_i,
  output logic [LineBits-1:0]    req_line_o,
  output logic [8*LineBytes-1:0] req_data_o,
  output logic [LineBytes-1:0]   req_strb_o,
  // everything handed over
  output logic                   done_o,
  output logic                   err_o,
  output logic [33:0]            err_addr_o
);

  `include "wc_fp.svh"
  `include "wc_vfp_convert.svh"

  localparam int unsigned LaneBits = $clog2(Lanes);
  localparam int unsigned OffBits = $clog2(LineBytes);
  localparam int unsigned LineWidth = 8 * LineBytes;

  // ---- set-up
  logic [1:0]        type_q, shift_q;
  logic [17:0]       step_q;
  logic              contiguous_q, from_u_q;
  logic              walk_valid, accept;
  logic [33:0]       walk_addr;
  logic [LaneBits:0] walk_count;
  wc_vec_out #(.Lanes(Lanes)) u_out (
    .clk_i, .rst_ni, .clear_i, .load_i, .desc_i, .start_i, .stop_i,
    .d0_i, .d1_less_1_i, .d2_less_1_i, .d3_less_1_i,
    .used_o, .reduces_o,
    .from_u_o     (from_u_q),
    .type_o       (type_q),
    .shift_o      (shift_q),
    .step_o       (step_q),
    .contiguous_o (contiguous_q),
    .valid_o      (walk_valid),
    .addr_o       (walk_addr),
    .count_o      (walk_count),
    .next_i       (accept && ends)
  );

  // ---- convert: an element on all its places in a word
  logic [LaneBits-1:0] lane_q;
  logic [33:0]         at_q;                  // element lane_q, when that is not 0
  logic                ends, taken;
  logic [6:0]          bits_q;                // of the vector so far
  logic [7:0]          bits;
  logic [31:0]         x;
  assign ends = {1'b0, lane_q} == walk_count - (LaneBits + 1)'(1);
  assign x = reduces_o ? reduced_i : from_u_q ? u_i : t_i;

  logic                c_valid_q;
  logic [31:0]         c_data_q;
  logic [33:0]         c_addr_q, c_end_q;     // what is judged: to the end of its piece
  assign ready_o = walk_valid && (!c_valid_q || taken);
  assign accept = valid_i && ready_o;

  always_comb begin
    bits = (lane_q == '0) ? 8'd0 : {1'b0, bits_q};
    bits[lane_q[2:0]] = vfp_positive(x);
  end

  always_ff @(posedge clk_i) begin : p_convert
    logic [33:0]         at;
    logic [LaneBits+2:0] bytes;
    if (accept) begin
      at = (lane_q == '0 || type_q == wc_isa_pkg::T_BIT) ? walk_addr : at_q;
      bytes = (LaneBits + 3)'(1) << shift_q;
      if (contiguous_q && lane_q == '0 && type_q != wc_isa_pkg::T_BIT)
        bytes = {2'd0, walk_count} << shift_q;
      case (type_q)
        wc_isa_pkg::T_FP32: c_data_q <= fp32_canon(x);
        wc_isa_pkg::T_FP16: c_data_q <= {2{fp32_to_fp16(x)}};
        wc_isa_pkg::T_U8: c_data_q <= {4{vfp_to_u8(x)}};
        default: c_data_q <= {4{bits}};
      endcase
      c_addr_q <= at;
      c_end_q <= at + {{(31 - LaneBits){1'b0}}, bytes} - 34'd1;
      at_q <= at + {{16{step_q[17]}}, step_q};
      bits_q <= bits[6:0];
      lane_q <= ends ? '0 : lane_q + LaneBits'(1);
    end
    if (load_i) lane_q <= '0;
  end

  always_ff @(posedge clk_i) begin
    if (accept) c_valid_q <= type_q != wc_isa_pkg::T_BIT || ends;
    else if (taken) c_valid_q <= 1'b0;
    if (!rst_ni || stop_i) c_valid_q <= 1'b0;
  end

  // ---- gather
  logic                   l_valid_q;
  logic [LineBits-1:0]    l_line_q;
  logic [LineWidth-1:0]   l_data_q;
  logic [LineBytes-1:0]   l_strb_q;

  logic [LineBits-1:0]    line;
  logic                   outside, same, writes, flush;
  logic [LineBytes-1:0]   strb;
  assign line = c_addr_q[OffBits +: LineBits];
  assign outside = c_addr_q[33] || c_end_q[33] || c_end_q >= 34'(GbufBytes);
  assign same = !l_valid_q || l_line_q == line;
  assign flush = l_valid_q && !c_valid_q && !walk_valid;
  assign writes = c_valid_q && !outside && !same;
  assign err_o = c_valid_q && outside;
  assign err_addr_o = (c_addr_q[33] || c_addr_q >= 34'(GbufBytes)) ? c_addr_q : c_end_q;
  assign taken = c_valid_q && !outside && (!writes || req_ready_i);
  assign req_valid_o = writes || flush;
  assign req_line_o = l_line_q;
  assign req_data_o = l_data_q;
  assign req_strb_o = l_strb_q;

  // An element is aligned: it has its bytes in one word.
  always_comb begin
    strb = '0;
    if (shift_q == 2'd2) strb[{c_addr_q[OffBits-1:2], 2'd0} +: 4] = 4'hF;
    else if (shift_q == 2'd1) strb[{c_addr_q[OffBits-1:1], 1'd0} +: 2] = 2'h3;
    else strb[c_addr_q[OffBits-1:0]] = 1'b1;
  end

  integer b;
  always_ff @(posedge clk_i) begin
    if (taken) begin
      l_line_q <= line;
      l_strb_q <= (l_valid_q && same) ? l_strb_q | strb : strb;
      for (b = 0; b < LineBytes; b = b + 1)
        if (strb[b]) l_data_q[b*8 +: 8] <= c_data_q[(b%4)*8 +: 8];
    end
  end

  always_ff @(posedge clk_i) begin
    if (taken) l_valid_q <= 1'b1;
    else if (req_valid_o && req_ready_i) l_valid_q <= 1'b0;
    if (!rst_ni || stop_i) l_valid_q <= 1'b0;
  end

  assign done_o = !walk_valid && !c_valid_q && !l_valid_q;

endmodule
