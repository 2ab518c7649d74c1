// Executes requests one after the other and answers each of them.
//
// A request whose number is the expected one is executed. One that is behind was executed before
// and its answer lost: what it does to memory is done again, which changes nothing, register writes
// are only answered again. One that is ahead, because something before it was lost, is answered
// ST_SEQUENCE. An answer: number, operation with bit 7 set, the number that is expected next, data,
// status.
module wc_link_exec (
  input  logic        clk_i,
  input  logic        rst_ni,
  // Requests.
  input  logic        in_valid_i,
  output logic        in_ready_o,
  input  logic [7:0]  in_data_i,
  // Answers.
  output logic        out_valid_o,
  input  logic        out_ready_i,
  output logic [7:0]  out_data_o,
  output logic        out_last_o,
  // The bus, and the event for the counters.
  output logic        bus_valid_o,
  output logic        bus_write_o,
  output logic        bus_memory_o,
  output logic [31:0] bus_addr_o,
  output logic [31:0] bus_data_o,
  output logic [3:0]  bus_strb_o,
  input  logic        bus_done_i,
  input  logic        bus_error_i,
  input  logic        bus_timeout_i,
  input  logic [31:0] bus_data_i,
  output logic        sequence_o,  // a request came ahead of its turn,
  output logic        repeated_o   // or again
);

  typedef enum logic [3:0] {
    HEADER, JUDGE, ANSWER, PATTERN, BYTES, READ, WRITE, SYNC, CRC, DRAIN, STATUS
  } state_e;
  state_e      state_q;
  logic [2:0]  count_q;     // bytes of the header, of the answer's head, of a word
  logic [7:0]  number_q, op_q, expected_q, status_q;
  logic [15:0] left_q;      // bytes of data to come
  logic [31:0] addr_q, word_q, crc_q, crc;
  logic [3:0]  strb_q;
  logic        skip_q;      // answer without execution

  logic is_memory, is_read, is_write, is_crc, is_fill, known, ahead, behind, bad_field, carries;
  logic [7:0] distance;
  assign is_memory = op_q == wc_link_pkg::OP_MEM_READ || op_q == wc_link_pkg::OP_MEM_WRITE ||
                     is_crc || is_fill;
  assign is_read = op_q == wc_link_pkg::OP_MEM_READ || op_q == wc_link_pkg::OP_REG_READ;
  assign is_write = op_q == wc_link_pkg::OP_MEM_WRITE || op_q == wc_link_pkg::OP_REG_WRITE;
  assign is_crc = op_q == wc_link_pkg::OP_MEM_CRC;
  assign is_fill = op_q == wc_link_pkg::OP_MEM_FILL;
  assign carries = is_write || op_q == wc_link_pkg::OP_ECHO;
  assign known = is_read || carries || is_crc || is_fill || op_q == wc_link_pkg::OP_SYNC;
  assign distance = number_q - expected_q;
  assign ahead = distance != 8'd0 && !distance[7] && op_q != wc_link_pkg::OP_SYNC;
  assign behind = distance[7] && op_q != wc_link_pkg::OP_SYNC;
  assign bad_field = (!is_memory && (is_read || is_write) &&
                      (left_q[1:0] != 2'd0 || addr_q[1:0] != 2'd0)) ||
                     (is_read && left_q > 16'(wc_link_pkg::MAX_PAYLOAD));

  // Of a word, the byte that is next, and whether it is the last.
  logic [7:0] lane;
  logic       word_end;
  assign lane = word_q[8*addr_q[1:0] +: 8];
  assign word_end = addr_q[1:0] == 2'd3 || left_q == 16'd1;

  wc_link_crc u_crc (.crc_i(crc_q), .data_i(lane), .crc_o(crc));

  logic [31:0] tail;  // four bytes of data that are no memory: of SYNC and of a CRC
  assign tail = (state_q == SYNC) ? addr_q : ~crc_q;

  always_comb begin
    out_valid_o = 1'b0;
    out_data_o = 8'd0;
    out_last_o = 1'b0;
    in_ready_o = 1'b0;
    case (state_q)
      HEADER: in_ready_o = 1'b1;
      ANSWER: begin
        out_valid_o = 1'b1;
        out_data_o = (count_q == 3'd0) ? number_q : (count_q == 3'd1) ? op_q | 8'h80 : expected_q;
      end
      BYTES: begin
        if (skip_q) begin
          in_ready_o = 1'b1;
        end else if (carries && !is_write) begin
          in_ready_o = out_ready_i;
          out_valid_o = in_valid_i;
          out_data_o = in_data_i;
        end else if (is_write) begin
          in_ready_o = 1'b1;
        end else begin
          out_valid_o = is_read;
          out_data_o = lane;
        end
      end
      SYNC, CRC: begin
        out_valid_o = 1'b1;
        out_data_o = tail[8*count_q[1:0] +: 8];
      end
      PATTERN, DRAIN: in_ready_o = 1'b1;
      STATUS: begin
        out_valid_o = 1'b1;
        out_data_o = status_q;
        out_last_o = 1'b1;
      end
      default: ;
    endcase
  end

  logic in_taken, out_taken, byte_done;
  assign in_taken = in_valid_i && in_ready_o;
  assign out_taken = out_valid_o && out_ready_i;
  assign byte_done = (carries || skip_q) ? in_taken : is_crc || is_fill || out_taken;

  assign bus_valid_o = state_q == READ || state_q == WRITE;
  assign bus_write_o = state_q == WRITE;
  assign bus_memory_o = is_memory;
  assign bus_addr_o = {addr_q[31:2], 2'd0};
  assign bus_data_o = word_q;
  assign bus_strb_o = strb_q;

  always_ff @(posedge clk_i) begin
    sequence_o <= 1'b0;
    repeated_o <= 1'b0;
    case (state_q)
      HEADER: if (in_taken) begin
        count_q <= count_q + 3'd1;
        case (count_q)
          3'd0: number_q <= in_data_i;
          3'd1: op_q <= in_data_i;
          3'd2: left_q[7:0] <= in_data_i;
          3'd3: left_q[15:8] <= in_data_i;
          default: addr_q[8*count_q[1:0] +: 8] <= in_data_i;
        endcase
        if (count_q == 3'd7) state_q <= JUDGE;
      end
      JUDGE: begin
        state_q <= ANSWER;
        status_q <= wc_link_pkg::ST_OK;
        skip_q <= 1'b0;
        crc_q <= '1;
        if (ahead) begin
          status_q <= wc_link_pkg::ST_SEQUENCE;
          skip_q <= 1'b1;
          sequence_o <= 1'b1;
        end else begin
          if (!known || bad_field) begin
            status_q <= known ? wc_link_pkg::ST_FIELD : wc_link_pkg::ST_OP;
            skip_q <= 1'b1;
          end else if (behind) begin
            repeated_o <= 1'b1;
            skip_q <= op_q == wc_link_pkg::OP_REG_WRITE;
          end
          if (!behind) expected_q <= number_q + 8'd1;
        end
      end
      ANSWER: if (out_taken) begin
        count_q <= count_q + 3'd1;
        if (count_q == 3'd2) begin
          count_q <= '0;
          strb_q <= '0;
          if (skip_q && is_fill) left_q <= 16'd4;
          if (skip_q) state_q <= (is_fill || (carries && left_q != 16'd0)) ? BYTES : DRAIN;
          else if (op_q == wc_link_pkg::OP_SYNC) state_q <= SYNC;
          else if (is_fill) state_q <= PATTERN;
          else if (left_q == 16'd0) state_q <= is_crc ? CRC : DRAIN;
          else state_q <= (is_read || is_crc) ? READ : BYTES;
        end
      end
      PATTERN: if (in_taken) begin
        word_q[8*count_q[1:0] +: 8] <= in_data_i;
        count_q <= count_q + 3'd1;
        if (count_q == 3'd3) begin
          count_q <= '0;
          state_q <= (left_q == 16'd0) ? DRAIN : BYTES;
        end
      end
      BYTES: if (byte_done) begin
        left_q <= left_q - 16'd1;
        addr_q <= addr_q + 32'd1;
        crc_q <= crc;
        if (is_write) begin
          word_q[8*addr_q[1:0] +: 8] <= in_data_i;
          strb_q[addr_q[1:0]] <= 1'b1;
        end
        if (is_fill) strb_q[addr_q[1:0]] <= 1'b1;
        if (is_fill && !skip_q && addr_q[1:0] == 2'd0 && left_q >= 16'd4) begin  // a whole word
          state_q <= WRITE;
          strb_q <= '1;
          addr_q[1:0] <= 2'd3;
          left_q <= left_q - 16'd4;
        end else if ((is_write || is_fill) && !skip_q && word_end) begin
          state_q <= WRITE;
          addr_q <= addr_q;
        end else if (left_q == 16'd1) begin
          state_q <= is_crc ? CRC : DRAIN;
        end else if ((is_read || is_crc) && word_end) begin
          state_q <= READ;
        end
      end
      READ, WRITE: if (bus_done_i) begin
        if (bus_timeout_i) status_q <= wc_link_pkg::ST_TIMEOUT;
        else if (bus_error_i) status_q <= wc_link_pkg::ST_BUS;
        if (state_q == READ) begin
          word_q <= bus_data_i;
          state_q <= BYTES;
        end else begin
          strb_q <= '0;
          addr_q <= addr_q + 32'd1;
          state_q <= (left_q == 16'd0) ? DRAIN : BYTES;
        end
      end
      SYNC, CRC: if (out_taken) begin
        count_q <= count_q + 3'd1;
        if (count_q == 3'd3) begin
          count_q <= '0;
          state_q <= DRAIN;
        end
      end
      DRAIN: if (in_taken) begin  // the CRC of the request, known to be right
        count_q <= count_q + 3'd1;
        if (count_q == 3'd3) state_q <= STATUS;
      end
      default: if (out_taken) begin
        count_q <= '0;
        state_q <= HEADER;
      end
    endcase
    if (!rst_ni) begin
      state_q <= HEADER;
      count_q <= '0;
      expected_q <= '0;
      sequence_o <= 1'b0;
      repeated_o <= 1'b0;
    end
  end

endmodule
