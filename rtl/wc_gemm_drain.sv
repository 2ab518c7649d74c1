// Owner of the accumulator banks outside the array: preload of partials, drain into C.
//
// A bank goes round: empty, (preloaded,) taken by the array, full, left by the drain, which has
// read its last row, and empty when that is written. Blocks use the banks in turn. A bank counts as
// full when the array reads it no more, and its rows are drained as they come in, those of the next
// block right behind. One line a cycle where rows are aligned, each way: C and P have ports of
// their own. done_o: the cycle after the command's last write was taken.
//
// Preload and drain work on commands of their own (wc_gemm_stages.sv): preload on the array's, or
// one ahead of it, drain on the oldest. Ahead, the first block of P goes into the bank that is free
// while the array is in its last block. While the command before is not done (load_behind_i), P is
// read if that writes nothing of it (load_apart_i) or writes it by the same walk (load_chain_i): an
// empty bank then says that all its blocks but the last are drained, so the first is, if it has
// two or more.
module wc_gemm_drain #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned AccRows = 64,
  parameter int unsigned LineBytes = 32,
  parameter int unsigned GbufBytes = 65536,
  parameter int unsigned AddrBits = 52,
  parameter int unsigned Fold = 0,
  localparam int unsigned AccBits = $clog2(AccRows),
  localparam int unsigned LineBits = $clog2(GbufBytes / LineBytes)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   clear_i,
  input  logic                   start_i,
  output logic                   done_o,
  // the drain's command
  input  logic                   fold_i,
  input  logic                   wide_i,
  input  logic [47:0]            m_i,
  input  logic [15:0]            n_i,
  input  logic [1:0]             group_i,
  input  logic [15:0]            d1_i,
  input  logic [15:0]            d0_i,
  input  logic [31:0]            c_base_i,
  input  logic [31:0]            c_s2_i,
  input  logic [31:0]            c_s1_i,
  input  logic [31:0]            c_s0_i,
  // the preload's command
  input  logic                   load_start_i,
  input  logic                   load_behind_i,
  input  logic                   load_apart_i,
  input  logic                   load_chain_i,
  input  logic                   load_fold_i,
  input  logic                   load_next_i,  // the array is in the command before,
  input  logic                   load_after_i, // or through with it, or in this one
  output logic                   load_busy_o,
  input  logic [47:0]            load_m_i,
  input  logic [15:0]            load_n_i,
  input  logic [1:0]             load_group_i,
  input  logic [15:0]            load_d1_i,
  input  logic [15:0]            load_d0_i,
  input  logic [31:0]            p_base_i,
  input  logic [31:0]            p_s2_i,
  input  logic [31:0]            p_s1_i,
  input  logic [31:0]            p_s0_i,
  // banks
  input  logic                   need_load_i, // the array's command wants preloaded banks
  input  logic                   bank_i,      // bank of the array's block
  input  logic                   in_last_i,   // which is its command's last, and has begun
  output logic [1:0]             ready_o,     // the array may take the bank
  output logic                   draining_o,  // the array's next bank is not empty yet
  input  logic                   take_i,      // it takes bank_i
  input  logic [1:0]             full_i,      // one cycle: the array reads the bank no more
  input  logic [1:0]             row_done_i,  // one cycle: a row of the bank is complete
  output logic                   rd_en_o,
  output logic                   rd_bank_o,
  output logic [AccBits-1:0]     rd_row_o,
  input  logic [Cols*32-1:0]     rd_data_i,
  output logic                   wr_en_o,
  output logic                   wr_bank_o,
  output logic [AccBits-1:0]     wr_row_o,
  output logic [Cols-1:0]        wr_cols_o,
  output logic [Cols*32-1:0]     wr_data_o,
  // global buffer: C (write), P (read)
  output logic                   c_req_valid_o,
  input  logic                   c_req_ready_i,
  output logic [LineBits-1:0]    c_req_line_o,
  output logic [LineBytes*8-1:0] c_req_wdata_o,
  output logic [LineBytes-1:0]   c_req_strb_o,
  output logic                   p_req_valid_o,
  input  logic                   p_req_ready_i,
  output logic [LineBits-1:0]    p_req_line_o,
  input  logic [LineBytes*8-1:0] p_rsp_rdata_i,
  output logic                   err_o,       // in the drain's command
  output logic [AddrBits-1:0]    err_addr_o,
  output logic                   load_err_o,  // in the preload's
  output logic [AddrBits-1:0]    load_err_addr_o,
  output logic                   busy_o
);

  localparam int unsigned ColsBits = $clog2(Cols + 1);
  localparam logic [2:0] BankEmpty = 3'd0, BankLoaded = 3'd1, BankTaken = 3'd2, BankFull = 3'd3,
                         BankLeft = 3'd4;

  logic [2:0]          state0_q, state1_q;      // of the banks
  logic [2:0]          read_state, load_state, array_state;
  logic                read_bank_q;             // whose rows are read into lines
  logic                drain_bank_q;            // whose lines are written
  logic                load_bank_q;
  logic                reads_q;                 // blocks left to read
  logic                loads_q;                 // blocks left to preload
  logic                loading_q;               // one is under way
  logic                first_q;                 // none is preloaded yet
  logic                load_bad_q;              // a preload has left the buffer: no more
  logic                in_busy;                 // of the preload's pieces
  logic                load_bank;               // of the next block to preload
  logic                p_end, may_load;         // p_end: the next block to preload is the last
  logic                read_go, load_go, drained, drain_end, loaded;
  logic                load_end_q;              // the block under way is the last
  logic                c_idle, c_last, c_end;

  // ---- what next ------------------------------------------------------------------------------

  assign read_state = (read_bank_q ^ c_last) ? state1_q : state0_q;
  assign load_bank = first_q ? bank_i ^ load_next_i : load_bank_q;
  assign load_state = load_bank ? state1_q : state0_q;
  assign read_go = reads_q && (c_idle || (c_last && !c_end)) && (read_state == BankFull);
  assign may_load = (load_after_i || (load_next_i && in_last_i))
                    && (!load_behind_i || load_apart_i || (load_chain_i && !(first_q && p_end)));
  assign load_busy_o = load_start_i || loads_q || loading_q || in_busy;
  assign load_go = !loading_q && loads_q && may_load && (load_state == BankEmpty);
  assign ready_o[0] = (state0_q == (need_load_i ? BankLoaded : BankEmpty));
  assign array_state = bank_i ? state1_q : state0_q;
  assign draining_o = (array_state == BankFull) || (array_state == BankLeft);
  assign ready_o[1] = (state1_q == (need_load_i ? BankLoaded : BankEmpty));

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      state0_q <= BankEmpty;
      state1_q <= BankEmpty;
      read_bank_q <= 1'b0;
      drain_bank_q <= 1'b0;
      load_bank_q <= 1'b0;
      reads_q <= 1'b0;
      loads_q <= 1'b0;
      loading_q <= 1'b0;
      first_q <= 1'b0;
      load_bad_q <= 1'b0;
      done_o <= 1'b0;
    end else begin
      if (drained && !drain_bank_q) state0_q <= BankEmpty;
      else if (c_last && !read_bank_q) state0_q <= BankLeft;
      else if (full_i[0]) state0_q <= BankFull;
      else if (take_i && !bank_i) state0_q <= BankTaken;
      else if (loaded && !load_bank_q) state0_q <= BankLoaded;
      if (drained && drain_bank_q) state1_q <= BankEmpty;
      else if (c_last && read_bank_q) state1_q <= BankLeft;
      else if (full_i[1]) state1_q <= BankFull;
      else if (take_i && bank_i) state1_q <= BankTaken;
      else if (loaded && load_bank_q) state1_q <= BankLoaded;

      read_bank_q <= read_bank_q ^ c_last;
      drain_bank_q <= drain_bank_q ^ drained;
      if (load_go) load_bank_q <= load_bank;
      else load_bank_q <= load_bank_q ^ loaded;
      if (load_go) loading_q <= 1'b1;
      else if (loaded || (load_bad_q && !in_busy)) loading_q <= 1'b0;
      if (start_i) reads_q <= 1'b1;
      else if (c_last && c_end) reads_q <= 1'b0;
      if (load_start_i) loads_q <= 1'b1;
      else if ((loaded && load_end_q) || load_bad_q) loads_q <= 1'b0;
      if (load_err_o) load_bad_q <= 1'b1;
      if (load_start_i) first_q <= 1'b1;
      else if (load_go) first_q <= 1'b0;
      done_o <= drained && drain_end;
    end
  end

  // ---- drain ----------------------------------------------------------------------------------

  localparam int unsigned RowsBits = $clog2(AccRows + 1);
  logic [RowsBits-1:0]    done0_q, done1_q;     // rows of the banks' blocks that are complete
  logic [RowsBits-1:0]    sent_q;               // rows of the present block that are read
  logic                   c_row_end, c_go;

  assign c_go = (sent_q != (read_bank_q ? done1_q : done0_q));

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      done0_q <= '0;
      done1_q <= '0;
      sent_q <= '0;
    end else begin
      if (c_last && !read_bank_q) done0_q <= '0;
      else done0_q <= done0_q + RowsBits'(row_done_i[0]);
      if (c_last && read_bank_q) done1_q <= '0;
      else done1_q <= done1_q + RowsBits'(row_done_i[1]);
      if (c_last) sent_q <= '0;
      else sent_q <= sent_q + RowsBits'(c_row_end);
    end
  end

  logic                   c_valid, c_ready;
  logic [AddrBits-1:0]    c_addr;
  logic [AccBits-1:0]     c_row;
  logic [ColsBits-1:0]    c_col, c_count;
  logic                   out_busy;

  wc_gemm_rows #(
    .Rows(Rows), .Cols(Cols), .AccRows(AccRows), .LineBytes(LineBytes), .AddrBits(AddrBits),
    .Fold(Fold)
  ) u_c (
    .clk_i, .rst_ni, .clear_i, .start_i,
    .m_i, .n_i, .group_i, .fold_i, .wide_i, .d1_i, .d0_i,
    .base_i(c_base_i), .s2_i(c_s2_i), .s1_i(c_s1_i), .s0_i(c_s0_i),
    .go_i(read_go), .idle_o(c_idle), .end_o(c_end),
    .valid_o(c_valid), .ready_i(c_ready && c_go), .addr_o(c_addr), .row_o(c_row), .col_o(c_col),
    .count_o(c_count), .row_end_o(c_row_end), .last_o(c_last)
  );

  wc_gemm_out #(
    .Cols(Cols), .LineBytes(LineBytes), .GbufBytes(GbufBytes), .AddrBits(AddrBits)
  ) u_out (
    .clk_i, .rst_ni, .clear_i, .wide_i,
    .valid_i(c_valid && c_go), .ready_o(c_ready), .addr_i(c_addr), .col_i(c_col), .count_i(c_count),
    .last_i(c_last), .end_i(c_last && c_end), .rd_en_o, .rd_data_i,
    .req_valid_o(c_req_valid_o), .req_ready_i(c_req_ready_i), .req_line_o(c_req_line_o),
    .req_wdata_o(c_req_wdata_o), .req_strb_o(c_req_strb_o),
    .last_taken_o(drained), .end_taken_o(drain_end),
    .err_o, .err_addr_o, .busy_o(out_busy)
  );

  assign rd_bank_o = read_bank_q;
  assign rd_row_o = c_row;

  // ---- preload --------------------------------------------------------------------------------

  localparam int unsigned MetaBits = AccBits + 2 * ColsBits + 1;
  localparam int unsigned LineWords = LineBytes / 4;

  logic                   p_valid, p_ready, p_row_end, p_last, p_idle;
  logic [AddrBits-1:0]    p_addr;
  logic [AccBits-1:0]     p_row;
  logic [ColsBits-1:0]    p_col, p_count;
  logic                   in_valid, in_last;
  logic [LineBytes*8-1:0] in_data;
  logic [ColsBits-1:0]    in_col, in_count;

  wc_gemm_rows #(
    .Rows(Rows), .Cols(Cols), .AccRows(AccRows), .LineBytes(LineBytes), .AddrBits(AddrBits),
    .Fold(Fold)
  ) u_p (
    .clk_i, .rst_ni, .clear_i, .start_i(load_start_i),
    .m_i(load_m_i), .n_i(load_n_i), .group_i(load_group_i), .fold_i(load_fold_i), .wide_i(1'b1),
    .d1_i(load_d1_i), .d0_i(load_d0_i),
    .base_i(p_base_i), .s2_i(p_s2_i), .s1_i(p_s1_i), .s0_i(p_s0_i),
    .go_i(load_go), .idle_o(p_idle), .end_o(p_end),
    .valid_o(p_valid), .ready_i(p_ready), .addr_o(p_addr), .row_o(p_row), .col_o(p_col),
    .count_o(p_count), .row_end_o(p_row_end), .last_o(p_last)
  );

  always_ff @(posedge clk_i) begin
    if (p_last) load_end_q <= p_end;
  end

  wc_gemm_fetch #(
    .LineBytes(LineBytes), .GbufBytes(GbufBytes), .MetaBits(MetaBits), .AddrBits(AddrBits)
  ) u_in (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(p_valid && !load_bad_q), .ready_o(p_ready), .zero_i(1'b0), .addr_i(p_addr),
    .lead_i('0), .meta_i({p_row, p_col, p_count, p_last}),
    .req_valid_o(p_req_valid_o), .req_ready_i(p_req_ready_i), .req_line_o(p_req_line_o),
    .rsp_rdata_i(p_rsp_rdata_i),
    .valid_o(in_valid), .data_o(in_data), .meta_o({wr_row_o, in_col, in_count, in_last}),
    .err_o(load_err_o), .err_addr_o(load_err_addr_o), .busy_o(in_busy)
  );

  assign loaded = in_valid && in_last;
  assign wr_en_o = in_valid;
  assign wr_bank_o = load_bank_q;

  wc_gemm_partial #(.Cols(Cols), .LineWords(LineWords)) u_partial (
    .valid_i(in_valid), .data_i(in_data), .col_i(in_col), .count_i(in_count),
    .cols_o(wr_cols_o), .data_o(wr_data_o)
  );

  assign busy_o = out_busy || in_busy;

  logic unused;
  assign unused = p_idle ^ p_row_end;

endmodule
