// Floating point of the array: the one definition of recode, product, addition and rounding.
//
// Included inside modules. Functions are pure; each is one pipeline stage of wc_pe or less.
//
// Recoded FP16 (17 bits): {sign, e[5:0], f[9:0]}, value 1.f * 2^(e-25); e = 0 zero, 62 infinite,
// 63 NaN. Subnormals come out normalised, so that a PE multiplies without looking.
//
// Product (30 bits): {sign, e[7:0], f[20:0]}, an FP32 without its two low fraction bits, which
// the product of two 11-bit significands never needs. Finite ones have e in 79..158, so that
// e[7:6] alone tells zero (00), finite (01, 10) and special (11: infinite, or NaN if f[20]).
//
// Half-added sum (40 bits): {nan, inf, sign, zero sign, e[7:0], m[27:0]}, value m * 2^(e-153).

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

// Exact product of two recoded FP16.
function automatic [29:0] fp_mul(input [16:0] a, input [16:0] b);
  /*verilator no_inline_task*/
  reg [21:0] p;
  reg [7:0] e;
  reg a_zero, b_zero, a_spec, b_spec, nan;
  begin
    p = {11'd0, 1'b1, a[9:0]} * {11'd0, 1'b1, b[9:0]};
    e = {2'd0, a[15:10]} + {2'd0, b[15:10]} + 8'd77 + {7'd0, p[21]};
    a_zero = (a[15:10] == 6'd0);
    b_zero = (b[15:10] == 6'd0);
    a_spec = (a[15:11] == 5'd31);
    b_spec = (b[15:11] == 5'd31);
    nan = (a_spec & a[10]) | (b_spec & b[10]) | (a_spec & b_zero) | (b_spec & a_zero);
    if (a_spec | b_spec) fp_mul = {a[16] ^ b[16], 8'hFF, nan, 20'd0};
    else if (a_zero | b_zero) fp_mul = {a[16] ^ b[16], 29'd0};
    else fp_mul = {a[16] ^ b[16], e, p[21] ? p[20:0] : {p[19:0], 1'b0}};
  end
endfunction

// First half of product + sum: aligns and adds. @s is an FP32 that is not subnormal.
function automatic [39:0] fp_add_align(input [29:0] p, input [31:0] s);
  /*verilator no_inline_task*/
  reg [31:0] x, larger;
  reg [30:0] lesser;
  reg [7:0] d;
  reg [26:0] mb, ms, low;
  reg [27:0] sum;
  reg sub, nan, inf;
  begin
    x = {p, 2'd0};
    if (x[30:0] > s[30:0]) begin
      larger = x;
      lesser = s[30:0];
    end else begin
      larger = s;
      lesser = x[30:0];
    end
    sub = x[31] ^ s[31];
    d = larger[30:23] - lesser[30:23];
    mb = {larger[30:23] != 8'd0, larger[22:0], 3'd0};
    ms = {lesser[30:23] != 8'd0, lesser[22:0], 3'd0};
    if (d[7:5] != 3'd0) begin
      low = {26'd0, ms[26]};
    end else begin
      low = ms >> d[4:0];
      low[0] = low[0] | ((ms & ~({27{1'b1}} << d[4:0])) != 27'd0);
    end
    sum = sub ? {1'b0, mb} - {1'b0, low} : {1'b0, mb} + {1'b0, low};
    inf = (larger[30:23] == 8'hFF);
    nan = inf & ((larger[22:0] != 23'd0) | ((lesser[30:23] == 8'hFF) & sub));
    fp_add_align = {nan, inf, larger[31], x[31] & s[31], larger[30:23], sum};
  end
endfunction

// Second half: normalises and rounds to nearest even. No finite sum overflows (a product is
// below half a unit of the largest FP32) and none is subnormal (products are 0 or multiples of
// 2^-48), so neither has a path here.
function automatic [31:0] fp_add_round(input [39:0] a);
  /*verilator no_inline_task*/
  reg [27:0] m;
  reg [7:0] e;
  reg up;
  begin
    m = a[27:0];
    e = a[35:28] + 8'd1;
`ifndef SYNTHESIS
    if (m[27:26] == 2'd0)  // a simulator need not try what mostly does nothing
`endif
    begin
      if (m[27:12] == 16'd0) begin m = {m[11:0], 16'd0}; e = e - 8'd16; end
      if (m[27:20] == 8'd0) begin m = {m[19:0], 8'd0}; e = e - 8'd8; end
      if (m[27:24] == 4'd0) begin m = {m[23:0], 4'd0}; e = e - 8'd4; end
      if (m[27:26] == 2'd0) begin m = {m[25:0], 2'd0}; e = e - 8'd2; end
    end
    if (m[27] == 1'b0) begin m = {m[26:0], 1'b0}; e = e - 8'd1; end
    up = m[3] & (m[4] | (m[2:0] != 3'd0));
    if (a[39]) fp_add_round = 32'h7FC00000;
    else if (a[38]) fp_add_round = {a[37], 31'h7F800000};
    else if (m[27] == 1'b0) fp_add_round = {a[36], 31'd0};
    else fp_add_round = {a[37], {e, m[26:4]} + {30'd0, up}};
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
