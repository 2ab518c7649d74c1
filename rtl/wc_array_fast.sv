// The array of wc_array.sv as one process, for simulation speed. Same ports, same contract, same
// values of psum_o in every cycle that belongs to a valid row (tests/rtl/gemm/tb_array proves it).
//
// Not for synthesis. A column's chain of sums is done Rows cycles after its start sum has arrived,
// when the last weights of its tile are there; the result then waits for the rest of the time the
// sum would travel. Work is done only for valid rows. The arithmetic is the
// host's: a product of two FP16 is exact in a double, a double sum of two numbers of 24 bits that
// is then rounded to 24 bits is the correctly rounded one (53 >= 2*24 + 2), and no sum leaves the
// range of normal FP32 (wc_fp.svh), so rounding is an addition to the bits. That is ten times as
// fast as the functions of wc_fp.svh.
`ifndef SYNTHESIS
module wc_array_fast #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned DoubleWeights = 1,
  parameter int unsigned Fold = 0
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                row_valid_i,
  input  logic                row_switch_i,
  input  logic [Rows*16-1:0]  row_i,
  input  logic                mid_valid_i,
  input  logic [Rows*16-1:0]  mid_i,
  input  logic [Cols*16-1:0]  weight_i,
  input  logic                weight_load_i,
  input  logic [Cols*32-1:0]  psum_i,
  output logic [Cols*32-1:0]  psum_o
);
  `include "wc_fp.svh"

  localparam int unsigned Late = Rows;                   // cycles from start sum to work
  localparam int unsigned Wait = Rows - 1;               // cycles a result waits
  localparam int unsigned History = Late + Cols + Wait + 2;  // valid rows looked back on
  localparam int unsigned RingBits = $clog2(Late + Cols + 2);  // rows whose work is to be done
  localparam int unsigned TileBits = $clog2((Late + Cols + 2) / Rows + 2);  // tiles in use
  localparam int unsigned LaneBits = $clog2(Rows);
  localparam int unsigned WaitBits = $clog2(Wait + 1);
  localparam logic [63:0] Half = 64'h0FFF_FFFF;          // just below half a last place of FP32
  localparam logic [63:0] Kept = ~64'h1FFF_FFFF;         // the bits of a double that FP32 has

  logic [History-1:0]  valid_q;                          // bit i: row of i + 1 cycles ago
  logic [Late+Cols:0]  switch_q;
  logic                enter_q;                          // weights enter
  logic [LaneBits-1:0] count_q;                          // lanes that entered before
  logic [LaneBits-1:0] late_q;                           // place in the start sums' ring
  real                 row_mem    [0:(1 << RingBits)*Rows-1];
  real                 mid_mem    [0:(1 << RingBits)*Rows-1];  // what enters the right half
  real                 tile_mem   [0:(1 << TileBits)*Rows*Cols-1];
  logic [TileBits-1:0] tile_q;                           // whose weights enter, or were last
  logic [TileBits-1:0] tile_of    [0:Cols-1];            // of each column's active weights
  real                 active_mem [0:Rows*Cols-1];
  logic [31:0]         start_mem  [0:Late*Cols-1];
  real                 sum_mem    [0:Cols-1];            // columns of this cycle
  real                 wait_mem   [0:Wait*Cols-1];
  logic [RingBits-1:0] ring_q;
  logic [WaitBits-1:0] wait_q;

  // Loop bounds in variables keep Verilator from unrolling Rows x Cols copies of the body.
  integer rows_n = Rows;
  integer cols_n = Cols;
  integer left_n = (Fold != 0) ? Cols / 2 : Cols;  // columns that the companion does not reach

  // FP16, FP32 and double bits of the same value.
  function automatic [63:0] half_to_double(input [15:0] h);
    reg [16:0] r;
    begin
      r = fp16_recode(h);
      if (r[15:10] == 6'd0) half_to_double = {r[16], 63'd0};
      else if (r[15:11] == 5'd31) half_to_double = {r[16], 11'h7FF, r[10], 51'd0};
      else half_to_double = {r[16], {5'd0, r[15:10]} + 11'd998, r[9:0], 42'd0};
    end
  endfunction

  function automatic [63:0] single_to_double(input [31:0] s);
    if (s[30:23] == 8'd0) single_to_double = {s[31], 63'd0};
    else if (s[30:23] == 8'hFF) single_to_double = {s[31], 11'h7FF, s[22:0], 29'd0};
    else single_to_double = {s[31], {3'd0, s[30:23]} + 11'd896, s[22:0], 29'd0};
  endfunction

  function automatic [31:0] double_to_single(input [63:0] d);
    if (d[62:52] == 11'd0) double_to_single = {d[63], 31'd0};
    else if (d[62:52] != 11'h7FF) double_to_single = {d[63], d[59:52] - 8'd128, d[51:29]};
    else if (d[51:0] != 52'd0) double_to_single = 32'h7FC00000;
    else double_to_single = {d[63], 31'h7F800000};
  endfunction

  // One process with blocking assignments is the point of this module: the order of its steps is
  // the order of the hardware's registers, last stage first. Columns are the inner loop because
  // their sums do not depend on each other.
  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin : p_array
    logic [RingBits-1:0] slot;
    logic [63:0]         sum;
    integer              c, r;
    if (valid_q[Late+Cols:Late+1] != '0) begin
      for (c = 0; c < cols_n; c = c + 1) begin
        sum_mem[c] = $bitstoreal(single_to_double(start_mem[32'(late_q)*Cols + c]));
        if (valid_q[Late+1+c] && switch_q[Late+1+c]) begin
          tile_of[c] = tile_of[c] + 1'b1;
          for (r = 0; r < rows_n; r = r + 1) begin
            active_mem[r*Cols + c] = tile_mem[(32'(tile_of[c])*Rows + r)*Cols + c];
          end
        end
      end
      for (r = 0; r < rows_n; r = r + 1) begin
        for (c = 0; c < left_n; c = c + 1) begin
          slot = ring_q - RingBits'(Late + 2 + c);
          sum = $realtobits(sum_mem[c] + row_mem[32'(slot)*Rows + r] * active_mem[r*Cols + c]);
          sum_mem[c] = $bitstoreal((sum + Half + {63'd0, sum[29]}) & Kept);
        end
        for (c = left_n; c < cols_n; c = c + 1) begin
          slot = ring_q - RingBits'(Late + 2 + c - left_n);
          sum = $realtobits(sum_mem[c] + mid_mem[32'(slot)*Rows + r] * active_mem[r*Cols + c]);
          sum_mem[c] = $bitstoreal((sum + Half + {63'd0, sum[29]}) & Kept);
        end
      end
    end
    if (valid_q[Cols:1] != '0) begin
      for (c = 0; c < cols_n; c = c + 1) start_mem[32'(late_q)*Cols + c] = psum_i[c*32 +: 32];
    end
    if (valid_q != '0) begin
      for (c = 0; c < cols_n; c = c + 1) begin
        if (valid_q[Late+Wait+1+c]) begin
          psum_o[c*32 +: 32] <= double_to_single($realtobits(wait_mem[32'(wait_q)*Cols + c]));
        end
        wait_mem[32'(wait_q)*Cols + c] = sum_mem[c];
      end
    end
    if (row_valid_i) begin
      for (r = 0; r < rows_n; r = r + 1) begin
        row_mem[32'(ring_q)*Rows + r] = $bitstoreal(half_to_double(row_i[r*16 +: 16]));
      end
    end
    if (Fold != 0 && valid_q[Cols/2-1]) begin
      slot = ring_q - RingBits'(Cols / 2);
      for (r = 0; r < rows_n; r = r + 1) begin
        mid_mem[32'(ring_q)*Rows + r] = mid_valid_i ? $bitstoreal(half_to_double(mid_i[r*16 +: 16]))
                                                    : row_mem[32'(slot)*Rows + r];
      end
    end
    if (enter || enter_q) begin
      for (c = 0; c < cols_n; c = c + 1) begin
        tile_mem[(32'(tile)*Rows + 32'(lane))*Cols + c]
            = $bitstoreal(half_to_double(weight_i[c*16 +: 16]));
      end
    end
    if (!rst_ni) begin
      for (c = 0; c < cols_n; c = c + 1) tile_of[c] = '0;
    end
  end
  /* verilator lint_on BLKSEQ */

  logic                unused_mid;
  assign unused_mid = ^{mid_valid_i, mid_i};

  logic                sw, enter;
  logic [LaneBits-1:0] count, lane;
  logic [TileBits-1:0] tile;
  assign sw = row_valid_i && row_switch_i;
  assign enter = (DoubleWeights != 0) ? sw : weight_load_i && !enter_q;
  assign count = enter ? '0 : count_q;
  assign lane = (DoubleWeights != 0) ? count : LaneBits'(Rows - 1) - count;
  assign tile = enter ? tile_q + 1'b1 : tile_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      enter_q <= 1'b0;
      tile_q <= '0;
      late_q <= '0;
      valid_q <= '0;
      switch_q <= '0;
      ring_q <= '0;
      wait_q <= '0;
    end else begin
      valid_q <= {valid_q[History-2:0], row_valid_i};
      switch_q <= {switch_q[Late+Cols-1:0], sw};
      enter_q <= enter || (enter_q && count_q != LaneBits'(Rows - 1));
      count_q <= count + 1'b1;
      tile_q <= tile;
      late_q <= (late_q == LaneBits'(Late - 1)) ? '0 : late_q + 1'b1;
      ring_q <= ring_q + 1'b1;
      wait_q <= (wait_q == WaitBits'(Wait - 1)) ? '0 : wait_q + 1'b1;
    end
  end

endmodule
`endif
