// AXI4-Lite registers of docs/registers.md: one access at a time, always answered OKAY.
//
// A write takes address and data in the same cycle. A read answers two cycles after its address;
// reading the low word of a counter holds the high word for the read that follows.
module wc_regs #(
  parameter int unsigned Rows = 16,
  parameter int unsigned Cols = 16,
  parameter int unsigned GbufBytes = 262144,
  parameter int unsigned Banks = 8,
  parameter int unsigned LineBytes = 64,
  parameter int unsigned AccRows = 256,
  parameter int unsigned Lanes = 8,
  parameter int unsigned AxiBytes = 16,
  parameter int unsigned Outstanding = 32,
  parameter int unsigned QueueDepth = 8,
  parameter int unsigned DoubleWeights = 1,
  parameter int unsigned Fold = 0,
  parameter int unsigned Cores = 1
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         aw_valid_i,
  output logic         aw_ready_o,
  input  logic [11:0]  aw_addr_i,
  input  logic         w_valid_i,
  output logic         w_ready_o,
  input  logic [31:0]  w_data_i,
  input  logic [3:0]   w_strb_i,
  output logic         b_valid_o,
  input  logic         b_ready_i,
  output logic [1:0]   b_resp_o,
  input  logic         ar_valid_i,
  output logic         ar_ready_o,
  input  logic [11:0]  ar_addr_i,
  output logic         r_valid_o,
  input  logic         r_ready_i,
  output logic [31:0]  r_data_o,
  output logic [1:0]   r_resp_o,
  // To the control: one cycle each.
  output logic         start_o,
  output logic         soft_reset_o,
  output logic         clear_done_o,
  output logic         clear_counters_o,
  // Parameters of a run.
  output logic [1:0]   irq_enable_o,
  output logic [39:0]  stream_offset_o,
  output logic [31:0]  stream_bytes_o,
  output logic [39:0]  win_base_o,
  output logic [39:0]  win_size_o,
  output logic [31:0]  watchdog_o,
  // State to be read.
  input  logic         busy_i,
  input  logic         done_i,
  input  logic         error_i,
  input  logic         resetting_i,
  input  logic [7:0]   err_code_i,
  input  logic [3:0]   err_unit_i,
  input  logic [31:0]  err_number_i,
  input  logic [31:0]  err_id_i,
  input  logic [39:0]  err_addr_i,
  input  logic [63:0]  queue_i,        // 16 bits a queue, as in QUEUE0
  input  logic [31:0]  fetched_i,
  output logic [6:0]   count_index_o,  // of wc_counters
  input  logic [63:0]  count_i
);

  // Writes.
  logic        write;
  logic [31:0] mask;
  assign write = aw_valid_i && w_valid_i && !b_valid_o;
  assign aw_ready_o = write;
  assign w_ready_o = write;
  assign b_resp_o = 2'd0;
  assign mask = {{8{w_strb_i[3]}}, {8{w_strb_i[2]}}, {8{w_strb_i[1]}}, {8{w_strb_i[0]}}};

  function automatic [31:0] merge(input [31:0] old, input [31:0] data, input [31:0] bits);
    merge = (old & ~bits) | (data & bits);
  endfunction

  logic [31:0] stream_lo_q, stream_bytes_q, win_lo_q, win_size_lo_q, watchdog_q;
  logic [7:0]  stream_hi_q, win_hi_q, win_size_hi_q;
  logic [1:0]  irq_enable_q;
  assign irq_enable_o = irq_enable_q;
  assign stream_offset_o = {stream_hi_q, stream_lo_q};
  assign stream_bytes_o = stream_bytes_q;
  assign win_base_o = {win_hi_q, win_lo_q[31:12], 12'd0};
  assign win_size_o = {win_size_hi_q, win_size_lo_q};
  assign watchdog_o = watchdog_q;

  always_ff @(posedge clk_i) begin
    start_o <= 1'b0;
    soft_reset_o <= 1'b0;
    clear_done_o <= 1'b0;
    clear_counters_o <= 1'b0;
    if (b_ready_i) b_valid_o <= 1'b0;
    if (write) begin
      b_valid_o <= 1'b1;
      case (aw_addr_i)
        wc_isa_pkg::R_CTRL: if (w_strb_i[0]) begin
          start_o <= w_data_i[0];
          soft_reset_o <= w_data_i[1];
          clear_done_o <= w_data_i[2];
          clear_counters_o <= w_data_i[3];
        end
        wc_isa_pkg::R_IRQ_ENABLE: if (w_strb_i[0]) irq_enable_q <= w_data_i[1:0];
        wc_isa_pkg::R_STREAM_LO: stream_lo_q <= merge(stream_lo_q, w_data_i, mask);
        wc_isa_pkg::R_STREAM_HI: if (w_strb_i[0]) stream_hi_q <= w_data_i[7:0];
        wc_isa_pkg::R_STREAM_BYTES: stream_bytes_q <= merge(stream_bytes_q, w_data_i, mask);
        wc_isa_pkg::R_WIN_LO: win_lo_q <= merge(win_lo_q, w_data_i, mask);
        wc_isa_pkg::R_WIN_HI: if (w_strb_i[0]) win_hi_q <= w_data_i[7:0];
        wc_isa_pkg::R_WIN_SIZE_LO: win_size_lo_q <= merge(win_size_lo_q, w_data_i, mask);
        wc_isa_pkg::R_WIN_SIZE_HI: if (w_strb_i[0]) win_size_hi_q <= w_data_i[7:0];
        wc_isa_pkg::R_WATCHDOG: watchdog_q <= merge(watchdog_q, w_data_i, mask);
        default: ;
      endcase
    end
    if (!rst_ni) begin
      b_valid_o <= 1'b0;
      start_o <= 1'b0;
      soft_reset_o <= 1'b0;
      clear_done_o <= 1'b0;
      clear_counters_o <= 1'b0;
      irq_enable_q <= '0;
      stream_lo_q <= '0;
      stream_hi_q <= '0;
      stream_bytes_q <= '0;
      win_lo_q <= '0;
      win_hi_q <= '0;
      win_size_lo_q <= '0;
      win_size_hi_q <= '0;
      watchdog_q <= '0;
    end
  end

  // Reads.
  logic        read_q;
  logic [11:0] addr_q;
  logic [31:0] held_q, value;
  logic        is_count;
  assign ar_ready_o = !read_q && !r_valid_o;
  assign r_resp_o = 2'd0;

  // From 0x100 on counters, from 0x300 on tags: eight bytes each.
  assign is_count = addr_q[11:10] == 2'd0 && addr_q[9:8] != 2'd0;
  assign count_index_o = {addr_q[9:8] - 2'd1, addr_q[7:3]};

  always_comb begin
    value = '0;
    case (addr_q)
      wc_isa_pkg::R_ID: value = wc_isa_pkg::MAGIC;
      wc_isa_pkg::R_VERSION: value = wc_isa_pkg::VERSION;
      wc_isa_pkg::R_ARRAY: value = {16'(Cols), 16'(Rows)};
      wc_isa_pkg::R_GBUF_BYTES: value = GbufBytes;
      wc_isa_pkg::R_VEC: value = {8'd0, wc_isa_pkg::STEPS[7:0], 16'(Lanes)};
      wc_isa_pkg::R_ACC_ROWS: value = AccRows;
      wc_isa_pkg::R_AXI: value = {8'd0, 8'(Outstanding), 8'd40, 8'(AxiBytes)};
      wc_isa_pkg::R_CORES: value = {14'd0, Fold != 0, DoubleWeights == 0, 8'(QueueDepth), 8'(Cores)};
      wc_isa_pkg::R_BANKS: value = {16'(Banks), 16'(LineBytes)};
      wc_isa_pkg::R_STATUS: value = {28'd0, resetting_i, error_i, done_i, busy_i};
      wc_isa_pkg::R_IRQ_ENABLE: value = {30'd0, irq_enable_q};
      wc_isa_pkg::R_STREAM_LO: value = stream_lo_q;
      wc_isa_pkg::R_STREAM_HI: value = {24'd0, stream_hi_q};
      wc_isa_pkg::R_STREAM_BYTES: value = stream_bytes_q;
      wc_isa_pkg::R_WIN_LO: value = {win_lo_q[31:12], 12'd0};
      wc_isa_pkg::R_WIN_HI: value = {24'd0, win_hi_q};
      wc_isa_pkg::R_WIN_SIZE_LO: value = win_size_lo_q;
      wc_isa_pkg::R_WIN_SIZE_HI: value = {24'd0, win_size_hi_q};
      wc_isa_pkg::R_WATCHDOG: value = watchdog_q;
      wc_isa_pkg::R_ERR_CODE: value = {20'd0, err_unit_i, err_code_i};
      wc_isa_pkg::R_ERR_CMD: value = err_number_i;
      wc_isa_pkg::R_ERR_ADDR_LO: value = err_addr_i[31:0];
      wc_isa_pkg::R_ERR_ADDR_HI: value = {24'd0, err_addr_i[39:32]};
      wc_isa_pkg::R_ERR_ID: value = err_id_i;
      wc_isa_pkg::R_QUEUE0: value = {16'd0, queue_i[15:0]};
      wc_isa_pkg::R_QUEUE1: value = {16'd0, queue_i[31:16]};
      wc_isa_pkg::R_QUEUE2: value = {16'd0, queue_i[47:32]};
      wc_isa_pkg::R_QUEUE3: value = {16'd0, queue_i[63:48]};
      wc_isa_pkg::R_FETCHED: value = fetched_i;
      default: begin
        if (is_count && addr_q[1:0] == 2'd0) value = addr_q[2] ? held_q : count_i[31:0];
      end
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (r_ready_i) r_valid_o <= 1'b0;
    if (ar_valid_i && ar_ready_o) begin
      read_q <= 1'b1;
      addr_q <= ar_addr_i;
    end
    if (read_q) begin
      read_q <= 1'b0;
      r_valid_o <= 1'b1;
      r_data_o <= value;
      if (is_count && !addr_q[2]) held_q <= count_i[63:32];
    end
    if (!rst_ni) begin
      read_q <= 1'b0;
      r_valid_o <= 1'b0;
    end
  end

endmodule
