// Moves weight tiles from the tile buffers of B into the array, as wc_array.sv wants them: with
// DoubleWeights lane by lane, 0 first, from the cycle on in which a wave begins; without, the last
// lane first, before the wave, as soon as no activation of the wave before is in their way.
//
// Reads buffer rows; they reach the array the cycle after rd_en_o. Lanes beyond the real depth get
// -0, which with activation +0 leaves every sum. What is known of a tile is taken when its reading
// begins, since its buffer may be filled again behind it.
module wc_gemm_weights #(
  parameter int unsigned Rows = 4,
  parameter int unsigned TileRows = 4,
  parameter int unsigned DoubleWeights = 1,
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
  input  logic [1:0]           fold_i,     // their tile is of a folded command
  input  logic                 switch_i,   // a wave begins; only with ready_o
  input  logic                 wave_end_i, // its last row
  output logic                 ready_o,    // a wave can begin
  output logic                 begins_o,   // one cycle: buffer slot_o begins to be read,
  output logic                 reading_o,  // and goes on
  output logic                 slot_o,
  output logic                 rd_en_o,
  output logic [RowBits-1:0]   rd_row_o,
  output logic                 weight_load_o, // a lane enters the array
  output logic                 weight_real_o, // 0: the lane gets -0
  output logic                 weight_fold_o  // the right half gets the same as the left
);

  logic                 run_q, begins, ends, full;
  logic                 slot_q, read_slot_q, read_slot;  // of the next tile, of the one that is read
  logic                 fold, fold_q;
  logic [LanesBits-1:0] lanes, lanes_q;
  logic [1:0]           full_q;  // a row can be read two cycles after it was written
  logic [LaneBits-1:0]  count_q, count, lane;

  assign full = full_q[slot_q] && full_i[slot_q];
  assign count = run_q ? count_q : '0;
  assign ends = run_q && (count_q == LaneBits'(Rows - 1));
  assign begins_o = begins;
  assign reading_o = run_q;
  assign slot_o = slot_q;
  assign read_slot = run_q ? read_slot_q : slot_q;
  assign lanes = run_q ? lanes_q : slot_q ? lanes1_i : lanes0_i;
  assign fold = run_q ? fold_q : fold_i[slot_q];
  assign rd_en_o = run_q || begins;
  assign rd_row_o = {read_slot, (RowBits-1)'(lane)};

  generate
    if (DoubleWeights != 0) begin : g_double
      logic unused_end;
      assign begins = switch_i;
      assign lane = count;
      assign ready_o = !run_q && full;
      assign unused_end = wave_end_i;
    end else begin : g_single
      // Cycles after the last row of a wave until its activations have left the first column.
      localparam int unsigned Leave = 2 * Rows - 2;
      localparam int unsigned LeaveBits = $clog2(Leave + 1);
      logic                 loaded_q, wave_q;  // weights are in place; are in use
      logic [LeaveBits-1:0] leave_q;
      assign begins = !run_q && full && !loaded_q && !wave_q && (leave_q == '0);
      assign lane = LaneBits'(Rows - 1) - count;
      assign ready_o = loaded_q;
      always_ff @(posedge clk_i) begin
        if (!rst_ni || clear_i) begin
          loaded_q <= 1'b0;
          wave_q <= 1'b0;
          leave_q <= '0;
        end else begin
          loaded_q <= ends || (loaded_q && !switch_i);
          wave_q <= (switch_i || wave_q) && !wave_end_i;
          if (wave_end_i) leave_q <= LeaveBits'(Leave - 1);
          else if (leave_q != '0) leave_q <= leave_q - 1'b1;
        end
      end
    end
  endgenerate

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      run_q <= 1'b0;
      slot_q <= 1'b0;
      full_q <= 2'b00;
    end else begin
      run_q <= begins || (run_q && !ends);
      slot_q <= slot_q ^ begins;
      full_q <= full_i;
    end
    read_slot_q <= read_slot;
    lanes_q <= lanes;
    fold_q <= fold;
    count_q <= count + 1'b1;
    weight_load_o <= rst_ni && !clear_i && rd_en_o;
    weight_fold_o <= fold;
    weight_real_o <= LanesBits'(lane) < lanes;
  end

endmodule
