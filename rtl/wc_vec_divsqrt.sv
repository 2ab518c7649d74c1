// Divides, or takes square roots, in all lanes at once: one quotient bit a cycle.
//
// While have_i is high, a_i and b_i hold still; done_o rises 29 to 53 cycles later (one more for
// each leading zero of a subnormal operand) and stays until take_i. The result is a product word
// X of wc_vfp.svh: 27 bits of quotient and a sticky bit, rounded by whoever takes it.
module wc_vec_divsqrt #(
  parameter int unsigned Lanes = 8
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                have_i,
  input  logic                take_i,
  input  logic                sqrt_i,  // root of a, else a / b
  input  logic [32*Lanes-1:0] a_i,
  input  logic [32*Lanes-1:0] b_i,
  output logic                done_o,
  output logic [64*Lanes-1:0] x_o
);

  localparam logic [4:0] Bits = 5'd27;

  localparam logic [1:0] Idle = 2'd0, Normalise = 2'd1, Divide = 2'd2, Done = 2'd3;

  logic [1:0]          state_q;
  logic [4:0]          left_q;    // quotient bits still to come
  logic [16*Lanes-1:0] e_q;       // exponent of the quotient, as X has it
  logic [32*Lanes-1:0] head_q;    // dividend, then remainder
  logic [32*Lanes-1:0] tail_q;    // divisor, or what of the radicand is not used yet
  logic [32*Lanes-1:0] quot_q;

  logic [Lanes-1:0]    ready;     // both operands normalised
  logic [2*Lanes-1:0]  class_q;

  // Class of the quotient or root: 0 finite, 1 zero, 2 infinite, 3 NaN.
  function automatic [1:0] class_of(input [31:0] a, input [30:0] b, input sqrt);
    reg a_zero, b_zero, a_inf, b_inf, nan;
    begin
      a_zero = a[30:0] == 31'd0;
      a_inf = a[30:0] == 31'h7F800000;
      b_zero = b == 31'd0;
      b_inf = b == 31'h7F800000;
      nan = a[30:0] > 31'h7F800000;
      if (sqrt) begin
        nan = nan || (a[31] && !a_zero);
        class_of = nan ? 2'd3 : a_inf ? 2'd2 : {1'b0, a_zero};
      end else begin
        nan = nan || b > 31'h7F800000 || (a_zero && b_zero) || (a_inf && b_inf);
        class_of = nan ? 2'd3 : (a_inf || b_zero) ? 2'd2 : {1'b0, a_zero || b_inf};
      end
    end
  endfunction

  function automatic [9:0] exponent(input [7:0] e);
    exponent = {2'd0, e} + {9'd0, e == 8'd0};
  endfunction

  // Each only where it is used: most commands do not divide, and simulate faster so.
  always_comb begin
    ready = '0;
    if (state_q == Normalise) begin
      for (int l = 0; l < Lanes; l++)
        ready[l] = class_q[l*2 +: 2] != 2'd0
                   || (head_q[l*32 + 23] && (sqrt_i || tail_q[l*32 + 23]));
    end
  end
  always_comb begin
    x_o = '0;
    if (state_q == Done) begin
      for (int l = 0; l < Lanes; l++)
        x_o[l*64 +: 64] =
          {3'd0, class_q[l*2 +: 2], a_i[l*32 + 31] ^ (b_i[l*32 + 31] & !sqrt_i), e_q[l*16 +: 10],
           quot_q[l*32 +: 27], head_q[l*32 +: 32] != 32'd0, 20'd0};
    end
  end
  assign done_o = state_q == Done;

  always_ff @(posedge clk_i) begin : p_state
    case (state_q)
      Idle: if (have_i) state_q <= Normalise;
      Normalise: if (ready == '1) state_q <= Divide;
      Divide: if (left_q == 5'd1) state_q <= Done;
      default: if (take_i) state_q <= Idle;
    endcase
    if (!rst_ni) state_q <= Idle;
  end

  always_ff @(posedge clk_i) begin : p_lanes
    logic [30:0] b;
    logic [31:0] a, head, tail, part, trial;
    logic [9:0]  e;
    if (state_q == Normalise) left_q <= Bits;
    if (state_q == Divide) left_q <= left_q - 5'd1;
    if (state_q != Done && (state_q != Idle || have_i)) begin
      for (int l = 0; l < Lanes; l++) begin
        a = a_i[l*32 +: 32];
        b = b_i[l*32 +: 31];
        head = head_q[l*32 +: 32];
        tail = tail_q[l*32 +: 32];
        e = e_q[l*16 +: 10];
        if (state_q == Idle && have_i) begin
          class_q[l*2 +: 2] <= class_of(a, b, sqrt_i);
          head_q[l*32 +: 32] <= {8'd0, a[30:23] != 8'd0, a[22:0]};
          tail_q[l*32 +: 32] <= {8'd0, b[30:23] != 8'd0, b[22:0]};
          quot_q[l*32 +: 32] <= '0;
          e = sqrt_i ? exponent(a[30:23]) : exponent(a[30:23]) - exponent(b[30:23]) + 10'd126;
          e_q[l*16 +: 16] <= {6'd0, e};
        end
        if (state_q == Normalise && ready != '1) begin
          if (class_q[l*2 +: 2] == 2'd0) begin
            if (!head[23]) begin
              head_q[l*32 +: 32] <= head << 1;
              e = e - 10'd1;
            end
            if (!sqrt_i && !tail[23]) begin
              tail_q[l*32 +: 32] <= tail << 1;
              e = e + 10'd1;
            end
            e_q[l*16 +: 16] <= {6'd0, e};
          end
        end else if (state_q == Normalise && sqrt_i) begin
          // An exponent e - 127 that is odd leaves its 1 to the radicand, now 26 bits from 1 to 4.
          tail_q[l*32 +: 32] <= e[0] ? {6'd0, 1'b0, head[23:0], 1'b0} : {6'd0, head[23:0], 2'd0};
          head_q[l*32 +: 32] <= '0;
          e = e + 10'd125;  // (e - 127 + 2 * 126) / 2, rounded down
          e_q[l*16 +: 16] <= {6'd0, e[9], e[9:1]};
        end
        if (state_q == Divide) begin
          part = sqrt_i ? {head[29:0], tail[25:24]} : head;
          trial = sqrt_i ? {quot_q[l*32 +: 30], 2'b01} : tail;
          quot_q[l*32 +: 32] <= {quot_q[l*32 +: 31], part >= trial};
          if (part >= trial) part = part - trial;
          head_q[l*32 +: 32] <= sqrt_i ? part : part << 1;
          if (sqrt_i) tail_q[l*32 +: 32] <= tail << 2;
        end
      end
    end
  end

endmodule
