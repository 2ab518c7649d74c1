// Positions of an image row from x_i on, side by side in memory, up to an edge of the image: those
// before it, in it, or behind it.
module wc_gemm_edge #(
  parameter int unsigned Width = 26
) (
  input  logic [Width-1:0] x_i,
  input  logic [15:0]      w_i,    // of the image
  input  logic [15:0]      left_i, // positions
  output logic             edge_o, // an edge ends the run before the positions do,
  output logic [15:0]      run_o,
  output logic [Width-1:0] next_o  // and x is this then
);

  logic             left;
  logic [Width-1:0] to_edge;

  assign left = x_i[Width-1];
  assign to_edge = left ? -x_i : Width'(w_i) - x_i;
  assign edge_o = (left || x_i < Width'(w_i)) && to_edge < Width'(left_i);
  assign run_o = edge_o ? to_edge[15:0] : left_i;
  assign next_o = left ? '0 : Width'(w_i);

endmodule
