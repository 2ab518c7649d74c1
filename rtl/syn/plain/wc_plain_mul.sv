// The exact product of two FP16 as an FP32, recoding both here. Combinational. Part of wc_plain_pe.
module wc_plain_mul (
  input  logic [15:0] act_i,
  input  logic [15:0] weight_i,
  output logic [31:0] product_o
);
  `include "wc_fp.svh"

  logic [16:0] act, weight;
  logic        nan, special;
  logic [7:0]  e;
  logic [21:0] p;

  assign act = fp16_recode(act_i);
  assign weight = fp16_recode(weight_i);
  assign special = (act[15:11] == 5'd31) | (weight[15:11] == 5'd31);
  assign nan = (act[15:10] == 6'd63) | (weight[15:10] == 6'd63)
      | (special & ((act[15:10] == 6'd0) | (weight[15:10] == 6'd0)));
  assign p = {11'd0, act[15:10] != 6'd0, act[9:0]} * {11'd0, weight[15:10] != 6'd0, weight[9:0]};
  assign e = {2'd0, act[15:10]} + {2'd0, weight[15:10]} + 8'd77 + {7'd0, p[21]};

  always_comb begin
    if (nan) product_o = 32'h7FC00000;
    else if (special) product_o = {act[16] ^ weight[16], 31'h7F800000};
    else if (p[21:20] == 2'd0) product_o = {act[16] ^ weight[16], 31'd0};
    else if (p[21]) product_o = {act[16] ^ weight[16], e, p[20:0], 2'd0};
    else product_o = {act[16] ^ weight[16], e, p[19:0], 3'd0};
  end

endmodule
