// base + i2*s2 + i1*s1 + i0*s0 along the walk of a wc_gemm_axis, by additions only.
module wc_gemm_sum #(
  parameter int unsigned Width = 52
) (
  input  logic             clk_i,
  input  logic [2:0]       op_i,     // as in wc_gemm_axis
  input  logic             carry0_i,
  input  logic             carry1_i,
  input  logic [Width-1:0] base_i,
  input  logic [Width-1:0] s2_i,
  input  logic [Width-1:0] s1_i,
  input  logic [Width-1:0] step_i,   // what a step along i0 adds
  output logic [Width-1:0] sum_o
);

  /* verilator lint_off PINCONNECTEMPTY */  // one step at a time
  wc_gemm_sum2 #(.Width(Width), .Ahead(0)) u_sum (
    .clk_i, .op_i, .twice_i(1'b0), .carry0_i, .carry1_i, .ahead0_i(1'b0), .ahead1_i(1'b0),
    .after0_i(1'b0), .after1_i(1'b0), .base_i, .s2_i, .s1_i, .step_i, .s0_i('0), .sum_o, .ahead_o()
  );
  /* verilator lint_on PINCONNECTEMPTY */

endmodule
