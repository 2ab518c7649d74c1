// Names the pieces of A, tile by tile, in the order of wc_gemm_loop, for the ring of A rows.
//
// A tile has positions one way and taps the other: a_trans = 0, positions are its rows (of the
// ring) and taps its lanes; a_trans = 1, the other way round. For each position there is a run of
// taps. A piece of it ends at the end of a tap's channels, of a line or of the tile; where the taps
// of a kernel row lie side by side in memory (merge_i) and inside the image, they are one run. With
// across_i positions of an image row lie side by side, and for each tap there is a run of
// positions, in pieces that end at the image's edges, too. Runs along lanes go into the ring as
// rows, each complete with its last piece; runs along rows as columns, all rows complete with the
// tile's last piece. In each cycle a step: up to two pieces of a row (column), one behind the
// other, Run elements at most. One cycle between tiles.
//
// With Fold, tiles begin at even rows of the ring, and positions that are rows go in pairs: a step
// takes the same elements of both, what lies in up to two pieces of either.
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
  localparam int unsigned Sides = (Fold != 0) ? 2 : 1,  // rows of a step
  localparam int unsigned Pieces = 2 * Sides,
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
  // steps
  output logic                valid_o,
  input  logic                ready_i,
  output logic                col_o,
  output logic                pair_o,     // also of the row after it, only with Fold
  output logic [RingBits-1:0] row_o,
  output logic [LaneBits-1:0] lane_o,
  output logic [RunBits:0]    count_o,
  output logic [RowsBits-1:0] done_rows_o, // rows, with Fold pairs of rows, that it completes
  // its pieces: two of the row, two of the row after it
  output logic [Pieces-1:0]          zero_o,  // outside the image, or not there
  output logic [Pieces*AddrBits-1:0] addr_o,
  output logic [Sides*(RunBits+1)-1:0] first_o // elements of the row's first piece, or more
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
  logic [15:0]         pos_left, tap_rest, row_rest, pos_rest, pos_count, tap_count, count;
  logic [15:0]         run, next_run;         // elements of this run and of the next
  logic [2:0]          depth_op, m_op, outer_op, inner_op, pos_op, tap_op;
  logic                pos_carry0, pos_again0, pos_wrap1, pos_again1;
  logic                tap_carry0, tap_again0, tap_wrap1, tap_again1;
  logic                row_carry0, row_again0, row_wrap1, row_again1;
  logic [AddrBits-1:0] pos_addr, pos_next, tap_addr, tap_next, row_addr, row_next;
  logic [CoordBits-1:0] pos_y, pos_next_y, pos_x, pos_next_x;
  logic [CoordBits-1:0] tap_y, tap_next_y, tap_x, tap_next_x, row_y, row_next_y;
  logic                pairs;                 // rows go in pairs,
  logic                two;                   // this is one, not the tile's last row alone
  logic                last_outer;            // the tile's last row or pair
  logic                both_inside;           // the pair's other position takes kernel rows, too
  logic [RowsBits-1:0] rows_up;               // rows of the ring that the tile has

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
  assign advance = run_q && ready_i;
  assign end_inner = advance && (LeftBits'(count) == inner_left_q);
  assign end_tile = end_inner && last_outer;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      active_q <= 1'b0;
      run_q <= 1'b0;
    end else begin
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
  assign pos_count = across_i ? count : two ? 16'd2 : 16'd1;

  wc_gemm_axis2 #(.Width(AddrBits)) u_pos (
    .clk_i, .op_i(pos_op), .d1_i(p1_i), .d0_i(p0_i), .count_i(pos_count),
    .base_i(origin_i), .s2_i(s_i2_i), .s1_i(s_i1_i),
    .step_i(across_i ? AddrBits'({count, 1'b0}) : two ? s_i0_i << 1 : s_i0_i),
    .rest_i(across_i ? AddrBits'({pos_rest, 1'b0}) : pos_rest[0] ? s_i0_i : '0),
    .left_o(pos_left), .rest_o(pos_rest), .carry0_o(pos_carry0), .again0_o(pos_again0),
    .wrap1_o(pos_wrap1), .again1_o(pos_again1), .sum_o(pos_addr), .next_o(pos_next)
  );
  wc_gemm_sum2 #(.Width(CoordBits)) u_pos_y (
    .clk_i, .op_i(pos_op), .carry0_i(pos_carry0), .again0_i(pos_again0), .wrap1_i(pos_wrap1),
    .again1_i(pos_again1), .base_i({{(CoordBits-16){oy_i[15]}}, oy_i}),
    .s2_i('0), .s1_i({{(CoordBits-8){sy_i[7]}}, sy_i}), .step_i('0), .rest_i('0),
    .sum_o(pos_y), .next_o(pos_next_y)
  );
  logic [CoordBits-1:0] sx;
  assign sx = {{(CoordBits-8){sx_i[7]}}, sx_i};
  wc_gemm_sum2 #(.Width(CoordBits)) u_pos_x (
    .clk_i, .op_i(pos_op), .carry0_i(pos_carry0), .again0_i(pos_again0), .wrap1_i(pos_wrap1),
    .again1_i(pos_again1), .base_i({{(CoordBits-16){ox_i[15]}}, ox_i}), .s2_i('0), .s1_i('0),
    .step_i(across_i ? CoordBits'(count) : two ? sx << 1 : sx),
    .rest_i(across_i ? CoordBits'(pos_rest) : pos_rest[0] ? sx : '0),
    .sum_o(pos_x), .next_o(pos_next_x)
  );
  // Two walks of the taps: tap by tap, and kernel row by kernel row. The second also follows the
  // steps of the first; the first stands while the second is in use, which never is the tile's last
  // position. So both are at the same place when a tile ends.
  assign tap_op = across_i ? outer_op : (inner_op == OpStep && whole) ? OpHold : inner_op;
  assign tap_count = across_i ? 16'd1 : count;

  wc_gemm_axis2 #(.Width(AddrBits)) u_tap (
    .clk_i, .op_i(tap_op), .d1_i(q1_i), .d0_i(q0_i), .count_i(tap_count),
    .base_i('0), .s2_i(s_j2_i), .s1_i(s_j1_i), .step_i(AddrBits'({tap_count, 1'b0})),
    .rest_i(AddrBits'({tap_rest, 1'b0})), .left_o(tap_left), .rest_o(tap_rest),
    .carry0_o(tap_carry0), .again0_o(tap_again0), .wrap1_o(tap_wrap1), .again1_o(tap_again1),
    .sum_o(tap_addr), .next_o(tap_next)
  );
  wc_gemm_sum2 #(.Width(CoordBits)) u_tap_y (
    .clk_i, .op_i(tap_op), .carry0_i(tap_carry0), .again0_i(tap_again0), .wrap1_i(tap_wrap1),
    .again1_i(tap_again1), .base_i('0), .s2_i({{(CoordBits-8){ry_i[7]}}, ry_i}), .s1_i('0),
    .step_i('0), .rest_i('0), .sum_o(tap_y), .next_o(tap_next_y)
  );
  wc_gemm_sum2 #(.Width(CoordBits)) u_tap_x (
    .clk_i, .op_i(tap_op), .carry0_i(tap_carry0), .again0_i(tap_again0), .wrap1_i(tap_wrap1),
    .again1_i(tap_again1), .base_i('0), .s2_i('0), .s1_i({{(CoordBits-8){rx_i[7]}}, rx_i}),
    .step_i('0), .rest_i('0), .sum_o(tap_x), .next_o(tap_next_x)
  );
  wc_gemm_axis2 #(.Width(AddrBits)) u_row (
    .clk_i, .op_i(inner_op), .d1_i(16'd1), .d0_i(run_i), .count_i(count),
    .base_i('0), .s2_i(s_j2_i), .s1_i('0), .step_i(AddrBits'({count, 1'b0})),
    .rest_i(AddrBits'({row_rest, 1'b0})), .left_o(row_left), .rest_o(row_rest),
    .carry0_o(row_carry0), .again0_o(row_again0), .wrap1_o(row_wrap1), .again1_o(row_again1),
    .sum_o(row_addr), .next_o(row_next)
  );
  wc_gemm_sum2 #(.Width(CoordBits)) u_row_y (
    .clk_i, .op_i(inner_op), .carry0_i(row_carry0), .again0_i(row_again0), .wrap1_i(row_wrap1),
    .again1_i(row_again1), .base_i('0), .s2_i({{(CoordBits-8){ry_i[7]}}, ry_i}), .s1_i('0),
    .step_i('0), .rest_i('0), .sum_o(row_y), .next_o(row_next_y)
  );

  // ---- the step -------------------------------------------------------------------------------

  // Taps, or kernel rows: place of this run and of the next, relative to the position.
  logic [AddrBits-1:0]  run_addr, next_addr;
  logic [CoordBits-1:0] run_y, next_y;
  assign run_addr = whole ? row_addr : tap_addr;
  assign next_addr = across_i ? tap_addr : whole ? row_next : tap_next;
  assign run_y = whole ? row_y : tap_y;
  assign next_y = across_i ? tap_y : whole ? row_next_y : tap_next_y;

  function automatic kernel_row_inside(input [CoordBits-1:0] x, input [15:0] q1, input [15:0] w);
    kernel_row_inside = !x[CoordBits-1] && (x + CoordBits'(q1) <= CoordBits'(w));
  endfunction
  assign whole = merge_i && !across_i && !last_outer && kernel_row_inside(pos_x, q1_i, w_i)
                 && (!two || both_inside);

  // Across, a run ends at an edge of the image, or goes on in the next image row.
  logic                 edge_now;
  logic [15:0]          edge_run, edge_next_run;
  logic [CoordBits-1:0] edge_x, across_x;
  wc_gemm_edge #(.Width(CoordBits)) u_edge (
    .x_i(pos_x + tap_x), .w_i, .left_i(pos_left), .edge_o(edge_now), .run_o(edge_run),
    .next_o(edge_x)
  );
  assign across_x = edge_now ? edge_x : pos_next_x + tap_x;
  /* verilator lint_off PINCONNECTEMPTY */  // no run after the next
  wc_gemm_edge #(.Width(CoordBits)) u_next_edge (
    .x_i(across_x), .w_i, .left_i(edge_now ? pos_left - edge_run : p0_i), .edge_o(),
    .run_o(edge_next_run), .next_o()
  );
  /* verilator lint_on PINCONNECTEMPTY */

  assign run = across_i ? edge_run : whole ? row_left : tap_left;
  assign next_run = across_i ? edge_next_run : whole ? run_i : q0_i;

  // The row's two pieces.
  function automatic outside(input [CoordBits-1:0] y, input [CoordBits-1:0] x, input in_x,
                             input [15:0] h, input [15:0] w);
    outside = (y >= CoordBits'(h)) || (!in_x && x >= CoordBits'(w));
  endfunction

  logic [Sides*AddrBits-1:0]  at;              // address of this run's next element,
  logic [Sides*AddrBits-1:0]  then_at;         // of the next run
  logic [Sides-1:0]           zero, then_zero; // they are outside the image
  logic [Sides*16-1:0]        first, most;
  logic [Sides-1:0]           on;              // the second piece is in the next line

  assign at[0 +: AddrBits] = pos_addr + run_addr;
  assign zero[0] = outside(pos_y + run_y, pos_x + tap_x, whole, h_i, w_i);

  assign then_at[0 +: AddrBits] = (across_i ? (edge_now ? pos_addr + AddrBits'({edge_run, 1'b0})
                                                        : pos_next) : pos_addr) + next_addr;
  assign then_zero[0] = outside((across_i && !edge_now ? pos_next_y : pos_y) + next_y,
                                across_i ? across_x : pos_x + tap_next_x, whole, h_i, w_i);

  genvar s;
  generate
    if (Fold == 0) begin : g_one
      assign both_inside = 1'b1;
      assign count = most;
    end else begin : g_two
      // The position after this one.
      logic                 next_row;
      logic [AddrBits-1:0]  addr2;
      logic [CoordBits-1:0] y2, x2;
      assign next_row = pos_left == 16'd1;
      assign addr2 = next_row ? pos_next : pos_addr + s_i0_i;
      assign y2 = next_row ? pos_next_y : pos_y;
      assign x2 = next_row ? pos_next_x : pos_x + sx;
      assign both_inside = kernel_row_inside(x2, q1_i, w_i);
      assign at[AddrBits +: AddrBits] = addr2 + run_addr;
      assign zero[1] = outside(y2 + run_y, x2 + tap_x, whole, h_i, w_i);
      assign then_at[AddrBits +: AddrBits] = addr2 + next_addr;
      assign then_zero[1] = outside(y2 + next_y, x2 + tap_next_x, whole, h_i, w_i);
      assign count = (two && most[16 +: 16] < most[0 +: 16]) ? most[16 +: 16] : most[0 +: 16];
    end

    for (s = 0; s < Sides; s = s + 1) begin : g_side
      localparam int unsigned Piece = 2 * s * AddrBits;
      wc_gemm_span #(.Most(Run), .LineElems(LineBytes / 2)) u_span (
        .run_i(run), .next_i(next_run), .left_i(16'(inner_left_q)),
        .at_i(at[s*AddrBits + 1 +: ByteBits-1]),
        .next_at_i(then_at[s*AddrBits + 1 +: ByteBits-1]),
        .first_o(first[s*16 +: 16]), .line_o(on[s]), .count_o(most[s*16 +: 16])
      );
      assign addr_o[Piece +: AddrBits] = at[s*AddrBits +: AddrBits];
      assign addr_o[Piece + AddrBits +: AddrBits] =
          on[s] ? {at[s*AddrBits + ByteBits +: AddrBits-ByteBits] + 1'b1, {ByteBits{1'b0}}}
                : then_at[s*AddrBits +: AddrBits];
      assign zero_o[2*s] = zero[s] || (s != 0 && !two);
      assign zero_o[2*s + 1] = (on[s] ? zero[s] : then_zero[s]) || first[s*16 +: 16] >= count
                               || (s != 0 && !two);
      assign first_o[s*(RunBits+1) +: RunBits+1] = (first[s*16 +: 16] < 16'(Run))
                                                   ? first[s*16 +: RunBits+1] : (RunBits+1)'(Run);
    end
  endgenerate

  assign busy_o = active_q;
  assign valid_o = run_q;
  assign col_o = a_trans_i ^ across_i;
  assign pair_o = two;
  assign row_o = base_q[RingBits-1:0] + RingBits'(col_o ? inner_q : outer_q);
  assign lane_o = LaneBits'(col_o ? outer_q : inner_q);
  assign count_o = count[RunBits:0];

  // An odd row completes its pair, and so does an even one that is the tile's last.
  generate
    if (Fold == 0) begin : g_done_rows
      assign done_rows_o = col_o ? (end_tile ? rows : '0) : RowsBits'(end_inner);
    end else begin : g_done_pairs
      assign done_rows_o = col_o ? (end_tile ? RowsBits'(rows_up[RowsBits-1:1]) : '0)
                                 : RowsBits'(end_inner && (two || outer_q[0] || last_outer));
    end
  endgenerate

endmodule
