// The smoke board as the simulator of boards sees it: no SDRAM on its pins.
module smoke_pins (
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
  output logic [15:0] dq_o,
  output logic        dq_oe_o,
  input  logic [15:0] dq_i,
  output logic [31:0] phase_o,
  output logic        active_o
);

  ulx3s_smoke_top u_top (.clk_25mhz(clk_i), .ftdi_txd(rx_i), .ftdi_rxd(tx_o), .led(led_o),
    .wifi_gpio0());

  assign {cke_o, cs_no, ras_no, cas_no, we_no, dq_oe_o} = 6'b011110;
  assign {ba_o, a_o, dqm_o, dq_o, phase_o} = '0;
  assign active_o = led_o[3] || !led_o[1];

  logic unused;
  assign unused = ^{button_i, dq_i};

endmodule
