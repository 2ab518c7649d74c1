// The lanes: four steps, one after the other, 24 cuts, then the last step's rounding and clamp.
//
// A vector enters when valid_i and ready_o are high; 25 cycles later, if nothing waits, it is at
// the end with its running values T and U. The pipeline moves or stands as a whole. It stands
// when a vector comes to a step whose input streams are not there, while step 3 divides, or when
// the vector at the end is not taken.
module wc_vec_lanes #(
  parameter int unsigned Lanes = 8,
  localparam int unsigned W = 32 * Lanes
) (
  input  logic           clk_i,
  input  logic           rst_ni,
  // program
  input  logic [127:0]   steps_i,    // step 3 .. step 0
  input  logic [127:0]   consts_i,   // K3 .. K0
  input  logic [23:0]    reads_i,    // input streams that steps 3 .. 0 read, 6 bits each
  input  logic [5:0]     held_i,     // streams that give one vector for all of d1
  // input streams
  input  logic [5:0]     in_valid_i,
  input  logic [6*W-1:0] in_i,
  output logic [5:0]     in_pop_o,
  // vectors: first and last of their block along d1
  input  logic           valid_i,
  output logic           ready_o,
  input  logic           first_i,
  input  logic           last_i,
  output logic           valid_o,
  input  logic           ready_i,
  output logic           first_o,
  output logic           last_o,
  output logic [W-1:0]   t_o,
  output logic [W-1:0]   u_o
);

  `include "wc_fp.svh"
  `include "wc_vfp_convert.svh"
  `include "wc_vfp.svh"

  localparam int unsigned Cuts = 6;
  localparam int unsigned Depth = 4 * Cuts;

  // Vector i is in cut i; bit Depth is the end.
  logic [Depth:0] valid_q, first_q, last_q;
  logic           advance, dividing;

  // ---- streams: all that the vector entering a step needs must be there
  logic [3:0] arrives, leaves_block, starved;
  logic [23:0] pops;
  genvar k;
  generate
    for (k = 0; k < 4; k = k + 1) begin : g_stream
      if (k == 0) begin : g_enter
        assign arrives[k] = valid_i && !starved[k];
        assign leaves_block[k] = last_i;
      end else begin : g_inner
        assign arrives[k] = valid_q[k*Cuts - 1];
        assign leaves_block[k] = last_q[k*Cuts - 1];
      end
      assign starved[k] = (reads_i[k*6 +: 6] & ~in_valid_i) != 6'd0;
      assign pops[k*6 +: 6] = {6{arrives[k] && advance}} & reads_i[k*6 +: 6]
                               & ({6{leaves_block[k]}} | ~held_i);
    end
  endgenerate
  assign in_pop_o = pops[5:0] | pops[11:6] | pops[17:12] | pops[23:18];
  assign advance = (arrives[3:1] & starved[3:1]) == 3'd0 && !dividing
                   && (!valid_q[Depth] || ready_i);
  assign ready_o = advance && !starved[0];

  always_ff @(posedge clk_i) begin
    if (advance) begin
      valid_q <= {valid_q[Depth-1:0], arrives[0]};
      first_q <= {first_q[Depth-1:0], first_i};
      last_q <= {last_q[Depth-1:0], last_i};
    end else if (ready_i) begin
      valid_q[Depth] <= 1'b0;  // taken from the end while the others stand
    end
    if (!rst_ni) valid_q <= '0;
  end

  // ---- steps
  logic [5*W-1:0]   result, other;  // before step 0 .. after step 3
  logic [4*W-1:0]   a, b;
  logic [64*Lanes-1:0] divided;
  logic [14:0]      post;
  logic [Depth-1:0] go;
  assign result[0 +: W] = '0;
  assign other[0 +: W] = '0;
  assign post[2:0] = 3'd0;
  assign go = {Depth{advance}} & {valid_q[Depth-2:0], arrives[0]};
  generate
    for (k = 0; k < 4; k = k + 1) begin : g_step
      assign post[(k+1)*3 +: 3] = {steps_i[k*32 + wc_isa_pkg::STEP_relu_LSB],
                                   steps_i[k*32 + wc_isa_pkg::STEP_round16_LSB],
                                   steps_i[k*32 + wc_isa_pkg::STEP_dst_LSB]};
      wc_vec_step #(.Lanes(Lanes)) u_step (
        .clk_i        (clk_i),
        .go_i         (go[k*Cuts +: Cuts]),
        .step_i       ({Cuts{steps_i[k*32 +: 32]}}),
        .consts_i     (consts_i),
        .in_i         (in_i),
        .prev_post_i  (post[k*3 +: 3]),
        .prev_i       (result[k*W +: W]),
        .prev_other_i (other[k*W +: W]),
        .a_o          (a[k*W +: W]),
        .b_o          (b[k*W +: W]),
        .divided_i    ((k == 3) ? divided : '0),
        .result_o     (result[(k+1)*W +: W]),
        .other_o      (other[(k+1)*W +: W])
      );
    end
  endgenerate

  // ---- step 3 waits for quotients and roots
  logic [4:0] op3;
  logic       divides, divided_valid;
  assign op3 = steps_i[3*32 + wc_isa_pkg::STEP_op_LSB +: wc_isa_pkg::STEP_op_BITS];
  assign divides = valid_q[3*Cuts] && (op3 == wc_isa_pkg::V_DIV || op3 == wc_isa_pkg::V_SQRT);
  assign dividing = divides && !divided_valid;
  wc_vec_divsqrt #(.Lanes(Lanes)) u_divsqrt (
    .clk_i  (clk_i),
    .rst_ni (rst_ni),
    .have_i (divides),
    .take_i (advance),
    .sqrt_i (op3 == wc_isa_pkg::V_SQRT),
    .a_i    (a[3*W +: W]),
    .b_i    (b[3*W +: W]),
    .done_o (divided_valid),
    .x_o    (divided)
  );
  logic unused;
  assign unused = ^{a[3*W-1:0], b[3*W-1:0]};

  // ---- end
  always_ff @(posedge clk_i) begin : p_end
    logic [W-1:0] value;
    if (advance && valid_q[Depth-1]) begin
      value = result[4*W +: W];
      if (post[14:13] != 2'd0) begin
        for (int l = 0; l < Lanes; l++)
          value[l*32 +: 32] = vfp_post(result[4*W + l*32 +: 32], post[13], post[14]);
      end
      t_o <= post[12] ? other[4*W +: W] : value;
      u_o <= post[12] ? value : other[4*W +: W];
    end
  end
  assign valid_o = valid_q[Depth];
  assign first_o = first_q[Depth];
  assign last_o = last_q[Depth];

endmodule
