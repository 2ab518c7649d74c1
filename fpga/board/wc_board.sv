// Everything on a board but its clock and pins: host link, core, SDRAM, registers. One clock.
//
// rst_ni resets all. The button (held_i) and the register RESET reset core, memory controller and
// buses, but not the link, so that the host can always be told what is wrong.
module wc_board #(
  parameter int unsigned ClkHz = 50000000,
  parameter int unsigned Baud = 3000000,
  parameter int unsigned Version = wc_link_pkg::BOARD_VERSION,
  parameter int unsigned GitHash = 0,
  parameter int unsigned Board = 1,
  parameter int unsigned Rows = 8,
  parameter int unsigned Cols = 8,
  parameter int unsigned GbufBytes = 262144,
  parameter int unsigned LineBytes = 32,
  parameter int unsigned AccRows = 64,
  parameter int unsigned Lanes = 8,
  parameter int unsigned NarrowVector = 0,
  parameter int unsigned Banks = 8,
  parameter int unsigned SharedCounters = 0,
  parameter int unsigned FastArray = 0
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        held_i,
  input  logic        rx_i,
  output logic        tx_o,
  output logic [7:0]  led_o,
  output logic        phase_step_o,
  output logic        phase_dir_o,
  output logic        cke_o,
  output logic        cs_no,
  output logic        ras_no,
  output logic        cas_no,
  output logic        we_no,
  output logic [1:0]  ba_o,
  output logic [12:0] a_o,
  output logic [1:0]  dqm_o,
  output logic [15:0] dq_o,
  output logic        dq_oe_o,
  input  logic [15:0] dq_i
);

  localparam int unsigned AxiBytes = 4;
  localparam int unsigned MemBytes = 32 << 20;

  logic [1:0] held_q;
  logic [3:0] hold_q;      // the fabric's reset lasts a while
  logic       fabric_rst_n, reset;
  assign fabric_rst_n = hold_q == '0;
  always_ff @(posedge clk_i) begin
    held_q <= {held_q[0], held_i};
    if (!rst_ni || held_q[1] || reset) hold_q <= '1;
    else if (hold_q != '0) hold_q <= hold_q - 4'd1;
    if (!rst_ni) held_q <= '0;
  end

  // The link.

  logic         stuck, active, board_write;
  logic [7:0]   board_addr;
  logic [31:0]  board_wdata, board_rdata;
  logic         s_awvalid, s_awready, s_wvalid, s_wready, s_bvalid, s_arvalid, s_arready, s_rvalid;
  logic [15:0]  s_addr;
  logic [31:0]  s_wdata, s_rdata;
  logic [1:0]   s_bresp, s_rresp;
  logic [31:0]  h_addr, h_wdata;
  logic [3:0]   h_wstrb;
  logic [191:0] counters;

  // Both sides of the mux: 0 the core, 1 the link.
  logic [1:0]   arvalid, arready, rvalid, rready, rlast, awvalid, awready, wvalid, wready, wlast;
  logic [1:0]   bvalid, bready;
  logic [3:0]   core_arid, core_awid;
  logic [7:0]   rid, bid;
  logic [39:0]  core_araddr, core_awaddr;
  logic [7:0]   core_arlen, core_awlen;
  logic [63:0]  rdata;
  logic [3:0]   rresp, bresp;
  logic [31:0]  core_wdata;
  logic [3:0]   core_wstrb;
  logic         core_wlast;

  wc_link #(.ClkHz(ClkHz), .Baud(Baud)) u_link (
    .clk_i, .rst_ni, .rx_i, .tx_o, .active_o(active),
    .clear_i(reset), .stuck_o(stuck),
    .board_write_o(board_write), .board_addr_o(board_addr), .board_data_o(board_wdata),
    .board_data_i(board_rdata),
    .s_awvalid_o(s_awvalid), .s_awready_i(s_awready), .s_addr_o(s_addr),
    .s_wvalid_o(s_wvalid), .s_wready_i(s_wready), .s_wdata_o(s_wdata),
    .s_bvalid_i(s_bvalid), .s_bresp_i(s_bresp),
    .s_arvalid_o(s_arvalid), .s_arready_i(s_arready),
    .s_rvalid_i(s_rvalid), .s_rdata_i(s_rdata), .s_rresp_i(s_rresp),
    .m_awvalid_o(awvalid[1]), .m_awready_i(awready[1]), .m_addr_o(h_addr),
    .m_wvalid_o(wvalid[1]), .m_wready_i(wready[1]), .m_wdata_o(h_wdata), .m_wstrb_o(h_wstrb),
    .m_bvalid_i(bvalid[1]), .m_bresp_i(bresp[3:2]),
    .m_arvalid_o(arvalid[1]), .m_arready_i(arready[1]),
    .m_rvalid_i(rvalid[1]), .m_rdata_i(rdata[63:32]), .m_rresp_i(rresp[3:2]),
    .counters_o(counters)
  );
  assign rready[1] = 1'b1;
  assign bready[1] = 1'b1;
  assign wlast = {1'b1, core_wlast};

  // Registers.

  logic        sdram_ready, busy, irq, retune;
  logic [1:0]  cas, capture;
  logic [31:0] refreshes;

  wc_board_regs #(
    .ClkHz(ClkHz), .Baud(Baud), .Version(Version), .GitHash(GitHash), .Board(Board),
    .Rows(Rows), .Cols(Cols), .GbufBytes(GbufBytes), .MemBytes(MemBytes)
  ) u_regs (
    .clk_i, .rst_ni,
    .write_i(board_write), .addr_i(board_addr), .data_i(board_wdata), .data_o(board_rdata),
    .held_i(held_q[1]), .sdram_ready_i(sdram_ready), .stuck_i(stuck), .busy_i(busy),
    .refreshes_i(refreshes), .counters_i(counters),
    .reset_o(reset), .cas_o(cas), .capture_o(capture), .retune_o(retune),
    .phase_step_o, .phase_dir_o
  );

  // The core.

  logic [2:0] arsize, awsize;
  logic [1:0] arburst, awburst;
  logic       running;
  logic [15:0] trace_state;
  logic [3:0] trace_take, trace_last, trace_done;
  logic [127:0] trace_number;

  wc_core #(
    .Rows(Rows), .Cols(Cols), .GbufBytes(GbufBytes), .Banks(Banks), .LineBytes(LineBytes),
    .AccRows(AccRows), .Lanes(Lanes), .AxiBytes(AxiBytes), .QueueDepth(2), .Outstanding(4),
    .NarrowVector(NarrowVector), .SharedCounters(SharedCounters), .FastArray(FastArray)
  ) u_core (
    .clk_i,
    .rst_ni      (fabric_rst_n),
    .irq_o       (irq),
    .busy_o      (busy),
    .s_awvalid_i (s_awvalid), .s_awready_o(s_awready), .s_awaddr_i(s_addr[11:0]),
    .s_wvalid_i  (s_wvalid), .s_wready_o(s_wready), .s_wdata_i(s_wdata), .s_wstrb_i(4'hF),
    .s_bvalid_o  (s_bvalid), .s_bready_i(1'b1), .s_bresp_o(s_bresp),
    .s_arvalid_i (s_arvalid), .s_arready_o(s_arready), .s_araddr_i(s_addr[11:0]),
    .s_rvalid_o  (s_rvalid), .s_rready_i(1'b1), .s_rdata_o(s_rdata), .s_rresp_o(s_rresp),
    .m_arvalid_o (arvalid[0]), .m_arready_i(arready[0]), .m_arid_o(core_arid),
    .m_araddr_o  (core_araddr), .m_arlen_o(core_arlen), .m_arsize_o(arsize),
    .m_arburst_o (arburst),
    .m_rvalid_i  (rvalid[0]), .m_rready_o(rready[0]), .m_rid_i(rid[3:0]),
    .m_rdata_i   (rdata[31:0]), .m_rresp_i(rresp[1:0]), .m_rlast_i(rlast[0]),
    .m_awvalid_o (awvalid[0]), .m_awready_i(awready[0]), .m_awid_o(core_awid),
    .m_awaddr_o  (core_awaddr), .m_awlen_o(core_awlen), .m_awsize_o(awsize),
    .m_awburst_o (awburst),
    .m_wvalid_o  (wvalid[0]), .m_wready_i(wready[0]), .m_wdata_o(core_wdata),
    .m_wstrb_o   (core_wstrb), .m_wlast_o(core_wlast),
    .m_bvalid_i  (bvalid[0]), .m_bready_o(bready[0]), .m_bid_i(bid[3:0]), .m_bresp_i(bresp[1:0]),
    .trace_running_o(running), .trace_state_o(trace_state), .trace_take_o(trace_take),
    .trace_number_o(trace_number), .trace_last_o(trace_last), .trace_done_o(trace_done)
  );

  // Memory.

  logic        m_arvalid, m_arready, m_rvalid, m_rready, m_rlast, m_awvalid, m_awready;
  logic        m_wvalid, m_wready, m_wlast, m_bvalid, m_bready;
  logic [4:0]  m_arid, m_rid, m_awid, m_bid;
  logic [39:0] m_araddr, m_awaddr;
  logic [7:0]  m_arlen, m_awlen;
  logic [31:0] m_rdata, m_wdata;
  logic [1:0]  m_rresp, m_bresp;
  logic [3:0]  m_wstrb;

  wc_axi_mux #(.Cores(2), .AxiBytes(AxiBytes), .Writes(8)) u_mux (
    .clk_i,
    .rst_ni       (fabric_rst_n),
    .ar_valid_i   (arvalid), .ar_ready_o(arready), .ar_id_i({4'd0, core_arid}),
    .ar_addr_i    ({8'd0, h_addr, core_araddr}), .ar_len_i({8'd0, core_arlen}),
    .r_valid_o    (rvalid), .r_ready_i(rready), .r_id_o(rid), .r_data_o(rdata),
    .r_resp_o     (rresp), .r_last_o(rlast),
    .aw_valid_i   (awvalid), .aw_ready_o(awready), .aw_id_i({4'd0, core_awid}),
    .aw_addr_i    ({8'd0, h_addr, core_awaddr}), .aw_len_i({8'd0, core_awlen}),
    .w_valid_i    (wvalid), .w_ready_o(wready), .w_data_i({h_wdata, core_wdata}),
    .w_strb_i     ({h_wstrb, core_wstrb}), .w_last_i(wlast),
    .b_valid_o    (bvalid), .b_ready_i(bready), .b_id_o(bid), .b_resp_o(bresp),
    .m_ar_valid_o (m_arvalid), .m_ar_ready_i(m_arready), .m_ar_id_o(m_arid),
    .m_ar_addr_o  (m_araddr), .m_ar_len_o(m_arlen),
    .m_r_valid_i  (m_rvalid), .m_r_ready_o(m_rready), .m_r_id_i(m_rid), .m_r_data_i(m_rdata),
    .m_r_resp_i   (m_rresp), .m_r_last_i(m_rlast),
    .m_aw_valid_o (m_awvalid), .m_aw_ready_i(m_awready), .m_aw_id_o(m_awid),
    .m_aw_addr_o  (m_awaddr), .m_aw_len_o(m_awlen),
    .m_w_valid_o  (m_wvalid), .m_w_ready_i(m_wready), .m_w_data_o(m_wdata),
    .m_w_strb_o   (m_wstrb), .m_w_last_o(m_wlast),
    .m_b_valid_i  (m_bvalid), .m_b_ready_o(m_bready), .m_b_id_i(m_bid), .m_b_resp_i(m_bresp)
  );

  wc_sdram #(.ClkHz(ClkHz)) u_sdram (
    .clk_i,
    .rst_ni     (fabric_rst_n),
    .cas_i      (cas), .capture_i(capture), .retune_i(retune), .ready_o(sdram_ready),
    .refreshes_o(refreshes),
    .ar_valid_i (m_arvalid), .ar_ready_o(m_arready), .ar_id_i(m_arid), .ar_addr_i(m_araddr),
    .ar_len_i   (m_arlen),
    .r_valid_o  (m_rvalid), .r_ready_i(m_rready), .r_id_o(m_rid), .r_data_o(m_rdata),
    .r_resp_o   (m_rresp), .r_last_o(m_rlast),
    .aw_valid_i (m_awvalid), .aw_ready_o(m_awready), .aw_id_i(m_awid), .aw_addr_i(m_awaddr),
    .aw_len_i   (m_awlen),
    .w_valid_i  (m_wvalid), .w_ready_o(m_wready), .w_data_i(m_wdata), .w_strb_i(m_wstrb),
    .w_last_i   (m_wlast),
    .b_valid_o  (m_bvalid), .b_ready_i(m_bready), .b_id_o(m_bid), .b_resp_o(m_bresp),
    .cke_o, .cs_no, .ras_no, .cas_no, .we_no, .ba_o, .a_o, .dqm_o, .dq_o, .dq_oe_o, .dq_i
  );

  // One a blink, then what is going on.
  logic [24:0] beat_q;
  always_ff @(posedge clk_i) begin
    beat_q <= beat_q + 25'd1;
    if (!rst_ni) beat_q <= '0;
  end
  assign led_o = {stuck, counters[63:32] != '0, irq, busy, active, sdram_ready, fabric_rst_n,
                  beat_q[24]};

  logic unused;
  assign unused = ^{s_addr[15:12], rid[7:4], bid[7:4], rlast[1], arsize, awsize, arburst, awburst,
                    running, trace_state, trace_take, trace_number, trace_last, trace_done};

endmodule
