// One lane of a reduction: adds, or takes the greater; one element a cycle.
//
//   align, or the whole of MAX | S add | R normalise, round: out of result_o into a register
//
// go_i[0] takes v_i and x_i, go_i[1] a cycle later moves them on; with go_i[2] a cycle
// after that result_o has the result.
module wc_vec_add (
  input  logic        clk_i,
  input  logic [2:0]  go_i,
  input  logic        max_i,
  input  logic [31:0] v_i,
  input  logic [31:0] x_i,
  output logic [31:0] result_o
);

  `include "wc_fp.svh"
  `include "wc_vfp.svh"

  logic [63:0] a_big_q, a_small_q, s_sum_q;
  logic [5:0]  s_lead_q;

  always_ff @(posedge clk_i) begin : p_align
    if (go_i[0]) begin
      if (max_i) a_big_q <= vfp_set(vfp_max(v_i, x_i));
      else a_big_q <= vfp_big(vfp_widen(v_i), x_i);
      if (!max_i) a_small_q <= vfp_small(vfp_widen(v_i), x_i);
    end
  end

  always_ff @(posedge clk_i) begin : p_add
    logic [63:0] sum;
    if (go_i[1]) begin
      sum = vfp_add(a_big_q, a_small_q);
      s_sum_q <= sum;
      s_lead_q <= vfp_lead(sum);
    end
  end

  assign result_o = go_i[2] ? vfp_finish(s_sum_q, s_lead_q) : '0;

endmodule
