// One step of the vector program, in all lanes: six cuts, one vector a cycle.
//
//   O operands | N normalise, or the whole of an operation without rounding | M multiply |
//   A align | S add | R normalise and round
//
// The end of a step, rounding to FP16 and the clamp, is done in the first cut of the next one:
// prev_* is the result of the previous step with the bits of its word that say what becomes of
// it. go_i[i] moves a vector into cut i. The program holds still while a command runs.
module wc_vec_step #(
  parameter int unsigned Lanes = 8,
  localparam int unsigned W = 32 * Lanes,
  localparam int unsigned X = 64 * Lanes
) (
  input  logic           clk_i,
  input  logic [5:0]     go_i,
  input  logic [31:0]    step_i,       // program word
  input  logic [127:0]   consts_i,     // K3 .. K0
  input  logic [6*W-1:0] in_i,         // input streams
  input  logic [2:0]     prev_post_i,  // relu, round16, dst
  input  logic [W-1:0]   prev_i,       // result of the previous step
  input  logic [W-1:0]   prev_other_i, // the running value that it leaves alone
  output logic [W-1:0]   a_o,          // operands in cut O
  output logic [W-1:0]   b_o,
  input  logic [X-1:0]   divided_i,    // their quotients or roots, X of wc_vfp.svh
  output logic [W-1:0]   result_o,
  output logic [W-1:0]   other_o
);

  `include "wc_fp.svh"
  `include "wc_vfp_convert.svh"
  `include "wc_vfp.svh"

  logic [4:0] op;
  logic [3:0] src_a, src_b, src_c;
  logic       has_c, factors, divides, rounds, dst;
  assign has_c = op == wc_isa_pkg::V_FMA || op == wc_isa_pkg::V_ADD;
  assign factors = has_c || op == wc_isa_pkg::V_MUL;
  assign divides = op == wc_isa_pkg::V_DIV || op == wc_isa_pkg::V_SQRT;
  assign rounds = factors || divides;
  assign dst = step_i[wc_isa_pkg::STEP_dst_LSB];
  assign op = step_i[wc_isa_pkg::STEP_op_LSB +: wc_isa_pkg::STEP_op_BITS];
  assign src_a = (op == wc_isa_pkg::V_NOP) ? wc_isa_pkg::S_T
                 : step_i[wc_isa_pkg::STEP_a_LSB +: wc_isa_pkg::STEP_a_BITS];
  assign src_b = (op == wc_isa_pkg::V_ADD) ? wc_isa_pkg::S_ONE
                 : step_i[wc_isa_pkg::STEP_b_LSB +: wc_isa_pkg::STEP_b_BITS];
  assign src_c = step_i[wc_isa_pkg::STEP_c_LSB +: wc_isa_pkg::STEP_c_BITS];

  function automatic [W-1:0] operand(input [3:0] src, input flip, input [W-1:0] t,
                                     input [W-1:0] u);
    case (src)
      wc_isa_pkg::S_I0: operand = in_i[0*W +: W];
      wc_isa_pkg::S_I1: operand = in_i[1*W +: W];
      wc_isa_pkg::S_I2: operand = in_i[2*W +: W];
      wc_isa_pkg::S_I3: operand = in_i[3*W +: W];
      wc_isa_pkg::S_I4: operand = in_i[4*W +: W];
      wc_isa_pkg::S_I5: operand = in_i[5*W +: W];
      wc_isa_pkg::S_ONE: operand = {Lanes{VfpOne}};
      wc_isa_pkg::S_K0: operand = {Lanes{consts_i[31:0]}};
      wc_isa_pkg::S_K1: operand = {Lanes{consts_i[63:32]}};
      wc_isa_pkg::S_K2: operand = {Lanes{consts_i[95:64]}};
      wc_isa_pkg::S_K3: operand = {Lanes{consts_i[127:96]}};
      wc_isa_pkg::S_T: operand = t;
      wc_isa_pkg::S_U: operand = u;
      default: operand = '0;
    endcase
    if (flip) operand = operand ^ {Lanes{32'h80000000}};
  endfunction

  logic [W-1:0] c_q, t_q, u_q;
  always_ff @(posedge clk_i) begin : p_operands
    logic [W-1:0] post, t, u;
    if (go_i[0]) begin
      post = prev_i;
      if (prev_post_i[2:1] != 2'd0) begin
        for (int l = 0; l < Lanes; l++)
          post[l*32 +: 32] = vfp_post(prev_i[l*32 +: 32], prev_post_i[1], prev_post_i[2]);
      end
      t = prev_post_i[0] ? prev_other_i : post;
      u = prev_post_i[0] ? post : prev_other_i;
      a_o <= operand(src_a, step_i[wc_isa_pkg::STEP_neg_a_LSB], t, u);
      b_o <= operand(src_b, 1'b0, t, u);
      c_q <= operand(src_c, step_i[wc_isa_pkg::STEP_neg_c_LSB], t, u);
      t_q <= t;
      u_q <= u;
    end
  end

  genvar l;
  generate
    for (l = 0; l < Lanes; l = l + 1) begin : g_lane
      logic [31:0] a, b, c, t, u;
      assign a = a_o[l*32 +: 32];
      assign b = b_o[l*32 +: 32];
      assign c = c_q[l*32 +: 32];
      assign t = t_q[l*32 +: 32];
      assign u = u_q[l*32 +: 32];

      logic [63:0] n_x_q, m_x_q, a_big_q, a_small_q, s_sum_q;
      logic [5:0]  s_lead_q;
      logic [31:0] n_c_q, m_c_q, n_other_q, m_other_q, a_other_q, s_other_q;

      always_ff @(posedge clk_i) begin : p_normalise
        if (go_i[1]) begin
          if (factors) n_x_q <= vfp_start(a, b);
          else if (divides) n_x_q <= divided_i[l*64 +: 64];
          else n_x_q <= vfp_set(vfp_exact(op, a, b, c, t));
          // Nothing to add: a zero with the sign of the product keeps that sign.
          n_c_q <= has_c ? c : {a[31] ^ (b[31] && op != wc_isa_pkg::V_SQRT), 31'd0};
          if (op == wc_isa_pkg::V_CMAX && vfp_gt(a, t)) n_other_q <= b;
          else n_other_q <= dst ? t : u;
        end
      end

      always_ff @(posedge clk_i) begin : p_multiply
        if (go_i[2]) begin
          m_x_q <= factors ? vfp_multiply(n_x_q) : n_x_q;
          m_c_q <= n_c_q;
          m_other_q <= n_other_q;
        end
      end

      always_ff @(posedge clk_i) begin : p_align
        if (go_i[3]) begin
          a_big_q <= rounds ? vfp_big(m_x_q, m_c_q) : m_x_q;
          if (rounds) a_small_q <= vfp_small(m_x_q, m_c_q);
          a_other_q <= m_other_q;
        end
      end

      always_ff @(posedge clk_i) begin : p_add
        logic [63:0] sum;
        if (go_i[4]) begin
          sum = vfp_add(a_big_q, a_small_q);
          s_sum_q <= sum;
          s_lead_q <= vfp_lead(sum);
          s_other_q <= a_other_q;
        end
      end

      always_ff @(posedge clk_i) begin : p_round
        if (go_i[5]) begin
          result_o[l*32 +: 32] <= vfp_finish(s_sum_q, s_lead_q);
          other_o[l*32 +: 32] <= s_other_q;
        end
      end
    end
  endgenerate

endmodule
