// One processing element: product of a passing activation and a stationary weight, added to the
// partial sum from above.
//
// Three stages after the operands' registers: multiply | align, add | normalise, round. An
// activation passes to the right in one cycle, a partial sum downwards in two; the sum is needed
// two cycles after the activation it goes with. Multiplication starts from registers, so that
// neither the choice of the weight nor, at the array's edge, recoding is on its path.
//
// DoubleWeights 1: weights pass downwards in one cycle. switch_i travels with the first activation
// of a wave; the weight that enters in that cycle is the active one, for it and its successors.
// DoubleWeights 0: one register holds the weight, and takes the one from above where load_i says,
// for the activations that enter in that cycle and after it.
module wc_pe #(
  parameter int unsigned DoubleWeights = 1
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic [16:0] act_i,     // recoded FP16, from the left
  input  logic        switch_i,  // with act_i
  output logic [16:0] act_o,     // one cycle later, to the right
  output logic        switch_o,
  input  logic [16:0] weight_i,  // recoded FP16, from above
  input  logic        load_i,    // with weight_i; only without DoubleWeights
  output logic [16:0] weight_o,  // one cycle later, to below
  input  logic [31:0] psum_i,    // FP32, two cycles after act_i
  output logic [31:0] psum_o     // two cycles after psum_i
);

  logic [16:0] weight;
  logic [30:0] product, product_q;
  logic [40:0] sum, sum_q;
  logic [31:0] psum;

  generate
    if (DoubleWeights != 0) begin : g_double
      logic [16:0] active_q;
      logic        unused_load;
      assign weight = active_q;
      assign unused_load = load_i;
      always_ff @(posedge clk_i) begin
        if (!rst_ni) switch_o <= 1'b0;
        else switch_o <= switch_i;
      end
      always_ff @(posedge clk_i) begin
        weight_o <= weight_i;
        if (switch_i) active_q <= weight_i;
      end
    end else begin : g_single
      logic unused_switch;
      assign weight = weight_o;
      assign switch_o = 1'b0;
      assign unused_switch = rst_ni & switch_i;
      always_ff @(posedge clk_i) begin
        if (load_i) weight_o <= weight_i;
      end
    end
  endgenerate

  wc_pe_mul u_mul (.act_i(act_o), .weight_i(weight), .product_o(product));
  wc_pe_add u_add (.product_i(product_q), .psum_i, .sum_o(sum));
  wc_pe_round u_round (.sum_i(sum_q), .psum_o(psum));

  always_ff @(posedge clk_i) begin
    act_o <= act_i;
    product_q <= product;
    sum_q <= sum;
    psum_o <= psum;
  end

endmodule
