// Reads the command stream, judges headers and deals the commands to the queues.
//
// Prefetches up to BufferBytes in bursts of at most BurstBytes, each within an aligned block of
// that size, and asks only for what the buffer can hold, so its read data never wait. Deals one
// 16-byte unit a cycle. END ends the stream when every queue is empty; a bad response counts
// only when a command needs the data.
module wc_fetch #(
  parameter int unsigned AxiBytes = 16,
  parameter int unsigned BufferBytes = 512,
  parameter int unsigned BurstBytes = 256
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  start_i,          // the next four are stable while it runs
  input  logic [39:0]           win_base_i,
  input  logic [39:0]           win_size_i,
  input  logic [39:0]           stream_offset_i,
  input  logic [31:0]           stream_bytes_i,
  input  logic                  abort_i,
  output logic                  idle_o,           // nothing on AXI
  output logic                  done_o,           // one cycle: END, and all is done
  output logic                  err_valid_o,      // one cycle
  output logic [7:0]            err_code_o,
  output logic [39:0]           err_addr_o,
  output logic [31:0]           err_id_o,
  output logic [31:0]           err_number_o,     // of the command in its stream
  output logic [31:0]           fetched_o,        // commands dealt
  output logic [8:0]            cmd_bytes_o,      // of the command begun in this cycle, or 0
  // To the queues; first, last, data and number are shared.
  output logic [3:0]            push_valid_o,
  input  logic [3:0]            push_ready_i,
  output logic [127:0]          push_data_o,
  output logic                  push_first_o,
  output logic                  push_last_o,
  input  logic                  queues_empty_i,
  // AXI read.
  output logic                  ar_valid_o,
  input  logic                  ar_ready_i,
  output logic [39:0]           ar_addr_o,
  output logic [7:0]            ar_len_o,
  input  logic                  r_valid_i,
  output logic                  r_ready_o,
  input  logic [8*AxiBytes-1:0] r_data_i,
  input  logic [1:0]            r_resp_i,
  input  logic                  r_last_i
);

  localparam int unsigned RowBytes = (AxiBytes > 16) ? AxiBytes : 16;
  localparam int unsigned RowShift = $clog2(RowBytes);
  localparam int unsigned BeatShift = $clog2(AxiBytes);
  localparam int unsigned Rows = BufferBytes / RowBytes;
  localparam int unsigned RowBits = $clog2(Rows);
  localparam int unsigned BurstShift = $clog2(BurstBytes);
  localparam int unsigned RowUnits = RowBytes / 16;
  localparam int unsigned UnitBits = (RowUnits > 1) ? $clog2(RowUnits) : 1;

  typedef enum logic [2:0] {Idle, Check, Run, Drain, Stop} state_e;
  state_e state_q;

  // Asking: [ask_q, ask_q + ask_left_q) is not yet requested; counted in units of 16 bytes.
  logic [39:0]         ask_q;
  logic [27:0]         ask_left_q;
  logic [BurstShift:0] ask_room, ask_bytes;
  logic [BurstShift-1:0] ask_last;
  logic [RowBits:0]    ask_rows, rows_q;     // rows requested and not yet used up
  logic [1:0]          bursts_q;             // shown on AR, last beat still to come
  logic                ask;
  assign ask_room = (BurstShift + 1)'(BurstBytes) - {1'b0, ask_q[BurstShift-1:0]};
  assign ask_bytes = (ask_left_q < 28'(ask_room[BurstShift:4])) ? (BurstShift + 1)'({ask_left_q, 4'd0})
                                                       : ask_room;
  assign ask_last = ask_q[BurstShift-1:0] + ask_bytes[BurstShift-1:0] - 1'b1;
  assign ask_rows = (RowBits + 1)'(ask_last >> RowShift) -
                    (RowBits + 1)'(ask_q[BurstShift-1:0] >> RowShift) + 1'b1;
  assign ask = state_q == Run && !abort_i && ask_left_q != '0 && bursts_q != 2'd3 &&
               32'(rows_q) + 32'(ask_rows) <= Rows && (!ar_valid_o || ar_ready_i);

  // Rows from beats. A narrow bus gathers; a row keeps the worst response of its beats.
  logic                row_write;
  logic [8*RowBytes-1:0] row_in;
  logic [1:0]          row_resp;
  logic [RowBits:0]    write_q, read_q, read_next;
  logic                beat;
  assign r_ready_o = 1'b1;
  assign beat = r_valid_i && !abort_i;
  generate
    if (AxiBytes < 16) begin : g_gather
      localparam int unsigned Beats = 16 / AxiBytes;
      localparam int unsigned BeatBits = $clog2(Beats);
      logic [127-8*AxiBytes:0] part_q;
      logic [1:0]              resp_q;
      logic [BeatBits-1:0]     beat_q;
      assign row_in = {r_data_i, part_q};
      assign row_resp = (beat_q != '0 && resp_q > r_resp_i) ? resp_q : r_resp_i;
      assign row_write = beat && (&beat_q);
      always_ff @(posedge clk_i) begin
        if (beat) begin
          part_q <= row_in[127:8*AxiBytes];
          resp_q <= row_resp;
          beat_q <= beat_q + 1'b1;
        end
        if (!rst_ni || state_q == Check) beat_q <= '0;
      end
    end else begin : g_row
      assign row_in = r_data_i;
      assign row_resp = r_resp_i;
      assign row_write = beat;
    end
  endgenerate

  logic [8*RowBytes-1:0] row;
  logic [1:0]            resp;
  wc_ram_1r1w #(.Width(8 * RowBytes + 2), .Depth(Rows)) u_buffer (
    .clk_i,
    .wr_en_i   (row_write),
    .wr_addr_i (write_q[RowBits-1:0]),
    .wr_data_i ({row_resp, row_in}),
    .wr_strb_i (1'b1),
    .rd_en_i   (state_q == Run),
    .rd_addr_i (read_next[RowBits-1:0]),
    .rd_data_o ({resp, row})
  );

  // Dealing: one unit a cycle out of the row at hand.
  logic                row_valid_q, take, row_end, first_q;
  logic [UnitBits-1:0] unit_q;
  logic [27:0]         left_q;          // units of the stream not yet dealt
  logic [39:0]         unit_offset_q;
  logic [7:0]          cmd_left_q;      // units of the command to come after this one
  logic [1:0]          queue_q, queue;
  logic [31:0]         id_q;            // of the command being dealt
  logic [127:0]        data;
  generate
    if (RowUnits > 1) begin : g_unit
      assign data = row[unit_q*128 +: 128];
      assign row_end = &unit_q;
    end else begin : g_only
      assign data = row;
      assign row_end = 1'b1;
    end
  endgenerate
  assign read_next = read_q + (RowBits + 1)'(take && row_end);

  // The header.
  logic [7:0] opcode, units, bad_code;
  logic [3:0] waits, signals, own;
  logic       known, is_end, size_ok, bad;
  assign opcode = data[wc_isa_pkg::HDR_opcode_LSB +: 8];
  assign units = data[wc_isa_pkg::HDR_units_LSB +: 8];
  assign waits = data[wc_isa_pkg::HDR_wait_LSB +: 4];
  assign signals = data[wc_isa_pkg::HDR_signal_LSB +: 4];
  // A VEC has 16 words and 5 for each stream; counts out of range are the unit's to report.
  logic [3:0] n_in, n_out;
  logic [7:0] vec_units;
  logic       counts_ok;
  assign n_in = data[wc_isa_pkg::VEC_n_in_LSB +: wc_isa_pkg::VEC_n_in_BITS];
  assign n_out = data[wc_isa_pkg::VEC_n_out_LSB +: wc_isa_pkg::VEC_n_out_BITS];
  assign counts_ok = 32'(n_in) <= wc_isa_pkg::VEC_INPUTS &&
                     32'(n_out) <= wc_isa_pkg::VEC_OUTPUTS && n_out != '0;
  assign vec_units = 8'((32'd19 + 32'd5 * (32'(n_in) + 32'(n_out))) >> 2);
  always_comb begin
    known = 1'b1;
    is_end = 1'b0;
    queue = 2'd0;
    size_ok = units == wc_isa_pkg::LOAD_UNITS[7:0];
    own = 4'b0001;
    case (opcode)
      wc_isa_pkg::OP_LOAD: ;
      wc_isa_pkg::OP_STORE: begin
        queue = 2'd1;
        own = 4'b0010;
      end
      wc_isa_pkg::OP_GEMM: begin
        queue = 2'd2;
        own = 4'b0100;
        size_ok = units == wc_isa_pkg::GEMM_UNITS[7:0];
      end
      wc_isa_pkg::OP_VEC: begin
        queue = 2'd3;
        own = 4'b1000;
        size_ok = units >= 8'd6 && units <= wc_isa_pkg::MAX_UNITS[7:0] &&
                  (!counts_ok || units == vec_units);
      end
      wc_isa_pkg::OP_END: begin
        is_end = 1'b1;
        own = 4'b1111;
        size_ok = units == wc_isa_pkg::END_UNITS[7:0];
      end
      default: known = 1'b0;
    endcase
    bad = 1'b1;
    if (resp[1]) bad_code = resp[0] ? wc_isa_pkg::E_DECERR : wc_isa_pkg::E_SLVERR;
    else if (!first_q) begin
      bad = 1'b0;
      bad_code = wc_isa_pkg::E_NONE;
    end else if (!known) bad_code = wc_isa_pkg::E_OPCODE;
    else if (!size_ok || 28'(units) > left_q) bad_code = wc_isa_pkg::E_SIZE;
    else begin
      bad_code = wc_isa_pkg::E_FIELD;
      bad = data[wc_isa_pkg::HDR_rsvd0_LSB +: wc_isa_pkg::HDR_rsvd0_BITS] != '0 ||
            ((waits | signals) & own) != '0;
    end
  end

  logic       have, deal;
  logic [1:0] to;
  assign have = state_q == Run && row_valid_q && left_q != '0 && !abort_i;
  assign deal = have && !bad && !(first_q && is_end);
  assign to = first_q ? queue : queue_q;
  assign push_valid_o = deal ? 4'b0001 << to : '0;
  assign take = deal && push_ready_i[to];
  assign push_data_o = data;
  assign push_first_o = first_q;
  assign push_last_o = !first_q && cmd_left_q == 8'd1;  // no queued command has one unit

  logic at_end;
  assign at_end = have && !bad && first_q && is_end;
  assign cmd_bytes_o = (first_q && (take || at_end)) ? {1'b0, units} << 4 : '0;

  // The stream itself must lie in the window.
  logic        align_bad, window_bad;
  logic [40:0] stream_end;
  assign align_bad = stream_offset_i[3:0] != '0 || stream_bytes_i[3:0] != '0;
  assign stream_end = {1'b0, stream_offset_i} + 41'(stream_bytes_i);
  assign window_bad = stream_end > {1'b0, win_size_i};

  logic ar_idle;
  assign ar_idle = !ar_valid_o && bursts_q == '0;
  assign idle_o = ar_idle;

  always_ff @(posedge clk_i) begin
    done_o <= 1'b0;
    err_valid_o <= 1'b0;

    if (ar_ready_i) ar_valid_o <= 1'b0;
    if (ask) begin
      ar_valid_o <= 1'b1;
      ar_addr_o <= win_base_i + ((ask_q >> BeatShift) << BeatShift);
      ar_len_o <= 8'((ask_last >> BeatShift) - (ask_q[BurstShift-1:0] >> BeatShift));
      ask_q <= ask_q + 40'(ask_bytes);
      ask_left_q <= ask_left_q - 28'(ask_bytes[BurstShift:4]);
    end
    rows_q <= rows_q + (ask ? ask_rows : '0) - (RowBits + 1)'(take && row_end);
    bursts_q <= bursts_q + 2'(ask) - 2'(r_valid_i && r_last_i);
    if (row_write) write_q <= write_q + 1'b1;

    row_valid_q <= state_q == Run && read_next != write_q;
    read_q <= read_next;
    if (take) begin
      unit_q <= unit_q + 1'b1;
      left_q <= left_q - 1'b1;
      unit_offset_q <= unit_offset_q + 40'd16;
      first_q <= push_last_o;
      cmd_left_q <= first_q ? units - 8'd1 : cmd_left_q - 8'd1;
      if (first_q) begin
        queue_q <= queue;
        id_q <= data[wc_isa_pkg::HDR_id_LSB +: 32];
      end
    end
    if (first_q && (take || at_end)) fetched_o <= fetched_o + 1'b1;

    case (state_q)
      Idle: if (start_i) state_q <= Check;

      Check: begin
        ask_q <= stream_offset_i;
        ask_left_q <= stream_bytes_i[31:4];
        left_q <= stream_bytes_i[31:4];
        unit_offset_q <= stream_offset_i;
        unit_q <= (RowUnits > 1) ? stream_offset_i[4 +: UnitBits] : '0;
        first_q <= 1'b1;
        fetched_o <= '0;
        rows_q <= '0;
        write_q <= '0;
        read_q <= '0;
        row_valid_q <= 1'b0;
        state_q <= Run;
        err_id_o <= '0;
        err_number_o <= '0;
        err_addr_o <= (align_bad || stream_offset_i > win_size_i) ? stream_offset_i
                                                                  : win_size_i;
        err_code_o <= align_bad ? wc_isa_pkg::E_ALIGN : wc_isa_pkg::E_WINDOW;
        if (align_bad || window_bad) begin
          err_valid_o <= 1'b1;
          state_q <= Stop;
        end
      end

      Run: begin
        if (have && bad) begin
          err_valid_o <= 1'b1;
          err_code_o <= bad_code;
          err_id_o <= !first_q ? id_q : resp[1] ? '0 : data[wc_isa_pkg::HDR_id_LSB +: 32];
          err_number_o <= first_q ? fetched_o : fetched_o - 1'b1;
          err_addr_o <= resp[1] ? unit_offset_q : '0;
          state_q <= Stop;
        end else if (at_end) begin
          state_q <= Drain;
        end else if (left_q == '0 && first_q) begin
          err_valid_o <= 1'b1;
          err_code_o <= wc_isa_pkg::E_NO_END;
          err_id_o <= '0;
          err_number_o <= fetched_o;
          err_addr_o <= '0;
          state_q <= Stop;
        end
      end

      Drain: begin
        if (queues_empty_i && ar_idle) begin
          done_o <= 1'b1;
          state_q <= Idle;
        end
      end

      default: ;  // Stop: until reset
    endcase
    if (abort_i) begin
      state_q <= Stop;
      err_valid_o <= 1'b0;
      done_o <= 1'b0;
    end
    if (!rst_ni) begin
      state_q <= Idle;
      ar_valid_o <= 1'b0;
      bursts_q <= '0;
      fetched_o <= '0;
      done_o <= 1'b0;
      err_valid_o <= 1'b0;
    end
  end

endmodule
