// Moves weight tiles from the tile buffers of B into the array's shadow registers, as early as
// the array allows (contract in wc_array.sv).
//
// Reads buffer rows, lane Rows-1 first; they reach the array the cycle after rd_en_o with
// weight_valid_o. Lanes beyond the real depth get -0, which with activation +0 leaves every sum.
module wc_gemm_weights #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned TileRows = 4,
  localparam int unsigned RowBits = $clog2(2 * TileRows),
  localparam int unsigned LaneBits = $clog2(Rows),
  localparam int unsigned LanesBits = $clog2(Rows + 1)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 clear_i,
  input  logic [1:0]           full_i,     // tile buffers that hold a whole tile
  input  logic [LanesBits-1:0] lanes0_i,   // their real lanes
  input  logic [LanesBits-1:0] lanes1_i,
  input  logic                 switch_i,   // one cycle: the wave with the loaded tile begins
  output logic                 ready_o,    // a tile is in the shadow
  output logic                 release_o,  // one cycle: buffer slot_o is read out
  output logic                 slot_o,
  output logic                 rd_en_o,
  output logic [RowBits-1:0]   rd_row_o,
  output logic                 weight_valid_o,
  output logic [LaneBits-1:0]  weight_lane_o,
  output logic                 weight_real_o  // 0: the lane gets -0
);

  // Cycles after a switch in which the shadow is still in use (counted from the one after it).
  localparam int unsigned Hold = Rows + Cols - 3;
  localparam int unsigned HoldBits = $clog2(Hold + 1);

  logic                ready_q, run_q, slot_q;
  logic [HoldBits-1:0] hold_q;
  logic [LaneBits-1:0] lane_q;
  logic                last;

  assign last = run_q && (lane_q == '0);
  assign ready_o = ready_q;
  assign release_o = last;
  assign slot_o = slot_q;
  assign rd_en_o = run_q;
  assign rd_row_o = {slot_q, (RowBits-1)'(lane_q)};

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      ready_q <= 1'b0;
      run_q <= 1'b0;
      slot_q <= 1'b0;
      hold_q <= HoldBits'(Hold);
      weight_valid_o <= 1'b0;
    end else begin
      if (switch_i) hold_q <= HoldBits'(Hold);
      else if (hold_q != '0) hold_q <= hold_q - 1'b1;
      // The first read comes the cycle after this, when the hold has run down.
      if (run_q) run_q <= !last;
      else run_q <= full_i[slot_q] && !ready_q && !switch_i && (hold_q <= 1);
      if (last) slot_q <= !slot_q;
      ready_q <= last || (ready_q && !switch_i);
      weight_valid_o <= run_q;
    end
  end

  always_ff @(posedge clk_i) begin
    lane_q <= run_q ? lane_q - 1'b1 : LaneBits'(Rows - 1);
    weight_lane_o <= lane_q;
    weight_real_o <= LanesBits'(lane_q) < (slot_q ? lanes1_i : lanes0_i);
  end

endmodule
