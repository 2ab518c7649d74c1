// STORE: copies the global buffer to DRAM.
//
// wc_dma_front puts bursts on AW; beside it: a list of runs -> line reader -> aligner -> W.
// W data of a burst follow its address; responses come back in order. Commands overlap like
// those of LOAD. A command is done with the last response of its last burst. While aborting,
// bursts whose address is out get their beats with strobes 0.
module wc_dma_store #(
  parameter int unsigned AxiBytes = 16,
  parameter int unsigned LineBytes = 32,
  parameter int unsigned GbufBytes = 262144,
  parameter int unsigned Outstanding = 32,  // bursts; power of two
  localparam int unsigned GbBits = $clog2(GbufBytes),
  localparam int unsigned LineBits = $clog2(GbufBytes / LineBytes)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic [39:0]            win_base_i,
  input  logic [39:0]            win_size_i,
  // Unit port.
  input  logic                   cmd_valid_i,
  output logic                   cmd_ready_o,
  input  logic [511:0]           cmd_i,
  output logic                   done_o,
  output logic [47:0]            bytes_o,      // moved by the command that is done
  output logic                   err_valid_o,
  output logic [7:0]             err_code_o,
  output logic [39:0]            err_addr_o,
  input  logic                   abort_i,
  output logic                   idle_o,
  output logic [2:0]             state_o,
  output logic                   last_o,       // the command's last beat goes out
  // AXI write.
  output logic                   aw_valid_o,
  input  logic                   aw_ready_i,
  output logic [39:0]            aw_addr_o,
  output logic [7:0]             aw_len_o,
  output logic                   w_valid_o,
  input  logic                   w_ready_i,
  output logic [8*AxiBytes-1:0]  w_data_o,
  output logic [AxiBytes-1:0]    w_strb_o,
  output logic                   w_last_o,
  input  logic                   b_valid_i,
  output logic                   b_ready_o,
  input  logic [1:0]             b_resp_i,
  // Global buffer, read.
  output logic                   gb_valid_o,
  input  logic                   gb_ready_i,
  output logic [LineBits-1:0]    gb_line_o,
  input  logic                   gb_rsp_valid_i,
  input  logic [8*LineBytes-1:0] gb_rdata_i
);

  localparam int unsigned BeatBits = $clog2(AxiBytes);
  localparam int unsigned LineShift = $clog2(LineBytes);
  localparam int unsigned Lines = 8;  // line buffer: covers the read latency at a line a cycle
  localparam int unsigned LinesBits = $clog2(Lines) + 1;

  logic                    front_idle, outstanding, check_err;
  logic [7:0]              check_code;
  logic [39:0]             check_addr;
  logic                    run_push, list_ready;
  logic [39:0]             run_dram;
  logic [GbBits-1:0]       run_gb;
  logic [23:0]             run_bytes;
  logic                    burst_last, aw_taken;
  logic [39:0]             burst_offset;
  logic [12:0]             burst_bytes;
  logic                    b_taken;

  logic [47:0]             bytes_q;
  logic                    bus_err_q;
  logic [1:0]              lines_in_flight_q;  // reads taken, not yet answered

  wc_dma_front #(
    .AxiBytes(AxiBytes), .GbufBytes(GbufBytes), .Outstanding(Outstanding)
  ) u_front (
    .clk_i, .rst_ni, .abort_i, .win_base_i, .win_size_i,
    .cmd_valid_i, .cmd_ready_o, .cmd_i,
    .idle_o         (front_idle),
    .outstanding_o  (outstanding),
    .err_valid_o    (check_err),
    .err_code_o     (check_code),
    .err_addr_o     (check_addr),
    .run_push_o     (run_push),
    .run_ready_i    (list_ready),
    .run_dram_o     (run_dram),
    .run_gb_o       (run_gb),
    .run_bytes_o    (run_bytes),
    .run_last_o     (),
    .burst_valid_o  (aw_valid_o),
    .burst_ready_i  (aw_ready_i),
    .burst_addr_o   (aw_addr_o),
    .burst_len_o    (aw_len_o),
    .burst_offset_o (burst_offset),
    .burst_bytes_o  (burst_bytes),
    .burst_last_o   (burst_last),
    .burst_end_i    (b_taken),
    .cmd_end_i      (b_taken && resp_last)
  );
  assign aw_taken = aw_valid_o && aw_ready_i;

  // Bursts that wait for their data, and for their response. The limit on bursts outstanding
  // keeps both from filling up.
  logic        len_valid, len_pop, len_end, resp_valid, resp_last;
  logic [7:0]  len;
  logic [39:0] resp_offset;
  logic [12:0] resp_bytes;
  wc_dma_fifo #(.Width(8 + 1), .Depth(Outstanding)) u_lens (
    .clk_i, .rst_ni,
    .push_i  (aw_taken),
    .data_i  ({burst_last, aw_len_o}),
    .ready_o (),
    .valid_o (len_valid),
    .data_o  ({len_end, len}),
    .pop_i   (len_pop)
  );
  wc_dma_fifo #(.Width(40 + 13 + 1), .Depth(Outstanding)) u_resps (
    .clk_i, .rst_ni,
    .push_i  (aw_taken),
    .data_i  ({burst_offset, burst_bytes, burst_last}),
    .ready_o (),
    .valid_o (resp_valid),
    .data_o  ({resp_offset, resp_bytes, resp_last}),
    .pop_i   (b_valid_i && resp_valid)
  );

  // Line reader: every line a run touches, while there is room for the answer.
  logic                 todo_valid, todo_ready, read_q, read_final, read_taken;
  logic [GbBits-1:0]    todo_gb;
  logic [BeatBits-1:0]  todo_dst;
  logic [23:0]          todo_bytes;
  logic [LineBits-1:0]  read_line_q, read_end_q;
  logic [LinesBits-1:0] lines_q;        // requested or held
  logic                 line_valid, line_ready, plan_ready, plan_valid;
  logic [GbBits-1:0]    todo_end;
  wc_dma_fifo #(.Width(GbBits + BeatBits + 24), .Depth(Outstanding)) u_list (
    .clk_i, .rst_ni,
    .push_i  (run_push),
    .data_i  ({run_gb, run_dram[BeatBits-1:0], run_bytes}),
    .ready_o (list_ready),
    .valid_o (todo_valid),
    .data_o  ({todo_gb, todo_dst, todo_bytes}),
    .pop_i   (todo_valid && todo_ready)
  );
  assign todo_end = todo_gb + GbBits'(todo_bytes) - 1'b1;
  assign gb_valid_o = read_q && lines_q != LinesBits'(Lines);
  assign gb_line_o = read_line_q;
  assign read_taken = gb_valid_o && gb_ready_i;
  assign read_final = read_line_q == read_end_q;
  assign todo_ready = plan_ready && !abort_i && (!read_q || (read_taken && read_final));

  logic [8*LineBytes-1:0] line_data;
  wc_dma_fifo #(.Width(8 * LineBytes), .Depth(Lines)) u_lines (
    .clk_i, .rst_ni,
    .push_i  (gb_rsp_valid_i),
    .data_i  (gb_rdata_i),
    .ready_o (),
    .valid_o (line_valid),
    .data_o  (line_data),
    .pop_i   (line_valid && line_ready)
  );

  // The aligner's own list of runs, so that lines of the next run come while it works on one.
  logic                 plan_pop, step, beat_valid, beat_ready;
  logic [LineShift-1:0] plan_src;
  logic [BeatBits-1:0]  plan_dst;
  logic [23:0]          plan_bytes;
  logic [8*AxiBytes-1:0] beat_data;
  logic [AxiBytes-1:0]  beat_strb;
  wc_dma_fifo #(.Width(LineShift + BeatBits + 24), .Depth(4)) u_plan (
    .clk_i, .rst_ni,
    .push_i  (todo_valid && todo_ready),
    .data_i  ({todo_gb[LineShift-1:0], todo_dst, todo_bytes}),
    .ready_o (plan_ready),
    .valid_o (plan_valid),
    .data_o  ({plan_src, plan_dst, plan_bytes}),
    .pop_i   (plan_valid && plan_pop)
  );

  wc_dma_align #(
    .InBytes(LineBytes), .OutBytes(AxiBytes), .SrcBits(LineShift), .DstBits(BeatBits)
  ) u_align (
    .clk_i, .rst_ni,
    .run_valid_i (plan_valid),
    .run_ready_o (plan_pop),
    .run_src_i   (plan_src),
    .run_dst_i   (plan_dst),
    .run_bytes_i (plan_bytes),
    .run_last_i  (1'b0),
    .in_valid_i  (line_valid),
    .in_ready_o  (line_ready),
    .in_data_i   (line_data),
    .src_o       (),
    .step_o      (step),
    .empty_o     (),
    .out_valid_o (beat_valid),
    .out_ready_i (beat_ready),
    .out_data_o  (beat_data),
    .out_strb_o  (beat_strb),
    .out_addr_o  (),
    .out_bytes_o (),
    .out_last_o  ()
  );

  // W: beats of one burst after the other.
  logic       burst_q, end_q, w_end_q, w_room, w_take;  // end: the burst, the beat is the last one
  logic [7:0] left_q;  // beats of the burst to come, less 1
  assign w_room = !w_valid_o || w_ready_i;
  assign w_take = burst_q && w_room && (beat_valid || abort_i);
  assign beat_ready = burst_q && w_room && !abort_i;
  assign len_pop = len_valid && (!burst_q || (w_take && left_q == '0));
  assign last_o = w_valid_o && w_ready_i && w_end_q;

  assign b_ready_o = resp_valid;
  assign idle_o = front_idle && !gb_valid_o && lines_in_flight_q == '0;

  logic bus_err;
  assign b_taken = b_valid_i && resp_valid;
  assign bus_err = b_taken && b_resp_i[1] && !bus_err_q && !abort_i;

  always_comb begin
    if (idle_o) state_o = 3'd0;
    else if (step || (w_valid_o && w_ready_i)) state_o = 3'd1;
    else if (w_valid_o || aw_valid_o || (outstanding && !burst_q)) state_o = 3'd3;
    else if (read_q || lines_q != '0) state_o = 3'd2;
    else state_o = 3'd1;
  end

  always_ff @(posedge clk_i) begin
    if (read_taken) begin
      read_line_q <= read_line_q + 1'b1;
      if (read_final || abort_i) read_q <= 1'b0;
    end
    if (todo_valid && todo_ready) begin
      read_q <= 1'b1;
      read_line_q <= todo_gb[GbBits-1:LineShift];
      read_end_q <= todo_end[GbBits-1:LineShift];
    end
    if (abort_i && !gb_valid_o) read_q <= 1'b0;
    lines_q <= lines_q + LinesBits'(read_taken) - LinesBits'(line_valid && line_ready);
    lines_in_flight_q <= lines_in_flight_q + 2'(read_taken) - 2'(gb_rsp_valid_i);

    if (w_ready_i) w_valid_o <= 1'b0;
    if (w_take) begin
      w_valid_o <= 1'b1;
      w_data_o <= beat_data;
      w_strb_o <= abort_i ? '0 : beat_strb;
      w_last_o <= left_q == '0;
      w_end_q <= left_q == '0 && end_q;
      left_q <= left_q - 1'b1;
      if (left_q == '0) burst_q <= 1'b0;
    end
    if (len_pop) begin
      burst_q <= 1'b1;
      end_q <= len_end;
      left_q <= len;
    end

    done_o <= b_taken && resp_last && !b_resp_i[1] && !bus_err_q && !abort_i;
    if (b_taken) begin
      bytes_q <= resp_last ? '0 : bytes_q + 48'(resp_bytes);
      bytes_o <= bytes_q + 48'(resp_bytes);
    end
    err_valid_o <= check_err || bus_err;
    if (check_err) begin
      err_code_o <= check_code;
      err_addr_o <= check_addr;
    end else if (bus_err) begin
      err_code_o <= b_resp_i[0] ? wc_isa_pkg::E_DECERR : wc_isa_pkg::E_SLVERR;
      err_addr_o <= resp_offset;
      bus_err_q <= 1'b1;
    end
    if (!rst_ni) begin
      read_q <= 1'b0;
      lines_q <= '0;
      lines_in_flight_q <= '0;
      w_valid_o <= 1'b0;
      burst_q <= 1'b0;
      done_o <= 1'b0;
      bytes_q <= '0;
      err_valid_o <= 1'b0;
      bus_err_q <= 1'b0;
    end
  end

  logic unused;
  assign unused = ^{b_resp_i[0], todo_end[LineShift-1:0], run_dram[39:BeatBits]};

endmodule
