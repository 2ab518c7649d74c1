// wc_axi_mux with an AXI monitor on every core's link and on the shared one.
module tb_mux #(
  parameter int unsigned Cores = 3,
  parameter int unsigned AxiBytes = 8,
  parameter int unsigned Writes = 4,
  localparam int unsigned IdWidth = 4 + $clog2(Cores)
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  input  logic [Cores-1:0]            c_arvalid_i,
  output logic [Cores-1:0]            c_arready_o,
  input  logic [4*Cores-1:0]          c_arid_i,
  input  logic [40*Cores-1:0]         c_araddr_i,
  input  logic [8*Cores-1:0]          c_arlen_i,
  output logic [Cores-1:0]            c_rvalid_o,
  input  logic [Cores-1:0]            c_rready_i,
  output logic [4*Cores-1:0]          c_rid_o,
  output logic [8*AxiBytes*Cores-1:0] c_rdata_o,
  output logic [2*Cores-1:0]          c_rresp_o,
  output logic [Cores-1:0]            c_rlast_o,
  input  logic [Cores-1:0]            c_awvalid_i,
  output logic [Cores-1:0]            c_awready_o,
  input  logic [4*Cores-1:0]          c_awid_i,
  input  logic [40*Cores-1:0]         c_awaddr_i,
  input  logic [8*Cores-1:0]          c_awlen_i,
  input  logic [Cores-1:0]            c_wvalid_i,
  output logic [Cores-1:0]            c_wready_o,
  input  logic [8*AxiBytes*Cores-1:0] c_wdata_i,
  input  logic [AxiBytes*Cores-1:0]   c_wstrb_i,
  input  logic [Cores-1:0]            c_wlast_i,
  output logic [Cores-1:0]            c_bvalid_o,
  input  logic [Cores-1:0]            c_bready_i,
  output logic [4*Cores-1:0]          c_bid_o,
  output logic [2*Cores-1:0]          c_bresp_o,
  // The memory, under the names of wc_core's master.
  output logic                        m_arvalid_o,
  input  logic                        m_arready_i,
  output logic [IdWidth-1:0]          m_arid_o,
  output logic [39:0]                 m_araddr_o,
  output logic [7:0]                  m_arlen_o,
  input  logic                        m_rvalid_i,
  output logic                        m_rready_o,
  input  logic [IdWidth-1:0]          m_rid_i,
  input  logic [8*AxiBytes-1:0]       m_rdata_i,
  input  logic [1:0]                  m_rresp_i,
  input  logic                        m_rlast_i,
  output logic                        m_awvalid_o,
  input  logic                        m_awready_i,
  output logic [IdWidth-1:0]          m_awid_o,
  output logic [39:0]                 m_awaddr_o,
  output logic [7:0]                  m_awlen_o,
  output logic                        m_wvalid_o,
  input  logic                        m_wready_i,
  output logic [8*AxiBytes-1:0]       m_wdata_o,
  output logic [AxiBytes-1:0]         m_wstrb_o,
  output logic                        m_wlast_o,
  input  logic                        m_bvalid_i,
  output logic                        m_bready_o,
  input  logic [IdWidth-1:0]          m_bid_i,
  input  logic [1:0]                  m_bresp_i,
  output logic [20*(Cores+1)-1:0]     violation_o  // the shared link's at the top
);

  localparam logic [2:0] Size = 3'($clog2(AxiBytes));

  wc_axi_mux #(.Cores(Cores), .AxiBytes(AxiBytes), .Writes(Writes)) u_mux (
    .clk_i, .rst_ni,
    .ar_valid_i (c_arvalid_i), .ar_ready_o (c_arready_o), .ar_id_i (c_arid_i),
    .ar_addr_i (c_araddr_i), .ar_len_i (c_arlen_i),
    .r_valid_o (c_rvalid_o), .r_ready_i (c_rready_i), .r_id_o (c_rid_o), .r_data_o (c_rdata_o),
    .r_resp_o (c_rresp_o), .r_last_o (c_rlast_o),
    .aw_valid_i (c_awvalid_i), .aw_ready_o (c_awready_o), .aw_id_i (c_awid_i),
    .aw_addr_i (c_awaddr_i), .aw_len_i (c_awlen_i),
    .w_valid_i (c_wvalid_i), .w_ready_o (c_wready_o), .w_data_i (c_wdata_i),
    .w_strb_i (c_wstrb_i), .w_last_i (c_wlast_i),
    .b_valid_o (c_bvalid_o), .b_ready_i (c_bready_i), .b_id_o (c_bid_o), .b_resp_o (c_bresp_o),
    .m_ar_valid_o (m_arvalid_o), .m_ar_ready_i (m_arready_i), .m_ar_id_o (m_arid_o),
    .m_ar_addr_o (m_araddr_o), .m_ar_len_o (m_arlen_o),
    .m_r_valid_i (m_rvalid_i), .m_r_ready_o (m_rready_o), .m_r_id_i (m_rid_i),
    .m_r_data_i (m_rdata_i), .m_r_resp_i (m_rresp_i), .m_r_last_i (m_rlast_i),
    .m_aw_valid_o (m_awvalid_o), .m_aw_ready_i (m_awready_i), .m_aw_id_o (m_awid_o),
    .m_aw_addr_o (m_awaddr_o), .m_aw_len_o (m_awlen_o),
    .m_w_valid_o (m_wvalid_o), .m_w_ready_i (m_wready_i), .m_w_data_o (m_wdata_o),
    .m_w_strb_o (m_wstrb_o), .m_w_last_o (m_wlast_o),
    .m_b_valid_i (m_bvalid_i), .m_b_ready_o (m_bready_o), .m_b_id_i (m_bid_i),
    .m_b_resp_i (m_bresp_i)
  );

  wc_axi_monitor #(.AxiBytes(AxiBytes), .IdWidth(IdWidth)) u_shared (
    .clk_i, .rst_ni,
    .ar_valid_i (m_arvalid_o), .ar_ready_i (m_arready_i), .ar_id_i (m_arid_o),
    .ar_addr_i (m_araddr_o), .ar_len_i (m_arlen_o), .ar_size_i (Size), .ar_burst_i (2'd1),
    .r_valid_i (m_rvalid_i), .r_ready_i (m_rready_o), .r_id_i (m_rid_i), .r_data_i (m_rdata_i),
    .r_resp_i (m_rresp_i), .r_last_i (m_rlast_i),
    .aw_valid_i (m_awvalid_o), .aw_ready_i (m_awready_i), .aw_id_i (m_awid_o),
    .aw_addr_i (m_awaddr_o), .aw_len_i (m_awlen_o), .aw_size_i (Size), .aw_burst_i (2'd1),
    .w_valid_i (m_wvalid_o), .w_ready_i (m_wready_i), .w_data_i (m_wdata_o),
    .w_strb_i (m_wstrb_o), .w_last_i (m_wlast_o),
    .b_valid_i (m_bvalid_i), .b_ready_i (m_bready_o), .b_id_i (m_bid_i), .b_resp_i (m_bresp_i),
    .violation_o (violation_o[20*Cores +: 20])
  );

  genvar k;
  generate
    for (k = 0; k < Cores; k = k + 1) begin : g_core
      wc_axi_monitor #(.AxiBytes(AxiBytes)) u_link (
        .clk_i, .rst_ni,
        .ar_valid_i (c_arvalid_i[k]), .ar_ready_i (c_arready_o[k]),
        .ar_id_i (c_arid_i[4*k +: 4]), .ar_addr_i (c_araddr_i[40*k +: 40]),
        .ar_len_i (c_arlen_i[8*k +: 8]), .ar_size_i (Size), .ar_burst_i (2'd1),
        .r_valid_i (c_rvalid_o[k]), .r_ready_i (c_rready_i[k]), .r_id_i (c_rid_o[4*k +: 4]),
        .r_data_i (c_rdata_o[8*AxiBytes*k +: 8*AxiBytes]), .r_resp_i (c_rresp_o[2*k +: 2]),
        .r_last_i (c_rlast_o[k]),
        .aw_valid_i (c_awvalid_i[k]), .aw_ready_i (c_awready_o[k]),
        .aw_id_i (c_awid_i[4*k +: 4]), .aw_addr_i (c_awaddr_i[40*k +: 40]),
        .aw_len_i (c_awlen_i[8*k +: 8]), .aw_size_i (Size), .aw_burst_i (2'd1),
        .w_valid_i (c_wvalid_i[k]), .w_ready_i (c_wready_o[k]),
        .w_data_i (c_wdata_i[8*AxiBytes*k +: 8*AxiBytes]),
        .w_strb_i (c_wstrb_i[AxiBytes*k +: AxiBytes]), .w_last_i (c_wlast_i[k]),
        .b_valid_i (c_bvalid_o[k]), .b_ready_i (c_bready_i[k]), .b_id_i (c_bid_o[4*k +: 4]),
        .b_resp_i (c_bresp_o[2*k +: 2]),
        .violation_o (violation_o[20*k +: 20])
      );
    end
  endgenerate

endmodule
