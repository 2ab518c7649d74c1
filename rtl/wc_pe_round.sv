// Third stage of a PE: normalises the half-added sum of wc_pe_add and rounds it to nearest even.
// Combinational.
//
// Leading zeros are counted in two steps, nibbles and bits, so that the count of nibbles does not
// wait for the complement. Where A < B the magnitude is s + 1: ones are shifted in, so that the
// bits below the last place are all ones, and rounding adds the 1. No finite sum overflows (a
// product is below half a unit of the largest FP32) and none is subnormal (products are 0 or
// multiples of 2^-48), so neither has a path here.
module wc_pe_round (
  input  logic [40:0] sum_i,
  output logic [31:0] psum_o
);

  logic nan, infinite, sign, sub, carry, flip, under, up;
  logic [7:1]  some;
  logic [7:0]  e;
  logic [2:0]  nibbles;
  logic [1:0]  bits;
  logic [31:0] s, by_nibbles, normal;

  assign {nan, infinite, sign, sub} = sum_i[40:37];
  assign carry = sum_i[28];
  assign flip = sub & ~carry;
  assign under = sub & carry;
  assign s = {carry & ~sub, sum_i[27:0], {3{sub}}};

  // some[i]: the magnitude has a one in its nibble i. Nibble 0 is not asked for: it is the last one.
  always_comb begin
    for (int i = 1; i < 7; i = i + 1) begin
      some[i] = flip ? (s[4*i +: 4] != 4'hF) : (s[4*i +: 4] != 4'd0);
    end
    some[7] = s[31] | (flip ? (s[30:28] != 3'd7) : (s[30:28] != 3'd0));
  end
  assign nibbles[2] = ~(some[7] | some[6] | some[5] | some[4]);
  assign nibbles[1] = ~(some[7] | some[6] | (~(some[5] | some[4]) & (some[3] | some[2])));
  assign nibbles[0] = ~(some[7] | (~some[6] & (some[5] | (~some[4] & (some[3]
      | (~some[2] & some[1]))))));

  function automatic [31:0] shift_nibbles(input [31:0] x, input [2:0] count, input fill);
    reg [31:0] y;
    begin
      y = x;
      if (count[0]) y = {y[27:0], {4{fill}}};
      if (count[1]) y = {y[23:0], {8{fill}}};
      if (count[2]) y = {y[15:0], {16{fill}}};
      shift_nibbles = y;
    end
  endfunction

  function automatic [31:0] shift_bits(input [31:0] x, input [1:0] count, input fill);
    reg [31:0] y;
    begin
      y = x;
      if (count[1]) y = {y[29:0], {2{fill}}};
      if (count[0]) y = {y[30:0], fill};
      shift_bits = y;
    end
  endfunction

  assign by_nibbles = shift_nibbles(s ^ {1'b0, {31{flip}}}, nibbles, under);
  assign bits = {~(by_nibbles[31] | by_nibbles[30]),
                 ~by_nibbles[31] & (by_nibbles[30] | ~by_nibbles[29])};
  assign normal = shift_bits(by_nibbles, bits, under);
  assign e = sum_i[36:29] + 8'd1 - {3'd0, nibbles, bits};
  assign up = normal[7] & (normal[8] | (normal[6:0] != 7'd0));

  always_comb begin
    if (nan) psum_o = 32'h7FC00000;
    else if (infinite) psum_o = {sign, 31'h7F800000};
    else if (!normal[31]) psum_o = {sign & ~sub, 31'd0};
    else psum_o = {sign ^ under, {e, normal[30:8]} + {30'd0, up}};
  end

endmodule
