// Names the pieces of A, tile by tile, in the order of wc_gemm_loop, for the ring of A rows.
//
// A tile has positions one way and taps the other: a_trans = 0, positions are its rows (of the
// ring) and taps its lanes; a_trans = 1, the other way round. For each position there is a run of
// taps. A piece of it ends at the end of a tap's channels, of a line, of the tile, or after Lanes
// elements; where the taps of a kernel row lie side by side in memory (merge_i) and inside the
// image, they are one run. With across_i positions of an image row lie side by side, and for each
// tap there is a run of positions, in pieces that end at the image's edges, too. Runs along lanes
// go into the ring as rows, each complete with its last piece; runs along rows as columns, all
// rows complete with the tile's last piece. One piece a cycle, one cycle between tiles.
//
// With Fold, tiles begin at even rows of the ring. Positions that are rows go in pairs: the same
// elements of both are named in one cycle, the second's (pair_o, beside it) for another port, or
// for the same line (mate_o); if no other port is free (free_i), the second's in the next cycle. A
// piece is what both have in one line.
module wc_gemm_feed_a #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned AccRows = 64,
  parameter int unsigned LineBytes = 32,
  parameter int unsigned Lanes = 4,     // of the ring
  parameter int unsigned RingRows = 128,
  parameter int unsigned AddrBits = 52,
  parameter int unsigned Fold = 0,
  localparam int unsigned Run = (Fold != 0) ? 2 * Lanes : Lanes,
  localparam int unsigned RunBits = $clog2(Run),
  localparam int unsigned RingBits = $clog2(RingRows),
  localparam int unsigned RowsBits = $clog2(AccRows + 1),
  localparam int unsigned LaneBits = $clog2(Lanes)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                clear_i,
  input  logic                start_i,
  // the command
  input  logic                a_trans_i,
  input  logic [47:0]         m_i,
  input  logic [47:0]         k_i,
  input  logic [15:0]         n_i,
  input  logic [1:0]          group_i,
  input  logic [15:0]         p1_i,
  input  logic [15:0]         p0_i,
  input  logic [15:0]         q1_i,
  input  logic [15:0]         q0_i,
  input  logic                across_i,   // i0 walks elements in memory order and in x
  input  logic                merge_i,    // j1 and j0 together walk run_i elements in memory order
  input  logic [15:0]         run_i,      // q1 * q0
  input  logic [15:0]         h_i,
  input  logic [15:0]         w_i,
  input  logic [7:0]          sy_i,
  input  logic [7:0]          sx_i,
  input  logic [7:0]          ry_i,
  input  logic [7:0]          rx_i,
  input  logic [15:0]         oy_i,
  input  logic [15:0]         ox_i,
  input  logic [AddrBits-1:0] origin_i,
  input  logic [AddrBits-1:0] s_i2_i,     // address steps of i2, i1, i0, j2, j1
  input  logic [AddrBits-1:0] s_i1_i,
  input  logic [AddrBits-1:0] s_i0_i,
  input  logic [AddrBits-1:0] s_j2_i,
  input  logic [AddrBits-1:0] s_j1_i,
  // the ring
  input  logic [RingBits:0]   freed_i,    // rows no longer needed so far
  output logic                busy_o,     // pieces left to name
  // pieces
  output logic                valid_o,
  input  logic                ready_i,
  output logic                zero_o,     // outside the image
  output logic [AddrBits-1:0] addr_o,
  output logic                col_o,
  output logic [RingBits-1:0] row_o,
  output logic [LaneBits-1:0] lane_o,
  output logic [RunBits:0]    count_o,
  output logic [RowsBits-1:0] done_rows_o, // rows that are complete with this piece; with Fold
  output logic [1:0]          done_pair_o, // pairs of rows, of which this was the even, the odd
  // the odd row's piece beside it, only with Fold
  input  logic                free_i,      // its port can take it
  output logic                pair_o,      // given valid_o and ready_i
  output logic                mate_o,      // in the same line
  output logic                zero2_o,
  output logic [AddrBits-1:0] addr2_o,
  output logic                done2_o      // its row is complete
);

  localparam int unsigned ByteBits = $clog2(LineBytes);
  localparam int unsigned CoordBits = 26;  // i*s + j*r + o of 16-bit indices and 8-bit steps
  localparam int unsigned Most = (Rows > AccRows) ? Rows : AccRows;
  localparam int unsigned LeftBits = $clog2(Most + 1);
  localparam int unsigned LanesBits = $clog2(Rows + 1);
  localparam logic [2:0] OpHold = 3'd0, OpStep = 3'd1, OpRestart = 3'd2, OpMark = 3'd3,
                         OpZero = 3'd4;

  logic                active_q, run_q;
  logic [RingBits:0]   base_q;                // ring rows given to tiles so far
  logic [LeftBits-1:0] outer_left_q, inner_left_q, inner_all_q;
  logic [RowsBits-1:0] outer_q, inner_q;      // index of the piece's first element
  logic [RowsBits-1:0] rows;
  logic [LanesBits-1:0] lanes;
  logic                last_k, last_n, last_m, last, room, load, advance;
  logic                end_inner, end_tile;
  logic                whole;                 // this position takes kernel rows as one run
  logic [15:0]         tap_left, row_left;    // elements left of this tap, of this kernel row
  logic [15:0]         count;
  logic [15:0]         pos_left, run_left, pos_count, tap_count;
  logic [2:0]          depth_op, m_op, outer_op, inner_op, pos_op, tap_op;
  logic                pos_carry0, pos_carry1, tap_carry0, tap_carry1, row_carry0;
  logic                row_carry1, pos_ahead0, pos_ahead1, pos_after0, pos_after1;
  logic [AddrBits-1:0] pos_addr, tap_addr, row_addr;
  logic [CoordBits-1:0] pos_y, pos_x, tap_y, tap_x, row_y, y, x, edge_left;
  logic                clipped;
  logic                pairs;                 // rows go in pairs,
  logic                two;                   // this is one, not the tile's last row alone,
  logic                second_q;              // whose first row's piece was named before
  logic                last_outer;            // the tile's last row or pair
  logic [RowsBits-1:0] rows_up;               // rows of the ring that the tile has
  logic [AddrBits-1:0] pos_addr2, addr, addr2;
  logic [CoordBits-1:0] pos_y2, pos_x2, y2, x2;
  logic                zero, zero2;
  logic [15:0]         one_count, line2;      // elements of the piece but for the second row

  // ---- tiles ----------------------------------------------------------------------------------

  /* verilator lint_off PINCONNECTEMPTY */  // A does not go by column tiles
  wc_gemm_loop #(.Rows(Rows), .Cols(Cols), .AccRows(AccRows), .SkipN(1'b1)) u_loop (
    .clk_i, .start_i, .next_i(end_tile),
    .m_i, .first_k_i(k_i), .first_n_i(n_i), .k_i, .n_i, .group_i,
    .rows_o(rows), .lanes_o(lanes), .cols_o(), .tile_o(),
    .first_k_o(), .last_k_o(last_k), .last_t_o(), .last_n_o(last_n), .last_m_o(last_m)
  );
  /* verilator lint_on PINCONNECTEMPTY */

  assign last = last_k && last_n && last_m;
  assign room = ((RingBits+1)'(RingRows) - (base_q - freed_i)) >= (RingBits+1)'(rows_up);
  assign load = active_q && !run_q && room;
  assign rows_up = (Fold != 0) ? rows + RowsBits'(rows[0]) : rows;
  assign pairs = (Fold != 0) && !a_trans_i && !across_i;
  assign two = pairs && (outer_left_q != 1);
  assign last_outer = (outer_left_q == 1) || (two && outer_left_q == 2);
  assign advance = run_q && ready_i && (!two || second_q || free_i);
  assign end_inner = advance && (LeftBits'(count) == inner_left_q);
  assign end_tile = end_inner && last_outer;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      active_q <= 1'b0;
      run_q <= 1'b0;
      second_q <= 1'b0;
    end else begin
      if (run_q && ready_i) second_q <= !advance;
      if (start_i) active_q <= 1'b1;
      else if (end_tile && last) active_q <= 1'b0;
      if (load) run_q <= 1'b1;
      else if (end_tile) run_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) base_q <= '0;
    else if (end_tile) base_q <= base_q + (RingBits+1)'(rows_up);
    if (load) begin
      outer_left_q <= col_o ? LeftBits'(lanes) : LeftBits'(rows);
      inner_left_q <= col_o ? LeftBits'(rows) : LeftBits'(lanes);
      inner_all_q <= col_o ? LeftBits'(rows) : LeftBits'(lanes);
      outer_q <= '0;
      inner_q <= '0;
    end else if (advance) begin
      if (end_inner) begin
        outer_left_q <= outer_left_q - (two ? LeftBits'(2) : LeftBits'(1));
        outer_q <= outer_q + (two ? RowsBits'(2) : RowsBits'(1));
      end
      inner_left_q <= end_inner ? inner_all_q : inner_left_q - LeftBits'(count);
      inner_q <= end_inner ? '0 : inner_q + RowsBits'(count);
    end
  end

  // ---- walks: positions outside and taps inside, or the other way round ------------------------

  assign depth_op = last_k ? OpZero : OpMark;
  assign m_op = (last_k && last_n) ? OpMark : OpRestart;

  always_comb begin
    outer_op = OpHold;
    inner_op = OpHold;
    if (start_i) begin
      outer_op = OpZero;
      inner_op = OpZero;
    end else if (end_tile) begin
      outer_op = col_o ? depth_op : m_op;
      inner_op = col_o ? m_op : depth_op;
    end else if (end_inner) begin
      outer_op = OpStep;
      inner_op = OpRestart;
    end else if (advance) begin
      inner_op = OpStep;
    end
  end

  assign pos_op = across_i ? inner_op : outer_op;
  assign pos_count = across_i ? count : 16'd1;

  wc_gemm_axis2 #(.Width(AddrBits), .Ahead(Fold)) u_pos (
    .clk_i, .op_i(pos_op), .twice_i(two), .d1_i(p1_i), .d0_i(p0_i), .count_i(pos_count),
    .base_i(origin_i), .s2_i(s_i2_i), .s1_i(s_i1_i),
    .step_i(across_i ? AddrBits'({count, 1'b0}) : s_i0_i), .s0_i(s_i0_i),
    .left_o(pos_left), .carry0_o(pos_carry0), .carry1_o(pos_carry1),
    .ahead0_o(pos_ahead0), .ahead1_o(pos_ahead1), .after0_o(pos_after0), .after1_o(pos_after1),
    .sum_o(pos_addr),
    .ahead_o(pos_addr2)
  );
  wc_gemm_sum2 #(.Width(CoordBits), .Ahead(Fold)) u_pos_y (
    .clk_i, .op_i(pos_op), .twice_i(two), .carry0_i(pos_carry0), .carry1_i(pos_carry1),
    .ahead0_i(pos_ahead0), .ahead1_i(pos_ahead1), .after0_i(pos_after0), .after1_i(pos_after1),
    .base_i({{(CoordBits-16){oy_i[15]}}, oy_i}),
    .s2_i('0), .s1_i({{(CoordBits-8){sy_i[7]}}, sy_i}), .step_i('0), .s0_i('0), .sum_o(pos_y),
    .ahead_o(pos_y2)
  );
  wc_gemm_sum2 #(.Width(CoordBits), .Ahead(Fold)) u_pos_x (
    .clk_i, .op_i(pos_op), .twice_i(two), .carry0_i(pos_carry0), .carry1_i(pos_carry1),
    .ahead0_i(pos_ahead0), .ahead1_i(pos_ahead1), .after0_i(pos_after0), .after1_i(pos_after1),
    .base_i({{(CoordBits-16){ox_i[15]}}, ox_i}), .s2_i('0), .s1_i('0),
    .step_i(across_i ? CoordBits'(count) : {{(CoordBits-8){sx_i[7]}}, sx_i}),
    .s0_i({{(CoordBits-8){sx_i[7]}}, sx_i}), .sum_o(pos_x),
    .ahead_o(pos_x2)
  );
  // Two walks of the taps: tap by tap, and kernel row by kernel row. The second also follows the
  // steps of the first; the first stands while the second is in use, which never is the tile's last
  // position. So both are at the same place when a tile ends.
  assign tap_op = across_i ? outer_op : (inner_op == OpStep && whole) ? OpHold : inner_op;
  assign tap_count = across_i ? 16'd1 : count;

  wc_gemm_axis #(.Width(AddrBits)) u_tap (
    .clk_i, .op_i(tap_op), .d1_i(q1_i), .d0_i(q0_i), .count_i(tap_count),
    .base_i('0), .s2_i(s_j2_i), .s1_i(s_j1_i), .step_i(AddrBits'({tap_count, 1'b0})),
    .left_o(tap_left), .carry0_o(tap_carry0), .carry1_o(tap_carry1), .sum_o(tap_addr)
  );
  wc_gemm_sum #(.Width(CoordBits)) u_tap_y (
    .clk_i, .op_i(tap_op), .carry0_i(tap_carry0), .carry1_i(tap_carry1), .base_i('0),
    .s2_i({{(CoordBits-8){ry_i[7]}}, ry_i}), .s1_i('0), .step_i('0), .sum_o(tap_y)
  );
  wc_gemm_sum #(.Width(CoordBits)) u_tap_x (
    .clk_i, .op_i(tap_op), .carry0_i(tap_carry0), .carry1_i(tap_carry1), .base_i('0),
    .s2_i('0), .s1_i({{(CoordBits-8){rx_i[7]}}, rx_i}), .step_i('0), .sum_o(tap_x)
  );
  wc_gemm_axis #(.Width(AddrBits)) u_row (
    .clk_i, .op_i(inner_op), .d1_i(16'd1), .d0_i(run_i), .count_i(count),
    .base_i('0), .s2_i(s_j2_i), .s1_i('0), .step_i(AddrBits'({count, 1'b0})),
    .left_o(row_left), .carry0_o(row_carry0), .carry1_o(row_carry1), .sum_o(row_addr)
  );
  wc_gemm_sum #(.Width(CoordBits)) u_row_y (
    .clk_i, .op_i(inner_op), .carry0_i(row_carry0), .carry1_i(row_carry1), .base_i('0),
    .s2_i({{(CoordBits-8){ry_i[7]}}, ry_i}), .s1_i('0), .step_i('0), .sum_o(row_y)
  );

  // ---- the piece ------------------------------------------------------------------------------

  assign whole = merge_i && !across_i && !last_outer && !pos_x[CoordBits-1]
                 && (pos_x + CoordBits'(q1_i) <= CoordBits'(w_i))
                 && (!two || (!pos_x2[CoordBits-1]
                              && (pos_x2 + CoordBits'(q1_i) <= CoordBits'(w_i))));
  assign y = pos_y + (whole ? row_y : tap_y);
  assign x = pos_x + tap_x;
  assign y2 = pos_y2 + (whole ? row_y : tap_y);
  assign x2 = pos_x2 + tap_x;
  assign zero = (y >= CoordBits'(h_i)) || (!whole && x >= CoordBits'(w_i));
  assign zero2 = (y2 >= CoordBits'(h_i)) || (!whole && x2 >= CoordBits'(w_i));
  assign addr = pos_addr + (whole ? row_addr : tap_addr);
  assign addr2 = pos_addr2 + (whole ? row_addr : tap_addr);

  // Across, a piece is inside the image or outside: positions until x is 0, or w.
  assign edge_left = x[CoordBits-1] ? -x : CoordBits'(w_i) - x;
  assign clipped = (x[CoordBits-1] || x < CoordBits'(w_i)) && edge_left < CoordBits'(pos_left);

  always_comb begin
    run_left = tap_left;
    if (whole) run_left = row_left;
    if (across_i) run_left = clipped ? edge_left[15:0] : pos_left;
  end

  wc_gemm_count #(.Most(Run), .LineElems(LineBytes / 2)) u_count (
    .a_i(run_left), .b_i(16'(inner_left_q)), .at_i(addr[ByteBits-1:1]), .count_o(one_count)
  );
  assign line2 = 16'(LineBytes / 2) - 16'(addr2[ByteBits-1:1]);
  assign count = (two && line2 < one_count) ? line2 : one_count;

  assign busy_o = active_q;
  assign valid_o = run_q;
  assign col_o = a_trans_i ^ across_i;
  assign zero_o = (Fold != 0 && second_q) ? zero2 : zero;
  assign addr_o = (Fold != 0 && second_q) ? addr2 : addr;
  assign row_o = base_q[RingBits-1:0] + RingBits'(col_o ? inner_q : outer_q) + RingBits'(second_q);
  assign lane_o = LaneBits'(col_o ? outer_q : inner_q);
  assign count_o = count[RunBits:0];

  assign pair_o = two && !second_q && free_i;
  assign mate_o = (Fold != 0) && !zero && !zero2 &&
                  addr[AddrBits-1:ByteBits] == addr2[AddrBits-1:ByteBits];
  assign zero2_o = (Fold != 0) && zero2;
  assign addr2_o = (Fold != 0) ? addr2 : '0;

  // Rows, or pairs: an even row, an odd one, the last row alone, which completes its pair.
  logic ends, odd;
  assign ends = (LeftBits'(count) == inner_left_q);
  assign odd = second_q || outer_q[0];
  assign done2_o = ends;
  generate
    if (Fold == 0) begin : g_done_rows
      logic unused_ends;
      assign done_rows_o = col_o ? (end_tile ? rows : '0) : RowsBits'(end_inner);
      assign done_pair_o = 2'b00;
      assign unused_ends = odd;
    end else begin : g_done_pairs
      assign done_rows_o = !col_o ? RowsBits'(1) : RowsBits'(rows_up[RowsBits-1:1]);
      assign done_pair_o[0] = col_o ? end_tile : ends && !odd;
      assign done_pair_o[1] = col_o ? end_tile : ends && (odd || outer_left_q == 1);
    end
  endgenerate

endmodule
