// Fetches one stream from the global buffer: vectors of Lanes FP32 values, in the unit's order.
//
//   walk -> elements -> requests ---- read port ----> lines -> extract, convert -> vector
//                          `------- operations -------------------'
//
// An element pattern is contiguous (one or two lines a vector), one element for all lanes
// (s0 = 0), or anything else, element by element. The line read last is kept, so that what lies
// in it is not read again. Up to Lines lines are under way. One vector a cycle, 7 cycles after
// start_i at the earliest.
//
// A stream with s1 = 0 gives one vector for all of d1 (held_o). With Chains it reads what a
// reduction starts from instead: one vector a chain.
//
// With Narrow it gives the elements of its vectors one by one, in data_o[31:0], and held vectors
// anew for all of d1: a fraction of the logic, for small devices.
module wc_vec_fetch #(
  parameter int unsigned Lanes = 8,
  parameter int unsigned LineBytes = 32,
  parameter int unsigned GbufBytes = 262144,
  parameter int unsigned Lines = 8,          // power of two
  parameter bit          Chains = 0,
  parameter bit          Narrow = 0,
  localparam int unsigned Out = Narrow ? 1 : Lanes,
  localparam int unsigned LineBits = $clog2(GbufBytes / LineBytes)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // set-up
  input  logic                   clear_i,      // forget the last command
  input  logic                   load_i,       // take desc_i
  input  logic [159:0]           desc_i,
  input  logic                   start_i,
  input  logic                   stop_i,
  input  logic [23:0]            d0_i,
  input  logic [23:0]            d1_less_1_i,
  input  logic [15:0]            d2_less_1_i,
  input  logic [15:0]            d3_less_1_i,
  // lines
  output logic                   req_valid_o,
  output logic [LineBits-1:0]    req_line_o,
  input  logic                   req_ready_i,
  input  logic [1:0]             rsp_valid_i,  // from which port
  input  logic [8*LineBytes-1:0] rsp_data0_i,
  input  logic [8*LineBytes-1:0] rsp_data1_i,
  // vectors
  output logic                   valid_o,
  output logic [32*Out-1:0]      data_o,
  output logic                   end_o,        // Narrow: the last element of its vector
  input  logic                   pop_i,
  output logic                   held_o,
  // access outside the buffer
  output logic                   err_o,
  output logic [33:0]            err_addr_o
);

  localparam int unsigned LaneBits = $clog2(Lanes);
  localparam int unsigned OffBits = $clog2(LineBytes);
  localparam int unsigned LineWidth = 8 * LineBytes;
  localparam int unsigned Ops = 8;
  localparam int unsigned OpBits = 3 + LaneBits + OffBits;
  localparam int unsigned LinePtr = $clog2(Lines);

  // ---- set-up
  logic [1:0]  type_q;
  logic        used_q, contiguous_q, single_q, chains_q;
  logic [17:0] step_q;         // bytes from element to element, signed
  logic [1:0]  shift_q;        // log2 of the element's bytes

  logic [1:0]  kind, shift;
  logic [15:0] s0;
  logic [17:0] step;
  // Chains are FP32, or the command is refused.
  assign kind = Chains ? wc_isa_pkg::T_FP32
                       : desc_i[wc_isa_pkg::STREAM_type_LSB +: wc_isa_pkg::STREAM_type_BITS];
  assign s0 = desc_i[wc_isa_pkg::STREAM_s0_LSB +: wc_isa_pkg::STREAM_s0_BITS];
  assign shift = (kind == wc_isa_pkg::T_FP32) ? 2'd2 : (kind == wc_isa_pkg::T_FP16) ? 2'd1 : 2'd0;
  assign step = {{2{s0[15]}}, s0} << shift;

  logic unused_desc;  // what only outputs have
  assign unused_desc = ^{desc_i[15:0]};

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      type_q <= kind;
      shift_q <= shift;
      step_q <= step;
      contiguous_q <= kind == wc_isa_pkg::T_BIT || s0 == 16'd1 || d0_i == 24'd1;
      single_q <= s0 == 16'd0;
      chains_q <= desc_i[wc_isa_pkg::STREAM_chains_LSB];
      held_o <= desc_i[wc_isa_pkg::STREAM_s1_LSB +: 32] == 32'd0;
      used_q <= !Chains || desc_i[wc_isa_pkg::STREAM_load_LSB];
    end
    if (!rst_ni || clear_i || stop_i) used_q <= 1'b0;
  end

  logic              walk_valid, walk_next;
  logic [33:0]       walk_addr;
  logic [LaneBits:0] walk_count;
  logic [23:0]       n1_less_1;
  logic [1:0]        unused_ends;
  assign n1_less_1 = Chains ? (chains_q ? 24'd7 : 24'd0) : held_o ? 24'd0 : d1_less_1_i;
  wc_vec_walk #(.Lanes(Lanes)) u_walk (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .load_i      (load_i),
    .base_i      (desc_i[wc_isa_pkg::STREAM_base_LSB +: 32]),
    .s1_i        (desc_i[wc_isa_pkg::STREAM_s1_LSB +: 32]),
    .s2_i        (desc_i[wc_isa_pkg::STREAM_s2_LSB +: 32]),
    .s3_i        (desc_i[wc_isa_pkg::STREAM_s3_LSB +: 32]),
    .block_i     ((kind == wc_isa_pkg::T_BIT) ? (18 + LaneBits)'(Lanes / 8)
                                              : {step, {LaneBits{1'b0}}}),
    .d0_i        (d0_i),
    .n1_less_1_i (n1_less_1),
    .d2_less_1_i (d2_less_1_i),
    .d3_less_1_i (d3_less_1_i),
    .start_i     (start_i && used_q),
    .stop_i      (stop_i),
    .next_i      (walk_next),
    .valid_o     (walk_valid),
    .addr_o      (walk_addr),
    .count_o     (walk_count),
    .first_o     (unused_ends[0]),
    .last_o      (unused_ends[1])
  );

  // ---- elements: pieces that are one access each
  logic                g_valid_q, g_last_q, g_done;
  logic [33:0]         g_addr_q, g_end_q;     // first and last byte
  logic [LaneBits-1:0] g_lane_q, lane_q;
  logic [33:0]         at_q;                  // element lane_q, when that is not 0
  logic                whole, last_piece, g_take;
  assign whole = !Narrow && (contiguous_q || single_q);
  assign g_take = walk_valid && (!g_valid_q || g_done);
  assign last_piece = whole || {1'b0, lane_q} == walk_count - (LaneBits + 1)'(1);
  assign walk_next = g_take && last_piece;

  // The access that is judged is the same with Narrow: its first element stands for the piece.
  logic first_of_piece;
  assign first_of_piece = !Narrow || lane_q == '0;

  always_ff @(posedge clk_i) begin : p_elements
    logic [33:0]         at;
    logic [LaneBits+2:0] bytes;
    if (g_take) begin
      at = (lane_q == '0) ? walk_addr : at_q;
      bytes = (LaneBits + 3)'(1) << shift_q;
      if (contiguous_q && first_of_piece) bytes = {2'd0, walk_count} << shift_q;
      if (type_q == wc_isa_pkg::T_BIT) bytes = ({2'd0, walk_count} + (LaneBits + 3)'(7)) >> 3;
      g_addr_q <= at;
      g_end_q <= at + {{(31 - LaneBits){1'b0}}, bytes} - 34'd1;
      g_lane_q <= lane_q;
      g_last_q <= last_piece;
      at_q <= at;  // the bits of a byte are all there
      if (!Narrow || type_q != wc_isa_pkg::T_BIT) at_q <= at + {{16{step_q[17]}}, step_q};
      lane_q <= last_piece ? '0 : lane_q + LaneBits'(1);
    end
    if (load_i) lane_q <= '0;
  end

  // ---- requests, and operations: how to make a piece from the kept line and the next ones
  logic                have_q, second_q;      // a line is kept; the first of two has gone out
  logic [LineBits-1:0] kept_q, line1;
  logic                need0, need1, asked, op_push, op_pop, line_pop;
  logic [LinePtr:0]    under_way_q;           // lines requested and not used up
  logic [3:0]          op_count_q;
  assign asked = req_valid_o && req_ready_i;
  // An element is aligned, so it is in one line.
  assign line1 = Narrow ? g_addr_q[OffBits +: LineBits] : g_end_q[OffBits +: LineBits];
  assign g_done = op_push;
  assign err_addr_o = (g_addr_q[33] || g_addr_q >= 34'(GbufBytes)) ? g_addr_q : g_end_q;

  always_comb begin
    need0 = 1'b0;
    need1 = 1'b0;
    err_o = 1'b0;
    req_valid_o = 1'b0;
    if (g_valid_q) begin
      need0 = !have_q || g_addr_q[OffBits +: LineBits] != kept_q;
      need1 = !Narrow && line1 != g_addr_q[OffBits +: LineBits];
      err_o = g_addr_q[33] || g_end_q[33] || g_end_q >= 34'(GbufBytes);
      req_valid_o = (need0 || need1) && !err_o && op_count_q != 4'(Ops)
                    && under_way_q != (LinePtr + 1)'(Lines);
    end
  end
  assign req_line_o = (need0 && !second_q) ? g_addr_q[OffBits +: LineBits] : line1;
  assign op_push = g_valid_q && !err_o && op_count_q != 4'(Ops)
                   && ((!need0 && !need1) || (asked && !(need0 && need1 && !second_q)));

  logic [OpBits-1:0]   ops_q [0:Ops-1];
  logic [2:0]          op_wr_q, op_rd_q;
  logic                op_need0, op_need1, op_last;
  logic [LaneBits-1:0] op_lane;
  logic [OffBits-1:0]  op_offset;
  assign {op_need0, op_need1, op_last, op_lane, op_offset} = ops_q[op_rd_q];

  // ---- lines
  logic [LineWidth-1:0] lines_q [0:Lines-1];
  logic [LinePtr-1:0]   line_wr_q, line_rd_q;
  logic [LinePtr:0]     line_count_q;
  logic                 line_push;
  assign line_push = used_q && rsp_valid_i != 2'd0;

  // ---- vector
  logic [LineWidth-1:0] line_q;               // kept
  logic                 got0_q;               // line 0 of an operation that needs two is kept
  logic                 out_free;             // what comes out of the lines has a place
  logic                 takes_two;
  always_comb begin
    takes_two = 1'b0;
    op_pop = 1'b0;
    line_pop = 1'b0;
    if (op_count_q != 4'd0) begin
      takes_two = op_need0 && op_need1 && !got0_q;
      op_pop = !takes_two && ((!op_need0 && !op_need1) || line_count_q != '0)
               && out_free;
      line_pop = line_count_q != '0 && (takes_two || (op_pop && (op_need0 || op_need1)));
    end
  end

  // ---- what is where
  always_ff @(posedge clk_i) begin
    if (used_q) begin
      if (!g_valid_q || g_done) g_valid_q <= walk_valid;
      if (asked) second_q <= 1'b1;
      if (op_push) begin
        ops_q[op_wr_q] <= {need0, need1, g_last_q, g_lane_q, g_addr_q[OffBits-1:0]};
        op_wr_q <= op_wr_q + 3'd1;
        have_q <= 1'b1;
        kept_q <= line1;
        second_q <= 1'b0;
      end
      if (line_push) begin
        lines_q[line_wr_q] <= (!Narrow && rsp_valid_i[1]) ? rsp_data1_i : rsp_data0_i;
        line_wr_q <= line_wr_q + LinePtr'(1);
      end
      if (line_pop) begin
        line_q <= lines_q[line_rd_q];
        line_rd_q <= line_rd_q + LinePtr'(1);
        got0_q <= 1'b1;
      end
      if (op_pop) begin
        op_rd_q <= op_rd_q + 3'd1;
        got0_q <= 1'b0;
      end
      if (op_push != op_pop) op_count_q <= op_pop ? op_count_q - 4'd1 : op_count_q + 4'd1;
      if (asked != line_pop)
        under_way_q <= line_pop ? under_way_q - (LinePtr + 1)'(1)
                                : under_way_q + (LinePtr + 1)'(1);
      if (line_push != line_pop)
        line_count_q <= line_pop ? line_count_q - (LinePtr + 1)'(1)
                                 : line_count_q + (LinePtr + 1)'(1);
    end
    if (!rst_ni || clear_i || stop_i) begin
      g_valid_q <= 1'b0;
      have_q <= 1'b0;
      second_q <= 1'b0;
      got0_q <= 1'b0;
      op_wr_q <= '0;
      op_rd_q <= '0;
      op_count_q <= '0;
      line_wr_q <= '0;
      line_rd_q <= '0;
      line_count_q <= '0;
      under_way_q <= '0;
    end
  end

  // ---- out
  generate
    if (Narrow) begin : g_narrow
      wc_vec_fetch_narrow #(.Lanes(Lanes), .LineBytes(LineBytes)) u_out (
        .clk_i       (clk_i),
        .clear_i     (!rst_ni || clear_i || stop_i),
        .type_i      (type_q),
        .held_i      (held_o && !Chains),
        .d1_less_1_i (d1_less_1_i),
        .valid_i     (op_pop),
        .ready_o     (out_free),
        .line_i      (op_need0 ? lines_q[line_rd_q] : line_q),
        .offset_i    (op_offset),
        .lane_i      (op_lane),
        .last_i      (op_last),
        .valid_o     (valid_o),
        .data_o      (data_o),
        .end_o       (end_o),
        .pop_i       (pop_i)
      );
    end else begin : g_wide
      `include "wc_vfp_convert.svh"

      assign out_free = !valid_o || pop_i;
      assign end_o = 1'b1;
      always_ff @(posedge clk_i) begin
        if (used_q && op_pop) valid_o <= op_last;
        else if (used_q && pop_i) valid_o <= 1'b0;
        if (!rst_ni || clear_i || stop_i) valid_o <= 1'b0;
      end

      // Bytes of the piece, its element for lane l where that lane's element belongs.
      function automatic [32*Lanes-1:0] extract(input [LineWidth-1:0] kept,
                                                input [LineWidth-1:0] line);
        reg [2*LineWidth-1:0] both;
        reg [OffBits-1:0] by;
        begin
          both = {line, (op_need0 && !op_need1) ? line : kept};
          by = op_offset;
          if (!whole) begin
            both[LineWidth +: LineWidth] = both[0 +: LineWidth];
            by = op_offset - (OffBits'(op_lane) << shift_q);
          end
          both = both >> {by, 3'd0};
          extract = both[32*Lanes-1:0];
        end
      endfunction

      always_ff @(posedge clk_i) begin : p_vector
        logic [32*Lanes-1:0] raw;
        logic [31:0]         x;
        if (op_pop) begin
          raw = extract(line_q, lines_q[line_rd_q]);
          for (int l = 0; l < Lanes; l++) begin
            case (type_q)
              wc_isa_pkg::T_FP32: x = single_q ? raw[31:0] : raw[l*32 +: 32];
              wc_isa_pkg::T_FP16: x = vfp_from_fp16(single_q ? raw[15:0] : raw[l*16 +: 16]);
              wc_isa_pkg::T_U8: x = vfp_from_u8(single_q ? raw[7:0] : raw[l*8 +: 8]);
              default: x = raw[l] ? VfpOne : 32'd0;
            endcase
            if (whole || op_lane == LaneBits'(l)) data_o[l*32 +: 32] <= x;
          end
        end
      end
    end
  endgenerate

endmodule
