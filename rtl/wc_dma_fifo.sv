// First-in first-out queue of a few words in registers.
//
// The head shows at data_o while valid_o; a word pushed now shows next cycle. Full throughput at
// any Depth of 2 or more. A push while full and a pop while empty are the caller's error.
module wc_dma_fifo #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 4,  // power of two
  localparam int unsigned Bits = $clog2(Depth)
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             push_i,
  input  logic [Width-1:0] data_i,
  output logic             ready_o,  // not full
  output logic             valid_o,  // not empty
  output logic [Width-1:0] data_o,
  input  logic             pop_i
);

  logic [Width-1:0] mem [0:Depth-1];
  logic [Bits:0]    head_q, tail_q;

  assign valid_o = head_q != tail_q;
  assign ready_o = (tail_q - head_q) != (Bits + 1)'(Depth);
  assign data_o = mem[head_q[Bits-1:0]];

  always_ff @(posedge clk_i) begin
    if (push_i) begin
      mem[tail_q[Bits-1:0]] <= data_i;
      tail_q <= tail_q + 1'b1;
    end
    if (pop_i) head_q <= head_q + 1'b1;
    if (!rst_ni) begin
      head_q <= '0;
      tail_q <= '0;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      assert (!(push_i && !ready_o)) else $error("wc_dma_fifo: push while full");
      assert (!(pop_i && !valid_o)) else $error("wc_dma_fifo: pop while empty");
    end
  end
  initial begin
    if (Depth != (1 << Bits) || Depth < 2) $error("wc_dma_fifo: Depth must be a power of two");
  end
`endif

endmodule
