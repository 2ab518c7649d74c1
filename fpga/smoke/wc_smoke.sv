// The smallest board: host link, board registers, an array of 2 x 2 behind registers. No memory.
//
// It shows that tools, clock, pins and line are right before anything large is built, with the
// link and the PEs of the large board. BOARD has bit 8 set: a driver does not take it for a device.
module wc_smoke #(
  parameter int unsigned ClkHz = 25000000,
  parameter int unsigned Baud = 3000000,
  parameter int unsigned Version = wc_link_pkg::BOARD_VERSION,
  parameter int unsigned GitHash = 0,
  parameter int unsigned Board = 257
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       rx_i,
  output logic       tx_o,
  output logic [7:0] led_o
);

  logic         stuck, active, board_write, reset;
  logic         awvalid, awready, wvalid, wready, bvalid, arvalid, arready, rvalid;
  logic [7:0]   board_addr;
  logic [15:0]  addr;
  logic [31:0]  board_wdata, board_rdata, wdata, rdata;
  logic [191:0] counters;
  // No memory: whoever asks for it is told so at once.
  logic         m_awvalid, m_wvalid, m_arvalid, m_bvalid_q, m_rvalid_q;

  wc_link #(.ClkHz(ClkHz), .Baud(Baud)) u_link (
    .clk_i, .rst_ni, .rx_i, .tx_o, .active_o(active), .clear_i(reset), .stuck_o(stuck),
    .board_write_o(board_write), .board_addr_o(board_addr), .board_data_o(board_wdata),
    .board_data_i(board_rdata),
    .s_awvalid_o(awvalid), .s_awready_i(awready), .s_addr_o(addr), .s_wvalid_o(wvalid),
    .s_wready_i(wready), .s_wdata_o(wdata), .s_bvalid_i(bvalid), .s_bresp_i(2'b00),
    .s_arvalid_o(arvalid), .s_arready_i(arready), .s_rvalid_i(rvalid), .s_rdata_i(rdata),
    .s_rresp_i(2'b00),
    .m_awvalid_o(m_awvalid), .m_awready_i(1'b1), .m_addr_o(), .m_wvalid_o(m_wvalid),
    .m_wready_i(1'b1), .m_wdata_o(), .m_wstrb_o(), .m_bvalid_i(m_bvalid_q), .m_bresp_i(2'b11),
    .m_arvalid_o(m_arvalid), .m_arready_i(1'b1), .m_rvalid_i(m_rvalid_q), .m_rdata_i(32'd0),
    .m_rresp_i(2'b11),
    .counters_o(counters)
  );

  always_ff @(posedge clk_i) begin
    m_bvalid_q <= m_wvalid && rst_ni;
    m_rvalid_q <= m_arvalid && rst_ni;
  end

  wc_board_regs #(
    .ClkHz(ClkHz), .Baud(Baud), .Version(Version), .GitHash(GitHash), .Board(Board), .Rows(2),
    .Cols(2), .GbufBytes(0), .MemBytes(0)
  ) u_regs (
    .clk_i, .rst_ni, .write_i(board_write), .addr_i(board_addr), .data_i(board_wdata),
    .data_o(board_rdata), .held_i(1'b0), .sdram_ready_i(1'b1), .stuck_i(stuck), .busy_i(1'b0),
    .refreshes_i(32'd0), .counters_i(counters), .reset_o(reset), .cas_o(), .capture_o(),
    .retune_o(), .phase_step_o(), .phase_dir_o()
  );

  wc_smoke_array u_array (
    .clk_i, .rst_ni(rst_ni && !reset),
    .awvalid_i(awvalid), .awready_o(awready), .wvalid_i(wvalid), .wready_o(wready),
    .bvalid_o(bvalid), .arvalid_i(arvalid), .arready_o(arready), .rvalid_o(rvalid),
    .rdata_o(rdata), .addr_i(addr[7:0]), .wdata_i(wdata)
  );

  logic [23:0] beat_q;
  always_ff @(posedge clk_i) begin
    beat_q <= beat_q + 24'd1;
    if (!rst_ni) beat_q <= '0;
  end
  assign led_o = {stuck, counters[63:32] != '0, 2'b00, active, 1'b0, rst_ni, beat_q[23]};

  logic unused;
  assign unused = ^{addr[15:8], m_awvalid};

endmodule
