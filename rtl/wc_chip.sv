// Several cores on one device: see docs/multicore.md.
//
// Each core has its own registers (AXI4-Lite address bits above 12 choose the core), command
// stream, global buffer and interrupt cause; all share DRAM, through a port each or through one.
// The AXI ports are slices of flat vectors, core 0 lowest. With Cores = 1 it is wc_core and wires.
module wc_chip #(
  parameter int unsigned Cores = 2,
  parameter int unsigned SharedPort = 0,     // 1: one AXI master for all cores; 0: one for each
  parameter int unsigned Rows = 16,          // of each core from here on: see wc_core
  parameter int unsigned Cols = 16,
  parameter int unsigned GbufBytes = 262144,
  parameter int unsigned Banks = 8,
  parameter int unsigned LineBytes = 64,
  parameter int unsigned AccRows = 256,
  parameter int unsigned Lanes = 16,
  parameter int unsigned AxiBytes = 32,
  parameter int unsigned QueueDepth = 8,
  parameter int unsigned Outstanding = 32,
  parameter int unsigned DoubleWeights = 1,
  parameter int unsigned Fold = 0,
  parameter int unsigned FastArray = 1,
  localparam int unsigned CoreBits = (Cores > 1) ? $clog2(Cores) : 0,
  localparam int unsigned Ports = (SharedPort != 0 || Cores == 0) ? 1 : Cores,
  localparam int unsigned IdWidth = (SharedPort != 0) ? 4 + CoreBits : 4
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  output logic                        irq_o,   // of any core
  output logic                        busy_o,  // any core
  // AXI4-Lite slave.
  input  logic                        s_awvalid_i,
  output logic                        s_awready_o,
  input  logic [CoreBits+11:0]        s_awaddr_i,
  input  logic                        s_wvalid_i,
  output logic                        s_wready_o,
  input  logic [31:0]                 s_wdata_i,
  input  logic [3:0]                  s_wstrb_i,
  output logic                        s_bvalid_o,
  input  logic                        s_bready_i,
  output logic [1:0]                  s_bresp_o,
  input  logic                        s_arvalid_i,
  output logic                        s_arready_o,
  input  logic [CoreBits+11:0]        s_araddr_i,
  output logic                        s_rvalid_o,
  input  logic                        s_rready_i,
  output logic [31:0]                 s_rdata_o,
  output logic [1:0]                  s_rresp_o,
  // AXI4 masters.
  output logic [Ports-1:0]            m_arvalid_o,
  input  logic [Ports-1:0]            m_arready_i,
  output logic [IdWidth*Ports-1:0]    m_arid_o,
  output logic [40*Ports-1:0]         m_araddr_o,
  output logic [8*Ports-1:0]          m_arlen_o,
  output logic [3*Ports-1:0]          m_arsize_o,
  output logic [2*Ports-1:0]          m_arburst_o,
  input  logic [Ports-1:0]            m_rvalid_i,
  output logic [Ports-1:0]            m_rready_o,
  input  logic [IdWidth*Ports-1:0]    m_rid_i,
  input  logic [8*AxiBytes*Ports-1:0] m_rdata_i,
  input  logic [2*Ports-1:0]          m_rresp_i,
  input  logic [Ports-1:0]            m_rlast_i,
  output logic [Ports-1:0]            m_awvalid_o,
  input  logic [Ports-1:0]            m_awready_i,
  output logic [IdWidth*Ports-1:0]    m_awid_o,
  output logic [40*Ports-1:0]         m_awaddr_o,
  output logic [8*Ports-1:0]          m_awlen_o,
  output logic [3*Ports-1:0]          m_awsize_o,
  output logic [2*Ports-1:0]          m_awburst_o,
  output logic [Ports-1:0]            m_wvalid_o,
  input  logic [Ports-1:0]            m_wready_i,
  output logic [8*AxiBytes*Ports-1:0] m_wdata_o,
  output logic [AxiBytes*Ports-1:0]   m_wstrb_o,
  output logic [Ports-1:0]            m_wlast_o,
  input  logic [Ports-1:0]            m_bvalid_i,
  output logic [Ports-1:0]            m_bready_o,
  input  logic [IdWidth*Ports-1:0]    m_bid_i,
  input  logic [2*Ports-1:0]          m_bresp_i
);

  generate
    if (Cores < 1 || Cores > wc_isa_pkg::CORES_MAX) begin : g_refuse_cores
      $error("wc_chip: Cores must be 1 to 16");
    end
    if (SharedPort > 1) begin : g_refuse_port
      $error("wc_chip: SharedPort must be 0 or 1");
    end
  endgenerate

  // What the cores have.
  logic [Cores-1:0]            irq, busy;
  logic [Cores-1:0]            awvalid, awready, wvalid, wready, bvalid, bready;
  logic [Cores-1:0]            arvalid, arready, rvalid, rready;
  logic [2*Cores-1:0]          bresp, rresp;
  logic [32*Cores-1:0]         rdata;
  logic [Cores-1:0]            c_arvalid, c_arready, c_rvalid, c_rready, c_rlast;
  logic [Cores-1:0]            c_awvalid, c_awready, c_wvalid, c_wready, c_wlast;
  logic [Cores-1:0]            c_bvalid, c_bready;
  logic [4*Cores-1:0]          c_arid, c_rid, c_awid, c_bid;
  logic [40*Cores-1:0]         c_araddr, c_awaddr;
  logic [8*Cores-1:0]          c_arlen, c_awlen;
  logic [2*Cores-1:0]          c_rresp, c_bresp;
  logic [8*AxiBytes*Cores-1:0] c_rdata, c_wdata;
  logic [AxiBytes*Cores-1:0]   c_wstrb;
  assign irq_o = irq != '0;
  assign busy_o = busy != '0;

  genvar k;
  generate
    for (k = 0; k < Cores; k = k + 1) begin : g_core
      logic [2:0] arsize, awsize;
      logic [1:0] arburst, awburst;
      logic         trace_running;
      logic [15:0]  trace_state;
      logic [3:0]   trace_take, trace_last, trace_done;
      logic [127:0] trace_number;
      wc_core #(
        .Rows(Rows), .Cols(Cols), .GbufBytes(GbufBytes), .Banks(Banks), .LineBytes(LineBytes),
        .AccRows(AccRows), .Lanes(Lanes), .AxiBytes(AxiBytes), .QueueDepth(QueueDepth),
        .Outstanding(Outstanding), .DoubleWeights(DoubleWeights), .Fold(Fold),
        .FastArray(FastArray), .Cores(Cores)
      ) u_core (
        .clk_i, .rst_ni,
        .irq_o       (irq[k]),
        .busy_o      (busy[k]),
        .s_awvalid_i (awvalid[k]),
        .s_awready_o (awready[k]),
        .s_awaddr_i  (s_awaddr_i[11:0]),
        .s_wvalid_i  (wvalid[k]),
        .s_wready_o  (wready[k]),
        .s_wdata_i,
        .s_wstrb_i,
        .s_bvalid_o  (bvalid[k]),
        .s_bready_i  (bready[k]),
        .s_bresp_o   (bresp[2*k +: 2]),
        .s_arvalid_i (arvalid[k]),
        .s_arready_o (arready[k]),
        .s_araddr_i  (s_araddr_i[11:0]),
        .s_rvalid_o  (rvalid[k]),
        .s_rready_i  (rready[k]),
        .s_rdata_o   (rdata[32*k +: 32]),
        .s_rresp_o   (rresp[2*k +: 2]),
        .m_arvalid_o (c_arvalid[k]),
        .m_arready_i (c_arready[k]),
        .m_arid_o    (c_arid[4*k +: 4]),
        .m_araddr_o  (c_araddr[40*k +: 40]),
        .m_arlen_o   (c_arlen[8*k +: 8]),
        .m_arsize_o  (arsize),
        .m_arburst_o (arburst),
        .m_rvalid_i  (c_rvalid[k]),
        .m_rready_o  (c_rready[k]),
        .m_rid_i     (c_rid[4*k +: 4]),
        .m_rdata_i   (c_rdata[8*AxiBytes*k +: 8*AxiBytes]),
        .m_rresp_i   (c_rresp[2*k +: 2]),
        .m_rlast_i   (c_rlast[k]),
        .m_awvalid_o (c_awvalid[k]),
        .m_awready_i (c_awready[k]),
        .m_awid_o    (c_awid[4*k +: 4]),
        .m_awaddr_o  (c_awaddr[40*k +: 40]),
        .m_awlen_o   (c_awlen[8*k +: 8]),
        .m_awsize_o  (awsize),
        .m_awburst_o (awburst),
        .m_wvalid_o  (c_wvalid[k]),
        .m_wready_i  (c_wready[k]),
        .m_wdata_o   (c_wdata[8*AxiBytes*k +: 8*AxiBytes]),
        .m_wstrb_o   (c_wstrb[AxiBytes*k +: AxiBytes]),
        .m_wlast_o   (c_wlast[k]),
        .m_bvalid_i  (c_bvalid[k]),
        .m_bready_o  (c_bready[k]),
        .m_bid_i     (c_bid[4*k +: 4]),
        .m_bresp_i   (c_bresp[2*k +: 2]),
        .trace_running_o (trace_running),
        .trace_state_o   (trace_state),
        .trace_take_o    (trace_take),
        .trace_last_o    (trace_last),
        .trace_done_o    (trace_done),
        .trace_number_o  (trace_number)
      );
      logic unused;
      assign unused = ^{arsize, awsize, arburst, awburst,  // the same for all
                        trace_running, trace_state, trace_take, trace_last, trace_done,
                        trace_number};                     // only a core alone is traced
    end
  endgenerate

  // Registers.

  generate
    if (Cores > 1) begin : g_split
      wc_axil_split #(.Cores(Cores)) u_split (
        .clk_i, .rst_ni,
        .s_awvalid_i, .s_awready_o, .s_awaddr_i, .s_wvalid_i, .s_wready_o,
        .s_bvalid_o, .s_bready_i, .s_bresp_o, .s_arvalid_i, .s_arready_o, .s_araddr_i,
        .s_rvalid_o, .s_rready_i, .s_rdata_o, .s_rresp_o,
        .awvalid_o (awvalid),
        .awready_i (awready),
        .wvalid_o  (wvalid),
        .wready_i  (wready),
        .bvalid_i  (bvalid),
        .bready_o  (bready),
        .bresp_i   (bresp),
        .arvalid_o (arvalid),
        .arready_i (arready),
        .rvalid_i  (rvalid),
        .rready_o  (rready),
        .rdata_i   (rdata),
        .rresp_i   (rresp)
      );
    end else begin : g_only
      assign awvalid[0] = s_awvalid_i;
      assign s_awready_o = awready[0];
      assign wvalid[0] = s_wvalid_i;
      assign s_wready_o = wready[0];
      assign s_bvalid_o = bvalid[0];
      assign bready[0] = s_bready_i;
      assign s_bresp_o = bresp[1:0];
      assign arvalid[0] = s_arvalid_i;
      assign s_arready_o = arready[0];
      assign s_rvalid_o = rvalid[0];
      assign rready[0] = s_rready_i;
      assign s_rdata_o = rdata[31:0];
      assign s_rresp_o = rresp[1:0];
    end
  endgenerate

  // Memory.

  assign m_arsize_o = {Ports{3'($clog2(AxiBytes))}};
  assign m_arburst_o = {Ports{2'd1}};
  assign m_awsize_o = {Ports{3'($clog2(AxiBytes))}};
  assign m_awburst_o = {Ports{2'd1}};

  generate
    if (SharedPort != 0 && Cores > 1) begin : g_shared
      wc_axi_mux #(.Cores(Cores), .AxiBytes(AxiBytes), .Writes(Outstanding)) u_mux (
        .clk_i, .rst_ni,
        .ar_valid_i   (c_arvalid),
        .ar_ready_o   (c_arready),
        .ar_id_i      (c_arid),
        .ar_addr_i    (c_araddr),
        .ar_len_i     (c_arlen),
        .r_valid_o    (c_rvalid),
        .r_ready_i    (c_rready),
        .r_id_o       (c_rid),
        .r_data_o     (c_rdata),
        .r_resp_o     (c_rresp),
        .r_last_o     (c_rlast),
        .aw_valid_i   (c_awvalid),
        .aw_ready_o   (c_awready),
        .aw_id_i      (c_awid),
        .aw_addr_i    (c_awaddr),
        .aw_len_i     (c_awlen),
        .w_valid_i    (c_wvalid),
        .w_ready_o    (c_wready),
        .w_data_i     (c_wdata),
        .w_strb_i     (c_wstrb),
        .w_last_i     (c_wlast),
        .b_valid_o    (c_bvalid),
        .b_ready_i    (c_bready),
        .b_id_o       (c_bid),
        .b_resp_o     (c_bresp),
        .m_ar_valid_o (m_arvalid_o),
        .m_ar_ready_i (m_arready_i),
        .m_ar_id_o    (m_arid_o),
        .m_ar_addr_o  (m_araddr_o),
        .m_ar_len_o   (m_arlen_o),
        .m_r_valid_i  (m_rvalid_i),
        .m_r_ready_o  (m_rready_o),
        .m_r_id_i     (m_rid_i),
        .m_r_data_i   (m_rdata_i),
        .m_r_resp_i   (m_rresp_i),
        .m_r_last_i   (m_rlast_i),
        .m_aw_valid_o (m_awvalid_o),
        .m_aw_ready_i (m_awready_i),
        .m_aw_id_o    (m_awid_o),
        .m_aw_addr_o  (m_awaddr_o),
        .m_aw_len_o   (m_awlen_o),
        .m_w_valid_o  (m_wvalid_o),
        .m_w_ready_i  (m_wready_i),
        .m_w_data_o   (m_wdata_o),
        .m_w_strb_o   (m_wstrb_o),
        .m_w_last_o   (m_wlast_o),
        .m_b_valid_i  (m_bvalid_i),
        .m_b_ready_o  (m_bready_o),
        .m_b_id_i     (m_bid_i),
        .m_b_resp_i   (m_bresp_i)
      );
    end else begin : g_separate
      assign m_arvalid_o = c_arvalid;
      assign c_arready = m_arready_i;
      assign m_arid_o = c_arid;
      assign m_araddr_o = c_araddr;
      assign m_arlen_o = c_arlen;
      assign c_rvalid = m_rvalid_i;
      assign m_rready_o = c_rready;
      assign c_rid = m_rid_i;
      assign c_rdata = m_rdata_i;
      assign c_rresp = m_rresp_i;
      assign c_rlast = m_rlast_i;
      assign m_awvalid_o = c_awvalid;
      assign c_awready = m_awready_i;
      assign m_awid_o = c_awid;
      assign m_awaddr_o = c_awaddr;
      assign m_awlen_o = c_awlen;
      assign m_wvalid_o = c_wvalid;
      assign c_wready = m_wready_i;
      assign m_wdata_o = c_wdata;
      assign m_wstrb_o = c_wstrb;
      assign m_wlast_o = c_wlast;
      assign c_bvalid = m_bvalid_i;
      assign m_bready_o = c_bready;
      assign c_bid = m_bid_i;
      assign c_bresp = m_bresp_i;
    end
  endgenerate

endmodule
