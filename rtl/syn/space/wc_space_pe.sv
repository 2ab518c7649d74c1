// A PE with its cuts and its arithmetic chosen by parameters, for the table of the design space; not
// part of the core. With both cuts and Plain 0 it is wc_pe with two weights, with Plain 1 wc_plain_pe.
//
// psum_i enters 1 + CutMul cycles after act_i, psum_o leaves 1 + CutAdd cycles later.
module wc_space_pe #(
  parameter int unsigned CutMul = 1,  // registers between multiplication and alignment,
  parameter int unsigned CutAdd = 1,  // between addition and normalisation
  parameter int unsigned Plain = 0,
  localparam int unsigned W = (Plain != 0) ? 16 : 17,
  localparam int unsigned P = (Plain != 0) ? 32 : 31,
  localparam int unsigned S = (Plain != 0) ? 40 : 41
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [W-1:0] act_i,
  input  logic         switch_i,
  output logic [W-1:0] act_o,
  output logic         switch_o,
  input  logic [W-1:0] weight_i,
  output logic [W-1:0] weight_o,
  input  logic [31:0]  psum_i,
  output logic [31:0]  psum_o
);

  logic [W-1:0] active_q;
  logic [P-1:0] product, product_in;
  logic [S-1:0] sum, sum_in;
  logic [31:0]  psum;

  generate
    if (Plain != 0) begin : g_plain
      wc_plain_mul u_mul (.act_i(act_o), .weight_i(active_q), .product_o(product));
      wc_ieee_half u_add (.a_i(product_in), .b_i(psum_i), .sum_o(sum));
      wc_ieee_round u_round (.sum_i(sum_in), .sum_o(psum));
    end else begin : g_ours
      wc_pe_mul u_mul (.act_i(act_o), .weight_i(active_q), .product_o(product));
      wc_pe_add u_add (.product_i(product_in), .psum_i, .sum_o(sum));
      wc_pe_round u_round (.sum_i(sum_in), .psum_o(psum));
    end
    if (CutMul != 0) begin : g_cut_mul
      logic [P-1:0] product_q;
      always_ff @(posedge clk_i) product_q <= product;
      assign product_in = product_q;
    end else begin : g_no_cut_mul
      assign product_in = product;
    end
    if (CutAdd != 0) begin : g_cut_add
      logic [S-1:0] sum_q;
      always_ff @(posedge clk_i) sum_q <= sum;
      assign sum_in = sum_q;
    end else begin : g_no_cut_add
      assign sum_in = sum;
    end
  endgenerate

  always_ff @(posedge clk_i) begin
    if (!rst_ni) switch_o <= 1'b0;
    else switch_o <= switch_i;
  end

  always_ff @(posedge clk_i) begin
    act_o <= act_i;
    weight_o <= weight_i;
    if (switch_i) active_q <= weight_i;
    psum_o <= psum;
  end

endmodule
