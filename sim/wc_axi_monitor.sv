// Watches an AXI4 link and reports every breach of the protocol it knows.
//
// Passive and synthesizable. Each bit of violation_o is one rule, high for one cycle the cycle
// after the breach. Reads are followed by ID, so answers of different IDs may interleave; write
// data follow the order of their addresses and never come before them, as this core's do.
// At most Depth bursts outstanding an ID.
module wc_axi_monitor #(
  parameter int unsigned AxiBytes = 16,
  parameter int unsigned IdWidth = 4,
  parameter int unsigned Depth = 64,  // power of two
  localparam int unsigned Rules = 20
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  ar_valid_i,
  input  logic                  ar_ready_i,
  input  logic [IdWidth-1:0]    ar_id_i,
  input  logic [39:0]           ar_addr_i,
  input  logic [7:0]            ar_len_i,
  input  logic [2:0]            ar_size_i,
  input  logic [1:0]            ar_burst_i,
  input  logic                  r_valid_i,
  input  logic                  r_ready_i,
  input  logic [IdWidth-1:0]    r_id_i,
  input  logic [8*AxiBytes-1:0] r_data_i,
  input  logic [1:0]            r_resp_i,
  input  logic                  r_last_i,
  input  logic                  aw_valid_i,
  input  logic                  aw_ready_i,
  input  logic [IdWidth-1:0]    aw_id_i,
  input  logic [39:0]           aw_addr_i,
  input  logic [7:0]            aw_len_i,
  input  logic [2:0]            aw_size_i,
  input  logic [1:0]            aw_burst_i,
  input  logic                  w_valid_i,
  input  logic                  w_ready_i,
  input  logic [8*AxiBytes-1:0] w_data_i,
  input  logic [AxiBytes-1:0]   w_strb_i,
  input  logic                  w_last_i,
  input  logic                  b_valid_i,
  input  logic                  b_ready_i,
  input  logic [IdWidth-1:0]    b_id_i,
  input  logic [1:0]            b_resp_i,
  output logic [Rules-1:0]      violation_o
);

  localparam int unsigned DepthBits = $clog2(Depth);

  // Rules 0-4: VALID withdrawn before READY, on AR, AW, W, R, B. Rules 5-9: payload changed.
  localparam int unsigned RuleDropped = 0;
  localparam int unsigned RuleChanged = 5;
  localparam int unsigned RuleRLastEarly = 10;
  localparam int unsigned RuleRLastLate = 11;
  localparam int unsigned RuleWLastEarly = 12;
  localparam int unsigned RuleWLastLate = 13;
  localparam int unsigned RuleAr4K = 14;      // a read burst crosses 4 KiB
  localparam int unsigned RuleAw4K = 15;
  localparam int unsigned RuleRUnasked = 16;  // no read outstanding under this ID
  localparam int unsigned RuleBUnasked = 17;  // no complete write outstanding under this ID
  localparam int unsigned RuleWUnasked = 18;  // data before their address
  localparam int unsigned RuleShape = 19;     // not INCR, or beats narrower than the bus

  localparam int unsigned ArWidth = IdWidth + 40 + 8 + 3 + 2;
  localparam int unsigned RWidth = IdWidth + 8 * AxiBytes + 2 + 1;
  localparam int unsigned WWidth = 9 * AxiBytes + 1;
  localparam int unsigned BWidth = IdWidth + 2;

  logic [ArWidth-1:0] ar, ar_q, aw, aw_q;
  logic [RWidth-1:0]  r, r_q;
  logic [WWidth-1:0]  w, w_q;
  logic [BWidth-1:0]  b, b_q;
  logic [4:0]         valid, ready, stalled_q;
  assign ar = {ar_id_i, ar_addr_i, ar_len_i, ar_size_i, ar_burst_i};
  assign aw = {aw_id_i, aw_addr_i, aw_len_i, aw_size_i, aw_burst_i};
  assign r = {r_id_i, r_data_i, r_resp_i, r_last_i};
  assign w = {w_data_i, w_strb_i, w_last_i};
  assign b = {b_id_i, b_resp_i};
  assign valid = {b_valid_i, r_valid_i, w_valid_i, aw_valid_i, ar_valid_i};
  assign ready = {b_ready_i, r_ready_i, w_ready_i, aw_ready_i, ar_ready_i};

  // Outstanding: lengths of reads by ID; writes in order; responses owed by ID.
  localparam int unsigned PtrBits = DepthBits + 1;
  localparam int unsigned Ids = 1 << IdWidth;
  logic [7:0]            read_len [0:Ids*Depth-1];
  logic [Ids*PtrBits-1:0] read_head, read_tail, owed;
  logic [8*Ids-1:0]      read_beat;
  logic [IdWidth+7:0]    write_burst [0:Depth-1];  // ID, length
  logic [PtrBits-1:0]    write_head_q, write_tail_q;
  logic [7:0]            write_beat_q;

  logic               ar_taken, r_taken, aw_taken, w_taken, b_taken;
  assign ar_taken = ar_valid_i && ar_ready_i;
  assign r_taken = r_valid_i && r_ready_i;
  assign aw_taken = aw_valid_i && aw_ready_i;
  assign w_taken = w_valid_i && w_ready_i;
  assign b_taken = b_valid_i && b_ready_i;

  logic        r_known, w_known, r_end, w_end;
  logic [7:0]  r_len;
  logic [IdWidth+7:0] w_burst;
  logic [PtrBits-1:0]   r_head, b_owed;
  logic [DepthBits-1:0] ar_tail;
  logic [7:0]           r_beat;
  assign r_head = read_head[r_id_i*PtrBits +: PtrBits];
  assign ar_tail = read_tail[ar_id_i*PtrBits +: DepthBits];
  assign b_owed = owed[b_id_i*PtrBits +: PtrBits];
  assign r_beat = read_beat[r_id_i*8 +: 8];
  assign r_known = r_head != read_tail[r_id_i*PtrBits +: PtrBits];
  assign r_len = read_len[{r_id_i, r_head[DepthBits-1:0]}];
  assign r_end = r_beat == r_len;
  assign w_known = write_head_q != write_tail_q;
  assign w_burst = write_burst[write_head_q[DepthBits-1:0]];
  assign w_end = write_beat_q == w_burst[7:0];

  function automatic crosses(input [11:0] addr, input [7:0] len);
    logic [14:0] start, bytes;
    start = {3'd0, addr & ~12'(AxiBytes - 1)};
    bytes = 15'(AxiBytes) * (15'(len) + 15'd1);
    crosses = start + bytes > 15'd4096;
  endfunction

  // What is outstanding under each ID.
  logic read_done, write_done;
  assign read_done = r_taken && r_known && (r_last_i || r_end);
  assign write_done = w_taken && w_known && (w_last_i || w_end);
  genvar i;
  generate
    for (i = 0; i < Ids; i = i + 1) begin : g_id
      logic [PtrBits-1:0] head_q, tail_q, owed_q;
      logic [7:0]         beat_q;
      assign read_head[i*PtrBits +: PtrBits] = head_q;
      assign read_tail[i*PtrBits +: PtrBits] = tail_q;
      assign owed[i*PtrBits +: PtrBits] = owed_q;
      assign read_beat[i*8 +: 8] = beat_q;
      always_ff @(posedge clk_i) begin
        if (ar_taken && ar_id_i == IdWidth'(i)) tail_q <= tail_q + 1'b1;
        if (read_done && r_id_i == IdWidth'(i)) head_q <= head_q + 1'b1;
        if (r_taken && r_known && r_id_i == IdWidth'(i)) beat_q <= read_done ? '0 : beat_q + 1'b1;
        owed_q <= owed_q + PtrBits'(write_done && w_burst[8 +: IdWidth] == IdWidth'(i)) -
                  PtrBits'(b_taken && owed_q != '0 && b_id_i == IdWidth'(i));
        if (!rst_ni) begin
          head_q <= '0;
          tail_q <= '0;
          owed_q <= '0;
          beat_q <= '0;
        end
      end
    end
  endgenerate

  always_ff @(posedge clk_i) begin
    stalled_q <= valid & ~ready;
    ar_q <= ar;
    aw_q <= aw;
    w_q <= w;
    r_q <= r;
    b_q <= b;
    violation_o[RuleDropped +: 5] <= stalled_q & ~valid;
    violation_o[RuleChanged +: 5] <=
        stalled_q & valid & {b != b_q, r != r_q, w != w_q, aw != aw_q, ar != ar_q};

    violation_o[RuleAr4K] <= ar_taken && crosses(ar_addr_i[11:0], ar_len_i);
    violation_o[RuleAw4K] <= aw_taken && crosses(aw_addr_i[11:0], aw_len_i);
    violation_o[RuleShape] <=
        (ar_taken && (ar_burst_i != 2'd1 || 32'(ar_size_i) != $clog2(AxiBytes))) ||
        (aw_taken && (aw_burst_i != 2'd1 || 32'(aw_size_i) != $clog2(AxiBytes)));

    violation_o[RuleRUnasked] <= r_taken && !r_known;
    violation_o[RuleRLastEarly] <= r_taken && r_known && r_last_i && !r_end;
    violation_o[RuleRLastLate] <= r_taken && r_known && !r_last_i && r_end;
    if (ar_taken) read_len[{ar_id_i, ar_tail}] <= ar_len_i;

    violation_o[RuleWUnasked] <= w_taken && !w_known;
    violation_o[RuleWLastEarly] <= w_taken && w_known && w_last_i && !w_end;
    violation_o[RuleWLastLate] <= w_taken && w_known && !w_last_i && w_end;
    violation_o[RuleBUnasked] <= b_taken && b_owed == '0;
    if (aw_taken) begin
      write_burst[write_tail_q[DepthBits-1:0]] <= {aw_id_i, aw_len_i};
      write_tail_q <= write_tail_q + 1'b1;
    end
    if (write_done) write_head_q <= write_head_q + 1'b1;
    if (w_taken && w_known) write_beat_q <= write_done ? '0 : write_beat_q + 1'b1;

    if (!rst_ni) begin
      violation_o <= '0;
      stalled_q <= '0;
      write_head_q <= '0;
      write_tail_q <= '0;
      write_beat_q <= '0;
    end
  end

endmodule
