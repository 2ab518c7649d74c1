// The board's top with the wires of its SDRAM, as the simulator sees them.
module ulx3s_pins #(
  parameter int unsigned Version = wc_link_pkg::BOARD_VERSION,
  parameter int unsigned GitHash = 0,
  parameter int unsigned ClkHz = 50000000,
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned NarrowVector = 0,   // of wc_core, as the next two
  parameter int unsigned Banks = 8,
  parameter int unsigned SharedCounters = 0,
  parameter int unsigned FastArray = 1
) (
  input  logic        clk_i,
  input  logic        button_i,
  input  logic        rx_i,
  output logic        tx_o,
  output logic [7:0]  led_o,
  output logic        cke_o,
  output logic        cs_no,
  output logic        ras_no,
  output logic        cas_no,
  output logic        we_no,
  output logic [1:0]  ba_o,
  output logic [12:0] a_o,
  output logic [1:0]  dqm_o,
  output logic [15:0] dq_o,      // what the FPGA drives,
  output logic        dq_oe_o,   // if it does
  input  logic [15:0] dq_i,
  output logic [31:0] phase_o,   // of the SDRAM's clock, 1/96 of a period
  output logic        active_o   // the link or the core is at work
);

  wire [15:0] d;
  logic       sdram_clk;

  ulx3s_top #(
    .Version(Version), .GitHash(GitHash), .ClkHz(ClkHz), .Rows(Rows), .Cols(Cols),
    .NarrowVector(NarrowVector), .Banks(Banks), .SharedCounters(SharedCounters),
    .FastArray(FastArray)
  ) u_top (
    .clk_25mhz(clk_i), .btn({5'd0, button_i, 1'b1}), .led(led_o), .wifi_gpio0(), .ftdi_txd(rx_i),
    .ftdi_rxd(tx_o), .sdram_clk, .sdram_cke(cke_o), .sdram_csn(cs_no), .sdram_rasn(ras_no),
    .sdram_casn(cas_no), .sdram_wen(we_no), .sdram_ba(ba_o), .sdram_a(a_o), .sdram_dqm(dqm_o),
    .sdram_d(d)
  );

  assign d = u_top.d_oe ? 16'hzzzz : dq_i;
  assign dq_o = u_top.d_out;
  assign dq_oe_o = u_top.d_oe;
  assign phase_o = u_top.u_pll.phase_q * 96 / u_top.u_pll.Steps;
  assign active_o = led_o[3] || led_o[4] || !u_top.locked || u_top.start_q != '1 || !led_o[2];

  logic unused;
  assign unused = ^{sdram_clk, d};

endmodule
