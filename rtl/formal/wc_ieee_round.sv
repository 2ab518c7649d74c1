// Second half of an IEEE 754 addition: normalises what wc_ieee_half gives, as far as its exponent
// allows, and rounds to nearest even, to infinity where it is too large. Combinational.
module wc_ieee_round (
  input  logic [39:0] sum_i,
  output logic [31:0] sum_o
);

  logic        nan, infinite, sign, zero_sign, up;
  logic [7:0]  e, e_norm;
  logic [27:0] sum, normal;
  logic [4:0]  zeros;
  logic [30:0] rounded;

  assign {nan, infinite, sign, zero_sign, e, sum} = sum_i;

  // Leading zeros, but no more than the exponent allows: then the result is subnormal.
  always_comb begin
    zeros = 5'd28;
    for (int i = 0; i < 28; i = i + 1) if (sum[i]) zeros = 5'd27 - 5'(i);
    if ({3'd0, zeros} > e) zeros = e[4:0];
  end
  assign normal = sum << zeros;
  assign e_norm = normal[27] ? e + 8'd1 - {3'd0, zeros} : 8'd0;
  assign up = normal[3] & (normal[4] | (normal[2:0] != 3'd0));
  assign rounded = {e_norm, normal[26:4]} + {30'd0, up};

  always_comb begin
    if (nan) sum_o = 32'h7FC00000;
    else if (infinite) sum_o = {sign, 31'h7F800000};
    else if (sum == 28'd0) sum_o = {zero_sign, 31'd0};
    else if (rounded[30:23] == 8'hFF) sum_o = {sign, 31'h7F800000};
    else sum_o = {sign, rounded};
  end

endmodule
