// Owner of the accumulator banks outside the array: preload of partials, drain into C.
//
// A bank goes round: empty, (preloaded,) taken by the array, full, drained, empty. Blocks use the
// banks in turn. A full bank is drained before an empty one is preloaded. One line a cycle where
// rows are aligned. done_o: the cycle after the command's last write was taken. The array may be
// a command ahead and fill banks for it; they wait for start_i of that command.
module wc_gemm_drain #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned AccRows = 64,
  parameter int unsigned LineBytes = 32,
  parameter int unsigned GbufBytes = 65536,
  parameter int unsigned AddrBits = 52,
  localparam int unsigned AccBits = $clog2(AccRows),
  localparam int unsigned LineBits = $clog2(GbufBytes / LineBytes)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   clear_i,
  input  logic                   start_i,
  output logic                   done_o,
  // the command
  input  logic                   preload_i,
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
  input  logic [31:0]            p_base_i,
  input  logic [31:0]            p_s2_i,
  input  logic [31:0]            p_s1_i,
  input  logic [31:0]            p_s0_i,
  // banks
  input  logic                   need_load_i, // the array's command wants preloaded banks
  output logic [1:0]             ready_o,    // the array may take the bank
  input  logic                   take_i,     // it takes bank take_bank_i
  input  logic                   take_bank_i,
  input  logic [1:0]             full_i,     // one cycle: all written
  output logic                   rd_en_o,
  output logic                   rd_bank_o,
  output logic [AccBits-1:0]     rd_row_o,
  input  logic [Cols*32-1:0]     rd_data_i,
  output logic                   wr_en_o,
  output logic                   wr_bank_o,
  output logic [AccBits-1:0]     wr_row_o,
  output logic [Cols-1:0]        wr_cols_o,
  output logic [Cols*32-1:0]     wr_data_o,
  // global buffer
  output logic                   req_valid_o,
  input  logic                   req_ready_i,
  output logic                   req_we_o,
  output logic [LineBits-1:0]    req_line_o,
  output logic [LineBytes*8-1:0] req_wdata_o,
  output logic [LineBytes-1:0]   req_strb_o,
  input  logic [LineBytes*8-1:0] rsp_rdata_i,
  output logic                   err_o,
  output logic [AddrBits-1:0]    err_addr_o,
  output logic                   busy_o
);

  localparam int unsigned ColsBits = $clog2(Cols + 1);
  localparam logic [1:0] BankEmpty = 2'd0, BankLoaded = 2'd1, BankTaken = 2'd2, BankFull = 2'd3;
  localparam logic [1:0] TaskNone = 2'd0, TaskDrain = 2'd1, TaskLoad = 2'd2;

  logic [1:0]          state0_q, state1_q;      // of the banks
  logic [1:0]          drain_state, load_state;
  logic                drain_bank_q, load_bank_q;
  logic [1:0]          task_q;
  logic                active_q;                // a command is under way
  logic                loads_q;                 // blocks left to preload
  logic                drain_go, load_go, drained, loaded;
  logic                drain_end_q, load_end_q;  // the block under way is the last

  // ---- what next ------------------------------------------------------------------------------

  assign drain_state = drain_bank_q ? state1_q : state0_q;
  assign load_state = load_bank_q ? state1_q : state0_q;
  assign drain_go = active_q && (task_q == TaskNone) && (drain_state == BankFull);
  assign load_go = (task_q == TaskNone) && !drain_go && loads_q && (load_state == BankEmpty);
  assign ready_o[0] = (state0_q == (need_load_i ? BankLoaded : BankEmpty));
  assign ready_o[1] = (state1_q == (need_load_i ? BankLoaded : BankEmpty));

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      state0_q <= BankEmpty;
      state1_q <= BankEmpty;
      drain_bank_q <= 1'b0;
      load_bank_q <= 1'b0;
      task_q <= TaskNone;
      active_q <= 1'b0;
      loads_q <= 1'b0;
      done_o <= 1'b0;
    end else begin
      if (drained && !drain_bank_q) state0_q <= BankEmpty;
      else if (full_i[0]) state0_q <= BankFull;
      else if (take_i && !take_bank_i) state0_q <= BankTaken;
      else if (loaded && !load_bank_q) state0_q <= BankLoaded;
      if (drained && drain_bank_q) state1_q <= BankEmpty;
      else if (full_i[1]) state1_q <= BankFull;
      else if (take_i && take_bank_i) state1_q <= BankTaken;
      else if (loaded && load_bank_q) state1_q <= BankLoaded;

      drain_bank_q <= drain_bank_q ^ drained;
      load_bank_q <= start_i ? drain_bank_q : load_bank_q ^ loaded;
      if (drain_go) task_q <= TaskDrain;
      else if (load_go) task_q <= TaskLoad;
      else if (drained || loaded) task_q <= TaskNone;
      if (start_i) active_q <= 1'b1;
      else if (drained && drain_end_q) active_q <= 1'b0;
      if (start_i) loads_q <= preload_i;
      else if (loaded && load_end_q) loads_q <= 1'b0;
      done_o <= drained && drain_end_q;
    end
  end

  // ---- drain ----------------------------------------------------------------------------------

  logic                   c_valid, c_ready, c_last, c_idle, c_end;
  logic [AddrBits-1:0]    c_addr;
  logic [AccBits-1:0]     c_row;
  logic [ColsBits-1:0]    c_col, c_count;
  logic                   out_valid;
  logic [LineBits-1:0]    out_line;
  logic                   out_busy, out_err;
  logic [AddrBits-1:0]    out_err_addr;

  wc_gemm_rows #(
    .Rows(Rows), .Cols(Cols), .AccRows(AccRows), .LineBytes(LineBytes), .AddrBits(AddrBits)
  ) u_c (
    .clk_i, .rst_ni, .clear_i, .start_i,
    .m_i, .n_i, .group_i, .wide_i, .d1_i, .d0_i,
    .base_i(c_base_i), .s2_i(c_s2_i), .s1_i(c_s1_i), .s0_i(c_s0_i),
    .go_i(drain_go), .idle_o(c_idle), .end_o(c_end),
    .valid_o(c_valid), .ready_i(c_ready), .addr_o(c_addr), .row_o(c_row), .col_o(c_col),
    .count_o(c_count), .last_o(c_last)
  );

  always_ff @(posedge clk_i) begin
    if (c_last) drain_end_q <= c_end;
  end

  wc_gemm_out #(
    .Cols(Cols), .LineBytes(LineBytes), .GbufBytes(GbufBytes), .AddrBits(AddrBits)
  ) u_out (
    .clk_i, .rst_ni, .clear_i, .wide_i,
    .valid_i(c_valid), .ready_o(c_ready), .addr_i(c_addr), .col_i(c_col), .count_i(c_count),
    .last_i(c_last), .rd_en_o, .rd_data_i,
    .req_valid_o(out_valid), .req_ready_i(req_ready_i), .req_line_o(out_line),
    .req_wdata_o, .req_strb_o, .last_taken_o(drained),
    .err_o(out_err), .err_addr_o(out_err_addr), .busy_o(out_busy)
  );

  assign rd_bank_o = drain_bank_q;
  assign rd_row_o = c_row;

  // ---- preload --------------------------------------------------------------------------------

  localparam int unsigned MetaBits = AccBits + 2 * ColsBits + 1;
  localparam int unsigned LineWords = LineBytes / 4;

  logic                   p_valid, p_ready, p_last, p_idle, p_end;
  logic [AddrBits-1:0]    p_addr;
  logic [AccBits-1:0]     p_row;
  logic [ColsBits-1:0]    p_col, p_count;
  logic                   in_valid, in_req, in_last, in_busy, in_err;
  logic [LineBits-1:0]    in_line;
  logic [LineBytes*8-1:0] in_data;
  logic [ColsBits-1:0]    in_col, in_count;
  logic [AddrBits-1:0]    in_err_addr;

  wc_gemm_rows #(
    .Rows(Rows), .Cols(Cols), .AccRows(AccRows), .LineBytes(LineBytes), .AddrBits(AddrBits)
  ) u_p (
    .clk_i, .rst_ni, .clear_i, .start_i,
    .m_i, .n_i, .group_i, .wide_i(1'b1), .d1_i, .d0_i,
    .base_i(p_base_i), .s2_i(p_s2_i), .s1_i(p_s1_i), .s0_i(p_s0_i),
    .go_i(load_go), .idle_o(p_idle), .end_o(p_end),
    .valid_o(p_valid), .ready_i(p_ready), .addr_o(p_addr), .row_o(p_row), .col_o(p_col),
    .count_o(p_count), .last_o(p_last)
  );

  always_ff @(posedge clk_i) begin
    if (p_last) load_end_q <= p_end;
  end

  wc_gemm_fetch #(
    .LineBytes(LineBytes), .GbufBytes(GbufBytes), .MetaBits(MetaBits), .AddrBits(AddrBits)
  ) u_in (
    .clk_i, .rst_ni, .clear_i,
    .valid_i(p_valid), .ready_o(p_ready), .zero_i(1'b0), .addr_i(p_addr),
    .meta_i({p_row, p_col, p_count, p_last}),
    .req_valid_o(in_req), .req_ready_i(req_ready_i && !out_valid), .req_line_o(in_line),
    .rsp_rdata_i,
    .valid_o(in_valid), .data_o(in_data), .meta_o({wr_row_o, in_col, in_count, in_last}),
    .err_o(in_err), .err_addr_o(in_err_addr), .busy_o(in_busy)
  );

  assign loaded = in_valid && in_last;
  assign wr_en_o = in_valid;
  assign wr_bank_o = load_bank_q;

  wc_gemm_partial #(.Cols(Cols), .LineWords(LineWords)) u_partial (
    .valid_i(in_valid), .data_i(in_data), .col_i(in_col), .count_i(in_count),
    .cols_o(wr_cols_o), .data_o(wr_data_o)
  );

  // ---- port -----------------------------------------------------------------------------------

  assign req_valid_o = out_valid || in_req;
  assign req_we_o = out_valid;
  assign req_line_o = out_valid ? out_line : in_line;
  assign err_o = out_err || in_err;
  assign err_addr_o = out_err ? out_err_addr : in_err_addr;
  assign busy_o = out_busy || in_busy;

  logic unused;
  assign unused = c_idle ^ p_idle;

endmodule
