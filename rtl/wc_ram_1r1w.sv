// The only memory of the core: simple dual port, synchronous read, to be replaced by a macro.
//
// Read latency 1: data appear the cycle after rd_en_i and stay until the next read. A read of
// the address being written in the same cycle gives the old word. Contents start undefined.
module wc_ram_1r1w #(
  parameter int unsigned Width = 32,
  parameter int unsigned Depth = 16,
  parameter int unsigned Strobes = 1,  // write strobes; each guards Width/Strobes bits
  localparam int unsigned AddrBits = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                clk_i,
  input  logic                wr_en_i,
  input  logic [AddrBits-1:0] wr_addr_i,
  input  logic [Width-1:0]    wr_data_i,
  input  logic [Strobes-1:0]  wr_strb_i,  // tie to '1 to write whole words
  input  logic                rd_en_i,
  input  logic [AddrBits-1:0] rd_addr_i,
  output logic [Width-1:0]    rd_data_o
);

  logic [Width-1:0] mem [0:Depth-1];

  generate
    if (Strobes == 1) begin : g_word
      always_ff @(posedge clk_i) begin
        if (wr_en_i && wr_strb_i[0]) mem[wr_addr_i] <= wr_data_i;
      end
    end else begin : g_strobe
      localparam int unsigned Part = Width / Strobes;
      integer i;
`ifdef VERILATOR
      // The same as below in one write, which simulates many times faster.
      logic [Width-1:0] mask;
      always_comb begin
        mask = '1;
        if (wr_en_i && wr_strb_i != '1) begin
          for (i = 0; i < Strobes; i = i + 1) mask[i*Part +: Part] = {Part{wr_strb_i[i]}};
        end
      end
      always_ff @(posedge clk_i) begin
        if (wr_en_i) mem[wr_addr_i] <= (mem[wr_addr_i] & ~mask) | (wr_data_i & mask);
      end
`else
      always_ff @(posedge clk_i) begin
        for (i = 0; i < Strobes; i = i + 1) begin
          if (wr_en_i && wr_strb_i[i]) mem[wr_addr_i][i*Part +: Part] <= wr_data_i[i*Part +: Part];
        end
      end
`endif
    end
  endgenerate

  always_ff @(posedge clk_i) begin
    if (rd_en_i) rd_data_o <= mem[rd_addr_i];
  end

`ifndef SYNTHESIS
  initial begin
    if (Width % Strobes != 0) $error("wc_ram_1r1w: Width must be a multiple of Strobes");
  end
`endif

endmodule
