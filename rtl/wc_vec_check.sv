// Judges a VEC command: the head in one cycle, then one stream descriptor a cycle.
//
// take_i: head_i holds the words of a new command before its streams. desc_valid_i: descriptor desc_index_i, inputs first, then
// outputs, then what follows the last one (which must be 0). code_o speaks of all that has been
// seen up to the last cycle; docs/commands.md has the order of the errors.
module wc_vec_check (
  input  logic          clk_i,
  input  logic          take_i,
  /* verilator lint_off UNUSEDSIGNAL */  // header and constants are not judged here
  input  logic [511:0]  head_i,
  /* verilator lint_on UNUSEDSIGNAL */
  input  logic          desc_valid_i,
  input  logic [159:0]  desc_i,
  input  logic [3:0]    desc_index_i,
  // of the command
  input  logic [3:0]    n_in_i,
  input  logic [3:0]    n_all_i,
  input  logic          d1_is_1_i,
  input  logic          d2_is_1_i,
  input  logic          d3_is_1_i,
  output logic          counts_ok_o,   // number of streams, valid beside take_i
  output logic [23:0]   reads_o,       // input streams that steps 3 .. 0 read, 6 bits each
  output logic [7:0]    code_o,
  output logic [31:0]   addr_o         // of the first stream that is not aligned
);

  // ---- steps
  // Operands that an operation reads, {known, c, b, a}.
  function automatic [3:0] operands(input [4:0] op);
    case (op)
      wc_isa_pkg::V_NOP: operands = 4'b1000;
      wc_isa_pkg::V_FMA, wc_isa_pkg::V_SEL: operands = 4'b1111;
      wc_isa_pkg::V_ADD: operands = 4'b1101;
      wc_isa_pkg::V_MUL, wc_isa_pkg::V_MAX, wc_isa_pkg::V_MIN, wc_isa_pkg::V_GT, wc_isa_pkg::V_EQ,
      wc_isa_pkg::V_CMAX, wc_isa_pkg::V_DIV: operands = 4'b1011;
      wc_isa_pkg::V_MOV, wc_isa_pkg::V_SQRT, wc_isa_pkg::V_POW2, wc_isa_pkg::V_EXPO,
      wc_isa_pkg::V_MANT: operands = 4'b1001;
      default: operands = 4'b0000;
    endcase
  endfunction

  // The set of streams that a source field reads: 6 bits, above them whether it is illegal.
  function automatic [6:0] source(input used, input [3:0] src, input [3:0] n_in);
    begin
      source = 7'd0;
      if (!used) source[6] = src != 4'd0;
      else if (src >= wc_isa_pkg::S_ZERO) source[6] = src > wc_isa_pkg::S_U;
      else source = {src >= n_in, 6'd1 << src[2:0]};
    end
  endfunction

  // The set of streams that a step reads: 6 bits, above them whether the step is illegal.
  function automatic [6:0] step(input [31:0] word, input special, input [3:0] n_in);
    reg [3:0] has;
    reg [4:0] op;
    reg plain;
    begin
      op = word[wc_isa_pkg::STEP_op_LSB +: wc_isa_pkg::STEP_op_BITS];
      has = operands(op);
      step = source(has[0], word[wc_isa_pkg::STEP_a_LSB +: wc_isa_pkg::STEP_a_BITS], n_in)
             | source(has[1], word[wc_isa_pkg::STEP_b_LSB +: wc_isa_pkg::STEP_b_BITS], n_in)
             | source(has[2], word[wc_isa_pkg::STEP_c_LSB +: wc_isa_pkg::STEP_c_BITS], n_in);
      plain = op == wc_isa_pkg::V_NOP || op == wc_isa_pkg::V_CMAX;
      if (!has[3] || (op >= wc_isa_pkg::V_DIV && !special)
          || (word[wc_isa_pkg::STEP_neg_a_LSB] && !has[0])
          || (word[wc_isa_pkg::STEP_neg_c_LSB] && !has[2])
          || (plain && (word[wc_isa_pkg::STEP_dst_LSB] || word[wc_isa_pkg::STEP_round16_LSB]
                        || word[wc_isa_pkg::STEP_relu_LSB]))
          || word[wc_isa_pkg::STEP_rsvd1_LSB +: wc_isa_pkg::STEP_rsvd1_BITS] != '0
          || word[wc_isa_pkg::STEP_rsvd2_LSB +: wc_isa_pkg::STEP_rsvd2_BITS] != '0)
        step[6] = 1'b1;
    end
  endfunction

  // ---- head
  logic [3:0] n_in, n_out;
  assign n_in = head_i[wc_isa_pkg::VEC_n_in_LSB +: wc_isa_pkg::VEC_n_in_BITS];
  assign n_out = head_i[wc_isa_pkg::VEC_n_out_LSB +: wc_isa_pkg::VEC_n_out_BITS];
  assign counts_ok_o = n_in <= 4'd6 && n_out >= 4'd1 && n_out <= 4'd3;

  // Units of 4 words that 16 + 5 * streams words take.
  function automatic [4:0] units_of(input [3:0] streams);
    units_of = 5'd4 + {1'b0, streams} + {3'd0, streams[3:2]} + {4'd0, streams[1:0] != 2'd0};
  endfunction

  logic counts_bad_q, size_bad_q, field_bad_q, align_bad_q;

  always_ff @(posedge clk_i) begin : p_judge
    logic [4:0] units;
    logic [6:0] s0, s1, s2, s3;
    logic       bad;
    if (take_i) begin
      counts_bad_q <= !counts_ok_o;
      units = units_of(n_in + n_out);
      size_bad_q <= head_i[wc_isa_pkg::HDR_units_LSB +: wc_isa_pkg::HDR_units_BITS]
                    != {3'd0, units};
      s0 = step(head_i[wc_isa_pkg::VEC_step0_LSB +: 32], 1'b0, n_in);
      s1 = step(head_i[wc_isa_pkg::VEC_step1_LSB +: 32], 1'b0, n_in);
      s2 = step(head_i[wc_isa_pkg::VEC_step2_LSB +: 32], 1'b0, n_in);
      s3 = step(head_i[wc_isa_pkg::VEC_step3_LSB +: 32], 1'b1, n_in);
      reads_o <= {s3[5:0], s2[5:0], s1[5:0], s0[5:0]};
      field_bad_q <= s0[6] || s1[6] || s2[6] || s3[6]
        // every stream read, none by two steps
        || (s0[5:0] | s1[5:0] | s2[5:0] | s3[5:0]) != ~(6'h3F << n_in)
        || (s0[5:0] & s1[5:0]) != 6'd0 || ((s0[5:0] | s1[5:0]) & s2[5:0]) != 6'd0
        || ((s0[5:0] | s1[5:0] | s2[5:0]) & s3[5:0]) != 6'd0
        || head_i[wc_isa_pkg::VEC_d0_LSB +: wc_isa_pkg::VEC_d0_BITS] == '0
        || head_i[wc_isa_pkg::VEC_d1_LSB +: wc_isa_pkg::VEC_d1_BITS] == '0
        || head_i[wc_isa_pkg::VEC_d2_LSB +: wc_isa_pkg::VEC_d2_BITS] == '0
        || head_i[wc_isa_pkg::VEC_d3_LSB +: wc_isa_pkg::VEC_d3_BITS] == '0
        || head_i[wc_isa_pkg::VEC_rsvd1_LSB +: wc_isa_pkg::VEC_rsvd1_BITS] != '0
        || head_i[wc_isa_pkg::VEC_rsvd2_LSB +: wc_isa_pkg::VEC_rsvd2_BITS] != '0
        || head_i[wc_isa_pkg::VEC_rsvd3_LSB +: wc_isa_pkg::VEC_rsvd3_BITS] != '0
        || head_i[wc_isa_pkg::VEC_rsvd4_LSB +: wc_isa_pkg::VEC_rsvd4_BITS] != '0
        || head_i[wc_isa_pkg::VEC_rsvd5_LSB +: wc_isa_pkg::VEC_rsvd5_BITS] != '0;
      align_bad_q <= 1'b0;
      addr_o <= '0;
    end else if (desc_valid_i && desc_index_i == n_all_i) begin
      field_bad_q <= field_bad_q || desc_i != '0;
    end else if (desc_valid_i) begin
      bad = (desc_index_i < n_in_i) ? input_bad(desc_i[31:0]) : output_bad(desc_i[31:0]);
      field_bad_q <= field_bad_q || bad;
      if (misaligned(desc_i)) begin
        align_bad_q <= 1'b1;
        if (!align_bad_q) addr_o <= desc_i[wc_isa_pkg::STREAM_base_LSB +: 32];
      end
    end
  end

  always_comb begin
    code_o = wc_isa_pkg::E_NONE;
    if (align_bad_q) code_o = wc_isa_pkg::E_ALIGN;
    if (field_bad_q) code_o = wc_isa_pkg::E_FIELD;
    if (size_bad_q) code_o = wc_isa_pkg::E_SIZE;
    if (counts_bad_q) code_o = wc_isa_pkg::E_FIELD;
  end

  // ---- stream descriptors: word 0
  function automatic bit_bad(input [1:0] kind, input [15:0] s0);
    bit_bad = kind == wc_isa_pkg::T_BIT && s0 != 16'd1;
  endfunction

  function automatic input_bad(input [31:0] word);
    input_bad = word[wc_isa_pkg::STREAM_s0_LSB-1:wc_isa_pkg::STREAM_rsvd1_LSB] != '0
                || bit_bad(word[1:0], word[31:16]);
  endfunction

  function automatic output_bad(input [31:0] word);
    reg [1:0] kind, reduce;
    reg chains, loads, keeps;
    begin
      kind = word[wc_isa_pkg::STREAM_type_LSB +: wc_isa_pkg::STREAM_type_BITS];
      reduce = word[wc_isa_pkg::STREAM_reduce_LSB +: wc_isa_pkg::STREAM_reduce_BITS];
      chains = word[wc_isa_pkg::STREAM_chains_LSB];
      loads = word[wc_isa_pkg::STREAM_load_LSB];
      keeps = word[wc_isa_pkg::STREAM_keep_LSB];
      output_bad = bit_bad(kind, word[31:16])
        || word[wc_isa_pkg::STREAM_rsvd1_LSB +: wc_isa_pkg::STREAM_rsvd1_BITS] != '0
        || word[wc_isa_pkg::STREAM_rsvd2_LSB +: wc_isa_pkg::STREAM_rsvd2_BITS] != '0
        || reduce == 2'd3;
      if (reduce == 2'd0)
        output_bad = output_bad || chains || loads || keeps
          || word[wc_isa_pkg::STREAM_phase_LSB +: wc_isa_pkg::STREAM_phase_BITS] != '0;
      else
        output_bad = output_bad || kind[1] || ((loads || keeps) && kind != wc_isa_pkg::T_FP32)
          || (keeps && !chains);
    end
  endfunction

  // Base and strides in use against the element. A reduction has a place for each d2 and d3, and
  // chains s1 apart when eight of them are loaded or kept.
  /* verilator lint_off UNUSEDSIGNAL */  // low address bits are all that matters
  function automatic misaligned(input [159:0] desc);
    reg [1:0] low;        // address bits that must be 0
    reg uses_s1;
    begin
      case (desc[wc_isa_pkg::STREAM_type_LSB +: wc_isa_pkg::STREAM_type_BITS])
        wc_isa_pkg::T_FP32: low = 2'b11;
        wc_isa_pkg::T_FP16: low = 2'b01;
        default: low = 2'b00;
      endcase
      uses_s1 = !d1_is_1_i;
      if (desc[wc_isa_pkg::STREAM_reduce_LSB +: wc_isa_pkg::STREAM_reduce_BITS] != 2'd0)
        uses_s1 = desc[wc_isa_pkg::STREAM_chains_LSB]
                  && (desc[wc_isa_pkg::STREAM_load_LSB] || desc[wc_isa_pkg::STREAM_keep_LSB]);
      misaligned = (low & (desc[wc_isa_pkg::STREAM_base_LSB +: 2]
                           | (desc[wc_isa_pkg::STREAM_s1_LSB +: 2] & {2{uses_s1}})
                           | (desc[wc_isa_pkg::STREAM_s2_LSB +: 2] & {2{!d2_is_1_i}})
                           | (desc[wc_isa_pkg::STREAM_s3_LSB +: 2] & {2{!d3_is_1_i}}))) != 2'd0;
    end
  endfunction
  /* verilator lint_on UNUSEDSIGNAL */

endmodule
