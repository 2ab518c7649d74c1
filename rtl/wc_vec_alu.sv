// One lane of one step: five cuts, one element a cycle.
//
//   N normalise, or the whole of an operation without rounding | M multiply | A align | S add
//   | R normalise and round
//
// go_i[i] moves an element into cut i. The operation holds still while a command runs.
module wc_vec_alu (
  input  logic        clk_i,
  input  logic [4:0]  go_i,
  input  logic [4:0]  op_i,
  input  logic        dst_i,      // the result replaces U
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  input  logic [31:0] c_i,
  input  logic [31:0] t_i,
  input  logic [31:0] u_i,
  input  logic [63:0] divided_i,  // quotient or root of a_i and b_i, an X of wc_vfp.svh
  output logic [31:0] result_o,
  output logic [31:0] other_o     // the running value that the result does not replace
);

  `include "wc_fp.svh"
  `include "wc_vfp.svh"

  logic has_c, factors, divides, rounds;
  assign has_c = op_i == wc_isa_pkg::V_FMA || op_i == wc_isa_pkg::V_ADD;
  assign factors = has_c || op_i == wc_isa_pkg::V_MUL;
  assign divides = op_i == wc_isa_pkg::V_DIV || op_i == wc_isa_pkg::V_SQRT;
  assign rounds = factors || divides;

  logic [63:0] n_x_q, m_x_q, a_big_q, a_small_q, s_sum_q;
  logic [5:0]  s_lead_q;
  logic [31:0] n_c_q, m_c_q, n_other_q, m_other_q, a_other_q, s_other_q;

  always_ff @(posedge clk_i) begin : p_normalise
    if (go_i[0]) begin
      if (factors) n_x_q <= vfp_start(a_i, b_i);
      else if (divides) n_x_q <= divided_i;
      else n_x_q <= vfp_set(vfp_exact(op_i, a_i, b_i, c_i, t_i));
      // Nothing to add: a zero with the sign of the product keeps that sign.
      n_c_q <= has_c ? c_i : {a_i[31] ^ (b_i[31] && op_i != wc_isa_pkg::V_SQRT), 31'd0};
      if (op_i == wc_isa_pkg::V_CMAX && vfp_gt(a_i, t_i)) n_other_q <= b_i;
      else n_other_q <= dst_i ? t_i : u_i;
    end
  end

  always_ff @(posedge clk_i) begin : p_multiply
    if (go_i[1]) begin
      m_x_q <= factors ? vfp_multiply(n_x_q) : n_x_q;
      m_c_q <= n_c_q;
      m_other_q <= n_other_q;
    end
  end

  always_ff @(posedge clk_i) begin : p_align
    if (go_i[2]) begin
      a_big_q <= rounds ? vfp_big(m_x_q, m_c_q) : m_x_q;
      if (rounds) a_small_q <= vfp_small(m_x_q, m_c_q);
      a_other_q <= m_other_q;
    end
  end

  always_ff @(posedge clk_i) begin : p_add
    logic [63:0] sum;
    if (go_i[3]) begin
      sum = vfp_add(a_big_q, a_small_q);
      s_sum_q <= sum;
      s_lead_q <= vfp_lead(sum);
      s_other_q <= a_other_q;
    end
  end

  always_ff @(posedge clk_i) begin : p_round
    if (go_i[4]) begin
      result_o <= vfp_finish(s_sum_q, s_lead_q);
      other_o <= s_other_q;
    end
  end

endmodule
