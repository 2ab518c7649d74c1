// First half of an IEEE 754 addition (wc_ieee_add): orders the operands by magnitude, aligns the
// smaller one and adds. Combinational.
//
// Half-added sum (40 bits): {nan, infinite, sign, sign of an exact zero, e[7:0], s[27:0]}, s in
// units of 2^(e-153), its last bit sticky.
module wc_ieee_half (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [39:0] sum_o
);

  logic        sub, infinite, nan;
  logic [31:0] x, y;  // larger and smaller magnitude
  logic [7:0]  ex, ey, d;
  logic [26:0] mx, my, aligned;
  logic [27:0] sum;

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

  assign infinite = (x[30:23] == 8'hFF);
  assign nan = infinite & ((x[22:0] != 23'd0) | ((y[30:23] == 8'hFF) & sub));
  assign sum_o = {nan, infinite, x[31], x[31] & y[31], ex, sum};

endmodule
