// Counters: what every engine did in every cycle, bytes, commands and MACs.
//
// While running_i, each engine adds one to exactly one of its states. A unit that is idle counts as
// waiting for memory when the head of its queue waits for a token of load (load itself: when it
// waits for AXI), for a token when it waits for another. engine_o is that state, the one definition
// of it: 0 for the engine's first counter, and so on. Reading: combinational.
//
// With Shared the counters of an engine, of which one counts in a cycle, lie in a memory and share
// an adder, and so do those of the tags read and of the tags written: for FPGAs, whose LUTs are
// small memories. The same values.
module wc_counters #(
  parameter int unsigned Shared = 0
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         clear_i,
  input  logic         running_i,
  input  logic [11:0]  state_i,        // of load, store, GEMM, vector: 3 bits each (docs/rtl.md)
  input  logic [3:0]   token_wait_i,   // head of the queue waits for a token
  input  logic [1:0]   memory_wait_i,  // GEMM, vector: for one of load
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
  input  logic [6:0]   index_i,        // counter; 64 + tag: read; 80 + tag: written
  output logic [15:0]  engine_o,       // of load, store, GEMM, vector: 4 bits each
  output logic [63:0]  value_o
);

  localparam int unsigned Counters = wc_isa_pkg::COUNTERS;

  logic clear;
  assign clear = !rst_ni || clear_i;

  // What each counter adds in this cycle.
  logic [Counters-1:0] one;  // adds 1; the wide ones are set below
  logic [4*64-1:0]     states;  // Shared: of each engine the counter that index_i asks for
  genvar e, i;
  generate
    for (e = 0; e < 4; e = e + 1) begin : g_engine
      localparam int unsigned First = (e == 0) ? wc_isa_pkg::C_LOAD_BUSY
                                      : (e == 1) ? wc_isa_pkg::C_STORE_BUSY
                                      : (e == 2) ? wc_isa_pkg::C_GEMM_BUSY : wc_isa_pkg::C_VEC_BUSY;
      localparam int unsigned Work = (e == 2) ? 6 : (e == 3) ? 2 : 3;  // the unit's, but idle
      localparam int unsigned Memory = (e >= 2) ? 1 : 0;
      logic [2:0] state;
      logic [3:0] waits, engine;
      assign state = state_i[3*e +: 3];
      if (e >= 2) begin : g_memory
        assign waits = !token_wait_i[e] ? 4'd2 : !memory_wait_i[e-2] ? 4'd1 : 4'd0;
      end else begin : g_token
        assign waits = !token_wait_i[e] ? 4'd1 : 4'd0;
      end
      assign engine = (state == 3'd0) ? 4'(Work) + waits : {1'b0, state} - 4'd1;
      assign engine_o[4*e +: 4] = engine;
      for (i = 0; i < Work + Memory + 2; i = i + 1) begin : g_state
        assign one[First + i] = running_i && engine == 4'(i);
      end
      if (Shared != 0) begin : g_file
        logic [6:0] read;
        logic [63:0] value;
        assign read = index_i - 7'(First);
        wc_counter_file u_file (
          .clk_i, .clear_i(clear), .add_i(running_i), .index_i(engine), .amount_i(48'd1),
          .read_i(read[3:0]), .value_o(value)
        );
        assign states[64*e +: 64] = (read < 7'(Work + Memory + 2)) ? value : 64'd0;
        logic unused_read;
        assign unused_read = ^read;
      end else begin : g_apart
        assign states[64*e +: 64] = '0;
      end
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

  logic [96*64-1:0] all;   // by index_i
  logic [2*64-1:0]  tags;  // Shared: of the tags read and written the one that index_i asks for
  generate
    for (i = 0; i < Counters; i = i + 1) begin : g_count
      if (Shared != 0 && i >= wc_isa_pkg::C_LOAD_BUSY && i <= wc_isa_pkg::C_VEC_IDLE)
      begin : g_in_file
        assign all[64*i +: 64] = '0;
        logic unused_one;  // the file has it from engine_o
        assign unused_one = one[i];
      end else begin : g_alone
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
          if (clear) value_q <= '0;
        end
        assign all[64*i +: 64] = value_q;
      end
    end
    for (i = 0; i < 16; i = i + 1) begin : g_tag
      if (Shared != 0) begin : g_in_file
        assign all[64*(64 + i) +: 64] = '0;
        assign all[64*(80 + i) +: 64] = '0;
      end else begin : g_alone
        logic [63:0] rd_q, wr_q;
        always_ff @(posedge clk_i) begin
          if (done_i[0] && load_tag_i == 4'(i)) rd_q <= rd_q + 64'(load_bytes_i);
          if (done_i[1] && store_tag_i == 4'(i)) wr_q <= wr_q + 64'(store_bytes_i);
          if (clear) begin
            rd_q <= '0;
            wr_q <= '0;
          end
        end
        assign all[64*(64 + i) +: 64] = rd_q;
        assign all[64*(80 + i) +: 64] = wr_q;
      end
    end
    for (i = Counters; i < 64; i = i + 1) begin : g_none
      assign all[64*i +: 64] = '0;
    end
    if (Shared != 0) begin : g_tag_files
      logic [63:0] rd, wr;
      wc_counter_file u_rd (
        .clk_i, .clear_i(clear), .add_i(done_i[0]), .index_i(load_tag_i), .amount_i(load_bytes_i),
        .read_i(index_i[3:0]), .value_o(rd)
      );
      wc_counter_file u_wr (
        .clk_i, .clear_i(clear), .add_i(done_i[1]), .index_i(store_tag_i),
        .amount_i(store_bytes_i), .read_i(index_i[3:0]), .value_o(wr)
      );
      assign tags = {(index_i[6:4] == 3'd5) ? wr : 64'd0, (index_i[6:4] == 3'd4) ? rd : 64'd0};
    end else begin : g_no_tag_files
      assign tags = '0;
    end
  endgenerate
  assign value_o = all[64*index_i +: 64] | states[0 +: 64] | states[64 +: 64] | states[128 +: 64] |
                   states[192 +: 64] | tags[0 +: 64] | tags[64 +: 64];

endmodule
