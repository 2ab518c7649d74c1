// Names the pieces of B, tile by tile, in the order of wc_gemm_loop, for two tile buffers.
//
// A tile has one buffer row for each lane (depth index). b_trans = 0: runs along n, pieces lie
// along rows. b_trans = 1: runs along the last depth index, pieces lie along columns. One piece
// a cycle, also from a tile to the next. A buffer's next tile may begin while the array still reads
// the one before, lane by lane, if it is written lane by lane, too: it comes behind.
module wc_gemm_feed_b #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned AccRows = 64,
  parameter int unsigned LineBytes = 32,
  parameter int unsigned Lanes = 4,      // of the buffer
  parameter int unsigned TileRows = 4,   // buffer rows of one tile, a power of two
  parameter int unsigned AddrBits = 52,
  parameter int unsigned DoubleWeights = 1,  // 1: lane 0 is read first
  localparam int unsigned RowBits = $clog2(2 * TileRows),
  localparam int unsigned LaneBits = $clog2(Lanes),
  localparam int unsigned LanesBits = $clog2(Rows + 1)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 clear_i,
  input  logic                 start_i,
  // the command
  input  logic                 b_trans_i,
  input  logic [47:0]          m_i,
  input  logic [47:0]          k_i,
  input  logic [15:0]          n_i,
  input  logic [1:0]           group_i,
  input  logic [15:0]          d1_i,      // depth triple
  input  logic [15:0]          d0_i,
  input  logic [31:0]          base_i,
  input  logic [31:0]          s2_i,
  input  logic [31:0]          s1_i,
  input  logic [31:0]          s0_i,
  input  logic [31:0]          sn_i,
  // tile buffers
  input  logic                 begins_i,  // one cycle: the array begins to read a tile,
  input  logic                 reading_i, // and goes on
  output logic                 slot_o,    // of this piece
  output logic [LanesBits-1:0] lanes_o,   // real lanes of the piece's tile
  output logic                 busy_o,    // pieces left to name
  // pieces
  output logic                 valid_o,
  input  logic                 ready_i,
  output logic [AddrBits-1:0]  addr_o,
  output logic                 col_o,
  output logic [RowBits-1:0]   row_o,
  output logic [LaneBits-1:0]  lane_o,
  output logic [LaneBits:0]    count_o,
  output logic                 last_o     // of the tile
);

  localparam int unsigned ByteBits = $clog2(LineBytes);
  localparam int unsigned Most = (Rows > Cols) ? Rows : Cols;
  localparam int unsigned LeftBits = $clog2(Most + 1);
  localparam int unsigned ColsBits = $clog2(Cols + 1);
  localparam logic [2:0] OpHold = 3'd0, OpStep = 3'd1, OpRestart = 3'd2, OpMark = 3'd3,
                         OpZero = 3'd4;

  logic                more_q;                     // tiles left to begin
  logic                run_q, slot_q;
  logic [1:0]          used_q;                     // buffers given away and not yet read
  logic                held;                       // the one that is read is not free
  logic [LeftBits-1:0] outer_left_q, inner_left_q, inner_all_q;
  logic [LeftBits-1:0] outer_q, inner_q;
  logic [ColsBits-1:0] cols;                       // of the next tile to begin
  logic [LanesBits-1:0] lanes;
  logic                last_k, last_t, last_n, last_m;
  logic                last_k_q, last_t_q, last_n_q; // of the present one
  logic                load, advance, end_inner, end_tile;
  logic [15:0]         run_left, k_left, count;
  logic [2:0]          k_op;
  logic [AddrBits-1:0] s2, s1, s0, sn, k_addr, k_step;
  logic [AddrBits-1:0] x_group_q, x_tile_q, x_q;   // n's share of the address
  logic [AddrBits-1:0] x_next_tile;

  assign s2 = {{(AddrBits-32){s2_i[31]}}, s2_i};
  assign s1 = {{(AddrBits-32){s1_i[31]}}, s1_i};
  assign s0 = {{(AddrBits-32){s0_i[31]}}, s0_i};
  assign sn = {{(AddrBits-32){sn_i[31]}}, sn_i};

  // ---- tiles ----------------------------------------------------------------------------------

  /* verilator lint_off PINCONNECTEMPTY */  // B does not care where a block begins
  wc_gemm_loop #(.Rows(Rows), .Cols(Cols), .AccRows(AccRows)) u_loop (
    .clk_i, .start_i, .next_i(load),
    .m_i, .first_k_i(k_i), .first_n_i(n_i), .k_i, .n_i, .group_i,
    .rows_o(), .lanes_o(lanes), .cols_o(cols), .tile_o(),
    .first_k_o(), .last_k_o(last_k), .last_t_o(last_t), .last_n_o(last_n), .last_m_o(last_m)
  );
  /* verilator lint_on PINCONNECTEMPTY */

  assign held = reading_i && (b_trans_i || DoubleWeights == 0);
  assign load = more_q && (!run_q || end_tile) && (used_q + {1'b0, held} < 2'd2);
  assign advance = run_q && ready_i;
  assign end_inner = advance && (LeftBits'(count) == inner_left_q);
  assign end_tile = end_inner && (outer_left_q == 1);

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      more_q <= 1'b0;
      run_q <= 1'b0;
      used_q <= 2'd0;
      slot_q <= 1'b0;
    end else begin
      if (start_i) more_q <= 1'b1;
      else if (load && last_t && last_k && last_n && last_m) more_q <= 1'b0;
      if (load) run_q <= 1'b1;
      else if (end_tile) run_q <= 1'b0;
      used_q <= used_q + {1'b0, load} - {1'b0, begins_i};
      slot_q <= slot_q ^ end_tile;
    end
  end

  always_ff @(posedge clk_i) begin
    if (load) begin
      lanes_o <= lanes;
      last_k_q <= last_k;
      last_t_q <= last_t;
      last_n_q <= last_n;
      outer_left_q <= b_trans_i ? LeftBits'(cols) : LeftBits'(lanes);
      inner_left_q <= b_trans_i ? LeftBits'(lanes) : LeftBits'(cols);
      inner_all_q <= b_trans_i ? LeftBits'(lanes) : LeftBits'(cols);
      outer_q <= '0;
      inner_q <= '0;
    end else if (advance) begin
      outer_left_q <= outer_left_q - LeftBits'(end_inner);
      outer_q <= outer_q + LeftBits'(end_inner);
      inner_left_q <= end_inner ? inner_all_q : inner_left_q - LeftBits'(count);
      inner_q <= end_inner ? '0 : inner_q + LeftBits'(count);
    end
  end

  // ---- walks ----------------------------------------------------------------------------------

  always_comb begin
    k_op = OpHold;
    if (start_i) k_op = OpZero;
    else if (end_tile) k_op = !last_t_q ? OpRestart : last_k_q ? OpZero : OpMark;
    else if (end_inner) k_op = b_trans_i ? OpRestart : OpStep;
    else if (advance && b_trans_i) k_op = OpStep;
  end

  assign k_step = b_trans_i ? AddrBits'({count, 1'b0}) : s0;

  wc_gemm_axis #(.Width(AddrBits)) u_k (
    .clk_i, .op_i(k_op), .d1_i, .d0_i, .count_i(b_trans_i ? count : 16'd1),
    .base_i(AddrBits'(base_i)), .s2_i(s2), .s1_i(s1), .step_i(k_step),
    .left_o(k_left), .sum_o(k_addr)
  );

  assign x_next_tile = x_tile_q + AddrBits'(Cols) * sn;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      x_group_q <= '0;
      x_tile_q <= '0;
      x_q <= '0;
    end else if (end_tile) begin
      if (!last_t_q) begin
        x_tile_q <= x_next_tile;
        x_q <= x_next_tile;
      end else if (!last_k_q) begin
        x_tile_q <= x_group_q;
        x_q <= x_group_q;
      end else begin
        x_group_q <= last_n_q ? '0 : x_next_tile;
        x_tile_q <= last_n_q ? '0 : x_next_tile;
        x_q <= last_n_q ? '0 : x_next_tile;
      end
    end else if (end_inner) begin
      x_q <= b_trans_i ? x_q + sn : x_tile_q;
    end else if (advance && !b_trans_i) begin
      x_q <= x_q + AddrBits'({count, 1'b0});
    end
  end

  // ---- the piece ------------------------------------------------------------------------------

  assign addr_o = k_addr + x_q;
  assign run_left = b_trans_i ? k_left : 16'hFFFF;

  wc_gemm_count #(.Most(Lanes), .LineElems(LineBytes / 2)) u_count (
    .a_i(run_left), .b_i(16'(inner_left_q)), .at_i(addr_o[ByteBits-1:1]), .count_o(count)
  );

  assign busy_o = more_q || run_q;
  assign valid_o = run_q;
  assign slot_o = slot_q;
  assign col_o = b_trans_i;
  assign row_o = {slot_q, (RowBits-1)'(b_trans_i ? inner_q : outer_q)};
  assign lane_o = LaneBits'(b_trans_i ? outer_q : inner_q);
  assign count_o = count[LaneBits:0];
  assign last_o = end_tile;

endmodule
