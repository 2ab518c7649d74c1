// Sixteen counters of which one counts in a cycle: a memory and one adder instead of sixteen.
//
// Reading is combinational. clear_i comes before what is added in its cycle.
module wc_counter_file (
  input  logic        clk_i,
  input  logic        clear_i,
  input  logic        add_i,
  input  logic [3:0]  index_i,   // what counts,
  input  logic [47:0] amount_i,  // by how much
  input  logic [3:0]  read_i,
  output logic [63:0] value_o
);

  logic [63:0] mem [0:15];
  logic [15:0] used_q;           // since the last clear; the others are 0
  logic [63:0] old;

  assign old = used_q[index_i] ? mem[index_i] : 64'd0;
  assign value_o = used_q[read_i] ? mem[read_i] : 64'd0;

  always_ff @(posedge clk_i) begin
    if (add_i) begin
      mem[index_i] <= old + 64'(amount_i);
      used_q[index_i] <= 1'b1;
    end
    if (clear_i) used_q <= '0;
  end

endmodule
