// One lane of one step, through which an element goes four times: wc_vec_lanes for a device that
// cannot hold four steps, with the same interface but for what is held.
//
//        +-- turn 1, 2, 3 --------------------+
//        v                                    |
//   ---> O -> N -> M -> A -> S -> R ----------+--> rounding, clamp -> end
//
// Up to six elements are under way, each with its turn; every cut does what its element's step
// says. An element enters where none comes back, so one enters every four cycles. The ring moves
// or stands as a whole: it stands when an element comes back to a step whose input streams are
// not there, while step 3 divides, or when the element at the end is not taken.
module wc_vec_turns (
  input  logic         clk_i,
  input  logic         rst_ni,
  // program
  input  logic [127:0] steps_i,    // step 3 .. step 0
  input  logic [127:0] consts_i,   // K3 .. K0
  input  logic [23:0]  reads_i,    // input streams that steps 3 .. 0 read, 6 bits each
  // input streams
  input  logic [5:0]   in_valid_i,
  input  logic [191:0] in_i,
  output logic [5:0]   in_pop_o,
  // elements, and two marks that go with each
  input  logic         valid_i,
  output logic         ready_o,
  input  logic         first_i,
  input  logic         last_i,
  output logic         valid_o,
  input  logic         ready_i,
  output logic         first_o,
  output logic         last_o,
  output logic [31:0]  t_o,
  output logic [31:0]  u_o
);

  `include "wc_fp.svh"
  `include "wc_vfp_convert.svh"
  `include "wc_vfp.svh"

  localparam int unsigned Cuts = 6;

  // Element in the registers behind cut i.
  logic [Cuts-1:0]   valid_q, first_q, last_q;
  logic [2*Cuts-1:0] turn_q;

  // ---- what comes to cut O
  logic       back, enters, starved, dividing, advance;
  logic [1:0] turn;
  logic [5:0] needs;
  assign back = valid_q[Cuts-1] && turn_q[2*Cuts-1 -: 2] != 2'd3;
  assign turn = back ? turn_q[2*Cuts-1 -: 2] + 2'd1 : 2'd0;
  always_comb begin  // a shift by six times the turn would be a multiplier
    case (turn)
      2'd0: needs = reads_i[5:0];
      2'd1: needs = reads_i[11:6];
      2'd2: needs = reads_i[17:12];
      default: needs = reads_i[23:18];
    endcase
  end
  assign starved = (needs & ~in_valid_i) != 6'd0;
  assign enters = valid_i && !back && !starved;
  assign advance = !(back && starved) && !dividing && (!valid_o || ready_i);
  assign ready_o = advance && !back && !starved;
  assign in_pop_o = needs & {6{advance && (back || enters)}};

  always_ff @(posedge clk_i) begin
    if (advance) begin
      valid_q <= {valid_q[Cuts-2:0], back || enters};
      turn_q <= {turn_q[2*Cuts-3:0], turn};
      first_q <= {first_q[Cuts-2:0], back ? first_q[Cuts-1] : first_i};
      last_q <= {last_q[Cuts-2:0], back ? last_q[Cuts-1] : last_i};
    end
    if (!rst_ni) valid_q <= '0;
  end

  // ---- the step, with the word of each cut's element
  logic [32*Cuts-1:0] words;
  logic [31:0]        word_back, result, other, a, b;
  logic [63:0]        divided;
  assign word_back = steps_i[turn_q[2*Cuts-1 -: 2]*32 +: 32];
  assign words[31:0] = steps_i[turn*32 +: 32];
  genvar c;
  generate
    for (c = 1; c < Cuts; c = c + 1) begin : g_word
      assign words[c*32 +: 32] = steps_i[turn_q[2*c-1 -: 2]*32 +: 32];
    end
  endgenerate

  wc_vec_step #(.Lanes(1)) u_step (
    .clk_i        (clk_i),
    .go_i         ({Cuts{advance}} & {valid_q[Cuts-2:0], back || enters}),
    .step_i       (words),
    .consts_i     (consts_i),
    .in_i         (in_i),
    .prev_post_i  (back ? {word_back[wc_isa_pkg::STEP_relu_LSB],
                           word_back[wc_isa_pkg::STEP_round16_LSB],
                           word_back[wc_isa_pkg::STEP_dst_LSB]} : 3'd0),
    .prev_i       (back ? result : 32'd0),
    .prev_other_i (back ? other : 32'd0),
    .a_o          (a),
    .b_o          (b),
    .divided_i    (divided),
    .result_o     (result),
    .other_o      (other)
  );

  // ---- step 3 waits for quotients and roots
  logic [4:0] op3;
  logic       divides, divided_valid;
  assign op3 = steps_i[3*32 + wc_isa_pkg::STEP_op_LSB +: wc_isa_pkg::STEP_op_BITS];
  assign divides = valid_q[0] && turn_q[1:0] == 2'd3
                   && (op3 == wc_isa_pkg::V_DIV || op3 == wc_isa_pkg::V_SQRT);
  assign dividing = divides && !divided_valid;
  wc_vec_divsqrt #(.Lanes(1)) u_divsqrt (
    .clk_i  (clk_i),
    .rst_ni (rst_ni),
    .have_i (divides),
    .take_i (advance),
    .sqrt_i (op3 == wc_isa_pkg::V_SQRT),
    .a_i    (a),
    .b_i    (b),
    .done_o (divided_valid),
    .x_o    (divided)
  );

  // ---- end
  logic [31:0] value;
  logic        to_u;
  assign to_u = steps_i[3*32 + wc_isa_pkg::STEP_dst_LSB];
  assign value = vfp_post(result, steps_i[3*32 + wc_isa_pkg::STEP_round16_LSB],
                          steps_i[3*32 + wc_isa_pkg::STEP_relu_LSB]);
  always_ff @(posedge clk_i) begin
    if (advance) begin
      valid_o <= valid_q[Cuts-1] && !back;
      first_o <= first_q[Cuts-1];
      last_o <= last_q[Cuts-1];
      t_o <= to_u ? other : value;
      u_o <= to_u ? value : other;
    end else if (ready_i) begin
      valid_o <= 1'b0;  // taken from the end while the others stand
    end
    if (!rst_ni) valid_o <= 1'b0;
  end

  logic unused;
  assign unused = ^word_back;

endmodule
