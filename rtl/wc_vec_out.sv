// The set-up of one output stream: what its descriptor says, and the walk over its vectors.
module wc_vec_out #(
  parameter int unsigned Lanes = 8,
  localparam int unsigned LaneBits = $clog2(Lanes)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              clear_i,
  input  logic              load_i,
  input  logic [159:0]      desc_i,
  input  logic              start_i,
  input  logic              stop_i,
  input  logic [23:0]       d0_i,
  input  logic [23:0]       d1_less_1_i,
  input  logic [15:0]       d2_less_1_i,
  input  logic [15:0]       d3_less_1_i,
  // of the stream
  output logic              used_o,
  output logic              reduces_o,
  output logic              from_u_o,      // U, not T
  output logic [1:0]        type_o,
  output logic [1:0]        shift_o,       // log2 of an element's bytes; 0 for bits
  output logic [17:0]       step_o,        // bytes from element to element
  output logic              contiguous_o,
  // its vectors
  output logic              valid_o,
  output logic [33:0]       addr_o,
  output logic [LaneBits:0] count_o,       // elements
  input  logic              next_i
);

  logic        keeps_q;
  logic [1:0]  kind, shift;
  logic [15:0] s0;
  logic [17:0] step;
  assign kind = desc_i[wc_isa_pkg::STREAM_type_LSB +: wc_isa_pkg::STREAM_type_BITS];
  assign s0 = desc_i[wc_isa_pkg::STREAM_s0_LSB +: wc_isa_pkg::STREAM_s0_BITS];
  assign shift = (kind == wc_isa_pkg::T_FP32) ? 2'd2 : (kind == wc_isa_pkg::T_FP16) ? 2'd1 : 2'd0;
  assign step = {{2{s0[15]}}, s0} << shift;

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      type_o <= kind;
      shift_o <= shift;
      step_o <= step;
      contiguous_o <= kind == wc_isa_pkg::T_BIT || s0 == 16'd1 || d0_i == 24'd1;
      from_u_o <= desc_i[wc_isa_pkg::STREAM_src_LSB];
      reduces_o <= desc_i[wc_isa_pkg::STREAM_reduce_LSB +: wc_isa_pkg::STREAM_reduce_BITS] != '0;
      keeps_q <= desc_i[wc_isa_pkg::STREAM_keep_LSB];
      used_o <= 1'b1;
    end
    if (!rst_ni || clear_i || stop_i) used_o <= 1'b0;
  end

  logic [1:0] unused_ends;
  wc_vec_walk #(.Lanes(Lanes)) u_walk (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .load_i      (load_i),
    .base_i      (desc_i[wc_isa_pkg::STREAM_base_LSB +: 32]),
    .s1_i        (desc_i[wc_isa_pkg::STREAM_s1_LSB +: 32]),
    .s2_i        (desc_i[wc_isa_pkg::STREAM_s2_LSB +: 32]),
    .s3_i        (desc_i[wc_isa_pkg::STREAM_s3_LSB +: 32]),
    .block_i     ((kind == wc_isa_pkg::T_BIT) ? (18 + LaneBits)'(Lanes / 8)
                                              : {step, {LaneBits{1'b0}}}),
    .d0_i        (d0_i),
    .n1_less_1_i (!reduces_o ? d1_less_1_i : keeps_q ? 24'd7 : 24'd0),
    .d2_less_1_i (d2_less_1_i),
    .d3_less_1_i (d3_less_1_i),
    .start_i     (start_i && used_o),
    .stop_i      (stop_i),
    .next_i      (next_i),
    .valid_o     (valid_o),
    .addr_o      (addr_o),
    .count_o     (count_o),
    .first_o     (unused_ends[0]),
    .last_o      (unused_ends[1])
  );

endmodule
