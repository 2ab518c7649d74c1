// Reduces one output over d1, as wc_vec_reduce does, element by element.
//
//   A chain, element: align | S add | R normalise, round -> chain
//
// The elements of a vector come one after the other, ends_i with the last of them; so do loaded
// chains and results. One chain waits for the sums of a vector before it takes the next one,
// eight take an element every cycle. Combining eight chains takes 7 vectors and 5 cycles.
module wc_vec_reduce_narrow #(
  parameter int unsigned Lanes = 8,
  localparam int unsigned LaneBits = $clog2(Lanes)
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        load_i,        // set-up: take desc_i
  input  logic [15:0] desc_i,        // word 0 of the stream descriptor
  input  logic        start_i,
  // elements of the lanes
  input  logic        valid_i,
  output logic        ready_o,
  input  logic        ends_i,        // its vector
  input  logic        last_i,        // vector of its block
  input  logic [31:0] t_i,
  input  logic [31:0] u_i,
  // what chains start from
  input  logic        chain_valid_i,
  input  logic        chain_end_i,
  output logic        chain_pop_o,
  input  logic [31:0] chain_i,
  // results
  output logic        valid_o,
  input  logic        ready_i,
  output logic [31:0] data_o
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
  logic [31:0]    chains_q [0:8*Lanes-1];
  logic [7:0]     fresh_q;       // chains that still hold the identity
  logic           a_valid_q, s_valid_q;
  logic [LaneBits+2:0] a_at_q, s_at_q;
  logic [LaneBits-1:0] lane_q, last_lane_q;

  logic           still, last_chain, accept, ends;
  assign still = !a_valid_q && !s_valid_q;
  assign last_chain = chain_q == 3'd7 || !eight_q;
  assign ready_o = state_q == Run && (eight_q || still || lane_q != '0);
  assign accept = valid_i && ready_o;
  assign chain_pop_o = state_q == Load && chain_valid_i;
  assign valid_o = state_q == Give;

  // ---- what is added to what
  logic       issue;
  logic [2:0] into, other;       // chain `into` takes the new element, or that of chain `other`
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

  function automatic [31:0] chain(input [2:0] index);
    if (fresh_q[index]) chain = max_q ? 32'hFF800000 : 32'd0;
    else chain = chains_q[{index, lane_q}];
  endfunction

  // One read port of the chains serves what is combined and what is given.
  logic [31:0] second;
  assign second = chain((state_q == Combine) ? other : keeps_q ? chain_q : 3'd0);
  assign data_o = second;

  // The element at hand goes on to the next one, or ends its vector. A turn of Combine without a
  // sum is one cycle.
  logic step;
  always_comb begin
    case (state_q)
      Load: begin
        step = chain_valid_i;
        ends = chain_end_i;
      end
      Run: begin
        step = accept;
        ends = ends_i;
      end
      Combine: begin
        step = 1'b1;
        ends = !issue || lane_q == last_lane_q;
      end
      Give: begin
        step = ready_i;
        ends = lane_q == last_lane_q;
      end
      default: begin
        step = 1'b0;
        ends = 1'b0;
      end
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (step) lane_q <= ends ? '0 : lane_q + LaneBits'(1);
    if (state_q == Run && accept) last_lane_q <= lane_q;
    if (state_q == Idle) lane_q <= '0;
  end

  always_ff @(posedge clk_i) begin
    case (state_q)
      Idle: begin
        if (start_i) state_q <= loads_q ? Load : Run;
        chain_q <= loads_q || !eight_q ? 3'd0 : phase_q;
        fresh_q <= '1;
      end
      Load: if (step && ends) begin
        fresh_q[chain_q] <= 1'b0;
        chain_q <= chain_q + 3'd1;
        if (last_chain) begin
          state_q <= Run;
          chain_q <= eight_q ? phase_q : 3'd0;
        end
      end
      Run: if (step && ends) begin
        if (eight_q) chain_q <= chain_q + 3'd1;
        if (last_i) state_q <= Drain;
      end
      Drain: begin
        chain_q <= 3'd0;
        turn_q <= 4'd0;
        if (still) state_q <= (eight_q && !keeps_q) ? Combine : Give;
      end
      Combine: if (ends) begin
        turn_q <= turn_q + 4'd1;
        if (turn_q == 4'd11) state_q <= Give;
      end
      default: if (step && ends) begin
        chain_q <= chain_q + 3'd1;
        if (last_chain || !keeps_q) begin
          state_q <= loads_q ? Load : Run;
          chain_q <= loads_q || !eight_q ? 3'd0 : phase_q;
          fresh_q <= '1;
        end
      end
    endcase
    if (issue && ends) fresh_q[into] <= 1'b0;
    if (!rst_ni || load_i) state_q <= Idle;
  end

  // ---- pipeline
  logic [63:0] big_q, small_q, sum_q;
  logic [5:0]  lead_q;

  // vfp_small(vfp_widen(a), c) for what an addend of 24 bits needs: three bits below it and one
  // that is sticky. After a difference of two or more exponents at most one bit is cancelled.
  function automatic [63:0] small24(input [30:0] a, input [30:0] c);
    reg [8:0]  d;
    reg [26:0] m;
    reg [4:0]  sh;
    begin
      d = {1'b0, a[30:23]} + {8'd0, a[30:23] == 8'd0} - {1'b0, c[30:23]}
          - {8'd0, c[30:23] == 8'd0};
      m = d[8] ? {a[30:23] != 8'd0, a[22:0], 3'd0} : {c[30:23] != 8'd0, c[22:0], 3'd0};
      if (d[8]) d = -d;
      sh = (d[8:5] != 4'd0) ? 5'd31 : d[4:0];
      small24 = {13'd0, m >> sh, (m & ~({27{1'b1}} << sh)) != 27'd0, 23'd0};
    end
  endfunction

  always_ff @(posedge clk_i) begin : p_align
    logic [31:0] x, y;
    if (issue) begin
      a_at_q <= {into, lane_q};
      x = chain(into);
      y = from_u_q ? u_i : t_i;
      if (state_q == Combine) y = second;
      if (max_q) big_q <= vfp_set(vfp_max(x, y));
      if (!max_q) begin
        big_q <= vfp_big(vfp_widen(x), y);
        small_q <= small24(x[30:0], y[30:0]);
      end
    end
  end

  always_ff @(posedge clk_i) begin : p_add
    logic [63:0] sum;
    if (a_valid_q) begin
      s_at_q <= a_at_q;
      sum = vfp_add(big_q, small_q);
      sum_q <= sum;
      lead_q <= vfp_lead(sum);
    end
  end

  always_ff @(posedge clk_i) begin
    if (s_valid_q) chains_q[s_at_q] <= vfp_finish(sum_q, lead_q);
    else if (chain_pop_o) chains_q[{chain_q, lane_q}] <= chain_i;
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
