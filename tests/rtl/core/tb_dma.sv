// LOAD and STORE with a global buffer and the AXI monitor: what tb_dma.cpp drives.
//
// Port 2 of the buffer is the bench's own, so that it sees and sets the contents; port 3 makes
// the banks busy.
module tb_dma #(
  parameter int unsigned AxiBytes = 16,
  parameter int unsigned LineBytes = 32,
  parameter int unsigned GbufBytes = 16384,
  localparam int unsigned LineBits = $clog2(GbufBytes / LineBytes)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic [39:0]            win_base_i,
  input  logic [39:0]            win_size_i,
  // Unit ports: 0 load, 1 store.
  input  logic [1:0]             cmd_valid_i,
  output logic [1:0]             cmd_ready_o,
  input  logic [511:0]           cmd_i,         // for both
  output logic [1:0]             done_o,
  output logic [47:0]            load_bytes_o,
  output logic [47:0]            store_bytes_o,
  output logic [1:0]             err_valid_o,
  output logic [15:0]            err_code_o,
  output logic [79:0]            err_addr_o,
  input  logic                   abort_i,
  output logic [1:0]             idle_o,
  output logic [5:0]             state_o,
  // AXI.
  output logic                   m_arvalid_o,
  input  logic                   m_arready_i,
  output logic [3:0]             m_arid_o,
  output logic [39:0]            m_araddr_o,
  output logic [7:0]             m_arlen_o,
  input  logic                   m_rvalid_i,
  output logic                   m_rready_o,
  input  logic [3:0]             m_rid_i,
  input  logic [8*AxiBytes-1:0]  m_rdata_i,
  input  logic [1:0]             m_rresp_i,
  input  logic                   m_rlast_i,
  output logic                   m_awvalid_o,
  input  logic                   m_awready_i,
  output logic [3:0]             m_awid_o,
  output logic [39:0]            m_awaddr_o,
  output logic [7:0]             m_awlen_o,
  output logic                   m_wvalid_o,
  input  logic                   m_wready_i,
  output logic [8*AxiBytes-1:0]  m_wdata_o,
  output logic [AxiBytes-1:0]    m_wstrb_o,
  output logic                   m_wlast_o,
  input  logic                   m_bvalid_i,
  output logic                   m_bready_o,
  input  logic [3:0]             m_bid_i,
  input  logic [1:0]             m_bresp_i,
  output logic [19:0]            violation_o,
  // The bench's ports of the buffer.
  input  logic [1:0]             gb_valid_i,
  output logic [1:0]             gb_ready_o,
  input  logic                   gb_we_i,
  input  logic [LineBits-1:0]    gb_line_i,
  input  logic [LineBits-1:0]    gb_noise_line_i,
  input  logic [8*LineBytes-1:0] gb_wdata_i,
  output logic                   gb_rsp_valid_o,
  output logic [8*LineBytes-1:0] gb_rdata_o
);

  localparam int unsigned Width = 8 * LineBytes;

  logic                 load_valid, load_ready, store_valid, store_ready;
  logic [LineBits-1:0]  load_line, store_line;
  logic [Width-1:0]     load_wdata;
  logic [LineBytes-1:0] load_strb;
  logic [3:0]           rsp_valid;
  logic [4*Width-1:0]   rdata;

  wc_dma_load #(.AxiBytes(AxiBytes), .LineBytes(LineBytes), .GbufBytes(GbufBytes)) u_load (
    .clk_i, .rst_ni, .win_base_i, .win_size_i,
    .cmd_valid_i (cmd_valid_i[0]),
    .cmd_ready_o (cmd_ready_o[0]),
    .cmd_i,
    .done_o      (done_o[0]),
    .bytes_o     (load_bytes_o),
    .err_valid_o (err_valid_o[0]),
    .err_code_o  (err_code_o[7:0]),
    .err_addr_o  (err_addr_o[39:0]),
    .abort_i,
    .idle_o      (idle_o[0]),
    .state_o     (state_o[2:0]),
    .ar_valid_o  (m_arvalid_o),
    .ar_ready_i  (m_arready_i),
    .ar_addr_o   (m_araddr_o),
    .ar_len_o    (m_arlen_o),
    .r_valid_i   (m_rvalid_i),
    .r_ready_o   (m_rready_o),
    .r_data_i    (m_rdata_i),
    .r_resp_i    (m_rresp_i),
    .r_last_i    (m_rlast_i),
    .gb_valid_o  (load_valid),
    .gb_ready_i  (load_ready),
    .gb_line_o   (load_line),
    .gb_wdata_o  (load_wdata),
    .gb_strb_o   (load_strb)
  );

  wc_dma_store #(.AxiBytes(AxiBytes), .LineBytes(LineBytes), .GbufBytes(GbufBytes)) u_store (
    .clk_i, .rst_ni, .win_base_i, .win_size_i,
    .cmd_valid_i    (cmd_valid_i[1]),
    .cmd_ready_o    (cmd_ready_o[1]),
    .cmd_i,
    .done_o         (done_o[1]),
    .bytes_o        (store_bytes_o),
    .err_valid_o    (err_valid_o[1]),
    .err_code_o     (err_code_o[15:8]),
    .err_addr_o     (err_addr_o[79:40]),
    .abort_i,
    .idle_o         (idle_o[1]),
    .state_o        (state_o[5:3]),
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
    .gb_valid_o     (store_valid),
    .gb_ready_i     (store_ready),
    .gb_line_o      (store_line),
    .gb_rsp_valid_i (rsp_valid[1]),
    .gb_rdata_i     (rdata[Width +: Width])
  );
  assign m_arid_o = 4'd1;
  assign m_awid_o = 4'd2;

  wc_gbuf #(.Ports(4), .Banks(4), .LineBytes(LineBytes), .GbufBytes(GbufBytes)) u_gbuf (
    .clk_i, .rst_ni,
    .req_valid_i ({gb_valid_i, store_valid, load_valid}),
    .req_ready_o ({gb_ready_o, store_ready, load_ready}),
    .req_we_i    ({1'b0, gb_we_i, 1'b0, 1'b1}),
    .req_line_i  ({gb_noise_line_i, gb_line_i, store_line, load_line}),
    .req_wdata_i ({Width'(0), gb_wdata_i, Width'(0), load_wdata}),
    .req_strb_i  ({LineBytes'(0), {LineBytes{1'b1}}, LineBytes'(0), load_strb}),
    .rsp_valid_o (rsp_valid),
    .rsp_rdata_o (rdata)
  );
  assign gb_rsp_valid_o = rsp_valid[2];
  assign gb_rdata_o = rdata[2*Width +: Width];

  wc_axi_monitor #(.AxiBytes(AxiBytes)) u_monitor (
    .clk_i, .rst_ni,
    .ar_valid_i (m_arvalid_o),
    .ar_ready_i (m_arready_i),
    .ar_id_i    (m_arid_o),
    .ar_addr_i  (m_araddr_o),
    .ar_len_i   (m_arlen_o),
    .ar_size_i  (3'($clog2(AxiBytes))),
    .ar_burst_i (2'd1),
    .r_valid_i  (m_rvalid_i),
    .r_ready_i  (m_rready_o),
    .r_id_i     (m_rid_i),
    .r_data_i   (m_rdata_i),
    .r_resp_i   (m_rresp_i),
    .r_last_i   (m_rlast_i),
    .aw_valid_i (m_awvalid_o),
    .aw_ready_i (m_awready_i),
    .aw_id_i    (m_awid_o),
    .aw_addr_i  (m_awaddr_o),
    .aw_len_i   (m_awlen_o),
    .aw_size_i  (3'($clog2(AxiBytes))),
    .aw_burst_i (2'd1),
    .w_valid_i  (m_wvalid_o),
    .w_ready_i  (m_wready_i),
    .w_data_i   (m_wdata_o),
    .w_strb_i   (m_wstrb_o),
    .w_last_i   (m_wlast_o),
    .b_valid_i  (m_bvalid_i),
    .b_ready_i  (m_bready_o),
    .b_id_i     (m_bid_i),
    .b_resp_i   (m_bresp_i),
    .violation_o
  );

endmodule
