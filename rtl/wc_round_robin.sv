// Whose turn it is among ports that ask: the next after the one served last.
//
// port_o is the port that is shown; it stays until taken_i, whoever asks meanwhile.
module wc_round_robin #(
  parameter int unsigned Ports = 2,  // 2 or more
  localparam int unsigned PortBits = $clog2(Ports)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [Ports-1:0]    valid_i,
  input  logic                taken_i,  // what is shown is taken in this cycle, if valid
  output logic [PortBits-1:0] port_o
);

  logic [Ports-1:0]    behind_q;  // ports after the one served last
  logic [Ports-1:0]    late, first;
  logic [PortBits-1:0] chosen, held_q;
  logic                hold_q;    // shown before and not taken
  assign late = valid_i & behind_q;
  assign first = (late != '0) ? late : valid_i;

  integer i;
  always_comb begin
    chosen = '0;
    for (i = Ports - 1; i >= 0; i = i - 1) begin
      if (first[i]) chosen = PortBits'(i);
    end
  end
  assign port_o = hold_q ? held_q : chosen;

  always_ff @(posedge clk_i) begin
    hold_q <= valid_i != '0 && !taken_i;
    held_q <= port_o;
    if (valid_i != '0 && taken_i) behind_q <= ~((Ports'(2) << port_o) - Ports'(1));
    if (!rst_ni) begin
      hold_q <= 1'b0;
      behind_q <= '0;
    end
  end

endmodule
