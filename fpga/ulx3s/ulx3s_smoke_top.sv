// ULX3S: the smoke test, straight from the 25 MHz oscillator.
module ulx3s_smoke_top #(
  parameter int unsigned GitHash = 0
) (
  input  logic       clk_25mhz,
  input  logic       ftdi_txd,   // from the host
  output logic       ftdi_rxd,
  output logic [7:0] led,
  output logic       wifi_gpio0  // high, or the ESP32 takes the board over
);

  assign wifi_gpio0 = 1'b1;

  logic [7:0] start_q = '0;
  always_ff @(posedge clk_25mhz) begin
    if (start_q != '1) start_q <= start_q + 8'd1;
  end

  wc_smoke #(.ClkHz(25000000), .GitHash(GitHash)) u_smoke (
    .clk_i(clk_25mhz), .rst_ni(start_q == '1), .rx_i(ftdi_txd), .tx_o(ftdi_rxd), .led_o(led)
  );

endmodule
