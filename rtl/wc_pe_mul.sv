// First stage of a PE: exact product of two recoded FP16 (wc_fp.svh). Combinational.
//
// Product (31 bits): {sign, e[7:0], p[21:0]}, value p * 2^(e-148). It is not normalised: bit 21 of
// p is clear in half of all products, and the adder looks at e alone. p is 0 where the product is.
// e[7:6] tells zero (00), finite (01, 10) and special (11: infinite with e = 255, NaN 254).
module wc_pe_mul (
  input  logic [16:0] act_i,
  input  logic [16:0] weight_i,
  output logic [30:0] product_o
);

  logic act_some, weight_some, act_special, weight_special, nan;
  logic [7:0]  sum, e;
  logic [21:0] p;

  // A recoded zero has no fraction: without its hidden bit it multiplies to 0.
  assign act_some = (act_i[15:10] != 6'd0);
  assign weight_some = (weight_i[15:10] != 6'd0);
  assign p = {11'd0, act_some, act_i[9:0]} * {11'd0, weight_some, weight_i[9:0]};

  assign act_special = (act_i[15:11] == 5'd31);
  assign weight_special = (weight_i[15:11] == 5'd31);
  assign nan = (act_special & (act_i[10] | ~weight_some))
      | (weight_special & (weight_i[10] | ~act_some));
  assign sum = {2'd0, act_i[15:10]} + {2'd0, weight_i[15:10]} + 8'd78;

  always_comb begin
    if (act_special | weight_special) e = {7'h7F, ~nan};
    else if (act_some & weight_some) e = sum;
    else e = 8'd0;
  end

  assign product_o = {act_i[16] ^ weight_i[16], e, p};

endmodule
