// Judges what can be told of a GEMM command without looking at addresses in use: fields first,
// then alignment (docs/commands.md). A stride whose dimension is 1 is not used and not judged.
module wc_gemm_check (
  input  logic [895:0] cmd_i,      // words 0 to 27
  output logic [7:0]   code_o,     // NONE, FIELD or ALIGN
  output logic [31:0]  err_addr_o  // base address of the operand that is not aligned
);

  logic [15:0] n, p2, p1, p0, q2, q1, q0, h, w;
  logic [15:0] k2, k1, k0, m2, m1, m0;
  logic        a_trans, b_trans, c_fp32, preload;
  logic [31:0] a_base, a_s2, a_s1, a_s0, b_base, b_s2, b_s1, b_s0, b_sn;
  logic [31:0] c_base, c_s2, c_s1, c_s0, p_base, p_s2, p_s1, p_s0;
  logic        zero_dim, reserved, stride, partial, field;
  logic        a_odd, b_odd, c_odd, p_odd;

  assign a_trans = cmd_i[wc_isa_pkg::GEMM_a_trans_LSB];
  assign b_trans = cmd_i[wc_isa_pkg::GEMM_b_trans_LSB];
  assign c_fp32 = cmd_i[wc_isa_pkg::GEMM_c_fp32_LSB];
  assign preload = cmd_i[wc_isa_pkg::GEMM_preload_LSB];
  assign n = cmd_i[wc_isa_pkg::GEMM_n_LSB +: 16];
  assign p2 = cmd_i[wc_isa_pkg::GEMM_p2_LSB +: 16];
  assign p1 = cmd_i[wc_isa_pkg::GEMM_p1_LSB +: 16];
  assign p0 = cmd_i[wc_isa_pkg::GEMM_p0_LSB +: 16];
  assign q2 = cmd_i[wc_isa_pkg::GEMM_q2_LSB +: 16];
  assign q1 = cmd_i[wc_isa_pkg::GEMM_q1_LSB +: 16];
  assign q0 = cmd_i[wc_isa_pkg::GEMM_q0_LSB +: 16];
  assign h = cmd_i[wc_isa_pkg::GEMM_h_LSB +: 16];
  assign w = cmd_i[wc_isa_pkg::GEMM_w_LSB +: 16];
  assign a_base = cmd_i[wc_isa_pkg::GEMM_a_base_LSB +: 32];
  assign a_s2 = cmd_i[wc_isa_pkg::GEMM_a_s2_LSB +: 32];
  assign a_s1 = cmd_i[wc_isa_pkg::GEMM_a_s1_LSB +: 32];
  assign a_s0 = cmd_i[wc_isa_pkg::GEMM_a_s0_LSB +: 32];
  assign b_base = cmd_i[wc_isa_pkg::GEMM_b_base_LSB +: 32];
  assign b_s2 = cmd_i[wc_isa_pkg::GEMM_b_s2_LSB +: 32];
  assign b_s1 = cmd_i[wc_isa_pkg::GEMM_b_s1_LSB +: 32];
  assign b_s0 = cmd_i[wc_isa_pkg::GEMM_b_s0_LSB +: 32];
  assign b_sn = cmd_i[wc_isa_pkg::GEMM_b_sn_LSB +: 32];
  assign c_base = cmd_i[wc_isa_pkg::GEMM_c_base_LSB +: 32];
  assign c_s2 = cmd_i[wc_isa_pkg::GEMM_c_s2_LSB +: 32];
  assign c_s1 = cmd_i[wc_isa_pkg::GEMM_c_s1_LSB +: 32];
  assign c_s0 = cmd_i[wc_isa_pkg::GEMM_c_s0_LSB +: 32];
  assign p_base = cmd_i[wc_isa_pkg::GEMM_p_base_LSB +: 32];
  assign p_s2 = cmd_i[wc_isa_pkg::GEMM_p_s2_LSB +: 32];
  assign p_s1 = cmd_i[wc_isa_pkg::GEMM_p_s1_LSB +: 32];
  assign p_s0 = cmd_i[wc_isa_pkg::GEMM_p_s0_LSB +: 32];

  assign zero_dim = (n == 0) || (p2 == 0) || (p1 == 0) || (p0 == 0) || (q2 == 0) || (q1 == 0)
                    || (q0 == 0);
  assign reserved = (cmd_i[wc_isa_pkg::GEMM_rsvd1_LSB +: 28] != 0)
                    || (cmd_i[wc_isa_pkg::GEMM_rsvd2_LSB +: 16] != 0)
                    || (cmd_i[wc_isa_pkg::GEMM_rsvd3_LSB +: 32] != 0);
  assign stride = b_trans ? (b_s0 != 32'd2) : (b_sn != 32'd2);
  assign partial = !preload && ({p_base, p_s2, p_s1, p_s0} != 128'd0);
  assign field = zero_dim || reserved || stride || partial;

  assign {k2, k1, k0} = a_trans ? {p2, p1, p0} : {q2, q1, q0};
  assign {m2, m1, m0} = a_trans ? {q2, q1, q0} : {p2, p1, p0};

  assign a_odd = a_base[0] || (p2 > 16'd1 && a_s2[0]) || (h > 16'd1 && a_s1[0])
                 || (w > 16'd1 && a_s0[0]);
  assign b_odd = b_base[0] || (k2 > 16'd1 && b_s2[0]) || (k1 > 16'd1 && b_s1[0])
                 || (k0 > 16'd1 && b_s0[0]) || (n > 16'd1 && b_sn[0]);
  assign c_odd = c_base[0] || (m2 > 16'd1 && c_s2[0]) || (m1 > 16'd1 && c_s1[0])
                 || (m0 > 16'd1 && c_s0[0])
                 || (c_fp32 && (c_base[1] || (m2 > 16'd1 && c_s2[1]) || (m1 > 16'd1 && c_s1[1])
                                || (m0 > 16'd1 && c_s0[1])));
  assign p_odd = (p_base[1:0] != 0) || (m2 > 16'd1 && p_s2[1:0] != 0)
                 || (m1 > 16'd1 && p_s1[1:0] != 0) || (m0 > 16'd1 && p_s0[1:0] != 0);

  assign code_o = field ? wc_isa_pkg::E_FIELD
                  : (a_odd || b_odd || c_odd || p_odd) ? wc_isa_pkg::E_ALIGN
                  : wc_isa_pkg::E_NONE;
  assign err_addr_o = field ? 32'd0 : a_odd ? a_base : b_odd ? b_base : c_odd ? c_base : p_base;

  // The header is judged by fetch; the rest only matters to the addresses.
  logic unused;
  assign unused = ^{cmd_i[63:0], cmd_i[287:256], cmd_i[319:288], a_s2[31:1], a_s1[31:1],
                    a_s0[31:1], b_s2[31:1], b_s1[31:1], c_s2[31:2], c_s1[31:2], c_s0[31:2]};

endmodule
