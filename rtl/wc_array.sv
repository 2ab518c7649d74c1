// The systolic array: Rows depth lanes by Cols columns of wc_pe, weight-stationary.
//
// A row of A enters whole, in cycle t (row_valid_i); lane r is delayed by 2r cycles inside. Its
// start sums enter skewed: column c in cycle t + 2 + c; its results leave psum_o in cycle
// t + 2 + c + 2*Rows. One row a cycle, gaps anywhere.
//
// Weights of the next tile enter as rows, lane Rows-1 first, lane 0 last, gaps allowed, and fall
// into the shadow registers. A row with row_switch_i makes them active, for itself and all rows
// after it. Let T be the cycle of such a row: the next tile's first weight row may enter in
// T + Rows + Cols - 2 or later, and the next switch in the cycle after its last or later.
module wc_array #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  localparam int unsigned LaneBits = (Rows > 1) ? $clog2(Rows) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                row_valid_i,
  input  logic                row_switch_i,  // only with row_valid_i
  input  logic [Rows*16-1:0]  row_i,         // FP16, lane 0 lowest
  input  logic                weight_valid_i,
  input  logic [LaneBits-1:0] weight_lane_i,
  input  logic [Cols*16-1:0]  weight_i,      // FP16, column 0 lowest
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

  // Weight rows on their way down: lane r looks at entry r and passes it on if it is for a
  // lower lane.
  logic [Rows-1:0]          load_q;
  logic [Rows*LaneBits-1:0] lane_q;

  assign psum[Cols*32-1:0] = psum_i;
  assign psum_o = psum[Rows*Cols*32 +: Cols*32];

  generate
    genvar r, c;
    for (c = 0; c < Cols; c = c + 1) begin : g_weight
      logic [16:0] weight_q;
      always_ff @(posedge clk_i) begin
        if (weight_valid_i) weight_q <= fp16_recode(weight_i[c*16 +: 16]);
      end
      assign weight[c*17 +: 17] = weight_q;
    end

    for (r = 0; r < Rows; r = r + 1) begin : g_lane
      // Recode, then 2r cycles of delay.
      logic [(2*r+1)*17-1:0] act_q;
      logic [2*r:0]          sw_q;
      if (r == 0) begin : g_first
        always_ff @(posedge clk_i) begin
          if (row_valid_i) act_q <= fp16_recode(row_i[15:0]);
          sw_q <= rst_ni & row_valid_i & row_switch_i;
          load_q[0] <= rst_ni & weight_valid_i;
          lane_q[LaneBits-1:0] <= weight_lane_i;
        end
      end else begin : g_other
        always_ff @(posedge clk_i) begin
          act_q[2*r*17-1:0] <= act_q[(2*r+1)*17-1:17];
          if (row_valid_i) act_q[2*r*17 +: 17] <= fp16_recode(row_i[r*16 +: 16]);
          sw_q <= rst_ni ? {row_valid_i & row_switch_i, sw_q[2*r:1]} : '0;
          load_q[r] <= rst_ni & load_q[r-1]
                       & (lane_q[(r-1)*LaneBits +: LaneBits] != LaneBits'(r-1));
          lane_q[r*LaneBits +: LaneBits] <= lane_q[(r-1)*LaneBits +: LaneBits];
        end
      end
      assign act[r*(Cols+1)*17 +: 17] = act_q[16:0];
      assign sw[r*(Cols+1)] = sw_q[0];

      for (c = 0; c < Cols; c = c + 1) begin : g_col
        wc_pe u_pe (
          .clk_i,
          .rst_ni,
          .act_i(act[(r*(Cols+1)+c)*17 +: 17]),
          .switch_i(sw[r*(Cols+1)+c]),
          .act_o(act[(r*(Cols+1)+c+1)*17 +: 17]),
          .switch_o(sw[r*(Cols+1)+c+1]),
          .weight_i(weight[(r*Cols+c)*17 +: 17]),
          .load_i(load_q[r]),
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
  assign unused_bottom = ^{weight[Rows*Cols*17 +: Cols*17], lane_q[(Rows-1)*LaneBits +: LaneBits]};

`ifndef SYNTHESIS
  initial begin
    if (Rows < 2) $error("wc_array: Rows must be at least 2");
  end
`endif

endmodule
