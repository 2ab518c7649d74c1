// Moves weight tiles from the tile buffers of B into the array, lane by lane from the cycle on in
// which a wave begins (contract in wc_array.sv).
//
// Reads buffer rows, lane 0 first; they reach the array the cycle after rd_en_o. Lanes beyond the
// real depth get -0, which with activation +0 leaves every sum.
module wc_gemm_weights #(
  parameter int unsigned Rows = 4,
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
  input  logic                 switch_i,   // a wave begins; only with ready_o
  output logic                 ready_o,    // the next tile can enter
  output logic                 release_o,  // one cycle: buffer slot_o is read out
  output logic                 slot_o,
  output logic                 rd_en_o,
  output logic [RowBits-1:0]   rd_row_o,
  output logic                 weight_real_o  // 0: the lane gets -0
);

  logic                run_q, slot_q;
  logic [1:0]          full_q;  // a row can be read two cycles after it was written
  logic [LaneBits-1:0] lane_q, lane;

  assign lane = run_q ? lane_q : '0;
  assign ready_o = !run_q && full_q[slot_q] && full_i[slot_q];
  assign release_o = run_q && (lane_q == LaneBits'(Rows - 1));
  assign slot_o = slot_q;
  assign rd_en_o = run_q || switch_i;
  assign rd_row_o = {slot_q, (RowBits-1)'(lane)};

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      run_q <= 1'b0;
      slot_q <= 1'b0;
      full_q <= 2'b00;
    end else begin
      run_q <= switch_i || (run_q && !release_o);
      slot_q <= slot_q ^ release_o;
      full_q <= full_i;
    end
    lane_q <= lane + 1'b1;
    weight_real_o <= LanesBits'(lane) < (slot_q ? lanes1_i : lanes0_i);
  end

endmodule
