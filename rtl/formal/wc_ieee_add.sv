// IEEE 754 addition of two FP32 to nearest even, in the plain way: any operands, subnormal ones and
// overflow included, NaN canonical. Combinational.
//
// The reference that the adder of the PE is proven equal to, and the adder of the plain PE that it
// is measured against. Not part of the core.
module wc_ieee_add (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] sum_o
);

  logic        sub, nan, infinite, up;
  logic [31:0] x, y;       // larger and smaller magnitude
  logic [7:0]  ex, ey, d, e_norm;
  logic [26:0] mx, my, aligned;
  logic [27:0] sum, normal;
  logic [4:0]  zeros;
  logic [30:0] rounded;

  assign {x, y} = (a_i[30:0] > b_i[30:0]) ? {a_i, b_i} : {b_i, a_i};
  assign ex = (x[30:23] == 8'd0) ? 8'd1 : x[30:23];
  assign ey = (y[30:23] == 8'd0) ? 8'd1 : y[30:23];
  assign mx = {x[30:23] != 8'd0, x[22:0], 3'd0};
  assign my = {y[30:23] != 8'd0, y[22:0], 3'd0};
  assign d = ex - ey;
  assign sub = x[31] ^ y[31];

  always_comb begin
    if (d > 8'd26) begin
      aligned = {26'd0, my != 27'd0};
    end else begin
      aligned = my >> d[4:0];
      aligned[0] = aligned[0] | ((my & ~({27{1'b1}} << d[4:0])) != 27'd0);
    end
  end
  assign sum = sub ? {1'b0, mx} - {1'b0, aligned} : {1'b0, mx} + {1'b0, aligned};

  // Leading zeros, but no more than the exponent allows: then the result is subnormal.
  always_comb begin
    zeros = 5'd28;
    for (int i = 0; i < 28; i = i + 1) if (sum[i]) zeros = 5'd27 - 5'(i);
    if ({3'd0, zeros} > ex) zeros = ex[4:0];
  end
  assign normal = sum << zeros;
  assign e_norm = normal[27] ? ex + 8'd1 - {3'd0, zeros} : 8'd0;
  assign up = normal[3] & (normal[4] | (normal[2:0] != 3'd0));
  assign rounded = {e_norm, normal[26:4]} + {30'd0, up};

  assign infinite = (x[30:23] == 8'hFF);
  assign nan = infinite & ((x[22:0] != 23'd0) | ((y[30:23] == 8'hFF) & sub));
  always_comb begin
    if (nan) sum_o = 32'h7FC00000;
    else if (infinite) sum_o = {x[31], 31'h7F800000};
    else if (sum == 28'd0) sum_o = {x[31] & y[31], 31'd0};
    else if (rounded[30:23] == 8'hFF) sum_o = {x[31], 31'h7F800000};
    else sum_o = {x[31], rounded};
  end

endmodule
