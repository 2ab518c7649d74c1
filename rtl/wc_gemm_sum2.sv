// base + i2*s2 + i1*s1 + i0*s0 along the walk of a wc_gemm_axis2, by additions only, here and one
// element further.
module wc_gemm_sum2 #(
  parameter int unsigned Width = 52,
  parameter int unsigned Ahead = 1   // 0: without that
) (
  input  logic             clk_i,
  input  logic [2:0]       op_i,     // as in wc_gemm_axis
  input  logic             twice_i,  // op_i steps by two elements
  input  logic             carry0_i, // of op_i's step
  input  logic             carry1_i,
  input  logic             ahead0_i, // of a step by one element
  input  logic             ahead1_i,
  input  logic             after0_i, // of another one
  input  logic             after1_i,
  input  logic [Width-1:0] base_i,
  input  logic [Width-1:0] s2_i,
  input  logic [Width-1:0] s1_i,
  input  logic [Width-1:0] step_i,   // what a step along i0 adds
  input  logic [Width-1:0] s0_i,
  output logic [Width-1:0] sum_o,
  output logic [Width-1:0] ahead_o   // one element further
);

  // Sum at the present place, at its i0 = 0, at its i1 = i0 = 0; the same of the mark, of the next
  // place, one element further and two.
  logic [Width-1:0] sum0_q, sum1_q, sum2_q;
  logic [Width-1:0] mark0_q, mark1_q, mark2_q;
  logic [Width-1:0] next0, next1, next2, ahead0, ahead1, ahead2, after0, after1, after2;
  logic [Width-1:0] to0, to1, to2;

  assign next2 = carry1_i ? sum2_q + s2_i : sum2_q;
  assign next1 = carry1_i ? sum2_q + s2_i : (carry0_i ? sum1_q + s1_i : sum1_q);
  assign next0 = carry0_i ? next1 : sum0_q + step_i;
  assign ahead2 = ahead1_i ? sum2_q + s2_i : sum2_q;
  assign ahead1 = ahead1_i ? sum2_q + s2_i : (ahead0_i ? sum1_q + s1_i : sum1_q);
  assign ahead0 = ahead0_i ? ahead1 : sum0_q + s0_i;
  assign after2 = after1_i ? ahead2 + s2_i : ahead2;
  assign after1 = after1_i ? ahead2 + s2_i : (after0_i ? ahead1 + s1_i : ahead1);
  assign after0 = after0_i ? after1 : ahead0 + s0_i;
  assign to0 = (Ahead != 0 && twice_i) ? after0 : next0;
  assign to1 = (Ahead != 0 && twice_i) ? after1 : next1;
  assign to2 = (Ahead != 0 && twice_i) ? after2 : next2;
  assign sum_o = sum0_q;
  assign ahead_o = (Ahead != 0) ? ahead0 : '0;

  always_ff @(posedge clk_i) begin
    case (op_i)
      3'd1, 3'd3: begin
        sum0_q <= to0;
        sum1_q <= to1;
        sum2_q <= to2;
        if (op_i[1]) begin
          mark0_q <= to0;
          mark1_q <= to1;
          mark2_q <= to2;
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
