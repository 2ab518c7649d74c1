// Sends bytes of 8 data bits, no parity, one stop bit, without a gap while more are waiting.
module wc_uart_tx #(
  parameter int unsigned ClkHz = 50000000,
  parameter int unsigned Baud = 3000000
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       valid_i,
  output logic       ready_o,
  input  logic [7:0] data_i,
  output logic       tx_o
);

  localparam logic [16:0] Step = 17'((64'(Baud) * 65536 + 64'(ClkHz) / 2) / 64'(ClkHz));

  logic [15:0] phase_q;
  logic [16:0] phase;
  logic [3:0]  left_q;   // bits that have not begun, the stop bit among them
  logic        busy_q;
  logic [8:0]  shift_q;  // what follows the present bit

  assign phase = {1'b0, phase_q} + Step;
  assign ready_o = !busy_q || (phase[16] && left_q == 4'd0);

  always_ff @(posedge clk_i) begin
    phase_q <= phase[15:0];
    if (ready_o) begin
      busy_q <= valid_i;
      tx_o <= !valid_i;
      shift_q <= {1'b1, data_i};
      left_q <= 4'd9;
      if (!busy_q) phase_q <= '0;
    end else if (phase[16]) begin
      tx_o <= shift_q[0];
      shift_q <= {1'b1, shift_q[8:1]};
      left_q <= left_q - 4'd1;
    end
    if (!rst_ni) begin
      busy_q <= 1'b0;
      tx_o <= 1'b1;
      phase_q <= '0;
    end
  end

endmodule
