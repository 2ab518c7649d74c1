// Counters: what every engine did in every cycle, bytes, commands and MACs.
//
// While running_i, each engine adds one to exactly one of its five states. A unit that is idle
// counts as waiting for a token when the head of its queue does. Reading: combinational.
module wc_counters (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         clear_i,
  input  logic         running_i,
  input  logic [11:0]  state_i,        // of load, store, GEMM, vector: 3 bits each
  input  logic [3:0]   token_wait_i,   // head of the queue waits for a token
  input  logic [3:0]   done_i,
  input  logic [47:0]  load_bytes_i,   // with done_i[0]
  input  logic [3:0]   load_tag_i,
  input  logic [47:0]  store_bytes_i,  // with done_i[1]
  input  logic [3:0]   store_tag_i,
  input  logic         macs_valid_i,
  input  logic [47:0]  macs_i,
  input  logic [8:0]   cmd_bytes_i,
  input  logic         rd_beat_i,
  input  logic         wr_beat_i,
  input  logic [5:0]   index_i,        // 0..30 counter; 32 + tag: read; 48 + tag: written
  output logic [63:0]  value_o
);

  localparam int unsigned Counters = wc_isa_pkg::COUNTERS;

  // What each counter adds in this cycle.
  logic [Counters-1:0] one;  // adds 1; the five wide ones are set below
  genvar e, i;
  generate
    for (e = 0; e < 4; e = e + 1) begin : g_engine
      logic [2:0] state;
      assign state = state_i[3*e +: 3];
      assign one[1 + 5*e] = running_i && state == 3'd1;
      assign one[2 + 5*e] = running_i && state == 3'd2;
      assign one[3 + 5*e] = running_i && state == 3'd3;
      assign one[4 + 5*e] = running_i && state == 3'd0 && token_wait_i[e];
      assign one[5 + 5*e] = running_i && state == 3'd0 && !token_wait_i[e];
    end
  endgenerate
  assign one[wc_isa_pkg::C_CYCLES] = running_i;
  assign one[wc_isa_pkg::C_MACS] = 1'b0;
  assign one[wc_isa_pkg::C_RD_BYTES] = 1'b0;
  assign one[wc_isa_pkg::C_WR_BYTES] = 1'b0;
  assign one[wc_isa_pkg::C_CMD_BYTES] = 1'b0;
  assign one[wc_isa_pkg::C_RD_BEATS] = rd_beat_i;
  assign one[wc_isa_pkg::C_WR_BEATS] = wr_beat_i;
  assign one[wc_isa_pkg::C_LOADS] = done_i[0];
  assign one[wc_isa_pkg::C_STORES] = done_i[1];
  assign one[wc_isa_pkg::C_GEMMS] = done_i[2];
  assign one[wc_isa_pkg::C_VECS] = done_i[3];

  logic [64*64-1:0] all;  // by index_i
  generate
    for (i = 0; i < Counters; i = i + 1) begin : g_count
      logic [63:0] value_q;
      logic        many;
      logic [47:0] amount;
      assign many = (i == wc_isa_pkg::C_MACS) ? macs_valid_i :
                    (i == wc_isa_pkg::C_RD_BYTES) ? done_i[0] :
                    (i == wc_isa_pkg::C_WR_BYTES) ? done_i[1] :
                    (i == wc_isa_pkg::C_CMD_BYTES) ? cmd_bytes_i != '0 : 1'b0;
      assign amount = (i == wc_isa_pkg::C_MACS) ? macs_i :
                      (i == wc_isa_pkg::C_RD_BYTES) ? load_bytes_i :
                      (i == wc_isa_pkg::C_WR_BYTES) ? store_bytes_i :
                      (i == wc_isa_pkg::C_CMD_BYTES) ? 48'(cmd_bytes_i) : '0;
      always_ff @(posedge clk_i) begin
        if (one[i]) value_q <= value_q + 1'b1;
        if (many) value_q <= value_q + 64'(amount);
        if (!rst_ni || clear_i) value_q <= '0;
      end
      assign all[64*i +: 64] = value_q;
    end
    for (i = 0; i < 16; i = i + 1) begin : g_tag
      logic [63:0] rd_q, wr_q;
      always_ff @(posedge clk_i) begin
        if (done_i[0] && load_tag_i == 4'(i)) rd_q <= rd_q + 64'(load_bytes_i);
        if (done_i[1] && store_tag_i == 4'(i)) wr_q <= wr_q + 64'(store_bytes_i);
        if (!rst_ni || clear_i) begin
          rd_q <= '0;
          wr_q <= '0;
        end
      end
      assign all[64*(32 + i) +: 64] = rd_q;
      assign all[64*(48 + i) +: 64] = wr_q;
    end
    for (i = Counters; i < 32; i = i + 1) begin : g_none
      assign all[64*i +: 64] = '0;
    end
  endgenerate
  assign value_o = all[64*index_i +: 64];

endmodule
