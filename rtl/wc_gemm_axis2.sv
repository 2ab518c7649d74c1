// The walk of wc_gemm_axis.sv with a look one element ahead and, with twice_i, steps by two
// elements at once, which may wrap after the first.
module wc_gemm_axis2 #(
  parameter int unsigned Width = 52,
  parameter int unsigned Ahead = 1   // 0: without that
) (
  input  logic             clk_i,
  input  logic [2:0]       op_i,
  input  logic             twice_i,
  input  logic [15:0]      d1_i,
  input  logic [15:0]      d0_i,
  input  logic [15:0]      count_i,
  input  logic [Width-1:0] base_i,
  input  logic [Width-1:0] s2_i,
  input  logic [Width-1:0] s1_i,
  input  logic [Width-1:0] step_i,   // count_i * s0
  input  logic [Width-1:0] s0_i,
  output logic [15:0]      left_o,   // d0 - i0
  output logic             carry0_o, // this step wraps i0
  output logic             carry1_o, // and i1
  output logic             ahead0_o, // a step by one element does,
  output logic             ahead1_o,
  output logic             after0_o, // and the one after it
  output logic             after1_o,
  output logic [Width-1:0] sum_o,
  output logic [Width-1:0] ahead_o   // one element further
);

  logic [15:0] left0_q, left1_q;  // until the wrap
  logic [15:0] mark0_q, mark1_q;
  logic [15:0] next0, next1, one0, one1, to0, to1;

  assign left_o = left0_q;
  assign carry0_o = (left0_q == count_i);
  assign carry1_o = carry0_o && (left1_q == 16'd1);
  assign next0 = carry0_o ? d0_i : left0_q - count_i;
  assign next1 = carry1_o ? d1_i : left1_q - {15'd0, carry0_o};
  assign ahead0_o = (left0_q == 16'd1);
  assign ahead1_o = ahead0_o && (left1_q == 16'd1);
  assign one0 = ahead0_o ? d0_i : left0_q - 16'd1;
  assign one1 = ahead1_o ? d1_i : left1_q - {15'd0, ahead0_o};
  assign after0_o = (one0 == 16'd1);
  assign after1_o = after0_o && (one1 == 16'd1);
  assign to0 = (Ahead == 0 || !twice_i) ? next0 : after0_o ? d0_i : one0 - 16'd1;
  assign to1 = (Ahead == 0 || !twice_i) ? next1 : after1_o ? d1_i : one1 - {15'd0, after0_o};

  always_ff @(posedge clk_i) begin
    case (op_i)
      3'd1, 3'd3: begin
        left0_q <= to0;
        left1_q <= to1;
        if (op_i[1]) begin
          mark0_q <= to0;
          mark1_q <= to1;
        end
      end
      3'd2: begin
        left0_q <= mark0_q;
        left1_q <= mark1_q;
      end
      3'd4: begin
        left0_q <= d0_i;
        left1_q <= d1_i;
        mark0_q <= d0_i;
        mark1_q <= d1_i;
      end
      default: ;
    endcase
  end

  wc_gemm_sum2 #(.Width(Width), .Ahead(Ahead)) u_sum (
    .clk_i, .op_i, .twice_i, .carry0_i(carry0_o), .carry1_i(carry1_o), .ahead0_i(ahead0_o),
    .ahead1_i(ahead1_o), .after0_i(after0_o), .after1_i(after1_o), .base_i,
    .s2_i, .s1_i, .step_i, .s0_i, .sum_o, .ahead_o
  );

endmodule
