// Elements that one step of the feed of A takes: what lies in up to two pieces. The first ends with
// its line or with its run (a tap's channels, a kernel row, an image row up to an edge); the second
// goes on in the next line, or in the next run, which begins in a line of its own.
module wc_gemm_span #(
  parameter int unsigned Most = 4,        // elements of a step
  parameter int unsigned LineElems = 16,
  localparam int unsigned AtBits = $clog2(LineElems)
) (
  input  logic [15:0]       run_i,     // left of this run,
  input  logic [15:0]       next_i,    // of the next one
  input  logic [15:0]       left_i,    // left in all
  input  logic [AtBits-1:0] at_i,      // place in the line, of this run,
  input  logic [AtBits-1:0] next_at_i, // of the next one
  output logic [15:0]       first_o,   // elements of the first piece
  output logic              line_o,    // the second is in the next line, else in the next run
  output logic [15:0]       count_o    // elements of the step, perhaps fewer than first_o
);

  logic [15:0] line, next_line, run_on, second, all, most;

  assign line = 16'(LineElems) - 16'(at_i);
  assign next_line = 16'(LineElems) - 16'(next_at_i);
  assign line_o = line < run_i;
  assign first_o = line_o ? line : run_i;
  assign run_on = (run_i - line < 16'(LineElems)) ? run_i - line : 16'(LineElems);
  assign second = line_o ? run_on : (next_i < next_line) ? next_i : next_line;
  assign all = first_o + second;
  assign most = (left_i < 16'(Most)) ? left_i : 16'(Most);
  assign count_o = (all < most) ? all : most;

endmodule
