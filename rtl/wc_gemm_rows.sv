// Names the pieces of C or P, block by block, in the order of wc_gemm_loop without depth.
//
// A piece is a run of columns of one row that lies within one line. go_i starts the next block;
// last_o marks the block's last piece, end_o the command's. One piece a cycle.
//
// Of a folded command, rows 2i and 2i + 1 of a block are the left and the right half of accumulator
// row i. Where they fill both halves and lie one behind the other in memory they are one run.
module wc_gemm_rows #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned AccRows = 64,
  parameter int unsigned LineBytes = 32,
  parameter int unsigned AddrBits = 52,
  parameter int unsigned Fold = 0,
  localparam int unsigned AccBits = $clog2(AccRows),
  localparam int unsigned ColsBits = $clog2(Cols + 1)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                clear_i,
  input  logic                start_i,
  // the command
  input  logic [47:0]         m_i,
  input  logic [15:0]         n_i,
  input  logic [1:0]          group_i,
  input  logic                fold_i,
  input  logic                wide_i,     // elements of 4 bytes, else 2
  input  logic [15:0]         d1_i,       // row triple
  input  logic [15:0]         d0_i,
  input  logic [31:0]         base_i,
  input  logic [31:0]         s2_i,
  input  logic [31:0]         s1_i,
  input  logic [31:0]         s0_i,
  // blocks
  input  logic                go_i,       // only when idle_o
  output logic                idle_o,
  output logic                end_o,      // this block is the last
  // pieces
  output logic                valid_o,
  input  logic                ready_i,
  output logic [AddrBits-1:0] addr_o,
  output logic [AccBits-1:0]  row_o,      // accumulator row
  output logic [ColsBits-1:0] col_o,      // first column
  output logic [ColsBits-1:0] count_o,
  output logic                row_end_o,  // this piece, taken, ends its accumulator row
  output logic                last_o
);

  localparam int unsigned ByteBits = $clog2(LineBytes);
  localparam int unsigned RowsBits = $clog2(AccRows + 1);
  localparam logic [2:0] OpHold = 3'd0, OpStep = 3'd1, OpRestart = 3'd2, OpMark = 3'd3,
                         OpZero = 3'd4;

  logic                run_q;
  logic [RowsBits-1:0] row_q, rows;
  logic [AccBits-1:0]  acc_q;               // accumulator row of the tile's row 0
  logic [ColsBits-1:0] col_q, cols;
  logic [18:0]         x_q, x_tile_q, x_step; // bytes from column 0 of the command
  logic                last_t, last_n, last_m, advance, end_row, end_tile, end_block;
  logic                fold, both;          // the row and its neighbour are one run
  logic [RowsBits-1:0] next_row;
  logic [15:0]         count, m_left;
  logic [2:0]          op;
  logic [AddrBits-1:0] m_addr, s2, s1, s0;

  assign s2 = {{(AddrBits-32){s2_i[31]}}, s2_i};
  assign s1 = {{(AddrBits-32){s1_i[31]}}, s1_i};
  assign s0 = {{(AddrBits-32){s0_i[31]}}, s0_i};

  /* verilator lint_off PINCONNECTEMPTY */  // no depth here
  wc_gemm_loop #(.Rows(Rows), .Cols(Cols), .AccRows(AccRows), .SkipK(1'b1)) u_loop (
    .clk_i, .start_i, .next_i(end_tile),
    .m_i, .first_k_i(48'd1), .first_n_i(n_i), .k_i(48'd1), .n_i, .group_i,
    .rows_o(rows), .lanes_o(), .cols_o(cols), .tile_o(),
    .first_k_o(), .last_k_o(), .last_t_o(last_t), .last_n_o(last_n), .last_m_o(last_m)
  );
  /* verilator lint_on PINCONNECTEMPTY */

  always_comb begin
    op = OpHold;
    if (start_i) op = OpZero;
    else if (end_tile) op = (last_t && last_n) ? OpMark : OpRestart;
    else if (end_row) op = OpStep;
  end

  wc_gemm_axis #(.Width(AddrBits)) u_m (
    .clk_i, .op_i(op), .d1_i, .d0_i, .count_i(both ? 16'd2 : 16'd1),
    .base_i(AddrBits'(base_i)), .s2_i(s2), .s1_i(s1), .step_i(both ? s0 << 1 : s0),
    .left_o(m_left), .sum_o(m_addr)
  );

  assign addr_o = m_addr + AddrBits'(x_q);

  // A line has LineBytes/2 narrow elements or LineBytes/4 wide ones.
  logic [15:0] left, line;
  assign left = both ? 16'(Cols) - 16'(col_q) : 16'(cols) - 16'(col_q);
  assign line = wide_i ? (16'(LineBytes) - 16'(addr_o[ByteBits-1:0])) >> 2
                       : (16'(LineBytes) - 16'(addr_o[ByteBits-1:0])) >> 1;
  assign count = (left < line) ? left : line;
  assign x_step = wide_i ? 19'({count, 2'b00}) : 19'({count, 1'b0});

  assign fold = (Fold != 0) && fold_i;
  assign both = fold && !row_q[0] && row_q != rows - 1'b1 && m_left != 16'd1
                && cols == ColsBits'(Cols / 2) && s0_i == (wide_i ? 32'(2 * Cols) : 32'(Cols));
  assign next_row = row_q + (both ? RowsBits'(2) : RowsBits'(1));

  assign advance = run_q && ready_i;
  assign end_row = advance && (count == left);
  assign end_tile = end_row && (next_row == rows);
  assign end_block = end_tile && last_t;

  assign idle_o = !run_q;
  assign end_o = last_n && last_m;
  assign valid_o = run_q;
  assign row_o = acc_q + AccBits'(fold ? row_q >> 1 : row_q);
  assign col_o = (fold && row_q[0]) ? col_q + ColsBits'(Cols / 2) : col_q;
  assign count_o = ColsBits'(count);
  assign row_end_o = end_row && (!fold || next_row[0] == 1'b0 || next_row == rows);
  assign last_o = end_block;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) run_q <= 1'b0;
    else if (go_i) run_q <= 1'b1;
    else if (end_block) run_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      row_q <= '0;
      col_q <= '0;
      acc_q <= '0;
      x_q <= '0;
      x_tile_q <= '0;
    end else if (advance) begin
      col_q <= end_row ? '0 : col_q + ColsBits'(count);
      x_q <= !end_row ? x_q + x_step : x_tile_q;
      if (end_row) row_q <= end_tile ? '0 : next_row;
      if (end_tile) begin
        acc_q <= last_t ? '0 : acc_q + AccBits'(AccRows >> group_i);
        x_tile_q <= (last_t && last_n) ? '0 : x_q + x_step;
        x_q <= (last_t && last_n) ? '0 : x_q + x_step;
      end
    end
  end

endmodule
