// Lattice iCE40-HX8K breakout board: the smoke test. 12 MHz * 64 / 32 = 24 MHz, eight clocks a bit.
module hx8k_top #(
  parameter int unsigned GitHash = 0
) (
  input  logic       clk_12mhz,
  input  logic       ftdi_txd,   // from the host
  output logic       ftdi_rxd,
  output logic [7:0] led
);

  logic clk, locked;

  SB_PLL40_CORE #(
    .FEEDBACK_PATH("SIMPLE"), .DIVR(4'd0), .DIVF(7'd63), .DIVQ(3'd5), .FILTER_RANGE(3'd1)
  ) u_pll (
    .REFERENCECLK(clk_12mhz), .PLLOUTCORE(clk), .LOCK(locked), .RESETB(1'b1), .BYPASS(1'b0)
  );

  logic [7:0] start_q = '0;
  always_ff @(posedge clk) begin
    if (!locked) start_q <= '0;
    else if (start_q != '1) start_q <= start_q + 8'd1;
  end

  wc_smoke #(.ClkHz(24000000), .GitHash(GitHash), .Board(258)) u_smoke (
    .clk_i(clk), .rst_ni(start_q == '1), .rx_i(ftdi_txd), .tx_o(ftdi_rxd), .led_o(led)
  );

endmodule
