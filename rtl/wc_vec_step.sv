// One step of the vector program, in all lanes: six cuts, one vector a cycle.
//
// Cut 0 gathers the operands, wc_vec_alu has the others. The end of a step, rounding to FP16 and
// the clamp, is done in cut 0 of the next one: prev_* is the result of the previous step with the
// bits of its word that say what becomes of it. go_i[i] moves a vector into cut i. The program
// holds still while a command runs.
module wc_vec_step #(
  parameter int unsigned Lanes = 8,
  parameter bit          Special = 0,  // has the operations of step 3
  localparam int unsigned W = 32 * Lanes
) (
  input  logic           clk_i,
  input  logic           rst_ni,
  input  logic [5:0]     go_i,
  input  logic           have_i,       // a vector is in cut O
  output logic           wait_o,       // and must stay there
  input  logic [31:0]    step_i,       // program word
  input  logic [127:0]   consts_i,     // K3 .. K0
  input  logic [6*W-1:0] in_i,         // input streams
  input  logic [2:0]     prev_post_i,  // relu, round16, dst
  input  logic [W-1:0]   prev_i,       // result of the previous step
  input  logic [W-1:0]   prev_other_i, // the running value that it leaves alone
  output logic [W-1:0]   result_o,
  output logic [W-1:0]   other_o
);

  `include "wc_fp.svh"
  `include "wc_vfp.svh"

  logic [4:0] op;
  logic [3:0] src_a, src_b, src_c;
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

  logic [W-1:0] a_q, b_q, c_q, t_q, u_q;
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
      a_q <= operand(src_a, step_i[wc_isa_pkg::STEP_neg_a_LSB], t, u);
      b_q <= operand(src_b, 1'b0, t, u);
      c_q <= operand(src_c, step_i[wc_isa_pkg::STEP_neg_c_LSB], t, u);
      t_q <= t;
      u_q <= u;
    end
  end

  genvar l;
  logic [64*Lanes-1:0] divided;
  generate
    for (l = 0; l < Lanes; l = l + 1) begin : g_lane
      wc_vec_alu u_alu (
        .clk_i     (clk_i),
        .go_i      (go_i[5:1]),
        .op_i      (op),
        .dst_i     (step_i[wc_isa_pkg::STEP_dst_LSB]),
        .a_i       (a_q[l*32 +: 32]),
        .b_i       (b_q[l*32 +: 32]),
        .c_i       (c_q[l*32 +: 32]),
        .t_i       (t_q[l*32 +: 32]),
        .u_i       (u_q[l*32 +: 32]),
        .divided_i (divided[l*64 +: 64]),
        .result_o  (result_o[l*32 +: 32]),
        .other_o   (other_o[l*32 +: 32])
      );
    end

    if (Special) begin : g_special
      logic divides, done;
      assign divides = op == wc_isa_pkg::V_DIV || op == wc_isa_pkg::V_SQRT;
      assign wait_o = have_i && divides && !done;
      wc_vec_divsqrt #(.Lanes(Lanes)) u_divsqrt (
        .clk_i  (clk_i),
        .rst_ni (rst_ni),
        .have_i (have_i && divides),
        .take_i (go_i[1]),
        .sqrt_i (op == wc_isa_pkg::V_SQRT),
        .a_i    (a_q),
        .b_i    (b_q),
        .done_o (done),
        .x_o    (divided)
      );
    end else begin : g_plain
      logic unused;
      assign unused = rst_ni ^ have_i;
      assign divided = '0;
      assign wait_o = 1'b0;
    end
  endgenerate

endmodule
