// The systolic array: Rows depth lanes by Cols columns of wc_pe, weight-stationary.
//
// A row of A enters whole, in cycle t (row_valid_i); lane r is delayed by 2r cycles inside. Its
// start sums enter skewed: column c in cycle t + 2 + c; its results leave psum_o in cycle
// t + 2 + c + 2*Rows. One row a cycle, gaps anywhere.
//
// A row with row_switch_i, in cycle T, is the first of a tile, whose weights enter as rows, column
// c delayed by c cycles inside.
//
// DoubleWeights 1: lane r enters in cycle T + r. Weights fall one PE a cycle, so that each meets
// the first activation of its lane: the rows before need no more cycles than the lanes, and no
// weight waits in a shadow register. The next switch comes in T + Rows or later.
//
// DoubleWeights 0: weights enter before the row, in Rows cycles in a row with weight_load_i, lane
// Rows - 1 first. All PEs of a column shift down meanwhile, so no activation may be there: the
// load begins 2*Rows - 2 cycles after the last row of the tile before or later, and T is the cycle
// after the load or later.
//
// Fold 1: a row may have a companion for the right half, Cols/2 cycles later (mid_valid_i). It
// enters at column Cols/2, where the activations of the first row then do not go on; sums, weights
// and switch keep their times.
module wc_array #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned DoubleWeights = 1,
  parameter int unsigned Fold = 0
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                row_valid_i,
  input  logic                row_switch_i,  // only with row_valid_i
  input  logic [Rows*16-1:0]  row_i,         // FP16, lane 0 lowest
  input  logic                mid_valid_i,   // only with Fold
  input  logic [Rows*16-1:0]  mid_i,
  input  logic [Cols*16-1:0]  weight_i,      // FP16, column 0 lowest
  input  logic                weight_load_i, // only without DoubleWeights
  input  logic [Cols*32-1:0]  psum_i,
  output logic [Cols*32-1:0]  psum_o
);
  `include "wc_fp.svh"

  // Wires between PEs: activation and switch of (lane r, left of column c), weight and sum of
  // (above lane r, column c).
  logic [Rows*(Cols+1)*17-1:0] act;
  logic [Rows*(Cols+1)-1:0]    sw;
  logic [(Rows+1)*Cols*17-1:0] weight;
  logic [(Rows+1)*Cols*32-1:0] psum;
  logic [Cols-1:0]             load_q;  // column c: a lane enters
  logic [Rows*17-1:0]          mid;     // what enters lane r of the right half there,
  logic [Rows-1:0]             mid_on;  // where it does

  assign psum[Cols*32-1:0] = psum_i;
  assign psum_o = psum[Rows*Cols*32 +: Cols*32];

  always_ff @(posedge clk_i) load_q <= {load_q[Cols-2:0], weight_load_i};

  generate
    genvar r, c;
    for (c = 0; c < Cols; c = c + 1) begin : g_weight
      // Recode, then c cycles of delay, and one more without DoubleWeights. The PE's own register
      // comes after them.
      localparam int unsigned Delay = (DoubleWeights != 0) ? c : c + 1;
      logic [16:0] recoded;
      assign recoded = fp16_recode(weight_i[c*16 +: 16]);
      if (Delay == 0) begin : g_none
        assign weight[c*17 +: 17] = recoded;
      end else if (Delay == 1) begin : g_one
        logic [16:0] weight_q;
        always_ff @(posedge clk_i) weight_q <= recoded;
        assign weight[c*17 +: 17] = weight_q;
      end else begin : g_more
        logic [Delay*17-1:0] weight_q;
        always_ff @(posedge clk_i) weight_q <= {recoded, weight_q[Delay*17-1:17]};
        assign weight[c*17 +: 17] = weight_q[16:0];
      end
    end

    for (r = 0; r < Rows; r = r + 1) begin : g_lane
      // Recode, then 2r cycles of delay.
      if (r == 0) begin : g_first
        assign act[16:0] = fp16_recode(row_i[15:0]);
        assign sw[0] = row_valid_i & row_switch_i;
      end else begin : g_other
        logic [2*r*17-1:0] act_q;
        logic [2*r-1:0]    sw_q;
        always_ff @(posedge clk_i) begin
          act_q[(2*r-1)*17-1:0] <= act_q[2*r*17-1:17];
          if (row_valid_i) act_q[(2*r-1)*17 +: 17] <= fp16_recode(row_i[r*16 +: 16]);
          sw_q <= rst_ni ? {row_valid_i & row_switch_i, sw_q[2*r-1:1]} : '0;
        end
        assign act[r*(Cols+1)*17 +: 17] = act_q[16:0];
        assign sw[r*(Cols+1)] = sw_q[0];
      end

      if (Fold != 0) begin : g_mid
        wc_array_mid #(.Delay(2 * r)) u_mid (
          .clk_i, .rst_ni, .valid_i(mid_valid_i), .act_i(mid_i[r*16 +: 16]),
          .valid_o(mid_on[r]), .act_o(mid[r*17 +: 17])
        );
      end else begin : g_whole
        assign mid_on[r] = 1'b0;
        assign mid[r*17 +: 17] = '0;
      end

      for (c = 0; c < Cols; c = c + 1) begin : g_col
        logic [16:0] act_in;
        if (Fold != 0 && c == Cols / 2) begin : g_half
          assign act_in = mid_on[r] ? mid[r*17 +: 17] : act[(r*(Cols+1)+c)*17 +: 17];
        end else begin : g_next
          assign act_in = act[(r*(Cols+1)+c)*17 +: 17];
        end
        wc_pe #(.DoubleWeights(DoubleWeights)) u_pe (
          .clk_i,
          .rst_ni,
          .act_i(act_in),
          .switch_i(sw[r*(Cols+1)+c]),
          .act_o(act[(r*(Cols+1)+c+1)*17 +: 17]),
          .switch_o(sw[r*(Cols+1)+c+1]),
          .weight_i(weight[(r*Cols+c)*17 +: 17]),
          .load_i(load_q[c]),
          .weight_o(weight[((r+1)*Cols+c)*17 +: 17]),
          .psum_i(psum[(r*Cols+c)*32 +: 32]),
          .psum_o(psum[((r+1)*Cols+c)*32 +: 32])
        );
      end

      // What leaves on the right goes nowhere.
      logic unused_right;
      assign unused_right = ^{act[(r*(Cols+1)+Cols)*17 +: 17], sw[r*(Cols+1)+Cols]};
    end
  endgenerate

  logic unused_bottom;
  assign unused_bottom = ^{weight[Rows*Cols*17 +: Cols*17], mid, mid_on, mid_valid_i, mid_i};

`ifndef SYNTHESIS
  initial begin
    if (Rows < 2 || Cols < 2) $error("wc_array: Rows and Cols must be at least 2");
    if (Fold != 0 && Cols % 2 != 0) $error("wc_array: Fold must be 0 where Cols is odd");
  end
`endif

endmodule
