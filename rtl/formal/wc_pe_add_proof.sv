// The adder of the PE (wc_pe_add, wc_pe_round) against wc_ieee_add: differ_o is 0 for every product
// that wc_pe_mul can give and every partial sum that is not subnormal. Case is one difference of
// the exponents: the proof goes through all of them, those beyond 30 at once.
module wc_pe_add_proof #(
  parameter int unsigned Case = 31,  // product's exponent less the sum's, plus 31; 62, 0: and beyond
  parameter int unsigned Mutant = 0  // 1: a wrong reference, which must be found out
) (
  input  logic [30:0] product_i,
  input  logic [31:0] psum_i,
  output logic        differ_o
);

  logic [40:0] half;
  logic [31:0] got, want, product;
  logic        zero, finite, special, allowed, in_case;
  logic signed [9:0] d;

  wc_pe_add u_add (.product_i, .psum_i, .sum_o(half));
  wc_pe_round u_round (.sum_i(half), .psum_o(got));

  assign zero = (product_i[29:0] == 30'd0);
  assign finite = product_i[29:22] >= 8'd80 && product_i[29:22] <= 8'd158
      && product_i[21:20] != 2'd0;
  assign special = (product_i[29:23] == 7'h7F);
  assign allowed = (zero | finite | special) && (psum_i[30:23] != 8'd0 || psum_i[22:0] == 23'd0);

  assign d = $signed({2'd0, product_i[29:22]}) - $signed({2'd0, psum_i[30:23]});
  assign in_case = (Case == 62) ? d >= 31 : (Case == 0) ? d <= -31 : d == $signed(10'(Case)) - 31;

  // The product as an FP32.
  always_comb begin
    if (special) product = {product_i[30], 8'hFF, ~product_i[22], 22'd0};
    else if (product_i[21]) product = {product_i[30:22], product_i[20:0], 2'd0};
    else if (zero) product = {product_i[30], 31'd0};
    else product = {product_i[30], product_i[29:22] - 8'd1, product_i[19:0], 3'd0};
  end
  wc_ieee_add u_reference (.a_i(product), .b_i(psum_i ^ {31'd0, Mutant != 0}), .sum_o(want));

  assign differ_o = allowed & in_case & (got != want);

endmodule
