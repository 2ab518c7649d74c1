// One step of the vector program, in all lanes: six cuts, one vector a cycle.
//
//   O operands | N normalise, or the whole of an operation without rounding | M multiply |
//   A align | S add | R normalise and round
//
// The end of a step, rounding to FP16 and the clamp, is done in the first cut of the next one:
// prev_* is the result of the previous step with the bits of its word that say what becomes of
// it. go_i[i] moves a vector into cut i, whose program word is the i-th of step_i: the same in all
// cuts, unless several steps of a program share this one (wc_vec_turns.sv).
// What an operation does not use does not move, and a simulator does not compute it: hence one
// `if` for each alternative, where an `else` would have it evaluate both.
module wc_vec_step #(
  parameter int unsigned Lanes = 8,
  localparam int unsigned W = 32 * Lanes,
  localparam int unsigned X = 64 * Lanes
) (
  input  logic           clk_i,
  input  logic [5:0]     go_i,
  input  logic [191:0]   step_i,       // program words, cut 5 .. cut 0
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

  // What each cut has to know: O
  logic [31:0] step0;
  logic [4:0]  op0;
  logic [3:0]  src_a, src_b, src_c;
  assign step0 = step_i[31:0];
  assign op0 = step0[wc_isa_pkg::STEP_op_LSB +: wc_isa_pkg::STEP_op_BITS];
  assign src_a = (op0 == wc_isa_pkg::V_NOP) ? wc_isa_pkg::S_T
                 : step0[wc_isa_pkg::STEP_a_LSB +: wc_isa_pkg::STEP_a_BITS];
  assign src_b = (op0 == wc_isa_pkg::V_ADD) ? wc_isa_pkg::S_ONE
                 : step0[wc_isa_pkg::STEP_b_LSB +: wc_isa_pkg::STEP_b_BITS];
  assign src_c = step0[wc_isa_pkg::STEP_c_LSB +: wc_isa_pkg::STEP_c_BITS];

  // N
  logic [4:0] op;
  logic       has_c, factors, divides, cmax, dst;
  assign op = step_i[32 + wc_isa_pkg::STEP_op_LSB +: wc_isa_pkg::STEP_op_BITS];
  assign has_c = op == wc_isa_pkg::V_FMA || op == wc_isa_pkg::V_ADD;
  assign factors = multiplies(op);
  assign divides = op == wc_isa_pkg::V_DIV || op == wc_isa_pkg::V_SQRT;
  assign cmax = op == wc_isa_pkg::V_CMAX;
  assign dst = step_i[32 + wc_isa_pkg::STEP_dst_LSB];

  // M, A, S
  logic factors_m, rounds_a, rounds_s;
  assign factors_m = multiplies(step_i[2*32 + wc_isa_pkg::STEP_op_LSB +: wc_isa_pkg::STEP_op_BITS]);
  assign rounds_a = rounds(step_i[3*32 + wc_isa_pkg::STEP_op_LSB +: wc_isa_pkg::STEP_op_BITS]);
  assign rounds_s = rounds(step_i[4*32 + wc_isa_pkg::STEP_op_LSB +: wc_isa_pkg::STEP_op_BITS]);

  logic unused_step;  // each cut has the whole word
  assign unused_step = ^step_i;

  function automatic multiplies(input [4:0] operation);
    multiplies = operation == wc_isa_pkg::V_FMA || operation == wc_isa_pkg::V_ADD ||
                 operation == wc_isa_pkg::V_MUL;
  endfunction

  function automatic rounds(input [4:0] operation);
    rounds = multiplies(operation) || operation == wc_isa_pkg::V_DIV ||
             operation == wc_isa_pkg::V_SQRT;
  endfunction

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

  // ---- O
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
      a_o <= operand(src_a, step0[wc_isa_pkg::STEP_neg_a_LSB], t, u);
      b_o <= operand(src_b, 1'b0, t, u);
      c_q <= operand(src_c, step0[wc_isa_pkg::STEP_neg_c_LSB], t, u);
      t_q <= t;
      u_q <= u;
    end
  end

  // ---- N
  logic [X-1:0] n_x_q;
  logic [W-1:0] n_c_q, n_other_q;
  always_ff @(posedge clk_i) begin : p_normalise
    if (go_i[1] && factors) begin
      for (int l = 0; l < Lanes; l++)
        n_x_q[l*64 +: 64] <= vfp_start(a_o[l*32 +: 32], b_o[l*32 +: 32]);
    end
    if (go_i[1] && divides) n_x_q <= divided_i;
    if (go_i[1] && !factors && !divides) begin
      for (int l = 0; l < Lanes; l++)
        n_x_q[l*64 +: 64] <= vfp_set(vfp_exact(op, a_o[l*32 +: 32], b_o[l*32 +: 32],
                                               c_q[l*32 +: 32], t_q[l*32 +: 32]));
    end
    if (go_i[1] && has_c) n_c_q <= c_q;
    if (go_i[1] && !has_c) begin
      // Nothing to add: a zero with the sign of the product keeps that sign.
      for (int l = 0; l < Lanes; l++)
        n_c_q[l*32 +: 32] <= {a_o[l*32 + 31] ^ (b_o[l*32 + 31] & op != wc_isa_pkg::V_SQRT), 31'd0};
    end
    if (go_i[1] && !cmax) n_other_q <= dst ? t_q : u_q;
    if (go_i[1] && cmax) begin
      for (int l = 0; l < Lanes; l++)
        n_other_q[l*32 +: 32] <= vfp_gt(a_o[l*32 +: 32], t_q[l*32 +: 32]) ? b_o[l*32 +: 32]
                                                                          : u_q[l*32 +: 32];
    end
  end

  // ---- M
  logic [X-1:0] m_x_q;
  logic [W-1:0] m_c_q, m_other_q;
  always_ff @(posedge clk_i) begin : p_multiply
    if (go_i[2]) begin
      m_c_q <= n_c_q;
      m_other_q <= n_other_q;
    end
    if (go_i[2] && !factors_m) m_x_q <= n_x_q;
    if (go_i[2] && factors_m) begin
      for (int l = 0; l < Lanes; l++) m_x_q[l*64 +: 64] <= vfp_multiply(n_x_q[l*64 +: 64]);
    end
  end

  // ---- A
  logic [X-1:0] a_big_q, a_small_q;
  logic [W-1:0] a_other_q;
  always_ff @(posedge clk_i) begin : p_align
    if (go_i[3]) a_other_q <= m_other_q;
    if (go_i[3] && !rounds_a) a_big_q <= m_x_q;
    if (go_i[3] && rounds_a) begin
      for (int l = 0; l < Lanes; l++) begin
        a_big_q[l*64 +: 64] <= vfp_big(m_x_q[l*64 +: 64], m_c_q[l*32 +: 32]);
        a_small_q[l*64 +: 64] <= vfp_small(m_x_q[l*64 +: 64], m_c_q[l*32 +: 32]);
      end
    end
  end

  // ---- S
  logic [X-1:0]       s_sum_q;
  logic [8*Lanes-1:0] s_lead_q;
  logic [W-1:0]       s_other_q;
  always_ff @(posedge clk_i) begin : p_add
    logic [63:0] sum;
    if (go_i[4]) begin
      s_other_q <= a_other_q;
      for (int l = 0; l < Lanes; l++) begin
        sum = vfp_add(a_big_q[l*64 +: 64], a_small_q[l*64 +: 64]);
        s_sum_q[l*64 +: 64] <= sum;
        if (rounds_s) s_lead_q[l*8 +: 8] <= {2'd0, vfp_lead(sum)};
      end
    end
  end

  // ---- R
  always_ff @(posedge clk_i) begin : p_round
    if (go_i[5]) begin
      other_o <= s_other_q;
      for (int l = 0; l < Lanes; l++)
        result_o[l*32 +: 32] <= vfp_finish(s_sum_q[l*64 +: 64], s_lead_q[l*8 +: 6]);
    end
  end

endmodule
