// Answers to bytes of the line: appends the CRC-32, COBS encoding, a zero byte behind each frame.
//
// A block of at most 254 bytes waits in the ring until its code is known; then it may leave. One
// byte a cycle while the ring has room.
module wc_link_tx (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic       valid_i,
  output logic       ready_o,
  input  logic [7:0] data_i,
  input  logic       last_i,
  output logic       byte_valid_o,
  input  logic       byte_ready_i,
  output logic [7:0] byte_o
);

  localparam int unsigned Ring = 2048;
  localparam int unsigned PtrBits = $clog2(Ring);

  typedef enum logic [1:0] { BODY, CRC, CODE, DELIMITER } state_e;
  state_e             state_q;
  logic [1:0]         crc_byte_q;
  logic [31:0]        crc_q, crc;
  logic [PtrBits-1:0] code_q, write_q, commit_q, read_q, used;
  logic [7:0]         count_q;
  logic               room, full_block, take, close;
  logic [7:0]         in_data;

  wc_link_crc u_crc (.crc_i(crc_q), .data_i(data_i), .crc_o(crc));

  assign used = write_q - read_q;
  assign room = used < PtrBits'(Ring - 4);
  assign full_block = count_q == 8'hFF;
  assign in_data = (state_q == CRC) ? ~crc_q[8*crc_byte_q +: 8] : data_i;
  assign ready_o = state_q == BODY && room && !full_block;
  assign take = room && !full_block && (state_q == CRC || (state_q == BODY && valid_i));
  // The code of the present block goes to its place, a new block begins.
  assign close = room && ((full_block && state_q != DELIMITER) || (take && in_data == 8'd0));

  logic               wr_en;
  logic [PtrBits-1:0] wr_addr;
  logic [7:0]         wr_data;
  always_comb begin
    wr_en = take || close;
    wr_addr = write_q;
    wr_data = in_data;
    if (close) begin
      wr_addr = code_q;
      wr_data = count_q;
    end else if (state_q == CODE && !full_block) begin
      wr_en = room;
      wr_addr = code_q;
      wr_data = count_q;
    end else if (state_q == DELIMITER) begin
      wr_en = 1'b1;
      wr_data = 8'd0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (close) begin
      code_q <= write_q;
      commit_q <= write_q;
      write_q <= write_q + PtrBits'(1);
      count_q <= 8'd1;
    end else if (take) begin
      write_q <= write_q + PtrBits'(1);
      count_q <= count_q + 8'd1;
    end
    case (state_q)
      BODY: if (take) begin
        crc_q <= crc;
        crc_byte_q <= '0;
        if (last_i) state_q <= CRC;
      end
      CRC: if (take) begin
        crc_byte_q <= crc_byte_q + 2'd1;
        if (crc_byte_q == 2'd3) state_q <= CODE;
      end
      CODE: if (room && !full_block) state_q <= DELIMITER;
      default: begin
        state_q <= BODY;
        crc_q <= '1;
        commit_q <= write_q + PtrBits'(1);
        code_q <= write_q + PtrBits'(1);
        write_q <= write_q + PtrBits'(2);
        count_q <= 8'd1;
      end
    endcase
    if (!rst_ni) begin
      state_q <= BODY;
      crc_q <= '1;
      code_q <= '0;
      commit_q <= '0;
      write_q <= PtrBits'(1);
      count_q <= 8'd1;
    end
  end

  logic fetch;
  assign fetch = read_q != commit_q && (!byte_valid_o || byte_ready_i);

  always_ff @(posedge clk_i) begin
    if (fetch) read_q <= read_q + PtrBits'(1);
    byte_valid_o <= fetch || (byte_valid_o && !byte_ready_i);
    if (!rst_ni) begin
      read_q <= '0;
      byte_valid_o <= 1'b0;
    end
  end

  wc_ram_1r1w #(.Width(8), .Depth(Ring)) u_ring (
    .clk_i,
    .wr_en_i   (wr_en),
    .wr_addr_i (wr_addr),
    .wr_data_i (wr_data),
    .wr_strb_i (1'b1),
    .rd_en_i   (fetch),
    .rd_addr_i (read_q),
    .rd_data_o (byte_o)
  );

endmodule
