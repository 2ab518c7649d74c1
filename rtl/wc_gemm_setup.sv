// Takes GEMM commands, judges their fields and prepares products of them, while the command
// before still runs.
//
// One command at a time. Twelve cycles after it was taken held_o says that everything but macs_o,
// apart_o, p_apart_o and p_chain_o is there, 20 cycles later judged_o says that these are as well.
// The command goes when it is judged and next_i: macs_valid_o tells, then the next one is taken. A
// faulty command is handed over the same way.
module wc_gemm_setup #(
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned AccRows = 64,
  parameter int unsigned AddrBits = 52
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                clear_i,
  input  logic                cmd_valid_i,
  output logic                cmd_ready_o,
  input  logic [895:0]        cmd_i,       // words 0 to 27
  output logic                held_o,
  output logic                judged_o,
  input  logic                next_i,
  output logic [895:0]        cmd_o,
  output logic [7:0]          code_o,      // WC_E_*, 0: sound
  output logic [31:0]         err_addr_o,  // with code ALIGN
  output logic [47:0]         positions_o, // p2 * p1 * p0
  output logic [47:0]         taps_o,      // q2 * q1 * q0
  output logic [AddrBits-1:0] a_origin_o,  // address of A at i = j = 0, be it inside or not
  output logic [AddrBits-1:0] a_i0_o,      // address steps of i0, i1, j1, j2
  output logic [AddrBits-1:0] a_i1_o,
  output logic [AddrBits-1:0] a_j1_o,
  output logic [AddrBits-1:0] a_j2_o,
  output logic [1:0]          group_o,     // log2 of the column tiles of a group
  output logic                across_o,    // positions of an image row lie side by side
  output logic                merge_o,     // a kernel row of taps is one run of run_o elements
  output logic [15:0]         run_o,
  output logic [1:0]          apart_o,     // A and B: nothing that the last command, the one
                                           // before it writes
  output logic                p_apart_o,   // P: nothing that the command before writes
  output logic                p_chain_o,   // P: what the command before writes, block by block
  output logic                macs_valid_o,
  output logic [47:0]         macs_o
);
  localparam logic [4:0] CfgStep = 5'd11;
  localparam logic [4:0] EndStep = 5'd31;

  logic [895:0]        cmd_q;
  logic                full_q;
  logic [4:0]          step_q;
  logic [31:0]         half_q;            // p1 * p0, q1 * q0
  logic [31:0]         half2_q;
  logic signed [32:0]  a_q;               // operands of the one multiplier
  logic signed [16:0]  b_q;
  logic signed [49:0]  product;
  logic [4:0]          dest_q;            // step the operands belong to
  logic [47:0]         depth_n_q;         // taps or positions, times n
  logic [47:0]         rows, depth;

  logic [15:0] n, p2, p1, p0, q2, q1, q0, h, w;
  logic [15:0] k2, k1, k0, m2, m1, m0;
  logic        a_trans, c_fp32;
  logic [31:0] a_s0, a_s1, c_base, c_s2, c_s1, c_s0, p_base, p_s2, p_s1, p_s0;

  assign a_trans = cmd_q[wc_isa_pkg::GEMM_a_trans_LSB];
  assign c_fp32 = cmd_q[wc_isa_pkg::GEMM_c_fp32_LSB];
  assign n = cmd_q[wc_isa_pkg::GEMM_n_LSB +: 16];
  assign p2 = cmd_q[wc_isa_pkg::GEMM_p2_LSB +: 16];
  assign p1 = cmd_q[wc_isa_pkg::GEMM_p1_LSB +: 16];
  assign p0 = cmd_q[wc_isa_pkg::GEMM_p0_LSB +: 16];
  assign q2 = cmd_q[wc_isa_pkg::GEMM_q2_LSB +: 16];
  assign q1 = cmd_q[wc_isa_pkg::GEMM_q1_LSB +: 16];
  assign q0 = cmd_q[wc_isa_pkg::GEMM_q0_LSB +: 16];
  assign a_s0 = cmd_q[wc_isa_pkg::GEMM_a_s0_LSB +: 32];
  assign a_s1 = cmd_q[wc_isa_pkg::GEMM_a_s1_LSB +: 32];
  assign c_base = cmd_q[wc_isa_pkg::GEMM_c_base_LSB +: 32];
  assign c_s2 = cmd_q[wc_isa_pkg::GEMM_c_s2_LSB +: 32];
  assign c_s1 = cmd_q[wc_isa_pkg::GEMM_c_s1_LSB +: 32];
  assign c_s0 = cmd_q[wc_isa_pkg::GEMM_c_s0_LSB +: 32];
  assign p_base = cmd_q[wc_isa_pkg::GEMM_p_base_LSB +: 32];
  assign p_s2 = cmd_q[wc_isa_pkg::GEMM_p_s2_LSB +: 32];
  assign p_s1 = cmd_q[wc_isa_pkg::GEMM_p_s1_LSB +: 32];
  assign p_s0 = cmd_q[wc_isa_pkg::GEMM_p_s0_LSB +: 32];

  assign h = cmd_q[wc_isa_pkg::GEMM_h_LSB +: 16];
  assign w = cmd_q[wc_isa_pkg::GEMM_w_LSB +: 16];
  assign {k2, k1, k0} = a_trans ? {p2, p1, p0} : {q2, q1, q0};
  assign {m2, m1, m0} = a_trans ? {q2, q1, q0} : {p2, p1, p0};

  // ---- judgement ------------------------------------------------------------------------------

  wc_gemm_check u_check (.cmd_i(cmd_q), .code_o, .err_addr_o);

  // ---- products -------------------------------------------------------------------------------

  assign rows = a_trans ? taps_o : positions_o;
  assign depth = a_trans ? positions_o : taps_o;
  assign product = a_q * b_q;

  // Step by step: a 32-bit value times a 16-bit one. Strides are signed, counts are not.
  logic [31:0] stride;
  logic [15:0] factor;
  logic        is_stride, factor_sign;

  always_comb begin
    is_stride = 1'b1;
    factor_sign = 1'b0;
    stride = 32'd0;
    factor = 16'd0;
    case (step_q)
      5'd0: begin is_stride = 1'b0; stride = {16'd0, p1}; factor = p0; end
      5'd1: begin is_stride = 1'b0; stride = {16'd0, q1}; factor = q0; end
      5'd2: begin is_stride = 1'b0; stride = half_q; factor = p2; end
      5'd3: begin is_stride = 1'b0; stride = half2_q; factor = q2; end
      5'd4: begin stride = a_s1; factor = cmd_q[wc_isa_pkg::GEMM_oy_LSB +: 16]; end
      5'd5: begin stride = a_s0; factor = cmd_q[wc_isa_pkg::GEMM_ox_LSB +: 16]; end
      5'd6: begin
        stride = a_s0;
        factor = {{8{cmd_q[wc_isa_pkg::GEMM_sx_LSB+7]}}, cmd_q[wc_isa_pkg::GEMM_sx_LSB +: 8]};
      end
      5'd7: begin
        stride = a_s1;
        factor = {{8{cmd_q[wc_isa_pkg::GEMM_sy_LSB+7]}}, cmd_q[wc_isa_pkg::GEMM_sy_LSB +: 8]};
      end
      5'd8: begin
        stride = a_s0;
        factor = {{8{cmd_q[wc_isa_pkg::GEMM_rx_LSB+7]}}, cmd_q[wc_isa_pkg::GEMM_rx_LSB +: 8]};
      end
      5'd9: begin
        stride = a_s1;
        factor = {{8{cmd_q[wc_isa_pkg::GEMM_ry_LSB+7]}}, cmd_q[wc_isa_pkg::GEMM_ry_LSB +: 8]};
      end
      5'd10: begin is_stride = 1'b0; stride = depth[31:0]; factor = n; end
      5'd11: begin is_stride = 1'b0; stride = {16'd0, depth[47:32]}; factor = n; end
      5'd12: begin is_stride = 1'b0; stride = rows[31:0]; factor = depth_n_q[15:0]; end
      5'd13: begin is_stride = 1'b0; stride = rows[31:0]; factor = depth_n_q[31:16]; end
      5'd14: begin is_stride = 1'b0; stride = rows[31:0]; factor = depth_n_q[47:32]; end
      5'd15: begin is_stride = 1'b0; stride = {16'd0, rows[47:32]}; factor = depth_n_q[15:0]; end
      5'd16: begin stride = cmd_q[wc_isa_pkg::GEMM_a_s2_LSB +: 32]; factor = p2 - 16'd1; end
      5'd17: begin stride = a_s1; factor = (h == 16'd0) ? 16'd0 : h - 16'd1; end
      5'd18: begin stride = a_s0; factor = (w == 16'd0) ? 16'd0 : w - 16'd1; end
      5'd19: begin stride = cmd_q[wc_isa_pkg::GEMM_b_s2_LSB +: 32]; factor = k2 - 16'd1; end
      5'd20: begin stride = cmd_q[wc_isa_pkg::GEMM_b_s1_LSB +: 32]; factor = k1 - 16'd1; end
      5'd21: begin stride = cmd_q[wc_isa_pkg::GEMM_b_s0_LSB +: 32]; factor = k0 - 16'd1; end
      5'd22: begin stride = cmd_q[wc_isa_pkg::GEMM_b_sn_LSB +: 32]; factor = n - 16'd1; end
      5'd23: begin stride = p_s2; factor = m2 - 16'd1; end
      5'd24: begin stride = p_s1; factor = m1 - 16'd1; end
      5'd25: begin stride = p_s0; factor = m0 - 16'd1; end
      5'd26: begin stride = c_s2; factor = m2 - 16'd1; end
      5'd27: begin stride = c_s1; factor = m1 - 16'd1; end
      5'd28: begin stride = c_s0; factor = m0 - 16'd1; end
      default: ;
    endcase
    if (step_q >= 5'd4 && step_q <= 5'd9) factor_sign = factor[15];
  end

  always_ff @(posedge clk_i) begin
    dest_q <= full_q ? step_q : EndStep;
    a_q <= {is_stride & stride[31], stride};
    b_q <= {factor_sign, factor};
    case (dest_q)
      5'd0: half_q <= product[31:0];
      5'd1: half2_q <= product[31:0];
      5'd2: positions_o <= product[47:0];
      5'd3: taps_o <= product[47:0];
      5'd4: a_origin_o <= AddrBits'({1'b0, cmd_q[wc_isa_pkg::GEMM_a_base_LSB +: 32]})
                          + AddrBits'(product);
      5'd5: a_origin_o <= a_origin_o + AddrBits'(product);
      5'd6: a_i0_o <= AddrBits'(product);
      5'd7: a_i1_o <= AddrBits'(product);
      5'd8: a_j1_o <= AddrBits'(product);
      5'd9: a_j2_o <= AddrBits'(product);
      5'd10: depth_n_q <= product[47:0];
      5'd11: depth_n_q <= depth_n_q + {product[15:0], 32'd0};
      5'd12: macs_o <= product[47:0];
      5'd13: macs_o <= macs_o + {product[31:0], 16'd0};
      5'd14, 5'd15: macs_o <= macs_o + {product[15:0], 32'd0};
      default: ;
    endcase
  end

  assign across_o = (cmd_q[wc_isa_pkg::GEMM_sx_LSB +: 8] == 8'd1) && (a_s0 == 32'd2);
  assign merge_o = (cmd_q[wc_isa_pkg::GEMM_rx_LSB +: 8] == 8'd1) && (a_s0 == {15'd0, q0, 1'b0})
                   && (half2_q[31:16] == 16'd0);
  assign run_o = half2_q[15:0];

  // ---- ranges of bytes: what A, B and P may read against what the last command's C wrote -------

  logic [AddrBits-1:0] low_q, high_q;            // of the operand at hand, [low, high)
  logic [AddrBits-1:0] low0_q, high0_q;          // C of the command before
  logic [AddrBits-1:0] low1_q, high1_q;          // and of the one before that
  logic [AddrBits-1:0] low, high, reach;
  logic [1:0]          meet, meet_q;
  logic                p_meet_q;

  always_comb begin
    low = low_q;
    high = high_q;
    case (dest_q)
      5'd16: begin
        low = AddrBits'({1'b0, cmd_q[wc_isa_pkg::GEMM_a_base_LSB +: 32]});
        high = low + AddrBits'({1'b0, q0, 1'b0});
      end
      5'd19: begin
        low = AddrBits'({1'b0, cmd_q[wc_isa_pkg::GEMM_b_base_LSB +: 32]});
        high = low + AddrBits'(2);
      end
      5'd23: begin
        low = AddrBits'({1'b0, p_base});
        high = low + AddrBits'({1'b0, n, 2'b00});
      end
      5'd26: begin
        low = AddrBits'({1'b0, c_base});
        high = low + (c_fp32 ? AddrBits'({1'b0, n, 2'b00}) : AddrBits'({1'b0, n, 1'b0}));
      end
      default: ;
    endcase
    reach = AddrBits'(product);
    meet[0] = $signed(low_q) < $signed(high0_q) && $signed(low0_q) < $signed(high_q);
    meet[1] = $signed(low_q) < $signed(high1_q) && $signed(low1_q) < $signed(high_q);
  end

  always_ff @(posedge clk_i) begin
    if (dest_q >= 5'd16 && dest_q <= 5'd28) begin
      low_q <= reach[AddrBits-1] ? low + reach : low;
      high_q <= reach[AddrBits-1] ? high : high + reach;
    end
    if (dest_q == 5'd16) meet_q <= 2'b00;
    else if (dest_q == 5'd19 || dest_q == 5'd23) meet_q <= meet_q | meet;
    if (dest_q == 5'd26) p_meet_q <= meet[0];
    if (macs_valid_o) begin
      low0_q <= low_q;
      high0_q <= high_q;
      low1_q <= low0_q;
      high1_q <= high0_q;
    end
  end

  // The same rows at the same places: a block is in place once it is drained.
  localparam int unsigned WalkBits = 4 * 32 + 4 * 16;
  logic [WalkBits-1:0] c_walk_q;
  logic                c_wide_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) c_wide_q <= 1'b0;
    else if (macs_valid_o) c_wide_q <= c_fp32;
    if (macs_valid_o) c_walk_q <= {c_base, c_s2, c_s1, c_s0, m2, m1, m0, n};
  end

  assign apart_o = ~meet_q;
  assign p_apart_o = !p_meet_q;
  assign p_chain_o = c_wide_q && (c_walk_q == {p_base, p_s2, p_s1, p_s0, m2, m1, m0, n});

  // Column tiles of a group share the block's rows of A. More tiles make shorter blocks. A wave
  // begins Rows cycles after the one before at the soonest, with a cycle more the feed of B makes up
  // for what it loses in a bank: a block is not made shorter than that, unless the command's rows
  // fit it anyway.
  localparam int unsigned Wave = Rows + 1;
  localparam int unsigned Half = AccRows / 2;
  localparam int unsigned Quarter = AccRows / 4;
  logic fit2, fit1;
  assign fit2 = (Quarter >= Wave) || (rows <= 48'(Quarter));
  assign fit1 = (Half >= Wave) || (rows <= 48'(Half));

  always_comb begin
    if (n > 16'(2 * Cols) && fit2) group_o = 2'd2;
    else if (n > 16'(Cols) && fit1) group_o = 2'd1;
    else group_o = 2'd0;
  end

  // ---- hand-over ------------------------------------------------------------------------------

  assign cmd_ready_o = !full_q;
  assign cmd_o = cmd_q;
  assign held_o = full_q && step_q >= CfgStep;
  assign judged_o = full_q && step_q == EndStep;
  assign macs_valid_o = judged_o && next_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) begin
      full_q <= 1'b0;
      step_q <= 5'd0;
    end else if (!full_q) begin
      full_q <= cmd_valid_i;
      step_q <= 5'd0;
    end else begin
      if (step_q != EndStep) step_q <= step_q + 5'd1;
      if (macs_valid_o) full_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (cmd_valid_i && cmd_ready_o) cmd_q <= cmd_i;
  end

  logic unused;
  assign unused = ^product[49:48];

endmodule
