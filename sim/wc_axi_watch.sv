// Puts the AXI monitor onto every wc_core of a debug build, and onto the port that cores share,
// and stops at the first breach.
module wc_axi_watch #(
  parameter int unsigned AxiBytes = 16,
  parameter int unsigned IdWidth = 4
) (
  input logic                  clk_i,
  input logic                  rst_ni,
  input logic                  ar_valid_i,
  input logic                  ar_ready_i,
  input logic [IdWidth-1:0]    ar_id_i,
  input logic [39:0]           ar_addr_i,
  input logic [7:0]            ar_len_i,
  input logic [2:0]            ar_size_i,
  input logic [1:0]            ar_burst_i,
  input logic                  r_valid_i,
  input logic                  r_ready_i,
  input logic [IdWidth-1:0]    r_id_i,
  input logic [8*AxiBytes-1:0] r_data_i,
  input logic [1:0]            r_resp_i,
  input logic                  r_last_i,
  input logic                  aw_valid_i,
  input logic                  aw_ready_i,
  input logic [IdWidth-1:0]    aw_id_i,
  input logic [39:0]           aw_addr_i,
  input logic [7:0]            aw_len_i,
  input logic [2:0]            aw_size_i,
  input logic [1:0]            aw_burst_i,
  input logic                  w_valid_i,
  input logic                  w_ready_i,
  input logic [8*AxiBytes-1:0] w_data_i,
  input logic [AxiBytes-1:0]   w_strb_i,
  input logic                  w_last_i,
  input logic                  b_valid_i,
  input logic                  b_ready_i,
  input logic [IdWidth-1:0]    b_id_i,
  input logic [1:0]            b_resp_i
);

  logic [19:0] violation;
  wc_axi_monitor #(.AxiBytes(AxiBytes), .IdWidth(IdWidth)) u_monitor (
    .violation_o(violation), .*
  );

  always_ff @(posedge clk_i) begin
    if (rst_ni && violation != '0) $fatal(1, "AXI rules broken: %b", violation);
  end

endmodule

bind wc_core wc_axi_watch #(.AxiBytes(AxiBytes)) u_axi_watch (
  .clk_i, .rst_ni,
  .ar_valid_i (m_arvalid_o),
  .ar_ready_i (m_arready_i),
  .ar_id_i    (m_arid_o),
  .ar_addr_i  (m_araddr_o),
  .ar_len_i   (m_arlen_o),
  .ar_size_i  (m_arsize_o),
  .ar_burst_i (m_arburst_o),
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
  .aw_size_i  (m_awsize_o),
  .aw_burst_i (m_awburst_o),
  .w_valid_i  (m_wvalid_o),
  .w_ready_i  (m_wready_i),
  .w_data_i   (m_wdata_o),
  .w_strb_i   (m_wstrb_o),
  .w_last_i   (m_wlast_o),
  .b_valid_i  (m_bvalid_i),
  .b_ready_i  (m_bready_o),
  .b_id_i     (m_bid_i),
  .b_resp_i   (m_bresp_i)
);

bind wc_axi_mux wc_axi_watch #(.AxiBytes(AxiBytes), .IdWidth(IdWidth)) u_axi_watch (
  .clk_i, .rst_ni,
  .ar_valid_i (m_ar_valid_o),
  .ar_ready_i (m_ar_ready_i),
  .ar_id_i    (m_ar_id_o),
  .ar_addr_i  (m_ar_addr_o),
  .ar_len_i   (m_ar_len_o),
  .ar_size_i  (3'($clog2(AxiBytes))),
  .ar_burst_i (2'd1),
  .r_valid_i  (m_r_valid_i),
  .r_ready_i  (m_r_ready_o),
  .r_id_i     (m_r_id_i),
  .r_data_i   (m_r_data_i),
  .r_resp_i   (m_r_resp_i),
  .r_last_i   (m_r_last_i),
  .aw_valid_i (m_aw_valid_o),
  .aw_ready_i (m_aw_ready_i),
  .aw_id_i    (m_aw_id_o),
  .aw_addr_i  (m_aw_addr_o),
  .aw_len_i   (m_aw_len_o),
  .aw_size_i  (3'($clog2(AxiBytes))),
  .aw_burst_i (2'd1),
  .w_valid_i  (m_w_valid_o),
  .w_ready_i  (m_w_ready_i),
  .w_data_i   (m_w_data_o),
  .w_strb_i   (m_w_strb_o),
  .w_last_i   (m_w_last_o),
  .b_valid_i  (m_b_valid_i),
  .b_ready_i  (m_b_ready_o),
  .b_id_i     (m_b_id_i),
  .b_resp_i   (m_b_resp_i)
);
