// What a board is, how it is, and what can be tuned: registers on the host link.
//
// Written and read by the link alone; they answer even while everything else is in reset.
module wc_board_regs #(
  parameter int unsigned ClkHz = 50000000,
  parameter int unsigned Baud = 3000000,
  parameter int unsigned Version = wc_link_pkg::BOARD_VERSION,
  parameter int unsigned GitHash = 0,
  parameter int unsigned Board = 1,
  parameter int unsigned Rows = 4,
  parameter int unsigned Cols = 4,
  parameter int unsigned GbufBytes = 65536,
  parameter int unsigned MemBytes = 33554432
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         write_i,
  input  logic [7:0]   addr_i,
  input  logic [31:0]  data_i,
  output logic [31:0]  data_o,      // of addr_i, at once
  // State.
  input  logic         held_i,      // the reset button
  input  logic         sdram_ready_i,
  input  logic         stuck_i,
  input  logic         busy_i,
  input  logic [31:0]  refreshes_i,
  input  logic [191:0] counters_i,
  // Orders.
  output logic         reset_o,     // one cycle: everything but the link starts anew
  output logic [1:0]   cas_o,
  output logic [1:0]   capture_o,
  output logic         retune_o,
  output logic         phase_step_o,  // low for a while: one step of the SDRAM clock's phase
  output logic         phase_dir_o
);

  logic [63:0] time_q;
  logic [31:0] time_high_q;    // as it was when the low half was read last
  logic [7:0]  steps_q;        // of the phase that are to be done
  logic [3:0]  step_q;
  logic [15:0] phase_q;        // steps done, forward less backward

  always_comb begin
    case (addr_i)
      8'h00: data_o = 32'h57434244;  // "WCBD"
      8'h04: data_o = Version;
      8'h08: data_o = GitHash;
      8'h0C: data_o = Board;
      8'h10: data_o = ClkHz;
      8'h14: data_o = MemBytes;
      8'h18: data_o = {16'(wc_link_pkg::RX_RING), 16'(wc_link_pkg::MAX_PAYLOAD)};
      8'h1C: data_o = {16'(Cols), 16'(Rows)};
      8'h20: data_o = GbufBytes;
      8'h24: data_o = Baud;
      8'h28: data_o = {28'd0, busy_i, stuck_i, sdram_ready_i, held_i};
      8'h30: data_o = {28'd0, capture_o, cas_o};
      8'h34: data_o = {15'd0, steps_q != '0 || step_q != '0, phase_q};
      8'h38: data_o = refreshes_i;
      8'h40: data_o = time_q[31:0];
      8'h44: data_o = time_high_q;
      8'h60: data_o = counters_i[0 +: 32];
      8'h64: data_o = counters_i[32 +: 32];
      8'h68: data_o = counters_i[64 +: 32];
      8'h6C: data_o = counters_i[96 +: 32];
      8'h70: data_o = counters_i[128 +: 32];
      8'h74: data_o = counters_i[160 +: 32];
      default: data_o = 32'd0;
    endcase
  end

  assign phase_step_o = step_q < 4'd8;

  always_ff @(posedge clk_i) begin
    time_q <= time_q + 64'd1;
    if (addr_i == 8'h40) time_high_q <= time_q[63:32];
    reset_o <= write_i && addr_i == 8'h2C && data_i == 32'h1;
    retune_o <= write_i && addr_i == 8'h30;
    if (write_i && addr_i == 8'h30) begin
      cas_o <= data_i[1:0];
      capture_o <= data_i[3:2];
    end
    if (write_i && addr_i == 8'h34) begin
      steps_q <= data_i[7:0];
      phase_dir_o <= data_i[8];
    end else if (step_q != '0) begin
      step_q <= step_q - 4'd1;
    end else if (steps_q != '0) begin
      steps_q <= steps_q - 8'd1;
      step_q <= 4'd15;
      phase_q <= phase_dir_o ? phase_q - 16'd1 : phase_q + 16'd1;
    end
    if (!rst_ni) begin
      time_q <= '0;
      reset_o <= 1'b0;
      retune_o <= 1'b0;
      cas_o <= 2'd2;
      capture_o <= 2'd0;
      steps_q <= '0;
      step_q <= '0;
      phase_q <= '0;
      phase_dir_o <= 1'b0;
    end
  end

endmodule
