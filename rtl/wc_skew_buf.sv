// Local operand buffer that takes rows or columns and gives rows: transposition by skewed banks.
//
// Element (row, lane) lives in bank (row + lane) mod Lanes, so that a run of up to Lanes elements
// of one row, or of one column, falls into different banks and is written at once, a run a cycle.
// What is written in cycle t can be read from t + 2 on. A row read is on rd_data_o the next cycle,
// lane 0 lowest, for that cycle only. Lanes, Depth: powers of two, Depth >= Lanes. A column run
// may pass the last row and go on at row 0.
module wc_skew_buf #(
  parameter int unsigned Lanes = 4,
  parameter int unsigned Depth = 16,
  localparam int unsigned LaneBits = $clog2(Lanes),
  localparam int unsigned RowBits = $clog2(Depth)
) (
  input  logic                clk_i,
  input  logic                wr_en_i,
  input  logic                wr_col_i,    // 0: elements along a row, 1: along a column
  input  logic [RowBits-1:0]  wr_row_i,    // of the first element
  input  logic [LaneBits-1:0] wr_lane_i,
  input  logic [LaneBits:0]   wr_count_i,  // 1..Lanes
  input  logic [Lanes*16-1:0] wr_data_i,   // first element lowest
  input  logic                rd_en_i,
  input  logic [RowBits-1:0]  rd_row_i,
  output logic [Lanes*16-1:0] rd_data_o
);

  // ---- write: turn the run so that element 0 meets its bank, then write -----------------------

  logic [LaneBits-1:0]   first, first_q;  // bank of the first element
  logic [2*Lanes*16-1:0] wr_twice;
  logic                  wr_en_q, wr_col_q;
  logic [RowBits-1:0]    wr_row_q;
  logic [LaneBits:0]     wr_count_q;
  logic [Lanes*16-1:0]   wr_bank_q;       // bank 0 lowest

  assign first = wr_row_i[LaneBits-1:0] + wr_lane_i;
  assign wr_twice = wr_en_i ? {wr_data_i, wr_data_i} << ({1'b0, first} * 16) : '0;

  always_ff @(posedge clk_i) begin
    wr_en_q <= wr_en_i;
    if (wr_en_i) begin
      first_q <= first;
      wr_col_q <= wr_col_i;
      wr_row_q <= wr_row_i;
      wr_count_q <= wr_count_i;
      wr_bank_q <= wr_twice[Lanes*16 +: Lanes*16];
    end
  end

  // ---- read: turn back ------------------------------------------------------------------------

  logic                  rd_valid_q;
  logic [LaneBits-1:0]   turn_q;          // bank of lane 0 of the row that was read
  logic [Lanes*16-1:0]   rd_bank;
  logic [2*Lanes*16-1:0] rd_twice;

  assign rd_twice = rd_valid_q ? {rd_bank, rd_bank} >> ({1'b0, turn_q} * 16) : '0;
  assign rd_data_o = rd_twice[Lanes*16-1:0];

  always_ff @(posedge clk_i) begin
    rd_valid_q <= rd_en_i;
    if (rd_en_i) turn_q <= rd_row_i[LaneBits-1:0];
  end

  generate
    genvar b;
    for (b = 0; b < Lanes; b = b + 1) begin : g_bank
      logic [LaneBits-1:0] element;  // which element of the run falls here
      assign element = LaneBits'(b) - first_q;
      wc_ram_1r1w #(.Width(16), .Depth(Depth)) u_ram (
        .clk_i,
        .wr_en_i(wr_en_q && {1'b0, element} < wr_count_q),
        .wr_addr_i(wr_col_q ? wr_row_q + RowBits'(element) : wr_row_q),
        .wr_data_i(wr_bank_q[b*16 +: 16]),
        .wr_strb_i(1'b1),
        .rd_en_i,
        .rd_addr_i(rd_row_i),
        .rd_data_o(rd_bank[b*16 +: 16])
      );
    end
  endgenerate

  logic unused_half;
  assign unused_half = ^{wr_twice[Lanes*16-1:0], rd_twice[2*Lanes*16-1:Lanes*16]};

`ifndef SYNTHESIS
  initial begin
    if (Lanes < 2 || (Lanes & (Lanes - 1)) != 0 || (Depth & (Depth - 1)) != 0 || Depth < Lanes)
      $error("wc_skew_buf: Lanes and Depth must be powers of two, Depth >= Lanes >= 2");
  end
`endif

endmodule
