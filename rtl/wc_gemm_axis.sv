// Walks one index triple of a GEMM and keeps an address-like sum along with it.
//
// The triple (i2, i1, i0) runs through d1 and d0 (i2 needs no end: its user counts); the sum is
// base + i2*s2 + i1*s1 + i0*s0, kept by additions only. The walk has a place to come back to:
//
//   op 0 hold      op 1 step: count_i elements along i0, never past d0; wraps into i1 and i2
//   op 2 restart: back to the marked place      op 3 mark: step, and mark the place reached
//   op 4 zero: to (0, 0, 0), marked
//
// Further sums over the same walk (image coordinates) are wc_gemm_sum with this carry.
module wc_gemm_axis #(
  parameter int unsigned Width = 52
) (
  input  logic             clk_i,
  input  logic [2:0]       op_i,
  input  logic [15:0]      d1_i,
  input  logic [15:0]      d0_i,
  input  logic [15:0]      count_i,
  input  logic [Width-1:0] base_i,
  input  logic [Width-1:0] s2_i,
  input  logic [Width-1:0] s1_i,
  input  logic [Width-1:0] step_i,   // count_i * s0
  output logic [15:0]      left_o,   // d0 - i0
  output logic             carry0_o, // this step wraps i0
  output logic             carry1_o, // and i1
  output logic [Width-1:0] sum_o
);

  logic [15:0] left0_q, left1_q;  // until the wrap
  logic [15:0] mark0_q, mark1_q;
  logic [15:0] next0, next1;

  assign left_o = left0_q;
  assign carry0_o = (left0_q == count_i);
  assign carry1_o = carry0_o && (left1_q == 16'd1);
  assign next0 = carry0_o ? d0_i : left0_q - count_i;
  assign next1 = carry1_o ? d1_i : left1_q - {15'd0, carry0_o};

  always_ff @(posedge clk_i) begin
    case (op_i)
      3'd1, 3'd3: begin
        left0_q <= next0;
        left1_q <= next1;
        if (op_i[1]) begin
          mark0_q <= next0;
          mark1_q <= next1;
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

  wc_gemm_sum #(.Width(Width)) u_sum (
    .clk_i, .op_i, .carry0_i(carry0_o), .carry1_i(carry1_o), .base_i, .s2_i, .s1_i, .step_i, .sum_o
  );

endmodule
