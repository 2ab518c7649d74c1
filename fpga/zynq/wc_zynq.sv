// The core as a block of a Zynq UltraScale+: AXI4-Lite slave, AXI4 master, interrupt, one clock.
//
// Port names are those by which Vivado's packager groups AXI interfaces by itself. The master goes
// to an S_AXI_HP or S_AXI_HPC port; Base is where the core's memory window begins in the PS's DDR:
// the core counts its addresses from 0, and never leaves the window that the driver sets. s_axi is
// 4 KiB. aresetn may come asynchronously: it is brought into the clock here.
module wc_zynq #(
  parameter int unsigned Rows = 16,
  parameter int unsigned Cols = 16,
  parameter int unsigned GbufBytes = 524288,
  parameter int unsigned LineBytes = 64,
  parameter int unsigned AccRows = 256,
  parameter int unsigned Lanes = 16,
  parameter int unsigned AxiBytes = 16,         // 128 bits: the width of S_AXI_HP
  parameter logic [39:0] Base = 40'h00_4000_0000
) (
  input  logic                  aclk,
  input  logic                  aresetn,
  output logic                  irq,            // high while a cause is set: level
  // AXI4-Lite slave.
  input  logic                  s_axi_awvalid,
  output logic                  s_axi_awready,
  input  logic [11:0]           s_axi_awaddr,
  input  logic [2:0]            s_axi_awprot,
  input  logic                  s_axi_wvalid,
  output logic                  s_axi_wready,
  input  logic [31:0]           s_axi_wdata,
  input  logic [3:0]            s_axi_wstrb,
  output logic                  s_axi_bvalid,
  input  logic                  s_axi_bready,
  output logic [1:0]            s_axi_bresp,
  input  logic                  s_axi_arvalid,
  output logic                  s_axi_arready,
  input  logic [11:0]           s_axi_araddr,
  input  logic [2:0]            s_axi_arprot,
  output logic                  s_axi_rvalid,
  input  logic                  s_axi_rready,
  output logic [31:0]           s_axi_rdata,
  output logic [1:0]            s_axi_rresp,
  // AXI4 master.
  output logic                  m_axi_arvalid,
  input  logic                  m_axi_arready,
  output logic [3:0]            m_axi_arid,
  output logic [39:0]           m_axi_araddr,
  output logic [7:0]            m_axi_arlen,
  output logic [2:0]            m_axi_arsize,
  output logic [1:0]            m_axi_arburst,
  output logic                  m_axi_arlock,
  output logic [3:0]            m_axi_arcache,
  output logic [2:0]            m_axi_arprot,
  output logic [3:0]            m_axi_arqos,
  input  logic                  m_axi_rvalid,
  output logic                  m_axi_rready,
  input  logic [3:0]            m_axi_rid,
  input  logic [8*AxiBytes-1:0] m_axi_rdata,
  input  logic [1:0]            m_axi_rresp,
  input  logic                  m_axi_rlast,
  output logic                  m_axi_awvalid,
  input  logic                  m_axi_awready,
  output logic [3:0]            m_axi_awid,
  output logic [39:0]           m_axi_awaddr,
  output logic [7:0]            m_axi_awlen,
  output logic [2:0]            m_axi_awsize,
  output logic [1:0]            m_axi_awburst,
  output logic                  m_axi_awlock,
  output logic [3:0]            m_axi_awcache,
  output logic [2:0]            m_axi_awprot,
  output logic [3:0]            m_axi_awqos,
  output logic                  m_axi_wvalid,
  input  logic                  m_axi_wready,
  output logic [8*AxiBytes-1:0] m_axi_wdata,
  output logic [AxiBytes-1:0]   m_axi_wstrb,
  output logic                  m_axi_wlast,
  input  logic                  m_axi_bvalid,
  output logic                  m_axi_bready,
  input  logic [3:0]            m_axi_bid,
  input  logic [1:0]            m_axi_bresp
);

  // Bursts keep off 4 KiB boundaries by the core's own addresses: Base must not move these.
  generate
    if (Base[11:0] != '0) begin : g_refuse_base
      $error("wc_zynq: Base must be a multiple of 4096");
    end
  endgenerate

  logic [1:0] reset_q;
  always_ff @(posedge aclk) reset_q <= {reset_q[0], aresetn};

  logic [39:0]  araddr, awaddr;
  logic         busy, running;
  logic [15:0]  trace_state;
  logic [3:0]   trace_take, trace_last, trace_done;
  logic [127:0] trace_number;

  wc_core #(
    .Rows(Rows), .Cols(Cols), .GbufBytes(GbufBytes), .Banks(8), .LineBytes(LineBytes),
    .AccRows(AccRows), .Lanes(Lanes), .AxiBytes(AxiBytes), .QueueDepth(8), .Outstanding(16),
    .FastArray(0)
  ) u_core (
    .clk_i       (aclk), .rst_ni(reset_q[1]), .irq_o(irq), .busy_o(busy),
    .s_awvalid_i (s_axi_awvalid), .s_awready_o(s_axi_awready), .s_awaddr_i(s_axi_awaddr),
    .s_wvalid_i  (s_axi_wvalid), .s_wready_o(s_axi_wready), .s_wdata_i(s_axi_wdata),
    .s_wstrb_i   (s_axi_wstrb), .s_bvalid_o(s_axi_bvalid), .s_bready_i(s_axi_bready),
    .s_bresp_o   (s_axi_bresp), .s_arvalid_i(s_axi_arvalid), .s_arready_o(s_axi_arready),
    .s_araddr_i  (s_axi_araddr), .s_rvalid_o(s_axi_rvalid), .s_rready_i(s_axi_rready),
    .s_rdata_o   (s_axi_rdata), .s_rresp_o(s_axi_rresp),
    .m_arvalid_o (m_axi_arvalid), .m_arready_i(m_axi_arready), .m_arid_o(m_axi_arid),
    .m_araddr_o  (araddr), .m_arlen_o(m_axi_arlen), .m_arsize_o(m_axi_arsize),
    .m_arburst_o (m_axi_arburst), .m_rvalid_i(m_axi_rvalid), .m_rready_o(m_axi_rready),
    .m_rid_i     (m_axi_rid), .m_rdata_i(m_axi_rdata), .m_rresp_i(m_axi_rresp),
    .m_rlast_i   (m_axi_rlast), .m_awvalid_o(m_axi_awvalid), .m_awready_i(m_axi_awready),
    .m_awid_o    (m_axi_awid), .m_awaddr_o(awaddr), .m_awlen_o(m_axi_awlen),
    .m_awsize_o  (m_axi_awsize), .m_awburst_o(m_axi_awburst), .m_wvalid_o(m_axi_wvalid),
    .m_wready_i  (m_axi_wready), .m_wdata_o(m_axi_wdata), .m_wstrb_o(m_axi_wstrb),
    .m_wlast_o   (m_axi_wlast), .m_bvalid_i(m_axi_bvalid), .m_bready_o(m_axi_bready),
    .m_bid_i     (m_axi_bid), .m_bresp_i(m_axi_bresp),
    .trace_running_o(running), .trace_state_o(trace_state), .trace_take_o(trace_take),
    .trace_number_o(trace_number), .trace_last_o(trace_last), .trace_done_o(trace_done)
  );

  assign m_axi_araddr = Base + araddr;
  assign m_axi_awaddr = Base + awaddr;
  // Normal, non-cacheable, bufferable: S_AXI_HP does not snoop, so the host keeps the window
  // uncached or flushes. Not secure access, no lock, no priority.
  assign m_axi_arcache = 4'b0011;
  assign m_axi_awcache = 4'b0011;
  assign m_axi_arprot = 3'b010;
  assign m_axi_awprot = 3'b010;
  assign m_axi_arlock = 1'b0;
  assign m_axi_awlock = 1'b0;
  assign m_axi_arqos = 4'd0;
  assign m_axi_awqos = 4'd0;

  logic unused;
  assign unused = ^{s_axi_awprot, s_axi_arprot, busy, running, trace_state, trace_take,
                    trace_number, trace_last, trace_done};

endmodule
