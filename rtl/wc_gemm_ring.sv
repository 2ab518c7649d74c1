// The ring of A rows: takes runs, gives rows with +0 in the lanes beyond the real depth.
//
// A row read in cycle t is on rd_data_o in t + 1. With Fold, even and odd rows lie in buffers of
// their own: two rows are written a cycle (with wr_pair_i an even one and the one after it), a run
// along a column may have twice as many elements, and a read of an even row with rd_pair_i also gives the row after it,
// Late cycles later, on mid_data_o. odd_busy_o: such a row is read in this cycle, so no odd row
// can be read otherwise.
//
// complete_o counts rows that can be read: a cycle after their last element was written. With Fold
// it counts pairs, by two.
module wc_gemm_ring #(
  parameter int unsigned Rows = 4,     // depth lanes
  parameter int unsigned Lanes = 4,    // of a buffer: Rows, up to a power of two
  parameter int unsigned Depth = 128,  // rows
  parameter int unsigned DoneBits = 8,
  parameter int unsigned Late = 2,
  parameter int unsigned Fold = 0,
  localparam int unsigned Run = (Fold != 0) ? 2 * Lanes : Lanes,  // elements, at most
  localparam int unsigned RowBits = $clog2(Depth),
  localparam int unsigned LaneBits = $clog2(Lanes),
  localparam int unsigned RunBits = $clog2(Run),
  localparam int unsigned LanesBits = $clog2(Rows + 1)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 clear_i,
  input  logic                 wr_en_i,
  input  logic                 wr_col_i,
  input  logic [RowBits-1:0]   wr_row_i,
  input  logic [LaneBits-1:0]  wr_lane_i,
  input  logic [RunBits:0]     wr_count_i,
  input  logic [Run*16-1:0]    wr_data_i,
  input  logic                 wr_pair_i,
  input  logic [Run*16-1:0]    wr_data2_i,  // of the row after it
  input  logic [DoneBits-1:0]  wr_done_i,   // rows, or pairs, that this completes
  output logic [RowBits:0]     complete_o,
  input  logic                 rd_en_i,
  input  logic                 rd_pair_i,
  input  logic [RowBits-1:0]   rd_row_i,
  input  logic [LanesBits-1:0] rd_lanes_i,  // real ones
  output logic [Rows*16-1:0]   rd_data_o,
  output logic                 mid_valid_o,
  output logic [Rows*16-1:0]   mid_data_o,
  output logic                 odd_busy_o
);

  logic [Lanes*16-1:0]  data;
  logic [LanesBits-1:0] lanes_q;
  logic [DoneBits-1:0]  done_q;

  always_ff @(posedge clk_i) begin
    if (rd_en_i) lanes_q <= rd_lanes_i;
  end

  genvar r;
  generate
    for (r = 0; r < Rows; r = r + 1) begin : g_lane
      assign rd_data_o[r*16 +: 16] = (LanesBits'(r) < lanes_q) ? data[r*16 +: 16] : 16'h0000;
    end

    if (Fold == 0) begin : g_one
      wc_skew_buf #(.Lanes(Lanes), .Depth(Depth)) u_buf (
        .clk_i, .wr_en_i, .wr_col_i, .wr_row_i, .wr_lane_i, .wr_count_i, .wr_data_i,
        .rd_en_i, .rd_row_i, .rd_data_o(data)
      );
      always_ff @(posedge clk_i) begin
        done_q <= wr_en_i ? wr_done_i : '0;
        complete_o <= (!rst_ni || clear_i) ? '0 : complete_o + (RowBits+1)'(done_q);
      end
      assign mid_valid_o = 1'b0;
      assign mid_data_o = '0;
      assign odd_busy_o = 1'b0;
      logic unused;
      assign unused = ^{wr_pair_i, wr_data2_i, rd_pair_i, data};
    end else begin : g_two
      // A run along a column: every other element falls into the first one's buffer.
      logic                odd;                     // the first one's row is
      logic [RunBits:0]    count_up;
      logic [LaneBits:0]   count0, count1;          // elements of the first buffer, of the other
      logic [Lanes*16-1:0] data0, data1;
      logic [RowBits-2:0]  pair;
      for (r = 0; r < Lanes; r = r + 1) begin : g_part
        assign data0[r*16 +: 16] = wr_col_i ? wr_data_i[2*r*16 +: 16] : wr_data_i[r*16 +: 16];
        assign data1[r*16 +: 16] = wr_data_i[(2*r+1)*16 +: 16];
      end
      assign odd = wr_row_i[0];
      assign pair = wr_row_i[RowBits-1:1];
      assign count_up = wr_count_i + 1'b1;
      assign count0 = wr_col_i ? count_up[RunBits:1] : wr_count_i[LaneBits:0];
      assign count1 = wr_col_i ? wr_count_i[RunBits:1] : '0;

      always_ff @(posedge clk_i) begin
        done_q <= wr_en_i ? wr_done_i : '0;
        complete_o <= (!rst_ni || clear_i) ? '0 : complete_o + (RowBits+1)'({done_q, 1'b0});
      end

      // The second row of a pair, Late cycles after the first.
      logic [Late-1:0]              late_q;
      logic [Late*(RowBits-1)-1:0]  late_pair_q;
      logic [Late*LanesBits-1:0]    late_lanes_q;
      logic                         mid_en, odd_q, even_en, odd_en;
      logic [LanesBits-1:0]         mid_lanes_q;
      logic [Lanes*16-1:0]          even_data, odd_data;

      if (Late == 1) begin : g_next
        always_ff @(posedge clk_i) begin
          late_q <= rst_ni && !clear_i && rd_en_i && rd_pair_i;
          late_pair_q <= rd_row_i[RowBits-1:1];
          late_lanes_q <= rd_lanes_i;
        end
      end else begin : g_later
        always_ff @(posedge clk_i) begin
          late_q <= (rst_ni && !clear_i) ? {rd_en_i && rd_pair_i, late_q[Late-1:1]} : '0;
          late_pair_q <= {rd_row_i[RowBits-1:1], late_pair_q[Late*(RowBits-1)-1:RowBits-1]};
          late_lanes_q <= {rd_lanes_i, late_lanes_q[Late*LanesBits-1:LanesBits]};
        end
      end
      assign mid_en = late_q[0];
      assign odd_busy_o = mid_en;
      assign even_en = rd_en_i && !rd_row_i[0];
      assign odd_en = (rd_en_i && rd_row_i[0]) || mid_en;

      always_ff @(posedge clk_i) begin
        odd_q <= rd_row_i[0];
        mid_valid_o <= rst_ni && !clear_i && mid_en;
        if (mid_en) mid_lanes_q <= late_lanes_q[LanesBits-1:0];
      end

      wc_skew_buf #(.Lanes(Lanes), .Depth(Depth / 2)) u_even (
        .clk_i, .wr_en_i(wr_en_i && (!odd || count1 != '0)), .wr_col_i,
        .wr_row_i(odd ? pair + 1'b1 : pair), .wr_lane_i,
        .wr_count_i(odd ? count1 : count0), .wr_data_i(odd ? data1 : data0),
        .rd_en_i(even_en), .rd_row_i(rd_row_i[RowBits-1:1]), .rd_data_o(even_data)
      );
      wc_skew_buf #(.Lanes(Lanes), .Depth(Depth / 2)) u_odd (
        .clk_i, .wr_en_i(wr_en_i && (odd || wr_pair_i || count1 != '0)), .wr_col_i,
        .wr_row_i(pair), .wr_lane_i, .wr_count_i(odd || wr_pair_i ? count0 : count1),
        .wr_data_i(wr_pair_i ? wr_data2_i[Lanes*16-1:0] : odd ? data0 : data1),
        .rd_en_i(odd_en), .rd_row_i(mid_en ? late_pair_q[RowBits-2:0] : rd_row_i[RowBits-1:1]),
        .rd_data_o(odd_data)
      );
      assign data = odd_q ? odd_data : even_data;
      for (r = 0; r < Rows; r = r + 1) begin : g_mid
        assign mid_data_o[r*16 +: 16] = (LanesBits'(r) < mid_lanes_q) ? odd_data[r*16 +: 16]
                                                                      : 16'h0000;
      end
      logic unused;
      assign unused = ^{count_up[0], wr_data2_i, data, odd_data};
    end
  endgenerate

endmodule
