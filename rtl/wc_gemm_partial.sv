// Places the words of a line of partials into their columns: word i belongs to column col_i + i.
// Subnormal partials become zeros of their sign (docs/numerics.md).
module wc_gemm_partial #(
  parameter int unsigned Cols = 4,
  parameter int unsigned LineWords = 8,
  localparam int unsigned ColsBits = $clog2(Cols + 1)
) (
  input  logic                    valid_i,  // else all is 0
  input  logic [LineWords*32-1:0] data_i,
  input  logic [ColsBits-1:0]     col_i,
  input  logic [ColsBits-1:0]     count_i,
  output logic [Cols-1:0]         cols_o,
  output logic [Cols*32-1:0]      data_o
);
  `include "wc_fp.svh"

  localparam int unsigned WordBits = $clog2(LineWords);

  generate
    genvar c;
    for (c = 0; c < Cols; c = c + 1) begin : g_col
      logic [ColsBits-1:0] word;
      assign word = ColsBits'(c) - col_i;
      assign cols_o[c] = valid_i && ColsBits'(c) >= col_i && word < count_i;
      assign data_o[c*32 +: 32] = valid_i ? fp32_flush(data_i[WordBits'(word)*32 +: 32]) : 32'd0;
    end
  endgenerate

endmodule
