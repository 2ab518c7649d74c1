// Sends rows of A into the array, wave by wave, in the order of wc_gemm_loop.
//
// A wave is the block's rows against one weight tile. Row r of column tile t of the group adds
// to accumulator row t*block + r. A row goes when it is in the ring, its wave's weights are in
// a tile buffer, its bank is ready, and the sum it adds to is written: sums come round every
// round_q rows, so that is when fewer rows than that are between issue and write-back.
// Outputs are the decision of this cycle; the row of A follows from the ring in the next. start_i
// may come with the last row of the command before: then the next command goes on at once.
//
// A folded command's rows go in pairs, one for each half of the array; a pair adds to one
// accumulator row. The second row is read from the ring Late cycles after the first, so with Fold
// rows count as no longer needed that much later, and each tile has an even number of them.
module wc_gemm_seq #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned AccRows = 64,
  parameter int unsigned RingRows = 128,
  parameter int unsigned Fold = 0,
  parameter int unsigned Late = 2,
  localparam int unsigned RingBits = $clog2(RingRows),
  localparam int unsigned AccBits = $clog2(AccRows),
  localparam int unsigned RowsBits = $clog2(AccRows + 1),
  localparam int unsigned LanesBits = $clog2(Rows + 1),
  localparam int unsigned ColsBits = $clog2(Cols + 1)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 clear_i,
  input  logic                 start_i,      // with it, the next command
  input  logic [47:0]          m_i,
  input  logic [47:0]          k_i,
  input  logic [15:0]          n_i,
  input  logic [1:0]           group_i,
  input  logic                 fold_i,
  input  logic [RingBits:0]    complete_i,   // rows of A put into the ring so far; with Fold, pairs,
                                             // times two
  input  logic                 odd_busy_i,   // no odd row can be read
  output logic [RingBits:0]    freed_o,      // rows of A no longer needed
  input  logic                 weights_i,    // the next tile of weights can enter
  input  logic [1:0]           bank_ready_i,
  input  logic                 written_i,    // one cycle: a sum of the array is written back
  output logic                 issue_o,
  output logic                 whole_o,      // with all lanes and columns
  output logic                 pair_o,       // a row of the ring and the one after it
  output logic [1:0]           wait_o,       // not issue_o: for weights, a row, a sum, a bank
  output logic                 active_o,
  output logic                 switch_o,     // first row of a wave
  output logic                 wave_end_o,   // its last row
  output logic [RingBits-1:0]  ring_row_o,
  output logic [LanesBits-1:0] lanes_o,      // real lanes of the row
  output logic                 bank_o,
  output logic [AccBits-1:0]   acc_row_o,
  output logic                 first_k_o,    // sums start
  output logic                 final_o,      // sums are complete
  output logic                 last_o,       // last row of the block's last wave
  output logic                 take_o,       // first row of the block's first wave
  output logic                 in_last_o,    // the last block has begun
  output logic                 end_o         // last row of the command
);

  localparam int unsigned FlightBits = $clog2(2 * Rows + 8);

  logic                  active_q, bank_q;
  logic [47:0]           k_q;
  logic [15:0]           n_q;
  logic [1:0]            group_q;
  logic                  fold_q;
  logic [RingBits:0]     base_q, row_at;      // of the A tile in the ring
  logic                  here;                // its row is, or the pair that the row is of
  logic                  two;                 // the pair has its second row
  logic [1:0]            done_rows, freed;    // rows of the ring no longer needed
  logic [RowsBits-1:0]   row_q, rows, rows_up, round_q;
  logic [AccBits-1:0]    acc_q;
  logic [FlightBits-1:0] flight_q;            // rows issued whose sums are not written
  logic                  first_k, last_k, last_t, last_n, last_m;
  logic [1:0]            tile;
  logic [ColsBits-1:0]   cols;
  logic                  block_first, wave_last, fresh;

  wc_gemm_loop #(.Rows(Rows), .Cols(Cols), .AccRows(AccRows)) u_loop (
    .clk_i, .start_i, .next_i(wave_last),
    .m_i, .first_k_i(k_i), .first_n_i(n_i), .k_i(k_q), .n_i(n_q), .group_i(group_q),
    .rows_o(rows), .lanes_o, .cols_o(cols), .tile_o(tile),
    .first_k_o(first_k), .last_k_o(last_k), .last_t_o(last_t), .last_n_o(last_n),
    .last_m_o(last_m)
  );

  assign rows_up = (Fold != 0) ? rows + RowsBits'(rows[0]) : rows;
  assign row_at = base_q + (RingBits+1)'(row_q);
  assign block_first = first_k && (tile == 2'd0) && (row_q == '0);
  assign fresh = first_k ? (!block_first || bank_ready_i[bank_q])
                         : (RowsBits+FlightBits)'(flight_q) < (RowsBits+FlightBits)'(round_q);
  assign issue_o = active_q && here && (row_q != '0 || weights_i) && fresh;
  assign two = fold_q && (row_q != rows - 1'b1);
  assign wave_last = issue_o && (row_q == rows - (two ? RowsBits'(2) : RowsBits'(1)));
  assign pair_o = two;

  generate
    if (Fold == 0) begin : g_row
      logic unused_pairs;
      assign here = (complete_i != row_at);
      assign done_rows = 2'd1;
      assign freed = {1'b0, issue_o && last_t};
      assign unused_pairs = ^{odd_busy_i, done_rows, clear_i};
    end else begin : g_pair
      localparam int unsigned Delay = 2 * Late;
      logic [RingBits:0] even_at;
      logic [Delay-1:0]  freed_q;
      assign even_at = {row_at[RingBits:1], 1'b0};
      assign here = (complete_i != even_at) && !(row_at[0] && odd_busy_i);
      assign done_rows = (fold_q || (wave_last && rows[0])) ? 2'd2 : 2'd1;
      assign freed = freed_q[1:0];
      always_ff @(posedge clk_i) begin
        if (!rst_ni || clear_i) freed_q <= '0;
        else freed_q <= Delay'({(issue_o && last_t) ? done_rows : 2'd0, freed_q} >> 2);
      end
    end
  endgenerate

  assign whole_o = (lanes_o == LanesBits'(Rows))
                   && (fold_q ? two && cols == ColsBits'(Cols / 2) : cols == ColsBits'(Cols));
  assign wait_o = (row_q == '0 && !weights_i) ? 2'd0 : !here ? 2'd1
                  : block_first ? 2'd3 : 2'd2;
  assign active_o = active_q;
  assign switch_o = (row_q == '0);
  assign wave_end_o = wave_last;
  assign ring_row_o = row_at[RingBits-1:0];
  assign bank_o = bank_q;
  assign acc_row_o = acc_q + AccBits'(fold_q ? row_q >> 1 : row_q);
  assign first_k_o = first_k;
  assign final_o = last_k;
  assign last_o = wave_last && last_t && last_k;
  assign take_o = issue_o && block_first;
  assign in_last_o = active_q && last_n && last_m && !block_first;
  assign end_o = last_o && last_n && last_m;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      active_q <= 1'b0;
      bank_q <= 1'b0;
      flight_q <= '0;
    end else begin
      if (start_i) active_q <= 1'b1;
      else if (end_o) active_q <= 1'b0;
      bank_q <= bank_q ^ last_o;
      flight_q <= flight_q + FlightBits'(issue_o) - FlightBits'(written_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      base_q <= '0;
      freed_o <= '0;
      row_q <= '0;
      acc_q <= '0;
    end else begin
      freed_o <= freed_o + (RingBits+1)'(freed);
      if (issue_o) begin
        row_q <= wave_last ? '0 : row_q + (two ? RowsBits'(2) : RowsBits'(1));
        if (wave_last) begin
          if (last_t) base_q <= base_q + (RingBits+1)'(rows_up);
          acc_q <= last_t ? '0 : acc_q + AccBits'(AccRows >> group_q);
        end
      end
    end
    if (start_i) begin
      k_q <= k_i;
      n_q <= n_i;
      group_q <= group_i;
      fold_q <= fold_i;
    end
    if (issue_o && first_k) round_q <= block_first ? RowsBits'(1) : round_q + 1'b1;
  end

endmodule
