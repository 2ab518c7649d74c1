// Conversions between FP32 and the types of the vector unit's streams; tests on FP32 numbers.
// The conversion to FP16 is in wc_fp.svh.
//
// Included inside modules. Functions are pure. Apart from wc_vfp.svh because a simulator keeps a
// copy of every function for each module that includes it.

// Functions take whole words and look at the parts that matter to them; not every module needs
// both constants.
/* verilator lint_off UNUSEDSIGNAL */
/* verilator lint_off UNUSEDPARAM */

localparam logic [31:0] VfpNan = 32'h7FC00000;
localparam logic [31:0] VfpOne = 32'h3F800000;

function automatic vfp_is_nan(input [31:0] x);
  vfp_is_nan = x[30:23] == 8'hFF && x[22:0] != 23'd0;
endfunction

// x > 0, false for NaN.
function automatic vfp_positive(input [31:0] x);
  vfp_positive = !x[31] && x[30:0] != 31'd0 && x[30:0] <= 31'h7F800000;
endfunction

// FP16 to FP32, exact; NaN becomes canonical.
function automatic [31:0] vfp_from_fp16(input [15:0] h);
  /*verilator no_inline_task*/
  reg [10:0] g;
  reg [7:0] e;
  begin
    g = {1'b0, h[9:0]};
    e = {3'd0, h[14:10]} + 8'd112;
    if (h[14:10] == 5'd31) begin
      e = 8'hFF;
      g = (h[9:0] != 10'd0) ? 11'h200 : 11'd0;
    end else if (h[14:10] == 5'd0) begin
      e = 8'd113;
      if (g[9:2] == 8'd0) begin g = {g[2:0], 8'd0}; e = e - 8'd8; end
      if (g[9:6] == 4'd0) begin g = {g[6:0], 4'd0}; e = e - 8'd4; end
      if (g[9:8] == 2'd0) begin g = {g[8:0], 2'd0}; e = e - 8'd2; end
      if (g[9] == 1'b0) begin g = {g[9:0], 1'b0}; e = e - 8'd1; end
      if (g[9] == 1'b0) e = 8'd0;
      else e = e - 8'd1;
      g = {g[9:0], 1'b0};
    end
    vfp_from_fp16 = {h[15], e, g[9:0], 13'd0};
  end
endfunction

// A whole number from 0 to 255 to FP32, exact.
function automatic [31:0] vfp_from_u8(input [7:0] b);
  reg [7:0] g;
  reg [7:0] e;
  begin
    g = b;
    e = 8'd134;
    if (g[7:4] == 4'd0) begin g = {g[3:0], 4'd0}; e = e - 8'd4; end
    if (g[7:6] == 2'd0) begin g = {g[5:0], 2'd0}; e = e - 8'd2; end
    if (g[7] == 1'b0) begin g = {g[6:0], 1'b0}; e = e - 8'd1; end
    vfp_from_u8 = g[7] ? {1'b0, e, g[6:0], 16'd0} : 32'd0;
  end
endfunction

// FP32 to 0..255: nearest even, saturating; NaN gives 0.
function automatic [7:0] vfp_to_u8(input [31:0] x);
  /*verilator no_inline_task*/
  reg [24:0] m;   // x in units of 2^-16 below 1, sticky last
  reg [7:0] sh;
  begin
    sh = 8'd134 - x[30:23];
    m = {1'b1, x[22:0], 1'b0} >> sh[3:0];
    m[0] = m[0] | (({1'b1, x[22:0], 1'b0} & ~({25{1'b1}} << sh[3:0])) != 25'd0);
    if (vfp_is_nan(x) || x[31] || x[30:23] < 8'd126) vfp_to_u8 = 8'd0;
    else if (x[30:23] >= 8'd135 || m[24:16] == 9'h1FF) vfp_to_u8 = 8'd255;
    else vfp_to_u8 = m[24:17] + {7'd0, m[16] & (m[17] | (m[15:0] != 16'd0))};
  end
endfunction

/* verilator lint_on UNUSEDPARAM */
/* verilator lint_on UNUSEDSIGNAL */
