// Accumulators: two banks of AccRows rows, a memory of 32-bit words for each column and bank.
//
// A bank belongs either to the array or to drain and preload. For the array, a row decided in
// cycle t (issue_i) is read in column c in t + 1 + c, its start sums go to the array in t + 3 + c
// and its results come back and are written in t + 3 + 2*Rows + c, each column one cycle behind
// its left neighbour. Drain reads whole rows (data the next cycle), preload writes columns of one.
// A block is closed when the array reads it no more; its last rows are then still on their way, and
// row_done_o tells of each final row when it is there, whole_o of the last.
module wc_gemm_acc #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned AccRows = 64,
  localparam int unsigned AccBits = $clog2(AccRows)
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               clear_i,
  // array side
  input  logic               issue_i,
  input  logic               bank_i,
  input  logic [AccBits-1:0] row_i,
  input  logic               zero_i,     // sums start at +0
  input  logic               final_i,    // the row's sums are complete with this
  input  logic               last_i,     // of the block
  output logic [Cols*32-1:0] psum_o,
  input  logic [Cols*32-1:0] psum_i,
  output logic               written_o,  // one cycle: a row may be read again from the next on
  output logic [1:0]         closed_o,   // one cycle: the bank's block is read no more
  output logic [1:0]         row_done_o, // one cycle: a final row is written, in order
  output logic [1:0]         whole_o,    // one cycle: the block's last row is
  output logic               busy_o,     // rows in flight
  // drain
  input  logic               rd_en_i,
  input  logic               rd_bank_i,
  input  logic [AccBits-1:0] rd_row_i,
  output logic [Cols*32-1:0] rd_data_o,
  // preload
  input  logic               wr_en_i,
  input  logic               wr_bank_i,
  input  logic [AccBits-1:0] wr_row_i,
  input  logic [Cols-1:0]    wr_cols_i,
  input  logic [Cols*32-1:0] wr_data_i
);

  // What was issued s + 1 cycles ago: entry s. Column c reads by entry c, writes by entry Back + c.
  localparam int unsigned Back = 2 * Rows + 2;
  localparam int unsigned Depth = Back + Cols;

  logic [Depth-1:0]         valid_q, bank_q, final_q, last_q;
  logic [Cols-1:0]          zero_q;
  logic [Depth*AccBits-1:0] row_q;
  logic                     rd_bank_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) valid_q <= '0;
    else valid_q <= {valid_q[Depth-2:0], issue_i};
    bank_q <= {bank_q[Depth-2:0], bank_i};
    zero_q <= {zero_q[Cols-2:0], zero_i};
    final_q <= {final_q[Depth-2:0], final_i};
    last_q <= {last_q[Depth-2:0], last_i};
    row_q <= {row_q[(Depth-1)*AccBits-1:0], row_i};
    if (rd_en_i) rd_bank_q <= rd_bank_i;
  end

  assign written_o = valid_q[Back-1];
  assign busy_o = (valid_q != '0);
  assign closed_o[0] = valid_q[Cols] && last_q[Cols] && !bank_q[Cols];
  assign closed_o[1] = valid_q[Cols] && last_q[Cols] && bank_q[Cols];
  assign row_done_o[0] = valid_q[Depth-1] && final_q[Depth-1] && !bank_q[Depth-1];
  assign row_done_o[1] = valid_q[Depth-1] && final_q[Depth-1] && bank_q[Depth-1];

  assign whole_o = row_done_o & {2{last_q[Depth-1]}};

  generate
    genvar c, b;
    for (c = 0; c < Cols; c = c + 1) begin : g_col
      logic [31:0] q0, q1;
      logic        valid1_q, bank1_q, zero1_q;  // what the memory's output belongs to

      for (b = 0; b < 2; b = b + 1) begin : g_bank
        logic        array_rd, array_wr, load_wr;
        logic [31:0] q;
        assign array_rd = valid_q[c] && bank_q[c] == (b == 1) && !zero_q[c];
        assign array_wr = valid_q[Back+c] && bank_q[Back+c] == (b == 1);
        assign load_wr = wr_en_i && wr_bank_i == (b == 1) && wr_cols_i[c];
        wc_ram_1r1w #(.Width(32), .Depth(AccRows)) u_ram (
          .clk_i,
          .wr_en_i(array_wr || load_wr),
          .wr_addr_i(array_wr ? row_q[(Back+c)*AccBits +: AccBits] : wr_row_i),
          .wr_data_i(array_wr ? psum_i[c*32 +: 32] : wr_data_i[c*32 +: 32]),
          .wr_strb_i(1'b1),
          .rd_en_i(array_rd || (rd_en_i && rd_bank_i == (b == 1))),
          .rd_addr_i(array_rd ? row_q[c*AccBits +: AccBits] : rd_row_i),
          .rd_data_o(q)
        );
        if (b == 0) begin : g_q0
          assign q0 = q;
        end else begin : g_q1
          assign q1 = q;
        end
      end

      always_ff @(posedge clk_i) begin
        valid1_q <= valid_q[c];
        bank1_q <= bank_q[c];
        zero1_q <= zero_q[c];
        if (valid1_q) psum_o[c*32 +: 32] <= zero1_q ? 32'd0 : bank1_q ? q1 : q0;
      end
      assign rd_data_o[c*32 +: 32] = rd_bank_q ? q1 : q0;
    end
  endgenerate

endmodule
