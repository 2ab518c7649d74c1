// Writes one output to the global buffer: converts vectors and gathers them into line writes.
//
//   vector -> convert -> pieces -> line (bytes gathered so far) -> write port
//
// A vector is one piece when its elements are contiguous, otherwise each element is. A line goes
// out when a piece belongs to another one, and at the end. One piece a cycle.
module wc_vec_store #(
  parameter int unsigned Lanes = 8,
  parameter int unsigned LineBytes = 32,
  parameter int unsigned GbufBytes = 262144,
  localparam int unsigned W = 32 * Lanes,
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
  // vectors: T and U from the lanes, or what a reduction gives
  output logic                   used_o,
  output logic                   reduces_o,
  input  logic                   valid_i,
  output logic                   ready_o,
  input  logic [W-1:0]           t_i,
  input  logic [W-1:0]           u_i,
  input  logic [W-1:0]           reduced_i,
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
    .next_i       (accept)
  );

  // ---- convert: elements side by side, as in memory
  function automatic [W-1:0] convert(input [W-1:0] x, input [LaneBits:0] elems);
    begin
      convert = '0;
      for (int l = 0; l < Lanes; l++) begin
        case (type_q)
          wc_isa_pkg::T_FP32: convert[l*32 +: 32] = fp32_canon(x[l*32 +: 32]);
          wc_isa_pkg::T_FP16: convert[l*16 +: 16] = fp32_to_fp16(x[l*32 +: 32]);
          wc_isa_pkg::T_U8: convert[l*8 +: 8] = vfp_to_u8(x[l*32 +: 32]);
          default: convert[l] = vfp_positive(x[l*32 +: 32]) && (LaneBits + 1)'(l) < elems;
        endcase
      end
    end
  endfunction

  logic                c_valid_q, c_done;
  logic [W-1:0]        c_data_q;
  logic [33:0]         c_addr_q;
  logic [LaneBits:0]   c_left_q;              // pieces
  logic [LaneBits+2:0] c_bytes_q;             // of a piece
  logic                taken;
  assign c_done = taken && c_left_q == (LaneBits + 1)'(1);
  assign ready_o = walk_valid && (!c_valid_q || c_done);
  assign accept = valid_i && ready_o;

  always_ff @(posedge clk_i) begin
    if (accept) begin
      c_data_q <= convert(reduces_o ? reduced_i : from_u_q ? u_i : t_i, walk_count);
      c_addr_q <= walk_addr;
      c_left_q <= contiguous_q ? (LaneBits + 1)'(1) : walk_count;
      if (!contiguous_q) c_bytes_q <= (LaneBits + 3)'(1) << shift_q;
      else if (type_q != wc_isa_pkg::T_BIT) c_bytes_q <= {2'd0, walk_count} << shift_q;
      else c_bytes_q <= ({2'd0, walk_count} + (LaneBits + 3)'(7)) >> 3;
    end else if (taken) begin
      c_data_q <= c_data_q >> (6'd8 << shift_q);
      c_addr_q <= c_addr_q + {{16{step_q[17]}}, step_q};
      c_left_q <= c_left_q - (LaneBits + 1)'(1);
    end
  end

  always_ff @(posedge clk_i) begin
    if (accept) c_valid_q <= 1'b1;
    else if (c_done) c_valid_q <= 1'b0;
    if (!rst_ni || stop_i) c_valid_q <= 1'b0;
  end

  // ---- gather
  logic                   l_valid_q;
  logic [LineBits-1:0]    l_line_q;
  logic [LineWidth-1:0]   l_data_q;
  logic [LineBytes-1:0]   l_strb_q;

  logic [33:0]            c_end;
  logic [LineBits-1:0]    line;
  logic                   outside, two, same, writes, flush;
  logic [2*LineWidth-1:0] data;
  logic [LineWidth-1:0]   mask;
  logic [2*LineBytes-1:0] strb;
  logic [LineWidth-1:0]   merged_data;
  logic [LineBytes-1:0]   merged_strb;
  assign c_end = c_addr_q + {{(31 - LaneBits){1'b0}}, c_bytes_q} - 34'd1;
  assign line = c_addr_q[OffBits +: LineBits];
  assign outside = c_addr_q[33] || c_end[33] || c_end >= 34'(GbufBytes);
  assign two = c_end[OffBits +: LineBits] != line;
  assign same = !l_valid_q || l_line_q == line;
  assign flush = l_valid_q && !c_valid_q && !walk_valid;
  assign writes = c_valid_q && !outside && (two || !same);
  assign err_o = c_valid_q && outside;
  assign err_addr_o = (c_addr_q[33] || c_addr_q >= 34'(GbufBytes)) ? c_addr_q : c_end;

  // A line of another number leaves alone; with a piece in two lines the next cycle goes on.
  assign taken = c_valid_q && !outside && (!writes || (req_ready_i && (same || !two)));
  assign req_valid_o = writes || flush;

  always_comb begin
    data = '0;
    mask = '0;
    strb = '0;
    merged_data = l_data_q;
    merged_strb = l_valid_q ? l_strb_q : '0;
    if (c_valid_q) begin
      data[W-1:0] = c_data_q;
      data = data << {c_addr_q[OffBits-1:0], 3'd0};
      mask = ~({LineWidth{1'b1}} << {c_bytes_q, 3'd0}) << {c_addr_q[OffBits-1:0], 3'd0};
      strb = ~({2*LineBytes{1'b1}} << c_bytes_q) << c_addr_q[OffBits-1:0];
      if (same) begin
        merged_data = (l_data_q & ~mask) | (data[LineWidth-1:0] & mask);
        merged_strb = merged_strb | strb[LineBytes-1:0];
      end
    end
  end
  assign req_line_o = l_valid_q ? l_line_q : line;
  assign req_data_o = merged_data;
  assign req_strb_o = merged_strb;

  always_ff @(posedge clk_i) begin
    if (taken) begin
      l_line_q <= (same && two) ? line + LineBits'(1) : line;
      l_strb_q <= (same && two) ? strb[LineBytes +: LineBytes]
                  : same ? merged_strb : strb[LineBytes-1:0];
      l_data_q <= (same && two) ? data[LineWidth +: LineWidth]
                  : same ? merged_data : data[LineWidth-1:0];
    end
  end

  always_ff @(posedge clk_i) begin
    if (taken) l_valid_q <= 1'b1;
    else if (req_valid_o && req_ready_i) l_valid_q <= 1'b0;
    if (!rst_ni || stop_i) l_valid_q <= 1'b0;
  end

  assign done_o = !walk_valid && !c_valid_q && !l_valid_q;

endmodule
