// Registers, run control and counters, as in wc_core; tb_regs.cpp plays fetch and the units.
module tb_regs #(
  parameter int unsigned SharedCounters = 0
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         aw_valid_i,
  output logic         aw_ready_o,
  input  logic [11:0]  aw_addr_i,
  input  logic         w_valid_i,
  output logic         w_ready_o,
  input  logic [31:0]  w_data_i,
  input  logic [3:0]   w_strb_i,
  output logic         b_valid_o,
  input  logic         b_ready_i,
  output logic [1:0]   b_resp_o,
  input  logic         ar_valid_i,
  output logic         ar_ready_o,
  input  logic [11:0]  ar_addr_i,
  output logic         r_valid_o,
  input  logic         r_ready_i,
  output logic [31:0]  r_data_o,
  output logic [1:0]   r_resp_o,
  input  logic         fetch_done_i,
  input  logic [4:0]   idle_i,
  input  logic [4:0]   err_valid_i,
  input  logic [39:0]  err_code_i,
  input  logic [199:0] err_addr_i,
  input  logic [159:0] err_number_i,
  input  logic [159:0] err_id_i,
  input  logic         progress_i,
  input  logic [3:0]   present_i,
  input  logic [127:0] present_number_i,
  input  logic [127:0] present_id_i,
  input  logic [31:0]  fetched_i,
  input  logic [63:0]  queue_i,
  input  logic [11:0]  state_i,
  input  logic [3:0]   token_wait_i,
  input  logic [1:0]   memory_wait_i,
  input  logic [3:0]   unit_done_i,
  input  logic [47:0]  load_bytes_i,
  input  logic [3:0]   load_tag_i,
  input  logic [47:0]  store_bytes_i,
  input  logic [3:0]   store_tag_i,
  input  logic [47:0]  macs_i,
  input  logic [8:0]   cmd_bytes_i,
  input  logic         rd_beat_i,
  input  logic         wr_beat_i,
  output logic         start_o,
  output logic         abort_o,
  output logic         unit_rst_no,
  output logic         running_o,
  output logic         irq_o,
  output logic [39:0]  stream_offset_o,
  output logic [31:0]  stream_bytes_o,
  output logic [39:0]  win_base_o,
  output logic [39:0]  win_size_o,
  output logic [31:0]  watchdog_o,
  output logic [15:0]  engine_o
);

  logic        reg_start, soft_reset, clear_done, clear_counters;
  logic [1:0]  irq_enable;
  logic        busy, done, error, resetting;
  logic [7:0]  err_code;
  logic [3:0]  err_unit;
  logic [31:0] err_number, err_id;
  logic [39:0] err_addr;
  logic [6:0]  count_index;
  logic [63:0] count;

  wc_regs u_regs (
    .clk_i, .rst_ni, .aw_valid_i, .aw_ready_o, .aw_addr_i, .w_valid_i, .w_ready_o, .w_data_i,
    .w_strb_i, .b_valid_o, .b_ready_i, .b_resp_o, .ar_valid_i, .ar_ready_o, .ar_addr_i,
    .r_valid_o, .r_ready_i, .r_data_o, .r_resp_o,
    .start_o          (reg_start),
    .soft_reset_o     (soft_reset),
    .clear_done_o     (clear_done),
    .clear_counters_o (clear_counters),
    .irq_enable_o     (irq_enable),
    .stream_offset_o, .stream_bytes_o, .win_base_o, .win_size_o, .watchdog_o,
    .busy_i           (busy),
    .done_i           (done),
    .error_i          (error),
    .resetting_i      (resetting),
    .err_code_i       (err_code),
    .err_unit_i       (err_unit),
    .err_number_i     (err_number),
    .err_id_i         (err_id),
    .err_addr_i       (err_addr),
    .queue_i, .fetched_i,
    .count_index_o    (count_index),
    .count_i          (count)
  );

  wc_ctrl u_ctrl (
    .clk_i, .rst_ni,
    .start_i      (reg_start),
    .soft_reset_i (soft_reset),
    .clear_done_i (clear_done),
    .irq_enable_i (irq_enable),
    .watchdog_i   (watchdog_o),
    .done_i       (fetch_done_i),
    .idle_i, .err_valid_i, .err_code_i, .err_addr_i, .err_number_i, .err_id_i, .progress_i,
    .present_i, .present_number_i, .present_id_i, .fetched_i, .start_o, .abort_o, .unit_rst_no,
    .running_o,
    .busy_o       (busy),
    .done_o       (done),
    .error_o      (error),
    .resetting_o  (resetting),
    .irq_o,
    .err_code_o   (err_code),
    .err_unit_o   (err_unit),
    .err_number_o (err_number),
    .err_id_o     (err_id),
    .err_addr_o   (err_addr)
  );

  wc_counters #(.Shared(SharedCounters)) u_counters (
    .clk_i, .rst_ni,
    .clear_i      (clear_counters),
    .running_i    (running_o),
    .state_i, .token_wait_i, .memory_wait_i,
    .done_i       (unit_done_i),
    .load_bytes_i, .load_tag_i, .store_bytes_i, .store_tag_i,
    .macs_valid_i (unit_done_i[2]),
    .macs_i, .cmd_bytes_i, .rd_beat_i, .wr_beat_i,
    .index_i      (count_index),
    .engine_o,
    .value_o      (count)
  );

endmodule
