// Joins the AXI masters of several cores to one: fair, nothing lost, nothing reordered.
//
// Addresses are granted round robin, AR and AW apart; one that is shown stays until taken. Write
// data follow the order of their addresses: a core's beats wait while another's burst is not
// complete. The ID grows by the core's number at the top, by which R and B find their way back.
// No latency but the cycle after an AW before its data may pass. Assumed of the cores, as
// wc_core does: no data before their address.
module wc_axi_mux #(
  parameter int unsigned Cores = 2,
  parameter int unsigned AxiBytes = 16,
  parameter int unsigned Writes = 32,  // write bursts with data to come, of all; power of two
  localparam int unsigned CoreBits = $clog2(Cores),
  localparam int unsigned IdWidth = 4 + CoreBits
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,
  // From the cores.
  input  logic [Cores-1:0]            ar_valid_i,
  output logic [Cores-1:0]            ar_ready_o,
  input  logic [4*Cores-1:0]          ar_id_i,
  input  logic [40*Cores-1:0]         ar_addr_i,
  input  logic [8*Cores-1:0]          ar_len_i,
  output logic [Cores-1:0]            r_valid_o,
  input  logic [Cores-1:0]            r_ready_i,
  output logic [4*Cores-1:0]          r_id_o,
  output logic [8*AxiBytes*Cores-1:0] r_data_o,
  output logic [2*Cores-1:0]          r_resp_o,
  output logic [Cores-1:0]            r_last_o,
  input  logic [Cores-1:0]            aw_valid_i,
  output logic [Cores-1:0]            aw_ready_o,
  input  logic [4*Cores-1:0]          aw_id_i,
  input  logic [40*Cores-1:0]         aw_addr_i,
  input  logic [8*Cores-1:0]          aw_len_i,
  input  logic [Cores-1:0]            w_valid_i,
  output logic [Cores-1:0]            w_ready_o,
  input  logic [8*AxiBytes*Cores-1:0] w_data_i,
  input  logic [AxiBytes*Cores-1:0]   w_strb_i,
  input  logic [Cores-1:0]            w_last_i,
  output logic [Cores-1:0]            b_valid_o,
  input  logic [Cores-1:0]            b_ready_i,
  output logic [4*Cores-1:0]          b_id_o,
  output logic [2*Cores-1:0]          b_resp_o,
  // To the memory.
  output logic                        m_ar_valid_o,
  input  logic                        m_ar_ready_i,
  output logic [IdWidth-1:0]          m_ar_id_o,
  output logic [39:0]                 m_ar_addr_o,
  output logic [7:0]                  m_ar_len_o,
  input  logic                        m_r_valid_i,
  output logic                        m_r_ready_o,
  input  logic [IdWidth-1:0]          m_r_id_i,
  input  logic [8*AxiBytes-1:0]       m_r_data_i,
  input  logic [1:0]                  m_r_resp_i,
  input  logic                        m_r_last_i,
  output logic                        m_aw_valid_o,
  input  logic                        m_aw_ready_i,
  output logic [IdWidth-1:0]          m_aw_id_o,
  output logic [39:0]                 m_aw_addr_o,
  output logic [7:0]                  m_aw_len_o,
  output logic                        m_w_valid_o,
  input  logic                        m_w_ready_i,
  output logic [8*AxiBytes-1:0]       m_w_data_o,
  output logic [AxiBytes-1:0]         m_w_strb_o,
  output logic                        m_w_last_o,
  input  logic                        m_b_valid_i,
  output logic                        m_b_ready_o,
  input  logic [IdWidth-1:0]          m_b_id_i,
  input  logic [1:0]                  m_b_resp_i
);

  generate
    if (Cores < 2) begin : g_refuse_cores
      $error("wc_axi_mux: Cores must be at least 2");
    end
    if (Writes < 2 || (Writes & (Writes - 1)) != 0) begin : g_refuse_writes
      $error("wc_axi_mux: Writes must be a power of two from 2");
    end
  endgenerate

  // Addresses.

  logic [CoreBits-1:0] ar_core, aw_core;
  wc_round_robin #(.Ports(Cores)) u_ar (
    .clk_i, .rst_ni, .valid_i(ar_valid_i), .taken_i(m_ar_ready_i), .port_o(ar_core)
  );
  assign m_ar_valid_o = ar_valid_i != '0;
  assign m_ar_id_o = {ar_core, ar_id_i[4*ar_core +: 4]};
  assign m_ar_addr_o = ar_addr_i[40*ar_core +: 40];
  assign m_ar_len_o = ar_len_i[8*ar_core +: 8];
  assign ar_ready_o = Cores'(m_ar_ready_i) << ar_core;

  // Room for its core's number in the order of write data: once there, it stays until taken.
  logic order_ready, order_valid, aw_taken, w_end;
  wc_round_robin #(.Ports(Cores)) u_aw (
    .clk_i, .rst_ni, .valid_i(aw_valid_i), .taken_i(m_aw_ready_i && order_ready),
    .port_o(aw_core)
  );
  assign m_aw_valid_o = aw_valid_i != '0 && order_ready;
  assign m_aw_id_o = {aw_core, aw_id_i[4*aw_core +: 4]};
  assign m_aw_addr_o = aw_addr_i[40*aw_core +: 40];
  assign m_aw_len_o = aw_len_i[8*aw_core +: 8];
  assign aw_ready_o = Cores'(m_aw_ready_i && order_ready) << aw_core;
  assign aw_taken = m_aw_valid_o && m_aw_ready_i;

  // Write data.

  logic [CoreBits-1:0] w_core;
  wc_dma_fifo #(.Width(CoreBits), .Depth(Writes)) u_order (
    .clk_i, .rst_ni,
    .push_i  (aw_taken),
    .ready_o (order_ready),
    .data_i  (aw_core),
    .valid_o (order_valid),
    .data_o  (w_core),
    .pop_i   (w_end)
  );
  assign m_w_valid_o = order_valid && w_valid_i[w_core];
  assign m_w_data_o = w_data_i[8*AxiBytes*w_core +: 8*AxiBytes];
  assign m_w_strb_o = w_strb_i[AxiBytes*w_core +: AxiBytes];
  assign m_w_last_o = w_last_i[w_core];
  assign w_ready_o = Cores'(order_valid && m_w_ready_i) << w_core;
  assign w_end = m_w_valid_o && m_w_ready_i && m_w_last_o;

  // Answers.

  logic [CoreBits-1:0] r_core, b_core;
  assign r_core = m_r_id_i[4 +: CoreBits];
  assign b_core = m_b_id_i[4 +: CoreBits];
  assign r_valid_o = Cores'(m_r_valid_i) << r_core;
  assign r_id_o = {Cores{m_r_id_i[3:0]}};
  assign r_data_o = {Cores{m_r_data_i}};
  assign r_resp_o = {Cores{m_r_resp_i}};
  assign r_last_o = {Cores{m_r_last_i}};
  assign m_r_ready_o = r_ready_i[r_core];
  assign b_valid_o = Cores'(m_b_valid_i) << b_core;
  assign b_id_o = {Cores{m_b_id_i[3:0]}};
  assign b_resp_o = {Cores{m_b_resp_i}};
  assign m_b_ready_o = b_ready_i[b_core];

endmodule
