// Reduces one output over d1: sum or maximum, one chain or eight, in all lanes.
//
//   A chain, vector: align | S add | R normalise, round -> chain
//
// A chain is ready again 3 cycles after it was used, so one chain takes a vector every third
// cycle and eight take one every cycle. A block ends with 3 cycles until the last sum is there,
// 12 to combine eight chains, and one for every vector handed on; a block that starts from
// memory waits for its chains.
module wc_vec_reduce #(
  parameter int unsigned Lanes = 8,
  localparam int unsigned W = 32 * Lanes
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         load_i,        // set-up: take desc_i
  input  logic [15:0]  desc_i,        // word 0 of the stream descriptor
  input  logic         start_i,
  // vectors of the lanes
  input  logic         valid_i,
  output logic         ready_o,
  input  logic         last_i,        // of its block
  input  logic [W-1:0] t_i,
  input  logic [W-1:0] u_i,
  // what chains start from
  input  logic         chain_valid_i,
  output logic         chain_pop_o,
  input  logic [W-1:0] chain_i,
  // results
  output logic         valid_o,
  input  logic         ready_i,
  output logic [W-1:0] data_o
);

  `include "wc_fp.svh"
  `include "wc_vfp_convert.svh"
  `include "wc_vfp.svh"

  localparam logic [2:0] Idle = 3'd0, Load = 3'd1, Run = 3'd2, Drain = 3'd3, Combine = 3'd4,
                         Give = 3'd5;

  logic       from_u_q, max_q, eight_q, loads_q, keeps_q;
  logic [2:0] phase_q;
  always_ff @(posedge clk_i) begin
    if (load_i) begin
      from_u_q <= desc_i[wc_isa_pkg::STREAM_src_LSB];
      max_q <= desc_i[wc_isa_pkg::STREAM_reduce_LSB + 1];
      eight_q <= desc_i[wc_isa_pkg::STREAM_chains_LSB];
      loads_q <= desc_i[wc_isa_pkg::STREAM_load_LSB];
      keeps_q <= desc_i[wc_isa_pkg::STREAM_keep_LSB];
      phase_q <= desc_i[wc_isa_pkg::STREAM_phase_LSB +: wc_isa_pkg::STREAM_phase_BITS];
    end
  end
  logic unused_desc;
  assign unused_desc = ^{desc_i[15:13], desc_i[3:0], desc_i[wc_isa_pkg::STREAM_reduce_LSB]};

  logic [2:0]     state_q;
  logic [2:0]     chain_q;       // next chain to load, use or give
  logic [3:0]     turn_q;        // of Combine
  logic [W-1:0]   chains_q [0:7];
  logic [7:0]     fresh_q;       // chains that still hold the identity
  logic           a_valid_q, s_valid_q;
  logic [2:0]     a_chain_q, s_chain_q;

  logic           still, last_chain, accept;
  assign still = !a_valid_q && !s_valid_q;
  assign last_chain = chain_q == 3'd7 || !eight_q;
  assign ready_o = state_q == Run && (eight_q || still);
  assign accept = valid_i && ready_o;
  assign chain_pop_o = state_q == Load && chain_valid_i;
  assign valid_o = state_q == Give;

  // ---- what is added to what
  logic       issue;
  logic [2:0] into, other;       // chain `into` takes the new vector, or chain `other`
  always_comb begin
    issue = accept;
    into = chain_q;
    other = 3'd0;
    if (state_q == Combine) begin
      issue = 1'b1;
      case (turn_q)
        4'd0: begin into = 3'd0; other = 3'd1; end
        4'd1: begin into = 3'd2; other = 3'd3; end
        4'd2: begin into = 3'd4; other = 3'd5; end
        4'd3: begin into = 3'd6; other = 3'd7; end
        4'd4: begin into = 3'd0; other = 3'd2; end
        4'd6: begin into = 3'd4; other = 3'd6; end
        4'd9: begin into = 3'd0; other = 3'd4; end
        default: issue = 1'b0;
      endcase
    end
  end

  function automatic [W-1:0] chain(input [2:0] index);
    if (fresh_q[index]) chain = {Lanes{max_q ? 32'hFF800000 : 32'd0}};
    else chain = chains_q[index];
  endfunction

  always_comb begin
    data_o = '0;
    if (valid_o) data_o = chain(keeps_q ? chain_q : 3'd0);
  end

  always_ff @(posedge clk_i) begin
    case (state_q)
      Idle: begin
        if (start_i) state_q <= loads_q ? Load : Run;
        chain_q <= loads_q || !eight_q ? 3'd0 : phase_q;
        fresh_q <= '1;
      end
      Load: if (chain_valid_i) begin
        fresh_q[chain_q] <= 1'b0;
        chain_q <= chain_q + 3'd1;
        if (last_chain) begin
          state_q <= Run;
          chain_q <= eight_q ? phase_q : 3'd0;
        end
      end
      Run: if (accept) begin
        if (eight_q) chain_q <= chain_q + 3'd1;
        if (last_i) state_q <= Drain;
      end
      Drain: begin
        chain_q <= 3'd0;
        turn_q <= 4'd0;
        if (still) state_q <= (eight_q && !keeps_q) ? Combine : Give;
      end
      Combine: begin
        turn_q <= turn_q + 4'd1;
        if (turn_q == 4'd11) state_q <= Give;
      end
      default: if (ready_i) begin
        chain_q <= chain_q + 3'd1;
        if (last_chain || !keeps_q) begin
          state_q <= loads_q ? Load : Run;
          chain_q <= loads_q || !eight_q ? 3'd0 : phase_q;
          fresh_q <= '1;
        end
      end
    endcase
    if (issue) fresh_q[into] <= 1'b0;
    if (!rst_ni || load_i) state_q <= Idle;
  end

  // ---- pipeline
  logic [64*Lanes-1:0] big_q, small_q, sum_q;
  logic [8*Lanes-1:0]  lead_q;

  always_ff @(posedge clk_i) begin : p_align
    logic [W-1:0] first, second;
    logic [31:0]  x, y;
    if (issue) begin
      a_chain_q <= into;
      first = chain(into);
      second = from_u_q ? u_i : t_i;
      if (state_q == Combine) second = chain(other);
      for (int l = 0; l < Lanes; l++) begin
        x = first[l*32 +: 32];
        y = second[l*32 +: 32];
        if (max_q) big_q[l*64 +: 64] <= vfp_set(vfp_max(x, y));
        if (!max_q) begin
          big_q[l*64 +: 64] <= vfp_big(vfp_widen(x), y);
          small_q[l*64 +: 64] <= vfp_small(vfp_widen(x), y);
        end
      end
    end
  end

  always_ff @(posedge clk_i) begin : p_add
    logic [63:0] sum;
    if (a_valid_q) begin
      s_chain_q <= a_chain_q;
      for (int l = 0; l < Lanes; l++) begin
        sum = vfp_add(big_q[l*64 +: 64], small_q[l*64 +: 64]);
        sum_q[l*64 +: 64] <= sum;
        lead_q[l*8 +: 8] <= {2'd0, vfp_lead(sum)};
      end
    end
  end

  always_ff @(posedge clk_i) begin : p_round
    logic [W-1:0] result;
    if (s_valid_q) begin
      for (int l = 0; l < Lanes; l++)
        result[l*32 +: 32] = vfp_finish(sum_q[l*64 +: 64], lead_q[l*8 +: 6]);
      chains_q[s_chain_q] <= result;
    end
    if (chain_pop_o) chains_q[chain_q] <= chain_i;
  end

  always_ff @(posedge clk_i) begin
    a_valid_q <= issue;
    s_valid_q <= a_valid_q;
    if (!rst_ni || load_i) begin
      a_valid_q <= 1'b0;
      s_valid_q <= 1'b0;
    end
  end

endmodule
