// LOAD: copies DRAM to the global buffer.
//
// wc_dma_front puts bursts on AR; beside it is a list of runs that wait for their data;
// R beats -> aligner -> whole lines with strobes. Commands overlap: the addresses of the next
// one go out while data of this one arrive. Long and short runs alike move nearly a beat a
// cycle while Outstanding bursts cover the latency of the memory. R data always find room in the
// buffer in the end, so the read channel shared with fetch is never blocked for good.
module wc_dma_load #(
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
  output logic                   last_o,       // the command's last line goes to the buffer
  // AXI read.
  output logic                   ar_valid_o,
  input  logic                   ar_ready_i,
  output logic [39:0]            ar_addr_o,
  output logic [7:0]             ar_len_o,
  input  logic                   r_valid_i,
  output logic                   r_ready_o,
  input  logic [8*AxiBytes-1:0]  r_data_i,
  input  logic [1:0]             r_resp_i,
  input  logic                   r_last_i,
  // Global buffer, write.
  output logic                   gb_valid_o,
  input  logic                   gb_ready_i,
  output logic [LineBits-1:0]    gb_line_o,
  output logic [8*LineBytes-1:0] gb_wdata_o,
  output logic [LineBytes-1:0]   gb_strb_o
);

  logic                    front_idle, outstanding, check_err;
  logic [7:0]              check_code;
  logic [39:0]             check_addr;
  logic                    run_push, run_last, list_ready;
  logic [39:0]             run_dram;
  logic [GbBits-1:0]       run_gb;
  logic [23:0]             run_bytes;
  logic [39:0]             burst_offset;
  logic [12:0]             burst_bytes;
  logic                    burst_last;
  logic                    due_valid, due_ready, due_last;
  logic [39:0]             due_src, src;
  logic [GbBits-1:0]       due_dst, out_addr;
  logic [23:0]             due_bytes;
  logic                    beat_valid, beat_ready, beat_room, beat_take;
  logic [8*AxiBytes-1:0]   beat_data;
  logic [1:0]              beat_resp;
  logic                    step, align_empty, out_last;
  logic [7:0]              out_bytes;
  logic [47:0]             bytes_q;
  logic                    bus_err_q, taken;

  assign taken = gb_valid_o && gb_ready_i;

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
    .run_last_o     (run_last),
    .burst_valid_o  (ar_valid_o),
    .burst_ready_i  (ar_ready_i),
    .burst_addr_o   (ar_addr_o),
    .burst_len_o    (ar_len_o),
    .burst_offset_o (burst_offset),
    .burst_bytes_o  (burst_bytes),
    .burst_last_o   (burst_last),
    .burst_end_i    (r_valid_i && r_ready_o && r_last_i),
    .cmd_end_i      (taken && out_last)
  );

  wc_dma_fifo #(.Width(40 + GbBits + 24 + 1), .Depth(Outstanding)) u_list (
    .clk_i, .rst_ni,
    .push_i  (run_push),
    .data_i  ({run_dram, run_gb, run_bytes, run_last}),
    .ready_o (list_ready),
    .valid_o (due_valid),
    .data_o  ({due_src, due_dst, due_bytes, due_last}),
    .pop_i   (due_valid && due_ready)
  );

  // Beats; while aborting they are taken and dropped.
  assign r_ready_o = beat_room || abort_i;
  assign beat_take = beat_valid && (beat_ready || abort_i);
  wc_dma_fifo #(.Width(8 * AxiBytes + 2), .Depth(4)) u_beats (
    .clk_i, .rst_ni,
    .push_i  (r_valid_i && beat_room && !abort_i),
    .data_i  ({r_data_i, r_resp_i}),
    .ready_o (beat_room),
    .valid_o (beat_valid),
    .data_o  ({beat_data, beat_resp}),
    .pop_i   (beat_take)
  );

  logic beat_bad;
  assign beat_bad = beat_resp[1];

  wc_dma_align #(
    .InBytes(AxiBytes), .OutBytes(LineBytes), .SrcBits(40), .DstBits(GbBits)
  ) u_align (
    .clk_i, .rst_ni,
    .run_valid_i (due_valid),
    .run_ready_o (due_ready),
    .run_src_i   (due_src),
    .run_dst_i   (due_dst),
    .run_bytes_i (due_bytes),
    .run_last_i  (due_last),
    .in_valid_i  (beat_valid && !beat_bad && !bus_err_q && !abort_i),
    .in_ready_o  (beat_ready),
    .in_data_i   (beat_data),
    .src_o       (src),
    .step_o      (step),
    .empty_o     (align_empty),
    .out_valid_o (gb_valid_o),
    .out_ready_i (gb_ready_i),
    .out_data_o  (gb_wdata_o),
    .out_strb_o  (gb_strb_o),
    .out_addr_o  (out_addr),
    .out_bytes_o (out_bytes),
    .out_last_o  (out_last)
  );
  assign gb_line_o = out_addr[GbBits-1:$clog2(LineBytes)];
  assign last_o = taken && out_last;

  // A bad response is reported once everything before it has been written, so that it belongs
  // to the oldest command.
  logic bus_err;
  assign bus_err = beat_valid && beat_bad && align_empty && !done_o && !bus_err_q && !abort_i;

  assign idle_o = front_idle && !gb_valid_o;

  always_comb begin
    if (idle_o) state_o = 3'd0;
    else if (step || taken) state_o = 3'd1;
    else if (gb_valid_o) state_o = 3'd2;
    else if (outstanding || ar_valid_o) state_o = 3'd3;
    else state_o = 3'd1;
  end

  always_ff @(posedge clk_i) begin
    done_o <= taken && out_last && !abort_i;
    if (taken) begin
      bytes_q <= out_last ? '0 : bytes_q + 48'(out_bytes);
      bytes_o <= bytes_q + 48'(out_bytes);
    end
    err_valid_o <= check_err || bus_err;
    if (check_err) begin
      err_code_o <= check_code;
      err_addr_o <= check_addr;
    end else if (bus_err) begin
      err_code_o <= beat_resp[0] ? wc_isa_pkg::E_DECERR : wc_isa_pkg::E_SLVERR;
      err_addr_o <= src;
      bus_err_q <= 1'b1;
    end
    if (!rst_ni) begin
      done_o <= 1'b0;
      err_valid_o <= 1'b0;
      bytes_q <= '0;
      bus_err_q <= 1'b0;
    end
  end

  // Used by STORE only.
  logic unused;
  assign unused = ^{burst_offset, burst_bytes, burst_last, out_addr, r_resp_i[0]};

endmodule
