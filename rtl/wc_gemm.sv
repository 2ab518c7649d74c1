// GEMM unit: C = P + A x B with A gathered as a convolution's operand (docs/commands.md).
//
// Feeds bring tiles of A (a ring of rows) and B (two tile buffers) from the global buffer, the
// sequencer sends rows of A through the array, sums live in two banks of accumulators that drain
// into C while the other computes. Up to three commands are under way (wc_gemm_stages.sv), so that
// the array goes from one to the next without a gap. docs/gemm.md has the timing.
module wc_gemm #(
  parameter int unsigned Rows = 16,
  parameter int unsigned Cols = 16,
  parameter int unsigned AccRows = 256,      // a power of two, at least 8
  parameter int unsigned LineBytes = 32,     // a power of two, at least 2*max(Rows, Cols)
  parameter int unsigned GbufBytes = 262144, // a multiple of LineBytes
  parameter int unsigned DoubleWeights = 1,  // 0: a PE holds one weight, waves wait for theirs
  parameter int unsigned Fold = 0,           // 1: columns take two rows where half of them do
  parameter int unsigned FastArray = 1,      // 1: wc_array_fast, in simulation; 0: wc_array
  localparam int unsigned LineBits = $clog2(GbufBytes / LineBytes),
  localparam int unsigned PortsA = (Fold != 0) ? 4 : 2
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // unit port
  input  logic                   cmd_valid_i,
  output logic                   cmd_ready_o,
  input  logic [2047:0]          cmd_i,
  output logic                   done_o,
  output logic [47:0]            macs_o,       // with done_o: rows x depth x columns
  output logic                   err_valid_o,
  output logic [7:0]             err_code_o,
  output logic [39:0]            err_addr_o,
  input  logic                   abort_i,
  output logic                   idle_o,
  output logic [2:0]             state_o,
  output logic                   last_o,       // the command's last row enters the array
  // global buffer: A, B (read), C (write), P (read)
  output logic [PortsA-1:0]             a_req_valid_o,
  input  logic [PortsA-1:0]             a_req_ready_i,
  output logic [PortsA*LineBits-1:0]    a_req_line_o,
  input  logic [PortsA-1:0]             a_rsp_valid_i,
  input  logic [PortsA*LineBytes*8-1:0] a_rsp_rdata_i,
  output logic                   b_req_valid_o,
  input  logic                   b_req_ready_i,
  output logic [LineBits-1:0]    b_req_line_o,
  input  logic                   b_rsp_valid_i,
  input  logic [LineBytes*8-1:0] b_rsp_rdata_i,
  output logic                   c_req_valid_o,
  input  logic                   c_req_ready_i,
  output logic [LineBits-1:0]    c_req_line_o,
  output logic [LineBytes*8-1:0] c_req_wdata_o,
  output logic [LineBytes-1:0]   c_req_strb_o,
  output logic                   p_req_valid_o,
  input  logic                   p_req_ready_i,
  output logic [LineBits-1:0]    p_req_line_o,
  input  logic                   p_rsp_valid_i,
  input  logic [LineBytes*8-1:0] p_rsp_rdata_i
);

  localparam int unsigned AddrBits = 52;  // any sum of a command's strides, without overflow
  localparam int unsigned LanesA = (Rows > 2) ? 1 << $clog2(Rows) : 2;
  localparam int unsigned LanesB = (Cols > 2) ? 1 << $clog2(Cols) : 2;
  localparam int unsigned TileRows = (2 * LanesA > LanesB) ? LanesA : LanesB / 2;
  localparam int unsigned RingRows = 2 * AccRows;
  localparam int unsigned RingBits = $clog2(RingRows);
  localparam int unsigned AccBits = $clog2(AccRows);
  localparam int unsigned RowsBits = $clog2(AccRows + 1);
  localparam int unsigned LanesBits = $clog2(Rows + 1);
  localparam int unsigned LaneABits = $clog2(LanesA);
  localparam int unsigned LaneBBits = $clog2(LanesB);
  localparam int unsigned TileBits = $clog2(2 * TileRows);
  localparam int unsigned Half = Cols / 2;
  localparam int unsigned RunA = (Fold != 0) ? 2 * LanesA : LanesA;  // elements of a step
  localparam int unsigned RunABits = $clog2(RunA);

  // ---- commands -------------------------------------------------------------------------------

  logic                setup_ready, cfg_held, cfg_judged, cfg_next, cfg_feed, macs_valid;
  logic                p_apart, p_chain, clear;
  logic [1:0]          apart;
  logic [895:0]        cfg_cmd, cmd, load_cmd, drain_cmd;
  logic [7:0]          cfg_code;
  logic [31:0]         cfg_err_addr;
  logic [47:0]         cfg_positions, cfg_taps, cfg_macs;
  logic [AddrBits-1:0] cfg_origin, cfg_i0, cfg_i1, cfg_j1, cfg_j2;
  logic [1:0]          cfg_group;
  logic                cfg_across, cfg_merge;
  logic [15:0]         cfg_run;
  logic [47:0]         m, k, load_m, drain_m;
  logic [AddrBits-1:0] origin_q, i0_q, i1_q, j1_q, j2_q;
  logic [1:0]          group, load_group, drain_group;
  logic                across_q, merge_q;
  logic [15:0]         run_q;
  logic [1:0]          feed_id, load_id, drain_id;
  logic                feed_start, feed_busy, array_start, array_end, array_preload;
  logic                load_start, load_behind, load_apart, load_chain, load_next, load_after;
  logic                load_busy;
  logic                drain_start, drain_valid, stages_idle, feed_waits;

  wc_gemm_setup #(
    .Rows(Rows), .Cols(Cols), .AccRows(AccRows), .AddrBits(AddrBits)
  ) u_setup (
    .clk_i, .rst_ni, .clear_i(clear),
    .cmd_valid_i(cmd_valid_i && !clear), .cmd_ready_o(setup_ready), .cmd_i(cmd_i[895:0]),
    .held_o(cfg_held), .judged_o(cfg_judged), .next_i(cfg_next), .cmd_o(cfg_cmd),
    .code_o(cfg_code), .err_addr_o(cfg_err_addr),
    .positions_o(cfg_positions), .taps_o(cfg_taps), .a_origin_o(cfg_origin),
    .a_i0_o(cfg_i0), .a_i1_o(cfg_i1), .a_j1_o(cfg_j1), .a_j2_o(cfg_j2),
    .group_o(cfg_group), .across_o(cfg_across), .merge_o(cfg_merge), .run_o(cfg_run),
    .apart_o(apart),
    .p_apart_o(p_apart), .p_chain_o(p_chain),
    .macs_valid_o(macs_valid), .macs_o(cfg_macs)
  );

  wc_gemm_stages u_stages (
    .clk_i, .rst_ni, .clear_i(clear),
    .cfg_held_i(cfg_held), .cfg_judged_i(cfg_judged), .cfg_next_o(cfg_next),
    .cfg_sound_i(cfg_code == wc_isa_pkg::E_NONE), .cfg_cmd_i(cfg_cmd),
    .cfg_positions_i(cfg_positions), .cfg_taps_i(cfg_taps), .cfg_group_i(cfg_group),
    .cfg_apart_i(apart), .cfg_p_apart_i(p_apart), .cfg_p_chain_i(p_chain),
    .cfg_feed_o(cfg_feed),
    .feed_start_o(feed_start), .feed_cmd_o(cmd), .feed_m_o(m), .feed_k_o(k),
    .feed_group_o(group), .feed_id_o(feed_id), .feed_busy_i(feed_busy),
    .array_start_o(array_start), .array_preload_o(array_preload), .array_end_i(array_end),
    .load_start_o(load_start), .load_cmd_o(load_cmd), .load_m_o(load_m),
    .load_group_o(load_group), .load_id_o(load_id), .load_behind_o(load_behind),
    .load_apart_o(load_apart), .load_chain_o(load_chain), .load_next_o(load_next),
    .load_after_o(load_after),
    .load_busy_i(load_busy),
    .drain_start_o(drain_start), .drain_cmd_o(drain_cmd), .drain_m_o(drain_m),
    .drain_group_o(drain_group), .drain_id_o(drain_id), .drain_valid_o(drain_valid),
    .done_i(done_o), .feed_waits_o(feed_waits), .idle_o(stages_idle)
  );

  assign cmd_ready_o = setup_ready && !clear;
  assign last_o = array_end;

  always_ff @(posedge clk_i) begin
    if (cfg_feed) begin
      origin_q <= cfg_origin;
      i0_q <= cfg_i0;
      i1_q <= cfg_i1;
      j1_q <= cfg_j1;
      j2_q <= cfg_j2;
      across_q <= cfg_across;
      merge_q <= cfg_merge;
      run_q <= cfg_run;
    end
  end

  // MACs of the commands under way, oldest first.
  localparam int unsigned MostOpen = 4;
  logic [MostOpen*48-1:0] macs_q, macs;
  logic [2:0]             macs_count_q, macs_left;

  assign macs_left = macs_count_q - {2'd0, done_o};
  assign macs_o = macs_q[47:0];

  always_comb begin
    macs = done_o ? macs_q >> 48 : macs_q;
    for (int i = 0; i < MostOpen; i++)
      if (macs_valid && macs_left[1:0] == 2'(i)) macs[i*48 +: 48] = cfg_macs;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear) macs_count_q <= 3'd0;
    else macs_count_q <= macs_left + {2'd0, macs_valid};
    macs_q <= macs;
  end

  // Fields of the feeds' command, by name.
  logic        a_trans, b_trans;
  logic [15:0] n, p1, p0, q1, q0;
  logic [31:0] a_s2;
  assign a_trans = cmd[wc_isa_pkg::GEMM_a_trans_LSB];
  assign b_trans = cmd[wc_isa_pkg::GEMM_b_trans_LSB];
  assign n = cmd[wc_isa_pkg::GEMM_n_LSB +: 16];
  assign p1 = cmd[wc_isa_pkg::GEMM_p1_LSB +: 16];
  assign p0 = cmd[wc_isa_pkg::GEMM_p0_LSB +: 16];
  assign q1 = cmd[wc_isa_pkg::GEMM_q1_LSB +: 16];
  assign q0 = cmd[wc_isa_pkg::GEMM_q0_LSB +: 16];
  assign a_s2 = cmd[wc_isa_pkg::GEMM_a_s2_LSB +: 32];

  // A command that needs no more than half the columns is folded: both halves of the array hold the
  // same weights and work on different rows.
  logic fold, load_fold, drain_fold;
  assign fold = (Fold != 0) && n <= 16'(Half);
  assign load_fold = (Fold != 0) && load_cmd[wc_isa_pkg::GEMM_n_LSB +: 16] <= 16'(Half);
  assign drain_fold = (Fold != 0) && drain_cmd[wc_isa_pkg::GEMM_n_LSB +: 16] <= 16'(Half);

  // ---- errors, state --------------------------------------------------------------------------

  // A and B fail in the feeds' command, P in load's, C in the drain's. The error is told when the
  // drain has come to that command: then those before it are done.
  logic                a_err, b_err, p_err, c_err, bad_cfg, dead_q, fail;
  logic [AddrBits-1:0] a_err_addr, b_err_addr, p_err_addr, c_err_addr;
  logic                fa_busy, fb_busy, a_busy, b_busy, c_busy, acc_busy;
  logic                ab_fails_q, p_fails_q, ab_due, p_due;
  logic [1:0]          ab_id_q, p_id_q;
  logic [39:0]         ab_addr_q, p_addr_q;

  assign clear = abort_i || dead_q;
  assign bad_cfg = cfg_feed && cfg_code != wc_isa_pkg::E_NONE;
  assign ab_due = ab_fails_q && drain_valid && ab_id_q == drain_id;
  assign p_due = p_fails_q && drain_valid && p_id_q == drain_id;
  assign fail = bad_cfg || ab_due || p_due || (drain_valid && c_err);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) dead_q <= 1'b0;
    else if (fail && !abort_i) dead_q <= 1'b1;
    err_valid_o <= rst_ni && fail && !clear;
    if (!dead_q) begin
      err_code_o <= bad_cfg ? cfg_code : wc_isa_pkg::E_GBUF;
      err_addr_o <= bad_cfg ? {8'd0, cfg_err_addr} : ab_due ? ab_addr_q
                    : p_due ? p_addr_q : c_err_addr[39:0];
    end
    if (!rst_ni || clear) begin
      ab_fails_q <= 1'b0;
      p_fails_q <= 1'b0;
    end else begin
      if (a_err || b_err) ab_fails_q <= 1'b1;
      if (p_err) p_fails_q <= 1'b1;
    end
    if (!ab_fails_q) begin
      ab_id_q <= feed_id;
      ab_addr_q <= a_err ? a_err_addr[39:0] : b_err_addr[39:0];
    end
    if (!p_fails_q) begin
      p_id_q <= load_id;
      p_addr_q <= p_err_addr[39:0];
    end
  end

  assign feed_busy = fa_busy || fb_busy || a_busy || b_busy;
  assign idle_o = stages_idle && setup_ready && !a_busy && !b_busy && !c_busy && !acc_busy;

  // The array: 0 no command, 1 busy, 2 partly filled, waiting for 3 weights, 4 a row of A,
  // 5 a partial sum, 6 drain.
  logic       issue, whole, active, draining;
  logic [1:0] waits;
  always_comb begin
    if (issue) state_o = whole ? 3'd1 : 3'd2;
    else if (!active) state_o = (feed_waits || !setup_ready) ? 3'd4 : 3'd0;
    else if (waits == 2'd3) state_o = draining ? 3'd6 : 3'd5;
    else state_o = 3'd3 + {1'b0, waits};
  end

  // ---- operand A ------------------------------------------------------------------------------

  localparam int unsigned SidesA = PortsA / 2;  // rows of a step
  localparam int unsigned LineElems = LineBytes / 2;
  localparam int unsigned Elems = (RunA > LineElems) ? RunA : LineElems;
  localparam int unsigned ElemBits = $clog2(Elems);
  localparam int unsigned FirstBits = SidesA * (RunABits + 1);
  localparam int unsigned MetaABits = 2 + RingBits + LaneABits + RunABits + 1 + RowsBits + FirstBits;

  logic                       fa_valid, fa_ready, fa_col, fa_pair;
  logic [PortsA-1:0]          fa_zero;
  logic [PortsA*AddrBits-1:0] fa_addr;
  logic [PortsA*ElemBits-1:0] fa_lead;
  logic [RingBits-1:0]    fa_row;
  logic [LaneABits-1:0]   fa_lane;
  logic [RunABits:0]      fa_count;
  logic [RowsBits-1:0]    fa_done;
  logic [FirstBits-1:0]   fa_first, wa_first;
  logic                   wa_valid, wa_col, wa_pair;
  logic [PortsA*Elems*16-1:0] wa_data;
  logic [2*RunA*16-1:0]   wa_run;
  logic [RingBits-1:0]    wa_row;
  logic [LaneABits-1:0]   wa_lane;
  logic [RunABits:0]      wa_count;
  logic [RowsBits-1:0]    wa_done;
  logic [RingBits:0]      complete, freed;
  logic                   pair, odd_busy;
  logic                   sw, wave_end, bank, first_k, last, take, written, in_last, final_row;
  logic [RingBits-1:0]    ring_row;
  logic [AccBits-1:0]     acc_row;
  logic [LanesBits-1:0]   row_lanes;
  logic                   mid_valid;
  logic [Rows*16-1:0]     row, mid;

  wc_gemm_feed_a #(
    .Rows(Rows), .Cols(Cols), .AccRows(AccRows), .LineBytes(LineBytes), .Lanes(LanesA),
    .RingRows(RingRows), .AddrBits(AddrBits), .Fold(Fold)
  ) u_feed_a (
    .clk_i, .rst_ni, .clear_i(clear), .start_i(feed_start),
    .a_trans_i(a_trans), .m_i(m), .k_i(k), .n_i(n), .group_i(group),
    .p1_i(p1), .p0_i(p0), .q1_i(q1), .q0_i(q0), .across_i(across_q), .merge_i(merge_q),
    .run_i(run_q),
    .h_i(cmd[wc_isa_pkg::GEMM_h_LSB +: 16]), .w_i(cmd[wc_isa_pkg::GEMM_w_LSB +: 16]),
    .sy_i(cmd[wc_isa_pkg::GEMM_sy_LSB +: 8]), .sx_i(cmd[wc_isa_pkg::GEMM_sx_LSB +: 8]),
    .ry_i(cmd[wc_isa_pkg::GEMM_ry_LSB +: 8]), .rx_i(cmd[wc_isa_pkg::GEMM_rx_LSB +: 8]),
    .oy_i(cmd[wc_isa_pkg::GEMM_oy_LSB +: 16]), .ox_i(cmd[wc_isa_pkg::GEMM_ox_LSB +: 16]),
    .origin_i(origin_q), .s_i2_i({{(AddrBits-32){a_s2[31]}}, a_s2}), .s_i1_i(i1_q),
    .s_i0_i(i0_q), .s_j2_i(j2_q), .s_j1_i(j1_q), .freed_i(freed), .busy_o(fa_busy),
    .valid_o(fa_valid), .ready_i(fa_ready), .col_o(fa_col), .pair_o(fa_pair), .row_o(fa_row),
    .lane_o(fa_lane), .count_o(fa_count), .done_rows_o(fa_done), .zero_o(fa_zero),
    .addr_o(fa_addr), .first_o(fa_first)
  );

  wc_gemm_fetch #(
    .LineBytes(LineBytes), .GbufBytes(GbufBytes), .MetaBits(MetaABits), .AddrBits(AddrBits),
    .Ports(PortsA), .Elems(Elems)
  ) u_fetch_a (
    .clk_i, .rst_ni, .clear_i(clear),
    .valid_i(fa_valid), .ready_o(fa_ready), .zero_i(fa_zero), .addr_i(fa_addr), .lead_i(fa_lead),
    .meta_i({fa_col, fa_pair, fa_row, fa_lane, fa_count, fa_done, fa_first}),
    .req_valid_o(a_req_valid_o), .req_ready_i(a_req_ready_i), .req_line_o(a_req_line_o),
    .rsp_rdata_i(a_rsp_rdata_i),
    .valid_o(wa_valid), .data_o(wa_data),
    .meta_o({wa_col, wa_pair, wa_row, wa_lane, wa_count, wa_done, wa_first}),
    .err_o(a_err), .err_addr_o(a_err_addr), .busy_o(a_busy)
  );

  // Each row's two pieces make one run.
  genvar s, e;
  generate
    for (s = 0; s < SidesA; s = s + 1) begin : g_side
      logic [RunABits:0] first;
      assign fa_lead[2*s*ElemBits +: ElemBits] = '0;
      assign fa_lead[(2*s + 1)*ElemBits +: ElemBits] =
          ElemBits'(fa_first[s*(RunABits + 1) +: RunABits + 1]);
      assign first = wa_first[s*(RunABits + 1) +: RunABits + 1];
      for (e = 0; e < RunA; e = e + 1) begin : g_elem
        assign wa_run[(s*RunA + e)*16 +: 16] = ((RunABits+1)'(e) < first)
                                               ? wa_data[(2*s*Elems + e)*16 +: 16]
                                               : wa_data[((2*s + 1)*Elems + e)*16 +: 16];
      end
    end
    if (Fold == 0) begin : g_no_pair
      assign wa_run[RunA*16 +: RunA*16] = '0;
    end
  endgenerate

  wc_gemm_ring #(
    .Rows(Rows), .Lanes(LanesA), .Depth(RingRows), .DoneBits(RowsBits), .Late(Half), .Fold(Fold)
  ) u_ring (
    .clk_i, .rst_ni, .clear_i(clear),
    .wr_en_i(wa_valid), .wr_col_i(wa_col), .wr_row_i(wa_row), .wr_lane_i(wa_lane),
    .wr_count_i(wa_count), .wr_data_i(wa_run[0 +: RunA*16]), .wr_pair_i(wa_pair),
    .wr_data2_i(wa_run[RunA*16 +: RunA*16]), .wr_done_i(wa_done), .complete_o(complete),
    .rd_en_i(issue), .rd_pair_i(pair), .rd_row_i(ring_row), .rd_lanes_i(row_lanes),
    .rd_data_o(row), .mid_valid_o(mid_valid), .mid_data_o(mid), .odd_busy_o(odd_busy)
  );

  // ---- operand B ------------------------------------------------------------------------------

  localparam int unsigned MetaBBits = 1 + TileBits + LaneBBits + LaneBBits + 1 + 1 + LanesBits;

  logic                   fb_valid, fb_ready, fb_col, fb_last, fb_slot;
  logic [LineBytes*8-1:0] wb_data;
  logic [AddrBits-1:0]    fb_addr;
  logic [TileBits-1:0]    fb_row;
  logic [LaneBBits-1:0]   fb_lane;
  logic [LaneBBits:0]     fb_count;
  logic [LanesBits-1:0]   fb_lanes;
  logic                   wb_valid, wb_col, wb_last;
  logic [TileBits-1:0]    wb_row;
  logic [LaneBBits-1:0]   wb_lane;
  logic [LaneBBits:0]     wb_count;
  logic [LanesBits-1:0]   wb_lanes, lanes0_q, lanes1_q;
  logic [1:0]             tile_full_q;
  logic                   weights, tile_begins, tile_reading, tile_slot, tile_rd_en;
  logic [TileBits-1:0]    tile_rd_row;
  logic [LanesB*16-1:0]   tile_data;
  logic                   weight_real, weight_load, weight_fold;
  logic [1:0]             tile_fold_q;

  wc_gemm_feed_b #(
    .Rows(Rows), .Cols(Cols), .AccRows(AccRows), .LineBytes(LineBytes), .Lanes(LanesB),
    .TileRows(TileRows), .AddrBits(AddrBits), .DoubleWeights(DoubleWeights)
  ) u_feed_b (
    .clk_i, .rst_ni, .clear_i(clear), .start_i(feed_start),
    .b_trans_i(b_trans), .m_i(m), .k_i(k), .n_i(n), .group_i(group),
    .d1_i(a_trans ? p1 : q1), .d0_i(a_trans ? p0 : q0),
    .base_i(cmd[wc_isa_pkg::GEMM_b_base_LSB +: 32]),
    .s2_i(cmd[wc_isa_pkg::GEMM_b_s2_LSB +: 32]),
    .s1_i(cmd[wc_isa_pkg::GEMM_b_s1_LSB +: 32]),
    .s0_i(cmd[wc_isa_pkg::GEMM_b_s0_LSB +: 32]),
    .sn_i(cmd[wc_isa_pkg::GEMM_b_sn_LSB +: 32]),
    .begins_i(tile_begins), .reading_i(tile_reading), .slot_o(fb_slot), .lanes_o(fb_lanes),
    .busy_o(fb_busy),
    .valid_o(fb_valid), .ready_i(fb_ready), .addr_o(fb_addr), .col_o(fb_col), .row_o(fb_row),
    .lane_o(fb_lane), .count_o(fb_count), .last_o(fb_last)
  );

  wc_gemm_fetch #(
    .LineBytes(LineBytes), .GbufBytes(GbufBytes), .MetaBits(MetaBBits), .AddrBits(AddrBits)
  ) u_fetch_b (
    .clk_i, .rst_ni, .clear_i(clear),
    .valid_i(fb_valid), .ready_o(fb_ready), .zero_i(1'b0), .addr_i(fb_addr), .lead_i('0),
    .meta_i({fb_col, fb_row, fb_lane, fb_count, fb_last, fb_lanes}),
    .req_valid_o(b_req_valid_o), .req_ready_i(b_req_ready_i), .req_line_o(b_req_line_o),
    .rsp_rdata_i(b_rsp_rdata_i),
    .valid_o(wb_valid), .data_o(wb_data),
    .meta_o({wb_col, wb_row, wb_lane, wb_count, wb_last, wb_lanes}),
    .err_o(b_err), .err_addr_o(b_err_addr), .busy_o(b_busy)
  );

  wc_skew_buf #(.Lanes(LanesB), .Depth(2 * TileRows)) u_tiles (
    .clk_i, .wr_en_i(wb_valid), .wr_col_i(wb_col), .wr_row_i(wb_row), .wr_lane_i(wb_lane),
    .wr_count_i(wb_count), .wr_data_i(wb_data[LanesB*16-1:0]),
    .rd_en_i(tile_rd_en), .rd_row_i(tile_rd_row), .rd_data_o(tile_data)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear) begin
      tile_full_q <= 2'b00;
    end else begin
      if (wb_valid && wb_last) tile_full_q[wb_row[TileBits-1]] <= 1'b1;
      if (tile_begins) tile_full_q[tile_slot] <= 1'b0;
    end
    if (wb_valid && wb_last) tile_fold_q[wb_row[TileBits-1]] <= fold;
    if (wb_valid && wb_last && !wb_row[TileBits-1]) lanes0_q <= wb_lanes;
    if (wb_valid && wb_last && wb_row[TileBits-1]) lanes1_q <= wb_lanes;
  end

  wc_gemm_weights #(
    .Rows(Rows), .TileRows(TileRows), .DoubleWeights(DoubleWeights)
  ) u_weights (
    .clk_i, .rst_ni, .clear_i(clear), .full_i(tile_full_q), .lanes0_i(lanes0_q),
    .lanes1_i(lanes1_q), .fold_i(tile_fold_q), .switch_i(issue && sw), .wave_end_i(wave_end),
    .ready_o(weights), .begins_o(tile_begins), .reading_o(tile_reading), .slot_o(tile_slot),
    .rd_en_o(tile_rd_en),
    .rd_row_o(tile_rd_row), .weight_load_o(weight_load), .weight_real_o(weight_real),
    .weight_fold_o(weight_fold)
  );

  // ---- array and accumulators -----------------------------------------------------------------

  logic               row_valid_q, switch_q;
  logic [Cols*16-1:0] weight, weight_row;
  logic [Cols*32-1:0] psum_down, psum_up;
  logic [1:0]         bank_ready, bank_closed, bank_full, bank_whole, row_done;
  logic               unread;  // the block's sums start at +0 and are complete with this row
  logic               dr_en, dr_bank, pl_en, pl_bank;
  logic [AccBits-1:0] dr_row, pl_row;
  logic [Cols-1:0]    pl_cols;
  logic [Cols*32-1:0] dr_data, pl_data;

  wc_gemm_seq #(
    .Rows(Rows), .Cols(Cols), .AccRows(AccRows), .RingRows(RingRows), .Fold(Fold), .Late(Half)
  ) u_seq (
    .clk_i, .rst_ni, .clear_i(clear), .start_i(array_start),
    .m_i(m), .k_i(k), .n_i(n), .group_i(group), .fold_i(fold),
    .complete_i(complete), .odd_busy_i(odd_busy), .freed_o(freed),
    .weights_i(weights), .bank_ready_i(bank_ready),
    .written_i(written), .issue_o(issue), .whole_o(whole),
    .pair_o(pair), .wait_o(waits), .active_o(active), .switch_o(sw), .wave_end_o(wave_end),
    .ring_row_o(ring_row),
    .lanes_o(row_lanes), .bank_o(bank), .acc_row_o(acc_row), .first_k_o(first_k),
    .final_o(final_row), .last_o(last), .take_o(take), .in_last_o(in_last), .end_o(array_end)
  );

  always_ff @(posedge clk_i) begin
    row_valid_q <= rst_ni && !clear && issue;
    switch_q <= sw;
  end

  // Lanes beyond the depth: activation +0, weight -0.
  generate
    if (Fold == 0) begin : g_all_columns
      logic unused_fold;
      assign weight_row = tile_data[Cols*16-1:0];
      assign unused_fold = weight_fold;
    end else begin : g_halves
      assign weight_row = {weight_fold ? tile_data[Half*16-1:0] : tile_data[Half*16 +: Half*16],
                           tile_data[Half*16-1:0]};
    end
  endgenerate
  assign weight = weight_real ? weight_row : {Cols{16'h8000}};

`ifdef SYNTHESIS
  localparam bit Fast = 1'b0;
`else
  localparam bit Fast = (FastArray != 0);
`endif

  generate
    if (Fast) begin : g_fast
`ifndef SYNTHESIS
      wc_array_fast #(
        .Rows(Rows), .Cols(Cols), .DoubleWeights(DoubleWeights), .Fold(Fold)
      ) u_array (
        .clk_i, .rst_ni, .row_valid_i(row_valid_q), .row_switch_i(switch_q), .row_i(row),
        .mid_valid_i(mid_valid), .mid_i(mid),
        .weight_i(weight), .weight_load_i(weight_load),
        .psum_i(psum_down), .psum_o(psum_up)
      );
`endif
    end else begin : g_pes
      wc_array #(
        .Rows(Rows), .Cols(Cols), .DoubleWeights(DoubleWeights), .Fold(Fold)
      ) u_array (
        .clk_i, .rst_ni, .row_valid_i(row_valid_q), .row_switch_i(switch_q), .row_i(row),
        .mid_valid_i(mid_valid), .mid_i(mid),
        .weight_i(weight), .weight_load_i(weight_load),
        .psum_i(psum_down), .psum_o(psum_up)
      );
    end
  endgenerate

  wc_gemm_acc #(.Rows(Rows), .Cols(Cols), .AccRows(AccRows)) u_acc (
    .clk_i, .rst_ni, .clear_i(clear),
    .issue_i(issue), .bank_i(bank), .row_i(acc_row), .zero_i(first_k && !array_preload),
    .final_i(final_row), .last_i(last), .psum_o(psum_down), .psum_i(psum_up), .written_o(written),
    .closed_o(bank_closed), .row_done_o(row_done), .whole_o(bank_whole),
    .busy_o(acc_busy),
    .rd_en_i(dr_en), .rd_bank_i(dr_bank), .rd_row_i(dr_row), .rd_data_o(dr_data),
    .wr_en_i(pl_en), .wr_bank_i(pl_bank), .wr_row_i(pl_row), .wr_cols_i(pl_cols),
    .wr_data_i(pl_data)
  );

  // A block of one depth tile is never read by the array where its sums start at +0.
  assign unread = take && final_row && !array_preload;
  assign bank_full = bank_closed | {unread && bank, unread && !bank};

  // Rows of C and P: positions, or with a_trans taps.
  logic [15:0] load_d1, load_d0, drain_d1, drain_d0;
  assign load_d1 = load_cmd[wc_isa_pkg::GEMM_a_trans_LSB]
                   ? load_cmd[wc_isa_pkg::GEMM_q1_LSB +: 16]
                   : load_cmd[wc_isa_pkg::GEMM_p1_LSB +: 16];
  assign load_d0 = load_cmd[wc_isa_pkg::GEMM_a_trans_LSB]
                   ? load_cmd[wc_isa_pkg::GEMM_q0_LSB +: 16]
                   : load_cmd[wc_isa_pkg::GEMM_p0_LSB +: 16];
  assign drain_d1 = drain_cmd[wc_isa_pkg::GEMM_a_trans_LSB]
                    ? drain_cmd[wc_isa_pkg::GEMM_q1_LSB +: 16]
                    : drain_cmd[wc_isa_pkg::GEMM_p1_LSB +: 16];
  assign drain_d0 = drain_cmd[wc_isa_pkg::GEMM_a_trans_LSB]
                    ? drain_cmd[wc_isa_pkg::GEMM_q0_LSB +: 16]
                    : drain_cmd[wc_isa_pkg::GEMM_p0_LSB +: 16];

  wc_gemm_drain #(
    .Rows(Rows), .Cols(Cols), .AccRows(AccRows), .LineBytes(LineBytes), .GbufBytes(GbufBytes),
    .AddrBits(AddrBits), .Fold(Fold)
  ) u_drain (
    .clk_i, .rst_ni, .clear_i(clear), .start_i(drain_start), .done_o,
    .fold_i(drain_fold), .wide_i(drain_cmd[wc_isa_pkg::GEMM_c_fp32_LSB]),
    .m_i(drain_m), .n_i(drain_cmd[wc_isa_pkg::GEMM_n_LSB +: 16]), .group_i(drain_group),
    .d1_i(drain_d1), .d0_i(drain_d0),
    .c_base_i(drain_cmd[wc_isa_pkg::GEMM_c_base_LSB +: 32]),
    .c_s2_i(drain_cmd[wc_isa_pkg::GEMM_c_s2_LSB +: 32]),
    .c_s1_i(drain_cmd[wc_isa_pkg::GEMM_c_s1_LSB +: 32]),
    .c_s0_i(drain_cmd[wc_isa_pkg::GEMM_c_s0_LSB +: 32]),
    .load_start_i(load_start), .load_behind_i(load_behind), .load_apart_i(load_apart),
    .load_chain_i(load_chain), .load_fold_i(load_fold), .load_next_i(load_next),
    .load_after_i(load_after), .load_busy_o(load_busy),
    .load_m_i(load_m), .load_n_i(load_cmd[wc_isa_pkg::GEMM_n_LSB +: 16]),
    .load_group_i(load_group), .load_d1_i(load_d1), .load_d0_i(load_d0),
    .p_base_i(load_cmd[wc_isa_pkg::GEMM_p_base_LSB +: 32]),
    .p_s2_i(load_cmd[wc_isa_pkg::GEMM_p_s2_LSB +: 32]),
    .p_s1_i(load_cmd[wc_isa_pkg::GEMM_p_s1_LSB +: 32]),
    .p_s0_i(load_cmd[wc_isa_pkg::GEMM_p_s0_LSB +: 32]),
    .need_load_i(array_preload), .bank_i(bank), .in_last_i(in_last),
    .ready_o(bank_ready), .draining_o(draining), .take_i(take),
    .full_i(bank_full), .row_done_i(row_done), .whole_i(bank_whole),
    .rd_en_o(dr_en), .rd_bank_o(dr_bank), .rd_row_o(dr_row), .rd_data_i(dr_data),
    .wr_en_o(pl_en), .wr_bank_o(pl_bank), .wr_row_o(pl_row), .wr_cols_o(pl_cols),
    .wr_data_o(pl_data),
    .c_req_valid_o, .c_req_ready_i, .c_req_line_o, .c_req_wdata_o, .c_req_strb_o,
    .p_req_valid_o, .p_req_ready_i, .p_req_line_o, .p_rsp_rdata_i,
    .err_o(c_err), .err_addr_o(c_err_addr), .load_err_o(p_err), .load_err_addr_o(p_err_addr),
    .busy_o(c_busy)
  );

  // Responses come at a fixed time; header bits are fetch's; feeds drop what lies past a buffer's
  // lanes, errors what lies past 40 bits.
  logic unused;
  assign unused = ^{a_rsp_valid_i, b_rsp_valid_i, p_rsp_valid_i, cmd_i[2047:896], cmd, load_cmd,
                    drain_cmd, wa_data, wa_run, wb_data, tile_data, fb_slot,
                    a_err_addr[AddrBits-1:40],
                    b_err_addr[AddrBits-1:40], p_err_addr[AddrBits-1:40],
                    c_err_addr[AddrBits-1:40]};

`ifndef SYNTHESIS
  initial begin
    if (Rows < 2 || Cols < 2) $error("wc_gemm: Rows and Cols must be at least 2");
    if (LineBytes < 2 * LanesA || LineBytes < 2 * LanesB || (LineBytes & (LineBytes - 1)) != 0)
      $error("wc_gemm: LineBytes must be a power of two, at least 2*max(Rows, Cols)");
    if (AccRows < LanesA || (AccRows & (AccRows - 1)) != 0 || AccRows < 8)
      $error("wc_gemm: AccRows must be a power of two, at least max(Rows, 8)");
    if (Fold > 1 || (Fold != 0 && Cols % 2 != 0))
      $error("wc_gemm: Fold must be 0 or 1, and 0 where Cols is odd");
    if (GbufBytes % LineBytes != 0) $error("wc_gemm: GbufBytes must be whole lines");
  end
`endif

endmodule
