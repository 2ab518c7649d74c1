// The walk of wc_gemm_axis.sv with a look at the next run of i0 and, with Over, steps that may go
// on into it, up to its end.
module wc_gemm_axis2 #(
  parameter int unsigned Width = 52,
  parameter int unsigned Over = 1   // 0: count_i never passes d0
) (
  input  logic             clk_i,
  input  logic [2:0]       op_i,
  input  logic [15:0]      d1_i,
  input  logic [15:0]      d0_i,
  input  logic [15:0]      count_i,  // at most left_o, with Over left_o + d0_i
  input  logic [Width-1:0] base_i,
  input  logic [Width-1:0] s2_i,
  input  logic [Width-1:0] s1_i,
  input  logic [Width-1:0] step_i,   // count_i * s0
  input  logic [Width-1:0] rest_i,   // rest_o * s0
  output logic [15:0]      left_o,   // d0 - i0
  output logic [15:0]      rest_o,   // elements of the step past the end of the run
  output logic             carry0_o, // this step wraps i0,
  output logic             again0_o, // twice
  output logic             wrap1_o,  // the end of this run wraps i1,
  output logic             again1_o, // that of the next one does
  output logic [Width-1:0] sum_o,
  output logic [Width-1:0] next_o    // at the next run
);

  logic [15:0] left0_q, left1_q;  // until the wrap
  logic [15:0] mark0_q, mark1_q;
  logic [15:0] next1, to0, to1;

  assign left_o = left0_q;
  assign rest_o = count_i - left0_q;
  assign carry0_o = (Over != 0) ? count_i >= left0_q : count_i == left0_q;
  assign again0_o = (Over != 0) && carry0_o && rest_o == d0_i;
  assign wrap1_o = (left1_q == 16'd1);
  assign next1 = wrap1_o ? d1_i : left1_q - 16'd1;
  assign again1_o = (next1 == 16'd1);

  always_comb begin
    to0 = left0_q - count_i;
    to1 = left1_q;
    if (carry0_o) begin
      to0 = (Over != 0 && !again0_o) ? d0_i - rest_o : d0_i;
      to1 = !again0_o ? next1 : again1_o ? d1_i : next1 - 16'd1;
    end
  end

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

  wc_gemm_sum2 #(.Width(Width), .Over(Over)) u_sum (
    .clk_i, .op_i, .carry0_i(carry0_o), .again0_i(again0_o), .wrap1_i(wrap1_o),
    .again1_i(again1_o), .base_i, .s2_i, .s1_i, .step_i, .rest_i, .sum_o, .next_o
  );

endmodule
