// The array behind registers, a wave at a time: for boards that hold no more of the core.
//
// A write of ACT sends one row, and with it the weights, through the array; when BUSY is clear, the
// sums are in RESULT. Words hold two FP16, the lower lane or column in the lower half.
//   0x00 MAGIC    0x04 rows 15:0, columns 31:16    0x08 bit 0 BUSY    0x0C waves since the reset
//   0x10 ACT      of the lanes 0 and 1
//   0x20 WEIGHT   4 bytes a lane: columns 0 and 1
//   0x40 PSUM     4 bytes a column: FP32 to begin with
//   0x60 RESULT   4 bytes a column
module wc_smoke_array (
  input  logic        clk_i,
  input  logic        rst_ni,
  // A read or a write a cycle, answered in the next: AXI4-Lite as the link speaks it.
  input  logic        awvalid_i,
  output logic        awready_o,
  input  logic        wvalid_i,
  output logic        wready_o,
  output logic        bvalid_o,
  input  logic        arvalid_i,
  output logic        arready_o,
  output logic        rvalid_o,
  output logic [31:0] rdata_o,
  input  logic [7:0]  addr_i,
  input  logic [31:0] wdata_i
);

  localparam int unsigned Rows = 2;
  localparam int unsigned Cols = 2;
  // Column c's sum enters in cycle 2 + c of a wave and leaves 2*Rows cycles later.
  localparam int unsigned Enter = 2;
  localparam int unsigned Leave = Enter + 2 * Rows;
  localparam logic [3:0] Idle = 4'd15;

  logic [31:0]        act_q, waves_q;
  logic [Rows*32-1:0] weight_q;
  logic [Cols*32-1:0] psum_q, result_q, psum_out;
  logic [3:0]         at_q;  // cycle of the wave
  logic               write, start;

  assign write = awvalid_i && wvalid_i;
  assign awready_o = write;
  assign wready_o = write;
  assign arready_o = 1'b1;
  assign start = write && addr_i == 8'h10;

  wc_array #(.Rows(Rows), .Cols(Cols)) u_array (
    .clk_i, .rst_ni,
    .row_valid_i  (at_q == 4'd0), .row_switch_i(at_q == 4'd0), .row_i(act_q),
    .mid_valid_i  (1'b0), .mid_i('0),
    // Lane r in cycle r.
    .weight_i     (at_q[0] ? weight_q[63:32] : weight_q[31:0]), .weight_load_i(1'b0),
    .psum_i       (psum_q), .psum_o(psum_out)
  );

  integer c;
  always_ff @(posedge clk_i) begin
    if (start) begin
      act_q <= wdata_i;
      waves_q <= waves_q + 32'd1;
      at_q <= 4'd0;
    end else if (at_q != Idle) begin
      at_q <= at_q + 4'd1;
    end
    for (c = 0; c < Cols; c = c + 1) begin
      if (32'(at_q) == Leave + c) result_q[32*c +: 32] <= psum_out[32*c +: 32];
    end
    if (write && addr_i == 8'h20) weight_q[31:0] <= wdata_i;
    if (write && addr_i == 8'h24) weight_q[63:32] <= wdata_i;
    if (write && addr_i == 8'h40) psum_q[31:0] <= wdata_i;
    if (write && addr_i == 8'h44) psum_q[63:32] <= wdata_i;
    if (!rst_ni) begin
      at_q <= Idle;
      waves_q <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    bvalid_o <= write && rst_ni;
    rvalid_o <= arvalid_i && rst_ni;
    case (addr_i)
      8'h00: rdata_o <= 32'h5743534D;  // "WCSM"
      8'h04: rdata_o <= {16'(Cols), 16'(Rows)};
      8'h08: rdata_o <= {31'd0, at_q != Idle};
      8'h0C: rdata_o <= waves_q;
      8'h10: rdata_o <= act_q;
      8'h20: rdata_o <= weight_q[31:0];
      8'h24: rdata_o <= weight_q[63:32];
      8'h40: rdata_o <= psum_q[31:0];
      8'h44: rdata_o <= psum_q[63:32];
      8'h60: rdata_o <= result_q[31:0];
      8'h64: rdata_o <= result_q[63:32];
      default: rdata_o <= 32'd0;
    endcase
  end

endmodule
