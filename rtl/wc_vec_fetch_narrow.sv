// The end of a narrow wc_vec_fetch: takes elements out of their lines and converts them.
//
// One element a cycle. Of a stream that gives one vector for all of d1 the elements are kept
// while the first of its d1 vectors passes, and given again for the others.
module wc_vec_fetch_narrow #(
  parameter int unsigned Lanes = 8,
  parameter int unsigned LineBytes = 32,
  localparam int unsigned LaneBits = $clog2(Lanes),
  localparam int unsigned OffBits = $clog2(LineBytes)
) (
  input  logic                   clk_i,
  input  logic                   clear_i,
  input  logic [1:0]             type_i,
  input  logic                   held_i,
  input  logic [23:0]            d1_less_1_i,
  // elements and their lines
  input  logic                   valid_i,
  output logic                   ready_o,
  input  logic [8*LineBytes-1:0] line_i,
  input  logic [OffBits-1:0]     offset_i,
  input  logic [LaneBits-1:0]    lane_i,
  input  logic                   last_i,       // of its vector
  // converted
  output logic                   valid_o,
  output logic [31:0]            data_o,
  output logic                   end_o,
  input  logic                   pop_i
);

  `include "wc_vfp_convert.svh"

  // ---- convert
  logic        x_valid_q, x_last_q, x_pop;
  logic [31:0] x_q;
  assign ready_o = !x_valid_q || x_pop;

  always_ff @(posedge clk_i) begin : p_convert
    logic [31:0] word;
    logic [15:0] half;
    logic [7:0]  byte0;
    word = line_i[{offset_i[OffBits-1:2], 5'd0} +: 32];
    half = offset_i[1] ? word[31:16] : word[15:0];
    byte0 = offset_i[0] ? half[15:8] : half[7:0];
    if (valid_i) begin
      case (type_i)
        wc_isa_pkg::T_FP32: x_q <= word;
        wc_isa_pkg::T_FP16: x_q <= vfp_from_fp16(half);
        wc_isa_pkg::T_U8: x_q <= vfp_from_u8(byte0);
        default: x_q <= byte0[lane_i[2:0]] ? VfpOne : 32'd0;
      endcase
      x_last_q <= last_i;
    end
    if (valid_i) x_valid_q <= 1'b1;
    else if (x_pop) x_valid_q <= 1'b0;
    if (clear_i) x_valid_q <= 1'b0;
  end

  // ---- keep, and give again
  logic [31:0]         kept_q [0:Lanes-1];
  logic [LaneBits-1:0] lane_q, last_lane_q;
  logic [23:0]         vector_q;               // of d1
  logic                again;
  assign again = vector_q != '0;
  assign valid_o = again || x_valid_q;
  assign data_o = again ? kept_q[lane_q] : x_q;
  assign end_o = again ? lane_q == last_lane_q : x_last_q;
  assign x_pop = pop_i && !again;

  always_ff @(posedge clk_i) begin
    if (pop_i) begin
      lane_q <= end_o ? '0 : lane_q + LaneBits'(1);
      if (end_o && held_i) vector_q <= (vector_q == d1_less_1_i) ? '0 : vector_q + 24'd1;
      if (!again) begin
        kept_q[lane_q] <= x_q;
        last_lane_q <= lane_q;
      end
    end
    if (clear_i) begin
      lane_q <= '0;
      vector_q <= '0;
    end
  end

endmodule
