// Bytes of the line to requests: COBS decoding, CRC-32, and a ring in which whole frames wait.
//
// A zero byte ends a frame. A frame becomes visible behind valid_o only once its CRC and its size
// are right; everything else (a broken code, a byte without stop bit, no room) is dropped as a
// whole and counted by one of the pulses. So whatever came before, the frame after the next zero
// byte is judged afresh. Without its CRC, a frame is 8 bytes and its data; the CRC stays in the
// ring behind it, for the reader to skip.
module wc_link_rx (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       byte_valid_i,
  input  logic       byte_bad_i,
  input  logic [7:0] byte_i,
  output logic       valid_o,
  input  logic       ready_i,
  output logic [7:0] data_o,
  output logic       good_o,      // a frame came in,
  output logic       broken_o,    // or was dropped: wrong CRC, code or size,
  output logic       overrun_o    // no room
);

  localparam int unsigned PtrBits = $clog2(wc_link_pkg::RX_RING);
  localparam logic [31:0] Residue = 32'hDEBB20E3;

  // COBS: what the present byte of the line says.
  logic [7:0] left_q;          // bytes before the next code
  logic       zero_q;          // a zero stands between the present block and the next
  logic       end_frame, emit;
  logic [7:0] emit_data;
  assign end_frame = byte_valid_i && byte_i == 8'd0;
  assign emit = byte_valid_i && byte_i != 8'd0 && (left_q != 8'd0 || zero_q);
  assign emit_data = (left_q != 8'd0) ? byte_i : 8'd0;

  // The frame so far.
  logic [10:0]        size_q;
  logic               bad_q, full_q, any_q;
  logic [31:0]        crc_q, crc;
  logic [7:0]         op_q;
  logic [15:0]        length_q;
  logic [PtrBits-1:0] write_q, commit_q, read_q;
  logic               room, carries, right;
  logic [10:0]        want_size, data_size;

  wc_link_crc u_crc (.crc_i(crc_q), .data_i(emit_data), .crc_o(crc));

  assign room = write_q + PtrBits'(1) != read_q;
  assign carries = op_q == wc_link_pkg::OP_ECHO || op_q == wc_link_pkg::OP_MEM_WRITE ||
                   op_q == wc_link_pkg::OP_REG_WRITE;
  always_comb begin
    data_size = 11'd0;
    if (carries) data_size = length_q[10:0];
    if (op_q == wc_link_pkg::OP_MEM_FILL) data_size = 11'd4;
  end
  assign want_size = 11'd12 + data_size;
  assign right = !bad_q && left_q == 8'd0 && crc_q == Residue && size_q == want_size &&
                 !(carries && length_q > 16'(wc_link_pkg::MAX_PAYLOAD));

  always_ff @(posedge clk_i) begin
    good_o <= 1'b0;
    broken_o <= 1'b0;
    overrun_o <= 1'b0;
    if (byte_valid_i && byte_bad_i) bad_q <= 1'b1;
    if (byte_valid_i && byte_i != 8'd0) begin
      any_q <= 1'b1;
      if (left_q == 8'd0) begin
        left_q <= byte_i - 8'd1;
        zero_q <= byte_i != 8'hFF;
      end else begin
        left_q <= left_q - 8'd1;
      end
    end
    if (emit) begin
      crc_q <= crc;
      if (size_q == 11'd1) op_q <= emit_data;
      if (size_q == 11'd2) length_q[7:0] <= emit_data;
      if (size_q == 11'd3) length_q[15:8] <= emit_data;
      if (size_q != 11'h7FF) size_q <= size_q + 11'd1;
      if (room) write_q <= write_q + PtrBits'(1);
      else full_q <= 1'b1;
    end
    if (end_frame) begin
      good_o <= any_q && right && !full_q && !byte_bad_i;
      overrun_o <= any_q && full_q;
      broken_o <= any_q && (!right || byte_bad_i) && !full_q;
      if (any_q && right && !full_q && !byte_bad_i) commit_q <= write_q;
      else write_q <= commit_q;
    end
    if (end_frame || !rst_ni) begin
      size_q <= '0;
      bad_q <= 1'b0;
      full_q <= 1'b0;
      any_q <= 1'b0;
      left_q <= '0;
      zero_q <= 1'b0;
      crc_q <= '1;
    end
    if (!rst_ni) begin
      write_q <= '0;
      commit_q <= '0;
      good_o <= 1'b0;
      broken_o <= 1'b0;
      overrun_o <= 1'b0;
    end
  end

  logic fetch;
  assign fetch = read_q != commit_q && (!valid_o || ready_i);

  always_ff @(posedge clk_i) begin
    if (fetch) read_q <= read_q + PtrBits'(1);
    valid_o <= fetch || (valid_o && !ready_i);
    if (!rst_ni) begin
      read_q <= '0;
      valid_o <= 1'b0;
    end
  end

  wc_ram_1r1w #(.Width(8), .Depth(wc_link_pkg::RX_RING)) u_ring (
    .clk_i,
    .wr_en_i   (emit && room),
    .wr_addr_i (write_q),
    .wr_data_i (emit_data),
    .wr_strb_i (1'b1),
    .rd_en_i   (fetch),
    .rd_addr_i (read_q),
    .rd_data_o (data_o)
  );

endmodule
