// The WaveCore core: one clock, AXI4-Lite slave for control, one AXI4 master for DRAM.
//
// Everything is described in docs/rtl.md, docs/commands.md and docs/registers.md. The AXI master
// reads with ID 0 (commands) and 1 (LOAD), writes with ID 2; bursts are INCR of full beats.
module wc_core #(
  parameter int unsigned Rows = 16,          // of the array
  parameter int unsigned Cols = 16,
  parameter int unsigned GbufBytes = 262144, // a multiple of Banks*LineBytes
  parameter int unsigned Banks = 8,          // power of two
  parameter int unsigned LineBytes = 64,     // power of two, at least 2*max(Rows, Cols, 8)
  parameter int unsigned AccRows = 256,
  parameter int unsigned Lanes = 16,         // power of two from 8, 4*Lanes at most LineBytes
  parameter int unsigned AxiBytes = 32,      // power of two, 4 to 64
  parameter int unsigned QueueDepth = 8,
  parameter int unsigned Outstanding = 32,   // bursts of LOAD and of STORE; power of two
  parameter int unsigned DoubleWeights = 1,  // 0: a PE holds one weight; to see what two gain
  parameter int unsigned Fold = 0,           // 1: narrow GEMMs use both halves of the columns
  parameter int unsigned FastArray = 1,      // 1: the array as one process, for simulation; 0: PEs
  parameter int unsigned NarrowVector = 0,   // 1: one vector lane for all; 2: with one step
  parameter int unsigned SharedCounters = 0, // 1: counters in memories, for FPGAs
  parameter int unsigned Cores = 1           // of the device, as register CORES tells
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  output logic                  irq_o,
  output logic                  busy_o,       // as in STATUS
  // AXI4-Lite slave.
  input  logic                  s_awvalid_i,
  output logic                  s_awready_o,
  input  logic [11:0]           s_awaddr_i,
  input  logic                  s_wvalid_i,
  output logic                  s_wready_o,
  input  logic [31:0]           s_wdata_i,
  input  logic [3:0]            s_wstrb_i,
  output logic                  s_bvalid_o,
  input  logic                  s_bready_i,
  output logic [1:0]            s_bresp_o,
  input  logic                  s_arvalid_i,
  output logic                  s_arready_o,
  input  logic [11:0]           s_araddr_i,
  output logic                  s_rvalid_o,
  input  logic                  s_rready_i,
  output logic [31:0]           s_rdata_o,
  output logic [1:0]            s_rresp_o,
  // AXI4 master.
  output logic                  m_arvalid_o,
  input  logic                  m_arready_i,
  output logic [3:0]            m_arid_o,
  output logic [39:0]           m_araddr_o,
  output logic [7:0]            m_arlen_o,
  output logic [2:0]            m_arsize_o,
  output logic [1:0]            m_arburst_o,
  input  logic                  m_rvalid_i,
  output logic                  m_rready_o,
  input  logic [3:0]            m_rid_i,
  input  logic [8*AxiBytes-1:0] m_rdata_i,
  input  logic [1:0]            m_rresp_i,
  input  logic                  m_rlast_i,
  output logic                  m_awvalid_o,
  input  logic                  m_awready_i,
  output logic [3:0]            m_awid_o,
  output logic [39:0]           m_awaddr_o,
  output logic [7:0]            m_awlen_o,
  output logic [2:0]            m_awsize_o,
  output logic [1:0]            m_awburst_o,
  output logic                  m_wvalid_o,
  input  logic                  m_wready_i,
  output logic [8*AxiBytes-1:0] m_wdata_o,
  output logic [AxiBytes-1:0]   m_wstrb_o,
  output logic                  m_wlast_o,
  input  logic                  m_bvalid_i,
  output logic                  m_bready_o,
  input  logic [3:0]            m_bid_i,
  input  logic [1:0]            m_bresp_i,
  // Trace of load, store, GEMM, vector (docs/rtl.md): costs nothing where it is not connected.
  output logic                  trace_running_o, // this cycle counts
  output logic [15:0]           trace_state_o,   // as what, 4 bits each
  output logic [3:0]            trace_take_o,    // the unit takes a command,
  output logic [127:0]          trace_number_o,  // of this number
  output logic [3:0]            trace_last_o,    // a command's last work, in the order of taking
  output logic [3:0]            trace_done_o
);

  // What cannot work is refused when the design is elaborated, by the parameter's name.
  localparam int unsigned Widest = (Rows > Cols) ? Rows : Cols;
  generate
    if (Rows < 2) begin : g_refuse_rows
      $error("wc_core: Rows must be at least 2");
    end
    if (Cols < 2) begin : g_refuse_cols
      $error("wc_core: Cols must be at least 2");
    end
    if (Lanes < 8 || (Lanes & (Lanes - 1)) != 0) begin : g_refuse_lanes
      $error("wc_core: Lanes must be a power of two from 8");
    end
    if (NarrowVector > 2 || (NarrowVector != 0 && Lanes != 8)) begin : g_refuse_narrow
      $error("wc_core: NarrowVector must be 0 to 2, and 0 where Lanes is not 8");
    end
    if ((LineBytes & (LineBytes - 1)) != 0 || LineBytes < 16 || LineBytes < 2 * Widest ||
        LineBytes < 4 * Lanes) begin : g_refuse_line
      $error("wc_core: LineBytes must be a power of two, at least 2*max(Rows, Cols, 8), 4*Lanes");
    end
    if (AccRows < 8 || AccRows < Rows || (AccRows & (AccRows - 1)) != 0) begin : g_refuse_acc
      $error("wc_core: AccRows must be a power of two, at least max(Rows, 8)");
    end
    if (Banks < 1 || (Banks & (Banks - 1)) != 0) begin : g_refuse_banks
      $error("wc_core: Banks must be a power of two");
    end
    if (GbufBytes % (Banks * LineBytes) != 0 || GbufBytes < 2 * Banks * LineBytes)
    begin : g_refuse_gbuf
      $error("wc_core: GbufBytes must be a multiple of Banks*LineBytes, at least two");
    end
    if (AxiBytes < 4 || AxiBytes > 64 || (AxiBytes & (AxiBytes - 1)) != 0) begin : g_refuse_axi
      $error("wc_core: AxiBytes must be a power of two from 4 to 64");
    end
    if (QueueDepth < 1 || QueueDepth > 255) begin : g_refuse_queue
      $error("wc_core: QueueDepth must be 1 to 255");
    end
    if (Outstanding < 2 || Outstanding > 128 || (Outstanding & (Outstanding - 1)) != 0)
    begin : g_refuse_outstanding
      $error("wc_core: Outstanding must be a power of two from 2 to 128");
    end
    if (Fold > 1 || (Fold != 0 && Cols % 2 != 0)) begin : g_refuse_fold
      $error("wc_core: Fold must be 0 or 1, and 0 where Cols is odd");
    end
    if (Cores < 1 || Cores > wc_isa_pkg::CORES_MAX) begin : g_refuse_cores
      $error("wc_core: Cores must be 1 to 16");
    end
  endgenerate

  // Ports of the global buffer: LOAD, STORE, those of A, B, C and P, two of VEC to read (one where
  // it is narrow), one to write.
  localparam int unsigned PortsA = (Fold != 0) ? 4 : 2;
  localparam int unsigned PortA = 2;
  localparam int unsigned PortB = PortA + PortsA;
  localparam int unsigned PortC = PortB + 1;
  localparam int unsigned PortP = PortC + 1;
  localparam int unsigned PortR = PortP + 1;
  localparam int unsigned PortsR = (NarrowVector != 0) ? 1 : 2;
  localparam int unsigned PortW = PortR + PortsR;
  localparam int unsigned Ports = PortW + 1;
  localparam int unsigned LineBits = $clog2(GbufBytes / LineBytes);
  localparam int unsigned Width = 8 * LineBytes;

  // Queue and unit numbers: 0 load, 1 store, 2 GEMM, 3 vector. Fetch is apart.
  logic         start, abort, unit_rst_n, running;
  logic         busy, done, error, resetting;
  logic         reg_start, soft_reset, clear_done, clear_counters;
  logic [1:0]   irq_enable;
  logic [39:0]  stream_offset, win_base, win_size;
  logic [31:0]  stream_bytes, watchdog;
  logic [39:0]  stream_offset_q, win_base_q, win_size_q;  // as they were at the start
  logic [31:0]  stream_bytes_q, watchdog_q;
  logic [7:0]   err_code;
  logic [3:0]   err_unit;
  logic [31:0]  err_number, err_id;
  logic [39:0]  err_addr;
  logic [31:0]  fetched, fetched_q;                       // the latter also after an error
  logic [6:0]   count_index;
  logic [63:0]  count;
  logic [63:0]  queue_regs;

  logic         fetch_idle, fetch_done, fetch_err;
  logic [7:0]   fetch_err_code;
  logic [39:0]  fetch_err_addr;
  logic [31:0]  fetch_err_id, fetch_err_number;
  logic [8:0]   cmd_bytes;
  logic [3:0]   push_valid, push_ready;
  logic [127:0] push_data;
  logic         push_first, push_last;

  logic [3:0]   cmd_valid, cmd_ready, unit_last, unit_done, unit_err, unit_idle;
  logic [31:0]  unit_err_code;
  logic [159:0] unit_err_addr;
  logic [11:0]  unit_state;
  logic [511:0] load_cmd, store_cmd;
  logic [895:0] gemm_cmd;
  logic [2047:0] vec_cmd;
  logic [47:0]  load_bytes, store_bytes, macs;

  logic [15:0]  give, take, avail, unmet;
  logic [3:0]   empty, head_valid, oldest_valid, stuck;
  logic [31:0]  waiting;
  logic [127:0] head_number, head_id, oldest_number, oldest_id, present_number, present_id;
  logic [15:0]  oldest_tag;

  logic [Ports-1:0]           gb_valid, gb_ready, gb_we, gb_rsp_valid;
  logic [Ports*LineBits-1:0]  gb_line;
  logic [Ports*Width-1:0]     gb_wdata, gb_rdata;
  logic [Ports*LineBytes-1:0] gb_strb;

  logic                  fetch_arvalid, fetch_arready, fetch_rvalid, fetch_rready;
  logic [39:0]           fetch_araddr, load_araddr;
  logic [7:0]            fetch_arlen, load_arlen;
  logic                  load_arvalid, load_arready, load_rvalid, load_rready;
  logic [8*AxiBytes-1:0] rdata;
  logic [1:0]            rresp;
  logic                  rlast;

  assign busy_o = busy;

  assign trace_running_o = running;
  assign trace_take_o = cmd_valid & cmd_ready;
  assign trace_number_o = head_number;
  assign trace_last_o = unit_last;
  assign trace_done_o = unit_done;

  // Control.

  wc_regs #(
    .Rows(Rows), .Cols(Cols), .GbufBytes(GbufBytes), .Banks(Banks), .LineBytes(LineBytes),
    .AccRows(AccRows), .Lanes(Lanes), .AxiBytes(AxiBytes), .Outstanding(Outstanding),
    .QueueDepth(QueueDepth), .DoubleWeights(DoubleWeights), .Fold(Fold), .Cores(Cores)
  ) u_regs (
    .clk_i, .rst_ni,
    .aw_valid_i       (s_awvalid_i),
    .aw_ready_o       (s_awready_o),
    .aw_addr_i        (s_awaddr_i),
    .w_valid_i        (s_wvalid_i),
    .w_ready_o        (s_wready_o),
    .w_data_i         (s_wdata_i),
    .w_strb_i         (s_wstrb_i),
    .b_valid_o        (s_bvalid_o),
    .b_ready_i        (s_bready_i),
    .b_resp_o         (s_bresp_o),
    .ar_valid_i       (s_arvalid_i),
    .ar_ready_o       (s_arready_o),
    .ar_addr_i        (s_araddr_i),
    .r_valid_o        (s_rvalid_o),
    .r_ready_i        (s_rready_i),
    .r_data_o         (s_rdata_o),
    .r_resp_o         (s_rresp_o),
    .start_o          (reg_start),
    .soft_reset_o     (soft_reset),
    .clear_done_o     (clear_done),
    .clear_counters_o (clear_counters),
    .irq_enable_o     (irq_enable),
    .stream_offset_o  (stream_offset),
    .stream_bytes_o   (stream_bytes),
    .win_base_o       (win_base),
    .win_size_o       (win_size),
    .watchdog_o       (watchdog),
    .busy_i           (busy),
    .done_i           (done),
    .error_i          (error),
    .resetting_i      (resetting),
    .err_code_i       (err_code),
    .err_unit_i       (err_unit),
    .err_number_i     (err_number),
    .err_id_i         (err_id),
    .err_addr_i       (err_addr),
    .queue_i          (queue_regs),
    .fetched_i        (fetched_q),
    .count_index_o    (count_index),
    .count_i          (count)
  );

  always_ff @(posedge clk_i) begin
    if (start) begin
      stream_offset_q <= stream_offset;
      stream_bytes_q <= stream_bytes;
      win_base_q <= win_base;
      win_size_q <= win_size;
      watchdog_q <= watchdog;
    end
    if (running) fetched_q <= fetched;
    if (!rst_ni) fetched_q <= '0;
  end

  logic progress;
  assign progress = unit_done != '0 || (m_arvalid_o && m_arready_i) ||
                    (m_rvalid_i && m_rready_o) || (m_awvalid_o && m_awready_i) ||
                    (m_wvalid_o && m_wready_i) || (m_bvalid_i && m_bready_o) ||
                    unit_state[2:0] == 3'd1 || unit_state[5:3] == 3'd1 ||
                    unit_state[8:6] == 3'd1 || unit_state[8:6] == 3'd2 || unit_state[11:9] == 3'd1;

  wc_ctrl u_ctrl (
    .clk_i, .rst_ni,
    .start_i        (reg_start),
    .soft_reset_i   (soft_reset),
    .clear_done_i   (clear_done),
    .irq_enable_i   (irq_enable),
    .watchdog_i     (watchdog_q),
    .done_i         (fetch_done),
    .idle_i         ({unit_idle, fetch_idle}),
    .err_valid_i    ({unit_err, fetch_err}),
    .err_code_i     ({unit_err_code, fetch_err_code}),
    .err_addr_i     ({unit_err_addr, fetch_err_addr}),
    .err_number_i   ({oldest_number, fetch_err_number}),
    .err_id_i       ({oldest_id, fetch_err_id}),
    .progress_i     (progress),
    .present_i        (oldest_valid | head_valid),
    .present_number_i (present_number),
    .present_id_i     (present_id),
    .fetched_i      (fetched),
    .start_o        (start),
    .abort_o        (abort),
    .unit_rst_no    (unit_rst_n),
    .running_o      (running),
    .busy_o         (busy),
    .done_o         (done),
    .error_o        (error),
    .resetting_o    (resetting),
    .irq_o,
    .err_code_o     (err_code),
    .err_unit_o     (err_unit),
    .err_number_o   (err_number),
    .err_id_o       (err_id),
    .err_addr_o     (err_addr)
  );

  wc_counters #(.Shared(SharedCounters)) u_counters (
    .clk_i, .rst_ni,
    .clear_i       (clear_counters),
    .running_i     (running),
    .state_i       (unit_state),
    .token_wait_i  (stuck),
    .memory_wait_i ({unmet[12], unmet[8]}),
    .done_i        (unit_done),
    .load_bytes_i  (load_bytes),
    .load_tag_i    (oldest_tag[3:0]),
    .store_bytes_i (store_bytes),
    .store_tag_i   (oldest_tag[7:4]),
    .macs_valid_i  (unit_done[2]),
    .macs_i        (macs),
    .cmd_bytes_i   (cmd_bytes),
    .rd_beat_i     (m_rvalid_i && m_rready_o),
    .wr_beat_i     (m_wvalid_o && m_wready_i),
    .index_i       (count_index),
    .engine_o      (trace_state_o),
    .value_o       (count)
  );

  // Command supply.

  wc_fetch #(.AxiBytes(AxiBytes)) u_fetch (
    .clk_i,
    .rst_ni          (unit_rst_n),
    .start_i         (start),
    .win_base_i      (win_base_q),
    .win_size_i      (win_size_q),
    .stream_offset_i (stream_offset_q),
    .stream_bytes_i  (stream_bytes_q),
    .abort_i         (abort),
    .idle_o          (fetch_idle),
    .done_o          (fetch_done),
    .err_valid_o     (fetch_err),
    .err_code_o      (fetch_err_code),
    .err_addr_o      (fetch_err_addr),
    .err_id_o        (fetch_err_id),
    .err_number_o    (fetch_err_number),
    .fetched_o       (fetched),
    .cmd_bytes_o     (cmd_bytes),
    .push_valid_o    (push_valid),
    .push_ready_i    (push_ready),
    .push_data_o     (push_data),
    .push_first_o    (push_first),
    .push_last_o     (push_last),
    .queues_empty_i  (&empty),
    .ar_valid_o      (fetch_arvalid),
    .ar_ready_i      (fetch_arready),
    .ar_addr_o       (fetch_araddr),
    .ar_len_o        (fetch_arlen),
    .r_valid_i       (fetch_rvalid),
    .r_ready_o       (fetch_rready),
    .r_data_i        (rdata),
    .r_resp_i        (rresp),
    .r_last_i        (rlast)
  );

  wc_tokens u_tokens (
    .clk_i,
    .rst_ni  (unit_rst_n),
    .clear_i (start),
    .give_i  (give),
    .take_i  (take),
    .avail_o (avail)
  );

  genvar q;
  generate
    for (q = 0; q < 4; q = q + 1) begin : g_queue
      localparam int unsigned Units = (q < 2) ? 4 : (q == 2) ? 7 : 16;
      logic [128*Units-1:0] cmd;
      wc_queue #(.Depth(QueueDepth), .MaxUnits(Units)) u_queue (
        .clk_i,
        .rst_ni          (unit_rst_n),
        .push_valid_i    (push_valid[q]),
        .push_ready_o    (push_ready[q]),
        .push_data_i     (push_data),
        .push_first_i    (push_first),
        .push_last_i     (push_last),
        .push_number_i   (fetched),
        .cmd_valid_o     (cmd_valid[q]),
        .cmd_ready_i     (cmd_ready[q]),
        .cmd_o           (cmd),
        .done_i          (unit_done[q]),
        .avail_i         (avail[4*q +: 4]),
        .take_o          (take[4*q +: 4]),
        .give_o          (give[4*q +: 4]),
        .empty_o         (empty[q]),
        .waiting_o       (waiting[8*q +: 8]),
        .unmet_o         (unmet[4*q +: 4]),
        .head_valid_o    (head_valid[q]),
        .head_number_o   (head_number[32*q +: 32]),
        .head_id_o       (head_id[32*q +: 32]),
        .oldest_valid_o  (oldest_valid[q]),
        .oldest_number_o (oldest_number[32*q +: 32]),
        .oldest_id_o     (oldest_id[32*q +: 32]),
        .oldest_tag_o    (oldest_tag[4*q +: 4])
      );
      assign present_number[32*q +: 32] = oldest_valid[q] ? oldest_number[32*q +: 32]
                                                          : head_number[32*q +: 32];
      assign present_id[32*q +: 32] = oldest_valid[q] ? oldest_id[32*q +: 32]
                                                      : head_id[32*q +: 32];
      assign stuck[q] = unmet[4*q +: 4] != '0;
      assign queue_regs[16*q +: 16] = {unmet[4*q +: 4], 1'b0, unit_state[3*q +: 3],
                                       waiting[8*q +: 8]};
      if (q == 0) begin : g_load
        assign load_cmd = cmd;
      end else if (q == 1) begin : g_store
        assign store_cmd = cmd;
      end else if (q == 2) begin : g_gemm
        assign gemm_cmd = cmd;
      end else begin : g_vec
        assign vec_cmd = cmd;
      end
    end
  endgenerate

  // DMA.

  wc_axi_rd_arb #(.AxiBytes(AxiBytes)) u_rd_arb (
    .clk_i, .rst_ni,
    .fetch_ar_valid_i (fetch_arvalid),
    .fetch_ar_ready_o (fetch_arready),
    .fetch_ar_addr_i  (fetch_araddr),
    .fetch_ar_len_i   (fetch_arlen),
    .fetch_r_valid_o  (fetch_rvalid),
    .fetch_r_ready_i  (fetch_rready),
    .load_ar_valid_i  (load_arvalid),
    .load_ar_ready_o  (load_arready),
    .load_ar_addr_i   (load_araddr),
    .load_ar_len_i    (load_arlen),
    .load_r_valid_o   (load_rvalid),
    .load_r_ready_i   (load_rready),
    .r_data_o         (rdata),
    .r_resp_o         (rresp),
    .r_last_o         (rlast),
    .m_ar_valid_o     (m_arvalid_o),
    .m_ar_ready_i     (m_arready_i),
    .m_ar_id_o        (m_arid_o),
    .m_ar_addr_o      (m_araddr_o),
    .m_ar_len_o       (m_arlen_o),
    .m_r_valid_i      (m_rvalid_i),
    .m_r_ready_o      (m_rready_o),
    .m_r_id_i         (m_rid_i),
    .m_r_data_i       (m_rdata_i),
    .m_r_resp_i       (m_rresp_i),
    .m_r_last_i       (m_rlast_i)
  );
  assign m_arsize_o = 3'($clog2(AxiBytes));
  assign m_arburst_o = 2'd1;

  wc_dma_load #(
    .AxiBytes(AxiBytes), .LineBytes(LineBytes), .GbufBytes(GbufBytes), .Outstanding(Outstanding)
  ) u_load (
    .clk_i,
    .rst_ni      (unit_rst_n),
    .win_base_i  (win_base_q),
    .win_size_i  (win_size_q),
    .cmd_valid_i (cmd_valid[0]),
    .cmd_ready_o (cmd_ready[0]),
    .cmd_i       (load_cmd),
    .done_o      (unit_done[0]),
    .bytes_o     (load_bytes),
    .err_valid_o (unit_err[0]),
    .err_code_o  (unit_err_code[7:0]),
    .err_addr_o  (unit_err_addr[39:0]),
    .abort_i     (abort),
    .idle_o      (unit_idle[0]),
    .state_o     (unit_state[2:0]),
    .last_o      (unit_last[0]),
    .ar_valid_o  (load_arvalid),
    .ar_ready_i  (load_arready),
    .ar_addr_o   (load_araddr),
    .ar_len_o    (load_arlen),
    .r_valid_i   (load_rvalid),
    .r_ready_o   (load_rready),
    .r_data_i    (rdata),
    .r_resp_i    (rresp),
    .r_last_i    (rlast),
    .gb_valid_o  (gb_valid[0]),
    .gb_ready_i  (gb_ready[0]),
    .gb_line_o   (gb_line[0 +: LineBits]),
    .gb_wdata_o  (gb_wdata[0 +: Width]),
    .gb_strb_o   (gb_strb[0 +: LineBytes])
  );
  assign gb_we[0] = 1'b1;

  wc_dma_store #(
    .AxiBytes(AxiBytes), .LineBytes(LineBytes), .GbufBytes(GbufBytes), .Outstanding(Outstanding)
  ) u_store (
    .clk_i,
    .rst_ni         (unit_rst_n),
    .win_base_i     (win_base_q),
    .win_size_i     (win_size_q),
    .cmd_valid_i    (cmd_valid[1]),
    .cmd_ready_o    (cmd_ready[1]),
    .cmd_i          (store_cmd),
    .done_o         (unit_done[1]),
    .bytes_o        (store_bytes),
    .err_valid_o    (unit_err[1]),
    .err_code_o     (unit_err_code[15:8]),
    .err_addr_o     (unit_err_addr[79:40]),
    .abort_i        (abort),
    .idle_o         (unit_idle[1]),
    .state_o        (unit_state[5:3]),
    .last_o         (unit_last[1]),
    .aw_valid_o     (m_awvalid_o),
    .aw_ready_i     (m_awready_i),
    .aw_addr_o      (m_awaddr_o),
    .aw_len_o       (m_awlen_o),
    .w_valid_o      (m_wvalid_o),
    .w_ready_i      (m_wready_i),
    .w_data_o       (m_wdata_o),
    .w_strb_o       (m_wstrb_o),
    .w_last_o       (m_wlast_o),
    .b_valid_i      (m_bvalid_i),
    .b_ready_o      (m_bready_o),
    .b_resp_i       (m_bresp_i),
    .gb_valid_o     (gb_valid[1]),
    .gb_ready_i     (gb_ready[1]),
    .gb_line_o      (gb_line[LineBits +: LineBits]),
    .gb_rsp_valid_i (gb_rsp_valid[1]),
    .gb_rdata_i     (gb_rdata[Width +: Width])
  );
  assign gb_we[1] = 1'b0;
  assign gb_wdata[Width +: Width] = '0;
  assign gb_strb[LineBytes +: LineBytes] = '0;
  assign m_awid_o = 4'd2;
  assign m_awsize_o = 3'($clog2(AxiBytes));
  assign m_awburst_o = 2'd1;

  // Compute.

  wc_gemm #(
    .Rows(Rows), .Cols(Cols), .AccRows(AccRows), .LineBytes(LineBytes), .GbufBytes(GbufBytes),
    .DoubleWeights(DoubleWeights), .Fold(Fold), .FastArray(FastArray)
  ) u_gemm (
    .clk_i,
    .rst_ni        (unit_rst_n),
    .cmd_valid_i   (cmd_valid[2]),
    .cmd_ready_o   (cmd_ready[2]),
    .cmd_i         (2048'(gemm_cmd)),
    .done_o        (unit_done[2]),
    .macs_o        (macs),
    .err_valid_o   (unit_err[2]),
    .err_code_o    (unit_err_code[23:16]),
    .err_addr_o    (unit_err_addr[119:80]),
    .abort_i       (abort),
    .idle_o        (unit_idle[2]),
    .state_o       (unit_state[8:6]),
    .last_o        (unit_last[2]),
    .a_req_valid_o (gb_valid[PortA +: PortsA]),
    .a_req_ready_i (gb_ready[PortA +: PortsA]),
    .a_req_line_o  (gb_line[PortA*LineBits +: PortsA*LineBits]),
    .a_rsp_valid_i (gb_rsp_valid[PortA +: PortsA]),
    .a_rsp_rdata_i (gb_rdata[PortA*Width +: PortsA*Width]),
    .b_req_valid_o (gb_valid[PortB]),
    .b_req_ready_i (gb_ready[PortB]),
    .b_req_line_o  (gb_line[PortB*LineBits +: LineBits]),
    .b_rsp_valid_i (gb_rsp_valid[PortB]),
    .b_rsp_rdata_i (gb_rdata[PortB*Width +: Width]),
    .c_req_valid_o (gb_valid[PortC]),
    .c_req_ready_i (gb_ready[PortC]),
    .c_req_line_o  (gb_line[PortC*LineBits +: LineBits]),
    .c_req_wdata_o (gb_wdata[PortC*Width +: Width]),
    .c_req_strb_o  (gb_strb[PortC*LineBytes +: LineBytes]),
    .p_req_valid_o (gb_valid[PortP]),
    .p_req_ready_i (gb_ready[PortP]),
    .p_req_line_o  (gb_line[PortP*LineBits +: LineBits]),
    .p_rsp_valid_i (gb_rsp_valid[PortP]),
    .p_rsp_rdata_i (gb_rdata[PortP*Width +: Width])
  );
  assign gb_we[PortA +: PortsA+1] = '0;
  assign gb_wdata[PortA*Width +: (PortsA+1)*Width] = '0;
  assign gb_strb[PortA*LineBytes +: (PortsA+1)*LineBytes] = '0;
  assign gb_we[PortP:PortC] = 2'b01;
  assign gb_wdata[PortP*Width +: Width] = '0;
  assign gb_strb[PortP*LineBytes +: LineBytes] = '0;

  logic                r1_valid, r1_ready, r1_rsp_valid;
  logic [LineBits-1:0] r1_line;
  logic [Width-1:0]    r1_rdata;
  generate
    if (PortsR == 2) begin : g_r1
      assign gb_valid[PortR+1] = r1_valid;
      assign r1_ready = gb_ready[PortR+1];
      assign gb_line[(PortR+1)*LineBits +: LineBits] = r1_line;
      assign r1_rsp_valid = gb_rsp_valid[PortR+1];
      assign r1_rdata = gb_rdata[(PortR+1)*Width +: Width];
    end else begin : g_no_r1
      assign r1_ready = 1'b0;
      assign r1_rsp_valid = 1'b0;
      assign r1_rdata = '0;
      logic unused_r1;
      assign unused_r1 = ^{r1_valid, r1_line};
    end
  endgenerate

  wc_vector #(
    .Lanes(Lanes), .LineBytes(LineBytes), .GbufBytes(GbufBytes), .Narrow(NarrowVector)
  ) u_vector (
    .clk_i,
    .rst_ni        (unit_rst_n),
    .cmd_valid_i   (cmd_valid[3]),
    .cmd_ready_o   (cmd_ready[3]),
    .cmd_i         (vec_cmd),
    .done_o        (unit_done[3]),
    .err_valid_o   (unit_err[3]),
    .err_code_o    (unit_err_code[31:24]),
    .err_addr_o    (unit_err_addr[159:120]),
    .abort_i       (abort),
    .idle_o        (unit_idle[3]),
    .state_o       (unit_state[11:9]),
    .r0_req_valid_o (gb_valid[PortR]),
    .r0_req_ready_i (gb_ready[PortR]),
    .r0_req_line_o  (gb_line[PortR*LineBits +: LineBits]),
    .r0_rsp_valid_i (gb_rsp_valid[PortR]),
    .r0_rsp_rdata_i (gb_rdata[PortR*Width +: Width]),
    .r1_req_valid_o (r1_valid),
    .r1_req_ready_i (r1_ready),
    .r1_req_line_o  (r1_line),
    .r1_rsp_valid_i (r1_rsp_valid),
    .r1_rsp_rdata_i (r1_rdata),
    .w_req_valid_o (gb_valid[PortW]),
    .w_req_ready_i (gb_ready[PortW]),
    .w_req_line_o  (gb_line[PortW*LineBits +: LineBits]),
    .w_req_wdata_o (gb_wdata[PortW*Width +: Width]),
    .w_req_strb_o  (gb_strb[PortW*LineBytes +: LineBytes])
  );
  assign unit_last[3] = unit_done[3];
  assign gb_we[PortW:PortR] = {1'b1, {PortsR{1'b0}}};
  assign gb_wdata[PortR*Width +: PortsR*Width] = '0;
  assign gb_strb[PortR*LineBytes +: PortsR*LineBytes] = '0;

  wc_gbuf #(
    .Ports(Ports), .Shared(((1 << PortsA) - 1) << PortA), .Banks(Banks), .LineBytes(LineBytes),
    .GbufBytes(GbufBytes)
  ) u_gbuf (
    .clk_i, .rst_ni,
    .req_valid_i (gb_valid),
    .req_ready_o (gb_ready),
    .req_we_i    (gb_we),
    .req_line_i  (gb_line),
    .req_wdata_i (gb_wdata),
    .req_strb_i  (gb_strb),
    .rsp_valid_o (gb_rsp_valid),
    .rsp_rdata_o (gb_rdata)
  );

  logic unused;
  assign unused = ^{m_bid_i, oldest_tag[15:8], gb_rsp_valid[0],
                    gb_rsp_valid[PortC], gb_rsp_valid[PortW], gb_rdata[0 +: Width],
                    gb_rdata[PortC*Width +: Width], gb_rdata[PortW*Width +: Width]};

endmodule
