// IEEE 754 addition of two FP32 to nearest even, in the plain way: any operands, subnormal ones and
// overflow included, NaN canonical. Combinational.
//
// The reference that the adder of the PE is proven equal to, and the adder of the plain PE that it
// is measured against (rtl/syn/plain). Not part of the core.
module wc_ieee_add (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] sum_o
);

  logic [39:0] half;

  wc_ieee_half u_half (.a_i, .b_i, .sum_o(half));
  wc_ieee_round u_round (.sum_i(half), .sum_o);

endmodule
