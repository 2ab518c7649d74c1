// One processing element: product of a passing activation and a stationary weight, added to the
// partial sum from above.
//
// Three stages: multiply | align, add | normalise, round. An activation passes to the right in
// one cycle, a partial sum downwards in two; the sum is needed one cycle after the activation it
// goes with.
//
// DoubleWeights 1: weights pass downwards in one cycle. switch_i travels with the first activation
// of a wave; the weight that passes in that cycle is the active one, for it and its successors.
// DoubleWeights 0: one register holds the weight, and takes the one from above where load_i says.
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
  input  logic [31:0] psum_i,    // FP32, one cycle after act_i
  output logic [31:0] psum_o     // two cycles after psum_i
);
  `include "wc_fp.svh"

  logic [16:0] weight;
  logic [29:0] product_q;
  logic [39:0] sum_q;

  generate
    if (DoubleWeights != 0) begin : g_double
      logic [16:0] active_q;
      logic        unused_load;
      assign weight = switch_i ? weight_i : active_q;
      assign unused_load = load_i;
      always_ff @(posedge clk_i) begin
        if (!rst_ni) switch_o <= 1'b0;
        else switch_o <= switch_i;
      end
      always_ff @(posedge clk_i) begin
        weight_o <= weight_i;
        active_q <= weight;
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

  always_ff @(posedge clk_i) begin
    act_o <= act_i;
    product_q <= fp_mul(act_i, weight);
    sum_q <= fp_add_align(product_q, psum_i);
    psum_o <= fp_add_round(sum_q);
  end

endmodule
