// Receives bytes of 8 data bits, no parity, one stop bit.
//
// The line is sampled in the middle of each bit, to one clock; any ratio of clock to baud from 8
// on works, whole or not. A byte comes out once its stop bit was seen; one without a stop bit
// comes out marked bad, and the line must be high again before the next is looked for.
module wc_uart_rx #(
  parameter int unsigned ClkHz = 50000000,
  parameter int unsigned Baud = 3000000
) (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       rx_i,     // from the pin
  output logic       valid_o,  // one cycle a byte
  output logic       bad_o,    // with valid_o: no stop bit
  output logic [7:0] data_o
);

  localparam logic [16:0] Step = 17'((64'(Baud) * 65536 + 64'(ClkHz) / 2) / 64'(ClkHz));

  logic [2:0]  line_q;  // two flip-flops against metastability, one to see edges
  logic [15:0] phase_q;
  logic [16:0] phase;
  logic        busy_q, low_q;
  logic [3:0]  bit_q;
  logic [7:0]  shift_q;

  assign phase = {1'b0, phase_q} + Step;
  assign data_o = shift_q;

  always_ff @(posedge clk_i) begin
    line_q <= {line_q[1:0], rx_i};
    valid_o <= 1'b0;
    bad_o <= 1'b0;
    if (line_q[1]) low_q <= 1'b0;
    if (!busy_q) begin
      phase_q <= 16'h8000;
      bit_q <= '0;
      busy_q <= line_q[2] && !line_q[1] && !low_q;
    end else begin
      phase_q <= phase[15:0];
      if (phase[16]) begin
        bit_q <= bit_q + 4'd1;
        if (bit_q == 4'd0) begin
          busy_q <= !line_q[1];
        end else if (bit_q <= 4'd8) begin
          shift_q <= {line_q[1], shift_q[7:1]};
        end else begin
          busy_q <= 1'b0;
          valid_o <= 1'b1;
          bad_o <= !line_q[1];
          low_q <= !line_q[1];
        end
      end
    end
    if (!rst_ni) begin
      busy_q <= 1'b0;
      low_q <= 1'b0;
      valid_o <= 1'b0;
      bad_o <= 1'b0;
      line_q <= '1;
    end
  end

endmodule
