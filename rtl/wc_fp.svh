// Floating point at the edges of the array: recoding of what enters, rounding of what leaves. What
// is between is wc_pe_mul, wc_pe_add, wc_pe_round.
//
// Included inside modules. Functions are pure.
//
// Recoded FP16 (17 bits): {sign, e[5:0], f[9:0]}, value 1.f * 2^(e-25); e = 0 zero, 62 infinite,
// 63 NaN. Subnormals come out normalised, so that a PE multiplies without looking.

// FP16 to recoded FP16.
function automatic [16:0] fp16_recode(input [15:0] h);
  /*verilator no_inline_task*/
  reg [9:0] g;
  reg [5:0] e;
  begin
    g = h[9:0];
    e = {1'b0, h[14:10]} + 6'd10;
    if (h[14:10] == 5'd31) begin
      e = (h[9:0] != 10'd0) ? 6'd63 : 6'd62;
      g = 10'd0;
    end else if (h[14:10] == 5'd0) begin
      e = 6'd10;
      if (g[9:2] == 8'd0) begin g = {g[1:0], 8'd0}; e = e - 6'd8; end
      if (g[9:6] == 4'd0) begin g = {g[5:0], 4'd0}; e = e - 6'd4; end
      if (g[9:8] == 2'd0) begin g = {g[7:0], 2'd0}; e = e - 6'd2; end
      if (g[9] == 1'b0) begin g = {g[8:0], 1'b0}; e = e - 6'd1; end
      if (g[9] == 1'b0) e = 6'd0;
      g = {g[8:0], 1'b0};
    end
    fp16_recode = {h[15], e, g};
  end
endfunction

// FP32 as the start of a sum: a subnormal becomes a zero of its sign.
function automatic [31:0] fp32_flush(input [31:0] x);
  fp32_flush = (x[30:23] == 8'd0) ? {x[31], 31'd0} : x;
endfunction

// FP32 with canonical NaN.
function automatic [31:0] fp32_canon(input [31:0] x);
  fp32_canon = (x[30:23] == 8'hFF && x[22:0] != 23'd0) ? 32'h7FC00000 : x;
endfunction

// FP32 to FP16: nearest even, subnormals kept, overflow to infinity, NaN to 0x7E00.
function automatic [15:0] fp32_to_fp16(input [31:0] x);
  /*verilator no_inline_task*/
  reg [23:0] m;     // significand, then shifted right for a subnormal result
  reg [23:0] lost;  // what a subnormal result shifts out
  reg [4:0] e;
  reg [7:0] sh;
  reg up;
  begin
    e = x[27:23] - 5'd16;  // the FP32 exponent less 112: exact where it is used
    m = {x[30:23] != 8'd0, x[22:0]};
    sh = 8'd113 - x[30:23];
    lost = 24'd0;
    if (x[30:23] < 8'd113) begin
      lost = (sh < 8'd24) ? m & ~({24{1'b1}} << sh[4:0]) : m;
      m = (sh < 8'd24) ? m >> sh[4:0] : 24'd0;
      e = 5'd0;
    end
    up = m[12] & (m[13] | (m[11:0] != 12'd0) | (lost != 24'd0));
    if (x[30:23] == 8'hFF && x[22:0] != 23'd0) fp32_to_fp16 = 16'h7E00;
    else if (x[30:23] >= 8'd143) fp32_to_fp16 = {x[31], 15'h7C00};
    else fp32_to_fp16 = {x[31], {e, m[22:13]} + {14'd0, up}};
  end
endfunction
