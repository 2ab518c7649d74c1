// What LOAD and STORE begin with: check -> runs -> bursts on an address channel.
//
// Each run goes to the bursts and to the unit's own list in one cycle. Commands overlap; the
// unit tells when a burst and when a command has ended.
module wc_dma_front #(
  parameter int unsigned AxiBytes = 16,
  parameter int unsigned GbufBytes = 262144,
  parameter int unsigned Outstanding = 32,  // bursts; power of two
  localparam int unsigned GbBits = $clog2(GbufBytes)
) (
  input  logic              clk_i,
  input  logic              rst_ni,
  input  logic              abort_i,
  input  logic [39:0]       win_base_i,
  input  logic [39:0]       win_size_i,
  input  logic              cmd_valid_i,
  output logic              cmd_ready_o,
  input  logic [511:0]      cmd_i,
  output logic              idle_o,          // no command, no burst
  output logic              outstanding_o,   // a burst has not ended
  // Of a command that fails the check.
  output logic              err_valid_o,
  output logic [7:0]        err_code_o,
  output logic [39:0]       err_addr_o,
  // Runs for the list.
  output logic              run_push_o,
  input  logic              run_ready_i,
  output logic [39:0]       run_dram_o,      // in the window
  output logic [GbBits-1:0] run_gb_o,
  output logic [23:0]       run_bytes_o,
  output logic              run_last_o,
  // AR or AW.
  output logic              burst_valid_o,
  input  logic              burst_ready_i,
  output logic [39:0]       burst_addr_o,
  output logic [7:0]        burst_len_o,
  output logic [39:0]       burst_offset_o,
  output logic [12:0]       burst_bytes_o,
  output logic              burst_last_o,
  input  logic              burst_end_i,     // a burst has all its data or its response
  input  logic              cmd_end_i        // so has a command
);

  localparam int unsigned CountBits = $clog2(Outstanding) + 1;
  localparam int unsigned InFlightBits = 5;

  logic                    check_idle, desc_valid, desc_ready, desc_go;
  logic [511:0]            desc;
  logic                    run_valid, run_ready, burst_run_ready;
  logic                    show, burst_idle;
  logic [CountBits-1:0]    outstanding_q;
  logic [InFlightBits-1:0] in_flight_q;  // commands past the check

  assign desc_go = !abort_i && !(&in_flight_q);
  assign outstanding_o = outstanding_q != '0;
  assign idle_o = burst_idle && !outstanding_o &&
                  (abort_i || (check_idle && !run_valid && in_flight_q == '0));

  wc_dma_check #(.GbufBytes(GbufBytes)) u_check (
    .clk_i, .rst_ni, .abort_i,
    .quiet_i      (in_flight_q == '0),
    .win_size_i,
    .cmd_valid_i, .cmd_ready_o, .cmd_i,
    .desc_valid_o (desc_valid),
    .desc_ready_i (desc_ready && desc_go),
    .desc_o       (desc),
    .idle_o       (check_idle),
    .err_valid_o, .err_code_o, .err_addr_o
  );

  wc_dma_runs #(.GbBits(GbBits)) u_runs (
    .clk_i,
    .rst_ni       (rst_ni && !abort_i),
    .desc_valid_i (desc_valid && desc_go),
    .desc_ready_o (desc_ready),
    .desc_i       (desc),
    .run_valid_o  (run_valid),
    .run_ready_i  (run_ready),
    .run_dram_o, .run_gb_o, .run_bytes_o, .run_last_o
  );

  // A run goes to the bursts and to the list at once.
  assign run_ready = burst_run_ready && run_ready_i && !abort_i;
  assign run_push_o = run_valid && run_ready;

  wc_dma_burst #(.AxiBytes(AxiBytes)) u_burst (
    .clk_i, .rst_ni,
    .allow_i      (outstanding_q != CountBits'(Outstanding) && !abort_i),
    .drop_i       (abort_i),
    .win_base_i,
    .run_valid_i  (run_valid && run_ready_i && !abort_i),
    .run_ready_o  (burst_run_ready),
    .run_offset_i (run_dram_o),
    .run_bytes_i  (run_bytes_o),
    .run_last_i   (run_last_o),
    .show_o       (show),
    .idle_o       (burst_idle),
    .burst_valid_o, .burst_ready_i, .burst_addr_o, .burst_len_o,
    .burst_offset_o, .burst_bytes_o, .burst_last_o
  );

  always_ff @(posedge clk_i) begin
    outstanding_q <= outstanding_q + CountBits'(show) - CountBits'(burst_end_i);
    in_flight_q <= in_flight_q + InFlightBits'(desc_valid && desc_ready && desc_go) -
                   InFlightBits'(cmd_end_i);
    if (!rst_ni) begin
      outstanding_q <= '0;
      in_flight_q <= '0;
    end
  end

endmodule
