// The netlist of a PE beside its RTL on random operands: all outputs are compared in every cycle
// after the first eight. Ends at the first difference.
module tb_pe_gates;
  logic        clk = 1'b0, rst_n = 1'b0, sw, load, sw_rtl, sw_gates;
  logic [16:0] act, weight, act_rtl, act_gates, weight_rtl, weight_gates;
  logic [31:0] psum, psum_rtl, psum_gates;
  integer      i, seed, vectors, wrong = 0, kind;

  wc_pe u_rtl (.clk_i(clk), .rst_ni(rst_n), .act_i(act), .switch_i(sw), .act_o(act_rtl),
    .switch_o(sw_rtl), .weight_i(weight), .load_i(load), .weight_o(weight_rtl), .psum_i(psum),
    .psum_o(psum_rtl));
  wc_pe_gates u_gates (.clk_i(clk), .rst_ni(rst_n), .act_i(act), .switch_i(sw), .act_o(act_gates),
    .switch_o(sw_gates), .weight_i(weight), .load_i(load), .weight_o(weight_gates),
    .psum_i(psum), .psum_o(psum_gates));

  // A recoded FP16: mostly normal, sometimes zero or special.
  function automatic [16:0] operand(input [31:0] r);
    operand = {r[0], 6'd1 + r[6:1] % 6'd40, r[16:7]};
    if (r[20:17] == 4'd0) operand = {r[0], 16'd0};
    if (r[25:17] == 9'd1) operand = {r[0], 6'd62, 10'd0};
    if (r[25:17] == 9'd2) operand = {r[0], 6'd63, 10'd0};
  endfunction

  initial begin
    if (!$value$plusargs("seed=%d", seed)) seed = 1;
    if (!$value$plusargs("vectors=%d", vectors)) vectors = 20000;
    $display("SEED=%0d", seed);
    sw = 1'b1;
    load = 1'b0;
    for (i = 0; i < vectors && wrong == 0; i = i + 1) begin
      act = operand($random(seed));
      weight = operand($random(seed));
      sw = (i < 8) | ($random(seed) & 1);
      kind = $random(seed) & 15;
      psum = $random(seed);
      // Mostly exponents near those of products, and the sum the PE gave, nearly cancelled.
      if (kind < 10) psum[30:23] = 8'd80 + (psum[30:23] % 8'd79);
      if (kind == 10) psum = 32'd0;
      if (kind == 11) psum = 32'h7F800000;
      if (kind > 12) psum = psum_rtl ^ 32'h80000000;
      if (psum[30:23] == 8'd0) psum[22:0] = 23'd0;
      #5 clk = 1'b1;
      #5 clk = 1'b0;
      rst_n = 1'b1;
      if (i >= 8 && {psum_rtl, act_rtl, weight_rtl, sw_rtl}
          !== {psum_gates, act_gates, weight_gates, sw_gates}) wrong = wrong + 1;
    end
    $display("%0d of %0d vectors differ", wrong, i - 8);
    $finish;
  end
endmodule
