// Elements of a piece: the least of a_i, b_i, Most, and what is left of a line of LineElems
// elements from element at_i on.
module wc_gemm_count #(
  parameter int unsigned Most = 4,
  parameter int unsigned LineElems = 16,
  localparam int unsigned AtBits = $clog2(LineElems)
) (
  input  logic [15:0]       a_i,
  input  logic [15:0]       b_i,
  input  logic [AtBits-1:0] at_i,
  output logic [15:0]       count_o
);

  logic [15:0] line, ab, fixed;

  assign line = 16'(LineElems) - 16'(at_i);
  assign ab = (a_i < b_i) ? a_i : b_i;
  assign fixed = (line < 16'(Most)) ? line : 16'(Most);
  assign count_o = (ab < fixed) ? ab : fixed;

endmodule
