// base + i2*s2 + i1*s1 + i0*s0 along the walk of a wc_gemm_axis, by additions only.
module wc_gemm_sum #(
  parameter int unsigned Width = 52
) (
  input  logic             clk_i,
  input  logic [2:0]       op_i,     // as in wc_gemm_axis
  input  logic             carry0_i,
  input  logic             carry1_i,
  input  logic [Width-1:0] base_i,
  input  logic [Width-1:0] s2_i,
  input  logic [Width-1:0] s1_i,
  input  logic [Width-1:0] step_i,   // what a step along i0 adds
  output logic [Width-1:0] sum_o
);

  // Sum at the present place, at its i0 = 0, at its i1 = i0 = 0; and the same of the mark.
  logic [Width-1:0] sum0_q, sum1_q, sum2_q;
  logic [Width-1:0] mark0_q, mark1_q, mark2_q;
  logic [Width-1:0] next0, next1, next2;

  assign next2 = carry1_i ? sum2_q + s2_i : sum2_q;
  assign next1 = carry1_i ? sum2_q + s2_i : (carry0_i ? sum1_q + s1_i : sum1_q);
  assign next0 = carry0_i ? next1 : sum0_q + step_i;
  assign sum_o = sum0_q;

  always_ff @(posedge clk_i) begin
    case (op_i)
      3'd1, 3'd3: begin
        sum0_q <= next0;
        sum1_q <= next1;
        sum2_q <= next2;
        if (op_i[1]) begin
          mark0_q <= next0;
          mark1_q <= next1;
          mark2_q <= next2;
        end
      end
      3'd2: begin
        sum0_q <= mark0_q;
        sum1_q <= mark1_q;
        sum2_q <= mark2_q;
      end
      3'd4: begin
        sum0_q <= base_i;
        sum1_q <= base_i;
        sum2_q <= base_i;
        mark0_q <= base_i;
        mark1_q <= base_i;
        mark2_q <= base_i;
      end
      default: ;
    endcase
  end

endmodule
