// The vector unit: takes VEC commands, one at a time, and runs them.
//
//   command -> check, set-up (one stream a cycle) -> run -> done
//
//   R0 R1 <-> wc_vec_read <- 6 wc_vec_fetch -> wc_vec_lanes -+-> wc_vec_store \
//                         <- 3 wc_vec_fetch -> wc_vec_reduce +-> wc_vec_store  > wc_vec_write -> W
//                            (chains)                        `-> wc_vec_store /
//
// docs/vector.md describes it, docs/rtl.md its ports. The header of a command has been checked.
//
// With Narrow there is one lane, which the elements of a vector pass one after the other: the
// same bytes with a fraction of the logic, and as many cycles as there are elements. With Narrow
// of 2 that lane has one step for all four, and four cycles an element. Either reads R0 only.
module wc_vector #(
  parameter int unsigned Lanes = 8,              // power of two from 8
  parameter int unsigned LineBytes = 32,         // power of two, at least 4*Lanes
  parameter int unsigned GbufBytes = 262144,
  parameter int unsigned Narrow = 0,             // 1: one lane, 2: of one step; Lanes must be 8
  localparam int unsigned LineBits = $clog2(GbufBytes / LineBytes)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // unit port
  input  logic                   cmd_valid_i,
  output logic                   cmd_ready_o,
  input  logic [2047:0]          cmd_i,
  output logic                   done_o,
  output logic                   err_valid_o,
  output logic [7:0]             err_code_o,
  output logic [39:0]            err_addr_o,
  input  logic                   abort_i,
  output logic                   idle_o,
  output logic [2:0]             state_o,
  // global buffer: R0, R1 read, W writes
  output logic                   r0_req_valid_o,
  input  logic                   r0_req_ready_i,
  output logic [LineBits-1:0]    r0_req_line_o,
  input  logic                   r0_rsp_valid_i,
  input  logic [8*LineBytes-1:0] r0_rsp_rdata_i,
  output logic                   r1_req_valid_o,
  input  logic                   r1_req_ready_i,
  output logic [LineBits-1:0]    r1_req_line_o,
  input  logic                   r1_rsp_valid_i,
  input  logic [8*LineBytes-1:0] r1_rsp_rdata_i,
  output logic                   w_req_valid_o,
  input  logic                   w_req_ready_i,
  output logic [LineBits-1:0]    w_req_line_o,
  output logic [8*LineBytes-1:0] w_req_wdata_o,
  output logic [LineBytes-1:0]   w_req_strb_o
);

  // What a fetch or a store holds of a line: with Narrow a part of it is enough.
  localparam int unsigned PieceBytes = (Narrow != 0) ? 8 : LineBytes;
  localparam int unsigned PieceBits = $clog2(GbufBytes / PieceBytes);
  localparam int unsigned Units = (Narrow != 0) ? 1 : Lanes;
  localparam int unsigned W = 32 * Units;        // what passes in a cycle
  localparam int unsigned Ins = 6;
  localparam int unsigned Outs = 3;
  localparam int unsigned Fetches = Ins + Outs;

  localparam logic [2:0] Idle = 3'd0, Streams = 3'd1, Judge = 3'd2, Run = 3'd3, Fail = 3'd4,
                         Dead = 3'd5;

  // ---- command: head, then one descriptor a cycle to the check and to the stream's units
  logic [2:0]   state_q;
  logic [127:0] steps_q, consts_q;
  logic [3:0]   n_in_q, n_all_q;
  logic [23:0]  d0_q, d1_less_1_q;
  logic [15:0]  d2_less_1_q, d3_less_1_q;
  logic [3:0]   index_q, desc_index_q;
  logic         desc_valid_q;
  logic [159:0] desc_q;

  logic         take, start, stop, counts_ok, all_done, failed;
  logic [7:0]   code;
  logic [31:0]  align_addr;
  logic [23:0]  reads;
  logic [39:0]  fail_addr;

  // A stream of the command, of which a tenth one is not whole: a choice, where a slice would be a
  // shift by any number of bits.
  function automatic [159:0] stream(input [3:0] index);
    begin
      stream = {64'd0, cmd_i[wc_isa_pkg::VEC_STREAM_WORD*32 + 9*160 +: 96]};
      for (int s = 0; s < 9; s++)
        if (index == 4'(s)) stream = cmd_i[wc_isa_pkg::VEC_STREAM_WORD*32 + s*160 +: 160];
    end
  endfunction

  assign take = state_q == Idle && cmd_valid_i && !abort_i;
  assign cmd_ready_o = state_q == Judge && !desc_valid_q && !abort_i;
  assign start = cmd_ready_o && code == wc_isa_pkg::E_NONE;
  assign stop = abort_i || state_q == Fail || state_q == Dead;

  wc_vec_check u_check (
    .clk_i        (clk_i),
    .take_i       (take),
    .head_i       (cmd_i[511:0]),
    .desc_valid_i (desc_valid_q),
    .desc_i       (desc_q),
    .desc_index_i (desc_index_q),
    .n_in_i       (n_in_q),
    .n_all_i      (n_all_q),
    .d1_is_1_i    (d1_less_1_q == '0),
    .d2_is_1_i    (d2_less_1_q == '0),
    .d3_is_1_i    (d3_less_1_q == '0),
    .counts_ok_o  (counts_ok),
    .reads_o      (reads),
    .code_o       (code),
    .addr_o       (align_addr)
  );

  always_ff @(posedge clk_i) begin
    if (take) begin
      steps_q <= cmd_i[wc_isa_pkg::VEC_step0_LSB +: 128];
      consts_q <= cmd_i[wc_isa_pkg::VEC_k0_LSB +: 128];
      d0_q <= cmd_i[wc_isa_pkg::VEC_d0_LSB +: 24];
      d1_less_1_q <= cmd_i[wc_isa_pkg::VEC_d1_LSB +: 24] - 24'd1;
      d2_less_1_q <= cmd_i[wc_isa_pkg::VEC_d2_LSB +: 16] - 16'd1;
      d3_less_1_q <= cmd_i[wc_isa_pkg::VEC_d3_LSB +: 16] - 16'd1;
      n_in_q <= cmd_i[wc_isa_pkg::VEC_n_in_LSB +: 4];
      n_all_q <= cmd_i[wc_isa_pkg::VEC_n_in_LSB +: 4] + cmd_i[wc_isa_pkg::VEC_n_out_LSB +: 4];
      index_q <= '0;
    end
    desc_valid_q <= state_q == Streams && !stop;
    if (state_q == Streams) begin
      index_q <= index_q + 4'd1;
      desc_index_q <= index_q;
      desc_q <= stream(index_q);
    end
    if (!rst_ni) desc_valid_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    case (state_q)
      Idle: if (take) state_q <= counts_ok ? Streams : Judge;
      Streams: if (index_q == n_all_q) state_q <= Judge;
      Judge: if (cmd_ready_o) begin
        state_q <= (code == wc_isa_pkg::E_NONE) ? Run : Fail;
        err_code_o <= code;
        err_addr_o <= {8'd0, align_addr};
        if (code != wc_isa_pkg::E_ALIGN) err_addr_o <= '0;
      end
      Run: begin
        if (all_done) state_q <= Idle;
        if (failed) begin
          state_q <= Fail;
          err_code_o <= wc_isa_pkg::E_GBUF;
          err_addr_o <= fail_addr;
        end
      end
      default: state_q <= Dead;
    endcase
    if (abort_i) state_q <= Dead;
    if (!rst_ni) state_q <= Idle;
  end

  // ---- vectors: first and last of their block; this walk's addresses go nowhere
  logic                 seq_valid, seq_first, seq_last, lanes_ready, enters;
  logic                 seq_ends;                // its vector; always, unless Narrow
  logic [33:0]          unused_addr;
  logic [$clog2(Lanes):0] seq_count;
  assign enters = seq_valid && lanes_ready;
  wc_vec_walk #(.Lanes(Lanes)) u_sequence (
    .clk_i       (clk_i),
    .rst_ni      (rst_ni),
    .load_i      (state_q == Judge),
    .base_i      ('0),
    .s1_i        ('0),
    .s2_i        ('0),
    .s3_i        ('0),
    .block_i     ('0),
    .d0_i        (d0_q),
    .n1_less_1_i (d1_less_1_q),
    .d2_less_1_i (d2_less_1_q),
    .d3_less_1_i (d3_less_1_q),
    .start_i     (start),
    .stop_i      (stop),
    .next_i      (enters && seq_ends),
    .valid_o     (seq_valid),
    .addr_o      (unused_addr),
    .count_o     (seq_count),
    .first_o     (seq_first),
    .last_o      (seq_last)
  );
  generate
    if (Narrow != 0) begin : g_elements
      logic [$clog2(Lanes)-1:0] lane_q;
      assign seq_ends = {1'b0, lane_q} + ($clog2(Lanes) + 1)'(1) == seq_count;
      always_ff @(posedge clk_i) begin
        if (enters) lane_q <= seq_ends ? '0 : lane_q + ($clog2(Lanes))'(1);
        if (state_q == Judge) lane_q <= '0;
      end
    end else begin : g_vectors
      assign seq_ends = 1'b1;
    end
  endgenerate

  // ---- fetch: the input streams, then the chains of each output
  logic [Fetches-1:0]          req_valid, req_ready, fetch_valid, fetch_pop, fetch_held, fetch_err;
  logic [Fetches-1:0]          fetch_end;
  logic [Fetches*PieceBits-1:0] req_line;
  logic [2*Fetches-1:0]        rsp_valid;
  logic [Fetches*W-1:0]        fetch_data;
  logic [Fetches*34-1:0]       fetch_addr;
  logic [8*PieceBytes-1:0]     rsp_piece0, rsp_piece1;
  genvar f;
  generate
    for (f = 0; f < Fetches; f = f + 1) begin : g_fetch
      logic load;
      if (f < Ins) begin : g_in
        assign load = desc_valid_q && desc_index_q == 4'(f) && 4'(f) < n_in_q;
      end else begin : g_chain
        assign load = desc_valid_q && desc_index_q == n_in_q + 4'(f - Ins)
                      && desc_index_q != n_all_q;
      end
      wc_vec_fetch #(
        .Lanes     (Lanes),
        .LineBytes (PieceBytes),
        .GbufBytes (GbufBytes),
        .Lines     ((f < Ins && Narrow == 0) ? 8 : 2),
        .Chains    (f >= Ins),
        .Narrow    (Narrow != 0)
      ) u_fetch (
        .clk_i       (clk_i),
        .rst_ni      (rst_ni),
        .clear_i     (take),
        .load_i      (load),
        .desc_i      (desc_q),
        .start_i     (start),
        .stop_i      (stop),
        .d0_i        (d0_q),
        .d1_less_1_i (d1_less_1_q),
        .d2_less_1_i (d2_less_1_q),
        .d3_less_1_i (d3_less_1_q),
        .req_valid_o (req_valid[f]),
        .req_line_o  (req_line[f*PieceBits +: PieceBits]),
        .req_ready_i (req_ready[f]),
        .rsp_valid_i (rsp_valid[2*f +: 2]),
        .rsp_data0_i (rsp_piece0),
        .rsp_data1_i (rsp_piece1),
        .valid_o     (fetch_valid[f]),
        .data_o      (fetch_data[f*W +: W]),
        .end_o       (fetch_end[f]),
        .pop_i       (fetch_pop[f]),
        .held_o      (fetch_held[f]),
        .err_o       (fetch_err[f]),
        .err_addr_o  (fetch_addr[f*34 +: 34])
      );
    end
  endgenerate

  logic                 read_empty;
  logic [PieceBits-1:0] r0_piece, r1_piece;
  wc_vec_read #(.Streams(Fetches), .LineBits(PieceBits), .Ports((Narrow != 0) ? 1 : 2)) u_read (
    .clk_i        (clk_i),
    .rst_ni       (rst_ni),
    .stop_i       (stop),
    .empty_o      (read_empty),
    .req_valid_i  (req_valid),
    .req_line_i   (req_line),
    .req_ready_o  (req_ready),
    .rsp_valid_o  (rsp_valid),
    .port_valid_o ({r1_req_valid_o, r0_req_valid_o}),
    .port_line_o  ({r1_piece, r0_piece}),
    .port_ready_i ({r1_req_ready_i, r0_req_ready_i}),
    .port_rsp_i   ({r1_rsp_valid_i, r0_rsp_valid_i})
  );

  // ---- lanes
  logic         end_valid, end_ready, end_first, end_last;
  logic [W-1:0] end_t, end_u;
  // A narrow fetch gives what it holds anew for every vector.
  generate
    if (Narrow == 2) begin : g_turns
      wc_vec_turns u_lanes (
        .clk_i      (clk_i),
        .rst_ni     (rst_ni && !stop),
        .steps_i    (steps_q),
        .consts_i   (consts_q),
        .reads_i    (reads),
        .in_valid_i (fetch_valid[Ins-1:0]),
        .in_i       (fetch_data[0 +: Ins*W]),
        .in_pop_o   (fetch_pop[Ins-1:0]),
        .valid_i    (seq_valid),
        .ready_o    (lanes_ready),
        .first_i    (seq_ends),
        .last_i     (seq_last),
        .valid_o    (end_valid),
        .ready_i    (end_ready),
        .first_o    (end_first),
        .last_o     (end_last),
        .t_o        (end_t),
        .u_o        (end_u)
      );
    end else begin : g_lanes
      wc_vec_lanes #(.Lanes(Units)) u_lanes (
        .clk_i      (clk_i),
        .rst_ni     (rst_ni && !stop),
        .steps_i    (steps_q),
        .consts_i   (consts_q),
        .reads_i    (reads),
        .held_i     ((Narrow != 0) ? '0 : fetch_held[Ins-1:0]),
        .in_valid_i (fetch_valid[Ins-1:0]),
        .in_i       (fetch_data[0 +: Ins*W]),
        .in_pop_o   (fetch_pop[Ins-1:0]),
        .valid_i    (seq_valid),
        .ready_o    (lanes_ready),
        .first_i    ((Narrow != 0) ? seq_ends : seq_first),
        .last_i     (seq_last),
        .valid_o    (end_valid),
        .ready_i    (end_ready),
        .first_o    (end_first),
        .last_o     (end_last),
        .t_o        (end_t),
        .u_o        (end_u)
      );
    end
  endgenerate

  // ---- outputs: a vector leaves the lanes when all of them take it
  logic [Outs-1:0]           used, reduces, store_ready, reduce_ready, out_ready, store_done;
  logic [Outs-1:0]           line_valid, line_ready, store_err;
  logic [Outs*PieceBits-1:0]  line_number;
  logic [Outs*8*PieceBytes-1:0] line_data;
  logic [Outs*PieceBytes-1:0] line_strb;
  logic [Outs*34-1:0]        store_addr;
  assign out_ready = ~used | (reduces & reduce_ready) | (~reduces & store_ready);
  assign end_ready = out_ready == '1;

  genvar o;
  generate
    for (o = 0; o < Outs; o = o + 1) begin : g_out
      logic         load, reduced_valid;
      logic [W-1:0] reduced;
      assign load = desc_valid_q && desc_index_q == n_in_q + 4'(o) && desc_index_q != n_all_q;

      if (Narrow != 0) begin : g_narrow
        wc_vec_reduce_narrow #(.Lanes(Lanes)) u_reduce (
          .clk_i         (clk_i),
          .rst_ni        (rst_ni),
          .load_i        (load),
          .desc_i        (desc_q[15:0]),
          .start_i       (start && used[o] && reduces[o]),
          .valid_i       (end_valid && end_ready && reduces[o] && used[o]),
          .ready_o       (reduce_ready[o]),
          .ends_i        (end_first),
          .last_i        (end_last),
          .t_i           (end_t),
          .u_i           (end_u),
          .chain_valid_i (fetch_valid[Ins + o]),
          .chain_end_i   (fetch_end[Ins + o]),
          .chain_pop_o   (fetch_pop[Ins + o]),
          .chain_i       (fetch_data[(Ins + o)*W +: W]),
          .valid_o       (reduced_valid),
          .ready_i       (store_ready[o]),
          .data_o        (reduced)
        );

        wc_vec_store_narrow #(.Lanes(Lanes), .LineBytes(PieceBytes), .GbufBytes(GbufBytes)) u_store (
          .clk_i       (clk_i),
          .rst_ni      (rst_ni),
          .clear_i     (take),
          .load_i      (load),
          .desc_i      (desc_q),
          .start_i     (start),
          .stop_i      (stop),
          .d0_i        (d0_q),
          .d1_less_1_i (d1_less_1_q),
          .d2_less_1_i (d2_less_1_q),
          .d3_less_1_i (d3_less_1_q),
          .used_o      (used[o]),
          .reduces_o   (reduces[o]),
          .valid_i     (reduces[o] ? reduced_valid : end_valid && end_ready),
          .ready_o     (store_ready[o]),
          .t_i         (end_t),
          .u_i         (end_u),
          .reduced_i   (reduced),
          .req_valid_o (line_valid[o]),
          .req_ready_i (line_ready[o]),
          .req_line_o  (line_number[o*PieceBits +: PieceBits]),
          .req_data_o  (line_data[o*8*PieceBytes +: 8*PieceBytes]),
          .req_strb_o  (line_strb[o*PieceBytes +: PieceBytes]),
          .done_o      (store_done[o]),
          .err_o       (store_err[o]),
          .err_addr_o  (store_addr[o*34 +: 34])
        );
      end else begin : g_wide
        wc_vec_reduce #(.Lanes(Lanes)) u_reduce (
          .clk_i         (clk_i),
          .rst_ni        (rst_ni),
          .load_i        (load),
          .desc_i        (desc_q[15:0]),
          .start_i       (start && used[o] && reduces[o]),
          .valid_i       (end_valid && end_ready && reduces[o] && used[o]),
          .ready_o       (reduce_ready[o]),
          .last_i        (end_last),
          .t_i           (end_t),
          .u_i           (end_u),
          .chain_valid_i (fetch_valid[Ins + o]),
          .chain_pop_o   (fetch_pop[Ins + o]),
          .chain_i       (fetch_data[(Ins + o)*W +: W]),
          .valid_o       (reduced_valid),
          .ready_i       (store_ready[o]),
          .data_o        (reduced)
        );

        wc_vec_store #(.Lanes(Lanes), .LineBytes(PieceBytes), .GbufBytes(GbufBytes)) u_store (
          .clk_i       (clk_i),
          .rst_ni      (rst_ni),
          .clear_i     (take),
          .load_i      (load),
          .desc_i      (desc_q),
          .start_i     (start),
          .stop_i      (stop),
          .d0_i        (d0_q),
          .d1_less_1_i (d1_less_1_q),
          .d2_less_1_i (d2_less_1_q),
          .d3_less_1_i (d3_less_1_q),
          .used_o      (used[o]),
          .reduces_o   (reduces[o]),
          .valid_i     (reduces[o] ? reduced_valid : end_valid && end_ready),
          .ready_o     (store_ready[o]),
          .t_i         (end_t),
          .u_i         (end_u),
          .reduced_i   (reduced),
          .req_valid_o (line_valid[o]),
          .req_ready_i (line_ready[o]),
          .req_line_o  (line_number[o*PieceBits +: PieceBits]),
          .req_data_o  (line_data[o*8*PieceBytes +: 8*PieceBytes]),
          .req_strb_o  (line_strb[o*PieceBytes +: PieceBytes]),
          .done_o      (store_done[o]),
          .err_o       (store_err[o]),
          .err_addr_o  (store_addr[o*34 +: 34])
        );
      end
    end
  endgenerate

  logic                    write_empty;
  logic [PieceBits-1:0]    w_piece;
  logic [8*PieceBytes-1:0] w_piece_data;
  logic [PieceBytes-1:0]   w_piece_strb;
  wc_vec_write #(.Streams(Outs), .LineBytes(PieceBytes), .LineBits(PieceBits)) u_write (
    .clk_i        (clk_i),
    .rst_ni       (rst_ni),
    .empty_o      (write_empty),
    .req_valid_i  (stop ? '0 : line_valid),
    .req_ready_o  (line_ready),
    .req_line_i   (line_number),
    .req_data_i   (line_data),
    .req_strb_i   (line_strb),
    .port_valid_o (w_req_valid_o),
    .port_ready_i (w_req_ready_i),
    .port_line_o  (w_piece),
    .port_data_o  (w_piece_data),
    .port_strb_o  (w_piece_strb)
  );

  // ---- pieces of lines
  generate
    if (Narrow != 0) begin : g_pieces
      localparam int unsigned PartBits = $clog2(LineBytes / PieceBytes);
      logic [PartBits-1:0] sent_q, back_q;   // which part of the line under way, and of that here
      always_ff @(posedge clk_i) begin
        sent_q <= r0_piece[PartBits-1:0];
        back_q <= sent_q;
      end
      assign r0_req_line_o = r0_piece[PieceBits-1:PartBits];
      assign r1_req_line_o = r1_piece[PieceBits-1:PartBits];
      assign rsp_piece0 = r0_rsp_rdata_i[back_q*8*PieceBytes +: 8*PieceBytes];
      assign rsp_piece1 = '0;
      assign w_req_line_o = w_piece[PieceBits-1:PartBits];
      assign w_req_wdata_o = {(LineBytes / PieceBytes){w_piece_data}};
      assign w_req_strb_o = LineBytes'(w_piece_strb) << (w_piece[PartBits-1:0] * PieceBytes);
      logic unused_part;
      assign unused_part = ^{r1_piece[PartBits-1:0], r1_rsp_rdata_i};
    end else begin : g_lines
      assign r0_req_line_o = r0_piece;
      assign r1_req_line_o = r1_piece;
      assign rsp_piece0 = r0_rsp_rdata_i;
      assign rsp_piece1 = r1_rsp_rdata_i;
      assign w_req_line_o = w_piece;
      assign w_req_wdata_o = w_piece_data;
      assign w_req_strb_o = w_piece_strb;
    end
  endgenerate

  // ---- end of a command
  assign all_done = state_q == Run && store_done == '1 && write_empty;
  assign done_o = all_done && !abort_i;
  assign failed = (fetch_err != '0) || (store_err != '0);
  always_comb begin
    fail_addr = '0;
    if (failed) begin
      for (int s = Outs - 1; s >= 0; s--)
        if (store_err[s]) fail_addr = {{6{store_addr[s*34 + 33]}}, store_addr[s*34 +: 34]};
      for (int s = Fetches - 1; s >= 0; s--)
        if (fetch_err[s]) fail_addr = {{6{fetch_addr[s*34 + 33]}}, fetch_addr[s*34 +: 34]};
    end
  end

  assign err_valid_o = state_q == Fail;
  assign idle_o = (state_q == Idle || state_q == Dead) && read_empty && write_empty;
  always_comb begin
    state_o = 3'd2;
    if (enters) state_o = 3'd1;
    if ((state_q == Idle && !cmd_valid_i) || state_q == Dead) state_o = 3'd0;
  end

  logic unused;
  assign unused = ^{end_first, seq_first, fetch_held, fetch_end, unused_addr, seq_count};

`ifndef SYNTHESIS
  initial begin
    if (Lanes < 8 || (Lanes & (Lanes - 1)) != 0)
      $error("wc_vector: Lanes must be a power of two from 8");
    if (Narrow > 2 || (Narrow != 0 && Lanes != 8)) $error("wc_vector: Narrow goes with 8 Lanes");
    if (4 * Lanes > LineBytes) $error("wc_vector: LineBytes must be at least 4*Lanes");
  end
`endif

endmodule
