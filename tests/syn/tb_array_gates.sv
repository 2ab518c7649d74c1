// The netlist of a 4 x 4 array on the vectors of its RTL, which tests/rtl/gemm/tb_array recorded:
// what leaves is compared in every cycle after the first 100, by when every register has been
// written. Ends at the first difference.
module tb_array_gates;
  parameter integer Vectors = 300;

  // As tb_array writes them, the last control bits lowest.
  reg  [455:0] vector [0:Vectors-1];
  reg  [455:0] now;
  reg          clk;
  wire [127:0] psum;
  integer      i, wrong, count;
  reg  [1023:0] path;

  wc_array u_gates (.clk_i(clk), .rst_ni(now[0]), .row_valid_i(now[1]), .row_switch_i(now[2]),
    .mid_valid_i(now[3]), .weight_load_i(now[4]), .row_i(now[71:8]), .mid_i(now[135:72]),
    .weight_i(now[199:136]), .psum_i(now[327:200]), .psum_o(psum));

  initial begin
    if (!$value$plusargs("vectors=%s", path)) $finish;
    $readmemh(path, vector);
    clk = 1'b0;
    wrong = 0;
    count = 0;
    for (i = 0; i < Vectors && wrong == 0; i = i + 1) begin
      now = vector[i];
      #5;
      if (i >= 100) begin
        count = count + 1;
        if (psum !== now[455:328]) wrong = wrong + 1;
      end
      clk = 1'b1;
      #5 clk = 1'b0;
    end
    $display("%0d of %0d vectors differ", wrong, count);
    $finish;
  end
endmodule
