// Walks one index triple of a GEMM and keeps an address-like sum along with it.
//
// The triple (i2, i1, i0) runs through d1 and d0 (i2 needs no end: its user counts); the sum is
// base + i2*s2 + i1*s1 + i0*s0, kept by additions only. The walk has a place to come back to:
//
//   op 0 hold      op 1 step: count_i elements along i0, never past d0; wraps into i1 and i2
//   op 2 restart: back to the marked place      op 3 mark: step, and mark the place reached
//   op 4 zero: to (0, 0, 0), marked
//
// wc_gemm_axis2 has steps that pass the end of a run of i0.
module wc_gemm_axis #(
  parameter int unsigned Width = 52
) (
  input  logic             clk_i,
  input  logic [2:0]       op_i,
  input  logic [15:0]      d1_i,
  input  logic [15:0]      d0_i,
  input  logic [15:0]      count_i,
  input  logic [Width-1:0] base_i,
  input  logic [Width-1:0] s2_i,
  input  logic [Width-1:0] s1_i,
  input  logic [Width-1:0] step_i,   // count_i * s0
  output logic [15:0]      left_o,   // d0 - i0
  output logic [Width-1:0] sum_o
);

  /* verilator lint_off PINCONNECTEMPTY */  // no step passes the end of a run
  wc_gemm_axis2 #(.Width(Width), .Over(0)) u_axis (
    .clk_i, .op_i, .d1_i, .d0_i, .count_i, .base_i, .s2_i, .s1_i, .step_i, .rest_i('0),
    .left_o, .rest_o(), .carry0_o(), .again0_o(), .wrap1_o(), .again1_o(), .sum_o, .next_o()
  );
  /* verilator lint_on PINCONNECTEMPTY */

endmodule
