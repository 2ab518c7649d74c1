// Second stage of a PE: aligns the operand of smaller exponent and adds. Combinational.
//
// psum_i is an FP32 that is not subnormal. Half-added sum (41 bits): {nan, infinite, sign, sub,
// e[7:0], carry, s[27:0]}, s in units of 2^(e-154). A is the operand of larger exponent, the sum's
// where they are equal, B the other one, bit 0 of which stands for all that it lost:
//
//   sub 0            carry and s are A + B
//   sub 1, carry 0   A >= B, and ~s is A - B
//   sub 1, carry 1   A < B, and s + 1 is B - A
//
// since ~A + B = B - A - 1. So subtraction needs no carry in, and A alone is inverted, which is not
// on the critical path. A < B happens only with exponents that differ by at most 1 (the product is
// not normalised), where B loses nothing.
module wc_pe_add (
  input  logic [30:0] product_i,  // of wc_pe_mul
  input  logic [31:0] psum_i,
  output logic [40:0] sum_o
);

  logic        product_larger, sub, product_special, psum_special, psum_nan, nan;
  logic [7:0]  difference, shift, e;
  logic [23:0] product, psum, a;
  logic [27:0] b, s;
  logic        carry;

  assign product = {product_i[21:0], 2'd0};
  assign psum = {psum_i[30:23] != 8'd0, psum_i[22:0]};
  assign sub = product_i[30] ^ psum_i[31];

  // Exponents: product - psum - 1. Its complement is the shift of the product; as the shift of the
  // partial sum it is 1 short, which the place where the partial sum enters makes good.
  assign {product_larger, difference} = {1'b0, product_i[29:22]} + {1'b0, ~psum_i[30:23]};
  assign shift = difference ^ {8{~product_larger}};
  assign e = product_larger ? product_i[29:22] : psum_i[30:23];
  assign a = (product_larger ? product : psum) ^ {24{sub}};

  function automatic [27:0] shift_right(input [27:0] operand, input [7:0] count);
    reg [27:0] x;
    reg lost;
    begin
      x = operand;
      lost = 1'b0;
      if (count[0]) x = {1'd0, x[27:1]};  // two places below are still there
      if (count[1]) begin lost = x[1:0] != 2'd0; x = {2'd0, x[27:2]}; end
      if (count[2]) begin lost = lost | (x[3:0] != 4'd0); x = {4'd0, x[27:4]}; end
      if (count[3]) begin lost = lost | (x[7:0] != 8'd0); x = {8'd0, x[27:8]}; end
      if (count[4]) begin lost = lost | (x[15:0] != 16'd0); x = {16'd0, x[27:16]}; end
      if (count[7:5] != 3'd0) begin lost = lost | (x != 28'd0); x = 28'd0; end
      shift_right = {x[27:1], x[0] | lost};
    end
  endfunction

  assign b = shift_right(product_larger ? {1'b0, psum, 3'd0} : {product, 4'd0}, shift);

  // Carries by a Sklansky tree: the shortest, and its fan-out is small beside the shifter's.
  function automatic [28:0] add(input [27:0] x, input [27:0] y);
    reg [27:0] g, p;
    integer i, k;
    begin
      g = x & y;
      p = x ^ y;
      for (k = 1; k < 28; k = 2 * k) begin
        for (i = 0; i < 28; i = i + 1) begin
          if ((i & k) != 0) begin
            g[i] = g[i] | (p[i] & g[(i/k)*k-1]);
            p[i] = p[i] & p[(i/k)*k-1];
          end
        end
      end
      add = {g[27], x ^ y ^ {g[26:0], 1'b0}};
    end
  endfunction

`ifdef SYNTHESIS
  assign {carry, s} = add({a, {4{sub}}}, b);
`else
  assign {carry, s} = {1'b0, a, {4{sub}}} + {1'b0, b};
`endif

  assign product_special = product_i[29] & product_i[28];
  assign psum_special = (psum_i[30:23] == 8'hFF);
  assign psum_nan = psum_special & (psum_i[22:0] != 23'd0);
  assign nan = (product_special & ~product_i[22]) | psum_nan
      | (product_special & psum_special & sub);

  assign sum_o = {nan, product_special | psum_special, product_larger ? product_i[30] : psum_i[31],
                  sub, e, carry, s};

endmodule
