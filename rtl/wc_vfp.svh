// Floating point of the vector lanes: FP32 with subnormals, rounding to nearest even.
//
// Included inside modules, after wc_fp.svh and wc_vfp_convert.svh. Functions are pure and each
// fits one pipeline cut; a fused multiply-add is
//   multiply(start(a, b)) | big, small(.., c) | add | lead, finish
// and passes through these words of 64 bits (upper bits that are not named are 0):
//
//   X, a product: {set[61], class[60:59], sign[58], e[57:48], m[47:0]}
//      value m * 2^(e-127-46), e signed; class 0 finite, 1 zero, 2 infinite, 3 NaN
//   B, the larger addend: {set[61], sub[60], sign[59], e[57:48], m[47:0]}
//      value m * 2^(e-127-47), e at least 1: results below the normal range need no path of
//      their own, because nothing is ever normalised below exponent 1
//   S, the smaller addend on B's scale with three more bits below, the last one sticky
//   D, their sum: {set[63], sign[62], e[61:52], m[51:0]}, value m * 2^(e-127-50)
//
// With `set` the low 32 bits are the final result: of other operations, of NaN and infinity.

// Functions take whole words and look at the parts that matter to them.
/* verilator lint_off UNUSEDSIGNAL */

// a > b, false when either is NaN.
function automatic vfp_gt(input [31:0] a, input [31:0] b);
  /*verilator no_inline_task*/
  begin
    if (vfp_is_nan(a) || vfp_is_nan(b) || (a[30:0] | b[30:0]) == 31'd0) vfp_gt = 1'b0;
    else if (a[31] != b[31]) vfp_gt = b[31];
    else vfp_gt = a[31] ? a[30:0] < b[30:0] : a[30:0] > b[30:0];
  end
endfunction

function automatic [31:0] vfp_max(input [31:0] a, input [31:0] b);
  /*verilator no_inline_task*/
  if (vfp_is_nan(a) || vfp_is_nan(b)) vfp_max = VfpNan;
  else vfp_max = vfp_gt(a, b) ? a : b;
endfunction

function automatic [31:0] vfp_min(input [31:0] a, input [31:0] b);
  /*verilator no_inline_task*/
  if (vfp_is_nan(a) || vfp_is_nan(b)) vfp_min = VfpNan;
  else vfp_min = vfp_gt(b, a) ? a : b;
endfunction

// A whole number from -127 to 128 (@x + 127 is given) to FP32, exact.
function automatic [31:0] vfp_from_exponent(input [7:0] biased);
  begin
    if (biased >= 8'd127) vfp_from_exponent = vfp_from_u8(biased - 8'd127);
    else vfp_from_exponent = vfp_from_u8(8'd127 - biased) | 32'h80000000;
  end
endfunction

// The end of a step: rounding to FP16, then the clamp.
function automatic [31:0] vfp_post(input [31:0] x, input round16, input relu);
  /*verilator no_inline_task*/
  begin
    vfp_post = x;
    if (round16) vfp_post = vfp_from_fp16(fp32_to_fp16(x));
    if (relu && !vfp_positive(vfp_post) && !vfp_is_nan(vfp_post)) vfp_post = 32'd0;
  end
endfunction

// ---- a*b + c

// Leading zeros of a 24-bit significand that is not 0.
function automatic [4:0] vfp_lead24(input [23:0] x);
  reg [15:0] x4;
  reg [7:0] x3;
  reg [3:0] x2;
  reg [1:0] x1;
  begin
    vfp_lead24[4] = x[23:8] == 16'd0;
    x4 = vfp_lead24[4] ? {x[7:0], 8'hFF} : x[23:8];
    vfp_lead24[3] = x4[15:8] == 8'd0;
    x3 = vfp_lead24[3] ? x4[7:0] : x4[15:8];
    vfp_lead24[2] = x3[7:4] == 4'd0;
    x2 = vfp_lead24[2] ? x3[3:0] : x3[7:4];
    vfp_lead24[1] = x2[3:2] == 2'd0;
    x1 = vfp_lead24[1] ? x2[1:0] : x2[3:2];
    vfp_lead24[0] = !x1[1];
  end
endfunction

// Class of a product.
function automatic [1:0] vfp_class(input [31:0] a, input [31:0] b);
  reg a_zero, b_zero, a_inf, b_inf;
  begin
    vfp_class = 2'd0;
    if ((a[30:23] + 8'd1) <= 8'd1 || (b[30:23] + 8'd1) <= 8'd1) begin
      a_zero = a[30:0] == 31'd0;
      b_zero = b[30:0] == 31'd0;
      a_inf = a[30:0] == 31'h7F800000;
      b_inf = b[30:0] == 31'h7F800000;
      if (vfp_is_nan(a) || vfp_is_nan(b) || (a_inf && b_zero) || (b_inf && a_zero))
        vfp_class = 2'd3;
      else if (a_inf || b_inf) vfp_class = 2'd2;
      else vfp_class = {1'b0, a_zero || b_zero};
    end
  end
endfunction

// Takes a and b apart. A subnormal factor is normalised, so that the product has at most one
// leading zero; when both are subnormal only one is, and the product is sticky beside anything.
// Gives an X whose m holds the two significands.
function automatic [63:0] vfp_start(input [31:0] a, input [31:0] b);
  /*verilator no_inline_task*/
  reg [23:0] x, y;
  reg [9:0] e;
  reg [4:0] lead;
  begin
    x = {a[30:23] != 8'd0, a[22:0]};
    y = {b[30:23] != 8'd0, b[22:0]};
    e = {2'd0, a[30:23]} + {2'd0, b[30:23]} - 10'd127
        + {9'd0, a[30:23] == 8'd0} + {9'd0, b[30:23] == 8'd0};
    if (!x[23] || !y[23]) begin
      if (x[23]) begin
        x = y;
        y = {1'b1, a[22:0]};
      end
      lead = vfp_lead24(x);
      x = x << lead;
      e = e - {5'd0, lead};
    end
    vfp_start = {3'd0, vfp_class(a, b), a[31] ^ b[31], e, x, y};
  end
endfunction

function automatic [63:0] vfp_multiply(input [63:0] x);
  vfp_multiply = {x[63:48], {24'd0, x[47:24]} * {24'd0, x[23:0]}};
endfunction

// A sum's first addend as a product by one.
function automatic [63:0] vfp_widen(input [31:0] a);
  reg [9:0] e;
  begin
    e = {2'd0, a[30:23]} + {9'd0, a[30:23] == 8'd0} - 10'd1;
    vfp_widen = {3'd0, vfp_class(a, VfpOne), a[31], e, a[30:23] != 8'd0, a[22:0], 24'd0};
  end
endfunction

// A final result as an X.
function automatic [63:0] vfp_set(input [31:0] result);
  vfp_set = {2'd0, 1'b1, 29'd0, result};
endfunction

function automatic [63:0] vfp_big(input [63:0] x, input [31:0] c);
  /*verilator no_inline_task*/
  reg [9:0] e, ec;
  reg sub, inf;
  begin
    e = x[57:48] + 10'd1;
    ec = {2'd0, c[30:23]} + {9'd0, c[30:23] == 8'd0};
    sub = x[58] ^ c[31];
    if (x[60:59] == 2'd0 && c[30:23] != 8'hFF) begin
      if ($signed(e) >= $signed(ec)) vfp_big = {3'd0, sub, x[58], 1'b0, e, x[47:0]};
      else vfp_big = {3'd0, sub, c[31], 1'b0, ec, c[30:23] != 8'd0, c[22:0], 24'd0};
    end else begin
      inf = c[30:0] == 31'h7F800000;
      if (x[60:59] == 2'd3 || vfp_is_nan(c) || (x[60:59] == 2'd2 && inf && sub))
        vfp_big = vfp_set(VfpNan);
      else if (x[60:59] == 2'd2) vfp_big = vfp_set({x[58], 31'h7F800000});
      else if (inf || c[30:0] != 31'd0) vfp_big = vfp_set(c);
      else vfp_big = vfp_set({x[58] & c[31], 31'd0});
    end
  end
endfunction

function automatic [63:0] vfp_small(input [63:0] x, input [31:0] c);
  /*verilator no_inline_task*/
  reg [9:0] d;
  reg [50:0] m;
  reg [5:0] sh;
  begin
    d = x[57:48] + 10'd1 - {2'd0, c[30:23]} - {9'd0, c[30:23] == 8'd0};
    if (d[9]) begin
      m = {x[47:0], 3'd0};
      d = -d;
    end else begin
      m = {c[30:23] != 8'd0, c[22:0], 27'd0};
    end
    sh = (d[9:6] != 4'd0) ? 6'd63 : d[5:0];
    vfp_small = {13'd0, m >> sh};
    vfp_small[0] = vfp_small[0] | ((m & ~({51{1'b1}} << sh)) != 51'd0);
  end
endfunction

function automatic [63:0] vfp_add(input [63:0] b, input [63:0] s);
  /*verilator no_inline_task*/
  reg [51:0] x, m;
  reg less;
  begin
    if (b[61]) begin
      vfp_add = {1'b1, 31'd0, b[31:0]};
    end else begin
      x = {1'b0, b[47:0], 3'd0};
      less = b[60] && x < s[51:0];
      if (!b[60]) m = x + s[51:0];
      else m = less ? s[51:0] - x : x - s[51:0];
      vfp_add = {1'b0, (b[59] ^ less) && m != 52'd0, b[57:48], m};
    end
  end
endfunction

// Leading zeros of a sum; 52 for 0.
function automatic [5:0] vfp_lead(input [63:0] d);
  /*verilator no_inline_task*/
  reg [31:0] x5;
  reg [15:0] x4;
  reg [7:0] x3;
  reg [3:0] x2;
  reg [1:0] x1;
  begin
    vfp_lead[5] = d[51:20] == 32'd0;
    x5 = vfp_lead[5] ? {d[19:0], 12'hFFF} : d[51:20];
    vfp_lead[4] = x5[31:16] == 16'd0;
    x4 = vfp_lead[4] ? x5[15:0] : x5[31:16];
    vfp_lead[3] = x4[15:8] == 8'd0;
    x3 = vfp_lead[3] ? x4[7:0] : x4[15:8];
    vfp_lead[2] = x3[7:4] == 4'd0;
    x2 = vfp_lead[2] ? x3[3:0] : x3[7:4];
    vfp_lead[1] = x2[3:2] == 2'd0;
    x1 = vfp_lead[1] ? x2[1:0] : x2[3:2];
    vfp_lead[0] = !x1[1];
  end
endfunction

// Normalises as far as exponent 1 allows, and rounds.
function automatic [31:0] vfp_finish(input [63:0] d, input [5:0] lead);
  /*verilator no_inline_task*/
  reg [9:0] e;
  reg [51:0] m;
  reg [5:0] sh;
  reg up;
  reg [31:0] r;  // exponent (9 bits) and fraction
  begin
    if (d[63]) begin
      vfp_finish = d[31:0];
    end else begin
      sh = ({4'd0, lead} < d[61:52]) ? lead : d[57:52];
      e = d[61:52] + 10'd1 - {4'd0, sh};
      m = d[51:0] << sh;
      up = m[27] & (m[28] | (m[26:0] != 27'd0));
      r = {m[51] ? e[8:0] : 9'd0, m[50:28]} + {31'd0, up};
      vfp_finish = (r[31:23] >= 9'd255) ? {d[62], 31'h7F800000} : {d[62], r[30:0]};
    end
  end
endfunction

// ---- operations without rounding

// @t is the running value T, which only CMAX looks at.
function automatic [31:0] vfp_exact(input [4:0] op, input [31:0] a, input [31:0] b,
                                    input [31:0] c, input [31:0] t);
  /*verilator no_inline_task*/
  reg [14:0] whole;
  begin
    whole = {7'd0, 1'b1, a[22:16]} << (a[25:23] + 3'd1);
    case (op)
      wc_isa_pkg::V_MAX: vfp_exact = vfp_max(a, b);
      wc_isa_pkg::V_MIN: vfp_exact = vfp_min(a, b);
      wc_isa_pkg::V_SEL: vfp_exact = (a[30:0] != 31'd0) ? b : c;
      wc_isa_pkg::V_GT: vfp_exact = vfp_gt(a, b) ? VfpOne : 32'd0;
      wc_isa_pkg::V_EQ: begin
        vfp_exact = 32'd0;
        if (!vfp_is_nan(a) && !vfp_is_nan(b) && (a == b || (a[30:0] | b[30:0]) == 31'd0))
          vfp_exact = VfpOne;
      end
      wc_isa_pkg::V_CMAX: vfp_exact = vfp_gt(a, t) ? a : t;
      wc_isa_pkg::V_POW2: begin
        // |a| < 1 truncates to 0; then 1.xxxxxxx * 2^k, k from 0 to 6, has its whole part above
        // bit 7 of the fraction. The whole part is -126 to 127.
        if (vfp_is_nan(a)) vfp_exact = VfpNan;
        else if (!a[31] && a[30:0] >= 31'h43000000) vfp_exact = 32'h7F800000;
        else if (a[31] && a[30:0] > 31'h42FC0000) vfp_exact = 32'd0;
        else if (a[30:23] < 8'd127) vfp_exact = VfpOne;
        else if (a[31]) vfp_exact = {1'b0, 8'd127 - whole[14:7], 23'd0};
        else vfp_exact = {1'b0, 8'd127 + whole[14:7], 23'd0};
      end
      wc_isa_pkg::V_EXPO: vfp_exact = vfp_from_exponent(a[30:23]);
      wc_isa_pkg::V_MANT: vfp_exact = {9'h07F, vfp_is_nan(a) ? VfpNan[22:0] : a[22:0]};
      default: vfp_exact = a;
    endcase
  end
endfunction

/* verilator lint_on UNUSEDSIGNAL */
