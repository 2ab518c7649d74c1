// Writes pieces of accumulator rows into lines: reads the row, rounds it, shifts it into place.
//
// A piece is count_i columns from col_i on, at addr_i, within one line. rd_en_o reads the row
// named beside the piece; its data come the next cycle and stay. Then a stage each: rounding and
// shift down, shift up and strobes, request. One piece a cycle while the port takes requests.
// last_taken_o: in this cycle the request of a piece with last_i is taken, end_taken_o: with end_i.
module wc_gemm_out #(
  parameter int unsigned Cols = 4,
  parameter int unsigned LineBytes = 32,
  parameter int unsigned GbufBytes = 65536,
  parameter int unsigned AddrBits = 52,
  localparam int unsigned ColsBits = $clog2(Cols + 1),
  localparam int unsigned LineBits = $clog2(GbufBytes / LineBytes)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   clear_i,
  input  logic                   wide_i,     // FP32, else FP16
  input  logic                   valid_i,
  output logic                   ready_o,
  input  logic [AddrBits-1:0]    addr_i,
  input  logic [ColsBits-1:0]    col_i,
  input  logic [ColsBits-1:0]    count_i,
  input  logic                   last_i,
  input  logic                   end_i,
  output logic                   rd_en_o,
  input  logic [Cols*32-1:0]     rd_data_i,
  output logic                   req_valid_o,
  input  logic                   req_ready_i,
  output logic [LineBits-1:0]    req_line_o,
  output logic [LineBytes*8-1:0] req_wdata_o,
  output logic [LineBytes-1:0]   req_strb_o,
  output logic                   last_taken_o,
  output logic                   end_taken_o,
  output logic                   err_o,
  output logic [AddrBits-1:0]    err_addr_o,
  output logic                   busy_o
);
  `include "wc_fp.svh"

  localparam int unsigned ByteBits = $clog2(LineBytes);
  localparam int unsigned Lines = GbufBytes / LineBytes;
  localparam int unsigned Width = LineBytes * 8;

  // Stage 1: row at the memory's output. Stage 2: rounded. Stage 3: request.
  logic                valid1_q, valid2_q, valid3_q;
  logic                last1_q, last2_q, last3_q;
  logic                end1_q, end2_q, end3_q;
  logic [AddrBits-1:0] addr1_q, addr2_q;
  logic [ColsBits-1:0] col1_q, count1_q, count2_q;
  logic [Width-1:0]    data2_q;
  logic                move, outside;
  logic [LineBytes-1:0] strb;

  assign move = !valid3_q || req_ready_i;
  assign ready_o = move;
  assign rd_en_o = valid_i && move;
  assign outside = (addr2_q[AddrBits-1:ByteBits] >= (AddrBits-ByteBits)'(Lines));
  assign err_o = valid2_q && outside;
  assign err_addr_o = addr2_q;
  assign req_valid_o = valid3_q;
  assign last_taken_o = valid3_q && req_ready_i && last3_q;
  assign end_taken_o = valid3_q && req_ready_i && end3_q;
  assign busy_o = valid1_q || valid2_q || valid3_q;
  assign strb = wide_i ? ~({LineBytes{1'b1}} << {count2_q, 2'b00})
                       : ~({LineBytes{1'b1}} << {count2_q, 1'b0});

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
      valid3_q <= 1'b0;
    end else if (move) begin
      valid1_q <= valid_i && !clear_i;
      valid2_q <= valid1_q && !clear_i;
      valid3_q <= valid2_q && !outside && !clear_i;
    end else if (clear_i) begin
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
    end
  end

  logic [Cols*16-1:0] half, half_down;
  logic [Cols*32-1:0] wide_down;
  generate
    genvar c;
    for (c = 0; c < Cols; c = c + 1) begin : g_round
      assign half[c*16 +: 16] = (valid1_q && !wide_i) ? fp32_to_fp16(rd_data_i[c*32 +: 32]) : 16'd0;
    end
  endgenerate
  assign half_down = (valid1_q && !wide_i) ? half >> {col1_q, 4'd0} : '0;
  assign wide_down = (valid1_q && wide_i) ? rd_data_i >> {col1_q, 5'd0} : '0;

  // A line takes no more columns than it has room for.
  logic unused;
  assign unused = ^wide_down;

  always_ff @(posedge clk_i) begin
    if (move && valid_i) begin
      addr1_q <= addr_i;
      col1_q <= col_i;
      count1_q <= count_i;
      last1_q <= last_i;
      end1_q <= end_i;
    end
    if (move && valid1_q) begin
      addr2_q <= addr1_q;
      count2_q <= count1_q;
      last2_q <= last1_q;
      end2_q <= end1_q;
      data2_q <= wide_i ? Width'(wide_down) : Width'(half_down);
    end
    if (move && valid2_q) begin
      last3_q <= last2_q;
      end3_q <= end2_q;
      req_line_o <= addr2_q[ByteBits +: LineBits];
      req_wdata_o <= data2_q << {addr2_q[ByteBits-1:1], 4'd0};
      req_strb_o <= strb << {addr2_q[ByteBits-1:1], 1'b0};
    end
  end

endmodule
