// The order of tiles, the same for every part of the GEMM unit:
//
//   for block of rows: for group of column tiles: for depth tile: for column tile of the group
//
// A block has AccRows >> group_i rows, a group 1 << group_i column tiles: one bank of
// accumulators. Where the last block would be so short that its waves wait for weights or for their
// own sums, the last two share their rows, in multiples of the lanes where blocks are large.
//
// SkipN takes all column tiles of a group in one step (feed of A), SkipK all depth tiles (drain,
// preload). Outputs describe the present tile and follow next_i the cycle after.
module wc_gemm_loop #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned AccRows = 64,
  parameter bit SkipN = 1'b0,
  parameter bit SkipK = 1'b0,
  localparam int unsigned RowsBits = $clog2(AccRows + 1),
  localparam int unsigned LanesBits = $clog2(Rows + 1),
  localparam int unsigned ColsBits = $clog2(Cols + 1)
) (
  input  logic                 clk_i,
  input  logic                 start_i,
  input  logic                 next_i,
  input  logic [47:0]          m_i,       // rows of the command, with start_i
  input  logic [47:0]          first_k_i, // its depth, with start_i
  input  logic [15:0]          first_n_i, // its columns, with start_i
  input  logic [47:0]          k_i,       // its depth
  input  logic [15:0]          n_i,       // its columns
  input  logic [1:0]           group_i,   // log2 of the tiles of a group
  output logic [RowsBits-1:0]  rows_o,   // of this block
  output logic [LanesBits-1:0] lanes_o,  // of this depth tile
  output logic [ColsBits-1:0]  cols_o,   // of this column tile
  output logic [1:0]           tile_o,   // column tile in its group
  output logic                 first_k_o,
  output logic                 last_k_o,
  output logic                 last_t_o,  // last tile of the group
  output logic                 last_n_o,  // last group
  output logic                 last_m_o   // last block
);

  localparam int unsigned Lanes = (Rows > 2) ? 1 << $clog2(Rows) : 2;
  localparam int unsigned Share0 = (AccRows >= 4 * Lanes) ? $clog2(Lanes) : 1;
  localparam int unsigned Share1 = (AccRows / 2 >= 4 * Lanes) ? $clog2(Lanes) : 1;
  localparam int unsigned Share2 = (AccRows / 4 >= 4 * Lanes) ? $clog2(Lanes) : 1;
  localparam logic [RowsBits:0] Up0 = (RowsBits+1)'((2 << Share0) - 1);
  localparam logic [RowsBits:0] Up1 = (RowsBits+1)'((2 << Share1) - 1);
  localparam logic [RowsBits:0] Up2 = (RowsBits+1)'((2 << Share2) - 1);
  // Rows of the shortest block that waits for neither: a tile's weights take Rows cycles, and one
  // more makes up for what their feed loses in a bank; a sum comes round after 2*Rows + 3.
  localparam int unsigned Sum0 = 2 * Rows + 3, Sum1 = Rows + 2;
  localparam int unsigned Short0 = (Sum0 < AccRows) ? Sum0 : AccRows;
  localparam int unsigned Short1 = (Sum1 < AccRows / 2) ? Sum1 : AccRows / 2;
  localparam int unsigned Short2 = (Rows + 1 < AccRows / 4) ? Rows + 1 : AccRows / 4;

  logic [47:0]         m_left_q, k_left_q;
  logic [15:0]         group_left_q;  // columns from the group's first on
  logic [15:0]         n_left_q;      // columns from this tile's first on
  logic [1:0]          tile_q;
  logic                first_k_q;
  logic [RowsBits-1:0] block;         // rows of a full block
  logic [RowsBits:0]   m_left;
  logic [RowsBits-1:0] half;          // of what two blocks share, rounded up
  logic [RowsBits:0]   enough;        // rows for a full block and one that is not short
  logic [23:0]         width;         // columns of a full group
  logic                whole_t, whole_k;

  assign block = RowsBits'(AccRows >> group_i);
  assign width = 24'(Cols) << group_i;

  assign m_left = m_left_q[RowsBits:0];
  always_comb begin
    case (group_i)
      2'd0: begin
        enough = (RowsBits+1)'(AccRows + Short0);
        half = RowsBits'((m_left + Up0) >> (Share0 + 1)) << Share0;
      end
      2'd1: begin
        enough = (RowsBits+1)'(AccRows / 2 + Short1);
        half = RowsBits'((m_left + Up1) >> (Share1 + 1)) << Share1;
      end
      default: begin
        enough = (RowsBits+1)'(AccRows / 4 + Short2);
        half = RowsBits'((m_left + Up2) >> (Share2 + 1)) << Share2;
      end
    endcase
  end

  assign last_m_o = (m_left_q <= 48'(block));
  assign last_k_o = (k_left_q <= 48'(Rows));
  assign last_n_o = ({8'd0, group_left_q} <= width);
  assign last_t_o = (n_left_q <= 16'(Cols)) || (tile_q == ~(2'b11 << group_i));
  assign first_k_o = first_k_q;
  assign tile_o = tile_q;
  assign rows_o = last_m_o ? m_left_q[RowsBits-1:0]
                  : (m_left_q >= 48'(enough)) ? block : half;
  assign lanes_o = last_k_o ? k_left_q[LanesBits-1:0] : LanesBits'(Rows);
  assign cols_o = (n_left_q <= 16'(Cols)) ? n_left_q[ColsBits-1:0] : ColsBits'(Cols);
  assign whole_t = SkipN || last_t_o;
  assign whole_k = SkipK || last_k_o;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      m_left_q <= m_i;
      k_left_q <= first_k_i;
      group_left_q <= first_n_i;
      n_left_q <= first_n_i;
      tile_q <= 2'd0;
      first_k_q <= 1'b1;
    end else if (next_i) begin
      if (!whole_t) begin
        n_left_q <= n_left_q - 16'(Cols);
        tile_q <= tile_q + 2'd1;
      end else begin
        tile_q <= 2'd0;
        n_left_q <= group_left_q;
        first_k_q <= whole_k;
        k_left_q <= whole_k ? k_i : k_left_q - 48'(Rows);
        if (whole_k) begin
          group_left_q <= last_n_o ? n_i : group_left_q - width[15:0];
          n_left_q <= last_n_o ? n_i : group_left_q - width[15:0];
          if (last_n_o) m_left_q <= m_left_q - 48'(rows_o);
        end
      end
    end
  end

endmodule
