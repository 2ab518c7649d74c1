// Walks a 4-D DMA descriptor: one contiguous run a cycle, innermost dimension n1 first.
//
// The descriptor has been checked, so addresses stay in range and are computed modulo their
// width. A descriptor is taken while idle or with the last run of the one before.
module wc_dma_runs #(
  parameter int unsigned GbBits = 18
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              desc_valid_i,
  output logic              desc_ready_o,
  input  logic [511:0]      desc_i,
  output logic              run_valid_o,
  input  logic              run_ready_i,
  output logic [39:0]       run_dram_o,
  output logic [GbBits-1:0] run_gb_o,
  output logic [23:0]       run_bytes_o,
  output logic              run_last_o    // of its command
);

  logic              valid_q;
  logic [23:0]       n0_q;
  logic [15:0]       n1_q, n2_q;                 // less 1
  logic [15:0]       left1_q, left2_q, left3_q;  // runs still to come in each dimension
  logic [39:0]       dram1_q, dram2_q, dram3_q;  // start of the present n1, n2, n3 loops
  logic [GbBits-1:0] gb1_q, gb2_q, gb3_q;
  logic [39:0]       ds1_q, ds2_q, ds3_q;
  logic [GbBits-1:0] gs1_q, gs2_q, gs3_q;

  assign run_valid_o = valid_q;
  assign run_dram_o = dram1_q;
  assign run_gb_o = gb1_q;
  assign run_bytes_o = n0_q;
  assign run_last_o = left1_q == '0 && left2_q == '0 && left3_q == '0;
  assign desc_ready_o = !valid_q || (run_ready_i && run_last_o);

  always_ff @(posedge clk_i) begin
    if (valid_q && run_ready_i) begin
      if (left1_q != '0) begin
        left1_q <= left1_q - 1'b1;
        dram1_q <= dram1_q + ds1_q;
        gb1_q <= gb1_q + gs1_q;
      end else if (left2_q != '0) begin
        left2_q <= left2_q - 1'b1;
        left1_q <= n1_q;
        dram2_q <= dram2_q + ds2_q;
        dram1_q <= dram2_q + ds2_q;
        gb2_q <= gb2_q + gs2_q;
        gb1_q <= gb2_q + gs2_q;
      end else begin
        left3_q <= left3_q - 1'b1;
        left2_q <= n2_q;
        left1_q <= n1_q;
        dram3_q <= dram3_q + ds3_q;
        dram2_q <= dram3_q + ds3_q;
        dram1_q <= dram3_q + ds3_q;
        gb3_q <= gb3_q + gs3_q;
        gb2_q <= gb3_q + gs3_q;
        gb1_q <= gb3_q + gs3_q;
        if (run_last_o) valid_q <= 1'b0;
      end
    end
    if (desc_valid_i && desc_ready_o) begin
      valid_q <= 1'b1;
      n0_q <= desc_i[wc_isa_pkg::DMA_n0_LSB +: 24];
      n1_q <= desc_i[wc_isa_pkg::DMA_n1_LSB +: 16] - 1'b1;
      n2_q <= desc_i[wc_isa_pkg::DMA_n2_LSB +: 16] - 1'b1;
      left1_q <= desc_i[wc_isa_pkg::DMA_n1_LSB +: 16] - 1'b1;
      left2_q <= desc_i[wc_isa_pkg::DMA_n2_LSB +: 16] - 1'b1;
      left3_q <= desc_i[wc_isa_pkg::DMA_n3_LSB +: 16] - 1'b1;
      dram1_q <= desc_i[wc_isa_pkg::DMA_dram_lo_LSB +: 40];
      dram2_q <= desc_i[wc_isa_pkg::DMA_dram_lo_LSB +: 40];
      dram3_q <= desc_i[wc_isa_pkg::DMA_dram_lo_LSB +: 40];
      gb1_q <= desc_i[wc_isa_pkg::DMA_gb_LSB +: GbBits];
      gb2_q <= desc_i[wc_isa_pkg::DMA_gb_LSB +: GbBits];
      gb3_q <= desc_i[wc_isa_pkg::DMA_gb_LSB +: GbBits];
      ds1_q <= 40'($signed(desc_i[wc_isa_pkg::DMA_ds1_LSB +: 32]));
      ds2_q <= 40'($signed(desc_i[wc_isa_pkg::DMA_ds2_LSB +: 32]));
      ds3_q <= 40'($signed(desc_i[wc_isa_pkg::DMA_ds3_LSB +: 32]));
      gs1_q <= desc_i[wc_isa_pkg::DMA_gs1_LSB +: GbBits];
      gs2_q <= desc_i[wc_isa_pkg::DMA_gs2_LSB +: GbBits];
      gs3_q <= desc_i[wc_isa_pkg::DMA_gs3_LSB +: GbBits];
    end
    if (!rst_ni) valid_q <= 1'b0;
  end

  logic unused;
  assign unused = ^desc_i;

endmodule
