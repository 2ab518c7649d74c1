// Fetch, four queues and tokens, as in wc_core; tb_supply.cpp plays memory and units.
module tb_supply #(
  parameter int unsigned AxiBytes = 16,
  parameter int unsigned QueueDepth = 2
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  start_i,
  input  logic [39:0]           win_base_i,
  input  logic [39:0]           win_size_i,
  input  logic [39:0]           stream_offset_i,
  input  logic [31:0]           stream_bytes_i,
  input  logic                  abort_i,
  output logic                  idle_o,
  output logic                  done_o,
  output logic                  err_valid_o,
  output logic [7:0]            err_code_o,
  output logic [39:0]           err_addr_o,
  output logic [31:0]           err_id_o,
  output logic [31:0]           err_number_o,
  output logic [31:0]           fetched_o,
  output logic [8:0]            cmd_bytes_o,
  output logic [3:0]            cmd_valid_o,
  input  logic [3:0]            cmd_ready_i,
  output logic [8191:0]         cmd_o,
  input  logic [3:0]            unit_done_i,
  output logic [3:0]            oldest_valid_o,
  output logic [127:0]          oldest_number_o,
  output logic [127:0]          oldest_id_o,
  output logic [15:0]           unmet_o,
  output logic                  m_arvalid_o,
  input  logic                  m_arready_i,
  output logic [3:0]            m_arid_o,
  output logic [39:0]           m_araddr_o,
  output logic [7:0]            m_arlen_o,
  input  logic                  m_rvalid_i,
  output logic                  m_rready_o,
  input  logic [3:0]            m_rid_i,
  input  logic [8*AxiBytes-1:0] m_rdata_i,
  input  logic [1:0]            m_rresp_i,
  input  logic                  m_rlast_i
);

  logic [3:0]   push_valid, push_ready, empty;
  logic [127:0] push_data;
  logic         push_first, push_last;
  logic [15:0]  give, take, avail;

  wc_fetch #(.AxiBytes(AxiBytes)) u_fetch (
    .clk_i, .rst_ni, .start_i, .win_base_i, .win_size_i, .stream_offset_i, .stream_bytes_i,
    .abort_i, .idle_o, .done_o, .err_valid_o, .err_code_o, .err_addr_o, .err_id_o,
    .err_number_o, .fetched_o,
    .cmd_bytes_o,
    .push_valid_o   (push_valid),
    .push_ready_i   (push_ready),
    .push_data_o    (push_data),
    .push_first_o   (push_first),
    .push_last_o    (push_last),
    .queues_empty_i (&empty),
    .ar_valid_o     (m_arvalid_o),
    .ar_ready_i     (m_arready_i),
    .ar_addr_o      (m_araddr_o),
    .ar_len_o       (m_arlen_o),
    .r_valid_i      (m_rvalid_i),
    .r_ready_o      (m_rready_o),
    .r_data_i       (m_rdata_i),
    .r_resp_i       (m_rresp_i),
    .r_last_i       (m_rlast_i)
  );
  assign m_arid_o = 4'd0;

  wc_tokens u_tokens (
    .clk_i, .rst_ni,
    .clear_i (start_i),
    .give_i  (give),
    .take_i  (take),
    .avail_o (avail)
  );

  genvar q;
  generate
    for (q = 0; q < 4; q = q + 1) begin : g_queue
      localparam int unsigned Units = (q < 2) ? 4 : (q == 2) ? 7 : 16;
      logic [128*Units-1:0] cmd;
      wc_queue #(.Depth(QueueDepth), .MaxUnits(Units)) u_queue (
        .clk_i, .rst_ni,
        .push_valid_i    (push_valid[q]),
        .push_ready_o    (push_ready[q]),
        .push_data_i     (push_data),
        .push_first_i    (push_first),
        .push_last_i     (push_last),
        .push_number_i   (fetched_o),
        .cmd_valid_o     (cmd_valid_o[q]),
        .cmd_ready_i     (cmd_ready_i[q]),
        .cmd_o           (cmd),
        .done_i          (unit_done_i[q]),
        .avail_i         (avail[4*q +: 4]),
        .take_o          (take[4*q +: 4]),
        .give_o          (give[4*q +: 4]),
        .empty_o         (empty[q]),
        .waiting_o       (),
        .unmet_o         (unmet_o[4*q +: 4]),
        .head_valid_o    (),
        .head_number_o   (),
        .head_id_o       (),
        .oldest_valid_o  (oldest_valid_o[q]),
        .oldest_number_o (oldest_number_o[32*q +: 32]),
        .oldest_id_o     (oldest_id_o[32*q +: 32]),
        .oldest_tag_o    ()
      );
      assign cmd_o[2048*q +: 2048] = 2048'(cmd);
    end
  endgenerate

endmodule
