// Shares one AXI read channel between command fetch (ID 0) and load (ID 1).
//
// Fetch goes first: it asks only for what its buffer can hold, so load loses little, and fetch
// is never starved. An address once shown stays until taken. Data go back by ID.
module wc_axi_rd_arb #(
  parameter int unsigned AxiBytes = 16
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  fetch_ar_valid_i,
  output logic                  fetch_ar_ready_o,
  input  logic [39:0]           fetch_ar_addr_i,
  input  logic [7:0]            fetch_ar_len_i,
  output logic                  fetch_r_valid_o,
  input  logic                  fetch_r_ready_i,
  input  logic                  load_ar_valid_i,
  output logic                  load_ar_ready_o,
  input  logic [39:0]           load_ar_addr_i,
  input  logic [7:0]            load_ar_len_i,
  output logic                  load_r_valid_o,
  input  logic                  load_r_ready_i,
  output logic [8*AxiBytes-1:0] r_data_o,       // for both
  output logic [1:0]            r_resp_o,
  output logic                  r_last_o,
  output logic                  m_ar_valid_o,
  input  logic                  m_ar_ready_i,
  output logic [3:0]            m_ar_id_o,
  output logic [39:0]           m_ar_addr_o,
  output logic [7:0]            m_ar_len_o,
  input  logic                  m_r_valid_i,
  output logic                  m_r_ready_o,
  input  logic [3:0]            m_r_id_i,
  input  logic [8*AxiBytes-1:0] m_r_data_i,
  input  logic [1:0]            m_r_resp_i,
  input  logic                  m_r_last_i
);

  logic load_q;  // load's address was shown and not taken
  logic load;
  assign load = load_q || !fetch_ar_valid_i;

  assign m_ar_valid_o = load ? load_ar_valid_i : fetch_ar_valid_i;
  assign m_ar_id_o = {3'd0, load};
  assign m_ar_addr_o = load ? load_ar_addr_i : fetch_ar_addr_i;
  assign m_ar_len_o = load ? load_ar_len_i : fetch_ar_len_i;
  assign load_ar_ready_o = load && m_ar_ready_i;
  assign fetch_ar_ready_o = !load && m_ar_ready_i;

  logic to_load;
  assign to_load = m_r_id_i[0];
  assign fetch_r_valid_o = m_r_valid_i && !to_load;
  assign load_r_valid_o = m_r_valid_i && to_load;
  assign m_r_ready_o = to_load ? load_r_ready_i : fetch_r_ready_i;
  assign r_data_o = m_r_data_i;
  assign r_resp_o = m_r_resp_i;
  assign r_last_o = m_r_last_i;

  always_ff @(posedge clk_i) begin
    load_q <= load && load_ar_valid_i && !m_ar_ready_i;
    if (!rst_ni) load_q <= 1'b0;
  end

  logic unused;
  assign unused = ^m_r_id_i[3:1];

endmodule
