// A processing element in the plain way, to measure wc_pe against; not part of the core.
//
// The same timing, registers and cuts as wc_pe with two weights: multiply | align, add | normalise,
// round. But operands travel as FP16 and are recoded here, the product is an FP32, and its adder is
// a whole IEEE adder, with subnormal operands and results and with overflow.
module wc_plain_pe (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [15:0] act_i,
  input  logic        switch_i,
  output logic [15:0] act_o,
  output logic        switch_o,
  input  logic [15:0] weight_i,
  output logic [15:0] weight_o,
  input  logic [31:0] psum_i,
  output logic [31:0] psum_o
);

  logic [15:0] active_q;
  logic [31:0] product, product_q, psum;
  logic [39:0] sum, sum_q;

  wc_plain_mul u_mul (.act_i(act_o), .weight_i(active_q), .product_o(product));
  wc_ieee_half u_add (.a_i(product_q), .b_i(psum_i), .sum_o(sum));
  wc_ieee_round u_round (.sum_i(sum_q), .sum_o(psum));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) switch_o <= 1'b0;
    else switch_o <= switch_i;
  end

  always_ff @(posedge clk_i) begin
    act_o <= act_i;
    weight_o <= weight_i;
    if (switch_i) active_q <= weight_i;
    product_q <= product;
    sum_q <= sum;
    psum_o <= psum;
  end

endmodule
