// Both arrays side by side on the same stimulus, and the roundings alone.
module tb_array #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned DoubleWeights = 1,
  parameter int unsigned Fold = 0
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  input  logic                      row_valid_i,
  input  logic                      row_switch_i,
  input  logic [Rows*16-1:0]        row_i,
  input  logic                      mid_valid_i,
  input  logic [Rows*16-1:0]        mid_i,
  input  logic [Cols*16-1:0]        weight_i,
  input  logic                      weight_load_i,
  input  logic [Cols*32-1:0]        psum_i,
  output logic [Cols*32-1:0]        psum_o,       // wc_array
  output logic [Cols*32-1:0]        psum_fast_o,  // wc_array_fast
  input  logic [31:0]               x_i,
  output logic [15:0]               half_o,
  output logic [31:0]               flush_o,
  output logic [31:0]               canon_o
);
  `include "wc_fp.svh"

  wc_array #(.Rows(Rows), .Cols(Cols), .DoubleWeights(DoubleWeights), .Fold(Fold)) u_array (
    .clk_i, .rst_ni, .row_valid_i, .row_switch_i, .row_i, .mid_valid_i, .mid_i,
    .weight_i, .weight_load_i, .psum_i, .psum_o
  );

  wc_array_fast #(.Rows(Rows), .Cols(Cols), .DoubleWeights(DoubleWeights), .Fold(Fold)) u_fast (
    .clk_i, .rst_ni, .row_valid_i, .row_switch_i, .row_i, .mid_valid_i, .mid_i,
    .weight_i, .weight_load_i, .psum_i, .psum_o(psum_fast_o)
  );

  assign half_o = fp32_to_fp16(x_i);
  assign flush_o = fp32_flush(x_i);
  assign canon_o = fp32_canon(x_i);

endmodule
