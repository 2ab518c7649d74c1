// base + i2*s2 + i1*s1 + i0*s0 along the walk of a wc_gemm_axis2, by additions only, here and at
// the next run of i0.
module wc_gemm_sum2 #(
  parameter int unsigned Width = 52,
  parameter int unsigned Over = 1    // as in wc_gemm_axis2
) (
  input  logic             clk_i,
  input  logic [2:0]       op_i,     // as in wc_gemm_axis
  input  logic             carry0_i, // of wc_gemm_axis2
  input  logic             again0_i,
  input  logic             wrap1_i,
  input  logic             again1_i,
  input  logic [Width-1:0] base_i,
  input  logic [Width-1:0] s2_i,
  input  logic [Width-1:0] s1_i,
  input  logic [Width-1:0] step_i,   // what the step adds along i0,
  input  logic [Width-1:0] rest_i,   // what it adds past the end of the run
  output logic [Width-1:0] sum_o,
  output logic [Width-1:0] next_o    // at the next run
);

  // Sum at the present place, at its i0 = 0, at its i1 = i0 = 0; the same of the mark, of the next
  // run, of the one after it.
  logic [Width-1:0] sum0_q, sum1_q, sum2_q;
  logic [Width-1:0] mark0_q, mark1_q, mark2_q;
  logic [Width-1:0] next1, next2, after1, after2;
  logic [Width-1:0] to0, to1, to2;

  assign next2 = wrap1_i ? sum2_q + s2_i : sum2_q;
  assign next1 = wrap1_i ? sum2_q + s2_i : sum1_q + s1_i;
  assign after2 = again1_i ? next2 + s2_i : next2;
  assign after1 = again1_i ? next2 + s2_i : next1 + s1_i;
  assign sum_o = sum0_q;
  assign next_o = next1;

  always_comb begin
    to0 = sum0_q + step_i;
    to1 = sum1_q;
    to2 = sum2_q;
    if (carry0_i) begin
      to0 = (Over != 0) ? next1 + rest_i : next1;
      to1 = next1;
      to2 = next2;
      if (Over != 0 && again0_i) begin
        to0 = after1;
        to1 = after1;
        to2 = after2;
      end
    end
  end

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
