// Radiona ULX3S with an LFE5U-85F: the clock, the pins, and the board behind them.
//
// The PLL makes ClkHz from the 25 MHz oscillator, and the SDRAM's clock, the same with a phase that
// the host can step (8 * OutDiv steps a period).
module ulx3s_top #(
  parameter int unsigned Version = wc_link_pkg::BOARD_VERSION,
  parameter int unsigned GitHash = 0,
  parameter int unsigned ClkHz = 50000000,  // a multiple of 12.5 MHz, 25 to 62.5
  parameter int unsigned Rows = 8,
  parameter int unsigned Cols = 8,
  parameter int unsigned NarrowVector = 0,   // of wc_core, as the next two
  parameter int unsigned Banks = 8,
  parameter int unsigned SharedCounters = 0,
  parameter int unsigned FastArray = 0
) (
  input  logic        clk_25mhz,
  input  logic [6:0]  btn,          // btn[0] is low while pressed, btn[1] (F1) high: reset
  output logic [7:0]  led,
  output logic        wifi_gpio0,   // high, or the ESP32 takes the board over
  input  logic        ftdi_txd,     // from the host
  output logic        ftdi_rxd,     // to the host
  output logic        sdram_clk,
  output logic        sdram_cke,
  output logic        sdram_csn,
  output logic        sdram_rasn,
  output logic        sdram_casn,
  output logic        sdram_wen,
  output logic [1:0]  sdram_ba,
  output logic [12:0] sdram_a,
  output logic [1:0]  sdram_dqm,
  inout  wire  [15:0] sdram_d
);

  assign wifi_gpio0 = 1'b1;

  logic clk, locked, phase_step, phase_dir;

  // 12.5 MHz times so many, or 25 MHz times half of it; the oscillator inside runs at ClkHz * OutDiv,
  // 450 to 750 MHz. The second output starts half a period behind the first.
  localparam int unsigned Halves = ClkHz / 12500000;
  localparam int unsigned InDiv = (Halves % 2 == 0) ? 1 : 2;
  localparam int unsigned OutDiv = (Halves == 2) ? 20 : 12;
  EHXPLLL #(
    .CLKI_DIV(InDiv), .CLKFB_DIV(Halves * InDiv / 2), .FEEDBK_PATH("CLKOP"),
    .CLKOP_ENABLE("ENABLED"), .CLKOP_DIV(OutDiv), .CLKOP_CPHASE(OutDiv - 1), .CLKOP_FPHASE(0),
    .CLKOS_ENABLE("ENABLED"), .CLKOS_DIV(OutDiv), .CLKOS_CPHASE(OutDiv - 1 + OutDiv / 2),
    .CLKOS_FPHASE(0),
    .DPHASE_SOURCE("ENABLED"), .PLLRST_ENA("DISABLED"), .STDBY_ENABLE("DISABLED")
  ) u_pll (
    .CLKI(clk_25mhz), .CLKFB(clk), .CLKOP(clk), .CLKOS(sdram_clk), .LOCK(locked),
    .PHASESEL1(1'b0), .PHASESEL0(1'b0), .PHASEDIR(phase_dir), .PHASESTEP(phase_step),
    .PHASELOADREG(1'b1), .STDBY(1'b0), .RST(1'b0), .PLLWAKESYNC(1'b0), .ENCLKOP(1'b0),
    .ENCLKOS(1'b0)
  );

  // Reset ends well after the PLL has locked.
  logic [7:0] start_q = '0;
  logic [1:0] locked_q = '0;
  always_ff @(posedge clk) begin
    locked_q <= {locked_q[0], locked};
    if (!locked_q[1]) start_q <= '0;
    else if (start_q != '1) start_q <= start_q + 8'd1;
  end

  logic [15:0] d_out, d_in;
  logic        d_oe;

  wc_board #(
    .ClkHz(ClkHz), .Version(Version), .GitHash(GitHash), .Rows(Rows), .Cols(Cols),
    .NarrowVector(NarrowVector), .Banks(Banks), .SharedCounters(SharedCounters),
    .FastArray(FastArray)
  ) u_board (
    .clk_i(clk), .rst_ni(start_q == '1), .held_i(btn[1]), .rx_i(ftdi_txd), .tx_o(ftdi_rxd),
    .led_o(led), .phase_step_o(phase_step), .phase_dir_o(phase_dir),
    .cke_o(sdram_cke), .cs_no(sdram_csn), .ras_no(sdram_rasn), .cas_no(sdram_casn),
    .we_no(sdram_wen), .ba_o(sdram_ba), .a_o(sdram_a), .dqm_o(sdram_dqm), .dq_o(d_out),
    .dq_oe_o(d_oe), .dq_i(d_in)
  );

  genvar k;
  generate
    for (k = 0; k < 16; k = k + 1) begin : g_d
      BB u_pad (.I(d_out[k]), .T(!d_oe), .O(d_in[k]), .B(sdram_d[k]));
    end
  endgenerate

  logic unused;
  assign unused = ^{btn[0], btn[6:2]};

endmodule
