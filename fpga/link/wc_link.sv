// The host link: UART, frames, requests, and the buses they reach. See docs/bringup.md.
//
// The host's requests wait in a ring of 4 KiB, so that one is received while another's answer
// leaves. Counters are 32 bits and wrap.
module wc_link #(
  parameter int unsigned ClkHz = 50000000,
  parameter int unsigned Baud = 3000000,
  parameter int unsigned BusTimeout = 65535
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         rx_i,
  output logic         tx_o,
  output logic         active_o,  // a request is being executed or answered
  // The bus: see wc_link_bus.
  input  logic         clear_i,
  output logic         stuck_o,
  output logic         board_write_o,
  output logic [7:0]   board_addr_o,
  output logic [31:0]  board_data_o,
  input  logic [31:0]  board_data_i,
  output logic         s_awvalid_o,
  input  logic         s_awready_i,
  output logic [15:0]  s_addr_o,    // of reads and of writes
  output logic         s_wvalid_o,
  input  logic         s_wready_i,
  output logic [31:0]  s_wdata_o,
  input  logic         s_bvalid_i,
  input  logic [1:0]   s_bresp_i,
  output logic         s_arvalid_o,
  input  logic         s_arready_i,
  input  logic         s_rvalid_i,
  input  logic [31:0]  s_rdata_i,
  input  logic [1:0]   s_rresp_i,
  output logic         m_awvalid_o,
  input  logic         m_awready_i,
  output logic [31:0]  m_addr_o,    // of reads and of writes
  output logic         m_wvalid_o,
  input  logic         m_wready_i,
  output logic [31:0]  m_wdata_o,
  output logic [3:0]   m_wstrb_o,
  input  logic         m_bvalid_i,
  input  logic [1:0]   m_bresp_i,
  output logic         m_arvalid_o,
  input  logic         m_arready_i,
  input  logic         m_rvalid_i,
  input  logic [31:0]  m_rdata_i,
  input  logic [1:0]   m_rresp_i,
  // Frames that came in; dropped: broken, for want of room; bytes without stop bit; requests
  // ahead of their turn; repeated. 32 bits each, the first lowest.
  output logic [191:0] counters_o
);

  logic       rx_valid, rx_bad, in_valid, in_ready, tx_valid, tx_ready;
  logic       out_valid, out_ready, out_last;
  logic [7:0] rx_data, in_data, tx_data, out_data;
  logic       good, broken, overrun, sequence_error, repeated;
  logic       bus_valid, bus_write, bus_memory, bus_done, bus_error, bus_timeout;
  logic [31:0] bus_addr, bus_wdata, bus_rdata;
  logic [3:0] bus_strb;

  wc_uart_rx #(.ClkHz(ClkHz), .Baud(Baud)) u_uart_rx (
    .clk_i, .rst_ni, .rx_i, .valid_o(rx_valid), .bad_o(rx_bad), .data_o(rx_data)
  );
  wc_uart_tx #(.ClkHz(ClkHz), .Baud(Baud)) u_uart_tx (
    .clk_i, .rst_ni, .valid_i(tx_valid), .ready_o(tx_ready), .data_i(tx_data), .tx_o
  );
  wc_link_rx u_rx (
    .clk_i, .rst_ni,
    .byte_valid_i(rx_valid), .byte_bad_i(rx_bad), .byte_i(rx_data),
    .valid_o(in_valid), .ready_i(in_ready), .data_o(in_data),
    .good_o(good), .broken_o(broken), .overrun_o(overrun)
  );
  wc_link_tx u_tx (
    .clk_i, .rst_ni,
    .valid_i(out_valid), .ready_o(out_ready), .data_i(out_data), .last_i(out_last),
    .byte_valid_o(tx_valid), .byte_ready_i(tx_ready), .byte_o(tx_data)
  );
  wc_link_exec u_exec (
    .clk_i, .rst_ni,
    .in_valid_i(in_valid), .in_ready_o(in_ready), .in_data_i(in_data),
    .out_valid_o(out_valid), .out_ready_i(out_ready), .out_data_o(out_data),
    .out_last_o(out_last),
    .bus_valid_o(bus_valid), .bus_write_o(bus_write), .bus_memory_o(bus_memory),
    .bus_addr_o(bus_addr), .bus_data_o(bus_wdata), .bus_strb_o(bus_strb),
    .bus_done_i(bus_done), .bus_error_i(bus_error), .bus_timeout_i(bus_timeout),
    .bus_data_i(bus_rdata), .sequence_o(sequence_error), .repeated_o(repeated)
  );
  wc_link_bus #(.Timeout(BusTimeout)) u_bus (
    .clk_i, .rst_ni, .clear_i, .stuck_o,
    .valid_i(bus_valid), .write_i(bus_write), .memory_i(bus_memory), .addr_i(bus_addr),
    .data_i(bus_wdata), .done_o(bus_done), .error_o(bus_error),
    .timeout_o(bus_timeout), .data_o(bus_rdata),
    .board_write_o, .board_addr_o, .board_data_o, .board_data_i,
    .s_awvalid_o, .s_awready_i, .s_wvalid_o, .s_wready_i, .s_bvalid_i, .s_bresp_i,
    .s_arvalid_o, .s_arready_i, .s_rvalid_i, .s_rdata_i, .s_rresp_i,
    .m_awvalid_o, .m_awready_i, .m_wvalid_o, .m_wready_i, .m_bvalid_i, .m_bresp_i,
    .m_arvalid_o, .m_arready_i, .m_rvalid_i, .m_rdata_i, .m_rresp_i
  );
  assign s_addr_o = bus_addr[15:0];
  assign s_wdata_o = bus_wdata;
  assign m_addr_o = bus_addr;
  assign m_wdata_o = bus_wdata;
  assign m_wstrb_o = bus_strb;
  assign active_o = in_valid || out_valid || bus_valid || tx_valid || !tx_ready;

  logic [5:0] event_pulse;
  assign event_pulse = {repeated, sequence_error, rx_valid && rx_bad, overrun, broken, good};

  genvar k;
  generate
    for (k = 0; k < 6; k = k + 1) begin : g_count
      always_ff @(posedge clk_i) begin
        if (!rst_ni) counters_o[32*k +: 32] <= '0;
        else counters_o[32*k +: 32] <= counters_o[32*k +: 32] + {31'd0, event_pulse[k]};
      end
    end
  endgenerate

endmodule
