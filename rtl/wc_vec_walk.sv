// Walks the vectors of one stream in the order of the vector unit:
//   for i3, for i2, for each block of Lanes elements along d0, for p
// and gives each vector's address. One vector a cycle.
//
// load_i sets the walker to its first vector, start_i lets it go. Addresses are signed and two
// bits wider than a stride, so that one stride never carries one back into range: checking the
// address of every vector is enough.
module wc_vec_walk #(
  parameter int unsigned Lanes = 8,
  localparam int unsigned CountBits = $clog2(Lanes) + 1,
  localparam int unsigned BlockBits = 18 + $clog2(Lanes)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 load_i,
  input  logic [31:0]          base_i,
  input  logic [31:0]          s1_i,
  input  logic [31:0]          s2_i,
  input  logic [31:0]          s3_i,
  input  logic [BlockBits-1:0] block_i,      // signed bytes from block to block
  // dimensions, steady from load_i to the end; less one, but d0
  input  logic [23:0]          d0_i,
  input  logic [23:0]          n1_less_1_i,
  input  logic [15:0]          d2_less_1_i,
  input  logic [15:0]          d3_less_1_i,
  input  logic                 start_i,
  input  logic                 stop_i,
  input  logic                 next_i,
  output logic                 valid_o,
  output logic [33:0]          addr_o,
  output logic [CountBits-1:0] count_o,      // elements of this vector, 1 .. Lanes
  output logic                 first_o,      // of its block
  output logic                 last_o
);

  logic [31:0]          s1_q, s2_q, s3_q;
  logic [BlockBits-1:0] step_q;
  logic [33:0]          at_p_q, at_block_q, at_2_q, at_3_q;  // where each loop stands
  logic [23:0]          p_q, rest_q;                         // rest: elements from this block on
  logic [15:0]          i2_q, i3_q;

  logic last_block;
  assign last_o = p_q == n1_less_1_i;
  assign last_block = rest_q <= 24'(Lanes);

  always_ff @(posedge clk_i) begin : p_walk
    logic        last_2, last_3;
    logic [33:0] next;
    if (load_i) begin
      s1_q <= s1_i;
      s2_q <= s2_i;
      s3_q <= s3_i;
      step_q <= block_i;
      at_p_q <= {2'd0, base_i};
      at_block_q <= {2'd0, base_i};
      at_2_q <= {2'd0, base_i};
      at_3_q <= {2'd0, base_i};
      p_q <= '0;
      rest_q <= d0_i;
      i2_q <= '0;
      i3_q <= '0;
    end else if (next_i) begin
      last_2 = i2_q == d2_less_1_i;
      last_3 = i3_q == d3_less_1_i;
      if (!last_o) next = at_p_q + {{2{s1_q[31]}}, s1_q};
      else if (!last_block) next = at_block_q + {{(34 - BlockBits){step_q[BlockBits-1]}}, step_q};
      else if (!last_2) next = at_2_q + {{2{s2_q[31]}}, s2_q};
      else next = at_3_q + {{2{s3_q[31]}}, s3_q};
      at_p_q <= next;
      p_q <= last_o ? '0 : p_q + 24'd1;
      if (last_o) begin
        at_block_q <= next;
        rest_q <= last_block ? d0_i : rest_q - 24'(Lanes);
        if (last_block) begin
          at_2_q <= next;
          i2_q <= last_2 ? '0 : i2_q + 16'd1;
          if (last_2) begin
            at_3_q <= next;
            i3_q <= i3_q + 16'd1;
            if (last_3) valid_o <= 1'b0;
          end
        end
      end
    end
    if (start_i) valid_o <= 1'b1;
    if (!rst_ni || stop_i) valid_o <= 1'b0;
  end

  assign addr_o = at_p_q;
  assign count_o = last_block ? rest_q[CountBits-1:0] : CountBits'(Lanes);
  assign first_o = p_q == '0;

endmodule
