// A lane of the array's second entrance: recodes an activation and delays it and its valid.
module wc_array_mid #(
  parameter int unsigned Delay = 2
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        valid_i,
  input  logic [15:0] act_i,
  output logic        valid_o,  // Delay cycles later
  output logic [16:0] act_o     // recoded
);
  `include "wc_fp.svh"

  generate
    if (Delay == 0) begin : g_none
      logic unused;
      assign unused = clk_i & rst_ni;
      assign act_o = fp16_recode(act_i);
      assign valid_o = valid_i;
    end else if (Delay == 1) begin : g_one
      always_ff @(posedge clk_i) begin
        if (valid_i) act_o <= fp16_recode(act_i);
        valid_o <= rst_ni & valid_i;
      end
    end else begin : g_more
      logic [Delay*17-1:0] act_q;
      logic [Delay-1:0]    valid_q;
      assign act_o = act_q[16:0];
      assign valid_o = valid_q[0];
      always_ff @(posedge clk_i) begin
        act_q[(Delay-1)*17-1:0] <= act_q[Delay*17-1:17];
        if (valid_i) act_q[(Delay-1)*17 +: 17] <= fp16_recode(act_i);
        valid_q <= rst_ni ? {valid_i, valid_q[Delay-1:1]} : '0;
      end
    end
  endgenerate

endmodule
