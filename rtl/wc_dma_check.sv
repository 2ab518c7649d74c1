// Judges a LOAD or STORE and hands on its descriptor: fields, alignment, window, buffer.
//
// The reach of a 4-D descriptor is base + sum of min(0, (n-1)*stride) to base + sum of
// max(0, (n-1)*stride) + n0, so three products a side decide about every run before the first
// byte moves. One multiplier serves all six: a command takes Steps + 2 cycles, while the one
// before it moves data. An error waits for quiet_i, when no earlier command is under way.
module wc_dma_check #(
  parameter int unsigned GbufBytes = 262144
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         abort_i,
  input  logic         quiet_i,
  input  logic [39:0]  win_size_i,
  input  logic         cmd_valid_i,
  output logic         cmd_ready_o,
  input  logic [511:0] cmd_i,
  output logic         desc_valid_o,  // cmd_o is a legal command
  input  logic         desc_ready_i,
  output logic [511:0] desc_o,
  output logic         idle_o,
  output logic         err_valid_o,   // one cycle; then nothing until reset
  output logic [7:0]   err_code_o,
  output logic [39:0]  err_addr_o
);

  localparam int unsigned Steps = 6;     // three strides of DRAM, then three of the buffer
  localparam int unsigned SumBits = 52;  // signed: 40-bit base, three products of 48 bits

  logic [511:0] cmd_q;
  logic         valid_q, checked_q, stopped_q;
  logic [2:0]   step_q;
  logic signed [SumBits-1:0] low_q, high_q;    // reach of the side in progress
  logic         mem_bad_q;
  logic [39:0]  mem_addr_q;
  logic signed [48:0] product_q;

  // Fields.
  logic [23:0] n0;
  logic [15:0] n1, n2, n3;
  logic [39:0] dram;
  logic [31:0] gb;
  assign n0 = cmd_q[wc_isa_pkg::DMA_n0_LSB +: 24];
  assign n1 = cmd_q[wc_isa_pkg::DMA_n1_LSB +: 16];
  assign n2 = cmd_q[wc_isa_pkg::DMA_n2_LSB +: 16];
  assign n3 = cmd_q[wc_isa_pkg::DMA_n3_LSB +: 16];
  assign dram = cmd_q[wc_isa_pkg::DMA_dram_lo_LSB +: 40];
  assign gb = cmd_q[wc_isa_pkg::DMA_gb_LSB +: 32];

  logic field_bad, dram_bad, gb_bad;
  assign field_bad = n0 == '0 || n1 == '0 || n2 == '0 || n3 == '0 || n0[0] ||
                     cmd_q[wc_isa_pkg::DMA_rsvd1_LSB +: wc_isa_pkg::DMA_rsvd1_BITS] != '0 ||
                     cmd_q[wc_isa_pkg::DMA_rsvd2_LSB +: wc_isa_pkg::DMA_rsvd2_BITS] != '0 ||
                     cmd_q[wc_isa_pkg::DMA_rsvd3_LSB +: wc_isa_pkg::DMA_rsvd3_BITS] != '0 ||
                     cmd_q[wc_isa_pkg::DMA_rsvd4_LSB +: wc_isa_pkg::DMA_rsvd4_BITS] != '0 ||
                     cmd_q[wc_isa_pkg::DMA_rsvd5_LSB +: wc_isa_pkg::DMA_rsvd5_BITS] != '0;
  assign dram_bad = dram[0] || (n1 != 16'd1 && cmd_q[wc_isa_pkg::DMA_ds1_LSB]) ||
                    (n2 != 16'd1 && cmd_q[wc_isa_pkg::DMA_ds2_LSB]) ||
                    (n3 != 16'd1 && cmd_q[wc_isa_pkg::DMA_ds3_LSB]);
  assign gb_bad = gb[0] || (n1 != 16'd1 && cmd_q[wc_isa_pkg::DMA_gs1_LSB]) ||
                  (n2 != 16'd1 && cmd_q[wc_isa_pkg::DMA_gs2_LSB]) ||
                  (n3 != 16'd1 && cmd_q[wc_isa_pkg::DMA_gs3_LSB]);

  // One product a step: (n - 1) * stride.
  logic [15:0]        count;
  logic signed [31:0] stride;
  always_comb begin
    case (step_q)
      3'd0:    begin count = n1; stride = cmd_q[wc_isa_pkg::DMA_ds1_LSB +: 32]; end
      3'd1:    begin count = n2; stride = cmd_q[wc_isa_pkg::DMA_ds2_LSB +: 32]; end
      3'd2:    begin count = n3; stride = cmd_q[wc_isa_pkg::DMA_ds3_LSB +: 32]; end
      3'd3:    begin count = n1; stride = cmd_q[wc_isa_pkg::DMA_gs1_LSB +: 32]; end
      3'd4:    begin count = n2; stride = cmd_q[wc_isa_pkg::DMA_gs2_LSB +: 32]; end
      default: begin count = n3; stride = cmd_q[wc_isa_pkg::DMA_gs3_LSB +: 32]; end
    endcase
  end

  logic signed [SumBits-1:0] low, high;  // with the product of the step before
  assign low = low_q + (product_q[48] ? SumBits'(product_q) : '0);
  assign high = high_q + (product_q[48] ? '0 : SumBits'(product_q));

  // Step k multiplies, step k + 1 adds; sides end with steps 3 and 6.
  logic side_bad;
  logic signed [SumBits-1:0] limit, last_byte;
  assign limit = (step_q == 3'd3) ? $signed(SumBits'(win_size_i))
                                  : $signed(SumBits'(GbufBytes));
  assign last_byte = high + $signed(SumBits'(n0)) - SumBits'(1);
  assign side_bad = low[SumBits-1] || last_byte >= limit;

  logic        bad;
  logic [7:0]  code;
  logic [39:0] where;
  always_comb begin
    bad = 1'b1;
    where = '0;
    code = wc_isa_pkg::E_GBUF;
    if (field_bad) begin
      code = wc_isa_pkg::E_FIELD;
    end else if (dram_bad || gb_bad) begin
      code = wc_isa_pkg::E_ALIGN;
      where = dram_bad ? dram : 40'(gb);
    end else if (mem_bad_q) begin
      code = wc_isa_pkg::E_WINDOW;
      where = mem_addr_q;
    end else begin
      bad = side_bad;
      where = 40'(low[SumBits-1] ? low : last_byte);
    end
  end

  logic report;
  assign report = valid_q && !checked_q && step_q == 3'(Steps) && bad && quiet_i &&
                  !stopped_q && !abort_i;
  assign cmd_ready_o = !valid_q && !stopped_q && !abort_i;
  assign desc_valid_o = checked_q;
  assign desc_o = cmd_q;
  assign idle_o = !valid_q;

  always_ff @(posedge clk_i) begin
    err_valid_o <= report;
    if (report) begin
      err_code_o <= code;
      err_addr_o <= where;
      stopped_q <= 1'b1;
      valid_q <= 1'b0;
    end
    if (cmd_valid_i && cmd_ready_o) begin
      cmd_q <= cmd_i;
      valid_q <= 1'b1;
      checked_q <= 1'b0;
      step_q <= '0;
      product_q <= '0;
      low_q <= SumBits'({12'd0, cmd_i[wc_isa_pkg::DMA_dram_lo_LSB +: 40]});
      high_q <= SumBits'({12'd0, cmd_i[wc_isa_pkg::DMA_dram_lo_LSB +: 40]});
    end else if (valid_q && !checked_q) begin
      if (step_q != 3'(Steps)) begin
        step_q <= step_q + 1'b1;
        product_q <= $signed({33'd0, count - 16'd1}) * 49'(stride);
        low_q <= low;
        high_q <= high;
      end else if (!bad) begin
        checked_q <= 1'b1;
      end
      if (step_q == 3'd3) begin
        mem_bad_q <= side_bad;
        mem_addr_q <= 40'(low[SumBits-1] ? low : last_byte);
        low_q <= SumBits'({20'd0, gb});
        high_q <= SumBits'({20'd0, gb});
      end
    end
    if (desc_valid_o && desc_ready_i) begin
      valid_q <= 1'b0;
      checked_q <= 1'b0;
    end
    if (!rst_ni || abort_i) begin
      valid_q <= 1'b0;
      checked_q <= 1'b0;
    end
    if (!rst_ni) begin
      stopped_q <= 1'b0;
      err_valid_o <= 1'b0;
    end
  end

endmodule
