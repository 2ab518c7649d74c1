// Cuts runs into AXI bursts that never cross 4 KiB and have at most 256 beats.
//
// One burst a cycle, also across runs. A burst once shown stays until taken, as AXI demands;
// allow_i keeps the next one from being shown. Runs and bursts are in the same order.
module wc_dma_burst #(
  parameter int unsigned AxiBytes = 16
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        allow_i,
  input  logic        drop_i,        // forget the run in progress; a burst shown stays
  input  logic [39:0] win_base_i,
  input  logic        run_valid_i,
  output logic        run_ready_o,
  input  logic [39:0] run_offset_i,  // in the window
  input  logic [23:0] run_bytes_i,
  input  logic        run_last_i,
  output logic        show_o,        // a burst is shown from the next cycle on
  output logic        idle_o,
  output logic        burst_valid_o,
  input  logic        burst_ready_i,
  output logic [39:0] burst_addr_o,    // AXI address, aligned to a beat
  output logic [7:0]  burst_len_o,     // beats - 1
  output logic [39:0] burst_offset_o,  // its first byte in the window
  output logic [12:0] burst_bytes_o,   // bytes that belong to the run
  output logic        burst_last_o     // last burst of its command
);

  localparam int unsigned BeatBits = $clog2(AxiBytes);
  localparam int unsigned MaxBytes = (256 * AxiBytes < 4096) ? 256 * AxiBytes : 4096;
  localparam int unsigned MaxBits = $clog2(MaxBytes);

  logic        valid_q, last_q;
  logic [39:0] offset_q;
  logic [23:0] left_q;

  logic [MaxBits:0] room, bytes;  // to the next boundary; of this burst
  logic             final_burst;
  logic [MaxBits-1:0] end_byte;
  assign room = (MaxBits + 1)'(MaxBytes) - {1'b0, offset_q[MaxBits-1:0]};
  assign final_burst = left_q <= 24'(room);
  assign bytes = final_burst ? (MaxBits + 1)'(left_q) : room;
  assign end_byte = offset_q[MaxBits-1:0] + MaxBits'(bytes) - 1'b1;

  assign show_o = valid_q && allow_i && (!burst_valid_o || burst_ready_i);
  assign run_ready_o = !valid_q || (show_o && final_burst);
  assign idle_o = !valid_q && !burst_valid_o;

  always_ff @(posedge clk_i) begin
    if (burst_ready_i) burst_valid_o <= 1'b0;
    if (show_o) begin
      burst_valid_o <= 1'b1;
      burst_addr_o <= win_base_i + {offset_q[39:BeatBits], BeatBits'(0)};
      burst_len_o <= 8'((end_byte >> BeatBits) - (offset_q[MaxBits-1:0] >> BeatBits));
      burst_offset_o <= offset_q;
      burst_bytes_o <= 13'(bytes);
      burst_last_o <= last_q && final_burst;
      offset_q <= offset_q + 40'(bytes);
      left_q <= left_q - 24'(bytes);
      if (final_burst) valid_q <= 1'b0;
    end
    if (run_valid_i && run_ready_o) begin
      valid_q <= 1'b1;
      offset_q <= run_offset_i;
      left_q <= run_bytes_i;
      last_q <= run_last_i;
    end
    if (drop_i) valid_q <= 1'b0;
    if (!rst_ni) begin
      valid_q <= 1'b0;
      burst_valid_o <= 1'b0;
    end
  end

endmodule
